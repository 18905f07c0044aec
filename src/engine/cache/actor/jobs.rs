//! The actor's jobs: what is fetched ahead of readers, in turn. A job that runs holds a reader that never reads.
//!
//! **Owns** the list of jobs and their stages. **Threads**: the actor's. **Cancellation**: a job that is cancelled drops its
//! reader, which stops its runs as that of any reader does.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{broadcast, oneshot};
use tokio::time::Instant;

use super::super::OpenRequest;
use super::super::command::{Answer, Asker, Command};
use super::super::error::CacheError;
use super::super::job::{Group, Job, JobId, Priority, Span, Stage, due};
use super::super::key::CacheKey;
use super::super::plan::Rank;
use super::super::reader::Reader;
use super::Actor;
use crate::range::RangeSet;

/// A job that failed is tried again because its server is back, but not sooner than this.
const AGAIN: Duration = Duration::from_secs(600);

pub(super) struct Entry {
    job: Job,
    request: OpenRequest,
    span: Span,
    /// Its title is kept for good, and the next program goes on with it.
    keep: bool,
    /// A former program was asked for it, and this one has only just begun.
    resting: bool,
    /// How often the file was another one.
    restarts: u32,
    /// Keeps the resource open while the job runs.
    reader: Option<Reader>,
    failed_at: Option<Instant>,
}

/// See the module.
pub(super) struct Jobs {
    list: Vec<Entry>,
    next: u64,
    /// Stored jobs that are over, and whose bytes may not be claimed yet.
    over: Vec<u64>,
    states: broadcast::Sender<Arc<Job>>,
}

impl Entry {
    pub(super) fn new(
        id: JobId,
        request: OpenRequest,
        span: Span,
        priority: Priority,
        group: Group,
    ) -> Self {
        Self {
            job: Job {
                id,
                key: request.key.clone(),
                priority,
                group,
                stage: Stage::Queued,
                done: 0,
                total: None,
            },
            request,
            span,
            keep: false,
            resting: false,
            restarts: 0,
            reader: None,
            failed_at: None,
        }
    }

    pub(super) fn keeping(self) -> Self {
        Self { keep: true, ..self }
    }

    pub(super) fn resting(self) -> Self {
        Self {
            resting: true,
            ..self
        }
    }

    fn runs(&self) -> bool {
        matches!(self.job.stage, Stage::Running)
    }

    fn may_run(&self) -> bool {
        !self.resting && matches!(self.job.stage, Stage::Running | Stage::Queued)
    }

    pub(super) fn keeps(&self, key: &CacheKey) -> bool {
        self.keep && self.job.key == *key
    }

    /// It holds the resource open.
    pub(super) fn is_open(&self, key: &CacheKey) -> bool {
        self.job.key == *key && self.reader.is_some()
    }
}

impl Jobs {
    pub(super) fn new(states: broadcast::Sender<Arc<Job>>) -> Self {
        Self {
            list: Vec::new(),
            next: 1,
            over: Vec::new(),
            states,
        }
    }

    pub(super) fn next_id(&mut self) -> JobId {
        let id = JobId(self.next);
        self.next += 1;
        id
    }

    pub(super) fn push(&mut self, entry: Entry) {
        self.next = self.next.max(entry.job.id.0 + 1);
        self.list.push(entry);
        self.stage(self.list.len() - 1, Stage::Queued);
    }

    /// Somebody asks for it once more.
    pub(super) fn wake(&mut self, index: usize) -> Option<JobId> {
        let entry = self.list.get_mut(index)?;
        let id = entry.job.id;
        (entry.resting, entry.restarts) = (false, 0);
        if matches!(entry.job.stage, Stage::Waiting | Stage::Failed(_)) {
            self.stage(index, Stage::Queued);
        }
        Some(id)
    }

    pub(super) fn wake_all(&mut self) {
        for entry in &mut self.list {
            entry.resting = false;
        }
    }

