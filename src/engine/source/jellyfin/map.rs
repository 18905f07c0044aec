//! From what Jellyfin sends to what Spool speaks; pure.

use std::time::Duration;

use serde_json::Value;

use super::wire::{self, Maybe, Number};
use super::{extras, stacked};
use crate::model::{
    AccountId, Artwork, Chapter, ImageId, Item, ItemId, Kind, Library, LibraryId, LibraryKind,
    Part, PartId, Progress, Resolution, Track, TrackKind, Unfit,
};
use crate::source::{Details, ExternalSubtitle};

/// A tick is 100 ns.
const TICKS_PER_SECOND: u64 = 10_000_000;

pub(super) fn duration(ticks: u64) -> Duration {
    Duration::from_nanos(ticks.saturating_mul(100))
}

/// Seconds since 1970 as the server writes them.
pub(super) fn date(seconds: i64) -> Option<String> {
    let at = jiff::Timestamp::from_second(seconds).ok()?;
    Some(at.strftime("%Y-%m-%dT%H:%M:%S.0000000Z").to_string())
}

pub(super) fn ticks(duration: Duration) -> u64 {
    let sub = u64::from(duration.subsec_nanos() / 100);
    duration
        .as_secs()
        .saturating_mul(TICKS_PER_SECOND)
        .saturating_add(sub)
}

/// A view as a library; `None` for views that hold nothing Spool plays (books, photos, live TV, playlists, collections).
pub(super) fn library(account: &AccountId, view: Value) -> Option<Library> {
    let view: wire::Item = serde_json::from_value(view).ok()?;
    let kind = match view
        .collection_type
        .text()
        .map(str::to_ascii_lowercase)
        .as_deref()
    {
        Some("movies") => LibraryKind::Movies,
        Some("tvshows") => LibraryKind::Shows,
        Some("music") => LibraryKind::Music,
        Some("homevideos" | "musicvideos") => LibraryKind::Videos,
        Some("books" | "photos" | "livetv" | "playlists" | "boxsets" | "trailers") => return None,
        // Absent: mixed. Unknown: whatever it holds of our kinds will be found.
        _ => LibraryKind::Mixed,
    };
    Some(Library {
        id: LibraryId::new(account.clone(), view.id.owned()?),
        title: view.name.owned().unwrap_or_else(|| "?".into()),
        kind,
    })
}

fn kind(text: &str) -> Option<Kind> {
    Some(match text {
        "Movie" => Kind::Movie,
        "Series" => Kind::Show,
        "Season" => Kind::Season,
        "Episode" => Kind::Episode,
        "MusicArtist" => Kind::Artist,
        "MusicAlbum" => Kind::Album,
        "Audio" => Kind::Track,
        "Video" | "MusicVideo" => Kind::Video,
        _ => return None,
    })
}

/// One element of a page. `None` when it is not of our kinds, has no id, or should have a file and has none (a missing
/// episode). A season whose episodes lie in the show's folder has no place of its own either, and is there all the same.
pub(super) fn item(account: &AccountId, library: Option<&LibraryId>, value: Value) -> Option<Item> {
    let wire: wire::Item = serde_json::from_value(value).ok()?;
    of_wire(account, library, &wire)
}

