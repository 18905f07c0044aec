//! What plays one after the other where somebody wants to hear more than one album, or in another order: in memory, until something
//! else is played.

use parking_lot::Mutex;

use super::{Inner, LibraryError, LibraryService};
use crate::model::{Item, ItemId};

/// The titles in the order in which they play; empty for the order of albums and shows.
#[derive(Debug, Default)]
pub(super) struct Queue(Mutex<Vec<ItemId>>);

impl Queue {
    /// The titles after this one; `None` when it is not among them.
    fn after(&self, id: &ItemId) -> Option<Vec<ItemId>> {
        let titles = self.0.lock();
        let place = titles.iter().position(|title| title == id)?;
        Some(titles[place + 1..].to_vec())
    }
}

impl LibraryService {
    /// From now on each of these titles is what comes [next](LibraryService::next) after the one before it, and nothing comes after
    /// the last. An empty list is the end of that.
    pub fn play_in_order(&self, titles: Vec<ItemId>) {
        *self.inner.queue.0.lock() = titles;
    }

    /// The item to play after this one: the next of [`LibraryService::play_in_order`], or else the next episode or track.
    ///
    /// # Errors
    /// [`LibraryError::NotFound`], [`LibraryError::Store`].
    pub async fn next(&self, id: &ItemId) -> Result<Option<Item>, LibraryError> {
        let id = id.clone();
        self.run(|inner| async move { inner.next(&id).await }).await
    }
}

impl Inner {
    async fn next(&self, id: &ItemId) -> Result<Option<Item>, LibraryError> {
        let Some(after) = self.queue.after(id) else {
            let item = self.item(id).await?;
            return Ok(self.store.next(&item).await?);
        };
        for title in after {
            // One that has left the library meanwhile is passed over.
            if let Some(item) = self.store.item(&title).await? {
                return Ok(Some(item));
            }
        }
        Ok(None)
    }
}
