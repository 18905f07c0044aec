//! Which bytes of one generation are here, how many there are in all, and who waits for more.
//!
//! **Owns** the set of ranges, the size, and the list of waiters; nobody is told of a byte before it is in the set, and nobody
//! who waits misses that it came. **Does not know** files, runs, the actor.
//! **Threads**: shared by all. Lock order: `waiting`, then `ranges`. Whatever changes what a waiter waits for changes it first
//! and takes `waiting` afterwards ([`Coverage::wake`]): a waiter has then either seen the change or is parked already.
//! **Cancellation**: [`Coverage::flush`] ends a blocking wait; an async one is dropped.
//!
//! The model in `tests/torture` compiles this file with other primitives and tries out its schedules, so it names only
//! [`super::sync`], the error and the ranges.

use std::future::poll_fn;
use std::sync::atomic::Ordering;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use super::error::CacheError;
use super::sync::{AtomicBool, AtomicU64, Condvar, Mutex, RwLock};
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
    /// The task to wake; a thread is woken through the condition variable.
    task: Option<Waker>,
}

#[derive(Debug, Default)]
struct Waiting {
    next_id: u64,
    list: Vec<Waiter>,
    /// Set once: misses end with it from now on.
    over: Option<CacheError>,
}

const UNKNOWN: u64 = u64::MAX;

/// A moment in the history of what was forgotten; see [`Coverage::look`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Epoch(u64);

/// See the module.
#[derive(Debug)]
pub(super) struct Coverage {
    ranges: RwLock<RangeSet>,
    /// How often bytes were forgotten; changed under the lock of `ranges`.
    forgotten: AtomicU64,
    size: AtomicU64,
    /// The server has answered, so that an unknown size is one it does not tell.
    answered: AtomicBool,
    /// Goes up with every change of ranges or size.
    version: AtomicU64,
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

impl Coverage {
    pub(super) fn new(ranges: RangeSet, size: Option<u64>) -> Self {
        Self {
            ranges: RwLock::new(ranges),
            forgotten: AtomicU64::new(0),
            size: AtomicU64::new(size.unwrap_or(UNKNOWN)),
            answered: AtomicBool::new(false),
            version: AtomicU64::new(0),
            waiting: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    // --- what is here ---

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

    pub(super) fn is_complete(&self) -> bool {
        self.size()
            .is_some_and(|size| self.ranges.read().contains(ByteRange::new(0, size)))
    }

    /// How many bytes from `pos` on are here without a gap.
    pub(super) fn covered_from(&self, pos: u64) -> u64 {
        self.ranges.read().covered_from(pos)
    }

    /// The parts of `range` that are not here.
    pub(super) fn missing_in(&self, range: ByteRange) -> Vec<ByteRange> {
        self.ranges.read().missing_in(range)
    }

    /// Whether all of `range` is here now.
    pub(super) fn look(&self, range: ByteRange) -> Option<Epoch> {
        let ranges = self.ranges.read();
        let epoch = Epoch(self.forgotten.load(Ordering::Acquire));
        ranges.contains(range).then_some(epoch)
    }

    /// Reads the file with `read` while all of `range` is here. It is read again where bytes were forgotten meanwhile: what
    /// was read may be a hole already. `None` when some of it is not here.
    pub(super) fn while_held<T>(&self, range: ByteRange, mut read: impl FnMut() -> T) -> Option<T> {
        loop {
            let epoch = self.look(range)?;
            let read = read();
            if self.held_since(epoch) {
                return Some(read);
            }
        }
    }

    /// Whether nothing was forgotten since `epoch`.
    pub(super) fn held_since(&self, epoch: Epoch) -> bool {
        self.forgotten.load(Ordering::Acquire) == epoch.0
    }

    /// Now, for [`Coverage::landed`].
    pub(super) fn epoch(&self) -> Epoch {
        Epoch(self.forgotten.load(Ordering::Acquire))
    }

    /// Bytes are in the file now; they were written after `epoch` was taken. `false`, and they are not in the set, when some
    /// were forgotten since: then these may be among them.
    #[must_use]
    pub(super) fn landed(&self, range: ByteRange, epoch: Epoch) -> bool {
        let mut ranges = self.ranges.write();
        if self.epoch() != epoch {
            return false;
        }
        ranges.insert(range);
        drop(ranges);
        self.touch();
        true
    }

    /// Forgets all but `durable`.
    pub(super) fn keep_only(&self, durable: &RangeSet) {
        let mut ranges = self.ranges.write();
        *ranges = ranges.intersection(durable);
        self.forgotten.fetch_add(1, Ordering::AcqRel);
        drop(ranges);
        self.touch();
    }

    /// Bytes are not to be read from the file any more. What is done to them on the disk is done after this.
    pub(super) fn forget(&self, range: ByteRange) {
        let mut ranges = self.ranges.write();
        ranges.remove(range);
        self.forgotten.fetch_add(1, Ordering::AcqRel);
        drop(ranges);
        self.touch();
    }

    /// The size became known.
    pub(super) fn learn_size(&self, size: u64) {
        self.size.store(size, Ordering::Release);
        self.answered();
    }

    /// Whether the server has answered since this was opened.
    pub(super) fn has_answered(&self) -> bool {
        self.answered.load(Ordering::Acquire)
    }

    /// The server has answered, with or without a size.
    pub(super) fn answered(&self) {
        self.answered.store(true, Ordering::Release);
        self.touch();
    }

    fn touch(&self) {
        self.version.fetch_add(1, Ordering::AcqRel);
        self.wake();
    }

    /// `range` without what lies behind the end, where that is known.
    fn clipped(&self, range: ByteRange) -> ByteRange {
        let end = self.size().map_or(range.end, |size| range.end.min(size));
        ByteRange::new(range.start, end)
    }

    fn met(&self, range: ByteRange) -> bool {
        if range.is_empty() {
            return self.size().is_some() || self.answered.load(Ordering::Acquire);
        }
        self.ranges.read().contains(self.clipped(range))
    }

    // --- waiting ---

    /// Announces a wait. It ends with [`Coverage::leave`].
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
            task: None,
        });
        id
    }

