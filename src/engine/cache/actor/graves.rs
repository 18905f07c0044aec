//! Leaving: what is dropped loses its row at once and its file a little later, in bursts that leave the disk to readers.
//!
//! **Threads**: one task deletes, on the blocking pool. **Cancellation**: files that are left when the program ends have no
//! row, and the next look at the folder finds them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep;

use super::super::EntryState;
use super::super::checkpoint::{Claim, Index};
use super::super::command::{Answer, Command};
use super::super::disk::Folder;
use super::super::error::CacheError;
use super::super::evict::Turn;
use super::super::key::{CacheKey, Generation};
use super::{Actor, Entry, PAGE};

/// A burst of deleting ends after so many files…
pub(super) const BURST: usize = 100;
/// …or after so long…
const BURST_TIME: Duration = Duration::from_millis(200);
/// …and then the disk belongs to readers for so long.
pub(super) const PAUSE: Duration = Duration::from_millis(50);

/// What to call when the files are gone.
pub(super) type Then = Box<dyn FnOnce() + Send>;

struct Burial {
    files: Vec<(Generation, u64)>,
    then: Then,
}

/// The queue of files to delete.
pub(super) struct Graves {
    queue: mpsc::UnboundedSender<Burial>,
    /// Bytes of files that are still to be deleted.
    doomed: Arc<AtomicU64>,
}

impl Graves {
    /// Starts the task that deletes. It ends when this is dropped and the queue is empty.
    pub(super) fn start(
        folder: Arc<Folder>,
        runtime: &Handle,
        actor: mpsc::UnboundedSender<Command>,
    ) -> Self {
        let (queue, mut burials) = mpsc::unbounded_channel::<Burial>();
        let doomed = Arc::new(AtomicU64::new(0));
        let (left, blocking) = (doomed.clone(), runtime.clone());
        runtime.spawn(async move {
            while let Some(Burial { mut files, then }) = burials.recv().await {
                while !files.is_empty() {
                    let folder = folder.clone();
                    let burst = blocking.spawn_blocking(move || {
                        let freed = burst(&folder, &mut files);
                        (files, freed)
                    });
                    let Ok((rest, freed)) = burst.await else {
                        break;
                    };
                    files = rest;
                    left.fetch_sub(freed, Ordering::AcqRel);
                    if !files.is_empty() {
                        sleep(PAUSE).await;
                    }
                }
                then();
                actor.send(Command::Buried).ok();
            }
        });
        Self { queue, doomed }
    }

    fn bury(&self, files: Vec<(Generation, u64)>, then: Then) {
        let bytes = files.iter().map(|(_, bytes)| bytes).sum();
        self.doomed.fetch_add(bytes, Ordering::AcqRel);
        // The task lives as long as this.
        self.queue.send(Burial { files, then }).ok();
    }

    pub(super) fn doomed(&self) -> u64 {
        self.doomed.load(Ordering::Acquire)
    }
}

/// Deletes until a burst is over; returns the bytes freed. Blocks.
fn burst(folder: &Folder, files: &mut Vec<(Generation, u64)>) -> u64 {
    let (begun, mut freed) = (Instant::now(), 0);
    for _ in 0..BURST {
        let Some((generation, bytes)) = files.pop() else {
            break;
        };
        folder.delete(generation);
        freed += bytes;
        if begun.elapsed() >= BURST_TIME {
            break;
        }
    }
    freed
}

impl Actor {
    /// Deletes files and calls `then` when they are gone. Each comes with the bytes that it takes.
    pub(super) fn bury(&self, files: Vec<(Generation, u64)>, then: Then) {
        self.graves.bury(files, then);
    }

    /// Another version took its place: whoever reads this one may finish what is here.
    pub(super) fn retire(&mut self, key: &CacheKey, entry: Entry) {
        let file = match entry {
            Entry::Live(live) => {
                live.stop_runs();
                live.shared.end(CacheError::Changed);
                (live.shared.generation, live.disk_bytes())
            }
            Entry::Unsaid(claim) => (claim.generation, claim.disk_bytes),
            Entry::Moving(moving) => {
                moving.stop();
                (moving.claim.generation, moving.claim.disk_bytes)
            }
            Entry::Opening(opening) => {
                for asker in opening.askers {
                    asker.answer.send(Err(CacheError::Changed)).ok();
                }
                return;
            }
        };
        self.gone(key);
        self.bury(vec![file], Box::new(|| {}));
    }