fn of_wire(account: &AccountId, library: Option<&LibraryId>, wire: &wire::Item) -> Option<Item> {
    let id = |key: &Maybe<String>| key.text().map(|key| ItemId::new(account.clone(), key));
    let kind = kind(wire.kind.text()?)?;
    if kind.is_playable() && wire.location_type.text() == Some("Virtual") {
        return None;
    }
    let title = wire.name.owned().unwrap_or_else(|| "?".into());
    let mut item = Item::new(id(&wire.id)?, kind, title);
    item.library = library.cloned();
    if let Some(sort) = wire.sort_name.text() {
        item.sort_title = sort.to_lowercase();
    }
    (item.parent, item.grandparent, item.context) = match kind {
        Kind::Season => (id(&wire.series_id), None, wire.series_name.owned()),
        Kind::Episode => (
            id(&wire.season_id),
            id(&wire.series_id),
            wire.series_name.owned(),
        ),
        Kind::Album => (None, None, artist(wire)),
        Kind::Track => (id(&wire.album_id), None, artist(wire)),
        Kind::Movie | Kind::Show | Kind::Artist | Kind::Video => (None, None, None),
    };
    item.artists = extras::credits(account, kind, wire);
    item.parent_index = wire.parent_index_number.small();
    item.index = wire.index_number.small();
    item.year = year(wire).filter(|_| kind != Kind::Artist);
    item.duration = wire
        .run_time_ticks
        .whole()
        .filter(|ticks| *ticks > 0)
        .map(duration);
    item.overview = wire.overview.owned();
    item.genres.clone_from(&wire.genres.0);
    item.content_rating = wire.official_rating.owned();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "one digit behind the point"
    )]
    let rating = wire.community_rating.float().map(|rating| rating as f32);
    item.rating = rating.filter(|rating| (0.0..=10.0).contains(rating));
    item.child_count = match kind {
        Kind::Show => wire.recursive_item_count.small(),
        _ => wire
            .child_count
            .small()
            .or(wire.recursive_item_count.small()),
    };
    item.resolution = resolution(kind, wire);
    item.artwork = artwork(account, kind, wire);
    item.added_at = wire.date_created.text().and_then(seconds);
    let data = wire.user_data.0.as_ref();
    item.favourite = data.is_some_and(|data| data.is_favorite.0 == Some(true));
    item.progress = match kind {
        Kind::Artist => Progress::default(),
        _ => data.map(progress).unwrap_or_default(),
    };
    item.own_rating = wire.user_data.0.as_ref().and_then(own_rating);
    Some(item)
}

/// The class of the finest version's picture; where versions are not told, of the first one's size.
fn resolution(kind: Kind, wire: &wire::Item) -> Option<Resolution> {
    if !kind.is_playable() || !kind.is_video() {
        return None;
    }
    let side = |number: &Maybe<Number>| number.small().unwrap_or(0);
    let streams = wire.media_sources.0.iter();
    let streams = streams.flat_map(|source| &source.media_streams.0);
    let finest = streams
        .filter(|stream| stream.kind.text() == Some("Video"))
        .filter_map(|stream| Resolution::of_size(side(&stream.width), side(&stream.height)))
        .max();
    finest.or_else(|| Resolution::of_size(side(&wire.width), side(&wire.height)))
}

/// What the user gave it; the server writes zero where it was taken back.
fn own_rating(data: &wire::UserData) -> Option<u8> {
    let points = data.rating.float()?.round();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is between 1 and 10"
    )]
    (1.0..=10.0).contains(&points).then_some(points as u8)
}

fn artist(wire: &wire::Item) -> Option<String> {
    wire.album_artist
        .owned()
        .or_else(|| wire.artists.0.first().cloned())
}

fn year(wire: &wire::Item) -> Option<i32> {
    let year = wire
        .production_year
        .small()
        .and_then(|year| i32::try_from(year).ok());
    let premiere = || wire.premiere_date.text()?.get(..4)?.parse().ok();
    year.or_else(premiere)
        .filter(|year| (1800..3000).contains(year))
}

/// Seconds since 1970 of an ISO 8601 date; Jellyfin writes UTC with seven decimals, alikes leave the zone out.
fn seconds(text: &str) -> Option<i64> {
    let timestamp = text.parse::<jiff::Timestamp>();
    let timestamp = timestamp.or_else(|_| format!("{text}Z").parse());
    timestamp.ok().map(jiff::Timestamp::as_second)
}

pub(super) fn progress(data: &wire::UserData) -> Progress {
    let watched = data.played.0.unwrap_or(false);
    Progress {
        position: data
            .playback_position_ticks
            .whole()
            .map(duration)
            .unwrap_or_default(),
        watched,
        unwatched_children: data.unplayed_item_count.small(),
        last_played: data.last_played_date.text().and_then(seconds),
    }
}

