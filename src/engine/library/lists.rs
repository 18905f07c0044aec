//! Collections, playlists and lyrics: the server's answers, kept for the time without a network.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use bytes::Bytes;

use super::{Inner, LibraryError, LibraryService};
use crate::model::{AccountId, Item, ItemId};
use crate::source::{Collection, LyricLine, Source};
use crate::source_error::SourceError;
use crate::store::items::Walk;
use crate::store::now_ms;

/// A source that is slower than this is not waited for when its last answer is here.
const PATIENCE: Duration = Duration::from_secs(3);
/// Titles of a list that are asked for at once.
const PAGE: u64 = 200;
/// Longer lists are shown up to here.
const MOST: usize = 5000;
/// Under this name lyrics are kept among the texts of a title. No source gives a subtitle a key that begins so.
const LYRICS: &str = ":lyrics";

impl LibraryService {
    /// All collections and playlists of all accounts, in the accounts' order and within one in the server's: as the last
    /// refresh found them, without asking anybody.
    ///
    /// # Errors
    /// [`LibraryError::Store`].
    pub async fn collections(&self) -> Result<Vec<Collection>, LibraryError> {
        self.run(|inner| async move { Ok(inner.store.lists().await?) })
            .await
    }

    /// The titles of a collection or playlist, in its order; one that is in it twice comes twice. Asks the server and keeps its
    /// answer; where it cannot be reached, the answer kept last time.
    ///
    /// # Errors
    /// [`LibraryError::NotFound`] when there is no such list, [`LibraryError::Source`] when it was never looked at and the
    /// server cannot be asked, [`LibraryError::Store`].
    pub async fn members(&self, list: &ItemId) -> Result<Vec<Item>, LibraryError> {
        let list = list.clone();
        self.run(move |inner| async move { inner.members(&list).await })
            .await
    }

    /// The lyrics of a track; empty when it has none. Asks the server and keeps its answer, as [`LibraryService::members`].
    ///
    /// # Errors
    /// As [`LibraryService::members`].
    pub async fn lyrics(&self, track: &ItemId) -> Result<Vec<LyricLine>, LibraryError> {
        let track = track.clone();
        self.run(move |inner| async move { inner.lyrics(&track).await })
            .await
    }
}

impl Inner {
    /// Reads the lists of an account anew. A server that does not tell keeps those that are known.
    pub(super) async fn refresh_lists(
        &self,
        account: &AccountId,
        source: &dyn Source,
    ) -> Result<(), LibraryError> {
        let lists = match source.collections().await {
            Ok(lists) => lists,
            Err(error) => {
                tracing::info!(%account, %error, "collections and playlists are not told");
                return Ok(());
            }
        };
        if self.store.replace_lists(account, &lists).await? {
            self.changed();
        }
        Ok(())
    }

    /// The answer to a question whose last answer may be here: then an account that is away is not asked, and a slow one not
    /// waited for.
    async fn patient<T>(
        &self,
        account: &AccountId,
        is_kept: bool,
        question: impl Future<Output = Result<T, SourceError>>,
    ) -> Result<T, SourceError> {
        match is_kept {
            false => question.await,
            true if self.is_offline(account) => Err(SourceError::Unreachable("offline".into())),
            true => tokio::time::timeout(PATIENCE, question)
                .await
                .unwrap_or(Err(SourceError::Timeout)),
        }
    }

    async fn members(&self, list: &ItemId) -> Result<Vec<Item>, LibraryError> {
        let kept = self.store.members(list).await?;
        let walk = Walk {
            number: None,
            began: now_ms(),
            knows_progress: self.knows_progress(list.account()),
        };
        let source = self.source(list.account())?;
        let asked = all_members(source.as_ref(), list);
        let answer = self.patient(list.account(), kept.is_some(), asked).await;
        let ids = match (answer, kept) {
            (Ok(found), _) => self.keep_members(list, found, walk).await?,
            (Err(SourceError::Gone), _) => {
                self.forget_list(list).await?;
                return Err(LibraryError::NotFound);
            }
            (Err(error), Some(kept)) => {
                tracing::debug!(%error, "the kept list answers");
                kept
            }
            (Err(error), None) => return Err(error.into()),
        };
        let items = self.store.items_in_order(&ids).await?;
        let known: HashMap<ItemId, Item> = items
            .into_iter()
            .map(|item| (item.id.clone(), item))
            .collect();
        Ok(ids.iter().filter_map(|id| known.get(id).cloned()).collect())
    }

