//! The source of an account as the rest of the engine has it: connected on first use, and every answer tells whether the
//! account can be reached.

use std::any::Any;
use std::future::Future;
use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::roster::Roster;
use crate::http::Located;
use crate::model::{
    Chosen, ImageId, Item, ItemId, Library, LibraryId, Page, PartId, Route, SourceKind,
};
use crate::source::{
    Change, Collection, Decision, Details, Font, LyricLine, PreviewStrip, Quality, Report,
    ServerRow, Source, StreamWish,
};
use crate::source_error::SourceError;
use crate::store::accounts::AccountRow;

/// A keyring that did not give the token is not asked again before; it may show a dialog each time.
const PATIENCE: Duration = Duration::from_secs(300);
/// A server that does not answer the smallest question by then is not there.
const CHECK: Duration = Duration::from_secs(10);

pub(super) struct Attended {
    row: AccountRow,
    accounts: Weak<Roster>,
    source: OnceCell<Arc<dyn Source>>,
    refused: Mutex<Option<Instant>>,
}

impl Attended {
    pub(super) fn new(row: AccountRow, accounts: Weak<Roster>) -> Self {
        Self {
            row,
            accounts,
            source: OnceCell::new(),
            refused: Mutex::default(),
        }
    }

    async fn connected(&self) -> Result<Arc<dyn Source>, SourceError> {
        let connect = || async {
            if self
                .refused
                .lock()
                .is_some_and(|at| at.elapsed() < PATIENCE)
            {
                return Err(SourceError::Unauthorized);
            }
            let roster = self.accounts.upgrade();
            let roster = roster.ok_or_else(|| SourceError::Unreachable("shut down".into()))?;
            let source = roster.connect(&self.row).await;
            if source.is_err() {
                *self.refused.lock() = Some(Instant::now());
            }
            source
        };
        self.source.get_or_try_init(connect).await.cloned()
    }

    /// Whether it is still the account's source: a late answer to who is signed out says nothing of the account.
    fn is_in_use(&self, roster: &Roster) -> bool {
        let current = roster.registry.get(&self.row.id);
        current.is_some_and(|current| std::ptr::addr_eq(Arc::as_ptr(&current), self))
    }

    async fn ask<T, F: Future<Output = Result<T, SourceError>>>(
        &self,
        question: impl FnOnce(Arc<dyn Source>) -> F,
    ) -> Result<T, SourceError> {
        let answer = match self.connected().await {
            Ok(source) => question(source).await,
            Err(error) => Err(error),
        };
        self.mark(answer.as_ref().map(|_| ()));
        answer
    }

    /// The same for a list, which a server may not make in time of a large library.
    async fn ask_for_list<T, F: Future<Output = Result<T, SourceError>>>(
        &self,
        question: impl FnOnce(Arc<dyn Source>) -> F,
    ) -> Result<T, SourceError> {
        let answer = match self.connected().await {
            Ok(source) => question(source).await,
            Err(error) => Err(error),
        };
        let check = async { self.connected().await?.check().await };
        let word = word_of(&answer, check).await;
        self.mark(word.as_ref().copied());
        answer
    }

    fn mark(&self, outcome: Result<(), &SourceError>) {
        if let Some(roster) = self
            .accounts
            .upgrade()
            .filter(|roster| self.is_in_use(roster))
        {
            roster.mark(&self.row.id, outcome);
        }
    }
}

/// What the answer to a question for a list says of an account: of a server that was only slow, what the smallest question says.
async fn word_of<T>(
    answer: &Result<T, SourceError>,
    check: impl Future<Output = Result<(), SourceError>>,
) -> Result<(), SourceError> {
    match answer {
        Ok(_) => Ok(()),
        Err(SourceError::Timeout) => {
            let checked = tokio::time::timeout(CHECK, check).await;
            checked.unwrap_or(Err(SourceError::Timeout))
        }
        Err(error) => Err(error.clone()),
    }
}

#[async_trait]
impl Source for Attended {
    fn kind(&self) -> SourceKind {
        self.row.kind
    }

    fn route(&self) -> Option<Route> {
        self.source.get()?.route()
    }

    fn most(&self) -> Quality {
        let source = self.source.get();
        source.map_or(Quality::Original, |source| source.most())
    }

    fn network_changed(&self) {
        if let Some(source) = self.source.get() {
            source.network_changed();
        }
    }

    fn clock_offset(&self) -> Option<i64> {
        self.source.get()?.clock_offset()
    }

    async fn check(&self) -> Result<(), SourceError> {
        self.ask(|source| async move { source.check().await }).await
    }

    async fn libraries(&self) -> Result<Vec<Library>, SourceError> {
        self.ask(|source| async move { source.libraries().await })
            .await
    }

    fn saw_all(&self) -> bool {
        self.source.get().is_none_or(|source| source.saw_all())
    }

    fn away(&self) -> Vec<String> {
        self.source
            .get()
            .map(|source| source.away())
            .unwrap_or_default()
    }

    fn forget_away(&self) {
        if let Some(source) = self.source.get() {
            source.forget_away();
        }
    }

    async fn items(
        &self,
        library: &LibraryId,
        offset: u64,
        limit: u64,
    ) -> Result<Page, SourceError> {
        self.ask_for_list(|source| async move { source.items(library, offset, limit).await })
            .await
    }

    async fn titles(&self, ids: &[ItemId]) -> Result<Vec<Item>, SourceError> {
        self.ask_for_list(|source| async move { source.titles(ids).await })
            .await
    }

    async fn details(&self, item: &ItemId) -> Result<Details, SourceError> {
        self.ask(|source| async move { source.details(item).await })
            .await
    }

