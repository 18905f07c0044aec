//! The actor's dealings with runs: carrying out the plan, and what to do when one ends.
//!
//! **Threads**: the actor's; each run is a task that tells of its end by a command, however it ends. **Cancellation**: a run
//! is stopped by its [`Control`], and ends by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::time::Instant;

use super::super::command::{Command, Network};
use super::super::coverage::Waiter;
use super::super::error::CacheError;
use super::super::fetch::{Allotment, Control, Haste, Outcome, Run};
use super::super::key::{CacheKey, Generation};
use super::super::plan::{self, Rank, RunView, Step};
use super::sight::Sight;
use super::{Actor, Live, LiveRun};

impl Actor {
    pub(super) fn want(&mut self, key: &CacheKey, generation: Generation) {
        if let Some(live) = self.live(key, generation) {
            live.failed = false;
            self.plan(key, generation);
            self.serve_asks();
        }
    }

    pub(super) fn run_ended(
        &mut self,
        key: &CacheKey,
        generation: Generation,
        run: u64,
        outcome: Outcome,
    ) {
        let starved = self.desk.ended(generation, run);
        if let Some(live) = self.live(key, generation) {
            live.runs.retain(|one| one.id != run);
            live.published = u64::MAX;
            match outcome {
                Outcome::Done => {}
                Outcome::Failed(CacheError::Changed) => {
                    tracing::info!(%generation, "a file changed at its source");
                    if let Some(entry) = self.entries.remove(key) {
                        let old = entry.claim();
                        self.retire(key, entry);
                        if let Some(old) = old {
                            self.leave_heir(&old);
                        }
                    }
                    self.jobs_begin_anew(key);
                }
                Outcome::Failed(error) => {
                    tracing::warn!(%generation, %error, "a fetch failed");
                    live.fail(&error);
                    self.jobs_failed(key, &error);
                }
            }
            self.plan(key, generation);
        }
        for (key, generation) in starved {
            self.plan(&key, generation);
        }
    }

    /// Decides what to fetch for one resource, and does it.
    pub(super) fn plan(&mut self, key: &CacheKey, generation: Generation) {
        if self.closing.is_some() {
            return;
        }
        let (wanted, network) = (self.jobs.wanted(key), *self.network.borrow());
        let connections = self.parts.locator.connections(key);
        let Some(live) = self.live(key, generation) else {
            return;
        };
        let sight = live.look(&wanted, network.metered, connections);
        if sight.is_urgent() {
            self.desk.is_urgent(key);
        }
        if let Some(bitrate) = sight.playing() {
            self.desk.plays(key, bitrate);
        }
        let steps = plan::next(sight.view());
        let begins = |step: &Step| matches!(step, Step::Start { .. });
        let reachable =
            !steps.iter().any(begins) || self.parts.locator.is_reachable(key, network.online);
        if !reachable && let Some(live) = self.live(key, generation) {
            live.fail(&CacheError::Offline);
            self.jobs_failed(key, &CacheError::Offline);
        }
        for step in steps.into_iter().filter(|step| reachable || !begins(step)) {
            self.carry_out(step, &sight, key, generation);
        }
        if !wanted.is_empty() {
            self.review(key, &sight.ranges, sight.size);
        }
    }

    fn carry_out(&mut self, step: Step, sight: &Sight, key: &CacheKey, generation: Generation) {
        match step {
            Step::Start {
                run,
                start,
                end,
                reader,
                rank,
            } => {
                let waited = sight.waited(reader);
                if !self.costs_money(rank) && self.desk.admit(key, generation, rank, waited) {
                    self.start(key, generation, (run, start, end), reader, rank);
                }
                return;
            }
            Step::Grant { run, rank, ceiling } => {
                let ceiling = if self.costs_money(rank) { 0 } else { ceiling };
                self.desk.grant(generation, run, rank, ceiling);
                return;
            }
            _ => {}
        }
        let Some(live) = self.live(key, generation) else {
            return;
        };
        match step {
            Step::Refuse { pos } => {
                let ranges = live.shared.ranges();
                let refused = CacheError::NotSeekable;
                live.shared.fail_waiters(&refused, |waiter| {
                    ranges.first_gap_from(waiter.range.start) >= pos
                });
            }
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
            Step::Start { .. } | Step::Grant { .. } => {}
        }
    }

