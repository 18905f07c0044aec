//! Whom to drop: whole resources, the longest unused first, never one that is open. Pure.

use super::key::CacheKey;

/// A resource, as the choice sees it.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub key: CacheKey,
    pub disk_bytes: u64,
    pub last_use: u64,
    pub open: bool,
}

/// The fewest oldest victims that bring at least `excess` bytes; all that may go, where they do not suffice.
pub(super) fn victims(mut candidates: Vec<Candidate>, excess: u64) -> Vec<CacheKey> {
    candidates.retain(|candidate| !candidate.open && candidate.disk_bytes > 0);
    candidates.sort_by_key(|candidate| candidate.last_use);
    let mut freed = 0;
    let oldest = candidates.into_iter().take_while(|candidate| {
        let needed = freed < excess;
        freed += candidate.disk_bytes;
        needed
    });
    oldest.map(|candidate| candidate.key).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{ItemId, PartId};

    proptest! {
        #[test]
        fn the_oldest_go_and_no_more_than_needed(
            entries in prop::collection::vec((1..100_u64, any::<u64>(), any::<bool>()), 0..20), excess in 0..800_u64
        ) {
            let account: crate::model::AccountId = "abc".parse().unwrap();
            let candidates: Vec<_> = entries.iter().enumerate().map(|(index, (bytes, last, open))| Candidate {
                key: PartId::new(ItemId::new(account.clone(), format!("{index}")), "p").into(),
                disk_bytes: *bytes,
                last_use: *last,
                open: *open,
            }).collect();
            let gone = victims(candidates.clone(), excess);
            let find = |key: &CacheKey| candidates.iter().find(|one| one.key == *key).unwrap();
            let freed: u64 = gone.iter().map(|key| find(key).disk_bytes).sum();
            prop_assert!(gone.iter().all(|key| !find(key).open));
            if let Some(last) = gone.last() {
                prop_assert!(freed - find(last).disk_bytes < excess, "one too many");
                for stays in candidates.iter().filter(|one| !one.open && !gone.contains(&one.key)) {
                    prop_assert!(stays.last_use >= find(last).last_use);
                    prop_assert!(freed >= excess);
                }
            }
        }
    }
}
