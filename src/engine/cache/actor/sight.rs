//! What the plan sees of one open resource: everything read once, in the order that makes it consistent.
//!
//! **Threads**: the actor's; it takes the locks of cursors and coverage one after the other, and holds none for another.

use std::time::Duration;

use super::super::coverage::Waiter;
use super::super::cursor::{BEGINNING, PlaceView, Pulse};
use super::super::job::Span;
use super::super::plan::window::{self, Window};
use super::super::plan::{Demand, RUNS, Rank, RunView, View, Want};
use super::{Live, LiveRun};
use crate::range::RangeSet;

/// A snapshot.
pub(super) struct Sight {
    pub runs: Vec<RunView>,
    pub demands: Vec<Demand>,
    pub ranges: RangeSet,
    places: Vec<PlaceView>,
    pub pulses: Vec<Pulse>,
    wants: Vec<Want>,
    pub window: Window,
    pub size: Option<u64>,
    hint: Option<u64>,
    slots: usize,
    next_run: u64,
    last: u64,
    sequential: bool,
    idle: bool,
    keep: bool,
}

impl Live {
    /// Looks at everything. `wanted` is what is fetched ahead of it for others; `connections` what is known of its server
    /// before anybody has asked it.
    pub(super) fn look(
        &mut self,
        wanted: &[(Span, Rank)],
        metered: bool,
        connections: usize,
    ) -> Sight {
        // In this order: what lands meanwhile may make a byte present that a run seems still to bring, never the other
        // way round, which would fetch it twice.
        let mut runs: Vec<RunView> = self.runs.iter().filter_map(LiveRun::view).collect();
        let waiters = self.shared.waiters();
        let ranges = self.shared.ranges();
        for view in &mut runs {
            let mut of = self.runs.iter().filter(|run| run.id == view.id);
            view.reached = of.next().map_or(view.pos, |run| run.reached());
        }
        let demands = self.demands(&waiters, &ranges);
        if let Some(demand) = demands.last() {
            self.last_demand = demand.pos;
        }
        let (places, pulses) = self.shared.cursors.look();
        let size = self.shared.size();
        let window = Window::of(&pulses, metered).at_most(self.slides);
        let window = window.measured(&places, &ranges, size, self.full);
        self.full = window.full;
        let known = size.or(self.size_hint);
        let wants = wanted.iter().flat_map(|(span, rank)| {
            let ranges = span.ranges(known);
            ranges.into_iter().map(|range| Want { range, rank: *rank })
        });
        let begun = self.shared.written() > 0 || !ranges.is_empty();
        Sight {
            wants: wants.collect(),
            // Nobody but a reader that waits begins anything after a failure, or at what nobody has seen a byte of.
            idle: self.readers > 0 && !self.failed && (begun || !wanted.is_empty()),
            keep: self.readers > wanted.len() && self.is_worth_filling(),
            slots: self
                .address
                .connections()
                .unwrap_or(connections)
                .clamp(1, RUNS),
            hint: self.size_hint,
            next_run: self.next_run,
            last: self.last_demand,
            sequential: self.shared.is_sequential(),
            runs,
            demands,
            ranges,
            places,
            pulses,
            window,
            size,
        }
    }

    /// Who waits for bytes that are not in `ranges`, or is about to. Nobody is told when what is only about to be wanted cannot
    /// be had, so that is not tried again.
    fn demands(&self, waiters: &[Waiter], ranges: &RangeSet) -> Vec<Demand> {
        let missing = |waiter: &Waiter| {
            let pos = ranges.first_gap_from(waiter.range.start);
            let end = self.shared.clip_end(waiter);
            (pos < end || waiter.range.is_empty()).then(|| Demand {
                reader: waiter.reader,
                pos,
                end: end.max(pos),
                waited: waiter.since.elapsed(),
            })
        };
        let mut demands: Vec<_> = waiters.iter().filter_map(missing).collect();
        if self.failed {
            return demands;
        }
        let (pos, end) = (ranges.first_gap_from(0), self.shared.clip(0, BEGINNING).end);
        let begin = self.shared.cursors.beginning().into_iter();
        demands.extend(begin.filter(|_| pos < end).map(|reader| Demand {
            reader,
            pos,
            end,
            waited: Duration::ZERO,
        }));
        demands
    }
}

impl Sight {
    pub(super) fn view(&self) -> View<'_> {
        View {
            size: self.size,
            hint: self.hint,
            ranges: &self.ranges,
            runs: self.runs.clone(),
            slots: self.slots,
            next_run: self.next_run,
            demands: &self.demands,
            places: &self.places,
            wants: &self.wants,
            last: self.last,
            sequential: self.sequential,
            idle: self.idle,
            keep: self.keep,
            window: self.window,
        }
    }

    /// Somebody who watches waits, or will soon.
    pub(super) fn is_urgent(&self) -> bool {
        !self.demands.is_empty()
            || window::is_hungry(&self.pulses, &self.places, &self.ranges, self.size)
    }

    /// The bitrate of what plays now.
    pub(super) fn playing(&self) -> Option<u64> {
        let playing = self.pulses.iter().filter(|pulse| pulse.playing);
        playing.map(|pulse| pulse.bitrate.unwrap_or_default()).max()
    }

    /// How long the reader has been waiting.
    pub(super) fn waited(&self, reader: u64) -> Duration {
        let of = self.demands.iter().filter(|demand| demand.reader == reader);
        of.map(|demand| demand.waited).max().unwrap_or_default()
    }
}
