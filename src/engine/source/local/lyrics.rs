//! Lyrics of a track: the file of its name beside it, or what its tags say.
//!
//! **Threads**: blocks for the disk; called on the blocking pool only.

use std::path::Path;

use super::{SUBTITLE_LIMIT, music, read_limited};
use crate::source::{LyricLine, lyrics};
use crate::source_error::SourceError;

/// The lyrics of a track. A file beside it speaks before its tags: people put it there to mend them.
pub(super) fn of_track(track: &Path) -> Result<Vec<LyricLine>, SourceError> {
    for extension in ["lrc", "LRC"] {
        match read_limited(&track.with_extension(extension), SUBTITLE_LIMIT) {
            Ok(text) => {
                let lines = lyrics::read(&decoded(&text));
                if !lines.is_empty() {
                    return Ok(lines);
                }
            }
            Err(SourceError::Gone) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(music::lyrics(track).map_or_else(Vec::new, |text| lyrics::read(&text)))
}

/// UTF-8, or else Latin-1, which old files are in.
fn decoded(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_letters_are_read() {
        assert_eq!(decoded(b"Stra\xdfe"), "Straße");
        assert_eq!(decoded("Straße".as_bytes()), "Straße");
    }
}
