//! Searches that the servers do themselves: they know what the mirror has not seen yet, and other spellings.

use std::collections::HashSet;

use super::{Inner, LibraryError, LibraryService};
use crate::model::{AccountId, Item, ItemId};
use crate::store::items::Walk;
use crate::store::now_ms;

impl LibraryService {
    /// At most `limit` titles that the account's own server finds, best first. What the mirror did not have joins it until the
    /// next refresh, so that it can be opened. Empty where the source has no search of its own.
    ///
    /// # Errors
    /// [`LibraryError::Source`] when the server cannot be asked, [`LibraryError::NotFound`] when there is no such account,
    /// [`LibraryError::Store`].
    pub async fn search_at(
        &self,
        account: &AccountId,
        text: &str,
        limit: u32,
    ) -> Result<Vec<Item>, LibraryError> {
        let (account, text) = (account.clone(), text.to_owned());
        self.run(move |inner| async move { inner.search_at(&account, &text, limit).await })
            .await
    }
}

impl Inner {
    async fn search_at(
        &self,
        account: &AccountId,
        text: &str,
        limit: u32,
    ) -> Result<Vec<Item>, LibraryError> {
        let walk = Walk {
            number: None,
            began: now_ms(),
            knows_progress: self.knows_progress(account),
        };
        let found = self.source(account)?.search(text, limit).await?;
        let ids: Vec<ItemId> = found.iter().map(|item| item.id.clone()).collect();
        let known = self.store.items_in_order(&ids).await?;
        let known: HashSet<&ItemId> = known.iter().map(|item| &item.id).collect();
        let new: Vec<Item> = found
            .into_iter()
            .filter(|item| !known.contains(&item.id))
            .collect();
        if !new.is_empty() {
            self.store.put_items(account, &new, walk).await?;
            self.changed();
        }
        Ok(self.store.items_in_order(&ids).await?)
    }
}
