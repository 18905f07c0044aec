//! What is begun though nobody waits: reading ahead, bytes wanted for later, holes.

use super::super::cursor::PlaceView;
use super::{Rank, Step, View};
use crate::range::ByteRange;

impl View<'_> {
    pub(super) fn look_ahead(&mut self, steps: &mut Vec<Step>) {
        self.read_ahead(steps);
        self.bring_wanted(steps);
        if self.keep && self.runs.is_empty() {
            let hole = if self.sequential {
                self.hole_from(0)
            } else {
                self.next_hole()
            };
            if let Some(start) = hole {
                self.start(start, u64::MAX, 0, Rank::Fill, steps);
            }
        }
    }

    /// A run where the bytes before a reader end, the shortest supply first. One that is on its way there is enough.
    fn read_ahead(&mut self, steps: &mut Vec<Step>) {
        let supply = |place: &PlaceView| {
            let end = self.ranges.first_gap_from(place.pos);
            (end - place.pos, end, place.reader)
        };
        let proven = self.places.iter().filter(|place| place.proven);
        let mut supplies: Vec<_> = proven.map(supply).collect();
        supplies.sort_unstable();
        for (lead, end, reader) in supplies {
            let enough = lead >= self.window.target || self.window.full && !self.keep;
            let over = self.size.is_some_and(|size| end >= size);
            let coming = self.runs.iter().any(|run| run.arrives_soon(end));
            let alone = self.sequential && !self.runs.is_empty();
            if enough || over || coming || alone || self.runs.len() >= self.slots {
                continue;
            }
            let start = if self.sequential {
                self.ranges.first_gap_from(0)
            } else {
                end
            };
            let rank = self.window.rank(lead);
            let end = start.saturating_add(self.helping());
            self.start(start, end, reader, rank, steps);
        }
    }

    /// A run for what is fetched ahead for somebody, the most urgent first; one at a time, and none beside another.
    fn bring_wanted(&mut self, steps: &mut Vec<Step>) {
        if !self.runs.is_empty() {
            return;
        }
        let mut wants = self.wants.to_vec();
        wants.sort_by_key(|want| (want.rank, want.range.start));
        for want in wants {
            let end = self
                .size
                .map_or(want.range.end, |size| want.range.end.min(size));
            let gaps = self
                .ranges
                .missing_in(ByteRange::new(want.range.start, end));
            let Some(gap) = gaps.first() else {
                continue;
            };
            let start = if self.sequential {
                self.ranges.first_gap_from(0)
            } else {
                gap.start
            };
            let end = if self.sequential {
                u64::MAX
            } else {
                want.range.end
            };
            self.start(start, end, 0, want.rank, steps);
            return;
        }
    }

    fn hole_from(&self, pos: u64) -> Option<u64> {
        let gap = self.ranges.first_gap_from(pos);
        self.size.is_none_or(|size| gap < size).then_some(gap)
    }

    /// Ahead of the last demand first, then the nearest behind it.
    fn next_hole(&self) -> Option<u64> {
        if let Some(hole) = self.hole_from(self.last) {
            return Some(hole);
        }
        let behind = self.ranges.missing_in(ByteRange::new(0, self.last));
        behind.last().map(|hole| hole.start)
    }
}
