//! Random choices that a seed repeats.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// A stream of choices.
#[derive(Debug)]
pub(crate) struct Chance(StdRng);

impl Chance {
    /// The stream `name` of a run; streams of one seed have nothing in common.
    pub(crate) fn new(seed: u64, name: u64) -> Self {
        // Far apart for neighbouring names.
        Self(StdRng::seed_from_u64(
            seed ^ name.wrapping_mul(0x9E37_79B9_7F4A_7C15),
        ))
    }

    /// A number below `end`, 0 for 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        if end == 0 {
            0
        } else {
            self.0.random_range(0..end)
        }
    }

    pub(crate) fn of<'a, T>(&mut self, things: &'a [T]) -> &'a T {
        let count = things.len() as u64;
        &things[usize::try_from(self.below(count)).unwrap_or_default()]
    }

    /// Whether something happens that happens `per_mille` times in a thousand.
    pub(crate) fn happens(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    pub(crate) fn duration(&mut self, from: Duration, to: Duration) -> Duration {
        let span = u64::try_from((to - from).as_micros()).unwrap_or_default();
        from + Duration::from_micros(self.below(span))
    }

    pub(crate) fn seed(&mut self) -> u64 {
        self.0.random()
    }
}
