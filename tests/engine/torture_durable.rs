//! What outlives kills, cuts, damage and mishaps: cases 24, 25, 26 and 30 of the torture list.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

mod fake_source;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;

use fake_source::{FakeSource, Profile, synced};
use sea_orm::{ConnectionTrait, Database};
use spool_engine::model::Kind;
use spool_engine::{Engine, Notice};

fn database(profile: &Profile) -> PathBuf {
    profile.dirs().data.join("spool.db")
}

/// A profile with two marked titles among so many that they fill pages, shut down in good order.
async fn filled() -> (Profile, Arc<FakeSource>) {
    let profile = Profile::new();
    let engine = profile.start();
    let source = profile.fake(&engine, "a").await;
    for number in 0..300 {
        let title = "long title ".repeat(20);
        source.add(Kind::Movie, &format!("m{number}"), &title, |_| {});
    }
    synced(&engine, &source).await;
    for marked in ["m7", "m200"] {
        let library = &engine.library;
        library.set_watched(&source.id(marked), true).await.unwrap();
    }
    engine.shutdown_blocking();
    (profile, source)
}

/// How the engine starts over what was done to the database.
struct Outcome {
    engine: Engine,
    saved: Option<u64>,
    accounts: usize,
}

fn start(profile: &Profile) -> Outcome {
    let engine = profile.start();
    let notices = engine.notices();
    let saved = match &notices[..] {
        [] => None,
        [Notice::DatabaseRebuilt { aside, saved }] => {
            assert!(fs::symlink_metadata(aside).is_ok(), "the old one is kept");
            Some(*saved)
        }
        more => panic!("{more:?}"),
    };
    Outcome {
        saved,
        accounts: engine.accounts.list().len(),
        engine,
    }
}

impl Outcome {
    /// The new database takes what it is given, and is there at the next start.
    async fn works(self, profile: &Profile) {
        let source = profile.fake(&self.engine, "another").await;
        source.add(Kind::Movie, "x", "Film", |_| {});
        assert_eq!(synced(&self.engine, &source).await, 1);
        let accounts = self.engine.accounts.list().len();
        self.engine.shutdown_blocking();
        drop(self.engine);
        let again = start(profile);
        assert_eq!(again.saved, None, "it is told once");
        assert_eq!(again.accounts, accounts);
        again.engine.shutdown_blocking();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t30_what_is_no_database_is_set_aside() {
    let garbage: [&[u8]; 3] = [
        b"this is no database, but it is long enough to be taken for one",
        &[0; 8192],
        &[0xff; 100_000],
    ];
    for bytes in garbage {
        let (profile, _) = filled().await;
        fs::write(database(&profile), bytes).unwrap();
        let outcome = start(&profile);
        assert_eq!((outcome.saved, outcome.accounts), (Some(0), 0));
        outcome.works(&profile).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t30_a_truncated_database_gives_what_it_still_has() {
    let (profile, _) = filled().await;
    let whole = fs::read(database(&profile)).unwrap();
    let mut most = 0;
    // The last page alone, most of it, all but the first pages, and ends within pages.
    for keep in [
        whole.len() - 4096,
        whole.len() * 3 / 4,
        whole.len() / 2 + 77,
        9000,
        100,
        1,
    ] {
        fs::write(database(&profile), &whole[..keep]).unwrap();
        let outcome = start(&profile);
        let saved = outcome
            .saved
            .unwrap_or_else(|| panic!("of {} bytes {keep} are not the whole", whole.len()));
        most = most.max(saved);
        assert!(outcome.accounts <= 1);
        outcome.engine.shutdown_blocking();
    }
    assert!(most >= 1, "something could be read");
    start(&profile).works(&profile).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t30_a_damaged_page_costs_its_rows_and_no_more() {
    let (profile, source) = filled().await;
    let path = database(&profile);
    let mut bytes = fs::read(&path).unwrap();
    // Accounts and marks are in the first pages, the mirror fills the rest.
    let from = bytes.len() / 2;
    bytes[from..from + 64 * 1024].fill(0xa5);
    fs::write(&path, bytes).unwrap();
    fs::write(profile.dirs().data.join("spool.db.open"), "").unwrap();
    let outcome = start(&profile);
    assert!(outcome.saved >= Some(3), "{:?}", outcome.saved);
    assert_eq!(outcome.engine.accounts.list()[0].id, source.account);
    outcome.works(&profile).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t30_a_locked_database_is_left_to_who_locks_it() {
    let (profile, source) = filled().await;
    let path = database(&profile);
    let other = Database::connect(format!("sqlite:{}", path.display()));
    let other = other.await.unwrap();
    let lock = "PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE mine (x)";
    other.execute_unprepared(lock).await.unwrap();
    let outcome = tokio::task::block_in_place(|| start(&profile));
    assert!(outcome.saved >= Some(3), "{:?}", outcome.saved);
    assert_eq!(outcome.engine.accounts.list()[0].id, source.account);
    outcome.works(&profile).await;
    other.execute_unprepared("COMMIT").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn t30_a_database_that_lost_its_rights_gets_them_back() {
    let (profile, source) = filled().await;
    let path = database(&profile);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    let outcome = start(&profile);
    assert_eq!(outcome.saved, None);
    assert_eq!(outcome.engine.accounts.list()[0].id, source.account);
    outcome.works(&profile).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t30_a_folder_in_the_place_of_the_database_is_moved() {
    let (profile, _) = filled().await;
    fs::remove_file(database(&profile)).unwrap();
    fs::create_dir(database(&profile)).unwrap();
    fs::write(database(&profile).join("x"), "").unwrap();
    let outcome = start(&profile);
    assert_eq!((outcome.saved, outcome.accounts), (Some(0), 0));
    outcome.works(&profile).await;
}
