//! Telling the servers what was watched and marked: now where they answer, later where they do not.
//!
//! Everything is written to the database first, with a row that waits for the server; the row goes when the server has
//! accepted it. What waits is told in the order in which it happened, as soon as the account answers, and tried again while it
//! does not accept it. **Does not know** the library's pages or the cache.
//! **Threads**: async on the engine's runtime. One account is told one thing at a time.

mod conflict;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::{sleep, timeout};

use self::conflict::Verdict;
use crate::model::{AccountId, Item, ItemId, Progress, is_finished, pieces_of};
use crate::source::{Method, Registry, Report, ReportEvent, Source};
use crate::source_error::SourceError;
use crate::store::outbox::{Unsent, UnsentReport};
use crate::store::{Store, StoreError};

/// How long a mark waits for its server before it is left for later.
const PATIENCE: Duration = Duration::from_secs(5);
/// Pause before the one retry of a report.
const RETRY: Duration = Duration::from_secs(1);
/// When what a server did not accept is tried again; it may also answer at any time, which begins anew.
const LATER: [Duration; 5] = [
    Duration::from_secs(5),
    Duration::from_secs(15),
    Duration::from_secs(60),
    Duration::from_secs(300),
    Duration::from_secs(1800),
];

/// What the servers have not heard yet. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Outbox {
    store: Store,
    sources: Registry,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// Titles that play now: their own session reports them.
    playing: Mutex<HashSet<ItemId>>,
    /// Whose turn it is, for each account: two who tell the same would tell it twice.
    turns: Mutex<HashMap<AccountId, Arc<tokio::sync::Mutex<()>>>>,
    /// Accounts that are tried again later.
    later: Mutex<HashSet<AccountId>>,
}

impl Outbox {
    pub(crate) fn new(store: Store, sources: Registry) -> Self {
        Self {
            store,
            sources,
            shared: Arc::default(),
        }
    }

    /// The source that wants to hear of an item; folders do not.
    fn listener(&self, account: &AccountId) -> Option<Arc<dyn Source>> {
        self.sources
            .get(account)
            .filter(|source| !source.kind().is_folder())
    }

    fn turn(&self, account: &AccountId) -> Arc<tokio::sync::Mutex<()>> {
        let mut turns = self.shared.turns.lock();
        Arc::clone(turns.entry(account.clone()).or_default())
    }

    /// Saves where a playback is, and that its server has to hear of it.
    pub(crate) async fn save(
        &self,
        report: &UnsentReport,
        progress: &Progress,
    ) -> Result<(), StoreError> {
        let unsent = self
            .listener(report.item.account())
            .is_some()
            .then_some(report);
        self.store
            .put_progress(&report.item, progress, unsent, report.happened_at)
            .await
    }

    /// Sends one event of a playback, with one retry. Silent where it fails: `row` waits.
    pub(crate) async fn send(&self, report: &Report, row: &UnsentReport) -> Option<SourceError> {
        let source = self.listener(row.item.account())?;
        let mut result = source.report(report).await;
        if result.as_ref().is_err_and(may_pass) {
            sleep(RETRY).await;
            result = source.report(report).await;
        }
        match result {
            Ok(()) => {
                self.forget(row).await;
                None
            }
            Err(error) => {
                tracing::debug!(%error, "the server has not heard of a playback");
                self.try_later(row.item.account());
                Some(error)
            }
        }
    }

    /// Saves marks of several titles, which are all below `of` (or it itself), and tells the server in one question.
    pub(crate) async fn mark(
        &self,
        of: &ItemId,
        watched: bool,
        marks: Vec<(ItemId, Progress)>,
        now: i64,
    ) -> Result<(), StoreError> {
        let source = self.listener(of.account());
        let mut rows = Vec::with_capacity(marks.len());
        for (item, progress) in marks {
            let row = UnsentReport {
                item,
                what: Unsent::Watched(watched),
                happened_at: now,
            };
            let unsent = source.is_some().then_some(&row);
            self.store
                .put_progress(&row.item, &progress, unsent, now)
                .await?;
            rows.push(row);
        }
        if let Some(source) = source {
            let told = source.set_watched(of, watched);
            self.tell_now(of.account(), told, &rows).await;
        }
        Ok(())
    }

    /// Saves a favourite or a rating, and tells the server.
    pub(crate) async fn choose(&self, row: UnsentReport) -> Result<(), StoreError> {
        let source = self.listener(row.item.account());
        self.store.put_opinion(&row, source.is_some()).await?;
        if let Some(source) = source {
            let told = tell(source.as_ref(), &row, 0, None);
            let rows = std::slice::from_ref(&row);
            self.tell_now(row.item.account(), told, rows).await;
        }
        Ok(())
    }

    /// Lets a server hear of these rows now; what it does not hear in time waits, and so does what comes while others are told.
    async fn tell_now(
        &self,
        account: &AccountId,
        told: impl Future<Output = Result<(), SourceError>>,
        rows: &[UnsentReport],
    ) {
        let turn = self.turn(account);
        let answer = match turn.try_lock() {
            Ok(_turn) => timeout(PATIENCE, told).await,
            Err(_) => return self.try_later(account),
        };
        match answer {
            Ok(Ok(())) => {
                for row in rows {
                    self.forget(row).await;
                }
                return;
            }
            Ok(Err(error)) => tracing::debug!(%error, "the server has not heard of a mark"),
            Err(_) => tracing::debug!("the server has not heard of a mark in time"),
        }
        self.try_later(account);
    }

