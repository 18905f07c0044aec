//! What the end of the last run means for the claims of this one. Pure.
//!
//! A program that is killed loses nothing that it has claimed: the bytes were synced first, and the system lives on. A
//! computer that stops abruptly may have lied about what it synced. Such an *unclean boot* begins a new *era*: a claim of an
//! older era is believed only where its file has data, and belongs to the new era once it has been looked at.

/// What the cache notes about itself in its index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Note {
    /// Names the boot of the computer in which this was written.
    pub boot: String,
    /// The run has ended in good order.
    pub orderly: bool,
    /// Unclean boots so far.
    pub era: u64,
    /// Blocks of kept titles that were found damaged so far, and fetched again.
    pub damaged_blocks: u64,
}

/// The note of a run that begins in `boot`, after the one that left `last`.
pub(super) fn begin(last: Option<Note>, boot: String) -> Note {
    let last = last.unwrap_or_else(|| Note {
        orderly: true,
        ..Note::default()
    });
    let unclean = !last.orderly && last.boot != boot;
    Note {
        boot,
        orderly: false,
        era: last.era + u64::from(unclean),
        ..last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(boot: &str, orderly: bool, era: u64) -> Note {
        Note {
            boot: boot.into(),
            orderly,
            era,
            damaged_blocks: 3,
        }
    }

    #[test]
    fn only_an_abrupt_end_of_the_computer_begins_an_era() {
        let first = begin(None, "a".into());
        assert_eq!((first.era, first.orderly), (0, false));
        for (last, era) in [
            (note("a", true, 5), 5),
            (note("a", false, 5), 5),
            (note("b", true, 5), 5),
            (note("b", false, 5), 6),
        ] {
            assert_eq!(begin(Some(last), "a".into()), note("a", false, era));
        }
    }
}
