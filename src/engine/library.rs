//! The local mirror of all libraries: pages, shelves, search, and its refresh.
//!
//! **Owns** the mirror's revision, the refreshes, and the map of what is on this device. **Does not know** how rows are
//! stored or what protocol a source speaks.
//! **Threads.** Every method works from any executor: the work runs on the engine's runtime. Dropping a future aborts it;
//! a refresh that is dropped leaves what it has written so far and removes nothing.
//!
//! - *refresh*: to walk all of an account's items and make the mirror equal to them.
//! - *revision*: counts changes of the mirror that a page should show.

mod artists;
mod away;
pub(crate) mod details;
mod elsewhere;
mod lists;
mod live;
mod presence;
mod queue;
mod rows;
mod shelves;
mod sync;
mod waiting;

use std::collections::HashSet;
use std::sync::Arc;

use tokio::sync::{broadcast, watch};

use crate::cache::CacheService;
use crate::model::{
    Account, AccountId, AccountState, Filter, Item, ItemId, Kind, Library, Page, Presence,
    Progress, Query,
};
use crate::outbox::Outbox;
use crate::runtime::Runtime;
use crate::source::{Details, Registry, Source};
use crate::source_error::SourceError;
use crate::store::outbox::{Unsent, UnsentReport};
use crate::store::{Store, StoreError, now_ms};
pub use artists::ArtistWorks;
pub use live::{Rhythm, Word};
use presence::PresenceMap;
pub use rows::PromotedRow;
pub use waiting::{Heard, Waiting};

/// Why the library could not answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LibraryError {
    /// There is no such item (any more).
    #[error("no such item")]
    NotFound,
    /// The source failed.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The database failed.
    #[error("the database failed: {0}")]
    Store(String),
}

impl From<StoreError> for LibraryError {
    fn from(error: StoreError) -> Self {
        tracing::warn!(%error, "the database failed");
        Self::Store(error.to_string())
    }
}

/// Outcome of a refresh of one account.
#[derive(Clone, Debug)]
pub struct Synced {
    /// Which account.
    pub account: AccountId,
    /// Items there now, or why the refresh failed.
    pub result: Result<u64, LibraryError>,
}

/// Handle to the libraries. Cheap to clone. All answers come from the database, also without the network, unless said.
#[derive(Clone, Debug)]
pub struct LibraryService {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    runtime: Runtime,
    store: Store,
    sources: Registry,
    accounts: watch::Receiver<Arc<Vec<Account>>>,
    outbox: Outbox,
    revision: watch::Sender<u64>,
    presence: PresenceMap,
    refreshes: sync::Refreshes,
    words: live::Words,
    queue: queue::Queue,
}

/// What the library is built from.
pub(crate) struct Parts {
    pub(crate) runtime: Runtime,
    pub(crate) store: Store,
    pub(crate) sources: Registry,
    pub(crate) accounts: watch::Receiver<Arc<Vec<Account>>>,
    pub(crate) outbox: Outbox,
    pub(crate) cache: CacheService,
}

impl LibraryService {
    /// Starts following the cache and the accounts.
    pub(crate) fn start(parts: Parts) -> Self {
        let Parts {
            runtime,
            store,
            sources,
            accounts,
            outbox,
            cache,
        } = parts;
        let inner = Arc::new(Inner {
            presence: PresenceMap::default(),
            refreshes: sync::Refreshes::default(),
            words: live::Words::default(),
            queue: queue::Queue::default(),
            revision: watch::Sender::new(0),
            runtime,
            store,
            sources,
            accounts,
            outbox,
        });
        let library = Self { inner };
        presence::follow(&library, cache);
        sync::follow_first_answers(&library);
        library
    }

    /// All libraries of all accounts, in the accounts' order.
    pub async fn libraries(&self) -> Result<Vec<Library>, LibraryError> {
        self.run(|inner| async move { Ok(inner.store.libraries().await?) })
            .await
    }

