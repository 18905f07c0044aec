//! A file system over two disks: the cache folder on the one, the data folder on the other, and no name leads across.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use spool_engine::cache::storage::{Disk, Opening, Space, Storage, StoredFile};

/// See the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct TwoDisks {
    refused: Arc<AtomicUsize>,
}

impl TwoDisks {
    /// How often a file should have gone from the one to the other by its name alone.
    pub(crate) fn refused(&self) -> usize {
        self.refused.load(Ordering::SeqCst)
    }
}

impl Storage for TwoDisks {
    fn open(&self, path: &Path, opening: Opening) -> io::Result<StoredFile> {
        Disk.open(path, opening)
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        Disk.make_folder(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let is_data = |path: &Path| {
            path.components()
                .any(|part| part.as_os_str() == "downloads")
        };
        if is_data(from) != is_data(to) && from.exists() {
            self.refused.fetch_add(1, Ordering::SeqCst);
            return Err(io::ErrorKind::CrossesDevices.into());
        }
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
