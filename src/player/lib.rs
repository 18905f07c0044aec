//! Spool's player: GStreamer's GstPlay over the engine's cache.
//!
//! **Does not know** GTK: the picture goes into a sink element that the application hands over. **Does not know** servers:
//! bytes come from a [`spool_engine::cache::Reader`], so GStreamer never sees an address or a token.

mod error;
mod event;
mod player;
mod track;

pub use error::{MissingElement, PlayerError};
pub use event::{Event, Phase};
pub use player::{AudioOutput, Load, Player, SeekMode, SubtitleFile, VideoOutput};
pub use track::{Stream, Tracks};

/// Starts GStreamer, registers Spool's source element, ranks decoders and looks for what must be installed.
///
/// # Errors
/// The factories that are missing, with the packages that hold them.
pub fn init() -> Result<(), Vec<MissingElement>> {
    todo!()
}

/// Looks into media files of this computer with GStreamer's discoverer.
#[derive(Debug, Default)]
pub struct GstProber {}
