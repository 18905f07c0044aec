//! What to fetch next for one resource: a pure decision over a snapshot.

use std::time::Duration;

use crate::range::{ByteRange, RangeSet};

/// A run that is this near will arrive before a new one could.
const NEAR: u64 = 512 << 10;
/// A cached island smaller than this is fetched again rather than split a run.
const ISLAND: u64 = 64 << 10;
/// Demuxers and type finders read backwards here: tags, an index, a trailer. One run brings all of it.
const TAIL: u64 = 64 << 10;
/// A file smaller than this is here before a second request would pay.
const WORTH_A_TAIL: u64 = 4 << 20;
/// So far a reader may jump ahead where the server sends only from the beginning.
const SEQUENTIAL_REACH: u64 = 8 << 20;
/// A run that nobody wanted for so long belongs to whoever does; a reader starved for so long may take one.
const STALE: Duration = Duration::from_secs(2);
/// Live runs of one resource.
const RUNS: usize = 2;

/// A run, as the decision sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct RunView {
    pub id: u64,
    /// Where it began.
    pub origin: u64,
    /// Its next byte.
    pub pos: u64,
    /// Its end; `u64::MAX` when open.
    pub limit: u64,
    /// How many bytes it brings in the time that a new run takes to begin.
    pub reach: u64,
    /// Who wanted it last.
    pub reader: u64,
    /// When that was.
    pub idle: Duration,
}

/// Somebody waits for the byte at `pos`, the first that is missing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Demand {
    pub reader: u64,
    pub pos: u64,
    pub waited: Duration,
}

/// Everything that the decision rests on.
#[derive(Clone, Debug)]
pub(super) struct View<'a> {
    pub size: Option<u64>,
    /// The size as the library says it; no more than a guess where to find the tail.
    pub hint: Option<u64>,
    pub ranges: &'a RangeSet,
    pub runs: Vec<RunView>,
    /// The number that the next started run gets, so that a later step can name it.
    pub next_run: u64,
    pub demands: &'a [Demand],
    /// Where the last demand was.
    pub last: u64,
    pub sequential: bool,
    /// Holes may be filled though nobody waits.
    pub fill: bool,
}

/// One thing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Run `run` is what `reader` waits for.
    Serve { run: u64, reader: u64 },
    /// Begin a run at `start` for `reader` (0: nobody), up to `end`.
    Start { start: u64, end: u64, reader: u64 },
    /// Run `run` ends at `end` now.
    Bound { run: u64, end: u64 },
    /// End run `run`.
    Stop { run: u64 },
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
    if view.fill && view.runs.is_empty() {
        let hole = if view.sequential {
            view.hole_from(0)
        } else {
            view.next_hole()
        };
        if let Some(start) = hole {
            view.start(start, 0, &mut steps);
        }
    }
    steps
}

