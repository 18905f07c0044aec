//! How much the cache may take, as people write it.

use std::str::FromStr;

use spool_engine::cache::Allowance;

/// "50G", "500M" or bytes, "20%" of the disk, or "auto".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Amount(pub(crate) Allowance);

impl FromStr for Amount {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "a limit looks like 50G, 500M, 1000000, 20% or auto";
        if let Ok(allowance) = text.to_ascii_lowercase().parse() {
            return Ok(Self(allowance));
        }
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let factor: u64 = match text[digits.len()..].to_ascii_uppercase().as_str() {
            "" | "B" => 1,
            "K" | "KB" => 1_000,
            "M" | "MB" => 1_000_000,
            "G" | "GB" => 1_000_000_000,
            "T" | "TB" => 1_000_000_000_000,
            _ => return Err(WRONG),
        };
        let number: u64 = digits.parse().map_err(|_| WRONG)?;
        let bytes = number.checked_mul(factor).ok_or(WRONG)?;
        Ok(Self(Allowance::Bytes(bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        let bytes = |bytes| Ok(Amount(Allowance::Bytes(bytes)));
        assert_eq!("50G".parse(), bytes(50_000_000_000));
        assert_eq!("500m".parse(), bytes(500_000_000));
        assert_eq!("12345".parse(), bytes(12345));
        assert_eq!("20%".parse(), Ok(Amount(Allowance::Percent(20))));
        assert_eq!("Auto".parse(), Ok(Amount(Allowance::Auto)));
        for wrong in ["", "G", "-1", "1.5G", "5X", "0%", "101%", "99999999999T"] {
            assert!(wrong.parse::<Amount>().is_err(), "{wrong}");
        }
    }
}
