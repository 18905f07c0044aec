//! What happens exactly at a border: which run may be taken, what is wanted, where a run ends.

use super::*;

/// Which run a demand of reader 3 at 80 MB takes, of two that are not its own.
fn taken(first: RunView, second: RunView, others: &[(u64, u64)], waited: Duration) -> Option<u64> {
    let ranges = set(&[]);
    let mut demands: Vec<_> = others.iter().map(|(of, pos)| demand(*of, *pos)).collect();
    demands.push(Demand {
        waited,
        ..demand(3, 80 * M)
    });
    let steps = moves(View {
        runs: vec![first, second],
        demands: &demands,
        last: 80 * M,
        ..view(&ranges)
    });
    steps.into_iter().find_map(|step| match step {
        Step::Stop { run } => Some(run),
        _ => None,
    })
}

fn idle(id: u64, origin: u64, idle: Duration) -> RunView {
    RunView {
        idle,
        ..run(id, origin, origin + M)
    }
}

#[test]
fn a_run_is_taken_when_its_reader_has_left_it_for_long() {
    let moment = Duration::from_millis(1);
    let (fresh, stale) = (idle(1, 0, STALE), idle(2, 40 * M, STALE + moment));
    assert_eq!(taken(fresh, stale, &[], Duration::ZERO), Some(2));
    assert_eq!(
        taken(fresh, idle(2, 40 * M, STALE), &[], Duration::ZERO),
        None
    );
    // Who has waited as long takes one that somebody read from a moment ago, but not from just now.
    let (busy, quiet) = (idle(1, 0, STALE / 20), idle(2, 40 * M, STALE / 20 + moment));
    assert_eq!(taken(busy, quiet, &[], STALE + moment), Some(2));
    assert_eq!(taken(busy, quiet, &[], STALE), None);
    assert_eq!(taken(busy, busy, &[], STALE + moment), None);
}

#[test]
fn a_run_that_somebody_else_is_about_to_read_from_is_not_taken() {
    let long = STALE * 2;
    let runs = || {
        (
            idle(1, 0, long),
            idle(2, 40 * M, long + Duration::from_millis(1)),
        )
    };
    let (first, second) = runs();
    assert_eq!(taken(first, second, &[], Duration::ZERO), Some(2));
    let at = |pos| {
        let (first, second) = runs();
        taken(first, second, &[(2, pos)], Duration::ZERO)
    };
    assert_eq!(at(41 * M), Some(1), "where the run is");
    assert_eq!(
        at(41 * M + NEAR),
        Some(1),
        "the farthest that counts as near"
    );
}

#[test]
fn what_is_wanted_begins_where_nothing_brings_it() {
    let wants = [
        Want {
            range: ByteRange::new(50 * M, 60 * M),
            rank: Rank::Later,
        },
        Want {
            range: ByteRange::new(0, 4 * M),
            rank: Rank::Next,
        },
    ];
    let bring = |held: &[(u64, u64)], runs: &[RunView]| {
        let ranges = set(held);
        moves(View {
            runs: runs.to_vec(),
            wants: &wants,
            keep: false,
            ..view(&ranges)
        })
    };
    let next = start(0, 4 * M, 0, Rank::Next);
    assert_eq!(bring(&[], &[]), [next], "the most urgent first");
    let later = start(50 * M, 60 * M, 0, Rank::Later);
    assert_eq!(bring(&[(0, 4 * M)], &[]), [later]);
    let own = |origin: u64, pos: u64, limit: u64| RunView {
        reader: 0,
        limit,
        ..run(1, origin, pos)
    };
    assert_eq!(
        bring(&[(0, M)], &[own(0, M, 4 * M)]),
        [],
        "it comes, and one is enough"
    );
    assert_eq!(bring(&[(0, 4 * M), (50 * M, 60 * M)], &[]), []);
}

#[test]
fn a_run_ends_before_what_is_here_or_begun() {
    let island = [(20 * M, 20 * M + ISLAND)];
    assert_eq!(
        steps(&island, &[], &[(1, M)]),
        [start(M, 20 * M, 1, Rank::Waited)]
    );
    let small = [(20 * M, 20 * M + ISLAND - 1)];
    assert_eq!(
        steps(&small, &[], &[(1, M)]),
        [start(M, u64::MAX, 1, Rank::Waited)]
    );
    let begun = [run(1, 60 * M, 60 * M)];
    assert_eq!(
        steps(&[], &begun, &[(2, M)]),
        [start(M, 60 * M, 2, Rank::Waited)]
    );
}

#[test]
fn downloads_and_what_is_less_urgent_share_the_line() {
    assert!(!Rank::Next.is_bulk() && Rank::Download.is_bulk() && Rank::Fill.is_bulk());
    assert!(!Rank::Window.is_background() && Rank::Next.is_background());
}

#[test]
fn a_small_file_is_begun_in_its_middle() {
    let ranges = set(&[]);
    let places = [PlaceView {
        proven: false,
        ..place(1, 40 * M)
    }];
    let demands = [demand(1, 40 * M)];
    let of = |size| {
        moves(View {
            size: Some(size),
            demands: &demands,
            places: &places,
            ..view(&ranges)
        })
    };
    let whole = [start(40 * M, u64::MAX, 1, Rank::Waited)];
    assert_eq!(of(64 * M - 1), whole);
    let probe = [start(40 * M, 40 * M + PROBE, 1, Rank::Waited)];
    assert_eq!(of(64 * M), probe);
}

#[test]
fn a_run_whose_beginning_is_lost_again_gives_way_to_the_one_that_brings_it() {
    let begun = run(1, 40 * M, 41 * M);
    assert_eq!(
        steps(&[(0, M)], &[begun], &[(2, 40 * M)]),
        [
            Step::Bound {
                run: 1,
                end: 40 * M
            },
            start(40 * M, u64::MAX, 2, Rank::Waited)
        ]
    );
}

#[test]
fn who_waits_near_by_waits_for_the_same_run() {
    let near = steps(&[], &[], &[(1, 0), (2, NEAR)]);
    let served = Step::Serve { run: 9, reader: 2 };
    assert_eq!(near, [start(0, u64::MAX, 1, Rank::Waited), served]);
    let far = steps(&[], &[], &[(1, 0), (2, NEAR + 1)]);
    assert_eq!(far[0], start(0, NEAR + 1, 1, Rank::Waited));
}

#[test]
fn a_run_brings_nothing_from_its_end_on() {
    let ending = RunView {
        limit: 4 * M,
        ..run(1, 0, 4 * M - NEAR / 2)
    };
    assert_eq!(
        steps(&[], &[ending], &[(1, 4 * M)]),
        [start(4 * M, u64::MAX, 1, Rank::Waited)]
    );
    let served = [Step::Serve { run: 1, reader: 1 }];
    assert_eq!(steps(&[], &[ending], &[(1, 4 * M - 1)]), served);
}
