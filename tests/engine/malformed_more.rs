//! What plex.tv sends and what lies in folders, damaged: a server, user or title that cannot be understood any more is left out,
//! all others are as before, and nothing panics.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test ends by panicking"
)]

mod plex_stage;
mod spoil;

use std::fs;
use std::path::Path;

use plex_stage::{PlexStage, device};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use spoil::{lists, reply};
use spool_engine::model::{AccountId, Item};
use spool_engine::secret::Secret;
use spool_engine::source::local::Folder;
use spool_engine::source::plex::{Entry, enter};
use spool_engine::source::{Source, SourceError};
use testkit::{Media, Rule};

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap()
}

/// Enters when plex.tv answers a question so, once.
async fn entered(stage: &PlexStage, path: &str, body: &Value) -> Result<Entry, SourceError> {
    stage.tv.clear_faults(None);
    stage.tv.script(Rule::on(path).fault(reply(body)));
    let token = Secret::new(stage.tv.plex_tv().token_of("Ada"));
    enter(&stage.tv_base(), &device(), &token).await
}

/// Three servers as plex.tv told one.
fn servers() -> Vec<Value> {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/fixtures/plex/resources.json"
    );
    let recorded: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let named = |number: u32| {
        let mut server = recorded[0].clone();
        server["name"] = json!(format!("Box {number}"));
        server["clientIdentifier"] = json!(format!("client{number}"));
        server
    };
    (1..=3).map(named).collect()
}

/// Three users of a home.
fn users() -> Vec<Value> {
    let user = |number: u64| {
        json!({
            "id": number, "uuid": format!("{number:016x}"), "title": format!("User {number}"), "username": "",
            "email": null, "friendlyName": null, "thumb": "https://plex.tv/users/x/avatar", "hasPassword": true,
            "restricted": false, "updatedAt": 1_700_000_000, "restrictionProfile": null, "admin": number == 1,
            "guest": false, "protected": number == 2,
        })
    };
    (1..=3).map(user).collect()
}

#[test]
fn fifty_malformed_replies_of_plex_tv() {
    let runtime = runtime();
    let stage = &runtime.block_on(async { PlexStage::new() });
    let mut cases = lists(&runtime, "servers", &servers(), |sent| async move {
        let entry = entered(stage, "/api/v2/resources", &Value::Array(sent)).await?;
        let servers = entry.servers.into_iter();
        Ok(servers
            .map(|server| (server.machine_id, server.name, server.owned, server.owner))
            .collect::<Vec<_>>())
    });
    cases += lists(&runtime, "users", &users(), |sent| async move {
        let home = json!({ "id": 1, "name": "Home", "guestEnabled": false, "users": sent });
        let entry = entered(stage, "/api/v2/home/users", &home).await?;
        Ok(entry.home)
    });
    println!("{cases} malformed replies of plex.tv, no list lost");
    assert!(cases >= 50);
}

const NFO: &str = "<?xml version=\"1.0\"?><movie><title>Spoilt</title><year>2001</year><rating>7.1</rating>\
    <runtime>90</runtime><genre>Drama</genre><actor><name>Ada</name><role>Lead</role></actor></movie>";

/// A folder whose second film has these notes and whose first song is these bytes.
fn lay(root: &Path, notes: &[u8], song: &[u8]) {
    for (film, notes) in [
        ("First (2000)", NFO.as_bytes()),
        ("Spoilt (2001)", notes),
        ("Last (2002)", b""),
    ] {
        let folder = root.join(film);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("{film}.mkv")), film).unwrap();
        if !notes.is_empty() {
            fs::write(folder.join(format!("{film}.nfo")), notes).unwrap();
        }
    }
    let album = root.join("Artist/Album");
    fs::create_dir_all(&album).unwrap();
    let whole = Media::ready().track(1);
    let extension = whole.extension().unwrap().to_str().unwrap().to_owned();
    fs::copy(&whole, album.join(format!("02 Second.{extension}"))).unwrap();
    fs::write(album.join(format!("01 First.{extension}")), song).unwrap();
}

async fn titles(root: &Path) -> Vec<Item> {
    let account: AccountId = "acc".parse().unwrap();
    let folder = Folder::new(account, root.to_owned(), None);
    let mut titles = Vec::new();
    for library in folder.libraries().await.unwrap() {
        let page = folder.items(&library.id, 0, 100).await.unwrap();
        for item in &page.items {
            folder.details(&item.id).await.unwrap();
        }
        titles.extend(page.items);
    }
    titles
}

/// Bytes overwritten at places (of however many there are), and how much of the file is there.
fn damaged(whole: &[u8], hits: &[(prop::sample::Index, u8)], cut: prop::sample::Index) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    for (at, byte) in hits {
        let at = at.index(bytes.len());
        bytes[at] = *byte;
    }
    bytes.truncate(cut.index(2 * bytes.len()));
    bytes
}

#[test]
fn fifty_damaged_files_of_a_folder() {
    const CASES: u32 = 60;
    let runtime = runtime();
    let song = fs::read(Media::ready().track(1)).unwrap();
    // The tags are at its beginning; what is behind them is not looked at.
    let song = &song[..song.len().min(64 << 10)];
    let root = tempfile::tempdir().unwrap();
    lay(root.path(), NFO.as_bytes(), song);
    let mut whole = runtime.block_on(titles(root.path()));
    whole.retain(|item| {
        ["First", "Last"]
            .iter()
            .any(|name| item.id.key().contains(&format!("{name} (")))
    });
    assert_eq!(whole.len(), 2);
    let hits = || prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12);
    let cut = any::<prop::sample::Index>;
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        ..Config::default()
    };
    let cases = (hits(), cut(), hits(), cut());
    let ran = TestRunner::new(config).run(&cases, |(notes, notes_cut, tags, tags_cut)| {
        let root = tempfile::tempdir().unwrap();
        let notes = damaged(NFO.as_bytes(), &notes, notes_cut);
        lay(root.path(), &notes, &damaged(song, &tags, tags_cut));
        let found = runtime.block_on(titles(root.path()));
        let below = |place: &str| {
            let place = format!("file:{place}");
            let found = found
                .iter()
                .filter(|item| item.id.key().starts_with(&place));
            found
                .map(|item| (item.title.as_str(), item.year))
                .collect::<Vec<_>>()
        };
        for (film, was) in ["First", "Last"].iter().zip(&whole) {
            prop_assert_eq!(&below(film), &vec![(was.title.as_str(), was.year)]);
        }
        prop_assert_eq!(below("Spoilt").len(), 1, "it is there: {:?}", &found);
        prop_assert_eq!(
            below("Artist").len(),
            2,
            "every song is there: {:?}",
            &found
        );
        Ok(())
    });
    ran.unwrap_or_else(|error| panic!("{error}"));
    println!("{CASES} damaged files of a folder, no title lost");
}
