//! A comparison of cached bytes with their source.

use std::time::Duration;

use tokio::time::timeout;

use super::error::CacheError;
use super::{EntryState, Locator, Reader, Verified};
use crate::http::Located;
use crate::http::ranged::{self, Ask, Failure};
use crate::range::ByteRange;
use crate::source_error::SourceError;

/// Longest silence inside a body.
const PATIENCE: Duration = Duration::from_secs(30);

/// Fetches what `state` names again, and compares it with what `reader` reads.
pub(super) async fn verify(
    locator: &dyn Locator,
    reader: &Reader,
    state: &EntryState,
) -> Result<Verified, CacheError> {
    let located = locator
        .locate(&state.key)
        .await
        .map_err(CacheError::Upstream)?;
    let mut verified = Verified {
        bytes: 0,
        mismatched: Vec::new(),
    };
    let Located::Remote { http, url, .. } = located else {
        return Ok(verified);
    };
    for range in state.ranges.iter() {
        let ask = Ask::part(range.start, range.end);
        let mut reply = ranged::get(&http, &url, &ask)
            .await
            .map_err(|failure| match failure {
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
            compare(reader, range, pos, &chunk, &mut verified);
            pos += chunk.len() as u64;
        }
        if pos < range.end {
            verified.mismatched.push(ByteRange::new(pos, range.end));
        }
    }
    Ok(verified)
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
