//! Readers of a server that sends only from the beginning, and where a request ends.

use super::*;

#[test]
fn in_order_a_reader_waits_for_what_comes_soon() {
    let refused = |pos: u64, rate: u64, waited: u64, behind: u64| {
        let ranges = set(&[(0, 2 * M)]);
        let demands = [Demand {
            waited: Duration::from_millis(waited),
            ..demand(1, pos)
        }];
        let only = RunView {
            rate,
            ..run(1, 0, 2 * M - behind)
        };
        let moves = moves(View {
            runs: vec![only],
            demands: &demands,
            sequential: true,
            ..view(&ranges)
        });
        moves == [Step::Refuse { pos }]
    };
    assert!(!refused(9 * M, 0, 1000, 0), "8 MB");
    assert!(!refused(10 * M, 0, 1000, 0), "exactly");
    assert!(refused(10 * M + 1, 0, 1000, 0));
    assert!(refused(11 * M, M, 1000, 0));
    assert!(refused(9 * M + M / 2, M, 1000, M), "it began anew");
    assert!(!refused(31 * M, 10 * M, 1000, 0), "3 s");
    assert!(refused(33 * M, 10 * M, 1000, 0));
    assert!(!refused(33 * M, 0, 100, 0), "the rate is not known yet");
}

#[test]
fn a_request_ends_where_somebody_else_waits() {
    let started = steps(&[], &[], &[(1, 0), (2, 40 * M), (3, 60 * M)]);
    let of = |step: &Step| matches!(step, Step::Start { start: 0, end, .. } if *end == 40 * M);
    assert!(started.iter().any(of), "{started:?}");
    assert!(
        !started
            .iter()
            .any(|step| matches!(step, Step::Bound { .. }))
    );
}
