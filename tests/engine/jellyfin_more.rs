//! What Jellyfin offers besides files: segments, small pictures, searches, lists, lyrics, marks, and streams in another
//! quality.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

use std::io::Cursor;
use std::time::Duration;

use spool_engine::model::{AccountId, Item, Kind, MarkerKind, PartId, Query};
use spool_engine::playback::{Opening, Playable};
use spool_engine::secret::{Keep, Memory, Secret};
use spool_engine::source::jellyfin::{Device, Jellyfin, Login, find, sign_in};
use spool_engine::source::{CollectionKind, Method, Quality, Source, StreamWish};
use spool_engine::{Config, Dirs, Engine};
use testkit::stamp::{self, Stamp};
use testkit::titles::{FILMS, HARBOUR_LIGHTS, THE_LONG_REEL, TRACKS};
use testkit::{Fault, Gate, Options, Rule, Stage};

const LONG: Duration = Duration::from_secs(60);
const FILM: &str = FILMS[THE_LONG_REEL].title;
const LOW: Quality = Quality::UpTo(700_000);
/// An id such as servers make, of a person in no title.
const NOBODY: &str = "00000000000000000000000000000001";

async fn signed_in() -> (Stage, Jellyfin) {
    let stage = Stage::new(Options {
        base_path: "/jf".into(),
        ..Options::default()
    });
    let server = find(&stage.server.address()).await.unwrap();
    let device = Device {
        id: "0123456789abcdef".into(),
        name: "Test".into(),
    };
    let password = Secret::new("correct horse");
    let user = sign_in(&server, &device, "ada", &password).await.unwrap();
    let login = Login {
        account: AccountId::random(),
        address: server.address,
        machine_id: Some(server.machine_id),
        user_id: user.user_id,
        token: Some(user.token),
        terms: server.terms,
    };
    (stage, Jellyfin::new(login, &device).unwrap())
}

async fn named(source: &Jellyfin, title: &str) -> Item {
    for library in source.libraries().await.unwrap() {
        let items = source.items(&library.id, 0, 1000).await.unwrap().items;
        if let Some(item) = items.into_iter().find(|item| item.title == title) {
            return item;
        }
    }
    panic!("no {title}");
}

async fn part(source: &Jellyfin) -> PartId {
    let item = named(source, FILM).await;
    let details = source.details(&item.id).await.unwrap();
    details.item.parts[0].id.clone()
}

#[tokio::test]
async fn segments_come_with_the_details_and_their_failure_costs_nothing_else() {
    let (stage, source) = signed_in().await;
    let face = stage.server.jellyfin();
    face.add_segment(FILM, "Outro", 50.0, 58.5);
    face.add_segment(FILM, "Intro", 5.0, 15.0);
    face.add_segment(FILM, "Hologram", 1.0, 2.0);
    let item = named(&source, FILM).await;
    let details = source.details(&item.id).await.unwrap();
    let markers: Vec<_> = details
        .markers
        .iter()
        .map(|marker| {
            (
                marker.kind,
                marker.start.as_millis(),
                marker.end.as_millis(),
            )
        })
        .collect();
    let expected = [
        (MarkerKind::Intro, 5_000, 15_000),
        (MarkerKind::Outro, 50_000, 58_500),
    ];
    assert_eq!(markers, expected);
    let people: Vec<_> = details
        .people
        .iter()
        .map(|person| person.name.as_str())
        .collect();
    assert_eq!(people, FILMS[THE_LONG_REEL].people);
    for fault in [
        Fault::Status(404),
        Fault::Status(500),
        Fault::Html,
        Fault::NoReply,
    ] {
        stage.server.clear_faults(None);
        stage.server.fault("/jf/MediaSegments/*", fault);
        let details = source.details(&item.id).await.unwrap();
        assert_eq!(details.markers, []);
        assert!(!details.item.parts.is_empty());
    }
}