/// The pictures, an item's own before those of what is above it. A picture's key is `item/kind/tag`.
fn artwork(account: &AccountId, kind: Kind, wire: &wire::Item) -> Artwork {
    let image = |item: &Maybe<String>, kind: &str, tag: Option<&str>| {
        let key = format!("{}/{kind}/{}", item.text()?, tag?.trim());
        Some(ImageId::new(account.clone(), key))
    };
    let tags = wire.image_tags.0.as_ref();
    let own =
        |tag: Option<&Maybe<String>>, name| image(&wire.id, name, tag.and_then(|tag| tag.text()));
    let primary = own(tags.map(|tags| &tags.primary), "Primary");
    let thumb = own(tags.map(|tags| &tags.thumb), "Thumb");
    let series = || {
        image(
            &wire.series_id,
            "Primary",
            wire.series_primary_image_tag.text(),
        )
    };
    let album = || {
        image(
            &wire.album_id,
            "Primary",
            wire.album_primary_image_tag.text(),
        )
    };
    let parent_thumb = || {
        let tag = wire.parent_thumb_image_tag.text();
        image(&wire.parent_thumb_item_id, "Thumb", tag)
    };
    let first = |tags: &wire::Many<String>| tags.0.first().cloned();
    let backdrop = image(
        &wire.id,
        "Backdrop",
        first(&wire.backdrop_image_tags).as_deref(),
    );
    let parent_backdrop = || {
        let tag = first(&wire.parent_backdrop_image_tags);
        image(&wire.parent_backdrop_item_id, "Backdrop", tag.as_deref())
    };
    let (poster, thumb) = match kind {
        // An episode's own picture is a wide frame of it.
        Kind::Episode => (series(), primary.or(thumb).or_else(parent_thumb)),
        Kind::Season => (primary.or_else(series), thumb.or_else(parent_thumb)),
        Kind::Track => (primary.or_else(album), None),
        Kind::Video => (primary.clone(), thumb.or(primary)),
        Kind::Movie | Kind::Show | Kind::Artist | Kind::Album => (primary, thumb),
    };
    Artwork {
        poster,
        backdrop: backdrop.or_else(parent_backdrop),
        thumb,
    }
}

/// One item with its versions, chapters and the subtitles beside them. `further` are the other files of a film in several.
pub(super) fn details(
    account: &AccountId,
    value: Value,
    further: &[wire::Item],
) -> Option<Details> {
    let wire: wire::Item = serde_json::from_value(value).ok()?;
    let mut item = of_wire(account, None, &wire)?;
    let pieces = stacked::lay(&wire, further);
    stacked::complete(&mut item, &pieces, further);
    let sources = &wire.media_sources.0;
    let main = stacked::own_source(&wire);
    let mut subtitles = Vec::new();
    for (place, source) in sources.iter().enumerate() {
        let Some(mut own) = part(&item.id, item.kind, None, source) else {
            continue;
        };
        subtitles.extend(beside(&own.id, source));
        let in_pieces = main == Some(place);
        own.piece = pieces.first().copied().filter(|_| in_pieces);
        item.parts.push(own);
        if in_pieces {
            for (piece, file) in pieces.iter().skip(1).zip(further) {
                let Some((mut next, source)) = stacked::part(&item.id, file) else {
                    continue;
                };
                subtitles.extend(beside(&next.id, source));
                next.piece = Some(*piece);
                item.parts.push(next);
            }
        }
    }
    item.chapters = wire.chapters.0.iter().filter_map(chapter).collect();
    for (piece, file) in pieces.iter().skip(1).zip(further) {
        let chapters = file.chapters.0.iter().filter_map(chapter);
        item.chapters.extend(chapters.map(|chapter| Chapter {
            start: piece.begins_at + chapter.start,
            ..chapter
        }));
    }
    item.chapters.sort_by_key(|chapter| chapter.start);
    Some(Details {
        subtitles,
        people: extras::people(account, &wire.people.0),
        ..Details::of(item)
    })
}

/// The subtitles beside a file.
fn beside(part: &PartId, source: &wire::MediaSource) -> Vec<ExternalSubtitle> {
    let mut subtitles = extras::subtitles(source, extras::Where::Beside);
    for subtitle in &mut subtitles {
        stacked::assign(subtitle, part);
    }
    subtitles
}

fn chapter(wire: &wire::Chapter) -> Option<Chapter> {
    Some(Chapter {
        start: duration(wire.start_position_ticks.whole()?),
        title: wire.name.owned().unwrap_or_default(),
    })
}

