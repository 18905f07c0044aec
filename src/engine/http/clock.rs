//! A server's clock beside this computer's.

use std::sync::atomic::{AtomicI64, Ordering};

use reqwest::header::{DATE, HeaderMap};

/// No answer has said the time yet.
const UNKNOWN: i64 = i64::MIN;
/// A `Date` is cut to whole seconds; on the average it is half a second old.
const HALF: i64 = 500;

/// How far a server's clock is ahead, as its answers tell it.
#[derive(Debug)]
pub(super) struct Clock(AtomicI64);

impl Default for Clock {
    fn default() -> Self {
        Self(AtomicI64::new(UNKNOWN))
    }
}

impl Clock {
    /// Takes note of an answer that came just now.
    pub(super) fn note(&self, headers: &HeaderMap) {
        if let Some(offset) = ahead(headers, jiff::Timestamp::now()) {
            self.0.store(offset, Ordering::Relaxed);
        }
    }

    /// In milliseconds; `None` while nothing is known.
    pub(super) fn offset(&self) -> Option<i64> {
        let offset = self.0.load(Ordering::Relaxed);
        (offset != UNKNOWN).then_some(offset)
    }
}

fn ahead(headers: &HeaderMap, now: jiff::Timestamp) -> Option<i64> {
    let text = headers.get(DATE)?.to_str().ok()?;
    let there = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(there.as_millisecond() + HALF - now.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_date_counts_and_none_changes_nothing() {
        let now: jiff::Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let of = |date: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(DATE, date.parse().unwrap());
            ahead(&headers, now)
        };
        assert_eq!(of("Sat, 21 Nov 2026 12:01:00 GMT"), Some(60_500));
        assert_eq!(of("Sat, 21 Nov 2026 11:00:00 GMT"), Some(-3_599_500));
        assert_eq!(of("today"), None);
        assert_eq!(ahead(&HeaderMap::new(), now), None);

        let clock = Clock::default();
        assert_eq!(clock.offset(), None);
        clock.note(&HeaderMap::new());
        assert_eq!(clock.offset(), None);
    }
}
