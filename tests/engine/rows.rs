//! Rows of servers in the mirror: what they show, what is newer here, and what a person took out.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

mod fake_source;

use std::sync::Arc;
use std::time::Duration;

use fake_source::{FakeSource, Profile, synced, until};
use spool_engine::Engine;
use spool_engine::model::{Item, Kind, Progress, RowKind, ServerRow, Shelf};
use spool_engine::source::SourceError;

fn begun(seconds_ago: i64) -> Progress {
    let now = std::time::SystemTime::now();
    let now = now.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    Progress {
        position: Duration::from_secs(60),
        last_played: Some(i64::try_from(now).unwrap() - seconds_ago),
        ..Progress::default()
    }
}

fn seen(seconds_ago: i64) -> Progress {
    Progress {
        position: Duration::ZERO,
        watched: true,
        ..begun(seconds_ago)
    }
}

/// Three films that were begun, and two shows of three episodes, of each of which the first was watched.
async fn library() -> (Profile, Engine, Arc<FakeSource>) {
    let profile = Profile::new();
    let engine = profile.start();
    let source = profile.fake(&engine, "a").await;
    for (key, ago) in [("bay", 300), ("cape", 200), ("dune", 100)] {
        source.add(Kind::Movie, key, key, |item| item.progress = begun(ago));
    }
    for (show, ago) in [("gulls", 400), ("herons", 500)] {
        source.add(Kind::Show, show, show, |_| {});
        for number in 1..=3 {
            source.add(Kind::Episode, &format!("{show}-{number}"), show, |item| {
                item.grandparent = Some(source.id(show));
                item.parent_index = Some(1);
                item.index = Some(number);
                if number == 1 {
                    item.progress = seen(ago);
                }
            });
        }
    }
    (profile, engine, source)
}

/// The server tells these rows from now on.
async fn tell(engine: &Engine, source: &FakeSource, rows: &[(RowKind, &str, &[&str])]) {
    let item = |key: &&str| {
        let script = source.script.lock();
        let known = script.items.iter().find(|item| item.id.key() == *key);
        known
            .cloned()
            .unwrap_or_else(|| Item::new(source.id(key), Kind::Movie, *key))
    };
    let rows = rows.iter().map(|(kind, title, keys)| ServerRow {
        kind: *kind,
        key: format!("{kind:?} {title}"),
        title: (*title).to_owned(),
        items: keys.iter().map(item).collect(),
    });
    let rows: Vec<ServerRow> = rows.collect();
    source.script.lock().rows = Some(rows);
    synced(engine, source).await;
}

async fn shelf(engine: &Engine, shelf: Shelf) -> Vec<String> {
    let items = engine.library.shelf(shelf, 10).await.unwrap();
    items.iter().map(|item| item.id.key().to_owned()).collect()
}

async fn continued(engine: &Engine) -> Vec<String> {
    shelf(engine, Shelf::ContinueWatching).await
}

async fn next(engine: &Engine) -> Vec<String> {
    shelf(engine, Shelf::NextUp).await
}

#[tokio::test]
async fn what_was_taken_out_at_the_server_is_not_continued() {
    let (_profile, engine, source) = library().await;
    synced(&engine, &source).await;
    assert_eq!(
        continued(&engine).await,
        ["dune", "cape", "bay"],
        "by what is known here"
    );
    let row = |keys: &'static [&'static str]| [(RowKind::Continue, "", keys)];
    tell(&engine, &source, &row(&["bay", "dune"])).await;
    assert_eq!(continued(&engine).await, ["dune", "bay"]);
    // From the mirror alone, and over a restart of the server that tells nothing more.
    source.fail(Some(SourceError::Timeout));
    engine.library.sync(Some(source.account.clone())).await;
    assert_eq!(continued(&engine).await, ["dune", "bay"]);
    source.fail(None);
    // What was played elsewhere since the row was told is newer than the row.
    source.change("cape", |item| item.progress = begun(-60));
    source.script.lock().rows = None;
    synced(&engine, &source).await;
    assert_eq!(continued(&engine).await, ["cape", "dune", "bay"]);
    // A row without titles is a row.
    source.change("cape", |item| item.progress = begun(200));
    source.change("dune", |item| item.progress = begun(100));
    tell(&engine, &source, &row(&[])).await;
    assert_eq!(
        continued(&engine).await,
        ["cape"],
        "played in a minute, says its clock"
    );
    engine.shutdown_blocking();
}

