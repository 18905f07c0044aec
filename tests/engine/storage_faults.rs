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
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use brittle::{Act, Brittle, EIO, EMFILE, ENOSPC, EOPNOTSUPP, EROFS, EXDEV, Failing};
use cache_stage::{LONG, MemoryIndex, SEED, Signpost, key, request};
use spool_engine::cache::{CacheError, CacheService, Settings};
use spool_engine::runtime::Runtime;
use testkit::{Blob, FakeServer, Options, pattern};

/// Sizes that end inside a block of every kind.
const A: u64 = (2 << 20) + 123;
const B: u64 = (1 << 20) + 4097;
/// More than fits into the limit of the course that plays in a window.
const FILM: u64 = (14 << 20) + 77;
const LIMIT: u64 = 6 << 20;
/// Scenes that are played at the same time: most of each is waiting.
const ABREAST: usize = 6;

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
    /// With connections of its own: those of a program end with it.
    fn new(server: &FakeServer) -> Self {
        let grave = tempfile::tempdir().unwrap();
        let mut scene = Self {
            brittle: Brittle::new(grave.path()),
            place: tempfile::tempdir().unwrap(),
            index: Arc::default(),
            signpost: Signpost::to(server),
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

    /// Waits until something has been tried, or need not be any more.
    fn until(&self, holds: impl Fn() -> bool) {
        let begin = Instant::now();
        while !holds() {
            assert!(begin.elapsed() < LONG, "it is never tried");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Where the file of `name` would lie, kept or not.
    fn file_of(&self, name: &str, kept: bool) -> Option<PathBuf> {
        let rows = self.index.rows.lock().unwrap();
        let name = rows.get(&key(name))?.generation.to_string();
        let root = if kept { "downloads/v1" } else { "media/v1" };
        let folder = self.place.path().join(root).join(&name[..2]);
        Some(folder.join(format!("{name}.data")))
    }

    /// Waits until a file has got its place among the kept ones or the others, or that has failed.
    fn moved(&self, name: &str, kept: bool, before: (u64, u64)) {
        self.until(|| {
            // The checksums are renamed first, then the file; a failure ends it.
            self.brittle.count(Act::Rename) >= before.0 + 2
                || self.brittle.failed(Act::Rename) > before.1
                || self.file_of(name, kept).is_none_or(|file| file.exists())
        });
    }

    /// Keeps a title while it is read, lets it go while nobody does, keeps another that nobody has opened.
    fn course_of_keeping(&mut self) -> Vec<CacheError> {
        let mut failed = Vec::new();
        failed.extend(self.read("a", 0, A as usize).err());
        failed.extend(self.read("b", 0, B as usize).err());
        for (name, keep) in [("a", true), ("a", false), ("b", true)] {
            let before = (
                self.brittle.count(Act::Rename),
                self.brittle.failed(Act::Rename),
            );
            let Some(cache) = self.cache.clone() else {
                break;
            };
            let said = self.block(async {
                match keep {
                    true => cache.keep(request(name)).await.map(|_| true),
                    false => cache.unkeep(&key(name)).await,
                }
            });
            failed.extend(said.err());
            self.until(|| self.file_of(name, keep).is_some());
            self.moved(name, keep, before);
            self.shut_down();
            self.claims_are_true();
            failed.extend(self.start().err());
        }
        failed.extend(self.read("a", 5, 100_000).err());
        self.shut_down();
        failed
    }

    /// Plays what does not fit: what was played makes room for what comes, and comes again when it is played again.
    fn course_of_a_window(&mut self) -> Vec<CacheError> {
        let mut failed = Vec::new();
        let Some(cache) = self.cache.clone() else {
            return vec![CacheError::Closed];
        };
        failed.extend(self.block(cache.set_limit(LIMIT)).err());
        for (start, end) in [(0, FILM), (1 << 20, 2 << 20)] {
            let reader = match self.block(cache.open(request("film"))) {
                Ok(reader) => reader,
                Err(error) => return vec![error],
            };
            for pos in (start..end).step_by(1 << 18) {
                match self.block(reader.read_at(pos, 1 << 18)) {
                    Ok(bytes) => pattern::verify(SEED, pos, &bytes).expect("no wrong byte"),
                    Err(error) => failed.push(error),
                }
            }
        }
        drop(cache);
        self.shut_down();
        self.claims_are_true();
        failed.extend(self.start().err());
        failed.extend(self.read("film", FILM - 100_000, 100_000).err());
        self.shut_down();
        failed
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
            let mut files = ["media/v1", "downloads/v1"].into_iter().map(|root| {
                let folder = self.place.path().join(root).join(&name[..2]);
                File::open(folder.join(format!("{name}.data")))
            });
            // A row without a file claims nothing: it is emptied at the next start.
            let Some(file) = files.find_map(Result::ok) else {
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
        if let Some(cache) = &self.cache {
            self.block(cache.clear(Some(key("film")))).unwrap();
        }
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

fn server() -> FakeServer {
    let server = FakeServer::start(Options::default());
    for (name, size) in [("a", A), ("b", B), ("film", FILM)] {
        server.add_blob(&format!("/blob/{name}"), Blob::pattern(size, SEED));
    }
    server
}

/// Runs a course once for each operation of a kind, which fails: alone, and with all that follow.
fn every(act: Act, errnos: &[i32], course: impl Fn(&mut Scene) -> Vec<CacheError> + Sync) {
    let server = server();
    let mut sound = Scene::new(&server);
    let failed = course(&mut sound);
    assert!(failed.is_empty(), "a sound disk fails nobody: {failed:?}");
    let total = sound.brittle.count(act);
    sound.all_is_well();
    assert!(total > 0, "{act:?} never happens");
    let rule = |first: u64, count| Failing {
        act,
        first,
        count,
        // The errors take turns.
        errno: errnos[first as usize % errnos.len()],
    };
    let all = (1..=total + 1).flat_map(|first| [rule(first, 1), rule(first, u64::MAX)]);
    let rules = Mutex::new(all);
    let play = || {
        loop {
            let next = rules.lock().unwrap().next();
            let Some(rule) = next else { return };
            let begun = Instant::now();
            let mut scene = Scene::new(&server);
            scene.brittle.fail(rule);
            course(&mut scene);
            scene.all_is_well();
            println!("{rule:?}: {:?}", begun.elapsed());
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..ABREAST {
            scope.spawn(play);
        }
    });
}

#[test]
fn every_write_fails() {
    every(Act::Write, &[ENOSPC, EIO, EROFS], Scene::course);
}

#[test]
fn every_sync_fails() {
    every(Act::Sync, &[EIO, ENOSPC], Scene::course);
}

#[test]
fn every_open_fails() {
    every(Act::Open, &[EMFILE, ENOSPC, EROFS, EIO], Scene::course);
}

#[test]
fn every_read_fails() {
    every(Act::Read, &[EIO], Scene::course);
}

#[test]
fn every_remove_fails() {
    every(Act::Remove, &[EIO, EROFS], Scene::course);
}

#[test]
fn every_rename_fails() {
    every(Act::Rename, &[EIO, EXDEV, ENOSPC], Scene::course_of_keeping);
}

#[test]
fn every_punch_fails() {
    every(Act::Punch, &[EIO, EOPNOTSUPP], Scene::course_of_a_window);
}
