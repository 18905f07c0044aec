//! `spoolctl fetch`: a title's bytes through the cache.

use std::io::Write;
use std::str::FromStr;

use clap::Args;
use serde::Serialize;
use spool_engine::cache::CacheError;
use spool_engine::playback::Opening;
use spool_engine::source::SourceError;

use crate::failure::Failure;
use crate::item;
use crate::output::Output;
use crate::profile::Profile;

/// Bytes asked for at a time.
const STEP: usize = 1 << 20;

/// A span of bytes as HTTP writes it, both ends included (RFC 9110 §14.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    first: u64,
    last: Option<u64>,
}

impl FromStr for Span {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "a range looks like 0-1023 or 4096-";
        let (first, last) = text.split_once('-').ok_or(WRONG)?;
        let first = first.parse().map_err(|_| WRONG)?;
        let last = if last.is_empty() {
            None
        } else {
            Some(last.parse().map_err(|_| WRONG)?)
        };
        if last.is_some_and(|last| last < first) {
            return Err("a range must not end before it begins");
        }
        Ok(Self { first, last })
    }
}

/// What `fetch` is told.
#[derive(Debug, Args)]
pub(crate) struct Fetch {
    /// An id or a unique title.
    pub(crate) item: String,
    /// Only these bytes, both ends included, as in HTTP ("0-1023", "4096-").
    #[arg(long, value_name = "A-B")]
    pub(crate) range: Option<Span>,
    /// Keep the bytes on this device only; write none to standard output.
    #[arg(long)]
    pub(crate) discard: bool,
}

/// What `fetch --discard --json` prints.
#[derive(Debug, Serialize)]
struct Fetched {
    item: String,
    /// Bytes read.
    bytes: u64,
}

pub(crate) async fn run(
    profile: &Profile,
    arguments: Fetch,
    output: Output,
) -> Result<(), Failure> {
    if output.json && !arguments.discard {
        return Err(Failure::usage(
            "--json needs --discard: standard output carries the bytes.",
        ));
    }
    let item = item::find(profile, &arguments.item).await?;
    let mut playable = profile.engine.playback.open(&item.id).await?;
    let Span { first, last } = arguments.range.unwrap_or(Span {
        first: 0,
        last: None,
    });
    let end = last.map_or(u64::MAX, |last| last.saturating_add(1));
    let (mut position, mut anew) = (first, false);
    while position < end {
        let step = usize::try_from(end - position).unwrap_or(STEP).min(STEP);
        let bytes = match playable.reader.read_at(position, step).await {
            // Another file is there now; nothing of the old one was given out.
            Err(CacheError::Upstream(SourceError::Gone)) if position == first && !anew => {
                anew = true;
                let opening = Opening {
                    anew,
                    ..Opening::default()
                };
                playable = profile.engine.playback.open_as(&item.id, opening).await?;
                continue;
            }
            bytes => bytes?,
        };
        if bytes.is_empty() {
            break;
        }
        position += bytes.len() as u64;
        if !arguments.discard && std::io::stdout().write_all(&bytes).is_err() {
            // Whoever read the pipe has enough.
            return Ok(());
        }
    }
    if arguments.discard {
        let fetched = Fetched {
            item: item.id.to_string(),
            bytes: position - first,
        };
        output.result(&fetched, |fetched| format!("{} bytes\n", fetched.bytes));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_http_writes_them() {
        assert_eq!(
            "0-1023".parse(),
            Ok(Span {
                first: 0,
                last: Some(1023)
            })
        );
        assert_eq!(
            "4096-".parse(),
            Ok(Span {
                first: 4096,
                last: None
            })
        );
        for wrong in ["", "-", "5", "-5", "9-3", "a-b", "99999999999999999999-"] {
            assert!(wrong.parse::<Span>().is_err(), "{wrong}");
        }
    }
}
