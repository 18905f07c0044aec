//! A run's dealings with the disk: room is asked for before bytes are written.

use std::sync::atomic::Ordering;

use tokio::sync::oneshot;

use super::super::command::{Command, Reserve};
use super::super::disk::{failed, is_full};
use super::super::error::CacheError;
use super::Run;

/// Room on the disk is asked for in these units.
pub(in super::super) const UNIT: u64 = 64 << 20;

impl Run {
    /// Writes what is not here yet, after there is room for it; returns how much that was.
    pub(super) async fn write(&self, pos: u64, bytes: &[u8]) -> Result<u64, CacheError> {
        let length = bytes.len() as u64;
        let mut room = self.room.load(Ordering::Relaxed);
        while room < length {
            room += self.reserve(length - room, false).await?;
        }
        let mut fresh = 0;
        for last_try in [false, true] {
            // On this very thread: somebody may wait for these bytes, and a thread of the pool wakes up later.
            match tokio::task::block_in_place(|| self.shared.write(pos, bytes)) {
                Ok(written) => {
                    fresh = written;
                    break;
                }
                Err(error) if is_full(&error) && !last_try => {
                    self.reserve(length, true).await?;
                }
                Err(error) if is_full(&error) => {
                    return Err(CacheError::DiskFull { needed: length });
                }
                Err(error) => return Err(failed(&error)),
            }
        }
        self.room
            .store(room.saturating_sub(fresh), Ordering::Relaxed);
        Ok(fresh)
    }

    /// Asks the actor for room for so many bytes at least, and returns for how many there is. `full`: a write has
    /// already failed.
    async fn reserve(&self, bytes: u64, full: bool) -> Result<u64, CacheError> {
        let space = tokio::task::block_in_place(|| self.folder.space());
        let (reply, answer) = oneshot::channel();
        let reserve = Reserve {
            key: self.shared.key.clone(),
            generation: self.shared.generation,
            bytes,
            space,
            full,
            reply,
        };
        self.actor.send(Command::Reserve(reserve)).ok();
        answer.await.unwrap_or(Err(CacheError::Closed))
    }
}
