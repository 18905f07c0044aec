//! What Jellyfin knows of a title besides its file: segments, pictures for the seek bar, subtitles, people, lyrics, collections;
//! pure.

use std::time::Duration;

use serde_json::Value;

use super::map::duration;
use super::wire;
use crate::model::{AccountId, Chosen, Credit, ImageId, ItemId, Kind, Marker, MarkerKind};
use crate::source::{
    Collection, CollectionKind, ExternalSubtitle, LyricLine, Person, PreviewStrip, Supply,
};

/// Pictures for the seek bar are shown at about this width.
const PREVIEW_WIDTH: u32 = 320;
/// A title page shows fewer.
const MOST_PEOPLE: usize = 40;
/// A song has fewer lines.
const MOST_LINES: usize = 2000;
/// More artists of one title than these are not read.
const MOST_CREDITS: usize = 30;
/// Ids of playlists begin with this: they are asked at an address of their own.
const PLAYLIST: &str = "playlist/";

/// `GET /MediaSegments/{id}` as stretches to skip.
pub(super) fn markers(segments: &[wire::Segment]) -> Vec<Marker> {
    let marker = |segment: &wire::Segment| {
        let kind = match segment.kind.text()? {
            "Intro" => MarkerKind::Intro,
            "Outro" => MarkerKind::Outro,
            "Recap" => MarkerKind::Recap,
            "Commercial" => MarkerKind::Commercial,
            "Preview" => MarkerKind::Preview,
            _ => return None,
        };
        Some(Marker {
            kind,
            start: duration(segment.start_ticks.whole()?),
            end: duration(segment.end_ticks.whole()?),
        })
    };
    Marker::sorted(segments.iter().filter_map(marker).collect())
}

/// The strip of a media source among those of an item's `Trickplay`; of several widths the one nearest to what is shown.
pub(super) fn previews(trickplay: &Value, source: &str) -> Option<PreviewStrip> {
    let plain = |id: &str| id.replace('-', "").to_lowercase();
    let of_source = trickplay.as_object()?.iter();
    let mut of_source = of_source.filter(|(id, _)| plain(id) == plain(source));
    let widths = of_source.next()?.1.as_object()?;
    let strips = widths.iter().filter_map(|(width, about)| {
        let width = width.parse::<u32>().ok()?;
        let about: wire::Trickplay = serde_json::from_value(about.clone()).ok()?;
        Some((width, strip(source, width, &about)?))
    });
    let nearest = strips.min_by_key(|(width, _)| width.abs_diff(PREVIEW_WIDTH));
    nearest.map(|(_, strip)| strip)
}

fn strip(source: &str, width: u32, about: &wire::Trickplay) -> Option<PreviewStrip> {
    let count = about.thumbnail_count.small()?;
    let interval = Duration::from_millis(about.interval.whole()?);
    let grid = (about.tile_width.small()?, about.tile_height.small()?);
    let mut strip = PreviewStrip::regular(format!("{source}/{width}"), count, interval, grid)?;
    let size = about.width.small().zip(about.height.small());
    strip.size =
        size.filter(|(width, height)| (1..=4096).contains(width) && (1..=4096).contains(height));
    Some(strip)
}

/// Media source and width of a strip's key.
pub(super) fn strip_key(key: &str) -> Option<(&str, &str)> {
    let (source, width) = key.rsplit_once('/')?;
    let number = !width.is_empty() && width.bytes().all(|byte| byte.is_ascii_digit());
    number.then_some((source, width))
}

/// Who took part, each person once.
pub(super) fn people(account: &AccountId, people: &[wire::Person]) -> Vec<Person> {
    let mut known: Vec<Person> = Vec::new();
    for wire in people.iter().take(4 * MOST_PEOPLE) {
        let Some(name) = wire.name.owned() else {
            continue;
        };
        let key = wire.id.owned();
        // Whom they play, or what they did.
        let role = wire.role.owned().or_else(|| wire.kind.owned());
        if let Some(same) = known
            .iter_mut()
            .find(|person| person.name == name && person.key == key)
        {
            let more = role.filter(|role| same.role.as_ref() != Some(role));
            if let (Some(before), Some(more)) = (same.role.as_mut(), more) {
                before.push_str(", ");
                before.push_str(&more);
            }
            continue;
        }
        let picture = key.as_deref().zip(wire.primary_image_tag.text());
        let picture =
            picture.map(|(id, tag)| ImageId::new(account.clone(), format!("{id}/Primary/{tag}")));
        known.push(Person {
            key,
            name,
            role,
            picture,
        });
        if known.len() == MOST_PEOPLE {
            break;
        }
    }
    known
}

