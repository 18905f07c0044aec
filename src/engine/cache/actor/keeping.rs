//! Keeps: jobs that make a title whole and keep it for good, and that the next program goes on with where this one ends.
//!
//! **Invariant**: who asked is answered when the index has it. **Threads**: the actor's; the ledger's task writes.

use std::time::Duration;

use tokio::sync::oneshot;

use super::super::OpenRequest;
use super::super::command::{Answer, Command};
use super::super::error::CacheError;
use super::super::job::{Group, JobId, Priority, Span, Stage, StoredJob};
use super::super::key::CacheKey;
use super::Actor;
use super::jobs::Entry;

/// Stored jobs begin so long after the start: a program that only looks something up is over by then.
const RESUME: Duration = Duration::from_secs(1);
/// A title that changes at its source again and again is begun anew so often.
const RESTARTS: u32 = 3;

impl Actor {
    /// Keeps a title for good and fetches what is missing of it. Answered when that is written down.
    pub(super) fn keep(&mut self, request: OpenRequest, answer: Answer<JobId>) {
        if self.closing.is_some() {
            answer.send(Err(CacheError::Closed)).ok();
            return;
        }
        let known = self.jobs.find(|entry| entry.keeps(&request.key));
        let id = match known.and_then(|index| self.jobs.wake(index)) {
            Some(id) => id,
            None => {
                let group = Group::of_kept(&request.key);
                let id = self.jobs.next_id();
                let entry = Entry::new(id, request.clone(), Span::Whole, Priority::Download, group);
                self.jobs.push(entry.keeping());
                id
            }
        };
        let stored = self.ledger.put(StoredJob {
            id: id.0,
            key: request.key,
            fingerprint: request.fingerprint,
            size_hint: request.size_hint,
        });
        self.parts.runtime.spawn(async move {
            // Where it cannot be stored it is done all the same, by this program.
            stored.await.ok();
            answer.send(Ok(id)).ok();
        });
        self.staff();
    }

    /// Takes over what a former program was asked to keep.
    pub(super) async fn remember_jobs(&mut self) {
        let stored = self.parts.index.jobs().await.unwrap_or_else(|error| {
            tracing::warn!(%error, "what is to be kept is not known");
            Vec::new()
        });
        if stored.is_empty() {
            return;
        }
        for job in stored {
            let id = JobId(job.id);
            let group = Group::of_kept(&job.key);
            let request = OpenRequest {
                key: job.key,
                fingerprint: job.fingerprint,
                size_hint: job.size_hint,
            };
            let entry = Entry::new(id, request, Span::Whole, Priority::Download, group);
            self.jobs.push(entry.keeping().resting());
        }
        let myself = self.myself.clone();
        self.parts.runtime.spawn(async move {
            tokio::time::sleep(RESUME).await;
            myself.send(Command::Resume).ok();
        });
    }

    /// The start is over: what a former program was asked to keep goes on.
    pub(super) fn resume(&mut self) {
        self.jobs.wake_all();
        self.staff();
    }

    /// The bytes that these jobs brought are claimed: the next program has nothing to do for them.
    pub(super) fn strike_out(&self, ids: Vec<u64>) {
        self.ledger.remove(ids);
    }

    /// The file is another one: who fetches all of it begins anew.
    pub(super) fn jobs_begin_anew(&mut self, key: &CacheKey) {
        let mut any = false;
        while let Some(index) = self.jobs.find(|entry| entry.is_open(key)) {
            any = true;
            let stage = match self.jobs.restarts(index) > RESTARTS {
                true => Stage::Failed(CacheError::Changed),
                false => Stage::Queued,
            };
            self.jobs.stage(index, stage);
        }
        if any {
            self.staff();
        }
    }

    /// Applies what was asked together with an open, where nobody waits for an answer.
    pub(super) fn keep_open(&mut self, key: CacheKey) {
        let (answer, _) = oneshot::channel();
        self.change(key, super::Change::Keep(true), answer);
    }
}
