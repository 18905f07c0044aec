//! Artists: whose albums are whose, from servers of both kinds and from the mirror alone.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

mod apart;
mod fake_source;

use std::collections::HashSet;
use std::time::Duration;

use apart::{Apart, sync};
use fake_source::{Profile, until};
use spool_engine::Engine;
use spool_engine::library::{ArtistWorks, LibraryError, Rhythm};
use spool_engine::model::{Credit, Filter, Item, ItemId, Kind, Presence, Query};
use testkit::titles::{ALBUM, ARTIST, ARTIST_OVERVIEW, TRACKS};
use testkit::{Catalogue, Fault, Media, Options, Record};

const GUARD: Duration = Duration::from_secs(30);
const GUEST: &str = "Mira Vane";
const VARIOUS: &str = "Various Artists";

/// An album of two, and one of several.
const TOGETHER: Record = Record {
    title: "Ferry Songs",
    year: 2025,
    artists: &[ARTIST, "Ó Braonáin"],
    tracks: &[("Gangway", &[ARTIST, GUEST]), ("Wake", &["Ó Braonáin"])],
};
const SAMPLER: Record = Record {
    title: "Night Market",
    year: 2019,
    artists: &[VARIOUS],
    tracks: &[
        ("Stall Nine", &[GUEST]),
        ("Low Tide", &[ARTIST]),
        ("Rain", &["Somebody"]),
    ],
};

fn options() -> Options {
    let media = Media::ready();
    let catalogue = Catalogue::of(media)
        .and_record(media, &TOGETHER)
        .and_record(media, &SAMPLER);
    Options {
        catalogue,
        ..Options::default()
    }
}

async fn all(engine: &Engine, kind: Kind) -> Vec<Item> {
    let query = Query {
        kinds: vec![kind],
        limit: 100,
        ..Query::default()
    };
    engine.library.page(query).await.unwrap().items
}

async fn named(engine: &Engine, kind: Kind, title: &str) -> Item {
    let mut all = all(engine, kind).await.into_iter();
    all.find(|item| item.title == title).unwrap()
}

async fn works(engine: &Engine, artist: &str) -> ArtistWorks {
    let artist = named(engine, Kind::Artist, artist).await;
    engine.library.artist(&artist.id).await.unwrap()
}

fn titles(items: &[Item]) -> Vec<&str> {
    items.iter().map(|item| item.title.as_str()).collect()
}

/// What a page of an artist shows, where `guest` has an id of their own, and where only a name is told.
async fn whose_albums_are_whose(mut apart: Apart, tells_all: bool) {
    let engine = apart.start();
    apart.sign_in(&engine).await;
    // From here on the mirror answers alone.
    apart.stage.server.stop();
    let lamps = works(&engine, ARTIST).await;
    assert!(lamps.is_listed);
    assert_eq!(lamps.artist.child_count, Some(2));
    assert_eq!(lamps.artist.overview.as_deref(), Some(ARTIST_OVERVIEW));
    assert_eq!(titles(&lamps.albums), [TOGETHER.title, ALBUM]);
    assert_eq!(titles(&lamps.appears_on), [SAMPLER.title]);
    assert_eq!(lamps.albums[1].child_count, Some(4));
    let tracks = engine
        .library
        .artist_tracks(&lamps.artist.id)
        .await
        .unwrap();
    let own = TRACKS.map(|(title, _)| title);
    assert_eq!(
        titles(&tracks),
        [&["Gangway", "Wake"][..], &own[..]].concat()
    );
    let various = works(&engine, VARIOUS).await;
    assert_eq!(titles(&various.albums), [SAMPLER.title]);
    assert_eq!(titles(&various.appears_on), [""; 0]);
    if tells_all {
        let other = works(&engine, TOGETHER.artists[1]).await;
        assert_eq!(titles(&other.albums), [TOGETHER.title]);
        let library = other.artist.library.clone();
        let in_library = Query {
            library,
            kinds: vec![Kind::Artist],
            ..Query::default()
        };
        let found = engine.library.page(in_library).await.unwrap().items;
        assert_eq!(titles(&found), [ARTIST, TOGETHER.artists[1], VARIOUS]);
    }
    let albums = Query {
        parent: Some(lamps.artist.id.clone()),
        ..Query::default()
    };
    let albums = engine.library.page(albums).await.unwrap().items;
    assert_eq!(titles(&albums), [TOGETHER.title, ALBUM]);
    engine.shutdown_blocking();
}

#[tokio::test]
async fn albums_of_two_and_of_several_at_jellyfin() {
    whose_albums_are_whose(Apart::on(options()), true).await;
}

