//! From the times of what is read to those of the title it is a part of.

use std::cell::Cell;
use std::time::Duration;

use spool_engine::model::{Chapter, Piece};
use spool_engine::playback::Served;

use crate::event::Event;
use crate::subtitle::Offset;

/// Where what is read lies in its title: a stream that is made of it, or one of its files.
#[derive(Debug)]
pub(super) struct Shift {
    begins_at: Duration,
    length: Option<Duration>,
    piece: Option<Piece>,
    streams: bool,
    /// Told to the subtitles, whose times are their file's.
    offset: Offset,
    first: Cell<Option<Duration>>,
}

impl Shift {
    /// `None` for a title that is one file.
    pub(super) fn new(
        served: Option<Served>,
        piece: Option<Piece>,
        offset: Offset,
    ) -> Option<Self> {
        let shift = match (served, piece) {
            // A pipeline may count from zero or from the stream's own times: what it says first is the stream's beginning.
            (Some(served), piece) => Self {
                begins_at: served.begins_at,
                length: served.length,
                piece,
                streams: true,
                offset,
                first: Cell::new(None),
            },
            (None, Some(piece)) => Self {
                begins_at: piece.begins_at,
                length: Some(piece.whole),
                piece: Some(piece),
                streams: false,
                offset,
                first: Cell::new(Some(Duration::ZERO)),
            },
            (None, None) => return None,
        };
        shift.offset.set(shift.in_file(), Duration::ZERO);
        Some(shift)
    }

    /// Where in its file that begins which is read.
    fn in_file(&self) -> Duration {
        let piece = self.piece.map(|piece| piece.begins_at);
        self.begins_at.saturating_sub(piece.unwrap_or_default())
    }

    /// The pipeline's first frame is at this time.
    pub(super) fn begin(&self, position: Duration) {
        if self.first.get().is_none() {
            self.first.set(Some(position));
            self.offset.set(self.in_file(), position);
        }
    }

    /// Length of the title, where it is known.
    pub(super) fn length(&self) -> Option<Duration> {
        self.length
    }

    /// Whether it only goes on.
    pub(super) fn streams(&self) -> bool {
        self.streams
    }

    /// Where the pipeline has to go for a place in the title; `None` where it cannot.
    pub(super) fn reach(&self, place: Duration) -> Option<Duration> {
        let piece = self.piece.filter(|_| !self.streams)?;
        piece.holds(place).then(|| piece.within(place))
    }

    /// Whether the title begins with what is read.
    pub(super) fn is_first(&self) -> bool {
        self.begins_at.is_zero()
    }

    /// The place in the title.
    fn place(&self, position: Duration) -> Duration {
        self.begin(position);
        let first = self.first.get().unwrap_or_default();
        self.begins_at + position.saturating_sub(first)
    }

    /// What is said of the title when the pipeline says this of what it reads; nothing of a length that is not the title's.
    pub(super) fn of_title(&self, event: Event) -> Option<Event> {
        match event {
            Event::Position(position) => Some(Event::Position(self.place(position))),
            Event::SeekDone(position) => Some(Event::SeekDone(self.place(position))),
            Event::Duration(_) => None,
            Event::Chapters(chapters) if !self.streams => {
                let chapters = chapters.into_iter().map(|chapter| Chapter {
                    start: self.begins_at + chapter.start,
                    ..chapter
                });
                Some(Event::Chapters(chapters.collect()))
            }
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

    fn told(shift: &Shift, position: u64) -> u64 {
        match shift.of_title(Event::Position(seconds(position))) {
            Some(Event::Position(position)) => position.as_secs(),
            other => panic!("{other:?}"),
        }
    }

    /// The second file of two.
    fn second() -> Piece {
        let files = [(Some(seconds(20)), None), (Some(seconds(30)), None)];
        Piece::lay(0, &files, None).unwrap()[1]
    }

    #[test]
    fn positions_are_the_title_s_whatever_the_pipeline_counts_from() {
        for base in [0, 24, 1_000] {
            let served = Served {
                begins_at: seconds(24),
                length: Some(seconds(60)),
            };
            let shift = Shift::new(Some(served), None, Offset::default()).unwrap();
            shift.begin(seconds(base));
            assert_eq!((told(&shift, base), told(&shift, base + 5)), (24, 29));
            assert!(shift.of_title(Event::Duration(seconds(36))).is_none());
            assert_eq!(shift.reach(seconds(30)), None);
        }
    }

    #[test]
    fn positions_of_a_file_are_the_film_s() {
        let shift = Shift::new(None, Some(second()), Offset::default()).unwrap();
        assert_eq!((told(&shift, 3), told(&shift, 0)), (23, 20));
        assert_eq!(shift.length(), Some(seconds(50)));
        let reach = |place| shift.reach(seconds(place)).map(|there| there.as_secs());
        assert_eq!(
            [19, 20, 45, 50].map(reach),
            [None, Some(0), Some(25), Some(30)]
        );
        assert!(!shift.is_first() && !shift.streams());
        assert!(Shift::new(None, None, Offset::default()).is_none());
    }

    #[test]
    fn subtitles_count_as_their_file_does() {
        let served = Served {
            begins_at: seconds(24),
            length: None,
        };
        let shift = Shift::new(Some(served), Some(second()), Offset::default()).unwrap();
        assert_eq!(shift.in_file(), seconds(4));
        let shift = Shift::new(None, Some(second()), Offset::default()).unwrap();
        assert_eq!(shift.in_file(), Duration::ZERO);
    }
}
