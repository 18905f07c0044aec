//! A cache over the kit's server, with an index in memory: what the cache's tests stand on.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "every test crate that includes it uses a part"
)]

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use spool_engine::cache::storage::{Disk, Storage};
use spool_engine::cache::{
    CacheError, CacheKey, CacheService, Claim, Index, IndexError, Locator, Note, OpenRequest,
    Reader, Settings, StoredJob, Turn,
};
use spool_engine::http::{Http, Located, SecretUrl};
use spool_engine::model::{ItemId, PartId};
use spool_engine::runtime::Runtime;
use spool_engine::source::SourceError;
use testkit::{Blob, FakeServer, Options, pattern};
use tokio::sync::oneshot;

pub const SEED: u64 = 7;
/// A guard against hangs, never an expectation.
pub const LONG: Duration = Duration::from_secs(30);
/// What comes of a reply that is broken off, after the engine has had enough: the kit's server may have 128 KiB with its
/// system, this side takes 64 KiB and more, and on a busy machine both are full when the connection ends.
pub const UNDER_WAY: u64 = 256 << 10;

#[derive(Default)]
pub struct MemoryIndex {
    pub rows: Mutex<HashMap<CacheKey, Claim>>,
    pub note: Mutex<Option<Note>>,
    /// The next who seeks victims says so to the first, and gets the rows, as they were then, when the second says so.
    pub hold: Mutex<Option<(oneshot::Sender<()>, oneshot::Receiver<()>)>>,
    pub jobs: Mutex<BTreeMap<u64, StoredJob>>,
}

#[async_trait::async_trait]
impl Index for MemoryIndex {
    async fn load(&self) -> Result<Vec<Claim>, IndexError> {
        Ok(self.rows.lock().unwrap().values().cloned().collect())
    }

    async fn next_to_go(&self, _: Option<&Claim>, count: usize) -> Result<Vec<Claim>, IndexError> {
        let mut rows = self.load().await?;
        rows.retain(|claim| Turn::of(claim).is_ok());
        rows.sort_by_key(|claim| (Turn::of(claim).ok(), claim.last_use));
        assert!(rows.len() <= count, "a test has one page");
        let hold = self.hold.lock().unwrap().take();
        if let Some((reached, go_on)) = hold {
            reached.send(()).unwrap();
            go_on.await.unwrap();
        }
        Ok(rows)
    }

    async fn commit(&self, put: Vec<Claim>, removed: Vec<CacheKey>) -> Result<(), IndexError> {
        let mut rows = self.rows.lock().unwrap();
        for key in removed {
            rows.remove(&key);
        }
        rows.extend(put.into_iter().map(|claim| (claim.key.clone(), claim)));
        Ok(())
    }

    async fn put_job(&self, job: &StoredJob) -> Result<(), IndexError> {
        self.jobs.lock().unwrap().insert(job.id, job.clone());
        Ok(())
    }

    async fn remove_jobs(&self, ids: &[u64]) -> Result<(), IndexError> {
        self.jobs.lock().unwrap().retain(|id, _| !ids.contains(id));
        Ok(())
    }

    async fn jobs(&self) -> Result<Vec<StoredJob>, IndexError> {
        Ok(self.jobs.lock().unwrap().values().cloned().collect())
    }

    async fn note(&self) -> Result<Option<Note>, IndexError> {
        Ok(self.note.lock().unwrap().clone())
    }

    async fn keep_note(&self, note: &Note) -> Result<(), IndexError> {
        *self.note.lock().unwrap() = Some(note.clone());
        Ok(())
    }
}

/// Every key is at `/blob/<item>` of the server.
pub struct Signpost {
    http: Http,
    base: url::Url,
    pub asked: AtomicUsize,
    pub offline: Mutex<bool>,
    /// What the address is signed with, when it is; `*` stands for how often it was asked for.
    pub signature: Mutex<Option<String>>,
    /// Requests for a file that its server allows at the same time.
    pub connections: AtomicUsize,
}

impl Signpost {
    pub fn to(server: &FakeServer) -> Arc<Self> {
        let base: url::Url = server.url("/").parse().unwrap();
        Arc::new(Self {
            http: Http::new(&base, None).unwrap(),
            base,
            asked: AtomicUsize::new(0),
            offline: Mutex::new(false),
            signature: Mutex::new(None),
            connections: AtomicUsize::new(Located::CONNECTIONS),
        })
    }
}

#[async_trait::async_trait]
impl Locator for Signpost {
    async fn locate(&self, key: &CacheKey) -> Result<Located, SourceError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if *self.offline.lock().unwrap() {
            return Err(SourceError::Unreachable("known to be offline".into()));
        }
        let mut url = self
            .base
            .join(&format!("/blob/{}", key.part().item().key()))
            .unwrap();
        if let Some(signature) = &*self.signature.lock().unwrap() {
            let asked = self.asked.load(Ordering::SeqCst).to_string();
            let signature = signature.replace('*', &asked);
            url.query_pairs_mut().append_pair("sig", &signature);
        }
        Ok(Located::Remote {
            http: self.http.clone(),
            url: SecretUrl::new(url),
            connections: self.connections.load(Ordering::SeqCst),
        })
    }

    fn connections(&self, _: &CacheKey) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

pub struct Stage {
    pub server: FakeServer,
    pub place: tempfile::TempDir,
    pub index: Arc<MemoryIndex>,
    pub signpost: Arc<Signpost>,
    pub runtime: Runtime,
    pub cache: CacheService,
    pub limit: Option<u64>,
    pub storage: Arc<dyn Storage>,
}

