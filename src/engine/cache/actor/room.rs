//! The actor's room: how much the cache may take, and what leaves for new bytes.
//!
//! A run asks before it writes. It gets a unit where the limit has room. Otherwise the index names those whose turn it is
//! to go, page by page, until there is room or nobody is left; only then is the run told what else there is to do.
//!
//! **Owns** what was granted and who waits for room. **Invariant**: granted is counted as used until it is written or its
//! run ends. **Threads**: the actor's; a task asks the index. **Cancellation**: a run that does not wait any more is found
//! by its closed answer.

use std::collections::HashSet;
use std::time::Duration;

use super::super::DiskCondition;
use super::super::checkpoint::Claim;
use super::super::class::Class;
use super::super::command::{Answer, Command, Grant, Reserve, Trouble};
use super::super::error::CacheError;
use super::super::evict::{Candidate, Fate, Moment, victims};
use super::super::fetch::UNIT;
use super::super::key::CacheKey;
use super::super::limits::{Allowance, limit};
use super::super::storage::Space;
use super::spill::Ailment;
use super::{Actor, Entry, PAGE};

/// What was closed less than this ago goes only when nothing else is left.
const RECENT: Duration = Duration::from_secs(600);

/// A run that waits for room.
pub(super) struct Ask {
    pub(super) reserve: Reserve,
    /// Everybody who may go has been asked.
    tried: bool,
}

/// The room, as the actor keeps it.
#[derive(Default)]
pub(super) struct Room {
    asks: Vec<Ask>,
    /// Those who set a limit, and wait until it holds.
    settling: Vec<Answer<()>>,
    /// The index is asked who goes.
    evicting: bool,
    /// Bytes that the disk itself lacks, whatever the limit says.
    lacking: u64,
    /// Something was closed a moment ago and goes only when nothing else is left.
    late: bool,
    /// Somebody else may go now than when those who wait were told that nobody may.
    pub(super) others: bool,
    pub(super) ailment: Option<Ailment>,
    pub(super) queue: HashSet<CacheKey>,
}

impl Room {
    pub(super) fn is_busy(&self) -> bool {
        self.evicting || !self.asks.is_empty() || self.ailment.is_some()
    }
}

impl Actor {
    /// Bytes that count against the limit: of all that is not kept, written or granted.
    pub(super) fn used(&self) -> u64 {
        let granted = self.entries.values().map(Entry::granted).sum::<u64>();
        self.streamed() + granted
    }

    pub(super) fn limit(&self) -> u64 {
        limit(self.parts.allowance, self.parts.space, self.streamed())
    }

    pub(super) fn set_limit(&mut self, allowance: Allowance, answer: Answer<()>) {
        self.parts.allowance = allowance;
        self.room.settling.push(answer);
        self.make_room();
        self.requeue();
    }

    /// A run wants to write.
    pub(super) fn reserve(&mut self, reserve: Reserve) {
        self.parts.space = reserve.space.or(self.parts.space);
        match &reserve.trouble {
            Some(Trouble::Full) => self.room.lacking = UNIT,
            Some(broken) => self.troubled(broken.clone()),
            None => {}
        }
        self.room.asks.push(Ask {
            reserve,
            tried: false,
        });
        self.serve_asks();
    }

    /// Bytes of files have been given back to the disk.
    pub(super) fn buried(&mut self) {
        if self.graves.doomed() == 0 && !self.room.evicting {
            for answer in self.room.settling.drain(..) {
                answer.send(Ok(())).ok();
            }
        }
        self.serve_asks();
    }

    pub(super) fn serve_asks(&mut self) {
        if std::mem::take(&mut self.room.others) && !self.room.evicting {
            self.room.asks.iter_mut().for_each(|ask| ask.tried = false);
        }
        let asks = std::mem::take(&mut self.room.asks);
        for ask in asks {
            if let Some(ask) = self.serve_ask(ask) {
                self.room.asks.push(ask);
            }
        }
        if self.room.asks.iter().any(|ask| !ask.tried) {
            self.make_room();
        }
    }

    /// Answers, or gives the ask back, to be looked at again.
    fn serve_ask(&mut self, ask: Ask) -> Option<Ask> {
        let Reserve {
            ref key,
            generation,
            pos,
            bytes,
            ..
        } = ask.reserve;
        if ask.reserve.reply.is_closed() {
            return None;
        }
        let Some(live) = self.live(key, generation) else {
            ask.reserve.reply.send(Err(CacheError::Cancelled)).ok();
            return None;
        };
        let kept = live.claim.class == Class::Kept;
        if live.detached || self.room.ailment.is_some() {
            return self.spill(ask);
        }
        let full = ask.reserve.trouble.is_some();
        let taken = self.used() + self.graves.doomed();
        let left = self.limit().saturating_sub(taken);
        if !full && (kept || left >= UNIT) {
            self.tell(DiskCondition::Fine);
            self.grant(ask.reserve, UNIT);
        } else if !ask.tried || self.graves.doomed() > 0 {
            return Some(ask);
        } else if full && self.room.lacking == UNIT {
            // Nobody could go for it.
            self.troubled(Trouble::Full);
            return self.spill(ask);
        } else if full || left >= bytes {
            self.grant(ask.reserve, left.max(bytes));
        } else if self.slide(&key.clone(), generation, (pos, left)) {
            return Some(ask);
        } else {
            if self.limit() < self.allowed() {
                // Not the user's wish, but the disk's want of space.
                self.tell(DiskCondition::Full);
            }
            return self.spill(ask);
        }
        None
    }

