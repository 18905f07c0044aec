//! One open generation: its file, and what is known of it.
//!
//! **Owns** the only two functions that change bytes and the set of them, `write` and `shrink`. **Does not know** where bytes
//! come from. **Threads**: shared by readers, fetches and the actor; who waits for bytes does so in its [`Coverage`].

use std::fs::File;
use std::io;
use std::ops::Deref;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;

use super::checkpoint::Claim;
use super::coverage::Coverage;
use super::disk;
use super::error::CacheError;
use super::key::{CacheKey, Generation};
use crate::http::ranged::{Shape, Validator};
use crate::range::ByteRange;

/// What the first reply said, and every later one must agree with.
#[derive(Clone, Debug, Default)]
pub(super) struct Origin {
    pub version: Validator,
    /// The size is certain enough to be written down.
    pub certain: bool,
}

/// See the module. Everything that is known of ranges, size and waiters is asked of the coverage, through `Deref`.
#[derive(Debug)]
pub(super) struct EntryShared {
    pub key: CacheKey,
    pub generation: Generation,
    file: File,
    coverage: Coverage,
    /// The server sends only from the beginning.
    sequential: AtomicBool,
    written: AtomicU64,
    origin: Mutex<Origin>,
}

impl Deref for EntryShared {
    type Target = Coverage;

    fn deref(&self) -> &Coverage {
        &self.coverage
    }
}

impl EntryShared {
    /// Over `file`, believing of `claim` what the file has data for.
    pub(super) fn new(claim: &Claim, file: File) -> Self {
        let ranges = claim.ranges.intersection(&disk::extents(&file));
        Self {
            key: claim.key.clone(),
            generation: claim.generation,
            file,
            coverage: Coverage::new(ranges, claim.size),
            sequential: AtomicBool::new(false),
            written: AtomicU64::new(0),
            origin: Mutex::new(Origin {
                version: Validator {
                    etag: claim.etag.clone(),
                    last_modified: claim.last_modified.clone(),
                },
                certain: claim.size.is_some(),
            }),
        }
    }

    /// Bytes written since it was opened.
    pub(super) fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    pub(super) fn origin(&self) -> Origin {
        self.origin.lock().clone()
    }

    pub(super) fn is_sequential(&self) -> bool {
        self.sequential.load(Ordering::Acquire)
    }

    pub(super) fn disk_bytes(&self) -> u64 {
        disk::allocated(&self.file)
    }

    /// Makes what was written durable. Blocks.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// Takes over what a reply says about the file; [`CacheError::Changed`] when it is another file.
    pub(super) fn admit(&self, shape: &Shape) -> Result<(), CacheError> {
        let mut origin = self.origin.lock();
        let same_size = match (self.size(), shape.total) {
            (Some(mine), Some(theirs)) => mine == theirs,
            _ => true,
        };
        if !same_size || !origin.version.agrees(&shape.version) {
            return Err(CacheError::Changed);
        }
        let known = &mut origin.version;
        known.etag = known.etag.take().or_else(|| shape.version.etag.clone());
        known.last_modified = known
            .last_modified
            .take()
            .or_else(|| shape.version.last_modified.clone());
        drop(origin);
        if !shape.ranged {
            self.sequential.store(true, Ordering::Release);
        }
        match shape.total {
            Some(total) => self.learn_size(total, true),
            None => self.coverage.answered(),
        }
        Ok(())
    }

    /// The size became known. Not `certain`: good for this session's readers, not to be written down.
    pub(super) fn learn_size(&self, size: u64, certain: bool) {
        self.origin.lock().certain |= certain;
        self.coverage.learn_size(size);
    }

    /// Writes what of `bytes` is not here yet at `pos`, and tells who waits. Blocks.
    pub(super) fn write(&self, pos: u64, bytes: &[u8]) -> io::Result<()> {
        let whole = ByteRange::new(pos, pos + bytes.len() as u64);
        for gap in self.coverage.missing_in(whole) {
            let offset = |at: u64| usize::try_from(at - pos).unwrap_or(usize::MAX);
            let part = bytes
                .get(offset(gap.start)..offset(gap.end))
                .unwrap_or_default();
            self.file.write_all_at(part, gap.start)?;
            self.written.fetch_add(gap.len(), Ordering::Relaxed);
            self.coverage.landed(gap);
        }
        Ok(())
    }

    /// Reads what is here; `None` when some of it is not. A range that the file lost is forgotten, to be fetched again.
    pub(super) fn read(&self, range: ByteRange, buf: &mut [u8]) -> Option<usize> {
        loop {
            let epoch = self.coverage.look(range)?;
            match disk::read_at(&self.file, range.start, buf) {
                Ok(count) if count != buf.len() => {}
                Ok(count) if self.coverage.held_since(epoch) => return Some(count),
                // Some bytes were given up meanwhile, perhaps these.
                Ok(_) => continue,
                Err(_) => {}
            }
            tracing::warn!(generation = %self.generation, %range, "cached bytes are gone");
            self.shrink(range);
            return None;
        }
    }

    /// Forgets bytes.
    fn shrink(&self, range: ByteRange) {
        self.coverage.forget(range);
    }

    /// `len` bytes at `pos`, cut at the end where that is known.
    pub(super) fn clip(&self, pos: u64, len: usize) -> ByteRange {
        let end = pos.saturating_add(len as u64);
        ByteRange::new(pos, self.size().map_or(end, |size| end.min(size)))
    }
}
