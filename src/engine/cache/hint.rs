//! What a player says of its cursor, so that the cache knows how urgent the bytes ahead of it are.

use std::time::Duration;

/// What a player says of its cursor. Only the last one counts, and an old one counts less: it may be told as often as is
/// convenient, and lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hint {
    /// The byte that is seen or heard now, roughly.
    pub pos: u64,
    /// Bytes a second on average; `None` while the running time or the size is not known.
    pub bitrate: Option<u64>,
    /// It runs: it uses up what is here.
    pub playing: bool,
    /// What the player itself holds beyond what it reads next.
    pub buffered: Duration,
}
