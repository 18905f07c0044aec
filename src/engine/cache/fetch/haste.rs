//! Which thread a run writes on: its own as long as the system takes bytes into memory at once.
//!
//! Handing a worker's other tasks to another thread for each write costs more than the write. A system that has too much in
//! memory already makes writers wait, though, for as long as the disk takes; then the others must not wait along.
//!
//! **Threads**: as the run. **Cancellation**: none; a write is done or fails.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A write that takes longer than this has waited for the disk.
const WAITED: Duration = Duration::from_millis(2);
/// So many writes in a row have to be quick before the disk is trusted again.
const CALM: u32 = 64;

/// What the last writes of a run showed.
#[derive(Debug, Default)]
pub(in super::super) struct Haste {
    /// Writes that are still made aside.
    aside: AtomicU32,
}

impl Haste {
    /// Calls `write` on this thread, which is one of the runtime's workers.
    pub(super) fn write<T>(&self, write: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let written = if self.is_aside() {
            tokio::task::block_in_place(write)
        } else {
            write()
        };
        self.took(begun.elapsed());
        written
    }

    fn is_aside(&self) -> bool {
        self.aside.load(Ordering::Relaxed) > 0
    }

    fn took(&self, time: Duration) {
        let aside = self.aside.load(Ordering::Relaxed);
        let aside = if time > WAITED {
            CALM
        } else {
            aside.saturating_sub(1)
        };
        self.aside.store(aside, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slow_write_sends_the_next_ones_aside() {
        let haste = Haste::default();
        haste.took(Duration::from_micros(100));
        assert!(!haste.is_aside());
        haste.took(2 * WAITED);
        for _ in 0..CALM {
            assert!(haste.is_aside());
            haste.took(Duration::from_micros(100));
        }
        assert!(!haste.is_aside());
    }
}
