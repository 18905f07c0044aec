//! What the actor and a run share: how far the run has come, how far it may go, and whether it has to end.
//!
//! **Owns** numbers that one side writes and the other reads, without an order among them. **Cancellation**: `stop` and
//! `hurry`, once and for all.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::super::plan::Rank;
use super::super::plan::share::Share;

/// See the module. **Threads**: the actor grants and stops, the run obeys and reports.
#[derive(Debug)]
pub(in super::super) struct Control {
    /// Next byte.
    pub pos: AtomicU64,
    /// The run ends here; lowered when another run begins in its way.
    pub limit: AtomicU64,
    /// Bytes in a second.
    pub rate: AtomicU64,
    /// Microseconds from asking to the reply's head.
    pub setup: AtomicU64,
    /// Bytes received.
    pub received: AtomicU64,
    /// It has to end.
    pub stop: CancellationToken,
    /// It has to end without taking what little is left: its connection is needed.
    pub hurry: CancellationToken,
    /// What background runs may take while somebody plays.
    pub share: Arc<Share>,
    /// It reads no further; at the ceiling it pauses.
    ceiling: AtomicU64,
    rank: AtomicU8,
    paused: Mutex<Option<Instant>>,
    granted: Notify,
}

impl Control {
    /// For a run over `start..end`.
    pub(in super::super) fn new(start: u64, end: u64, rank: Rank, share: Arc<Share>) -> Self {
        Self {
            pos: AtomicU64::new(start),
            limit: AtomicU64::new(end),
            rate: AtomicU64::new(0),
            setup: AtomicU64::new(0),
            received: AtomicU64::new(0),
            stop: CancellationToken::new(),
            hurry: CancellationToken::new(),
            share,
            ceiling: AtomicU64::new(u64::MAX),
            rank: AtomicU8::new(rank.number()),
            paused: Mutex::new(None),
            granted: Notify::new(),
        }
    }

    /// Says how urgent it is and how far it may read.
    pub(in super::super) fn grant(&self, rank: Rank, ceiling: u64) {
        let before = self.rank.swap(rank.number(), Ordering::AcqRel);
        let old = self.ceiling.swap(ceiling, Ordering::AcqRel);
        if ceiling > old || rank.number() < before {
            self.granted.notify_waiters();
        }
    }

    pub(in super::super) fn rank(&self) -> Rank {
        Rank::of_number(self.rank.load(Ordering::Acquire))
    }

    /// How long it has been pausing.
    pub(in super::super) fn paused(&self) -> Option<Duration> {
        self.paused.lock().map(|since| since.elapsed())
    }

    /// Whether it may read the byte at `pos`.
    pub(super) fn may_read(&self, pos: u64) -> bool {
        pos < self.ceiling.load(Ordering::Acquire)
    }

    /// Pauses until it may read the byte at `pos`. Cancelled by dropping it.
    pub(super) async fn pause(&self, pos: u64) {
        struct Pausing<'a>(&'a Control);
        impl Drop for Pausing<'_> {
            fn drop(&mut self) {
                *self.0.paused.lock() = None;
            }
        }
        *self.paused.lock() = Some(Instant::now());
        let _pausing = Pausing(self);
        self.until(|| self.may_read(pos)).await;
    }

    /// Until somebody who plays wants what it brings.
    pub(super) async fn wanted(&self) {
        self.until(|| !self.rank().is_background()).await;
    }

    async fn until(&self, holds: impl Fn() -> bool) {
        loop {
            let mut granted = std::pin::pin!(self.granted.notified());
            granted.as_mut().enable();
            if holds() {
                return;
            }
            granted.await;
        }
    }
}
