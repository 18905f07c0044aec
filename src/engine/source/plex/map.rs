//! From what Plex sends to what Spool speaks; pure.

use std::time::Duration;

use serde_json::Value;

use super::wire::{self, Maybe, Number, Word};
use super::{extras, files, subtitles};
use crate::model::{
    AccountId, Artwork, Chapter, Chosen, ImageId, Item, ItemId, Kind, Library, LibraryId,
    LibraryKind, Part, PartId, Piece, Progress, Track, TrackKind, length_of,
};
use crate::source::{Details, ExternalSubtitle};

/// Five stars.
pub(super) const LOVED: f64 = 10.0;

/// Plex counts in milliseconds.
pub(super) fn duration(number: &Maybe<Number>) -> Option<Duration> {
    number
        .whole()
        .filter(|ms| *ms > 0)
        .map(Duration::from_millis)
}

pub(super) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A section as a library; `None` for those that hold nothing Spool plays (photos).
pub(super) fn library(account: &AccountId, section: Value) -> Option<Library> {
    let section: wire::Section = serde_json::from_value(section).ok()?;
    // Agents that look nothing up are for home videos.
    let personal = section
        .agent
        .text()
        .is_some_and(|agent| agent.ends_with(".none"));
    let kind = match section.kind.text()? {
        "movie" if personal => LibraryKind::Videos,
        "movie" => LibraryKind::Movies,
        "show" => LibraryKind::Shows,
        "artist" => LibraryKind::Music,
        _ => return None,
    };
    Some(Library {
        id: LibraryId::new(account.clone(), section.key.owned()?),
        title: section.title.owned().unwrap_or_else(|| "?".into()),
        kind,
    })
}

fn kind(text: &str) -> Option<Kind> {
    Some(match text {
        "movie" => Kind::Movie,
        "show" => Kind::Show,
        "season" => Kind::Season,
        "episode" => Kind::Episode,
        "artist" => Kind::Artist,
        "album" => Kind::Album,
        "track" => Kind::Track,
        "clip" => Kind::Video,
        _ => return None,
    })
}

/// One row of a page. `None` when it is not of our kinds or has no key.
pub(super) fn item(account: &AccountId, library: Option<&LibraryId>, value: Value) -> Option<Item> {
    let wire: wire::Item = serde_json::from_value(value).ok()?;
    of_wire(account, library, &wire)
}

fn of_wire(account: &AccountId, library: Option<&LibraryId>, wire: &wire::Item) -> Option<Item> {
    let id = |key: &Maybe<Word>| key.text().map(|key| ItemId::new(account.clone(), key));
    let kind = kind(wire.kind.text()?)?;
    let title = wire.title.owned().unwrap_or_else(|| "?".into());
    let mut item = Item::new(id(&wire.rating_key)?, kind, title);
    item.library = library.cloned();
    if let Some(sort) = wire.title_sort.text() {
        item.sort_title = sort.to_lowercase();
    }
    let (parent, grandparent) = (
        id(&wire.parent_rating_key),
        id(&wire.grandparent_rating_key),
    );
    (item.parent, item.grandparent, item.context) = match kind {
        Kind::Season => (parent, None, wire.parent_title.owned()),
        Kind::Episode => (parent, grandparent, wire.grandparent_title.owned()),
        // Above an album stands its artist, who here stands beside it.
        Kind::Album => (None, None, wire.parent_title.owned()),
        Kind::Track => (parent, None, performer(wire)),
        Kind::Movie | Kind::Show | Kind::Artist | Kind::Video => (None, None, None),
    };
    item.artists = extras::credits(account, kind, wire);
    item.parent_index = match kind {
        Kind::Episode | Kind::Track => wire.parent_index.small(),
        _ => None,
    };
    item.index = match kind {
        Kind::Season | Kind::Episode | Kind::Track => wire.index.small(),
        _ => None,
    };
    item.year = year(wire);
    item.duration = duration(&wire.duration);
    item.overview = wire.summary.owned();
    item.genres = wire
        .genres
        .0
        .iter()
        .filter_map(|tag| tag.tag.owned())
        .collect();
    item.content_rating = wire.content_rating.owned();
    item.rating = rating(&wire.audience_rating).or_else(|| rating(&wire.rating));
    item.resolution = wire.media.0.iter().filter_map(extras::resolution).max();
    item.own_rating = own_rating(&wire.user_rating);
    item.child_count = wire.leaf_count.small().or(wire.child_count.small());
    item.artwork = artwork(account, kind, wire);
    item.added_at = seconds(&wire.added_at);
    // Plex has stars and no favourites; its own music player calls five stars "loved".
    item.favourite = wire.user_rating.float().is_some_and(|stars| stars >= LOVED);
    item.progress = match kind {
        Kind::Artist => Progress::default(),
        _ => progress(kind, wire),
    };
    Some(item)
}

