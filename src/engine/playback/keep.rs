//! What a person wants to have for good: a title, or all that is below a show, a season or an album.

use std::collections::HashSet;

use super::{Inner, PlaybackError, request_of};
use crate::cache::JobId;
use crate::library::LibraryError;
use crate::model::{Item, ItemId, SourceKind, Unfit};

impl Inner {
    pub(super) async fn download(&self, id: &ItemId) -> Result<Vec<JobId>, PlaybackError> {
        let mut jobs = Vec::new();
        let mut refused = None;
        for leaf in self.leaves(id).await? {
            match self.download_one(&leaf, &mut jobs).await {
                Ok(()) => {}
                // The others of a season are kept all the same.
                Err(error @ PlaybackError::NothingToKeep) => refused = Some(error),
                Err(error) => return Err(error),
            }
        }
        match refused {
            Some(error) if jobs.is_empty() => Err(error),
            _ => Ok(jobs),
        }
    }

    pub(super) async fn undo_download(&self, id: &ItemId) -> Result<bool, PlaybackError> {
        let leaves: HashSet<ItemId> = self.leaves(id).await?.into_iter().collect();
        let jobs = self.cache.jobs().await?;
        let entries = self.cache.entries().await?;
        // What waits for its turn has no bytes yet, and what is here no job any more.
        let queued = jobs.iter().map(|job| &job.key);
        let keys: HashSet<_> = queued.chain(entries.iter().map(|one| &one.key)).collect();
        let mut any = false;
        for key in keys {
            if leaves.contains(key.part().item()) {
                any |= self.cache.unkeep(key).await?;
            }
        }
        Ok(any)
    }

    /// The title itself, or what can be played below it.
    async fn leaves(&self, id: &ItemId) -> Result<Vec<ItemId>, PlaybackError> {
        let item = self.store.item(id).await.map_err(LibraryError::from)?;
        if item.is_some_and(|item| !item.kind.is_playable()) {
            let leaves = self.store.leaves(id).await.map_err(LibraryError::from)?;
            return Ok(leaves.into_iter().map(|leaf: Item| leaf.id).collect());
        }
        Ok(vec![id.clone()])
    }

    /// All files of the version; no jobs for files of this computer.
    async fn download_one(&self, id: &ItemId, jobs: &mut Vec<JobId>) -> Result<(), PlaybackError> {
        let source = self.source(id.account())?;
        if source.kind() == SourceKind::Folder {
            return Ok(());
        }
        let details = self.details(id, source.as_ref()).await?;
        let version = self.pick_version(&details.item).await?;
        if version.iter().any(|part| part.unfit == Some(Unfit::Disc)) {
            return Err(PlaybackError::NothingToKeep);
        }
        for part in version {
            self.keep_subtitles(&details, &part.id, &source);
            jobs.push(self.cache.download(request_of(part)).await?);
        }
        Ok(())
    }
}
