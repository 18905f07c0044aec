//! Replies of real servers with fields dropped, nulled and of other types: a title that cannot be understood any more is left
//! out, all others are read as before, and nothing panics.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test ends by panicking"
)]

mod plex_stage;

use plex_stage::{PlexStage, account, device};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use reqwest::header::{AUTHORIZATION, HeaderMap};
use serde_json::{Map, Value, json};
use spool_engine::http::Http;
use spool_engine::model::{AccountId, Item, ItemId, LibraryId, LibraryKind};
use spool_engine::secret::Secret;
use spool_engine::source::jellyfin::{Jellyfin, Login, find, sign_in};
use spool_engine::source::{Source, SourceError};
use testkit::{FakeServer, Fault, Options, Rule, Stage};
use url::Url;

/// Cases for each recorded reply.
const CASES: u32 = 60;

/// What becomes of one field.
#[derive(Clone, Debug)]
enum Spoilt {
    Dropped,
    Becomes(Value),
}

/// Fields by their number (of however many there are), and what becomes of each.
type Case = (prop::sample::Index, Vec<(prop::sample::Index, Spoilt)>);

fn spoilt() -> impl Strategy<Value = Spoilt> {
    let values = vec![
        Value::Null,
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5e300),
        json!(u64::MAX),
        json!(""),
        json!("\u{202e}../../etc/passwd\u{0}"),
        json!("2026-13-41T99:99:99Z"),
        json!("x".repeat(5000)),
        json!([]),
        json!([[[]], null, {"a": 1}]),
        json!({}),
        json!({"Id": [], "key": {}, "type": 5}),
    ];
    prop_oneof![
        2 => Just(Spoilt::Dropped),
        5 => prop::sample::select(values).prop_map(Spoilt::Becomes),
    ]
}

fn case() -> impl Strategy<Value = Case> {
    let field = (any::<prop::sample::Index>(), spoilt());
    (
        any::<prop::sample::Index>(),
        prop::collection::vec(field, 1..4),
    )
}

/// Pointers to all that is below a value.
fn places(value: &Value, at: &str, all: &mut Vec<String>) {
    let below: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.clone(), value))
            .collect(),
        Value::Array(members) => (0..)
            .zip(members)
            .map(|(at, value): (usize, _)| (at.to_string(), value))
            .collect(),
        _ => return,
    };
    for (key, value) in below {
        let place = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
        places(value, &place, all);
        all.push(place);
    }
}

fn spoil(value: &mut Value, changes: &[(prop::sample::Index, Spoilt)]) {
    for (which, how) in changes {
        let mut all = Vec::new();
        places(value, "", &mut all);
        let Some(place) = (!all.is_empty()).then(|| which.get(&all)) else {
            return;
        };
        match how {
            Spoilt::Becomes(other) => *value.pointer_mut(place).unwrap() = other.clone(),
            Spoilt::Dropped => {
                let (parent, key) = place.rsplit_once('/').unwrap();
                match value.pointer_mut(parent).unwrap() {
                    Value::Object(fields) => {
                        fields.remove(&key.replace("~1", "/").replace("~0", "~"));
                    }
                    Value::Array(members) => {
                        members.remove(key.parse().unwrap());
                    }
                    _ => {}
                }
            }
        }
    }
}

fn reply(body: &Value) -> Fault {
    Fault::Reply {
        status: 200,
        headers: vec![("Content-Type".into(), "application/json".into())],
        body: body.to_string(),
    }
}

/// Runs the cases over a page: `members` are its titles, `ask` reads the page when the server sends these.
fn pages<F: Future<Output = Result<Vec<Item>, SourceError>>>(
    runtime: &tokio::runtime::Runtime,
    name: &str,
    members: &[Value],
    ask: impl Fn(Vec<Value>) -> F,
) -> u32 {
    let whole = runtime.block_on(ask(members.to_vec())).unwrap();
    assert_eq!(whole.len(), members.len(), "{name} is understood as it is");
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        ..Config::default()
    };
    let ran = TestRunner::new(config).run(&case(), |(which, changes)| {
        let at = which.index(members.len());
        let mut sent = members.to_vec();
        spoil(&mut sent[at], &changes);
        let got = runtime.block_on(ask(sent));
        let got = got.map_err(|error| TestCaseError::fail(format!("the page is lost: {error}")))?;
        let mut others = whole.clone();
        let spoilt = others.remove(at);
        // Its id may have become another one, so it is told by what it is not.
        let left: Vec<Item> = got
            .iter()
            .filter(|item| others.contains(item))
            .cloned()
            .collect();
        prop_assert_eq!(&left, &others, "others than {} changed", spoilt.title);
        prop_assert!(got.len() <= whole.len());
        Ok(())
    });
    ran.unwrap_or_else(|error| panic!("{name}: {error}"));
    CASES
}

/// Runs the cases over one title's details: understood or refused, and nothing else.
fn details<F: Future<Output = Result<(), SourceError>>>(
    runtime: &tokio::runtime::Runtime,
    name: &str,
    document: &Value,
    ask: impl Fn(Value) -> F,
) -> u32 {
    runtime.block_on(ask(document.clone())).unwrap();
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        ..Config::default()
    };
    let ran = TestRunner::new(config).run(&case(), |(_, changes)| {
        let mut sent = document.clone();
        spoil(&mut sent, &changes);
        match runtime.block_on(ask(sent)) {
            Ok(()) | Err(SourceError::Malformed(_) | SourceError::Gone) => Ok(()),
            Err(other) => Err(TestCaseError::fail(format!("{other:?}"))),
        }
    });
    ran.unwrap_or_else(|error| panic!("{name}: {error}"));
    CASES
}

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap()
}

