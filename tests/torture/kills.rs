//! SIGKILL at random moments: every claimed byte is the origin's, what was here two seconds before is claimed, the database
//! opens.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use spool_engine::range::RangeSet;
use testkit::{FakeServer, Fault, Only, Options, Rule};

use crate::Bounds;
use crate::chance::Chance;
use crate::child::Task;
use crate::tally::Tally;
use crate::titles;
use crate::watched::{LAG, Legacy, Watched};
use crate::words::Held;

/// Profiles that are worked on side by side.
const LANES: u32 = 3;

/// Kills `count` children, and checks after each.
pub(crate) fn run(count: u32, bounds: &Bounds, tally: &Tally) -> Result<()> {
    if count == 0 {
        return Ok(());
    }
    let left = AtomicU32::new(count);
    let found = std::thread::scope(|scope| {
        let lane = |lane| {
            scope.spawn({
                let left = &left;
                move || Lane::new(bounds.seed, lane)?.run(left, bounds, tally)
            })
        };
        let lanes: Vec<_> = (0..LANES.min(count)).map(lane).collect();
        let ended = lanes.into_iter().map(|lane| {
            lane.join()
                .unwrap_or_else(|_| anyhow::bail!("a lane panicked"))
        });
        ended.collect::<Result<Vec<_>>>()
    })?;
    let checked: u64 = found.iter().map(|found| found.checked).sum();
    let lost = found
        .iter()
        .map(|found| found.most_lost)
        .max()
        .unwrap_or_default();
    println!(
        "kills: {checked} claimed bytes compared; at most {lost} bytes were too young to be claimed"
    );
    Ok(())
}

/// Figures of a lane.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Found {
    /// Claimed bytes that were read and compared, over all rounds.
    pub(crate) checked: u64,
    /// Bytes that were here at a kill and were not claimed, at most.
    pub(crate) most_lost: u64,
}

/// A profile, its server, and what must be found in it next.
pub(crate) struct Lane {
    chance: Chance,
    server: FakeServer,
    folder: std::path::PathBuf,
    owed: Held,
    name: String,
    /// Bytes that the last child had at its end.
    had: u64,
    found: Found,
    _place: Option<tempfile::TempDir>,
}

impl Lane {
    fn new(seed: u64, lane: u32) -> Result<Self> {
        let place = tempfile::tempdir().context("no place for a profile")?;
        let folder = place.path().to_owned();
        let mut lane = Self::on(
            Chance::new(seed, 100 + u64::from(lane)),
            folder,
            format!("kills, lane {lane}"),
        );
        lane._place = Some(place);
        Ok(lane)
    }

    /// Over a folder that is empty.
    pub(crate) fn on(chance: Chance, folder: std::path::PathBuf, name: String) -> Self {
        let server = FakeServer::start(Options::default());
        titles::offer(&server);
        Self {
            chance,
            server,
            folder,
            owed: Held::new(),
            name,
            had: 0,
            found: Found::default(),
            _place: None,
        }
    }

    fn run(mut self, left: &AtomicU32, bounds: &Bounds, tally: &Tally) -> Result<Found> {
        let take = |left: u32| left.checked_sub(1);
        while !bounds.is_over()
            && left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
                .is_ok()
        {
            let moment = self.moment();
            let child = self.begin(moment)?;
            // One in eight ends in good order: then nothing at all may be lost.
            let orderly = self.chance.happens(125);
            let legacy = if orderly {
                child.end()?
            } else {
                child.kill(LAG)?
            };
            self.judge(legacy, tally);
            tally.kill();
            tally.progress();
        }
        // The last one's claims are looked at, too.
        let last = self.begin(Duration::ZERO)?;
        if !last.wait_checked() {
            tally.violation(&format!("{}: the last child hangs", self.name));
        }
        let legacy = last.end()?;
        self.judge(legacy, tally);
        Ok(self.found)
    }

    /// When to end a child: some while they start and check, most while they work.
    pub(crate) fn moment(&mut self) -> Duration {
        let (from, to) = if self.chance.happens(150) {
            (0, 400)
        } else {
            (400, 6000)
        };
        self.chance
            .duration(Duration::from_millis(from), Duration::from_millis(to))
    }

    /// Starts a child on a server that behaves anew, and lets it live until `moment`.
    pub(crate) fn begin(&mut self, moment: Duration) -> Result<Watched> {
        self.misbehave();
        let server = self
            .server
            .url("/")
            .parse()
            .context("the server's address")?;
        let seed = self.chance.seed();
        let begun = Instant::now();
        let child = Watched::start(&Task::new(self.folder.clone(), server, seed))?;
        std::thread::sleep(moment.saturating_sub(begun.elapsed()));
        anyhow::ensure!(
            !child.is_silent(),
            "{}: a child hangs (seed {seed})",
            self.name
        );
        Ok(child)
    }

    fn misbehave(&mut self) {
        let rate = *self.chance.of(&[3 << 20, 8 << 20, 20 << 20]);
        self.server.set_rate(Some(rate));
        self.server.clear_faults(None);
        for _ in 0..self.chance.below(6) {
            let after = self.chance.below(3 << 20);
            let shift = *self.chance.of(&[-(1 << 20), -1, 1, 1 << 20]);
            let faults = [
                Fault::Truncate { after },
                Fault::Reset { after },
                Fault::Status(503),
                Fault::NoReply,
                Fault::ShiftContentRange(shift),
                Fault::ShiftBody(shift),
                Fault::NoContentRange,
                Fault::UnknownTotal,
                Fault::IgnoreRange,
                Fault::Gzip,
            ];
            let fault = self.chance.of(&faults).clone();
            let skip = self.chance.below(12);
            let rule = Rule::on("*").only(Only::Ranged).fault(fault);
            self.server.script(
                rule.after(usize::try_from(skip).unwrap_or_default())
                    .times(1),
            );
        }
    }

    /// What a child found, against what its predecessor owed; and what it owes itself.
    pub(crate) fn judge(&mut self, legacy: Legacy, tally: &Tally) {
        for what in &legacy.violations {
            tally.violation(&format!("{}: {what}", self.name));
        }
        let Some(checked) = legacy.checked else {
            return;
        };
        let bytes = checked.values().map(RangeSet::bytes).sum::<u64>();
        let found = &mut self.found;
        found.checked += bytes;
        found.most_lost = found.most_lost.max(self.had.saturating_sub(bytes));
        for (title, ranges) in &self.owed {
            let found = checked.get(title).cloned().unwrap_or_default();
            for lost in ranges.iter().flat_map(|range| found.missing_in(range)) {
                tally.violation(&format!(
                    "{}: {lost} of {} was here for {LAG:?} and is not claimed",
                    self.name,
                    title.name()
                ));
            }
        }
        (self.owed, self.had) = (legacy.lasting.unwrap_or_default(), legacy.had);
    }

    /// Nothing is owed by whoever lost its power.
    pub(crate) fn forgive(&mut self) {
        self.owed.clear();
    }

    pub(crate) fn found(&self) -> Found {
        self.found
    }
}
