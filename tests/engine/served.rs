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

use sha2::{Digest, Sha256};
use spool_engine::http::Terms;
use spool_engine::model::{Fingerprint, Item, Kind, Query};
use spool_engine::playback::{Opening, Playable, PlaybackError};
use spool_engine::secret::{Keep, Memory, Secret};
use spool_engine::source::{Method, Quality, SourceError, Supply};
use spool_engine::{Config, Dirs, Engine};
use testkit::titles::{FILMS, THE_LONG_REEL};
use testkit::{
    Blob, Connection, FakeServer, Fault, Gate, Identity, Media, Options, Rule, Stage, Tls,
};

const FILM: &str = FILMS[THE_LONG_REEL].title;
const LOWEST: Quality = Quality::UpTo(700_000);
/// Longer than any test takes.
const LONG: Duration = Duration::from_secs(60);

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

    /// A Plex server to which only the relay leads; its film has so many bytes, where that is said.
    async fn relayed(size: Option<u64>) -> Self {
        let identity = Identity::self_signed();
        let pin = Fingerprint::new(Sha256::digest(identity.der()).into());
        let stage = Stage::new(Options {
            tls: Some(Tls::new(identity)),
            ..Options::default()
        });
        if let Some(size) = size {
            let file = Blob::pattern(size, 7);
            stage.server.jellyfin().replace_file(FILM, file);
        }
        let tv = FakeServer::start(Options::default());
        let way = Connection {
            uri: format!("https://localhost:{}", stage.server.port()),
            ..Connection::plain(&stage.server).relayed()
        };
        tv.plex_tv().offer(&stage.server, true, vec![way]);
        let engine = Self::engine(&stage);
        engine.accounts.set_plex_tv(&tv.address().parse().unwrap());
        let token = Secret::new(tv.plex_tv().token_of("Ada"));
        let entry = engine.accounts.enter_plex(&token).await.unwrap();
        let (machine, terms) = (stage.server.plex().machine_id(), Terms::pinned(pin));
        let accounts = &engine.accounts;
        let added = accounts.add_plex_on(&entry, machine, &terms, Keep::Session);
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
        self.open_as(Opening {
            quality,
            converted,
            ..Opening::default()
        })
        .await
    }

    /// In the lowest quality, with this subtitle drawn into the picture.
    async fn open_drawn(&self, drawn: Option<u32>) -> Playable {
        let opening = Opening {
            quality: LOWEST,
            drawn,
            ..Opening::default()
        };
        self.open_as(opening).await.unwrap()
    }

    async fn open_as(&self, opening: Opening) -> Result<Playable, PlaybackError> {
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

/// What a stream goes without is offered beside it, with the times of the title, and only by asking for what was chosen.
async fn has_what_is_inside(house: &House) {
    let plain = house.open(Quality::Original, false).await.unwrap();
    assert_eq!(
        plain.subtitles.len(),
        0,
        "the player finds them in the file"
    );
    let stream = house.open(LOWEST, false).await.unwrap();
    assert_ne!(stream.method, Method::Direct);
    assert_eq!(stream.drawn, None);
    let known = stream.subtitles.iter();
    let known: Vec<_> = known.map(|one| (one.format.as_str(), one.supply)).collect();
    let inside = Supply::Extracted;
    assert_eq!(known, [("srt", inside), ("ass", inside)]);
    let original = std::fs::read(Media::ready().film_subtitles()).unwrap();
    let playback = &house.engine.playback;
    let text = |stream: &Playable, at: usize| {
        let (item, key) = (stream.item.id.clone(), stream.subtitles[at].key.clone());
        async move { playback.subtitle(&item, &key).await.unwrap() }
    };
    assert_eq!(text(&stream, 0).await, original, "to the byte");
    let styled = text(&stream, 1).await;
    let styled = String::from_utf8_lossy(&styled).into_owned();
    assert!(styled.contains("[V4+ Styles]"), "{styled}");
    let line = "Dialogue: 0,0:00:26.00,0:00:29.00,Default,Du sagtest, das letzte Kino sei zu.";
    assert!(styled.contains(line), "{styled}");
    is_stream(&stream).await;
    drop(stream);
    // Elsewhere in the title its times are the same.
    let later = house
        .open_as(Opening {
            quality: LOWEST,
            start: Some(Duration::from_secs(30)),
            ..Opening::default()
        })
        .await
        .unwrap();
    let served = later.served.unwrap();
    assert_eq!(served.begins_at, Duration::from_secs(28));
    assert_eq!(text(&later, 0).await, original);
    is_stream(&later).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_of_a_jellyfin_has_the_subtitles_that_are_inside_the_file() {
    has_what_is_inside(&House::jellyfin().await).await;
}

const TEXTS: &str = "/video/:/transcode/universal/subtitles";

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_of_a_plex_has_the_subtitles_that_are_inside_the_file() {
    let house = House::plex().await;
    has_what_is_inside(&house).await;
    let server = &house.stage.server;
    let asked = server.requests_to(TEXTS);
    assert_eq!(asked.len(), 2, "each once, however often it is opened");
    let session = |at: usize| {
        asked[at]
            .header("X-Plex-Session-Identifier")
            .map(str::to_owned)
    };
    assert_ne!(session(0), session(1), "each has a session of its own");
    let streams = server.plex().streams();
    let of_streams = streams
        .iter()
        .any(|(one, _)| Some(one) == session(0).as_ref());
    assert!(!of_streams, "and no stream's");
    assert_eq!(server.plex().chosen_subtitle(FILM), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_has_chosen_on_a_plex_is_put_back_also_after_a_failure() {
    let house = House::plex().await;
    let plex = house.stage.server.plex();
    plex.choose_subtitle(FILM, 4);
    let stream = house.open(LOWEST, false).await.unwrap();
    let (item, key) = (&stream.item.id, &stream.subtitles[0].key);
    let server = &house.stage.server;
    server.script(Rule::on(TEXTS).fault(Fault::Status(500)).times(1));
    let failed = house.engine.playback.subtitle(item, key).await;
    assert!(failed.is_err(), "{failed:?}");
    assert_eq!(plex.chosen_subtitle(FILM), Some(4));
    let text = house.engine.playback.subtitle(item, key).await.unwrap();
    assert!(String::from_utf8_lossy(&text).contains("We open with an empty road."));
    assert_eq!(plex.chosen_subtitle(FILM), Some(4));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_wait_for_a_text_leaves_no_choice_behind() {
    let house = House::plex().await;
    let server = &house.stage.server;
    let stream = house.open(LOWEST, false).await.unwrap();
    let gate = Gate::default();
    server.script(
        Rule::on(TEXTS)
            .fault(Fault::HoldReply(gate.clone()))
            .times(1),
    );
    let (item, key) = (&stream.item.id, &stream.subtitles[0].key);
    let mut asked = Box::pin(house.engine.playback.subtitle(item, key));
    while server.requests_to(TEXTS).is_empty() {
        let waited = tokio::time::timeout(Duration::from_millis(5), &mut asked).await;
        assert!(waited.is_err(), "{waited:?}");
    }
    assert_eq!(server.plex().chosen_subtitle(FILM), Some(3));
    drop(asked);
    gate.open();
    let put_back = async {
        while server.plex().chosen_subtitle(FILM).is_some() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LONG, put_back).await.unwrap();
}

/// The first piece of what is served.
async fn beginning(playable: &Playable) -> Vec<u8> {
    let bytes = playable.reader.read_at(0, 188 * 200).await.unwrap();
    assert_eq!(bytes.len(), 188 * 200);
    bytes.to_vec()
}

/// Pictures are drawn into the stream by the server: on choice, and nothing else is said than what the server does.
async fn draws_pictures(house: House, index: u64) {
    let index = u32::try_from(index).unwrap();
    let plain = house.open_drawn(None).await;
    let offered: Vec<_> = plain.subtitles.iter().map(|one| one.supply).collect();
    let inside = Supply::Extracted;
    assert_eq!(offered, [inside, inside, Supply::Drawn(index)]);
    assert_eq!(plain.drawn, None);
    let without = beginning(&plain).await;
    drop(plain);
    let drawn = house.open_drawn(Some(index)).await;
    assert_eq!(
        (drawn.method, drawn.drawn),
        (Method::Transcode, Some(index))
    );
    assert_ne!(beginning(&drawn).await, without);
    drop(drawn);
    let again = house.open_drawn(None).await;
    assert_eq!(again.drawn, None, "a choice of before is none now");
    assert_eq!(beginning(&again).await, without);
    // What the server does not have is no wish that is passed over in silence.
    let missing = Opening {
        quality: LOWEST,
        drawn: Some(90),
        ..Opening::default()
    };
    match house.open_as(missing).await {
        Ok(playable) => assert_eq!(playable.drawn, None),
        Err(error) => assert!(
            matches!(error, PlaybackError::Source(SourceError::Gone)),
            "{error}"
        ),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_jellyfin_gives_the_fonts_that_are_inside_a_file() {
    let house = House::jellyfin().await;
    let face = house.stage.server.jellyfin();
    let fonts = [("Round.ttf", vec![1; 5_000]), ("Flat.ttf", vec![2; 7_000])];
    for (name, data) in &fonts {
        face.add_font(FILM, name, data);
    }
    let stream = house.open(LOWEST, false).await.unwrap();
    for _again in 0..2 {
        let told = house.engine.playback.fonts(&stream.part.id).await.unwrap();
        let told: Vec<_> = told
            .iter()
            .map(|font| (font.name.as_str(), font.data.to_vec()))
            .collect();
        assert_eq!(told, fonts);
    }
    let path = house.stage.server.requests();
    let asked = path
        .iter()
        .filter(|request| request.path.contains("/Attachments/"));
    let asked: Vec<_> = asked.collect();
    assert_eq!(asked.len(), 2, "each once, however often it is opened");
    assert!(
        asked.iter().all(|request| request.query.is_empty()),
        "without a token in an address"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plex_has_no_fonts_to_give() {
    let house = House::plex().await;
    let stream = house.open(LOWEST, false).await.unwrap();
    assert_eq!(
        house.engine.playback.fonts(&stream.part.id).await.unwrap(),
        []
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_jellyfin_draws_pictures_into_its_stream() {
    let house = House::jellyfin().await;
    let index = house.stage.server.jellyfin().add_pictures(FILM);
    Box::pin(draws_pictures(house, index)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plex_draws_pictures_into_its_stream() {
    let house = House::plex().await;
    let index = house.stage.server.plex().add_pictures(FILM);
    Box::pin(draws_pictures(house, index)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plex_converts_a_file_that_does_not_play() {
    converts(House::plex().await).await;
}

/// Which session each request for a path was made in.
fn sessions(house: &House, path: &str) -> Vec<String> {
    let requests = house.stage.server.requests_to(path).into_iter();
    let of = |request: &testkit::RequestRecord| {
        let session = request.header("X-Plex-Session-Identifier");
        session.unwrap_or_default().to_owned()
    };
    requests.map(|request| of(&request)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plex_stream_keeps_its_session_to_itself() {
    let house = House::plex().await;
    let first = house.open(LOWEST, false).await.unwrap();
    first.session.started(Duration::ZERO).await;
    // Opened anew elsewhere, before the first one has said that it is over.
    let second = house.open(LOWEST, false).await.unwrap();
    first.session.stopped(Duration::from_secs(5)).await;
    second.session.started(Duration::from_secs(5)).await;
    let decided = sessions(&house, "/video/:/transcode/universal/decision");
    let [one, two] = decided.as_slice() else {
        panic!("{decided:?}");
    };
    assert_ne!(one, two);
    let all_told = |log: &testkit::Log| log.requests_to("/:/timeline").count() == 3;
    let server = &house.stage.server;
    server.until(all_told, Duration::from_secs(30)).await;
    let told = sessions(&house, "/:/timeline");
    assert_eq!(told, [one.clone(), one.clone(), two.clone()]);

    // Keeping the file meanwhile is another matter, of which the stream must not end.
    let film = house.film().await;
    house.engine.playback.download(&film.id).await.unwrap();
    let path = "/library/parts/*";
    let begun = |log: &testkit::Log| log.requests_to(path).next().is_some();
    server.until(begun, Duration::from_secs(30)).await;
    let fetched = sessions(&house, path);
    assert!(!fetched.contains(one) && !fetched.contains(two));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_relay_is_asked_for_no_more_than_it_carries() {
    let house = House::relayed(Some(30_000_000)).await;
    let server = &house.stage.server;
    server.fault("/library/parts/*", Fault::Status(500));
    let playable = house.open(Quality::Original, false).await.unwrap();
    assert_eq!(playable.method, Method::Transcode);
    let stepped = playable.stepped_down.clone().unwrap();
    assert_eq!(stepped.to, Quality::UpTo(1_500_000));
    assert_eq!(stepped.because, SourceError::Relayed);
    is_stream(&playable).await;
    assert!(server.requests_to("/library/parts/*").is_empty());
    let decisions = server.requests_to("/video/:/transcode/universal/decision");
    assert_eq!(decisions.len(), 1, "nobody asked for the file");
    assert!(decisions[0].query.contains("maxVideoBitrate=1500"));
    drop(playable);
    // Who asks for less gets what they asked for.
    let playable = house.open(LOWEST, false).await.unwrap();
    assert_eq!(playable.stepped_down, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_film_comes_over_the_relay_as_it_is() {
    let house = House::relayed(None).await;
    let playable = house.open(Quality::Original, false).await.unwrap();
    assert_eq!(playable.method, Method::Direct);
    assert_eq!((playable.stepped_down, playable.served), (None, None));
    assert_eq!(playable.reader.read_at(0, 64).await.unwrap().len(), 64);
}
