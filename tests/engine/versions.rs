//! Titles of which a server has several versions: which one plays, is kept, and is told of.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

use std::sync::Arc;
use std::time::Duration;

use spool_engine::cache::CacheKey;
use spool_engine::model::{Item, Kind, Part, Presence, Query};
use spool_engine::playback::{Opening, Playable};
use spool_engine::secret::{Keep, Memory, Secret};
use spool_engine::source::{Method, Quality};
use spool_engine::{Config, Dirs, Engine};
use testkit::titles::{FILMS, HARBOUR_LIGHTS, THE_LONG_REEL};
use testkit::{Blob, Connection, FakeServer, Options, Stage};

const FILM: &str = FILMS[THE_LONG_REEL].title;
const OTHER: &str = FILMS[HARBOUR_LIGHTS].title;

/// A server of either kind with a film in two versions, and an engine that has an account on it.
struct House {
    engine: Engine,
    stage: Stage,
    _tv: Option<FakeServer>,
}

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

/// The other version has fewer lines on both: Plex would show a finer one first.
fn stage() -> Stage {
    let stage = Stage::new(Options::default());
    stage.server.jellyfin().add_version(FILM, OTHER, 240);
    stage
}

impl House {
    async fn jellyfin() -> Self {
        let stage = stage();
        let engine = engine(&stage);
        let accounts = &engine.accounts;
        let address = stage.server.address();
        let found = accounts.find_jellyfin(&address).await.unwrap();
        let password = Secret::new(stage.server.jellyfin().password());
        let user = stage.server.jellyfin().user();
        let account = accounts.sign_in_jellyfin(&found, user, &password, Keep::Session);
        account.await.unwrap();
        Self::synced(engine, stage, None).await
    }

    async fn plex() -> Self {
        let stage = stage();
        let tv = FakeServer::start(Options::default());
        let ways = vec![Connection::plain(&stage.server)];
        tv.plex_tv().offer(&stage.server, true, ways);
        let engine = engine(&stage);
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
        Self {
            engine,
            stage,
            _tv: tv,
        }
    }

    /// The film with its files.
    async fn film(&self) -> Item {
        let query = Query {
            kinds: vec![Kind::Movie],
            ..Query::default()
        };
        let items = self.engine.library.page(query).await.unwrap().items;
        let shown = items.iter().filter(|item| item.title == OTHER);
        assert_eq!(shown.count(), 0, "a version is no title of its own");
        let found = items.iter().find(|item| item.title == FILM).unwrap();
        let details = self.engine.library.details(&found.id).await.unwrap();
        details.item
    }

    async fn open(&self, item: &Item) -> Playable {
        self.engine.playback.open(&item.id).await.unwrap()
    }

    async fn choose(&self, part: &Part) {
        assert!(self.engine.playback.choose_version(&part.id).await.unwrap());
    }

    fn file(&self, title: &str) -> Blob {
        self.stage.server.jellyfin().version(title)
    }