    /// Counts one more restart, and says how many there were.
    pub(super) fn restarts(&mut self, index: usize) -> u32 {
        self.list.get_mut(index).map_or(0, |entry| {
            entry.restarts += 1;
            entry.restarts
        })
    }

    /// Stored jobs that are over since this was asked last.
    pub(super) fn take_over(&mut self) -> Vec<u64> {
        std::mem::take(&mut self.over)
    }

    /// These are over, but their bytes could not be claimed.
    pub(super) fn are_over(&mut self, ids: Vec<u64>) {
        self.over.extend(ids);
    }

    /// What runs of a resource, with how urgent it is.
    pub(super) fn wanted(&self, key: &CacheKey) -> Vec<(Span, Rank)> {
        let open = |entry: &&Entry| entry.is_open(key) && entry.runs();
        let of = self.list.iter().filter(open);
        of.map(|entry| (entry.span, entry.job.priority.rank()))
            .collect()
    }

    pub(super) fn stage(&mut self, index: usize, stage: Stage) {
        let Some(entry) = self.list.get_mut(index) else {
            return;
        };
        let over = matches!(stage, Stage::Completed | Stage::Cancelled);
        if !matches!(stage, Stage::Running) {
            entry.reader = None;
        }
        if entry.keep && matches!(stage, Stage::Completed) {
            self.over.push(entry.job.id.0);
        }
        entry.job.stage = stage;
        self.states.send(Arc::new(entry.job.clone())).ok();
        if over {
            self.list.remove(index);
        }
    }

    pub(super) fn find(&self, holds: impl Fn(&Entry) -> bool) -> Option<usize> {
        self.list.iter().position(holds)
    }
}

impl Actor {
    pub(super) fn fetch_ahead(
        &mut self,
        request: OpenRequest,
        span: Span,
        priority: Priority,
        group: Group,
        answer: Answer<JobId>,
    ) {
        if self.closing.is_some() {
            answer.send(Err(CacheError::Closed)).ok();
            return;
        }
        let id = self.jobs.next_id();
        self.jobs
            .push(Entry::new(id, request, span, priority, group));
        answer.send(Ok(id)).ok();
        self.staff();
    }

    /// Lets those begin whose turn it is.
    pub(super) fn staff(&mut self) {
        let network = *self.network.borrow();
        if self.closing.is_some() {
            return;
        }
        let (mut places, mut views) = (Vec::new(), Vec::new());
        for (place, entry) in self.jobs.list.iter().enumerate() {
            if entry.may_run() {
                places.push(place);
                views.push((entry.job.priority, entry.runs()));
            }
        }
        for place in due(&views).into_iter().filter_map(|view| places.get(view)) {
            let Some(entry) = self.jobs.list.get(*place) else {
                continue;
            };
            let (id, keep, request) = (entry.job.id, entry.keep, entry.request.clone());
            let reachable = self
                .parts
                .locator
                .is_reachable(&request.key, network.online);
            if network.metered || !reachable {
                self.jobs.stage(*place, Stage::Waiting);
                continue;
            }
            self.jobs.stage(*place, Stage::Running);
            let (answer, reply) = oneshot::channel();
            let myself = self.myself.clone();
            let asker = Asker {
                answer,
                quiet: false,
                ahead: true,
                keep,
            };
            self.open(request, asker);
            self.parts.runtime.spawn(async move {
                let reader = reply.await.unwrap_or(Err(CacheError::Closed));
                myself.send(Command::JobOpened(id, reader)).ok();
            });
        }
    }

