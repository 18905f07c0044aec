//! From the times of a stream to those of the title it is made of.

use std::cell::Cell;
use std::time::Duration;

use spool_engine::playback::Served;

use crate::event::Event;
use crate::subtitle::Offset;

/// Where a stream lies in its title. A pipeline may count from zero or from the stream's own times: what it says first is
/// the stream's beginning.
#[derive(Debug)]
pub(super) struct Shift {
    served: Served,
    /// Told to the subtitles, whose times are the title's.
    offset: Offset,
    first: Cell<Option<Duration>>,
}

impl Shift {
    pub(super) fn new(served: Served, offset: Offset) -> Self {
        offset.set(served.begins_at, Duration::ZERO);
        Self {
            served,
            offset,
            first: Cell::new(None),
        }
    }

    /// The pipeline's first frame is at this time.
    pub(super) fn begin(&self, position: Duration) {
        if self.first.get().is_none() {
            self.first.set(Some(position));
            self.offset.set(self.served.begins_at, position);
        }
    }

    /// Length of the title, where it is known.
    pub(super) fn length(&self) -> Option<Duration> {
        self.served.length
    }

    /// The place in the title.
    fn place(&self, position: Duration) -> Duration {
        self.begin(position);
        let first = self.first.get().unwrap_or_default();
        self.served.begins_at + position.saturating_sub(first)
    }

    /// What is said of the title when the pipeline says this of the stream; nothing of a length that is the stream's own.
    pub(super) fn of_title(&self, event: Event) -> Option<Event> {
        match event {
            Event::Position(position) => Some(Event::Position(self.place(position))),
            Event::SeekDone(position) => Some(Event::SeekDone(self.place(position))),
            Event::Duration(_) => None,
            other => Some(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn positions_are_the_title_s_whatever_the_pipeline_counts_from() {
        for base in [0, 24, 1_000] {
            let served = Served {
                begins_at: seconds(24),
                length: Some(seconds(60)),
            };
            let shift = Shift::new(served, Offset::default());
            shift.begin(seconds(base));
            let told = |position| match shift.of_title(Event::Position(seconds(position))) {
                Some(Event::Position(position)) => position.as_secs(),
                other => panic!("{other:?}"),
            };
            assert_eq!((told(base), told(base + 5)), (24, 29));
            assert!(shift.of_title(Event::Duration(seconds(36))).is_none());
        }
    }
}
