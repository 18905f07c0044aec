//! How much is read ahead of a resource's readers: a target by the bitrate, counted once over all of them, with hysteresis.

use std::time::Duration;

use super::super::cursor::{PlaceView, Pulse};
use super::Rank;
use crate::range::RangeSet;

/// The least and the most, and what is enough where the bitrate is not known.
const LEAST: u64 = 16 << 20;
const MOST: u64 = 256 << 20;
const UNKNOWN: u64 = 32 << 20;
/// Seconds that the target is meant to last…
const SECONDS: u64 = 30;
/// …and those that are urgent.
const SOON: u64 = 10;
/// This part of the target more or less makes no difference.
const SLACK: u64 = 8;
/// The urgent part where the bitrate is not known.
const SOON_UNKNOWN: u64 = 8 << 20;

/// How much is enough, and whether it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Window {
    /// Bytes.
    pub target: u64,
    /// Of these, the ones that a reader may want within ten seconds.
    pub soon: u64,
    /// There is enough; until half of it is used up, nothing more is read.
    pub full: bool,
    /// Bytes ahead of all readers.
    pub lead: u64,
}

impl Window {
    /// The window for players that say `pulses`; half as large where bytes cost money.
    pub(in super::super) fn of(pulses: &[Pulse], metered: bool) -> Self {
        let bitrate = pulses.iter().filter_map(|pulse| pulse.bitrate).max();
        let target = bitrate.map_or(UNKNOWN, |rate| (SECONDS * rate).clamp(LEAST, MOST));
        Self {
            target: if metered { target / 2 } else { target },
            soon: bitrate.map_or(SOON_UNKNOWN, |rate| SOON * rate),
            full: false,
            lead: 0,
        }
    }

    /// The same, where no more than `stays` bytes ahead of a reader can stay.
    pub(in super::super) fn at_most(mut self, stays: Option<u64>) -> Self {
        self.target = self.target.min(stays.unwrap_or(u64::MAX)).max(SLACK);
        self
    }

    /// The same, measured. `was_full` is the last answer.
    pub(in super::super) fn measured(
        mut self,
        places: &[PlaceView],
        ranges: &RangeSet,
        size: Option<u64>,
        was_full: bool,
    ) -> Self {
        self.lead = lead(places, ranges, size);
        self.full = if was_full {
            self.lead > self.target / 2
        } else {
            // What was used up while the last request came is not asked for at once.
            self.lead >= self.target - self.target / SLACK
        };
        self
    }

    /// What it still takes.
    pub(super) fn room(&self) -> u64 {
        let room = self.target.saturating_sub(self.lead);
        room.max(self.target / SLACK)
    }

    /// What is left of a request is so little that it comes although there is enough.
    pub(super) fn is_little(&self, bytes: u64) -> bool {
        bytes <= self.target / SLACK
    }

    /// How urgent bytes are that lie `lead` bytes ahead of a reader.
    pub(super) fn rank(&self, lead: u64) -> Rank {
        if lead < self.soon.min(self.target) {
            Rank::Soon
        } else if lead < self.target {
            Rank::Window
        } else {
            Rank::Fill
        }
    }
}

/// Bytes that are here ahead of the readers; of two that read one after the other the one in front counts, and where all is
/// here up to the end there is nothing to wait for.
fn lead(places: &[PlaceView], ranges: &RangeSet, size: Option<u64>) -> u64 {
    let mut ends: Vec<(u64, u64)> = Vec::new();
    for place in places.iter().filter(|place| place.proven) {
        let end = ranges.first_gap_from(place.pos);
        if size.is_some_and(|size| end >= size) {
            continue;
        }
        match ends.iter_mut().find(|(known, _)| *known == end) {
            Some((_, pos)) => *pos = place.pos.max(*pos),
            None => ends.push((end, place.pos)),
        }
    }
    ends.iter().map(|(end, pos)| end - pos).sum()
}

/// Whether somebody plays who will have used up what is here within ten seconds.
pub(in super::super) fn is_hungry(
    pulses: &[Pulse],
    places: &[PlaceView],
    ranges: &RangeSet,
    size: Option<u64>,
) -> bool {
    pulses.iter().filter(|pulse| pulse.playing).any(|pulse| {
        let place = places.iter().find(|place| place.reader == pulse.reader);
        place.is_some_and(|place| {
            let end = ranges.first_gap_from(place.pos);
            let lead = end.saturating_sub(place.pos);
            let held = pulse.bitrate.map_or(0, |rate| bytes(rate, pulse.buffered));
            let soon = pulse.bitrate.map_or(SOON_UNKNOWN, |rate| SOON * rate);
            size.is_none_or(|size| end < size) && lead + held < soon
        })
    })
}

