//! The actor's jobs: what is fetched ahead of readers, in turn. A job that runs holds a reader that never reads.

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

struct Entry {
    job: Job,
    request: OpenRequest,
    span: Span,
    /// Keeps the resource open while the job runs.
    reader: Option<Reader>,
    failed_at: Option<Instant>,
}

/// See the module.
pub(super) struct Jobs {
    list: Vec<Entry>,
    next: u64,
    states: broadcast::Sender<Arc<Job>>,
}

impl Entry {
    fn runs(&self) -> bool {
        matches!(self.job.stage, Stage::Running)
    }

    fn may_run(&self) -> bool {
        matches!(self.job.stage, Stage::Running | Stage::Queued)
    }
}

impl Jobs {
    pub(super) fn new(states: broadcast::Sender<Arc<Job>>) -> Self {
        Self {
            list: Vec::new(),
            next: 1,
            states,
        }
    }

    /// What runs of a resource, with how urgent it is.
    pub(super) fn wanted(&self, key: &CacheKey) -> Vec<(Span, Rank)> {
        let open = |entry: &&Entry| entry.job.key == *key && entry.runs() && entry.reader.is_some();
        let of = self.list.iter().filter(open);
        of.map(|entry| (entry.span, entry.job.priority.rank()))
            .collect()
    }

    fn stage(&mut self, index: usize, stage: Stage) {
        let Some(entry) = self.list.get_mut(index) else {
            return;
        };
        let over = matches!(stage, Stage::Completed | Stage::Cancelled);
        if !matches!(stage, Stage::Running) {
            entry.reader = None;
        }
        entry.job.stage = stage;
        self.states.send(Arc::new(entry.job.clone())).ok();
        if over {
            self.list.remove(index);
        }
    }

    fn find(&self, holds: impl Fn(&Entry) -> bool) -> Option<usize> {
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
        let id = JobId(self.jobs.next);
        self.jobs.next += 1;
        self.jobs.list.push(Entry {
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
            reader: None,
            failed_at: None,
        });
        let last = self.jobs.list.len() - 1;
        self.jobs.stage(last, Stage::Queued);
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
            let (id, request) = (entry.job.id, entry.request.clone());
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
        match reader {
            Ok(reader) => {
                let entry = &mut self.jobs.list[index];
                let name = reader
                    .generation()
                    .map(|generation| (entry.job.key.clone(), generation));
                entry.reader = Some(reader);
                if let Some((key, generation)) = name {
                    self.plan(&key, generation);
                }
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

    /// The network is another, or a server is back: what waited for that goes on.
    pub(super) fn requeue(&mut self) {
        for index in 0..self.jobs.list.len() {
            let entry = &self.jobs.list[index];
            let again = match &entry.job.stage {
                Stage::Waiting => true,
                Stage::Failed(CacheError::Offline) => true,
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

    pub(super) fn cancel_jobs(&mut self, group: Option<&Group>) -> usize {
        let mut count = 0;
        while let Some(index) = self
            .jobs
            .find(|entry| group.is_none_or(|group| entry.job.group == *group))
        {
            self.jobs.stage(index, Stage::Cancelled);
            count += 1;
        }
        self.staff();
        count
    }

    pub(super) fn job_list(&self) -> Vec<Arc<Job>> {
        let jobs = self.jobs.list.iter();
        jobs.map(|entry| Arc::new(entry.job.clone())).collect()
    }
}
