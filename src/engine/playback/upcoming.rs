//! What plays next, the next file of a film in several or the next title: its beginning and its end are fetched while this
//! plays, and stay until they are wanted.
//!
//! **Owns** the cache's queue. Nothing here is ever waited for or told to anybody: what cannot be had in advance is fetched when
//! it plays. **Threads**: one playback at a time decides; the last that began.

use parking_lot::Mutex;

use super::{Inner, PlaybackError, request_of};
use crate::cache::{CacheKey, Group, OpenRequest, Priority, Span};
use crate::library::LibraryError;
use crate::model::{AccountState, Item, Kind, PartId, SourceKind, piece_at, version_of};
use crate::source::Quality;

/// The group of what is fetched for the next title.
const GROUP: &str = "next";

/// Who said last what comes next: the name of a playback.
#[derive(Debug, Default)]
pub(crate) struct Upcoming(Mutex<Option<String>>);

impl Upcoming {
    fn begin(&self, session: &str) {
        *self.0.lock() = Some(session.to_owned());
    }

    fn is(&self, session: &str) -> bool {
        self.0.lock().as_deref() == Some(session)
    }
}

impl Inner {
    /// A playback of a file began: what comes after it is fetched in its turn.
    pub(super) async fn began(&self, session: &str, part: &PartId) {
        self.upcoming.begin(session);
        let next = self.after(part).await.unwrap_or_else(|error| {
            tracing::debug!(%error, "what comes next is not fetched ahead");
            None
        });
        if !self.upcoming.is(session) {
            return;
        }
        let key = next.as_ref().map(|(request, _)| request.key.clone());
        self.cache
            .set_queue(key.into_iter().collect::<Vec<CacheKey>>());
        let group = Group::new(GROUP);
        // A cache that has ended fetches nothing.
        self.cache.cancel_group(&group).await.ok();
        if let Some((request, span)) = next {
            let job = self
                .cache
                .fetch_ahead(request, span, Priority::Next, &group);
            job.await.ok();
        }
    }

    /// A playback ended: nothing more is fetched for what would have come, but what is here of it stays.
    pub(super) async fn ended(&self, session: &str) {
        if self.upcoming.is(session) {
            // As above.
            self.cache.cancel_group(&Group::new(GROUP)).await.ok();
        }
    }

    /// What to fetch of the next file of a film, or else of the title after it.
    async fn after(&self, part: &PartId) -> Result<Option<(OpenRequest, Span)>, PlaybackError> {
        let id = part.item();
        let source = self.source(id.account())?;
        if source.kind() == SourceKind::Folder || self.state(id.account()) == AccountState::Offline
        {
            return Ok(None);
        }
        let kept = self.store.details(id).await.map_err(LibraryError::from)?;
        let parts = kept.map(|row| row.parts).unwrap_or_default();
        let version = version_of(&parts, part).unwrap_or_default();
        let mut further = version.iter().skip_while(|piece| piece.id != *part);
        if let Some(piece) = further.nth(1) {
            let is_fetched = source.most() == Quality::Original && piece.unfit.is_none();
            return Ok(is_fetched.then(|| (request_of(piece), Span::START)));
        }
        let next = match self.library.next(id).await {
            Ok(Some(next)) => next,
            Ok(None) | Err(LibraryError::NotFound) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let Item { id, kind, .. } = next;
        // Another account's, in an order that somebody chose.
        let source = self.source(id.account())?;
        // What a narrow way carries of a film is no file: its beginning would be of no use.
        if kind != Kind::Track && source.most() != Quality::Original {
            return Ok(None);
        }
        let item = self.details(&id, source.as_ref()).await?.item;
        let version = self.pick_version(&item).await?;
        let place = item.progress.position;
        let part = piece_at(version, place).ok_or(PlaybackError::NothingToPlay)?;
        if part.unfit.is_some() {
            // The server makes a stream of it, of which nothing is kept.
            return Ok(None);
        }
        // Songs follow one another without a gap, and are small.
        let span = match kind {
            Kind::Track => Span::Whole,
            _ => Span::START,
        };
        Ok(Some((request_of(part), span)))
    }
}
