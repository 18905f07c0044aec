//! One run: ranged GETs, one after another where one breaks, that bring bytes from a position on into one file.
//!
//! **Does not know** why these bytes. **Threads**: a task on the engine's runtime (which has several threads); writes block in place.

mod room;

pub(super) use room::UNIT;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::BytesMut;
use tokio::sync::{Mutex, mpsc};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::Locator;
use super::command::Command;
use super::disk::Folder;
use super::entry::EntryShared;
use super::error::CacheError;
use crate::http::ranged::{self, Ask, Failure, Misfit, Reply};
use crate::http::retry::{Class, PLAYING, Retry, classify};
use crate::http::{Http, Located, SecretUrl};
use crate::range::ByteRange;
use crate::source_error::SourceError;

/// Bytes are gathered up to here before they are written, unless somebody waits.
const BATCH: usize = 256 << 10;
/// …or for so long.
const GATHER: Duration = Duration::from_millis(20);
const FIRST_BYTE: Duration = Duration::from_secs(10);
/// Silence that counts as a broken connection while somebody waits.
const STALL: Duration = Duration::from_secs(8);
/// A stopped run still takes what has already arrived, up to here.
const GRACE: u64 = 256 << 10;

/// Where a resource is now; asked for once, whoever needs it.
#[derive(Default)]
pub(super) struct Address(Mutex<(u64, Option<(Http, SecretUrl)>)>);

impl Address {
    /// The address and its number; a new one when `stale` is the number of the one that is known.
    pub(super) async fn get(
        &self,
        locator: &dyn Locator,
        shared: &EntryShared,
        stale: Option<u64>,
    ) -> Result<(u64, Http, SecretUrl), SourceError> {
        let mut known = self.0.lock().await;
        if stale == Some(known.0) {
            known.1 = None;
        }
        if known.1.is_none() {
            match locator.locate(&shared.key).await? {
                Located::Remote { http, url } => *known = (known.0 + 1, Some((http, url))),
                Located::File(_) => {
                    return Err(SourceError::Malformed("a file of this computer".into()));
                }
            }
        }
        let (http, url) = known.1.clone().ok_or(SourceError::Gone)?;
        Ok((known.0, http, url))
    }
}

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
}

