//! From an item to something the player can read, and back: positions and reports.
//!
//! **Owns** the choice of the file, the point to resume at, and the sessions. **Does not know** how bytes are fetched,
//! cached or decoded.
//! **Threads.** Methods work from any executor; dropping a future gives up.

mod attention;
mod choose;
mod fonts;
mod hls;
mod keep;
mod ladder;
mod preview;
mod quality;
mod renew;
mod rule;
mod serve;
mod session;
mod streams;
mod texts;
mod unfit;
mod upcoming;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::watch;

use crate::cache::{CacheError, CacheKey, CacheService, JobId, OpenRequest, Reader};
use crate::library::{LibraryError, LibraryService};
use crate::model::{
    Account, AccountId, AccountState, Item, ItemId, Kind, Marker, Part, Presence, SourceKind,
    piece_at, versions,
};
use crate::outbox::Outbox;
use crate::runtime::Runtime;
use crate::source::{ExternalSubtitle, Located, Method, Quality, Registry, Source};
use crate::source_error::SourceError;
use crate::store::Store;
pub use quality::{Opening, Served, SteppedDown};
use session::Serving;
pub use session::{Ending, Session};
pub(crate) use upcoming::Upcoming;

/// Why an item cannot be played.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PlaybackError {
    /// It is not (wholly) on this device, and its server cannot be reached.
    #[error("it needs the network")]
    NeedsNetwork,
    /// It has no file to play.
    #[error("there is nothing to play")]
    NothingToPlay,
    /// It is a disc on its server, of which there is no file to keep.
    #[error("there is no file of it to keep")]
    NothingToKeep,
    /// The sign-in is not valid any more.
    #[error("the server refused the sign-in")]
    SignInNeeded(AccountId),
    /// The library failed.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// The cache failed.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// The source failed.
    #[error(transparent)]
    Source(#[from] SourceError),
}

/// All that the player needs, and no address.
#[derive(Clone, Debug)]
pub struct Playable {
    /// The title.
    pub item: Item,
    /// The file chosen; where it is a piece of a film, the one that the place to begin with lies in.
    pub part: Part,
    /// Its bytes.
    pub reader: Reader,
    /// Where to begin, in the whole film; zero for the beginning.
    pub resume: Duration,
    /// Subtitles beside this file, their times those of the file, and of a stream also those inside the file that it is made of.
    pub subtitles: Vec<ExternalSubtitle>,
    /// Stretches that people skip, by their beginnings.
    pub markers: Vec<Marker>,
    /// How the server serves it.
    pub method: Method,
    /// Why the server does not serve the file as it is, in its own words.
    pub reason: Option<String>,
    /// How the bytes lie in the title, where they are a stream that the server makes for this playback.
    pub served: Option<Served>,
    /// [`Track::index`](crate::model::Track::index) of the subtitle that is drawn into the picture of a stream.
    pub drawn: Option<u32>,
    /// The server had no room for the quality that was asked for.
    pub stepped_down: Option<SteppedDown>,
    /// Tells the database and the server where the playback is.
    pub session: Session,
}

/// Handle to playback. Cheap to clone.
#[derive(Clone, Debug)]
pub struct PlaybackService {
    inner: Arc<Inner>,
}

/// What playback is built from.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) runtime: Runtime,
    pub(crate) store: Store,
    pub(crate) sources: Registry,
    pub(crate) accounts: watch::Receiver<Arc<Vec<Account>>>,
    pub(crate) library: LibraryService,
    pub(crate) cache: CacheService,
    pub(crate) outbox: Outbox,
    pub(crate) upcoming: Upcoming,
}

impl PlaybackService {
    pub(crate) fn new(inner: Inner) -> Self {
        let inner = Arc::new(inner);
        renew::follow(&inner);
        Self { inner }
    }

    /// Prepares an item for the player. For a title that is on this device it does not touch the network.
    pub async fn open(&self, item: &ItemId) -> Result<Playable, PlaybackError> {
        self.open_as(item, Opening::default()).await
    }

