//! A list of all that is cached: the rows of the index, corrected by what the actor knows better.
//!
//! **Threads**: the caller's and the engine's runtime; it reads page after page beside everything else that goes on.
//! **Cancellation**: by dropping.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::checkpoint::Index;
use super::command::{Command, Snapshot};
use super::error::CacheError;
use super::key::CacheKey;
use super::record::{EntryState, Record};
use super::{CacheService, Usage};

/// Rows that are read at a time.
const PAGE: usize = 500;

impl CacheService {
    /// Everything that is cached, last used first.
    ///
    /// # Errors
    /// [`CacheError::Closed`].
    pub async fn entries(&self) -> Result<Vec<Arc<EntryState>>, CacheError> {
        let records = self.records().await?;
        Ok(records.into_iter().map(|record| record.state).collect())
    }

    /// Everything that is cached with all that is known of it, last used first.
    ///
    /// # Errors
    /// [`CacheError::Closed`].
    pub async fn records(&self) -> Result<Vec<Record>, CacheError> {
        // Asked before and after the rows are read: what was open or leaving at either time is not believed to the rows.
        let before = self.ask(Command::Snapshot).await?;
        // The database wants the engine's executor; a caller may have another.
        let index = self.shared.index.clone();
        let runtime = self.shared.runtime.clone();
        let read = async move { (rows(&*index, &before).await, before) };
        let (rows, before) = runtime.run(read).await;
        let after = self.ask(Command::Snapshot).await?;
        let mut all: HashMap<CacheKey, Record> = rows;
        for Snapshot { here, gone, .. } in [before, after] {
            for key in gone {
                all.remove(&key);
            }
            let here = here.into_iter();
            all.extend(here.map(|record| (record.state.key.clone(), record)));
        }
        let mut all: Vec<_> = all.into_values().collect();
        all.retain(|record| !record.state.ranges.is_empty());
        all.sort_by_key(|record| std::cmp::Reverse(record.state.last_use));
        Ok(all)
    }

    /// One resource; `None` when no byte of it is here.
    ///
    /// # Errors
    /// [`CacheError::Closed`].
    pub async fn record(&self, key: &CacheKey) -> Result<Option<Record>, CacheError> {
        let key = key.clone();
        let record = self.ask(|answer| Command::Look(key, answer)).await?;
        Ok(record.filter(|record| !record.state.ranges.is_empty()))
    }

    /// One resource; `None` when no byte of it is here.
    ///
    /// # Errors
    /// [`CacheError::Closed`].
    pub async fn entry(&self, key: &CacheKey) -> Result<Option<Arc<EntryState>>, CacheError> {
        Ok(self.record(key).await?.map(|record| record.state))
    }

    /// Numbers for people.
    ///
    /// # Errors
    /// [`CacheError::Closed`].
    pub async fn usage(&self) -> Result<Usage, CacheError> {
        self.ask(Command::Usage).await
    }
}

async fn rows(index: &dyn Index, known: &Snapshot) -> HashMap<CacheKey, Record> {
    let (mut rows, mut after) = (HashMap::new(), None);
    let here: HashSet<&CacheKey> = known.here.iter().map(|record| &record.state.key).collect();
    loop {
        let page = index
            .page(after.as_ref(), PAGE)
            .await
            .unwrap_or_else(|error| {
                tracing::warn!(%error, "not all that is cached can be listed");
                Vec::new()
            });
        let Some(last) = page.last() else { return rows };
        after = Some(last.key.clone());
        for claim in page.iter().filter(|claim| !here.contains(&claim.key)) {
            let moment = known.moments.get(&claim.key).copied().unwrap_or_default();
            let record = Record::of(claim, moment.fate(claim));
            rows.insert(claim.key.clone(), record);
        }
    }
}
