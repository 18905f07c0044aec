//! A model of the cache's waiters: [`coverage`] is the engine's own file, compiled over locks that try out schedules.
//!
//! Each scene is a handful of threads and what must hold whatever their order. A schedule that ends with somebody who waits for
//! ever is a lost wake-up and fails, as does every broken assertion; the schedule is printed, to be replayed.

#[allow(
    dead_code,
    unreachable_pub,
    reason = "the engine's file; the scenes use what waits and what wakes"
)]
#[path = "../../src/engine/cache/coverage.rs"]
mod coverage;
mod scenes;
mod sync;

/// What the file calls by this path in the engine.
mod error {
    pub(super) use spool_engine::cache::CacheError;
}

use std::panic::{AssertUnwindSafe, catch_unwind};

use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use shuttle::{Config, Runner};

use crate::Bounds;
use crate::tally::Tally;

/// Schedules between two looks at the clock.
const SLICE: u32 = 2000;
/// How many preemptions a schedule of the second kind is made of: lost wake-ups need two or three.
const DEPTH: usize = 3;

/// Tries about `count` schedules, spread over the scenes and two ways to choose them.
pub(crate) fn run(count: u32, bounds: &Bounds, tally: &Tally) {
    let mut left = count;
    let mut round = 0;
    while left > 0 && !bounds.is_over() {
        let slice = left.min(SLICE);
        left -= slice;
        let each = slice.div_ceil(2 * scenes::ALL.len() as u32) as usize;
        for (name, scene) in scenes::ALL {
            let seed = bounds.seed.wrapping_add(round);
            round += 1;
            let tried = try_out(*scene, RandomScheduler::new_from_seed(seed, each))
                + try_out(*scene, PctScheduler::new_from_seed(seed, DEPTH, each));
            if tried < 2 * each {
                tally.violation(&format!("the model's scene '{name}' fails (seed {seed})"));
            }
            tally.schedules(tried as u64);
        }
    }
    if count > 0 {
        tally.progress();
    }
}

/// How many schedules were tried; fewer than asked when one failed.
fn try_out(scene: fn(), scheduler: impl Scheduler + 'static) -> usize {
    let runner = Runner::new(scheduler, Config::new());
    catch_unwind(AssertUnwindSafe(|| runner.run(scene))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_schedules_lose_nothing() {
        let tally = Tally::default();
        let bounds = Bounds {
            seed: rand::random(),
            until: None,
        };
        println!("seed {}", bounds.seed);
        run(1000, &bounds, &tally);
        assert!(tally.is_clean(), "{tally}");
    }

    #[test]
    fn somebody_who_waits_for_ever_is_found() {
        let tried = try_out(scenes::nobody_comes, RandomScheduler::new_from_seed(1, 10));
        assert_eq!(tried, 0);
    }
}
