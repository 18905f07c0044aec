//! One run: ranged GETs, one after another where one breaks, that bring bytes from a position on into one file.
//!
//! **Does not know** why these bytes. **Threads**: a task on the engine's runtime (which has several threads); what blocks
//! for long is handed over (`haste`).
//!
//! **Owns** nothing that outlives it: bytes go into the entry, answers into the address. **Cancellation**: `control.stop`,
//! seen wherever it waits; the task itself is never dropped.

mod address;
mod batch;
mod control;
mod course;
mod haste;
mod overlap;
mod receive;
mod request;
mod room;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::sleep;

use super::Locator;
use super::command::{Command, Network};
use super::disk::Folder;
use super::entry::EntryShared;
use super::error::CacheError;
use crate::http::ranged::Misfit;
use crate::http::retry::{Class, classify};
use crate::source_error::SourceError;

use course::{Course, Next};
use request::Terms;

pub(super) use address::Address;
pub(super) use control::Control;
pub(super) use haste::Haste;
pub(super) use room::{Allotment, UNIT};

/// How a run ended.
#[derive(Debug)]
pub(super) enum Outcome {
    /// At its limit, at the end, or stopped.
    Done,
    Failed(CacheError),
}

/// Everything that a run needs.
pub(super) struct Run {
    pub shared: Arc<EntryShared>,
    pub address: Arc<Address>,
    pub control: Arc<Control>,
    pub locator: Arc<dyn Locator>,
    pub folder: Arc<Folder>,
    pub actor: mpsc::UnboundedSender<Command>,
    pub network: watch::Receiver<Network>,
    /// The size as the library says it.
    pub hint: Option<u64>,
    pub allotment: Allotment,
    pub haste: Haste,
}

/// Why an attempt ended before the run's limit.
enum Broken {
    Source(SourceError),
    /// The answer was of no use, but taught how to ask: at once, and at no cost.
    Again,
    /// All is well, but the server sent a shorter part than was asked, or gave up while this side paused.
    More,
    Final(CacheError),
}

/// What follows a failure.
enum Recovery {
    Again,
    Stopped,
    Offline,
    None,
}

impl From<SourceError> for Broken {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}

impl Run {
    /// Runs to the limit, the end, a stop or the last failure.
    pub(super) async fn run(mut self) -> Outcome {
        let mut course = Course::default();
        let mut terms = Terms::default();
        loop {
            let broken = match self.attempt(&mut terms, &mut course).await {
                Ok(()) => return Outcome::Done,
                Err(broken) => broken,
            };
            if self.control.stop.is_cancelled() {
                return Outcome::Done;
            }
            let error = match broken {
                Broken::Final(error) => return self.give_up(error),
                Broken::More | Broken::Again => continue,
                Broken::Source(error) => error,
            };
            let wish = match classify(&error) {
                Class::Transient(wish) => wish,
                Class::Relocate | Class::Final => {
                    return self.give_up(CacheError::Upstream(error));
                }
            };
            match self.recover(&mut course, &terms, &error, wish).await {
                Recovery::Again => {}
                Recovery::Stopped => return Outcome::Done,
                Recovery::None => return self.give_up(CacheError::Upstream(error)),
                Recovery::Offline => return Outcome::Failed(CacheError::Offline),
            }
        }
    }

    /// Waits for the next try, or finds another way.
    async fn recover(
        &mut self,
        course: &mut Course,
        terms: &Terms,
        error: &SourceError,
        wish: Option<Duration>,
    ) -> Recovery {
        let opening = error.is_offline() && !self.shared.has_answered();
        let next = course.failed(self.control.rank(), opening, wish, rand::random());
        tracing::debug!(%error, ?next, "a fetch broke");
        if course.is_serious() {
            self.locator.fetched(&self.shared.key, Err(error));
        }
        match next {
            Next::Again(delay) => self.wait(delay).await,
            Next::Reroute => {
                let failed = course.routes_failed();
                let way = self
                    .address
                    .reroute(&*self.locator, &self.shared, terms.number, failed);
                if !matches!(way.await, Ok(true)) {
                    return Recovery::None;
                }
                course.rerouted();
                Recovery::Again
            }
            Next::GiveUp => Recovery::None,
        }
    }

    /// The pause before the next try. It ends early when the network is back, and when somebody begins to wait for what was
    /// nobody's hurry.
    async fn wait(&mut self, delay: Duration) -> Recovery {
        let background = self.control.rank().is_background();
        let (control, network) = (self.control.clone(), &mut self.network);
        tokio::select! {
            () = sleep(delay) => Recovery::Again,
            () = control.stop.cancelled() => Recovery::Stopped,
            () = control.wanted(), if background => Recovery::Again,
            changed = network.changed() => match changed {
                Ok(()) if !self.locator.is_reachable(&self.shared.key, network.borrow().online) => {
                    Recovery::Offline
                }
                _ => Recovery::Again,
            }
        }
    }

    fn give_up(&self, error: CacheError) -> Outcome {
        if let CacheError::Upstream(error) = &error {
            self.locator.fetched(&self.shared.key, Err(error));
        }
        Outcome::Failed(error)
    }

    fn pos(&self) -> u64 {
        self.control.pos.load(Ordering::Acquire)
    }

    fn limit(&self) -> u64 {
        let limit = self.control.limit.load(Ordering::Acquire);
        self.shared.size().map_or(limit, |size| limit.min(size))
    }

    /// Until a stopped run need not wait for its answer. What a probe asked for is on its way by then, and is taken.
    async fn dismissed(&self) {
        self.control.stop.cancelled().await;
        if self.limit().saturating_sub(self.pos()) <= receive::GRACE {
            tokio::select! {
                () = self.control.hurry.cancelled() => {}
                () = sleep(receive::FAREWELL) => {}
            }
        }
    }

    async fn attempt(&self, terms: &mut Terms, course: &mut Course) -> Result<(), Broken> {
        if self.pos() >= self.limit() {
            return Ok(());
        }
        let opened = tokio::select! {
            opened = self.request(terms) => opened?,
            () = self.dismissed() => return Ok(()),
        };
        let Some(mut reply) = opened else {
            return Ok(());
        };
        self.locator.fetched(&self.shared.key, Ok(()));
        self.control.pos.store(reply.shape.start, Ordering::Release);
        self.receive(&mut reply, terms, course).await
    }
}

fn malformed(misfit: &Misfit) -> Broken {
    let error = SourceError::Malformed(misfit.to_string());
    Broken::Final(CacheError::Upstream(error))
}
