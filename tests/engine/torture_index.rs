//! An index that is slow, that fails, or that can no more than it must: bytes come all the same, and what was said while it
//! was so holds when it is well again.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

mod cache_stage;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use cache_stage::{LONG, MemoryIndex, SEED, Signpost, key, request};
use spool_engine::cache::storage::Disk;
use spool_engine::cache::{
    CacheError, CacheKey, CacheService, Claim, Class, Group, Index, IndexError, Note, OpenRequest,
    Priority, Reader, Settings, Span, StoredJob, Totals,
};
use spool_engine::runtime::Runtime;
use testkit::{Blob, FakeServer, Options, pattern};
use tokio::sync::Semaphore;

const MB: u64 = 1 << 20;

/// Only what every index must be able to.
#[derive(Default)]
struct Bare(MemoryIndex);

#[async_trait::async_trait]
impl Index for Bare {
    async fn load(&self) -> Result<Vec<Claim>, IndexError> {
        self.0.load().await
    }

    async fn commit(&self, put: Vec<Claim>, removed: Vec<CacheKey>) -> Result<(), IndexError> {
        self.0.commit(put, removed).await
    }
}

/// One that refuses everything as long as it is ill, and answers a question for one row when it is let.
struct Moody {
    index: MemoryIndex,
    ill: AtomicBool,
    refused: AtomicUsize,
    /// Nobody is let while there are no permits.
    lets: Semaphore,
    asked: Semaphore,
}

impl Moody {
    fn new(ill: bool, lets: usize) -> Arc<Self> {
        Arc::new(Self {
            index: MemoryIndex::default(),
            ill: AtomicBool::new(ill),
            refused: AtomicUsize::new(0),
            lets: Semaphore::new(lets),
            asked: Semaphore::new(0),
        })
    }

    fn well(&self) -> Result<&MemoryIndex, IndexError> {
        if self.ill.load(Ordering::SeqCst) {
            self.refused.fetch_add(1, Ordering::SeqCst);
            return Err(IndexError("it is ill".into()));
        }
        Ok(&self.index)
    }

    fn set_ill(&self, ill: bool) {
        self.ill.store(ill, Ordering::SeqCst);
    }

    fn claim(&self, name: &str) -> Option<Claim> {
        self.index.rows.lock().unwrap().get(&key(name)).cloned()
    }
}

#[async_trait::async_trait]
impl Index for Moody {
    async fn load(&self) -> Result<Vec<Claim>, IndexError> {
        self.well()?.load().await
    }

    async fn commit(&self, put: Vec<Claim>, removed: Vec<CacheKey>) -> Result<(), IndexError> {
        self.well()?.commit(put, removed).await
    }

    async fn note(&self) -> Result<Option<Note>, IndexError> {
        self.well()?.note().await
    }

    async fn keep_note(&self, note: &Note) -> Result<(), IndexError> {
        self.well()?.keep_note(note).await
    }

    async fn put_job(&self, job: &StoredJob) -> Result<(), IndexError> {
        self.well()?.put_job(job).await
    }

    async fn remove_jobs(&self, ids: &[u64]) -> Result<(), IndexError> {
        self.well()?.remove_jobs(ids).await
    }

    async fn jobs(&self) -> Result<Vec<StoredJob>, IndexError> {
        self.well()?.jobs().await
    }

    async fn heal(&self) -> Result<u64, IndexError> {
        self.well()?.heal().await
    }

    async fn totals(&self) -> Result<Totals, IndexError> {
        self.well()?.totals().await
    }

    async fn get(&self, key: &CacheKey) -> Result<Option<Claim>, IndexError> {
        self.asked.add_permits(1);
        self.lets.acquire().await.unwrap().forget();
        self.well()?.get(key).await
    }
}

struct Scene {
    server: FakeServer,
    place: tempfile::TempDir,
    runtime: Runtime,
    cache: CacheService,
}

impl Scene {
    fn new(index: Arc<dyn Index>) -> Self {
        let server = FakeServer::start(Options::default());
        for name in ["a", "b"] {
            server.add_blob(&format!("/blob/{name}"), Blob::pattern(2 * MB, SEED));
        }
        let place = tempfile::tempdir().unwrap();
        let runtime = Runtime::start().unwrap();
        let cache = start(&place, index, &server, &runtime);
        Self {
            server,
            place,
            runtime,
            cache,
        }
    }