    /// Answers a query.
    pub async fn page(&self, query: Query) -> Result<Page, LibraryError> {
        self.run(|inner| async move {
            let on_device = match query.filter {
                Filter::OnDevice => {
                    inner.presence.complete().await;
                    inner.presence.present()
                }
                _ => Vec::new(),
            };
            Ok(inner.store.page(&query, &on_device).await?)
        })
        .await
    }

    /// One item as the database knows it.
    pub async fn item(&self, id: &ItemId) -> Result<Item, LibraryError> {
        let id = id.clone();
        self.run(|inner| async move { inner.item(&id).await }).await
    }

    /// One item with parts, chapters and subtitles: asks the source and keeps the answer; where the source cannot be
    /// reached, the answer kept last time.
    pub async fn details(&self, id: &ItemId) -> Result<Details, LibraryError> {
        let id = id.clone();
        self.run(|inner| async move { inner.details(&id).await })
            .await
    }

    /// The same, of a title whose files are others than were known: what was kept answers for nothing.
    pub(crate) async fn details_anew(&self, id: &ItemId) -> Result<Details, LibraryError> {
        let id = id.clone();
        self.run(|inner| async move { inner.details_anew(&id).await })
            .await
    }

    /// Refreshes one account or all from their sources; one failing account does not stop the others.
    pub async fn sync(&self, account: Option<AccountId>) -> Vec<Synced> {
        let library = self.clone();
        self.inner
            .runtime
            .run(async move { sync::sync(&library.inner, account).await })
            .await
    }

    /// Marks watched or not, here and at the source; of a show, season, album or artist all that is below it. Here it holds at
    /// once, also when the source cannot be reached: it hears of it later.
    pub async fn set_watched(&self, id: &ItemId, watched: bool) -> Result<(), LibraryError> {
        let id = id.clone();
        self.run(move |inner| async move { inner.set_watched(&id, watched).await })
            .await
    }

    /// Makes a title a favourite or not, here and at the source, which hears of it later where it cannot be reached.
    pub async fn set_favourite(&self, id: &ItemId, favourite: bool) -> Result<(), LibraryError> {
        self.choose(id, Unsent::Favourite(favourite)).await
    }

    /// Gives a title so many points of 10, or takes them back, here and at the source, which hears of it later where it cannot
    /// be reached. More than 10 count as 10.
    pub async fn rate(&self, id: &ItemId, points: Option<u8>) -> Result<(), LibraryError> {
        let points = points.map(|points| points.min(10));
        self.choose(id, Unsent::Rating(points)).await
    }

    async fn choose(&self, id: &ItemId, what: Unsent) -> Result<(), LibraryError> {
        let id = id.clone();
        self.run(move |inner| async move { inner.choose(&id, what).await })
            .await
    }

    /// What the servers have not heard yet, in the order in which it happened.
    pub async fn outbox(&self) -> Result<Vec<Waiting>, LibraryError> {
        self.run(|inner| async move {
            let waiting = inner.outbox.waiting().await?;
            Ok(waiting.into_iter().map(Waiting::from).collect())
        })
        .await
    }

    /// Counts changes of the mirror; pages ask again when it changes.
    #[must_use]
    pub fn revision(&self) -> watch::Receiver<u64> {
        self.inner.revision.subscribe()
    }

    /// Waits until [`LibraryService::presence`] knows all that was on this device at the start: milliseconds, once.
    pub async fn presence_known(&self) {
        self.inner.presence.complete().await;
    }

    /// How much of a title is on this device, now; from memory. Titles of folders always say [`Presence::None`]: they
    /// are files of this computer already, and a badge on each of them would say nothing.
    #[must_use]
    pub fn presence(&self, id: &ItemId) -> Presence {
        self.inner.presence.get(id)
    }

    /// The same, as it changes, for titles and for the shows and albums above them.
    #[must_use]
    pub fn presence_changes(&self) -> broadcast::Receiver<(Arc<ItemId>, Presence)> {
        self.inner.presence.subscribe()
    }

    /// Tells pages to ask again.
    pub(crate) fn changed(&self) {
        self.inner.changed();
    }

