//! What a person decides about cached bytes: how much room they get, which are kept, pinned or cleared, what was watched.
//!
//! **Threads**: any; each is a question to the actor. **Cancellation**: by dropping; what was asked happens all the same.

use std::time::Duration;

use tokio::sync::{oneshot, watch};

use super::actor::Change;
use super::command::{Asker, Command};
use super::error::CacheError;
use super::job::{Group, JobId};
use super::key::CacheKey;
use super::limits::Allowance;
use super::{CacheService, DiskCondition, OpenRequest, Reader};

impl CacheService {
    /// Whether the disk takes what is fetched, followed live. Worth telling once when it does not.
    #[must_use]
    pub fn disk_condition(&self) -> watch::Receiver<DiskCondition> {
        self.condition.subscribe()
    }

    /// A new limit in bytes; see [`CacheService::set_allowance`].
    ///
    /// # Errors
    /// [`CacheError::Closed`].
    pub async fn set_limit(&self, bytes: u64) -> Result<(), CacheError> {
        self.set_allowance(Allowance::Bytes(bytes)).await
    }

    /// How much the cache may take; evicts at once what is over it and may go.
    ///
    /// # Errors
    /// [`CacheError::Closed`].
    pub async fn set_allowance(&self, allowance: Allowance) -> Result<(), CacheError> {
        self.ask(|answer| Command::SetLimit(allowance, answer))
            .await
    }

    /// Like [`CacheService::set_allowance`], without waiting until it holds.
    pub(crate) fn adopt_allowance(&self, allowance: Allowance) {
        let (answer, _) = oneshot::channel();
        // A service that has ended needs no limit.
        self.actor.send(Command::SetLimit(allowance, answer)).ok();
    }

    /// The resources that play next; they are not evicted. Replaces what was said before.
    pub fn set_queue(&self, keys: Vec<CacheKey>) {
        // A service that has ended evicts nothing.
        self.actor.send(Command::SetQueue(keys)).ok();
    }

    /// Pins a resource, so that it is never evicted, or lets it go again. `false` when nothing of it is here.
    ///
    /// # Errors
    /// [`CacheError::Closed`].
    pub async fn set_pinned(&self, key: &CacheKey, pinned: bool) -> Result<bool, CacheError> {
        self.change(key, Change::Pin(pinned)).await
    }

    /// Keeps a resource for good: its bytes move into the data folder, are never evicted and count against no limit. What is
    /// missing is fetched as long as the reader lives that this returns.
    ///
    /// # Errors
    /// As [`CacheService::open`].
    pub async fn keep(&self, request: OpenRequest) -> Result<Reader, CacheError> {
        self.ask(|answer| {
            let asker = Asker {
                keep: true,
                ..Asker::of_reader(answer, false)
            };
            Command::Open(request, asker)
        })
        .await
    }

    /// Like [`CacheService::keep`], without a reader: what is missing is fetched as a job with [`Priority::Download`], which
    /// outlives the program, and is answered for once it is written down. The same job where it is asked for already. It ends
    /// with the last byte or with [`CacheService::unkeep`].
    ///
    /// [`Priority::Download`]: super::Priority::Download
    ///
    /// # Errors
    /// [`CacheError::Closed`].
    pub async fn download(&self, request: OpenRequest) -> Result<JobId, CacheError> {
        self.ask(|answer| Command::Keep(request, answer)).await
    }

    /// Lets a kept resource go like others again, and fetches no more of it. `false` when nothing of it is here or asked for.
    ///
    /// # Errors
    /// [`CacheError::Closed`].
    pub async fn unkeep(&self, key: &CacheKey) -> Result<bool, CacheError> {
        let jobs = self.cancel_group(&Group::of_kept(key)).await?;
        Ok(self.change(key, Change::Keep(false)).await? || jobs > 0)
    }

    /// Says that more of a resource was watched: the time since this was said last (zero at the beginning), its running
    /// time where it is known, and whether its end was reached. Until enough was watched it is a sample; see
    /// [`super::is_worth_keeping`].
    ///
    /// # Errors
    /// [`CacheError::Closed`].
    pub async fn watched(
        &self,
        key: &CacheKey,
        more: Duration,
        duration: Option<Duration>,
        finished: bool,
    ) -> Result<(), CacheError> {
        let change = Change::Watched {
            more,
            duration,
            finished,
        };
        self.change(key, change).await.map(drop)
    }

    async fn change(&self, key: &CacheKey, change: Change) -> Result<bool, CacheError> {
        let key = key.clone();
        self.ask(|answer| Command::Change(key, change, answer))
            .await
    }

    /// Removes one resource, whatever it is for, or all that are neither kept nor pinned; what is open stays. Returns the
    /// bytes freed, when they are.
    ///
    /// # Errors
    /// [`CacheError::Closed`].
    pub async fn clear(&self, key: Option<CacheKey>) -> Result<u64, CacheError> {
        if let Some(key) = &key {
            self.cancel_group(&Group::of_kept(key)).await?;
        }
        self.ask(|answer| Command::Clear(key, answer)).await
    }
}
