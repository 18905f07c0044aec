//! The actor's claims: written down in the rhythm of the bytes, settled when nobody reads any more.
//!
//! **Invariant**: bytes are synced, then claimed, and what an older claim names is punched only when the newer one outlives
//! a power cut. One commit at a time. **Threads**: the actor decides what is due; a task syncs, commits and punches.
//! **Cancellation**: none; a commit that fails is due again at the next tick.

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
use crate::range::ByteRange;

/// What a checkpoint has to do for one resource.
pub(in super::super) struct Due {
    shared: Arc<EntryShared>,
    claim: Claim,
    /// To be punched out of the file, when the claim without it is durable.
    surplus: Vec<ByteRange>,
    /// Nobody has read it: what becomes durable of it leaves the system's memory to others.
    unread: bool,
}

impl Due {
    /// Makes durable what is to be claimed, and claims no more. Blocks.
    fn sync(mut self, folder: Option<&Folder>) -> Option<Self> {
        let before = self.shared.durable();
        self.claim = make_durable(folder, &self.shared, self.claim)?;
        // What was given up and has come back meanwhile is claimed again. Should it be given up once more before the punch, it
        // is a later claim's to leave it out, and only then its turn.
        let unclaimed = self.surplus.iter();
        let unclaimed = unclaimed.flat_map(|range| self.claim.ranges.missing_in(*range));
        self.surplus = unclaimed.collect();
        if self.unread {
            self.shared.drop_from_memory(&before);
        }
        Some(self)
    }

    /// Blocks.
    fn punch(&mut self) {
        let surplus = std::mem::take(&mut self.surplus);
        if let Err(error) = self.shared.punch(&surplus) {
            tracing::warn!(%error, "no hole can be made in a cached file");
        }
        self.claim.disk_bytes = self.shared.disk_bytes();
    }
}