    pub(super) fn leave(&self, id: u64) {
        self.waiting.lock().list.retain(|waiter| waiter.id != id);
    }

    /// Whether a waiter may stop: its bytes are here, or it failed.
    fn verdict(
        &self,
        waiter: &Waiter,
        over: Option<&CacheError>,
    ) -> Option<Result<(), CacheError>> {
        if self.met(waiter.range) {
            return Some(Ok(()));
        }
        waiter.failure.as_ref().or(over).cloned().map(Err)
    }

    fn verdict_of(&self, waiting: &Waiting, id: u64) -> Option<Result<(), CacheError>> {
        let waiter = waiting.list.iter().find(|waiter| waiter.id == id)?;
        self.verdict(waiter, waiting.over.as_ref())
    }

    /// Blocks until waiter `id` may stop, or `flushing` is set by [`Coverage::flush`].
    pub(super) fn wait_blocking(&self, id: u64, flushing: &AtomicBool) -> Result<(), CacheError> {
        let mut waiting = self.waiting.lock();
        loop {
            if flushing.load(Ordering::Acquire) {
                return Err(CacheError::Cancelled);
            }
            if let Some(verdict) = self.verdict_of(&waiting, id) {
                return verdict;
            }
            self.changed.wait(&mut waiting);
        }
    }

    /// Like [`Coverage::wait_blocking`]; cancelled by dropping it.
    pub(super) async fn wait(&self, id: u64) -> Result<(), CacheError> {
        poll_fn(|task| {
            let mut waiting = self.waiting.lock();
            if let Some(verdict) = self.verdict_of(&waiting, id) {
                return Poll::Ready(verdict);
            }
            for waiter in waiting.list.iter_mut().filter(|waiter| waiter.id == id) {
                waiter.task = Some(task.waker().clone());
            }
            Poll::Pending
        })
        .await
    }

    /// Sets a reader's flag so that its blocked read sees it.
    pub(super) fn flush(&self, flag: &AtomicBool, value: bool) {
        let _order = self.waiting.lock();
        flag.store(value, Ordering::Release);
        self.changed.notify_all();
    }

    /// Wakes whoever may stop now, and nobody else: the next write comes in a moment.
    fn wake(&self) {
        let mut waiting = self.waiting.lock();
        let Waiting { list, over, .. } = &mut *waiting;
        let (mut tasks, mut threads) = (Vec::new(), false);
        for waiter in list {
            if self.verdict(waiter, over.as_ref()).is_some() {
                match waiter.task.take() {
                    Some(task) => tasks.push(task),
                    None => threads = true,
                }
            }
        }
        drop(waiting);
        if threads {
            self.changed.notify_all();
        }
        for task in tasks {
            task.wake();
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

    /// Whether somebody waits for the last byte before `fresh.end`, or for less of it.
    pub(super) fn would_satisfy(&self, fresh: ByteRange) -> bool {
        let waiting = self.waiting.lock();
        let met = |waiter: &Waiter| (fresh.start + 1..=fresh.end).contains(&self.clip_end(waiter));
        waiting.list.iter().any(met)
    }

    /// The end of a waiter's range, or of the file.
    pub(super) fn clip_end(&self, waiter: &Waiter) -> u64 {
        self.clipped(waiter.range).end
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
