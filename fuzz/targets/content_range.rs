//! Any `Content-Range` line: what is read lies inside itself, and only one of the two readings is possible.
#![no_main]

use libfuzzer_sys::fuzz_target;
use spool_engine::http::fuzzing::{ContentRange, unsatisfied};

fuzz_target!(|text: &str| {
    let part = ContentRange::parse(text);
    if let Some(part) = part {
        assert!(part.start < part.end);
        assert!(part.total.is_none_or(|total| part.end <= total));
        // What it was read as says the same again.
        let total = part.total.map_or("*".to_owned(), |total| total.to_string());
        let again = format!("bytes {}-{}/{total}", part.start, part.end - 1);
        assert_eq!(ContentRange::parse(&again), Some(part));
    }
    assert!(part.is_none() || unsatisfied(text).is_none());
});
