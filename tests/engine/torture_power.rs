//! Case 25: the power goes at any operation, and case 26: the cache's files go while they are read.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test ends by panicking, after it has said what it tried"
)]

mod brittle;
mod cache_stage;
mod forgetful;

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use brittle::{Act, Brittle};
use cache_stage::{LONG, SEED, Signpost, Stage, key, request};
use forgetful::{Forgetful, Rows};
use spool_engine::cache::{CacheError, CacheService, Settings};
use spool_engine::runtime::Runtime;
use testkit::{Blob, FakeServer, Options, pattern};

const MB: u64 = 1 << 20;
const NAMES: [&str; 4] = ["a", "b", "c", "film"];
/// The film does not fit: of what was read of it holes are punched.
const LIMIT: u64 = 5 * MB;

fn size(name: &str) -> u64 {
    match name {
        "a" => 2 * MB + 123,
        "b" => MB + 4097,
        "c" => 700_001,
        _ => 16 * MB + 17,
    }
}

/// Numbers that a seed tells.
struct Chance(u64, u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.1 += 8;
        let bytes = pattern::bytes(self.0, self.1, 8);
        u64::from_le_bytes(bytes.try_into().unwrap()) % end.max(1)
    }
}

/// A cache on a computer whose power can go.
struct Computer {
    brittle: Brittle,
    index: Arc<Forgetful>,
    cache: CacheService,
    runtime: Runtime,
}

impl Computer {
    fn boot(place: &Path, grave: &Path, rows: Rows, signpost: &Arc<Signpost>) -> Self {
        let (brittle, index) = (Brittle::new(grave), Arc::new(Forgetful::holding(rows)));
        let runtime = Runtime::start().unwrap();
        let begin = Instant::now();
        let cache = loop {
            let started = CacheService::start_on(
                Arc::new(brittle.clone()),
                Settings {
                    folder: place.into(),
                    limit: Some(LIMIT),
                },
                index.clone(),
                signpost.clone(),
                &runtime,
            );
            match started {
                // Whoever lost its power lets go when its last task has noticed.
                Err(CacheError::InUse) if begin.elapsed() < LONG => {
                    std::thread::sleep(Duration::from_millis(2));
                }
                started => break started.unwrap(),
            }
        };
        Self {
            brittle,
            index,
            cache,
            runtime,
        }
    }

    fn block<T>(&self, future: impl Future<Output = T>) -> T {
        let bounded = async { tokio::time::timeout(LONG, future).await.expect("no hang") };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(bounded)
    }

    /// Reads a part, which is right or fails.
    fn read(&self, name: &str, pos: u64, len: u64) -> Option<u64> {
        self.block(async {
            let reader = self.cache.open(request(name)).await.ok()?;
            let bytes = reader.read_at(pos, len as usize).await.ok()?;
            pattern::verify(SEED, pos, &bytes).expect("no wrong byte is handed out");
            Some(bytes.len() as u64)
        })
    }

    /// Plays the film for a while: the window moves on behind it, and back when it is played again.
    fn play(&self, chance: &mut Chance) {
        let reader = self.block(self.cache.open(request("film")));
        let Ok(reader) = reader else { return };
        let mut pos = chance.below(8) * MB;
        let end = (pos + chance.below(10) * MB).min(size("film"));
        while pos < end && !self.brittle.is_dead() {
            let Ok(bytes) = self.block(reader.read_at(pos, 1 << 18)) else {
                return;
            };
            pattern::verify(SEED, pos, &bytes).expect("no wrong byte is handed out");
            pos += bytes.len() as u64;
            if chance.below(12) == 0 {
                pos = pos.saturating_sub(chance.below(6) * MB);
            }
        }
    }

    /// Reads, seeks, plays, drops and waits for checkpoints until the power has gone.
    fn live(&self, chance: &mut Chance) {
        let alive = || !self.brittle.is_dead();
        while alive() {
            let name = NAMES[chance.below(4) as usize];
            match chance.below(10) {
                2 | 3 => self.play(chance),
                0 => {
                    self.block(self.cache.clear(Some(key(name)))).ok();
                }
                1 => {
                    let more = self.brittle.count(Act::Sync) + 1;
                    let begin = Instant::now();
                    // What is closed is synced at the next tick.
                    while alive()
                        && self.brittle.count(Act::Sync) < more
                        && begin.elapsed() < Duration::from_millis(600)
                    {
                        std::thread::sleep(Duration::from_millis(5));
                    }
                }
                _ => {
                    let pos = chance.below(size(name));
                    self.read(name, pos, 1 + chance.below(MB));
                }
            }
        }
    }
}

