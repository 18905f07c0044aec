//! Libraries narrowed down: by genre, decade and resolution, with each other and with the filters; and favourites.
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
use spool_engine::model::{FacetValues, Facets, Filter, Kind, Progress, Query, Resolution, Sort};

async fn library() -> (Profile, Engine, Arc<FakeSource>) {
    let profile = Profile::new();
    let engine = profile.start();
    let source = profile.fake(&engine, "a").await;
    let film = |key: &str, year: i32, genres: &[&str], resolution| {
        source.add(Kind::Movie, key, key, |item| {
            item.year = Some(year);
            item.genres = genres.iter().map(|genre| (*genre).to_owned()).collect();
            item.resolution = resolution;
        });
    };
    film("bay", 1989, &["Comedy", "Drama"], Some(Resolution::Sd));
    film("cape", 1990, &["Comedy"], Some(Resolution::Uhd));
    film("dune", 1999, &["Drama", "Été"], Some(Resolution::Uhd));
    film("east", 2004, &["Comedy"], Some(Resolution::Uhd));
    film("fen", 2004, &[], None);
    source.change("cape", |item| item.progress = watched());
    source.change("dune", |item| item.favourite = true);
    source.change("bay", |item| {
        item.rating = Some(7.5);
        item.duration = Some(Duration::from_secs(7200));
    });
    source.change("fen", |item| {
        item.rating = Some(9.0);
        item.duration = Some(Duration::from_secs(600));
    });
    synced(&engine, &source).await;
    (profile, engine, source)
}

fn watched() -> Progress {
    Progress {
        watched: true,
        last_played: Some(1_700_000_000),
        ..Progress::default()
    }
}

fn genre(genre: &str) -> Facets {
    Facets {
        genre: Some(genre.to_owned()),
        ..Facets::default()
    }
}

async fn ask(engine: &Engine, source: &FakeSource, filter: Filter, facets: Facets) -> Vec<String> {
    let query = Query {
        library: Some(source.library()),
        kinds: vec![Kind::Movie, Kind::Show],
        filter,
        facets,
        ..Query::default()
    };
    keys(engine, query).await
}

async fn keys(engine: &Engine, query: Query) -> Vec<String> {
    let page = engine.library.page(query).await.unwrap();
    assert_eq!(page.total, page.items.len() as u64);
    let keys = page.items.iter().map(|item| item.id.key().to_owned());
    keys.collect()
}

#[tokio::test]
async fn facets_narrow_alone_and_together() {
    let (_profile, engine, source) = library().await;
    let all = |facets| ask(&engine, &source, Filter::All, facets);
    assert_eq!(all(genre("Comedy")).await, ["bay", "cape", "east"]);
    let nineties = Facets {
        decade: Some(1990),
        ..Facets::default()
    };
    assert_eq!(all(nineties.clone()).await, ["cape", "dune"]);
    let fine = Facets {
        resolution: Some(Resolution::Uhd),
        ..Facets::default()
    };
    assert_eq!(all(fine).await, ["cape", "dune", "east"]);
    let both = Facets {
        resolution: Some(Resolution::Uhd),
        ..genre("Comedy")
    };
    assert_eq!(all(both.clone()).await, ["cape", "east"]);
    // Unwatched + Comedy + 4K.
    let left = ask(&engine, &source, Filter::Unwatched, both.clone()).await;
    assert_eq!(left, ["east"]);
    let none = Facets {
        decade: Some(1980),
        ..both
    };
    assert!(all(none).await.is_empty());
    // The words of a genre are words, whatever is in them.
    assert!(all(genre("Comedy' OR 1 --")).await.is_empty());
    // Over all libraries as well.
    let query = Query {
        facets: genre("Drama"),
        ..Query::default()
    };
    assert_eq!(keys(&engine, query).await, ["bay", "dune"]);
    engine.shutdown_blocking();
}

#[tokio::test]
async fn favourites_are_told_apart() {
    let (_profile, engine, source) = library().await;
    let loved = || ask(&engine, &source, Filter::Favourites, Facets::default());
    assert_eq!(loved().await, ["dune"]);
    engine
        .library
        .set_favourite(&source.id("bay"), true)
        .await
        .unwrap();
    engine
        .library
        .set_favourite(&source.id("dune"), false)
        .await
        .unwrap();
    assert_eq!(loved().await, ["bay"]);
    let drama = ask(&engine, &source, Filter::Favourites, genre("Drama")).await;
    assert_eq!(drama, ["bay"]);
    let summer = ask(&engine, &source, Filter::Favourites, genre("Été")).await;
    assert!(summer.is_empty());
    engine.shutdown_blocking();
}

