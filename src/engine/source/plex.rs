//! Plex, PMS 1.40 and later: the way to one user's libraries on one server, found and signed in to through plex.tv.
//!
//! **Owns** the clients that hold the tokens, and the way to the server that is the best now. **Does not know** where tokens
//! are kept (a [`Keeper`] does), or what is cached.
//!
//! - *way*: an address of the server; it has several, of which the best that answers is taken.
//! - *decision*: the server's word whether a file may be played as it is; without it there are no bytes.

mod auth;
mod bif;
mod credentials;
mod events;
mod extract;
mod extras;
mod files;
mod gdm;
mod home;
mod lyrics;
mod map;
mod pages;
mod pictures;
mod play;
mod race;
mod refusal;
mod reports;
mod rows;
mod standing;
mod stream;
mod subtitles;
mod title;
mod url;
mod wire;

pub use auth::{Entry, EntryError, HomeUser, Link, Server, ask, enter, switch};
pub use credentials::Credentials;
pub(crate) use gdm::discover;
pub use standing::Keeper;
pub(crate) use url::tv;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;
use serde::de::DeserializeOwned;

use self::extract::Extracts;
use self::pictures::Strip;
use self::play::Sessions;
use self::standing::{Standing, Way};
use self::stream::Streams;
use super::address::below;
use super::groups::Groups;
use super::lan::Lan;
use super::{
    Change, Collection, Decision, Details, Device, LyricLine, PreviewStrip, Quality, Report,
    ServerRow, Source, StreamWish,
};
use crate::http::{Located, Terms};
use crate::model::{
    AccountId, Chosen, ImageId, Item, ItemId, Library, LibraryId, Page, PartId, Route, SourceKind,
};
use crate::source_error::SourceError;

/// Largest subtitle.
const SUBTITLE_LIMIT: usize = 10 << 20;
/// Ways to the same bytes that are tried one after the other beside the first.
const ROUTES: usize = 2;
/// What the relay carries: 1 or 2 Mbit/s, as the server's owner has paid for. It answers 500 to files that need more.
const RELAYED: Quality = Quality::UpTo(1_500_000);
/// What reports name the library by.
const LIBRARY: (&str, &str) = ("identifier", "com.plexapp.plugins.library");

/// Who is signed in where.
#[derive(Clone)]
pub struct Login {
    /// Our account.
    pub account: AccountId,
    /// The server's own id: no token is sent to another server that took its address.
    pub machine_id: String,
    /// Tokens and known ways.
    pub credentials: Credentials,
    /// plex.tv, or what stands in for it.
    pub tv: ::url::Url,
    /// Where the server may say itself that it has moved.
    pub lan: Lan,
    /// Keeps what plex.tv tells anew.
    pub keeper: Option<Arc<dyn Keeper>>,
}

impl Login {
    /// As the one who entered, on one of their servers; asks nobody in this network.
    #[must_use]
    pub fn new(account: AccountId, tv: ::url::Url, entry: &Entry, server: &Server) -> Self {
        Self {
            account,
            machine_id: server.machine_id.clone(),
            credentials: entry.credentials(server),
            tv,
            lan: Lan::Nobody,
            keeper: None,
        }
    }

    /// The same on terms of the server's own, which are for addresses that its owner has made.
    #[must_use]
    pub fn on(mut self, terms: Terms) -> Self {
        self.credentials.terms = terms;
        self
    }
}

/// One user on one Plex server.
pub struct Plex {
    account: AccountId,
    standing: Arc<Standing>,
    sessions: Sessions,
    streams: Streams,
    extracts: Extracts,
    groups: Groups,
    seen: Mutex<Seen>,
}

impl std::fmt::Debug for Plex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plex")
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

/// What earlier answers told.
#[derive(Default)]
struct Seen {
    lengths: HashMap<ItemId, Duration>,
    /// Pieces of films whose playback was seen before the film's end.
    begun: HashSet<PartId>,
    strip: Option<Strip>,
}

impl Plex {
    /// The way to a server. Touches no network.
    #[must_use]
    pub fn new(login: Login, device: &Device) -> Self {
        Self {
            account: login.account.clone(),
            standing: Standing::new(device.clone(), login),
            sessions: Sessions::default(),
            streams: Streams::default(),
            extracts: Extracts::default(),
            groups: Groups::default(),
            seen: Mutex::default(),
        }
    }

    /// The address that leads to the server now, without credentials.
    ///
    /// # Errors
    /// When none does.
    pub async fn address(&self) -> Result<::url::Url, SourceError> {
        Ok(self.standing.way().await?.base.clone())
    }

    async fn get<T: DeserializeOwned>(
        &self,
        segments: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, SourceError> {
        let answer = self.standing.ask(|way| async move {
            let url = at(&way, segments, query);
            way.http.get_json::<wire::Answer<T>>(&url).await
        });
        Ok(answer.await?.container)
    }

    async fn place(&self, part: &PartId, strict: bool) -> Result<Located, SourceError> {
        let item = part.item();
        let wire = self.wire_item(item).await?;
        let file = play::file(&wire, part).ok_or(SourceError::Gone)?;
        self.remember_length(item, &wire);
        let session = self.sessions.of(part);
        let (file, session) = (&file, &session);
        self.standing
            .ask(|way| async move { play::locate(&way, part, file.clone(), session, strict).await })
            .await
    }
}

fn at(way: &Way, segments: &[&str], query: &[(&str, &str)]) -> ::url::Url {
    let mut url = below(&way.base, segments);
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    url
}

#[async_trait]
impl Source for Plex {
    fn kind(&self) -> SourceKind {
        SourceKind::Plex
    }

