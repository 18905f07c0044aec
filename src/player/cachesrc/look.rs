//! How much of a read is waited for.
//!
//! matroskademux looks at a few bytes (the head of an element) by asking for 64 KiB. Where they have still to come, a frame
//! would wait for bytes that belong to later ones: 3 ms at 20 MB/s, a quarter of a second at 2 Mbit/s, at the start and after
//! each seek. A short answer is no end of the file to it: what it really lacks it asks for again, from the same place, and
//! that read is answered in full. No other demuxer is known to forgive that, so the file must have begun with EBML's mark.
//!
//! **Threads**: one of GStreamer's at a time.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What matroskademux asks for where it only wants to look (`gst_matroska_read_common_peek_bytes`, GStreamer 1.26).
const LOOK: usize = 64 * 1024;

/// Bytes of a look that are waited for: every head of an element, and enough that few looks are needed.
const ENOUGH: usize = 4 * 1024;

/// First bytes of Matroska and WebM (RFC 8794, section 11.2.1).
const EBML: [u8; 4] = [0x1A, 0x45, 0xDF, 0xA3];

/// No answer was short.
const NONE: u64 = u64::MAX;

/// What the reads of one file have shown so far.
#[derive(Debug)]
pub(super) struct Looks {
    ebml: AtomicBool,
    /// Where the last read began, if its answer was short.
    cut: AtomicU64,
}

impl Looks {
    pub(super) const fn new() -> Self {
        Self {
            ebml: AtomicBool::new(false),
            cut: AtomicU64::new(NONE),
        }
    }

    /// How many bytes of a read of `len` at `pos` are to be waited for.
    pub(super) fn least(&self, pos: u64, len: usize) -> usize {
        let looks = len == LOOK && self.ebml.load(Ordering::Relaxed);
        if looks && self.cut.load(Ordering::Relaxed) != pos {
            ENOUGH
        } else {
            len
        }
    }

    /// A read of `len` at `pos` got `bytes`.
    pub(super) fn note(&self, pos: u64, len: usize, bytes: &[u8]) {
        if pos == 0 {
            self.ebml.store(bytes.starts_with(&EBML), Ordering::Relaxed);
        }
        let cut = if bytes.len() < len { pos } else { NONE };
        self.cut.store(cut, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks at a file that begins like Matroska.
    fn matroska() -> Looks {
        let looks = Looks::new();
        looks.note(0, 4096, &[&EBML[..], &[0; 4092]].concat());
        looks
    }

    #[test]
    fn a_look_into_matroska_waits_for_little() {
        assert_eq!(matroska().least(200_000, LOOK), ENOUGH);
    }

    #[test]
    fn what_is_needed_is_waited_for() {
        for len in [1, 4096, LOOK - 1, LOOK + 1, 1 << 20] {
            assert_eq!(matroska().least(200_000, len), len);
        }
    }

    #[test]
    fn a_place_that_was_cut_short_is_answered_in_full() {
        let looks = matroska();
        looks.note(200_000, LOOK, &[0; 5000]);
        assert_eq!(looks.least(200_000, LOOK), LOOK);
        assert_eq!(looks.least(205_000, LOOK), ENOUGH);
        looks.note(200_000, LOOK, &[0; LOOK]);
        assert_eq!(looks.least(200_000, LOOK), ENOUGH);
    }

    #[test]
    fn other_files_are_read_as_they_are_asked_for() {
        let looks = Looks::new();
        assert_eq!(looks.least(0, LOOK), LOOK);
        looks.note(0, LOOK, b"\0\0\0\x20ftypisom");
        assert_eq!(looks.least(200_000, LOOK), LOOK);
    }
}
