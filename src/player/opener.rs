//! The wait for a load's first bytes, before there is a pipeline.
//!
//! A pipeline changes its state only once its source knows its size. Waiting here keeps that wait off the thread that has to hear
//! *stop*, and the first bytes say which of GStreamer's players comes to a first frame.

use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread;

use spool_engine::cache::CacheError;

use crate::cachesrc::Feed;
use crate::driver::Input;

/// Enough for the first page of each stream of an Ogg file.
const HEAD: usize = 4096;

/// What the first bytes say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// There are none.
    Empty,
    /// Ogg with Theora, on which playbin3 1.26 always hangs.
    OggVideo,
    /// Anything else.
    Other,
}

/// Waits on a thread of its own, and reports.
pub(crate) fn open(number: u64, feed: Arc<Feed>, inbox: Sender<Input>) {
    let report = inbox.clone();
    let spawned = thread::Builder::new()
        .name("spool-open".to_owned())
        .spawn(move || {
            // A driver that is gone needs no answer.
            inbox.send(Input::Opened(number, look(&feed))).ok();
        });
    if let Err(error) = spawned {
        let error = CacheError::Disk(format!("no thread: {error}"));
        report.send(Input::Opened(number, Err(error))).ok();
    }
}

fn look(feed: &Feed) -> Result<Kind, CacheError> {
    feed.wait_for_size()?;
    let mut head = [0; HEAD];
    let read = feed.read(0, &mut head)?;
    Ok(kind(head.get(..read).unwrap_or_default()))
}

fn kind(head: &[u8]) -> Kind {
    const THEORA: &[u8] = b"\x80theora";
    match head {
        [] => Kind::Empty,
        [b'O', b'g', b'g', b'S', ..] if head.windows(THEORA.len()).any(|at| at == THEORA) => {
            Kind::OggVideo
        }
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ogg_is_told_by_its_streams() {
        assert_eq!(kind(b""), Kind::Empty);
        assert_eq!(kind(b"OggS....\x80theora"), Kind::OggVideo);
        assert_eq!(kind(b"OggS....\x01vorbis"), Kind::Other);
        assert_eq!(kind(b"....OggS\x80theora"), Kind::Other);
    }
}
