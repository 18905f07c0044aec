//! The refresh: what arrives, what goes, what stays when a server or the network fails.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

mod fake_source;

use std::time::Duration;

use fake_source::{Profile, part, synced, until};
use spool_engine::library::LibraryError;
use spool_engine::model::{Kind, Query};
use spool_engine::source::SourceError;

const DOWN: fn() -> Option<SourceError> = || Some(SourceError::Unreachable("down".into()));

#[tokio::test]
async fn pages_arrive_and_what_is_gone_goes() {
    let profile = Profile::new();
    let engine = profile.start();
    let source = profile.fake(&engine, "a").await;
    for number in 0..450 {
        source.add(
            Kind::Movie,
            &format!("m{number}"),
            &format!("Film {number}"),
            |_| {},
        );
    }
    assert_eq!(synced(&engine, &source).await, 450);
    let page = engine
        .library
        .page(Query {
            limit: 3,
            ..Query::default()
        })
        .await
        .unwrap();
    let titles: Vec<&str> = page.items.iter().map(|item| item.title.as_str()).collect();
    assert_eq!(
        (titles, page.total),
        (vec!["Film 0", "Film 1", "Film 2"], 450)
    );
    assert_eq!(page.items[0].library, Some(source.library()));

    source.script.lock().items.remove(1);
    source.change("m0", |item| item.title = "Changed".to_owned());
    assert_eq!(synced(&engine, &source).await, 449);
    assert!(matches!(
        engine.library.item(&source.id("m1")).await,
        Err(LibraryError::NotFound)
    ));
    assert_eq!(
        engine.library.item(&source.id("m0")).await.unwrap().title,
        "Changed"
    );
    engine.shutdown_blocking();
}

#[tokio::test]
async fn a_walk_that_breaks_off_removes_nothing() {
    let profile = Profile::new();
    let engine = profile.start();
    let source = profile.fake(&engine, "a").await;
    for number in 0..450 {
        source.add(Kind::Movie, &format!("m{number}"), "Film", |_| {});
    }
    synced(&engine, &source).await;
    source.script.lock().items.truncate(300);
    source.script.lock().fails_from = Some(200);
    let outcome = engine.library.sync(Some(source.account.clone())).await;
    assert!(matches!(
        outcome[0].result,
        Err(LibraryError::Source(SourceError::Timeout))
    ));
    assert_eq!(
        engine.library.page(Query::default()).await.unwrap().total,
        450
    );
    engine.shutdown_blocking();
}

#[tokio::test]
async fn a_walk_over_a_moving_library_removes_nothing() {
    let profile = Profile::new();
    let engine = profile.start();
    let source = profile.fake(&engine, "a").await;
    for number in 0..250 {
        source.add(Kind::Movie, &format!("m{number}"), "Film", |_| {});
    }
    synced(&engine, &source).await;
    // The first item goes while the walk is between two pages: what was the 201st is now on the page that it has behind it.
    source.script.lock().after_page = Some(|script| {
        script.after_page = None;
        script.items.remove(0);
    });
    assert_eq!(synced(&engine, &source).await, 250);
    assert!(engine.library.item(&source.id("m200")).await.is_ok());
    assert_eq!(synced(&engine, &source).await, 249);
    engine.shutdown_blocking();
}

#[tokio::test]
async fn one_failing_account_does_not_stop_the_others() {
    let profile = Profile::new();
    let engine = profile.start();
    let (good, bad) = (
        profile.fake(&engine, "a").await,
        profile.fake(&engine, "b").await,
    );
    good.add(Kind::Movie, "m", "Film", |_| {});
    bad.fail(DOWN());
    let outcomes = engine.library.sync(None).await;
    assert_eq!(outcomes.len(), 2);
    for outcome in outcomes {
        assert_eq!(outcome.result.is_ok(), outcome.account == good.account);
    }
    assert!(engine.library.item(&good.id("m")).await.is_ok());
    engine.shutdown_blocking();
}

