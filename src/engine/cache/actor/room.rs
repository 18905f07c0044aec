//! The actor's room: what is dropped for new bytes, and when.

use std::sync::Arc;

use super::super::EntryState;
use super::super::command::Answer;
use super::super::error::CacheError;
use super::super::evict::{Candidate, Moment, victims};
use super::super::fetch::UNIT;
use super::super::key::{CacheKey, Generation};
use super::{Actor, Entry};
use crate::range::RangeSet;

/// Below this the disk counts as full for everybody else: older titles go first.
const KEEP_FREE: u64 = 64 << 20;

impl Actor {
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

    pub(super) fn delete(&self, generations: Vec<Generation>, then: Box<dyn FnOnce() + Send>) {
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
        let candidates = self.entries.values().map(|entry| {
            let moment = Moment {
                open: !matches!(entry, Entry::Resting(_)),
                ..Moment::default()
            };
            Candidate {
                key: entry.claim().key.clone(),
                disk_bytes: entry.disk_bytes(),
                last_use: entry.claim().last_use,
                fate: moment.fate(entry.claim()),
            }
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
