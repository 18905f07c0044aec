//! The database's file: rights, upgrades, damage, a newer version, and two programs at once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

mod fake_source;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use fake_source::{Profile, synced};
use migrations::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, Database};
use spool_engine::StartError;
use spool_engine::model::Kind;

async fn sql(file: &Path, statement: &str) {
    let db = Database::connect(format!("sqlite:{}", file.display()))
        .await
        .unwrap();
    db.execute_unprepared(statement).await.unwrap();
    db.close().await.unwrap();
}

fn database(profile: &Profile) -> PathBuf {
    profile.dirs().data.join("spool.db")
}

fn set_aside(profile: &Profile) -> usize {
    let files = fs::read_dir(profile.dirs().data).unwrap();
    let names = files.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names
        .filter(|name| {
            name.starts_with("spool.db.bad-") && !name.ends_with("-shm") && !name.ends_with("-wal")
        })
        .count()
}

#[tokio::test]
async fn every_step_can_be_undone_and_done_again() {
    let db = Database::connect("sqlite::memory:").await.unwrap();
    Migrator::up(&db, None).await.unwrap();
    Migrator::down(&db, None).await.unwrap();
    Migrator::up(&db, None).await.unwrap();
}

#[tokio::test]
async fn nobody_else_can_read_the_profile() {
    let profile = Profile::new();
    let engine = profile.start();
    let source = profile.fake(&engine, "a").await;
    source.add(Kind::Movie, "m", "Film", |_| {});
    synced(&engine, &source).await;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&profile.dirs().data), 0o700);
    assert_eq!(mode(&profile.dirs().cache), 0o700);
    for entry in fs::read_dir(profile.dirs().data).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            assert_eq!(mode(&path), 0o600, "{}", path.display());
        }
    }
    engine.shutdown_blocking();
    assert!(!profile.dirs().data.join("spool.db.open").exists());
}

#[tokio::test]
async fn a_profile_belongs_to_one_program_at_a_time() {
    let profile = Profile::new();
    let engine = profile.start();
    assert!(matches!(profile.try_start(), Err(StartError::InUse)));
    engine.shutdown_blocking();
    profile.start().shutdown_blocking();
}

#[tokio::test]
async fn a_newer_database_is_left_alone() {
    let profile = Profile::new();
    profile.start().shutdown_blocking();
    let step = "INSERT INTO seaql_migrations VALUES ('m29991231_000001_future', 0)";
    sql(&database(&profile), step).await;
    match profile.try_start() {
        Err(StartError::Newer(step)) => assert_eq!(step, "m29991231_000001_future"),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it started"),
    }
    assert_eq!(set_aside(&profile), 0);
}

#[tokio::test]
async fn what_is_no_database_is_set_aside() {
    let profile = Profile::new();
    fs::create_dir_all(profile.dirs().data).unwrap();
    fs::write(
        database(&profile),
        "this is no database, but it is long enough to be taken for one",
    )
    .unwrap();
    let engine = profile.start();
    assert!(engine.library.libraries().await.unwrap().is_empty());
    engine.shutdown_blocking();
    assert_eq!(set_aside(&profile), 1);
}

#[tokio::test]
async fn accounts_and_marks_survive_a_damaged_mirror() {
    let profile = Profile::new();
    let engine = profile.start();
    let source = profile.fake(&engine, "a").await;
    for number in 0..500 {
        source.add(
            Kind::Movie,
            &format!("m{number}"),
            &"long title ".repeat(20),
            |_| {},
        );
    }
    synced(&engine, &source).await;
    engine
        .library
        .set_watched(&source.id("m7"), true)
        .await
        .unwrap();
    let account = source.account.clone();
    engine.shutdown_blocking();
    drop(engine);

    // Pages of the largest table are overwritten, as by a dying disk, and the program ended abruptly.
    let mut bytes = fs::read(database(&profile)).unwrap();
    let from = bytes.len() / 2;
    bytes[from..from + 64 * 1024].fill(0xa5);
    fs::write(database(&profile), bytes).unwrap();
    fs::write(profile.dirs().data.join("spool.db.open"), "").unwrap();

    let engine = profile.start();
    assert_eq!(set_aside(&profile), 1);
    assert_eq!(engine.accounts.list()[0].id, account);
    let source = profile.stand_in(&engine, &account);
    source.add(Kind::Movie, "m7", "Film", |item| {
        item.progress.last_played = Some(1)
    });
    synced(&engine, &source).await;
    assert!(
        engine
            .library
            .item(&source.id("m7"))
            .await
            .unwrap()
            .progress
            .watched
    );
    engine.shutdown_blocking();
}
