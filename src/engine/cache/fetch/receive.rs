//! The body of a run's attempt: gathered, given room, written, until it ends or has brought enough.
//!
//! **Does not know** where a body belongs: its reply has said so. **Threads**: as the run; writes block in place.

use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::BytesMut;
use tokio::time::{Instant, sleep};

use super::super::error::CacheError;
use super::request::{Terms, short};
use super::{Broken, Run};
use crate::http::ranged::Reply;
use crate::http::retry::Retry;
use crate::range::ByteRange;
use crate::source_error::SourceError;

/// Bytes are gathered up to here before they are written, unless somebody waits.
const BATCH: usize = 256 << 10;
/// …or for so long.
const GATHER: Duration = Duration::from_millis(20);
/// Silence that counts as a broken connection while somebody waits.
const STALL: Duration = Duration::from_secs(8);
/// A stopped run still takes what has already arrived, up to here.
const GRACE: u64 = 256 << 10;

impl Run {
    pub(super) async fn receive(
        &self,
        reply: &mut Reply,
        terms: &mut Terms,
        retry: &mut Retry,
    ) -> Result<(), Broken> {
        let begun = Instant::now();
        let first = reply.shape.start;
        let mut batch = BytesMut::with_capacity(2 * BATCH);
        loop {
            let ended = self.gather(reply, &mut batch).await;
            let pos = self.pos();
            let room = usize::try_from(self.limit().saturating_sub(pos)).unwrap_or(usize::MAX);
            let mut whole = batch.split();
            whole.truncate(shape_room(reply, pos));
            if terms.compare {
                let same = self.compare(pos, &whole);
                same.map_err(|error| self.disown(first, error))?;
            }
            let surplus = whole.len().saturating_sub(room) as u64;
            whole.truncate(room);
            let length = whole.len() as u64;
            if length > 0 {
                let fresh = self.write(pos, &whole).await.map_err(Broken::Final)?;
                self.control.pos.store(pos + length, Ordering::Release);
                retry.gained(fresh);
                let rate = (pos + length - first) as f64 / begun.elapsed().as_secs_f64().max(0.001);
                self.control.rate.store(rate as u64, Ordering::Relaxed);
            }
            if self.pos() >= self.limit() {
                if terms.compare {
                    let same = self.meet(reply, surplus).await;
                    same.map_err(|error| self.disown(first, error))?;
                }
                return Ok(());
            }
            match ended? {
                Gathered::More => {}
                Gathered::Stopped => return Ok(()),
                Gathered::End => return self.finish(reply, first, terms),
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
