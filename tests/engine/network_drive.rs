//! A folder on a network drive, through the whole engine: fetched, badged, and here while the drive is away.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

mod fake_source;

use std::path::{Path, PathBuf};
use std::time::Duration;

use fake_source::{Profile, until};
use spool_engine::Engine;
use spool_engine::model::{Account, AccountState, Item, Presence, Query, SourceKind};
use spool_engine::playback::PlaybackError;
use testkit::pattern;

const SIZE: usize = 3 << 20;

fn write(folder: &Path, name: &str, seed: u64) {
    let bytes = pattern::bytes(seed, 0, SIZE);
    std::fs::write(folder.join(format!("{name}.mkv")), bytes).unwrap();
}

/// A drive with two films, known to an engine.
async fn drive(profile: &Profile, engine: &Engine) -> (PathBuf, Account) {
    let folder = profile.folder.path().join("drive");
    std::fs::create_dir_all(&folder).unwrap();
    write(&folder, "Watched (2001)", 3);
    write(&folder, "Never Seen (2002)", 4);
    let account = engine.accounts.add_network_drive(&folder).await.unwrap();
    assert_eq!(account.kind, SourceKind::NetworkDrive);
    until("the films are in the library", async || {
        engine.library.page(Query::default()).await.unwrap().total == 2
    })
    .await;
    (folder, account)
}

async fn titled(engine: &Engine, title: &str) -> Item {
    let page = engine.library.page(Query::default()).await.unwrap();
    let mut found = page.items.into_iter();
    found.find(|item| item.title == title).unwrap()
}

/// Reads a title to its end, every byte of which must be right.
async fn read(engine: &Engine, item: &Item, seed: u64) {
    let playable = engine.playback.open(&item.id).await.unwrap();
    let mut pos = 0;
    while pos < SIZE as u64 {
        let bytes = playable.reader.read_at(pos, 256 << 10).await.unwrap();
        assert_eq!(pattern::verify(seed, pos, &bytes), Ok(()));
        pos += bytes.len() as u64;
    }
}

async fn state(engine: &Engine, account: &Account, state: AccountState) {
    until("the account's state", async || {
        engine.accounts.check(Some(&account.id)).await;
        let accounts = engine.accounts.list();
        let known = accounts.iter().find(|known| known.id == account.id);
        known.unwrap().state == state
    })
    .await;
}

#[tokio::test]
async fn what_was_watched_plays_while_the_drive_is_away_and_nothing_is_forgotten() {
    let profile = Profile::new();
    let engine = profile.start();
    let (folder, account) = drive(&profile, &engine).await;
    let (watched, unseen) = (
        titled(&engine, "Watched").await,
        titled(&engine, "Never Seen").await,
    );
    read(&engine, &watched, 3).await;
    until("it is badged", async || {
        engine.library.presence(&watched.id) == Presence::Whole
    })
    .await;
    assert_eq!(engine.library.presence(&unseen.id), Presence::None);
    let playable = engine.playback.open(&watched.id).await.unwrap();
    playable.session.stopped(Duration::from_secs(30)).await;
    drop(playable);

    let away = profile.folder.path().join("away");
    std::fs::rename(&folder, &away).unwrap();
    state(&engine, &account, AccountState::Offline).await;
    assert!(engine.library.sync(None).await[0].result.is_err());
    assert_eq!(titled(&engine, "Never Seen").await.id, unseen.id);
    read(&engine, &watched, 3).await;
    let again = engine.playback.open(&watched.id).await.unwrap();
    assert_eq!(again.resume, Duration::from_secs(30));
    drop(again);
    assert!(matches!(
        engine.playback.open(&unseen.id).await,
        Err(PlaybackError::NeedsNetwork)
    ));

    std::fs::rename(&away, &folder).unwrap();
    state(&engine, &account, AccountState::Online).await;
    assert!(engine.library.sync(None).await[0].result.is_ok());
    let page = engine.library.page(Query::default()).await.unwrap();
    assert_eq!(page.total, 2);
    assert_eq!(titled(&engine, "Never Seen").await.id, unseen.id);
    read(&engine, &unseen, 4).await;
    engine.shutdown_blocking();
}

#[tokio::test]
async fn a_file_that_was_replaced_is_fetched_anew() {
    let profile = Profile::new();
    let engine = profile.start();
    let (folder, _) = drive(&profile, &engine).await;
    let film = titled(&engine, "Watched").await;
    read(&engine, &film, 3).await;
    write(&folder, "Watched (2001)", 9);
    // Coarse clocks of file systems may give both versions one time.
    let file = std::fs::File::options()
        .write(true)
        .open(folder.join("Watched (2001).mkv"))
        .unwrap();
    file.set_modified(std::time::SystemTime::now() + Duration::from_secs(5))
        .unwrap();
    engine.library.sync(None).await;
    let film = engine.library.details(&film.id).await.unwrap().item;
    read(&engine, &film, 9).await;
    engine.shutdown_blocking();
}