    /// Something in an account has changed, or may have while it was away.
    pub(crate) fn source_changed(&self, account: &AccountId) {
        sync::source_changed(&self.inner, account);
    }

    /// An account was removed: its libraries and items go.
    pub(crate) async fn hand_over(&self, account: &AccountId) {
        self.inner.outbox.replay(account).await;
        if let Err(error) = self.inner.store.remove_progress(account).await {
            tracing::warn!(%error, "positions of a former user stay in the database");
        }
        self.forget(account).await;
    }

    pub(crate) async fn forget(&self, account: &AccountId) {
        if let Err(error) = self.inner.store.remove_items(account).await {
            tracing::warn!(%error, "a removed account's items stay in the database");
        }
        self.inner.changed();
    }

    /// Whether somebody has to sign in to an account again.
    pub(crate) fn is_signed_out(&self, account: &AccountId) -> bool {
        self.inner.is_signed_out(account)
    }

    /// An account was signed out: its libraries and items go, but for these and what is above them.
    pub(crate) async fn keep_only(&self, account: &AccountId, kept: HashSet<ItemId>) {
        sync::keep_only(&self.inner, account, kept).await;
    }

    async fn run<T, F>(&self, work: impl FnOnce(Arc<Inner>) -> F) -> Result<T, LibraryError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, LibraryError>> + Send + 'static,
    {
        self.inner.runtime.run(work(Arc::clone(&self.inner))).await
    }
}

impl Inner {
    fn changed(&self) {
        self.revision.send_modify(|revision| *revision += 1);
    }

    async fn item(&self, id: &ItemId) -> Result<Item, LibraryError> {
        self.store.item(id).await?.ok_or(LibraryError::NotFound)
    }

    fn source(&self, account: &AccountId) -> Result<Arc<dyn Source>, LibraryError> {
        self.sources.get(account).ok_or(LibraryError::NotFound)
    }

    fn is_offline(&self, account: &AccountId) -> bool {
        let accounts = self.accounts.borrow();
        accounts
            .iter()
            .any(|known| known.id == *account && known.state == AccountState::Offline)
    }

    fn is_signed_out(&self, account: &AccountId) -> bool {
        let accounts = self.accounts.borrow();
        accounts
            .iter()
            .any(|known| known.id == *account && known.state == AccountState::SignInNeeded)
    }

    fn knows_progress(&self, account: &AccountId) -> bool {
        self.sources
            .get(account)
            .is_some_and(|source| !source.kind().is_folder())
    }

    async fn choose(&self, id: &ItemId, what: Unsent) -> Result<(), LibraryError> {
        let report = UnsentReport {
            item: self.item(id).await?.id,
            what,
            happened_at: now_ms(),
        };
        self.outbox.choose(report).await?;
        self.changed();
        Ok(())
    }

    async fn set_watched(&self, id: &ItemId, watched: bool) -> Result<(), LibraryError> {
        let item = self.item(id).await?;
        if item.kind == Kind::Artist {
            // Servers know what was heard by its albums.
            for album in self.store.albums_by(id).await? {
                self.mark_below(&album, watched).await?;
            }
        } else {
            self.mark_below(&item, watched).await?;
        }
        self.changed();
        Ok(())
    }

    async fn mark_below(&self, item: &Item, watched: bool) -> Result<(), LibraryError> {
        let id = &item.id;
        let leaves = if item.kind.is_playable() {
            vec![item.clone()]
        } else {
            self.store.leaves(id).await?
        };
        let now = now_ms();
        let marks = leaves
            .iter()
            .filter(|leaf| leaf.progress.watched != watched || leaf.progress.in_progress())
            .map(|leaf| {
                let last_played = if watched { Some(now / 1000) } else { None };
                let progress = Progress {
                    watched,
                    last_played,
                    ..Progress::default()
                };
                (leaf.id.clone(), progress)
            })
            .collect();
        Ok(self.outbox.mark(id, watched, marks, now).await?)
    }
}