#[tokio::test]
async fn what_is_watched_here_is_newer_than_the_servers_row() {
    let (_profile, engine, source) = library().await;
    let rows: [(RowKind, &str, &[&str]); 2] = [
        (RowKind::Continue, "", &["dune"]),
        (RowKind::NextUp, "", &["herons-3", "gulls-2"]),
    ];
    tell(&engine, &source, &rows).await;
    // By the server's rule, which is not ours; by when each show was watched last.
    assert_eq!(next(&engine).await, ["gulls-2", "herons-3"]);
    source.fail(Some(SourceError::Timeout));
    let library = &engine.library;
    library.set_watched(&source.id("dune"), true).await.unwrap();
    assert!(continued(&engine).await.is_empty());
    library
        .set_watched(&source.id("gulls-2"), true)
        .await
        .unwrap();
    assert_eq!(next(&engine).await, ["gulls-3", "herons-3"]);
    library
        .set_watched(&source.id("herons-3"), true)
        .await
        .unwrap();
    assert_eq!(
        next(&engine).await,
        ["gulls-3"],
        "after the last episode comes nothing"
    );
    engine.shutdown_blocking();
}

#[tokio::test]
async fn a_show_that_the_server_leaves_out_does_not_come_next() {
    let (_profile, engine, source) = library().await;
    synced(&engine, &source).await;
    assert_eq!(next(&engine).await, ["gulls-2", "herons-2"]);
    tell(&engine, &source, &[(RowKind::NextUp, "", &["herons-2"])]).await;
    assert_eq!(next(&engine).await, ["herons-2"]);
    engine.shutdown_blocking();
}

#[tokio::test]
async fn what_a_server_puts_forward_is_kept_in_its_order() {
    let (profile, engine, source) = library().await;
    let rows: [(RowKind, &str, &[&str]); 3] = [
        (RowKind::Promoted, "Top Rated", &["dune", "unknown", "bay"]),
        (RowKind::Promoted, "Nothing", &[]),
        (RowKind::Promoted, "More Gulls", &["gulls"]),
    ];
    tell(&engine, &source, &rows).await;
    let told = |engine: &Engine| {
        let library = engine.library.clone();
        async move {
            let rows = library.promoted().await.unwrap().into_iter();
            let keys = |items: Vec<Item>| -> Vec<String> {
                items.iter().map(|item| item.id.key().to_owned()).collect()
            };
            rows.map(|row| (row.title, keys(row.items)))
                .collect::<Vec<_>>()
        }
    };
    let expected = [
        (
            "Top Rated".to_owned(),
            vec!["dune".to_owned(), "unknown".to_owned(), "bay".to_owned()],
        ),
        ("More Gulls".to_owned(), vec!["gulls".to_owned()]),
    ];
    assert_eq!(told(&engine).await, expected);
    // Over a restart of the program, without the server.
    engine.shutdown_blocking();
    let engine = profile.start();
    assert_eq!(told(&engine).await, expected);
    // What the server does not put forward any more is gone.
    let source = profile.stand_in(&engine, &source.account);
    source.script.lock().rows = Some(Vec::new());
    synced(&engine, &source).await;
    assert!(told(&engine).await.is_empty());
    engine.shutdown_blocking();
}

#[tokio::test]
async fn what_a_person_takes_out_stays_out_until_it_is_played_again() {
    let (_profile, engine, source) = library().await;
    synced(&engine, &source).await;
    source.fail(Some(SourceError::Timeout));
    let cape = source.id("cape");
    engine.library.dismiss(&cape).await.unwrap();
    assert_eq!(
        continued(&engine).await,
        ["dune", "bay"],
        "at once, without the server"
    );
    assert!(source.script.lock().dismissed.is_empty());
    let position = engine.library.item(&cape).await.unwrap().progress.position;
    assert_eq!(position, Duration::from_secs(60), "its position stays");
    // The server hears of it when it is back, once.
    source.fail(None);
    synced(&engine, &source).await;
    synced(&engine, &source).await;
    assert_eq!(source.script.lock().dismissed, std::slice::from_ref(&cape));
    assert_eq!(continued(&engine).await, ["dune", "bay"]);
    // It is played elsewhere.
    source.change("cape", |item| item.progress = begun(-60));
    synced(&engine, &source).await;
    assert_eq!(continued(&engine).await, ["cape", "dune", "bay"]);
    // With the server there, it hears of it at once.
    engine.library.dismiss(&source.id("bay")).await.unwrap();
    until("the server hears of it", async || {
        source.script.lock().dismissed.len() == 2
    })
    .await;
    engine.shutdown_blocking();
}
