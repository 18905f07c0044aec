//! What people and players say of a resource: pins, the share watched. It changes the claim, not the bytes.
//!
//! **Threads**: the actor's; a row is read by a task, and what was said while it was read is said again to what came of it.

use std::sync::Arc;
use std::time::Duration;

use super::super::EntryState;
use super::super::checkpoint::Claim;
use super::super::class::Class;
use super::super::command::{Answer, Command};
use super::super::key::CacheKey;
use super::{Actor, Entry};

/// One thing that was said.
#[derive(Clone, Copy, Debug)]
pub(in super::super) enum Change {
    /// It is pinned, or is not any more.
    Pin(bool),
    /// It is kept for good, or is not any more.
    Keep(bool),
    /// More of it was watched: the time since the last word, its running time, and whether its end was reached.
    Watched {
        more: Duration,
        duration: Option<Duration>,
        finished: bool,
    },
}

impl Change {
    /// Makes it so. Returns whether the claim is another one now.
    pub(super) fn apply(self, claim: &mut Claim) -> bool {
        let before = (claim.pinned, claim.watched, claim.class);
        match self {
            Self::Pin(pinned) => claim.pinned = pinned,
            Self::Keep(true) => claim.class = Class::Kept,
            Self::Keep(false) if claim.class == Class::Kept => claim.class = Class::Stream,
            Self::Keep(false) => {}
            Self::Watched {
                more,
                duration,
                finished,
            } => {
                // What was fetched before anybody watched was fetched for its own sake, and stays more than a sample.
                if claim.watched.is_some()
                    || claim.ranges.is_empty()
                    || claim.class == Class::Prefetch
                    || finished
                {
                    let watched = claim.watched.unwrap_or_default();
                    claim.watched = Some(watched.and(more, duration, finished));
                }
            }
        }
        (claim.pinned, claim.watched, claim.class) != before
    }
}

impl Actor {
    /// Applies a change, and answers whether there was something to change.
    pub(super) fn change(&mut self, key: CacheKey, change: Change, answer: Answer<bool>) {
        let removed = self.is_removed(&key);
        let moves = matches!(change, Change::Keep(_));
        match self.entries.get_mut(&key) {
            Some(Entry::Opening(opening)) => {
                opening.changes.push((change, answer));
                return;
            }
            Some(Entry::Moving(moving)) => {
                moving.stop();
                moving.changes.push((change, answer));
                return;
            }
            Some(Entry::Live(live)) => {
                if change.apply(&mut live.claim) {
                    live.unsaid();
                    live.published = u64::MAX;
                    if moves {
                        let (generation, class) = (live.claim.generation, live.claim.class);
                        self.place(generation, class);
                    }
                }
            }
            Some(Entry::Unsaid(claim)) => {
                if change.apply(claim) {
                    if moves {
                        self.misplaced.insert(claim.generation);
                    }
                    let state = EntryState::of(claim);
                    self.parts.states.send(Arc::new(state)).ok();
                }
            }
            None if removed => {
                answer.send(Ok(false)).ok();
                return;
            }
            None => {
                self.change_row(key, change, answer);
                return;
            }
        }
        answer.send(Ok(true)).ok();
    }

    fn change_row(&self, key: CacheKey, change: Change, answer: Answer<bool>) {
        let (index, myself) = (self.parts.index.clone(), self.myself.clone());
        let reading = self.latest.begin_reading();
        self.parts.runtime.spawn(async move {
            let row = index.get(&key).await.unwrap_or_default();
            let found = Command::Found(key, row.map(Box::new), change, answer, reading);
            myself.send(found).ok();
        });
    }

    /// The row of a resource that nobody had open when it was asked for.
    pub(super) fn found(
        &mut self,
        key: CacheKey,
        row: Option<Claim>,
        change: Change,
        answer: Answer<bool>,
    ) {
        if self.entries.contains_key(&key) || self.is_removed(&key) {
            self.change(key, change, answer);
            return;
        }
        let row = row.and_then(|row| self.current(row));
        let known = row.is_some();
        if let Some(mut claim) = row {
            let before = claim.clone();
            if change.apply(&mut claim) {
                self.resting.forget(&before);
                if matches!(change, Change::Keep(_)) {
                    self.misplaced.insert(claim.generation);
                }
                // Nobody has it open, whose tick would tell.
                let state = EntryState::of(&claim);
                self.parts.states.send(Arc::new(state)).ok();
                self.entries.insert(key, Entry::Unsaid(claim));
                self.closed = true;
            }
        }
        answer.send(Ok(known)).ok();
    }
}
