//! A run's dealings with the disk: room is asked for before bytes are written.

use tokio::sync::oneshot;

use super::super::command::Command;
use super::super::disk::{failed, is_full};
use super::super::error::CacheError;
use super::Run;

/// Room on the disk is asked for in these units.
pub(in super::super) const UNIT: u64 = 16 << 20;

impl Run {
    pub(super) async fn write(&self, pos: u64, bytes: &[u8]) -> Result<(), CacheError> {
        for last_try in [false, true] {
            // On this very thread: somebody may wait for these bytes, and a thread of the pool wakes up later.
            match tokio::task::block_in_place(|| self.shared.write(pos, bytes)) {
                Ok(()) => return Ok(()),
                Err(error) if is_full(&error) && !last_try => self.reserve(true).await?,
                Err(error) if is_full(&error) => {
                    return Err(CacheError::DiskFull { needed: UNIT });
                }
                Err(error) => return Err(failed(&error)),
            }
        }
        Ok(())
    }

    /// Asks the actor for room. `full`: a write has already failed.
    pub(super) async fn reserve(&self, full: bool) -> Result<(), CacheError> {
        let free = tokio::task::block_in_place(|| self.folder.free_bytes());
        let (reply, answer) = oneshot::channel();
        self.actor.send(Command::Reserve { free, full, reply }).ok();
        answer.await.unwrap_or(Err(CacheError::Closed))
    }
}
