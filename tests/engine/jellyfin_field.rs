//! Jellyfin servers as people have set them up: films behind collections, shows without folders of seasons, lists that are not
//! for everybody, several users.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

mod apart;

use apart::{Apart, sync};
use spool_engine::Engine;
use spool_engine::library::{LibraryError, Rhythm};
use spool_engine::model::{AccountState, Item, Kind, Query, Sort};
use spool_engine::playback::Opening;
use spool_engine::source::{Device, Method, Quality, SourceError};
use testkit::Fault;
use testkit::titles::{EPISODES, FILMS};

async fn all(engine: &Engine, kind: Kind) -> Vec<Item> {
    let query = Query {
        kinds: vec![kind],
        limit: 100,
        ..Query::default()
    };
    engine.library.page(query).await.unwrap().items
}

#[tokio::test]
async fn a_show_without_folders_of_seasons_has_its_seasons_and_episodes() {
    let apart = Apart::jellyfin();
    apart.server().jellyfin().without_season_folders();
    let engine = apart.start();
    apart.sign_in(&engine).await;
    let show = all(&engine, Kind::Show).await.remove(0);
    let below = async |item: &Item| {
        let query = Query {
            parent: Some(item.id.clone()),
            sort: Sort::Index,
            ..Query::default()
        };
        engine.library.page(query).await.unwrap().items
    };
    let seasons = below(&show).await;
    let numbers: Vec<_> = seasons.iter().map(|season| season.index).collect();
    assert_eq!(numbers, [Some(1), Some(2)]);
    for (season, episodes) in seasons.iter().zip(EPISODES) {
        let found = below(season).await;
        let found: Vec<_> = found.iter().map(|item| item.title.as_str()).collect();
        assert_eq!(found, episodes);
    }
    engine.shutdown_blocking();
}

#[tokio::test]
async fn films_that_the_server_shows_as_a_collection_are_all_there() {
    let apart = Apart::jellyfin();
    let face = apart.server().jellyfin();
    face.add_list(false, "Reels", &[FILMS[0].title, FILMS[3].title]);
    face.group_films();
    let engine = apart.start();
    apart.sign_in(&engine).await;
    assert_eq!(all(&engine, Kind::Movie).await.len(), FILMS.len());
    engine.shutdown_blocking();
}

#[tokio::test]
async fn a_list_that_is_not_for_this_user_is_no_sign_out() {
    let apart = Apart::jellyfin();
    let face = apart.server().jellyfin();
    face.add_list(true, "Not Yours", &[FILMS[0].title]);
    let engine = apart.start();
    let account = apart.sign_in(&engine).await;
    let list = engine.library.collections().await.unwrap().remove(0);
    apart.server().fault("/Playlists/*", Fault::Status(401));
    let refused = engine.library.members(&list.id).await;
    assert!(
        matches!(refused, Err(LibraryError::Source(SourceError::Forbidden))),
        "{refused:?}"
    );
    let state = engine.accounts.list()[0].state.clone();
    assert_eq!(state, AccountState::Online);
    sync(&engine, &account).await.unwrap();

    // A token that has ended is one, whoever says so.
    apart.server().fault("/Users/Me", Fault::Status(401));
    let refused = engine.library.members(&list.id).await;
    assert!(
        matches!(
            refused,
            Err(LibraryError::Source(SourceError::Unauthorized))
        ),
        "{refused:?}"
    );
    engine.shutdown_blocking();
}

#[test]
fn each_user_has_a_device_of_their_own_which_stays() {
    let device = Device {
        id: "0123456789abcdef0123456789abcdef".to_owned(),
        name: "desk".to_owned(),
    };
    let (ada, ben) = (device.of_user("ada"), device.of_user("ben"));
    assert_eq!(ada, device.of_user("ada"));
    assert_ne!(ada.id, ben.id);
    assert_ne!(ada.id, device.id);
    assert_eq!((ada.id.len(), ada.name.as_str()), (32, "desk"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subtitle_that_the_server_would_draw_by_itself_is_not_drawn() {
    let apart = Apart::jellyfin();
    let face = apart.server().jellyfin();
    let pictures = face.add_pictures(FILMS[0].title);
    face.choose(FILMS[0].title, 1, i64::try_from(pictures).unwrap());
    let engine = apart.start();
    apart.sign_in(&engine).await;
    let films = all(&engine, Kind::Movie).await;
    let film = films
        .iter()
        .find(|film| film.title == FILMS[0].title)
        .unwrap();
    let opening = Opening {
        quality: Quality::UpTo(700_000),
        ..Opening::default()
    };
    let playable = engine.playback.open_as(&film.id, opening).await.unwrap();
    assert_eq!((playable.method, playable.drawn), (Method::Transcode, None));
    let requests = apart.server().requests();
    let mut streams = requests.iter().filter(|it| it.path.ends_with(".m3u8"));
    assert!(streams.all(|request| !request.query.contains("Encode")));
    drop(playable);
    engine.shutdown_blocking();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_told_what_this_device_can_do() {
    let apart = Apart::jellyfin();
    let engine = apart.start();
    apart.sign_in(&engine).await;
    let face = apart.server().jellyfin();
    let told = face.capabilities();
    assert_eq!(told.len(), 1);
    let media: Vec<_> = told[0]["PlayableMediaTypes"].as_array().unwrap().clone();
    assert_eq!(media, ["Audio", "Video"]);
    assert_eq!(told[0]["SupportsMediaControl"], false);
    // And again wherever it begins to listen: the server may have been started anew.
    engine.library.follow_servers(Rhythm::default());
    let wait = async {
        while apart.server().jellyfin().capabilities().len() < 2 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(std::time::Duration::from_secs(30), wait).await;
    waited.expect("it is told");
    engine.shutdown_blocking();
}
