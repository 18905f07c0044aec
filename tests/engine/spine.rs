//! The whole path against a real server on loopback: sign in, refresh, open, read, report; then the server goes, and what was
//! read plays on, also after a new start.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

mod fake_source;

use std::time::Duration;

use fake_source::{Profile, until};
use spool_engine::Engine;
use spool_engine::model::{
    Account, AccountState, Filter, Item, Kind, Presence, Query, Shelf, SourceKind,
};
use spool_engine::playback::PlaybackError;
use spool_engine::secret::{Keep, Secret};
use testkit::{Blob, Catalogue, FakeServer, Options, pattern};

const SIZE: u64 = 3 << 20;
const SEED: u64 = 7;

fn server() -> FakeServer {
    let films = Catalogue::default()
        .and_blob("Watched", Blob::pattern(SIZE, SEED), 600)
        .and_blob("Never seen", Blob::pattern(SIZE, 8), 600);
    FakeServer::start(Options {
        catalogue: films,
        ..Options::default()
    })
}

async fn sign_in(engine: &Engine, server: &FakeServer) -> Account {
    let found = engine
        .accounts
        .find_jellyfin(&server.address())
        .await
        .unwrap();
    let password = Secret::new(server.jellyfin().password());
    let user = server.jellyfin().user().to_owned();
    engine
        .accounts
        .sign_in_jellyfin(&found, &user, &password, Keep::File)
        .await
        .unwrap()
}

async fn film(engine: &Engine, title: &str) -> Item {
    let query = Query {
        text: Some(title.to_owned()),
        kinds: vec![Kind::Movie],
        ..Query::default()
    };
    let page = engine.library.page(query).await.unwrap();
    page.items.into_iter().next().unwrap()
}

async fn read_all(engine: &Engine, item: &Item) {
    let playable = engine.playback.open(&item.id).await.unwrap();
    assert_eq!(playable.reader.len().await.unwrap(), Some(SIZE));
    let bytes = playable
        .reader
        .read_at(0, usize::try_from(SIZE).unwrap())
        .await
        .unwrap();
    assert_eq!(pattern::verify(SEED, 0, &bytes), Ok(()));
}

#[tokio::test]
async fn what_was_read_plays_on_without_the_server() {
    let mut server = server();
    let profile = Profile::new();
    let engine = profile.start();
    let account = sign_in(&engine, &server).await;
    assert_eq!(account.kind, SourceKind::Jellyfin);
    assert!(engine.library.sync(None).await[0].result.is_ok());
    let watched = film(&engine, "watched").await;
    assert_eq!(engine.library.presence(&watched.id), Presence::None);
    engine
        .library
        .details(&film(&engine, "never").await.id)
        .await
        .unwrap();

    let mut changes = engine.library.presence_changes();
    read_all(&engine, &watched).await;
    until("the badge says that all is here", async || {
        engine.library.presence(&watched.id) == Presence::Whole
    })
    .await;
    assert_eq!(*changes.recv().await.unwrap().0, watched.id);
    let stream = server.jellyfin().stream_path("Watched");
    assert_eq!(server.bytes_sent(&stream), SIZE);
    assert_eq!(server.heads(), 0);

    let session = engine.playback.open(&watched.id).await.unwrap().session;
    session.started(Duration::ZERO).await;
    session.stopped(Duration::from_secs(300)).await;
    until("the server knows the position", async || {
        server.jellyfin().watched("Watched") == (Duration::from_secs(300), false)
    })
    .await;
    drop(session);
    engine.shutdown_blocking();
    drop(engine);

    server.stop();
    let engine = profile.start();
    plays_on(&engine, &watched).await;
    assert_eq!(server.bytes_sent(&stream), SIZE);
    engine.shutdown_blocking();
}