/// Who an album or a track is by. Where a server tells no ids, names are all there is.
pub(super) fn credits(account: &AccountId, kind: Kind, wire: &wire::Item) -> Vec<Credit> {
    let named = match kind {
        Kind::Album => &wire.album_artists.0,
        Kind::Track => &wire.artist_items.0,
        _ => return Vec::new(),
    };
    let credit = |named: &wire::Named| {
        Some(Credit {
            artist: named.id.text().map(|id| ItemId::new(account.clone(), id)),
            name: named.name.owned()?,
        })
    };
    let known: Vec<Credit> = named.iter().filter_map(credit).take(MOST_CREDITS).collect();
    if !known.is_empty() {
        return known;
    }
    let names = wire.album_artist.owned().filter(|_| kind == Kind::Album);
    let names = names.into_iter().chain(wire.artists.0.iter().cloned());
    let bare = |name| Credit { artist: None, name };
    let most = match kind {
        Kind::Album => 1,
        _ => MOST_CREDITS,
    };
    names.take(most).map(bare).collect()
}

/// `GET /Audio/{id}/Lyrics`, moved by the file's own offset.
pub(super) fn lyrics(wire: &wire::Lyrics) -> Vec<LyricLine> {
    let metadata = wire.metadata.0.as_ref();
    let offset = metadata.and_then(|metadata| metadata.offset.float());
    #[expect(clippy::cast_possible_truncation, reason = "a day in ticks fits 2^53")]
    let offset = offset.filter(|ticks| ticks.abs() < 864e9).unwrap_or(0.0) as i64;
    let lines = wire.lyrics.0.iter().take(MOST_LINES);
    let line = |line: &wire::LyricLine| {
        let at = line.start.whole();
        LyricLine {
            // A positive offset shows a line earlier.
            at: at.map(|ticks| duration(ticks.saturating_add_signed(-offset))),
            text: line.text.0.clone().unwrap_or_default().trim().to_owned(),
        }
    };
    lines.map(line).collect()
}

/// A collection or playlist.
pub(super) fn collection(account: &AccountId, value: Value) -> Option<Collection> {
    let wire: wire::Item = serde_json::from_value(value).ok()?;
    let own = wire.id.text()?;
    let (kind, key) = match wire.kind.text()? {
        "BoxSet" => (CollectionKind::Collection, own.to_owned()),
        "Playlist" => (CollectionKind::Playlist, format!("{PLAYLIST}{own}")),
        _ => return None,
    };
    let tags = wire.image_tags.0.as_ref();
    let tag = tags.and_then(|tags| tags.primary.text());
    Some(Collection {
        id: ItemId::new(account.clone(), key),
        kind,
        title: wire.name.owned().unwrap_or_else(|| "?".into()),
        count: wire.child_count.small(),
        poster: tag.map(|tag| ImageId::new(account.clone(), format!("{own}/Primary/{tag}"))),
    })
}

/// The server's own id of a playlist, or `None` for other ids.
pub(super) fn playlist(key: &str) -> Option<&str> {
    key.strip_prefix(PLAYLIST)
}

/// Where subtitles are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Where {
    /// In files of their own.
    Beside,
    /// In the file of the title; the server takes them out.
    Inside,
}

/// The streams that the server would play for this user. It says none of a subtitle as nothing or as -1.
pub(super) fn chosen(source: &wire::MediaSource) -> Option<Chosen> {
    Some(Chosen {
        audio: Some(source.default_audio_stream_index.small()?),
        subtitle: source.default_subtitle_stream_index.small(),
    })
}

