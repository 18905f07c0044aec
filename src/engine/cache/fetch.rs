//! One run: ranged GETs, one after another where one breaks, that bring bytes from a position on into one file.
//!
//! **Does not know** why these bytes. **Threads**: a task on the engine's runtime (which has several threads); writes block in place.

mod address;
mod overlap;
mod receive;
mod request;
mod room;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::Locator;
use super::command::Command;
use super::disk::Folder;
use super::entry::EntryShared;
use super::error::CacheError;
use crate::http::ranged::Misfit;
use crate::http::retry::{Class, PLAYING, Retry, classify};
use crate::source_error::SourceError;

use request::Terms;

pub(super) use address::Address;
pub(super) use room::UNIT;

/// What the actor and a run share.
#[derive(Debug)]
pub(super) struct Control {
    /// Next byte.
    pub pos: AtomicU64,
    /// The run ends here; lowered when another run begins in its way.
    pub limit: AtomicU64,
    /// Bytes in a second.
    pub rate: AtomicU64,
    /// Microseconds from asking to the reply's head.
    pub setup: AtomicU64,
    pub stop: CancellationToken,
}

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
    /// Bytes that there is room for and that have not been written yet.
    pub room: AtomicU64,
    /// The size as the library says it.
    pub hint: Option<u64>,
}

/// Why an attempt ended before the run's limit.
enum Broken {
    Source(SourceError),
    /// The answer was of no use, but taught how to ask: at once, and at no cost.
    Again,
    /// All is well, but the server sent a shorter part than was asked.
    More,
    Final(CacheError),
}

impl From<SourceError> for Broken {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}

impl Run {
    /// Runs to the limit, the end, a stop or the last failure.
    pub(super) async fn run(self) -> Outcome {
        let mut retry = Retry::new(&PLAYING);
        let mut terms = Terms::default();
        loop {
            let broken = match self.attempt(&mut terms, &mut retry).await {
                Ok(()) => return Outcome::Done,
                Err(broken) => broken,
            };
            if self.control.stop.is_cancelled() {
                return Outcome::Done;
            }
            let error = match broken {
                Broken::Final(error) => return Outcome::Failed(error),
                Broken::More | Broken::Again => continue,
                Broken::Source(error) => error,
            };
            let wish = match classify(&error) {
                Class::Transient(wish) => wish,
                Class::Relocate | Class::Final => {
                    return Outcome::Failed(CacheError::Upstream(error));
                }
            };
            let Some(delay) = retry.next_delay(wish) else {
                return Outcome::Failed(CacheError::Upstream(error));
            };
            tracing::debug!(%error, ?delay, "a fetch broke and is tried again");
            tokio::select! {
                () = sleep(delay) => {}
                () = self.control.stop.cancelled() => return Outcome::Done,
            }
        }
    }

    fn pos(&self) -> u64 {
        self.control.pos.load(Ordering::Acquire)
    }

    fn limit(&self) -> u64 {
        let limit = self.control.limit.load(Ordering::Acquire);
        self.shared.size().map_or(limit, |size| limit.min(size))
    }

    async fn attempt(&self, terms: &mut Terms, retry: &mut Retry) -> Result<(), Broken> {
        if self.pos() >= self.limit() {
            return Ok(());
        }
        let opened = tokio::select! {
            opened = self.request(terms) => opened?,
            () = self.control.stop.cancelled() => return Ok(()),
        };
        let Some(mut reply) = opened else {
            return Ok(());
        };
        self.control.pos.store(reply.shape.start, Ordering::Release);
        self.receive(&mut reply, terms, retry).await
    }
}

fn malformed(misfit: &Misfit) -> Broken {
    let error = SourceError::Malformed(misfit.to_string());
    Broken::Final(CacheError::Upstream(error))
}