/// A server of this kind has one artist above each album.
#[tokio::test]
async fn albums_of_several_at_plex() {
    whose_albums_are_whose(Apart::plex_on(options()), false).await;
}

#[tokio::test]
async fn a_guest_is_known_by_what_others_made() {
    let apart = Apart::on(options());
    let engine = apart.start();
    apart.sign_in(&engine).await;
    assert!(
        all(&engine, Kind::Artist)
            .await
            .iter()
            .all(|artist| artist.title != GUEST)
    );
    let track = named(&engine, Kind::Track, "Gangway").await;
    let Credit { artist, name } = track.artists[1].clone();
    assert_eq!(name, GUEST);
    let guest = artist.unwrap();
    let works = engine.library.artist(&guest).await.unwrap();
    assert!(!works.is_listed);
    assert_eq!(works.artist.title, GUEST);
    assert_eq!(titles(&works.albums), [""; 0]);
    assert_eq!(titles(&works.appears_on), [TOGETHER.title, SAMPLER.title]);
    let tracks = engine.library.artist_tracks(&guest).await.unwrap();
    assert_eq!(titles(&tracks), ["Gangway", "Stall Nine"]);
    // A title that is no artist has no such page.
    let album = named(&engine, Kind::Album, ALBUM).await;
    let none = engine.library.artist(&album.id).await;
    assert!(matches!(none, Err(LibraryError::NotFound)), "{none:?}");
    engine.shutdown_blocking();
}

/// Reads at once what is told, and never asks.
const TOLD: Rhythm = Rhythm {
    settle: Duration::from_millis(1),
    ask: Duration::from_secs(24 * 3600),
    ask_seldom: Duration::from_secs(24 * 3600),
    first: Duration::from_millis(1),
    longest: Duration::from_millis(20),
    refused: Duration::from_secs(24 * 3600),
};

async fn artists_come_and_go(apart: Apart, socket: &str) {
    let engine = apart.start();
    let account = apart.sign_in(&engine).await;
    engine.library.follow_servers(TOLD);
    apart.server().sockets(socket, 1, GUARD).await;
    let before = named(&engine, Kind::Artist, ARTIST).await;
    apart.server().rename(ARTIST, "The Lower Lamps");
    until("the other name is here", async || {
        engine.library.item(&before.id).await.unwrap().title == "The Lower Lamps"
    })
    .await;
    let now = engine.library.item(&before.id).await.unwrap();
    assert_eq!(now.library, before.library);
    // Of the artist of a new album nothing is told.
    apart.server().add_record(&SAMPLER);
    until("the artist is here", async || {
        let all = all(&engine, Kind::Artist).await;
        all.iter().any(|artist| artist.title == VARIOUS)
    })
    .await;
    let various = works(&engine, VARIOUS).await;
    assert_eq!(various.artist.library, before.library);
    assert_eq!(titles(&various.albums), [SAMPLER.title]);
    apart.server().remove_title("The Lower Lamps");
    until("the artist is gone", async || {
        engine.library.item(&before.id).await.is_err()
    })
    .await;
    // The albums are not.
    named(&engine, Kind::Album, ALBUM).await;
    sync(&engine, &account).await.unwrap();
    named(&engine, Kind::Album, ALBUM).await;
    engine.shutdown_blocking();
}

#[tokio::test]
async fn artists_come_and_go_at_jellyfin() {
    artists_come_and_go(Apart::jellyfin(), "/socket").await;
}

#[tokio::test]
async fn artists_come_and_go_at_plex() {
    artists_come_and_go(Apart::plex(), "/:/websockets/notifications").await;
}

#[tokio::test]
async fn what_is_here_of_an_album_is_here_of_its_artists() {
    let apart = Apart::on(options());
    let engine = apart.start();
    apart.sign_in(&engine).await;
    let track = named(&engine, Kind::Track, "Wake").await;
    engine.playback.download(&track.id).await.unwrap();
    let shared = named(&engine, Kind::Artist, TOGETHER.artists[1]).await;
    until("half of the album is here", async || {
        engine.library.presence(&shared.id) == Presence::Children { here: 1, of: 2 }
    })
    .await;
    let lamps = named(&engine, Kind::Artist, ARTIST).await;
    assert_eq!(
        engine.library.presence(&lamps.id),
        Presence::Children { here: 1, of: 6 }
    );
    let here = Query {
        kinds: vec![Kind::Artist],
        filter: Filter::OnDevice,
        ..Query::default()
    };
    let here = engine.library.page(here).await.unwrap().items;
    assert_eq!(titles(&here), [ARTIST, TOGETHER.artists[1]]);
    engine.shutdown_blocking();
}

