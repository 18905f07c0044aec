//! The actor's dealings with runs: carrying out the plan, and what to do when one ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::super::command::Command;
use super::super::coverage::Waiter;
use super::super::error::CacheError;
use super::super::fetch::{Control, Outcome, Run};
use super::super::key::{CacheKey, Generation};
use super::super::plan::{self, Demand, RunView, Step, View};
use super::{Actor, Live, LiveRun};

impl Actor {
    pub(super) fn want(&mut self, key: &CacheKey, generation: Generation) {
        if let Some(live) = self.live(key, generation) {
            live.failed = false;
            self.plan(key, generation);
        }
    }

    pub(super) fn run_ended(
        &mut self,
        key: &CacheKey,
        generation: Generation,
        run: u64,
        outcome: Outcome,
    ) {
        let Some(live) = self.live(key, generation) else {
            return;
        };
        live.runs.retain(|one| one.id != run);
        live.published = u64::MAX;
        match outcome {
            Outcome::Done => {}
            Outcome::Failed(CacheError::Changed) => {
                tracing::info!(%generation, "a file changed at its source");
                if let Some(entry) = self.entries.remove(key) {
                    self.retire(key, entry);
                }
                return;
            }
            Outcome::Failed(error) => {
                tracing::warn!(%generation, %error, "a fetch failed");
                live.failed = true;
                live.shared.fail_waiters(&error, |_| true);
            }
        }
        self.plan(key, generation);
    }

    /// Decides what to fetch for one resource, and does it.
    pub(super) fn plan(&mut self, key: &CacheKey, generation: Generation) {
        if self.closing.is_some() {
            return;
        }
        let Some(live) = self.live(key, generation) else {
            return;
        };
        // In this order: what lands meanwhile may make a byte present that a run seems still to bring, never the other
        // way round, which would fetch it twice.
        let runs = live.runs.iter().filter_map(LiveRun::view).collect();
        let waiters = live.shared.waiters();
        let ranges = live.shared.ranges();
        let missing = |waiter: &Waiter| {
            let pos = ranges.first_gap_from(waiter.range.start);
            (pos < live.shared.clip_end(waiter) || waiter.range.is_empty()).then(|| Demand {
                reader: waiter.reader,
                pos,
                waited: waiter.since.elapsed(),
            })
        };
        let demands: Vec<Demand> = waiters.iter().filter_map(missing).collect();
        if let Some(demand) = demands.last() {
            live.last_demand = demand.pos;
        }
        let steps = plan::next(View {
            size: live.shared.size(),
            hint: live.size_hint,
            ranges: &ranges,
            runs,
            next_run: live.next_run,
            demands: &demands,
            last: live.last_demand,
            sequential: live.shared.is_sequential(),
            fill: live.readers > 0
                && !live.failed
                && live.is_worth_filling()
                && (live.shared.written() > 0 || !ranges.is_empty()),
        });
        for step in steps {
            self.carry_out(step, key, generation);
        }
    }

    fn carry_out(&mut self, step: Step, key: &CacheKey, generation: Generation) {
        if let Step::Start { start, end, reader } = step {
            self.start(key, generation, (start, end), reader);
            return;
        }
        let Some(live) = self.live(key, generation) else {
            return;
        };
        match step {
            Step::Refuse { pos } => live
                .shared
                .fail_waiters(&CacheError::NotSeekable, |waiter| {
                    waiter.range.start + (8 << 20) > pos && waiter.range.start <= pos
                }),
            Step::Bound { run, end } => {
                if let Some(run) = live.run(run) {
                    run.control.limit.fetch_min(end, Ordering::AcqRel);
                }
            }
            Step::Stop { run } => {
                if let Some(run) = live.run(run) {
                    run.control.stop.cancel();
                }
            }
            Step::Serve { run, reader } => {
                if let Some(run) = live.run(run) {
                    (run.reader, run.wanted) = (reader, Instant::now());
                }
            }
            Step::Start { .. } => {}
        }
    }

    fn start(&mut self, key: &CacheKey, generation: Generation, range: (u64, u64), reader: u64) {
        let (locator, folder) = (self.parts.locator.clone(), self.parts.folder.clone());
        let (actor, runtime) = (self.myself.clone(), self.parts.runtime.clone());
        let Some(live) = self.live(key, generation) else {
            return;
        };
        let id = live.next_run;
        live.next_run += 1;
        live.published = u64::MAX;
        let control = Arc::new(Control {
            pos: AtomicU64::new(range.0),
            limit: AtomicU64::new(range.1),
            rate: AtomicU64::new(0),
            setup: AtomicU64::new(0),
            stop: CancellationToken::new(),
        });
        live.runs.push(LiveRun {
            id,
            origin: range.0,
            control: control.clone(),
            reader,
            wanted: Instant::now(),
        });
        let run = Run {
            shared: live.shared.clone(),
            address: live.address.clone(),
            control,
            locator,
            folder,
            actor: actor.clone(),
            room: AtomicU64::new(0),
            hint: live.size_hint,
        };
        let key = key.clone();
        runtime.spawn(async move {
            // A task of its own, so that a defect ends as a failed run and not as a reader that waits for ever.
            let ended = tokio::spawn(run.run()).await;
            let outcome = ended.unwrap_or(Outcome::Failed(CacheError::Closed));
            actor
                .send(Command::RunEnded(key, generation, id, outcome))
                .ok();
        });
    }
}

impl Live {
    fn run(&mut self, id: u64) -> Option<&mut LiveRun> {
        self.runs.iter_mut().find(|run| run.id == id)
    }
}

impl LiveRun {
    /// As the plan sees it; a stopping run is none.
    fn view(&self) -> Option<RunView> {
        let load = |value: &AtomicU64| value.load(Ordering::Acquire);
        let control = &self.control;
        // 1.2 times what a new run would take to bring its first byte.
        let patience = load(&control.setup).saturating_mul(6) / 5;
        let reach = load(&control.rate).saturating_mul(patience) / 1_000_000;
        (!control.stop.is_cancelled()).then(|| RunView {
            id: self.id,
            origin: self.origin,
            pos: load(&control.pos),
            limit: load(&control.limit),
            reach,
            reader: self.reader,
            idle: self.wanted.elapsed(),
        })
    }
}
