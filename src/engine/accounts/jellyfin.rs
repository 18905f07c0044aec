//! Jellyfin accounts: servers in this network, and signing in with a code.

use std::sync::Arc;

use tokio::runtime::Handle;

use super::entry::login;
use super::roster::Roster;
use super::{AccountError, AccountService, FoundServer, terms};
use crate::model::{Account, AccountId, SourceKind};
use crate::secret::{Keep, Secret};
use crate::source::jellyfin::{self, Jellyfin, QuickCode, SignedIn};
use crate::store::accounts::AccountRow;

/// Somebody whom a server has let in by a code.
#[derive(Clone, Debug)]
pub struct QuickEntry {
    server: FoundServer,
    user: SignedIn,
}

impl AccountService {
    /// The Jellyfin servers that answer in this network, by their names; each was asked whether it is what it says. Takes as
    /// long as they may take to answer: about 2 s.
    pub async fn discover_jellyfin(&self) -> Vec<FoundServer> {
        let roster = Arc::clone(&self.roster);
        let search = async move {
            let lan = roster.lan.lock().clone();
            jellyfin::discover(&lan).await
        };
        self.runtime.run(search).await
    }

    /// Whether a server lets anybody in by a code.
    pub async fn quick_connect_enabled(&self, server: &FoundServer) -> bool {
        let (roster, server) = (Arc::clone(&self.roster), server.clone());
        let asked = async move { jellyfin::quick_connect_enabled(&server, &roster.device).await };
        self.runtime.run(asked).await
    }

    /// Asks a server for a code, which the person types where they are signed in already.
    ///
    /// # Errors
    /// [`AccountError::CodeSignInOff`], [`AccountError::Source`].
    pub async fn ask_quick_connect(&self, server: &FoundServer) -> Result<QuickCode, AccountError> {
        let (roster, server) = (Arc::clone(&self.roster), server.clone());
        let asked = async move { Ok(jellyfin::quick_connect(&server, &roster.device).await?) };
        self.runtime.run(asked).await
    }

    /// Waits until the person has typed the code. Dropping the future ends the wait; it may be called again.
    ///
    /// # Errors
    /// [`AccountError::CodeExpired`], [`AccountError::CodeSignInOff`], [`AccountError::NotAllowed`],
    /// [`AccountError::Source`].
    pub async fn wait_quick_connect(&self, code: &QuickCode) -> Result<QuickEntry, AccountError> {
        let code = code.clone();
        let entered = async move {
            let user = code.wait().await?;
            let server = code.server().clone();
            Ok(QuickEntry { server, user })
        };
        self.runtime.run(entered).await
    }

    /// Adds whom a code has let in as an account. A user who is there already gets a new token.
    ///
    /// # Errors
    /// [`AccountError::Secret`] when the token cannot be kept where it was asked to be (the same entry may be used again),
    /// [`AccountError::Source`], [`AccountError::Store`].
    pub async fn add_quick_connect(
        &self,
        entry: &QuickEntry,
        keep: Keep,
    ) -> Result<Account, AccountError> {
        let (roster, entry) = (Arc::clone(&self.roster), entry.clone());
        let added = async move {
            let _turn = roster.turn.lock().await;
            let (row, source) = roster.row_of(&entry.server, &entry.user).await?;
            let kept = terms::seal(&entry.user.token, &entry.server.terms);
            let account = roster.keep_and_enter(row, &kept, keep).await?;
            source.announce().await;
            Ok(account)
        };
        self.runtime.run(added).await
    }
}

impl Roster {
    pub(super) async fn sign_in(
        self: &Arc<Self>,
        server: &FoundServer,
        user: &str,
        password: &Secret,
        keep: Keep,
    ) -> Result<Account, AccountError> {
        let _turn = self.turn.lock().await;
        let signed_in = jellyfin::sign_in(server, &self.device, user, password).await?;
        let (row, source) = self.row_of(server, &signed_in).await?;
        let mut unused = Unused(Some(source));
        let kept = terms::seal(&signed_in.token, &server.terms);
        let account = self.keep_and_enter(row, &kept, keep).await;
        if account.is_ok()
            && let Some(source) = unused.0.take()
        {
            source.announce().await;
        }
        account
    }

    /// The row of a user, who may be there already, and the way to the server with the new token.
    async fn row_of(
        &self,
        server: &FoundServer,
        user: &SignedIn,
    ) -> Result<(AccountRow, Jellyfin), AccountError> {
        let known = self.store.accounts().await?.into_iter().find(|row| {
            row.machine_id.as_deref() == Some(server.machine_id.as_str())
                && row.user_id.as_deref() == Some(user.user_id.as_str())
        });
        let row = AccountRow {
            id: known.map_or_else(AccountId::random, |row| row.id),
            kind: SourceKind::Jellyfin,
            name: server.name.clone(),
            address: server.address.to_string(),
            user: user.user_name.clone(),
            user_id: Some(user.user_id.clone()),
            machine_id: Some(server.machine_id.clone()),
            fingerprint: server.terms.pin.map(|pin| pin.to_string()),
        };
        let kept = terms::seal(&user.token, &server.terms);
        let source = Jellyfin::new(login(&row, &kept)?, &self.device)?;
        Ok((row, source))
    }

    async fn keep_and_enter(
        self: &Arc<Self>,
        row: AccountRow,
        kept: &Secret,
        keep: Keep,
    ) -> Result<Account, AccountError> {
        let label = format!("Spool: {} on {}", row.user, row.name);
        {
            let _asks =
                (keep == Keep::Service).then(|| super::entry::Asking::begin(&self.keyring_asks));
            self.places.keep(&row.id, kept, &label, keep).await?;
        }
        self.enter(row).await
    }
}

/// A token that nobody will use unless it can be kept: dropped, it is given back to the server.
struct Unused(Option<Jellyfin>);

impl Drop for Unused {
    fn drop(&mut self) {
        let (Some(source), Ok(runtime)) = (self.0.take(), Handle::try_current()) else {
            return;
        };
        runtime.spawn(async move { source.sign_out().await });
    }
}
