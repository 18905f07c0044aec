//! The cache's folder and its sparse files: one for each generation, written at offsets, never in order.
//!
//! **Owns** layout, modes and system calls. **Does not know** what a byte means. **Threads**: everything here blocks;
//! the cache calls it from the blocking pool, and readers from the threads that may.

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use parking_lot::Mutex;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::checksum::Checksums;
use super::error::CacheError;
use super::key::Generation;
use super::storage::{self, Opening, Space, Storage, StoredFile};

/// Where a profile's bytes lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folders {
    /// Streamed bytes, which may be deleted at any time, in `media/v1` below it.
    pub cache: PathBuf,
    /// Kept titles, which are the user's own, in `downloads/v1` below it.
    pub data: PathBuf,
}

/// Both in one folder.
impl From<&Path> for Folders {
    fn from(folder: &Path) -> Self {
        Self {
            cache: folder.into(),
            data: folder.into(),
        }
    }
}

/// Bytes that are copied at a time.
const COPIED: usize = 1 << 20;
/// Bytes that a disk has to take before it is believed that it takes more.
const PROBE: usize = 1 << 20;
/// What backup programs look for (bford.info/cachedir).
const TAG: &str =
    "Signature: 8a477f597d28d172789f06886806bc55\n# Media that Spool can fetch again.\n";

/// A file without a row is deleted when it is so old: until then somebody may know more about it than the index.
const OLD: Duration = Duration::from_secs(3600);

/// The folders, held by this program alone while this lives.
#[derive(Debug)]
pub(super) struct Folder {
    media: PathBuf,
    /// Where kept titles lie.
    kept: PathBuf,
    storage: Arc<dyn Storage>,
    /// Held until the last of this, or [`Folder::release`].
    lock: Mutex<Option<File>>,
}

impl Folder {
    /// Makes the folders where they are missing, and takes them.
    pub(super) fn take(folders: &Folders, storage: Arc<dyn Storage>) -> Result<Self, CacheError> {
        let media = folders.cache.join("media").join("v1");
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
                kept: folders.data.join("downloads").join("v1"),
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

    /// Opens a generation's file if it is there, in either folder: a program that ended between a move and the claim that
    /// speaks of it has lost nothing. Also says whether it lies among the kept titles.
    pub(super) fn open_existing(&self, generation: Generation) -> io::Result<(StoredFile, bool)> {
        let at = |root: &Path| self.storage.open(&generation.path(root), Opening::Existing);
        match at(&self.media) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok((at(&self.kept)?, true)),
            opened => Ok((opened?, false)),
        }
    }

    /// Opens the checksums of a generation, or makes an empty file for them beside its bytes.
    pub(super) fn open_sums(&self, generation: Generation) -> io::Result<Checksums> {
        let at = |root: &Path| {
            self.storage
                .open(&generation.sums_path(root), Opening::Existing)
        };
        let kept = || {
            self.storage
                .open(&generation.path(&self.kept), Opening::Existing)
        };
        let sums = at(&self.kept).or_else(|_| at(&self.media)).or_else(|_| {
            let root = if kept().is_ok() {
                &self.kept
            } else {
                &self.media
            };
            self.storage
                .open(&generation.sums_path(root), Opening::Create)
        });
        Checksums::open(sums?)
    }

    /// Deletes a generation's files, wherever they are. Who has them open reads on.
    pub(super) fn delete(&self, generation: Generation) {
        let paths = [&self.media, &self.kept].into_iter();
        for path in paths.flat_map(|root| [generation.path(root), generation.sums_path(root)]) {
            match self.storage.remove(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    tracing::warn!(%error, "a cached file cannot be deleted");
                }
                _ => {}
            }
        }
    }

    /// Gives a generation's file its place: among the kept titles, or among the others. Between two file systems its bytes
    /// are copied, if `copy` allows it: nobody may write to it meanwhile. `stop` ends a copy early; then the file is where
    /// it was. Blocks.
    pub(super) fn relocate(
        &self,
        generation: Generation,
        kept: bool,
        copy: bool,
        stop: &AtomicBool,
    ) -> io::Result<()> {
        let (from, to) = match kept {
            true => (&self.media, &self.kept),
            false => (&self.kept, &self.media),
        };
        let (from, to) = (generation.path(from), generation.path(to));
        let (Some(old), Some(new)) = (from.parent(), to.parent()) else {
            return Ok(());
        };
        if self.storage.open(&to, Opening::Existing).is_ok() {
            return Ok(());
        }
        self.storage.make_folder(new)?;
        let (sums, beside) = match kept {
            true => (
                generation.sums_path(&self.media),
                generation.sums_path(&self.kept),
            ),
            false => (
                generation.sums_path(&self.kept),
                generation.sums_path(&self.media),
            ),
        };
        // A file without checksums gets new ones when it needs them.
        self.storage.rename(&sums, &beside).ok();
        match self.storage.rename(&from, &to) {
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices && copy => {
                let part = to.with_extension("part");
                let copied = self.copy(&from, &part, stop);
                if copied.is_err() {
                    // What is left of it is of no use; that there may be nothing is no matter.
                    self.storage.remove(&part).ok();
                }
                copied?;
                self.storage.rename(&part, &to)?;
                self.storage.sync_folder(new)?;
                self.storage.remove(&from)
            }
            renamed => {
                renamed?;
                self.storage.sync_folder(new)?;
                self.storage.sync_folder(old)
            }
        }
    }

    /// Copies what a file has data for, and makes it durable.
    fn copy(&self, from: &Path, to: &Path, stop: &AtomicBool) -> io::Result<()> {
        let source = self.storage.open(from, Opening::Existing)?;
        let target = self.storage.open(to, Opening::Create)?;
        let mut block = vec![0; COPIED];
        for range in source.extents().iter() {
            let mut pos = range.start;
            while pos < range.end {
                if stop.load(Ordering::Acquire) {
                    return Err(io::ErrorKind::Interrupted.into());
                }
                let left = usize::try_from(range.end - pos).unwrap_or(COPIED);
                let part = &mut block[..left.min(COPIED)];
                let count = source.read_at(pos, part)?;
                if count == 0 {
                    break;
                }
                target.write_all_at(&part[..count], pos)?;
                pos += count as u64;
            }
        }
        target.sync()
    }

    /// The generations that have a file; not all of them, when `goes_on` says no on the way.
    pub(super) fn generations(&self, goes_on: impl Fn() -> bool) -> HashSet<Generation> {
        let roots = [&self.media, &self.kept].into_iter();
        let folders = roots.filter_map(|root| self.storage.list(root).ok());
        let files = folders
            .flatten()
            .take_while(|_| goes_on())
            .filter_map(|folder| self.storage.list(&folder).ok());
        files
            .flatten()
            .filter_map(|path| Generation::of_file_name(path.file_name()?.to_str()?))
            .collect()
    }

    /// Whether nobody has written to a generation's file for a while. Its time may be of a clock that was wrong.
    pub(super) fn is_old(&self, generation: Generation) -> bool {
        let modified = |root: &PathBuf| self.storage.modified(&generation.path(root));
        let modified = modified(&self.media).or_else(|_| modified(&self.kept));
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

    /// Writes a little and deletes it again, to see whether the disk takes bytes.
    pub(super) fn probe(&self) -> io::Result<()> {
        let probe = Generation::random();
        let written = self.open(probe).and_then(|file| {
            file.write_all_at(&[1; PROBE], 0)?;
            file.sync()
        });
        self.delete(probe);
        written
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
        Folder::take(&place.into(), Arc::new(Disk))
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
