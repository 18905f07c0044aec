//! How much of a title is on this device.

/// How much of a title is on this device: what a badge shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Presence {
    /// Nothing.
    #[default]
    None,
    /// Some of it.
    Partly {
        /// Share of the bytes that is here, 1 to 999 thousandths.
        permille: u16,
        /// Bytes are arriving now.
        arriving: bool,
    },
    /// All of it; plays without the network.
    Whole,
    /// Of a show, season or album: so many of its children are wholly here.
    Children {
        /// Children wholly here; at least 1 and less than `of`, or another child is partly here.
        here: u32,
        /// All children.
        of: u32,
    },
}

impl Presence {
    /// The presence of a file of `size` bytes of which `present` are here. Never says *whole* or *nothing* by rounding.
    #[must_use]
    pub fn of_bytes(present: u64, size: Option<u64>, arriving: bool) -> Self {
        match size {
            _ if present == 0 => Self::None,
            Some(size) if present >= size => Self::Whole,
            Some(size) => {
                let permille = u128::from(present) * 1000 / u128::from(size);
                let permille = u16::try_from(permille).unwrap_or(999).clamp(1, 999);
                Self::Partly { permille, arriving }
            }
            None => Self::Partly {
                permille: 1,
                arriving,
            },
        }
    }

    /// The presence of several files together, each told by the bytes of it that are here, its size, and whether bytes arrive.
    #[must_use]
    pub fn of_files(files: impl IntoIterator<Item = (u64, Option<u64>, bool)>) -> Self {
        let (mut here, mut all, mut arrives) = (0_u64, Some(0_u64), false);
        for (present, size, arriving) in files {
            here = here.saturating_add(size.map_or(present, |size| present.min(size)));
            all = all.and_then(|all| Some(all.saturating_add(size?)));
            arrives |= arriving;
        }
        Self::of_bytes(here, all, arrives)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_never_claims_all_or_nothing() {
        let partly = |permille| Presence::Partly {
            permille,
            arriving: false,
        };
        assert_eq!(Presence::of_bytes(0, Some(10), false), Presence::None);
        assert_eq!(Presence::of_bytes(1, Some(u64::MAX), false), partly(1));
        assert_eq!(
            Presence::of_bytes(u64::MAX - 1, Some(u64::MAX), false),
            partly(999)
        );
        assert_eq!(Presence::of_bytes(10, Some(10), false), Presence::Whole);
    }

    #[test]
    fn several_files_are_whole_when_each_is() {
        let partly = |permille, arriving| Presence::Partly { permille, arriving };
        let of = |files: &[(u64, Option<u64>, bool)]| Presence::of_files(files.iter().copied());
        assert_eq!(
            of(&[(10, Some(10), false), (30, Some(30), false)]),
            Presence::Whole
        );
        assert_eq!(
            of(&[(10, Some(10), false), (0, Some(30), true)]),
            partly(250, true)
        );
        // More of one than it is long is nothing of the other.
        assert_eq!(
            of(&[(99, Some(10), false), (29, Some(30), false)]),
            partly(975, false)
        );
        assert_eq!(
            of(&[(10, Some(10), false), (0, None, false)]),
            partly(1, false)
        );
        assert_eq!(
            of(&[(0, Some(10), false), (0, None, false)]),
            Presence::None
        );
    }
}
