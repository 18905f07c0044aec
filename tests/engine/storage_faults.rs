//! The n-th operation on a file fails, for every n: no wrong byte, no panic, no hang, no claim of what is not there, and
//! once the disk works again so does everything.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test ends by panicking, after it has said what it tried"
)]

mod brittle;
mod cache_stage;

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use brittle::{Act, Brittle, EIO, EMFILE, ENOSPC, EROFS, Failing};
use cache_stage::{LONG, MemoryIndex, SEED, Signpost, key, request};
use spool_engine::cache::{CacheError, CacheService, Settings};
use spool_engine::runtime::Runtime;
use testkit::{Blob, FakeServer, Options, pattern};

/// Sizes that end inside a block of every kind.
const A: u64 = (2 << 20) + 123;
const B: u64 = (1 << 20) + 4097;

/// A cache over a file system that fails when told.
struct Scene {
    brittle: Brittle,
    place: tempfile::TempDir,
    index: Arc<MemoryIndex>,
    signpost: Arc<Signpost>,
    runtime: Runtime,
    cache: Option<CacheService>,
    _grave: tempfile::TempDir,
}

impl Scene {
    fn new(signpost: Arc<Signpost>) -> Self {
        let grave = tempfile::tempdir().unwrap();
        let mut scene = Self {
            brittle: Brittle::new(grave.path()),
            place: tempfile::tempdir().unwrap(),
            index: Arc::default(),
            signpost,
            runtime: Runtime::start().unwrap(),
            cache: None,
            _grave: grave,
        };
        scene.start().unwrap();
        scene
    }

    fn start(&mut self) -> Result<(), CacheError> {
        let begin = Instant::now();
        loop {
            let settings = Settings {
                folder: self.place.path().into(),
                limit: None,
            };
            let started = CacheService::start_on(
                Arc::new(self.brittle.clone()),
                settings,
                self.index.clone(),
                self.signpost.clone(),
                &self.runtime,
            );
            match started {
                // The lock goes with the last task of the one before.
                Err(CacheError::InUse) if begin.elapsed() < LONG => {
                    std::thread::sleep(Duration::from_millis(1));
                }
                other => {
                    self.cache = Some(other?);
                    return Ok(());
                }
            }
        }
    }

    fn block<T>(&self, future: impl Future<Output = T> + Send) -> T
    where
        T: Send,
    {
        let bounded = async { tokio::time::timeout(LONG, future).await.expect("no hang") };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(bounded)
    }

    /// Reads a part; a byte that is handed out is right.
    fn read(&self, name: &str, pos: u64, len: usize) -> Result<u64, CacheError> {
        let Some(cache) = &self.cache else {
            return Err(CacheError::Closed);
        };
        self.block(async {
            let reader = cache.open(request(name)).await?;
            let bytes = reader.read_at(pos, len).await?;
            pattern::verify(SEED, pos, &bytes).expect("no wrong byte is handed out");
            Ok(bytes.len() as u64)
        })
    }

    fn shut_down(&mut self) {
        if let Some(cache) = self.cache.take() {
            self.block(cache.shutdown());
        }
    }

    /// Opens, reads on and off, evicts, restarts, reads again. What fails, fails; the course goes on.
    fn course(&mut self) -> Vec<CacheError> {
        let mut failed = Vec::new();
        let mut note = |result: Result<u64, CacheError>| failed.extend(result.err());
        note(self.read("a", 0, A as usize));
        note(self.read("b", B - 5000, 9000));
        note(self.read("b", 300_000, 100_000));
        self.shut_down();
        self.claims_are_true();
        note(self.start().map(|()| 0));
        if let Some(cache) = self.cache.clone() {
            note(self.block(cache.clear(Some(key("a")))));
        }
        note(self.read("b", 0, B as usize));
        note(self.read("a", 1 << 20, 200_000));
        self.shut_down();
        failed
    }

    /// Every claimed byte is in its file, on the disk, right.
    fn claims_are_true(&self) {
        for claim in self.index.rows.lock().unwrap().values() {
            let name = claim.generation.to_string();
            let path = self.place.path().join("media/v1").join(&name[..2]);
            // A row without a file claims nothing: it is emptied at the next start.
            let Ok(file) = File::open(path.join(format!("{name}.data"))) else {
                continue;
            };
            for range in claim.ranges.iter() {
                let mut bytes = vec![0; range.len() as usize];
                file.read_exact_at(&mut bytes, range.start).unwrap();
                pattern::verify(SEED, range.start, &bytes).expect("a claim is true");
            }
        }
    }

    /// With a disk that works, everything does.
    fn all_is_well(&mut self) {
        self.brittle.heal();
        self.start().unwrap();
        for (name, size) in [("a", A), ("b", B)] {
            assert_eq!(self.read(name, 0, size as usize).unwrap(), size);
        }
        self.shut_down();
        let rows = self.index.rows.lock().unwrap();
        let claimed: u64 = rows.values().map(|claim| claim.ranges.bytes()).sum();
        assert_eq!(claimed, A + B);
        drop(rows);
        self.claims_are_true();
    }
}

fn server() -> (FakeServer, Arc<Signpost>) {
    let server = FakeServer::start(Options::default());
    for (name, size) in [("a", A), ("b", B)] {
        server.add_blob(&format!("/blob/{name}"), Blob::pattern(size, SEED));
    }
    let signpost = Signpost::to(&server);
    (server, signpost)
}

/// Runs the course once for each operation of a kind, which fails: alone, and with all that follow.
fn every(act: Act, errnos: &[i32]) {
    let (_server, signpost) = server();
    let mut sound = Scene::new(signpost.clone());
    assert!(sound.course().is_empty(), "a sound disk fails nobody");
    let total = sound.brittle.count(act);
    sound.all_is_well();
    assert!(total > 0, "{act:?} never happens");
    for first in 1..=total + 1 {
        // The errors take turns.
        let errno = errnos[first as usize % errnos.len()];
        for count in [1, u64::MAX] {
            let rule = Failing {
                act,
                first,
                count,
                errno,
            };
            println!("{rule:?}");
            let mut scene = Scene::new(signpost.clone());
            scene.brittle.fail(rule);
            scene.course();
            scene.all_is_well();
        }
    }
}

#[test]
fn every_write_fails() {
    every(Act::Write, &[ENOSPC, EIO, EROFS]);
}

#[test]
fn every_sync_fails() {
    every(Act::Sync, &[EIO, ENOSPC]);
}

#[test]
fn every_open_fails() {
    every(Act::Open, &[EMFILE, ENOSPC, EROFS, EIO]);
}

#[test]
fn every_read_fails() {
    every(Act::Read, &[EIO]);
}

#[test]
fn every_remove_fails() {
    every(Act::Remove, &[EIO, EROFS]);
}