    /// What would be allowed on an empty disk.
    fn allowed(&self) -> u64 {
        let empty = self.parts.space.map(|space| Space {
            free: space.total,
            ..space
        });
        limit(self.parts.allowance, empty, 0)
    }

    fn grant(&mut self, reserve: Reserve, bytes: u64) {
        if let Some(live) = self.live(&reserve.key, reserve.generation) {
            let written = live.shared.written();
            let others = if live.runs.len() > 1 { live.granted } else { 0 };
            live.granted = others.max(written) + bytes;
        }
        reserve.reply.send(Ok(Grant::Disk(bytes))).ok();
    }

    // --- eviction ---

    /// Bytes that have to go.
    fn excess(&self) -> u64 {
        let wanted = if self.room.asks.is_empty() { 0 } else { UNIT };
        let over = (self.used() + wanted).saturating_sub(self.limit());
        over.max(self.room.lacking)
    }

    /// Begins to drop what is over the limit, unless that is going on.
    fn make_room(&mut self) {
        if !self.parts.folder.is_ours() {
            // Nothing in another program's folder goes for ours.
            self.evicted();
        } else if !self.room.evicting {
            self.room.evicting = true;
            self.ask_for_candidates(None, false);
        }
    }

    fn ask_for_candidates(&self, after: Option<Claim>, all: bool) {
        let (index, myself) = (self.parts.index.clone(), self.myself.clone());
        let reading = self.latest.begin_reading();
        let needed = self.excess() > 0;
        self.parts.runtime.spawn(async move {
            let rows = match needed {
                true => index.next_to_go(after.as_ref(), PAGE).await,
                false => Ok(Vec::new()),
            };
            let rows = rows.unwrap_or_else(|error| {
                tracing::warn!(%error, "nobody can be found to go");
                Vec::new()
            });
            let found = Command::Candidates { rows, all, reading };
            myself.send(found).ok();
        });
    }

    /// The next rows in order. `all`: also what was closed a moment ago.
    pub(super) fn candidates(&mut self, rows: Vec<Claim>, all: bool) {
        let (count, excess, last) = (rows.len(), self.excess(), rows.last().cloned());
        let rows: Vec<Claim> = rows
            .into_iter()
            .filter_map(|row| self.current(row))
            .collect();
        let known: HashSet<CacheKey> = rows.iter().map(|row| row.key.clone()).collect();
        let unsaid = self.entries.values().filter_map(|entry| match entry {
            Entry::Unsaid(claim) if !known.contains(&claim.key) => Some(claim.clone()),
            _ => None,
        });
        let mut rows: Vec<Claim> = unsaid.chain(rows).collect();
        let mut candidates: Vec<_> = rows.iter().map(|row| self.candidate(row)).collect();
        let late = candidates
            .iter()
            .any(|one| matches!(one.fate, Fate::GoesLast(_)));
        if !all {
            candidates.retain(|one| !matches!(one.fate, Fate::GoesLast(_)));
        }
        let chosen: HashSet<CacheKey> = victims(candidates, excess).into_iter().collect();
        rows.retain(|row| chosen.contains(&row.key));
        self.room.late |= late;
        let freed = self.drop_rows(rows, |_| {});
        self.room.lacking = self.room.lacking.saturating_sub(freed);
        if self.excess() > 0 && count == PAGE {
            self.ask_for_candidates(last, all);
        } else if self.excess() > 0 && self.room.late && !all {
            self.ask_for_candidates(None, true);
        } else {
            self.evicted();
        }
    }

    /// Whoever may go and had to has been asked to.
    fn evicted(&mut self) {
        self.room.evicting = false;
        self.room.late = false;
        for ask in &mut self.room.asks {
            ask.tried = true;
        }
        self.buried();
        self.room.lacking = 0;
    }

    fn candidate(&self, claim: &Claim) -> Candidate {
        Candidate {
            key: claim.key.clone(),
            disk_bytes: claim.disk_bytes,
            last_use: claim.last_use,
            fate: self.moment(&claim.key).fate(claim),
        }
    }

    /// What is known of a resource beside its claim.
    pub(super) fn moment(&self, key: &CacheKey) -> Moment {
        let mut moment = Moment {
            queued: self.room.queue.contains(key),
            just_closed: self
                .closed_at
                .get(key)
                .is_some_and(|when| when.elapsed() < RECENT),
            ..Moment::default()
        };
        match self.entries.get(key) {
            Some(Entry::Live(live)) => {
                moment.arriving = !live.runs.is_empty();
                moment.open = live.readers > 0 || !moment.arriving;
            }
            Some(Entry::Opening(_) | Entry::Moving(_)) => moment.open = true,
            Some(Entry::Unsaid(_)) | None => {}
        }
        moment
    }

    /// Forgets who was closed long ago.
    pub(super) fn forget_closings(&mut self) {
        self.closed_at.retain(|_, when| when.elapsed() < RECENT);
    }
}