    /// Tells an account's server what it has not heard yet, in the order in which it happened, until it cannot be reached;
    /// then it is tried again later.
    pub(crate) async fn replay(&self, account: &AccountId) {
        if !self.replay_once(account).await {
            self.try_later(account);
        }
    }

    /// Returns whether nothing that could be told is left.
    async fn replay_once(&self, account: &AccountId) -> bool {
        let Some(source) = self.listener(account) else {
            return true;
        };
        let turn = self.turn(account);
        let _turn = turn.lock().await;
        let rows = match self.store.unsent_reports(Some(account)).await {
            Ok(rows) => rows,
            Err(error) => {
                tracing::warn!(%error, "unsent reports cannot be read");
                return true;
            }
        };
        for row in rows {
            if self.shared.playing.lock().contains(&row.item) {
                continue;
            }
            match replay_one(source.as_ref(), &row).await {
                Ok(verdict) => {
                    tracing::debug!(?verdict, "an unsent report is settled");
                    self.forget(&row).await;
                }
                Err(error) if may_pass(&error) => {
                    tracing::debug!(%error, "unsent reports wait on");
                    return false;
                }
                // The next sign-in, or the account's return, brings it up again.
                Err(SourceError::Unauthorized | SourceError::NotShared) => return true,
                Err(error) => {
                    tracing::info!(%error, "the server does not want a report, which is dropped");
                    self.forget(&row).await;
                }
            }
        }
        true
    }

    /// Tries an account again, further and further apart, until it has heard everything or it is signed out; one task for an
    /// account.
    fn try_later(&self, account: &AccountId) {
        if !self.shared.later.lock().insert(account.clone()) {
            return;
        }
        let (outbox, account) = (self.clone(), account.clone());
        tokio::spawn(async move {
            for pause in LATER {
                sleep(pause).await;
                if outbox.replay_once(&account).await {
                    break;
                }
            }
            outbox.shared.later.lock().remove(&account);
        });
    }

    async fn forget(&self, row: &UnsentReport) {
        if let Err(error) = self.store.sent(row).await {
            // It will be looked at once more, and then the server says so already.
            tracing::warn!(%error, "a sent report cannot be taken off the list");
        }
    }

    /// What waits for its server, all accounts together.
    pub(crate) async fn waiting(&self) -> Result<Vec<UnsentReport>, StoreError> {
        self.store.unsent_reports(None).await
    }

    pub(crate) fn begin(&self, item: &ItemId) {
        self.shared.playing.lock().insert(item.clone());
    }

    pub(crate) fn end(&self, item: &ItemId) {
        self.shared.playing.lock().remove(item);
    }
}

/// Whether the same may work later.
fn may_pass(error: &SourceError) -> bool {
    match error {
        SourceError::Unreachable(_)
        | SourceError::Timeout
        | SourceError::Unconfirmed
        | SourceError::Busy { .. }
        | SourceError::Certificate(_)
        | SourceError::Insecure(_) => true,
        SourceError::Status(status) => *status >= 500,
        SourceError::Unauthorized
        | SourceError::NotShared
        | SourceError::Relayed
        | SourceError::Forbidden
        | SourceError::Gone
        | SourceError::FileMissing
        | SourceError::Malformed(_)
        | SourceError::Encoded(_)
        | SourceError::Refused(_)
        | SourceError::Unreadable(_) => false,
    }
}

/// Lets a server hear of one thing, unless it says so already or has something that beats it.
async fn replay_one(source: &dyn Source, row: &UnsentReport) -> Result<Verdict, SourceError> {
    let there = source.details(&row.item).await?.item;
    // That answer has also told the server's time.
    let at = row.happened_at + source.clock_offset().unwrap_or(0);
    let verdict = conflict::judge(&row.what, at, ends(&row.what, &there), &there);
    if verdict == Verdict::Tell {
        tell(source, row, at, Some(&there)).await?;
    }
    Ok(verdict)
}

fn ends(what: &Unsent, there: &Item) -> bool {
    match what {
        Unsent::Position { position, .. } => is_finished(*position, there.duration),
        Unsent::Watched(_) | Unsent::Favourite(_) | Unsent::Rating(_) => false,
    }
}

async fn tell(
    source: &dyn Source,
    row: &UnsentReport,
    at: i64,
    there: Option<&Item>,
) -> Result<(), SourceError> {
    match &row.what {
        Unsent::Watched(watched) => source.set_watched(&row.item, *watched).await,
        Unsent::Favourite(favourite) => source.set_favourite(&row.item, *favourite).await,
        Unsent::Rating(points) => source.rate(&row.item, *points).await,
        Unsent::Position { part, position } => {
            // What was chosen there is not to be forgotten by what is told late.
            let mut parts = there.iter().flat_map(|there| &there.parts);
            let known = parts.find(|known| known.id == *part);
            let chosen = known.and_then(|known| known.chosen);
            let all = there.map(|there| there.parts.as_slice());
            let report = Report {
                part: part.clone(),
                pieces: pieces_of(all.unwrap_or_default(), part),
                session: format!("{:016x}", rand::random::<u64>()),
                position: *position,
                method: Method::Direct,
                chosen,
                happened: Some(at / 1000),
                event: ReportEvent::Stopped,
            };
            source.report(&report).await
        }
    }
}
