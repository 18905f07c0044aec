//! What a person has chosen to hear and to read of a file, kept for the next time it plays.

use super::Inner;
use crate::model::{Chosen, PartId};

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
