//! What the actor knows better than a row that somebody has just read from the index: claims that came to rest, and rows
//! that went, while the reading was under way.
//!
//! **Owns** these claims, as long as anybody reads. Without them a row read before a commit and judged after it would be
//! believed: a title pinned in between would be evicted, and one that had grown would lose its new bytes.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::checkpoint::Claim;
use super::super::key::CacheKey;
use super::{Actor, Entry};

/// Somebody reads the index. It is held from before the reading until the actor has dealt with the rows.
#[derive(Clone)]
pub(in super::super) struct Reading {
    _held: Arc<()>,
}

/// See the module.
#[derive(Default)]
pub(super) struct Latest {
    readings: Arc<()>,
    /// `None`: its row is gone.
    claims: HashMap<CacheKey, Option<Claim>>,
}

impl Latest {
    pub(super) fn begin_reading(&self) -> Reading {
        Reading {
            _held: self.readings.clone(),
        }
    }

    /// The index says this now. Who begins to read later sees it there.
    fn note(&mut self, key: &CacheKey, claim: Option<&Claim>) {
        if Arc::strong_count(&self.readings) > 1 {
            self.claims.insert(key.clone(), claim.cloned());
        } else {
            self.claims.clear();
        }
    }

    fn correct(&self, row: Claim) -> Option<Claim> {
        match self.claims.get(&row.key) {
            Some(claim) => claim.clone(),
            None => Some(row),
        }
    }
}

impl Actor {
    /// A claim that the index has rests from now on.
    pub(super) fn learn(&mut self, claim: &Claim) {
        self.resting.learn(claim);
        self.latest.note(&claim.key, Some(claim));
    }

    /// The index has taken these rows out.
    pub(super) fn forgotten<'a>(&mut self, keys: impl IntoIterator<Item = &'a CacheKey>) {
        keys.into_iter().for_each(|key| self.latest.note(key, None));
    }

    /// What holds now of a resource whose row was read a moment ago, `None` when it is gone. Of what is open the row is as
    /// good as any: whoever has it open decides.
    pub(super) fn current(&self, row: Claim) -> Option<Claim> {
        match self.entries.get(&row.key) {
            Some(Entry::Unsaid(claim)) => Some(claim.clone()),
            Some(_) => Some(row),
            None if self.is_removed(&row.key) => None,
            None => self.latest.correct(row),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::key::Generation;
    use super::*;
    use crate::model::{AccountId, ItemId, PartId};

    fn key() -> CacheKey {
        let account: AccountId = "abc".parse().unwrap();
        PartId::new(ItemId::new(account, "x"), "p").into()
    }

    fn claim(key: &CacheKey, pinned: bool) -> Claim {
        Claim {
            pinned,
            ..Claim::fresh(key.clone(), Generation::random())
        }
    }

    #[test]
    fn a_row_read_before_a_commit_is_corrected_until_the_reader_is_done() {
        let key = key();
        let (old, new) = (claim(&key, false), claim(&key, true));
        let mut latest = Latest::default();
        let reading = latest.begin_reading();
        assert_eq!(latest.correct(old.clone()), Some(old.clone()));
        latest.note(&key, Some(&new));
        assert_eq!(latest.correct(old.clone()), Some(new));
        latest.note(&key, None);
        assert_eq!(latest.correct(old.clone()), None);
        drop(reading);
        latest.note(&key, Some(&old));
        assert!(
            latest.claims.is_empty(),
            "nobody reads: nothing to remember"
        );
    }

    #[test]
    fn one_reader_who_is_done_takes_nothing_from_another() {
        let key = key();
        let mut latest = Latest::default();
        let (first, _second) = (latest.begin_reading(), latest.begin_reading());
        latest.note(&key, None);
        drop(first);
        latest.note(&key, None);
        assert_eq!(latest.correct(claim(&key, false)), None);
    }
}
