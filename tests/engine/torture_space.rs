//! Too little room, in every way: the torture cases t27 (a full disk, an item larger than the limit, somebody else fills the
//! disk); t29 is in `torture_race`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

mod brittle;
mod cache_stage;
mod torture_race;

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use brittle::{Act, Brittle, EIO, ENOSPC, EROFS, Failing};
use cache_stage::{LONG, MemoryIndex, SEED, Signpost, Stage, UNDER_WAY, key, request};
use spool_engine::cache::{
    CacheError, CacheService, DiskCondition, Fate, Group, Job, Priority, Reader, Record, Settings,
    Span, Stage as JobStage, Stay,
};
use spool_engine::runtime::Runtime;
use testkit::{Blob, FakeServer, Options, pattern};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::sync::oneshot;

const MB: u64 = 1 << 20;
type JobStates = Receiver<Arc<Job>>;

/// By so much the limit may be exceeded.
const TOLERANCE: u64 = 64 * MB;

/// A cache over a file system that fails when told.
struct Scene {
    server: FakeServer,
    brittle: Brittle,
    place: tempfile::TempDir,
    runtime: Runtime,
    cache: CacheService,
    _grave: tempfile::TempDir,
}

impl Scene {
    fn new(limit: Option<u64>) -> Self {
        let server = FakeServer::start(Options::default());
        let (grave, place) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let brittle = Brittle::new(grave.path());
        let runtime = Runtime::start().unwrap();
        let settings = Settings {
            folder: place.path().into(),
            limit,
        };
        let cache = CacheService::start_on(
            Arc::new(brittle.clone()),
            settings,
            Arc::new(MemoryIndex::default()),
            Signpost::to(&server),
            &runtime,
        );
        Self {
            server,
            brittle,
            place,
            cache: cache.unwrap(),
            runtime,
            _grave: grave,
        }
    }

    fn block<T>(&self, future: impl Future<Output = T>) -> T {
        let handle = self.runtime.handle();
        handle.block_on(async { tokio::time::timeout(LONG, future).await.expect("no hang") })
    }

    fn open(&self, name: &str) -> Reader {
        self.block(self.cache.open(request(name))).unwrap()
    }

    fn blob(&self, name: &str, size: u64) {
        let path = format!("/blob/{name}");
        self.server.add_blob(&path, Blob::pattern(size, SEED));
    }

    fn until(&self, holds: impl Fn(&DiskCondition) -> bool) {
        let mut condition = self.cache.disk_condition();
        self.block(condition.wait_for(holds)).unwrap();
    }

