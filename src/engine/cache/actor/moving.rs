//! A change of folders: kept titles lie in the data folder, all others in the cache folder.
//!
//! On one file system a file gets another name, also while it is read and written. Between two its bytes are copied, once
//! nobody reads it; who comes meanwhile ends the copy, and it is tried again later. A program that ends in between finds the
//! file in either folder.
//!
//! **Threads**: names are changed and bytes copied on the blocking pool. **Cancellation**: a copy ends between two pieces
//! when it is told so, and leaves the file where it was.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::super::OpenRequest;
use super::super::checkpoint::Claim;
use super::super::class::Class;
use super::super::command::{Answer, Asker, Command};
use super::super::key::{CacheKey, Generation};
use super::{Actor, Change, Entry};

/// A resource whose bytes are being copied.
pub(super) struct Moving {
    pub claim: Claim,
    pub waiting: Vec<(OpenRequest, Asker)>,
    pub changes: Vec<(Change, Answer<bool>)>,
    stop: Arc<AtomicBool>,
}

impl Moving {
    /// Somebody wants it: the copy ends.
    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Release);
    }
}

impl Actor {
    /// Gives an open file the name that its class asks for, if that is all it needs.
    pub(super) fn place(&mut self, generation: Generation, class: Class) {
        self.misplaced.insert(generation);
        let (folder, myself) = (self.parts.folder.clone(), self.myself.clone());
        self.parts.runtime.spawn_blocking(move || {
            let kept = class == Class::Kept;
            let placed = folder.relocate(generation, kept, false, &AtomicBool::new(false));
            if placed.is_ok() {
                myself.send(Command::Placed(generation)).ok();
            }
        });
    }

    /// What nobody reads any more, and the index knows, rests; its file first goes where it belongs.
    pub(super) fn settle(&mut self, claim: Claim) {
        if !self.misplaced.contains(&claim.generation) {
            self.learn(&claim);
            return;
        }
        let (folder, myself) = (self.parts.folder.clone(), self.myself.clone());
        let (generation, kept) = (claim.generation, claim.class == Class::Kept);
        let (key, stop) = (claim.key.clone(), Arc::new(AtomicBool::new(false)));
        let moving = Moving {
            claim,
            waiting: Vec::new(),
            changes: Vec::new(),
            stop: stop.clone(),
        };
        self.entries.insert(key.clone(), Entry::Moving(moving));
        self.parts.runtime.spawn_blocking(move || {
            match folder.relocate(generation, kept, true, &stop) {
                Ok(()) => drop(myself.send(Command::Placed(generation))),
                Err(error) => tracing::info!(%error, %generation, "a file stays where it is"),
            }
            myself.send(Command::Moved(key)).ok();
        });
    }

    pub(super) fn moved(&mut self, key: &CacheKey) {
        let Some(Entry::Moving(moving)) = self.entries.remove(key) else {
            return;
        };
        self.learn(&moving.claim);
        for (change, answer) in moving.changes {
            self.change(key.clone(), change, answer);
        }
        for (request, asker) in moving.waiting {
            self.open(request, asker);
        }
    }
}
