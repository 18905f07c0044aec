//! What every source promises, as one suite that runs over a Jellyfin server, a Plex server and a folder of the same titles.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

mod opinions;
mod plex_stage;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use opinions::{
    artists_are_understood, lists_hold_what_is_there, opinions_are_kept, people_are_named,
    rows_have_what_was_begun_and_what_comes_next, searches_find_what_is_there,
    subtitles_can_be_had, what_a_title_has_not_is_no_error,
};
use plex_stage::PlexStage;
use reqwest::header::{HeaderMap, HeaderValue, RANGE};
use spool_engine::http::Way;
use spool_engine::http::ranged::Ask;
use spool_engine::model::{AccountId, Item, ItemId, Kind, LibraryId, PartId};
use spool_engine::secret::Secret;
use spool_engine::source::jellyfin::{Device, Jellyfin, Login, find, sign_in};
use spool_engine::source::local::Folder;
use spool_engine::source::{Change, Located, Method, Report, ReportEvent, Source, SourceError};
use testkit::titles::{FILMS, SHOW, THE_LONG_REEL};
use testkit::{FakeServer, Media, Options, Stage};
use tokio::sync::mpsc;

/// A source under test and what it stands on.
struct Subject {
    account: AccountId,
    source: Arc<dyn Source>,
    stage: Stage,
    /// Where one signs in, when that is elsewhere.
    _entrance: Option<FakeServer>,
}

async fn jellyfin() -> Subject {
    let stage = Stage::new(Options {
        base_path: "/jf".into(),
        ..Options::default()
    });
    let server = find(&stage.server.address()).await.unwrap();
    let device = Device {
        id: "d0d0".into(),
        name: "Test".into(),
    };
    let password = Secret::new("correct horse");
    let user = sign_in(&server, &device, "ada", &password).await.unwrap();
    let account = AccountId::random();
    let login = Login {
        account: account.clone(),
        address: server.address,
        machine_id: Some(server.machine_id),
        user_id: user.user_id,
        terms: server.terms,
        token: Some(user.token),
    };
    Subject {
        account,
        source: Arc::new(Jellyfin::new(login, &device).unwrap()),
        stage,
        _entrance: None,
    }
}

async fn plex() -> Subject {
    let stage = PlexStage::new();
    let account = AccountId::random();
    Subject {
        source: Arc::new(stage.source(&account, None).await),
        account,
        stage: stage.stage,
        _entrance: Some(stage.tv),
    }
}

fn folder() -> Subject {
    let stage = Stage::new(Options::default());
    let root = stage.folder().path().to_owned();
    let account = AccountId::random();
    Subject {
        source: Arc::new(Folder::new(account.clone(), root, None)),
        account,
        stage,
        _entrance: None,
    }
}

/// The same folder, as one whose bytes have to be fetched.
fn network_drive() -> Subject {
    let stage = Stage::new(Options::default());
    let account = AccountId::random();
    let folder = Folder::new(account.clone(), stage.folder().path().to_owned(), None);
    Subject {
        account,
        source: Arc::new(folder.on_network_drive()),
        stage,
        _entrance: None,
    }
}

/// All titles, library by library, fetched in pages of `limit`.
async fn all(subject: &Subject, limit: u64) -> Vec<Item> {
    let mut items = Vec::new();
    for library in subject.source.libraries().await.unwrap() {
        let mut offset = 0;
        loop {
            let page = subject
                .source
                .items(&library.id, offset, limit)
                .await
                .unwrap();
            assert!(page.items.len() as u64 <= limit);
            items.extend(page.items);
            offset += limit;
            if offset >= page.total {
                break;
            }
        }
    }
    items
}

async fn named(subject: &Subject, kind: Kind, title: &str) -> Item {
    let items = all(subject, 1000).await;
    let found = items
        .into_iter()
        .find(|item| item.kind == kind && item.title == title);
    found.unwrap_or_else(|| panic!("no {kind:?} {title:?}"))
}

async fn film(subject: &Subject) -> Item {
    named(subject, Kind::Movie, FILMS[THE_LONG_REEL].title).await
}

