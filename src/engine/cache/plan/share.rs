//! What a playback leaves of a line to downloads: half of it without one and a half times what it uses up itself.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Nobody plays: everything.
pub(in super::super) const ALL: u64 = u64::MAX;
/// Bytes that may be taken at once.
const BURST: u64 = 512 << 10;
/// Nobody sleeps longer before looking again.
const NAP: Duration = Duration::from_millis(250);

/// Bytes a second that are left beside a playback of `bitrate`, on a line that brought `measured`.
pub(in super::super) fn rate(measured: u64, bitrate: u64) -> u64 {
    (measured / 2).saturating_sub(bitrate.saturating_mul(3) / 2)
}

/// The bucket that the background runs of one host take from. **Threads**: the actor sets the rate, runs take.
#[derive(Debug)]
pub(in super::super) struct Share {
    rate: AtomicU64,
    level: Mutex<(Level, Instant)>,
}

impl Default for Share {
    fn default() -> Self {
        Self {
            rate: AtomicU64::new(ALL),
            level: Mutex::new((Level::default(), Instant::now())),
        }
    }
}

impl Share {
    pub(in super::super) fn set_rate(&self, rate: u64) {
        self.rate.store(rate, Ordering::Relaxed);
    }

    /// Whether there is anything to take.
    pub(in super::super) fn is_open(&self) -> bool {
        self.rate.load(Ordering::Relaxed) > 0
    }

    /// Takes `bytes`, which have arrived; how long to wait before the next ones.
    pub(in super::super) fn take(&self, bytes: u64) -> Duration {
        let rate = self.rate.load(Ordering::Relaxed);
        let mut level = self.level.lock();
        let now = Instant::now();
        let elapsed = now.duration_since(std::mem::replace(&mut level.1, now));
        level.0.take(rate, elapsed, bytes)
    }
}

/// The bucket's level; below zero after more was taken than there was.
#[derive(Debug, Default)]
struct Level(f64);

impl Level {
    fn take(&mut self, rate: u64, elapsed: Duration, bytes: u64) -> Duration {
        if rate == ALL {
            self.0 = 0.0;
            return Duration::ZERO;
        }
        let rate = rate as f64;
        self.0 = (self.0 + rate * elapsed.as_secs_f64()).min(BURST as f64) - bytes as f64;
        if self.0 >= 0.0 {
            return Duration::ZERO;
        }
        // At no rate at all it would be for ever.
        Duration::from_secs_f64((-self.0 / rate).min(NAP.as_secs_f64()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const M: u64 = 1 << 20;

    #[test]
    fn half_of_the_line_without_what_the_film_needs() {
        assert_eq!(rate(10 * M, 2 * M), 2 * M);
        assert_eq!(rate(10 * M, 0), 5 * M);
        assert_eq!(rate(10 * M, 4 * M), 0, "nothing is left");
        assert_eq!(rate(0, 0), 0);
    }

    #[test]
    fn nobody_plays_nobody_waits() {
        let share = Share::default();
        assert_eq!(share.take(u64::MAX / 2), Duration::ZERO);
        assert!(share.is_open());
        share.set_rate(0);
        assert!(!share.is_open());
        assert_eq!(share.take(1), NAP);
    }

    #[test]
    fn who_was_idle_for_long_takes_half_a_megabyte_at_once() {
        let mut level = Level::default();
        let day = Duration::from_secs(86_400);
        assert_eq!(level.take(1 << 20, day, 512 << 10), Duration::ZERO);
        let wait = level.take(1 << 20, Duration::ZERO, 128 << 10);
        assert_eq!(wait, Duration::from_millis(125));
    }

    proptest! {
        #[test]
        fn it_gives_the_rate_and_one_burst(rate in 1000..10_000_000_u64, takes in prop::collection::vec(1..300_000_u64, 1..300)) {
            let (mut level, mut time, mut taken) = (Level::default(), Duration::ZERO, 0);
            let mut elapsed = Duration::ZERO;
            for bytes in takes {
                let mut wait = level.take(rate, elapsed, bytes);
                taken += bytes;
                while !wait.is_zero() {
                    time += wait;
                    wait = level.take(rate, wait, 0);
                }
                elapsed = Duration::ZERO;
            }
            let most = rate as f64 * time.as_secs_f64() + BURST as f64 + 1.0;
            prop_assert!(taken as f64 <= most, "{} in {:?}", taken, time);
            prop_assert!(rate as f64 * time.as_secs_f64() <= taken as f64 + 1.0);
        }
    }
}