    /// The same, in another quality or from another place. What the server makes for it passes by and is never stored; a
    /// title that is wholly on this device, or that the server serves as it is, plays as always.
    pub async fn open_as(
        &self,
        item: &ItemId,
        opening: Opening,
    ) -> Result<Playable, PlaybackError> {
        let (inner, item) = (Arc::clone(&self.inner), item.clone());
        self.inner
            .runtime
            // Large: whoever waits for it need not be.
            .run(Box::pin(async move { inner.open(&item, opening).await }))
            .await
    }

    /// Keeps an item for good, or of a show, season or album all that is below it; see [`CacheService::download`]. Returns the
    /// jobs that fetch what is missing. A file of this computer needs none.
    pub async fn download(&self, item: &ItemId) -> Result<Vec<JobId>, PlaybackError> {
        let (inner, item) = (Arc::clone(&self.inner), item.clone());
        self.inner
            .runtime
            .run(async move { inner.download(&item).await })
            .await
    }

    /// Lets an item go like others again, or all that is below it, and fetches no more of it. Says whether something of it was
    /// kept or to be kept.
    pub async fn undo_download(&self, item: &ItemId) -> Result<bool, PlaybackError> {
        let (inner, item) = (Arc::clone(&self.inner), item.clone());
        self.inner
            .runtime
            .run(async move { inner.undo_download(&item).await })
            .await
    }

    /// The text of one of [`Playable::subtitles`]; as it was last when the server cannot be reached. A server that takes it out
    /// of a file is not stopped when nobody waits any more: it has been told to choose that track, and is told to go back.
    pub async fn subtitle(&self, item: &ItemId, key: &str) -> Result<Bytes, PlaybackError> {
        let (inner, item, key) = (Arc::clone(&self.inner), item.clone(), key.to_owned());
        let handle = self.inner.runtime.handle();
        let asked = handle.spawn(async move { inner.subtitle(&item, &key).await });
        match asked.await {
            Ok(text) => text,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            // The runtime is going down: nobody is left to want it.
            Err(_) => std::future::pending().await,
        }
    }
}

impl Inner {
    async fn open(
        self: &Arc<Self>,
        id: &ItemId,
        opening: Opening,
    ) -> Result<Playable, PlaybackError> {
        let opened = self.open_known(id, opening).await;
        match opened {
            Err(error) if !opening.anew && error.is_about_another_file() => {
                let opening = Opening {
                    anew: true,
                    ..opening
                };
                self.open_known(id, opening).await
            }
            opened => opened,
        }
    }

    async fn open_known(
        self: &Arc<Self>,
        id: &ItemId,
        opening: Opening,
    ) -> Result<Playable, PlaybackError> {
        let source = self.source(id.account())?;
        let details = match opening.anew {
            true => self.renew(id).await?,
            false => self.details(id, source.as_ref()).await?,
        };
        let resume = opening.start.unwrap_or(match details.item.kind {
            Kind::Track => Duration::ZERO,
            _ => details.item.progress.position,
        });
        let is_file = source.kind() == SourceKind::Folder;
        let (opening, unasked) = match is_file {
            true => (opening, false),
            false => self.fit(&details.item, opening, resume).await,
        };
        let asked = opening.quality.lower(source.most());
        if (opening.converted || asked != Quality::Original) && !is_file {
            match self.serve(&details, &source, opening, resume).await {
                Ok(Some(playable)) => return Ok(playable),
                Ok(None) => {}
                Err(error) if unasked && asked == Quality::Original => {
                    tracing::warn!(%error, "the server does not convert it: it plays as it is");
                }
                Err(error) => return Err(error),
            }
        }
        let item = &details.item;
        let (part, reader) = if is_file {
            self.open_file(item, resume, source.as_ref()).await?
        } else {
            let opened = self.open_cached(item, resume).await?;
            self.keep_subtitles(&details, &opened.0.id, &source);
            opened
        };
        let subtitles = texts::of(&details, &part.id);
        let session = self.session(item, Serving::direct(part.id.clone()));
        Ok(Playable {
            item: details.item,
            part,
            reader,
            resume,
            subtitles,
            markers: details.markers,
            method: Method::Direct,
            reason: None,
            served: None,
            drawn: None,
            stepped_down: None,
            session,
        })
    }

