//! Streams that servers of both kinds make: in a lower quality than was asked for where they have no room, and instead of a
//! file that does not play.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

use std::sync::Arc;
use std::time::Duration;

use spool_engine::model::{Item, Kind, Query};
use spool_engine::playback::{Opening, Playable, PlaybackError};
use spool_engine::secret::{Keep, Memory, Secret};
use spool_engine::source::{Method, Quality, SourceError};
use spool_engine::{Config, Dirs, Engine};
use testkit::titles::{FILMS, THE_LONG_REEL};
use testkit::{Connection, FakeServer, Options, Stage};

const FILM: &str = FILMS[THE_LONG_REEL].title;
const LOWEST: Quality = Quality::UpTo(700_000);

/// An engine with an account on a server of either kind.
struct House {
    engine: Engine,
    stage: Stage,
    tv: Option<FakeServer>,
}

impl House {
    fn engine(stage: &Stage) -> Engine {
        Engine::start(Config {
            dirs: Dirs::profile(&stage.profile()),
            device_name: "test".into(),
            prober: None,
            cache_limit: None,
            secrets: Some(Arc::new(Memory::default())),
        })
        .unwrap()
    }

    async fn jellyfin() -> Self {
        let stage = Stage::new(Options::default());
        let engine = Self::engine(&stage);
        let accounts = &engine.accounts;
        let found = accounts
            .find_jellyfin(&stage.server.address())
            .await
            .unwrap();
        let password = Secret::new(stage.server.jellyfin().password());
        let user = stage.server.jellyfin().user();
        let account = accounts.sign_in_jellyfin(&found, user, &password, Keep::Session);
        account.await.unwrap();
        Self::synced(engine, stage, None).await
    }

    async fn plex() -> Self {
        let stage = Stage::new(Options::default());
        let tv = FakeServer::start(Options::default());
        let ways = vec![Connection::plain(&stage.server)];
        tv.plex_tv().offer(&stage.server, true, ways);
        let engine = Self::engine(&stage);
        engine.accounts.set_plex_tv(&tv.address().parse().unwrap());
        let token = Secret::new(tv.plex_tv().token_of("Ada"));
        let entry = engine.accounts.enter_plex(&token).await.unwrap();
        let machine = stage.server.plex().machine_id();
        let added = engine.accounts.add_plex(&entry, machine, Keep::Session);
        added.await.unwrap();
        Self::synced(engine, stage, Some(tv)).await
    }

    async fn synced(engine: Engine, stage: Stage, tv: Option<FakeServer>) -> Self {
        for synced in engine.library.sync(None).await {
            synced.result.unwrap();
        }
        Self { engine, stage, tv }
    }

    /// Has no room for more than a million bits a second, or for none at all.
    fn crowd(&self, room: u64) {
        let server = &self.stage.server;
        match self.tv {
            Some(_) => server
                .plex()
                .crowd(room / 1000, 509, "Too many people watch."),
            None => server.jellyfin().crowd(Some(room)),
        }
    }

    async fn film(&self) -> Item {
        let query = Query {
            kinds: vec![Kind::Movie],
            ..Query::default()
        };
        let page = self.engine.library.page(query).await.unwrap();
        let mut items = page.items.into_iter();
        items.find(|item| item.title == FILM).unwrap()
    }

    async fn open(&self, quality: Quality, converted: bool) -> Result<Playable, PlaybackError> {
        let opening = Opening {
            quality,
            converted,
            ..Opening::default()
        };
        let film = self.film().await;
        self.engine.playback.open_as(&film.id, opening).await
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.engine.shutdown_blocking();
    }
}

/// It is a transport stream, and begins as one.
async fn is_stream(playable: &Playable) {
    let head = playable.reader.read_at(0, 188 * 4).await.unwrap();
    assert_eq!(head.len(), 188 * 4);
    assert!(head.chunks(188).all(|packet| packet[0] == 0x47));
}

