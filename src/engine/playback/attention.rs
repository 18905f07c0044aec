//! How much of a title was really watched, from what the player says of its position. Pure.

use std::time::{Duration, Instant};

use crate::source::ReportEvent;

/// What was said last.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Watch {
    last: Option<(Duration, Instant)>,
}

impl Watch {
    /// The time watched since the last report: as far as the position went on, and no more than twice as fast as the clock,
    /// so that a seek is nothing watched.
    pub(super) fn advance(
        &mut self,
        position: Duration,
        event: ReportEvent,
        now: Instant,
    ) -> Duration {
        let before = match event {
            ReportEvent::Started => None,
            ReportEvent::Progress { .. } | ReportEvent::Stopped => self.last,
        };
        self.last = match event {
            ReportEvent::Stopped => None,
            ReportEvent::Started | ReportEvent::Progress { .. } => Some((position, now)),
        };
        let Some((from, since)) = before else {
            return Duration::ZERO;
        };
        let passed = now.saturating_duration_since(since);
        position.saturating_sub(from).min(passed * 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOES_ON: ReportEvent = ReportEvent::Progress { paused: false };

    #[test]
    fn only_what_passed_on_the_clock_was_watched() {
        let (mut watch, begin) = (Watch::default(), Instant::now());
        let mut at = |position: u64, event, clock: u64| {
            let now = begin + Duration::from_secs(clock);
            let more = watch.advance(Duration::from_secs(position), event, now);
            more.as_secs()
        };
        assert_eq!(at(100, ReportEvent::Started, 0), 0);
        assert_eq!(at(110, GOES_ON, 10), 10);
        assert_eq!(
            at(110, ReportEvent::Progress { paused: true }, 70),
            0,
            "a pause"
        );
        assert_eq!(at(3000, GOES_ON, 71), 2, "a seek");
        assert_eq!(at(2000, GOES_ON, 80), 0, "a seek back");
        assert_eq!(at(2015, GOES_ON, 90), 15, "a little faster than life");
        assert_eq!(at(2020, ReportEvent::Stopped, 95), 5);
        assert_eq!(at(2030, ReportEvent::Started, 99), 0, "another playback");
    }
}
