//! The cache's folder and its sparse files: one for each generation, written at offsets, never in order.
//!
//! **Owns** layout, modes and system calls. **Does not know** what a byte means. **Threads**: everything here blocks;
//! the cache calls it from the blocking pool, and readers from the threads that may.

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use parking_lot::Mutex;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::checksum::Checksums;
use super::error::CacheError;
use super::key::Generation;
use super::storage::{self, Opening, Space, Storage, StoredFile};

/// What backup programs look for (bford.info/cachedir).
const TAG: &str =
    "Signature: 8a477f597d28d172789f06886806bc55\n# Media that Spool can fetch again.\n";

/// A file without a row is deleted when it is so old: until then somebody may know more about it than the index.
const OLD: Duration = Duration::from_secs(3600);

/// The folder, held by this program alone while this lives.
#[derive(Debug)]
pub(super) struct Folder {
    media: PathBuf,
    storage: Arc<dyn Storage>,
    /// Held until the last of this, or [`Folder::release`].
    lock: Mutex<Option<File>>,
}

impl Folder {
    /// Makes `cache/media/v1` where it is missing, and takes it.
    pub(super) fn take(cache: &Path, storage: Arc<dyn Storage>) -> Result<Self, CacheError> {
        let media = cache.join("media").join("v1");
        let made = storage.make_folder(&media);
        made.map_err(|error| failed(&error))?;
        let tag = media.join("CACHEDIR.TAG");
        if !tag.exists() {
            std::fs::write(&tag, TAG).map_err(|error| failed(&error))?;
        }
        let lock = storage::options(Opening::Create).open(media.join("lock"));
        let lock = lock.map_err(|error| failed(&error))?;
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Self {
                media,
                storage,
                lock: Mutex::new(Some(lock)),
            }),
            Err(Errno::WOULDBLOCK) => Err(CacheError::InUse),
            Err(error) => Err(failed(&error.into())),
        }
    }

    /// Lets another program have it: the cache has ended, though some of its tasks may not have noticed.
    pub(super) fn release(&self) {
        drop(self.lock.lock().take());
    }

    /// Opens a generation's file, or makes an empty one, and its folders where they are missing.
    pub(super) fn open(&self, generation: Generation) -> io::Result<StoredFile> {
        let path = generation.path(&self.media);
        match self.storage.open(&path, Opening::Create) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if let Some(parent) = path.parent() {
                    self.storage.make_folder(parent)?;
                }
                self.storage.open(&path, Opening::Create)
            }
            opened => opened,
        }
    }

    /// Opens a generation's file if it is there.
    pub(super) fn open_existing(&self, generation: Generation) -> io::Result<StoredFile> {
        let path = generation.path(&self.media);
        self.storage.open(&path, Opening::Existing)
    }

    /// Opens the checksums of a generation, or makes an empty file for them.
    pub(super) fn open_sums(&self, generation: Generation) -> io::Result<Checksums> {
        let path = generation.sums_path(&self.media);
        Checksums::open(self.storage.open(&path, Opening::Create)?)
    }

    /// Deletes a generation's files. Who has them open reads on.
    pub(super) fn delete(&self, generation: Generation) {
        for path in [
            generation.path(&self.media),
            generation.sums_path(&self.media),
        ] {
            match self.storage.remove(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    tracing::warn!(%error, "a cached file cannot be deleted");
                }
                _ => {}
            }
        }
    }

    /// The generations that have a file; not all of them, when `goes_on` says no on the way.
    pub(super) fn generations(&self, goes_on: impl Fn() -> bool) -> HashSet<Generation> {
        let folders = self.storage.list(&self.media).into_iter().flatten();
        let files = folders
            .take_while(|_| goes_on())
            .filter_map(|folder| self.storage.list(&folder).ok());
        files
            .flatten()
            .filter_map(|path| Generation::of_file_name(path.file_name()?.to_str()?))
            .collect()
    }

    /// Whether nobody has written to a generation's file for a while. Its time may be of a clock that was wrong.
    pub(super) fn is_old(&self, generation: Generation) -> bool {
        let modified = self.storage.modified(&generation.path(&self.media));
        modified.is_ok_and(|then| {
            let now = SystemTime::now();
            let apart = now
                .duration_since(then)
                .or_else(|_| then.duration_since(now));
            apart.is_ok_and(|apart| apart >= OLD)
        })
    }

    /// Names this boot of the computer.
    pub(super) fn boot(&self) -> String {
        self.storage.boot()
    }

    /// The disk, now; `None` when it does not say.
    pub(super) fn space(&self) -> Option<Space> {
        self.storage.space(&self.media).ok()
    }
}

/// An I/O error as the cache's own.
pub(super) fn failed(error: &io::Error) -> CacheError {
    CacheError::Disk(error.to_string())
}

/// The disk, or the user's share of it, is full.
pub(super) fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::cache::storage::Disk;

    fn take(place: &Path) -> Result<Folder, CacheError> {
        Folder::take(place, Arc::new(Disk))
    }

    #[test]
    fn only_one_holds_the_folder() {
        let place = tempfile::tempdir().unwrap();
        let first = take(place.path()).unwrap();
        assert!(matches!(take(place.path()), Err(CacheError::InUse)));
        drop(first);
        take(place.path()).unwrap();
    }

    #[test]
    fn nobody_else_may_look() {
        let place = tempfile::tempdir().unwrap();
        let folder = take(place.path()).unwrap();
        let generation = Generation::random();
        let StoredFile::Plain(file) = folder.open(generation).unwrap() else {
            panic!("the real disk has real files");
        };
        let mode = |about: std::fs::Metadata| about.permissions().mode() & 0o777;
        assert_eq!(mode(file.metadata().unwrap()), 0o600);
        for path in [
            folder.media.clone(),
            generation.path(&folder.media).parent().unwrap().into(),
        ] {
            assert_eq!(mode(path.metadata().unwrap()), 0o700, "{path:?}");
        }
        assert!(folder.media.join("CACHEDIR.TAG").exists());
    }

    #[test]
    fn a_file_is_made_found_and_deleted() {
        let place = tempfile::tempdir().unwrap();
        let folder = take(place.path()).unwrap();
        let generation = Generation::random();
        assert!(folder.open_existing(generation).is_err());
        folder.open(generation).unwrap();
        folder.open_existing(generation).unwrap();
        assert_eq!(folder.generations(|| true), HashSet::from([generation]));
        folder.delete(generation);
        folder.delete(generation);
        assert!(folder.generations(|| true).is_empty());
    }
}
