//! Whom to drop when room is needed, and why: whole resources, in an order that a person would agree with. Pure.

use super::checkpoint::Claim;
use super::class::{Class, SamplePolicy, is_worth_keeping};
use super::key::CacheKey;

/// Why a resource would go, in the order in which they go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Turn {
    /// Its row holds no bytes any more, but its file takes room.
    Leftover = 0,
    /// It was fetched ahead, and nobody has opened it.
    NeverOpened = 1,
    /// It was watched to the end.
    Watched = 2,
    /// It was looked into, and closed before it was worth keeping.
    Sampled = 3,
    /// It is among those that were not used for the longest time.
    LongestUnused = 4,
}

/// Why a resource stays, whatever room is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stay {
    /// It is kept for good.
    Kept,
    /// It is pinned.
    Pinned,
    /// Somebody reads it.
    Open,
    /// Bytes of it are arriving.
    Arriving,
    /// It is one of the next in the queue.
    Queued,
}

/// What becomes of a resource when room is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fate {
    /// It goes, for this reason.
    Goes(Turn),
    /// It was closed a moment ago: it goes only when nothing else is left.
    GoesLast(Turn),
    /// It stays.
    Stays(Stay),
}

impl Turn {
    /// The turn of what `claim` describes, as far as the claim alone says.
    ///
    /// # Errors
    /// [`Stay::Kept`] or [`Stay::Pinned`], when it does not go at all.
    pub fn of(claim: &Claim) -> Result<Self, Stay> {
        let worth = is_worth_keeping(claim.watched, claim.size, &SamplePolicy::default());
        match claim.class {
            Class::Kept => Err(Stay::Kept),
            _ if claim.pinned => Err(Stay::Pinned),
            _ if claim.ranges.is_empty() => Ok(Self::Leftover),
            Class::Prefetch => Ok(Self::NeverOpened),
            Class::Stream
                if claim
                    .watched
                    .is_some_and(super::class::Watched::is_finished) =>
            {
                Ok(Self::Watched)
            }
            Class::Stream if !worth => Ok(Self::Sampled),
            Class::Stream => Ok(Self::LongestUnused),
        }
    }
}

/// What is known of a resource only while the program runs.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Moment {
    pub open: bool,
    pub arriving: bool,
    pub queued: bool,
    pub just_closed: bool,
}

impl Moment {
    /// The fate of what `claim` describes, at this moment.
    pub(super) fn fate(self, claim: &Claim) -> Fate {
        match Turn::of(claim) {
            Err(stay) => Fate::Stays(stay),
            Ok(_) if self.open => Fate::Stays(Stay::Open),
            Ok(_) if self.arriving => Fate::Stays(Stay::Arriving),
            Ok(_) if self.queued => Fate::Stays(Stay::Queued),
            Ok(turn) if self.just_closed => Fate::GoesLast(turn),
            Ok(turn) => Fate::Goes(turn),
        }
    }
}

/// A resource, as the choice sees it.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub key: CacheKey,
    pub disk_bytes: u64,
    pub last_use: u64,
    pub fate: Fate,
}

impl Candidate {
    /// Where it stands in the order; `None` when it stays.
    pub(super) fn order(&self) -> Option<(bool, Turn, u64)> {
        match self.fate {
            Fate::Goes(turn) => Some((false, turn, self.last_use)),
            Fate::GoesLast(turn) => Some((true, turn, self.last_use)),
            Fate::Stays(_) => None,
        }
    }
}