    async fn details_anew(&self, item: &ItemId) -> Result<Details, SourceError> {
        self.ask(|source| async move { source.details_anew(item).await })
            .await
    }

    /// Says nothing of the account's state: most sources answer without asking anybody.
    async fn locate(&self, part: &PartId) -> Result<Located, SourceError> {
        self.connected().await?.locate(part).await
    }

    fn connections(&self) -> usize {
        let known = self.source.get().map(|source| source.connections());
        // Who is not connected yet has told nothing.
        known.unwrap_or(1)
    }

    async fn next_route(
        &self,
        part: &PartId,
        failed: usize,
    ) -> Result<Option<Located>, SourceError> {
        self.connected().await?.next_route(part, failed).await
    }

    async fn image(&self, image: &ImageId, width: u32) -> Result<Bytes, SourceError> {
        self.ask(|source| async move { source.image(image, width).await })
            .await
    }

    async fn subtitle(&self, item: &ItemId, key: &str) -> Result<Bytes, SourceError> {
        self.ask(|source| async move { source.subtitle(item, key).await })
            .await
    }

    async fn report(&self, report: &Report) -> Result<(), SourceError> {
        self.ask(|source| async move { source.report(report).await })
            .await
    }

    async fn rate(&self, item: &ItemId, points: Option<u8>) -> Result<(), SourceError> {
        self.ask(|source| async move { source.rate(item, points).await })
            .await
    }

    async fn set_watched(&self, item: &ItemId, watched: bool) -> Result<(), SourceError> {
        self.ask(|source| async move { source.set_watched(item, watched).await })
            .await
    }

    async fn set_favourite(&self, item: &ItemId, favourite: bool) -> Result<(), SourceError> {
        self.ask(|source| async move { source.set_favourite(item, favourite).await })
            .await
    }

    async fn previews(&self, part: &PartId) -> Result<Option<PreviewStrip>, SourceError> {
        self.ask(|source| async move { source.previews(part).await })
            .await
    }

    async fn preview(
        &self,
        part: &PartId,
        strip: &PreviewStrip,
        sheet: u32,
    ) -> Result<Bytes, SourceError> {
        self.ask(|source| async move { source.preview(part, strip, sheet).await })
            .await
    }

    async fn search(&self, text: &str, limit: u32) -> Result<Vec<Item>, SourceError> {
        self.ask_for_list(|source| async move { source.search(text, limit).await })
            .await
    }

    async fn collections(&self) -> Result<Vec<Collection>, SourceError> {
        self.ask_for_list(|source| async move { source.collections().await })
            .await
    }

    async fn members(
        &self,
        collection: &ItemId,
        offset: u64,
        limit: u64,
    ) -> Result<Page, SourceError> {
        self.ask_for_list(|source| async move { source.members(collection, offset, limit).await })
            .await
    }

    async fn rows(&self) -> Result<Vec<ServerRow>, SourceError> {
        self.ask_for_list(|source| async move { source.rows().await })
            .await
    }

    async fn dismiss(&self, item: &ItemId) -> Result<(), SourceError> {
        self.ask(|source| async move { source.dismiss(item).await })
            .await
    }

    async fn appearances(&self, person: &str, limit: u32) -> Result<Vec<Item>, SourceError> {
        self.ask(|source| async move { source.appearances(person, limit).await })
            .await
    }

    async fn libraries_of(&self, item: &ItemId) -> Result<Vec<LibraryId>, SourceError> {
        self.ask(|source| async move { source.libraries_of(item).await })
            .await
    }

    async fn choose(&self, part: &PartId, chosen: Chosen) -> Result<(), SourceError> {
        self.ask(|source| async move { source.choose(part, chosen).await })
            .await
    }

    async fn lyrics(&self, track: &ItemId) -> Result<Vec<LyricLine>, SourceError> {
        self.ask(|source| async move { source.lyrics(track).await })
            .await
    }

    async fn fonts(&self, part: &PartId) -> Result<Vec<Font>, SourceError> {
        self.ask(|source| async move { source.fonts(part).await })
            .await
    }

    async fn decide(&self, wish: &StreamWish) -> Result<Decision, SourceError> {
        self.ask(|source| async move { source.decide(wish).await })
            .await
    }

    async fn keep_stream(&self, session: &str) -> Result<(), SourceError> {
        self.ask(|source| async move { source.keep_stream(session).await })
            .await
    }

    async fn end_stream(&self, session: &str) -> Result<(), SourceError> {
        self.ask(|source| async move { source.end_stream(session).await })
            .await
    }

    /// Says nothing of the account's state: a proxy that does not let this connection through is no server that is away.
    async fn listen(&self, heard: &(dyn Fn(Change) + Send + Sync)) -> Result<(), SourceError> {
        self.connected().await?.listen(heard).await
    }

    fn watch(&self, changed: Box<dyn Fn() + Send + Sync>) -> Option<Box<dyn Any + Send>> {
        if !self.row.kind.is_folder() {
            return None;
        }
        let roster = self.accounts.upgrade()?;
        roster.folder(&self.row).watch(changed)
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_list_that_is_late_says_nothing_until_the_smallest_question_does() {
        let late: Result<(), _> = Err(SourceError::Timeout);
        assert_eq!(word_of(&late, ready(Ok(()))).await, Ok(()));
        let away = SourceError::Unreachable("down".into());
        assert_eq!(
            word_of(&late, ready(Err(away.clone()))).await,
            Err(away.clone())
        );
        assert_eq!(word_of(&late, pending()).await, Err(SourceError::Timeout));
        // Nobody is asked where the answer says it.
        let gone: Result<(), _> = Err(away.clone());
        assert_eq!(word_of(&gone, pending()).await, Err(away));
        assert_eq!(word_of(&Ok(()), pending()).await, Ok(()));
    }
}
