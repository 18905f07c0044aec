//! The actor's table: what is known of each resource, told to others.

use std::sync::Arc;

use super::super::checkpoint::Claim;
use super::super::class::{SamplePolicy, is_worth_keeping};
use super::super::key::CacheKey;
use super::super::{EntryState, Usage};
use super::{Actor, CHECKPOINT, DIRTY, Entry, Live};

impl Entry {
    pub(super) fn claim(&self) -> &Claim {
        match self {
            Self::Resting(claim) | Self::Opening(claim, ..) => claim,
            Self::Live(live) => &live.claim,
        }
    }

    pub(super) fn disk_bytes(&self) -> u64 {
        match self {
            Self::Live(live) => live.claim.disk_bytes.max(live.shared.ranges().bytes()),
            other => other.claim().disk_bytes,
        }
    }

    pub(super) fn state(&self) -> EntryState {
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
    /// Whether bytes that nobody waits for are worth fetching up to the end. Of a sample only what the read-ahead window
    /// asks for comes.
    pub(super) fn is_worth_filling(&self) -> bool {
        let size = self.shared.size().or(self.size_hint);
        is_worth_keeping(self.claim.watched, size, &SamplePolicy::default())
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
}
