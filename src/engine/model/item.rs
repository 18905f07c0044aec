//! Films, shows, episodes, artists, albums, tracks.

use std::time::Duration;

use super::{
    Chapter, ImageId, ItemId, LibraryId, Part, PartId, Progress, Resolution, length_of, version_of,
    versions,
};

/// What an [`Item`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A film.
    Movie,
    /// A series; its children are seasons.
    Show,
    /// A season; its children are episodes.
    Season,
    /// An episode of a season.
    Episode,
    /// Who made albums; they are named in [`Item::artists`] of their albums and tracks, and stand above none of them.
    Artist,
    /// A music album; its children are tracks.
    Album,
    /// A piece of music.
    Track,
    /// A video that is neither film nor episode.
    Video,
}

impl Kind {
    /// Whether it can be played itself, rather than through its children.
    #[must_use]
    pub fn is_playable(self) -> bool {
        matches!(
            self,
            Self::Movie | Self::Episode | Self::Track | Self::Video
        )
    }

    /// Whether it has a picture.
    #[must_use]
    pub fn is_video(self) -> bool {
        !matches!(self, Self::Artist | Self::Album | Self::Track)
    }
}

/// Pictures of an item. A missing one is drawn from what there is, by the page.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Artwork {
    /// Upright poster (2:3), an album's square cover, or an artist's square picture.
    pub poster: Option<ImageId>,
    /// Wide picture behind a title page.
    pub backdrop: Option<ImageId>,
    /// Wide (16:9) picture of an episode or film.
    pub thumb: Option<ImageId>,
}

/// Who an album or a track is by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credit {
    /// The artist; absent where the source only tells a name.
    pub artist: Option<ItemId>,
    /// The artist's name, as this album or track has it.
    pub name: String,
}

/// One title.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Its identity.
    pub id: ItemId,
    /// The library it was found in.
    pub library: Option<LibraryId>,
    /// What it is.
    pub kind: Kind,
    /// Its title, as shown.
    pub title: String,
    /// Its title for sorting, without a leading article.
    pub sort_title: String,
    /// Show (of a season or episode), album artist (of an album or track).
    pub context: Option<String>,
    /// Of an album its album artists, of a track who plays it; in the source's order.
    pub artists: Vec<Credit>,
    /// Season of an episode, album of a track.
    pub parent: Option<ItemId>,
    /// Show of an episode.
    pub grandparent: Option<ItemId>,
    /// Season number of an episode, disc number of a track.
    pub parent_index: Option<u32>,
    /// Season, episode or track number.
    pub index: Option<u32>,
    /// Year of release.
    pub year: Option<i32>,
    /// Running time.
    pub duration: Option<Duration>,
    /// Plot.
    pub overview: Option<String>,
    /// Genres, as the source names them.
    pub genres: Vec<String>,
    /// Age rating, as the source names it ("PG-13").
    pub content_rating: Option<String>,
    /// Rating by the public, 0 to 10.
    pub rating: Option<f32>,
    /// The class of its finest version's picture, when known.
    pub resolution: Option<Resolution>,
    /// Number of children below (episodes of a show, tracks of an album, albums of an artist), when known.
    pub child_count: Option<u32>,
    /// Pictures.
    pub artwork: Artwork,
    /// When the source first saw it, seconds since 1970.
    pub added_at: Option<i64>,
    /// One of this user's favourites.
    pub favourite: bool,
    /// What this user gave it, from 0 to 10.
    pub own_rating: Option<u8>,
    /// What this user has watched of it.
    pub progress: Progress,
    /// Playable files: of the version that the person has chosen first, the other versions best first, the files of a version in
    /// their order (see [`versions`](super::versions)). Lists may leave them empty; the details of an item have them.
    pub parts: Vec<Part>,
    /// The person has chosen the first of [`Item::parts`]; otherwise Spool chooses.
    pub version_chosen: bool,
    /// Chapters, in order.
    pub chapters: Vec<Chapter>,
}

impl Item {
    /// An item that has nothing but an identity, a kind and a title.
    #[must_use]
    pub fn new(id: ItemId, kind: Kind, title: impl Into<String>) -> Self {
        let title = title.into();
        Self {
            id,
            library: None,
            kind,
            sort_title: title.to_lowercase(),
            title,
            context: None,
            artists: Vec::new(),
            parent: None,
            grandparent: None,
            parent_index: None,
            index: None,
            year: None,
            duration: None,
            overview: None,
            genres: Vec::new(),
            content_rating: None,
            rating: None,
            resolution: None,
            child_count: None,
            artwork: Artwork::default(),
            added_at: None,
            favourite: false,
            own_rating: None,
            progress: Progress::default(),
            parts: Vec::new(),
            version_chosen: false,
            chapters: Vec::new(),
        }
    }

    /// Puts the version that the person has chosen before the others, by one of its files. One that is not there any more is no
    /// choice.
    pub fn choose_version(&mut self, version: &PartId) {
        let chosen = |files: &&[Part]| files.iter().any(|part| part.id == *version);
        let before = versions(&self.parts).take_while(|files| !chosen(files));
        let before: usize = before.map(<[Part]>::len).sum();
        let files = version_of(&self.parts, version).map(<[Part]>::len);
        self.version_chosen = files.is_some();
        if let Some(files) = files {
            self.parts[..before + files].rotate_right(files);
            let whole = versions(&self.parts).next().and_then(length_of);
            self.duration = whole.or(self.duration);
        }
    }
}
