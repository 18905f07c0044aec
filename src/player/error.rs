//! Why playback cannot go on.

use spool_engine::cache::CacheError;
use spool_engine::source::SourceError;

/// Why playback cannot go on: situations that a person can act upon.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PlayerError {
    /// A decoder or demuxer is not installed.
    #[error("a plug-in is missing: {description}")]
    MissingPlugin {
        /// What it would decode, in GStreamer's words.
        description: String,
    },
    /// The file is damaged or of no known type.
    #[error("the file cannot be read as media: {0}")]
    Damaged(String),
    /// The bytes could not be had.
    #[error(transparent)]
    Source(#[from] CacheError),
    /// The start did not come to a first frame although bytes are here, twice.
    #[error("playback does not start")]
    Stuck,
    /// The sound or video output failed.
    #[error("the output failed: {0}")]
    Output(String),
}

impl PlayerError {
    /// Whether the same title may play as a stream that its server makes of it.
    #[must_use]
    pub fn conversion_may_help(&self) -> bool {
        match self {
            Self::MissingPlugin { .. } | Self::Damaged(_) | Self::Stuck => true,
            Self::Source(CacheError::NotSeekable) => true,
            Self::Source(CacheError::Upstream(error)) => error.is_about_these_bytes(),
            Self::Source(_) | Self::Output(_) => false,
        }
    }

    /// Whether the file that was known is not there any more, or is another one: the title may play all the same.
    #[must_use]
    pub fn is_about_another_file(&self) -> bool {
        matches!(
            self,
            Self::Source(CacheError::Changed | CacheError::Upstream(SourceError::Gone))
        )
    }
}

/// A GStreamer factory that Spool cannot work without is not installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingElement {
    /// The factory's name.
    pub factory: &'static str,
    /// Debian's package that holds it.
    pub package: &'static str,
}