/// A file of a title; `title` is the hidden title that a further file of a film has.
pub(super) fn part(
    item: &ItemId,
    kind: Kind,
    title: Option<&str>,
    source: &wire::MediaSource,
) -> Option<Part> {
    let key = PartKey {
        audio: kind == Kind::Track,
        title,
        source: source.id.text()?,
    };
    let size = source.size.whole().filter(|size| *size > 0);
    Some(Part {
        id: PartId::new(item.clone(), key.to_string()),
        name: source.name.owned(),
        container: container(source),
        size,
        bitrate: source.bitrate.whole(),
        fingerprint: fingerprint(source.etag.text(), size),
        tracks: source.media_streams.0.iter().filter_map(track).collect(),
        chosen: extras::chosen(source),
        unfit: unfit(source),
        piece: None,
    })
}

/// Dolby Vision whose picture is for no other screen is called `DOVI` alone; where there is one, it is named behind that.
fn unfit(source: &wire::MediaSource) -> Option<Unfit> {
    let disc = ["Iso", "Dvd", "BluRay"];
    let kind = source.video_type.text();
    if source.iso_type.text().is_some() || kind.is_some_and(|kind| disc.contains(&kind)) {
        return Some(Unfit::Disc);
    }
    let mut streams = source.media_streams.0.iter();
    let alone = streams.any(|stream| stream.video_range_type.text() == Some("DOVI"));
    alone.then_some(Unfit::Colours)
}

/// The media source's `ETag` comes from the file's modification time; its size tells more apart.
fn fingerprint(etag: Option<&str>, size: Option<u64>) -> Option<String> {
    let size = size.map(|size| size.to_string());
    match (etag, size) {
        (None, None) => None,
        (etag, size) => Some(format!(
            "{}-{}",
            etag.unwrap_or_default(),
            size.unwrap_or_default()
        )),
    }
}

/// The server may name all containers of a family ("mov,mp4,m4a"); the file's own extension chooses among them.
fn container(source: &wire::MediaSource) -> Option<String> {
    let names: Vec<&str> = source.container.text()?.split(',').map(str::trim).collect();
    let extension = source
        .path
        .text()
        .and_then(|path| path.rsplit_once('.'))
        .map(|(_, end)| end);
    let own = names
        .iter()
        .find(|name| extension.is_some_and(|end| end.eq_ignore_ascii_case(name)));
    own.or(names.first()).map(|name| name.to_ascii_lowercase())
}

fn track(stream: &wire::MediaStream) -> Option<Track> {
    let kind = match stream.kind.text()? {
        "Video" => TrackKind::Video,
        "Audio" => TrackKind::Audio,
        "Subtitle" => TrackKind::Subtitle,
        _ => return None,
    };
    let number = |number: &Maybe<Number>| number.small().filter(|number| *number > 0);
    Some(Track {
        index: stream.index.small()?,
        kind,
        codec: stream.codec.owned().map(|codec| codec.to_ascii_lowercase()),
        language: stream.language.owned().filter(|code| code != "und"),
        title: stream
            .title
            .owned()
            .or_else(|| stream.display_title.owned()),
        height: number(&stream.height),
        channels: number(&stream.channels),
        external: stream.is_external.0.unwrap_or(false),
    })
}

/// The key of a part: the media source's id, whether its bytes are behind the audio address, and of a further file of a film
/// the title that the server has for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PartKey<'a> {
    pub(super) audio: bool,
    pub(super) title: Option<&'a str>,
    pub(super) source: &'a str,
}

const AUDIO: &str = "audio/";
const PIECE: &str = "piece/";

impl<'a> PartKey<'a> {
    pub(super) fn parse(key: &'a str) -> Self {
        let further = key
            .strip_prefix(PIECE)
            .and_then(|rest| rest.split_once('/'));
        match (key.strip_prefix(AUDIO), further) {
            (Some(source), _) => Self {
                audio: true,
                title: None,
                source,
            },
            (None, Some((title, source))) => Self {
                audio: false,
                title: Some(title),
                source,
            },
            (None, None) => Self {
                audio: false,
                title: None,
                source: key,
            },
        }
    }

    /// The server's key of the title that a part's file belongs to.
    pub(super) fn title_of(part: &'a PartId) -> &'a str {
        Self::parse(part.key()).title.unwrap_or(part.item().key())
    }
}

impl std::fmt::Display for PartKey<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.title {
            Some(title) => write!(f, "{PIECE}{title}/{}", self.source),
            None if self.audio => write!(f, "{AUDIO}{}", self.source),
            None => f.write_str(self.source),
        }
    }
}

#[cfg(test)]
#[path = "map_tests.rs"]
mod tests;
