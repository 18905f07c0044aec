//! The cache's folder and its sparse files: one for each generation, written at offsets, never in order.
//!
//! **Owns** layout, modes and system calls. **Does not know** what a byte means. **Threads**: everything here blocks;
//! the cache calls it from the blocking pool, and readers from the threads that may.

use std::collections::HashSet;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, SeekFrom, flock, seek, statvfs};
use rustix::io::Errno;

use super::error::CacheError;
use super::key::Generation;
use crate::range::{ByteRange, RangeSet};

/// Largest cache where the user has not said otherwise.
const DEFAULT_LIMIT: u64 = 50_000_000_000;
/// What backup programs look for (bford.info/cachedir).
const TAG: &str =
    "Signature: 8a477f597d28d172789f06886806bc55\n# Media that Spool can fetch again.\n";

/// The folder, held by this program alone while this lives.
#[derive(Debug)]
pub(super) struct Folder {
    media: PathBuf,
    _lock: File,
}

impl Folder {
    /// Makes `cache/media/v1` where it is missing, and takes it.
    pub(super) fn take(cache: &Path) -> Result<Self, CacheError> {
        let media = cache.join("media").join("v1");
        make_folder(&media).map_err(|error| failed(&error))?;
        let tag = media.join("CACHEDIR.TAG");
        if !tag.exists() {
            std::fs::write(&tag, TAG).map_err(|error| failed(&error))?;
        }
        let lock = options().open(media.join("lock"));
        let lock = lock.map_err(|error| failed(&error))?;
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Self { media, _lock: lock }),
            Err(Errno::WOULDBLOCK) => Err(CacheError::InUse),
            Err(error) => Err(failed(&error.into())),
        }
    }

    /// Opens a generation's file, or makes an empty one.
    pub(super) fn open(&self, generation: Generation) -> io::Result<File> {
        let path = generation.path(&self.media);
        if let Some(parent) = path.parent() {
            make_folder(parent)?;
        }
        options().open(path)
    }

    /// Opens a generation's file if it is there.
    pub(super) fn open_existing(&self, generation: Generation) -> io::Result<File> {
        options().create(false).open(generation.path(&self.media))
    }

    /// Deletes a generation's file. Who has it open reads on.
    pub(super) fn delete(&self, generation: Generation) {
        let path = generation.path(&self.media);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(%error, "a cached file cannot be deleted");
            }
            _ => {}
        }
    }

    /// The generations that have a file.
    pub(super) fn generations(&self) -> HashSet<Generation> {
        let folders = std::fs::read_dir(&self.media)
            .into_iter()
            .flatten()
            .flatten();
        let files = folders.filter_map(|folder| std::fs::read_dir(folder.path()).ok());
        let names = files.flatten().flatten().map(|file| file.file_name());
        names
            .filter_map(|name| Generation::of_file_name(name.to_str()?))
            .collect()
    }

    /// Bytes that may still be written to this disk.
    pub(super) fn free_bytes(&self) -> u64 {
        statvfs(&self.media).map_or(u64::MAX, |disk| disk.f_bavail * disk.f_frsize)
    }

    /// 10 % of the disk, at most 50 GB.
    pub(super) fn default_limit(&self) -> u64 {
        let tenth = statvfs(&self.media).map(|disk| disk.f_blocks * disk.f_frsize / 10);
        tenth.unwrap_or(DEFAULT_LIMIT).min(DEFAULT_LIMIT)
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

/// Bytes that a file takes on the disk.
pub(super) fn allocated(file: &File) -> u64 {
    file.metadata().map_or(0, |about| about.blocks() * 512)
}

/// Fills `buf` from `pos` as far as the file goes.
pub(super) fn read_at(file: &File, pos: u64, buf: &mut [u8]) -> io::Result<usize> {
    let mut done = 0;
    while done < buf.len() {
        match file.read_at(&mut buf[done..], pos + done as u64) {
            Ok(0) => break,
            Ok(count) => done += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

/// Where the file has data. Everything up to its length on a file system that knows no holes.
pub(super) fn extents(file: &File) -> RangeSet {
    let length = file.metadata().map_or(0, |about| about.len());
    let (mut set, mut pos) = (RangeSet::default(), 0);
    while pos < length {
        let start = match seek(file, SeekFrom::Data(pos)) {
            Ok(start) => start,
            Err(Errno::NXIO) => break,
            Err(_) => return [ByteRange::new(0, length)].into_iter().collect(),
        };
        let end = seek(file, SeekFrom::Hole(start)).unwrap_or(length);
        set.insert(ByteRange::new(start, end.min(length)));
        pos = end.max(start + 1);
    }
    set
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    let flags = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
    options.read(true).write(true).create(true).mode(0o600);
    options.truncate(false).custom_flags(flags);
    options
}

fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn only_one_holds_the_folder() {
        let place = tempfile::tempdir().unwrap();
        let first = Folder::take(place.path()).unwrap();
        assert!(matches!(Folder::take(place.path()), Err(CacheError::InUse)));
        drop(first);
        Folder::take(place.path()).unwrap();
    }

    #[test]
    fn nobody_else_may_look() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::take(place.path()).unwrap();
        let generation = Generation::random();
        let file = folder.open(generation).unwrap();
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
    fn holes_are_no_data() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::take(place.path()).unwrap();
        let generation = Generation::random();
        assert!(folder.open_existing(generation).is_err());
        let file = folder.open(generation).unwrap();
        assert!(extents(&file).is_empty());
        file.write_all_at(&[7; 4096], 1 << 20).unwrap();
        let extents = extents(&file);
        assert!(extents.contains(ByteRange::new(1 << 20, (1 << 20) + 4096)));
        assert_eq!(extents.covered_from(0), 0);
        assert_eq!(folder.generations(), HashSet::from([generation]));
        folder.delete(generation);
        folder.delete(generation);
        assert!(folder.generations().is_empty());
    }
}