    /// A list that its server does not have any more is not offered until the next refresh has found that out.
    async fn forget_list(&self, list: &ItemId) -> Result<(), LibraryError> {
        let mut rest = self.store.lists().await?;
        rest.retain(|other| other.id.account() == list.account() && other.id != *list);
        if self.store.replace_lists(list.account(), &rest).await? {
            self.changed();
        }
        Ok(())
    }

    async fn keep_members(
        &self,
        list: &ItemId,
        found: Vec<Item>,
        walk: Walk,
    ) -> Result<Vec<ItemId>, LibraryError> {
        let ids: Vec<ItemId> = found.iter().map(|item| item.id.clone()).collect();
        if self.adopt(list.account(), found, walk).await? {
            self.changed();
        }
        self.store.put_members(list, &ids).await?;
        Ok(ids)
    }

    /// What the mirror does not have joins it until the next refresh, so that it can be opened. Whether there was any.
    pub(super) async fn adopt(
        &self,
        account: &AccountId,
        mut found: Vec<Item>,
        walk: Walk,
    ) -> Result<bool, LibraryError> {
        let ids: Vec<ItemId> = found.iter().map(|item| item.id.clone()).collect();
        let known = self.store.items_in_order(&ids).await?;
        let mut known: HashSet<ItemId> = known.into_iter().map(|item| item.id).collect();
        found.retain(|item| known.insert(item.id.clone()));
        if !found.is_empty() {
            self.store.put_items(account, &found, walk).await?;
        }
        Ok(!found.is_empty())
    }

    async fn lyrics(&self, track: &ItemId) -> Result<Vec<LyricLine>, LibraryError> {
        let kept = self.store.subtitle(track, LYRICS).await?;
        let source = self.source(track.account())?;
        let asked = source.lyrics(track);
        let answer = self.patient(track.account(), kept.is_some(), asked).await;
        match (answer, kept) {
            (Ok(lines), _) => {
                // Only what is in the mirror can be kept; the answer is the answer all the same.
                if let Err(error) = self
                    .store
                    .put_subtitle(track, LYRICS, &written(&lines))
                    .await
                {
                    tracing::debug!(%error, "lyrics are not kept");
                }
                Ok(lines)
            }
            (Err(SourceError::Gone), _) => Err(LibraryError::NotFound),
            (Err(_), Some(kept)) => Ok(read(&kept)),
            (Err(error), None) => Err(error.into()),
        }
    }
}

/// All titles of a list, page by page.
async fn all_members(source: &dyn Source, list: &ItemId) -> Result<Vec<Item>, SourceError> {
    let (mut found, mut offset) = (Vec::new(), 0);
    loop {
        let page = source.members(list, offset, PAGE).await?;
        found.extend(page.items);
        // By what was asked for, not by what came: a source leaves out what it cannot understand.
        offset += PAGE;
        if offset >= page.total || found.len() >= MOST {
            found.truncate(MOST);
            return Ok(found);
        }
    }
}

/// Lines as they are kept: pairs of milliseconds, or nothing, and words.
fn written(lines: &[LyricLine]) -> Bytes {
    let millis = |at: Duration| u64::try_from(at.as_millis()).unwrap_or(u64::MAX);
    let pairs: Vec<(Option<u64>, &str)> = lines
        .iter()
        .map(|line| (line.at.map(millis), line.text.as_str()))
        .collect();
    serde_json::to_vec(&pairs).unwrap_or_default().into()
}

fn read(kept: &[u8]) -> Vec<LyricLine> {
    let pairs: Vec<(Option<u64>, String)> = serde_json::from_slice(kept).unwrap_or_default();
    let line = |(at, text): (Option<u64>, String)| LyricLine {
        at: at.map(Duration::from_millis),
        text,
    };
    pairs.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lyrics_are_kept_as_they_are() {
        let line = |at: Option<u64>, text: &str| LyricLine {
            at: at.map(Duration::from_millis),
            text: text.into(),
        };
        let lines = [
            line(Some(1500), "First \"one\""),
            line(Some(4000), ""),
            line(None, "ü"),
        ];
        assert_eq!(read(&written(&lines)), lines);
        assert_eq!(read(b"no"), []);
    }
}
