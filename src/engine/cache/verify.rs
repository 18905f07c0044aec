//! A comparison of cached bytes with their checksums, and of the rest with their source.
//!
//! **Threads**: the engine's runtime; disks are read on the blocking pool. **Cancellation**: by dropping; damaged blocks
//! that were found are not here any more by then, and come when they are read.

use std::time::Duration;

use tokio::time::timeout;

use super::error::CacheError;
use super::{CacheKey, CacheService, Locator, OpenRequest, Reader};
use crate::http::Way;
use crate::http::ranged::{Ask, Failure};
use crate::range::{ByteRange, RangeSet};
use crate::source_error::SourceError;

/// Longest silence inside a body.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a check of cached bytes found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Bytes that were compared, in all.
    pub bytes: u64,
    /// Those of them that were compared with their checksums, without asking anybody; the others with their source.
    pub by_checksum: u64,
    /// Blocks that differed from their checksums. They are not used any more.
    pub damaged: Vec<ByteRange>,
    /// How many of those have been fetched again.
    pub repaired: u64,
    /// Where bytes differ from their source; empty when all is well.
    pub mismatched: Vec<ByteRange>,
}

impl CacheService {
    /// Compares what is here with its checksums, where it has them, and fetches damaged blocks again; fetches everything else
    /// again and compares, without storing it.
    ///
    /// # Errors
    /// [`CacheError`] when the source has to be asked and cannot.
    pub async fn verify(&self, key: &CacheKey) -> Result<Verified, CacheError> {
        let request = OpenRequest {
            key: key.clone(),
            fingerprint: None,
            size_hint: None,
        };
        let Some(state) = self.entry(key).await? else {
            return Ok(Verified::default());
        };
        let reader = self.open_as(request.clone(), true).await?;
        let tools = self.shared.clone();
        let runtime = tools.runtime.clone();
        let found = by_checksum(reader.clone());
        let (summed, mut verified) = runtime.run(found).await?;
        if !verified.damaged.is_empty() {
            // One that counts, and so makes bytes come.
            let reader = self.open(request).await?;
            verified.repaired = repair(&reader, &verified.damaged).await;
        }
        let rest = without(&state.ranges, &summed);
        let with_source = async move {
            by_source(&*tools.locator, &reader, &state.key, &rest, &mut verified).await?;
            Ok(verified)
        };
        runtime.run(with_source).await
    }
}

/// Compares all that has a checksum, on this disk alone. Returns what that was.
async fn by_checksum(reader: Reader) -> Result<(RangeSet, Verified), CacheError> {
    let checked = tokio::task::spawn_blocking(move || reader.recheck_blocking()).await;
    let (summed, damaged) = checked.map_err(|_| CacheError::Closed)??;
    let verified = Verified {
        bytes: summed.bytes(),
        by_checksum: summed.bytes(),
        damaged,
        ..Verified::default()
    };
    Ok((summed, verified))
}

/// Fetches damaged blocks again, by reading them. Returns how many came.
async fn repair(reader: &Reader, damaged: &[ByteRange]) -> u64 {
    let mut repaired = 0;
    for range in damaged {
        let length = usize::try_from(range.len()).unwrap_or(usize::MAX);
        match reader.read_at(range.start, length).await {
            Ok(_) => repaired += 1,
            Err(error) => {
                tracing::warn!(%range, %error, "a damaged block cannot be fetched again now");
            }
        }
    }
    repaired
}

/// The bytes of `ranges` that are not in `others`.
fn without(ranges: &RangeSet, others: &RangeSet) -> RangeSet {
    let mut rest = ranges.clone();
    others.iter().for_each(|other| rest.remove(other));
    rest
}

/// Fetches `ranges` again, and compares them with what `reader` reads. Asks nobody where there are none.
async fn by_source(
    locator: &dyn Locator,
    reader: &Reader,
    key: &CacheKey,
    ranges: &RangeSet,
    verified: &mut Verified,
) -> Result<(), CacheError> {
    if ranges.is_empty() {
        return Ok(());
    }
    let located = locator.locate(key).await.map_err(CacheError::Upstream)?;
    let Some(way) = Way::to(located) else {
        return Ok(());
    };
    for range in ranges.iter() {
        let ask = Ask::part(range.start, range.end);
        let mut reply = way.get(&ask).await.map_err(|failure| match failure {
            Failure::Source(error) => CacheError::Upstream(error),
            Failure::Misfit(misfit) => {
                CacheError::Upstream(SourceError::Malformed(misfit.to_string()))
            }
        })?;
        let mut pos = reply.shape.start;
        while pos < range.end {
            let chunk = timeout(PATIENCE, reply.chunk()).await;
            let chunk = chunk.unwrap_or(Err(SourceError::Timeout));
            let chunk = chunk.map_err(CacheError::Upstream)?;
            let Some(chunk) = chunk else { break };
            compare(reader, range, pos, &chunk, verified);
            pos += chunk.len() as u64;
        }
        if pos < range.end {
            verified.mismatched.push(ByteRange::new(pos, range.end));
        }
    }
    Ok(())
}

/// Compares `chunk`, which the source has at `pos`, as far as it lies in `range`.
fn compare(reader: &Reader, range: ByteRange, pos: u64, chunk: &[u8], verified: &mut Verified) {
    let part = ByteRange::new(
        pos.max(range.start),
        (pos + chunk.len() as u64).min(range.end),
    );
    let offset = |at: u64| usize::try_from(at - pos).unwrap_or(usize::MAX);
    if part.is_empty() {
        return;
    }
    let theirs = chunk
        .get(offset(part.start)..offset(part.end))
        .unwrap_or_default();
    let mut ours = vec![0; theirs.len()];
    let here = tokio::task::block_in_place(|| reader.peek_blocking(part.start, &mut ours));
    verified.bytes += part.len();
    if !here || ours != theirs {
        verified.mismatched.push(part);
    }
}