    /// Its row has to go, and everybody is told.
    pub(super) fn gone(&mut self, key: &CacheKey) {
        self.removed.insert(key.clone());
        self.parts
            .states
            .send(Arc::new(EntryState::gone(key.clone())))
            .ok();
    }

    /// Whether what the index still says of it is over.
    pub(super) fn is_removed(&self, key: &CacheKey) -> bool {
        self.removed.contains(key) || self.removing.contains(key)
    }

    /// Drops what these rows describe, as far as nobody has it open, and calls `then` with the freed bytes when the files
    /// are gone. Returns the bytes.
    pub(super) fn drop_rows(
        &mut self,
        rows: Vec<Claim>,
        then: impl FnOnce(u64) + Send + 'static,
    ) -> u64 {
        let mut files = Vec::new();
        for row in rows {
            let claim = match self.entries.remove(&row.key) {
                Some(Entry::Unsaid(claim)) => claim,
                Some(other) => {
                    self.entries.insert(row.key, other);
                    continue;
                }
                None if self.is_removed(&row.key) => continue,
                None => {
                    self.resting.forget(&row);
                    row
                }
            };
            files.push((claim.generation, claim.disk_bytes));
            self.closed_at.remove(&claim.key);
            self.gone(&claim.key);
        }
        let freed = files.iter().map(|(_, bytes)| bytes).sum();
        self.bury(files, Box::new(move || then(freed)));
        freed
    }

    /// Removes one resource, whatever it is for, or all that are neither kept nor pinned.
    pub(super) fn clear(&mut self, key: Option<CacheKey>, answer: Answer<u64>) {
        let unsaid = self.entries.values().filter_map(|entry| match entry {
            Entry::Unsaid(claim) => Some(claim.clone()),
            _ => None,
        });
        let first: Vec<_> = match &key {
            Some(key) => unsaid.filter(|claim| claim.key == *key).collect(),
            None => unsaid.filter(|claim| Turn::of(claim).is_ok()).collect(),
        };
        let (index, myself) = (self.parts.index.clone(), self.myself.clone());
        let reading = self.latest.begin_reading();
        self.parts.runtime.spawn(async move {
            let spared = match key {
                Some(_) => Spared::Nothing,
                None => Spared::Wanted,
            };
            let mut freed = drop_them(&myself, first, spared).await;
            match key {
                Some(key) => {
                    let row = index.get(&key).await.unwrap_or_default();
                    freed += drop_them(&myself, row.into_iter().collect(), spared).await;
                }
                None => freed += drop_pages(&*index, &myself).await,
            }
            drop(reading);
            answer.send(Ok(freed)).ok();
        });
    }
}

/// What stays although it is among those to be dropped.
#[derive(Clone, Copy, Debug)]
pub(in super::super) enum Spared {
    Nothing,
    /// What is kept or pinned by now.
    Wanted,
}

impl Spared {
    pub(super) fn holds(self, claim: &Claim) -> bool {
        matches!(self, Self::Wanted) && claim.is_wanted()
    }
}

async fn drop_pages(index: &dyn Index, actor: &mpsc::UnboundedSender<Command>) -> u64 {
    let (mut freed, mut after) = (0, None);
    while let Ok(mut page) = index.page(after.as_ref(), PAGE).await {
        let Some(last) = page.last() else { break };
        after = Some(last.key.clone());
        page.retain(|claim| Turn::of(claim).is_ok());
        freed += drop_them(actor, page, Spared::Wanted).await;
    }
    freed
}

async fn drop_them(
    actor: &mpsc::UnboundedSender<Command>,
    rows: Vec<Claim>,
    spared: Spared,
) -> u64 {
    let (done, freed) = oneshot::channel();
    if rows.is_empty() || actor.send(Command::Drop(rows, spared, done)).is_err() {
        return 0;
    }
    freed.await.unwrap_or_default()
}
