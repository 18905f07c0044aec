//! What a run does for which the disk has no room: its resource slides, or its bytes go to memory.
//!
//! **Invariant**: what slides out of a window is forgotten first, left out of a durable claim next, and punched last.
//! **Threads**: the actor's.

use std::time::Duration;

use tokio::time::Instant;

use super::super::DiskCondition;
use super::super::class::Class;
use super::super::command::{Command, Grant, Trouble};
use super::super::coverage::Waiter;
use super::super::error::CacheError;
use super::super::fetch::UNIT;
use super::super::key::{CacheKey, Generation};
use super::super::slide::Window;
use super::room::Ask;
use super::{Actor, Live};

/// A disk that took nothing is tried again after this, then after twice the time…
const FIRST_PROBE: Duration = Duration::from_secs(1);
/// …and so on up to this.
const LAST_PROBE: Duration = Duration::from_secs(30);

/// A window on the disk that is smaller than this is not worth one: memory takes what comes.
const LEAST: u64 = 1 << 20;

/// What is wrong with the disk.
#[derive(Clone, Debug)]
pub(super) struct Ailment {
    pub trouble: Trouble,
    /// When it was tried last, and when it is tried again.
    tried: Instant,
    patience: Duration,
}

impl Live {
    /// Where it is read.
    fn places(&self) -> Vec<u64> {
        let waiters = self.shared.waiters();
        let waiting = waiters.iter().map(|waiter| waiter.range.start);
        let read = self.shared.cursors.look().0;
        waiting.chain(read.iter().map(|place| place.pos)).collect()
    }
}

impl Actor {
    /// Gives up what of a resource lies outside its window, so that bytes at `pos` have room. `false`: that is nothing, and
    /// somebody waits for them. A run that is ahead of its readers waits for them: what it brings must not cost what they come to
    /// first.
    pub(super) fn slide(
        &mut self,
        key: &CacheKey,
        generation: Generation,
        (pos, left): (u64, u64),
    ) -> bool {
        let jobs = self.jobs.wanted(key).len();
        let Some(live) = self.live(key, generation) else {
            return false;
        };
        if !live.surplus.is_empty() {
            return true;
        }
        if live.claim.class == Class::Kept || live.claim.pinned || live.readers <= jobs {
            return false;
        }
        let places = live.places();
        if places.is_empty() {
            return false;
        }
        let window = Window::on_disk(live.disk_bytes() + left, places.len());
        if window.ahead() < LEAST {
            return false;
        }
        live.slides = Some(window.ahead());
        let waits = |waiter: &Waiter| waiter.range.end > pos;
        let waited = live.shared.waiters().iter().any(waits);
        // What nobody waits for has time until the window has moved on.
        let mut moved = true;
        if waited || !window.is_beyond(pos, &places) {
            let surplus = window.surplus(&live.shared.on_disk(), live.shared.size(), &places);
            moved = !(waited && surplus.is_empty());
            if !surplus.is_empty() {
                live.shared.give_up(&surplus);
                live.surplus = surplus;
                self.checkpoint();
            }
        }
        // What slides is never whole: whoever fetches it ahead would fetch for ever.
        self.jobs_failed(key, &CacheError::DiskFull { needed: UNIT });
        moved
    }

    /// Lets a run write to memory, as far as somebody reads near it. A run that nobody follows is told that there is no room.
    pub(super) fn spill(&mut self, ask: Ask) -> Option<Ask> {
        let trouble = self.room.ailment.as_ref().map(|one| one.trouble.clone());
        let (key, generation) = (&ask.reserve.key, ask.reserve.generation);
        let jobs = self.jobs.wanted(key).len();
        let live = self.live(key, generation)?;
        let (pos, bytes) = (ask.reserve.pos, ask.reserve.bytes);
        if live.readers <= jobs {
            let error = match trouble {
                Some(Trouble::Broken(reason)) => CacheError::Disk(reason),
                _ => CacheError::DiskFull { needed: bytes },
            };
            ask.reserve.reply.send(Err(error)).ok();
            return None;
        }
        let ahead = live.slides.unwrap_or(u64::MAX);
        live.slides = Some(ahead.min(Window::MEMORY.ahead()));
        let places = live.places();
        let size = live.shared.size();
        let surplus = Window::MEMORY.surplus(&live.shared.in_memory(), size, &places);
        if !surplus.is_empty() {
            live.shared.leave_memory(&surplus);
        }
        let reach = Window::MEMORY.reach(pos, &places);
        if reach < bytes {
            return Some(ask);
        }
        ask.reserve.reply.send(Ok(Grant::Memory(reach))).ok();
        None
    }

    /// The disk takes nothing: everybody goes on in memory, and it is tried again from time to time.
    pub(super) fn troubled(&mut self, trouble: Trouble) {
        if self.room.ailment.is_none() {
            tracing::warn!(
                ?trouble,
                "the disk takes nothing more; playing without keeping"
            );
            self.tell(match &trouble {
                Trouble::Full => DiskCondition::Full,
                Trouble::Broken(reason) => DiskCondition::Failing(reason.clone()),
                Trouble::Held => DiskCondition::Held,
            });
            self.room.ailment = Some(Ailment {
                trouble,
                tried: Instant::now(),
                patience: FIRST_PROBE,
            });
        }
    }

    /// Tells how the disk is, or, where all is well with it, why streamed bytes are not kept.
    pub(super) fn tell(&self, condition: DiskCondition) {
        let condition = match condition {
            DiskCondition::Fine => self.tenure.condition(),
            worse => worse,
        };
        self.parts.condition.send_if_modified(|known| {
            let news = *known != condition;
            *known = condition;
            news
        });
    }

    /// Tries a disk in trouble again, when it is time.
    pub(super) fn probe(&mut self) {
        let Some(ailment) = &mut self.room.ailment else {
            return;
        };
        if ailment.tried.elapsed() < ailment.patience {
            return;
        }
        ailment.tried = Instant::now();
        ailment.patience = LAST_PROBE.min(ailment.patience * 2);
        let needed = match ailment.trouble {
            Trouble::Full => UNIT,
            Trouble::Broken(_) | Trouble::Held => 0,
        };
        let (folder, myself) = (self.parts.folder.clone(), self.myself.clone());
        self.parts.runtime.spawn_blocking(move || {
            let roomy = folder.space().is_none_or(|space| space.free >= needed);
            let outcome = match roomy {
                true => folder.probe().map_err(|error| Trouble::of(&error)),
                false => Err(Trouble::Full),
            };
            myself.send(Command::Probed(outcome)).ok();
        });
    }

    pub(super) fn probed(&mut self, outcome: &Result<(), Trouble>) {
        if outcome.is_ok() && self.room.ailment.take().is_some() {
            tracing::info!("the disk takes bytes again");
            self.tell(DiskCondition::Fine);
            self.requeue();
        }
        self.serve_asks();
    }
}
