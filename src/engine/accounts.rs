//! Accounts: signing in and out, and whether each can be reached.
//!
//! **Owns** the list of accounts with their states, their sources in the [`Registry`], and the re-checks while one is
//! offline. **Does not know** libraries or cached bytes: a [`Witness`] is told when an account comes, returns or goes.
//! **Threads**: every method works from any executor; the work is done on the engine's runtime.

mod attended;
mod device;
mod pulse;

pub use crate::source::jellyfin::FoundServer;
use attended::Attended;

use std::any::Any;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;
use parking_lot::Mutex;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;
use url::{Host, Url};

use crate::model::{Account, AccountId, AccountState, SourceKind};
use crate::runtime::Runtime;
use crate::secret::places::Places;
use crate::secret::{Keep, Secret, SecretError, SecretStore};
use crate::source::jellyfin::{self, Device, EntryError, Jellyfin, Login};
use crate::source::local::Folder;
use crate::source::{Prober, Registry, Source};
use crate::source_error::SourceError;
use crate::store::accounts::AccountRow;
use crate::store::{Store, StoreError};

/// A check that takes longer found nobody.
const CHECK: Duration = Duration::from_secs(10);

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

impl From<EntryError> for AccountError {
    fn from(error: EntryError) -> Self {
        match error {
            EntryError::InvalidAddress => Self::InvalidAddress,
            EntryError::NotAServer => Self::NotAServer,
            EntryError::TooOld(version) => Self::TooOld(version),
            EntryError::WrongPassword => Self::WrongPassword,
            EntryError::NotAllowed => Self::NotAllowed,
            EntryError::Source(error) => Self::Source(error),
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
    /// An account was removed: forget its library, its cached bytes and its pictures.
    async fn removed(&self, account: &AccountId);
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
    inner: Arc<Inner>,
}

impl std::fmt::Debug for AccountService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccountService").finish_non_exhaustive()
    }
}

pub(crate) struct Inner {
    store: Store,
    registry: Registry,
    places: Places,
    device: Device,
    prober: Option<Arc<dyn Prober>>,
    accounts: watch::Sender<Arc<Vec<Account>>>,
    witness: Mutex<Option<Arc<dyn Witness>>>,
    /// Guards of the folders' own notices of change.
    notices: Mutex<HashMap<AccountId, Box<dyn Any + Send>>>,
    /// One sign-in, addition or removal at a time.
    turn: tokio::sync::Mutex<()>,
    network: AtomicBool,
    wake: Arc<Notify>,
}

