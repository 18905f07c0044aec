//! Accounts: signing in and out, and whether each can be reached.
//!
//! **Owns** the list of accounts with their states, their sources in the [`Registry`], and the re-checks while one is
//! offline. **Does not know** libraries or cached bytes: a `Witness` is told when an account comes, returns or goes.
//! **Threads**: every method works from any executor; the work is done on the engine's runtime.

mod attended;
mod demo;
mod device;
mod discover;
mod entry;
mod jellyfin;
mod leave;
mod plex;
mod pulse;
mod roster;
mod standing;
mod terms;

pub use crate::source::jellyfin::{FoundServer, QuickCode};
pub use crate::source::plex::{
    Entry as PlexEntry, HomeUser, Link as PlexLink, Server as PlexServer,
};
pub use jellyfin::QuickEntry;
use roster::Roster;
pub(crate) use standing::Standing;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use futures_util::future::join_all;
use parking_lot::Mutex;
use tokio::sync::watch;

use crate::http::Terms;
use crate::model::{Account, AccountId, SourceKind};
use crate::runtime::Runtime;
use crate::secret::places::Places;
use crate::secret::{Keep, Secret, SecretError, SecretStore};
use crate::source::jellyfin::{EntryError, find_on};
use crate::source::plex::EntryError as PlexEntryError;
use crate::source::{Device, Lan, Prober, Registry, Source};
use crate::source_error::SourceError;
use crate::store::{Store, StoreError};

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
    /// The Jellyfin server lets nobody in by a code.
    #[error("Quick Connect is switched off")]
    CodeSignInOff,
    /// Nobody let this device in before the code ran out.
    #[error("the code ran out")]
    CodeExpired,
    /// The PIN of a user of a home is wrong, or one is needed.
    #[error("wrong PIN")]
    WrongPin,
    /// The server or user that was chosen is not there to choose, or the account has no such choice.
    #[error("not there to choose")]
    NoChoice,
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

impl From<EntryError> for AccountError {
    fn from(error: EntryError) -> Self {
        match error {
            EntryError::InvalidAddress => Self::InvalidAddress,
            EntryError::NotAServer => Self::NotAServer,
            EntryError::TooOld(version) => Self::TooOld(version),
            EntryError::WrongPassword => Self::WrongPassword,
            EntryError::NotAllowed => Self::NotAllowed,
            EntryError::CodeSignInOff => Self::CodeSignInOff,
            EntryError::CodeExpired => Self::CodeExpired,
            EntryError::Source(error) => Self::Source(error),
        }
    }
}

impl From<PlexEntryError> for AccountError {
    fn from(error: PlexEntryError) -> Self {
        match error {
            PlexEntryError::Expired => Self::CodeExpired,
            PlexEntryError::WrongPin => Self::WrongPin,
            PlexEntryError::NotListed => Self::NoChoice,
            PlexEntryError::Source(error) => Self::Source(error),
        }
    }
}

impl From<StoreError> for AccountError {
    fn from(error: StoreError) -> Self {
        Self::Store(error.to_string())
    }
}

/// Who in the engine has to do something when accounts come and go. Called on the engine's runtime.
#[async_trait]
pub(crate) trait Witness: Send + Sync + 'static {
    /// An account was added, signed in anew, or noticed a change by itself: its library should be refreshed. Returns at
    /// once; the refresh is its own task.
    fn changed(&self, account: &AccountId);
    /// An offline account answers again.
    fn returned(&self, account: &AccountId);
    /// An account is about to become another user's of the same server: tell the server what it has not heard of the former
    /// one, and forget library and positions. The bytes that are here stay.
    async fn handed_over(&self, account: &AccountId);
    /// An account was removed: forget its library, its cached bytes and its pictures.
    async fn removed(&self, account: &AccountId);
    /// An account was signed out and stays for the sake of what is kept: forget everything else of it.
    async fn signed_out(&self, account: &AccountId);
}