/// It answers, and knows its libraries.
async fn answers(subject: &Subject) {
    subject.source.check().await.unwrap();
    let libraries = subject.source.libraries().await.unwrap();
    assert!(!libraries.is_empty());
    for library in &libraries {
        assert_eq!(*library.id.account(), subject.account);
        assert!(!library.title.is_empty());
    }
}

/// Pages of any size make the same list, without gap or repetition, parents before children.
async fn pages_make_one_list(subject: &Subject) {
    let whole = all(subject, 1000).await;
    for limit in [1, 3, 7] {
        let paged = all(subject, limit).await;
        assert_eq!(paged, whole, "pages of {limit}");
    }
    let mut seen: HashSet<ItemId> = HashSet::new();
    for item in &whole {
        assert_eq!(*item.id.account(), subject.account);
        for above in [&item.parent, &item.grandparent].into_iter().flatten() {
            assert!(
                seen.contains(above),
                "{} before what is above it",
                item.title
            );
        }
        assert!(seen.insert(item.id.clone()), "{} twice", item.title);
    }
}

/// The generated films are there, each with year and pictures.
async fn films_are_understood(subject: &Subject) {
    let items = all(subject, 1000).await;
    let of = |kind: Kind| items.iter().filter(move |item| item.kind == kind);
    assert_eq!(of(Kind::Movie).count(), FILMS.len());
    for film in &FILMS {
        let item = of(Kind::Movie).find(|item| item.title == film.title);
        let item = item.unwrap_or_else(|| panic!("no {}", film.title));
        assert_eq!(item.year, Some(film.year), "{}", film.title);
        assert!(item.artwork.poster.is_some(), "{}", film.title);
        assert!(item.artwork.backdrop.is_some(), "{}", film.title);
        assert!(item.added_at.is_some(), "{}", film.title);
    }
}

/// The show is there with its seasons and episodes, each below the other.
async fn shows_are_understood(subject: &Subject) {
    let items = all(subject, 1000).await;
    let of = |kind: Kind| items.iter().filter(move |item| item.kind == kind);
    let shows: Vec<_> = of(Kind::Show).collect();
    assert_eq!(shows.len(), 1);
    assert_eq!(
        (shows[0].title.as_str(), shows[0].child_count),
        (SHOW, Some(6))
    );
    assert_eq!(of(Kind::Season).count(), 2);
    for season in of(Kind::Season) {
        assert_eq!(season.parent.as_ref(), Some(&shows[0].id));
        let own = of(Kind::Episode).filter(|episode| episode.parent.as_ref() == Some(&season.id));
        let own: Vec<_> = own
            .map(|episode| (episode.parent_index, episode.index))
            .collect();
        assert_eq!(
            own,
            [
                (season.index, Some(1)),
                (season.index, Some(2)),
                (season.index, Some(3))
            ]
        );
    }
    for (number, title) in testkit::titles::EPISODES[1].iter().enumerate() {
        let episode = of(Kind::Episode)
            .find(|episode| episode.title == *title)
            .unwrap();
        assert_eq!(episode.parent_index, Some(2));
        assert_eq!(episode.index, u32::try_from(number + 1).ok());
        assert_eq!(episode.context.as_deref(), Some(SHOW));
        assert_eq!(episode.grandparent.as_ref(), Some(&shows[0].id));
    }
}

/// The album is there with its tracks, in order.
async fn music_is_understood(subject: &Subject) {
    let items = all(subject, 1000).await;
    let of = |kind: Kind| items.iter().filter(move |item| item.kind == kind);
    let album = of(Kind::Album).next().unwrap();
    assert_eq!(album.title, testkit::titles::ALBUM);
    assert_eq!(album.context.as_deref(), Some(testkit::titles::ARTIST));
    assert_eq!(album.year, Some(testkit::titles::ALBUM_YEAR));
    let tracks: Vec<_> = of(Kind::Track)
        .map(|track| (track.index, track.title.as_str()))
        .collect();
    let expected: Vec<_> = (1..)
        .map(Some)
        .zip(testkit::titles::TRACKS.map(|(title, _)| title))
        .collect();
    assert_eq!(tracks, expected);
    for track in of(Kind::Track) {
        assert_eq!(track.parent.as_ref(), Some(&album.id));
        assert!(
            track
                .duration
                .is_some_and(|duration| duration > Duration::from_secs(10))
        );
    }
}