async fn jellyfin() -> (Stage, Jellyfin) {
    let stage = Stage::new(Options::default());
    let server = find(&stage.server.address()).await.unwrap();
    let face = stage.server.jellyfin();
    let password = Secret::new(face.password());
    let user = sign_in(&server, &device(), face.user(), &password)
        .await
        .unwrap();
    let login = Login {
        account: AccountId::random(),
        address: server.address,
        machine_id: Some(server.machine_id),
        user_id: user.user_id,
        terms: server.terms,
        token: Some(user.token),
    };
    (stage, Jellyfin::new(login, &device()).unwrap())
}

/// What the server answered to the last request for a path.
async fn answered(server: &FakeServer, path: &str) -> Value {
    let asked = server.requests_to(path).pop().unwrap();
    let header = asked.header("authorization").unwrap().parse().unwrap();
    let own: HeaderMap = [(AUTHORIZATION, header)].into_iter().collect();
    let mut url: Url = server.url(path).parse().unwrap();
    url.set_query(Some(&asked.query));
    let http = Http::with(&url, own, None).unwrap();
    http.get_json(&url).await.unwrap()
}

#[test]
fn what_a_jellyfin_server_sends() {
    let runtime = runtime();
    let (stage, source) = runtime.block_on(jellyfin());
    let (stage, source) = (&stage, &source);
    let mut cases = 0;
    for kind in [LibraryKind::Movies, LibraryKind::Shows, LibraryKind::Music] {
        let libraries = runtime.block_on(source.libraries()).unwrap();
        let library = libraries
            .into_iter()
            .find(|library| library.kind == kind)
            .unwrap()
            .id;
        runtime.block_on(source.items(&library, 0, 100)).unwrap();
        let page = runtime.block_on(answered(&stage.server, "/Items"));
        let members = page["Items"].as_array().unwrap().clone();
        assert!(members.len() > 1);
        let (library, page) = (&library, &page);
        cases += pages(
            &runtime,
            &format!("{kind:?}"),
            &members,
            |sent| async move {
                let mut page = page.clone();
                page["TotalRecordCount"] = json!(sent.len());
                page["Items"] = Value::Array(sent);
                let empty = json!({ "Items": [], "TotalRecordCount": 0, "StartIndex": 0 });
                stage.server.clear_faults(Some("/Items"));
                stage
                    .server
                    .script(Rule::on("/Items").fault(reply(&page)).times(1));
                stage.server.script(Rule::on("/Items").fault(reply(&empty)));
                let read = source.items(library, 0, 100).await;
                stage.server.clear_faults(Some("/Items"));
                read.map(|page| page.items)
            },
        );
        let id = ItemId::new(
            library.account().clone(),
            members[0]["Id"].as_str().unwrap(),
        );
        let path = format!("/Items/{}", id.key());
        runtime.block_on(source.details(&id)).unwrap();
        let document = runtime.block_on(answered(&stage.server, &path));
        let (id, path) = (&id, &path);
        cases += details(
            &runtime,
            &format!("details of {kind:?}"),
            &document,
            |sent| async move {
                stage.server.clear_faults(Some(path));
                stage.server.fault(path, reply(&sent));
                source.details(id).await.map(drop)
            },
        );
    }
    println!("{cases} malformed replies of Jellyfin, no page lost");
}

fn recorded(name: &str) -> Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/plex");
    let text = std::fs::read_to_string(format!("{folder}/{name}.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Pages that real servers sent.
const FIXTURES: [&str; 6] = [
    "movie_library",
    "tv_library",
    "tv_seasons",
    "tv_episodes",
    "music_albums",
    "music_tracks",
];

#[test]
fn what_a_plex_server_sends() {
    let runtime = runtime();
    let (stage, source) = runtime.block_on(async {
        let stage = PlexStage::new();
        let source = stage.source(&account(), None).await;
        (stage, source)
    });
    let (server, source) = (&stage.stage.server, &source);
    let mut cases = 0;
    for (number, name) in (1..).zip(FIXTURES) {
        let key: String = u32::to_string(&number);
        let kind = match name {
            "movie_library" => "movie",
            "music_albums" | "music_tracks" => "artist",
            _ => "show",
        };
        let sections = json!({ "MediaContainer": { "size": 1, "Directory": [{ "key": key, "title": "L", "type": kind }] } });
        server.clear_faults(None);
        server.fault("/library/sections", reply(&sections));
        let page = recorded(name);
        let members = page["MediaContainer"]["Metadata"]
            .as_array()
            .unwrap()
            .clone();
        let path = format!("/library/sections/{key}/all");
        let library = LibraryId::new(account(), key);
        runtime.block_on(source.libraries()).unwrap();
        let (library, path) = (&library, &path);
        cases += pages(&runtime, name, &members, |sent| async move {
            let count = json!(sent.len());
            let mut container = Map::new();
            container.insert("size".into(), count.clone());
            container.insert("totalSize".into(), count);
            container.insert("Metadata".into(), Value::Array(sent));
            let nothing = json!({ "MediaContainer": { "size": 0, "totalSize": 0 } });
            server.clear_faults(Some(path));
            let page = reply(&json!({ "MediaContainer": container }));
            server.script(Rule::on(path).fault(page).times(1));
            server.script(Rule::on(path).fault(reply(&nothing)));
            source.items(library, 0, 200).await.map(|page| page.items)
        });
    }
    let document = recorded("metadata_13194");
    cases += details(&runtime, "details", &document, |sent| async move {
        let path = "/library/metadata/13194";
        server.clear_faults(Some(path));
        server.fault(path, reply(&sent));
        source
            .details(&ItemId::new(account(), "13194"))
            .await
            .map(drop)
    });
    println!("{cases} malformed replies of Plex, no page lost");
}
