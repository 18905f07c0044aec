//! What a server has not heard yet, for people to see.

use std::time::Duration;

use crate::model::ItemId;
use crate::store::outbox::{Unsent, UnsentReport};

/// Something that a server has not heard yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// What it is about.
    pub item: ItemId,
    /// What happened.
    pub what: Heard,
    /// When, in milliseconds since 1970.
    pub happened_at: i64,
}

/// Kinds of [`Waiting`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A playback came to this position.
    Position(Duration),
    /// It was marked watched, or not.
    Watched(bool),
    /// It was made a favourite, or is none any more.
    Favourite(bool),
    /// It was given so many points of 10, or none any more.
    Rating(Option<u8>),
}

impl From<UnsentReport> for Waiting {
    fn from(report: UnsentReport) -> Self {
        Self {
            item: report.item,
            what: match report.what {
                Unsent::Position { position, .. } => Heard::Position(position),
                Unsent::Watched(watched) => Heard::Watched(watched),
                Unsent::Favourite(favourite) => Heard::Favourite(favourite),
                Unsent::Rating(points) => Heard::Rating(points),
            },
            happened_at: report.happened_at,
        }
    }
}