/// A track's own performer, where an album has several.
fn performer(wire: &wire::Item) -> Option<String> {
    wire.original_title
        .owned()
        .or_else(|| wire.grandparent_title.owned())
}

fn year(wire: &wire::Item) -> Option<i32> {
    let of = |number: &Maybe<Number>| number.small().and_then(|year| i32::try_from(year).ok());
    let released = || wire.originally_available_at.text()?.get(..4)?.parse().ok();
    of(&wire.year)
        .or_else(released)
        .or_else(|| of(&wire.parent_year))
        .filter(|year| (1800..3000).contains(year))
}

/// What the user gave it, of 10.
fn own_rating(number: &Maybe<Number>) -> Option<u8> {
    let points = number.float()?.round();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is between 0 and 10"
    )]
    (0.0..=10.0).contains(&points).then_some(points as u8)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "one digit behind the point"
)]
fn rating(number: &Maybe<Number>) -> Option<f32> {
    let rating = number.float().map(|rating| rating as f32);
    rating.filter(|rating| (0.0..=10.0).contains(rating))
}

fn seconds(number: &Maybe<Number>) -> Option<i64> {
    number
        .whole()
        .and_then(|seconds| i64::try_from(seconds).ok())
}

/// What is not there was not watched. A title that was seen and begun anew counts as begun.
fn progress(kind: Kind, wire: &wire::Item) -> Progress {
    let position = duration(&wire.view_offset).unwrap_or_default();
    let (leaves, seen) = (wire.leaf_count.small(), wire.viewed_leaf_count.small());
    let left = leaves.map(|leaves| leaves.saturating_sub(seen.unwrap_or(0)));
    let watched = match kind.is_playable() {
        true => position.is_zero() && wire.view_count.whole().is_some_and(|count| count > 0),
        false => left == Some(0) && leaves != Some(0),
    };
    Progress {
        position,
        watched,
        unwatched_children: left.filter(|_| !kind.is_playable()),
        last_played: seconds(&wire.last_viewed_at),
    }
}

/// The pictures. A picture's key is its path on the server, which ends in the time of its last change.
fn artwork(account: &AccountId, kind: Kind, wire: &wire::Item) -> Artwork {
    let image = |paths: &[&Maybe<String>]| {
        let known = paths
            .iter()
            .find_map(|path| path.text().filter(|path| is_image(path)));
        known.map(|path| ImageId::new(account.clone(), path))
    };
    let poster = match kind {
        // An episode's own picture is a wide frame of it.
        Kind::Episode => image(&[&wire.grandparent_thumb, &wire.parent_thumb]),
        Kind::Season | Kind::Track => image(&[&wire.thumb, &wire.parent_thumb]),
        _ => image(&[&wire.thumb]),
    };
    let thumb = match kind {
        Kind::Episode | Kind::Video => image(&[&wire.thumb]),
        _ => None,
    };
    Artwork {
        poster,
        backdrop: image(&[&wire.art, &wire.grandparent_art, &wire.parent_art]),
        thumb,
    }
}

