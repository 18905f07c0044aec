//! The player's handle. (Placeholder; owner: player.)

use std::time::Duration;

use spool_engine::cache::Reader;

use crate::event::Event;

/// Where the picture goes.
#[derive(Debug)]
pub enum VideoOutput {
    /// Into this ready-made sink element.
    Sink(gst::Element),
    /// Nowhere, at real-time pace, for tests and `--headless`.
    Fake,
}

/// Where the sound goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AudioOutput {
    /// To the session's default output; silently nowhere when there is none.
    Auto,
    /// Nowhere, at real-time pace.
    Fake,
}

/// How exact a seek must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeekMode {
    /// To the nearest key frame: quick, for scrubbing.
    Key,
    /// To the very position.
    Exact,
}

/// A subtitle file beside the media, already fetched.
#[derive(Clone, Debug)]
pub struct SubtitleFile {
    /// ISO 639 code.
    pub language: Option<String>,
    /// Title, for people.
    pub title: String,
    /// `srt`, `vtt` or `ass`.
    pub format: String,
    /// Its content.
    pub text: Vec<u8>,
}
/// What to play.
#[derive(Clone, Debug)]
pub struct Load {
    /// The bytes.
    pub reader: Reader,
    /// Where to begin; exact.
    pub start: Duration,
    /// Begin playing when the first frame is there, rather than paused on it.
    pub play: bool,
    /// Subtitles beside the file.
    pub subtitles: Vec<SubtitleFile>,
}

/// Handle to one player. No method blocks; what comes of a call is told by events. Dropping it tears the pipeline down on
/// a thread of its own.
#[derive(Debug)]
pub struct Player {}

impl Player {
    /// A player that reports to `on_event`, which is called on a thread of the player's own.
    #[must_use]
    pub fn new(
        _video: VideoOutput,
        _audio: AudioOutput,
        _on_event: impl Fn(Event) + Send + 'static,
    ) -> Self {
        todo!()
    }
    /// Replaces what is loaded; events of the former load cease.
    pub fn load(&self, _load: Load) {
        todo!()
    }
    /// Plays.
    pub fn play(&self) {
        todo!()
    }
    /// Pauses.
    pub fn pause(&self) {
        todo!()
    }
    /// Moves; while a seek is under way only the latest wish is kept.
    pub fn seek(&self, _position: Duration, _mode: SeekMode) {
        todo!()
    }
    /// Loudness as a person perceives it (cubic), 0 to 1.
    pub fn set_volume(&self, _volume: f64) {
        todo!()
    }
    /// Mutes.
    pub fn set_muted(&self, _muted: bool) {
        todo!()
    }
    /// Speed, 0.25 to 4, pitch kept.
    pub fn set_speed(&self, _speed: f64) {
        todo!()
    }
    /// Chooses an audio stream.
    pub fn select_audio(&self, _id: &str) {
        todo!()
    }
    /// Chooses a subtitle, or none.
    pub fn select_subtitle(&self, _id: Option<&str>) {
        todo!()
    }
    /// Unloads; [`crate::Phase::Idle`] follows.
    pub fn stop(&self) {
        todo!()
    }
}
