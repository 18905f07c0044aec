//! How urgent bytes are.

/// How urgent bytes are, the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in super::super) enum Rank {
    /// P0: a reader waits for them.
    Waited,
    /// P1: a reader will want them within ten seconds.
    Soon,
    /// P2: the rest of the read-ahead window.
    Window,
    /// P3: the beginning and the end of the title that comes next.
    Next,
    /// P4: a download that somebody asked for.
    Download,
    /// P5: titles that may come later.
    Later,
    /// P6: the rest of what was begun.
    Fill,
}

impl Rank {
    const ALL: [Self; 7] = [
        Self::Waited,
        Self::Soon,
        Self::Window,
        Self::Next,
        Self::Download,
        Self::Later,
        Self::Fill,
    ];

    /// Nobody watches for it: it gives way to those who do.
    pub(in super::super) fn is_background(self) -> bool {
        self >= Self::Next
    }

    /// It shares what a playback leaves of the line.
    pub(in super::super) fn is_bulk(self) -> bool {
        self >= Self::Download
    }

    /// The rank of that number, as an atomic holds it.
    pub(in super::super) fn of_number(number: u8) -> Self {
        Self::ALL
            .get(usize::from(number))
            .copied()
            .unwrap_or(Self::Fill)
    }

    /// Its number.
    pub(in super::super) fn number(self) -> u8 {
        self as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rank_survives_its_number() {
        for (number, rank) in Rank::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(rank.number()), number);
            assert_eq!(Rank::of_number(rank.number()), rank);
        }
        assert!(Rank::ALL.is_sorted());
    }
}
