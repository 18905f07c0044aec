//! The local mirror of all libraries: pages, shelves, search, and its refresh. (Placeholder; owner: store.)

use std::sync::Arc;

use tokio::sync::{broadcast, watch};

use crate::model::{AccountId, Item, ItemId, Library, Page, Presence, Query, Shelf};
use crate::source::Details;
use crate::source_error::SourceError;

/// Why the library could not answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LibraryError {
    /// There is no such item (any more).
    #[error("no such item")]
    NotFound,
    /// The source failed.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The database failed.
    #[error("the database failed: {0}")]
    Store(String),
}

/// Outcome of a refresh of one account.
#[derive(Clone, Debug)]
pub struct Synced {
    /// Which account.
    pub account: AccountId,
    /// Items there now, or why the refresh failed.
    pub result: Result<u64, LibraryError>,
}

/// Handle to the libraries. Cheap to clone. All answers come from the database, also without the network, unless said.
#[derive(Clone, Debug)]
pub struct LibraryService {}

impl LibraryService {
    /// All libraries of all accounts, in the accounts' order.
    pub async fn libraries(&self) -> Result<Vec<Library>, LibraryError> {
        todo!()
    }

    /// Answers a query.
    pub async fn page(&self, _query: Query) -> Result<Page, LibraryError> {
        todo!()
    }

    /// A row of Home, at most `limit` titles.
    pub async fn shelf(&self, _shelf: Shelf, _limit: u64) -> Result<Vec<Item>, LibraryError> {
        todo!()
    }

    /// One item as the database knows it.
    pub async fn item(&self, _id: &ItemId) -> Result<Item, LibraryError> {
        todo!()
    }

    /// One item with parts, chapters and subtitles: asks the source and keeps the answer; where the source cannot be
    /// reached, the answer kept last time.
    pub async fn details(&self, _id: &ItemId) -> Result<Details, LibraryError> {
        todo!()
    }

    /// The item to play after this one: the next episode or track.
    pub async fn next(&self, _id: &ItemId) -> Result<Option<Item>, LibraryError> {
        todo!()
    }

    /// Refreshes one account or all from their sources; one failing account does not stop the others.
    pub async fn sync(&self, _account: Option<AccountId>) -> Vec<Synced> {
        todo!()
    }

    /// Marks watched or not, here and at the source.
    pub async fn set_watched(&self, _id: &ItemId, _watched: bool) -> Result<(), LibraryError> {
        todo!()
    }

    /// Counts changes of the mirror; pages ask again when it changes.
    #[must_use]
    pub fn revision(&self) -> watch::Receiver<u64> {
        todo!()
    }

    /// How much of a title is on this device, now; from memory.
    #[must_use]
    pub fn presence(&self, _id: &ItemId) -> Presence {
        todo!()
    }

    /// The same, as it changes, for titles and for the shows and albums above them.
    #[must_use]
    pub fn presence_changes(&self) -> broadcast::Receiver<(Arc<ItemId>, Presence)> {
        todo!()
    }
}
