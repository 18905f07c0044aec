//! Any head of a 200, 206 or 416 to any question: a part is placed where its own words say, inside the file that they name.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use spool_engine::http::fuzzing::{self, Ask};

#[derive(Arbitrary, Debug)]
struct Exchange<'a> {
    start: u64,
    end: Option<u64>,
    status: u8,
    lines: &'a str,
}

fuzz_target!(|exchange: Exchange| {
    let version = fuzzing::validator(exchange.lines);
    assert!(version.agrees(&version));
    if let Some(asked) = version.if_range() {
        assert!(!asked.starts_with("W/"), "a weak validator is asked for");
        assert!(version.proves(&version));
    }
    let ask = Ask {
        start: exchange.start,
        end: exchange.end,
        condition: version.if_range().map(str::to_owned),
        ..Ask::default()
    };
    let status = [200, 206, 416][usize::from(exchange.status % 3)];
    if let Ok(shape) = fuzzing::head(&ask, status, exchange.lines) {
        assert_ne!(status, 416);
        assert!(shape.end.is_none_or(|end| shape.start <= end));
        assert!(status == 206 || shape.start == 0, "a whole file begins at nought");
        if let (Some(end), Some(total)) = (shape.end, shape.total) {
            assert!(end <= total);
        }
    }
});
