//! What a person has chosen of a title, kept for the next time it plays: which of its files, and what to hear and to read of it.

use std::sync::Arc;

use super::{Inner, PlaybackError, PlaybackService};
use crate::library::LibraryError;
use crate::model::{Chosen, PartId};

impl PlaybackService {
    /// Plays this file of a title from now on, and keeps it where the title is kept later; what is kept already stays. False for a title that was never looked at.
    pub async fn choose_version(&self, part: &PartId) -> Result<bool, PlaybackError> {
        let (inner, part) = (Arc::clone(&self.inner), part.clone());
        let kept = async move { inner.store.put_version(&part).await };
        let kept = self.inner.runtime.run(kept).await;
        Ok(kept.map_err(LibraryError::from)?)
    }
}

impl Inner {
    /// Keeps it with what is known of the title. One that was never looked at has nothing to keep it with.
    pub(super) async fn keep_choice(&self, part: &PartId, chosen: Chosen) {
        let kept = async {
            let Some(mut row) = self.store.details(part.item()).await? else {
                return Ok(());
            };
            for known in row.parts.iter_mut().filter(|known| known.id == *part) {
                known.chosen = Some(chosen);
            }
            self.store.put_details(part.item(), &row).await
        };
        if let Err(error) = kept.await {
            tracing::warn!(%error, "the choice of streams is not kept");
        }
    }
}
