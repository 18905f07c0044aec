//! What each user has watched, by the server's rules.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

/// One title's, for one user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    /// Milliseconds.
    pub(super) offset: u64,
    pub(super) count: u32,
    /// Seconds since 1970.
    pub(super) last: Option<u64>,
}

/// All users'.
#[derive(Debug, Default)]
pub(super) struct Watched(HashMap<(String, usize), Mark>);

impl Watched {
    pub(super) fn of(&self, user: &str, index: usize) -> Mark {
        self.0
            .get(&(user.to_owned(), index))
            .copied()
            .unwrap_or_default()
    }

    fn entry(&mut self, user: &str, index: usize) -> &mut Mark {
        self.0.entry((user.to_owned(), index)).or_default()
    }

    pub(super) fn set(&mut self, user: &str, index: usize, offset: u64, count: u32) {
        let last = Some(now());
        *self.entry(user, index) = Mark {
            offset,
            count,
            last,
        };
    }

    pub(super) fn elsewhere(&mut self, user: &str, index: usize, offset: u64, later: u64) {
        let mark = self.entry(user, index);
        (mark.offset, mark.last) = (offset, Some(now() + later));
    }

    /// Takes a reported position in milliseconds: zero is ignored, past 90 % the title is watched. What was reported `late`
    /// happened at that second: where something newer is known, it is ignored.
    pub(super) fn report(
        &mut self,
        user: &str,
        index: usize,
        time: u64,
        duration: u64,
        late: Option<u64>,
    ) -> Mark {
        let mark = self.entry(user, index);
        if late.is_some_and(|late| mark.last.is_some_and(|last| last > late)) {
            return *mark;
        }
        if time > 0 && time >= duration / 10 * 9 {
            // Reports go on after the threshold; a viewing counts once.
            mark.count += u32::from(mark.offset > 0 || mark.count == 0);
            mark.offset = 0;
        } else if time > 0 {
            mark.offset = time;
        }
        mark.last = Some(late.unwrap_or_else(now));
        *mark
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
            let mark = watched.report("u", 1, time, 1000, None);
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
    fn what_is_told_late_gives_way_to_what_is_newer() {
        let mut watched = Watched::default();
        let mut at = |time, late| watched.report("u", 1, time, 1000, Some(late)).offset;
        assert_eq!(at(300, 50), 300);
        assert_eq!(at(200, 40), 300, "older");
        assert_eq!(at(200, 60), 200);
    }
}