/// Subtitles of a file, and how they can be had: a server gives the text of a film in MP4 as SubRip, and draws pictures that are
/// inside the file into the picture of a stream.
pub(super) fn subtitles(source: &wire::MediaSource, place: Where) -> Vec<ExternalSubtitle> {
    let Some(id) = source.id.text() else {
        return Vec::new();
    };
    let found = source.media_streams.0.iter().filter_map(|stream| {
        let external = stream.is_external.0.unwrap_or(false);
        if stream.kind.text() != Some("Subtitle") {
            return None;
        }
        let (codec, index) = (stream.codec.text()?, stream.index.small()?);
        let text = match codec {
            "mov_text" if place == Where::Inside => Some("srt"),
            codec => ExternalSubtitle::format_of(codec),
        };
        let (format, supply) = match (text, place) {
            (Some(format), Where::Beside) if external => (format, Supply::File),
            (Some(format), Where::Inside) if !external => (format, Supply::Extracted),
            (None, Where::Inside) => (ExternalSubtitle::pictures_of(codec)?, Supply::Drawn(index)),
            _ => return None,
        };
        let named = stream
            .title
            .owned()
            .or_else(|| stream.display_title.owned());
        let language = stream.language.owned().filter(|code| code != "und");
        Some(ExternalSubtitle {
            title: named.or_else(|| language.clone()).unwrap_or_default(),
            language,
            format: format.into(),
            key: format!("{id}/{index}/{format}"),
            index: Some(index),
            supply,
            part: None,
        })
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn segments_become_markers_and_unknown_ones_are_left_out() {
        let segments: wire::Many<wire::Segment> = read(json!([
            {"Type": "Outro", "StartTicks": 600_000_000, "EndTicks": "900000000"},
            {"Type": "Intro", "StartTicks": 0, "EndTicks": 300_000_000},
            {"Type": "Unknown", "StartTicks": 0, "EndTicks": 300_000_000},
            {"Type": "Hologram", "StartTicks": 0, "EndTicks": 300_000_000},
            {"Type": "Recap", "StartTicks": 300_000_000, "EndTicks": 0},
            {"Type": "Recap"},
            null, 7,
        ]));
        let found = markers(&segments.0);
        let seconds: Vec<_> = found
            .iter()
            .map(|marker| (marker.kind, marker.start.as_secs(), marker.end.as_secs()))
            .collect();
        assert_eq!(
            seconds,
            [(MarkerKind::Intro, 0, 30), (MarkerKind::Outro, 60, 90)]
        );
    }

    #[test]
    fn the_strip_nearest_to_what_is_shown_is_taken() {
        let about = json!({"Width": 320, "Height": 180, "TileWidth": 10, "TileHeight": 10, "ThumbnailCount": 12, "Interval": 10_000});
        let trickplay = json!({
            "0F-0f": {"160": about, "320": about, "1920": about, "x": about},
            "other": {"320": about},
        });
        let strip = previews(&trickplay, "0f0f").unwrap();
        assert_eq!(strip.key, "0f0f/320");
        assert_eq!((strip.grid(), strip.size), ((10, 10), Some((320, 180))));
        assert_eq!(strip_key(&strip.key), Some(("0f0f", "320")));
        assert_eq!(strip_key("a/../b"), None);
        let broken = json!({"0f0f": {"320": {"Interval": 0, "ThumbnailCount": 3}}});
        for none in [
            json!(null),
            json!({}),
            json!([]),
            json!({"0f0f": 5}),
            broken,
        ] {
            assert_eq!(previews(&none, "0f0f"), None, "{none}");
        }
    }

    #[test]
    fn people_are_named_once_with_all_they_did() {
        let wire: wire::Many<wire::Person> = read(json!([
            {"Name": "Ada", "Id": "p1", "Role": "Lead", "Type": "Actor", "PrimaryImageTag": "t"},
            {"Name": "Bo", "Type": "Director"},
            {"Name": "Ada", "Id": "p1", "Type": "Writer"},
            {"Id": "p3"},
            "text",
        ]));
        let account = AccountId::random();
        let people = people(&account, &wire.0);
        let named: Vec<_> = people
            .iter()
            .map(|person| (person.name.as_str(), person.role.as_deref()))
            .collect();
        assert_eq!(
            named,
            [("Ada", Some("Lead, Writer")), ("Bo", Some("Director"))]
        );
        assert_eq!(people[0].picture.as_ref().unwrap().key(), "p1/Primary/t");
        assert_eq!(people[1].picture, None);
    }

    #[test]
    fn lyrics_keep_their_pauses_and_their_offset() {
        let wire: wire::Lyrics = read(json!({
            "Metadata": {"Offset": 5_000_000},
            "Lyrics": [
                {"Text": " First ", "Start": 20_000_000},
                {"Text": "", "Start": 0},
                {"Text": "Untimed"},
                null,
            ],
        }));
        let lines = lyrics(&wire);
        let at: Vec<_> = lines
            .iter()
            .map(|line| (line.at.map(|at| at.as_millis()), line.text.as_str()))
            .collect();
        assert_eq!(
            at,
            [(Some(1500), "First"), (Some(0), ""), (None, "Untimed")]
        );
        assert_eq!(lyrics(&read(json!({"Lyrics": "no"}))), []);
    }

    #[test]
    fn collections_and_playlists() {
        let account = AccountId::random();
        let of = |value| collection(&account, value);
        let set =
            of(json!({"Id": "b1", "Type": "BoxSet", "Name": "Trilogy", "ChildCount": 3})).unwrap();
        assert_eq!((set.kind, set.count), (CollectionKind::Collection, Some(3)));
        let list =
            of(json!({"Id": "l1", "Type": "Playlist", "ImageTags": {"Primary": "t"}})).unwrap();
        assert_eq!(playlist(list.id.key()), Some("l1"));
        assert_eq!(list.poster.unwrap().key(), "l1/Primary/t");
        assert_eq!(playlist(set.id.key()), None);
        for none in [
            json!({"Id": "m", "Type": "Movie"}),
            json!({"Type": "BoxSet"}),
            json!(3),
        ] {
            assert_eq!(of(none), None);
        }
    }
}
