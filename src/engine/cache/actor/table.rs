//! The actor's book-keeping: states for others, claims for the index, room for new bytes.

use std::sync::Arc;

use super::super::checkpoint::Claim;
use super::super::command::{Answer, Command};
use super::super::error::CacheError;
use super::super::evict::{Candidate, victims};
use super::super::fetch::UNIT;
use super::super::key::{CacheKey, Generation};
use super::super::{EntryState, Usage};
use super::{Actor, CHECKPOINT, DIRTY, Entry, Live};
use crate::range::RangeSet;
use tokio::time::Instant;

/// Below this the disk counts as full for everybody else: older titles go first.
const KEEP_FREE: u64 = 64 << 20;

impl Entry {
    fn claim(&self) -> &Claim {
        match self {
            Self::Resting(claim) | Self::Opening(claim, ..) => claim,
            Self::Live(live) => &live.claim,
        }
    }

    fn disk_bytes(&self) -> u64 {
        match self {
            Self::Live(live) => live.claim.disk_bytes.max(live.shared.ranges().bytes()),
            other => other.claim().disk_bytes,
        }
    }

    fn state(&self) -> EntryState {
        let claim = self.claim();
        let mut state = EntryState {
            key: claim.key.clone(),
            size: claim.size,
            ranges: claim.ranges.clone(),
            arriving: false,
            readers: 0,
            disk_bytes: self.disk_bytes(),
            last_use: claim.last_use,
        };
        if let Self::Live(live) = self {
            state.size = live.shared.size().or(live.size_hint);
            state.ranges = live.shared.ranges();
            state.arriving = !live.runs.is_empty();
            state.readers = live.readers;
        }
        state
    }
}

impl Live {
    /// What may be claimed once all that is written now is durable.
    fn claim_now(&self) -> Claim {
        let origin = self.shared.origin();
        Claim {
            ranges: self.shared.ranges(),
            size: self.shared.size().filter(|_| origin.certain),
            etag: origin.version.etag,
            last_modified: origin.version.last_modified,
            ..self.claim.clone()
        }
    }
}

impl Actor {
    pub(super) fn claim(&self, key: &CacheKey) -> Option<&Claim> {
        self.entries.get(key).map(Entry::claim)
    }

    pub(super) fn states(&self) -> Vec<Arc<EntryState>> {
        let states = self.entries.values().map(Entry::state);
        let mut states: Vec<_> = states
            .filter(|state| !state.ranges.is_empty())
            .map(Arc::new)
            .collect();
        states.sort_by_key(|state| std::cmp::Reverse(state.last_use));
        states
    }

    pub(super) fn used(&self) -> u64 {
        self.entries.values().map(Entry::disk_bytes).sum()
    }

    pub(super) fn usage(&self) -> Usage {
        Usage {
            entries: self.states().len() as u64,
            disk_bytes: self.used(),
            limit: self.parts.limit,
        }
    }

    pub(super) fn tick(&mut self) {
        let mut wanting = Vec::new();
        let states = &self.parts.states;
        for entry in self.entries.values_mut() {
            let Entry::Live(live) = entry else { continue };
            let version = live.shared.version();
            if live.published != version {
                live.published = version;
                states.send(Arc::new(entry.state())).ok();
            }
            let Entry::Live(live) = entry else { continue };
            if !live.shared.waiters().is_empty() || (live.runs.is_empty() && live.readers > 0) {
                wanting.push((live.shared.key.clone(), live.shared.generation));
            }
        }
        for (key, generation) in wanting {
            self.plan(&key, generation);
        }
        let dirty = |entry: &Entry| match entry {
            Entry::Live(live) => live.shared.written() - live.claimed.1,
            _ => 0,
        };
        let dirty: u64 = self.entries.values().map(dirty).sum();
        if dirty >= DIRTY || self.closed || self.last_checkpoint.elapsed() >= CHECKPOINT {
            self.checkpoint();
        }
    }

    // --- claims ---

    /// Writes down what changed: the ranges of now, after all that they speak of is durable.
    pub(super) fn checkpoint(&mut self) {
        if self.committing {
            return;
        }
        let mut batch = Vec::new();
        for entry in self.entries.values_mut() {
            let Entry::Live(live) = entry else { continue };
            let now = (live.shared.version(), live.shared.written());
            let closes = live.readers == 0 && live.runs.is_empty();
            if now != live.claimed || closes {
                live.claimed = now;
                batch.push((live.shared.clone(), live.claim_now()));
            }
        }
        self.closed = false;
        let removed: Vec<_> = self.removed.drain().collect();
        if batch.is_empty() && removed.is_empty() {
            return;
        }
        self.committing = true;
        self.last_checkpoint = Instant::now();
        let (index, myself) = (self.parts.index.clone(), self.myself.clone());
        let runtime = self.parts.runtime.clone();
        self.parts.runtime.spawn(async move {
            let synced = runtime.spawn_blocking(move || {
                let durable = |(shared, mut claim): (Arc<super::EntryShared>, Claim)| {
                    let synced = shared.sync();
                    claim.disk_bytes = shared.disk_bytes();
                    synced.ok().map(|()| claim)
                };
                batch.into_iter().filter_map(durable).collect::<Vec<_>>()
            });
            let claims = synced.await.unwrap_or_default();
            let rows: Vec<_> = claims
                .iter()
                .filter(|claim| !claim.ranges.is_empty())
                .cloned()
                .collect();
            let result = index.commit(rows, removed).await;
            myself.send(Command::Committed(claims, result)).ok();
        });
    }

