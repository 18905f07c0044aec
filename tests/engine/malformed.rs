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
mod spoil;

use std::time::Duration;

use plex_stage::{PlexStage, account, device};
use reqwest::header::{AUTHORIZATION, HeaderMap};
use serde_json::{Map, Value, json};
use spoil::{documents, lists, reply};
use spool_engine::http::Http;
use spool_engine::model::{AccountId, ItemId, LibraryId, LibraryKind, RowKind};
use spool_engine::secret::Secret;
use spool_engine::source::Source;
use spool_engine::source::jellyfin::{Jellyfin, Login, find, sign_in};
use testkit::titles::FILMS;
use testkit::{Catalogue, FakeServer, Media, Options, Record, Rule, Stage};
use url::Url;

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap()
}

async fn jellyfin() -> (Stage, Jellyfin) {
    // A second artist, for a list of them.
    let duet = Record {
        title: "Duet",
        year: 2020,
        artists: &["Mira Vane"],
        tracks: &[("One", &["Mira Vane"])],
    };
    let media = Media::ready();
    let stage = Stage::new(Options {
        catalogue: Catalogue::of(media).and_record(media, &duet),
        ..Options::default()
    });
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
fn fifty_malformed_replies_of_jellyfin() {
    let runtime = runtime();
    let (stage, source) = runtime.block_on(jellyfin());
    let (stage, source) = (&stage, &source);
    let mut cases = 0;
    let (titles, artists) = ("/Items", "/Artists/AlbumArtists");
    for (kind, place, other) in [
        (LibraryKind::Movies, titles, artists),
        (LibraryKind::Shows, titles, artists),
        (LibraryKind::Music, titles, artists),
        (LibraryKind::Music, artists, titles),
    ] {
        let libraries = runtime.block_on(source.libraries()).unwrap();
        let library = libraries
            .into_iter()
            .find(|library| library.kind == kind)
            .unwrap()
            .id;
        runtime.block_on(source.items(&library, 0, 100)).unwrap();
        let page = runtime.block_on(answered(&stage.server, place));
        let members = page["Items"].as_array().unwrap().clone();
        assert!(members.len() > 1);
        let (library, page) = (&library, &page);
        cases += lists(
            &runtime,
            &format!("{kind:?} at {place}"),
            &members,
            |sent| async move {
                let mut page = page.clone();
                page["TotalRecordCount"] = json!(sent.len());
                page["Items"] = Value::Array(sent);
                let empty = json!({ "Items": [], "TotalRecordCount": 0, "StartIndex": 0 });
                stage.server.clear_faults(None);
                stage
                    .server
                    .script(Rule::on(place).fault(reply(&page)).times(1));
                for place in [place, other] {
                    stage.server.script(Rule::on(place).fault(reply(&empty)));
                }
                let read = source.items(library, 0, 100).await;
                stage.server.clear_faults(None);
                read.map(|page| page.items)
            },
        );
        let id = members[0]["Id"].as_str().unwrap();
        let id = ItemId::new(library.account().clone(), id);
        cases += details_of_jellyfin(&runtime, stage, source, &id);
    }
    cases += rows_of_jellyfin(&runtime, stage, source);
    println!("{cases} malformed replies of Jellyfin, no page lost");
    assert!(cases >= 50);
}

fn details_of_jellyfin(
    runtime: &tokio::runtime::Runtime,
    stage: &Stage,
    source: &Jellyfin,
    id: &ItemId,
) -> u32 {
    let path = &format!("/Items/{}", id.key());
    runtime.block_on(source.details(id)).unwrap();
    let document = runtime.block_on(answered(&stage.server, path));
    let name = format!("details of {}", document["Type"]);
    documents(runtime, &name, &document, |sent| async move {
        stage.server.clear_faults(Some(path));
        stage.server.fault(path, reply(&sent));
        source.details(id).await.map(drop)
    })
}

/// The row of what was begun.
fn rows_of_jellyfin(runtime: &tokio::runtime::Runtime, stage: &Stage, source: &Jellyfin) -> u32 {
    let (server, path) = (&stage.server, "/UserItems/Resume");
    for film in &FILMS[..4] {
        let (minute, now) = (Duration::from_secs(6), Duration::ZERO);
        server.jellyfin().watched_elsewhere(film.title, minute, now);
    }
    runtime.block_on(source.rows()).unwrap();
    let page = runtime.block_on(answered(server, path));
    let members = page["Items"].as_array().unwrap().clone();
    assert_eq!(members.len(), 4);
    lists(runtime, "what was begun", &members, |sent| async move {
        let page = json!({ "Items": sent, "TotalRecordCount": sent.len(), "StartIndex": 0 });
        server.clear_faults(Some(path));
        server.fault(path, reply(&page));
        let rows = source.rows().await?;
        Ok(rows.into_iter().next().unwrap().items)
    })
}

/// What the server puts forward: titles of a hub, and whole answers.
fn hubs_of_plex(
    runtime: &tokio::runtime::Runtime,
    server: &FakeServer,
    source: &dyn Source,
) -> u32 {
    let path = "/hubs/promoted";
    let hub = |titles: Value| {
        let recent =
            json!({ "hubIdentifier": "movie.recentlyadded.1", "title": "New", "Metadata": titles });
        let best = json!({ "hubIdentifier": "movie.toprated.1", "title": "Top Rated", "Metadata": titles });
        json!({ "MediaContainer": { "size": 2, "Hub": [recent, best] } })
    };
    server.clear_faults(None);
    let members = recorded("movie_library")["MediaContainer"]["Metadata"]
        .as_array()
        .unwrap()
        .clone();
    let members = &members[..members.len().min(10)];
    let cases = lists(runtime, "a hub", members, |sent| async move {
        server.clear_faults(Some(path));
        server.fault(path, reply(&hub(Value::Array(sent))));
        let mut rows = source.rows().await?;
        rows.retain(|row| row.kind == RowKind::Promoted);
        assert!(rows.len() <= 1, "what is new is a row of our own: {rows:?}");
        Ok(rows.into_iter().flat_map(|row| row.items).collect())
    });
    let whole = hub(Value::Array(members.to_vec()));
    cases
        + documents(runtime, "all hubs", &whole, |sent| async move {
            server.clear_faults(Some(path));
            server.fault(path, reply(&sent));
            source.rows().await.map(drop)
        })
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
fn fifty_malformed_replies_of_plex() {
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
        cases += lists(&runtime, name, &members, |sent| async move {
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
    cases += documents(&runtime, "details", &document, |sent| async move {
        let path = "/library/metadata/13194";
        server.clear_faults(Some(path));
        server.fault(path, reply(&sent));
        source
            .details(&ItemId::new(account(), "13194"))
            .await
            .map(drop)
    });
    cases += hubs_of_plex(&runtime, server, source);
    println!("{cases} malformed replies of Plex, no page lost");
    assert!(cases >= 50);
}
