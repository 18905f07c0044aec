//! The wait for a load's first bytes, before there is a pipeline.
//!
//! A pipeline changes its state only once its source knows its size. Waiting here keeps that wait off the thread that has to hear
//! *stop*, and the first bytes say what GStreamer would go to great lengths to find out.

use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread;

use spool_engine::cache::CacheError;

use crate::cachesrc::Feed;
use crate::driver::Input;

/// Enough for the first page of each stream of an Ogg file, and for three packets of a transport stream.
const HEAD: usize = 4096;

/// What the first bytes say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct Head {
    /// There are none.
    pub(crate) empty: bool,
    /// Ogg with Theora, on which playbin3 1.26 always hangs.
    pub(crate) ogg_video: bool,
    /// File name extension of the container. GStreamer asks the finders for this extension first; without it, it looks at the
    /// end and in the middle of the file as well, each a request of its own on a network.
    pub(crate) extension: Option<&'static str>,
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

fn look(feed: &Feed) -> Result<Head, CacheError> {
    feed.wait_for_size()?;
    let mut head = [0; HEAD];
    let read = feed.read(0, &mut head)?;
    Ok(judge(head.get(..read).unwrap_or_default()))
}

fn judge(head: &[u8]) -> Head {
    let contains = |word: &[u8]| head.windows(word.len()).any(|at| at == word);
    // A transport stream has this byte at the beginning of each packet.
    let packet = |at: usize| head.get(at) == Some(&0x47);
    let extension = match head {
        [0x1a, 0x45, 0xdf, 0xa3, ..] if contains(b"webm") => Some("webm"),
        [0x1a, 0x45, 0xdf, 0xa3, ..] => Some("mkv"),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => Some("mp4"),
        [b'O', b'g', b'g', b'S', ..] => Some("ogg"),
        [b'f', b'L', b'a', b'C', ..] => Some("flac"),
        [b'I', b'D', b'3', ..] => Some("mp3"),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'A',
            b'V',
            b'I',
            b' ',
            ..,
        ] => Some("avi"),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'A',
            b'V',
            b'E',
            ..,
        ] => Some("wav"),
        _ if packet(0) && packet(188) && packet(376) => Some("ts"),
        _ if packet(4) && packet(196) && packet(388) => Some("m2ts"),
        _ => None,
    };
    Head {
        empty: head.is_empty(),
        ogg_video: extension == Some("ogg") && contains(b"\x80theora"),
        extension,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_are_told_by_their_first_bytes() {
        let ts = |first: usize, packet: usize| {
            let mut bytes = vec![0; HEAD];
            for at in (first..HEAD).step_by(packet) {
                bytes[at] = 0x47;
            }
            bytes
        };
        for (head, extension) in [
            (b"\x1a\x45\xdf\xa3....matroska".to_vec(), Some("mkv")),
            (b"\x1a\x45\xdf\xa3....webm".to_vec(), Some("webm")),
            (b"\0\0\0 ftypisom".to_vec(), Some("mp4")),
            (b"OggS...\x01vorbis".to_vec(), Some("ogg")),
            (b"fLaC".to_vec(), Some("flac")),
            (b"RIFF....AVI LIST".to_vec(), Some("avi")),
            (ts(0, 188), Some("ts")),
            (ts(4, 192), Some("m2ts")),
            (b"<!DOCTYPE html>".to_vec(), None),
            (Vec::new(), None),
        ] {
            assert_eq!(judge(&head).extension, extension, "{head:x?}");
            assert!(!judge(&head).ogg_video);
        }
        assert!(judge(b"").empty);
        assert!(judge(b"OggS....\x80theora").ogg_video);
        assert!(!judge(b"....OggS\x80theora").ogg_video);
    }
}