impl Live {
    /// What may be claimed once all that is written now is durable.
    pub(super) fn claim_now(&self) -> Claim {
        let origin = self.shared.origin();
        Claim {
            ranges: self.shared.on_disk(),
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
        self.part_with_detached();
        let (batch, unsaid) = self.dues();
        self.closed = false;
        let over = self.jobs.take_over();
        if batch.is_empty() && unsaid.is_empty() && self.removed.is_empty() {
            self.strike_out(over);
            return;
        }
        self.over = over;
        self.committing = true;
        self.last_checkpoint = Instant::now();
        self.removing = std::mem::take(&mut self.removed);
        let mut removed: Vec<CacheKey> = self.removing.iter().cloned().collect();
        let (index, myself) = (self.parts.index.clone(), self.myself.clone());
        let runtime = self.parts.runtime.clone();
        let folder = self.parts.folder.clone();
        self.parts.runtime.spawn(async move {
            let synced = runtime.spawn_blocking(move || {
                let durable = |due: Due| due.sync(Some(&folder));
                batch.into_iter().filter_map(durable).collect::<Vec<_>>()
            });
            let mut dues = synced.await.unwrap_or_default();
            let claims = dues
                .iter()
                .map(|due| due.claim.clone())
                .chain(unsaid.clone());
            // A row that is left as it was would go on to claim what is given up.
            let (nothing, rows): (Vec<_>, Vec<_>) = claims.partition(is_nothing);
            removed.extend(nothing.into_iter().map(|claim| claim.key));
            // A hole reads as zeros: before one is made, no power cut may bring back a claim to what was there.
            let punches = dues.iter().any(|due| !due.surplus.is_empty());
            let result = match punches {
                true => index.commit_durably(rows, removed).await,
                false => index.commit(rows, removed).await,
            };
            if punches && result.is_ok() {
                let punched = runtime.spawn_blocking(move || {
                    dues.iter_mut().for_each(Due::punch);
                    dues
                });
                dues = punched.await.unwrap_or_default();
            }
            myself
                .send(Command::Committed {
                    dues,
                    unsaid,
                    result,
                })
                .ok();
        });
    }

    /// What is to be written down: of open resources, and of what nobody reads.
    fn dues(&mut self) -> (Vec<Due>, Vec<Claim>) {
        let (mut batch, mut unsaid) = (Vec::new(), Vec::new());
        for entry in self.entries.values_mut() {
            match entry {
                Entry::Opening(_) | Entry::Moving(_) => {}
                Entry::Unsaid(claim) => unsaid.push(claim.clone()),
                Entry::Live(live) if live.detached => {}
                Entry::Live(live) => {
                    let now = (live.shared.version(), live.shared.written());
                    let closes = live.readers == 0 && live.runs.is_empty();
                    if now != live.claimed || closes || !live.surplus.is_empty() {
                        live.claimed = now;
                        batch.push(Due {
                            shared: live.shared.clone(),
                            claim: live.claim_now(),
                            surplus: std::mem::take(&mut live.surplus),
                            unread: !live.read,
                        });
                    }
                }
            }
        }
        (batch, unsaid)
    }

    /// Closes what cannot be claimed and nobody reads; its row counts again as it is.
    fn part_with_detached(&mut self) {
        let parted = |entry: &Entry| match entry {
            Entry::Live(live) => live.detached && live.readers == 0 && live.runs.is_empty(),
            _ => false,
        };
        let before = self.entries.len();
        self.entries.retain(|_, entry| !parted(entry));
        if self.entries.len() < before && self.parts.folder.is_ours() {
            // Who waited for a folder that takes bytes may have one now.
            self.requeue();
        }
    }

    pub(super) fn committed(
        &mut self,
        dues: Vec<Due>,
        unsaid: Vec<Claim>,
        result: Result<(), IndexError>,
    ) {
        self.committing = false;
        let removing = std::mem::take(&mut self.removing);
        let (failed, over) = (result.is_err(), std::mem::take(&mut self.over));
        match result {
            Ok(()) => {
                self.forgotten(&removing);
                self.strike_out(over);
            }
            Err(error) => {
                tracing::warn!(%error, "claims could not be written down");
                self.removed.extend(removing);
                self.jobs.are_over(over);
                self.refused += u32::from(self.closing.is_some());
            }
        }
        let closing = self.closing.is_some();
        for Due { claim, surplus, .. } in dues {
            let Some(live) = self.live(&claim.key, claim.generation) else {
                continue;
            };
            live.claim.disk_bytes = claim.disk_bytes;
            live.surplus.extend(surplus);
            let idle = live.readers == 0 && live.runs.is_empty() && live.surplus.is_empty();
            let unsealed = live.shared.is_unsealed() && !closing;
            let settled = idle && !unsealed && live.claimed.0 == live.shared.version();
            let damaged = live.shared.damaged();
            if failed || unsealed {
                live.unsaid();
            }
            if settled {
                self.note.damaged_blocks += damaged;
                self.rest(claim, failed);
            }
        }
        for claim in unsaid {
            if matches!(self.entries.get(&claim.key), Some(Entry::Unsaid(now)) if *now == claim)
                && !failed
            {
                self.rest(claim, failed);
            }
        }
        let surplus =
            |entry: &Entry| matches!(entry, Entry::Live(live) if !live.surplus.is_empty());
        if !failed && self.entries.values().any(surplus) {
            self.checkpoint();
        }
        self.serve_asks();
    }

    /// Closes the file of what nobody reads. What holds nothing is forgotten; what the index could not take is kept in
    /// mind until it can.
    fn rest(&mut self, claim: Claim, failed: bool) {
        self.entries.remove(&claim.key);
        self.room.others = true;
        let state = EntryState::of(&claim);
        self.parts.states.send(Arc::new(state)).ok();
        if is_nothing(&claim) {
            self.removed.insert(claim.key.clone());
            self.bury(vec![(claim.generation, claim.disk_bytes)], Box::new(|| {}));
        } else if failed {
            self.entries.insert(claim.key.clone(), Entry::Unsaid(claim));
        } else {
            self.settle(claim);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::key::Generation;
    use super::super::super::storage::{Disk, Opening, Storage};
    use super::*;
    use crate::model::{ItemId, PartId};

    #[test]
    fn what_a_claim_names_is_not_punched_though_it_is_given_up_again() {
        let place = tempfile::tempdir().unwrap();
        let item = ItemId::new("abc".parse().unwrap(), "x");
        let claim = Claim::fresh(PartId::new(item, "file").into(), Generation::random());
        let file = Disk.open(&place.path().join("x"), Opening::Create);
        let shared = Arc::new(EntryShared::new(&claim, file.unwrap()));
        let (back, gone) = (ByteRange::new(0, 65_536), ByteRange::new(65_536, 131_072));
        shared.write(0, &[7; 131_072]).unwrap();
        shared.give_up(&[back, gone]);
        shared.write(0, &[7; 65_536]).unwrap();
        let due = Due {
            shared: shared.clone(),
            claim,
            surplus: vec![ByteRange::new(0, 131_072)],
            unread: false,
        };
        let mut due = due.sync(None).unwrap();
        assert_eq!(due.claim.ranges, [back].into_iter().collect());
        // The claim is on its way to the index when the window moves on.
        shared.give_up(&[back]);
        due.punch();
        let file = std::fs::read(place.path().join("x")).unwrap();
        assert!(file[..65_536].iter().all(|byte| *byte == 7));
        assert!(file[65_536..].iter().all(|byte| *byte == 0));
    }
}
