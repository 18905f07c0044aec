//! Lists of titles that are no libraries: collections and playlists.

use super::{ImageId, ItemId};

/// What a [`Collection`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CollectionKind {
    /// Titles that belong together.
    Collection,
    /// Titles in an order that a person has chosen.
    Playlist,
}

/// A list of titles that is no library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collection {
    /// Its identity.
    pub id: ItemId,
    /// What it is.
    pub kind: CollectionKind,
    /// Its title.
    pub title: String,
    /// How many titles it has, when known.
    pub count: Option<u32>,
    /// Its picture.
    pub poster: Option<ImageId>,
}
