//! Drives that come and go: where one was there is an empty folder or none, and what was known of its titles stays known.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

mod fake_source;

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use fake_source::{Profile, until};
use parking_lot::Mutex;
use spool_engine::Engine;
use spool_engine::library::LibraryError;
use spool_engine::model::{AccountId, Query};
use spool_engine::source::local::Folder;
use spool_engine::source::{Source, SourceError};
use tempfile::TempDir;

/// A folder on another file system than the other temporary ones.
fn drive() -> TempDir {
    let drive = tempfile::tempdir_in("/dev/shm").unwrap();
    let here = fs::metadata(std::env::temp_dir()).unwrap().dev();
    let there = fs::metadata(drive.path()).unwrap().dev();
    assert_ne!(here, there, "these tests need two file systems");
    drive
}

fn film(folder: &Path, name: &str) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join(format!("{name}.mkv")), name).unwrap();
}

fn connect(drive: &TempDir, place: &Path) {
    match fs::symlink_metadata(place) {
        Ok(about) if about.is_dir() => fs::remove_dir(place).unwrap(),
        _ => {}
    }
    symlink(drive.path(), place).unwrap();
}

/// What the system leaves where a drive was.
fn disconnect(place: &Path) {
    fs::remove_file(place).unwrap();
    fs::create_dir(place).unwrap();
}

/// A folder as a program knows it that was told `text` by an earlier one, and what it wants to be told next time.
fn folder(root: &Path, text: Option<&str>) -> (Folder, Arc<Mutex<Option<String>>>) {
    let kept: Arc<Mutex<Option<String>>> = Arc::default();
    let keeping = Arc::clone(&kept);
    let keep = Box::new(move |text| *keeping.lock() = Some(text));
    let folder = Folder::new(AccountId::random(), root.to_owned(), None);
    (folder.on_drives(text, keep), kept)
}

async fn libraries(folder: &Folder) -> Result<usize, SourceError> {
    folder.libraries().await.map(|libraries| libraries.len())
}

#[tokio::test]
async fn the_empty_place_of_a_drive_is_no_empty_folder() {
    let (drive, home) = (drive(), tempfile::tempdir().unwrap());
    let place = home.path().join("Films");
    film(drive.path(), "Somewhere (2001)");
    connect(&drive, &place);
    let (before, kept) = folder(&place, None);
    assert_eq!(libraries(&before).await, Ok(1));
    assert!(before.saw_all());
    let text = kept.lock().clone().expect("it lies on a drive");

    disconnect(&place);
    let (after, kept) = folder(&place, Some(&text));
    for folder in [&before, &after] {
        for error in [folder.check().await.err(), libraries(folder).await.err()] {
            assert!(
                matches!(error, Some(SourceError::Unreadable(_))),
                "{error:?}"
            );
        }
    }
    let (network, _) = folder(&place, Some(&text));
    let network = network.on_network_drive();
    assert!(libraries(&network).await.unwrap_err().is_offline());

    connect(&drive, &place);
    assert_eq!(after.check().await, Ok(()));
    assert_eq!(libraries(&after).await, Ok(1));
    assert_eq!(*kept.lock(), None, "it is as it was");

    // It is there, and somebody has emptied it.
    fs::remove_file(drive.path().join("Somewhere (2001).mkv")).unwrap();
    assert_eq!(libraries(&after).await, Ok(0));
    assert!(after.saw_all());
}

#[tokio::test]
async fn a_folder_of_this_computer_may_be_emptied() {
    let home = tempfile::tempdir().unwrap();
    film(home.path(), "Somewhere (2001)");
    let (folder, kept) = folder(home.path(), None);
    assert_eq!(libraries(&folder).await, Ok(1));
    fs::remove_file(home.path().join("Somewhere (2001).mkv")).unwrap();
    assert_eq!(libraries(&folder).await, Ok(0));
    assert!(folder.saw_all());
    assert_eq!(*kept.lock(), None);
}

async fn titles(engine: &Engine) -> Vec<String> {
    let page = engine.library.page(Query::default()).await.unwrap();
    page.items.into_iter().map(|item| item.title).collect()
}

async fn synced(engine: &Engine, account: &AccountId) -> Vec<String> {
    let done = engine.library.sync(Some(account.clone())).await;
    done[0].result.clone().unwrap();
    titles(engine).await
}

