//! What to fetch next for one resource: a pure decision over a snapshot.
//!
//! Words: a *demand* is a reader that waits; a *place* is where a reader reads; a run's *ceiling* is how far it may read; a
//! *probe* is a short run for a reader that jumps about, so that no place it only looks at is paid for twice.
//!
//! Parts: here, who gets a run; `ahead`, what is begun though nobody waits; `grant`, how urgent each run is and how far it
//! may read; `window`, how much is enough; `board`, who has to give way among all resources; `share`, what playing leaves to
//! others.

mod ahead;
pub(super) mod board;
mod grant;
mod rank;
pub(super) mod share;
#[cfg(test)]
mod tests;
pub(super) mod window;

use std::time::Duration;

use super::cursor::PlaceView;
use crate::range::{ByteRange, RangeSet};

pub(super) use rank::Rank;

/// A run that is this near will arrive before a new one could.
const NEAR: u64 = 512 << 10;
/// What a reader that jumps about gets at each place.
pub(super) const PROBE: u64 = 512 << 10;
/// Of a smaller file the rest comes soon anyway, wherever somebody begins.
const LARGE: u64 = 64 << 20;
/// A cached island smaller than this is fetched again rather than split a run.
const ISLAND: u64 = 64 << 10;
/// Demuxers and type finders read backwards here: tags, an index, a trailer. One run brings all of it.
const TAIL: u64 = 64 << 10;
/// A file smaller than this is here before a second request would pay.
const WORTH_A_TAIL: u64 = 4 << 20;
/// So far a reader may jump ahead where the server sends only from the beginning…
const SEQUENTIAL_REACH: u64 = 8 << 20;
/// …or so many seconds, where the bytes come fast…
const SEQUENTIAL_WAIT: u64 = 3;
/// …which shows after this time.
const SOUNDING: Duration = Duration::from_millis(500);
/// A run that nobody wanted for so long belongs to whoever does; a reader starved for so long may take one.
const STALE: Duration = Duration::from_secs(2);
/// Live runs of one resource.
pub(super) const RUNS: usize = 2;

/// A run, as the decision sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct RunView {
    pub id: u64,
    /// Where it began.
    pub origin: u64,
    /// Its next byte, before the bytes that are here were looked at…
    pub pos: u64,
    /// …and after that: what seems to be missing between them has landed meanwhile.
    pub reached: u64,
    /// Its end; `u64::MAX` when open.
    pub limit: u64,
    /// How many bytes it brings in the time that a new run takes to begin…
    pub reach: u64,
    /// …and in a second.
    pub rate: u64,
    /// Who wanted it last; 0 for nobody.
    pub reader: u64,
    /// When that was.
    pub idle: Duration,
}

/// Somebody waits for the byte at `pos`, the first that is missing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Demand {
    pub reader: u64,
    pub pos: u64,
    /// First byte behind what it waits for.
    pub end: u64,
    pub waited: Duration,
}

/// Bytes that are fetched ahead for somebody.
#[derive(Clone, Copy, Debug)]
pub(super) struct Want {
    pub range: ByteRange,
    pub rank: Rank,
}

/// Everything that the decision rests on.
#[derive(Clone, Debug)]
pub(super) struct View<'a> {
    pub size: Option<u64>,
    /// The size as the library says it; no more than a guess where to find the tail.
    pub hint: Option<u64>,
    pub ranges: &'a RangeSet,
    pub runs: Vec<RunView>,
    /// Runs that may live at the same time.
    pub slots: usize,
    /// The number that the next started run gets, so that a later step can name it.
    pub next_run: u64,
    pub demands: &'a [Demand],
    /// Each reader's newest place first.
    pub places: &'a [PlaceView],
    pub wants: &'a [Want],
    /// Where the last demand was.
    pub last: u64,
    pub sequential: bool,
    /// Something may be begun though nobody waits.
    pub idle: bool,
    /// It is worth having to its end.
    pub keep: bool,
    pub window: window::Window,
}

