//! While an episode plays the beginning and the end of the next one come, and stay until it is wanted.
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
use spool_engine::cache::{Class, Fate, Record, Stay};
use spool_engine::model::{Item, ItemId, Kind, Query};
use spool_engine::secret::{Keep, Secret};
use testkit::titles::EPISODES;
use testkit::{Catalogue, FakeServer, Media, Options};

fn server() -> FakeServer {
    FakeServer::start(Options {
        catalogue: Catalogue::of(Media::ready()),
        ..Options::default()
    })
}

async fn sign_in(engine: &Engine, server: &FakeServer) {
    let address = server.address();
    let found = engine.accounts.find_jellyfin(&address).await.unwrap();
    let password = Secret::new(server.jellyfin().password());
    let user = server.jellyfin().user().to_owned();
    let accounts = &engine.accounts;
    let account = accounts.sign_in_jellyfin(&found, &user, &password, Keep::File);
    let account = account.await.unwrap();
    engine.library.sync(Some(account.id)).await;
}

async fn episode(engine: &Engine, title: &str) -> Item {
    let query = Query {
        text: Some(title.to_owned()),
        kinds: vec![Kind::Episode],
        ..Query::default()
    };
    let page = engine.library.page(query).await.unwrap();
    page.items.into_iter().next().unwrap()
}

async fn record(engine: &Engine, item: &ItemId) -> Option<Record> {
    let records = engine.cache.records().await.unwrap();
    let of = |record: &Record| record.state.key.part().item() == item;
    records.into_iter().find(of)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_episode_begins_without_the_server() {
    let server = server();
    let profile = Profile::new();
    let engine = profile.start();
    sign_in(&engine, &server).await;
    let (this, next) = (EPISODES[0][0], EPISODES[0][1]);
    let path = server.jellyfin().stream_path(next);
    let this = episode(&engine, this).await.id;
    let this = engine.playback.open(&this).await.unwrap();
    assert_eq!(server.bytes_sent(&path), 0, "it does not play yet");
    this.session.started(Duration::ZERO).await;
    let next = episode(&engine, next).await.id;
    until("the next episode's ends are here", async || {
        let record = record(&engine, &next).await;
        record.is_some_and(|record| {
            let (state, size) = (&record.state, record.state.size);
            let here = state.ranges.covered_from(0);
            size.is_some_and(|size| here == size.min(4 << 20))
                && record.fate == Fate::Stays(Stay::Queued)
        })
    })
    .await;
    let here = record(&engine, &next).await.unwrap();
    assert_eq!(here.state.class, Class::Prefetch);
    // However little room there is, it is not what goes.
    engine.cache.set_limit(0).await.unwrap();
    let kept = record(&engine, &next).await.unwrap().state.ranges.bytes();
    assert!(kept > 0);
    this.session.stopped(Duration::from_secs(19)).await;
    // Nor now that it is wanted.
    let fate = record(&engine, &next).await.unwrap().fate;
    assert_eq!(fate, Fate::Stays(Stay::Queued));
    let sent = server.bytes_sent(&path);
    let opened = engine.playback.open(&next).await.unwrap();
    let head = opened.reader.read_at(0, 64 << 10).await.unwrap();
    assert_eq!(head.len(), 64 << 10);
    assert_eq!(server.bytes_sent(&path), sent, "it was here");
    engine.shutdown_blocking();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_the_last_episode_nothing_comes() {
    let server = server();
    let profile = Profile::new();
    let engine = profile.start();
    sign_in(&engine, &server).await;
    let first = episode(&engine, EPISODES[0][0]).await.id;
    let second = episode(&engine, EPISODES[0][1]).await.id;
    let playing = engine.playback.open(&first).await.unwrap();
    playing.session.started(Duration::ZERO).await;
    until("the next one is queued", async || {
        let record = record(&engine, &second).await;
        record.is_some_and(|record| record.fate == Fate::Stays(Stay::Queued))
    })
    .await;
    let last = episode(&engine, EPISODES[1][2]).await.id;
    let last = engine.playback.open(&last).await.unwrap();
    last.session.started(Duration::ZERO).await;
    until("nothing is queued", async || {
        let record = record(&engine, &second).await;
        record.is_none_or(|record| record.fate != Fate::Stays(Stay::Queued))
    })
    .await;
    until("nothing is fetched ahead", async || {
        engine.cache.jobs().await.unwrap().is_empty()
    })
    .await;
    engine.shutdown_blocking();
}
