//! One open generation: its file, which bytes of it are here, and who waits for more.
//!
//! **Owns** the only two functions that change the set of bytes, `write` and `shrink`. **Does not know** where bytes come from.
//! **Threads**: shared by readers, fetches and the actor. Lock order: `waiting`, then `ranges`.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, RwLock};
use tokio::sync::Notify;

use super::checkpoint::Claim;
use super::disk;
use super::error::CacheError;
use super::key::{CacheKey, Generation};
use crate::http::ranged::{Shape, Validator};
use crate::range::{ByteRange, RangeSet};

/// What somebody waits for.
#[derive(Clone, Debug)]
pub(super) struct Waiter {
    id: u64,
    /// Which reader.
    pub reader: u64,
    /// Its bytes; an empty range at 0 waits for the size alone.
    pub range: ByteRange,
    /// Since when.
    pub since: Instant,
    failure: Option<CacheError>,
}

#[derive(Debug, Default)]
struct Waiting {
    next_id: u64,
    list: Vec<Waiter>,
    /// Set once: misses end with it from now on.
    over: Option<CacheError>,
}

/// What the first reply said, and every later one must agree with.
#[derive(Clone, Debug, Default)]
pub(super) struct Origin {
    pub version: Validator,
    /// The size is certain enough to be written down.
    pub certain: bool,
}

const UNKNOWN: u64 = u64::MAX;

/// See the module.
#[derive(Debug)]
pub(super) struct EntryShared {
    pub key: CacheKey,
    pub generation: Generation,
    file: File,
    ranges: RwLock<RangeSet>,
    size: AtomicU64,
    /// The server has answered, so that an unknown size is one it does not tell.
    answered: AtomicBool,
    /// The server sends only from the beginning.
    sequential: AtomicBool,
    /// Goes up with every change of ranges or size.
    version: AtomicU64,
    written: AtomicU64,
    origin: Mutex<Origin>,
    waiting: Mutex<Waiting>,
    changed: Condvar,
    changed_async: Notify,
}

impl EntryShared {
    /// Over `file`, believing of `claim` what the file has data for.
    pub(super) fn new(claim: &Claim, file: File) -> Self {
        let ranges = claim.ranges.intersection(&disk::extents(&file));
        Self {
            key: claim.key.clone(),
            generation: claim.generation,
            file,
            ranges: RwLock::new(ranges),
            size: AtomicU64::new(claim.size.unwrap_or(UNKNOWN)),
            answered: AtomicBool::new(false),
            sequential: AtomicBool::new(false),
            version: AtomicU64::new(0),
            written: AtomicU64::new(0),
            origin: Mutex::new(Origin {
                version: Validator {
                    etag: claim.etag.clone(),
                    last_modified: claim.last_modified.clone(),
                },
                certain: claim.size.is_some(),
            }),
            waiting: Mutex::default(),
            changed: Condvar::new(),
            changed_async: Notify::new(),
        }
    }

    pub(super) fn size(&self) -> Option<u64> {
        let size = self.size.load(Ordering::Acquire);
        (size != UNKNOWN).then_some(size)
    }

    pub(super) fn ranges(&self) -> RangeSet {
        self.ranges.read().clone()
    }

    pub(super) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
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

    pub(super) fn is_complete(&self) -> bool {
        self.size()
            .is_some_and(|size| self.ranges.read().contains(ByteRange::new(0, size)))
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
        if let Some(total) = shape.total {
            self.learn_size(total, true);
        }
        self.answered.store(true, Ordering::Release);
        self.wake();
        Ok(())
    }

    /// The size became known. Not `certain`: good for this session's readers, not to be written down.
    pub(super) fn learn_size(&self, size: u64, certain: bool) {
        self.origin.lock().certain |= certain;
        self.size.store(size, Ordering::Release);
        self.answered.store(true, Ordering::Release);
        self.touch();
    }

    fn touch(&self) {
        self.version.fetch_add(1, Ordering::AcqRel);
        self.wake();
    }

    /// Writes what of `bytes` is not here yet at `pos`, and tells who waits. Blocks.
    pub(super) fn write(&self, pos: u64, bytes: &[u8]) -> io::Result<()> {
        let whole = ByteRange::new(pos, pos + bytes.len() as u64);
        let missing = self.ranges.read().missing_in(whole);
        for gap in missing {
            let offset = |at: u64| usize::try_from(at - pos).unwrap_or(usize::MAX);
            let part = bytes
                .get(offset(gap.start)..offset(gap.end))
                .unwrap_or_default();
            self.file.write_all_at(part, gap.start)?;
            self.written.fetch_add(gap.len(), Ordering::Relaxed);
            self.ranges.write().insert(gap);
        }
        self.touch();
        Ok(())
    }

    /// Reads what is here; `None` when some of it is not. A range that the file lost is forgotten, to be fetched again.
    pub(super) fn read(&self, range: ByteRange, buf: &mut [u8]) -> Option<usize> {
        if !self.ranges.read().contains(range) {
            return None;
        }
        match disk::read_at(&self.file, range.start, buf) {
            Ok(count) if count == buf.len() => Some(count),
            _ => {
                tracing::warn!(generation = %self.generation, %range, "cached bytes are gone");
                self.shrink(range);
                None
            }
        }
    }

