//! Audio and subtitle streams as data.

/// One stream that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// The player's id for it, valid for this load.
    pub id: String,
    /// ISO 639 code.
    pub language: Option<String>,
    /// Title from the file.
    pub title: Option<String>,
    /// Codec, for people ("AAC").
    pub codec: Option<String>,
    /// Channels of audio.
    pub channels: Option<u32>,
}

/// All streams and the choice among them.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Tracks {
    /// Audio streams.
    pub audio: Vec<Stream>,
    /// Id of the audio stream that sounds.
    pub audio_selected: Option<String>,
    /// Subtitle streams, of the file and beside it.
    pub subtitles: Vec<Stream>,
    /// Id of the subtitle that is shown; none is a choice.
    pub subtitle_selected: Option<String>,
    /// Whether there is a picture.
    pub video: bool,
}
