//! Why a run goes on, how urgent that makes it, and that without a reason it ends.

use super::*;

/// What becomes of a run of nobody, of what is not worth keeping.
fn fate(run: RunView, ranges: &[(u64, u64)], places: &[PlaceView], wants: &[Want]) -> Vec<Step> {
    let ranges = set(ranges);
    next(View {
        runs: vec![RunView { reader: 0, ..run }],
        places,
        wants,
        idle: false,
        keep: false,
        ..view(&ranges)
    })
}

const ENDS: [Step; 1] = [Step::Stop { run: 1 }];

#[test]
fn what_is_wanted_keeps_the_run_that_is_inside_it() {
    let wants = [Want {
        range: ByteRange::new(M, 4 * M),
        rank: Rank::Next,
    }];
    let at = |pos| fate(run(1, 0, pos), &[], &[], &wants);
    let goes_on = [Step::Grant {
        run: 1,
        rank: Rank::Next,
        ceiling: 4 * M,
    }];
    assert_eq!(at(M - 1), ENDS);
    assert_eq!(at(M), goes_on);
    assert_eq!(at(4 * M - 1), goes_on);
    assert_eq!(at(4 * M), ENDS);
}

#[test]
fn a_place_keeps_the_run_that_brings_what_comes_next_there() {
    let places = [place(1, 8 * M)];
    let at = |pos, limit| {
        let run = RunView {
            limit,
            ..run(1, 0, pos)
        };
        fate(run, &[(0, 10 * M)], &places, &[])
    };
    let goes_on = |steps: Vec<Step>| matches!(steps[..], [Step::Grant { run: 1, .. }]);
    assert!(goes_on(at(10 * M, u64::MAX)));
    assert!(goes_on(at(10 * M, 10 * M + 1)));
    assert_eq!(at(10 * M, 10 * M), ENDS, "it ends before");
    assert!(goes_on(at(10 * M - NEAR, u64::MAX)));
    assert_eq!(at(10 * M - NEAR - 1, u64::MAX), ENDS, "it comes too late");
    assert!(goes_on(at(10 * M + ISLAND, u64::MAX)), "nearly there");
    assert_eq!(at(10 * M + ISLAND + 1, u64::MAX), ENDS, "it is past it");
}

#[test]
fn a_long_supply_is_less_urgent() {
    let ranges = set(&[(0, 10 * M)]);
    let of = |pos| {
        let places = [place(1, pos)];
        grants(View {
            runs: vec![run(1, 0, 10 * M)],
            places: &places,
            ..view(&ranges)
        })
    };
    assert_eq!(of(2 * M), [(1, Rank::Window, u64::MAX)]);
    assert_eq!(of(2 * M + 1), [(1, Rank::Soon, u64::MAX)]);
}

#[test]
fn two_runs_share_what_there_is_room_for() {
    let ranges = set(&[(0, 10 * M), (50 * M, 52 * M)]);
    let places = [place(1, 8 * M), place(2, 50 * M)];
    let first = RunView {
        limit: 50 * M,
        ..run(1, 0, 10 * M)
    };
    let mut view = View {
        runs: vec![first, run(2, 50 * M, 52 * M)],
        places: &places,
        keep: false,
        ..view(&ranges)
    };
    view.window.lead = 4 * M;
    let shares = [(1, Rank::Soon, 24 * M), (2, Rank::Soon, 66 * M)];
    assert_eq!(grants(view), shares);
}

#[test]
fn a_second_reader_gets_a_run_of_its_own() {
    let ranges = set(&[(0, 11 * M)]);
    let places = [place(2, 10 * M)];
    let view = View {
        runs: vec![run(1, 60 * M, 61 * M)],
        places: &places,
        ..view(&ranges)
    };
    assert_eq!(moves(view.clone()), [start(11 * M, 60 * M, 2, Rank::Soon)]);
    let in_order = View {
        runs: vec![run(1, 0, 11 * M - NEAR - 1)],
        sequential: true,
        ..view.clone()
    };
    assert_eq!(moves(in_order), [], "one that comes in order is enough");
    let nobody = View {
        runs: vec![],
        sequential: true,
        ..view
    };
    let from_here = [start(11 * M, u64::MAX, 2, Rank::Soon)];
    assert_eq!(moves(nobody), from_here);
}