/// The first in order that bring at least `excess` bytes, and no more of them than needed; all that may go, where they
/// do not suffice. What takes no room is not touched.
pub(super) fn victims(mut candidates: Vec<Candidate>, excess: u64) -> Vec<CacheKey> {
    candidates.retain(|candidate| candidate.order().is_some() && candidate.disk_bytes > 0);
    candidates.sort_by_key(Candidate::order);
    let mut freed = 0;
    let first = candidates.into_iter().take_while(|candidate| {
        let needed = freed < excess;
        freed += candidate.disk_bytes;
        needed
    });
    first.map(|candidate| candidate.key).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::super::class::Watched;
    use super::super::key::Generation;
    use super::*;
    use crate::model::{ItemId, PartId};
    use crate::range::ByteRange;

    fn key(index: usize) -> CacheKey {
        let account: crate::model::AccountId = "abc".parse().unwrap();
        PartId::new(ItemId::new(account, format!("{index}")), "p").into()
    }

    fn claim(change: impl FnOnce(&mut Claim)) -> Claim {
        let mut claim = Claim::fresh(key(0), Generation::random());
        claim.size = Some(1 << 30);
        claim.ranges.insert(ByteRange::new(0, 100));
        change(&mut claim);
        claim
    }

    fn watched(ppm: u32, seconds: u64) -> Option<Watched> {
        let time = Duration::from_secs(seconds);
        Some(Watched { ppm, time })
    }

    #[test]
    fn every_claim_has_its_turn() {
        let turn = |change: fn(&mut Claim)| Turn::of(&claim(change));
        assert_eq!(turn(|_| {}), Ok(Turn::LongestUnused));
        assert_eq!(turn(|one| one.class = Class::Kept), Err(Stay::Kept));
        assert_eq!(turn(|one| one.pinned = true), Err(Stay::Pinned));
        assert_eq!(
            turn(|one| one.ranges = Default::default()),
            Ok(Turn::Leftover)
        );
        assert_eq!(
            turn(|one| one.class = Class::Prefetch),
            Ok(Turn::NeverOpened)
        );
        assert_eq!(
            turn(|one| one.watched = watched(900_000, 1)),
            Ok(Turn::Watched)
        );
        assert_eq!(turn(|one| one.watched = watched(10, 1)), Ok(Turn::Sampled));
        assert_eq!(
            turn(|one| one.watched = watched(10, 120)),
            Ok(Turn::LongestUnused)
        );
        assert_eq!(
            turn(|one| one.watched = watched(50_000, 1)),
            Ok(Turn::LongestUnused)
        );
    }

    #[test]
    fn the_moment_shields_what_is_in_use() {
        let now = Moment::default();
        let stream = claim(|_| {});
        assert_eq!(now.fate(&stream), Fate::Goes(Turn::LongestUnused));
        let fate = |moment: Moment| moment.fate(&stream);
        assert_eq!(fate(Moment { open: true, ..now }), Fate::Stays(Stay::Open));
        assert_eq!(
            fate(Moment {
                arriving: true,
                ..now
            }),
            Fate::Stays(Stay::Arriving)
        );
        assert_eq!(
            fate(Moment {
                queued: true,
                ..now
            }),
            Fate::Stays(Stay::Queued)
        );
        let closed = Moment {
            just_closed: true,
            ..now
        };
        assert_eq!(fate(closed), Fate::GoesLast(Turn::LongestUnused));
        let kept = claim(|one| one.class = Class::Kept);
        assert_eq!(closed.fate(&kept), Fate::Stays(Stay::Kept));
    }

    #[test]
    fn turns_come_before_uses_and_what_takes_no_room_stays() {
        let one = |index, disk_bytes, last_use, fate| Candidate {
            key: key(index),
            disk_bytes,
            last_use,
            fate,
        };
        let candidates = vec![
            one(0, 10, 1, Fate::Stays(Stay::Open)),
            one(1, 10, 2, Fate::GoesLast(Turn::Leftover)),
            one(2, 10, 9, Fate::Goes(Turn::Sampled)),
            one(3, 0, 1, Fate::Goes(Turn::Leftover)),
            one(4, 10, 5, Fate::Goes(Turn::LongestUnused)),
            one(5, 10, 4, Fate::Goes(Turn::LongestUnused)),
        ];
        let order = [2, 5, 4, 1].map(key);
        assert_eq!(victims(candidates.clone(), 1000), order);
        assert_eq!(victims(candidates.clone(), 20), order[..2]);
        assert_eq!(victims(candidates.clone(), 21), order[..3]);
        assert_eq!(victims(candidates, 0), []);
    }

    fn fates() -> impl Strategy<Value = Fate> {
        let turn = prop_oneof![
            Just(Turn::Leftover),
            Just(Turn::NeverOpened),
            Just(Turn::Watched),
            Just(Turn::Sampled),
            Just(Turn::LongestUnused),
        ];
        let stay = prop_oneof![
            Just(Stay::Kept),
            Just(Stay::Pinned),
            Just(Stay::Open),
            Just(Stay::Arriving),
            Just(Stay::Queued),
        ];
        prop_oneof![
            4 => turn.clone().prop_map(Fate::Goes),
            1 => turn.prop_map(Fate::GoesLast),
            2 => stay.prop_map(Fate::Stays),
        ]
    }

    proptest! {
        #[test]
        fn the_first_in_order_go_and_no_more_than_needed(
            entries in prop::collection::vec((0..100_u64, any::<u64>(), fates()), 0..20), excess in 0..800_u64
        ) {
            let candidates: Vec<_> = entries.iter().enumerate().map(|(index, (bytes, last, fate))| Candidate {
                key: key(index),
                disk_bytes: *bytes,
                last_use: *last,
                fate: *fate,
            }).collect();
            let gone = victims(candidates.clone(), excess);
            let find = |key: &CacheKey| candidates.iter().find(|one| one.key == *key).unwrap();
            let freed: u64 = gone.iter().map(|key| find(key).disk_bytes).sum();
            prop_assert!(gone.iter().all(|key| !matches!(find(key).fate, Fate::Stays(_))));
            let stays: Vec<_> = candidates.iter()
                .filter(|one| one.order().is_some() && one.disk_bytes > 0 && !gone.contains(&one.key)).collect();
            prop_assert!(freed >= excess || stays.is_empty(), "all that may go, if it must");
            if let Some(last) = gone.last() {
                prop_assert!(freed - find(last).disk_bytes < excess, "one too many");
                prop_assert!(stays.iter().all(|one| one.order() >= find(last).order()));
            }
        }
    }
}