    fn route(&self) -> Option<Route> {
        self.standing.route()
    }

    fn most(&self) -> Quality {
        match self.standing.is_relayed() {
            true => RELAYED,
            false => Quality::Original,
        }
    }

    fn network_changed(&self) {
        self.standing.network_changed();
    }

    fn clock_offset(&self) -> Option<i64> {
        self.standing.clock_offset()
    }

    async fn check(&self) -> Result<(), SourceError> {
        self.standing.look_again().await;
        let answer: wire::Identity = self.get(&[], &[]).await?;
        match answer.machine_identifier.text() {
            Some(id) if id == self.standing.machine_id() => Ok(()),
            _ => Err(SourceError::Malformed(
                "another server has this address".into(),
            )),
        }
    }

    async fn libraries(&self) -> Result<Vec<Library>, SourceError> {
        let list: wire::List = self.get(&["library", "sections"], &[]).await?;
        let sections = list.directory.0.into_iter();
        let libraries: Vec<_> = sections
            .filter_map(|section| map::library(&self.account, section))
            .collect();
        self.groups.learn(&libraries);
        Ok(libraries)
    }

    async fn items(
        &self,
        library: &LibraryId,
        offset: u64,
        limit: u64,
    ) -> Result<Page, SourceError> {
        self.page(library, offset, limit).await
    }

    async fn titles(&self, ids: &[ItemId]) -> Result<Vec<Item>, SourceError> {
        self.named(ids).await
    }

    async fn details(&self, item: &ItemId) -> Result<Details, SourceError> {
        let wire = self.wire_item(item).await?;
        self.on_its_page(item, &wire)
    }

    async fn details_anew(&self, item: &ItemId) -> Result<Details, SourceError> {
        self.checked(item).await
    }

    fn connections(&self) -> usize {
        play::CONNECTIONS
    }

    /// Asks what the file's address is now, and for the server's leave. The address has no token: the client adds it as a
    /// header.
    async fn locate(&self, part: &PartId) -> Result<Located, SourceError> {
        self.place(part, false).await
    }

    /// The best way that answers now, with a new decision: the server may have been started anew and know of none, or the
    /// device may have left its network.
    async fn next_route(
        &self,
        part: &PartId,
        failed: usize,
    ) -> Result<Option<Located>, SourceError> {
        if failed > ROUTES {
            return Ok(None);
        }
        self.standing.forget_way().await;
        self.place(part, true).await.map(Some)
    }

    async fn image(&self, image: &ImageId, width: u32) -> Result<Bytes, SourceError> {
        self.picture(image, width).await
    }

    async fn subtitle(&self, item: &ItemId, key: &str) -> Result<Bytes, SourceError> {
        self.text(item, key).await
    }

    async fn report(&self, report: &Report) -> Result<(), SourceError> {
        self.tell(report).await
    }

    async fn choose(&self, part: &PartId, chosen: Chosen) -> Result<(), SourceError> {
        self.remember(part, chosen).await
    }

    async fn rate(&self, item: &ItemId, points: Option<u8>) -> Result<(), SourceError> {
        self.give(item, points).await
    }

    async fn set_watched(&self, item: &ItemId, watched: bool) -> Result<(), SourceError> {
        self.mark(item, watched).await
    }

    async fn set_favourite(&self, item: &ItemId, favourite: bool) -> Result<(), SourceError> {
        self.love(item, favourite).await
    }

    async fn previews(&self, part: &PartId) -> Result<Option<PreviewStrip>, SourceError> {
        self.strip_of(part).await
    }

    async fn preview(
        &self,
        part: &PartId,
        _strip: &PreviewStrip,
        sheet: u32,
    ) -> Result<Bytes, SourceError> {
        self.sheet_of(part, sheet).await
    }

    async fn search(&self, text: &str, limit: u32) -> Result<Vec<Item>, SourceError> {
        self.found(text, limit).await
    }

    async fn collections(&self) -> Result<Vec<Collection>, SourceError> {
        self.all_collections().await
    }

    async fn members(
        &self,
        collection: &ItemId,
        offset: u64,
        limit: u64,
    ) -> Result<Page, SourceError> {
        self.members_of(collection, offset, limit).await
    }

    async fn rows(&self) -> Result<Vec<ServerRow>, SourceError> {
        self.home_rows().await
    }

    async fn dismiss(&self, item: &ItemId) -> Result<(), SourceError> {
        self.hide(item).await
    }

    async fn appearances(&self, person: &str, limit: u32) -> Result<Vec<Item>, SourceError> {
        self.with_person(person, limit).await
    }

    async fn lyrics(&self, track: &ItemId) -> Result<Vec<LyricLine>, SourceError> {
        self.lyrics_of(track).await
    }

    async fn decide(&self, wish: &StreamWish) -> Result<Decision, SourceError> {
        self.ask_for(wish).await
    }

    async fn keep_stream(&self, session: &str) -> Result<(), SourceError> {
        self.ping(session).await
    }

    async fn end_stream(&self, session: &str) -> Result<(), SourceError> {
        self.stop(session).await
    }

    async fn listen(&self, heard: &(dyn Fn(Change) + Send + Sync)) -> Result<(), SourceError> {
        self.hear(heard).await
    }
}
