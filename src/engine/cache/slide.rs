//! The window of a resource that does not fit: which of its bytes stay around the places where it is read. Pure.
//!
//! On the disk, for an item larger than what is left of the limit, the beginning and the end stay, a good piece behind each
//! place, and ahead of it as much as there is room. In memory, where the disk takes nothing, a smaller piece around each
//! place.

use crate::range::{ByteRange, RangeSet};

const M: u64 = 1 << 20;
/// Kept of the beginning: containers keep their headers there, and a start again is quick.
const HEAD: u64 = 16 * M;
/// Kept of the end: the index of films that have it there.
const TAIL: u64 = 4 * M;
/// Kept behind each place, for a step back.
const BEHIND: u64 = 64 * M;
/// Holes are punched in pieces of this size at least: each costs the file system about as much.
const UNIT: u64 = 16 * M;
/// In memory, for each place: behind it, and in all.
const MEMORY_BEHIND: u64 = 8 * M;
const MEMORY: u64 = 32 * M;

/// What stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    head: u64,
    tail: u64,
    behind: u64,
    ahead: u64,
    unit: u64,
}

impl Window {
    /// On the disk, where one resource may take `budget` bytes and is read at so many places.
    pub(super) fn on_disk(budget: u64, places: usize) -> Self {
        let places = (places as u64).max(1);
        let head = HEAD.min(budget / 8);
        let tail = TAIL.min(budget / 16);
        let each = (budget - head - tail) / places;
        let behind = BEHIND.min(each / 4);
        Self {
            head,
            tail,
            behind,
            ahead: each - behind,
            unit: UNIT.min(each / 8).max(M),
        }
    }

    /// In memory.
    pub(super) const MEMORY: Self = Self {
        head: 0,
        tail: 0,
        behind: MEMORY_BEHIND,
        ahead: MEMORY - MEMORY_BEHIND,
        unit: M,
    };

    /// What of `here` lies outside, in whole units.
    pub(super) fn surplus(
        &self,
        here: &RangeSet,
        size: Option<u64>,
        places: &[u64],
    ) -> Vec<ByteRange> {
        let mut outside = here.clone();
        outside.remove(ByteRange::new(0, self.head));
        if let Some(size) = size {
            outside.remove(ByteRange::new(size.saturating_sub(self.tail), size));
        }
        for place in places {
            let start = place.saturating_sub(self.behind);
            outside.remove(ByteRange::new(start, place.saturating_add(self.ahead)));
        }
        // An edge beside bytes that stay lies between two units; one beside a hole may lie anywhere.
        let stays = |pos: u64| here.covered_from(pos) > 0;
        let whole = |range: ByteRange| {
            let start = match range.start.checked_sub(1).is_some_and(stays) {
                true => range.start.next_multiple_of(self.unit),
                false => range.start,
            };
            let end = match stays(range.end) {
                true => range.end / self.unit * self.unit,
                false => range.end,
            };
            ByteRange::new(start, end)
        };
        let cut = outside.iter().map(whole);
        cut.filter(|range| !range.is_empty()).collect()
    }

    /// How far ahead of a place bytes stay.
    pub(super) fn ahead(&self) -> u64 {
        self.ahead
    }

    /// Whether whoever reads is so far behind `pos` that what is there would have to go before anybody gets to it.
    pub(super) fn is_beyond(&self, pos: u64, places: &[u64]) -> bool {
        let far = |place: &u64| place.saturating_add(self.ahead) <= pos;
        !places.is_empty() && places.iter().all(far)
    }

