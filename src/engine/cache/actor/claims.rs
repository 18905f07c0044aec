//! The actor's claims: written down in the rhythm of the bytes, settled when nobody reads any more.

use std::sync::Arc;

use tokio::time::Instant;

use super::super::EntryState;
use super::super::checkpoint::{Claim, IndexError};
use super::super::command::Command;
use super::super::disk::Folder;
use super::super::entry::EntryShared;
use super::super::key::CacheKey;
use super::open::open_sums;
use super::{Actor, Entry, Live};

impl Live {
    /// What may be claimed once all that is written now is durable.
    pub(super) fn claim_now(&self) -> Claim {
        let origin = self.shared.origin();
        Claim {
            ranges: self.shared.ranges(),
            size: self.shared.certain_size(),
            etag: origin.version.etag,
            last_modified: origin.version.last_modified,
            ..self.claim.clone()
        }
    }
}

/// Syncs the bytes of a resource, and takes their checksums where somebody wants it to stay and `folder` is there for it.
/// Returns what may be claimed. Blocks.
fn make_durable(
    folder: Option<&Folder>,
    shared: &Arc<EntryShared>,
    mut claim: Claim,
) -> Option<Claim> {
    match shared.sync() {
        Ok(ranges) => claim.ranges = ranges,
        Err(error) => {
            let generation = claim.generation;
            tracing::warn!(%generation, %error, "written bytes are lost");
            return None;
        }
    }
    if let (Some(folder), true) = (folder, claim.is_wanted()) {
        if !shared.is_protected()
            && let Some(sums) = open_sums(folder, &claim)
        {
            shared.protect(sums);
        }
        shared.seal(&claim.ranges);
    }
    claim.disk_bytes = shared.disk_bytes();
    Some(claim)
}

/// No byte of it is here, and nobody has said that any should be.
fn is_nothing(claim: &Claim) -> bool {
    claim.ranges.is_empty() && !claim.is_wanted()
}

impl Actor {
    /// Writes down what changed: the ranges of now, after all that they speak of is durable.
    pub(super) fn checkpoint(&mut self) {
        if self.committing {
            return;
        }
        let (mut batch, mut unsaid) = (Vec::new(), Vec::new());
        for entry in self.entries.values_mut() {
            match entry {
                Entry::Opening(_) => {}
                Entry::Unsaid(claim) => unsaid.push(claim.clone()),
                Entry::Live(live) => {
                    let now = (live.shared.version(), live.shared.written());
                    let closes = live.readers == 0 && live.runs.is_empty();
                    if now != live.claimed || closes {
                        live.claimed = now;
                        batch.push((live.shared.clone(), live.claim_now()));
                    }
                }
            }
        }
        self.closed = false;
        if batch.is_empty() && unsaid.is_empty() && self.removed.is_empty() {
            return;
        }
        self.committing = true;
        self.last_checkpoint = Instant::now();
        self.removing = std::mem::take(&mut self.removed);
        let removed: Vec<CacheKey> = self.removing.iter().cloned().collect();
        let (index, myself) = (self.parts.index.clone(), self.myself.clone());
        let runtime = self.parts.runtime.clone();
        // An end does not wait for sums that the next run can take.
        let folder = self.closing.is_none().then(|| self.parts.folder.clone());
        self.parts.runtime.spawn(async move {
            let synced = runtime.spawn_blocking(move || {
                let durable = |(shared, claim)| make_durable(folder.as_deref(), &shared, claim);
                batch.into_iter().filter_map(durable).collect::<Vec<_>>()
            });
            let mut claims = synced.await.unwrap_or_default();
            claims.extend(unsaid);
            let rows: Vec<_> = claims
                .iter()
                .filter(|claim| !is_nothing(claim))
                .cloned()
                .collect();
            let result = index.commit(rows, removed).await;
            myself.send(Command::Committed(claims, result)).ok();
        });
    }

    pub(super) fn committed(&mut self, claims: Vec<Claim>, result: Result<(), IndexError>) {
        self.committing = false;
        let removing = std::mem::take(&mut self.removing);
        let failed = result.is_err();
        if let Err(error) = result {
            tracing::warn!(%error, "claims could not be written down");
            self.removed.extend(removing);
        }
        for claim in claims {
            let key = claim.key.clone();
            match self.entries.get_mut(&key) {
                Some(Entry::Live(live)) if live.shared.generation == claim.generation => {
                    live.claim.disk_bytes = claim.disk_bytes;
                    let idle = live.readers == 0 && live.runs.is_empty();
                    let unsealed = live.shared.is_unsealed() && self.closing.is_none();
                    let settled = idle && !unsealed && live.claimed.0 == live.shared.version();
                    if failed || unsealed {
                        live.unsaid();
                    }
                    if settled {
                        self.note.damaged_blocks += live.shared.damaged();
                        self.rest(claim, failed);
                    }
                }
                Some(Entry::Unsaid(now)) if *now == claim && !failed => {
                    self.entries.remove(&key);
                    self.resting.learn(&claim);
                }
                _ => {}
            }
        }
    }

    /// Closes the file of what nobody reads. What holds nothing is forgotten; what the index could not take is kept in
    /// mind until it can.
    fn rest(&mut self, claim: Claim, failed: bool) {
        self.entries.remove(&claim.key);
        let state = EntryState::of(&claim);
        self.parts.states.send(Arc::new(state)).ok();
        if is_nothing(&claim) {
            self.removed.insert(claim.key.clone());
            self.bury(vec![(claim.generation, claim.disk_bytes)], Box::new(|| {}));
        } else if failed {
            self.entries.insert(claim.key.clone(), Entry::Unsaid(claim));
        } else {
            self.resting.learn(&claim);
        }
    }
}
