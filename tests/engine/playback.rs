//! From an item to bytes, and from positions to the database and the server.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

mod fake_source;

use std::time::Duration;

use fake_source::{Profile, synced, until};
use spool_engine::accounts::AccountService;
use spool_engine::model::{AccountId, Chosen, Kind, Shelf};
use spool_engine::playback::PlaybackError;
use spool_engine::source::{ReportEvent, SourceError};

const HOUR: Duration = Duration::from_secs(3600);

fn go_offline(accounts: &AccountService, account: &AccountId) {
    accounts.mark(account, Err(&SourceError::Timeout));
}

#[tokio::test]
async fn positions_are_saved_and_reported() {
    let profile = Profile::new();
    let engine = profile.start();
    let source = profile.fake(&engine, "a").await;
    source.add(Kind::Movie, "m", "Film", |item| item.duration = Some(HOUR));
    synced(&engine, &source).await;
    let playable = engine.playback.open(&source.id("m")).await.unwrap();
    assert_eq!(playable.resume, Duration::ZERO);
    playable.session.started(Duration::ZERO).await;
    playable.session.progress(HOUR / 4, true).await;
    // Also what the rules take back at the end is kept until then, in case the program ends abruptly.
    let saved = engine
        .library
        .item(&source.id("m"))
        .await
        .unwrap()
        .progress
        .position;
    assert_eq!(saved, HOUR / 4);
    playable.session.stopped(HOUR / 2).await;
    until("the server has heard of the end", async || {
        let script = source.script.lock();
        script
            .reports
            .last()
            .is_some_and(|report| report.event == ReportEvent::Stopped)
    })
    .await;
    let reports = source.script.lock().reports.clone();
    assert_eq!(reports[0].event, ReportEvent::Started);
    assert_eq!(reports.last().unwrap().position, HOUR / 2);
    assert!(
        reports
            .iter()
            .all(|report| report.session == reports[0].session)
    );
    drop(playable);

    let again = engine.playback.open(&source.id("m")).await.unwrap();
    assert_eq!(again.resume, HOUR / 2);
    let begun = engine
        .library
        .shelf(Shelf::ContinueWatching, 5)
        .await
        .unwrap();
    assert_eq!(begun[0].id, source.id("m"));
    again.session.stopped(HOUR - HOUR / 20).await;
    let progress = engine.library.item(&source.id("m")).await.unwrap().progress;
    assert_eq!(
        (progress.position, progress.watched),
        (Duration::ZERO, true)
    );
    engine.shutdown_blocking();
}

#[tokio::test]
async fn a_known_title_opens_without_asking_its_source() {
    let profile = Profile::new();
    let engine = profile.start();
    let source = profile.fake(&engine, "a").await;
    source.add(Kind::Movie, "m", "Film", |_| {});
    synced(&engine, &source).await;
    engine.library.details(&source.id("m")).await.unwrap();
    source.script.lock().asked.clear();
    engine.playback.open(&source.id("m")).await.unwrap();
    assert!(source.script.lock().asked.is_empty());
    engine.shutdown_blocking();
}

#[tokio::test]
async fn what_is_not_here_needs_the_network() {
    let profile = Profile::new();
    let engine = profile.start();
    let source = profile.fake(&engine, "a").await;
    source.add(Kind::Movie, "known", "Looked at before", |_| {});
    source.add(Kind::Movie, "new", "Never looked at", |_| {});
    synced(&engine, &source).await;
    engine.library.details(&source.id("known")).await.unwrap();
    source.fail(Some(SourceError::Timeout));
    go_offline(&engine.accounts, &source.account);
    for key in ["known", "new"] {
        let opened = engine.playback.open(&source.id(key)).await;
        assert!(
            matches!(opened, Err(PlaybackError::NeedsNetwork)),
            "{opened:?}"
        );
    }
    source.add(Kind::Show, "show", "Show", |_| {});
    source.fail(None);
    synced(&engine, &source).await;
    let opened = engine.playback.open(&source.id("show")).await;
    assert!(
        matches!(opened, Err(PlaybackError::NothingToPlay)),
        "{opened:?}"
    );
    engine.shutdown_blocking();
}

#[tokio::test]
async fn positions_survive_a_server_that_is_away_and_an_abrupt_end() {
    let profile = Profile::new();
    let engine = profile.start();
    let source = profile.fake(&engine, "a").await;
    source.add(Kind::Movie, "m", "Film", |item| item.duration = Some(HOUR));
    synced(&engine, &source).await;
    let playable = engine.playback.open(&source.id("m")).await.unwrap();
    source.fail(Some(SourceError::Unreachable("down".into())));
    playable.session.started(Duration::ZERO).await;
    playable.session.progress(HOUR / 3, false).await;
    let account = source.account.clone();
    // No farewell: the engine just goes.
    drop(playable);
    drop(engine);

    let mut again = None;
    until("the profile is free", async || {
        again = profile.try_start().ok();
        again.is_some()
    })
    .await;
    let engine = again.unwrap();
    let source = profile.stand_in(&engine, &account);
    source.add(Kind::Movie, "m", "Film", |item| item.duration = Some(HOUR));
    assert_eq!(
        engine
            .library
            .item(&source.id("m"))
            .await
            .unwrap()
            .progress
            .position,
        HOUR / 3
    );
    synced(&engine, &source).await;
    let reports = source.script.lock().reports.clone();
    assert_eq!(reports.len(), 1);
    assert_eq!(
        (reports[0].position, reports[0].event),
        (HOUR / 3, ReportEvent::Stopped)
    );
    assert_eq!(
        engine
            .library
            .item(&source.id("m"))
            .await
            .unwrap()
            .progress
            .position,
        Duration::ZERO
    );
    engine.shutdown_blocking();
}

#[tokio::test]
async fn what_was_chosen_to_hear_and_read_is_chosen_again_without_the_server() {
    let profile = Profile::new();
    let engine = profile.start();
    let source = profile.fake(&engine, "a").await;
    source.add(Kind::Movie, "m", "Film", |item| item.duration = Some(HOUR));
    synced(&engine, &source).await;
    let film = source.id("m");
    engine.library.details(&film).await.unwrap();
    let playable = engine.playback.open(&film).await.unwrap();
    assert_eq!(playable.part.chosen, None);
    let chosen = Chosen {
        audio: Some(2),
        subtitle: Some(4),
    };
    // What plays by itself is told, and no choice.
    playable.session.plays(Chosen::default(), false);
    playable.session.plays(chosen, true);
    until("it is chosen", async || {
        let again = engine.playback.open(&film).await.unwrap();
        again.part.chosen == Some(chosen)
    })
    .await;
    playable.session.started(Duration::ZERO).await;
    until("the server has heard", async || {
        let script = source.script.lock();
        let told = script.reports.last();
        told.is_some_and(|report| report.chosen == Some(chosen))
    })
    .await;
}
