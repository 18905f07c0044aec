//! The cache of media bytes. (Placeholder of the public surface; owner: cache.)

mod checkpoint;
mod error;
mod key;
mod local;

pub use checkpoint::{Claim, Index, IndexError};
pub use error::CacheError;
pub use key::{CacheKey, Generation};

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::broadcast;

use crate::http::Located;
use crate::range::RangeSet;
use crate::runtime::Runtime;
use crate::source_error::SourceError;

/// Says where a key's bytes are now. The engine implements it over the accounts' sources.
#[async_trait]
pub trait Locator: Send + Sync + 'static {
    /// Asked only when bytes are missing; once for all waiters.
    async fn locate(&self, key: &CacheKey) -> Result<Located, SourceError>;
}

/// What is asked to open a resource.
#[derive(Clone, Debug)]
pub struct OpenRequest {
    /// Which one.
    pub key: CacheKey,
    /// Changes when the file changes, as the library knows it; differs from the stored one → new generation.
    pub fingerprint: Option<String>,
    /// Size as the library says; shown until the first reply says better.
    pub size_hint: Option<u64>,
}

/// What is known of one cached resource; published at most 4 times a second.
#[derive(Clone, Debug)]
pub struct EntryState {
    /// Which one.
    pub key: CacheKey,
    /// Its size in bytes, once known.
    pub size: Option<u64>,
    /// Which bytes are here.
    pub ranges: RangeSet,
    /// Bytes are arriving now.
    pub arriving: bool,
    /// Open readers.
    pub readers: usize,
    /// Bytes allocated on the disk.
    pub disk_bytes: u64,
    /// Order of last use: larger is later.
    pub last_use: u64,
}

/// The cache's numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Resources with at least one byte here.
    pub entries: u64,
    /// Bytes allocated on the disk.
    pub disk_bytes: u64,
    /// The limit in bytes.
    pub limit: u64,
}

/// A reader of one resource: a cached one, or a plain file of this computer. Cheap to clone; each clone is a cursor of its
/// own. Dropping the last clone drops the interest in the bytes.
#[derive(Clone, Debug)]
pub struct Reader {
    file: local::LocalFile,
}

impl Reader {
    /// A reader of a plain file of this computer: complete, seekable, never copied.
    ///
    /// # Errors
    /// [`CacheError::Upstream`] with `Unreadable` when it cannot be opened.
    pub fn file(path: &Path) -> Result<Self, CacheError> {
        Ok(Self {
            file: local::LocalFile::open(path)?,
        })
    }

    /// Size in bytes; waits for the first reply where it is not known yet. `None`: the server does not say.
    pub async fn len(&self) -> Result<Option<u64>, CacheError> {
        Ok(Some(self.file.len()))
    }

    /// Like [`Reader::len`], on a thread that may block.
    pub fn len_blocking(&self) -> Result<Option<u64>, CacheError> {
        Ok(Some(self.file.len()))
    }

    /// Size as known now, without waiting.
    #[must_use]
    pub fn known_len(&self) -> Option<u64> {
        Some(self.file.len())
    }

    /// Whether any position can be read. Without waiting.
    #[must_use]
    pub fn is_seekable(&self) -> bool {
        true
    }

    /// Whether all bytes are on this device. Without waiting.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        true
    }

    /// Exactly `len` bytes from `pos`, fewer only at the end of the resource, none at or behind it.
    pub async fn read_at(&self, pos: u64, len: usize) -> Result<Bytes, CacheError> {
        let file = self.file.clone();
        let read = move || {
            let left = file.len().saturating_sub(pos);
            let mut buf = vec![0; usize::try_from(left).unwrap_or(len).min(len)];
            let read = file.read_at_blocking(pos, &mut buf)?;
            buf.truncate(read);
            Ok(Bytes::from(buf))
        };
        tokio::task::spawn_blocking(read)
            .await
            .map_err(|error| CacheError::Disk(error.to_string()))?
    }

    /// Fills `buf` from `pos`; returns fewer bytes only at the end of the resource. Returns within 20 ms of
    /// [`Reader::set_flushing`]`(true)`.
    pub fn read_at_blocking(&self, pos: u64, buf: &mut [u8]) -> Result<usize, CacheError> {
        self.file.read_at_blocking(pos, buf)
    }

    /// While set, blocking reads of this clone end with [`CacheError::Cancelled`].
    pub fn set_flushing(&self, flushing: bool) {
        self.file.set_flushing(flushing);
    }

    /// Ranges on this device and size, now.
    #[must_use]
    pub fn ranges(&self) -> RangeSet {
        let mut ranges = RangeSet::default();
        ranges.insert(crate::range::ByteRange {
            start: 0,
            end: self.file.len(),
        });
        ranges
    }
}

/// Handle to the cache. Cheap to clone.
#[derive(Clone, Debug)]
pub struct CacheService {}

/// What the cache is started with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The profile's cache folder ([`crate::Dirs::cache`]); bytes live in `media/v1` below it.
    pub folder: PathBuf,
    /// Limit in bytes; `None` takes 10 % of the disk, at most 50 GB.
    pub limit: Option<u64>,
}

/// What a comparison of cached bytes with their source found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Bytes that were compared.
    pub bytes: u64,
    /// Where they differ; empty when all is well.
    pub mismatched: Vec<crate::range::ByteRange>,
}

impl CacheService {
    /// Takes the folder (one program at a time) and starts the cache's task on `runtime`. Touches no network; blocks
    /// for a few system calls.
    ///
    /// # Errors
    /// [`CacheError::InUse`] when another program holds the folder, [`CacheError::Disk`] when it cannot be used.
    pub fn start(
        _settings: Settings,
        _index: Arc<dyn Index>,
        _locator: Arc<dyn Locator>,
        _runtime: &Runtime,
    ) -> Result<Self, CacheError> {
        todo!()
    }

    /// Fetches every byte that is here again and compares. Stores nothing.
    pub async fn verify(&self, _key: &CacheKey) -> Result<Verified, CacheError> {
        todo!()
    }

    /// Opens a resource. Never waits for the network.
    pub async fn open(&self, _request: OpenRequest) -> Result<Reader, CacheError> {
        todo!()
    }

    /// Everything that is cached, last used first.
    pub async fn entries(&self) -> Result<Vec<Arc<EntryState>>, CacheError> {
        todo!()
    }

    /// One resource.
    pub async fn entry(&self, _key: &CacheKey) -> Result<Option<Arc<EntryState>>, CacheError> {
        todo!()
    }

    /// States as they change, at most 4 a second for each resource. A state with empty ranges: it is gone.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<EntryState>> {
        todo!()
    }

    /// Numbers for people.
    pub async fn usage(&self) -> Result<Usage, CacheError> {
        todo!()
    }

    /// A new limit in bytes; evicts at once what is over it and not open.
    pub async fn set_limit(&self, _bytes: u64) -> Result<(), CacheError> {
        todo!()
    }

    /// Removes one resource, or all, that is not open. Returns the bytes freed.
    pub async fn clear(&self, _key: Option<CacheKey>) -> Result<u64, CacheError> {
        todo!()
    }

    /// Makes all claims durable and stops every fetch.
    pub async fn shutdown(&self) {
        todo!()
    }
}
