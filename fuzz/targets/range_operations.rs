//! Any course of operations on a set of ranges, against an array of bits, near zero and near the end of all numbers.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use spool_engine::range::{ByteRange, RangeSet};

const SPACE: usize = 256;

#[derive(Arbitrary, Debug)]
enum Step {
    Insert(u8, u8),
    Remove(u8, u8),
    Keep(Vec<(u8, u8)>),
    Store,
}

#[derive(Arbitrary, Debug)]
struct Course {
    /// The numbers begin here: 0, or so that the last one is the largest there is.
    high: bool,
    steps: Vec<Step>,
}

fuzz_target!(|course: Course| {
    let base = if course.high { u64::MAX - SPACE as u64 } else { 0 };
    let place = |start: u8, len: u8| {
        let end = (usize::from(start) + usize::from(len)).min(SPACE);
        (usize::from(start), end)
    };
    let range = |(start, end): (usize, usize)| ByteRange::new(base + start as u64, base + end as u64);
    let (mut set, mut bits) = (RangeSet::default(), [false; SPACE]);
    for step in course.steps {
        match step {
            Step::Insert(start, len) => {
                let place = place(start, len);
                bits[place.0..place.1].fill(true);
                set.insert(range(place));
            }
            Step::Remove(start, len) => {
                let place = place(start, len);
                bits[place.0..place.1].fill(false);
                set.remove(range(place));
            }
            Step::Keep(parts) => {
                let mut kept = [false; SPACE];
                for (start, len) in &parts {
                    let (start, end) = place(*start, *len);
                    kept[start..end].fill(true);
                }
                let other = parts.iter().map(|(start, len)| range(place(*start, *len))).collect();
                set = set.intersection(&other);
                for (bit, kept) in bits.iter_mut().zip(kept) {
                    *bit &= kept;
                }
            }
            Step::Store => set = RangeSet::decode(&set.encode()).expect("its own form"),
        }
        assert_eq!(set.bytes(), bits.iter().filter(|bit| **bit).count() as u64);
        for at in 0..SPACE {
            let covered = bits[at..].iter().take_while(|bit| **bit).count();
            assert_eq!(set.covered_from(base + at as u64), covered as u64);
            assert_eq!(set.first_gap_from(base + at as u64), base + (at + covered) as u64);
        }
    }
});
