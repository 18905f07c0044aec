//! A whole engine over the origin: real database, real files, in a folder of its own on the disk.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use async_trait::async_trait;
use bytes::Bytes;
use spool_engine::cache::{CacheKey, Group, OpenRequest, Priority, Reader, Span};
use spool_engine::http::{Http, Located, SecretUrl};
use spool_engine::model::{
    AccountId, ImageId, ItemId, Library, LibraryId, Page, PartId, SourceKind,
};
use spool_engine::secret::Memory;
use spool_engine::source::{Details, Report, Source, SourceError};
use spool_engine::{Config, Dirs, Engine};

/// What a row puts on the disk at most, peers included.
const ROOM: u64 = 3 << 30;
/// The account that all rows use.
const ACCOUNT: &str = "0123456789ab";

/// Says that an item's name is a path of the origin, and nothing else.
struct Paths {
    http: Http,
    base: url::Url,
    /// Settings in place of those that the path names.
    settings: Option<String>,
}

#[async_trait]
impl Source for Paths {
    fn kind(&self) -> SourceKind {
        SourceKind::Jellyfin
    }

    async fn check(&self) -> Result<(), SourceError> {
        Ok(())
    }

    async fn libraries(&self) -> Result<Vec<Library>, SourceError> {
        Ok(Vec::new())
    }

    async fn items(&self, _: &LibraryId, _: u64, _: u64) -> Result<Page, SourceError> {
        Err(SourceError::Gone)
    }

    async fn details(&self, _: &ItemId) -> Result<Details, SourceError> {
        Err(SourceError::Gone)
    }

    async fn locate(&self, part: &PartId) -> Result<Located, SourceError> {
        let (path, settings) = (part.item().key(), self.settings.as_deref());
        let name = path.rsplit('/').next().unwrap_or_default();
        let url = match settings {
            Some(settings) => self.base.join(&format!("/{settings}/{name}")),
            None => self.base.join(path),
        };
        let url = url.map_err(|error| SourceError::Malformed(error.to_string()))?;
        Ok(Located::remote(self.http.clone(), SecretUrl::new(url)))
    }

    async fn image(&self, _: &ImageId, _: u32) -> Result<Bytes, SourceError> {
        Err(SourceError::Gone)
    }

    async fn subtitle(&self, _: &ItemId, _: &str) -> Result<Bytes, SourceError> {
        Err(SourceError::Gone)
    }

    async fn report(&self, _: &Report) -> Result<(), SourceError> {
        Ok(())
    }

    async fn set_watched(&self, _: &ItemId, _: bool) -> Result<(), SourceError> {
        Ok(())
    }
}

/// A running engine. Dropping it ends it in good order.
pub(crate) struct Stand {
    pub(crate) engine: Engine,
    account: AccountId,
}

impl Stand {
    /// Over the server at `address`, in the profile `folder`, which is kept.
    pub(crate) fn start(address: &str, folder: &Path) -> Result<Self> {
        Self::new(address, folder, None)
    }

    /// The same; every name is at `settings` of the origin now.
    pub(crate) fn start_faster(address: &str, folder: &Path, settings: &str) -> Result<Self> {
        Self::new(address, folder, Some(settings.to_owned()))
    }

    fn new(address: &str, folder: &Path, settings: Option<String>) -> Result<Self> {
        let base: url::Url = address.parse()?;
        let engine = Engine::start(Config {
            dirs: Dirs::profile(folder),
            device_name: "bench".into(),
            prober: None,
            cache_limit: Some(u64::MAX / 2),
            secrets: Some(Arc::new(Memory::default())),
        })?;
        let account: AccountId = ACCOUNT.parse().ok().context("an account's name")?;
        let http = Http::new(&base, None)?;
        let source = Arc::new(Paths {
            http,
            base,
            settings,
        });
        engine.sources.insert(account.clone(), source);
        Ok(Self { engine, account })
    }

    /// The key of the origin's `path`.
    pub(crate) fn key(&self, path: &str) -> CacheKey {
        PartId::new(ItemId::new(self.account.clone(), path), "file").into()
    }

    /// A reader of `path`. Its size is told by the first reply.
    pub(crate) fn open(&self, path: &str) -> Result<Reader> {
        Ok(wait(self.engine.cache.open(self.request(path)))?)
    }

    /// Whether a row can be measured here. Without room on the disk the cache plays through a window and keeps nothing: a
    /// download then waits for room, and the file that others are to read beside it stays short.
    pub(crate) fn check_room(&self) -> Result<()> {
        let limit = wait(self.engine.cache.usage())?.limit;
        anyhow::ensure!(
            limit >= ROOM,
            "the disk is too full to measure on: the cache may take {} MB of what is free, a row needs {}",
            limit / 1_000_000,
            ROOM / 1_000_000
        );
        Ok(())
    }

    /// Asks for all of `path` as a download.
    pub(crate) fn download(&self, path: &str) -> Result<()> {
        let (whole, group) = (Span::Whole, Group::new(path));
        let cache = &self.engine.cache;
        let asked = cache.fetch_ahead(self.request(path), whole, Priority::Download, &group);
        wait(asked)?;
        Ok(())
    }

    fn request(&self, path: &str) -> OpenRequest {
        OpenRequest {
            key: self.key(path),
            fingerprint: None,
            size_hint: None,
        }
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        self.engine.shutdown_blocking();
    }
}

/// Waits for what a handle answers, on this thread.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    struct Thread(std::thread::Thread);
    impl std::task::Wake for Thread {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Arc::new(Thread(std::thread::current())).into();
    let mut context = std::task::Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        std::thread::park();
    }
}

/// A folder on the disk that the build is on, not in memory as `/tmp` may be. Gone when dropped.
pub(crate) fn place() -> Result<tempfile::TempDir> {
    let base = Path::new("target/bench/tmp");
    std::fs::create_dir_all(base)?;
    let place = tempfile::Builder::new().tempdir_in(base.canonicalize()?);
    place.context("no place for temporary files")
}

/// The files that hold cached bytes below a profile.
pub(crate) fn data_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "data") {
                found.push(path);
            }
        }
    }
    found
}

/// Waits until the engine holds all of it.
pub(crate) fn until_complete(reader: &Reader) -> Result<()> {
    let end = std::time::Instant::now() + Duration::from_secs(60);
    while !reader.is_complete() {
        anyhow::ensure!(std::time::Instant::now() < end, "it never became complete");
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}
