//! Newtypes for identities. A server's ids are opaque strings that collide between servers, so every id below an
//! account contains its [`AccountId`].

use std::fmt;
use std::str::FromStr;

/// One signed-in user on one server, or one local folder. Made by us: 12 lower-case hex digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId(String);

impl AccountId {
    /// A new random id.
    #[must_use]
    pub fn random() -> Self {
        Self(format!("{:012x}", rand::random::<u64>() >> 16))
    }

    /// The id's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is not an id of the expected kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id")]
pub struct InvalidId;

impl FromStr for AccountId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let valid =
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        valid.then(|| Self(text.to_owned())).ok_or(InvalidId)
    }
}

macro_rules! scoped_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name {
            account: AccountId,
            key: String,
        }

        impl $name {
            /// The id of what `account`'s source calls `key`.
            #[must_use]
            pub fn new(account: AccountId, key: impl Into<String>) -> Self {
                Self { account, key: key.into() }
            }

            /// The account it belongs to.
            #[must_use]
            pub fn account(&self) -> &AccountId {
                &self.account
            }

            /// The source's own opaque key.
            #[must_use]
            pub fn key(&self) -> &str {
                &self.key
            }
        }

        /// `account:key`, the form that [`FromStr`] reads back.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}:{}", self.account, self.key)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let (account, key) = text.split_once(':').ok_or(InvalidId)?;
                if key.is_empty() {
                    return Err(InvalidId);
                }
                Ok(Self::new(account.parse()?, key))
            }
        }
    };
}

scoped_id!(
    /// A library (view, section, folder) of a source.
    LibraryId
);
scoped_id!(
    /// A film, show, season, episode, album, track…
    ItemId
);
scoped_id!(
    /// A picture of a source. Its key is the source's business (for Jellyfin `item/Primary/tag`); a changed picture
    /// has a changed key, so pictures are cached for ever under it.
    ImageId
);

/// One playable file of an item: a version, a media source, or one file of several.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PartId {
    item: ItemId,
    key: String,
}

impl PartId {
    /// The part that the item's source calls `key`.
    #[must_use]
    pub fn new(item: ItemId, key: impl Into<String>) -> Self {
        Self {
            item,
            key: key.into(),
        }
    }

    /// The item it belongs to.
    #[must_use]
    pub fn item(&self) -> &ItemId {
        &self.item
    }

    /// The source's own opaque key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_id_survives_its_text() {
        let id = ItemId::new("abc123".parse().unwrap(), "tz9T8A:S2E01");
        assert_eq!(id.to_string().parse::<ItemId>().unwrap(), id);
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in ["", ":", "abc", "abc:", "a/b:c", ":x"] {
            assert_eq!(text.parse::<ItemId>(), Err(InvalidId), "{text}");
        }
    }
}
