//! What is told of a cached resource: its state as it changes, and on demand all that is known of it.
//!
//! **Does not know** how it is found out. Snapshots: shared, never changed.

use std::sync::Arc;

use super::checkpoint::Claim;
use super::class::{Class, Watched};
use super::evict::Fate;
use super::key::{CacheKey, Generation};
use crate::range::RangeSet;

/// What is known of one cached resource; published at most 4 times a second.
#[derive(Clone, Debug)]
pub struct EntryState {
    /// Which one.
    pub key: CacheKey,
    /// Its size in bytes, once known.
    pub size: Option<u64>,
    /// Which bytes are here.
    pub ranges: RangeSet,
    /// Bytes are arriving now.
    pub arriving: bool,
    /// Open readers.
    pub readers: usize,
    /// Bytes allocated on the disk.
    pub disk_bytes: u64,
    /// Order of last use: larger is later.
    pub last_use: u64,
    /// What the bytes are for.
    pub class: Class,
    /// Whether the user wants it left alone.
    pub pinned: bool,
}

impl EntryState {
    /// As a claim says it.
    pub(super) fn of(claim: &Claim) -> Self {
        Self {
            key: claim.key.clone(),
            size: claim.size,
            ranges: claim.ranges.clone(),
            arriving: false,
            readers: 0,
            disk_bytes: claim.disk_bytes,
            last_use: claim.last_use,
            class: claim.class,
            pinned: claim.pinned,
        }
    }

    /// Nothing of it is here any more.
    pub(super) fn gone(key: CacheKey) -> Self {
        Self::of(&Claim::fresh(key, Generation::none()))
    }
}

/// All that is known of one cached resource.
#[derive(Clone, Debug)]
pub struct Record {
    /// What is told to everybody.
    pub state: Arc<EntryState>,
    /// `ETag` of its server's reply, as sent.
    pub etag: Option<String>,
    /// `Last-Modified` of its server's reply, as sent.
    pub last_modified: Option<String>,
    /// The version that the library knows.
    pub fingerprint: Option<String>,
    /// How much of it was watched; `None` where nobody follows that.
    pub watched: Option<Watched>,
    /// What becomes of it when room is needed.
    pub fate: Fate,
}

impl Record {
    pub(super) fn of(claim: &Claim, fate: Fate) -> Self {
        Self {
            state: Arc::new(EntryState::of(claim)),
            etag: claim.etag.clone(),
            last_modified: claim.last_modified.clone(),
            fingerprint: claim.fingerprint.clone(),
            watched: claim.watched,
            fate,
        }
    }

    /// Its place in the order in which resources go; `None` when it stays.
    #[must_use]
    pub fn order(&self) -> Option<(bool, super::evict::Turn, u64)> {
        match self.fate {
            Fate::Goes(turn) => Some((false, turn, self.state.last_use)),
            Fate::GoesLast(turn) => Some((true, turn, self.state.last_use)),
            Fate::Stays(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::evict::{Stay, Turn};
    use super::*;

    #[test]
    fn the_list_goes_from_who_goes_first_to_who_stays() {
        let of = |fate, last_use| {
            let key: CacheKey = "abc:1:a:b".parse().unwrap();
            let claim = Claim {
                last_use,
                ..Claim::fresh(key, Generation::none())
            };
            Record::of(&claim, fate)
        };
        let records = [
            of(Fate::Goes(Turn::Watched), 9),
            of(Fate::Goes(Turn::LongestUnused), 3),
            of(Fate::Goes(Turn::LongestUnused), 4),
            of(Fate::GoesLast(Turn::NeverOpened), 1),
        ];
        let orders: Vec<_> = records.iter().map(Record::order).collect();
        assert!(orders.iter().all(Option::is_some) && orders.is_sorted());
        assert_eq!(of(Fate::Stays(Stay::Pinned), 0).order(), None);
    }
}
