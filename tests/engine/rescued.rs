//! A damaged database costs no kept title: its bytes are the user's own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

mod blob_source;
mod fake_source;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use blob_source::{Blobs, SEED, key, request};
use fake_source::{Profile, until};
use sea_orm::{ConnectionTrait, Database, Statement};
use spool_engine::Engine;
use spool_engine::cache::Class;
use testkit::{Blob, FakeServer, Options};

const SIZE: u64 = 3 << 20;
const LENGTH: usize = 3 << 20;

fn data_files(folder: &Path) -> Vec<PathBuf> {
    let files = walk(folder).into_iter();
    files
        .filter(|path| path.extension().is_some_and(|kind| kind == "data"))
        .collect()
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path().is_dir() {
            true => found.extend(walk(&entry.path())),
            false => found.push(entry.path()),
        }
    }
    found
}

/// Makes the first page of a table nonsense.
async fn spoil(database: &Path, table: &str) {
    let db = Database::connect(format!("sqlite:{}", database.display()));
    let db = db.await.unwrap();
    let question = format!("SELECT rootpage FROM sqlite_master WHERE name = '{table}'");
    let question = Statement::from_string(db.get_database_backend(), question);
    let found = db.query_one_raw(question).await.unwrap().unwrap();
    let page: i64 = found.try_get_by_index(0).unwrap();
    db.close().await.unwrap();
    let mut bytes = fs::read(database).unwrap();
    let from = (usize::try_from(page).unwrap() - 1) * 4096;
    bytes[from..from + 4096].fill(0xa5);
    fs::write(database, bytes).unwrap();
}

async fn keep(engine: &Engine, name: &str) {
    engine.cache.download(request(name)).await.unwrap();
    until("it is whole", async || {
        let entry = engine.cache.entry(&key(name)).await.unwrap();
        entry.is_some_and(|entry| entry.ranges.bytes() == SIZE)
            && engine.cache.jobs().await.unwrap().is_empty()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t30_a_damaged_database_costs_no_kept_title() {
    let server = FakeServer::start(Options::default());
    for name in ["kept", "stream"] {
        server.add_blob(&format!("/blob/{name}"), Blob::pattern(SIZE, SEED));
    }
    let profile = Profile::new();
    let engine = profile.start();
    Blobs::stand_in(&engine, &server.url("/"));
    keep(&engine, "kept").await;
    assert_eq!(
        blob_source::read(&engine, "stream", 0, LENGTH).await,
        LENGTH
    );
    engine.shutdown_blocking();
    drop(engine);
    let database = profile.dirs().data.join("spool.db");
    spoil(&database, "items").await;
    fs::write(profile.dirs().data.join("spool.db.open"), "").unwrap();
    // Old enough to be taken for what nobody knows of any more.
    let long_ago = SystemTime::now() - Duration::from_secs(86_400);
    let kept = data_files(&profile.dirs().data);
    for path in &kept {
        File::open(path).unwrap().set_modified(long_ago).unwrap();
    }
    assert_eq!(kept.len(), 1);

    let engine = profile.start();
    Blobs::stand_in(&engine, &server.url("/"));
    assert_eq!(engine.notices().len(), 1, "it was rebuilt");
    let entry = engine.cache.entry(&key("kept")).await.unwrap().unwrap();
    assert_eq!(entry.class, Class::Kept);
    assert_eq!(blob_source::read(&engine, "kept", 0, LENGTH).await, LENGTH);
    assert_eq!(server.bytes_sent("/blob/kept"), SIZE, "it was here");
    assert_eq!(
        blob_source::read(&engine, "stream", 0, LENGTH).await,
        LENGTH
    );
    engine.shutdown_blocking();
    drop(engine);
    let engine = profile.start();
    assert!(kept[0].exists(), "and stays here");
    assert_eq!(blob_source::read(&engine, "kept", 0, LENGTH).await, LENGTH);
    engine.shutdown_blocking();
}