#[tokio::test]
async fn the_small_picture_of_a_moment_shows_that_moment() {
    let (_stage, source) = signed_in().await;
    let part = part(&source).await;
    let strip = source.previews(&part).await.unwrap().unwrap();
    let (width, height) = strip.size.unwrap();
    for second in [0, 1, 21, 41, 59] {
        let tile = strip.at(Duration::from_secs(second));
        let sheet = source.preview(&part, &strip, tile.sheet).await.unwrap();
        let sheet = image::load(Cursor::new(sheet), image::ImageFormat::Jpeg).unwrap();
        let sheet = sheet.into_luma8();
        let read = stamp::read(height, |x, y| {
            sheet
                .get_pixel(tile.column * width + x, tile.row * height + y)
                .0[0]
        });
        let second = u8::try_from(second / 2 * 2).unwrap();
        let title = u8::try_from(THE_LONG_REEL).unwrap();
        assert_eq!(read, Some(Stamp { title, second }));
    }
}

#[tokio::test]
async fn a_title_without_small_pictures_has_none() {
    let (_stage, source) = signed_in().await;
    let episode = named(&source, testkit::titles::EPISODES[0][0]).await;
    let details = source.details(&episode.id).await.unwrap();
    let part = &details.item.parts[0].id;
    assert_eq!(source.previews(part).await.unwrap(), None);
}

#[tokio::test]
async fn the_server_searches_and_lists() {
    let (stage, source) = signed_in().await;
    let found = source.search("LONG re", 10).await.unwrap();
    let titles: Vec<_> = found
        .iter()
        .map(|item| (item.kind, item.title.as_str()))
        .collect();
    assert_eq!(titles, [(Kind::Movie, FILM)]);
    assert_eq!(source.search("nothing of that name", 10).await.unwrap(), []);

    let face = stage.server.jellyfin();
    let other = FILMS[HARBOUR_LIGHTS].title;
    face.add_list(false, "Reels", &[FILM]);
    face.add_list(true, "Tonight", &[other, FILM]);
    let lists = source.collections().await.unwrap();
    let known: Vec<_> = lists
        .iter()
        .map(|list| (list.kind, list.title.as_str(), list.count))
        .collect();
    let expected = [
        (CollectionKind::Collection, "Reels", Some(1)),
        (CollectionKind::Playlist, "Tonight", Some(2)),
    ];
    assert_eq!(known, expected);
    let members = source.members(&lists[1].id, 0, 10).await.unwrap();
    let titles: Vec<_> = members
        .items
        .iter()
        .map(|item| item.title.as_str())
        .collect();
    assert_eq!((titles, members.total), (vec![other, FILM], 2));
    let second = source.members(&lists[1].id, 1, 1).await.unwrap();
    assert_eq!((second.items[0].title.as_str(), second.total), (FILM, 2));
    let members = source.members(&lists[0].id, 0, 10).await.unwrap();
    assert_eq!(members.items[0].title, FILM);
}

#[tokio::test]
async fn somebody_leads_to_what_else_they_are_in() {
    let (_stage, source) = signed_in().await;
    let film = named(&source, FILM).await;
    let people = source.details(&film.id).await.unwrap().people;
    let known = people.iter().find(|person| person.name == "Ruth Okafor");
    let key = known.unwrap().key.clone().unwrap();
    let found = source.appearances(&key, 10).await.unwrap();
    let mut titles: Vec<_> = found.iter().map(|item| item.title.as_str()).collect();
    titles.sort_unstable();
    assert_eq!(titles, ["A Kite for Tuesday", FILM]);
    assert_eq!(source.appearances(NOBODY, 10).await.unwrap(), []);
}