/// What the accounts are opened with.
pub(crate) struct Setup {
    /// Where the work is done.
    pub(crate) runtime: Runtime,
    /// Where the accounts' rows are.
    pub(crate) store: Store,
    /// Where the accounts' sources go.
    pub(crate) registry: Registry,
    /// The profile's data folder, for the token file and the installation's id.
    pub(crate) data: PathBuf,
    /// This computer's name for servers.
    pub(crate) device_name: String,
    /// Looks into media files of folders.
    pub(crate) prober: Option<Arc<dyn Prober>>,
    /// Stands in for the session's Secret Service.
    pub(crate) secrets: Option<Arc<dyn SecretStore>>,
}

/// Handle to the accounts. Cheap to clone.
#[derive(Clone)]
pub struct AccountService {
    runtime: Runtime,
    roster: Arc<Roster>,
}

impl std::fmt::Debug for AccountService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccountService").finish_non_exhaustive()
    }
}

impl AccountService {
    /// Reads the accounts and registers their sources. Touches no network and no keyring.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn open(setup: Setup) -> Result<Self, StoreError> {
        let rows = setup.store.accounts().await?;
        let roster = Arc::new(Roster {
            runtime: setup.runtime.handle().clone(),
            places: Places::new(&setup.data, setup.secrets),
            device: Device {
                id: device::id(&setup.data),
                name: setup.device_name,
            },
            store: setup.store,
            registry: setup.registry,
            prober: setup.prober,
            plex_tv: Mutex::default(),
            lan: Mutex::new(Lan::of_environment()),
            accounts: watch::Sender::new(Arc::default()),
            witness: Mutex::default(),
            notices: Mutex::default(),
            keyring_asks: watch::Sender::new(false),
            demo: demo::place(&setup.data),
            turn: tokio::sync::Mutex::default(),
            network: AtomicBool::new(true),
            wake: Arc::default(),
        });
        for row in rows {
            roster.adopt(row);
        }
        let handle = setup.runtime.handle();
        handle.spawn(pulse::run(Arc::downgrade(&roster)));
        Ok(Self {
            runtime: setup.runtime,
            roster,
        })
    }

    /// What the cache may ask and tell of accounts.
    pub(crate) fn standing(&self) -> Standing {
        Standing::new(&self.roster)
    }

    /// Names who is told of changes, and begins to watch the folders.
    pub(crate) fn set_witness(&self, witness: Arc<dyn Witness>) {
        *self.roster.witness.lock() = Some(witness);
        for account in self.list().iter() {
            self.roster.watch_folder(&account.id);
        }
    }

    /// All accounts with their state, now.
    #[must_use]
    pub fn list(&self) -> Arc<Vec<Account>> {
        self.roster.accounts.borrow().clone()
    }

    /// The same, live.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Arc<Vec<Account>>> {
        self.roster.accounts.subscribe()
    }

    /// Whether a sign-in waits for the session's keyring, live: it may be asking the person for its password, or have
    /// forgotten to. Who is not willing to wait drops the sign-in and begins another one.
    #[must_use]
    pub fn keyring_asks(&self) -> watch::Receiver<bool> {
        self.roster.keyring_asks.subscribe()
    }

    /// The source of an account; every answer it gives updates the account's state.
    #[must_use]
    pub fn source(&self, account: &AccountId) -> Option<Arc<dyn Source>> {
        self.roster.registry.get(account)
    }

    /// Takes note of how a request of an account ended that did not go through its source: the fetch of media.
    pub fn mark(&self, account: &AccountId, outcome: Result<(), &SourceError>) {
        self.roster.mark(account, outcome);
    }

    /// Adds a folder of this computer. The library is filled by the sync that this starts.
    ///
    /// # Errors
    /// [`AccountError::Folder`], [`AccountError::Duplicate`], [`AccountError::Store`].
    pub async fn add_folder(&self, path: &Path) -> Result<Account, AccountError> {
        self.add_files(path, SourceKind::Folder).await
    }

    /// Adds a folder on a drive in the network, whose files are read through the cache like a server's.
    ///
    /// # Errors
    /// As [`AccountService::add_folder`].
    pub async fn add_network_drive(&self, path: &Path) -> Result<Account, AccountError> {
        self.add_files(path, SourceKind::NetworkDrive).await
    }

    async fn add_files(&self, path: &Path, kind: SourceKind) -> Result<Account, AccountError> {
        let (roster, path) = (Arc::clone(&self.roster), path.to_owned());
        let account = self
            .runtime
            .run(async move { roster.add_folder(path, kind, None).await })
            .await?;
        self.roster.watch_folder(&account.id);
        Ok(account)
    }

    /// Finds the server behind a typed address ("nas", "nas:8096/jellyfin", "https://…").
    ///
    /// # Errors
    /// [`AccountError::InvalidAddress`], [`AccountError::NotAServer`], [`AccountError::TooOld`],
    /// [`AccountError::Source`].
    pub async fn find_jellyfin(&self, typed: &str) -> Result<FoundServer, AccountError> {
        self.find_jellyfin_on(typed, &Terms::default()).await
    }

    /// The same for a server with terms of its own: a certificate that the person accepted, headers and a certificate that it
    /// asks for. An account that is made of what is found keeps them.
    ///
    /// # Errors
    /// As [`AccountService::find_jellyfin`]. [`SourceError::Certificate`] names the certificate that was refused.
    pub async fn find_jellyfin_on(
        &self,
        typed: &str,
        terms: &Terms,
    ) -> Result<FoundServer, AccountError> {
        let (typed, terms) = (typed.to_owned(), terms.clone());
        let found = async move { find_on(&typed, &terms).await };
        Ok(self.runtime.run(found).await?)
    }

    /// Signs in with a name and password; one attempt, for each failed one counts towards a lock-out. A user who is there
    /// already gets a new token. Dropping the future gives up, and the server forgets the token that nobody will use.
    ///
    /// # Errors
    /// [`AccountError::WrongPassword`], [`AccountError::NotAllowed`], [`AccountError::Secret`] when the token cannot be
    /// kept where it was asked to be, [`AccountError::Source`], [`AccountError::Store`].
    pub async fn sign_in_jellyfin(
        &self,
        server: &FoundServer,
        user: &str,
        password: &Secret,
        keep: Keep,
    ) -> Result<Account, AccountError> {
        let roster = Arc::clone(&self.roster);
        let (server, user, password) = (server.clone(), user.to_owned(), password.clone());
        self.runtime
            .run(async move { roster.sign_in(&server, &user, &password, keep).await })
            .await
    }

    /// Asks all accounts (or one) whether they answer; their states follow.
    pub async fn check(&self, account: Option<&AccountId>) {
        let (roster, only) = (Arc::clone(&self.roster), account.cloned());
        self.runtime
            .run(async move {
                let accounts = roster.accounts.borrow().clone();
                let chosen = accounts
                    .iter()
                    .filter(|account| only.as_ref().is_none_or(|only| *only == account.id))
                    .filter(|account| roster.may_ask(account));
                join_all(chosen.map(|account| roster.check(&account.id))).await;
            })
            .await;
    }

    /// What the system says of the network: with `false` nothing is asked until `true` comes, which asks at once. Each `true`
    /// may mean another network, to which other ways lead. Folders, and servers on this computer, need no network.
    pub fn set_network(&self, available: bool) {
        let before = self.roster.network.swap(available, Ordering::Relaxed);
        if !available {
            if before {
                self.roster.lose_network();
            }
            return;
        }
        let roster = Arc::clone(&self.roster);
        self.runtime.handle().spawn(async move {
            let accounts = roster.accounts.borrow().clone();
            for source in accounts.iter().filter_map(|it| roster.registry.get(&it.id)) {
                source.network_changed();
            }
            if before {
                return;
            }
            let servers = accounts
                .iter()
                .filter(|account| account.kind != SourceKind::Folder);
            join_all(servers.map(|account| roster.check(&account.id))).await;
        });
    }
}

#[cfg(test)]
mod tests;
