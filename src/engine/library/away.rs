//! Parts of a folder that are away for now, and the word that they are gone.

use super::{LibraryError, LibraryService, Synced};
use crate::model::AccountId;

impl LibraryService {
    /// Which parts of an account's folder are away: drives that were not there when it was last looked through, as paths below
    /// it. Their titles are listed all the same. None before it was looked through, and of servers.
    #[must_use]
    pub fn away(&self, account: &AccountId) -> Vec<String> {
        let source = self.inner.sources.get(account);
        source.map(|source| source.away()).unwrap_or_default()
    }

    /// Takes what is away of an account for gone, and its titles out of the library. A drive that comes back after all is read
    /// like a new one. Nothing happens where nothing is away.
    ///
    /// # Errors
    /// As [`LibraryService::sync`] tells of this account.
    pub async fn forget_away(&self, account: &AccountId) -> Result<(), LibraryError> {
        let source = self.inner.sources.get(account);
        let source = source.ok_or(LibraryError::NotFound)?;
        if source.away().is_empty() {
            return Ok(());
        }
        source.forget_away();
        let synced: Vec<Synced> = self.sync(Some(account.clone())).await;
        synced.into_iter().try_for_each(|one| one.result.map(drop))
    }
}