/// The server is gone: what was watched plays, at its position; the other film says why not.
async fn plays_on(engine: &Engine, watched: &Item) {
    engine.accounts.check(None).await;
    assert_eq!(engine.accounts.list()[0].state, AccountState::Offline);
    until("the badge is there again", async || {
        engine.library.presence(&watched.id) == Presence::Whole
    })
    .await;
    let playable = engine.playback.open(&watched.id).await.unwrap();
    assert_eq!(playable.resume, Duration::from_secs(300));
    drop(playable);
    read_all(engine, watched).await;
    let never = film(engine, "never").await;
    let opened = engine.playback.open(&never.id).await;
    assert!(
        matches!(opened, Err(PlaybackError::NeedsNetwork)),
        "{opened:?}"
    );

    let here = engine.library.shelf(Shelf::OnDevice, 10).await.unwrap();
    assert_eq!(
        here.iter().map(|item| &item.id).collect::<Vec<_>>(),
        [&watched.id]
    );
    let query = Query {
        filter: Filter::OnDevice,
        ..Query::default()
    };
    assert_eq!(engine.library.page(query).await.unwrap().total, 1);
}

#[tokio::test]
async fn what_was_watched_without_the_server_reaches_it_when_it_is_back() {
    let mut server = server();
    let profile = Profile::new();
    let engine = profile.start();
    sign_in(&engine, &server).await;
    assert!(engine.library.sync(None).await[0].result.is_ok());
    let watched = film(&engine, "watched").await;
    read_all(&engine, &watched).await;
    server.stop();
    engine.accounts.check(None).await;
    let session = engine.playback.open(&watched.id).await.unwrap().session;
    session.stopped(Duration::from_secs(240)).await;
    drop(session);
    assert_eq!(server.jellyfin().watched("Watched").0, Duration::ZERO);

    server.start_again();
    engine.accounts.check(None).await;
    until("the server knows the position", async || {
        server.jellyfin().watched("Watched").0 == Duration::from_secs(240)
    })
    .await;
    assert!(engine.library.sync(None).await[0].result.is_ok());
    let progress = engine.library.item(&watched.id).await.unwrap().progress;
    assert_eq!(progress.position, Duration::from_secs(240));
    engine.shutdown_blocking();
}

#[tokio::test]
async fn a_removed_account_leaves_nothing_behind() {
    let server = server();
    let profile = Profile::new();
    let engine = profile.start();
    let account = sign_in(&engine, &server).await;
    assert!(engine.library.sync(None).await[0].result.is_ok());
    let watched = film(&engine, "watched").await;
    read_all(&engine, &watched).await;
    until("the cache has its bytes", async || {
        !engine.cache.entries().await.unwrap().is_empty()
    })
    .await;
    engine.accounts.remove(&account.id).await.unwrap();
    until("its bytes are gone", async || {
        engine.cache.entries().await.unwrap().is_empty()
    })
    .await;
    assert_eq!(
        engine.library.page(Query::default()).await.unwrap().total,
        0
    );
    until("the badge is gone", async || {
        engine.library.presence(&watched.id) == Presence::None
    })
    .await;
    engine.shutdown_blocking();
}

#[tokio::test]
async fn a_folder_fills_its_library_and_plays_from_its_files() {
    let profile = Profile::new();
    let engine = profile.start();
    let folder = profile.folder.path().join("videos");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(
        folder.join("Some Film (2001).mkv"),
        pattern::bytes(3, 0, 5000),
    )
    .unwrap();
    engine.accounts.add_folder(&folder).await.unwrap();
    until("the film is in the library", async || {
        engine.library.page(Query::default()).await.unwrap().total > 0
    })
    .await;
    let film = film(&engine, "some film").await;
    assert_eq!((film.title.as_str(), film.year), ("Some Film", Some(2001)));
    let playable = engine.playback.open(&film.id).await.unwrap();
    assert!(playable.reader.is_complete());
    let bytes = playable.reader.read_at(1000, 9000).await.unwrap();
    assert_eq!(pattern::verify(3, 1000, &bytes), Ok(()));
    assert_eq!(bytes.len(), 4000);
    playable.session.stopped(Duration::from_secs(30)).await;
    drop(playable);
    // A badge on a file of this computer would say nothing, but it does play without the network.
    assert_eq!(engine.library.presence(&film.id), Presence::None);
    let query = Query {
        filter: Filter::OnDevice,
        ..Query::default()
    };
    assert_eq!(engine.library.page(query).await.unwrap().total, 1);
    engine.library.sync(None).await;
    let again = engine.playback.open(&film.id).await.unwrap();
    assert_eq!(again.resume, Duration::from_secs(30));
    engine.shutdown_blocking();
}
