//! The rows of Home, and what a library can be narrowed down by.

use std::collections::HashSet;

use super::{Inner, LibraryError, LibraryService};
use crate::model::{FacetValues, Item, ItemId, Kind, LibraryId, Shelf};

impl LibraryService {
    /// What the titles of these kinds in a library can be narrowed down by.
    ///
    /// # Errors
    /// [`LibraryError::Store`].
    pub async fn facets(
        &self,
        library: &LibraryId,
        kinds: &[Kind],
    ) -> Result<FacetValues, LibraryError> {
        let (library, kinds) = (library.clone(), kinds.to_vec());
        self.run(|inner| async move { Ok(inner.store.facets(&library, &kinds).await?) })
            .await
    }

    /// A row of Home, at most `limit` titles.
    pub async fn shelf(&self, shelf: Shelf, limit: u64) -> Result<Vec<Item>, LibraryError> {
        self.run(move |inner| async move {
            Ok(match shelf {
                Shelf::ContinueWatching => inner.store.continue_watching(limit).await?,
                Shelf::NextUp => inner.store.next_up(limit).await?,
                Shelf::AlbumsPlayed => inner.store.albums_played(limit).await?,
                Shelf::RecentlyAdded => inner.store.recently_added(limit).await?,
                Shelf::OnDevice => {
                    inner.presence.complete().await;
                    inner.on_device(limit).await?
                }
            })
        })
        .await
    }
}

impl Inner {
    /// Titles with bytes here, last used first; episodes and tracks stand for their show and album.
    async fn on_device(&self, limit: u64) -> Result<Vec<Item>, LibraryError> {
        let leaves = self
            .store
            .items_in_order(&self.presence.leaves_by_use())
            .await?;
        let title = |item: &Item| match item.kind {
            Kind::Episode => item.grandparent.clone().or_else(|| item.parent.clone()),
            Kind::Track => item.parent.clone(),
            _ => None,
        };
        let mut seen = HashSet::new();
        let mut titles: Vec<ItemId> = leaves
            .iter()
            .map(|item| title(item).unwrap_or_else(|| item.id.clone()))
            .collect();
        titles.retain(|id| seen.insert(id.clone()));
        titles.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(self.store.items_in_order(&titles).await?)
    }
}
