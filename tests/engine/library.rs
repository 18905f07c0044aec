//! Questions to the mirror: order, search, filters, shelves, what comes next, numbers of children.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

mod fake_source;

use std::sync::Arc;
use std::time::Duration;

use fake_source::{FakeSource, Profile, synced};
use spool_engine::Engine;
use spool_engine::model::{Filter, Item, Kind, Query, Shelf, Sort};

async fn library() -> (Profile, Engine, Arc<FakeSource>) {
    let profile = Profile::new();
    let engine = profile.start();
    let source = profile.fake(&engine, "a").await;
    let film = |key, title, year: i32, added| {
        source.add(Kind::Movie, key, title, |item| {
            item.year = Some(year);
            item.added_at = added;
        });
    };
    film("amelie", "Amélie", 2001, Some(30));
    film("part10", "Saga 10", 1990, None);
    film("part2", "Saga 2", 1980, Some(10));
    film("zebra", "élan Zebra", 2020, Some(20));
    source.add(Kind::Show, "show", "The Show", |item| {
        item.added_at = Some(40)
    });
    for season in 0..=2 {
        let key = format!("s{season}");
        source.add(Kind::Season, &key, &format!("Season {season}"), |item| {
            item.parent = Some(source.id("show"));
            item.index = Some(season);
        });
        for episode in 1..=2 {
            let title = format!("Episode {episode}");
            source.add(
                Kind::Episode,
                &format!("s{season}e{episode}"),
                &title,
                |item| {
                    item.parent = Some(source.id(&key));
                    item.grandparent = Some(source.id("show"));
                    item.context = Some("The Show".to_owned());
                    item.parent_index = Some(season);
                    item.index = Some(episode);
                    item.added_at = Some(90);
                },
            );
        }
    }
    synced(&engine, &source).await;
    (profile, engine, source)
}

fn keys(items: &[Item]) -> Vec<&str> {
    items.iter().map(|item| item.id.key()).collect()
}

async fn ask(engine: &Engine, query: Query) -> Vec<String> {
    let page = engine.library.page(query).await.unwrap();
    keys(&page.items).into_iter().map(str::to_owned).collect()
}

fn movies() -> Query {
    Query {
        kinds: vec![Kind::Movie],
        ..Query::default()
    }
}

#[tokio::test]
async fn titles_sort_without_accents_and_with_numbers() {
    let (_profile, engine, _) = library().await;
    assert_eq!(
        ask(&engine, movies()).await,
        ["amelie", "zebra", "part2", "part10"]
    );
    let sorted = |sort| ask(&engine, Query { sort, ..movies() });
    assert_eq!(
        sorted(Sort::Added).await,
        ["amelie", "zebra", "part2", "part10"]
    );
    assert_eq!(
        sorted(Sort::Year).await,
        ["zebra", "amelie", "part10", "part2"]
    );
    engine.shutdown_blocking();
}

#[tokio::test]
async fn a_page_is_a_window_of_the_whole() {
    let (_profile, engine, _) = library().await;
    let query = Query {
        offset: 1,
        limit: 2,
        ..movies()
    };
    let page = engine.library.page(query).await.unwrap();
    assert_eq!((keys(&page.items), page.total), (vec!["zebra", "part2"], 4));
    let rest = Query {
        offset: 3,
        limit: 0,
        ..movies()
    };
    let page = engine.library.page(rest).await.unwrap();
    assert_eq!((keys(&page.items), page.total), (vec!["part10"], 4));
    engine.shutdown_blocking();
}

#[tokio::test]
async fn a_search_finds_words_in_any_order_without_case_and_accents() {
    let (_profile, engine, _) = library().await;
    let search = |text: &str| {
        let query = Query {
            text: Some(text.to_owned()),
            limit: 50,
            ..Query::default()
        };
        ask(&engine, query)
    };
    assert_eq!(search("AMELIE").await, ["amelie"]);
    assert_eq!(search("zeb ELAN").await, ["zebra"]);
    assert_eq!(search("100 %' OR 1").await, Vec::<String>::new());
    // The show's name leads to its episodes.
    assert_eq!(search("show episode 2").await.len(), 3);
    engine.shutdown_blocking();
}

#[tokio::test]
async fn children_come_in_their_order() {
    let (_profile, engine, source) = library().await;
    let below = |kinds| Query {
        parent: Some(source.id("show")),
        sort: Sort::Index,
        kinds,
        ..Query::default()
    };
    assert_eq!(ask(&engine, below(vec![])).await, ["s0", "s1", "s2"]);
    let episodes = ask(&engine, below(vec![Kind::Episode])).await;
    assert_eq!(episodes, ["s0e1", "s0e2", "s1e1", "s1e2", "s2e1", "s2e2"]);
    engine.shutdown_blocking();
}

