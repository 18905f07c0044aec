//! The name of one cached resource, and the name of the file that holds one generation of it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::model::{InvalidId, ItemId, PartId};

/// Names one cached resource: account, item, part. Never a URL, a range or a token.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CacheKey(PartId);

impl From<PartId> for CacheKey {
    fn from(part: PartId) -> Self {
        Self(part)
    }
}

impl CacheKey {
    /// The part whose bytes it names.
    #[must_use]
    pub fn part(&self) -> &PartId {
        &self.0
    }
}

/// `account:n:item:part`, where `n` is the length of `item` in bytes, because ids of servers may contain any sign.
/// [`FromStr`] reads it back.
impl fmt::Display for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let item = self.0.item();
        let (account, name) = (item.account(), item.key());
        write!(f, "{account}:{}:{name}:{}", name.len(), self.0.key())
    }
}

impl FromStr for CacheKey {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let (account, rest) = text.split_once(':').ok_or(InvalidId)?;
        let (length, rest) = rest.split_once(':').ok_or(InvalidId)?;
        let length: usize = length.parse().map_err(|_| InvalidId)?;
        let (item, rest) = rest.split_at_checked(length).ok_or(InvalidId)?;
        let part = rest.strip_prefix(':').ok_or(InvalidId)?;
        if item.is_empty() || part.is_empty() {
            return Err(InvalidId);
        }
        Ok(Self(PartId::new(ItemId::new(account.parse()?, item), part)))
    }
}

/// Names one version of a resource's bytes. Random and never used twice, so that a claim can never meet the file of
/// another version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Generation(u128);

impl Generation {
    /// A new one.
    #[must_use]
    pub fn random() -> Self {
        Self(rand::random())
    }

    /// That of no file.
    pub(super) const fn none() -> Self {
        Self(0)
    }

    /// The file of this generation below the cache's media folder: `aa/<32 hex digits>.data`.
    pub(super) fn path(self, media: &Path) -> PathBuf {
        let name = self.to_string();
        media.join(&name[..2]).join(format!("{name}.data"))
    }

    /// The file of its checksums, beside it.
    pub(super) fn sums_path(self, media: &Path) -> PathBuf {
        self.path(media).with_extension("crc")
    }

    /// The generation whose file has this name, if it is one of ours.
    pub(super) fn of_file_name(name: &str) -> Option<Self> {
        name.strip_suffix(".data")?.parse().ok()
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for Generation {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let ours = text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let number = ours.then(|| u128::from_str_radix(text, 16));
        number.and_then(Result::ok).map(Self).ok_or(InvalidId)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_its_text() {
        for (item, part) in [("a", "b"), ("x:y", "1:z"), ("päth/ü", "::"), ("7:7", "7")] {
            let key = CacheKey::from(PartId::new(ItemId::new("abc".parse().unwrap(), item), part));
            assert_eq!(key.to_string().parse::<CacheKey>().unwrap(), key);
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in [
            "",
            "abc",
            "abc:1",
            "abc:1:a",
            "abc:1:a:",
            "abc:9:a:b",
            "abc:x:a:b",
            "abc:0::b",
            "abc:1:ü:b",
        ] {
            assert_eq!(text.parse::<CacheKey>(), Err(InvalidId), "{text}");
        }
    }

    #[test]
    fn a_generation_survives_its_file_name() {
        let generation = Generation::random();
        let path = generation.path(Path::new("/m"));
        let name = path.file_name().unwrap().to_str().unwrap();
        assert_eq!(Generation::of_file_name(name), Some(generation));
        assert!(path.starts_with(Path::new("/m").join(&name[..2])));
        for name in ["x.data", "lock", "+1234567890123456789012345678901.data"] {
            assert_eq!(Generation::of_file_name(name), None, "{name}");
        }
    }
}
