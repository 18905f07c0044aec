//! Films that lie in several files: opened, kept, reported and read back as one, for all kinds of sources.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

mod apart;
mod fake_source;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use apart::{Apart, sync};
use async_trait::async_trait;
use bytes::Bytes;
use fake_source::until;
use spool_engine::cache::{CacheKey, Class, Reader};
use spool_engine::model::{AccountId, Item, ItemId, Kind, Part, Presence, Query};
use spool_engine::playback::{Opening, Playable};
use spool_engine::source::{Method, Probed, Prober, Quality};
use spool_engine::{Config, Dirs, Engine};
use testkit::titles::{COPPER_VALLEY, FILMS, THE_LONG_REEL};
use testkit::{Blob, Catalogue, Connection, FakeServer, Fault, Media, Options, pattern};

const FILM: &str = "Long Night";
/// Bytes, seed and seconds of the files.
const FILES: [(u64, u64, u64); 2] = [(3 << 20, 7, 100), (2 << 20, 8, 60)];
const WHOLE: Duration = Duration::from_secs(160);

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[derive(Clone, Copy, PartialEq)]
enum Server {
    Jellyfin,
    Plex,
}

const BOTH: [Server; 2] = [Server::Jellyfin, Server::Plex];

fn films() -> Catalogue {
    let files = FILES.map(|(size, seed, seconds)| (Blob::pattern(size, seed), seconds));
    Catalogue::default()
        .and_blobs(FILM, &files)
        .and_blob("Other", Blob::pattern(1 << 20, 9), 100)
}

fn apart_with(kind: Server, catalogue: Catalogue) -> Apart {
    let mut apart = Apart::on(Options {
        catalogue,
        ..Options::default()
    });
    if kind == Server::Plex {
        let tv = FakeServer::start(Options::default());
        let ways = vec![Connection::plain(apart.server())];
        tv.plex_tv().offer(apart.server(), true, ways);
        apart.tv = Some(tv);
    }
    apart
}

fn apart(kind: Server) -> Apart {
    apart_with(kind, films())
}

async fn film(engine: &Engine, title: &str) -> Item {
    let query = Query {
        text: Some(title.to_owned()),
        kinds: vec![Kind::Movie],
        ..Query::default()
    };
    let found = engine.library.page(query).await.unwrap().items;
    found.into_iter().find(|item| item.title == title).unwrap()
}

async fn open_at(engine: &Engine, item: &ItemId, place: u64) -> Playable {
    let opening = Opening {
        start: Some(seconds(place)),
        ..Opening::default()
    };
    engine.playback.open_as(item, opening).await.unwrap()
}

/// All bytes of a file.
async fn read(reader: &Reader, size: u64) -> Vec<u8> {
    let (mut bytes, size) = (Vec::new(), usize::try_from(size).unwrap());
    while bytes.len() < size {
        let at = u64::try_from(bytes.len()).unwrap();
        let some = reader.read_at(at, size - bytes.len()).await.unwrap();
        assert!(!some.is_empty());
        bytes.extend_from_slice(&some);
    }
    bytes
}

/// The file of this number plays, to the byte, with its own subtitle.
async fn is_file(engine: &Engine, playable: &Playable, number: usize) {
    let (size, seed, _) = FILES[number];
    assert!(read(&playable.reader, size).await == pattern::bytes(seed, 0, size as usize));
    let piece = playable.part.piece.unwrap();
    assert_eq!(
        (piece.number, piece.of, piece.whole),
        (number as u32, 2, WHOLE)
    );
    let [subtitle] = playable.subtitles.as_slice() else {
        panic!("{:?}", playable.subtitles)
    };
    let text = engine.playback.subtitle(&playable.item.id, &subtitle.key);
    let text = text.await.unwrap();
    let own = format!("File {}", number + 1);
    assert!(String::from_utf8_lossy(&text).contains(&own), "{text:?}");
}

