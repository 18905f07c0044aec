//! Proof by bytes: where a server names no version that could be relied on, what it sends now is compared with what it sent
//! before, wherever the two meet.
//!
//! **Does not know** validators: who asks has looked at them. **Threads**: as the run; reads block in place.

use std::time::Duration;

use tokio::time::timeout;

use super::super::error::CacheError;
use super::address::Place;
use super::{Broken, Run};
use crate::http::ranged::{Ask, Failure, Misfit, Reply};
use crate::range::{ByteRange, RangeSet};
use crate::source_error::SourceError;

/// So many bytes are compared where new ones meet old ones.
pub(super) const OVERLAP: u64 = 4 << 10;
/// What has to be compared comes soon or not at all.
const PATIENCE: Duration = Duration::from_secs(8);

impl Run {
    /// How far before `pos` to begin, so that the answer can be compared.
    pub(super) fn step_back(&self, pos: u64) -> u64 {
        let from = pos.saturating_sub(OVERLAP);
        let missing = self.shared.missing_in(ByteRange::new(from, pos));
        pos - missing.last().map_or(from, |gap| gap.end)
    }

    /// Compares what of `bytes`, which the server has at `pos`, is here already. Blocks.
    pub(super) fn compare(&self, pos: u64, bytes: &[u8]) -> Result<(), CacheError> {
        match tokio::task::block_in_place(|| self.shared.contradicts(pos, bytes)) {
            true => Err(CacheError::Changed),
            false => Ok(()),
        }
    }

    /// Reads on behind the run's end, into what is here already, of which `seen` bytes have been compared. A body that ends or
    /// breaks before contradicts nothing.
    pub(super) async fn meet(&self, reply: &mut Reply, seen: u64) -> Result<(), CacheError> {
        let limit = self.limit();
        let end = limit + self.shared.ranges().covered_from(limit).min(OVERLAP);
        let mut pos = limit + seen;
        while pos < end && !self.control.stop.is_cancelled() {
            let Ok(Ok(Some(chunk))) = timeout(PATIENCE, reply.chunk()).await else {
                break;
            };
            self.compare(pos, &chunk)?;
            pos += chunk.len() as u64;
        }
        Ok(())
    }

    /// Fetches a piece of what is here again and compares it, for a run that begins where nothing is.
    pub(super) async fn witness(&self, place: &Place, pos: u64) -> Result<(), Broken> {
        let Some(piece) = nearest(&self.shared.ranges(), pos) else {
            return Ok(());
        };
        let ask = Ask::part(piece.start, piece.end);
        let mut reply = match place.way.get(&ask).await {
            Ok(reply) => reply,
            Err(Failure::Source(error)) => return Err(Broken::Source(error)),
            Err(Failure::Misfit(Misfit::Beyond(_))) => {
                return Err(Broken::Final(CacheError::Changed));
            }
            // It says nothing of the bytes; the run's own answer will be of the same kind.
            Err(Failure::Misfit(_)) => return Ok(()),
        };
        let mut pos = reply.shape.start;
        while pos < piece.end {
            let chunk = timeout(PATIENCE, reply.chunk()).await;
            let Some(chunk) = chunk.unwrap_or(Err(SourceError::Timeout))? else {
                break;
            };
            self.compare(pos, &chunk).map_err(Broken::Final)?;
            pos += chunk.len() as u64;
        }
        Ok(())
    }
}

/// The piece of what is here that lies nearest to `pos`.
fn nearest(ranges: &RangeSet, pos: u64) -> Option<ByteRange> {
    let before = |range: &ByteRange| range.end <= pos;
    let distance = |range: &ByteRange| match before(range) {
        true => pos - range.end,
        false => range.start.saturating_sub(pos),
    };
    let range = ranges.iter().min_by_key(distance)?;
    Some(match before(&range) {
        true => ByteRange::new(
            range.start.max(range.end.saturating_sub(OVERLAP)),
            range.end,
        ),
        false => ByteRange::new(range.start, range.end.min(range.start + OVERLAP)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_piece_is_compared() {
        let ranges: RangeSet = [ByteRange::new(0, 100), ByteRange::new(50_000, 90_000)]
            .into_iter()
            .collect();
        for (pos, piece) in [
            (200, (0, 100)),
            (49_000, (50_000, 54_096)),
            (1 << 40, (85_904, 90_000)),
        ] {
            let (start, end) = piece;
            assert_eq!(
                nearest(&ranges, pos),
                Some(ByteRange::new(start, end)),
                "{pos}"
            );
        }
        assert_eq!(nearest(&RangeSet::default(), 7), None);
    }
}
