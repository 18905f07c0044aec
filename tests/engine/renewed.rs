//! Titles whose file was replaced at the server: what was known of it leads nowhere, and what there is now plays and is kept.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

mod apart;

use std::time::Duration;

use apart::{Apart, sync};
use spool_engine::Engine;
use spool_engine::cache::{CacheError, CacheKey, Class};
use spool_engine::library::LibraryError;
use spool_engine::model::{Item, Kind, Presence, Query};
use spool_engine::playback::{Opening, Playable, PlaybackError};
use spool_engine::source::{Method, Quality, SourceError};
use testkit::titles::{COPPER_VALLEY, FILMS};

const FILM: &str = FILMS[COPPER_VALLEY].title;
const NEW_SOURCE: &str = "0123456789abcdef0123456789abcdef";

/// Puts another file in the place of the film's.
fn replace(apart: &Apart) {
    match apart.tv {
        Some(_) => apart.server().plex().replace_part(FILM),
        None => apart.server().jellyfin().replace_source(FILM, NEW_SOURCE),
    }
}

async fn film(engine: &Engine) -> Item {
    let query = Query {
        kinds: vec![Kind::Movie],
        limit: 50,
        ..Query::default()
    };
    let page = engine.library.page(query).await.unwrap();
    let mut items = page.items.into_iter();
    items.find(|item| item.title == FILM).unwrap()
}

/// An engine that has looked at the film before its file was replaced.
async fn outdated(apart: &Apart) -> (Engine, Item) {
    let engine = apart.start();
    apart.sign_in(&engine).await;
    let film = film(&engine).await;
    let film = engine.library.details(&film.id).await.unwrap().item;
    replace(apart);
    (engine, film)
}

async fn open_anew(engine: &Engine, film: &Item) -> Result<Playable, PlaybackError> {
    let opening = Opening {
        anew: true,
        ..Opening::default()
    };
    engine.playback.open_as(&film.id, opening).await
}

/// How often the server was asked for the title's own page.
fn asked(apart: &Apart, film: &Item) -> usize {
    let path = apart.details().replace('*', film.id.key());
    let requests = apart.server().requests();
    requests.iter().filter(|it| it.path == path).count()
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(30), wait).await;
    assert!(waited.is_ok(), "never: {what}");
}

async fn plays_the_new_file(apart: Apart) {
    let (engine, film) = outdated(&apart).await;
    let here = Duration::from_secs(7);
    let known = engine.playback.open(&film.id).await.unwrap();
    known.session.progress(here, true).await;
    let lost = known.reader.read_at(0, 100).await;
    assert!(
        matches!(lost, Err(CacheError::Upstream(SourceError::Gone))),
        "{lost:?}"
    );
    drop(known);

    let playable = open_anew(&engine, &film).await.unwrap();
    assert_ne!(playable.part.id, film.parts[0].id);
    assert_eq!(playable.resume, here);
    let bytes = playable.reader.read_at(0, 100).await.unwrap();
    assert_eq!(bytes.len(), 100);
    drop(playable);
    // From now on it is known.
    let before = asked(&apart, &film);
    let again = engine.playback.open(&film.id).await.unwrap();
    assert_ne!(again.part.id, film.parts[0].id);
    assert_eq!(asked(&apart, &film), before);
    engine.shutdown_blocking();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_jellyfin_has_under_another_id_plays() {
    plays_the_new_file(Apart::jellyfin()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_plex_has_analysed_anew_plays() {
    plays_the_new_file(Apart::plex()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_of_a_replaced_file_is_made_of_the_new_one_without_a_word() {
    let apart = Apart::plex();
    let (engine, film) = outdated(&apart).await;
    let opening = Opening {
        quality: Quality::UpTo(300_000),
        ..Opening::default()
    };
    let playable = engine.playback.open_as(&film.id, opening).await.unwrap();
    assert_eq!(playable.method, Method::Transcode);
    assert_ne!(playable.part.id, film.parts[0].id);
    engine.shutdown_blocking();
}

async fn keeps_the_new_file(apart: Apart) {
    let (engine, film) = outdated(&apart).await;
    engine.playback.download(&film.id).await.unwrap();
    let state = async |key: &CacheKey| engine.cache.entry(key).await.unwrap();
    until("the new file is here and kept", async || {
        let fresh = engine.library.details(&film.id).await.unwrap().item;
        let key = CacheKey::from(fresh.parts[0].id.clone());
        state(&key).await.is_some_and(|state| {
            let here = Presence::of_bytes(state.ranges.bytes(), state.size, state.arriving);
            here == Presence::Whole && state.class == Class::Kept
        })
    })
    .await;
    until("nothing waits any more", async || {
        engine.cache.jobs().await.unwrap().is_empty()
    })
    .await;
    let old = CacheKey::from(film.parts[0].id.clone());
    until("the old file goes like others", async || {
        let old = state(&old).await;
        old.is_none_or(|state| state.class != Class::Kept)
    })
    .await;
    assert!(engine.playback.undo_download(&film.id).await.unwrap());
    engine.shutdown_blocking();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_to_be_kept_of_jellyfin_is_kept_of_the_new_file() {
    keeps_the_new_file(Apart::jellyfin()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_to_be_kept_of_plex_is_kept_of_the_new_file() {
    keeps_the_new_file(Apart::plex()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_the_server_cannot_find_is_told_as_that_until_it_is_back() {
    let apart = Apart::plex();
    let (engine, film) = outdated(&apart).await;
    let plex = apart.server().plex();
    plex.lose_file(FILM, true);
    let lost = open_anew(&engine, &film).await;
    assert!(
        matches!(lost, Err(PlaybackError::Source(SourceError::FileMissing))),
        "{lost:?}"
    );
    let checked = |value: &str| {
        let requests = apart.server().requests();
        requests.iter().any(|request| {
            request.path.starts_with("/library/metadata/")
                && request.query.contains(&format!("checkFiles={value}"))
        })
    };
    assert!(checked("1"));
    plex.lose_file(FILM, false);
    let playable = open_anew(&engine, &film).await.unwrap();
    assert_eq!(playable.reader.read_at(0, 10).await.unwrap().len(), 10);
    engine.shutdown_blocking();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_title_that_is_gone_is_told_as_that() {
    let apart = Apart::jellyfin();
    let (engine, film) = outdated(&apart).await;
    apart.server().remove_title(FILM);
    let gone = open_anew(&engine, &film).await;
    assert!(
        matches!(gone, Err(PlaybackError::Library(LibraryError::NotFound))),
        "{gone:?}"
    );
    let account = film.id.account().clone();
    sync(&engine, &account).await.unwrap();
    engine.shutdown_blocking();
}
