//! Titles whose file was replaced at its server: what was known of it leads nowhere, so the server is asked what there is now.
//!
//! **Owns** nothing. What was to be kept of the old file is kept of the new one; the bytes of the old one go like others.
//! **Threads**: one task follows the cache's jobs, and ends with playback.

use std::sync::{Arc, Weak};

use tokio::sync::broadcast::error::RecvError;

use super::{Inner, PlaybackError, refused, request_of};
use crate::cache::{CacheError, CacheKey, Class, Job, Priority, Stage};
use crate::library::LibraryError;
use crate::library::details::with_row;
use crate::model::{ItemId, Presence, SourceKind, Unfit};
use crate::source::{Details, Source};
use crate::source_error::SourceError;

impl PlaybackError {
    /// Whether it says that the file which was known is not there, while its server is.
    pub(super) fn is_about_another_file(&self) -> bool {
        matches!(
            self,
            Self::Source(SourceError::Gone) | Self::Cache(CacheError::Upstream(SourceError::Gone))
        )
    }
}

impl Inner {
    /// A server's title from the database where it was looked at before; a folder is at hand and asked each time.
    pub(super) async fn details(
        &self,
        id: &ItemId,
        source: &dyn Source,
    ) -> Result<Details, PlaybackError> {
        let item = self.store.item(id).await.map_err(LibraryError::from)?;
        if item.as_ref().is_some_and(|item| !item.kind.is_playable()) {
            return Err(PlaybackError::NothingToPlay);
        }
        if source.kind() != SourceKind::Folder
            && let Some(item) = item
            && let Some(row) = self.store.details(id).await.map_err(LibraryError::from)?
            && !row.parts.is_empty()
        {
            return Ok(with_row(item, row));
        }
        let asked = self.library.details(id).await;
        asked.map_err(|error| unknown(id, error))
    }

    /// What its server says now of a title whose file is another one.
    pub(super) async fn renew(&self, id: &ItemId) -> Result<Details, PlaybackError> {
        tracing::info!(item = %id, "its file is another one: the server is asked");
        let asked = self.library.details_anew(id).await;
        let details = asked.map_err(|error| unknown(id, error))?;
        if let Err(error) = self.hand_on(&details).await {
            tracing::warn!(%error, "the new file is not kept in place of the old one");
        }
        Ok(details)
    }

    /// Who wanted a file to stay that is no file of its title any more and not here as a whole, wants the new one.
    async fn hand_on(&self, details: &Details) -> Result<(), PlaybackError> {
        let id = &details.item.id;
        if details.item.parts.is_empty() {
            return Ok(());
        }
        let jobs = self.cache.jobs().await?;
        let entries = self.cache.entries().await?;
        let waits = jobs.iter().filter(|job| job.priority == Priority::Download);
        let partly = entries.iter().filter(|state| {
            let here = Presence::of_bytes(state.ranges.bytes(), state.size, state.arriving);
            state.class == Class::Kept && here != Presence::Whole
        });
        let wanted = waits
            .map(|job| &job.key)
            .chain(partly.map(|state| &state.key));
        let is_current = |key: &CacheKey| details.item.parts.iter().any(|it| it.id == *key.part());
        let mut former: Vec<&CacheKey> = wanted
            .filter(|key| key.part().item() == id && !is_current(key))
            .collect();
        former.dedup();
        if former.is_empty() {
            return Ok(());
        }
        let version = self.pick_version(&details.item).await?;
        if version.iter().any(|part| part.unfit == Some(Unfit::Disc)) {
            return Ok(());
        }
        for part in version {
            self.cache.download(request_of(part)).await?;
        }
        for key in former {
            self.cache.unkeep(key).await?;
        }
        Ok(())
    }
}

/// Follows the jobs: one whose file is not there any more begins anew with the file that there is.
pub(super) fn follow(inner: &Arc<Inner>) {
    let (playback, mut jobs) = (Arc::downgrade(inner), inner.cache.watch_jobs());
    inner.runtime.handle().spawn(async move {
        loop {
            match jobs.recv().await {
                Ok(job) if has_lost_its_file(&job) => again(&playback, job.key.part().item()).await,
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            }
        }
    });
}

fn has_lost_its_file(job: &Job) -> bool {
    let gone = matches!(
        job.stage,
        Stage::Failed(CacheError::Upstream(SourceError::Gone))
    );
    gone && job.priority == Priority::Download
}

async fn again(playback: &Weak<Inner>, item: &ItemId) {
    // An engine that has ended keeps nothing.
    let Some(inner) = playback.upgrade() else {
        return;
    };
    if let Err(error) = inner.renew(item).await {
        tracing::info!(%error, %item, "it cannot be kept: its server has no file of it");
    }
}

fn unknown(id: &ItemId, error: LibraryError) -> PlaybackError {
    match error {
        LibraryError::Source(error) => refused(id, error),
        other => other.into(),
    }
}
