//! A file system that notes which bytes it was told to drop from memory.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use spool_engine::cache::storage::{Disk, Medium, Opening, Space, Storage, StoredFile};
use spool_engine::range::{ByteRange, RangeSet};

/// See the module. Clones are the same file system.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dropped(Arc<Mutex<RangeSet>>);

impl Dropped {
    /// What was dropped so far, of all files together.
    pub(crate) fn ranges(&self) -> RangeSet {
        self.0.lock().unwrap().clone()
    }
}

#[derive(Debug)]
struct Noted(File, Dropped);

impl Storage for Dropped {
    fn open(&self, path: &Path, opening: Opening) -> io::Result<StoredFile> {
        match Disk.open(path, opening)? {
            StoredFile::Plain(file) if path.extension().is_some_and(|kind| kind == "data") => {
                Ok(StoredFile::Other(Box::new(Noted(file, self.clone()))))
            }
            other => Ok(other),
        }
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        Disk.make_folder(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        Disk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        Disk.remove(path)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        Disk.sync_folder(path)
    }

    fn space(&self, path: &Path) -> io::Result<Space> {
        Disk.space(path)
    }
}

impl Medium for Noted {
    fn read_at(&self, buf: &mut [u8], pos: u64) -> io::Result<usize> {
        Medium::read_at(&self.0, buf, pos)
    }

    fn write_all_at(&self, bytes: &[u8], pos: u64) -> io::Result<()> {
        Medium::write_all_at(&self.0, bytes, pos)
    }

    fn sync(&self) -> io::Result<()> {
        Medium::sync(&self.0)
    }

    fn punch(&self, range: ByteRange) -> io::Result<()> {
        Medium::punch(&self.0, range)
    }

    fn extents(&self) -> RangeSet {
        Medium::extents(&self.0)
    }

    fn allocated(&self) -> u64 {
        Medium::allocated(&self.0)
    }

    fn length(&self) -> io::Result<u64> {
        Medium::length(&self.0)
    }

    fn drop_from_memory(&self, range: ByteRange) {
        self.1.0.lock().unwrap().insert(range);
        Medium::drop_from_memory(&self.0, range);
    }
}