impl AccountService {
    /// Reads the accounts and registers their sources. Touches no network and no keyring.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn open(setup: Setup) -> Result<Self, StoreError> {
        let rows = setup.store.accounts().await?;
        let inner = Arc::new(Inner {
            places: Places::new(&setup.data, setup.secrets),
            device: Device {
                id: device::id(&setup.data),
                name: setup.device_name,
            },
            store: setup.store,
            registry: setup.registry,
            prober: setup.prober,
            accounts: watch::Sender::new(Arc::default()),
            witness: Mutex::default(),
            notices: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
            network: AtomicBool::new(true),
            wake: Arc::default(),
        });
        for row in rows {
            inner.adopt(row);
        }
        let handle = setup.runtime.handle();
        handle.spawn(pulse::run(Arc::downgrade(&inner)));
        Ok(Self {
            runtime: setup.runtime,
            inner,
        })
    }

    /// Names who is told of changes, and begins to watch the folders.
    pub(crate) fn set_witness(&self, witness: Arc<dyn Witness>) {
        *self.inner.witness.lock() = Some(witness);
        for account in self.list().iter() {
            self.inner.watch_folder(&self.runtime, &account.id);
        }
    }

    /// All accounts with their state, now.
    #[must_use]
    pub fn list(&self) -> Arc<Vec<Account>> {
        self.inner.accounts.borrow().clone()
    }

    /// The same, live.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Arc<Vec<Account>>> {
        self.inner.accounts.subscribe()
    }

    /// The source of an account; every answer it gives updates the account's state.
    #[must_use]
    pub fn source(&self, account: &AccountId) -> Option<Arc<dyn Source>> {
        self.inner.registry.get(account)
    }

    /// Takes note of how a request of an account ended that did not go through its source: the fetch of media.
    pub fn mark(&self, account: &AccountId, outcome: Result<(), &SourceError>) {
        self.inner.mark(account, outcome);
    }

    /// Adds a folder of this computer. The library is filled by the sync that this starts.
    ///
    /// # Errors
    /// [`AccountError::Folder`], [`AccountError::Duplicate`], [`AccountError::Store`].
    pub async fn add_folder(&self, path: &Path) -> Result<Account, AccountError> {
        let (inner, path) = (Arc::clone(&self.inner), path.to_owned());
        let account = self
            .runtime
            .run(async move { inner.add_folder(path).await })
            .await?;
        self.inner.watch_folder(&self.runtime, &account.id);
        Ok(account)
    }

    /// Finds the server behind a typed address ("nas", "nas:8096/jellyfin", "https://…").
    ///
    /// # Errors
    /// [`AccountError::InvalidAddress`], [`AccountError::NotAServer`], [`AccountError::TooOld`],
    /// [`AccountError::Source`].
    pub async fn find_jellyfin(&self, typed: &str) -> Result<FoundServer, AccountError> {
        let typed = typed.to_owned();
        let found = async move { jellyfin::find(&typed).await };
        Ok(self.runtime.run(found).await?)
    }

    /// Signs in with a name and password; one attempt, for each failed one counts towards a lock-out. A user who is there
    /// already gets a new token.
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
        let inner = Arc::clone(&self.inner);
        let (server, user, password) = (server.clone(), user.to_owned(), password.clone());
        self.runtime
            .run(async move { inner.sign_in(&server, &user, &password, keep).await })
            .await
    }

    /// Signs out: forgets the token here and there, the library and the cached bytes of the account. A server that cannot
    /// be reached does not stop it.
    ///
    /// # Errors
    /// [`AccountError::Store`].
    pub async fn remove(&self, account: &AccountId) -> Result<(), AccountError> {
        let (inner, account) = (Arc::clone(&self.inner), account.clone());
        self.runtime
            .run(async move { inner.remove(&account).await })
            .await
    }

    /// Asks all accounts (or one) whether they answer; their states follow.
    pub async fn check(&self, account: Option<&AccountId>) {
        let (inner, only) = (Arc::clone(&self.inner), account.cloned());
        self.runtime
            .run(async move {
                let accounts = inner.accounts.borrow().clone();
                let chosen = accounts
                    .iter()
                    .filter(|account| only.as_ref().is_none_or(|only| *only == account.id))
                    .filter(|account| inner.may_ask(account));
                join_all(chosen.map(|account| inner.check(&account.id))).await;
            })
            .await;
    }

    /// What the system says of the network: with `false` nothing is asked until `true` comes, which asks at once.
    /// Folders, and servers on this computer, need no network.
    pub fn set_network(&self, available: bool) {
        let before = self.inner.network.swap(available, Ordering::Relaxed);
        if before == available {
            return;
        }
        if !available {
            self.inner.lose_network();
            return;
        }
        let inner = Arc::clone(&self.inner);
        self.runtime.handle().spawn(async move {
            let accounts = inner.accounts.borrow().clone();
            let servers = accounts
                .iter()
                .filter(|account| account.kind != SourceKind::Folder);
            join_all(servers.map(|account| inner.check(&account.id))).await;
        });
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.wake.notify_one();
    }
}

impl Inner {
    /// Registers the source of a row and lists its account.
    fn adopt(self: &Arc<Self>, row: AccountRow) {
        let account = Account {
            id: row.id.clone(),
            kind: row.kind,
            name: row.name.clone(),
            address: row.address.clone(),
            user: row.user.clone(),
            state: AccountState::Unknown,
        };
        let source = Attended::new(row, Arc::downgrade(self));
        self.registry.insert(account.id.clone(), Arc::new(source));
        self.accounts.send_modify(|list| {
            let mut accounts = list.as_ref().clone();
            match accounts.iter_mut().find(|known| known.id == account.id) {
                Some(known) => *known = account,
                None => accounts.push(account),
            }
            *list = Arc::new(accounts);
        });
    }

    fn account(&self, id: &AccountId) -> Option<Account> {
        let accounts = self.accounts.borrow();
        accounts.iter().find(|account| account.id == *id).cloned()
    }

