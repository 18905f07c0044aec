//! The cache's folder and its sparse files: one for each generation, written at offsets, never in order.
//!
//! **Owns** layout, modes and system calls. **Does not know** what a byte means. **Threads**: everything here blocks;
//! the cache calls it from the blocking pool, and readers from the threads that may.
//!
//! **Invariant**: a name is a generation's and is made once. **Cancellation**: none; what is cut short by a kill is found at
//! the next start.

mod place;
mod tenure;

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use parking_lot::{Condvar, Mutex};

use super::checksum::Checksums;
use super::error::CacheError;
use super::key::Generation;
use super::storage::{Opening, Space, Storage, StoredFile};
use tenure::Tenure;

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

/// Bytes that a disk has to take before it is believed that it takes more.
const PROBE: usize = 1 << 20;
/// A file without a row is deleted when it is so old: until then somebody may know more about it than the index.
const OLD: Duration = Duration::from_secs(3600);

/// The folders. That of streamed bytes is held by this program alone while this lives, or it is another program's: then
/// nothing in it is touched. Kept titles belong to whoever holds the profile.
#[derive(Debug)]
pub(super) struct Folder {
    media: PathBuf,
    /// Where kept titles lie.
    kept: PathBuf,
    storage: Arc<dyn Storage>,
    /// Held until the last of this, or [`Folder::release`].
    tenure: Tenure,
    /// Generations that somebody looks for, moves or deletes just now. Held for a look at the set, and nothing under it.
    busy: Mutex<HashSet<Generation>>,
    /// One of them is not any more.
    free: Condvar,
}

impl Folder {
    /// Makes the folders where they are missing, and takes them.
    pub(super) fn take(folders: &Folders, storage: Arc<dyn Storage>) -> Result<Self, CacheError> {
        let folder = Self::of_nobody(folders, storage);
        folder.take_again()?;
        Ok(folder)
    }

    /// The folders, as far as nobody has taken them yet.
    pub(super) fn of_nobody(folders: &Folders, storage: Arc<dyn Storage>) -> Self {
        let media = folders.cache.join("media").join("v1");
        Self {
            tenure: Tenure::new(&media),
            media,
            kept: folders.data.join("downloads").join("v1"),
            storage,
            busy: Mutex::default(),
            free: Condvar::new(),
        }
    }

    /// Takes the folder of streamed bytes, which was another's or could not be used.
    pub(super) fn take_again(&self) -> Result<(), CacheError> {
        self.tenure.take(&*self.storage)
    }

    /// Whether streamed bytes may be kept.
    pub(super) fn is_ours(&self) -> bool {
        self.tenure.is_ours()
    }

    /// Lets another program have it: the cache has ended, though some of its tasks may not have noticed.
    pub(super) fn release(&self) {
        self.tenure.release();
    }

    /// The folders that may be touched, that of streamed bytes first.
    fn roots(&self) -> impl Iterator<Item = &PathBuf> {
        let media = self.is_ours().then_some(&self.media);
        media.into_iter().chain([&self.kept])
    }

    /// Opens a generation's file, or makes an empty one, and its folders where they are missing.
    pub(super) fn open(&self, generation: Generation, kept: bool) -> io::Result<StoredFile> {
        let root = match kept {
            true => &self.kept,
            false if self.is_ours() => &self.media,
            false => return Err(io::ErrorKind::ResourceBusy.into()),
        };
        let path = generation.path(root);
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
        let _alone = self.turn(generation);
        let at = |root: &Path| self.storage.open(&generation.path(root), Opening::Existing);
        let media = match self.is_ours() {
            true => at(&self.media),
            false => Err(io::ErrorKind::NotFound.into()),
        };
        match media {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok((at(&self.kept)?, true)),
            opened => Ok((opened?, false)),
        }
    }

    /// Opens the checksums of a generation, or makes an empty file for them beside its bytes.
    pub(super) fn open_sums(&self, generation: Generation) -> io::Result<Checksums> {
        let at = |root: &Path, opening| self.storage.open(&generation.sums_path(root), opening);
        let mut there = self.roots().map(|root| at(root, Opening::Existing));
        let sums = there.find_map(Result::ok);
        let sums = match sums {
            Some(sums) => sums,
            None => {
                let (_, kept) = self.open_existing(generation)?;
                at(if kept { &self.kept } else { &self.media }, Opening::Create)?
            }
        };
        Checksums::open(sums)
    }

    /// Deletes a generation's files, wherever they are. Who has them open reads on.
    pub(super) fn delete(&self, generation: Generation) {
        let _alone = self.turn(generation);
        let paths = |root: &PathBuf| [generation.path(root), generation.sums_path(root)];
        for path in self.roots().flat_map(paths) {
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
        let folders = self.roots().filter_map(|root| self.storage.list(root).ok());
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
        let written = self.open(probe, !self.is_ours()).and_then(|file| {
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
        let second = Folder::of_nobody(&place.path().into(), Arc::new(Disk));
        let generation = Generation::random();
        first.open(generation, false).unwrap();
        assert!(second.open(generation, false).is_err());
        assert!(second.open_existing(generation).is_err());
        second.delete(generation);
        first.open_existing(generation).unwrap();
        assert!(second.generations(|| true).is_empty());
        let mine = Generation::random();
        second.open(mine, true).unwrap();
        assert!(second.open_existing(mine).unwrap().1, "kept titles are");
        assert!(matches!(second.take_again(), Err(CacheError::InUse)));
        drop(first);
        second.take_again().unwrap();
        second.open_existing(generation).unwrap();
        assert!(matches!(take(place.path()), Err(CacheError::InUse)));
    }

    #[test]
    fn nobody_else_may_look() {
        let place = tempfile::tempdir().unwrap();
        let folder = take(place.path()).unwrap();
        let generation = Generation::random();
        let StoredFile::Plain(file) = folder.open(generation, false).unwrap() else {
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
        folder.open(generation, false).unwrap();
        folder.open_existing(generation).unwrap();
        assert_eq!(folder.generations(|| true), HashSet::from([generation]));
        folder.delete(generation);
        folder.delete(generation);
        assert!(folder.generations(|| true).is_empty());
    }
}