#[tokio::test]
async fn the_library_is_there_after_a_start_without_network() {
    let profile = Profile::new();
    let engine = profile.start();
    let source = profile.fake(&engine, "a").await;
    source.add(Kind::Movie, "m", "Film", |item| {
        item.parts = vec![part(&item.id, "file")];
        item.genres = vec!["Drama".to_owned()];
        item.rating = Some(7.3);
        item.duration = Some(Duration::from_secs(5400));
    });
    synced(&engine, &source).await;
    let before = engine.library.details(&source.id("m")).await.unwrap();
    let account = source.account.clone();
    engine.shutdown_blocking();
    drop(engine);

    let engine = profile.start();
    let source = profile.stand_in(&engine, &account);
    source.fail(DOWN());
    assert_eq!(engine.library.libraries().await.unwrap()[0].title, "Films");
    let after = engine.library.details(&source.id("m")).await.unwrap();
    assert_eq!(after.item, before.item);
    assert_eq!(after.item.parts.len(), 1);
    engine.shutdown_blocking();
}

#[tokio::test]
async fn what_was_watched_offline_reaches_the_server_later() {
    let profile = Profile::new();
    let engine = profile.start();
    let source = profile.fake(&engine, "a").await;
    source.add(Kind::Movie, "m", "Film", |_| {});
    source.add(Kind::Movie, "later", "Watched elsewhere since", |_| {});
    synced(&engine, &source).await;
    source.fail(DOWN());
    for key in ["m", "later"] {
        engine
            .library
            .set_watched(&source.id(key), true)
            .await
            .unwrap();
    }
    assert!(
        engine
            .library
            .item(&source.id("m"))
            .await
            .unwrap()
            .progress
            .watched
    );
    source.fail(None);
    source.change("later", |item| {
        item.progress.last_played = Some(i64::from(u32::MAX))
    });
    synced(&engine, &source).await;
    assert_eq!(source.script.lock().marks, [(source.id("m"), true)]);
    assert!(
        !engine
            .library
            .item(&source.id("later"))
            .await
            .unwrap()
            .progress
            .watched
    );
    engine.shutdown_blocking();
}

#[tokio::test]
async fn a_newer_position_here_survives_a_refresh() {
    let profile = Profile::new();
    let engine = profile.start();
    let source = profile.fake(&engine, "a").await;
    source.add(Kind::Movie, "m", "Film", |item| {
        item.progress.last_played = Some(1_000)
    });
    synced(&engine, &source).await;
    engine
        .library
        .set_watched(&source.id("m"), true)
        .await
        .unwrap();
    // The server accepted it, but its list still says what it said before.
    assert_eq!(source.script.lock().marks.len(), 1);
    synced(&engine, &source).await;
    assert!(
        engine
            .library
            .item(&source.id("m"))
            .await
            .unwrap()
            .progress
            .watched
    );

    source.change("m", |item| {
        item.progress.last_played = Some(i64::from(u32::MAX));
        item.progress.position = Duration::from_secs(77);
    });
    synced(&engine, &source).await;
    let progress = engine.library.item(&source.id("m")).await.unwrap().progress;
    assert_eq!((progress.position.as_secs(), progress.watched), (77, false));
    engine.shutdown_blocking();
}

#[tokio::test]
async fn the_revision_tells_of_changes() {
    let profile = Profile::new();
    let engine = profile.start();
    let source = profile.fake(&engine, "a").await;
    let mut revision = engine.library.revision();
    revision.mark_unchanged();
    source.add(Kind::Movie, "m", "Film", |_| {});
    synced(&engine, &source).await;
    assert!(revision.has_changed().unwrap());

    engine.accounts.remove(&source.account).await.unwrap();
    until("the account's items are gone", async || {
        engine.library.page(Query::default()).await.unwrap().total == 0
    })
    .await;
    assert!(engine.library.libraries().await.unwrap().is_empty());
    engine.shutdown_blocking();
}

#[tokio::test]
async fn a_page_that_does_not_come_in_time_is_asked_for_in_small_ones() {
    let profile = Profile::new();
    let engine = profile.start();
    let source = profile.fake(&engine, "a").await;
    for number in 0..230 {
        source.add(Kind::Movie, &format!("m{number}"), "Film", |_| {});
    }
    source.script.lock().slow_above = Some(50);
    assert_eq!(synced(&engine, &source).await, 230);
    assert_eq!(source.script.lock().pages, [200, 50, 50, 50, 50, 50]);
    // Once, and no more.
    source.script.lock().slow_above = Some(10);
    source.script.lock().pages.clear();
    let outcome = engine.library.sync(Some(source.account.clone())).await;
    assert!(outcome[0].result.is_err());
    assert_eq!(source.script.lock().pages, [200, 50]);
    engine.shutdown_blocking();
}