#[tokio::test]
async fn artists_are_loved_and_not_watched() {
    let apart = Apart::on(options());
    let engine = apart.start();
    let account = apart.sign_in(&engine).await;
    let artist = named(&engine, Kind::Artist, ARTIST).await;
    engine
        .library
        .set_favourite(&artist.id, true)
        .await
        .unwrap();
    let path = format!("/UserFavoriteItems/{}", artist.id.key());
    until("the server has heard", async || {
        !apart.server().requests_to(&path).is_empty()
    })
    .await;
    sync(&engine, &account).await.unwrap();
    assert!(named(&engine, Kind::Artist, ARTIST).await.favourite);
    for filter in [Filter::Unwatched, Filter::InProgress] {
        let query = Query {
            kinds: vec![Kind::Artist],
            filter,
            ..Query::default()
        };
        assert_eq!(engine.library.page(query).await.unwrap().items, []);
    }
    // All that is by somebody is marked album by album.
    engine.library.set_watched(&artist.id, true).await.unwrap();
    for track in engine.library.artist_tracks(&artist.id).await.unwrap() {
        assert!(track.progress.watched, "{}", track.title);
    }
    until("the server has heard of both", async || {
        let told = apart.server().requests_to("/UserPlayedItems/*");
        let albums: HashSet<&str> = told.iter().map(|request| request.path.as_str()).collect();
        albums.len() == 2
    })
    .await;
    assert!(
        !engine
            .library
            .item(&artist.id)
            .await
            .unwrap()
            .progress
            .watched
    );
    engine.shutdown_blocking();
}

/// An artist that only collected: in the mirror, without albums.
#[tokio::test]
async fn an_artist_without_albums_has_a_page_all_the_same() {
    let profile = Profile::new();
    let engine = profile.start();
    let source = profile.fake(&engine, "a").await;
    source.add(Kind::Artist, "r", "Quiet", |_| {});
    fake_source::synced(&engine, &source).await;
    let works = engine.library.artist(&source.id("r")).await.unwrap();
    assert_eq!(works.artist.child_count, Some(0));
    assert_eq!((works.albums, works.appears_on), (Vec::new(), Vec::new()));
    assert_eq!(
        engine.library.artist_tracks(&source.id("r")).await.unwrap(),
        []
    );
    engine.shutdown_blocking();
}

#[tokio::test]
async fn titles_play_in_the_order_that_somebody_chose() {
    let profile = Profile::new();
    let engine = profile.start();
    let source = profile.fake(&engine, "a").await;
    source.add(Kind::Album, "l", "Album", |_| {});
    for number in 1..=4 {
        source.add(Kind::Track, &number.to_string(), "Track", |item| {
            item.parent = Some(ItemId::new(item.id.account().clone(), "l"));
            item.index = Some(number);
        });
    }
    fake_source::synced(&engine, &source).await;
    let library = &engine.library;
    let next = async |key: &str| {
        let next = library.next(&source.id(key)).await.unwrap();
        next.map(|item| item.id.key().to_owned())
    };
    assert_eq!(next("1").await.as_deref(), Some("2"));
    let order = ["3", "gone", "1", "4"];
    library.play_in_order(order.map(|key| source.id(key)).to_vec());
    assert_eq!(next("3").await.as_deref(), Some("1"));
    assert_eq!(next("1").await.as_deref(), Some("4"));
    assert_eq!(next("4").await, None);
    // What is not among them has its own order.
    assert_eq!(next("2").await.as_deref(), Some("3"));
    library.play_in_order(Vec::new());
    assert_eq!(next("4").await, None);
    assert_eq!(next("3").await.as_deref(), Some("4"));
    engine.shutdown_blocking();
}

/// A server that fails at artists has its albums all the same.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_cannot_say_of_artists_keeps_no_album_away() {
    let apart = Apart::on(options());
    let artists = "/Artists/AlbumArtists";
    apart.server().fault(artists, Fault::Status(500));
    let engine = apart.start();
    apart.sign_in(&engine).await;
    assert!(!apart.server().requests_to(artists).is_empty());
    assert_eq!(all(&engine, Kind::Album).await.len(), 3);
    let album = named(&engine, Kind::Album, TOGETHER.title).await;
    let artist = album.artists[0].artist.clone().unwrap();
    let known = engine.library.artist(&artist).await.unwrap();
    assert_eq!(known.artist.title, ARTIST);
}