/// Whether a path may be a picture: of the library, or an address that the server fetches itself.
pub(super) fn is_image(path: &str) -> bool {
    path.starts_with("/library/") || path.starts_with("/playlists/") || path.starts_with("https://")
}

/// One title with its versions, chapters and the subtitles beside them.
pub(super) fn details(account: &AccountId, wire: &wire::Item) -> Option<Details> {
    let mut item = of_wire(account, None, wire)?;
    let mut versions: Vec<_> = (0..wire.media.0.len())
        .map(|number| version(&item, wire, number))
        .collect();
    // The finest first, those of which a file is not there last; versions of the same height stay in the server's order.
    let missing: Vec<&str> = self::versions(wire)
        .filter(|file| files::is_missing(file.part))
        .filter_map(|file| file.part.id.text())
        .collect();
    versions.sort_by_key(|(height, parts)| {
        let mut files = parts.iter();
        let missing = files.any(|part| missing.contains(&part.id.key()));
        (missing, std::cmp::Reverse(*height))
    });
    item.parts = versions.into_iter().flat_map(|(_, parts)| parts).collect();
    let first = crate::model::versions(&item.parts).next();
    item.duration = first.and_then(length_of).or(item.duration);
    item.chapters = wire.chapters.0.iter().filter_map(chapter).collect();
    item.chapters.sort_by_key(|chapter| chapter.start);
    let beside = |part: &Part| {
        let file = self::versions(wire).find(|file| file.part.id.text() == Some(part.id.key()));
        let texts = file.map(|file| subtitles::beside(file.part));
        let part = Some(part.id.clone());
        let texts = texts.unwrap_or_default().into_iter();
        texts.map(move |text| ExternalSubtitle {
            part: part.clone(),
            ..text
        })
    };
    Some(Details {
        subtitles: item.parts.iter().flat_map(beside).collect(),
        item,
        markers: extras::markers(wire),
        people: extras::people(account, wire),
    })
}

/// One file of a title, and its place in the server's lists.
pub(super) struct Version<'a> {
    pub(super) media: &'a wire::Media,
    pub(super) part: &'a wire::Part,
    pub(super) at: (usize, usize),
}

/// All files of a title, in the server's order.
pub(super) fn versions(wire: &wire::Item) -> impl Iterator<Item = Version<'_>> {
    wire.media.0.iter().enumerate().flat_map(|(first, media)| {
        let parts = media.parts.0.iter().enumerate();
        parts.map(move |(second, part)| Version {
            media,
            part,
            at: (first, second),
        })
    })
}

fn chapter(wire: &wire::Chapter) -> Option<Chapter> {
    Some(Chapter {
        start: Duration::from_millis(wire.start_time_offset.whole()?),
        title: wire.tag.owned().unwrap_or_default(),
    })
}

/// The files of a version, which are pieces where there are several, with the height of its picture.
fn version(item: &Item, wire: &wire::Item, number: usize) -> (u32, Vec<Part>) {
    let of = wire.media.0.len();
    let files = versions(wire).filter(|file| file.at.0 == number);
    let found = files.filter_map(|file| Some((part(&item.id, &file, of)?, file)));
    let (mut parts, mut lengths, mut height, mut whole) = (Vec::new(), Vec::new(), 0, None);
    for ((lines, part), file) in found {
        lengths.push((duration(&file.part.duration), part.size));
        height = height.max(lines);
        whole = duration(&file.media.duration).or(item.duration);
        parts.push(part);
    }
    let pieces = u32::try_from(number).ok();
    let pieces = pieces.and_then(|number| Piece::lay(number, &lengths, whole));
    match pieces {
        Some(pieces) => {
            for (part, piece) in parts.iter_mut().zip(pieces) {
                part.piece = Some(piece);
            }
        }
        // Where nobody can say how they lie, each is a version, and the others are told by their numbers.
        None if parts.len() > 1 => {
            let files = parts.len();
            for (number, part) in (1..).zip(&mut parts) {
                let own = part.name.take().map(|own| own + " ").unwrap_or_default();
                part.name = Some(format!("{own}{number}/{files}"));
            }
        }
        None => {}
    }
    (height, parts)
}

