//! Spool's player: GStreamer's playbin3 over the engine's cache.
//!
//! - *load*: one file that a person has opened, until the next one or until stopped.
//! - *feed*: a load's reader on its way through GStreamer.
//! - *stage*: one pipeline with the thread that moves it; a load may need several, one after the other.
//! - *settled*: the pipeline has reached the state or the place that was asked for, with a frame in its sinks.
//!
//! **Does not know** GTK: the picture goes into a sink element that the application hands over. **Does not know** servers:
//! bytes come from a [`spool_engine::cache::Reader`], so GStreamer never sees an address or a token.
//!
//! **Threads**: no method of [`Player`] blocks. Events are told on a thread of the player's own.

mod bus;
mod cachesrc;
pub mod clip;
mod driver;
mod error;
mod event;
mod install;
mod machine;
mod opener;
mod player;
mod probe;
mod sink;
mod stage;
mod subtitle;
mod track;
mod watchdog;

pub use cachesrc::{Feed, Progress, SpoolSrc};
pub use error::{MissingElement, PlayerError};
pub use event::{Event, Lack, Phase};
pub use player::{AudioOutput, Font, Lines, Load, Player, SeekMode, SubtitleFile, VideoOutput};
pub use probe::GstProber;
pub use track::{First, Stream, Tracks};

/// Starts GStreamer, registers Spool's source element, ranks decoders and looks for what must be installed. To be called
/// once before anything else of this crate; further calls only look again.
///
/// # Errors
/// The factories that are missing, with the packages that hold them. Everything else is set up all the same.
pub fn init() -> Result<(), Vec<MissingElement>> {
    static ONCE: std::sync::Once = std::sync::Once::new();
    let core_missing = || {
        vec![MissingElement {
            factory: "bin",
            package: "libgstreamer1.0-0",
        }]
    };
    gst::init().map_err(|_version| core_missing())?;
    ONCE.call_once(|| {
        if let Err(error) = cachesrc::register() {
            tracing::error!(%error, "cannot register the source element");
        }
        install::rank_decoders();
    });
    match install::missing() {
        missing if missing.is_empty() => Ok(()),
        missing => Err(missing),
    }
}