/// The bytes of a range of a part, read where the source says they are.
async fn bytes(subject: &Subject, part: &PartId, from: u64, to: u64) -> Vec<u8> {
    match subject.source.locate(part).await.unwrap() {
        Located::File(path) => {
            let all = std::fs::read(path).unwrap();
            all[usize::try_from(from).unwrap()..usize::try_from(to).unwrap()].to_vec()
        }
        Located::Drive(path) => {
            let mut reply = Way::Drive(path).get(&Ask::part(from, to)).await.unwrap();
            assert_eq!((reply.shape.start, reply.shape.end), (from, Some(to)));
            assert!(reply.shape.version.if_range().is_some());
            let mut all = Vec::new();
            while let Some(chunk) = reply.chunk().await.unwrap() {
                all.extend_from_slice(&chunk);
            }
            all
        }
        Located::Remote { http, url, .. } => {
            let mut headers = HeaderMap::new();
            let range = format!("bytes={from}-{}", to - 1);
            headers.insert(RANGE, HeaderValue::from_str(&range).unwrap());
            let mut reply = http.get_media(&url, headers).await.unwrap();
            assert_eq!(reply.status(), 206);
            let mut all = Vec::new();
            while let Some(chunk) = reply.chunk().await.unwrap() {
                all.extend_from_slice(&chunk);
            }
            all
        }
    }
}

/// Details have the parts, and a part's bytes are those of the file.
async fn parts_lead_to_their_bytes(subject: &Subject) {
    let media = Media::ready();
    let long = film(subject).await;
    let track = named(subject, Kind::Track, testkit::titles::TRACKS[0].0).await;
    let episode = named(subject, Kind::Episode, testkit::titles::EPISODES[0][0]).await;
    let files: [(Item, PathBuf); 3] = [
        (long, media.film(&FILMS[THE_LONG_REEL])),
        (track, media.track(1)),
        (episode, media.episode(1, 1)),
    ];
    for (item, file) in files {
        let details = subject.source.details(&item.id).await.unwrap();
        assert_eq!(details.item.id, item.id);
        assert_eq!(details.item.title, item.title);
        let part = &details.item.parts[0];
        assert_eq!(*part.id.item(), item.id);
        let original = std::fs::read(&file).unwrap();
        assert_eq!(part.size, Some(original.len() as u64));
        assert!(part.fingerprint.is_some());
        let size = original.len();
        for (from, to) in [(0, 1000), (size / 2, size / 2 + 1), (size - 10, size)] {
            let got = bytes(subject, &part.id, from as u64, to as u64).await;
            assert_eq!(got, original[from..to], "{} {from}..{to}", item.title);
        }
        let again = subject.source.details(&item.id).await.unwrap();
        assert_eq!(again.item.parts[0].fingerprint, part.fingerprint);
    }
}

/// Posters, backdrops and covers are pictures.
async fn pictures_can_be_had(subject: &Subject) {
    let items = all(subject, 1000).await;
    let mut seen = HashSet::new();
    for item in items.iter().filter(|item| item.artwork.poster.is_some()) {
        let poster = item.artwork.poster.as_ref().unwrap();
        if !seen.insert(poster.clone()) {
            continue;
        }
        let bytes = subject.source.image(poster, 300).await.unwrap();
        let picture = image::load_from_memory(&bytes);
        assert!(
            picture.is_ok_and(|picture| picture.width() > 50),
            "{}",
            item.title
        );
    }
    assert!(seen.len() > FILMS.len());
}

