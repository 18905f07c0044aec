//! What only the servers know: searches with other spellings, and who took part in what.

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
        self.run(move |inner| async move {
            let found = inner.source(&account)?.search(&text, limit).await?;
            inner.join(&account, found).await
        })
        .await
    }

    /// At most `limit` titles of an account in which somebody took part, by [`Person::key`](crate::source::Person::key), newest
    /// first; what the mirror did not have joins it as in [`LibraryService::search_at`].
    ///
    /// # Errors
    /// As of [`LibraryService::search_at`].
    pub async fn appearances(
        &self,
        account: &AccountId,
        person: &str,
        limit: u32,
    ) -> Result<Vec<Item>, LibraryError> {
        let (account, person) = (account.clone(), person.to_owned());
        self.run(move |inner| async move {
            let found = inner.source(&account)?.appearances(&person, limit).await?;
            inner.join(&account, found).await
        })
        .await
    }
}

impl Inner {
    /// The mirror's rows of what a server has named, in its order. What the mirror did not have joins it until the next
    /// refresh, so that it can be opened.
    async fn join(&self, account: &AccountId, found: Vec<Item>) -> Result<Vec<Item>, LibraryError> {
        let walk = Walk {
            number: None,
            began: now_ms(),
            knows_progress: self.knows_progress(account),
        };
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