    fn restart(&mut self, index: Arc<dyn Index>) {
        self.end();
        self.runtime = Runtime::start().unwrap();
        self.cache = start(&self.place, index, &self.server, &self.runtime);
    }

    fn end(&self) {
        block(self.cache.shutdown());
    }

    fn open(&self, name: &str) -> Reader {
        block(self.cache.open(request(name))).unwrap()
    }

    fn closed(&self, name: &str) {
        self.until(name, |readers, arriving, _| readers == 0 && !arriving);
    }

    fn until(&self, name: &str, holds: impl Fn(usize, bool, u64) -> bool) {
        block(async {
            loop {
                let state = self.cache.entry(&key(name)).await.unwrap();
                if state
                    .is_some_and(|state| holds(state.readers, state.arriving, state.ranges.bytes()))
                {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
    }
}

fn start(
    place: &tempfile::TempDir,
    index: Arc<dyn Index>,
    server: &FakeServer,
    runtime: &Runtime,
) -> CacheService {
    let begin = std::time::Instant::now();
    let attempt = move || {
        let settings = Settings {
            folder: place.path().into(),
            limit: None,
        };
        let (disk, signpost) = (Arc::new(Disk), Signpost::to(server));
        CacheService::start_on(disk, settings, index.clone(), signpost, runtime)
    };
    loop {
        match attempt() {
            // The lock goes with the last task of the one before.
            Err(CacheError::InUse) if begin.elapsed() < LONG => {
                std::thread::sleep(Duration::from_millis(1));
            }
            started => return started.unwrap(),
        }
    }
}

fn block<T>(future: impl Future<Output = T>) -> T {
    let bounded = async { tokio::time::timeout(LONG, future).await.expect("no hang") };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(bounded)
}

fn read_all(reader: &Reader) {
    let mut bytes = vec![0; 2 * MB as usize];
    assert_eq!(reader.read_at_blocking(0, &mut bytes).unwrap(), bytes.len());
    pattern::verify(SEED, 0, &bytes).unwrap();
}

fn until(holds: impl Fn() -> bool) {
    let begin = std::time::Instant::now();
    while !holds() {
        assert!(begin.elapsed() < LONG, "it never comes to that");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn an_index_that_can_load_and_store_is_enough() {
    let index = Arc::new(Bare::default());
    let mut scene = Scene::new(index.clone());
    for name in ["a", "b"] {
        let reader = scene.open(name);
        read_all(&reader);
        drop(reader);
        scene.closed(name);
    }
    scene.restart(index.clone());
    let used = block(scene.cache.usage()).unwrap();
    assert_eq!((used.entries, used.disk_bytes), (2, 4 * MB));
    read_all(&scene.open("a"));
    assert_eq!(scene.server.requests_to("/blob/a").len(), 1);
    scene.closed("a");
    // The one that was not used for longer goes.
    scene.restart(index.clone());
    block(scene.cache.set_limit(3 * MB)).unwrap();
    let left = block(scene.cache.entries()).unwrap();
    let left: Vec<_> = left.iter().map(|state| state.key.clone()).collect();
    assert_eq!(left, [key("a")]);
    block(scene.cache.download(request("b"))).unwrap();
    scene.until("b", |_, _, bytes| bytes == 2 * MB);
    scene.restart(index);
    let kept = block(scene.cache.entry(&key("b"))).unwrap().unwrap();
    assert_eq!((kept.class, kept.ranges.bytes()), (Class::Kept, 2 * MB));
}

#[test]
fn an_index_that_fails_for_a_while_costs_nothing_that_is_here() {
    let index = Moody::new(true, usize::MAX >> 4);
    let mut scene = Scene::new(index.clone());
    let of_version = |version: &str| OpenRequest {
        fingerprint: Some(version.into()),
        ..request("a")
    };
    let reader = block(scene.cache.open(of_version("1"))).unwrap();
    read_all(&reader);
    drop(reader);
    scene.closed("a");
    // What is closed cannot be written down, and is known all the same.
    let before = index.refused.load(Ordering::SeqCst);
    until(|| index.refused.load(Ordering::SeqCst) > before);
    assert!(block(scene.cache.set_pinned(&key("a"), true)).unwrap());
    let listed = block(scene.cache.entries()).unwrap();
    assert!(listed.len() == 1 && listed[0].pinned, "{listed:?}");
    read_all(&scene.open("a"));
    assert_eq!(scene.server.requests_to("/blob/a").len(), 1);
    // Another version of it takes its place, and what was said of the title stays.
    scene.closed("a");
    let reader = block(scene.cache.open(of_version("2"))).unwrap();
    assert!(reader.ranges().is_empty());
    read_all(&reader);
    drop(reader);
    index.set_ill(false);
    until(|| {
        index
            .claim("a")
            .is_some_and(|claim| claim.ranges.bytes() == 2 * MB)
    });
    let claim = index.claim("a").unwrap();
    assert!(claim.pinned && claim.fingerprint.as_deref() == Some("2"));
    scene.restart(index.clone());
    read_all(&block(scene.cache.open(of_version("2"))).unwrap());
    assert_eq!(scene.server.requests_to("/blob/a").len(), 2);
}

#[test]
fn an_index_that_fails_at_the_end_does_not_hold_it_up() {
    let index = Moody::new(false, usize::MAX >> 4);
    let mut scene = Scene::new(index.clone());
    let reader = scene.open("a");
    read_all(&reader);
    until(|| index.claim("a").is_some());
    read_all(&scene.open("b"));
    index.set_ill(true);
    scene.end();
    drop(reader);
    // The next start hears of a disorderly end, and believes what is in the files.
    index.set_ill(false);
    scene.restart(index.clone());
    for name in ["a", "b"] {
        read_all(&scene.open(name));
    }
}

#[test]
fn who_asks_while_a_row_is_read_is_answered_after_it() {
    let index = Moody::new(false, 0);
    let scene = Scene::new(index.clone());
    let cache = &scene.cache;
    let (first, second, pinned) = block(async {
        let let_in = async {
            index.asked.acquire().await.unwrap().forget();
            // Whoever asked before this has been heard when this is answered.
            cache.jobs().await.unwrap();
            index.lets.add_permits(100);
        };
        let keep = OpenRequest {
            size_hint: Some(2 * MB),
            ..request("a")
        };
        let pin = key("a");
        let (first, second, pinned, ()) = tokio::join!(
            cache.open(request("a")),
            cache.keep(keep),
            cache.set_pinned(&pin, true),
            let_in
        );
        (first, second, pinned)
    });
    read_all(&first.unwrap());
    read_all(&second.unwrap());
    assert!(pinned.unwrap());
    let state = block(cache.entry(&key("a"))).unwrap().unwrap();
    assert!(state.pinned && state.class == Class::Kept);
    assert_eq!(scene.server.requests_to("/blob/a").len(), 1);
}

#[test]
fn the_end_waits_for_a_row_and_nothing_begins_meanwhile() {
    let index = Moody::new(false, 0);
    let scene = Scene::new(index.clone());
    let cache = &scene.cache;
    block(async {
        let meanwhile = async {
            index.asked.acquire().await.unwrap().forget();
            let late = async {
                // The end is asked for by now: it is polled first.
                let group = Group::new("late");
                let closed = |result: Result<(), CacheError>| {
                    assert!(matches!(result, Err(CacheError::Closed)), "{result:?}");
                };
                closed(cache.open(request("b")).await.map(drop));
                closed(cache.download(request("b")).await.map(drop));
                let job = cache.fetch_ahead(request("b"), Span::Whole, Priority::Later, &group);
                closed(job.await.map(drop));
                index.lets.add_permits(100);
            };
            tokio::join!(biased; cache.shutdown(), late);
        };
        let (opened, ()) = tokio::join!(biased; cache.open(request("a")), meanwhile);
        assert!(matches!(opened, Ok(_) | Err(CacheError::Closed)));
    });
    assert!(scene.server.requests().is_empty());
}