    /// Makes the source behind a row. The only place that reads a token to use it.
    async fn connect(&self, row: &AccountRow) -> Result<Arc<dyn Source>, SourceError> {
        if row.kind == SourceKind::Folder {
            return Ok(self.folder(row));
        }
        let token = match self.places.get(&row.id).await {
            Ok(Some(token)) => token,
            Ok(None) => return Err(SourceError::Unauthorized),
            Err(error) => {
                tracing::warn!(account = %row.id, %error, "the token cannot be read");
                return Err(SourceError::Unauthorized);
            }
        };
        Ok(Arc::new(Jellyfin::new(
            login(row, Some(token))?,
            &self.device,
        )?))
    }

    fn folder(&self, row: &AccountRow) -> Arc<dyn Source> {
        let root = PathBuf::from(&row.address);
        Arc::new(Folder::new(row.id.clone(), root, self.prober.clone()))
    }

    async fn add_folder(self: &Arc<Self>, path: PathBuf) -> Result<Account, AccountError> {
        let readable = tokio::task::spawn_blocking(move || {
            let root = path.canonicalize()?;
            std::fs::read_dir(&root).map(|_| root)
        });
        let root = match readable.await {
            Ok(Ok(root)) => root,
            Ok(Err(error)) => return Err(AccountError::Folder(error.to_string())),
            Err(_) => return Err(AccountError::Folder("stopped".into())),
        };
        let Some(address) = root.to_str().map(str::to_owned) else {
            return Err(AccountError::Folder("its name is not UTF-8".into()));
        };
        let _turn = self.turn.lock().await;
        let known = self.accounts.borrow().clone();
        if let Some(same) = known.iter().find(|account| account.address == address) {
            return Err(AccountError::Duplicate(same.id.clone()));
        }
        let name = root
            .file_name()
            .map_or(address.clone(), |name| name.to_string_lossy().into_owned());
        let row = AccountRow {
            id: AccountId::random(),
            kind: SourceKind::Folder,
            name,
            address,
            user: String::new(),
            user_id: None,
            machine_id: None,
            fingerprint: None,
        };
        self.enter(row).await
    }

    /// Makes an account durable, then real.
    async fn enter(self: &Arc<Self>, row: AccountRow) -> Result<Account, AccountError> {
        self.store.put_account(&row).await?;
        let id = row.id.clone();
        self.adopt(row);
        self.set_state(&id, AccountState::Online);
        self.tell(|witness| witness.changed(&id));
        self.account(&id)
            .ok_or_else(|| AccountError::Store("the account is gone".into()))
    }

    async fn sign_in(
        self: &Arc<Self>,
        server: &FoundServer,
        user: &str,
        password: &Secret,
        keep: Keep,
    ) -> Result<Account, AccountError> {
        let _turn = self.turn.lock().await;
        let signed_in = jellyfin::sign_in(server, &self.device, user, password).await?;
        let known = self.store.accounts().await?.into_iter().find(|row| {
            row.machine_id.as_deref() == Some(server.machine_id.as_str())
                && row.user_id.as_deref() == Some(signed_in.user_id.as_str())
        });
        let row = AccountRow {
            id: known.map_or_else(AccountId::random, |row| row.id),
            kind: SourceKind::Jellyfin,
            name: server.name.clone(),
            address: server.address.to_string(),
            user: signed_in.user_name.clone(),
            user_id: Some(signed_in.user_id.clone()),
            machine_id: Some(server.machine_id.clone()),
            fingerprint: None,
        };
        let label = format!("Spool: {} on {}", row.user, row.name);
        let token = &signed_in.token;
        if let Err(error) = self.places.keep(&row.id, token, &label, keep).await {
            // Nobody will ever use this token.
            let source = Jellyfin::new(login(&row, Some(token.clone()))?, &self.device)?;
            tokio::spawn(async move { source.sign_out().await });
            return Err(error.into());
        }
        self.enter(row).await
    }

    async fn remove(&self, id: &AccountId) -> Result<(), AccountError> {
        let _turn = self.turn.lock().await;
        let rows = self.store.accounts().await?;
        let row = rows.into_iter().find(|row| row.id == *id);
        if let Some(row) = row.filter(|row| row.kind == SourceKind::Jellyfin) {
            if let Ok(Some(token)) = self.places.get(id).await {
                let login = login(&row, Some(token));
                let source = login.and_then(|login| Jellyfin::new(login, &self.device));
                if let Ok(source) = source {
                    tokio::spawn(async move { source.sign_out().await });
                }
            }
            self.places.forget(id).await;
        }
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
        Ok(self.store.remove_account(id).await?)
    }

