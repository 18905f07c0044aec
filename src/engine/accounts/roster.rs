//! The list of accounts, each with its source and its state.

use std::any::Any;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;
use url::{Host, Url};

use super::Witness;
use super::attended::Attended;
use crate::model::{Account, AccountId, AccountState, SourceKind};
use crate::secret::places::Places;
use crate::source::{Device, Lan, Prober, Registry};
use crate::source_error::SourceError;
use crate::store::Store;
use crate::store::accounts::AccountRow;

/// A check that takes longer found nobody.
const CHECK: Duration = Duration::from_secs(10);

pub(super) struct Roster {
    pub(super) runtime: Handle,
    pub(super) store: Store,
    pub(super) registry: Registry,
    pub(super) places: Places,
    pub(super) device: Device,
    pub(super) prober: Option<Arc<dyn Prober>>,
    /// Stands in for the plex.tv of the environment.
    pub(super) plex_tv: Mutex<Option<Url>>,
    /// Where servers without an address are looked for.
    pub(super) lan: Mutex<Lan>,
    pub(super) accounts: watch::Sender<Arc<Vec<Account>>>,
    pub(super) witness: Mutex<Option<Arc<dyn Witness>>>,
    /// Guards of the folders' own notices of change.
    pub(super) notices: Mutex<HashMap<AccountId, Box<dyn Any + Send>>>,
    /// Whether a sign-in waits for the session's keyring, which may be asking the person for its password.
    pub(super) keyring_asks: watch::Sender<bool>,
    /// Where the demo library lies.
    pub(super) demo: PathBuf,
    /// One sign-in, addition or removal at a time.
    pub(super) turn: tokio::sync::Mutex<()>,
    pub(super) network: AtomicBool,
    pub(super) wake: Arc<Notify>,
}

impl Drop for Roster {
    fn drop(&mut self) {
        self.wake.notify_one();
    }
}

impl Roster {
    /// Registers the source of a row and lists its account.
    pub(super) fn adopt(self: &Arc<Self>, row: AccountRow) {
        let account = Account {
            id: row.id.clone(),
            kind: row.kind,
            name: row.name.clone(),
            address: row.address.clone(),
            user: row.user.clone(),
            state: AccountState::Unknown,
            trouble: None,
            route: None,
            fingerprint: row
                .fingerprint
                .as_deref()
                .and_then(|text| text.parse().ok()),
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

    pub(super) fn account(&self, id: &AccountId) -> Option<Account> {
        let accounts = self.accounts.borrow();
        accounts.iter().find(|account| account.id == *id).cloned()
    }

    /// Asks an account's source; any failure but a refusal means that nobody useful is there (a captive portal answers
    /// too).
    pub(super) async fn check(self: &Arc<Self>, id: &AccountId) {
        let Some(source) = self.registry.get(id) else {
            return;
        };
        let answer = timeout(CHECK, source.check()).await;
        match answer.unwrap_or(Err(SourceError::Timeout)) {
            Ok(()) => {}
            Err(SourceError::Unauthorized) => {}
            Err(error) => {
                tracing::debug!(account = %id, %error, "offline");
                self.set_trouble(id, AccountState::Offline, Some(error));
            }
        }
    }

    pub(super) fn mark(self: &Arc<Self>, id: &AccountId, outcome: Result<(), &SourceError>) {
        match outcome {
            Ok(()) => self.set_state(id, AccountState::Online),
            Err(error) => {
                if let Some(state) = state_after(error) {
                    self.set_trouble(id, state, Some(error.clone()));
                }
            }
        }
    }

    pub(super) fn set_state(self: &Arc<Self>, id: &AccountId, state: AccountState) {
        self.set_trouble(id, state, None);
    }

    /// The account's state is this from now on, and why.
    fn set_trouble(
        self: &Arc<Self>,
        id: &AccountId,
        state: AccountState,
        trouble: Option<SourceError>,
    ) {
        // An answer came over some way; while there is none, the last one is what is known.
        let route = (state == AccountState::Online)
            .then(|| self.registry.get(id)?.route())
            .flatten();
        let mut before = None;
        self.accounts.send_if_modified(|list| {
            let Some(at) = list.iter().position(|account| account.id == *id) else {
                return false;
            };
            let old = &list[at];
            let route = route.or_else(|| old.route.clone());
            if (&old.state, &old.trouble, &old.route) == (&state, &trouble, &route) {
                return false;
            }
            before = Some(old.state.clone()).filter(|before| *before != state);
            let mut accounts = list.as_ref().clone();
            accounts[at].state = state.clone();
            (accounts[at].trouble, accounts[at].route) = (trouble, route);
            *list = Arc::new(accounts);
            true
        });
        match (before, state) {
            (Some(AccountState::Offline), AccountState::Online) => {
                // A folder that was gone took the watch over it along.
                self.watch_folder(id);
                self.tell(|witness| witness.returned(id));
            }
            (Some(_), AccountState::Offline) => {
                self.notices.lock().remove(id);
                self.wake.notify_one();
            }
            _ => {}
        }
    }

    pub(super) fn tell(&self, word: impl FnOnce(&dyn Witness)) {
        let witness = self.witness.lock().clone();
        if let Some(witness) = witness {
            word(witness.as_ref());
        }
    }

    /// Whether asking makes sense, given what the system says of the network.
    pub(super) fn may_ask(&self, account: &Account) -> bool {
        self.network.load(Ordering::Relaxed) || !needs_network(account)
    }

    pub(super) fn lose_network(self: &Arc<Self>) {
        let accounts = self.accounts.borrow().clone();
        for account in accounts.iter().filter(|account| needs_network(account)) {
            self.set_state(&account.id, AccountState::Offline);
        }
    }

    /// Lets a folder notice changes by itself, on a thread that may block: a large folder takes a while.
    pub(super) fn watch_folder(self: &Arc<Self>, id: &AccountId) {
        let (inner, id) = (Arc::clone(self), id.clone());
        self.runtime.spawn_blocking(move || {
            let weak: Weak<Roster> = Arc::downgrade(&inner);
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

/// What an error says of an account; `None` when the server is there and just does not do this.
fn state_after(error: &SourceError) -> Option<AccountState> {
    match error {
        SourceError::Unauthorized => Some(AccountState::SignInNeeded),
        SourceError::Unreachable(_)
        | SourceError::Timeout
        | SourceError::Unconfirmed
        | SourceError::NotShared
        | SourceError::Certificate(_)
        | SourceError::Unreadable(_) => Some(AccountState::Offline),
        SourceError::Relayed
        | SourceError::Forbidden
        | SourceError::Gone
        | SourceError::FileMissing
        | SourceError::Busy { .. }
        | SourceError::Status(_)
        | SourceError::Malformed(_)
        | SourceError::Encoded(_)
        | SourceError::Insecure(_)
        | SourceError::Refused(_) => None,
    }
}

/// Whether an account is elsewhere.
pub(super) fn needs_network(account: &Account) -> bool {
    let url = match account.kind {
        SourceKind::Folder | SourceKind::NetworkDrive => return false,
        SourceKind::Jellyfin | SourceKind::Plex => account.address.parse::<Url>(),
    };
    !url.is_ok_and(|url| match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    })
}