    fn until_record(&self, name: &str, holds: impl Fn(Option<Record>) -> bool) {
        self.block(async {
            while !holds(self.cache.record(&key(name)).await.unwrap()) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
    }
}

/// Bytes that the files below a folder take on the disk.
fn allocated(folder: &Path) -> u64 {
    let files = walkdir::WalkDir::new(folder).into_iter().flatten();
    let files = files.filter(|file| file.file_type().is_file());
    files
        .filter_map(|file| Some(file.metadata().ok()?.blocks() * 512))
        .sum()
}

fn read_through(reader: &Reader, from: u64, to: u64) {
    let (mut pos, mut block) = (from, vec![0; 100_000]);
    while pos < to {
        let count = reader.read_at_blocking(pos, &mut block).unwrap();
        assert!(count > 0, "an end at {pos}");
        pattern::verify(SEED, pos, &block[..count]).unwrap();
        pos += count as u64;
    }
}

/// Watches a folder until it is dropped, and says how much its files took at most.
struct Watch {
    most: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
    task: Option<std::thread::JoinHandle<()>>,
}

impl Watch {
    fn on(folder: &Path) -> Self {
        let (most, over) = (Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
        let (max, end, folder) = (most.clone(), over.clone(), folder.to_owned());
        let task = std::thread::spawn(move || {
            while !end.load(Ordering::Relaxed) {
                max.fetch_max(allocated(&folder), Ordering::Relaxed);
                std::thread::yield_now();
            }
        });
        Self {
            most,
            over,
            task: Some(task),
        }
    }

    fn most(mut self) -> u64 {
        self.over.store(true, Ordering::Relaxed);
        self.task.take().unwrap().join().unwrap();
        self.most.load(Ordering::Relaxed)
    }
}

#[test]
fn t27_a_full_disk_does_not_end_a_playback() {
    let scene = Scene::new(None);
    scene.blob("x", 6 * MB);
    // Slow enough that most of it is still to come when the disk is full.
    scene.server.set_rate_of("/blob/x", Some(4 * MB));
    let reader = scene.open("x");
    read_through(&reader, 0, MB);
    let full = Failing {
        act: Act::Write,
        first: scene.brittle.count(Act::Write) + 1,
        count: u64::MAX,
        errno: ENOSPC,
    };
    scene.brittle.fail(full);
    read_through(&reader, 0, 6 * MB);
    read_through(&reader, 0, 6 * MB);
    assert_eq!(*scene.cache.disk_condition().borrow(), DiskCondition::Full);
    // A disk that has room again is noticed, and keeps what comes then.
    scene.brittle.heal();
    scene.until(|condition| *condition == DiskCondition::Fine);
    scene.blob("y", MB);
    let other = scene.open("y");
    read_through(&other, 0, MB);
    let state = scene.block(scene.cache.entry(&key("y"))).unwrap().unwrap();
    assert!(state.disk_bytes >= MB);
}

#[test]
fn t27_writes_fail_at_random_and_every_byte_is_right() {
    for (errno, step) in [(ENOSPC, 3), (EIO, 5), (EROFS, 7), (ENOSPC, 2)] {
        let scene = Scene::new(None);
        scene.blob("x", 5 * MB);
        for start in 0..20 {
            let rule = Failing {
                act: Act::Write,
                first: 1 + start * step,
                count: 1 + start % 3,
                errno,
            };
            scene.brittle.fail(rule);
        }
        let reader = scene.open("x");
        for pos in [4 * MB, 0, 2 * MB, 0] {
            read_through(&reader, pos, 5 * MB);
        }
    }
}

#[test]
fn t27_no_file_can_be_made_and_it_plays_all_the_same() {
    let scene = Scene::new(None);
    scene.blob("x", 40 * MB);
    for act in [Act::Open, Act::MakeFolder] {
        scene.brittle.fail(Failing {
            act,
            first: 1,
            count: u64::MAX,
            errno: EROFS,
        });
    }
    let reader = scene.open("x");
    read_through(&reader, 0, 40 * MB);
    read_through(&reader, 30 * MB, 40 * MB);
    assert!(matches!(
        *scene.cache.disk_condition().borrow(),
        DiskCondition::Failing(_)
    ));
    assert_eq!(
        allocated(&scene.place.path().join("media")),
        allocated(&scene.place.path().join("media/v1/CACHEDIR.TAG"))
    );
    drop(reader);
    scene.brittle.heal();
    scene.until(|condition| *condition == DiskCondition::Fine);
    let reader = scene.open("x");
    read_through(&reader, 0, 4 * MB);
    let state = scene.block(scene.cache.entry(&key("x"))).unwrap().unwrap();
    assert!(state.disk_bytes > 0);
}

/// Bytes of `x` that came more than once, and how many of them may have been under way when replies were broken off.
fn came_twice(stage: &Stage) -> (u64, u64) {
    let log = stage.server.log();
    let broken = log.broken_off("/blob/x");
    (log.bytes_repeated("/blob/x"), broken * UNDER_WAY)
}

#[test]
fn t27_an_item_larger_than_the_limit_plays_in_a_window() {
    const LIMIT: u64 = 24 * MB;
    const SIZE: u64 = 160 * MB;
    let stage = Stage::new();
    stage.block(stage.cache.set_limit(LIMIT)).unwrap();
    stage.blob("x", SIZE);
    let watch = Watch::on(stage.place.path());
    stage.server.set_rate_of("/blob/x", Some(64 * MB));
    let reader = stage.open("x");
    read_through(&reader, 0, SIZE);
    let (twice, under_way) = came_twice(&stage);
    assert!(twice <= under_way, "{twice}, {under_way} of them under way");
    // And back, and to the end again.
    read_through(&reader, 80 * MB, 90 * MB);
    read_through(&reader, 10 * MB, 20 * MB);
    read_through(&reader, SIZE - MB, SIZE);
    assert!(watch.most() <= LIMIT + TOLERANCE);
    // What is left of it fits.
    drop(reader);
    stage.until("x", |state| state.readers == 0 && !state.arriving);
    let settled = || stage.block(stage.cache.usage()).unwrap().disk_bytes <= LIMIT;
    let begun = Instant::now();
    while !settled() && begun.elapsed() < LONG {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(settled());
}

#[test]
fn t27_another_program_takes_the_wanted_free_space() {
    let scene = Scene::new(Some(1 << 40));
    for name in ["old", "pinned", "x"] {
        scene.blob(name, 4 * MB);
    }
    for name in ["old", "pinned"] {
        let reader = scene.open(name);
        read_through(&reader, 0, 4 * MB);
        drop(reader);
        scene.until_record(name, |record| {
            record.is_some_and(|record| record.fate != Fate::Stays(Stay::Open))
        });
    }
    assert!(
        scene
            .block(scene.cache.set_pinned(&key("pinned"), true))
            .unwrap()
    );
    scene.brittle.set_free(Some(0));
    let reader = scene.open("x");
    read_through(&reader, 0, 4 * MB);
    scene.until_record("old", |record| record.is_none());
    let pinned = scene.block(scene.cache.entry(&key("pinned"))).unwrap();
    let pinned = pinned.unwrap();
    assert!(pinned.pinned && pinned.ranges.bytes() == 4 * MB);
    let record = scene
        .block(scene.cache.record(&key("pinned")))
        .unwrap()
        .unwrap();
    assert_eq!(record.fate, Fate::Stays(Stay::Pinned));
    assert_eq!(*scene.cache.disk_condition().borrow(), DiskCondition::Full);
}

/// How a job stands, each time that it stands differently, until `holds`.
fn job_until(cache: &CacheService, jobs: &mut JobStates, holds: impl Fn(&JobStage) -> bool) -> Job {
    let told = async {
        // What was told while this one was behind is asked for.
        for job in cache.jobs().await.unwrap() {
            if holds(&job.stage) {
                return Job::clone(&job);
            }
        }
        loop {
            match jobs.recv().await {
                Ok(job) if holds(&job.stage) => return Job::clone(&job),
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(error) => panic!("{error}"),
            }
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let ended = runtime.block_on(async { tokio::time::timeout(LONG, told).await });
    ended.unwrap_or_else(|_| {
        let now = runtime.block_on(cache.jobs());
        panic!("no hang: {now:?}")
    })
}

fn is_full(stage: &JobStage) -> bool {
    matches!(stage, JobStage::Failed(CacheError::DiskFull { needed }) if *needed > 0)
}

fn is_complete(stage: &JobStage) -> bool {
    matches!(stage, JobStage::Completed)
}

#[test]
fn t27_a_download_is_told_that_the_disk_is_full_and_goes_on_when_it_is_not() {
    let scene = Scene::new(None);
    scene.blob("x", 6 * MB);
    let full = Failing {
        act: Act::Write,
        first: 3,
        count: u64::MAX,
        errno: ENOSPC,
    };
    scene.brittle.fail(full);
    let mut jobs = scene.cache.watch_jobs();
    let group = Group::new("one");
    let job = scene
        .cache
        .fetch_ahead(request("x"), Span::Whole, Priority::Download, &group);
    scene.block(job).unwrap();
    job_until(&scene.cache, &mut jobs, is_full);
    assert_eq!(*scene.cache.disk_condition().borrow(), DiskCondition::Full);
    scene.brittle.heal();
    let job = job_until(&scene.cache, &mut jobs, is_complete);
    assert_eq!(job.done, 6 * MB);
    let reader = scene.open("x");
    read_through(&reader, 0, 6 * MB);
}

#[test]
fn t27_what_is_fetched_ahead_and_does_not_fit_is_not_fetched_for_ever() {
    const LIMIT: u64 = 24 * MB;
    const SIZE: u64 = 96 * MB;
    let stage = Stage::new();
    stage.block(stage.cache.set_limit(LIMIT)).unwrap();
    stage.blob("x", SIZE);
    let mut jobs = stage.cache.watch_jobs();
    let group = Group::new("one");
    let job = stage
        .cache
        .fetch_ahead(request("x"), Span::Whole, Priority::Later, &group);
    stage.block(job).unwrap();
    job_until(&stage.cache, &mut jobs, is_full);
    stage.until("x", |state| state.readers == 0 && !state.arriving);
    assert!(stage.server.bytes_sent("/blob/x") <= SIZE);
    stage.block(stage.cache.set_limit(1 << 40)).unwrap();
    let job = job_until(&stage.cache, &mut jobs, is_complete);
    assert_eq!(job.done, SIZE);
}

/// The job is told that it does not fit, and whoever plays goes on in a window: what the job has brought is played, and
/// nothing goes that is still to come.
#[test]
fn t27_what_does_not_fit_is_played_while_it_is_fetched_ahead() {
    const LIMIT: u64 = 24 * MB;
    const SIZE: u64 = 96 * MB;
    for played_first in [false, true] {
        let stage = Stage::new();
        stage.block(stage.cache.set_limit(LIMIT)).unwrap();
        stage.blob("x", SIZE);
        stage.server.set_rate_of("/blob/x", Some(48 * MB));
        let mut jobs = stage.cache.watch_jobs();
        let reader = played_first.then(|| stage.open("x"));
        if let Some(reader) = &reader {
            stage.read(reader, 0, 100_000);
        }
        let group = Group::new("one");
        let job = stage
            .cache
            .fetch_ahead(request("x"), Span::Whole, Priority::Download, &group);
        stage.block(job).unwrap();
        let reader = reader.unwrap_or_else(|| stage.open("x"));
        read_through(&reader, 0, SIZE);
        job_until(&stage.cache, &mut jobs, is_full);
        let (twice, under_way) = came_twice(&stage);
        assert!(twice <= under_way, "{twice}, {under_way} of them under way");
    }
}

#[test]
fn t27_what_is_pinned_while_victims_are_sought_stays() {
    let mut stage = Stage::new();
    stage.block(stage.cache.set_limit(6 * MB)).unwrap();
    for name in ["old", "x"] {
        stage.blob(name, 4 * MB);
    }
    read_through(&stage.open("old"), 0, 4 * MB);
    let rests = async || {
        let record = stage.cache.record(&key("old")).await.unwrap();
        record.is_some_and(|record| matches!(record.fate, Fate::Goes(_) | Fate::GoesLast(_)))
    };
    stage.block(async {
        while !rests().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    let (reached, held) = oneshot::channel();
    let (go_on, wait) = oneshot::channel();
    *stage.index.hold.lock().unwrap() = Some((reached, wait));
    let reader = stage.open("x");
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| read_through(&reader, 0, 4 * MB));
        stage.block(held).unwrap();
        // The rows that name it as a victim are read already.
        assert!(
            stage
                .block(stage.cache.set_pinned(&key("old"), true))
                .unwrap()
        );
        go_on.send(()).unwrap();
        reading.join().unwrap();
    });
    let record = stage
        .block(stage.cache.record(&key("old")))
        .unwrap()
        .unwrap();
    assert_eq!(record.fate, Fate::Stays(Stay::Pinned));
    stage.server.stop();
    read_through(&stage.open("old"), 0, 4 * MB);
}

#[test]
fn t27_who_nobody_reads_is_told_that_the_disk_is_full() {
    let scene = Scene::new(None);
    scene.blob("x", 2 * MB);
    scene.server.set_rate_of("/blob/x", Some(MB));
    scene.brittle.fail(Failing {
        act: Act::Write,
        first: 1,
        count: u64::MAX,
        errno: ENOSPC,
    });
    let reader = scene.open("x");
    let other = reader.clone();
    read_through(&reader, 0, 100_000);
    drop((reader, other));
    // Nothing of it was on the disk, so nothing of it is left.
    scene.block(async {
        while scene.cache.entry(&key("x")).await.unwrap().is_some() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    assert_eq!(scene.block(scene.cache.usage()).unwrap().disk_bytes, 0);
}
