//! The file system as the cache uses it: few operations on few files, behind one seam.
//!
//! [`Disk`] is the real one. A test puts its own in its place ([`super::CacheService::start_on`]), one that fails at the n-th
//! operation or forgets what was not synced. The real file is a case of its own in [`StoredFile`], so that the read of
//! a cached byte is a plain `pread` and no call through a table.
//!
//! **Does not know** what a byte means, or what a file is called for. **Threads**: everything here blocks, and works from any.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, IoSliceMut};
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rustix::fs::{Advice, FallocateFlags, SeekFrom, fadvise, fallocate, seek, statvfs};
use rustix::io::{Errno, ReadWriteFlags, preadv2};

use crate::range::{ByteRange, RangeSet};

/// How a file is opened. All are for reading and writing, have mode 0600, and are never a symbolic link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// It has to be there.
    Existing,
    /// It is made where it is missing.
    Create,
}

/// Bytes of a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// That this user may still write.
    pub free: u64,
    /// In all.
    pub total: u64,
}

/// The operations on names. Errors are the system's.
pub trait Storage: Send + Sync + std::fmt::Debug + 'static {
    /// Opens one file.
    ///
    /// # Errors
    /// `NotFound`, `StorageFull`, …
    fn open(&self, path: &Path, opening: Opening) -> io::Result<StoredFile>;
    /// Makes a folder that only this user may enter, and those above it.
    ///
    /// # Errors
    /// The system's.
    fn make_folder(&self, path: &Path) -> io::Result<()>;
    /// Gives a file another name, in the place of what had it.
    ///
    /// # Errors
    /// The system's; `CrossesDevices` between two file systems.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Takes a file's name away; who has it open goes on.
    ///
    /// # Errors
    /// `NotFound` where there is none.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes the names in a folder durable.
    ///
    /// # Errors
    /// The system's.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
    /// What is left of the disk that holds `path`.
    ///
    /// # Errors
    /// The system's.
    fn space(&self, path: &Path) -> io::Result<Space>;
    /// Names this boot of the computer: what was not synced before it began may be gone.
    fn boot(&self) -> String {
        let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
        // Where the system has no name for it, every start counts as another boot.
        id.map_or_else(
            |_| format!("{:032x}", rand::random::<u128>()),
            |id| id.trim().to_owned(),
        )
    }
    /// When a file was last written to.
    ///
    /// # Errors
    /// `NotFound`.
    fn modified(&self, path: &Path) -> io::Result<SystemTime> {
        std::fs::symlink_metadata(path)?.modified()
    }
    /// The paths in a folder, in any order.
    ///
    /// # Errors
    /// `NotFound` where there is none.
    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        std::fs::read_dir(folder)?
            .map(|entry| Ok(entry?.path()))
            .collect()
    }
}

/// The operations on an open file.
pub trait Medium: Send + Sync + std::fmt::Debug {
    /// Reads at `pos`; fewer bytes than asked are no error, none mean the end.
    ///
    /// # Errors
    /// The system's.
    fn read_at(&self, buf: &mut [u8], pos: u64) -> io::Result<usize>;
    /// Writes all of `bytes` at `pos`.
    ///
    /// # Errors
    /// The system's; then any part of them may have been written.
    fn write_all_at(&self, bytes: &[u8], pos: u64) -> io::Result<()>;
    /// Makes all bytes durable that were written before. After a failure the bytes written since the last success are
    /// lost for all that is known: the system may have dropped them from memory, and a later success does not bring
    /// them back.
    ///
    /// # Errors
    /// The system's.
    fn sync(&self) -> io::Result<()>;
    /// Gives the bytes of `range` back to the disk; they read as zeros.
    ///
    /// # Errors
    /// `Unsupported` on a file system that knows no holes.
    fn punch(&self, range: ByteRange) -> io::Result<()>;
    /// Where there is data. Everything up to its length on a file system that knows no holes.
    fn extents(&self) -> RangeSet;
    /// Bytes that it takes on the disk.
    fn allocated(&self) -> u64;
    /// Its length in bytes.
    ///
    /// # Errors
    /// The system's.
    fn length(&self) -> io::Result<u64>;
    /// Lets the system drop these bytes from memory: nobody will want them soon.
    fn drop_from_memory(&self, range: ByteRange);
}

/// One open file.
#[derive(Debug)]
pub enum StoredFile {
    /// Of the real disk.
    Plain(File),
    /// Of another medium.
    Other(Box<dyn Medium>),
}

impl StoredFile {
    fn medium(&self) -> &(dyn Medium + 'static) {
        match self {
            Self::Plain(file) => file,
            Self::Other(medium) => &**medium,
        }
    }

    /// Fills `buf` from `pos` as far as the file goes.
    ///
    /// # Errors
    /// The system's.
    pub fn read_at(&self, pos: u64, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(file) => read_full(|buf, pos| FileExt::read_at(file, buf, pos), pos, buf),
            Self::Other(medium) => read_full(|buf, pos| medium.read_at(buf, pos), pos, buf),
        }
    }

    /// Fills `buf` from `pos` if the system has all of it in memory; never waits for the disk, so that any thread may ask.
    /// `false` also at the end of the file, on an error, and of a medium that cannot say (`RWF_NOWAIT`, preadv2(2)).
    pub fn read_from_memory(&self, pos: u64, buf: &mut [u8]) -> bool {
        let Self::Plain(file) = self else {
            return false;
        };
        let wanted = buf.len();
        let mut places = [IoSliceMut::new(buf)];
        preadv2(file, &mut places, pos, ReadWriteFlags::NOWAIT) == Ok(wanted)
    }
}

