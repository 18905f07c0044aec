//! When a title counts as watched: the rules of Jellyfin's servers (10.10, "resume" settings as shipped), so that a title
//! says the same here and there. Pure.

use std::time::Duration;

use crate::model::{Kind, Progress, is_finished};

/// A title of which less was seen was not begun.
const BEGUN_PERCENT: u128 = 5;
/// The progress while it plays: exactly where it is, so that nothing is lost when the program ends abruptly.
pub(super) fn playing(kind: Kind, before: &Progress, position: Duration, now: i64) -> Progress {
    Progress {
        position: if kind == Kind::Track {
            Duration::ZERO
        } else {
            position
        },
        watched: before.watched,
        unwatched_children: None,
        last_played: Some(now),
    }
}

/// The progress after it was stopped. `duration` may be unknown: then only the position counts.
pub(super) fn stopped(
    kind: Kind,
    before: &Progress,
    position: Duration,
    duration: Option<Duration>,
    now: i64,
) -> Progress {
    let mut after = playing(kind, before, position, now);
    let Some(duration) = duration.filter(|duration| !duration.is_zero()) else {
        return after;
    };
    let percent = position.as_millis() * 100 / duration.as_millis().max(1);
    if is_finished(position, Some(duration)) {
        after.watched = true;
        after.position = Duration::ZERO;
    } else if percent < BEGUN_PERCENT {
        after.position = Duration::ZERO;
    } else if kind != Kind::Track {
        // Begun again: it is something to go on with.
        after.watched = false;
    }
    after
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn after(minutes: u64, watched: bool) -> (u64, bool) {
        let before = Progress {
            watched,
            ..Progress::default()
        };
        let position = Duration::from_secs(minutes * 60);
        let after = stopped(Kind::Movie, &before, position, Some(HOUR), 7);
        assert_eq!(after.last_played, Some(7));
        (after.position.as_secs() / 60, after.watched)
    }

    #[test]
    fn the_beginning_and_the_end_are_not_resumed() {
        assert_eq!(after(2, false), (0, false));
        assert_eq!(after(3, false), (3, false));
        assert_eq!(after(53, false), (53, false));
        assert_eq!(after(54, false), (0, true));
        assert_eq!(after(60, false), (0, true));
    }

    #[test]
    fn a_watched_title_stays_so_until_it_is_really_begun_again() {
        assert_eq!(after(1, true), (0, true));
        assert_eq!(after(30, true), (30, false));
    }

    #[test]
    fn a_short_title_ends_a_second_before_its_end() {
        let clip = Some(Duration::from_secs(5));
        let position = Duration::from_secs(4);
        assert!(stopped(Kind::Video, &Progress::default(), position, clip, 0).watched);
    }

    #[test]
    fn music_begins_at_its_beginning() {
        let before = Progress::default();
        let half = stopped(Kind::Track, &before, HOUR / 2, Some(HOUR), 0);
        assert_eq!((half.position, half.watched), (Duration::ZERO, false));
        assert!(stopped(Kind::Track, &before, HOUR, Some(HOUR), 0).watched);
    }
}
