//! Tables of situations and what follows from them.

mod ahead;
mod chance;
mod edges;
mod order;
mod reasons;

use super::window::Window;
use super::*;

const M: u64 = 1 << 20;
const SIZE: u64 = 100 * M;

fn run(id: u64, origin: u64, pos: u64) -> RunView {
    RunView {
        id,
        origin,
        pos,
        reached: pos,
        limit: u64::MAX,
        reach: 0,
        rate: 0,
        reader: id,
        idle: Duration::ZERO,
    }
}

fn demand(reader: u64, pos: u64) -> Demand {
    Demand {
        reader,
        pos,
        end: pos + 65_536,
        waited: Duration::ZERO,
    }
}

fn place(reader: u64, pos: u64) -> PlaceView {
    PlaceView {
        reader,
        pos,
        proven: true,
        left: 0,
        idle: Duration::ZERO,
    }
}

fn set(ranges: &[(u64, u64)]) -> RangeSet {
    ranges.iter().map(|(a, b)| ByteRange::new(*a, *b)).collect()
}

/// A resource of 100 MB that is kept, with nothing going on.
fn view(ranges: &RangeSet) -> View<'_> {
    View {
        size: Some(SIZE),
        hint: None,
        ranges,
        runs: vec![],
        slots: RUNS,
        next_run: 9,
        demands: &[],
        places: &[],
        wants: &[],
        last: 0,
        sequential: false,
        idle: true,
        keep: true,
        window: Window::of(&[], false),
    }
}

/// The steps without the grants.
fn moves(view: View<'_>) -> Vec<Step> {
    let mut steps = next(view);
    steps.retain(|step| !matches!(step, Step::Grant { .. }));
    steps
}

fn steps(ranges: &[(u64, u64)], runs: &[RunView], demands: &[(u64, u64)]) -> Vec<Step> {
    let ranges = set(ranges);
    let demands: Vec<_> = demands.iter().map(|(of, pos)| demand(*of, *pos)).collect();
    moves(View {
        runs: runs.to_vec(),
        demands: &demands,
        last: demands.last().map_or(0, |demand| demand.pos),
        ..view(&ranges)
    })
}

fn start(start: u64, end: u64, reader: u64, rank: Rank) -> Step {
    Step::Start {
        run: 9,
        start,
        end,
        reader,
        rank,
    }
}

fn grants(view: View<'_>) -> Vec<(u64, Rank, u64)> {
    let granted = |step| match step {
        Step::Grant { run, rank, ceiling } => Some((run, rank, ceiling)),
        _ => None,
    };
    next(view).into_iter().filter_map(granted).collect()
}

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
            start(40 * M, 50 * M, 1, Rank::Waited)
        ]
    );
}

#[test]
fn a_fast_run_is_waited_for_from_farther_away() {
    let mut fast = run(1, 0, M);
    fast.reach = 5 * M;
    assert_eq!(
        steps(&[], &[fast], &[(1, 6 * M)]),
        [Step::Serve { run: 1, reader: 1 }]
    );
    assert_eq!(steps(&[], &[fast], &[(1, 6 * M + 1)]).len(), 2);
}

#[test]
fn a_third_cursor_takes_the_run_of_its_own_reader_only() {
    let runs = [run(1, 0, M), run(2, 40 * M, 41 * M)];
    let taken = steps(&[], &runs, &[(1, 80 * M)]);
    assert_eq!(taken[0], Step::Stop { run: 1 });
    assert_eq!(steps(&[], &runs, &[(3, 80 * M)]), []);
}

#[test]
fn a_run_that_nobody_reads_from_goes_first() {
    let mut filling = run(1, 0, M);
    filling.reader = 0;
    let runs = [run(2, 40 * M, 41 * M), filling];
    assert_eq!(steps(&[], &runs, &[(2, 80 * M)])[0], Step::Stop { run: 1 });
}

#[test]
fn one_connection_is_one_run() {
    let ranges = set(&[]);
    let demands = [demand(1, 80 * M)];
    let view = View {
        runs: vec![run(1, 0, M)],
        slots: 1,
        demands: &demands,
        ..view(&ranges)
    };
    let wanted = [
        Step::Stop { run: 1 },
        start(80 * M, u64::MAX, 1, Rank::Waited),
    ];
    assert_eq!(moves(view), wanted);
}

#[test]
fn holes_are_filled_ahead_first_and_then_the_nearest_behind() {
    let filled = |last: u64, ranges: &[(u64, u64)]| {
        let ranges = set(ranges);
        moves(View {
            last,
            ..view(&ranges)
        })
    };
    let fill = |from, to| [start(from, to, 0, Rank::Fill)];
    assert_eq!(filled(50 * M, &[(50 * M, 60 * M)]), fill(60 * M, u64::MAX));
    let behind = [(0, M), (10 * M, 11 * M), (50 * M, 100 * M)];
    assert_eq!(filled(50 * M, &behind), fill(11 * M, 50 * M));
    assert_eq!(filled(50 * M, &[(0, SIZE)]), []);
    let ranges = set(&[(0, M)]);
    let sampled = View {
        keep: false,
        ..view(&ranges)
    };
    assert_eq!(moves(sampled), [], "a sample is not filled");
}

#[test]
fn the_first_demand_brings_the_tail_along() {
    let demands = [demand(1, 0)];
    let ranges = RangeSet::default();
    let view = View {
        size: None,
        hint: Some(SIZE),
        demands: &demands,
        idle: false,
        ..view(&ranges)
    };
    let tail = SIZE - TAIL;
    let first = start(tail, u64::MAX, 1, Rank::Waited);
    let second = Step::Start {
        run: 10,
        start: 0,
        end: tail,
        reader: 1,
        rank: Rank::Waited,
    };
    assert_eq!(moves(view.clone()), [first, second]);
    let single = View {
        slots: 1,
        ..view.clone()
    };
    assert_eq!(moves(single), [start(0, u64::MAX, 1, Rank::Waited)]);
    let small = View {
        hint: Some(M),
        ..view
    };
    assert_eq!(moves(small), [start(0, u64::MAX, 1, Rank::Waited)]);
}

