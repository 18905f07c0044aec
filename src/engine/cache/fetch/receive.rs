//! The body of a run's attempt: gathered, given room, written, until it ends or has brought enough.
//!
//! **Does not know** where a body belongs: its reply has said so. **Threads**: as the run, which also writes (`haste`).
//!
//! **Cancellation**: a stop is seen at every wait; what has arrived by then is written first.

use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, sleep};

use super::super::error::CacheError;
use super::super::plan::PROBE;
use super::batch::Batch;
use super::request::{Terms, short};
use super::{Broken, Course, Run};
use crate::http::ranged::Reply;
use crate::range::ByteRange;
use crate::source_error::SourceError;

/// Bytes are gathered for so long at most before they are written.
const GATHER: Duration = Duration::from_millis(20);
/// Silence that counts as a broken connection while somebody waits.
const STALL: Duration = Duration::from_secs(8);
/// A stopped run still takes so much of what is left, which is all of a probe, or what comes within so short a time: its
/// connection stays usable, and what the server has sent does not come twice.
pub(super) const GRACE: u64 = PROBE;
const GRACE_TIME: Duration = Duration::from_millis(50);
/// A silence of this length ends it whatever was promised.
pub(super) const FAREWELL: Duration = Duration::from_secs(1);
/// A run that leaves more than that behind takes what this system has received for it already: so much at most…
const SWEPT: u64 = 4 << 20;
/// …for so long…
const SWEEP: Duration = Duration::from_millis(200);
/// …as long as it comes without a wait…
const AT_ONCE: Duration = Duration::from_millis(1);
/// …and until some pieces in a row are so small that they have only just come.
const CRUMB: u64 = 8 << 10;
const CRUMBS: u32 = 3;

/// Where one body stands.
struct Body {
    first: u64,
    begun: Instant,
    /// Time that was spent pausing.
    paused: Duration,
    /// It paused, and nothing has come since: a server that lost patience meanwhile has not failed.
    resumed: bool,
    /// When a stop was seen.
    stopped: Option<Instant>,
    /// What came after that, and how many small pieces at its end.
    swept: u64,
    crumbs: u32,
}

impl Run {
    pub(super) async fn receive(
        &self,
        reply: &mut Reply,
        terms: &mut Terms,
        course: &mut Course,
    ) -> Result<(), Broken> {
        let mut body = Body {
            first: reply.shape.start,
            begun: Instant::now(),
            paused: Duration::ZERO,
            resumed: false,
            stopped: None,
            swept: 0,
            crumbs: 0,
        };
        let mut batch = Batch::new();
        loop {
            let ended = self.gather(reply, &mut batch, &mut body).await;
            let surplus = self
                .store(reply, batch.take(), &body, terms, course)
                .await?;
            if self.pos() >= self.limit() {
                if terms.compare {
                    let same = self.meet(reply, surplus).await;
                    same.map_err(|error| self.disown(body.first, error))?;
                }
                return Ok(());
            }
            match ended {
                Ok(Gathered::More) => {}
                Ok(Gathered::Stopped) => return Ok(()),
                Ok(Gathered::End) if body.resumed && self.is_short(reply) => {
                    return Err(Broken::More);
                }
                Ok(Gathered::End) => return self.finish(reply, body.first, terms),
                Err(Broken::Source(_)) if body.resumed => return Err(Broken::More),
                Err(broken) => return Err(broken),
            }
        }
    }

    /// Writes what belongs to this run and this reply. Returns how many bytes lie behind the run's end.
    async fn store(
        &self,
        reply: &Reply,
        mut whole: Bytes,
        body: &Body,
        terms: &Terms,
        course: &mut Course,
    ) -> Result<u64, Broken> {
        let pos = self.pos();
        let room = usize::try_from(self.limit().saturating_sub(pos)).unwrap_or(usize::MAX);
        whole.truncate(shape_room(reply, pos));
        if terms.compare {
            let same = self.compare(pos, &whole);
            same.map_err(|error| self.disown(body.first, error))?;
        }
        let surplus = whole.len().saturating_sub(room) as u64;
        whole.truncate(room);
        let length = whole.len() as u64;
        if length > 0 {
            let fresh = self.write(pos, &whole).await.map_err(Broken::Final)?;
            course.gained(fresh);
            let control = &self.control;
            control.pos.store(pos + length, Ordering::Release);
            control.received.fetch_add(length, Ordering::Relaxed);
            let time = body.begun.elapsed().saturating_sub(body.paused);
            let rate = (pos + length - body.first) as f64 / time.as_secs_f64().max(0.001);
            control.rate.store(rate as u64, Ordering::Relaxed);
        }
        Ok(surplus)
    }

