//! The refresh of the mirror from the accounts' sources, and when it happens by itself.
//!
//! An account is walked in pages; each page is written when it arrives, so that a first refresh shows titles at once.
//! What is gone is taken out only behind a walk that saw everything. Accounts are walked side by side; two refreshes of
//! one account one after the other.

use std::any::Any;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Notify, watch};

use super::{Inner, LibraryError, LibraryService, Synced};
use crate::model::{Account, AccountId, AccountState, Library, SourceKind};
use crate::source::Source;
use crate::store::items::Walk;

/// Items asked for at once: an answer of a few hundred kilobytes.
const PAGE: u64 = 200;
/// A folder that is being written to is read when it has been quiet for this time.
const QUIET: Duration = Duration::from_secs(1);

/// One lock for each account, so that its refreshes take turns.
#[derive(Debug, Default)]
pub(super) struct Refreshes {
    turns: Mutex<HashMap<AccountId, Arc<tokio::sync::Mutex<()>>>>,
}

impl Refreshes {
    fn turn(&self, account: &AccountId) -> Arc<tokio::sync::Mutex<()>> {
        Arc::clone(self.turns.lock().entry(account.clone()).or_default())
    }
}

/// Refreshes one account, or all.
pub(super) async fn sync(inner: &Arc<Inner>, account: Option<AccountId>) -> Vec<Synced> {
    let sources = match account {
        None => inner.sources.all(),
        Some(account) => match inner.sources.get(&account) {
            Some(source) => vec![(account, source)],
            None => {
                return vec![Synced {
                    account,
                    result: Err(LibraryError::NotFound),
                }];
            }
        },
    };
    let refreshes = sources.into_iter().map(|(account, source)| async move {
        let result = refresh(inner, &account, source.as_ref()).await;
        if let Err(error) = &result {
            tracing::info!(%account, %error, "the refresh failed");
        }
        Synced { account, result }
    });
    futures_util::future::join_all(refreshes).await
}

async fn refresh(
    inner: &Inner,
    account: &AccountId,
    source: &dyn Source,
) -> Result<u64, LibraryError> {
    let turn = inner.refreshes.turn(account);
    let _turn = turn.lock().await;
    // First what happened here, so that the walk brings back the server's view of it.
    inner.outbox.replay(account).await;
    let knows_progress = source.kind() != SourceKind::Folder;
    let walk = inner.store.begin_walk(account, knows_progress).await?;
    let libraries = source.libraries().await?;
    if inner.store.replace_libraries(account, &libraries).await? {
        inner.changed();
    }
    let mut steady = true;
    for library in &libraries {
        steady &= walk_library(inner, account, source, library, walk).await?;
    }
    // When rows came or went during the walk, the pages may have moved past an item that is still there.
    if steady && inner.store.remove_unseen(account, walk).await? > 0 {
        inner.changed();
    }
    inner.presence.recount();
    Ok(inner.store.count_items(account).await?)
}

/// Returns whether the library kept its size meanwhile.
async fn walk_library(
    inner: &Inner,
    account: &AccountId,
    source: &dyn Source,
    library: &Library,
    walk: Walk,
) -> Result<bool, LibraryError> {
    let (mut offset, mut first_total, mut steady) = (0, None, true);
    loop {
        let mut page = source.items(&library.id, offset, PAGE).await?;
        steady &= *first_total.get_or_insert(page.total) == page.total;
        for item in &mut page.items {
            item.library.get_or_insert_with(|| library.id.clone());
        }
        if !page.items.is_empty() {
            inner.store.put_items(account, &page.items, walk).await?;
            inner.changed();
        }
        // By what was asked for, not by what came: a source leaves out what it cannot understand.
        offset += PAGE;
        if offset >= page.total {
            return Ok(steady);
        }
    }
}

/// Refreshes accounts when they appear, come back or change by themselves, and forgets those that went.
pub(super) fn follow(library: &LibraryService) {
    let accounts = library.inner.accounts.clone();
    let inner = Arc::downgrade(&library.inner);
    library
        .inner
        .runtime
        .handle()
        .spawn(follow_accounts(inner, accounts));
}

