//! The rows of servers in the mirror: read behind a refresh, never while a page waits, and what a person takes out of them.

use super::{Inner, LibraryError, LibraryService, sync};
use crate::model::{AccountId, Item, ItemId};
use crate::source::{RowKind, Source};
use crate::source_error::SourceError;
use crate::store::items::Walk;
use crate::store::now_ms;

/// A row that a server puts forward, with a heading in its words.
#[derive(Clone, Debug, PartialEq)]
pub struct PromotedRow {
    /// Whose.
    pub account: AccountId,
    /// The server's name of it, which stays the same.
    pub key: String,
    /// Its heading.
    pub title: String,
    /// Its titles, in its order.
    pub items: Vec<Item>,
}

impl LibraryService {
    /// Rows that servers put forward beside those of [`crate::model::Shelf`], as the last refresh found them, without asking
    /// anybody; empty ones are left out.
    ///
    /// # Errors
    /// [`LibraryError::Store`].
    pub async fn promoted(&self) -> Result<Vec<PromotedRow>, LibraryError> {
        self.run(|inner| async move {
            let mut rows = Vec::new();
            for row in inner.store.told_rows(RowKind::Promoted).await? {
                let items = inner.store.items_in_order(&row.members).await?;
                if !items.is_empty() {
                    rows.push(PromotedRow {
                        account: row.account,
                        key: row.key,
                        title: row.title,
                        items,
                    });
                }
            }
            Ok(rows)
        })
        .await
    }

    /// Takes a title out of *Continue Watching*, here at once and at a server that has such a row as soon as it answers. Its
    /// position stays; when it is played again, it is back.
    ///
    /// # Errors
    /// [`LibraryError::Store`].
    pub async fn dismiss(&self, id: &ItemId) -> Result<(), LibraryError> {
        let id = id.clone();
        self.run(move |inner| async move {
            inner.store.dismiss(&id, now_ms()).await?;
            inner.changed();
            let handle = inner.runtime.handle().clone();
            handle.spawn(async move {
                if let Ok(source) = inner.source(id.account()) {
                    inner.tell_dismissals(id.account(), source.as_ref()).await;
                }
            });
            Ok(())
        })
        .await
    }
}

impl Inner {
    /// Reads the rows of an account anew. A server that does not tell keeps those that are known.
    pub(super) async fn refresh_rows(
        &self,
        account: &AccountId,
        source: &dyn Source,
    ) -> Result<(), LibraryError> {
        self.tell_dismissals(account, source).await;
        let walk = Walk {
            number: None,
            began: now_ms(),
            knows_progress: self.knows_progress(account),
        };
        let mut rows = match source.rows().await {
            Ok(rows) => rows,
            Err(SourceError::Gone) => return Ok(()),
            Err(error) => {
                tracing::info!(%account, %error, "the server's own rows are not told");
                return Ok(());
            }
        };
        for row in &mut rows {
            sync::read_dates(source, &mut row.items);
        }
        let items = rows.iter().flat_map(|row| row.items.clone()).collect();
        let new = self.adopt(account, items, walk).await?;
        let changed = self.store.replace_rows(account, walk.began, &rows).await?;
        if changed || new {
            self.changed();
        }
        Ok(())
    }

    /// Tells a source what was taken out of *Continue Watching*; what it does not hear now, it hears with the next refresh.
    async fn tell_dismissals(&self, account: &AccountId, source: &dyn Source) {
        let untold = match self.store.untold_dismissals(account).await {
            Ok(untold) => untold,
            Err(error) => return tracing::warn!(%error, "the database failed"),
        };
        for (item, at) in untold {
            match source.dismiss(&item).await {
                // What it does not have or does not want to hear is done with.
                Ok(()) | Err(SourceError::Gone | SourceError::Status(400..500)) => {}
                Err(error) => return tracing::debug!(%error, "the server hears of it later"),
            }
            if let Err(error) = self.store.dismissal_told(&item, at).await {
                tracing::warn!(%error, "the database failed");
            }
        }
    }
}
