//! From an item to something the player can read, and back: positions and reports. (Placeholder; owner: store.)

use std::time::Duration;

use bytes::Bytes;

use crate::cache::{CacheError, Reader};
use crate::library::LibraryError;
use crate::model::{AccountId, Item, ItemId, Part};
use crate::source::ExternalSubtitle;
use crate::source_error::SourceError;

/// Why an item cannot be played.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PlaybackError {
    /// It is not (wholly) on this device, and its server cannot be reached.
    #[error("it needs the network")]
    NeedsNetwork,
    /// It has no file to play.
    #[error("there is nothing to play")]
    NothingToPlay,
    /// The sign-in is not valid any more.
    #[error("the server refused the sign-in")]
    SignInNeeded(AccountId),
    /// The library failed.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// The cache failed.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// The source failed.
    #[error(transparent)]
    Source(#[from] SourceError),
}

/// All that the player needs, and no address.
#[derive(Clone, Debug)]
pub struct Playable {
    /// The title.
    pub item: Item,
    /// The file chosen.
    pub part: Part,
    /// Its bytes.
    pub reader: Reader,
    /// Where to begin; zero for the beginning.
    pub resume: Duration,
    /// Subtitles beside the file.
    pub subtitles: Vec<ExternalSubtitle>,
    /// Tells the database and the server where the playback is.
    pub session: Session,
}

/// One playback, for reports. Dropping the last clone reports nothing; call [`Session::stopped`].
#[derive(Clone, Debug)]
pub struct Session {}

impl Session {
    /// Playback began here.
    pub async fn started(&self, _position: Duration) {
        todo!()
    }

    /// It is here now: to be called every 10 s, on pause, resume and seek. Saved at once; sent to the server, where a
    /// failure is kept silent.
    pub async fn progress(&self, _position: Duration, _paused: bool) {
        todo!()
    }

    /// It ended here. Past 90 % the item counts as watched and its position becomes zero.
    pub async fn stopped(&self, _position: Duration) {
        todo!()
    }
}

/// Handle to playback. Cheap to clone.
#[derive(Clone, Debug)]
pub struct PlaybackService {}

impl PlaybackService {
    /// Prepares an item for the player. For a title that is on this device it does not touch the network.
    pub async fn open(&self, _item: &ItemId) -> Result<Playable, PlaybackError> {
        todo!()
    }

    /// The text of a subtitle beside the file, in UTF-8.
    pub async fn subtitle(&self, _item: &ItemId, _key: &str) -> Result<Bytes, PlaybackError> {
        todo!()
    }
}