async fn opens(kind: Server) {
    let apart = apart(kind);
    let engine = apart.start();
    apart.sign_in(&engine).await;
    let item = film(&engine, FILM).await;
    assert_eq!(item.duration, Some(WHOLE), "a list tells the whole length");
    let details = engine.library.details(&item.id).await.unwrap();
    assert_eq!(details.item.duration, Some(WHOLE));
    assert_eq!(details.item.parts.len(), 2);
    let first = engine.playback.open(&item.id).await.unwrap();
    assert_eq!(
        (first.resume, first.item.duration),
        (Duration::ZERO, Some(WHOLE))
    );
    is_file(&engine, &first, 0).await;
    for (place, number) in [(99, 0), (100, 1), (120, 1), (500, 1)] {
        let there = open_at(&engine, &item.id, place).await;
        assert_eq!(
            (there.resume, there.method),
            (seconds(place), Method::Direct)
        );
        is_file(&engine, &there, number).await;
    }
    engine.shutdown_blocking();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_film_opens_with_the_file_that_a_place_lies_in_jellyfin() {
    opens(Server::Jellyfin).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_film_opens_with_the_file_that_a_place_lies_in_plex() {
    opens(Server::Plex).await;
}

fn permille(presence: Presence) -> u16 {
    match presence {
        Presence::Partly { permille, .. } => permille,
        Presence::Whole => 1000,
        _ => 0,
    }
}

/// It is kept as a whole, and plays as a whole without its server, also after a start.
async fn is_kept(kind: Server) {
    let mut apart = apart(kind);
    let engine = apart.start();
    apart.sign_in(&engine).await;
    let item = film(&engine, FILM).await.id;
    let library = &engine.library;
    let first = engine.playback.open(&item).await.unwrap();
    is_file(&engine, &first, 0).await;
    drop(first);
    until("the first file counts for its share", async || {
        permille(library.presence(&item)) == 600
    })
    .await;
    let jobs = engine.playback.download(&item).await.unwrap();
    assert_eq!(jobs.len(), 2);
    until("all is here", async || {
        library.presence(&item) == Presence::Whole
    })
    .await;
    engine.shutdown_blocking();
    drop(engine);

    apart.stage.server.stop();
    let engine = apart.start();
    engine.accounts.check(None).await;
    engine.library.presence_known().await;
    assert_eq!(engine.library.presence(&item), Presence::Whole);
    for (place, number) in [(0, 0), (130, 1)] {
        let there = open_at(&engine, &item, place).await;
        is_file(&engine, &there, number).await;
        drop(there);
    }
    assert!(engine.playback.undo_download(&item).await.unwrap());
    until("both are let go", async || {
        let entries = engine.cache.entries().await.unwrap();
        entries.iter().all(|entry| entry.class != Class::Kept)
    })
    .await;
    engine.shutdown_blocking();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_film_is_kept_with_all_its_files_jellyfin() {
    is_kept(Server::Jellyfin).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_film_is_kept_with_all_its_files_plex() {
    is_kept(Server::Plex).await;
}

/// What the server says was watched: of the film and, where they have marks of their own, of its second file.
fn watched(apart: &Apart) -> ((u64, bool), (u64, bool)) {
    let plain = |(position, played): (Duration, bool)| (position.as_secs(), played);
    match &apart.tv {
        None => {
            let face = apart.server().jellyfin();
            let second = format!("{FILM} part 2");
            (plain(face.watched(FILM)), plain(face.watched(&second)))
        }
        Some(tv) => {
            let users = tv.plex_tv().users();
            let ada = users.iter().find(|user| user.title == "Ada").unwrap();
            (
                plain(apart.server().plex().watched(&ada.uuid, FILM)),
                (0, false),
            )
        }
    }
}

async fn position(engine: &Engine, item: &ItemId) -> (u64, bool) {
    let progress = engine.library.item(item).await.unwrap().progress;
    (progress.position.as_secs(), progress.watched)
}

async fn nothing_waits(engine: &Engine, account: &AccountId) {
    until("the server has heard everything", async || {
        sync(engine, account).await.ok();
        engine.library.outbox().await.unwrap().is_empty()
    })
    .await;
}

/// Somebody else who signs in has it from the server alone.
async fn is_read(apart: &mut Apart) {
    let own = std::mem::replace(&mut apart.folder, tempfile::tempdir().unwrap());
    let engine = apart.start();
    apart.sign_in(&engine).await;
    let same = film(&engine, FILM).await;
    assert_eq!(same.progress.position, seconds(130));
    let again = engine.playback.open(&same.id).await.unwrap();
    assert_eq!(again.resume, seconds(130));
    is_file(&engine, &again, 1).await;
    engine.shutdown_blocking();
    drop(engine);
    apart.folder = own;
}

/// Watched over the end of its first file, left in the second one, gone on with, finished.
async fn is_reported(kind: Server) {
    let mut apart = apart(kind);
    let engine = apart.start();
    let account = apart.sign_in(&engine).await;
    let item = film(&engine, FILM).await.id;
    let first = engine.playback.open(&item).await.unwrap();
    first.session.started(Duration::ZERO).await;
    first.session.progress(seconds(97), false).await;
    first.session.stopped(seconds(100)).await;
    drop(first);
    nothing_waits(&engine, &account).await;
    assert_eq!(position(&engine, &item).await, (100, false));
    let nothing_more = ((100, false), (0, false));
    assert_eq!(
        watched(&apart),
        nothing_more,
        "one file's end is not the film's"
    );

    let second = engine.playback.open(&item).await.unwrap();
    assert_eq!(second.resume, seconds(100));
    second.session.started(seconds(100)).await;
    second.session.progress(seconds(120), false).await;
    second.session.stopped(seconds(130)).await;
    drop(second);
    nothing_waits(&engine, &account).await;
    let in_the_second = match kind {
        Server::Jellyfin => ((100, false), (30, false)),
        Server::Plex => ((130, false), (0, false)),
    };
    assert_eq!(watched(&apart), in_the_second);
    assert_eq!(
        position(&engine, &item).await,
        (130, false),
        "also after a refresh"
    );

    is_read(&mut apart).await;

    let last = engine.playback.open(&item).await.unwrap();
    last.session.started(seconds(130)).await;
    last.session.progress(seconds(140), false).await;
    last.session.stopped(seconds(160)).await;
    drop(last);
    nothing_waits(&engine, &account).await;
    assert_eq!(position(&engine, &item).await, (0, true));
    let (of_film, of_file) = watched(&apart);
    assert_eq!(of_film, (0, true));
    assert_eq!(of_file, (0, kind == Server::Jellyfin));
    engine.shutdown_blocking();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_jellyfin_hears_where_a_film_is_in_the_file_that_plays() {
    is_reported(Server::Jellyfin).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plex_hears_where_a_film_is_as_a_whole() {
    is_reported(Server::Plex).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_goes_straight_to_the_end_of_a_plex_film_has_watched_it() {
    let apart = apart(Server::Plex);
    let engine = apart.start();
    let account = apart.sign_in(&engine).await;
    let item = film(&engine, FILM).await.id;
    let end = open_at(&engine, &item, 150).await;
    end.session.started(seconds(150)).await;
    end.session.stopped(seconds(158)).await;
    drop(end);
    nothing_waits(&engine, &account).await;
    assert_eq!(watched(&apart).0, (0, true));
    engine.shutdown_blocking();
}

/// What was watched of the second file with another program is watched of the film.
#[tokio::test(flavor = "multi_thread")]
async fn what_another_program_has_played_of_a_further_file_counts_for_the_film() {
    let apart = apart(Server::Jellyfin);
    let engine = apart.start();
    let account = apart.sign_in(&engine).await;
    let item = film(&engine, FILM).await.id;
    let face = apart.server().jellyfin();
    face.watched_elsewhere(FILM, seconds(99), Duration::ZERO);
    let second = format!("{FILM} part 2");
    face.watched_elsewhere(&second, seconds(20), seconds(5));
    // Its socket tells of the file, or a refresh finds it.
    until("the film is there", async || {
        sync(&engine, &account).await.unwrap();
        position(&engine, &item).await == (120, false)
    })
    .await;
    let there = engine.playback.open(&item).await.unwrap();
    is_file(&engine, &there, 1).await;
    let known = film(&engine, FILM).await;
    let all = engine.library.page(Query::default()).await.unwrap();
    assert_eq!(all.total, 2, "a further file is no title");
    engine.library.set_watched(&known.id, false).await.unwrap();
    nothing_waits(&engine, &account).await;
    assert_eq!(position(&engine, &item).await, (0, false));
    engine.shutdown_blocking();
}

/// Left in the second file while the server was away.
async fn is_told_later(kind: Server, until_second: u64, expected: ((u64, bool), (u64, bool))) {
    let mut apart = apart(kind);
    let engine = apart.start();
    let account = apart.sign_in(&engine).await;
    let item = film(&engine, FILM).await.id;
    let playable = open_at(&engine, &item, 110).await;
    is_file(&engine, &playable, 1).await;
    apart.stage.server.stop();
    playable.session.started(seconds(110)).await;
    playable.session.stopped(seconds(until_second)).await;
    drop(playable);
    let here = position(&engine, &item).await;
    engine.shutdown_blocking();
    drop(engine);

    let engine = apart.start();
    apart.stage.server.start_again();
    nothing_waits(&engine, &account).await;
    assert_eq!(watched(&apart), expected);
    assert_eq!(position(&engine, &item).await, here);
    engine.shutdown_blocking();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_jellyfin_hears_later_in_which_file_a_film_was_left() {
    is_told_later(Server::Jellyfin, 125, ((100, false), (25, false))).await;
    is_told_later(Server::Jellyfin, 160, ((0, true), (0, true))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plex_hears_later_where_a_film_was_left() {
    is_told_later(Server::Plex, 125, ((125, false), (0, false))).await;
    is_told_later(Server::Plex, 160, ((0, true), (0, false))).await;
}

/// While one file plays, the beginning of the next one comes.
#[tokio::test(flavor = "multi_thread")]
async fn the_next_file_begins_without_the_server() {
    for kind in BOTH {
        let apart = apart(kind);
        let engine = apart.start();
        apart.sign_in(&engine).await;
        let item = film(&engine, FILM).await.id;
        let first = engine.playback.open(&item).await.unwrap();
        let next: &Part = &first.item.parts[1];
        let key = CacheKey::from(next.id.clone());
        first.session.started(Duration::ZERO).await;
        until("the next file is here", async || {
            let state = engine.cache.entry(&key).await.unwrap();
            state.is_some_and(|state| state.ranges.bytes() == FILES[1].0)
        })
        .await;
        // Its server has let the first one go on meanwhile.
        is_file(&engine, &first, 0).await;
        engine.shutdown_blocking();
    }
}

/// The server makes a stream of the file that a place lies in.
async fn converts(kind: Server) {
    let films = [&FILMS[COPPER_VALLEY], &FILMS[THE_LONG_REEL]];
    let catalogue = Catalogue::default().and_film_in_files(Media::ready(), FILM, &films);
    let apart = apart_with(kind, catalogue);
    let engine = apart.start();
    apart.sign_in(&engine).await;
    let item = film(&engine, FILM).await.id;
    for (place, begins_at, number) in [(5, 4, 0), (50, 48, 1)] {
        let opening = Opening {
            quality: Quality::UpTo(700_000),
            start: Some(seconds(place)),
            converted: true,
            ..Opening::default()
        };
        let stream = engine.playback.open_as(&item, opening).await.unwrap();
        assert_eq!(stream.method, Method::Transcode);
        let served = stream.served.unwrap();
        assert_eq!(served.begins_at, seconds(begins_at));
        assert_eq!(served.length, Some(seconds(80)));
        assert_eq!(stream.part.piece.unwrap().number, number);
        assert_eq!(stream.reader.read_at(0, 1).await.unwrap()[..], [0x47]);
        let requests = apart.server().requests();
        let asked = |path: &str, query: &str| {
            let mut all = requests.iter();
            all.any(|one| one.path.contains(path) && one.query.contains(query))
        };
        let asked = match kind {
            Server::Jellyfin => {
                let id = apart.server().jellyfin().file_id(FILM, number as usize);
                asked(&format!("/Items/{id}/PlaybackInfo"), "")
            }
            Server::Plex => asked("universal/start.m3u8", &format!("partIndex={number}&")),
        };
        assert!(asked);
        stream.session.started(seconds(place)).await;
        stream.session.stopped(seconds(place)).await;
    }
    engine.shutdown_blocking();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_jellyfin_converts_the_file_that_a_place_lies_in() {
    converts(Server::Jellyfin).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plex_converts_the_file_that_a_place_lies_in() {
    converts(Server::Plex).await;
}

/// Knows the lengths of files by their sizes.
struct Lengths;

#[async_trait]
impl Prober for Lengths {
    async fn probe(&self, path: PathBuf) -> Option<Probed> {
        let size = std::fs::metadata(path).ok()?.len();
        let (_, _, length) = FILES.into_iter().find(|file| file.0 == size)?;
        Some(Probed {
            duration: Some(seconds(length)),
            ..Probed::default()
        })
    }

    async fn thumbnail(&self, _: PathBuf, _: u32) -> Option<Bytes> {
        None
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_a_folder_are_one_film() {
    let place = tempfile::tempdir().unwrap();
    let films = place.path().join("media/Films");
    std::fs::create_dir_all(&films).unwrap();
    for (number, (size, seed, _)) in (1..).zip(FILES) {
        let name = format!("{FILM} (1999) - cd{number}");
        let bytes = pattern::bytes(seed, 0, size as usize);
        std::fs::write(films.join(format!("{name}.avi")), bytes).unwrap();
        let text = format!("1\n00:00:01,000 --> 00:00:02,000\nFile {number}\n");
        std::fs::write(films.join(format!("{name}.en.srt")), text).unwrap();
    }
    let engine = Engine::start(Config {
        dirs: Dirs::profile(&place.path().join("profile")),
        device_name: "test".to_owned(),
        prober: Some(Arc::new(Lengths)),
        cache_limit: None,
        secrets: None,
    })
    .unwrap();
    let folder = place.path().join("media");
    let account = engine.accounts.add_folder(&folder).await.unwrap().id;
    assert_eq!(sync(&engine, &account).await, Ok(1));
    let item = film(&engine, FILM).await;
    assert_eq!(item.year, Some(1999));
    let first = engine.playback.open(&item.id).await.unwrap();
    assert_eq!(first.item.duration, Some(WHOLE));
    is_file(&engine, &first, 0).await;
    first.session.started(Duration::ZERO).await;
    first.session.stopped(seconds(100)).await;
    assert_eq!(position(&engine, &item.id).await, (100, false));
    let second = engine.playback.open(&item.id).await.unwrap();
    is_file(&engine, &second, 1).await;
    second.session.started(seconds(100)).await;
    second.session.stopped(seconds(160)).await;
    assert_eq!(position(&engine, &item.id).await, (0, true));
    engine.shutdown_blocking();
}

/// A server that fails at one film's further files tells of all titles, and of that one its first file.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_jellyfin_cannot_say_of_a_film_keeps_no_other_away() {
    let apart = apart(Server::Jellyfin);
    let further = "/Videos/*";
    apart.server().fault(further, Fault::Status(500));
    let engine = apart.start();
    apart.sign_in(&engine).await;
    assert!(!apart.server().requests_to(further).is_empty());
    film(&engine, "Other").await;
    let film = film(&engine, FILM).await;
    let details = engine.library.details(&film.id).await.unwrap();
    assert_eq!(details.item.parts.len(), 1);
}