    /// Forgets bytes.
    fn shrink(&self, range: ByteRange) {
        self.ranges.write().remove(range);
        self.touch();
    }

    /// `len` bytes at `pos`, cut at the end where that is known.
    pub(super) fn clip(&self, pos: u64, len: usize) -> ByteRange {
        let end = pos.saturating_add(len as u64);
        ByteRange::new(pos, self.size().map_or(end, |size| end.min(size)))
    }

    fn met(&self, range: ByteRange) -> bool {
        let answered = self.size().is_some() || self.answered.load(Ordering::Acquire);
        if range.is_empty() {
            return answered;
        }
        let end = self.size().map_or(range.end, |size| range.end.min(size));
        self.ranges
            .read()
            .contains(ByteRange::new(range.start, end))
    }

    // --- waiting ---

    /// Announces a wait. It ends with [`EntryShared::leave`].
    pub(super) fn enter(&self, reader: u64, range: ByteRange) -> u64 {
        let mut waiting = self.waiting.lock();
        waiting.next_id += 1;
        let id = waiting.next_id;
        waiting.list.push(Waiter {
            id,
            reader,
            range,
            since: Instant::now(),
            failure: None,
        });
        id
    }

    pub(super) fn leave(&self, id: u64) {
        self.waiting.lock().list.retain(|waiter| waiter.id != id);
    }

    /// Whether waiter `id` may stop: its bytes are here, or it failed.
    fn verdict(&self, waiting: &Waiting, id: u64) -> Option<Result<(), CacheError>> {
        let waiter = waiting.list.iter().find(|waiter| waiter.id == id)?;
        if self.met(waiter.range) {
            return Some(Ok(()));
        }
        let failure = waiter.failure.as_ref().or(waiting.over.as_ref());
        failure.cloned().map(Err)
    }

    /// Blocks until waiter `id` may stop, or `flushing` is set by [`EntryShared::flush`].
    pub(super) fn wait_blocking(&self, id: u64, flushing: &AtomicBool) -> Result<(), CacheError> {
        let mut waiting = self.waiting.lock();
        loop {
            if flushing.load(Ordering::Acquire) {
                return Err(CacheError::Cancelled);
            }
            if let Some(verdict) = self.verdict(&waiting, id) {
                return verdict;
            }
            self.changed.wait(&mut waiting);
        }
    }

    /// Like [`EntryShared::wait_blocking`]; cancelled by dropping it.
    pub(super) async fn wait(&self, id: u64) -> Result<(), CacheError> {
        loop {
            let mut changed = std::pin::pin!(self.changed_async.notified());
            changed.as_mut().enable();
            let verdict = self.verdict(&self.waiting.lock(), id);
            if let Some(verdict) = verdict {
                return verdict;
            }
            changed.await;
        }
    }

    /// Sets a reader's flag so that its blocked read sees it.
    pub(super) fn flush(&self, flag: &AtomicBool, value: bool) {
        let _order = self.waiting.lock();
        flag.store(value, Ordering::Release);
        self.changed.notify_all();
    }

    fn wake(&self) {
        if !self.waiting.lock().list.is_empty() {
            self.changed.notify_all();
            self.changed_async.notify_waiters();
        }
    }

    /// Whoever waits now ends with `error`; later reads start afresh.
    pub(super) fn fail_waiters(&self, error: &CacheError, which: impl Fn(&Waiter) -> bool) {
        for waiter in &mut self.waiting.lock().list {
            if which(waiter) {
                waiter.failure.get_or_insert_with(|| error.clone());
            }
        }
        self.wake();
    }

    /// Every miss ends with `error` from now on.
    pub(super) fn end(&self, error: CacheError) {
        self.waiting.lock().over.get_or_insert(error);
        self.wake();
    }

    /// Who still waits.
    pub(super) fn waiters(&self) -> Vec<Waiter> {
        let waiting = self.waiting.lock();
        let open = |waiter: &&Waiter| waiter.failure.is_none() && !self.met(waiter.range);
        waiting.list.iter().filter(open).cloned().collect()
    }

    /// Whether somebody waits for the last byte before `end`, or for less.
    pub(super) fn would_satisfy(&self, fresh: ByteRange) -> bool {
        let waiting = self.waiting.lock();
        let met = |waiter: &Waiter| (fresh.start + 1..=fresh.end).contains(&self.clip_end(waiter));
        waiting.list.iter().any(met)
    }

    pub(super) fn clip_end(&self, waiter: &Waiter) -> u64 {
        self.size()
            .map_or(waiter.range.end, |size| size.min(waiter.range.end))
    }

    /// For how long somebody has been waiting.
    pub(super) fn longest_wait(&self) -> Option<Duration> {
        let waiting = self.waiting.lock();
        waiting
            .list
            .iter()
            .map(|waiter| waiter.since.elapsed())
            .max()
    }
}
