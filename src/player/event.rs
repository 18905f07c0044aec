//! What the player says.

use std::time::Duration;

use spool_engine::model::Chapter;

use crate::error::PlayerError;
use crate::track::Tracks;

/// Where a playback stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Phase {
    /// Nothing loaded.
    #[default]
    Idle,
    /// Loaded; the first frame is being made.
    Opening,
    /// Standing still on the person's wish.
    Paused,
    /// Playing.
    Playing,
    /// Would play, but bytes are missing.
    Buffering {
        /// Fill of the player's own queue, 0 to 100.
        percent: u8,
    },
    /// Played to the end of what is loaded.
    Ended,
    /// Stopped by an error, which came with [`Event::Failed`].
    Failed,
}

/// A part of a file that nothing can decode, with what is missing for it in GStreamer's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lack {
    /// A sound track.
    Sound(String),
    /// Subtitles.
    Subtitles(String),
}

/// What the player says, in order, from a thread of its own.
#[derive(Clone, Debug)]
pub enum Event {
    /// The phase changed.
    Phase(Phase),
    /// The first frame (or first sound of music) of this load is ready.
    FirstFrame,
    /// Where it is; 4 times a second while playing, and once after each seek.
    Position(Duration),
    /// Length became known.
    Duration(Duration),
    /// Audio and subtitle streams and the choice among them.
    Tracks(Tracks),
    /// Chapters of the container.
    Chapters(Vec<Chapter>),
    /// A part of the file stays out, for nothing that is installed can decode it; the rest plays. Comes after
    /// [`Event::FirstFrame`].
    Lacks(Lack),
    /// A seek has landed here.
    SeekDone(Duration),
    /// It cannot go to this place, for what is loaded is a stream that only goes on, or another file of the film: load the title
    /// anew from there.
    Elsewhere(Duration),
    /// It cannot go on.
    Failed(PlayerError),
}