    /// Asks an account's source; any failure but a refusal means that nobody useful is there (a captive portal answers
    /// too).
    async fn check(&self, id: &AccountId) {
        let Some(source) = self.registry.get(id) else {
            return;
        };
        let answer = timeout(CHECK, source.check()).await;
        match answer.unwrap_or(Err(SourceError::Timeout)) {
            Ok(()) => {}
            Err(SourceError::Unauthorized) => {}
            Err(error) => {
                tracing::debug!(account = %id, %error, "offline");
                self.set_state(id, AccountState::Offline);
            }
        }
    }

    fn mark(&self, id: &AccountId, outcome: Result<(), &SourceError>) {
        match outcome {
            Ok(()) => self.set_state(id, AccountState::Online),
            Err(SourceError::Unauthorized) => self.set_state(id, AccountState::SignInNeeded),
            Err(error) if error.is_offline() => self.set_state(id, AccountState::Offline),
            Err(SourceError::Unreadable(_)) => self.set_state(id, AccountState::Offline),
            // The server is there; it just does not do this.
            Err(_) => {}
        }
    }

    fn set_state(&self, id: &AccountId, state: AccountState) {
        let mut before = None;
        self.accounts.send_if_modified(|list| {
            let Some(at) = list.iter().position(|account| account.id == *id) else {
                return false;
            };
            if list[at].state == state {
                return false;
            }
            let mut accounts = list.as_ref().clone();
            before = Some(std::mem::replace(&mut accounts[at].state, state.clone()));
            *list = Arc::new(accounts);
            true
        });
        match (before, state) {
            (Some(AccountState::Offline), AccountState::Online) => {
                self.tell(|witness| witness.returned(id));
            }
            (Some(_), AccountState::Offline) => self.wake.notify_one(),
            _ => {}
        }
    }

    fn tell(&self, word: impl FnOnce(&dyn Witness)) {
        let witness = self.witness.lock().clone();
        if let Some(witness) = witness {
            word(witness.as_ref());
        }
    }

    /// Whether asking makes sense, given what the system says of the network.
    fn may_ask(&self, account: &Account) -> bool {
        self.network.load(Ordering::Relaxed) || !needs_network(account)
    }

    fn lose_network(&self) {
        let accounts = self.accounts.borrow().clone();
        for account in accounts.iter().filter(|account| needs_network(account)) {
            self.set_state(&account.id, AccountState::Offline);
        }
    }

    /// Lets a folder notice changes by itself, on a thread that may block: a large folder takes a while.
    fn watch_folder(self: &Arc<Self>, runtime: &Runtime, id: &AccountId) {
        let (inner, id) = (Arc::clone(self), id.clone());
        runtime.handle().spawn_blocking(move || {
            let weak: Weak<Inner> = Arc::downgrade(&inner);
            let account = id.clone();
            let changed = move || {
                if let Some(inner) = weak.upgrade() {
                    inner.tell(|witness| witness.changed(&account));
                }
            };
            let source = inner.registry.get(&id);
            let guard = source.and_then(|source| source.watch(Box::new(changed)));
            // Gone meanwhile: the guard ends the watch again.
            if let Some(guard) = guard.filter(|_| inner.account(&id).is_some()) {
                inner.notices.lock().insert(id, guard);
            }
        });
    }
}

/// Whether an account is elsewhere.
fn needs_network(account: &Account) -> bool {
    let url = match account.kind {
        SourceKind::Folder => return false,
        SourceKind::Jellyfin => account.address.parse::<Url>(),
    };
    !url.is_ok_and(|url| match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    })
}

fn login(row: &AccountRow, token: Option<Secret>) -> Result<Login, SourceError> {
    let address = row.address.parse();
    Ok(Login {
        account: row.id.clone(),
        address: address.map_err(|_| SourceError::Malformed("the account's address".into()))?,
        machine_id: row.machine_id.clone(),
        user_id: row.user_id.clone().unwrap_or_default(),
        token,
    })
}