async fn follow_accounts(inner: Weak<Inner>, mut accounts: watch::Receiver<Arc<Vec<Account>>>) {
    let mut followed = Followed::default();
    loop {
        {
            let Some(inner) = inner.upgrade() else { return };
            let now = Arc::clone(&accounts.borrow_and_update());
            followed.step(&inner, &now);
        }
        if accounts.changed().await.is_err() {
            return;
        }
    }
}

/// What is known of the accounts since the last look.
#[derive(Default)]
struct Followed {
    states: HashMap<AccountId, AccountState>,
    /// Ends the source's watching when dropped.
    watching: HashMap<AccountId, Option<Box<dyn Any + Send>>>,
}

impl Followed {
    fn step(&mut self, inner: &Arc<Inner>, accounts: &[Account]) {
        for account in accounts {
            let before = self
                .states
                .insert(account.id.clone(), account.state.clone());
            if due(before.as_ref(), account) {
                let (inner, id) = (Arc::clone(inner), account.id.clone());
                inner
                    .runtime
                    .handle()
                    .clone()
                    .spawn(async move { sync(&inner, Some(id)).await });
            }
            if !self.watching.contains_key(&account.id)
                && let Some(source) = inner.sources.get(&account.id)
            {
                let guard = watch_source(inner, account.id.clone(), source.as_ref());
                self.watching.insert(account.id.clone(), guard);
            }
        }
        let there: HashSet<&AccountId> = accounts.iter().map(|account| &account.id).collect();
        let before = self.states.len();
        self.states.retain(|id, _| there.contains(id));
        self.watching.retain(|id, _| there.contains(id));
        if self.states.len() != before {
            inner.changed();
        }
    }
}

/// A folder is read when it appears; a server when it answers after it did not.
fn due(before: Option<&AccountState>, account: &Account) -> bool {
    let online = account.state == AccountState::Online;
    match (account.kind, before) {
        (SourceKind::Folder, None) => true,
        (SourceKind::Folder, Some(AccountState::Unknown)) => false,
        (_, before) => online && before != Some(&AccountState::Online),
    }
}

fn watch_source(
    inner: &Arc<Inner>,
    account: AccountId,
    source: &dyn Source,
) -> Option<Box<dyn Any + Send>> {
    let changed = Arc::new(Notify::new());
    let bell = Arc::clone(&changed);
    let guard = source.watch(Box::new(move || bell.notify_one()))?;
    let weak = Arc::downgrade(inner);
    let task = inner.runtime.handle().spawn(async move {
        loop {
            changed.notified().await;
            while tokio::time::timeout(QUIET, changed.notified())
                .await
                .is_ok()
            {}
            let Some(inner) = weak.upgrade() else { return };
            sync(&inner, Some(account.clone())).await;
        }
    });
    Some(Box::new((
        guard,
        tokio_util::task::AbortOnDropHandle::new(task),
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(kind: SourceKind, state: AccountState) -> Account {
        Account {
            id: AccountId::random(),
            kind,
            name: String::new(),
            address: String::new(),
            user: String::new(),
            state,
        }
    }

    #[test]
    fn a_server_is_refreshed_each_time_it_comes_back() {
        let jellyfin = |state| account(SourceKind::Jellyfin, state);
        assert!(!due(None, &jellyfin(AccountState::Unknown)));
        assert!(due(
            Some(&AccountState::Unknown),
            &jellyfin(AccountState::Online)
        ));
        assert!(!due(
            Some(&AccountState::Online),
            &jellyfin(AccountState::Online)
        ));
        assert!(!due(
            Some(&AccountState::Online),
            &jellyfin(AccountState::Offline)
        ));
        assert!(due(
            Some(&AccountState::Offline),
            &jellyfin(AccountState::Online)
        ));
    }

    #[test]
    fn a_folder_is_read_when_it_appears() {
        assert!(due(
            None,
            &account(SourceKind::Folder, AccountState::Unknown)
        ));
    }
}