/// Reports and marks are taken, in any order.
async fn reports_are_taken(subject: &Subject) {
    let item = film(subject).await;
    let part = subject.source.details(&item.id).await.unwrap().item.parts[0]
        .id
        .clone();
    for event in [
        ReportEvent::Started,
        ReportEvent::Progress { paused: true },
        ReportEvent::Progress { paused: false },
        ReportEvent::Stopped,
    ] {
        let report = Report {
            part: part.clone(),
            pieces: Vec::new(),
            session: "s1".into(),
            position: Duration::from_secs(12),
            method: Method::Direct,
            chosen: None,
            happened: None,
            event,
        };
        subject.source.report(&report).await.unwrap();
    }
    subject.source.set_watched(&item.id, true).await.unwrap();
    subject.source.set_watched(&item.id, false).await.unwrap();
}

/// What is not there is [`SourceError::Gone`], also when its key tries to lead elsewhere.
async fn what_is_not_there_is_gone(subject: &Subject) {
    let known = film(subject).await;
    for key in [
        "none",
        "file:../../etc/passwd",
        "../../etc/passwd",
        "/etc/passwd",
        "..",
        "a\0b",
        "%2e%2e/x",
    ] {
        let item = ItemId::new(subject.account.clone(), key);
        let details = subject.source.details(&item).await;
        assert!(
            matches!(details, Err(SourceError::Gone)),
            "{key}: {details:?}"
        );
        let part = PartId::new(known.id.clone(), key);
        if let Ok(Located::File(path) | Located::Drive(path)) = subject.source.locate(&part).await {
            panic!("{key} leads to {}", path.display());
        }
        let subtitle = subject.source.subtitle(&known.id, key).await;
        assert!(subtitle.is_err(), "{key}");
        for image in [
            key.to_owned(),
            format!("file:0:{key}"),
            format!("cover:0:{key}"),
        ] {
            let image = spool_engine::model::ImageId::new(subject.account.clone(), image);
            assert!(subject.source.image(&image, 100).await.is_err(), "{key}");
        }
    }
    let nowhere = LibraryId::new(subject.account.clone(), "none");
    let items = subject.source.items(&nowhere, 0, 10).await;
    assert!(items.is_err() || items.is_ok_and(|page| page.items.is_empty()));
}

macro_rules! contract {
    ($($promise:ident),* $(,)?) => {
        mod over_jellyfin {
            $(#[tokio::test]
            async fn $promise() {
                super::$promise(&super::jellyfin().await).await;
            })*
        }
        mod over_plex {
            $(#[tokio::test]
            async fn $promise() {
                super::$promise(&super::plex().await).await;
            })*
        }
        mod over_a_network_drive {
            $(#[tokio::test]
            async fn $promise() {
                super::$promise(&super::network_drive()).await;
            })*
        }
        mod over_a_folder {
            $(#[tokio::test]
            async fn $promise() {
                super::$promise(&super::folder()).await;
            })*
        }
    };
}

contract!(
    answers,
    pages_make_one_list,
    films_are_understood,
    shows_are_understood,
    music_is_understood,
    artists_are_understood,
    parts_lead_to_their_bytes,
    pictures_can_be_had,
    subtitles_can_be_had,
    reports_are_taken,
    people_are_named,
    opinions_are_kept,
    searches_find_what_is_there,
    lists_hold_what_is_there,
    what_a_title_has_not_is_no_error,
    rows_have_what_was_begun_and_what_comes_next,
    what_is_not_there_is_gone,
);

/// A server that is gone is offline in every question, and the same source works again when it is back.
#[tokio::test]
async fn a_server_gone_is_offline_and_back_again() {
    gone_and_back_again(jellyfin().await).await;
    gone_and_back_again(plex().await).await;
}

async fn gone_and_back_again(mut subject: Subject) {
    let item = film(&subject).await;
    let library = subject.source.libraries().await.unwrap()[0].id.clone();
    subject.stage.server.stop();
    let source = &subject.source;
    let errors = [
        source.check().await.err(),
        source.libraries().await.err(),
        source.items(&library, 0, 10).await.err(),
        source.details(&item.id).await.err(),
        source
            .image(item.artwork.poster.as_ref().unwrap(), 100)
            .await
            .err(),
        source.set_watched(&item.id, true).await.err(),
    ];
    for error in errors {
        assert!(
            error.as_ref().is_some_and(SourceError::is_offline),
            "{error:?}"
        );
    }
    subject.stage.server.start_again();
    subject.source.check().await.unwrap();
    assert_eq!(film(&subject).await.id, item.id);
}