    /// Fills `batch` until it is worth writing.
    async fn gather(
        &self,
        reply: &mut Reply,
        batch: &mut Batch,
        body: &mut Body,
    ) -> Result<Gathered, Broken> {
        let pos = self.pos();
        let mut last_byte = Instant::now();
        loop {
            let end = pos + batch.len() as u64;
            if !self.control.may_read(end) && body.stopped.is_none() {
                if !batch.is_empty() {
                    return Ok(Gathered::More);
                }
                self.pause(end, body).await;
                last_byte = Instant::now();
            }
            let chunk = match self.arrives(reply, end, batch.is_empty(), body).await {
                Arrived::Chunk(chunk) => chunk?,
                Arrived::Stop => return Ok(Gathered::Stopped),
                Arrived::Nothing if !batch.is_empty() => return Ok(Gathered::More),
                Arrived::Nothing => {
                    let silent = last_byte.elapsed();
                    if body
                        .stopped
                        .is_some_and(|since| since.elapsed().min(silent) >= FAREWELL)
                    {
                        return Ok(Gathered::Stopped);
                    }
                    let wait = self.shared.longest_wait().unwrap_or_default();
                    if wait.min(last_byte.elapsed()) >= STALL {
                        return Err(SourceError::Timeout.into());
                    }
                    continue;
                }
            };
            let Some(chunk) = chunk else {
                return Ok(Gathered::End);
            };
            last_byte = Instant::now();
            body.resumed = false;
            let length = chunk.len() as u64;
            batch.add(chunk);
            self.leave_some_to_others(length).await;
            let end = pos + batch.len() as u64;
            if self.control.stop.is_cancelled() && self.has_swept(reply, end, length, body) {
                return Ok(Gathered::Stopped);
            }
            let enough = batch.is_enough() || end >= self.limit();
            if enough || self.shared.would_satisfy(ByteRange::new(pos, end)) {
                return Ok(Gathered::More);
            }
        }
    }

    /// The next chunk, the end of what a stopped run takes, or nothing for a while.
    async fn arrives(&self, reply: &mut Reply, end: u64, empty: bool, body: &mut Body) -> Arrived {
        let leaves = self.control.stop.is_cancelled() && self.lets_go(reply, end);
        let until = match (leaves, empty) {
            (true, _) => AT_ONCE,
            (false, true) => Duration::from_millis(500),
            (false, false) => GATHER,
        };
        // What has arrived is taken before a stop is seen: it has been paid for.
        tokio::select! {
            biased;
            chunk = reply.chunk() => Arrived::Chunk(chunk),
            () = self.control.hurry.cancelled() => Arrived::Stop,
            () = self.control.stop.cancelled(), if body.stopped.is_none() => {
                body.stopped = Some(Instant::now());
                Arrived::Nothing
            }
            () = sleep(until) => if leaves { Arrived::Stop } else { Arrived::Nothing },
        }
    }

    /// Whether a stopped run that takes no more than what is here already has all of that; its last piece was of this length.
    /// Pieces become small when this system has nothing left; a server beside it may send without end.
    fn has_swept(&self, reply: &Reply, end: u64, length: u64, body: &mut Body) -> bool {
        body.swept += length;
        body.crumbs = if length < CRUMB { body.crumbs + 1 } else { 0 };
        let since = *body.stopped.get_or_insert_with(Instant::now);
        let all = body.crumbs >= CRUMBS || body.swept >= SWEPT || since.elapsed() >= SWEEP;
        self.control.hurry.is_cancelled() || (all && self.lets_go(reply, end))
    }

    /// Stops reading, which the server notices, until it may go on or has to end.
    async fn pause(&self, pos: u64, body: &mut Body) {
        let since = Instant::now();
        tokio::select! {
            () = self.control.pause(pos) => {}
            () = self.control.stop.cancelled() => {}
        }
        body.paused += since.elapsed();
        body.resumed = true;
    }

    /// Whether a stopped run ends here: unless so little is left of the reply that taking it is cheaper than a new connection.
    fn lets_go(&self, reply: &Reply, pos: u64) -> bool {
        let left = reply
            .shape
            .end
            .map_or(u64::MAX, |end| end.saturating_sub(pos));
        let beyond = reply.shape.end.is_none_or(|end| end > self.limit());
        let rate = self.control.rate.load(Ordering::Relaxed);
        let soon = u128::from(rate) * GRACE_TIME.as_millis() / 1000;
        self.control.hurry.is_cancelled() || beyond || u128::from(left) > soon.max(GRACE.into())
    }

    /// A background run takes only what a playback leaves.
    async fn leave_some_to_others(&self, bytes: u64) {
        let control = &self.control;
        if !control.rank().is_bulk() {
            return;
        }
        let mut wait = control.share.take(bytes);
        while !wait.is_zero() && control.rank().is_bulk() && !control.stop.is_cancelled() {
            sleep(wait).await;
            wait = control.share.take(0);
        }
    }

    /// The body ended before what its reply promised.
    fn is_short(&self, reply: &Reply) -> bool {
        let end = reply.shape.end.or(self.shared.size());
        end.is_some_and(|end| self.pos() < end)
    }

    /// The body ended without an error before the limit.
    fn finish(&self, reply: &Reply, first: u64, terms: &mut Terms) -> Result<(), Broken> {
        let (pos, shape) = (self.pos(), &reply.shape);
        match shape.end {
            Some(end) if pos < end => Err(short()),
            // The server sends parts of a size of its own: ask for the next one.
            Some(_) if pos > first => Err(Broken::More),
            Some(_) => Ok(()),
            None if self.shared.size().is_none() => self.ended(pos, shape.framed, terms),
            None => Err(short()),
        }
    }

    /// What this attempt brought since `first` is not of the version that is here.
    fn disown(&self, first: u64, error: CacheError) -> Broken {
        self.shared.forget(ByteRange::new(first, self.pos()));
        Broken::Final(error)
    }
}

enum Arrived {
    Chunk(Result<Option<Bytes>, SourceError>),
    Nothing,
    Stop,
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
