//! What a child tells its parent, a line each.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use spool_engine::range::RangeSet;

use crate::titles::Title;

/// Which bytes of each title.
pub(crate) type Held = BTreeMap<Title, RangeSet>;

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Word {
    /// Every claim was read and compared; these are they.
    Checked(Held),
    /// What the cache says it has, now.
    Has(Held),
    /// A promise was broken.
    Violation(String),
    /// It has ended in good order.
    Ended,
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Checked(held) => write!(f, "checked{}", text(held)),
            Self::Has(held) => write!(f, "has{}", text(held)),
            Self::Violation(what) => write!(f, "violation {}", what.replace('\n', " ")),
            Self::Ended => f.write_str("ended"),
        }
    }
}

fn text(held: &Held) -> String {
    let mut text = String::new();
    for (title, ranges) in held {
        let hex = ranges.encode().iter().fold(String::new(), |mut hex, byte| {
            // Writing to a string cannot fail.
            write!(hex, "{byte:02x}").ok();
            hex
        });
        write!(text, " {}={hex}", title.name()).ok();
    }
    text
}

fn held(text: &str) -> Option<Held> {
    let mut held = Held::new();
    for word in text.split_whitespace() {
        let (name, hex) = word.split_once('=')?;
        let byte = |at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
        let bytes: Option<Vec<u8>> = (0..hex.len()).step_by(2).map(byte).collect();
        held.insert(Title::named(name)?, RangeSet::decode(&bytes?).ok()?);
    }
    Some(held)
}

impl Word {
    /// `None` for anything else, such as a line that a kill has cut.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb {
            "checked" => held(rest).map(Self::Checked),
            "has" => held(rest).map(Self::Has),
            "violation" => Some(Self::Violation(rest.to_owned())),
            "ended" => Some(Self::Ended),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use spool_engine::range::ByteRange;

    use super::*;

    #[test]
    fn a_word_survives_its_line() {
        let ranges: RangeSet = [ByteRange::new(3, 1 << 40), ByteRange::new(1 << 41, 1 << 42)]
            .into_iter()
            .collect();
        let held: Held = Title::all().map(|title| (title, ranges.clone())).collect();
        for word in [
            Word::Checked(held.clone()),
            Word::Has(Held::new()),
            Word::Violation("a b".into()),
            Word::Ended,
        ] {
            assert_eq!(Word::parse(&word.to_string()), Some(word));
        }
        assert_eq!(Word::parse("has title0=0"), None);
    }
}
