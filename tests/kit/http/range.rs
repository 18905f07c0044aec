//! What a `Range` header asks of a resource of known size, as ASP.NET (Jellyfin's server) reads it.

use std::ops::Range;

/// What a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// All of it: no range, one that is malformed, or several (which ASP.NET ignores).
    Whole,
    /// These bytes; never empty.
    Part(Range<u64>),
    /// Bytes that are not there: 416.
    Unsatisfiable,
}

impl Asked {
    /// Reads a `Range` header (RFC 9110 §14.1.2) against a resource of `size` bytes.
    pub(crate) fn parse(header: Option<&str>, size: u64) -> Self {
        let Some((first, last)) = header.and_then(ends) else {
            return Self::Whole;
        };
        match (first, last) {
            (Some(first), Some(last)) if last < first => Self::Whole,
            (Some(first), _) if first >= size => Self::Unsatisfiable,
            (Some(first), last) => {
                let end = last.map_or(size, |last| last.saturating_add(1).min(size));
                Self::Part(first..end)
            }
            (None, Some(0)) => Self::Unsatisfiable,
            (None, Some(_)) if size == 0 => Self::Unsatisfiable,
            (None, Some(length)) => Self::Part(size.saturating_sub(length)..size),
            (None, None) => Self::Whole,
        }
    }
}

/// First and last position of a header with one range: `bytes=a-b`, `bytes=a-` or `bytes=-length`.
pub(crate) fn ends(header: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (first, last) = header.trim().strip_prefix("bytes=")?.split_once('-')?;
    let number = |text: &str| match text.trim() {
        "" => Some(None),
        text => text.parse().ok().map(Some),
    };
    Some((number(first)?, number(last)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_as_the_server_reads_them() {
        let cases = [
            (None, Asked::Whole),
            (Some("bytes=0-"), Asked::Part(0..100)),
            (Some("bytes=10-19"), Asked::Part(10..20)),
            (Some("bytes=90-500"), Asked::Part(90..100)),
            (Some("bytes=99-99"), Asked::Part(99..100)),
            (Some("bytes=-7"), Asked::Part(93..100)),
            (Some("bytes=-700"), Asked::Part(0..100)),
            (Some("bytes=100-"), Asked::Unsatisfiable),
            (Some("bytes=-0"), Asked::Unsatisfiable),
            (Some("bytes=5-4"), Asked::Whole),
            (Some("bytes=0-1,5-6"), Asked::Whole),
            (Some("bytes=-"), Asked::Whole),
            (Some("lines=1-2"), Asked::Whole),
        ];
        for (header, wanted) in cases {
            assert_eq!(Asked::parse(header, 100), wanted, "{header:?}");
        }
        assert_eq!(Asked::parse(Some("bytes=0-"), 0), Asked::Unsatisfiable);
    }
}