#[tokio::test]
async fn lyrics_and_favourites() {
    let (stage, source) = signed_in().await;
    let track = named(&source, TRACKS[0].0).await;
    assert_eq!(source.lyrics(&track.id).await.unwrap(), []);
    let face = stage.server.jellyfin();
    face.add_lyrics(TRACKS[0].0, &[(1.5, "First"), (4.0, "Second")]);
    let lines = source.lyrics(&track.id).await.unwrap();
    let lines: Vec<_> = lines
        .iter()
        .map(|line| (line.at.unwrap().as_millis(), line.text.as_str()))
        .collect();
    assert_eq!(lines, [(1_500, "First"), (4_000, "Second")]);

    let film = named(&source, FILM).await;
    assert!(!film.favourite);
    source.set_favourite(&film.id, true).await.unwrap();
    assert!(named(&source, FILM).await.favourite);
    source.set_favourite(&film.id, false).await.unwrap();
    assert!(!source.details(&film.id).await.unwrap().item.favourite);
}

#[tokio::test]
async fn the_server_decides_by_the_quality() {
    let (stage, source) = signed_in().await;
    let wish = |quality, part| StreamWish {
        part,
        quality,
        session: "s".into(),
        start: Duration::ZERO,
        audio: None,
        drawn: None,
        converted: false,
    };
    let part = part(&source).await;
    for quality in [Quality::Original, Quality::UpTo(20_000_000)] {
        let decision = source.decide(&wish(quality, part.clone())).await.unwrap();
        assert_eq!(decision.method, Method::Direct);
        assert!(decision.stream.is_none());
    }
    let decision = source.decide(&wish(LOW, part.clone())).await.unwrap();
    assert_eq!(decision.method, Method::Transcode);
    assert_eq!(
        decision.reason.as_deref(),
        Some("ContainerBitrateExceedsLimit")
    );
    let playlist = decision.stream.unwrap().playlist;
    let playlist = playlist.expose();
    assert!(playlist.path().starts_with("/jf/videos/"), "{playlist}");
    assert!(!playlist.as_str().contains(&stage.server.token()));

    // An administrator's limit speaks against the original as well.
    stage.server.jellyfin().limit_bitrate(Some(500_000));
    let decision = source.decide(&wish(Quality::Original, part)).await.unwrap();
    assert_eq!(decision.method, Method::Transcode);
}

/// An engine with the server's account.
struct House {
    engine: Engine,
    stage: Stage,
}

impl House {
    async fn new() -> Self {
        let stage = Stage::new(Options {
            base_path: "/jf".into(),
            ..Options::default()
        });
        let engine = Engine::start(Config {
            dirs: Dirs::profile(&stage.profile()),
            device_name: "test".into(),
            prober: None,
            cache_limit: None,
            secrets: Some(std::sync::Arc::new(Memory::default())),
        })
        .unwrap();
        let accounts = &engine.accounts;
        let found = accounts
            .find_jellyfin(&stage.server.address())
            .await
            .unwrap();
        let password = Secret::new("correct horse");
        let signed_in = accounts.sign_in_jellyfin(&found, "ada", &password, Keep::Session);
        let account = signed_in.await.unwrap();
        for synced in engine.library.sync(Some(account.id)).await {
            synced.result.unwrap();
        }
        Self { engine, stage }
    }

    async fn film(&self) -> Item {
        let query = Query {
            kinds: vec![Kind::Movie],
            ..Query::default()
        };
        let page = self.engine.library.page(query).await.unwrap();
        page.items
            .into_iter()
            .find(|item| item.title == FILM)
            .unwrap()
    }

    async fn open(&self, start: u64) -> Playable {
        let opening = Opening {
            quality: LOW,
            start: Some(Duration::from_secs(start)),
            ..Opening::default()
        };
        let film = self.film().await;
        self.engine
            .playback
            .open_as(&film.id, opening)
            .await
            .unwrap()
    }

    async fn read_all(playable: &Playable) -> Vec<u8> {
        let mut all = Vec::new();
        loop {
            let bytes = playable
                .reader
                .read_at(all.len() as u64, 65_536)
                .await
                .unwrap();
            if bytes.is_empty() {
                return all;
            }
            all.extend_from_slice(&bytes);
        }
    }

