//! Subtitles of what plays and is kept, which stay for when the server is away.

use std::sync::Arc;

use bytes::Bytes;

use super::{Inner, PlaybackError};
use crate::library::LibraryError;
use crate::model::{AccountState, ItemId, PartId, SourceKind, version_of};
use crate::source::{Details, ExternalSubtitle, Source};
use crate::source_error::SourceError;

/// At most so many subtitles of a title are fetched unasked.
const SUBTITLES: usize = 16;

/// The subtitles beside one of a title's files.
pub(super) fn of(details: &Details, part: &PartId) -> Vec<ExternalSubtitle> {
    let first = details.item.parts.first().map(|part| &part.id);
    let all = details.subtitles.iter();
    all.filter(|one| one.is_of(part, first)).cloned().collect()
}

impl Inner {
    pub(super) async fn subtitle(&self, item: &ItemId, key: &str) -> Result<Bytes, PlaybackError> {
        let source = self.source(item.account())?;
        if source.kind() == SourceKind::Folder {
            return Ok(source.subtitle(item, key).await?);
        }
        let answer = match self.state(item.account()) {
            AccountState::Offline => Err(SourceError::Unreachable("offline".into())),
            _ => source.subtitle(item, key).await,
        };
        match answer {
            Ok(text) => {
                self.keep_subtitle(item, key, &text).await;
                Ok(text)
            }
            Err(error) => {
                let kept = self
                    .store
                    .subtitle(item, key)
                    .await
                    .map_err(LibraryError::from)?;
                kept.ok_or_else(|| PlaybackError::from(error))
            }
        }
    }

    async fn keep_subtitle(&self, item: &ItemId, key: &str, text: &Bytes) {
        if let Err(error) = self.store.put_subtitle(item, key, text).await {
            tracing::warn!(%error, "a subtitle cannot be kept");
        }
    }

    /// Fetches the subtitles beside all files of the version that plays, where they are not here yet: what was started plays again
    /// without the network, subtitles too.
    pub(super) fn keep_subtitles(
        &self,
        details: &Details,
        part: &PartId,
        source: &Arc<dyn Source>,
    ) {
        let item = details.item.id.clone();
        let version = version_of(&details.item.parts, part).unwrap_or_default();
        let subtitles = version.iter().flat_map(|file| of(details, &file.id));
        let keys: Vec<String> = subtitles.take(SUBTITLES).map(|one| one.key).collect();
        if keys.is_empty() || self.state(item.account()) == AccountState::Offline {
            return;
        }
        let (store, source) = (self.store.clone(), Arc::clone(source));
        self.runtime.handle().spawn(async move {
            for key in keys {
                if matches!(store.subtitle(&item, &key).await, Ok(Some(_))) {
                    continue;
                }
                let Ok(text) = source.subtitle(&item, &key).await else {
                    return;
                };
                if let Err(error) = store.put_subtitle(&item, &key, &text).await {
                    tracing::warn!(%error, "a subtitle cannot be kept");
                }
            }
        });
    }
}
