//! A plain file of this computer, read in place.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::CacheError;
use crate::source_error::SourceError;

/// An open file. A clone shares the file and has a flag of its own.
#[derive(Debug)]
pub(super) struct LocalFile {
    file: Arc<File>,
    len: u64,
    flushing: AtomicBool,
}

impl Clone for LocalFile {
    fn clone(&self) -> Self {
        Self {
            file: self.file.clone(),
            len: self.len,
            flushing: AtomicBool::new(false),
        }
    }
}

impl LocalFile {
    pub(super) fn open(path: &Path) -> Result<Self, CacheError> {
        let unreadable =
            |error: &dyn ToString| CacheError::Upstream(SourceError::Unreadable(error.to_string()));
        let file = File::open(path).map_err(|error| unreadable(&error))?;
        let metadata = file.metadata().map_err(|error| unreadable(&error))?;
        if !metadata.is_file() {
            return Err(unreadable(&"it is not a file"));
        }
        Ok(Self {
            file: Arc::new(file),
            len: metadata.len(),
            flushing: AtomicBool::new(false),
        })
    }

    pub(super) fn len(&self) -> u64 {
        self.len
    }

    pub(super) fn set_flushing(&self, flushing: bool) {
        self.flushing.store(flushing, Ordering::Release);
    }

    /// Fills `buf` from `pos`; fewer bytes only at the end. The disk is not waited for in any way that could be cut short.
    pub(super) fn read_at_blocking(&self, pos: u64, buf: &mut [u8]) -> Result<usize, CacheError> {
        if self.flushing.load(Ordering::Acquire) {
            return Err(CacheError::Cancelled);
        }
        let mut read = 0;
        while let Some(rest) = buf.get_mut(read..).filter(|rest| !rest.is_empty()) {
            match self.file.read_at(rest, pos + read as u64) {
                Ok(0) => break,
                Ok(n) => read += n,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => {
                    return Err(CacheError::Upstream(SourceError::Unreadable(
                        error.to_string(),
                    )));
                }
            }
        }
        Ok(read)
    }
}