    pub(super) fn job_opened(&mut self, id: JobId, reader: Result<Reader, CacheError>) {
        // A job that was cancelled meanwhile drops the reader here.
        let Some(index) = self.jobs.find(|entry| entry.job.id == id && entry.runs()) else {
            return;
        };
        let key = self.jobs.list[index].job.key.clone();
        match reader {
            Ok(reader) => {
                let Some(generation) = reader.generation() else {
                    return;
                };
                let detached = self
                    .live(&key, generation)
                    .is_some_and(|live| live.detached);
                if detached {
                    // What is fetched now could not be kept.
                    self.jobs.stage(index, Stage::Waiting);
                    self.staff();
                    return;
                }
                self.jobs.list[index].reader = Some(reader);
                // Whatever failed before, this is asked for anew.
                if let Some(live) = self.live(&key, generation) {
                    live.failed = false;
                }
                self.plan(&key, generation);
            }
            Err(error) => {
                self.jobs.stage(index, Stage::Failed(error));
                self.staff();
            }
        }
    }

    /// Looks how the jobs of a resource stand.
    pub(super) fn review(&mut self, key: &CacheKey, ranges: &RangeSet, size: Option<u64>) {
        let mut ended = false;
        let open = |entry: &Entry| entry.job.key == *key && entry.reader.is_some();
        for index in (0..self.jobs.list.len()).rev() {
            let Some(entry) = self.jobs.list.get_mut(index).filter(|entry| open(entry)) else {
                continue;
            };
            let (done, total) = entry.span.progress(ranges, size);
            let complete = total == Some(done);
            let news = entry.job.done != done || entry.job.total != total;
            (entry.job.done, entry.job.total) = (done, total);
            ended |= complete;
            if complete {
                self.jobs.stage(index, Stage::Completed);
            } else if news {
                self.jobs.stage(index, Stage::Running);
            }
        }
        if ended {
            self.staff();
        }
    }

    /// A fetch for a resource failed for good.
    pub(super) fn jobs_failed(&mut self, key: &CacheKey, error: &CacheError) {
        let online = self.network.borrow().online;
        let reachable = self.parts.locator.is_reachable(key, online);
        let mut any = false;
        while let Some(index) = self
            .jobs
            .find(|entry| entry.job.key == *key && entry.reader.is_some())
        {
            any = true;
            self.jobs.list[index].failed_at = Some(Instant::now());
            let stage = if reachable {
                Stage::Failed(error.clone())
            } else {
                Stage::Waiting
            };
            self.jobs.stage(index, stage);
        }
        if any {
            self.staff();
        }
    }

    /// The network is another, a server is back, the disk takes bytes again, or there may be more of them: what waited for that
    /// goes on.
    pub(super) fn requeue(&mut self) {
        for index in 0..self.jobs.list.len() {
            let entry = &self.jobs.list[index];
            let again = match &entry.job.stage {
                Stage::Waiting => true,
                Stage::Failed(CacheError::Offline) => true,
                Stage::Failed(CacheError::Disk(_) | CacheError::DiskFull { .. }) => {
                    self.room.ailment.is_none()
                }
                Stage::Failed(CacheError::Upstream(error)) => {
                    error.is_offline() && entry.failed_at.is_none_or(|at| at.elapsed() >= AGAIN)
                }
                _ => false,
            };
            if again {
                self.jobs.stage(index, Stage::Queued);
            }
        }
        self.staff();
    }

    /// Without a group: all, because the program ends; the next one goes on with those that are stored.
    pub(super) fn cancel_jobs(&mut self, group: Option<&Group>) -> usize {
        let (mut count, mut stored) = (0, Vec::new());
        while let Some(index) = self
            .jobs
            .find(|entry| group.is_none_or(|group| entry.job.group == *group))
        {
            let entry = &self.jobs.list[index];
            stored.extend((entry.keep && group.is_some()).then_some(entry.job.id.0));
            self.jobs.stage(index, Stage::Cancelled);
            count += 1;
        }
        self.strike_out(stored);
        self.staff();
        count
    }

    pub(super) fn job_list(&self) -> Vec<Arc<Job>> {
        let jobs = self.jobs.list.iter();
        jobs.map(|entry| Arc::new(entry.job.clone())).collect()
    }
}
