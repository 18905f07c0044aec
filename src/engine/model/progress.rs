//! What a user has watched of an item.

use std::time::Duration;

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