    fn session(self: &Arc<Self>, item: &Item, serving: Serving) -> Session {
        Session::new(
            Arc::downgrade(self),
            self.runtime.clone(),
            self.outbox.clone(),
            self.library.clone(),
            self.cache.clone(),
            item,
            serving,
        )
    }

    fn source(&self, account: &AccountId) -> Result<Arc<dyn Source>, PlaybackError> {
        let source = self.sources.get(account);
        source.ok_or(PlaybackError::Library(LibraryError::NotFound))
    }

    fn state(&self, account: &AccountId) -> AccountState {
        let accounts = self.accounts.borrow();
        let known = accounts.iter().find(|known| known.id == *account);
        known.map(|known| known.state.clone()).unwrap_or_default()
    }

    async fn open_file(
        &self,
        item: &Item,
        place: Duration,
        source: &dyn Source,
    ) -> Result<(Part, Reader), PlaybackError> {
        let first = versions(&item.parts).next();
        let part = first.and_then(|version| piece_at(version, place));
        let part = part.ok_or(PlaybackError::NothingToPlay)?;
        match source.locate(&part.id).await? {
            Located::File(path) => {
                let reader = tokio::task::spawn_blocking(move || Reader::file(&path))
                    .await
                    .map_err(|error| CacheError::Disk(error.to_string()))??;
                Ok((part.clone(), reader))
            }
            Located::Remote { .. } | Located::Drive(_) => self.open_cached(item, place).await,
        }
    }

    async fn open_cached(
        &self,
        item: &Item,
        place: Duration,
    ) -> Result<(Part, Reader), PlaybackError> {
        let version = self.pick_version(item).await?;
        let part = piece_at(version, place).ok_or(PlaybackError::NothingToPlay)?;
        let reader = self.cache.open(request_of(part)).await?;
        let reader = reader.with_container(part.container.as_deref());
        Ok((part.clone(), reader))
    }

    /// How much of a file is on this device: bytes, its size, whether more arrives.
    async fn bytes_of(&self, part: &Part) -> Result<(u64, Option<u64>, bool), PlaybackError> {
        let state = self.cache.entry(&CacheKey::from(part.id.clone())).await?;
        Ok(state.map_or((0, part.size, false), |state| {
            let size = state.size.or(part.size);
            (state.ranges.bytes(), size, state.arriving)
        }))
    }

    /// The files of a title that are played or kept.
    async fn pick_version<'a>(&self, item: &'a Item) -> Result<&'a [Part], PlaybackError> {
        let mut here = HashMap::new();
        for part in &item.parts {
            here.insert(&part.id, self.bytes_of(part).await?);
        }
        let presence = |version: &[Part]| {
            let of = |part: &Part| here.get(&part.id).copied().unwrap_or_default();
            Presence::of_files(version.iter().map(of))
        };
        let state = self.state(item.id.account());
        let cut_off = matches!(state, AccountState::Offline | AccountState::SignInNeeded);
        choose::choose(&item.parts, item.version_chosen, presence, cut_off).ok_or_else(|| {
            match state {
                _ if item.parts.is_empty() => PlaybackError::NothingToPlay,
                AccountState::SignInNeeded => {
                    PlaybackError::SignInNeeded(item.id.account().clone())
                }
                _ => PlaybackError::NeedsNetwork,
            }
        })
    }
}

fn refused(id: &ItemId, error: SourceError) -> PlaybackError {
    match error {
        error if error.is_offline() => PlaybackError::NeedsNetwork,
        SourceError::Unauthorized => PlaybackError::SignInNeeded(id.account().clone()),
        other => other.into(),
    }
}

fn request_of(part: &Part) -> OpenRequest {
    OpenRequest {
        key: CacheKey::from(part.id.clone()),
        fingerprint: part.fingerprint.clone(),
        size_hint: part.size,
    }
}