impl Stage {
    pub fn new() -> Self {
        Self::on(Arc::new(Disk))
    }

    /// On another file system.
    pub fn on(storage: Arc<dyn Storage>) -> Self {
        let server = FakeServer::start(Options::default());
        let signpost = Signpost::to(&server);
        let place = tempfile::tempdir().unwrap();
        let index = Arc::new(MemoryIndex::default());
        let runtime = Runtime::start().unwrap();
        let cache = start(&storage, place.path(), None, &index, &signpost, &runtime);
        Self {
            server,
            place,
            index,
            signpost,
            runtime,
            cache,
            limit: None,
            storage,
        }
    }

    pub fn blob(&self, name: &str, size: u64) {
        self.server
            .add_blob(&format!("/blob/{name}"), Blob::pattern(size, SEED));
    }

    /// In good order, or (`kill`) as it is: what the old one still does, it does to the old index and folder.
    pub fn restart(&mut self, kill: bool) {
        if !kill {
            self.block(self.cache.clone().shutdown_owned());
            self.runtime = Runtime::start().unwrap();
            let (index, signpost) = (self.index.clone(), self.signpost.clone());
            self.cache = start(
                &self.storage,
                self.place.path(),
                self.limit,
                &index,
                &signpost,
                &self.runtime,
            );
            return;
        }
        // Rows first, files later: a row may be older than the file, as after a crash.
        let rows = self.index.rows.lock().unwrap().clone();
        let note = self.index.note.lock().unwrap().clone();
        let jobs = self.index.jobs.lock().unwrap().clone();
        let copy = tempfile::tempdir().unwrap();
        copy_folder(self.place.path(), copy.path());
        self.index = Arc::new(MemoryIndex {
            rows: Mutex::new(rows),
            note: Mutex::new(note),
            hold: Mutex::default(),
            jobs: Mutex::new(jobs),
        });
        self.place = copy;
        self.runtime = Runtime::start().unwrap();
        self.cache = start(
            &self.storage,
            self.place.path(),
            self.limit,
            &self.index,
            &self.signpost,
            &self.runtime,
        );
    }

    pub fn block<T>(&self, future: impl Future<Output = T>) -> T {
        let bounded = async { tokio::time::timeout(LONG, future).await.expect("no hang") };
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
            .block_on(bounded)
    }

    pub fn open(&self, name: &str) -> Reader {
        self.block(self.cache.open(request(name))).unwrap()
    }

    pub fn read(&self, reader: &Reader, pos: u64, len: usize) -> Vec<u8> {
        self.block(reader.read_at(pos, len)).unwrap().to_vec()
    }

    /// Reads from `pos` to the end in blocks, and compares every byte.
    pub fn read_through(&self, reader: &Reader, mut pos: u64, size: u64) {
        let mut block = vec![0; 100_000];
        loop {
            let count = reader.read_at_blocking(pos, &mut block).unwrap();
            pattern::verify(SEED, pos, &block[..count]).unwrap();
            pos += count as u64;
            if count < block.len() {
                assert_eq!(pos, size, "the end is where it should be");
                return;
            }
        }
    }

    pub fn claim(&self, name: &str) -> Option<Claim> {
        self.index.rows.lock().unwrap().get(&key(name)).cloned()
    }

    pub fn file_of(&self, claim: &Claim) -> std::path::PathBuf {
        let name = claim.generation.to_string();
        self.place
            .path()
            .join("media/v1")
            .join(&name[..2])
            .join(format!("{name}.data"))
    }

    /// Waits until `holds` of the entry's state.
    pub fn until(&self, name: &str, holds: impl Fn(&spool_engine::cache::EntryState) -> bool) {
        self.block(async {
            loop {
                let state = self.cache.entry(&key(name)).await.unwrap();
                if state.is_some_and(|state| holds(&state)) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
    }
}

trait ShutdownOwned {
    fn shutdown_owned(self) -> impl Future<Output = ()>;
}

impl ShutdownOwned for CacheService {
    async fn shutdown_owned(self) {
        self.shutdown().await;
    }
}

fn start(
    storage: &Arc<dyn Storage>,
    folder: &Path,
    limit: Option<u64>,
    index: &Arc<MemoryIndex>,
    signpost: &Arc<Signpost>,
    runtime: &Runtime,
) -> CacheService {
    let begin = std::time::Instant::now();
    loop {
        let settings = Settings {
            folder: folder.into(),
            limit,
        };
        let (index, signpost) = (index.clone(), signpost.clone());
        match CacheService::start_on(storage.clone(), settings, index, signpost, runtime) {
            // The old one's lock goes with its last task.
            Err(CacheError::InUse) if begin.elapsed() < LONG => {
                std::thread::sleep(Duration::from_millis(5));
            }
            started => return started.unwrap(),
        }
    }
}

fn copy_folder(from: &Path, to: &Path) {
    // Holes stay holes.
    let done = std::process::Command::new("cp")
        .args(["-a", "--sparse=always"])
        .arg(from.join("."))
        .arg(to)
        .status();
    assert!(done.unwrap().success());
}

pub fn key(name: &str) -> CacheKey {
    PartId::new(ItemId::new("abc".parse().unwrap(), name), "file").into()
}

pub fn request(name: &str) -> OpenRequest {
    OpenRequest {
        key: key(name),
        fingerprint: None,
        size_hint: None,
    }
}
