//! The one contract that every kind of source fulfils, and the registry of the accounts' sources.
//!
//! **Owns** nothing but the list of live sources. **Does not know** the database, the cache or the window: a source
//! answers questions about a server or folder, and says where bytes are; who stores and reads them is not its business.
//!
//! - *source*: one account's way to its server or folder.
//! - *locate*: to say where a part's bytes are now; only asked when bytes are missing.

mod address;
mod extras;
mod groups;
pub mod jellyfin;
mod lan;
mod lenient;
pub mod local;
mod lyrics;
mod performers;
pub mod plex;
mod registry;
mod route;
mod subtitle;

use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use sha2::{Digest, Sha256};

pub use extras::{
    Change, Decision, LyricLine, Method, Person, PreviewStrip, PreviewTile, Quality, ServedStream,
    StreamWish,
};
pub use lan::{Lan, Nearby};
pub use registry::Registry;
pub use subtitle::{ExternalSubtitle, Font, Supply};

pub use crate::http::Located;
use crate::model::{
    Chapter, Chosen, ImageId, Item, ItemId, Library, LibraryId, Marker, Page, PartId, Piece, Route,
    SourceKind,
};
pub use crate::model::{Collection, CollectionKind, RowKind, ServerRow};
pub use crate::source_error::{NoConnection, SourceError};

/// What a server shows of us in its list of devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// One id for one installation, for ever: a second sign-in of a user with the same id may end the first one's token.
    pub id: String,
    /// This computer's name.
    pub name: String,
}

impl Device {
    /// The same device in the hands of one user. A server keeps one session for a device: two users who share it would be told
    /// what the other has watched, and be reported as each other.
    #[must_use]
    pub fn of_user(&self, user: &str) -> Self {
        let digest = Sha256::digest(format!("{}:{user}", self.id));
        let id = digest.iter().take(16).map(|byte| format!("{byte:02x}"));
        Self {
            id: id.collect(),
            name: self.name.clone(),
        }
    }
}

/// What only the details of one item have.
#[derive(Clone, Debug)]
pub struct Details {
    /// The item, with `parts` and `chapters`.
    pub item: Item,
    /// Subtitles beside the parts, each with the part it belongs to where that is not the first.
    pub subtitles: Vec<ExternalSubtitle>,
    /// Stretches of the first version that people skip, by their beginnings; times of the whole film.
    pub markers: Vec<Marker>,
    /// Who took part, the most important first.
    pub people: Vec<Person>,
}

impl Details {
    /// An item of which nothing more is known.
    #[must_use]
    pub fn of(item: Item) -> Self {
        Self {
            item,
            subtitles: Vec::new(),
            markers: Vec::new(),
            people: Vec::new(),
        }
    }
}

/// Something that happened in a playback, to be told to the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Which part is played.
    pub part: PartId,
    /// All files of its version in their order, where it is a piece of a film in several; otherwise none.
    pub pieces: Vec<(PartId, Piece)>,
    /// One random id for one playback.
    pub session: String,
    /// Where it is, in the whole film.
    pub position: Duration,
    /// How the server serves it.
    pub method: Method,
    /// Which streams play, where that is known.
    pub chosen: Option<Chosen>,
    /// When it happened, in seconds since 1970 on the server's clock, where it is told later; `None`: now.
    pub happened: Option<i64>,
    /// What happened.
    pub event: ReportEvent,
}

impl Report {
    /// The piece that is played, where the film lies in several files.
    #[must_use]
    pub fn piece(&self) -> Option<Piece> {
        let mut pieces = self.pieces.iter();
        let found = pieces.find(|(part, _)| *part == self.part);
        found.map(|(_, piece)| *piece)
    }
}

/// Kinds of [`Report`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportEvent {
    /// Playback began.
    Started,
    /// It goes on, or was paused or resumed or moved.
    Progress {
        /// Not playing now.
        paused: bool,
    },
    /// It ended here.
    Stopped,
}

