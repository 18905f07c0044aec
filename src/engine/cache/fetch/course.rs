//! What a run does after a failure: which plan of retries holds, when the next route is due, when it is over. Pure.

use std::time::Duration;

use super::super::plan::Rank;
use crate::http::retry::{DOWNLOAD, OPENING, PLAYING, Plan, QUIET, Retry};

/// A rank that changes again and again starts the timetable anew, but not without end.
const TRIES: usize = 8;
/// Ways to the bytes that are tried, one after the other.
const ROUTES: usize = 3;

/// What is to be done after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Another try after this time.
    Again(Duration),
    /// Another way to the bytes, if there is one.
    Reroute,
    /// It is over.
    GiveUp,
}

/// Where a run stands in its failures.
#[derive(Debug)]
pub(super) struct Course {
    retry: Retry,
    plan: &'static Plan,
    /// Ways that have failed.
    failed: usize,
    /// Failures on this way without as much progress as makes up for them.
    tries: usize,
    gained: u64,
}

impl Default for Course {
    fn default() -> Self {
        Self {
            retry: Retry::new(&PLAYING),
            plan: &PLAYING,
            failed: 0,
            tries: 0,
            gained: 0,
        }
    }
}

impl Course {
    /// New bytes arrived.
    pub(super) fn gained(&mut self, bytes: u64) {
        self.retry.gained(bytes);
        self.gained += bytes;
        if self.gained >= self.plan.progress {
            (self.gained, self.tries) = (0, 0);
        }
    }

    /// It is more than a broken connection: the next try failed as well.
    pub(super) fn is_serious(&self) -> bool {
        self.tries > 1
    }

    /// After a failure that may pass. `opening`: the server has not answered at all since the resource was opened, and
    /// cannot be reached now; whoever waits is told soon. `wish`: the server's own. `random`, from 0 to 1, spreads the
    /// retries of many.
    pub(super) fn failed(
        &mut self,
        rank: Rank,
        opening: bool,
        wish: Option<Duration>,
        random: f64,
    ) -> Next {
        let plan = match rank {
            Rank::Waited | Rank::Soon | Rank::Window if opening => &OPENING,
            Rank::Waited | Rank::Soon | Rank::Window => &PLAYING,
            Rank::Download => &DOWNLOAD,
            Rank::Next | Rank::Later | Rank::Fill => &QUIET,
        };
        if !std::ptr::eq(plan, self.plan) {
            self.plan = plan;
            self.retry = Retry::new(plan);
        }
        self.tries += 1;
        let delay = self.retry.next_delay(None);
        match delay.filter(|_| self.tries <= TRIES) {
            Some(delay) => {
                let spread = delay.mul_f64(0.9 + 0.2 * random.clamp(0.0, 1.0));
                Next::Again(spread.max(wish.unwrap_or_default()))
            }
            None if self.failed + 1 < ROUTES => {
                self.failed += 1;
                Next::Reroute
            }
            None => Next::GiveUp,
        }
    }

    /// Ways that have failed so far.
    pub(super) fn routes_failed(&self) -> usize {
        self.failed
    }

    /// There is another way: all retries are there again.
    pub(super) fn rerouted(&mut self) {
        self.retry = Retry::new(self.plan);
        self.tries = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(course: &mut Course, rank: Rank, opening: bool) -> Vec<u64> {
        let mut waits = Vec::new();
        while let Next::Again(wait) = course.failed(rank, opening, None, 0.5) {
            waits.push(u64::try_from(wait.as_millis()).unwrap());
        }
        waits
    }

    #[test]
    fn each_rank_has_its_timetable() {
        for (rank, opening, table) in [
            (Rank::Waited, false, vec![1000, 2000, 4000]),
            (Rank::Window, false, vec![1000, 2000, 4000]),
            (Rank::Waited, true, vec![250]),
            (Rank::Download, false, vec![5000, 15_000, 45_000]),
            (Rank::Download, true, vec![5000, 15_000, 45_000]),
            (Rank::Next, false, vec![5000]),
            (Rank::Fill, false, vec![5000]),
        ] {
            assert_eq!(
                waits(&mut Course::default(), rank, opening),
                table,
                "{rank:?}"
            );
        }
    }

    #[test]
    fn each_route_gets_one_cycle() {
        let mut course = Course::default();
        for failed in 1..ROUTES {
            assert_eq!(waits(&mut course, Rank::Waited, false).len(), 3);
            assert_eq!(course.routes_failed(), failed);
            course.rerouted();
        }
        assert_eq!(waits(&mut course, Rank::Waited, false).len(), 3);
        assert_eq!(course.failed(Rank::Waited, false, None, 0.5), Next::GiveUp);
    }

    #[test]
    fn the_spread_is_a_tenth_and_a_wish_is_kept() {
        let first = |random| Course::default().failed(Rank::Waited, false, None, random);
        assert_eq!(first(0.0), Next::Again(Duration::from_millis(900)));
        assert_eq!(first(1.0), Next::Again(Duration::from_millis(1100)));
        let wish = Some(Duration::from_secs(30));
        assert_eq!(
            Course::default().failed(Rank::Waited, false, wish, 0.0),
            Next::Again(Duration::from_secs(30))
        );
    }

    #[test]
    fn progress_and_a_new_reader_start_it_again() {
        let mut course = Course::default();
        assert_eq!(waits(&mut course, Rank::Waited, false).len(), 3);
        course.gained(256 << 10);
        assert_eq!(
            course.failed(Rank::Waited, false, None, 0.5),
            Next::Again(Duration::from_secs(1))
        );
        let mut download = Course::default();
        download.failed(Rank::Download, false, None, 0.5);
        download.gained((1 << 20) - 1);
        assert_eq!(
            download.failed(Rank::Download, false, None, 0.5),
            Next::Again(Duration::from_secs(15))
        );
        assert_eq!(
            download.failed(Rank::Waited, false, None, 0.5),
            Next::Again(Duration::from_secs(1))
        );
    }
}
