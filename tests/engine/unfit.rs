//! Files that cannot be played as they are: discs, and pictures whose colours are for no screen but Dolby's.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

mod apart;

use apart::Apart;
use spool_engine::Engine;
use spool_engine::model::{Item, Kind, Presence, Query, Unfit};
use spool_engine::playback::{Opening, Playable, PlaybackError};
use spool_engine::source::Method;
use testkit::titles::{COPPER_VALLEY, FILMS};

const FILM: &str = FILMS[COPPER_VALLEY].title;

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

async fn signed_in(apart: &Apart) -> (Engine, Item) {
    let engine = apart.start();
    apart.sign_in(&engine).await;
    let film = film(&engine).await;
    (engine, film)
}

fn as_it_is() -> Opening {
    Opening {
        as_it_is: true,
        ..Opening::default()
    }
}

/// It is a transport stream that the server makes.
async fn is_stream(playable: &Playable) {
    assert_eq!(playable.method, Method::Transcode);
    let head = playable.reader.read_at(0, 188 * 4).await.unwrap();
    assert!(head.chunks(188).all(|packet| packet[0] == 0x47));
}

async fn is_file(apart: &Apart, playable: &Playable) {
    assert_eq!(playable.method, Method::Direct);
    let file = apart.server().jellyfin().version(FILM);
    let bytes = playable.reader.read_at(0, 500).await.unwrap();
    assert_eq!(bytes, file.read(0, 500).unwrap());
}

/// Has no room for any stream.
fn crowd(apart: &Apart) {
    match apart.tv {
        Some(_) => apart
            .server()
            .plex()
            .crowd(1, 509, "Too many people watch."),
        None => apart.server().jellyfin().crowd(Some(1)),
    }
}

async fn colours_are_converted_unless_the_person_wants_the_file(apart: Apart) {
    apart.server().jellyfin().set_range(FILM, "DOVI");
    let (engine, film) = signed_in(&apart).await;
    let playable = engine.playback.open(&film.id).await.unwrap();
    assert_eq!(playable.part.unfit, Some(Unfit::Colours));
    is_stream(&playable).await;
    drop(playable);
    // It is known without asking again, too.
    let playable = engine.playback.open(&film.id).await.unwrap();
    is_stream(&playable).await;
    drop(playable);
    let playable = engine.playback.open_as(&film.id, as_it_is()).await;
    is_file(&apart, &playable.unwrap()).await;
    // A server that does not convert it gives it as it is.
    crowd(&apart);
    let playable = engine.playback.open(&film.id).await.unwrap();
    is_file(&apart, &playable).await;
    drop(playable);
    engine.shutdown_blocking();
}

#[tokio::test(flavor = "multi_thread")]
async fn colours_of_jellyfin_are_converted_unless_the_person_wants_the_file() {
    colours_are_converted_unless_the_person_wants_the_file(Apart::jellyfin()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn colours_of_plex_are_converted_unless_the_person_wants_the_file() {
    colours_are_converted_unless_the_person_wants_the_file(Apart::plex()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_file_plays_as_it_is_where_its_server_is_away() {
    let mut apart = Apart::jellyfin();
    apart.server().jellyfin().set_range(FILM, "DOVI");
    let (engine, film) = signed_in(&apart).await;
    engine.playback.download(&film.id).await.unwrap();
    let part = engine.library.details(&film.id).await.unwrap().item.parts[0].clone();
    let wait = async {
        let mut states = engine.cache.subscribe();
        loop {
            let entry = engine.cache.entry(&part.id.clone().into()).await.unwrap();
            let whole = entry.is_some_and(|it| {
                Presence::of_bytes(it.ranges.bytes(), it.size, it.arriving) == Presence::Whole
            });
            if whole {
                return;
            }
            states.recv().await.ok();
        }
    };
    let waited = tokio::time::timeout(std::time::Duration::from_secs(30), wait).await;
    waited.expect("it is here");
    apart.stage.server.stop();
    let playable = engine.playback.open(&film.id).await.unwrap();
    is_file(&apart, &playable).await;
    drop(playable);
    engine.shutdown_blocking();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disc_plays_as_a_stream_and_cannot_be_kept() {
    for kind in ["BluRay", "Dvd", "Iso"] {
        let mut apart = Apart::jellyfin();
        apart.server().jellyfin().set_disc(FILM, kind);
        let (engine, film) = signed_in(&apart).await;
        for opening in [Opening::default(), as_it_is()] {
            let playable = engine.playback.open_as(&film.id, opening).await.unwrap();
            assert_eq!(playable.part.unfit, Some(Unfit::Disc));
            is_stream(&playable).await;
        }
        let path = apart.server().jellyfin().stream_path(FILM);
        assert!(apart.server().requests_to(&path).is_empty());
        let kept = engine.playback.download(&film.id).await;
        assert!(
            matches!(kept, Err(PlaybackError::NothingToKeep)),
            "{kept:?}"
        );
        assert!(engine.cache.jobs().await.unwrap().is_empty());
        // Without its server there is nothing of it.
        apart.stage.server.stop();
        let opened = engine.playback.open(&film.id).await;
        assert!(
            matches!(opened, Err(PlaybackError::NeedsNetwork)),
            "{opened:?}"
        );
        engine.shutdown_blocking();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_profile_lets_a_server_decide_by_itself() {
    let apart = Apart::jellyfin();
    apart.server().jellyfin().set_range(FILM, "DOVI");
    let (engine, film) = signed_in(&apart).await;
    // A quality that the file would fit into.
    let opening = Opening {
        quality: spool_engine::source::Quality::UpTo(20_000_000),
        as_it_is: true,
        ..Opening::default()
    };
    let playable = engine.playback.open_as(&film.id, opening).await.unwrap();
    is_stream(&playable).await;
    apart.server().jellyfin().set_range(FILM, "DOVIWithHDR10");
    let playable = engine.playback.open_as(&film.id, opening).await.unwrap();
    assert_eq!(playable.method, Method::Direct);
    drop(playable);
    engine.shutdown_blocking();
}