/// A part, with the height of its picture. Its id is the server's number; the address changes with the file.
fn part(item: &ItemId, version: &Version, of: usize) -> Option<(u32, Part)> {
    let (media, part) = (version.media, version.part);
    let path = part.key.text()?;
    let size = part.size.whole().filter(|size| *size > 0);
    let tracks: Vec<Track> = part.streams.0.iter().filter_map(track).collect();
    let height = tracks.iter().filter_map(|track| track.height).max();
    let container = part.container.text().or(media.container.text());
    let described = Part {
        id: PartId::new(item.clone(), part.id.text()?),
        name: name(version, of),
        container: container.map(str::to_ascii_lowercase),
        size,
        bitrate: media
            .bitrate
            .whole()
            .map(|kilobits| kilobits.saturating_mul(1000)),
        fingerprint: fingerprint(path, size),
        tracks,
        chosen: chosen(part),
        unfit: files::unfit(part),
        piece: None,
    };
    Some((height.unwrap_or(0), described))
}

/// The streams that the server has chosen for this user, by their languages and what they chose before.
fn chosen(part: &wire::Part) -> Option<Chosen> {
    let selected = part.streams.0.iter().filter(|stream| stream.selected.yes());
    let selected: Vec<Track> = selected.filter_map(track).collect();
    let of = |kind| selected.iter().find(|track| track.kind == kind);
    Some(Chosen {
        audio: Some(of(TrackKind::Audio)?.index),
        subtitle: of(TrackKind::Subtitle).map(|track| track.index),
    })
}

/// What tells a version from the others: its own title or its resolution.
fn name(version: &Version, of: usize) -> Option<String> {
    let media = version.media;
    let resolution = || match media.video_resolution.text()? {
        lines if lines.bytes().all(|byte| byte.is_ascii_digit()) => Some(format!("{lines}p")),
        word => Some(word.to_uppercase()),
    };
    media.title.owned().or_else(resolution).filter(|_| of > 1)
}

/// The address of a file holds the time of its last change: `/library/parts/{id}/{time}/file.mkv`.
fn fingerprint(path: &str, size: Option<u64>) -> Option<String> {
    let changed = path.split('/').nth(4).filter(|word| !word.is_empty());
    let size = size.map(|size| size.to_string());
    match (changed, size) {
        (None, None) => None,
        (changed, size) => Some(format!(
            "{}-{}",
            changed.unwrap_or_default(),
            size.unwrap_or_default()
        )),
    }
}

fn language(stream: &wire::Stream) -> Option<String> {
    stream.language_code.owned().filter(|code| code != "und")
}

pub(super) fn track(stream: &wire::Stream) -> Option<Track> {
    let kind = match stream.stream_type.whole()? {
        1 => TrackKind::Video,
        2 => TrackKind::Audio,
        3 => TrackKind::Subtitle,
        _ => return None,
    };
    let number = |number: &Maybe<Number>| number.small().filter(|number| *number > 0);
    let external = stream.key.text().is_some();
    Some(Track {
        // What lies beside the file has no place in it.
        index: if external {
            stream.id.small()?
        } else {
            stream.index.small()?
        },
        kind,
        codec: stream.codec.owned().map(|codec| codec.to_ascii_lowercase()),
        language: language(stream),
        title: stream
            .title
            .owned()
            .or_else(|| stream.display_title.owned()),
        height: number(&stream.height),
        channels: number(&stream.channels),
        external,
    })
}

/// Words of a server for people: one line of at most 300 letters.
pub(super) fn words(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars()
        .filter(|sign| !sign.is_control())
        .take(300)
        .collect()
}

#[cfg(test)]
#[path = "credits_tests.rs"]
mod credits_tests;
#[cfg(test)]
#[path = "map_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "version_tests.rs"]
mod version_tests;