/// One account's way to its server or folder. Every method may be cancelled by dropping its future; none retries more
/// than the connection itself, and none blocks its thread.
#[async_trait]
pub trait Source: Send + Sync + 'static {
    /// Which kind it is.
    fn kind(&self) -> SourceKind;

    /// Which way its questions take now; `None` while none is known, and for folders.
    fn route(&self) -> Option<Route> {
        None
    }

    /// The most that the present way to the server carries.
    fn most(&self) -> Quality {
        Quality::Original
    }

    /// The device's network is another one than before, perhaps. A source that knows several ways to its server looks for a
    /// better one in the background; to be called on a runtime, returns at once.
    fn network_changed(&self) {}

    /// How far the server's clock is ahead of this computer's, in milliseconds and exact to a second; `None` while it has not
    /// said.
    fn clock_offset(&self) -> Option<i64> {
        None
    }

    /// The cheapest question that shows whether the server answers and the token holds.
    async fn check(&self) -> Result<(), SourceError>;

    /// All libraries that this user may see and Spool can play.
    async fn libraries(&self) -> Result<Vec<Library>, SourceError>;

    /// Whether the last [`Source::libraries`] and the pages of these libraries show all that belongs to the source. Where a part
    /// of it is away for now (a drive of a folder), what they do not show is not gone.
    fn saw_all(&self) -> bool {
        true
    }

    /// The parts of it that are away for now, as paths below it, for [`Source::saw_all`].
    fn away(&self) -> Vec<String> {
        Vec::new()
    }

    /// Takes what is away for gone: the next pages do without it, and it is not missed any more.
    fn forget_away(&self) {}

    /// `limit` titles of a library from `offset` on, in any stable order, parents before their children: films; shows,
    /// their seasons and episodes; artists, albums and their tracks. An item that cannot be understood is left out and logged.
    async fn items(
        &self,
        library: &LibraryId,
        offset: u64,
        limit: u64,
    ) -> Result<Page, SourceError>;

    /// Those of these titles that are there, as [`Source::items`] has them; in no order, and without a library where the source
    /// does not say it. At most 50 at once; [`SourceError::Gone`] from a source that cannot name single titles.
    async fn titles(&self, _ids: &[ItemId]) -> Result<Vec<Item>, SourceError> {
        Err(SourceError::Gone)
    }

    /// One item with its parts, chapters and subtitles.
    async fn details(&self, item: &ItemId) -> Result<Details, SourceError>;

    /// The same, of a title whose files are others than were known: a source that can, looks whether they are there. Those that
    /// are not come last.
    ///
    /// # Errors
    /// [`SourceError::FileMissing`] where none of them is.
    async fn details_anew(&self, item: &ItemId) -> Result<Details, SourceError> {
        self.details(item).await
    }

    /// Where the bytes of a part are now.
    async fn locate(&self, part: &PartId) -> Result<Located, SourceError>;

    /// How many requests for one file may be under way at the same time, where [`Located`] has not said it yet.
    fn connections(&self) -> usize {
        Located::CONNECTIONS
    }

    /// Another way to the same bytes, after `failed` ways have failed one after the other ([`Source::locate`]'s was the
    /// first): another address of the server. `None` when there is none left.
    async fn next_route(
        &self,
        _part: &PartId,
        _failed: usize,
    ) -> Result<Option<Located>, SourceError> {
        Ok(None)
    }

    /// A picture, scaled by the server to about `width` pixels where it can. At most 20 MB.
    async fn image(&self, image: &ImageId, width: u32) -> Result<Bytes, SourceError>;

    /// The text of a subtitle from [`Details::subtitles`] or [`Decision::inside`], its times those of the file it
    /// belongs to. At most 10 MB.
    async fn subtitle(&self, item: &ItemId, key: &str) -> Result<Bytes, SourceError>;

    /// Fonts inside the file of a part, for styled subtitles that are read apart from it. Together at most 64 MB. None where the
    /// source cannot take them out.
    async fn fonts(&self, _part: &PartId) -> Result<Vec<Font>, SourceError> {
        Ok(Vec::new())
    }

    /// Tells the server where a playback is.
    async fn report(&self, report: &Report) -> Result<(), SourceError>;

    /// Gives an item so many points of 10, or takes them back.
    async fn rate(&self, _item: &ItemId, _points: Option<u8>) -> Result<(), SourceError> {
        Ok(())
    }

    /// Marks an item watched or not.
    async fn set_watched(&self, item: &ItemId, watched: bool) -> Result<(), SourceError>;

    /// Marks an item a favourite or not.
    async fn set_favourite(&self, _item: &ItemId, _favourite: bool) -> Result<(), SourceError> {
        Ok(())
    }

    /// The small pictures of a part for the seek bar; `None` when there are none.
    async fn previews(&self, _part: &PartId) -> Result<Option<PreviewStrip>, SourceError> {
        Ok(None)
    }

    /// One sheet of [`Source::previews`]. At most 20 MB.
    async fn preview(
        &self,
        _part: &PartId,
        _strip: &PreviewStrip,
        _sheet: u32,
    ) -> Result<Bytes, SourceError> {
        Err(SourceError::Gone)
    }

    /// At most `limit` titles that a search on the server finds, best first. Empty where it has no search of its own.
    async fn search(&self, _text: &str, _limit: u32) -> Result<Vec<Item>, SourceError> {
        Ok(Vec::new())
    }

    /// All collections and playlists that this user may see, by their titles.
    async fn collections(&self) -> Result<Vec<Collection>, SourceError> {
        Ok(Vec::new())
    }

    /// Titles of a collection or playlist, in its order.
    async fn members(
        &self,
        _collection: &ItemId,
        _offset: u64,
        _limit: u64,
    ) -> Result<Page, SourceError> {
        Err(SourceError::Gone)
    }

    /// The rows of the server's own Home; each at most some dozens of titles. [`SourceError::Gone`] from a source that has none.
    async fn rows(&self) -> Result<Vec<ServerRow>, SourceError> {
        Err(SourceError::Gone)
    }

    /// Takes a title out of the server's [`RowKind::Continue`], until it is played again.
    async fn dismiss(&self, _item: &ItemId) -> Result<(), SourceError> {
        Ok(())
    }

    /// At most `limit` titles in which somebody took part, by the key of a [`Person`], newest first; episodes are left out. Empty
    /// where the source does not know.
    async fn appearances(&self, _person: &str, _limit: u32) -> Result<Vec<Item>, SourceError> {
        Ok(Vec::new())
    }

    /// The libraries that a title may be in, for one of which only its id is known; others among them are no harm. Empty where
    /// the source does not know.
    async fn libraries_of(&self, _item: &ItemId) -> Result<Vec<LibraryId>, SourceError> {
        Ok(Vec::new())
    }

    /// Remembers which streams of a file this user has chosen, where that is told apart from a report.
    async fn choose(&self, _part: &PartId, _chosen: Chosen) -> Result<(), SourceError> {
        Ok(())
    }

    /// The lyrics of a track; empty when it has none.
    async fn lyrics(&self, _track: &ItemId) -> Result<Vec<LyricLine>, SourceError> {
        Ok(Vec::new())
    }

    /// Asks the server how it will serve a playback. Where it makes a stream, that lives until [`Source::end_stream`].
    async fn decide(&self, wish: &StreamWish) -> Result<Decision, SourceError> {
        Ok(Decision::direct(wish.session.clone()))
    }

    /// Says that a stream is still wanted though nothing of it is fetched; due every 30 s.
    async fn keep_stream(&self, _session: &str) -> Result<(), SourceError> {
        Ok(())
    }

    /// Ends a stream of [`Source::decide`], by its session.
    async fn end_stream(&self, _session: &str) -> Result<(), SourceError> {
        Ok(())
    }

    /// Stays connected for what the server tells without being asked, and calls back for each, first with
    /// [`Change::Listening`]. Returns when that connection has ended; [`SourceError::Gone`] when the source tells nothing by
    /// itself and is to be asked from time to time.
    async fn listen(&self, _heard: &(dyn Fn(Change) + Send + Sync)) -> Result<(), SourceError> {
        Err(SourceError::Gone)
    }

    /// Calls back when the source noticed a change by itself (a folder was written to). Returns a guard that ends it.
    fn watch(
        &self,
        _changed: Box<dyn Fn() + Send + Sync>,
    ) -> Option<Box<dyn std::any::Any + Send>> {
        None
    }
}

/// Chapters and tracks that a source cannot know without opening the file, asked of the player.
#[derive(Clone, Debug, Default)]
pub struct Probed {
    /// Running time.
    pub duration: Option<Duration>,
    /// Width and height of the picture in pixels; zero where there is none.
    pub picture: (u32, u32),
    /// Streams.
    pub tracks: Vec<crate::model::Track>,
    /// Chapters.
    pub chapters: Vec<Chapter>,
}

/// Looks into media files of this computer; the player crate implements it, a test may have none.
#[async_trait]
pub trait Prober: Send + Sync + 'static {
    /// Running time, streams and chapters of a file; `None` when it cannot be opened as media.
    async fn probe(&self, path: PathBuf) -> Option<Probed>;

    /// A JPEG of a frame a tenth into the film, at most `width` pixels wide.
    async fn thumbnail(&self, path: PathBuf, width: u32) -> Option<Bytes>;
}
