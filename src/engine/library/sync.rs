//! The refresh of the mirror from the accounts' sources, and when it happens by itself.
//!
//! An account is walked in pages; each page is written when it arrives, so that a first refresh shows titles at once.
//! What is gone is taken out only behind a walk that saw everything. Accounts are walked side by side; two refreshes of
//! one account one after the other.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use parking_lot::Mutex;

use super::{Inner, LibraryError, LibraryService, Synced};
use crate::model::{Account, AccountId, AccountState, Item, ItemId, Library};
use crate::source::Source;
use crate::source_error::SourceError;
use crate::store::items::Walk;

/// Items asked for at once: an answer of a few hundred kilobytes.
const PAGE: u64 = 200;

/// The same of a server that has not made such an answer in time.
const SMALL_PAGE: u64 = 50;

/// One lock for each account, so that its refreshes take turns.
#[derive(Debug, Default)]
pub(super) struct Refreshes {
    turns: Mutex<HashMap<AccountId, Arc<tokio::sync::Mutex<()>>>>,
    /// Accounts with a refresh that waits for its turn and will see what changes until then.
    waiting: Mutex<HashSet<AccountId>>,
}

impl Refreshes {
    pub(super) fn turn(&self, account: &AccountId) -> Arc<tokio::sync::Mutex<()>> {
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
    inner.refreshes.waiting.lock().remove(account);
    // First what happened here, so that the walk brings back the server's view of it.
    inner.outbox.replay(account).await;
    let knows_progress = !source.kind().is_folder();
    let walk = inner.store.begin_walk(account, knows_progress).await?;
    let libraries = source.libraries().await?;
    // What is away for now is not gone, and neither is the library that it is in.
    let away = match source.saw_all() {
        true => Vec::new(),
        false => inner.others_known(account, &libraries).await?,
    };
    let all: Vec<Library> = libraries.iter().chain(&away).cloned().collect();
    if inner.store.replace_libraries(account, &all).await? {
        inner.changed();
    }
    // Before the titles: what is answered behind them would tell of a server that its titles are known as they are now.
    inner.refresh_lists(account, source).await?;
    let mut steady = source.saw_all();
    for library in &libraries {
        steady &= walk_library(inner, account, source, library, walk).await?;
    }
    // When rows came or went during the walk, the pages may have moved past an item that is still there.
    if steady && inner.store.remove_unseen(account, walk).await? > 0 {
        inner.changed();
    }
    inner.refresh_rows(account, source).await?;
    inner.presence.recount();
    Ok(inner.store.count_items(account).await?)
}

impl Inner {
    /// Libraries of an account that are known, and not among these.
    async fn others_known(
        &self,
        account: &AccountId,
        told: &[Library],
    ) -> Result<Vec<Library>, LibraryError> {
        let mut known = self.store.libraries().await?;
        known.retain(|library| {
            library.id.account() == account && told.iter().all(|one| one.id != library.id)
        });
        Ok(known)
    }
}

/// Returns whether the library kept its size meanwhile.
pub(super) async fn walk_library(
    inner: &Inner,
    account: &AccountId,
    source: &dyn Source,
    library: &Library,
    walk: Walk,
) -> Result<bool, LibraryError> {
    let (mut offset, mut limit, mut first_total, mut steady) = (0, PAGE, None, true);
    loop {
        let mut asked = source.items(&library.id, offset, limit).await;
        if matches!(asked, Err(SourceError::Timeout)) && limit > SMALL_PAGE {
            limit = SMALL_PAGE;
            asked = source.items(&library.id, offset, limit).await;
        }
        let mut page = asked?;
        steady &= *first_total.get_or_insert(page.total) == page.total;
        for item in &mut page.items {
            item.library.get_or_insert_with(|| library.id.clone());
        }
        read_dates(source, &mut page.items);
        if !page.items.is_empty() {
            inner.store.put_items(account, &page.items, walk).await?;
            inner.changed();
        }
        // By what was asked for, not by what came: a source leaves out what it cannot understand.
        offset += limit;
        if offset >= page.total {
            return Ok(steady);
        }
    }
}

/// Reads the dates of titles by this computer's clock.
pub(super) fn read_dates(source: &dyn Source, items: &mut [Item]) {
    let ahead = ahead(source.clock_offset());
    for item in items {
        if let Some(played) = &mut item.progress.last_played {
            *played -= ahead;
        }
    }
}

/// By how many seconds a server's times are ahead of this computer's, in whole minutes: its clock is only known to a second or
/// two, and a time must not change with every refresh.
fn ahead(offset: Option<i64>) -> i64 {
    const MINUTE: i64 = 60_000;
    let minutes = (offset.unwrap_or(0) + MINUTE / 2).div_euclid(MINUTE);
    minutes * 60
}

/// Takes everything of an account out of the mirror but these items and what is above them.
pub(super) async fn keep_only(inner: &Arc<Inner>, account: &AccountId, kept: HashSet<ItemId>) {
    keep_only_now(inner, account, &kept).await;
    // A refresh that was under way may have written behind it.
    let (inner, account) = (Arc::clone(inner), account.clone());
    let runtime = inner.runtime.clone();
    runtime.handle().spawn(async move {
        let turn = inner.refreshes.turn(&account);
        let _turn = turn.lock().await;
        if inner.is_signed_out(&account) {
            keep_only_now(&inner, &account, &kept).await;
        }
    });
}

async fn keep_only_now(inner: &Inner, account: &AccountId, kept: &HashSet<ItemId>) {
    if let Err(error) = inner.store.keep_items(account, kept).await {
        tracing::warn!(%error, "the mirror of an account that is signed out stays");
    }
    inner.presence.recount();
    inner.changed();
}

/// Refreshes an account because it answers for the first time; not when a refresh runs already, which may be how that came out.
fn came_online(inner: &Arc<Inner>, account: &AccountId) {
    if inner.refreshes.turn(account).try_lock().is_ok() {
        spawn(inner, account.clone());
    }
}

/// Refreshes an account because something in it has changed: behind a refresh that runs, once for any number of changes.
pub(super) fn source_changed(inner: &Arc<Inner>, account: &AccountId) {
    if inner.refreshes.waiting.lock().insert(account.clone()) {
        spawn(inner, account.clone());
    }
}

fn spawn(inner: &Arc<Inner>, account: AccountId) {
    let inner = Arc::clone(inner);
    let runtime = inner.runtime.clone();
    runtime
        .handle()
        .spawn(async move { sync(&inner, Some(account)).await });
}

/// Refreshes each account of the start when it answers for the first time; what happens later, the accounts tell.
pub(super) fn follow_first_answers(library: &LibraryService) {
    let mut accounts = library.inner.accounts.clone();
    let inner = Arc::downgrade(&library.inner);
    library.inner.runtime.handle().spawn(async move {
        let list = Arc::clone(&accounts.borrow_and_update());
        let mut silent: HashSet<AccountId> =
            list.iter().map(|account| account.id.clone()).collect();
        while !silent.is_empty() && accounts.changed().await.is_ok() {
            let list = Arc::clone(&accounts.borrow_and_update());
            let Some(inner) = inner.upgrade() else { return };
            for id in answered(&mut silent, &list) {
                came_online(&inner, &id);
            }
        }
    });
}

/// Takes those out of `silent` that are not silent any more, and returns those that can be read.
fn answered(silent: &mut HashSet<AccountId>, accounts: &[Account]) -> Vec<AccountId> {
    let state = |id: &AccountId| {
        accounts
            .iter()
            .find(|account| account.id == *id)
            .map(|account| &account.state)
    };
    let spoke: Vec<AccountId> = silent
        .extract_if(|id| state(id) != Some(&AccountState::Unknown))
        .collect();
    spoke
        .into_iter()
        .filter(|id| state(id) == Some(&AccountState::Online))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SourceKind;

    fn account(id: &AccountId, state: AccountState) -> Account {
        Account {
            id: id.clone(),
            kind: SourceKind::Jellyfin,
            name: String::new(),
            address: String::new(),
            user: String::new(),
            state,
            trouble: None,
            route: None,
            fingerprint: None,
        }
    }

    #[test]
    fn only_a_clock_that_is_wrong_is_corrected() {
        for (offset, seconds) in [
            (None, 0),
            (Some(900), 0),
            (Some(-29_000), 0),
            (Some(59_000), 60),
            (Some(-3_600_400), -3600),
        ] {
            assert_eq!(ahead(offset), seconds, "{offset:?}");
        }
    }

    #[test]
    fn each_account_of_the_start_is_read_once() {
        let [near, far, gone] = [(); 3].map(|()| AccountId::random());
        let mut silent = HashSet::from([near.clone(), far.clone(), gone]);
        let unknown = [
            account(&near, AccountState::Unknown),
            account(&far, AccountState::Unknown),
        ];
        assert_eq!(answered(&mut silent, &unknown), []);
        let spoken = [
            account(&near, AccountState::Online),
            account(&far, AccountState::Offline),
        ];
        assert_eq!(answered(&mut silent, &spoken), vec![near.clone()]);
        let later = [
            account(&near, AccountState::Online),
            account(&far, AccountState::Online),
        ];
        assert_eq!(answered(&mut silent, &later), []);
        assert!(silent.is_empty());
    }
}
