//! What is begun though nobody waits: reading ahead, bytes wanted for later, holes.

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

    /// A run where the bytes before a reader end, the shortest supply first.
    fn read_ahead(&mut self, steps: &mut Vec<Step>) {
        let mut places: Vec<_> = self
            .places
            .iter()
            .filter(|place| place.proven)
            .map(|place| (self.frontier(place.pos) - place.pos, *place))
            .collect();
        places.sort_by_key(|(lead, _)| *lead);
        for (_, place) in places {
            // The one before may have begun what this one needs.
            let frontier = self.frontier(place.pos);
            let lead = frontier - place.pos;
            let wanted = lead < self.window.target && (self.keep || !self.window.full);
            if !wanted || self.runs.len() >= self.slots || self.is_behind(frontier) {
                continue;
            }
            if self.sequential && !self.runs.is_empty() {
                return;
            }
            let start = if self.sequential {
                self.ranges.first_gap_from(0)
            } else {
                frontier
            };
            let rank = self.window.rank(lead);
            self.start(start, u64::MAX, place.reader, rank, steps);
        }
    }

    /// A run for what is fetched ahead for somebody, the most urgent first; one at a time.
    fn bring_wanted(&mut self, steps: &mut Vec<Step>) {
        let mut wants = self.wants.to_vec();
        wants.sort_by_key(|want| (want.rank, want.range.start));
        for want in wants {
            let comes = |pos: u64| {
                let mut runs = self.runs.iter();
                runs.any(|run| run.pos <= pos && pos < run.limit)
            };
            let end = self
                .size
                .map_or(want.range.end, |size| want.range.end.min(size));
            let gaps = self
                .ranges
                .missing_in(ByteRange::new(want.range.start, end));
            let Some(gap) = gaps.into_iter().find(|gap| !comes(gap.start)) else {
                continue;
            };
            if !self.runs.is_empty() {
                return;
            }
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

    /// Where the bytes from `pos` on that are here, or will be soon, end.
    pub(super) fn frontier(&self, pos: u64) -> u64 {
        let mut at = self.ranges.first_gap_from(pos);
        while let Some(run) = self.runs.iter().find(|run| run.arrives_soon(at)) {
            if run.limit == u64::MAX {
                return self.size.unwrap_or(u64::MAX);
            }
            at = self.ranges.first_gap_from(run.limit);
        }
        at
    }

    fn is_behind(&self, pos: u64) -> bool {
        pos == u64::MAX || self.size.is_some_and(|size| pos >= size)
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