impl View<'_> {
    /// Films keep their index at the end as often as not: it comes beside the head, not a round trip after it.
    fn bring_tail_along(&mut self, steps: &mut Vec<Step>) {
        let untouched = self.size.is_none() && self.runs.is_empty() && self.ranges.is_empty();
        if let (true, false, Some(hint), Some(head)) =
            (untouched, self.sequential, self.hint, self.demands.first())
            && head.pos == 0
            && hint >= WORTH_A_TAIL
        {
            self.start(hint - TAIL, head.reader, steps);
        }
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
        let soon = |run: &&RunView| {
            run.pos <= pos && pos < run.limit && pos - run.pos <= NEAR.max(run.reach)
        };
        if let Some(run) = self.runs.iter().find(soon) {
            steps.push(Step::Serve {
                run: run.id,
                reader: demand.reader,
            });
            return;
        }
        if self.runs.len() >= RUNS {
            let Some(index) = self.redirectable(demand) else {
                return;
            };
            let run = self.runs.swap_remove(index);
            steps.push(Step::Stop { run: run.id });
        }
        self.start(pos, demand.reader, steps);
    }

    /// The run with the stalest demand, unless somebody else lives on it.
    fn redirectable(&self, demand: Demand) -> Option<usize> {
        let free = |run: &RunView| {
            let others = self.demands.iter().any(|other| {
                other.reader != demand.reader && run.pos <= other.pos && other.pos - run.pos <= NEAR
            });
            let mine = run.reader == demand.reader || run.idle > STALE;
            (mine && !others) || (demand.waited > STALE && run.idle > STALE / 20)
        };
        let runs = self.runs.iter().enumerate().filter(|(_, run)| free(run));
        runs.max_by_key(|(_, run)| run.idle).map(|(index, _)| index)
    }

    fn serve_in_order(&mut self, demand: Demand, steps: &mut Vec<Step>) {
        let frontier = self.ranges.first_gap_from(0);
        if demand.pos > frontier + SEQUENTIAL_REACH {
            steps.push(Step::Refuse { pos: demand.pos });
        } else if let Some(run) = self.runs.first() {
            steps.push(Step::Serve {
                run: run.id,
                reader: demand.reader,
            });
        } else {
            self.start(frontier, demand.reader, steps);
        }
    }

    fn start(&mut self, wanted: u64, reader: u64, steps: &mut Vec<Step>) {
        let start = self.tail_around(wanted).unwrap_or(wanted);
        let end = self.bound(start);
        for run in self
            .runs
            .iter_mut()
            .filter(|run| run.origin < start && start < run.limit)
        {
            run.limit = start;
            steps.push(Step::Bound {
                run: run.id,
                end: start,
            });
        }
        steps.push(Step::Start { start, end, reader });
        self.runs.push(RunView {
            id: self.next_run,
            origin: start,
            pos: start,
            limit: end,
            reach: 0,
            reader,
            idle: Duration::ZERO,
        });
        self.next_run += 1;
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
        islands
            .map(|island| island.start)
            .chain(runs)
            .min()
            .unwrap_or(u64::MAX)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn run(id: u64, origin: u64, pos: u64) -> RunView {
        RunView {
            id,
            origin,
            pos,
            limit: u64::MAX,
            reach: 0,
            reader: id,
            idle: Duration::ZERO,
        }
    }

    fn steps(ranges: &[(u64, u64)], runs: &[RunView], demands: &[(u64, u64)]) -> Vec<Step> {
        let ranges: RangeSet = ranges.iter().map(|(a, b)| ByteRange::new(*a, *b)).collect();
        let demand = |(reader, pos): &(u64, u64)| Demand {
            reader: *reader,
            pos: *pos,
            waited: Duration::ZERO,
        };
        let demands: Vec<_> = demands.iter().map(demand).collect();
        let last = demands.last().map_or(0, |demand| demand.pos);
        next(View {
            size: Some(100 << 20),
            hint: None,
            ranges: &ranges,
            runs: runs.to_vec(),
            next_run: 9,
            demands: &demands,
            last,
            sequential: false,
            fill: true,
        })
    }

    const M: u64 = 1 << 20;

    #[test]
    fn a_near_demand_waits_and_a_far_one_runs_up_to_what_is_there() {
        assert_eq!(
            steps(&[], &[run(1, 0, 0)], &[(1, M / 4)]),
            [Step::Serve { run: 1, reader: 1 }]
        );
        assert_eq!(
            steps(&[(50 * M, 51 * M)], &[run(1, 0, M)], &[(1, 40 * M)]),
            [
                Step::Bound {
                    run: 1,
                    end: 40 * M
                },
                Step::Start {
                    start: 40 * M,
                    end: 50 * M,
                    reader: 1
                }
            ]
        );
    }

    #[test]
    fn a_third_cursor_takes_the_run_of_its_own_reader_only() {
        let runs = [run(1, 0, M), run(2, 40 * M, 41 * M)];
        let taken = steps(&[], &runs, &[(1, 80 * M)]);
        assert_eq!(taken[0], Step::Stop { run: 1 });
        assert_eq!(steps(&[], &runs, &[(3, 80 * M)]), []);
    }

    #[test]
    fn holes_are_filled_ahead_first_and_then_the_nearest_behind() {
        let start = |start, end| {
            vec![Step::Start {
                start,
                end,
                reader: 0,
            }]
        };
        let filled = |last: u64, ranges: &[(u64, u64)]| {
            let ranges: RangeSet = ranges.iter().map(|(a, b)| ByteRange::new(*a, *b)).collect();
            let size = Some(100 * M);
            next(View {
                size,
                hint: None,
                ranges: &ranges,
                runs: vec![],
                next_run: 9,
                demands: &[],
                last,
                sequential: false,
                fill: true,
            })
        };
        assert_eq!(filled(50 * M, &[(50 * M, 60 * M)]), start(60 * M, u64::MAX));
        let behind = [(0, M), (10 * M, 11 * M), (50 * M, 100 * M)];
        assert_eq!(filled(50 * M, &behind), start(11 * M, 50 * M));
        assert_eq!(filled(50 * M, &[(0, 100 * M)]), []);
    }

    #[test]
    fn the_first_demand_brings_the_tail_along() {
        let demands = [Demand {
            reader: 1,
            pos: 0,
            waited: Duration::ZERO,
        }];
        let view = View {
            size: None,
            hint: Some(100 * M),
            ranges: &RangeSet::default(),
            runs: vec![],
            next_run: 9,
            demands: &demands,
            last: 0,
            sequential: false,
            fill: false,
        };
        let tail = 100 * M - TAIL;
        let start = |start, end| Step::Start {
            start,
            end,
            reader: 1,
        };
        let started = next(view.clone());
        assert_eq!(started, [start(tail, u64::MAX), start(0, tail)]);
        let small = View {
            hint: Some(M),
            ..view
        };
        assert_eq!(next(small), [start(0, u64::MAX)]);
    }

    #[test]
    fn without_ranges_one_run_is_enough() {
        let (mut head, tail) = (run(1, 0, M), run(2, 99 * M, 0));
        head.limit = 99 * M;
        let view = View {
            size: Some(100 * M),
            hint: None,
            ranges: &RangeSet::default(),
            runs: vec![head, tail],
            next_run: 9,
            demands: &[],
            last: 0,
            sequential: true,
            fill: true,
        };
        assert_eq!(next(view), [Step::Stop { run: 1 }]);
    }

    #[test]
    fn the_tail_comes_in_one_piece() {
        let start = |start, end| Step::Start {
            start,
            end,
            reader: 1,
        };
        let tail = 100 * M - TAIL;
        let first = steps(&[(0, M)], &[], &[(1, 100 * M - 32)]);
        assert_eq!(first, [start(tail, u64::MAX)]);
        let joined = steps(&[(0, tail + 100)], &[], &[(1, 100 * M - 32)]);
        assert_eq!(joined, [start(tail + 100, u64::MAX)]);
    }

    #[test]
    fn a_tiny_island_does_not_split_a_run() {
        let all = u64::MAX;
        let started = steps(&[(10 * M, 10 * M + 100)], &[], &[(1, 0)]);
        assert_eq!(
            started,
            [Step::Start {
                start: 0,
                end: all,
                reader: 1
            }]
        );
    }
}