/// Whether every byte that a row claims is in its file and right; how many they are.
fn true_claims(place: &Path, rows: &Rows) -> Result<u64, String> {
    let mut checked = 0;
    for claim in rows.claims.values() {
        let name = claim.generation.to_string();
        let path = place.join("media/v1").join(&name[..2]);
        // A row without a file claims nothing.
        let Ok(file) = File::open(path.join(format!("{name}.data"))) else {
            continue;
        };
        for range in claim.ranges.iter() {
            let mut bytes = vec![0; range.len() as usize];
            file.read_exact_at(&mut bytes, range.start)
                .map_err(|error| format!("{}, {range}: {error}", claim.key))?;
            pattern::verify(SEED, range.start, &bytes)
                .map_err(|at| format!("{}, {range}: the byte {at} differs", claim.key))?;
            checked += range.len();
        }
    }
    Ok(checked)
}

/// What is broken on purpose, to see whether the cuts notice.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Broken {
    Nothing,
    /// A hole is made before the claim without it is durable.
    PunchBeforeCommit,
    /// A claim is made before its bytes are durable.
    ClaimBeforeSync,
}

/// What many cuts of one computer came to.
#[derive(Debug, Default)]
struct Found {
    compared: u64,
    punched: u64,
    /// The first claim that was not true.
    lie: Option<String>,
}

/// One computer whose power goes `cuts` times, or until a claim is found that is not true.
fn cut_again_and_again(seed: u64, cuts: u32, broken: Broken) -> Found {
    let server = FakeServer::start(Options::default());
    for name in NAMES {
        server.add_blob(&format!("/blob/{name}"), Blob::pattern(size(name), SEED));
    }
    let signpost = Signpost::to(&server);
    let (place, grave) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (mut chance, mut rows, mut found) = (Chance(seed, 0), Rows::default(), Found::default());
    for cut in 0..cuts {
        println!("seed {seed}, cut {cut}");
        let computer = Computer::boot(place.path(), grave.path(), rows, &signpost);
        match broken {
            Broken::Nothing => {}
            Broken::PunchBeforeCommit => computer.index.lie(),
            Broken::ClaimBeforeSync => computer.brittle.lie(),
        }
        computer.brittle.die_at(1 + chance.below(300));
        computer.live(&mut chance);
        // The index first: what it commits later, it commits to nobody.
        rows = computer
            .index
            .cut(|states| chance.below(states as u64) as usize);
        computer.brittle.cut(|| chance.below(2) == 0);
        found.punched += computer.brittle.count(Act::Punch);
        drop(computer.cache);
        drop(computer.runtime);
        match true_claims(place.path(), &rows) {
            Ok(bytes) => found.compared += bytes,
            Err(lie) => {
                found.lie = Some(lie);
                return found;
            }
        }
    }
    let computer = Computer::boot(place.path(), grave.path(), rows, &signpost);
    for name in NAMES {
        for pos in (0..size(name)).step_by(1 << 18) {
            let len = (size(name) - pos).min(1 << 18);
            assert_eq!(computer.read(name, pos, len), Some(len), "seed {seed}");
        }
    }
    computer.block(computer.cache.shutdown());
    found
}

#[test]
fn t25_a_power_cut_leaves_no_claim_without_its_bytes() {
    let lane = |seed: u64| move || cut_again_and_again(1000 + seed, 5, Broken::Nothing);
    let lanes: Vec<_> = (0..4).map(|seed| std::thread::spawn(lane(seed))).collect();
    let found: Vec<Found> = lanes.into_iter().map(|lane| lane.join().unwrap()).collect();
    println!("{found:?}");
    assert!(found.iter().all(|one| one.lie.is_none()), "{found:?}");
    let compared: u64 = found.iter().map(|one| one.compared).sum();
    assert!(compared > MB, "claims were made");
    assert!(found.iter().any(|one| one.punched > 0), "holes were made");
}

