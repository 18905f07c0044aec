//! The head of a run's attempt: one GET, and what its answer means for the run.
//!
//! **Does not know** the body. **Threads**: as the run.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::super::error::CacheError;
use super::{Broken, Run, malformed};
use crate::http::ranged::{self, Ask, Failure, Misfit, Reply};
use crate::source_error::SourceError;

const FIRST_BYTE: Duration = Duration::from_secs(10);

impl Run {
    /// One GET; `None` when its answer is that the end is known now.
    pub(super) async fn request(
        &self,
        stale: Option<u64>,
        number: &mut u64,
    ) -> Result<Option<Reply>, Broken> {
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
}