/// A network drive that is gone is a server that is away, and the same source works again when it is back.
#[tokio::test]
async fn a_network_drive_gone_is_offline_and_back_again() {
    let subject = network_drive();
    let item = film(&subject).await;
    let part = subject.source.details(&item.id).await.unwrap().item.parts[0]
        .id
        .clone();
    let (here, away) = (
        subject.stage.path().join("media"),
        subject.stage.path().join("away"),
    );
    std::fs::rename(&here, &away).unwrap();
    for error in [
        subject.source.check().await.err(),
        subject.source.libraries().await.err(),
        subject.source.locate(&part).await.err(),
    ] {
        assert!(
            error.as_ref().is_some_and(SourceError::is_offline),
            "{error:?}"
        );
    }
    std::fs::rename(&away, &here).unwrap();
    subject.source.check().await.unwrap();
    assert_eq!(film(&subject).await.id, item.id);
}

/// A folder that is gone is unreadable, and the same source works again when it is back.
#[tokio::test]
async fn a_folder_gone_is_unreadable_and_back_again() {
    let subject = folder();
    let item = film(&subject).await;
    let (here, away) = (
        subject.stage.path().join("media"),
        subject.stage.path().join("away"),
    );
    std::fs::rename(&here, &away).unwrap();
    for error in [
        subject.source.check().await.err(),
        subject.source.libraries().await.err(),
    ] {
        assert!(
            matches!(error, Some(SourceError::Unreadable(_))),
            "{error:?}"
        );
    }
    std::fs::rename(&away, &here).unwrap();
    subject.source.check().await.unwrap();
    assert_eq!(film(&subject).await.id, item.id);
}

/// What a source tells, as it comes.
fn told(
    source: &Arc<dyn Source>,
) -> (tokio::task::JoinHandle<()>, mpsc::UnboundedReceiver<Change>) {
    let (sender, changes) = mpsc::unbounded_channel();
    let source = Arc::clone(source);
    let listening = tokio::spawn(async move {
        let heard = move |change| sender.send(change).unwrap_or_default();
        source.listen(&heard).await.ok();
    });
    (listening, changes)
}

#[tokio::test]
async fn who_tells_what_changes_says_first_that_it_does_and_names_what_changed() {
    for subject in [jellyfin().await, plex().await] {
        let film = film(&subject).await;
        let (listening, mut changes) = told(&subject.source);
        let mut next = async || {
            tokio::time::timeout(Duration::from_secs(30), changes.recv())
                .await
                .unwrap()
        };
        assert_eq!(next().await, Some(Change::Listening));
        subject.stage.server.rename(&film.title, "Another Name");
        let Some(Change::Titles { ids, library }) = next().await else {
            panic!("not which title")
        };
        assert!(ids.contains(&film.id), "{ids:?}");
        // A server that does not say where it is can be asked.
        let may_be = match library {
            Some(library) => vec![library],
            None => subject.source.libraries_of(&film.id).await.unwrap(),
        };
        assert!(
            film.library
                .is_some_and(|library| may_be.contains(&library))
        );
        let missing = ItemId::new(subject.account.clone(), "7".repeat(32));
        let named = subject.source.titles(&[film.id.clone(), missing]).await;
        let names: Vec<String> = named.unwrap().into_iter().map(|item| item.title).collect();
        assert_eq!(names, ["Another Name"], "what is not there is left out");
        subject.stage.server.remove_title("Another Name");
        let gone = next().await;
        assert!(
            matches!(&gone, Some(Change::Gone(ids)) if ids.contains(&film.id)),
            "{gone:?}"
        );
        listening.abort();
    }
}

#[tokio::test]
async fn who_tells_nothing_says_so() {
    for subject in [folder(), network_drive()] {
        let heard = |change| panic!("{change:?}");
        let told = subject.source.listen(&heard).await;
        assert_eq!(told, Err(SourceError::Gone));
    }
}
