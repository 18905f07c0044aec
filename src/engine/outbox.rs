//! Telling the servers what was watched: now where they answer, later where they do not.
//!
//! Everything is written to the database first, with a row that waits for the server; the row goes when the server has
//! accepted it. **Does not know** the library's pages or the cache.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::model::{AccountId, ItemId, Progress};
use crate::source::{Method, Registry, Report, ReportEvent, Source};
use crate::source_error::SourceError;
use crate::store::progress::{Unsent, UnsentReport};
use crate::store::{Store, StoreError};

/// How long a mark waits for its server before it is left for later.
const PATIENCE: Duration = Duration::from_secs(5);
/// Pause before the one retry of a report.
const RETRY: Duration = Duration::from_secs(1);

/// What the servers have not heard yet. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Outbox {
    store: Store,
    sources: Registry,
    /// Titles that play now: their own session reports them.
    playing: Arc<Mutex<HashSet<ItemId>>>,
}

impl Outbox {
    pub(crate) fn new(store: Store, sources: Registry) -> Self {
        Self {
            store,
            sources,
            playing: Arc::default(),
        }
    }

    /// The source that wants to hear of an item; folders do not.
    fn listener(&self, account: &AccountId) -> Option<Arc<dyn Source>> {
        self.sources
            .get(account)
            .filter(|source| !source.kind().is_folder())
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

    /// Sends one event of a playback, with one retry. Silent where it fails: `row` waits for the next refresh.
    pub(crate) async fn send(&self, report: &Report, row: &UnsentReport) {
        let Some(source) = self.listener(row.item.account()) else {
            return;
        };
        let mut result = source.report(report).await;
        if result.as_ref().is_err_and(may_pass) {
            tokio::time::sleep(RETRY).await;
            result = source.report(report).await;
        }
        match result {
            Ok(()) => self.forget(row).await,
            Err(error) => tracing::debug!(%error, "the server has not heard of a playback"),
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
                what: Unsent::Mark(watched),
                happened_at: now,
            };
            let unsent = source.is_some().then_some(&row);
            self.store
                .put_progress(&row.item, &progress, unsent, now)
                .await?;
            rows.push(row);
        }
        let Some(source) = source else { return Ok(()) };
        match tokio::time::timeout(PATIENCE, source.set_watched(of, watched)).await {
            Ok(Ok(())) => {
                for row in &rows {
                    self.forget(row).await;
                }
            }
            Ok(Err(error)) => tracing::debug!(%error, "the server has not heard of a mark"),
            Err(_) => tracing::debug!("the server has not heard of a mark in time"),
        }
        Ok(())
    }

    /// Tells an account's server what it has not heard yet, oldest first, until it cannot be reached.
    pub(crate) async fn replay(&self, account: &AccountId) {
        let Some(source) = self.listener(account) else {
            return;
        };
        let rows = match self.store.unsent_reports(account).await {
            Ok(rows) => rows,
            Err(error) => {
                tracing::warn!(%error, "unsent reports cannot be read");
                return;
            }
        };
        for row in rows {
            if self.playing.lock().contains(&row.item) {
                continue;
            }
            match replay_one(source.as_ref(), &row).await {
                Ok(()) => self.forget(&row).await,
                Err(error) if may_pass(&error) || matches!(error, SourceError::Unauthorized) => {
                    tracing::debug!(%error, "unsent reports wait on");
                    return;
                }
                Err(error) => {
                    tracing::info!(%error, "the server does not want a report, which is dropped");
                    self.forget(&row).await;
                }
            }
        }
    }

    async fn forget(&self, row: &UnsentReport) {
        if let Err(error) = self.store.sent(row).await {
            // It will be sent once more, which says the same again.
            tracing::warn!(%error, "a sent report cannot be taken off the list");
        }
    }

    pub(crate) fn begin(&self, item: &ItemId) {
        self.playing.lock().insert(item.clone());
    }

    pub(crate) fn end(&self, item: &ItemId) {
        self.playing.lock().remove(item);
    }
}

/// Whether the same may work later.
fn may_pass(error: &SourceError) -> bool {
    match error {
        SourceError::Unreachable(_)
        | SourceError::Timeout
        | SourceError::Busy { .. }
        | SourceError::Certificate(_)
        | SourceError::Insecure(_) => true,
        SourceError::Status(status) => *status >= 500,
        SourceError::Unauthorized
        | SourceError::Forbidden
        | SourceError::Gone
        | SourceError::Malformed(_)
        | SourceError::Encoded(_)
        | SourceError::Refused(_)
        | SourceError::Unreadable(_) => false,
    }
}

/// What was played there after it happened here wins; so nothing is told then.
async fn replay_one(source: &dyn Source, row: &UnsentReport) -> Result<(), SourceError> {
    let there = source.details(&row.item).await?.item.progress.last_played;
    if there.is_some_and(|there| there > row.happened_at / 1000) {
        return Ok(());
    }
    match &row.what {
        Unsent::Mark(watched) => source.set_watched(&row.item, *watched).await,
        Unsent::Position { part, position } => {
            let report = |event| Report {
                part: part.clone(),
                session: format!("{:016x}", rand::random::<u64>()),
                position: *position,
                method: Method::Direct,
                happened: Some(row.happened_at / 1000),
                event,
            };
            source.report(&report(ReportEvent::Stopped)).await
        }
    }
}