#[tokio::test]
async fn only_what_a_library_has_is_offered() {
    let (_profile, engine, source) = library().await;
    let offered = || async {
        let kinds = [Kind::Movie];
        engine
            .library
            .facets(&source.library(), &kinds)
            .await
            .unwrap()
    };
    let genres = |values: FacetValues| values.genres;
    let values = offered().await;
    assert_eq!(values.genres, ["Comedy", "Drama", "Été"]);
    assert_eq!(values.decades, [2000, 1990, 1980]);
    assert_eq!(values.resolutions, [Resolution::Uhd, Resolution::Sd]);
    // What changes at the source changes here, and what goes takes its genres with it.
    source.change("dune", |item| item.genres = vec!["Noir".to_owned()]);
    source
        .script
        .lock()
        .items
        .retain(|item| item.id.key() != "east");
    synced(&engine, &source).await;
    assert_eq!(genres(offered().await), ["Comedy", "Drama", "Noir"]);
    source
        .script
        .lock()
        .items
        .retain(|item| item.id.key() == "fen");
    synced(&engine, &source).await;
    let expected = FacetValues {
        decades: vec![2000],
        ..FacetValues::default()
    };
    assert_eq!(offered().await, expected);
    engine.shutdown_blocking();
}

#[tokio::test]
async fn a_show_has_the_pictures_of_its_episodes() {
    let (_profile, engine, source) = library().await;
    for (show, resolution) in [("gulls", Some(Resolution::Hd)), ("herons", None)] {
        source.add(Kind::Show, show, show, |item| {
            item.genres = vec!["Birds".to_owned()]
        });
        let season = format!("{show}-1");
        source.add(Kind::Season, &season, "Season 1", |item| {
            item.parent = Some(source.id(show));
        });
        source.add(Kind::Episode, &format!("{show}-1-1"), "One", |item| {
            item.parent = Some(source.id(&season));
            item.grandparent = Some(source.id(show));
            item.genres = vec!["Of an episode".to_owned()];
            item.resolution = resolution;
        });
    }
    synced(&engine, &source).await;
    let fine = Facets {
        resolution: Some(Resolution::Hd),
        ..genre("Birds")
    };
    assert_eq!(
        ask(&engine, &source, Filter::Unwatched, fine).await,
        ["gulls"]
    );
    let values = engine
        .library
        .facets(&source.library(), &[Kind::Show])
        .await
        .unwrap();
    assert_eq!(values.genres, ["Birds"]);
    assert_eq!(values.resolutions, [Resolution::Hd]);
    engine.shutdown_blocking();
}

#[tokio::test]
async fn what_was_learnt_of_a_file_stays_when_a_list_does_not_tell_it() {
    let (_profile, engine, source) = library().await;
    source.change("east", |item| {
        item.resolution = None;
        item.duration = Some(Duration::from_secs(60));
    });
    source.change("bay", |item| item.duration = None);
    synced(&engine, &source).await;
    let east = engine.library.item(&source.id("east")).await.unwrap();
    assert_eq!(east.resolution, Some(Resolution::Uhd));
    let bay = engine.library.item(&source.id("bay")).await.unwrap();
    assert_eq!(bay.duration, Some(Duration::from_secs(7200)));
    engine.shutdown_blocking();
}

#[tokio::test]
async fn ratings_and_lengths_give_an_order() {
    let (_profile, engine, source) = library().await;
    let sorted = |sort| {
        let query = Query {
            library: Some(source.library()),
            sort,
            ..Query::default()
        };
        keys(&engine, query)
    };
    let rated = sorted(Sort::Rating).await;
    assert_eq!(rated, ["fen", "bay", "cape", "dune", "east"]);
    let long = sorted(Sort::Duration).await;
    assert_eq!(long, ["fen", "bay", "cape", "dune", "east"]);
    assert_eq!(sorted(Sort::Watched).await[0], "cape");
    engine.shutdown_blocking();
}