/// Why an attempt ended before the run's limit.
enum Broken {
    Source(SourceError),
    /// An answer that lies about its place: one more try on the spot.
    Lied(Misfit),
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
        let (mut stale, mut number, mut relocated, mut lied) = (None, 0, false, false);
        loop {
            let begin = self.pos();
            let broken = match self.attempt(stale.take(), &mut number, &mut retry).await {
                Ok(()) => return Outcome::Done,
                Err(broken) => broken,
            };
            if self.control.stop.is_cancelled() {
                return Outcome::Done;
            }
            relocated &= self.pos() < begin + PLAYING.progress;
            let error = match broken {
                Broken::Final(error) => return Outcome::Failed(error),
                Broken::More => continue,
                Broken::Lied(misfit) if lied => {
                    return Outcome::Failed(malformed(&misfit));
                }
                Broken::Lied(_) => {
                    lied = true;
                    continue;
                }
                Broken::Source(error) => error,
            };
            let wish = match classify(&error) {
                Class::Transient(wish) => wish,
                Class::Relocate if !relocated && number > 0 => {
                    (relocated, stale) = (true, Some(number));
                    continue;
                }
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

    async fn attempt(
        &self,
        stale: Option<u64>,
        number: &mut u64,
        retry: &mut Retry,
    ) -> Result<(), Broken> {
        if self.pos() >= self.limit() {
            return Ok(());
        }
        let opened = tokio::select! {
            opened = self.request(stale, number) => opened?,
            () = self.control.stop.cancelled() => return Ok(()),
        };
        let Some(mut reply) = opened else {
            return Ok(());
        };
        self.shared.admit(&reply.shape).map_err(Broken::Final)?;
        self.control.pos.store(reply.shape.start, Ordering::Release);
        self.receive(&mut reply, retry).await
    }

    /// One GET; `None` when its answer is that the end is known now.
    async fn request(&self, stale: Option<u64>, number: &mut u64) -> Result<Option<Reply>, Broken> {
        let (current, http, url) = match self.address.get(&*self.locator, &self.shared, stale).await
        {
            Ok(found) => found,
            // Who knows that a server is offline says so at once, and is believed.
            Err(error) => return Err(Broken::Final(CacheError::Upstream(error))),
        };
        *number = current;
        let limit = self.control.limit.load(Ordering::Acquire);
        let open = limit == u64::MAX || self.shared.size() == Some(limit);
        let ask = Ask {
            start: self.pos(),
            end: (!open).then_some(limit),
            version: self.shared.origin().version,
        };
        let asked = Instant::now();
        let reply = timeout(FIRST_BYTE, ranged::get(&http, &url, &ask)).await;
        let setup = u64::try_from(asked.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.control.setup.store(setup, Ordering::Relaxed);
        match reply.map_err(|_| SourceError::Timeout)? {
            Ok(reply) => Ok(Some(reply)),
            Err(Failure::Source(error)) => Err(Broken::Source(error)),
            Err(Failure::Misfit(Misfit::Beyond(size))) => self.beyond(ask.start, size),
            Err(Failure::Misfit(misfit @ Misfit::Misplaced { .. })) => Err(Broken::Lied(misfit)),
            Err(Failure::Misfit(misfit)) => Err(Broken::Final(malformed(&misfit))),
        }
    }

    /// 416: the end is before `pos`, which is news only where the size was not known.
    fn beyond(&self, pos: u64, size: Option<u64>) -> Result<Option<Reply>, Broken> {
        match (self.shared.size(), size) {
            (Some(known), Some(size)) if known != size => {
                return Err(Broken::Final(CacheError::Changed));
            }
            (None, Some(size)) if size <= pos => self.shared.learn_size(size, true),
            (None, None) if pos == self.shared.ranges().first_gap_from(0) => {
                self.shared.learn_size(pos, false);
            }
            (known, _) if known.is_some_and(|known| known <= pos) => {}
            _ => {
                let lie = SourceError::Malformed("no bytes inside the file".into());
                return Err(Broken::Final(CacheError::Upstream(lie)));
            }
        }
        Ok(None)
    }

    async fn receive(&self, reply: &mut Reply, retry: &mut Retry) -> Result<(), Broken> {
        let begun = Instant::now();
        let (first, mut reserved) = (reply.shape.start, 0);
        let mut batch = BytesMut::with_capacity(2 * BATCH);
        loop {
            let ended = self.gather(reply, &mut batch).await;
            let pos = self.pos();
            let room = usize::try_from(self.limit().saturating_sub(pos)).unwrap_or(usize::MAX);
            let mut whole = batch.split();
            whole.truncate(room.min(shape_room(reply, pos)));
            let length = whole.len() as u64;
            if length > 0 {
                if pos + length > reserved {
                    self.reserve(false).await.map_err(Broken::Final)?;
                    reserved = pos + length + UNIT;
                }
                self.write(pos, &whole).await.map_err(Broken::Final)?;
                self.control.pos.store(pos + length, Ordering::Release);
                retry.gained(length);
                let rate = (pos + length - first) as f64 / begun.elapsed().as_secs_f64().max(0.001);
                self.control.rate.store(rate as u64, Ordering::Relaxed);
            }
            if self.pos() >= self.limit() {
                return Ok(());
            }
            match ended? {
                Gathered::More => {}
                Gathered::Stopped => return Ok(()),
                Gathered::End => return self.finish(reply, first),
            }
        }
    }

    /// Fills `batch` until it is worth writing.
    async fn gather(&self, reply: &mut Reply, batch: &mut BytesMut) -> Result<Gathered, Broken> {
        let pos = self.pos();
        let mut last_byte = Instant::now();
        loop {
            let until = if batch.is_empty() {
                Duration::from_millis(500)
            } else {
                GATHER
            };
            // What has arrived is taken before a stop is seen: it has been paid for.
            let chunk = tokio::select! {
                biased;
                chunk = reply.chunk() => chunk,
                () = self.control.stop.cancelled() => return Ok(Gathered::Stopped),
                () = sleep(until) => {
                    if !batch.is_empty() {
                        return Ok(Gathered::More);
                    }
                    let wait = self.shared.longest_wait().unwrap_or_default();
                    if wait.min(last_byte.elapsed()) >= STALL {
                        return Err(SourceError::Timeout.into());
                    }
                    continue;
                }
            };
            let Some(chunk) = chunk? else {
                return Ok(Gathered::End);
            };
            last_byte = Instant::now();
            batch.extend_from_slice(&chunk);
            let end = pos + batch.len() as u64;
            let stopping = self.control.stop.is_cancelled();
            if stopping && batch.len() as u64 >= GRACE {
                return Ok(Gathered::Stopped);
            }
            let enough = batch.len() >= BATCH || end >= self.limit();
            if enough || self.shared.would_satisfy(ByteRange::new(pos, end)) {
                return Ok(if stopping {
                    Gathered::Stopped
                } else {
                    Gathered::More
                });
            }
        }
    }

    /// The body ended without an error before the limit.
    fn finish(&self, reply: &Reply, first: u64) -> Result<(), Broken> {
        let (pos, shape) = (self.pos(), &reply.shape);
        match shape.end {
            Some(end) if pos < end => {
                Err(SourceError::Unreachable("the body is short".into()).into())
            }
            // The server sends parts of a size of its own: ask for the next one.
            Some(_) if pos > first => Err(Broken::More),
            Some(_) => Ok(()),
            None if self.shared.size().is_none() => {
                self.shared.learn_size(pos, shape.framed);
                Ok(())
            }
            None => Err(SourceError::Unreachable("the body is short".into()).into()),
        }
    }
}

enum Gathered {
    More,
    End,
    Stopped,
}

/// How many of the bytes at `pos` belong to what the reply announced; a surplus is dropped.
fn shape_room(reply: &Reply, pos: u64) -> usize {
    let end = reply.shape.end.unwrap_or(u64::MAX);
    usize::try_from(end.saturating_sub(pos)).unwrap_or(usize::MAX)
}

fn malformed(misfit: &Misfit) -> CacheError {
    CacheError::Upstream(SourceError::Malformed(misfit.to_string()))
}
