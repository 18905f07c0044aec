//! Widgets that any page may use.
//!
//! **Does not know** pages, services or the engine's handles: widgets take plain data and a [`Feed`], and tell what a
//! person did through callbacks.

pub mod artwork;
pub mod cached_badge;
pub mod card_menu;
mod feed;
pub mod poster_card;
pub mod poster_grid;
pub mod shelf;
pub mod stars;
pub mod status;

pub use artwork::{Artwork, Frame};
pub use cached_badge::CachedBadge;
pub use card_menu::Choice;
pub use feed::{Feed, PictureFuture};
pub use poster_card::PosterCard;
pub use poster_grid::PosterGrid;
pub use shelf::ShelfRow;
pub use status::Status;
