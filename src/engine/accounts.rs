//! Accounts: signing in and out, and whether each can be reached. (Placeholder; owner: sources.)

use std::path::Path;
use std::sync::Arc;

use tokio::sync::watch;

use crate::model::{Account, AccountId};
use crate::secret::{Keep, Secret, SecretError};
use crate::source_error::SourceError;

/// Why an account could not be added.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AccountError {
    /// The text is no address of a server.
    #[error("not an address")]
    InvalidAddress,
    /// Something answers there, but no Jellyfin server.
    #[error("no Jellyfin server there")]
    NotAServer,
    /// A Jellyfin server older than 10.10.
    #[error("the server is too old: {0}")]
    TooOld(String),
    /// Name or password is wrong.
    #[error("wrong name or password")]
    WrongPassword,
    /// The account is disabled or not allowed from here.
    #[error("the server does not allow this account")]
    NotAllowed,
    /// The folder does not exist or cannot be read.
    #[error("the folder cannot be read: {0}")]
    Folder(String),
    /// The same folder or user is there already.
    #[error("already there")]
    Duplicate(AccountId),
    /// The token cannot be kept where it was asked to be.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The server failed otherwise.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The database failed.
    #[error("the database failed: {0}")]
    Store(String),
}

/// A server that answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundServer {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its base address, with base path.
    pub address: url::Url,
    /// Its own id.
    pub machine_id: String,
    /// Plain http to an address outside this computer's own networks: ask before a password is sent.
    pub exposed: bool,
}

/// Handle to the accounts. Cheap to clone.
#[derive(Clone, Debug)]
pub struct AccountService {}

impl AccountService {
    /// All accounts with their state, now.
    #[must_use]
    pub fn list(&self) -> Arc<Vec<Account>> {
        todo!()
    }

    /// The same, live.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Arc<Vec<Account>>> {
        todo!()
    }

    /// Adds a folder of this computer. The library is filled by the sync that this starts.
    pub async fn add_folder(&self, _path: &Path) -> Result<Account, AccountError> {
        todo!()
    }

    /// Finds the server behind a typed address ("nas", "nas:8096/jellyfin", "https://…").
    pub async fn find_jellyfin(&self, _typed: &str) -> Result<FoundServer, AccountError> {
        todo!()
    }

    /// Signs in with a name and password; one attempt, for each failed one counts towards a lock-out.
    pub async fn sign_in_jellyfin(
        &self,
        _server: &FoundServer,
        _user: &str,
        _password: &Secret,
        _keep: Keep,
    ) -> Result<Account, AccountError> {
        todo!()
    }

    /// Signs out: forgets the token here and there, the library and the cached bytes of the account.
    pub async fn remove(&self, _account: &AccountId) -> Result<(), AccountError> {
        todo!()
    }

    /// Asks all accounts (or one) whether they answer; their states follow.
    pub async fn check(&self, _account: Option<&AccountId>) {
        todo!()
    }

    /// What the system says of the network: with `false` nothing is asked until `true` comes, which asks at once.
    pub fn set_network(&self, _available: bool) {
        todo!()
    }
}
