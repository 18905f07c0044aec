//! Libraries and questions about them.

use super::{AccountId, Facets, Item, ItemId, Kind, LibraryId};

/// What a library holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LibraryKind {
    /// Films.
    Movies,
    /// Series.
    Shows,
    /// Albums.
    Music,
    /// Home videos and whatever else is video.
    Videos,
    /// Several kinds together.
    Mixed,
}

/// A library of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Library {
    /// Its identity.
    pub id: LibraryId,
    /// Its name on the server.
    pub title: String,
    /// What it holds.
    pub kind: LibraryKind,
}

/// Order of a [`Page`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Sort {
    /// By sort title.
    #[default]
    Title,
    /// Newest in the library first.
    Added,
    /// Newest release first.
    Year,
    /// Watched last first.
    Watched,
    /// What the public likes best first.
    Rating,
    /// Shortest first.
    Duration,
    /// Season and episode, disc and track, ascending.
    Index,
}

/// Which items a [`Page`] leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Filter {
    /// None.
    #[default]
    All,
    /// Only what was not watched to its end.
    Unwatched,
    /// Only what was begun and not finished.
    InProgress,
    /// Only this user's favourites.
    Favourites,
    /// Only what is on this device, at least in part.
    OnDevice,
}

/// A question to the local mirror of all libraries.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Query {
    /// Only this account.
    pub account: Option<AccountId>,
    /// Only this library.
    pub library: Option<LibraryId>,
    /// Only children of this item.
    pub parent: Option<ItemId>,
    /// Only these kinds; empty means any.
    pub kinds: Vec<Kind>,
    /// Only titles that contain these words, case-insensitively.
    pub text: Option<String>,
    /// What to leave out.
    pub filter: Filter,
    /// What titles have to have.
    pub facets: Facets,
    /// In which order.
    pub sort: Sort,
    /// Rows to skip.
    pub offset: u64,
    /// Rows at most; 0 means all.
    pub limit: u64,
}

/// Some rows of a longer answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T = Item> {
    /// The rows.
    pub items: Vec<T>,
    /// How many rows the whole answer has.
    pub total: u64,
}

/// A row of Home.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shelf {
    /// Begun and not finished, last watched first.
    ContinueWatching,
    /// The episode after the one that was watched last of each show, of shows of which none is begun; last watched first.
    NextUp,
    /// Albums of which something was played, last played first.
    AlbumsPlayed,
    /// Newest first: films, shows (not their episodes), albums.
    RecentlyAdded,
    /// Wholly or partly on this device, last used first; only sources other than folders.
    OnDevice,
}
