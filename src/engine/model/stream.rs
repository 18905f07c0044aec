//! Playable files and what is in them.

use std::time::Duration;

use super::{PartId, Piece};

/// One playable file of an item: a version of it, or a piece of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its identity.
    pub id: PartId,
    /// Its name where an item has several versions.
    pub name: Option<String>,
    /// Container, as a short name ("mkv").
    pub container: Option<String>,
    /// Bytes, as the source says; the cache trusts only the reply that carries the bytes.
    pub size: Option<u64>,
    /// Bits per second, all streams together.
    pub bitrate: Option<u64>,
    /// Changes when the file changes (Jellyfin's media source `ETag`, a file's size and mtime).
    pub fingerprint: Option<String>,
    /// Audio, video and subtitle streams as the source describes them.
    pub tracks: Vec<Track>,
    /// What this user's rules and former choices on the server make of it; `None` where the source has none.
    pub chosen: Option<Chosen>,
    /// Why it cannot be played as it is, where it cannot.
    pub unfit: Option<Unfit>,
    /// Where it lies in its version, where that consists of several files.
    pub piece: Option<Piece>,
}

impl Part {
    /// A file of which nothing is known but its identity.
    #[must_use]
    pub fn new(id: PartId) -> Self {
        Self {
            id,
            name: None,
            container: None,
            size: None,
            bitrate: None,
            fingerprint: None,
            tracks: Vec::new(),
            chosen: None,
            unfit: None,
            piece: None,
        }
    }
}

/// Why a file cannot be played as it is: its server has to make a stream of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It is a disc: a folder of many files, or an image of one.
    Disc,
    /// Its colours come out wrong: Dolby Vision without a picture for other screens.
    Colours,
}

/// Which streams of a file play, by their [`Track::index`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// The sound; `None` leaves it to the file.
    pub audio: Option<u32>,
    /// The subtitle; none is a choice.
    pub subtitle: Option<u32>,
}

/// What a [`Track`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TrackKind {
    /// Picture.
    Video,
    /// Sound.
    Audio,
    /// Text or pictures drawn over the picture.
    Subtitle,
}

/// A stream of a file, as its source describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Track {
    /// The source's index.
    pub index: u32,
    /// What it is.
    pub kind: TrackKind,
    /// Codec, as a short name ("h264").
    pub codec: Option<String>,
    /// ISO 639 code.
    pub language: Option<String>,
    /// Title, for people.
    pub title: Option<String>,
    /// Frame height of video, for "1080p".
    pub height: Option<u32>,
    /// Channels of audio.
    pub channels: Option<u32>,
    /// Not inside the file but beside it.
    pub external: bool,
}

/// A chapter of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chapter {
    /// Where it begins.
    pub start: Duration,
    /// Its title; may be empty.
    pub title: String,
}