fn bytes(rate: u64, time: Duration) -> u64 {
    let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    rate.saturating_mul(millis) / 1000
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::range::ByteRange;

    const M: u64 = 1 << 20;

    fn pulse(bitrate: Option<u64>) -> Pulse {
        Pulse {
            reader: 1,
            bitrate,
            playing: true,
            buffered: Duration::ZERO,
        }
    }

    fn place(reader: u64, pos: u64) -> PlaceView {
        PlaceView {
            reader,
            pos,
            proven: true,
            ..PlaceView::default()
        }
    }

    fn set(ranges: &[(u64, u64)]) -> RangeSet {
        ranges.iter().map(|(a, b)| ByteRange::new(*a, *b)).collect()
    }

    #[test]
    fn thirty_seconds_within_bounds() {
        for (rate, target, soon) in [
            (None, 32 * M, 8 * M),
            (Some(40_000), 16 * M, 400_000),
            (Some(M), 30 * M, 10 * M),
            (Some(100 * M), 256 * M, 1000 * M),
        ] {
            let window = Window::of(&[pulse(rate)], false);
            assert_eq!((window.target, window.soon), (target, soon));
            assert_eq!(Window::of(&[pulse(rate)], true).target, target / 2);
        }
        assert_eq!(Window::of(&[], false).target, 32 * M);
    }

    #[test]
    fn ten_seconds_are_sooner_than_the_rest() {
        let window = Window::of(&[pulse(Some(M))], false);
        assert_eq!(window.rank(0), Rank::Soon);
        assert_eq!(window.rank(10 * M), Rank::Window);
        assert_eq!(window.rank(30 * M), Rank::Fill);
    }

    #[test]
    fn an_eighth_of_it_makes_no_difference() {
        let of = |lead| Window {
            lead,
            ..Window::of(&[], false)
        };
        assert_eq!(of(0).room(), 32 * M);
        assert_eq!(of(28 * M - 1).room(), 4 * M + 1);
        assert_eq!(of(30 * M).room(), 4 * M, "no request for crumbs");
        assert!(of(0).is_little(4 * M) && !of(0).is_little(4 * M + 1));
    }

    #[test]
    fn it_is_counted_once_over_all_readers() {
        let ranges = set(&[(0, 10 * M), (50 * M, 55 * M), (90 * M, 100 * M)]);
        let size = Some(100 * M);
        let one = lead(&[place(1, 2 * M)], &ranges, size);
        assert_eq!(one, 8 * M);
        let close = lead(&[place(1, 2 * M), place(2, 4 * M)], &ranges, size);
        assert_eq!(close, 6 * M, "the one in front");
        let apart = lead(&[place(1, 2 * M), place(2, 50 * M)], &ranges, size);
        assert_eq!(apart, 13 * M);
        assert_eq!(lead(&[place(1, 95 * M)], &ranges, size), 0, "all is here");
    }

    #[test]
    fn who_has_ten_seconds_is_not_hungry() {
        let ranges = set(&[(0, 10 * M)]);
        let hungry =
            |pos, pulse: Pulse| is_hungry(&[pulse], &[place(1, pos)], &ranges, Some(100 * M));
        assert!(!hungry(0, pulse(Some(M))));
        assert!(hungry(1, pulse(Some(M))));
        assert!(hungry(9 * M, pulse(None)));
        let holding = Pulse {
            buffered: Duration::from_secs(1),
            ..pulse(Some(M))
        };
        assert!(!hungry(M, holding));
        let holding_less = Pulse {
            buffered: Duration::from_millis(500),
            ..pulse(Some(M))
        };
        assert!(hungry(M, holding_less));
        let paused = Pulse {
            playing: false,
            ..pulse(Some(M))
        };
        assert!(!hungry(9 * M, paused));
        assert!(!is_hungry(
            &[pulse(Some(M))],
            &[place(1, 9 * M)],
            &ranges,
            Some(10 * M)
        ));
    }

    proptest! {
        #[test]
        fn full_holds_from_the_whole_down_to_half(steps in prop::collection::vec(0..64_u64, 1..200)) {
            let (mut full, mut before) = (false, 0);
            for lead in steps {
                let lead = lead * M;
                let ranges = set(&[(0, lead)]);
                let window = Window::of(&[], false).measured(&[place(1, 0)], &ranges, None, full);
                if lead >= 28 * M {
                    prop_assert!(window.full);
                } else if lead <= 16 * M {
                    prop_assert!(!window.full);
                } else {
                    prop_assert_eq!(window.full, full, "{} after {}", lead, before);
                }
                (full, before) = (window.full, lead);
            }
        }
    }
}
