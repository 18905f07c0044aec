//! Any `Retry-After`, at any second: a wait within bounds or none.
#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use spool_engine::http::fuzzing::retry_after;

fuzz_target!(|input: (i64, &str)| {
    if let Some(wait) = retry_after(input.1, input.0) {
        assert!(wait <= Duration::from_secs(300), "nobody is sent away for so long");
    }
});