/// A folder with a film of its own, and a show on a drive within it.
fn mixed(profile: &Profile, drive: &TempDir) -> (PathBuf, PathBuf) {
    let root = profile.folder.path().join("Media");
    film(&root, "At Home (2001)");
    film(&drive.path().join("Far Off/Season 1"), "Far Off S01E01");
    let place = root.join("usb");
    connect(drive, &place);
    (root, place)
}

#[tokio::test]
async fn what_is_on_a_drive_within_a_folder_stays_known_while_it_is_away() {
    let (profile, drive) = (Profile::new(), drive());
    let (root, place) = mixed(&profile, &drive);
    let engine = profile.start();
    let account = engine.accounts.add_folder(&root).await.unwrap().id;
    let all = synced(&engine, &account).await;
    assert_eq!(
        all.len(),
        4,
        "a film, a show, its season and its episode: {all:?}"
    );
    let libraries = engine.library.libraries().await.unwrap();
    assert_eq!(libraries.len(), 2);
    let page = engine.library.page(Query::default()).await.unwrap();
    let mut items = page.items.into_iter();
    let episode = items.find(|item| item.kind.is_playable() && item.parent.is_some());
    let episode = episode.unwrap();
    let playable = engine.playback.open(&episode.id).await.unwrap();
    playable.session.stopped(Duration::from_secs(30)).await;
    drop(playable);

    disconnect(&place);
    assert_eq!(synced(&engine, &account).await, all);
    assert_eq!(engine.library.libraries().await.unwrap(), libraries);
    // The account is there, only a part of it is not.
    let away = engine.library.details(&episode.id).await;
    assert!(!matches!(away, Err(LibraryError::NotFound)), "{away:?}");
    engine.shutdown_blocking();
    drop(engine);

    let engine = profile.start();
    assert_eq!(
        synced(&engine, &account).await,
        all,
        "also by the next program"
    );
    connect(&drive, &place);
    fs::remove_file(root.join("At Home (2001).mkv")).unwrap();
    let left = synced(&engine, &account).await;
    assert_eq!(left, all[1..], "all is seen, so what is gone goes");
    let again = engine.library.item(&episode.id).await.unwrap();
    assert_eq!(again.progress.position, Duration::from_secs(30));
    engine.shutdown_blocking();
}

#[tokio::test]
async fn what_was_on_a_drive_that_is_gone_for_good_can_be_forgotten() {
    let (profile, drive) = (Profile::new(), drive());
    let (root, place) = mixed(&profile, &drive);
    let engine = profile.start();
    let account = engine.accounts.add_folder(&root).await.unwrap().id;
    let all = synced(&engine, &account).await;
    assert_eq!(all.len(), 4);
    assert_eq!(engine.library.away(&account), Vec::<String>::new());
    // Nothing is away, so nothing is forgotten.
    engine.library.forget_away(&account).await.unwrap();
    assert_eq!(synced(&engine, &account).await, all);

    // The place itself goes, as that of a stick does.
    fs::remove_file(&place).unwrap();
    assert_eq!(synced(&engine, &account).await, all);
    assert_eq!(engine.library.away(&account), ["usb"]);
    engine.library.forget_away(&account).await.unwrap();
    assert_eq!(titles(&engine).await, ["At Home"]);
    assert_eq!(engine.library.away(&account), Vec::<String>::new());
    engine.shutdown_blocking();
    drop(engine);

    let engine = profile.start();
    assert_eq!(
        synced(&engine, &account).await,
        ["At Home"],
        "also by the next program"
    );
    connect(&drive, &place);
    assert_eq!(
        synced(&engine, &account).await,
        all,
        "what comes back is found"
    );
    engine.shutdown_blocking();
}

#[tokio::test]
async fn a_drive_that_comes_back_is_read_by_itself() {
    let (profile, drive) = (Profile::new(), drive());
    let (root, place) = mixed(&profile, &drive);
    let engine = profile.start();
    engine.accounts.add_folder(&root).await.unwrap();
    until("all is known", async || titles(&engine).await.len() == 4).await;
    disconnect(&place);
    film(drive.path(), "Brought Along (2003)");
    connect(&drive, &place);
    until("the new film", async || {
        titles(&engine).await.contains(&"Brought Along".to_owned())
    })
    .await;
    engine.shutdown_blocking();
}