#[tokio::test]
async fn what_is_watched_below_counts_above() {
    let (_profile, engine, source) = library().await;
    engine
        .library
        .set_watched(&source.id("s1"), true)
        .await
        .unwrap();
    assert_eq!(source.script.lock().marks, [(source.id("s1"), true)]);
    let show = engine.library.item(&source.id("show")).await.unwrap();
    assert_eq!(show.child_count, Some(6));
    assert_eq!(
        (show.progress.unwatched_children, show.progress.watched),
        (Some(4), false)
    );
    let season = engine.library.item(&source.id("s1")).await.unwrap();
    assert_eq!(
        (season.progress.unwatched_children, season.progress.watched),
        (Some(0), true)
    );

    let seasons = |filter| Query {
        kinds: vec![Kind::Season],
        filter,
        ..Query::default()
    };
    assert_eq!(ask(&engine, seasons(Filter::Unwatched)).await, ["s0", "s2"]);
    let shows = Query {
        kinds: vec![Kind::Show],
        filter: Filter::InProgress,
        ..Query::default()
    };
    assert_eq!(ask(&engine, shows).await, ["show"]);
    engine.shutdown_blocking();
}

#[tokio::test]
async fn the_next_episode_is_in_the_next_season_but_never_behind_the_specials() {
    let (_profile, engine, source) = library().await;
    for (from, to) in [
        ("s1e1", Some("s1e2")),
        ("s1e2", Some("s2e1")),
        ("s2e2", None),
        ("s0e1", Some("s0e2")),
        ("s0e2", None),
        ("amelie", None),
    ] {
        let next = engine.library.next(&source.id(from)).await.unwrap();
        assert_eq!(next.as_ref().map(|item| item.id.key()), to, "after {from}");
    }
    engine.shutdown_blocking();
}

#[tokio::test]
async fn home_shows_what_was_begun_and_what_is_new() {
    let (_profile, engine, source) = library().await;
    for (key, last) in [("s1e1", 5), ("s1e2", 9), ("amelie", 7)] {
        source.change(key, |item| {
            item.progress.position = Duration::from_secs(60);
            item.progress.last_played = Some(last);
        });
    }
    synced(&engine, &source).await;
    let begun = engine
        .library
        .shelf(Shelf::ContinueWatching, 10)
        .await
        .unwrap();
    // Of one show only the episode watched last.
    assert_eq!(keys(&begun), ["s1e2", "amelie"]);
    let begun = Query {
        filter: Filter::InProgress,
        sort: Sort::Watched,
        kinds: vec![Kind::Movie, Kind::Episode],
        ..Query::default()
    };
    assert_eq!(ask(&engine, begun).await, ["s1e2", "amelie", "s1e1"]);
    let new = engine.library.shelf(Shelf::RecentlyAdded, 3).await.unwrap();
    assert_eq!(keys(&new), ["show", "amelie", "zebra"]);
    assert!(
        engine
            .library
            .shelf(Shelf::OnDevice, 3)
            .await
            .unwrap()
            .is_empty()
    );
    engine.shutdown_blocking();
}

#[tokio::test]
async fn what_only_the_server_finds_can_be_opened() {
    let (_profile, engine, source) = library().await;
    let amelie = source.item(Kind::Movie, "amelie", "Le Fabuleux Destin");
    let new = source.item(Kind::Movie, "new", "New since this morning");
    source.script.lock().found = vec![new.clone(), amelie];
    let account = &source.account;
    let found = engine.library.search_at(account, "x", 20).await.unwrap();
    let titles: Vec<_> = found.iter().map(|item| item.title.as_str()).collect();
    // In the server's order; of what is known, what is known here.
    assert_eq!(titles, ["New since this morning", "Amélie"]);
    assert_eq!(engine.library.item(&new.id).await.unwrap().title, new.title);
    source.fail(Some(spool_engine::source::SourceError::Timeout));
    let failed = engine.library.search_at(account, "x", 20).await;
    assert!(failed.is_err(), "{failed:?}");
    engine.shutdown_blocking();
}

#[tokio::test]
async fn after_the_last_episode_that_was_watched_comes_the_next() {
    let (_profile, engine, source) = library().await;
    let next = async || {
        let shelf = engine.library.shelf(Shelf::NextUp, 10).await.unwrap();
        let keys: Vec<String> = shelf.iter().map(|item| item.id.key().to_owned()).collect();
        keys
    };
    assert_eq!(next().await, [""; 0], "nothing was watched");
    let watched = async |key: &str| {
        let id = source.id(key);
        engine.library.set_watched(&id, true).await.unwrap();
    };
    watched("s1e1").await;
    assert_eq!(next().await, ["s1e2"]);
    watched("s1e2").await;
    assert_eq!(next().await, ["s2e1"]);
    // One that is begun goes on above.
    source.change("s2e1", |item| {
        item.progress.position = Duration::from_secs(100);
        item.progress.last_played = Some(i64::MAX / 2);
    });
    synced(&engine, &source).await;
    assert_eq!(next().await, [""; 0]);
    watched("s2e1").await;
    watched("s2e2").await;
    assert_eq!(next().await, [""; 0], "all of it was watched");
    engine.shutdown_blocking();
}