    /// Waits until the server makes no stream any more.
    async fn quiet(&self) {
        let none = async {
            while !self.stage.server.jellyfin().streams().is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(LONG, none).await.unwrap();
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.engine.shutdown_blocking();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_comes_whole_and_leaves_nothing_behind() {
    let house = House::new().await;
    let playable = house.open(0).await;
    assert_eq!(playable.method, Method::Transcode);
    let served = playable.served.unwrap();
    assert_eq!(served.begins_at, Duration::ZERO);
    assert_eq!(served.length, Some(LONG));
    let all = House::read_all(&playable).await;
    assert!(all.len() > 100_000 && all.len() % 188 == 0, "{}", all.len());
    assert!(all.chunks(188).all(|packet| packet[0] == 0x47));
    // In the middle of the film it begins with the piece that holds the place.
    let later = house.open(30).await;
    assert_eq!(later.served.unwrap().begins_at, Duration::from_secs(28));
    let rest = House::read_all(&later).await;
    assert!(all.ends_with(&rest));
    drop((playable, later));
    house.quiet().await;
    assert!(house.engine.cache.entries().await.unwrap().is_empty());
    let film = house.film().await;
    assert_eq!(house.engine.library.presence(&film.id), Default::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_breaks_goes_on_without_a_gap_and_without_a_repetition() {
    let house = House::new().await;
    let whole = House::read_all(&house.open(0).await).await;
    let pieces = "/jf/videos/*";
    let server = &house.stage.server;
    server.script(
        Rule::on(pieces)
            .fault(Fault::Truncate { after: 70_000 })
            .times(3),
    );
    server.script(Rule::on(pieces).fault(Fault::Status(503)).times(1));
    let again = House::read_all(&house.open(0).await).await;
    assert_eq!(again.len(), whole.len());
    assert!(again == whole, "byte for byte");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_nobody_reads_any_more_ends() {
    let house = House::new().await;
    let gate = Gate::new();
    let id = house.stage.server.jellyfin().id(FILM);
    let [a, b, c, d, e] = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| &id[part]);
    let piece = format!("/jf/videos/{a}-{b}-{c}-{d}-{e}/hls1/main/5.ts");
    house
        .stage
        .server
        .fault(&piece, Fault::HoldReply(gate.clone()));
    let playable = house.open(0).await;
    let asked = move |log: &testkit::Log| log.requests_to(&piece).count() == 1;
    house.stage.server.until(asked, LONG).await;
    playable.reader.read_at(0, 1000).await.unwrap();
    assert_eq!(house.stage.server.jellyfin().streams().len(), 1);
    drop(playable);
    house.quiet().await;
    gate.open();
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_of_a_stream_name_the_server_s_own_playback() {
    let house = House::new().await;
    let playable = house.open(0).await;
    let requests = house.stage.server.requests();
    let asked = requests
        .iter()
        .find(|request| request.path.ends_with("/master.m3u8"));
    let session = asked.unwrap().query.split("PlaySessionId=").nth(1).unwrap();
    let session = session.split('&').next().unwrap();
    playable.session.started(Duration::ZERO).await;
    playable.session.stopped(Duration::from_secs(20)).await;
    let started = |log: &testkit::Log| log.requests_to("/jf/Sessions/Playing").count() == 1;
    house.stage.server.until(started, LONG).await;
    let body = house.stage.server.requests_to("/jf/Sessions/Playing")[0].json();
    assert_eq!(body["PlayMethod"], "Transcode");
    assert_eq!(body["PlaySessionId"], session);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_title_that_is_here_needs_no_stream() {
    let house = House::new().await;
    let film = house.film().await;
    let playable = house.engine.playback.open(&film.id).await.unwrap();
    let size = playable.reader.len().await.unwrap().unwrap();
    let mut at = 0;
    while at < size {
        at += playable.reader.read_at(at, 1 << 20).await.unwrap().len() as u64;
    }
    drop(playable);
    let playable = house.open(0).await;
    assert_eq!((playable.method, playable.served), (Method::Direct, None));
    assert!(house.stage.server.jellyfin().streams().is_empty());
}
