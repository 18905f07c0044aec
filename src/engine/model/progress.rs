//! What a user has watched of an item.

use std::time::Duration;

/// A title of which more was seen is finished, as Jellyfin's servers (10.10) and Plex's say where nobody set it otherwise.
const FINISHED_PERCENT: u128 = 90;
/// So near to the end it is finished, however short it is.
const END: Duration = Duration::from_secs(1);

/// Whether a title that was stopped here counts as watched. One of unknown length never does.
#[must_use]
pub fn is_finished(position: Duration, duration: Option<Duration>) -> bool {
    duration.is_some_and(|duration| {
        let percent = position.as_millis() * 100 / duration.as_millis().max(1);
        !duration.is_zero() && (percent >= FINISHED_PERCENT || position + END >= duration)
    })
}

/// What this user has watched of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Progress {
    /// Where to resume; zero means at the beginning.
    pub position: Duration,
    /// Watched to its end (or marked so).
    pub watched: bool,
    /// Children not watched yet, of a show, season or album.
    pub unwatched_children: Option<u32>,
    /// When it was last played, seconds since 1970.
    pub last_played: Option<i64>,
}

impl Progress {
    /// Whether it was begun and not finished.
    #[must_use]
    pub fn in_progress(&self) -> bool {
        !self.position.is_zero() && !self.watched
    }
}
