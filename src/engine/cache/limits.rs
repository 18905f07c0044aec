//! How much of a disk the cache may take. Pure.

use std::fmt;
use std::str::FromStr;

use super::storage::Space;

/// Largest cache where nobody has said otherwise.
const AUTO_MOST: u64 = 50_000_000_000;
/// Share of the disk where nobody has said otherwise.
const AUTO_PERCENT: u8 = 10;
/// So much is left free for others, or…
const WANTED_FREE: u64 = 5 << 30;
/// …this share of the disk where that is more, but never more than…
const WANTED_FREE_PERCENT: u64 = 5;
/// …this share, so that something fits on a tiny disk.
const MOST_FREE_PERCENT: u64 = 10;

/// What a person allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Allowance {
    /// A tenth of the disk, at most 50 GB.
    #[default]
    Auto,
    /// So many bytes.
    Bytes(u64),
    /// A share of the disk, 1 to 100.
    Percent(u8),
}

impl From<Option<u64>> for Allowance {
    fn from(bytes: Option<u64>) -> Self {
        bytes.map_or(Self::Auto, Self::Bytes)
    }
}

/// `auto`, `20%` or a number of bytes; [`FromStr`] reads it back.
impl fmt::Display for Allowance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Bytes(bytes) => write!(f, "{bytes}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

/// The text names no allowance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a limit of the cache")]
pub struct InvalidAllowance;

impl FromStr for Allowance {
    type Err = InvalidAllowance;

    fn from_str(text: &str) -> Result<Self, InvalidAllowance> {
        if text == "auto" {
            return Ok(Self::Auto);
        }
        let digits = text.strip_suffix('%').unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidAllowance);
        }
        let number: u64 = digits.parse().map_err(|_| InvalidAllowance)?;
        match u8::try_from(number) {
            _ if digits.len() == text.len() => Ok(Self::Bytes(number)),
            Ok(percent @ 1..=100) => Ok(Self::Percent(percent)),
            _ => Err(InvalidAllowance),
        }
    }
}

impl Space {
    fn percent(self, percent: u64) -> u64 {
        let share = u128::from(self.total) * u128::from(percent) / 100;
        u64::try_from(share).unwrap_or(u64::MAX)
    }

    /// What is left free for others: 5 GiB or 5 %, whichever is more, but at most a tenth.
    pub(super) fn wanted_free(self) -> u64 {
        let wanted = WANTED_FREE.max(self.percent(WANTED_FREE_PERCENT));
        wanted.min(self.percent(MOST_FREE_PERCENT))
    }
}

/// The limit in bytes: what is allowed, or less where more would leave the disk without its wanted free space. `used` is
/// what the cache takes now; where the disk cannot be asked, only what is allowed counts.
pub(super) fn limit(allowance: Allowance, space: Option<Space>, used: u64) -> u64 {
    let share = |percent: u8| space.map(|space| space.percent(u64::from(percent)));
    let allowed = match allowance {
        Allowance::Auto => share(AUTO_PERCENT).unwrap_or(AUTO_MOST).min(AUTO_MOST),
        Allowance::Bytes(bytes) => bytes,
        Allowance::Percent(percent) => share(percent).unwrap_or(AUTO_MOST),
    };
    let possible = space.map_or(u64::MAX, |space| {
        used.saturating_add(space.free)
            .saturating_sub(space.wanted_free())
    });
    allowed.min(possible)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_is_an_allowance_and_none_leaves_it_to_us() {
        assert_eq!(Allowance::from(Some(7)), Allowance::Bytes(7));
        assert_eq!(Allowance::from(None), Allowance::Auto);
    }

    const GB: u64 = 1_000_000_000;

    fn space(free: u64, total: u64) -> Option<Space> {
        Some(Space {
            free: free * GB,
            total: total * GB,
        })
    }

    #[test]
    fn by_itself_it_takes_a_tenth_and_at_most_50_gb() {
        assert_eq!(limit(Allowance::Auto, space(200, 250), 0), 25 * GB);
        assert_eq!(limit(Allowance::Auto, space(2000, 4000), 0), 50 * GB);
        assert_eq!(limit(Allowance::Auto, None, 0), 50 * GB);
    }

    #[test]
    fn what_a_person_says_holds() {
        assert_eq!(
            limit(Allowance::Bytes(300 * GB), space(900, 1000), 0),
            300 * GB
        );
        assert_eq!(limit(Allowance::Percent(40), space(900, 1000), 0), 400 * GB);
        assert_eq!(limit(Allowance::Bytes(7), space(900, 1000), 0), 7);
    }

    #[test]
    fn others_keep_their_space() {
        // 5 % of 1 TB are 50 GB: 70 GB are free, so 20 GB more than now are possible.
        assert_eq!(
            limit(Allowance::Bytes(300 * GB), space(70, 1000), 100 * GB),
            120 * GB
        );
        // Another program has taken what was to stay free: the cache gives it back.
        assert_eq!(
            limit(Allowance::Bytes(300 * GB), space(30, 1000), 100 * GB),
            80 * GB
        );
        assert_eq!(limit(Allowance::Auto, space(1, 1000), GB), 0);
    }

    #[test]
    fn a_tiny_disk_still_holds_something() {
        let tiny = Space {
            free: 90_000_000,
            total: 100_000_000,
        };
        assert_eq!(tiny.wanted_free(), 10_000_000);
        assert_eq!(limit(Allowance::Percent(50), Some(tiny), 0), 50_000_000);
    }

    #[test]
    fn an_allowance_survives_its_text() {
        for allowance in [
            Allowance::Auto,
            Allowance::Bytes(0),
            Allowance::Bytes(u64::MAX),
            Allowance::Percent(1),
            Allowance::Percent(100),
        ] {
            assert_eq!(allowance.to_string().parse(), Ok(allowance));
        }
        for wrong in [
            "",
            "%",
            "0%",
            "101%",
            "-1",
            "+5",
            "much",
            "5 %",
            "99999999999999999999",
        ] {
            assert_eq!(wrong.parse::<Allowance>(), Err(InvalidAllowance), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn it_is_the_smallest_of_all(bytes: u64, used: u64, free: u64, total: u64) {
            let space = Space { free, total };
            let limit = limit(Allowance::Bytes(bytes), Some(space), used);
            prop_assert!(limit <= bytes);
            prop_assert!(limit == bytes || limit == used.saturating_add(free).saturating_sub(space.wanted_free()));
        }
    }
}