#[test]
fn without_ranges_one_run_is_enough() {
    let (mut head, tail) = (run(1, 0, M), run(2, 99 * M, 0));
    head.limit = 99 * M;
    let ranges = RangeSet::default();
    let view = View {
        runs: vec![head, tail],
        sequential: true,
        ..view(&ranges)
    };
    assert_eq!(moves(view), [Step::Stop { run: 1 }]);
}

#[test]
fn the_tail_comes_in_one_piece() {
    let tail = SIZE - TAIL;
    let first = steps(&[(0, M)], &[], &[(1, SIZE - 32)]);
    assert_eq!(first, [start(tail, u64::MAX, 1, Rank::Waited)]);
    let joined = steps(&[(0, tail + 100)], &[], &[(1, SIZE - 32)]);
    assert_eq!(joined, [start(tail + 100, u64::MAX, 1, Rank::Waited)]);
}

#[test]
fn a_tiny_island_does_not_split_a_run() {
    let started = steps(&[(10 * M, 10 * M + 100)], &[], &[(1, 0)]);
    assert_eq!(started, [start(0, u64::MAX, 1, Rank::Waited)]);
}

#[test]
fn who_jumps_about_gets_a_probe() {
    let looking = |left, proven, ranges: &RangeSet| {
        let places = [PlaceView {
            left,
            proven,
            ..place(1, 40 * M)
        }];
        let demands = [demand(1, 40 * M)];
        moves(View {
            demands: &demands,
            places: &places,
            ..view(ranges)
        })
    };
    let (nothing, head) = (set(&[]), set(&[(0, M)]));
    let probe = [start(40 * M, 40 * M + PROBE, 1, Rank::Waited)];
    let whole = [start(40 * M, u64::MAX, 1, Rank::Waited)];
    assert_eq!(looking(0, false, &head), whole, "one jump is normal");
    assert_eq!(looking(1, false, &head), probe);
    assert_eq!(looking(1, true, &head), whole, "it stays");
    assert_eq!(
        looking(0, false, &nothing),
        probe,
        "nobody begins in the middle"
    );
}

#[test]
fn what_is_wanted_for_later_comes_in_its_order_and_within_its_bounds() {
    let ranges = set(&[(0, M)]);
    let want = |from, to, rank| Want {
        range: ByteRange::new(from, to),
        rank,
    };
    let wants = [
        want(0, SIZE, Rank::Download),
        want(0, 4 * M, Rank::Next),
        want(99 * M, SIZE, Rank::Next),
    ];
    let view = View {
        wants: &wants,
        keep: false,
        ..view(&ranges)
    };
    assert_eq!(moves(view.clone()), [start(M, 4 * M, 0, Rank::Next)]);
    let mut running = run(3, M, 2 * M);
    (running.limit, running.reader) = (4 * M, 0);
    let busy = View {
        runs: vec![running],
        ..view
    };
    assert_eq!(grants(busy), [(3, Rank::Next, SIZE)]);
}

#[test]
fn a_run_reads_as_far_as_its_reasons_go() {
    let ranges = set(&[(0, 10 * M)]);
    let place_of = |proven| {
        [PlaceView {
            proven,
            ..place(1, 8 * M)
        }]
    };
    let granted = |proven, keep, full| {
        let places = place_of(proven);
        let mut view = View {
            runs: vec![run(1, 0, 10 * M)],
            places: &places,
            keep,
            ..view(&ranges)
        };
        view.window.lead = 2 * M;
        view.window.full = full;
        grants(view)
    };
    assert_eq!(granted(true, true, false), [(1, Rank::Soon, u64::MAX)]);
    assert_eq!(granted(true, false, false), [(1, Rank::Soon, 40 * M)]);
    assert_eq!(granted(true, false, true), [(1, Rank::Soon, 0)]);
    assert_eq!(granted(false, true, false), [(1, Rank::Soon, 9 * M)]);
    let demands = [demand(1, 10 * M)];
    let waited = View {
        runs: vec![run(1, 0, 10 * M)],
        demands: &demands,
        ..view(&ranges)
    };
    assert_eq!(grants(waited), [(1, Rank::Waited, 11 * M + 65_536)]);
}

#[test]
fn a_run_that_was_left_keeps_its_slot_for_a_while_and_reads_no_further() {
    let ranges = set(&[(0, 10 * M)]);
    let mut left = run(1, 0, 10 * M);
    let of = |run: RunView| View {
        runs: vec![run],
        keep: false,
        ..view(&ranges)
    };
    assert_eq!(grants(of(left)), [(1, Rank::Window, 0)]);
    left.idle = STALE + Duration::from_millis(1);
    assert_eq!(next(of(left)), [Step::Stop { run: 1 }]);
    let mut probe = run(1, 0, 10 * M);
    probe.limit = 10 * M + PROBE;
    assert_eq!(
        grants(of(probe)),
        [(1, Rank::Window, u64::MAX)],
        "little is left"
    );
}

#[test]
fn what_landed_while_it_was_looked_at_does_not_make_a_run_far_away() {
    let mut fast = run(1, 0, M);
    fast.reached = 9 * M;
    let demand = [(1, 9 * M + M / 4)];
    assert_eq!(
        steps(&[], &[fast], &demand),
        [Step::Serve { run: 1, reader: 1 }]
    );
}
