//! The hold on a cache folder: one program at a time has it, by a lock that the system lets go when that program ends,
//! however it ends.
//!
//! Who does not have it writes nothing there, and tries again from time to time. **Threads**: any; a try blocks for a few
//! system calls.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::super::error::CacheError;
use super::super::storage::{self, Opening, Storage};
use super::failed;

/// What backup programs look for (bford.info/cachedir).
const TAG: &str =
    "Signature: 8a477f597d28d172789f06886806bc55\n# Media that Spool can fetch again.\n";

/// See the module.
#[derive(Debug)]
pub(super) struct Tenure {
    folder: PathBuf,
    lock: Mutex<Option<File>>,
    ours: AtomicBool,
}

impl Tenure {
    /// Of nobody yet.
    pub(super) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.into(),
            lock: Mutex::default(),
            ours: AtomicBool::new(false),
        }
    }

    /// Takes the folder, and makes it where it is missing.
    pub(super) fn take(&self, storage: &dyn Storage) -> Result<(), CacheError> {
        let lock = self.try_lock(storage).map_err(|error| failed(&error))?;
        let lock = lock.ok_or(CacheError::InUse)?;
        *self.lock.lock() = Some(lock);
        self.ours.store(true, Ordering::Release);
        Ok(())
    }

    /// `None`: another program has it.
    fn try_lock(&self, storage: &dyn Storage) -> io::Result<Option<File>> {
        storage.make_folder(&self.folder)?;
        let lock = storage::options(Opening::Create).open(self.folder.join("lock"))?;
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
        let tag = self.folder.join("CACHEDIR.TAG");
        if !tag.exists() {
            std::fs::write(&tag, TAG)?;
        }
        Ok(Some(lock))
    }

    /// Whether this program may write there.
    pub(super) fn is_ours(&self) -> bool {
        self.ours.load(Ordering::Acquire)
    }

    /// Lets another program have it. What is still to be deleted may be: nobody else knows of it.
    pub(super) fn release(&self) {
        drop(self.lock.lock().take());
    }
}
