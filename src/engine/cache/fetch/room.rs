//! A run's dealings with the disk: room is asked for before bytes are written, and memory takes them where the disk cannot.
//!
//! **Threads**: as the run; it waits for the actor's answer. **Cancellation**: a stop ends the wait, and the actor sees the
//! closed answer.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::oneshot;

use super::super::command::{Command, Grant, Reserve, Trouble};
use super::super::disk::{failed, is_full};
use super::super::error::CacheError;
use super::Run;

/// Room on the disk is asked for in these units.
pub(in super::super) const UNIT: u64 = 64 << 20;

/// What a run may write without asking again.
#[derive(Debug, Default)]
pub(in super::super) struct Allotment {
    bytes: AtomicU64,
    in_memory: AtomicBool,
}

impl Allotment {
    fn take(&self, bytes: u64) -> bool {
        let left = self.bytes.load(Ordering::Relaxed).checked_sub(bytes);
        self.bytes.store(left.unwrap_or(0), Ordering::Relaxed);
        left.is_some()
    }

    fn give_back(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    fn put(&self, grant: Grant) {
        let (bytes, in_memory) = match grant {
            Grant::Disk(bytes) => (bytes, false),
            Grant::Memory(bytes) => (bytes, true),
        };
        self.bytes.store(bytes, Ordering::Relaxed);
        self.in_memory.store(in_memory, Ordering::Relaxed);
    }

    fn is_in_memory(&self) -> bool {
        self.in_memory.load(Ordering::Relaxed)
    }
}

impl Run {
    /// Writes what is not here yet, after there is room for it; returns how much that was. Waits as long as there is no
    /// room; ends with the run.
    pub(super) async fn write(&self, pos: u64, bytes: &[u8]) -> Result<u64, CacheError> {
        let length = bytes.len() as u64;
        let (mut trouble, mut again) = (None, false);
        loop {
            while trouble.is_some() || !self.allotment.take(length) {
                let grant = self.reserve(pos, length, trouble.take()).await?;
                self.allotment.put(grant);
            }
            let in_memory = self.allotment.is_in_memory();
            // On this very thread: somebody may wait for these bytes, and a thread of the pool wakes up later.
            let written = self.haste.write(|| match in_memory {
                true => self.shared.write_to_memory(pos, bytes),
                false => self.shared.write(pos, bytes),
            });
            match written {
                Ok(fresh) => {
                    self.allotment.give_back(length.saturating_sub(fresh));
                    return Ok(fresh);
                }
                Err(error) if in_memory => return Err(failed(&error)),
                Err(error) => match Trouble::of(&error) {
                    // Once may be chance.
                    Trouble::Broken(_) if !again => {
                        again = true;
                        self.allotment.put(Grant::Disk(length));
                    }
                    found => trouble = Some(found),
                },
            }
        }
    }

    async fn reserve(
        &self,
        pos: u64,
        bytes: u64,
        trouble: Option<Trouble>,
    ) -> Result<Grant, CacheError> {
        let space = tokio::task::block_in_place(|| self.folder.space());
        let (reply, answer) = oneshot::channel();
        let reserve = Reserve {
            key: self.shared.key.clone(),
            generation: self.shared.generation,
            pos,
            bytes,
            space,
            trouble,
            reply,
        };
        self.actor.send(Command::Reserve(reserve)).ok();
        tokio::select! {
            answer = answer => answer.unwrap_or(Err(CacheError::Closed)),
            () = self.control.stop.cancelled() => Err(CacheError::Cancelled),
        }
    }
}

impl Trouble {
    pub(in super::super) fn of(error: &io::Error) -> Self {
        if is_full(error) {
            Self::Full
        } else {
            Self::Broken(error.to_string())
        }
    }
}
