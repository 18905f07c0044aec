//! The actor's table: what is known of each resource that is open, told to others.
//!
//! **Threads**: the actor's.

use std::sync::Arc;

use super::super::checkpoint::Claim;
use super::super::class::{Class, SamplePolicy, is_worth_keeping};
use super::super::command::{Answer, Command, Snapshot};
use super::super::key::CacheKey;
use super::super::{EntryState, Record, Usage};
use super::{Actor, CHECKPOINT, DIRTY, Entry, Live};

impl Entry {
    /// What it says of its bytes now; nothing while it is being opened.
    pub(super) fn claim(&self) -> Option<Claim> {
        match self {
            Self::Opening(_) => None,
            Self::Unsaid(claim) => Some(claim.clone()),
            Self::Moving(moving) => Some(moving.claim.clone()),
            Self::Live(live) => Some(live.claim_now()),
        }
    }

    fn class(&self) -> Option<Class> {
        match self {
            Self::Opening(_) => None,
            Self::Unsaid(claim) => Some(claim.class),
            Self::Moving(moving) => Some(moving.claim.class),
            Self::Live(live) => Some(live.claim.class),
        }
    }

    fn disk_bytes(&self) -> u64 {
        match self {
            Self::Opening(_) => 0,
            Self::Unsaid(claim) => claim.disk_bytes,
            Self::Moving(moving) => moving.claim.disk_bytes,
            Self::Live(live) => live.disk_bytes(),
        }
    }

    /// Bytes that runs were promised room for and have not written yet.
    pub(super) fn granted(&self) -> u64 {
        match self {
            Self::Live(live) if live.claim.class != Class::Kept && !live.runs.is_empty() => {
                live.granted.saturating_sub(live.shared.written())
            }
            _ => 0,
        }
    }
}

impl Live {
    /// Whether bytes that nobody waits for are worth fetching up to the end. Of a sample only what the read-ahead window
    /// asks for comes.
    pub(super) fn is_worth_filling(&self) -> bool {
        let size = self.shared.size().or(self.size_hint);
        let kept = self.claim.class == Class::Kept;
        kept || self.slides.is_none()
            && is_worth_keeping(self.claim.watched, size, &SamplePolicy::default())
    }

    pub(super) fn disk_bytes(&self) -> u64 {
        self.claim.disk_bytes.max(self.shared.on_disk().bytes())
    }

    fn state(&self) -> EntryState {
        EntryState {
            size: self.shared.certain_size().or(self.size_hint),
            arriving: !self.runs.is_empty(),
            readers: self.readers,
            disk_bytes: self.disk_bytes(),
            ..EntryState::of(&self.claim_now())
        }
    }
}

impl Actor {
    fn record(&self, entry: &Entry) -> Option<Record> {
        let claim = entry.claim()?;
        let fate = self.moment(&claim.key).fate(&claim);
        let mut record = Record::of(&claim, fate);
        if let Entry::Live(live) = entry {
            record.state = Arc::new(live.state());
        }
        Some(record)
    }

    /// What the index does not say, or not rightly any more.
    pub(super) fn snapshot(&self) -> Snapshot {
        Snapshot {
            here: self
                .entries
                .values()
                .filter_map(|entry| self.record(entry))
                .collect(),
            gone: self.removed.union(&self.removing).cloned().collect(),
            moments: self
                .room
                .queue
                .iter()
                .chain(self.closed_at.keys())
                .map(|key| (key.clone(), self.moment(key)))
                .collect(),
        }
    }

    /// One resource, from here or from the index.
    pub(super) fn look(&self, key: CacheKey, answer: Answer<Option<Record>>) {
        match self.entries.get(&key) {
            Some(entry @ (Entry::Live(_) | Entry::Unsaid(_) | Entry::Moving(_))) => {
                answer.send(Ok(self.record(entry))).ok();
                return;
            }
            // Also of what is opened anew: its row still speaks of what has gone.
            Some(Entry::Opening(_)) | None if self.is_removed(&key) => {
                answer.send(Ok(None)).ok();
                return;
            }
            Some(Entry::Opening(_)) | None => {}
        }
        let (index, moment) = (self.parts.index.clone(), self.moment(&key));
        self.parts.runtime.spawn(async move {
            let row = index.get(&key).await.unwrap_or_default();
            let record = row.map(|claim| Record::of(&claim, moment.fate(&claim)));
            answer.send(Ok(record)).ok();
        });
    }