    async fn wholly_here(&self, part: &Part) {
        let key = CacheKey::from(part.id.clone());
        loop {
            let state = self.engine.cache.entry(&key).await.unwrap();
            let here = state.is_some_and(|state| {
                Presence::of_bytes(state.ranges.bytes(), state.size, state.arriving)
                    == Presence::Whole
            });
            if here {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

async fn reads(playable: &Playable, file: &Blob) {
    let size = usize::try_from(file.size()).unwrap();
    assert_eq!(playable.reader.len().await.unwrap(), Some(file.size()));
    let mut bytes = Vec::new();
    while bytes.len() < size {
        let at = bytes.len() as u64;
        let more = playable.reader.read_at(at, size - bytes.len()).await;
        bytes.extend_from_slice(&more.unwrap());
    }
    assert!(bytes == file.read(0, size).unwrap(), "other bytes");
}

async fn the_chosen_one_plays(house: House) {
    let film = house.film().await;
    assert_eq!((film.parts.len(), film.version_chosen), (2, false));
    let [first, second] = [&film.parts[0], &film.parts[1]];
    let playable = house.open(&film).await;
    assert_eq!(playable.part.id, first.id);
    reads(&playable, &house.file(FILM)).await;
    house.choose(second).await;
    let playable = house.open(&film).await;
    assert_eq!(playable.part.id, second.id);
    // Though the other one is wholly here.
    reads(&playable, &house.file(OTHER)).await;
    playable.session.started(Duration::ZERO).await;
    playable.session.stopped(Duration::from_secs(20)).await;
    // The server's next word about the title leaves the choice.
    let again = house.film().await;
    assert!(again.version_chosen);
    assert_eq!(
        [&again.parts[0].id, &again.parts[1].id],
        [&second.id, &first.id]
    );
    assert_eq!(again.progress.position, Duration::from_secs(20));
    house.choose(first).await;
    assert_eq!(house.open(&film).await.part.id, first.id);
}

#[tokio::test]
async fn the_chosen_version_plays_jellyfin() {
    Box::pin(the_chosen_one_plays(House::jellyfin().await)).await;
}

#[tokio::test]
async fn the_chosen_version_plays_plex() {
    Box::pin(the_chosen_one_plays(House::plex().await)).await;
}

async fn the_chosen_one_is_kept(mut house: House) {
    let film = house.film().await;
    let second = film.parts[1].clone();
    house.choose(&second).await;
    let jobs = house.engine.playback.download(&film.id).await.unwrap();
    assert_eq!(jobs.len(), 1);
    house.wholly_here(&second).await;
    let first = film.parts[0].id.clone();
    let untouched = house.engine.cache.entry(&CacheKey::from(first)).await;
    assert_eq!(untouched.unwrap().map(|state| state.ranges.bytes()), None);
    let file = house.file(OTHER);
    house.stage.server.stop();
    let playable = house.open(&film).await;
    assert_eq!(playable.part.id, second.id);
    reads(&playable, &file).await;
}

#[tokio::test]
async fn the_chosen_version_is_kept_jellyfin() {
    the_chosen_one_is_kept(House::jellyfin().await).await;
}

#[tokio::test]
async fn the_chosen_version_is_kept_plex() {
    the_chosen_one_is_kept(House::plex().await).await;
}

async fn a_choice_that_is_gone_is_none(house: House) {
    let film = house.film().await;
    house.choose(&film.parts[1]).await;
    house.stage.server.jellyfin().remove_version(FILM);
    let now = house.film().await;
    assert_eq!((now.parts.len(), now.version_chosen), (1, false));
    let playable = house.open(&film).await;
    reads(&playable, &house.file(FILM)).await;
}

#[tokio::test]
async fn a_version_that_is_gone_is_no_choice_jellyfin() {
    a_choice_that_is_gone_is_none(House::jellyfin().await).await;
}

#[tokio::test]
async fn a_version_that_is_gone_is_no_choice_plex() {
    a_choice_that_is_gone_is_none(House::plex().await).await;
}

/// A stream is made of the chosen file, and a file that is here needs none.
#[tokio::test]
async fn a_stream_is_made_of_the_chosen_version() {
    let house = House::jellyfin().await;
    let film = house.film().await;
    house.choose(&film.parts[1]).await;
    let lowest = Opening {
        quality: Quality::UpTo(700_000),
        converted: true,
        ..Opening::default()
    };
    let opened = house.engine.playback.open_as(&film.id, lowest).await;
    let playable = opened.unwrap();
    assert_eq!(playable.part.id, film.parts[1].id);
    assert_eq!(playable.method, Method::Transcode);
    let asked = house.stage.server.requests();
    let mut asked = asked
        .iter()
        .filter(|request| request.path.ends_with("/PlaybackInfo"));
    let source = film.parts[1].id.key();
    let body = String::from_utf8(asked.next_back().unwrap().body.to_vec()).unwrap();
    assert!(body.contains(source), "{body}");
    playable.session.stopped(Duration::ZERO).await;
}

#[tokio::test]
async fn a_title_that_was_never_looked_at_keeps_no_choice() {
    let house = House::jellyfin().await;
    let film = house.film().await;
    let query = Query {
        kinds: vec![Kind::Episode],
        ..Query::default()
    };
    let page = house.engine.library.page(query).await.unwrap();
    let mut stranger = film.parts[0].clone();
    stranger.id = spool_engine::model::PartId::new(page.items[0].id.clone(), "x");
    let kept = house.engine.playback.choose_version(&stranger.id).await;
    assert!(!kept.unwrap());
}
