//! What each user has watched, by the server's rules.

use std::collections::{HashMap, HashSet};
use std::time::{SystemTime, UNIX_EPOCH};

/// One title's, for one user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    /// Milliseconds.
    pub(super) offset: u64,
    pub(super) count: u32,
    /// Seconds since 1970.
    pub(super) last: Option<u64>,
    /// Taken out of *Continue Watching*.
    pub(super) hidden: bool,
}

/// All users'.
#[derive(Debug, Default)]
pub(super) struct Watched {
    marks: HashMap<(String, usize), Mark>,
    /// Sessions that were seen below the threshold.
    begun: HashSet<String>,
}

impl Watched {
    pub(super) fn of(&self, user: &str, index: usize) -> Mark {
        self.marks
            .get(&(user.to_owned(), index))
            .copied()
            .unwrap_or_default()
    }

    fn entry(&mut self, user: &str, index: usize) -> &mut Mark {
        self.marks.entry((user.to_owned(), index)).or_default()
    }

    pub(super) fn set(&mut self, user: &str, index: usize, offset: u64, count: u32) {
        let last = Some(now());
        *self.entry(user, index) = Mark {
            offset,
            count,
            last,
            hidden: false,
        };
    }

    pub(super) fn elsewhere(&mut self, user: &str, index: usize, offset: u64, later: u64) {
        let mark = self.entry(user, index);
        (mark.offset, mark.last) = (offset, Some(now() + later));
        mark.hidden = false;
    }

    /// Takes a position in milliseconds that a session reports: zero is no place to resume at. A session that was seen before
    /// 90 % and now behind it has watched the title; one that is seen behind it alone has not (PMS 1.43). What was reported
    /// `late` happened at that second: where something newer is known, it is ignored.
    pub(super) fn report(
        &mut self,
        user: &str,
        index: usize,
        time: u64,
        duration: u64,
        late: Option<u64>,
        session: &str,
    ) -> Mark {
        let below = time < duration / 10 * 9;
        if below {
            self.begun.insert(session.to_owned());
        }
        let crosses = !below && self.begun.remove(session);
        let mark = self.entry(user, index);
        if late.is_some_and(|late| mark.last.is_some_and(|last| last > late)) {
            return *mark;
        }
        mark.hidden = false;
        if crosses {
            // Reports go on after the threshold; a viewing counts once.
            mark.count += 1;
            mark.offset = 0;
        } else if below && time > 0 {
            mark.offset = time;
        }
        mark.last = Some(late.unwrap_or_else(now));
        *mark
    }

    pub(super) fn hide(&mut self, user: &str, index: usize) {
        self.entry(user, index).hidden = true;
    }

    pub(super) fn mark(&mut self, user: &str, index: usize, watched: bool) {
        let mark = self.entry(user, index);
        mark.offset = 0;
        mark.count = if watched { mark.count.max(1) } else { 0 };
        mark.last = watched.then(now);
    }
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_counts_once_and_the_beginning_not_at_all() {
        let mut watched = Watched::default();
        let mut at = |time| {
            let mark = watched.report("u", 1, time, 1000, None, "s");
            (mark.offset, mark.count)
        };
        assert_eq!(at(0), (0, 0));
        assert_eq!(at(500), (500, 0));
        assert_eq!(at(0), (500, 0));
        assert_eq!(at(900), (0, 1));
        assert_eq!(at(990), (0, 1));
        assert_eq!(at(100), (100, 1));
    }

    #[test]
    fn the_end_alone_is_no_viewing() {
        let mut watched = Watched::default();
        let mut at = |time, session| watched.report("u", 1, time, 1000, None, session).count;
        assert_eq!(at(950, "a"), 0);
        assert_eq!(at(500, "b"), 0);
        assert_eq!(at(950, "c"), 0);
        assert_eq!(at(950, "b"), 1);
    }

    #[test]
    fn what_is_told_late_gives_way_to_what_is_newer() {
        let mut watched = Watched::default();
        let mut at = |time, late| watched.report("u", 1, time, 1000, Some(late), "s").offset;
        assert_eq!(at(300, 50), 300);
        assert_eq!(at(200, 40), 300, "older");
        assert_eq!(at(200, 60), 200);
    }
}