    /// How many bytes from `pos` on lie inside: what a run there may still bring.
    pub(super) fn reach(&self, pos: u64, places: &[u64]) -> u64 {
        let reach = |place: &u64| {
            let inside = pos.saturating_add(self.behind) >= *place;
            let end = place.saturating_add(self.ahead);
            if inside { end.saturating_sub(pos) } else { 0 }
        };
        places.iter().map(reach).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set(ranges: &[(u64, u64)]) -> RangeSet {
        let ranges = ranges.iter();
        ranges
            .map(|(start, end)| ByteRange::new(start * M, end * M))
            .collect()
    }

    #[test]
    fn a_window_is_shared_out_by_what_there_is() {
        let kilo = |head: u64, tail: u64, behind: u64, ahead: u64, unit: u64| Window {
            head: head << 10,
            tail: tail << 10,
            behind: behind << 10,
            ahead: ahead << 10,
            unit: unit << 10,
        };
        let m = 1024;
        let roomy = kilo(16 * m, 4 * m, 64 * m, 940 * m, 16 * m);
        assert_eq!(Window::on_disk(1024 * M, 1), roomy);
        assert_eq!(Window::on_disk(1024 * M, 0), roomy);
        let shared = kilo(16 * m, 4 * m, 17 * m + 512, 52 * m + 512, 8 * m + 768);
        assert_eq!(Window::on_disk(160 * M, 2), shared);
        let tight = kilo(4 * m, 2 * m, 6 * m + 512, 19 * m + 512, 3 * m + 256);
        assert_eq!(Window::on_disk(32 * M, 1), tight);
        assert_eq!(Window::on_disk(0, 1), kilo(0, 0, 0, 0, m));
        assert_eq!(Window::MEMORY, kilo(0, 0, 8 * m, 24 * m, m));
    }

    #[test]
    fn a_film_of_20_gb_in_one_gb_keeps_its_ends_and_what_is_around() {
        let window = Window::on_disk(1024 * M, 1);
        let here = set(&[(0, 2000), (19_000, 20_000)]);
        let surplus = window.surplus(&here, Some(20_000 * M), &[1500 * M]);
        let left = |mut here: RangeSet| {
            for range in &surplus {
                here.remove(*range);
            }
            here
        };
        // 1500 - 64 = 1436 lies inside the unit from 1424 on; 19 996 is the tail's beginning.
        let stays = set(&[(0, 16), (1424, 2000), (19_984, 20_000)]);
        assert_eq!(left(here), stays);
    }

    #[test]
    fn what_is_far_ahead_goes_after_a_seek_back() {
        let window = Window::on_disk(160 * M, 1);
        let here = set(&[(0, 20), (900, 1000)]);
        let surplus = window.surplus(&here, Some(5000 * M), &[10 * M]);
        assert_eq!(surplus, [ByteRange::new(900 * M, 1000 * M)]);
    }

    #[test]
    fn a_run_reaches_as_far_as_the_window() {
        let window = Window::MEMORY;
        assert_eq!(window.reach(100 * M, &[100 * M]), 24 * M);
        assert_eq!(window.reach(120 * M, &[100 * M]), 4 * M);
        assert_eq!(window.reach(130 * M, &[100 * M]), 0);
        assert_eq!(window.reach(90 * M, &[100 * M]), 0, "too far behind");
        assert_eq!(window.reach(130 * M, &[100 * M, 125 * M]), 19 * M);
        assert_eq!(window.reach(0, &[]), 0);
    }

    #[test]
    fn beyond_is_what_nobody_comes_to_soon() {
        let window = Window::MEMORY;
        assert_eq!(window.ahead(), 24 * M);
        assert!(!window.is_beyond(124 * M - 1, &[100 * M]));
        assert!(window.is_beyond(124 * M, &[100 * M]));
        assert!(window.is_beyond(124 * M, &[0, 100 * M]));
        assert!(!window.is_beyond(124 * M, &[0, 101 * M]));
        assert!(!window.is_beyond(124 * M, &[0, 500 * M]), "further on");
        assert!(!window.is_beyond(124 * M, &[]));
    }

    proptest! {
        #[test]
        fn what_stays_fits_and_what_is_read_stays(
            budget in 0..4000_u64, places in prop::collection::vec(0..20_000_u64, 1..4), size in 1..20_000_u64
        ) {
            let budget = budget * M;
            let window = Window::on_disk(budget, places.len());
            let places: Vec<u64> = places.iter().map(|place| place * M).collect();
            let mut here: RangeSet = [ByteRange::new(0, size * M)].into_iter().collect();
            for range in window.surplus(&here, Some(size * M), &places) {
                here.remove(range);
            }
            // Each border of a kept piece may keep a part of a unit more.
            let borders = 2 * (places.len() as u64 + 2);
            prop_assert!(here.bytes() <= budget + borders * window.unit);
            for place in places {
                let start = place.saturating_sub(window.behind);
                let end = (place + window.ahead).min(size * M);
                prop_assert!(here.contains(ByteRange::new(start, end)));
            }
        }
    }
}