async fn steps_down(house: House) {
    house.crowd(1_000_000);
    let playable = house.open(Quality::UpTo(1_200_000), false).await.unwrap();
    assert_eq!(playable.method, Method::Transcode);
    let stepped = playable.stepped_down.clone().unwrap();
    assert_eq!(stepped.to, LOWEST);
    let words = stepped.because.to_string();
    match house.tv {
        Some(_) => assert!(words.contains("Too many people watch."), "{words}"),
        None => assert!(matches!(stepped.because, SourceError::Busy { .. })),
    }
    is_stream(&playable).await;
    drop(playable);
    // Where there is room, nothing is taken away.
    let playable = house.open(LOWEST, false).await.unwrap();
    assert_eq!(playable.stepped_down, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowded_jellyfin_serves_what_it_has_room_for() {
    steps_down(House::jellyfin().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowded_plex_serves_what_it_has_room_for() {
    steps_down(House::plex().await).await;
}

async fn says_why_there_is_none(house: House) {
    house.crowd(1_000);
    let refused = house.open(Quality::UpTo(1_200_000), false).await;
    let Err(PlaybackError::Source(error)) = refused else {
        panic!("{refused:?}");
    };
    assert!(error.is_for_want_of_room(), "{error}");
    // The file as it is needs no room for a stream.
    let playable = house.open(Quality::Original, false).await.unwrap();
    assert_eq!(playable.method, Method::Direct);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_jellyfin_without_any_room_says_so() {
    says_why_there_is_none(House::jellyfin().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plex_without_any_room_says_so() {
    says_why_there_is_none(House::plex().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_owns_the_server_may_end_a_playback_and_says_why() {
    let house = House::plex().await;
    let playable = house.open(Quality::Original, false).await.unwrap();
    let ending = tokio::spawn(playable.session.ending().words());
    house.stage.server.plex().end_playbacks(Some("Bedtime."));
    playable.session.started(Duration::ZERO).await;
    assert_eq!(ending.await.unwrap().as_deref(), Some("Bedtime."));
    // One that is over by itself says nothing.
    house.stage.server.plex().end_playbacks(None);
    let playable = house.open(Quality::Original, false).await.unwrap();
    let ending = playable.session.ending();
    playable.session.started(Duration::ZERO).await;
    playable.session.stopped(Duration::ZERO).await;
    drop(playable);
    assert_eq!(ending.words().await, None);
}

async fn converts(house: House) {
    let playable = house.open(Quality::Original, true).await.unwrap();
    assert_eq!(playable.method, Method::Transcode);
    assert_eq!(playable.stepped_down, None);
    let served = playable.served.unwrap();
    assert_eq!(served.length.map(|length| length.as_secs()), Some(60));
    is_stream(&playable).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_jellyfin_converts_a_file_that_does_not_play() {
    converts(House::jellyfin().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_of_a_jellyfin_has_the_subtitles_that_are_inside_the_file() {
    let house = House::jellyfin().await;
    let plain = house.open(Quality::Original, false).await.unwrap();
    assert_eq!(
        plain.subtitles.len(),
        0,
        "the player finds them in the file"
    );
    let stream = house.open(LOWEST, false).await.unwrap();
    assert_ne!(stream.method, Method::Direct);
    let formats: Vec<&str> = stream
        .subtitles
        .iter()
        .map(|subtitle| subtitle.format.as_str())
        .collect();
    assert_eq!(formats, ["srt", "ass"]);
    let playback = &house.engine.playback;
    for (subtitle, words) in stream.subtitles.iter().zip(["-->", "[Events]"]) {
        let text = playback.subtitle(&stream.item.id, &subtitle.key).await;
        let text = text.unwrap();
        assert!(
            String::from_utf8_lossy(&text).contains(words),
            "{subtitle:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plex_converts_a_file_that_does_not_play() {
    converts(House::plex().await).await;
}
