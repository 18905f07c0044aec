//! The demo library's account: its files are deleted with it, and no others ever.

use std::fs;
use std::path::Path;

use super::stage::Stage;
use crate::accounts::AccountError;

fn made(place: &Path) -> std::path::PathBuf {
    let made = place.join("made");
    fs::create_dir(&made).unwrap();
    fs::write(made.join("film.mkv"), "x").unwrap();
    made
}

#[tokio::test]
async fn its_files_come_and_go_with_it() {
    let stage = Stage::new();
    let accounts = stage.open();
    let folder = accounts.demo_folder().to_owned();
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("left over"), "").unwrap();
    let made_here = made(folder.parent().unwrap());
    let account = accounts.add_demo(&made_here, "Demo library").await.unwrap();
    assert_eq!(account.name, "Demo library");
    assert!(accounts.is_demo(&account));
    assert!(folder.join("film.mkv").exists() && !folder.join("left over").exists());
    assert!(!made_here.exists());

    let unwanted = made(folder.parent().unwrap());
    let again = accounts.add_demo(&unwanted, "Demo library");
    assert!(matches!(again.await, Err(AccountError::Duplicate(id)) if id == account.id));
    assert!(folder.join("film.mkv").exists() && !unwanted.exists());
    drop(accounts);

    // The next program knows which one it is.
    let accounts = stage.open();
    let account = accounts.list()[0].clone();
    assert!(accounts.is_demo(&account));
    accounts.remove(&account.id).await.unwrap();
    assert!(!folder.exists());
    assert!(accounts.list().is_empty());
}

#[tokio::test]
async fn a_folder_of_the_persons_own_stays() {
    let stage = Stage::new();
    let accounts = stage.open();
    let own = tempfile::tempdir().unwrap();
    let folder = made(own.path());
    let account = accounts.add_folder(&folder).await.unwrap();
    assert!(!accounts.is_demo(&account));
    accounts.remove(&account.id).await.unwrap();
    assert!(folder.join("film.mkv").exists());
}
