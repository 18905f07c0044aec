//! Tags and covers of music files.
//!
//! **Threads**: blocks for the disk; called on the blocking pool only.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use lofty::config::{ParseOptions, ParsingMode};
use lofty::file::{AudioFile, TaggedFile, TaggedFileExt};
use lofty::picture::PictureType;
use lofty::probe::Probe;
use lofty::tag::{Accessor, ItemKey, Tag};

use crate::source::performers;

/// What the tags of a music file say; absent where they say nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tags {
    pub(crate) title: Option<String>,
    pub(crate) album: Option<String>,
    pub(crate) artist: Option<String>,
    pub(crate) album_artist: Option<String>,
    /// All who play it, each by name.
    pub(crate) artists: Vec<String>,
    /// All whose album it is.
    pub(crate) album_artists: Vec<String>,
    pub(crate) track: Option<u32>,
    pub(crate) disc: Option<u32>,
    pub(crate) year: Option<i32>,
    pub(crate) genre: Option<String>,
    pub(crate) duration: Option<Duration>,
    /// There is a picture inside.
    pub(crate) has_cover: bool,
}

fn open(path: &Path, pictures: bool) -> Option<TaggedFile> {
    let options = ParseOptions::new()
        .parsing_mode(ParsingMode::Relaxed)
        .read_cover_art(pictures);
    let read = || {
        Probe::open(path)?
            .options(options)
            .guess_file_type()?
            .read()
    };
    read()
        .inspect_err(|error| tracing::debug!(?path, "tags cannot be read: {error}"))
        .ok()
}

/// Reads a file's tags; a file without readable ones has none.
pub(crate) fn tags(path: &Path) -> Tags {
    let Some(file) = open(path, true) else {
        return Tags::default();
    };
    let duration = Some(file.properties().duration()).filter(|d| !d.is_zero());
    let Some(tag) = file.primary_tag().or_else(|| file.first_tag()) else {
        return Tags {
            duration,
            ..Tags::default()
        };
    };
    let text = |value: Option<std::borrow::Cow<'_, str>>| {
        value
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty())
    };
    let year = tag
        .get_string(ItemKey::RecordingDate)
        .or_else(|| tag.get_string(ItemKey::Year))
        .and_then(|date| date.get(..4)?.parse().ok());
    Tags {
        title: text(tag.title()),
        album: text(tag.album()),
        artist: text(tag.artist()),
        album_artist: text(tag.get_string(ItemKey::AlbumArtist).map(Into::into)),
        artists: names(tag, ItemKey::TrackArtists, ItemKey::TrackArtist),
        album_artists: names(tag, ItemKey::AlbumArtists, ItemKey::AlbumArtist),
        track: tag.track(),
        disc: tag.disk(),
        year,
        genre: text(tag.genre()),
        duration,
        has_cover: !tag.pictures().is_empty(),
    }
}

/// Those named in a tag that has a line for each, or else in one that may have one line for all.
fn names(tag: &Tag, each: ItemKey, together: ItemKey) -> Vec<String> {
    let known = performers::each(tag.get_strings(each));
    if !known.is_empty() {
        return known;
    }
    let lines: Vec<&str> = tag.get_strings(together).collect();
    match lines.as_slice() {
        [line] => performers::performers(line),
        lines => performers::each(lines.iter()),
    }
}

/// The lyrics that a file's tags hold, with times where they have some.
pub(crate) fn lyrics(path: &Path) -> Option<String> {
    let file = open(path, false)?;
    let texts = file.tags().iter().flat_map(|tag| {
        let keys = [ItemKey::Lyrics, ItemKey::UnsyncLyrics];
        keys.into_iter().filter_map(|key| tag.get_string(key))
    });
    let mut texts = texts.filter(|text| !text.trim().is_empty());
    texts.next().map(str::to_owned)
}

/// The picture inside a file: its front cover, or else its first.
pub(crate) fn cover(path: &Path) -> Option<Bytes> {
    let file = open(path, true)?;
    let pictures = file.tags().iter().flat_map(lofty::tag::Tag::pictures);
    let mut pictures: Vec<_> = pictures.collect();
    pictures.sort_by_key(|picture| picture.pic_type() != PictureType::CoverFront);
    pictures
        .first()
        .map(|picture| Bytes::copy_from_slice(picture.data()))
}