/// Everything else is asked of the medium.
impl std::ops::Deref for StoredFile {
    type Target = dyn Medium;

    fn deref(&self) -> &Self::Target {
        self.medium()
    }
}

/// Fills `buf` from `pos` as far as the file goes.
pub(super) fn read_full(
    read: impl Fn(&mut [u8], u64) -> io::Result<usize>,
    pos: u64,
    buf: &mut [u8],
) -> io::Result<usize> {
    let mut done = 0;
    while done < buf.len() {
        match read(&mut buf[done..], pos + done as u64) {
            Ok(0) => break,
            Ok(count) => done += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

/// The real file system.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Storage for Disk {
    fn open(&self, path: &Path, opening: Opening) -> io::Result<StoredFile> {
        options(opening).open(path).map(StoredFile::Plain)
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn space(&self, path: &Path) -> io::Result<Space> {
        let disk = statvfs(path)?;
        Ok(Space {
            free: disk.f_bavail * disk.f_frsize,
            total: disk.f_blocks * disk.f_frsize,
        })
    }
}

/// How [`Disk`] opens.
pub(super) fn options(opening: Opening) -> OpenOptions {
    let mut options = OpenOptions::new();
    let flags = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
    options.read(true).write(true).mode(0o600);
    options.create(opening == Opening::Create);
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags);
    options
}

impl Medium for File {
    fn read_at(&self, buf: &mut [u8], pos: u64) -> io::Result<usize> {
        FileExt::read_at(self, buf, pos)
    }

    fn write_all_at(&self, bytes: &[u8], pos: u64) -> io::Result<()> {
        FileExt::write_all_at(self, bytes, pos)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }

    fn punch(&self, range: ByteRange) -> io::Result<()> {
        let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
        Ok(fallocate(self, flags, range.start, range.len())?)
    }

    fn extents(&self) -> RangeSet {
        let length = self.length().unwrap_or_default();
        let (mut set, mut pos) = (RangeSet::default(), 0);
        while pos < length {
            let start = match seek(self, SeekFrom::Data(pos)) {
                Ok(start) => start,
                Err(Errno::NXIO) => break,
                Err(_) => return [ByteRange::new(0, length)].into_iter().collect(),
            };
            let end = seek(self, SeekFrom::Hole(start)).unwrap_or(length);
            set.insert(ByteRange::new(start, end.min(length)));
            pos = end.max(start + 1);
        }
        set
    }

    fn allocated(&self) -> u64 {
        self.metadata().map_or(0, |about| about.blocks() * 512)
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn drop_from_memory(&self, range: ByteRange) {
        let Some(length) = std::num::NonZeroU64::new(range.len()) else {
            return;
        };
        if let Err(error) = fadvise(self, range.start, Some(length), Advice::DontNeed) {
            tracing::debug!(%error, "the system keeps bytes in memory");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(place: &Path) -> StoredFile {
        Disk.open(&place.join("x"), Opening::Create).unwrap()
    }

    #[test]
    fn what_is_in_memory_is_read_at_once_and_nothing_else() {
        let place = tempfile::tempdir().unwrap();
        let file = file(place.path());
        file.write_all_at(&[7; 5000], 100).unwrap();
        let mut buf = [0; 1000];
        // Some file systems (tmpfs) cannot say what is in memory.
        let plain = File::open(place.path().join("x")).unwrap();
        let mut one = [0];
        let mut places = [IoSliceMut::new(&mut one)];
        let asked = preadv2(&plain, &mut places, 100, ReadWriteFlags::NOWAIT);
        let can_say = asked != Err(Errno::OPNOTSUPP);
        assert_eq!(file.read_from_memory(4100, &mut buf), can_say);
        assert_eq!(buf, [if can_say { 7 } else { 0 }; 1000]);
        assert!(
            !file.read_from_memory(4101, &mut buf),
            "the file is shorter"
        );
        let other = StoredFile::Other(Box::new(plain));
        assert!(!other.read_from_memory(100, &mut buf), "nobody can say");
    }

    #[test]
    fn holes_are_no_data_and_a_punch_makes_one() {
        let place = tempfile::tempdir().unwrap();
        assert!(
            Disk.open(&place.path().join("x"), Opening::Existing)
                .is_err()
        );
        let file = file(place.path());
        assert!(file.extents().is_empty());
        file.write_all_at(&[7; 1 << 17], 1 << 20).unwrap();
        file.sync().unwrap();
        let whole = ByteRange::new(1 << 20, (1 << 20) + (1 << 17));
        assert!(file.extents().contains(whole));
        assert_eq!(file.extents().covered_from(0), 0);
        let hole = ByteRange::new(whole.start, whole.start + (1 << 16));
        file.punch(hole).unwrap();
        assert_eq!(file.extents().covered_from(hole.start), 0);
        let mut buf = [1; 10];
        assert_eq!(file.read_at(hole.end - 5, &mut buf).unwrap(), 10);
        assert_eq!(buf, [0, 0, 0, 0, 0, 7, 7, 7, 7, 7]);
        file.drop_from_memory(whole);
        assert_eq!(file.read_at(whole.end - 5, &mut buf).unwrap(), 5);
        assert_eq!(file.length().unwrap(), whole.end);
    }

    #[test]
    fn a_symbolic_link_is_not_followed() {
        let place = tempfile::tempdir().unwrap();
        std::fs::write(place.path().join("secret"), "x").unwrap();
        std::os::unix::fs::symlink("secret", place.path().join("x")).unwrap();
        for opening in [Opening::Existing, Opening::Create] {
            assert!(Disk.open(&place.path().join("x"), opening).is_err());
        }
    }
}
