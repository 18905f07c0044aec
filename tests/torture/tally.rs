//! The counts of a run, and the one line that they end in.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts of all parts; shared by their threads.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    kills: AtomicU64,
    cuts: AtomicU64,
    schedules: AtomicU64,
    fuzz_seconds: AtomicU64,
    violations: AtomicU64,
}

impl Tally {
    /// A child was killed and what it left was checked.
    pub(crate) fn kill(&self) {
        self.kills.fetch_add(1, Ordering::Relaxed);
    }

    /// The power of a file system was cut and what it left was checked.
    pub(crate) fn cut(&self) {
        self.cuts.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn schedules(&self, count: u64) {
        self.schedules.fetch_add(count, Ordering::Relaxed);
    }

    pub(crate) fn fuzzed(&self, seconds: u64) {
        self.fuzz_seconds.fetch_add(seconds, Ordering::Relaxed);
    }

    /// A promise was broken.
    pub(crate) fn violation(&self, what: &str) {
        self.violations.fetch_add(1, Ordering::Relaxed);
        println!("VIOLATION: {what}");
    }

    /// How far it is, a line in between.
    pub(crate) fn progress(&self) {
        println!("so far: {}", self.counts());
    }

    fn counts(&self) -> String {
        let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
        format!(
            "{} kills, {} cuts, {} schedules, {} fuzz minutes, {} violations",
            count(&self.kills),
            count(&self.cuts),
            count(&self.schedules),
            count(&self.fuzz_seconds) / 60,
            count(&self.violations),
        )
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.violations.load(Ordering::Relaxed) == 0
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "torture: {}", self.counts())
    }
}