    pub(super) fn committed(
        &mut self,
        claims: Vec<Claim>,
        result: Result<(), super::super::IndexError>,
    ) {
        self.committing = false;
        let failed = result.is_err();
        if let Err(error) = result {
            tracing::warn!(%error, "claims could not be written down");
        }
        for claim in claims {
            let key = claim.key.clone();
            let Some(live) = self.live(&key, claim.generation) else {
                continue;
            };
            let last_use = live.claim.last_use;
            live.claim = Claim { last_use, ..claim };
            let (idle, now) = (
                live.readers == 0 && live.runs.is_empty(),
                live.shared.version(),
            );
            let settled = idle && live.claimed.0 == now;
            if failed {
                live.claimed = (u64::MAX, 0);
            }
            if settled {
                self.rest(&key);
            }
        }
    }

    /// Closes the file of what nobody reads; what holds nothing is forgotten.
    fn rest(&mut self, key: &CacheKey) {
        let Some(Entry::Live(live)) = self.entries.remove(key) else {
            return;
        };
        let entry = Entry::Resting(live.claim);
        self.parts.states.send(Arc::new(entry.state())).ok();
        if entry.claim().ranges.is_empty() {
            self.delete(vec![entry.claim().generation], Box::new(|| {}));
        } else {
            self.entries.insert(key.clone(), entry);
        }
    }

    // --- room ---

    /// Another version took its place: whoever reads this one may finish what is here.
    pub(super) fn retire(&mut self, key: &CacheKey) {
        let Some(entry) = self.entries.remove(key) else {
            return;
        };
        let generation = entry.claim().generation;
        match entry {
            Entry::Live(live) => {
                live.stop_runs();
                live.shared.end(CacheError::Changed);
            }
            Entry::Opening(_, _, askers) => {
                for asker in askers {
                    asker.answer.send(Err(CacheError::Changed)).ok();
                }
            }
            Entry::Resting(_) => {}
        }
        self.gone(key);
        self.delete(vec![generation], Box::new(|| {}));
    }

    fn gone(&mut self, key: &CacheKey) {
        self.removed.insert(key.clone());
        let state = EntryState {
            key: key.clone(),
            size: None,
            ranges: RangeSet::default(),
            arriving: false,
            readers: 0,
            disk_bytes: 0,
            last_use: 0,
        };
        self.parts.states.send(Arc::new(state)).ok();
    }

    fn delete(&self, generations: Vec<Generation>, then: Box<dyn FnOnce() + Send>) {
        let folder = self.parts.folder.clone();
        self.parts.runtime.spawn_blocking(move || {
            for generation in generations {
                folder.delete(generation);
            }
            then();
        });
    }

    /// Frees at least `excess` bytes where it can, and calls `then` when they are free. Returns how many they are.
    pub(super) fn evict(&mut self, excess: u64, then: Box<dyn FnOnce() + Send>) -> u64 {
        let candidates = self.entries.values().map(|entry| Candidate {
            key: entry.claim().key.clone(),
            disk_bytes: entry.disk_bytes(),
            last_use: entry.claim().last_use,
            open: !matches!(entry, Entry::Resting(_)),
        });
        let chosen = victims(candidates.collect(), excess);
        self.drop_resting(chosen, then)
    }

    fn drop_resting(&mut self, keys: Vec<CacheKey>, then: Box<dyn FnOnce() + Send>) -> u64 {
        let (mut freed, mut generations) = (0, Vec::new());
        for key in keys {
            if let Some(entry) = self.entries.remove(&key) {
                freed += entry.disk_bytes();
                generations.push(entry.claim().generation);
                self.gone(&key);
            }
        }
        self.delete(generations, then);
        freed
    }

    pub(super) fn clear(&mut self, key: Option<&CacheKey>, answer: Answer<u64>) {
        let resting = self
            .entries
            .values()
            .filter(|entry| matches!(entry, Entry::Resting(_)));
        let keys = resting.map(|entry| entry.claim().key.clone());
        let chosen: Vec<_> = keys
            .filter(|one| key.is_none_or(|key| key == one))
            .collect();
        let bytes: u64 = chosen
            .iter()
            .filter_map(|key| self.entries.get(key))
            .map(Entry::disk_bytes)
            .sum();
        self.drop_resting(chosen, Box::new(move || drop(answer.send(Ok(bytes)))));
    }

    /// Room for one more unit: the limit bends only for what is open, the disk for nobody.
    pub(super) fn reserve(&mut self, free: u64, full: bool, reply: Answer<()>) {
        let over = (self.used() + UNIT).saturating_sub(self.parts.limit);
        let lack = if full {
            UNIT
        } else {
            (UNIT + KEEP_FREE).saturating_sub(free)
        };
        let excess = over.max(lack);
        if excess == 0 {
            reply.send(Ok(())).ok();
            return;
        }
        let possible = self
            .entries
            .values()
            .any(|entry| matches!(entry, Entry::Resting(_)) && entry.disk_bytes() > 0);
        let answer = if full && !possible {
            Err(CacheError::DiskFull { needed: UNIT })
        } else {
            Ok(())
        };
        self.evict(excess, Box::new(move || drop(reply.send(answer))));
    }
}
