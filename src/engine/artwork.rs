//! Pictures: fetched once, kept on disk, decoded off the window's thread.
//!
//! **Owns** the folder of fetched pictures and a small memory of decoded ones. **Does not know** which page wants a picture,
//! nor whether the network is there: what was seen once is on disk. **Threads**: handles work from any executor; fetching
//! runs on the engine's runtime, decoding on its blocking pool, at most `AT_ONCE` pictures together.
//!
//! An [`ImageId`] names content that never changes, so nothing is ever revalidated.

mod decode;
mod disk;
mod memory;

pub(crate) use self::decode::decode as decode_picture;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, WeakShared};
use parking_lot::Mutex;
use tokio::sync::Semaphore;

use self::disk::Disk;
use self::memory::Memory;
use crate::model::{AccountId, ImageId};
use crate::runtime::Runtime;
use crate::source::Source;

/// Pictures fetched and decoded at the same time.
const AT_ONCE: usize = 6;
/// Widths are rounded up to these, so that one picture is fetched in few sizes.
const WIDTHS: [u32; 6] = [160, 240, 360, 520, 800, 1280];

/// A decoded picture: 8-bit RGBA rows without padding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// `width * height * 4` bytes.
    pub rgba: Arc<[u8]>,
}

/// Finds the source that an account's pictures come from.
pub(crate) type SourceOf = Arc<dyn Fn(&AccountId) -> Option<Arc<dyn Source>> + Send + Sync>;

/// A picture and the width it is wanted in.
type Wanted = (ImageId, u32);
/// A picture under way; whoever waits for it holds one.
type Work = Shared<BoxFuture<'static, Option<Picture>>>;
type WeakWork = WeakShared<BoxFuture<'static, Option<Picture>>>;

/// Handle to the pictures. Cheap to clone.
#[derive(Clone)]
pub struct ArtworkService {
    inner: Arc<Inner>,
}

struct Inner {
    runtime: Runtime,
    source_of: SourceOf,
    disk: Disk,
    memory: Mutex<Memory<Wanted>>,
    under_way: Mutex<HashMap<Wanted, WeakWork>>,
    slots: Semaphore,
}

impl std::fmt::Debug for ArtworkService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ArtworkService").finish_non_exhaustive()
    }
}

impl ArtworkService {
    /// Keeps pictures in `folder`, which is made when the first one comes.
    pub(crate) fn start(folder: PathBuf, source_of: SourceOf, runtime: &Runtime) -> Self {
        let inner = Inner {
            runtime: runtime.clone(),
            source_of,
            disk: Disk::new(folder),
            memory: Mutex::default(),
            under_way: Mutex::default(),
            slots: Semaphore::new(AT_ONCE),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// The picture, about `width` pixels wide; from disk without the network where it was seen before. Concurrent requests
    /// for one picture share one fetch. Dropping the future gives up the wait; a fetch that nobody waits for any more ends.
    /// `None`: it cannot be had now.
    pub async fn picture(&self, image: &ImageId, width: u32) -> Option<Picture> {
        let wanted = (image.clone(), rounded(width));
        let remembered = self.inner.memory.lock().get(&wanted);
        match remembered {
            Some(picture) => Some(picture),
            None => self.join(wanted).await,
        }
    }

    /// Joins the work on a picture, or begins it.
    fn join(&self, wanted: Wanted) -> Work {
        let mut under_way = self.inner.under_way.lock();
        under_way.retain(|_, work| work.upgrade().is_some());
        if let Some(work) = under_way.get(&wanted).and_then(WeakShared::upgrade) {
            return work;
        }
        let inner = Arc::clone(&self.inner);
        let key = wanted.clone();
        let runtime = self.inner.runtime.clone();
        // `Runtime::run` aborts its task when the last who waits drops this future.
        let work = async move { runtime.run(async move { inner.obtain(key).await }).await };
        let work = work.boxed().shared();
        if let Some(weak) = work.downgrade() {
            under_way.insert(wanted, weak);
        }
        work
    }
}

impl Inner {
    /// Gets a picture from disk or its source, decodes and remembers it.
    async fn obtain(&self, wanted: Wanted) -> Option<Picture> {
        let _slot = self.slots.acquire().await.ok()?;
        let (image, width) = &wanted;
        let bytes = match self.disk.read(image, *width).await {
            Some(bytes) => bytes,
            None => self.fetch(image, *width).await?,
        };
        let width = *width;
        let decoded = tokio::task::spawn_blocking(move || decode::decode(&bytes, width))
            .await
            .ok()?;
        let picture = decoded
            .inspect_err(|error| tracing::debug!(image = %wanted.0, "no picture: {error}"))
            .ok()?;
        self.memory.lock().insert(wanted, picture.clone());
        Some(picture)
    }

    async fn fetch(&self, image: &ImageId, width: u32) -> Option<bytes::Bytes> {
        let source = (self.source_of)(image.account())?;
        let bytes = source
            .image(image, width)
            .await
            .inspect_err(|error| tracing::debug!(%image, "no picture: {error}"))
            .ok()?;
        self.disk.write(image, width, &bytes).await;
        Some(bytes)
    }
}

fn rounded(width: u32) -> u32 {
    WIDTHS
        .into_iter()
        .find(|&step| step >= width)
        .unwrap_or(WIDTHS[WIDTHS.len() - 1])
}

#[cfg(test)]
mod tests;