    /// Bytes on the disk of all that is not kept.
    pub(super) fn streamed(&self) -> u64 {
        let open = |entry: &&Entry| entry.class() != Some(Class::Kept);
        let open = self.entries.values().filter(open).map(Entry::disk_bytes);
        self.resting.disk_bytes + open.sum::<u64>()
    }

    /// Blocks that were found damaged in what is open.
    pub(super) fn damaged(&self) -> u64 {
        let of = |entry: &Entry| match entry {
            Entry::Live(live) => live.shared.damaged(),
            _ => 0,
        };
        self.entries.values().map(of).sum()
    }

    pub(super) fn usage(&self) -> Usage {
        let kept = |entry: &&Entry| entry.class() == Some(Class::Kept);
        let kept = self.entries.values().filter(kept).map(Entry::disk_bytes);
        let holds = |entry: &&Entry| match entry {
            Entry::Opening(_) => false,
            Entry::Unsaid(claim) => !claim.ranges.is_empty(),
            Entry::Moving(moving) => !moving.claim.ranges.is_empty(),
            Entry::Live(live) => !live.shared.ranges().is_empty(),
        };
        Usage {
            entries: self.resting.entries + self.entries.values().filter(holds).count() as u64,
            disk_bytes: self.streamed(),
            kept_bytes: self.resting.kept_bytes + kept.sum::<u64>(),
            limit: self.limit(),
            damaged_blocks: self.note.damaged_blocks + self.damaged(),
            allowance: self.parts.allowance,
        }
    }

    pub(super) fn tick(&mut self) {
        let mut wanting = Vec::new();
        let states = &self.parts.states;
        for entry in self.entries.values_mut() {
            let Entry::Live(live) = entry else { continue };
            let version = live.shared.version();
            if live.published != version {
                live.published = version;
                states.send(Arc::new(live.state())).ok();
            }
            if live.readers > 0 || !live.runs.is_empty() {
                wanting.push((live.shared.key.clone(), live.shared.generation));
            }
        }
        self.tick_desk();
        for (key, generation) in wanting {
            self.plan(&key, generation);
        }
        let dirty = |entry: &Entry| match entry {
            Entry::Live(live) => live.shared.written() - live.claimed.1,
            _ => 0,
        };
        let dirty: u64 = self.entries.values().map(dirty).sum();
        if dirty >= DIRTY || self.closed || self.last_checkpoint.elapsed() >= CHECKPOINT {
            self.checkpoint();
        }
        self.forget_closings();
        self.probe();
        self.try_tenure();
        self.serve_asks();
    }

    pub(super) fn take_question(&mut self, command: Command) {
        match command {
            Command::Snapshot(answer) => drop(answer.send(Ok(self.snapshot()))),
            Command::Look(key, answer) => self.look(key, answer),
            Command::Usage(answer) => drop(answer.send(Ok(self.usage()))),
            Command::SetLimit(allowance, answer) => self.set_limit(allowance, answer),
            Command::SetQueue(keys) => self.room.queue = keys.into_iter().collect(),
            Command::Change(key, change, answer) => self.change(key, change, answer),
            Command::Clear(key, answer) => self.clear(key, answer),
            Command::FetchAhead {
                request,
                span,
                priority,
                group,
                answer,
            } => self.fetch_ahead(request, span, priority, group, answer),
            Command::Keep(request, answer) => self.keep(request, answer),
            Command::CancelGroup(group, answer) => {
                drop(answer.send(Ok(self.cancel_jobs(Some(&group)))));
            }
            Command::Jobs(answer) => drop(answer.send(Ok(self.job_list()))),
            _ => {}
        }
    }
}
