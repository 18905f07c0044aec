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
}
