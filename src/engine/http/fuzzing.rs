//! Doors for the fuzzer to parsers of what servers send; not for callers.
//!
//! Each must return for any input, without a panic and without more memory than the input is long.

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

pub use super::content_range::{ContentRange, unsatisfied};
pub use super::ranged::{Ask, Misfit, Shape, Validator};

/// `Retry-After`, read at that second of Unix time.
#[must_use]
pub fn retry_after(text: &str, now: i64) -> Option<Duration> {
    let now = jiff::Timestamp::from_second(now).ok()?;
    super::reply::wait(text, now)
}

/// The meaning of the head of a 200, 206 or 416; `lines` is `name: value` by line.
///
/// # Errors
/// Why it cannot be used.
pub fn head(ask: &Ask, status: u16, lines: &str) -> Result<Shape, Misfit> {
    super::ranged::check(ask, status, reqwest::Version::HTTP_11, &headers(lines))
}

/// The validators of a head.
#[must_use]
pub fn validator(lines: &str) -> Validator {
    Validator::of(&headers(lines))
}

fn headers(lines: &str) -> HeaderMap {
    let line = |line: &str| {
        let (name, value) = line.split_once(':')?;
        let name = HeaderName::from_bytes(name.trim().as_bytes()).ok()?;
        Some((name, HeaderValue::from_str(value.trim()).ok()?))
    };
    lines.lines().filter_map(line).collect()
}
