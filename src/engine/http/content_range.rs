//! The `Content-Range` header (RFC 9110 §14.4), read and never guessed.

/// Which bytes a reply brings: `bytes a-b/n`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentRange {
    /// First byte.
    pub start: u64,
    /// First byte behind it; larger than `start`.
    pub end: u64,
    /// Size of the whole, not smaller than `end`; `None` where the server says `*`.
    pub total: Option<u64>,
}

impl ContentRange {
    /// `None` for nonsense: another unit, no numbers, an end before the start or behind the total.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (range, total) = bytes(text)?.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let total = match total.trim() {
            "*" => None,
            total => Some(number(total)?),
        };
        let (start, end) = (number(first)?, number(last)?.checked_add(1)?);
        let sane = start < end && total.is_none_or(|total| end <= total);
        sane.then_some(Self { start, end, total })
    }
}

/// The size that a 416 names: `bytes */n`. `None` where it names none.
#[must_use]
pub fn unsatisfied(text: &str) -> Option<u64> {
    number(bytes(text)?.strip_prefix("*/")?)
}

/// What follows the unit, whose name has no case (§14.1).
fn bytes(text: &str) -> Option<&str> {
    let (unit, rest) = text.trim().split_once(' ')?;
    unit.eq_ignore_ascii_case("bytes").then(|| rest.trim())
}

fn number(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parts_are_read_and_nonsense_is_not() {
        let range = |start, end, total| Some(ContentRange { start, end, total });
        for (text, wanted) in [
            ("bytes 100-199/1000", range(100, 200, Some(1000))),
            ("Bytes  0-0/1 ", range(0, 1, Some(1))),
            ("bytes 5-9/*", range(5, 10, None)),
            (
                "bytes 4294967295-4294967296/6442450944",
                range((1 << 32) - 1, (1 << 32) + 1, Some(6 << 30)),
            ),
            ("bytes 100-1000/1000", None),
            ("bytes 100-99/1000", None),
            ("bytes 100-199", None),
            ("items 100-199/1000", None),
            ("bytes */1000", None),
            ("bytes +1-2/3", None),
            ("bytes -1-2/3", None),
            ("bytes 0-18446744073709551615/*", None),
            ("bytes 0-18446744073709551616/*", None),
            ("bytes", None),
            ("", None),
        ] {
            assert_eq!(ContentRange::parse(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn a_refused_range_may_name_the_size() {
        for (text, size) in [
            ("bytes */7", Some(7)),
            ("BYTES */0", Some(0)),
            ("bytes */*", None),
            ("bytes 0-1/7", None),
            ("bytes */-7", None),
            ("*/7", None),
        ] {
            assert_eq!(unsatisfied(text), size, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_range_never_lies_outside_itself(text in "[Bb]ytes [0-9*+ -]{0,24}/[0-9*]{0,22}") {
            if let Some(range) = ContentRange::parse(&text) {
                prop_assert!(range.start < range.end);
                prop_assert!(range.total.is_none_or(|total| range.end <= total));
            }
        }

        #[test]
        fn what_is_written_reads_back(start in 0..u64::MAX / 2, length in 1..1_u64 << 40, more in 0..1_u64 << 40) {
            let range = ContentRange { start, end: start + length, total: Some(start + length + more) };
            let text = format!("bytes {start}-{}/{}", range.end - 1, start + length + more);
            prop_assert_eq!(ContentRange::parse(&text), Some(range));
        }

        #[test]
        fn no_text_is_too_strange(text in "\\PC{0,60}") {
            let both = ContentRange::parse(&text).is_some() && unsatisfied(&text).is_some();
            prop_assert!(!both);
        }
    }
}