/// Computers side by side: most of their time is waiting.
const LANES: usize = 4;

/// What the cuts are worth: the same ones, over a disk or an index that breaks the order of things, find a claim that is
/// not true.
#[test]
fn t25_the_cuts_notice_a_broken_order() {
    for broken in [Broken::PunchBeforeCommit, Broken::ClaimBeforeSync] {
        let lie = Mutex::new(None);
        let lane = |first: u64| {
            for seed in (first..2100).step_by(LANES) {
                if lie.lock().unwrap().is_some() {
                    return;
                }
                if let Some(found) = cut_again_and_again(seed, 12, broken).lie {
                    *lie.lock().unwrap() = Some(found);
                }
            }
        };
        std::thread::scope(|scope| {
            for first in 0..LANES as u64 {
                let lane = &lane;
                scope.spawn(move || lane(2000 + first));
            }
        });
        let lie = lie.into_inner().unwrap();
        println!("{broken:?}: {lie:?}");
        assert!(lie.is_some(), "{broken:?} is not noticed");
    }
}

// --- 26 ---

#[test]
fn t26_a_deleted_file_is_read_on_and_fetched_anew_when_it_is_opened_again() {
    let mut stage = Stage::new();
    stage.blob("x", 3 * MB);
    stage.server.set_rate_of("/blob/x", Some(4 * MB));
    let reader = stage.open("x");
    stage.read(&reader, 0, 100_000);
    stage.until("x", |state| state.ranges.bytes() > MB);
    let deleted = delete_all(&stage.place.path().join("media/v1"));
    assert_eq!(deleted, 1);
    stage.server.set_rate_of("/blob/x", None);
    stage.read_through(&reader, 0, 3 * MB);
    drop(reader);
    stage.restart(false);
    let reader = stage.open("x");
    stage.read_through(&reader, 0, 3 * MB);
    drop(reader);
    stage.restart(false);
    assert_eq!(
        stage.claim("x").unwrap().ranges.bytes(),
        3 * MB,
        "it is healed"
    );
}

/// Deletes every data file below a folder; how many there were.
fn delete_all(media: &Path) -> usize {
    let folders = fs::read_dir(media).unwrap().flatten();
    let files = folders.filter_map(|folder| fs::read_dir(folder.path()).ok());
    let data = files.flatten().flatten().map(|file| file.path());
    data.filter(|path| path.extension().is_some_and(|one| one == "data"))
        .map(|path| fs::remove_file(path).unwrap())
        .count()
}

#[test]
fn t26_a_truncated_file_heals_while_it_is_read() {
    let stage = Stage::new();
    stage.blob("x", 3 * MB);
    let reader = stage.open("x");
    stage.read_through(&reader, 0, 3 * MB);
    // A claim tells where the file is.
    stage.block(async {
        while stage.claim("x").is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    let path = stage.file_of(&stage.claim("x").unwrap());
    for length in [2 * MB + 5, 1000, 0] {
        let file = File::options().write(true).open(&path).unwrap();
        file.set_len(length).unwrap();
        stage.read_through(&reader, 0, 3 * MB);
    }
}

#[test]
fn t26_the_whole_folder_goes_while_a_title_plays_and_is_made_again() {
    let mut stage = Stage::new();
    for name in ["x", "y"] {
        stage.blob(name, 2 * MB);
    }
    stage.server.set_rate_of("/blob/x", Some(4 * MB));
    let reader = stage.open("x");
    stage.read(&reader, 0, 100_000);
    fs::remove_dir_all(stage.place.path().join("media")).unwrap();
    stage.server.set_rate_of("/blob/x", None);
    stage.read_through(&reader, 0, 2 * MB);
    let other = stage.open("y");
    stage.read_through(&other, 0, 2 * MB);
    drop((reader, other));
    stage.restart(false);
    for name in ["x", "y"] {
        let reader = stage.open(name);
        stage.read_through(&reader, 0, 2 * MB);
    }
    assert_eq!(stage.server.bytes_sent("/blob/y"), 2 * MB, "it was kept");
}
