//! The patience with a pipeline that neither makes a frame nor says why.
//!
//! playbin3 1.26 comes to no first frame in about 2 of 100 starts, without an error. Time counts only while bytes are at
//! hand and none are being taken: a pipeline that waits for the network, or works its way through the file, is not stuck.

use std::time::{Duration, Instant};

use crate::cachesrc::Progress;

/// How long a pipeline may do nothing with the bytes it has.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// The same for one that has read its whole file and found no stream in it: there is nothing that it could be busy with.
pub(crate) const SHORT_PATIENCE: Duration = Duration::from_secs(2);

/// A read that takes longer than this is waiting for the network rather than for the disk.
pub(crate) const STARVING: Duration = Duration::from_millis(250);

/// Measures idleness. Pure: the caller brings the time.
#[derive(Debug, Default)]
pub(crate) struct Watchdog {
    idle_since: Option<(Instant, u64)>,
}

impl Watchdog {
    /// Forgets what it saw: a new thing is awaited, or nothing.
    pub(crate) fn rest(&mut self) {
        self.idle_since = None;
    }

    /// Looks at the reads while something is awaited; true once when patience is at its end.
    pub(crate) fn look(&mut self, now: Instant, progress: Progress, patience: Duration) -> bool {
        let starving = progress.waiting.is_some_and(|waiting| waiting >= STARVING);
        match self.idle_since {
            Some((since, served)) if !starving && served == progress.served => {
                let stuck = now.saturating_duration_since(since) >= patience;
                if stuck {
                    self.rest();
                }
                stuck
            }
            _ => {
                self.idle_since = Some((now, progress.served));
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(served: u64, waiting: Option<u64>) -> Progress {
        Progress {
            served,
            waiting: waiting.map(Duration::from_millis),
        }
    }

    #[test]
    fn only_idleness_with_bytes_at_hand_is_stuck() {
        let zero = Instant::now();
        let second = |n: u64| zero + Duration::from_secs(n);
        let mut dog = Watchdog::default();
        assert!(!dog.look(second(0), at(1, None), PATIENCE));
        assert!(!dog.look(second(4), at(1, None), PATIENCE));
        assert!(dog.look(second(5), at(1, None), PATIENCE));
        // After it has barked it counts anew.
        assert!(!dog.look(second(6), at(1, None), PATIENCE));
        // Progress resets.
        assert!(!dog.look(second(10), at(2, None), PATIENCE));
        assert!(!dog.look(second(14), at(2, Some(10)), PATIENCE));
        // A wait for the network resets, however long it lasts.
        for n in 15..60 {
            assert!(!dog.look(second(n), at(2, Some(1000 * (n - 14))), PATIENCE));
        }
        assert!(!dog.look(second(61), at(2, None), PATIENCE));
        assert!(dog.look(second(65), at(2, None), PATIENCE));
        dog.look(second(66), at(2, None), PATIENCE);
        dog.rest();
        assert!(!dog.look(second(90), at(2, None), PATIENCE));
    }
}
