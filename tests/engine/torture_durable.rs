//! What outlives kills, cuts, damage and mishaps: cases 24, 25, 26 and 30 of the torture list.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

mod blob_source;
mod fake_source;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;

use blob_source::Blobs;
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

// --- rows ---

const SIZE: u64 = 300_000;

/// A row is damaged, or what it names.
enum Damage {
    /// Statements about the row of `x`.
    Sql(&'static str),
    FileGone,
    FileCut,
}

const DAMAGES: [Damage; 16] = [
    Damage::Sql("SET ranges = x'ffffff'"),
    Damage::Sql("SET ranges = 'words'"),
    Damage::Sql("SET ranges = x'00ffffff7f'"),
    Damage::Sql("SET disk_bytes = -5"),
    Damage::Sql("SET disk_bytes = 'many'"),
    Damage::Sql("SET disk_bytes = 9223372036854775807"),
    Damage::Sql("SET size = -1"),
    Damage::Sql("SET size = 10"),
    Damage::Sql("SET class = 'nonsense'"),
    Damage::Sql("SET generation = 'zz'"),
    Damage::Sql("SET generation = (SELECT generation FROM cache_index WHERE key LIKE '%:sound:%')"),
    Damage::Sql("SET last_use = 'yesterday'"),
    Damage::Sql("SET last_use = -1"),
    Damage::Sql("SET key = 'nonsense'"),
    Damage::FileGone,
    Damage::FileCut,
];

fn server(names: &[String]) -> testkit::FakeServer {
    let server = testkit::FakeServer::start(testkit::Options::default());
    for name in names {
        let blob = testkit::Blob::pattern(SIZE, blob_source::SEED);
        server.add_blob(&format!("/blob/{name}"), blob);
    }
    server
}

fn data_file(profile: &Profile, generation: &str) -> PathBuf {
    let media = profile.dirs().cache.join("media/v1");
    media
        .join(&generation[..2])
        .join(format!("{generation}.data"))
}

async fn damage(profile: &Profile, name: &str, damage: &Damage) {
    let db = Database::connect(format!("sqlite:{}", database(profile).display()));
    let db = db.await.unwrap();
    let row = format!("WHERE key LIKE '%:{name}:%'");
    let question = format!("SELECT generation FROM cache_index {row}");
    let question = sea_orm::Statement::from_string(db.get_database_backend(), question);
    let found = db.query_one_raw(question).await.unwrap().unwrap();
    let generation: String = found.try_get_by_index(0).unwrap();
    match damage {
        Damage::Sql(change) => {
            let done = db
                .execute_unprepared(&format!("UPDATE cache_index {change} {row}"))
                .await;
            assert_eq!(done.unwrap().rows_affected(), 1);
        }
        Damage::FileGone => fs::remove_file(data_file(profile, &generation)).unwrap(),
        Damage::FileCut => {
            let file = fs::File::options()
                .write(true)
                .open(data_file(profile, &generation));
            file.unwrap().set_len(1000).unwrap();
        }
    }
    db.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn t30_a_damaged_row_is_set_aside_and_its_title_fetched_again() {
    for (index, harm) in DAMAGES.iter().enumerate() {
        let names = ["sound", "other", "x"].map(str::to_owned);
        let (server, profile) = (server(&names), Profile::new());
        let engine = profile.start();
        Blobs::stand_in(&engine, &server.url("/"));
        for name in &names {
            assert_eq!(
                blob_source::read(&engine, name, 0, SIZE as usize).await,
                SIZE as usize
            );
        }
        engine.shutdown_blocking();
        drop(engine);
        damage(&profile, "x", harm).await;

        let engine = profile.start();
        Blobs::stand_in(&engine, &server.url("/"));
        for name in &names {
            assert_eq!(
                blob_source::read(&engine, name, 0, SIZE as usize).await,
                SIZE as usize
            );
        }
        let sent = |name: &str| server.bytes_sent(&format!("/blob/{name}"));
        assert_eq!(sent("other"), SIZE, "damage {index} cost another title");
        assert!(sent("x") > SIZE, "damage {index} was believed");
        let truth = format!("the index tells the truth after damage {index}");
        fake_source::until(&truth, async || {
            let entries = engine.cache.entries().await.unwrap();
            entries.len() == 3 && entries.iter().all(|entry| entry.ranges.bytes() == SIZE)
        })
        .await;
        engine.shutdown_blocking();
        drop(engine);
        let engine = profile.start();
        // What the sums of the damaged start were, this one's are right.
        let usage = engine.cache.usage().await.unwrap();
        assert!(
            (3 * SIZE..4 * SIZE).contains(&usage.disk_bytes),
            "{index}: {usage:?}"
        );
        for name in &names {
            // Without a server.
            assert_eq!(
                blob_source::read(&engine, name, 0, SIZE as usize).await,
                SIZE as usize
            );
        }
        engine.shutdown_blocking();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t30_the_order_of_use_is_no_time() {
    let names: Vec<String> = (0..4).map(|index| format!("n{index}")).collect();
    let (server, profile) = (server(&names), Profile::new());
    let engine = profile.start();
    Blobs::stand_in(&engine, &server.url("/"));
    for name in &names {
        blob_source::read(&engine, name, 0, SIZE as usize).await;
    }
    engine.shutdown_blocking();
    drop(engine);
    // The clock was a year ahead when the first was written, and has been set back since.
    let year = std::time::Duration::from_secs(365 * 24 * 3600);
    let generations = fs::read_dir(profile.dirs().cache.join("media/v1"))
        .unwrap()
        .flatten();
    let files = generations.filter_map(|folder| fs::read_dir(folder.path()).ok());
    for (index, file) in files.flatten().flatten().enumerate() {
        let file = fs::File::options().write(true).open(file.path()).unwrap();
        let now = std::time::SystemTime::now();
        file.set_modified(if index % 2 == 0 {
            now + year
        } else {
            now - year
        })
        .unwrap();
    }
    let engine = profile.start();
    Blobs::stand_in(&engine, &server.url("/"));
    blob_source::read(&engine, "n1", 0, 1000).await;
    let order: Vec<_> = engine.cache.entries().await.unwrap();
    let order: Vec<_> = order
        .iter()
        .map(|entry| entry.key.part().item().key().to_owned())
        .collect();
    assert_eq!(order, ["n1", "n3", "n2", "n0"], "last used first");
    assert_eq!(server.bytes_sent("/blob/n0"), SIZE, "and none was lost");
    engine.shutdown_blocking();
}

// --- checksums ---

/// The only file of the cache with this extension.
fn only_file(profile: &Profile, extension: &str) -> PathBuf {
    let folders = fs::read_dir(profile.dirs().cache.join("media/v1"))
        .unwrap()
        .flatten();
    let files = folders.filter_map(|folder| fs::read_dir(folder.path()).ok());
    let paths = files.flatten().flatten().map(|file| file.path());
    let mut found = paths.filter(|path| path.extension().is_some_and(|one| one == extension));
    let file = found.next().expect("there is one");
    assert_eq!(found.next(), None);
    file
}

fn flip(path: &std::path::Path, at: u64) {
    use std::os::unix::fs::FileExt;
    let file = fs::File::options()
        .read(true)
        .write(true)
        .open(path)
        .unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[byte[0] ^ 4], at).unwrap();
}

const LONG: u64 = (3 << 20) + 5;

async fn all_is_summed(engine: &Engine) {
    let key = blob_source::key("x");
    fake_source::until("all is summed", async || {
        engine.cache.verify(&key).await.unwrap().by_checksum == LONG
    })
    .await;
}

/// How much was sent since there was `before`, once that is as much as is waited for: a server counts what it has written after
/// whoever reads it may have gone on.
async fn counted(sent: impl Fn() -> u64, before: u64, least: u64) -> u64 {
    fake_source::until("it is counted", async || sent() - before >= least).await;
    sent() - before
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_byte_of_what_is_wanted_is_found_fetched_again_and_counted() {
    let profile = Profile::new();
    let server = testkit::FakeServer::start(testkit::Options::default());
    server.add_blob("/blob/x", testkit::Blob::pattern(LONG, blob_source::SEED));
    let sent = || server.bytes_sent("/blob/x");
    let key = blob_source::key("x");
    let engine = profile.start();
    Blobs::stand_in(&engine, &server.url("/"));
    blob_source::read(&engine, "x", 0, 1).await;
    assert!(engine.cache.set_pinned(&key, true).await.unwrap());
    blob_source::read(&engine, "x", 0, LONG as usize).await;
    all_is_summed(&engine).await;
    engine.shutdown_blocking();
    drop(engine);
    let sums = fs::metadata(only_file(&profile, "crc")).unwrap();
    assert_eq!(sums.permissions().mode() & 0o777, 0o600);

    // By reading: every byte is right, one block is fetched again.
    flip(&only_file(&profile, "data"), (1 << 20) + 77);
    let engine = profile.start();
    Blobs::stand_in(&engine, &server.url("/"));
    let before = sent();
    blob_source::read(&engine, "x", 0, LONG as usize).await;
    assert_eq!(counted(sent, before, 1 << 20).await, 1 << 20);
    assert_eq!(engine.cache.usage().await.unwrap().damaged_blocks, 1);

    // By verifying, while the program runs: also what it has compared before.
    all_is_summed(&engine).await;
    flip(&only_file(&profile, "data"), LONG - 1);
    let before = sent();
    let verified = engine.cache.verify(&key).await.unwrap();
    let tail = spool_engine::range::ByteRange::new(3 << 20, LONG);
    assert_eq!((verified.damaged, verified.repaired), (vec![tail], 1));
    assert_eq!(verified.by_checksum, LONG);
    assert_eq!(counted(sent, before, 5).await, 5);
    all_is_summed(&engine).await;
    engine.shutdown_blocking();
    drop(engine);

    // Without a server: what is sound is told to be sound, what is not is not given to anybody.
    flip(&only_file(&profile, "data"), 9);
    let engine = profile.start();
    assert_eq!(
        engine.cache.usage().await.unwrap().damaged_blocks,
        2,
        "for good"
    );
    let verified = engine.cache.verify(&key).await.unwrap();
    assert_eq!((verified.damaged.len(), verified.repaired), (1, 0));
    blob_source::read(&engine, "x", 1 << 20, 1 << 20).await;
    let reader = engine.cache.open(blob_source::request("x")).await.unwrap();
    assert!(reader.read_at(0, 10).await.is_err());
    engine.shutdown_blocking();
}
