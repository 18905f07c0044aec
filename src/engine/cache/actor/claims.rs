//! The actor's claims: written down in the rhythm of the bytes, settled when nobody reads any more.

use std::sync::Arc;

use tokio::time::Instant;

use super::super::checkpoint::{Claim, IndexError};
use super::super::command::Command;
use super::super::entry::EntryShared;
use super::super::key::CacheKey;
use super::{Actor, Entry, Live};

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
                let durable = |(shared, mut claim): (Arc<EntryShared>, Claim)| {
                    match shared.sync() {
                        Ok(ranges) => claim.ranges = ranges,
                        Err(error) => {
                            let generation = claim.generation;
                            tracing::warn!(%generation, %error, "written bytes are lost");
                            return None;
                        }
                    }
                    claim.disk_bytes = shared.disk_bytes();
                    Some(claim)
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

    pub(super) fn committed(&mut self, claims: Vec<Claim>, result: Result<(), IndexError>) {
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
}
