//! How accounts go: with all that is of them, or signed out with what a person keeps.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::entry::login;
use super::roster::Roster;
use super::{AccountError, AccountService};
use crate::model::{AccountId, AccountState, SourceKind};
use crate::source::jellyfin::Jellyfin;
use crate::store::accounts::AccountRow;

/// A server that has not ended a token by then does so without anybody waiting.
const FAREWELL: Duration = Duration::from_secs(2);

impl AccountService {
    /// Signs out: forgets the token here and there, the library and the cached bytes of the account. A server that cannot
    /// be reached does not stop it.
    ///
    /// # Errors
    /// [`AccountError::Store`].
    pub async fn remove(&self, account: &AccountId) -> Result<(), AccountError> {
        let (roster, account) = (Arc::clone(&self.roster), account.clone());
        self.runtime
            .run(async move { roster.remove(&account).await })
            .await
    }

    /// Signs out, but lets the titles stay and play that are kept on this device: the account is still there, signed out, and
    /// has nothing else any more. Who signs in again as the same user has it all back. A server that cannot be reached does
    /// not stop it.
    ///
    /// # Errors
    /// [`AccountError::NoChoice`] for folders, [`AccountError::Store`].
    pub async fn sign_out(&self, account: &AccountId) -> Result<(), AccountError> {
        let (roster, account) = (Arc::clone(&self.roster), account.clone());
        self.runtime
            .run(async move { roster.sign_out(&account).await })
            .await
    }
}

impl Roster {
    async fn row(&self, id: &AccountId) -> Result<Option<AccountRow>, AccountError> {
        let rows = self.store.accounts().await?;
        Ok(rows.into_iter().find(|row| row.id == *id))
    }

    async fn remove(self: &Arc<Self>, id: &AccountId) -> Result<(), AccountError> {
        let _turn = self.turn.lock().await;
        let row = self.row(id).await?;
        let farewell = match &row {
            Some(row) => self.end_sign_in(row).await,
            None => None,
        };
        self.notices.lock().remove(id);
        self.registry.remove(id);
        self.accounts.send_modify(|list| {
            let left = list.iter().filter(|account| account.id != *id);
            *list = Arc::new(left.cloned().collect());
        });
        let witness = self.witness.lock().clone();
        if let Some(witness) = witness {
            witness.removed(id).await;
        }
        self.store.remove_account(id).await?;
        if let Some(row) = &row {
            self.delete_demo(row).await;
        }
        wait_for(farewell).await;
        Ok(())
    }

    async fn sign_out(self: &Arc<Self>, id: &AccountId) -> Result<(), AccountError> {
        let _turn = self.turn.lock().await;
        let row = self.row(id).await?.filter(|row| !row.kind.is_folder());
        let row = row.ok_or(AccountError::NoChoice)?;
        let farewell = self.end_sign_in(&row).await;
        // The source that knows the token goes; the new one finds none.
        self.adopt(row);
        self.set_state(id, AccountState::SignInNeeded);
        let witness = self.witness.lock().clone();
        if let Some(witness) = witness {
            witness.signed_out(id).await;
        }
        wait_for(farewell).await;
        Ok(())
    }

    /// Forgets a sign-in here and tells the server, which may still be under way then.
    async fn end_sign_in(self: &Arc<Self>, row: &AccountRow) -> Option<JoinHandle<()>> {
        match row.kind {
            SourceKind::Plex => self.leave_plex(row).await,
            SourceKind::Jellyfin => self.leave_jellyfin(row).await,
            SourceKind::Folder | SourceKind::NetworkDrive => None,
        }
    }

    async fn leave_jellyfin(&self, row: &AccountRow) -> Option<JoinHandle<()>> {
        let token = self.places.get(&row.id).await.ok().flatten();
        self.places.forget(&row.id).await;
        let login = login(row, &token?).ok()?;
        let source = Jellyfin::new(login, &self.device).ok()?;
        Some(tokio::spawn(async move { source.sign_out().await }))
    }
}

/// A program that ends right away would take the word back.
async fn wait_for(farewell: Option<JoinHandle<()>>) {
    if let Some(farewell) = farewell {
        timeout(FAREWELL, farewell).await.ok();
    }
}