    /// What nobody watches is not worth a metered network's bytes.
    fn costs_money(&self, rank: Rank) -> bool {
        rank.is_background() && self.network.borrow().metered
    }

    fn start(
        &mut self,
        key: &CacheKey,
        generation: Generation,
        (id, start, end): (u64, u64, u64),
        reader: u64,
        rank: Rank,
    ) {
        let (locator, folder) = (self.parts.locator.clone(), self.parts.folder.clone());
        let (actor, runtime) = (self.myself.clone(), self.parts.runtime.clone());
        let (share, network) = (self.desk.share(key), self.network.subscribe());
        let Some(live) = self.live(key, generation) else {
            return;
        };
        live.next_run = live.next_run.max(id + 1);
        live.published = u64::MAX;
        let control = Arc::new(Control::new(start, end, rank, share));
        live.runs.push(LiveRun {
            id,
            origin: start,
            control: control.clone(),
            reader,
            wanted: Instant::now(),
        });
        let run = Run {
            shared: live.shared.clone(),
            address: live.address.clone(),
            control: control.clone(),
            locator,
            folder,
            actor: actor.clone(),
            network,
            hint: live.size_hint,
            allotment: Allotment::default(),
            haste: Haste::default(),
        };
        self.desk.place(key, generation, id, &control);
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

    /// The network came back, or went, or a server answers again.
    pub(super) fn network_changed(&mut self, network: Option<Network>) {
        // Those who wait for their next try hear of it also where nothing is different.
        self.network
            .send_modify(|now| *now = network.unwrap_or(*now));
        let open = self
            .entries
            .iter_mut()
            .filter_map(|(key, entry)| match entry {
                super::Entry::Live(live) => {
                    live.failed = false;
                    Some((key.clone(), live.shared.generation))
                }
                _ => None,
            });
        let open: Vec<_> = open.collect();
        self.requeue();
        for (key, generation) in open {
            self.plan(&key, generation);
        }
    }
}

impl Live {
    fn run(&mut self, id: u64) -> Option<&mut LiveRun> {
        self.runs.iter_mut().find(|run| run.id == id)
    }

    /// Tells those who wait, unless another run brings what they wait for.
    fn fail(&mut self, error: &CacheError) {
        self.failed = true;
        let (runs, ranges) = (&self.runs, self.shared.ranges());
        let comes = |waiter: &Waiter| {
            let pos = ranges.first_gap_from(waiter.range.start);
            let mut views = runs.iter().filter_map(LiveRun::view);
            views.any(|run| run.arrives_soon(pos))
        };
        self.shared.fail_waiters(error, |waiter| !comes(waiter));
    }
}

impl LiveRun {
    pub(super) fn reached(&self) -> u64 {
        self.control.pos.load(Ordering::Acquire)
    }

    /// As the plan sees it; a stopping run is none.
    pub(super) fn view(&self) -> Option<RunView> {
        let load = |value: &AtomicU64| value.load(Ordering::Acquire);
        let control = &self.control;
        // 1.2 times what a new run would take to bring its first byte.
        let patience = load(&control.setup).saturating_mul(6) / 5;
        let reach = load(&control.rate).saturating_mul(patience) / 1_000_000;
        (!control.stop.is_cancelled()).then(|| RunView {
            id: self.id,
            origin: self.origin,
            pos: load(&control.pos),
            reached: load(&control.pos),
            limit: load(&control.limit),
            reach,
            rate: load(&control.rate),
            reader: self.reader,
            idle: self.wanted.elapsed(),
        })
    }
}