/// One thing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Run `run` is what `reader` waits for.
    Serve { run: u64, reader: u64 },
    /// Begin run `run` at `start` for `reader` (0: nobody), up to `end`.
    Start {
        run: u64,
        start: u64,
        end: u64,
        reader: u64,
        rank: Rank,
    },
    /// Run `run` ends at `end` now.
    Bound { run: u64, end: u64 },
    /// End run `run`.
    Stop { run: u64 },
    /// Run `run` is this urgent, and may read up to `ceiling`.
    Grant { run: u64, rank: Rank, ceiling: u64 },
    /// The server cannot send from `pos`.
    Refuse { pos: u64 },
}

/// The next steps, to be done in order.
pub(super) fn next(mut view: View<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    view.bring_tail_along(&mut steps);
    if view.sequential {
        view.keep_one(&mut steps);
    }
    for demand in view.demands {
        if view.sequential {
            view.serve_in_order(*demand, &mut steps);
        } else {
            view.serve(*demand, &mut steps);
        }
    }
    if view.idle {
        view.look_ahead(&mut steps);
    }
    view.grant_all(&mut steps);
    steps
}

impl View<'_> {
    /// Films keep their index at the end as often as not: it comes beside the head, not a round trip after it.
    fn bring_tail_along(&mut self, steps: &mut Vec<Step>) {
        if let (true, false, Some(hint), Some(head)) = (
            self.is_untouched() && self.slots > 1,
            self.sequential,
            self.hint,
            self.demands.first(),
        ) && self.size.is_none()
            && head.pos == 0
            && hint >= WORTH_A_TAIL
        {
            self.start(hint - TAIL, u64::MAX, head.reader, Rank::Waited, steps);
        }
    }

    fn is_untouched(&self) -> bool {
        self.runs.is_empty() && self.ranges.is_empty()
    }

    /// Where the server sends only from the beginning, a second run would bring the same bytes. The one that goes to the
    /// end stays.
    fn keep_one(&mut self, steps: &mut Vec<Step>) {
        self.runs
            .sort_by_key(|run| std::cmp::Reverse((run.limit, run.pos)));
        for run in self.runs.drain(1.min(self.runs.len())..) {
            steps.push(Step::Stop { run: run.id });
        }
    }

    fn serve(&mut self, demand: Demand, steps: &mut Vec<Step>) {
        let pos = demand.pos;
        if let Some(run) = self.runs.iter().find(|run| run.arrives_soon(pos)) {
            steps.push(Step::Serve {
                run: run.id,
                reader: demand.reader,
            });
            return;
        }
        if self.runs.len() >= self.slots {
            let Some(index) = self.redirectable(demand) else {
                return;
            };
            let run = self.runs.swap_remove(index);
            steps.push(Step::Stop { run: run.id });
        }
        let length = if self.is_hasty(demand) {
            PROBE
        } else {
            self.helping()
        };
        let end = pos.saturating_add(length);
        self.start(pos, end, demand.reader, Rank::Waited, steps);
    }

    /// How much is asked for at once: of what is not kept no more than the window takes, because a request that has to be
    /// broken off costs what is on its way, and its connection.
    fn helping(&self) -> u64 {
        if self.keep || self.sequential {
            u64::MAX
        } else {
            self.window.room()
        }
    }

    /// Whether the reader only looks in, so that nothing but a probe is worth it: it left the place before at once, or begins
    /// in the middle of what nobody has seen the head of.
    fn is_hasty(&self, demand: Demand) -> bool {
        let newest = |place: &&PlaceView| place.reader == demand.reader;
        let place = self.places.iter().find(newest);
        let large = self.size.or(self.hint).is_some_and(|size| size >= LARGE);
        let beginning = large && self.is_untouched() && demand.pos >= NEAR;
        place.is_some_and(|place| !place.proven && (place.left > 0 || beginning))
    }

    /// The run with the stalest demand, unless somebody else lives on it.
    fn redirectable(&self, demand: Demand) -> Option<usize> {
        let free = |run: &RunView| {
            let others = self.demands.iter().any(|other| {
                other.reader != demand.reader && run.pos <= other.pos && other.pos - run.pos <= NEAR
            });
            let mine = run.reader == demand.reader || run.reader == 0 || run.idle > STALE;
            (mine && !others) || (demand.waited > STALE && run.idle > STALE / 20)
        };
        let runs = self.runs.iter().enumerate().filter(|(_, run)| free(run));
        runs.max_by_key(|(_, run)| (run.reader == 0, run.idle))
            .map(|(index, _)| index)
    }

    /// Serves what is reached soon; what is not is refused, once it is known how fast the bytes come. A run that had to begin
    /// anew is behind the bytes that are here.
    fn serve_in_order(&mut self, demand: Demand, steps: &mut Vec<Step>) {
        let frontier = self.ranges.first_gap_from(0);
        let Some(run) = self.runs.first() else {
            self.start(frontier, u64::MAX, demand.reader, Rank::Waited, steps);
            return;
        };
        let reach = SEQUENTIAL_REACH.max(run.rate.saturating_mul(SEQUENTIAL_WAIT));
        let arrived = run.reached.min(frontier);
        if demand.pos > arrived.saturating_add(reach) && demand.waited >= SOUNDING {
            steps.push(Step::Refuse { pos: demand.pos });
        } else {
            steps.push(Step::Serve {
                run: run.id,
                reader: demand.reader,
            });
        }
    }

    /// Begins a run for the byte at `wanted`, up to what is here or on its way, and to `end` at most.
    fn start(&mut self, wanted: u64, end: u64, reader: u64, rank: Rank, steps: &mut Vec<Step>) {
        let tail = self.tail_around(wanted);
        let start = tail.unwrap_or(wanted);
        let end = if tail.is_some() { u64::MAX } else { end };
        // In order means to the end: what is here already cannot be left out of the answer.
        let end = match self.sequential {
            true => u64::MAX,
            false => self.bound(start).min(end),
        };
        for run in self
            .runs
            .iter_mut()
            .filter(|run| run.origin <= start && start < run.limit)
        {
            run.limit = start;
            steps.push(Step::Bound {
                run: run.id,
                end: start,
            });
        }
        let run = self.next_run;
        self.next_run += 1;
        steps.push(Step::Start {
            run,
            start,
            end,
            reader,
            rank,
        });
        self.runs.push(RunView {
            id: run,
            origin: start,
            pos: start,
            reached: start,
            limit: end,
            reach: 0,
            rate: 0,
            reader,
            idle: Duration::ZERO,
        });
    }

    /// Where to begin for a byte of the tail: at its first byte that is missing in one piece with the wanted one.
    fn tail_around(&self, wanted: u64) -> Option<u64> {
        let tail = self.size?.saturating_sub(TAIL);
        let before = self.ranges.missing_in(ByteRange::new(tail, wanted));
        let joined = before.last().filter(|gap| gap.end == wanted);
        joined.filter(|_| !self.sequential).map(|gap| gap.start)
    }

    /// Where a run from `start` meets bytes that are here or on their way.
    fn bound(&self, start: u64) -> u64 {
        let islands = self.ranges.iter().filter(|island| {
            island.start > start && (island.len() >= ISLAND || Some(island.end) == self.size)
        });
        let runs = self
            .runs
            .iter()
            .map(|run| run.origin)
            .filter(|origin| *origin > start);
        // Who waits further on gets a run of its own: a request that is known to end there has nothing on its way that comes
        // twice.
        let waits = self.demands.iter().map(|demand| demand.pos);
        let far = waits.filter(|pos| *pos > start.saturating_add(NEAR));
        islands
            .map(|island| island.start)
            .chain(runs)
            .chain(far)
            .min()
            .unwrap_or(u64::MAX)
    }
}

impl RunView {
    /// Whether it brings the byte at `pos` before a new run would.
    pub(super) fn arrives_soon(&self, pos: u64) -> bool {
        self.pos <= pos
            && pos < self.limit
            && pos.saturating_sub(self.reached) <= NEAR.max(self.reach)
    }
}
