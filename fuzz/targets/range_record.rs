//! The stored form of a set of ranges: any bytes are refused or are the one form of a sound set.
#![no_main]

use libfuzzer_sys::fuzz_target;
use spool_engine::range::RangeSet;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(set) = RangeSet::decode(bytes) {
        assert_eq!(set.encode(), bytes);
        let ranges: Vec<_> = set.iter().collect();
        assert!(ranges.iter().all(|range| range.start < range.end));
        assert!(ranges.windows(2).all(|pair| pair[0].end < pair[1].start));
        assert_eq!(ranges.into_iter().collect::<RangeSet>(), set);
    }
});
