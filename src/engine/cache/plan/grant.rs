//! How urgent each run is, and how far it may read.

use super::super::cursor::PlaceView;
use super::{ISLAND, NEAR, PROBE, Rank, RunView, STALE, Step, View};

/// A run reads so far ahead of a place that may be left again at once, and beyond what a reader waits for.
const UNPROVEN: u64 = 1 << 20;

impl View<'_> {
    /// Ends what nobody wants, and says of the rest how far it may go.
    pub(super) fn grant_all(&self, steps: &mut Vec<Step>) {
        for run in &self.runs {
            steps.push(match self.grant(run) {
                Some((rank, ceiling)) => Step::Grant {
                    run: run.id,
                    rank,
                    ceiling,
                },
                None => Step::Stop { run: run.id },
            });
        }
    }

    /// The most urgent reason for the run, and the farthest ceiling of all of them.
    fn grant(&self, run: &RunView) -> Option<(Rank, u64)> {
        let demands = self
            .demands
            .iter()
            .filter(|demand| self.sequential || run.arrives_soon(demand.pos))
            .map(|demand| (Rank::Waited, demand.end.saturating_add(UNPROVEN)));
        let places = self
            .places
            .iter()
            .filter_map(|place| self.ahead(run, place));
        let wants = self.wants.iter().filter_map(|want| {
            let inside = want.range.start <= run.pos && run.pos < want.range.end;
            inside.then_some((want.rank, want.range.end))
        });
        let filling = self.keep && (run.reader == 0 || self.sequential);
        let fill = filling.then_some((Rank::Fill, u64::MAX));
        // It keeps its slot for a while, but reads no further, unless little is left of it.
        let little = self.left(run) <= PROBE;
        let mine = run.reader != 0 && run.idle <= STALE;
        let slot = mine.then_some((Rank::Window, if little { u64::MAX } else { 0 }));
        let all = demands.chain(places).chain(wants).chain(fill).chain(slot);
        let best =
            all.reduce(|(rank, ceiling), (other, further)| (rank.min(other), ceiling.max(further)));
        // A pause that lasts ends a reply, and a server that sends only from the beginning would have to send it all again.
        best.map(|(rank, ceiling)| match self.sequential {
            true => (rank, u64::MAX),
            false => (rank, ceiling),
        })
    }

    /// How much is left of a run.
    fn left(&self, run: &RunView) -> u64 {
        let size = self.size.or(self.hint).unwrap_or(u64::MAX);
        run.limit.min(size).saturating_sub(run.pos)
    }

    /// What the run is to a reader at `place`, if it brings what comes next there.
    fn ahead(&self, run: &RunView, place: &PlaceView) -> Option<(Rank, u64)> {
        let end = self.ranges.first_gap_from(place.pos);
        let next = run.pos <= end.saturating_add(ISLAND) && end < run.limit;
        let near = end.saturating_sub(run.reached) <= NEAR.max(run.reach);
        if !(next && near) {
            return None;
        }
        let lead = end - place.pos;
        let rank = self.window.rank(lead);
        if !place.proven {
            return Some((rank, place.pos.saturating_add(UNPROVEN)));
        }
        if self.keep {
            return Some((rank, u64::MAX));
        }
        if self.window.full {
            // As far as it has come, unless it has nearly arrived.
            let little = self.window.is_little(run.limit.saturating_sub(run.reached));
            return Some((rank.min(Rank::Window), if little { u64::MAX } else { 0 }));
        }
        // What there still is room for, in equal parts.
        let room = self
            .window
            .target
            .saturating_sub(self.window.lead.max(lead));
        let share = room / self.runs.len().max(1) as u64;
        Some((rank.min(Rank::Window), end.saturating_add(share)))
    }
}
