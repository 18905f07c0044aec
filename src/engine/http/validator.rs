//! What tells one version of a file from another (RFC 9110 §8.8), and how far it can be trusted.

use std::time::Duration;

use reqwest::header::{DATE, ETAG, HeaderMap, HeaderName, LAST_MODIFIED};

/// Marks what may be the same for two versions.
const WEAK: &str = "W/";
/// A date is a strong validator only where the file had been left alone for so long when it was sent (§8.8.2.2): a file that
/// is being written changes twice within a second, and clocks of a server and its disks differ.
const SETTLED: Duration = Duration::from_secs(60);
/// Longer than any tag in use; what is longer is not kept.
const LONGEST: usize = 512;

/// What tells one version of a file from another, as a reply said it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validator {
    /// `ETag`, quotes and all.
    pub etag: Option<String>,
    /// `Last-Modified`; with `W/` in front where the file was too young for a date to name its version.
    pub last_modified: Option<String>,
}

impl Validator {
    /// What a reply's head says.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let text = |name: HeaderName| Some(headers.get(name)?.to_str().ok()?.trim());
        let named = |text: &&str| !text.is_empty() && text.len() <= LONGEST;
        let modified = text(LAST_MODIFIED).filter(named);
        Self {
            etag: text(ETAG).filter(named).map(str::to_owned),
            last_modified: modified.map(|modified| dated(modified, text(DATE))),
        }
    }

    /// Whether a reply with `other` can be of the same version: nothing that both name differs. Equal strong tags decide
    /// alone, for the mirrors of one file differ in its date.
    #[must_use]
    pub fn agrees(&self, other: &Self) -> bool {
        let same = |a: &Option<String>, b: &Option<String>| match (a, b) {
            (Some(a), Some(b)) => opaque(a) == opaque(b),
            _ => true,
        };
        let tags = same(&self.etag, &other.etag);
        let strong = self.strong_tag().is_some() && self.strong_tag() == other.strong_tag();
        strong || (tags && same(&self.last_modified, &other.last_modified))
    }

    /// Whether `other` is the same version beyond doubt.
    #[must_use]
    pub fn proves(&self, other: &Self) -> bool {
        self.if_range().is_some() && self.if_range() == other.if_range()
    }

    /// The value for `If-Range`: a strong tag, else a strong date where there is no tag at all (§13.1.5). `None`: bytes have
    /// to be compared.
    #[must_use]
    pub fn if_range(&self) -> Option<&str> {
        let date = || {
            self.last_modified
                .as_deref()
                .filter(|_| self.etag.is_none())
        };
        self.strong_tag()
            .or_else(|| date().filter(|date| !date.starts_with(WEAK)))
    }

    fn strong_tag(&self) -> Option<&str> {
        let quoted = |tag: &&str| tag.len() >= 2 && tag.starts_with('"') && tag.ends_with('"');
        self.etag.as_deref().filter(quoted)
    }
}

/// `modified`, marked where it names no version for certain.
fn dated(modified: &str, date: Option<&str>) -> String {
    let second = |text: &str| {
        let date = jiff::fmt::rfc2822::parse(text).ok()?;
        Some(date.timestamp().as_second())
    };
    let settled = SETTLED.as_secs().cast_signed();
    let strong = match (second(modified), date.and_then(second)) {
        (Some(modified), Some(date)) => date.saturating_sub(modified) >= settled,
        _ => false,
    };
    if strong {
        modified.to_owned()
    } else {
        format!("{WEAK}{modified}")
    }
}

fn opaque(text: &str) -> &str {
    text.strip_prefix(WEAK).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(etag: Option<&str>, date: Option<&str>) -> Validator {
        Validator {
            etag: etag.map(str::to_owned),
            last_modified: date.map(str::to_owned),
        }
    }

    #[test]
    fn only_what_is_strong_asks_for_its_version() {
        for (etag, date, asked) in [
            (Some("\"a\""), Some("d"), Some("\"a\"")),
            (Some("W/\"a\""), Some("d"), None),
            (Some("a"), Some("d"), None),
            (Some("\""), None, None),
            (None, Some("d"), Some("d")),
            (None, Some("W/d"), None),
            (None, None, None),
        ] {
            assert_eq!(version(etag, date).if_range(), asked, "{etag:?} {date:?}");
        }
    }

    #[test]
    fn versions_agree_while_nothing_that_both_name_differs() {
        let (strong, weak) = (Some("\"1\""), Some("W/\"1\""));
        for (mine, theirs, agree, prove) in [
            (version(strong, None), version(None, Some("d")), true, false),
            (
                version(strong, Some("d")),
                version(Some("\"2\""), Some("d")),
                false,
                false,
            ),
            (
                version(strong, Some("d")),
                version(strong, Some("e")),
                true,
                true,
            ),
            (
                version(weak, Some("d")),
                version(strong, Some("d")),
                true,
                false,
            ),
            (
                version(weak, Some("d")),
                version(weak, Some("e")),
                false,
                false,
            ),
            (
                version(None, Some("W/d")),
                version(None, Some("d")),
                true,
                false,
            ),
            (
                version(None, Some("d")),
                version(None, Some("d")),
                true,
                true,
            ),
            (version(None, None), version(None, None), true, false),
        ] {
            assert_eq!(mine.agrees(&theirs), agree, "{mine:?} {theirs:?}");
            assert_eq!(theirs.agrees(&mine), agree, "{mine:?} {theirs:?}");
            assert_eq!(mine.proves(&theirs), prove, "{mine:?} {theirs:?}");
        }
    }

    #[test]
    fn a_date_is_strong_when_the_file_had_settled() {
        let of = |modified: &str, date: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(LAST_MODIFIED, modified.parse().unwrap());
            if let Some(date) = date {
                headers.insert(DATE, date.parse().unwrap());
            }
            Validator::of(&headers).if_range().is_some()
        };
        let modified = "Sat, 21 Nov 2026 12:00:00 GMT";
        assert!(of(modified, Some("Sat, 21 Nov 2026 12:01:00 GMT")));
        assert!(!of(modified, Some("Sat, 21 Nov 2026 12:00:59 GMT")));
        assert!(!of(modified, Some("Sat, 21 Nov 2026 11:00:00 GMT")));
        assert!(!of(modified, None));
        assert!(!of("yesterday", Some("Sat, 21 Nov 2026 12:01:00 GMT")));
    }

    #[test]
    fn what_is_longer_than_any_tag_is_not_kept() {
        let mut headers = HeaderMap::new();
        headers.insert(ETAG, format!("\"{}\"", "x".repeat(600)).parse().unwrap());
        assert_eq!(Validator::of(&headers), Validator::default());
    }
}
