//! Bytes in memory, where the disk cannot take them: a file without a name or a disk, beside that of an open resource.
//!
//! It holds a window around the places where the resource is read, and is never claimed: with the last reader it is gone.
//!
//! **Does not know** which bytes are here; its own ranges only say which of them are in memory. **Threads**: shared by
//! readers and runs; what is in the file for good passes it by.
//!
//! **Lock order**: `memory` is the last one, and nothing is locked under it.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::RwLock;
use rustix::fs::{FallocateFlags, MemfdFlags, fallocate, memfd_create};

use super::storage::{Medium, StoredFile};
use crate::range::{ByteRange, RangeSet};

/// A file that takes nothing and holds nothing: that of a resource whose folder cannot be used. What is fetched for it goes
/// to memory.
#[derive(Debug)]
pub(super) struct Nowhere;

impl Nowhere {
    pub(super) fn file() -> StoredFile {
        StoredFile::Other(Box::new(Self))
    }
}

impl Medium for Nowhere {
    fn read_at(&self, _: &mut [u8], _: u64) -> io::Result<usize> {
        Ok(0)
    }

    fn write_all_at(&self, _: &[u8], _: u64) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }

    fn punch(&self, _: ByteRange) -> io::Result<()> {
        Ok(())
    }

    fn extents(&self) -> RangeSet {
        RangeSet::default()
    }

    fn allocated(&self) -> u64 {
        0
    }

    fn length(&self) -> io::Result<u64> {
        Ok(0)
    }

    fn drop_from_memory(&self, _: ByteRange) {}
}

#[derive(Debug)]
struct Memory {
    file: File,
    ranges: RangeSet,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Overflow {
    used: AtomicBool,
    memory: RwLock<Option<Memory>>,
}

impl Overflow {
    /// Whether something is in memory, or was.
    pub(super) fn is_used(&self) -> bool {
        self.used.load(Ordering::Acquire)
    }

    /// Which bytes are in memory.
    pub(super) fn ranges(&self) -> RangeSet {
        let memory = self.memory.read();
        memory
            .as_ref()
            .map(|memory| memory.ranges.clone())
            .unwrap_or_default()
    }

    /// Takes bytes.
    pub(super) fn write(&self, bytes: &[u8], pos: u64) -> io::Result<()> {
        let mut place = self.memory.write();
        let memory = match &mut *place {
            Some(memory) => memory,
            None => {
                let file = memfd_create("spool-overflow", MemfdFlags::CLOEXEC)?;
                self.used.store(true, Ordering::Release);
                place.insert(Memory {
                    file: file.into(),
                    ranges: RangeSet::default(),
                })
            }
        };
        FileExt::write_all_at(&memory.file, bytes, pos)?;
        memory
            .ranges
            .insert(ByteRange::new(pos, pos + bytes.len() as u64));
        Ok(())
    }

    /// Fills `buf` from `pos`: what is in memory from here, the rest by `disk`.
    pub(super) fn read(
        &self,
        pos: u64,
        buf: &mut [u8],
        disk: impl Fn(u64, &mut [u8]) -> io::Result<usize>,
    ) -> io::Result<usize> {
        let place = self.memory.read();
        let Some(memory) = &*place else {
            return disk(pos, buf);
        };
        let mut done = 0;
        while done < buf.len() {
            let at = pos + done as u64;
            let left = (buf.len() - done) as u64;
            let covered = memory.ranges.covered_from(at).min(left);
            let rest = ByteRange::new(at, at + left);
            let length = match memory.ranges.missing_in(rest).first() {
                _ if covered > 0 => covered,
                Some(gap) => gap.len(),
                None => left,
            };
            let part = usize::try_from(length)
                .unwrap_or(buf.len())
                .min(buf.len() - done);
            let part = &mut buf[done..done + part];
            if covered > 0 {
                FileExt::read_exact_at(&memory.file, part, at)?;
            } else if disk(at, part)? < part.len() {
                break;
            }
            done += part.len();
        }
        Ok(done)
    }

    /// Lets bytes go. Nobody may believe that they are here any more.
    pub(super) fn drop_range(&self, range: ByteRange) {
        let mut place = self.memory.write();
        let Some(memory) = &mut *place else { return };
        memory.ranges.remove(range);
        let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
        if let Err(error) = fallocate(&memory.file, flags, range.start, range.len()) {
            tracing::warn!(%error, "memory cannot be given back");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn memory_and_disk_read_as_one() {
        let overflow = Overflow::default();
        let disk = |pos: u64, buf: &mut [u8]| {
            for (index, byte) in buf.iter_mut().enumerate() {
                *byte = u8::try_from((pos + index as u64) % 100).unwrap();
            }
            Ok(buf.len())
        };
        let mut buf = [0; 50];
        assert_eq!(overflow.read(10, &mut buf, disk).unwrap(), 50);
        assert!(!overflow.is_used());
        overflow.write(&[200; 10], 20).unwrap();
        overflow.write(&[201; 10], 40).unwrap();
        assert_eq!(overflow.read(10, &mut buf, disk).unwrap(), 50);
        let wanted = |pos: u8| match pos {
            20..30 => 200,
            40..50 => 201,
            other => other,
        };
        let wanted: Vec<u8> = (10..60).map(wanted).collect();
        assert_eq!(buf.as_slice(), wanted);
        assert_eq!(overflow.ranges().bytes(), 20);
        let short = |_: u64, _: &mut [u8]| Ok(0);
        assert_eq!(overflow.read(15, &mut buf, short).unwrap(), 0);
        assert_eq!(overflow.read(20, &mut buf, short).unwrap(), 10);
    }

    #[test]
    fn what_lies_nowhere_takes_nothing_and_holds_nothing() {
        let nowhere = Nowhere::file();
        let refused = nowhere.write_all_at(b"abc", 0).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::ReadOnlyFilesystem);
        assert_eq!(nowhere.read_at(0, &mut [0; 3]).unwrap(), 0);
        assert!(!nowhere.read_from_memory(0, &mut [0; 3]));
        let some = ByteRange::new(0, 3);
        nowhere.punch(some).unwrap();
        nowhere.sync().unwrap();
        nowhere.drop_from_memory(some);
        assert_eq!((nowhere.length().unwrap(), nowhere.allocated()), (0, 0));
        assert!(nowhere.extents().is_empty());
    }

    #[test]
    fn what_is_let_go_takes_no_memory() {
        let overflow = Overflow::default();
        overflow.write(&[1; 1 << 20], 5 << 30).unwrap();
        let blocks = || {
            let memory = overflow.memory.read();
            memory.as_ref().unwrap().file.metadata().unwrap().blocks()
        };
        assert!(blocks() >= 2048);
        overflow.drop_range(ByteRange::new(5 << 30, (5 << 30) + (1 << 20)));
        assert_eq!(blocks(), 0);
        assert!(overflow.ranges().is_empty() && overflow.is_used());
    }
}
