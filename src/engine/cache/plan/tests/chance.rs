//! Situations by chance, and what holds in all of them.

use proptest::prelude::*;

use super::*;

fn small() -> impl Strategy<Value = u64> {
    (0..100_u64).prop_map(|mega| mega * M)
}

/// Ranges, runs, demands, places.
type Situation = (Vec<(u64, u64)>, Vec<RunView>, Vec<Demand>, Vec<PlaceView>);

fn situation() -> impl Strategy<Value = Situation> {
    let ranges = prop::collection::vec((small(), small()), 0..6);
    let runs = prop::collection::vec(
        (small(), 0..4 * M, 0..4_u64, 0..5000_u64, any::<bool>()),
        0..=2,
    );
    let runs = runs.prop_map(|runs| {
        let mut id = 0;
        let mut view = |(origin, done, reader, idle, bounded): (u64, u64, u64, u64, bool)| {
            id += 1;
            RunView {
                reader,
                limit: if bounded { origin + 8 * M } else { u64::MAX },
                idle: Duration::from_millis(idle),
                ..run(id, origin, origin + done)
            }
        };
        runs.into_iter().map(&mut view).collect()
    });
    let demands = prop::collection::vec((1..4_u64, 0..SIZE, 0..5000_u64), 0..4);
    let places = prop::collection::vec((1..4_u64, 0..SIZE, any::<bool>(), 0..3_u32), 0..5);
    (ranges, runs, demands, places).prop_map(|(ranges, runs, demands, places)| {
        let here = set(&ranges);
        let demands = demands.into_iter().map(|(reader, pos, waited)| Demand {
            waited: Duration::from_millis(waited),
            ..demand(reader, here.first_gap_from(pos))
        });
        let places = places
            .into_iter()
            .map(|(reader, pos, proven, left)| PlaceView {
                proven,
                left,
                ..place(reader, pos)
            });
        (
            ranges.clone(),
            runs,
            demands.filter(|one| one.pos < SIZE).collect(),
            places.collect(),
        )
    })
}

proptest! {
    /// Never a run for a byte that is here, never two for the same byte, never more than there may be; and whoever waits is
    /// served by somebody unless all runs belong to others.
    #[test]
    fn no_byte_twice_and_nobody_forgotten(
        (ranges, runs, demands, places) in situation(), slots in 1..=2_usize, keep in any::<bool>(),
        full in any::<bool>(), sequential in any::<bool>()
    ) {
        let here = set(&ranges);
        let mut before = View {
            runs: runs.clone(), slots, keep, sequential, demands: &demands, places: &places, ..view(&here)
        };
        before.window.full = full;
        let steps = next(before);
        let mut live = runs.clone();
        for step in &steps {
            match *step {
                Step::Start { run: id, start, end, reader, .. } => {
                    prop_assert!(start < end);
                    prop_assert!(!here.contains(ByteRange::new(start, start + 1)), "byte {} is here", start);
                    for other in &live {
                        let both = other.origin.max(start) < other.limit.min(end);
                        prop_assert!(!both || other.pos > start, "{:?} and {}..{}", other, start, end);
                    }
                    live.push(RunView { limit: end, reader, ..run(id, start, start) });
                }
                Step::Stop { run } => live.retain(|one| one.id != run),
                Step::Bound { run, end } => {
                    let one = live.iter_mut().find(|one| one.id == run).unwrap();
                    one.limit = one.limit.min(end);
                }
                _ => {}
            }
        }
        prop_assert!(live.len() <= slots.max(runs.len()));
        for run in &live {
            let granted = steps.iter().filter(|step| matches!(step, Step::Grant { run: of, .. } if *of == run.id));
            prop_assert_eq!(granted.count(), 1);
        }
        if live.is_empty() && !sequential {
            prop_assert!(demands.is_empty(), "{:?}", steps);
        }
    }
}
