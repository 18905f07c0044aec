//! Subtitles beside a file and inside it, as Plex describes them, and how each can be had; pure.

use super::map;
use super::wire;
use crate::model::TrackKind;
use crate::source::{ExternalSubtitle, Supply};

/// Keys of texts inside files begin with this; those beside them are a number and a format.
const INSIDE: &str = "inside";

/// A text inside a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Inside<'a> {
    /// The part's key.
    pub(super) part: &'a str,
    /// The server's number of the stream.
    pub(super) stream: u64,
    /// The format it is asked for in.
    pub(super) format: &'static str,
}

/// The text inside a file that a key names; `None` for other keys.
pub(super) fn inside_of(key: &str) -> Option<Inside<'_>> {
    let rest = key.strip_prefix(INSIDE)?.strip_prefix('/')?;
    let (rest, format) = rest.rsplit_once('/')?;
    let (part, stream) = rest.rsplit_once('/')?;
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let format = ["srt", "ass"].into_iter().find(|known| *known == format)?;
    (plain(part) && plain(stream)).then_some(Inside {
        part,
        stream: stream.parse().ok()?,
        format,
    })
}

/// The texts beside a file.
pub(super) fn beside(part: &wire::Part) -> Vec<ExternalSubtitle> {
    let texts = part.streams.0.iter().filter(|stream| is_beside(stream));
    let texts = texts.filter_map(|stream| {
        let format = ExternalSubtitle::format_of(stream.codec.text()?)?;
        let key = format!("{}.{format}", stream.id.whole()?);
        described(stream, format, key, Supply::File)
    });
    texts.collect()
}

/// What a stream made of a file goes without: the texts inside it, which the server takes out, and pictures, which it draws.
pub(super) fn inside(part: &wire::Part) -> Vec<ExternalSubtitle> {
    let all = part.streams.0.iter();
    let all = all.filter(|stream| stream.stream_type.whole() == Some(3));
    all.filter_map(|stream| {
        let (id, codec) = (stream.id.whole()?, stream.codec.text()?);
        let track = map::track(stream)?;
        if let Some(format) = ExternalSubtitle::pictures_of(codec) {
            let key = format!("pictures/{id}");
            return described(stream, format, key, Supply::Drawn(track.index));
        }
        let format = match codec.to_ascii_lowercase().as_str() {
            "mov_text" => "srt",
            codec => match ExternalSubtitle::format_of(codec)? {
                // Styles are kept where there are some; all else becomes lines with times.
                "ass" | "ssa" => "ass",
                _ => "srt",
            },
        };
        let part = part.id.text()?;
        let key = format!("{INSIDE}/{part}/{id}/{format}");
        described(stream, format, key, Supply::Extracted).filter(|_| !track.external)
    })
    .collect()
}

fn is_beside(stream: &wire::Stream) -> bool {
    stream.stream_type.whole() == Some(3) && stream.key.text().is_some()
}

fn described(
    stream: &wire::Stream,
    format: &str,
    key: String,
    supply: Supply,
) -> Option<ExternalSubtitle> {
    let track = map::track(stream)?;
    Some(ExternalSubtitle {
        title: track
            .title
            .or_else(|| track.language.clone())
            .unwrap_or_default(),
        language: track.language,
        format: format.into(),
        key,
        index: Some(track.index),
        supply,
        part: None,
    })
}

/// The server's number of a part's stream of that kind, by our index of it.
pub(super) fn number_of(part: &wire::Part, kind: TrackKind, index: u32) -> Option<u64> {
    let mut all =
        part.streams.0.iter().filter(|stream| {
            map::track(stream).is_some_and(|it| it.kind == kind && it.index == index)
        });
    all.next()?.id.whole()
}

/// The number of the subtitle that this user has chosen on the server; 0 for none, as the server itself says it.
pub(super) fn chosen(part: &wire::Part) -> u64 {
    let mut all = part.streams.0.iter();
    let chosen = all.find(|one| one.stream_type.whole() == Some(3) && one.selected.yes());
    chosen.and_then(|stream| stream.id.whole()).unwrap_or(0)
}

/// Codecs of a part's picture and of the sound that would play, for a stream in which neither is converted.
pub(super) fn codecs(part: &wire::Part) -> (Option<&str>, Option<&str>) {
    let of = |kind: u64| {
        let all = part.streams.0.iter();
        let all = all.filter(move |stream| stream.stream_type.whole() == Some(kind));
        let chosen = all.clone().find(|stream| stream.selected.yes());
        let codec = chosen.or_else(|| all.clone().next())?.codec.text()?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        Some(codec).filter(|codec| codec.bytes().all(plain))
    };
    (of(1), of(2))
}

/// What a decision makes of a subtitle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It comes as text.
    Text,
    /// It is drawn into the picture.
    Drawn,
}

/// What a decision makes of the subtitle with this number; `None` when it leaves it out.
pub(super) fn fate(decided: &wire::Decision, number: u64) -> Option<Fate> {
    let items = decided.metadata.0.iter().flat_map(|item| &item.media.0);
    let mut streams = items
        .flat_map(|media| &media.parts.0)
        .flat_map(|part| &part.streams.0);
    let ours =
        streams.find(|one| one.stream_type.whole() == Some(3) && one.id.whole() == Some(number))?;
    match ours.decision.text() {
        _ if ours.burn.yes() => Some(Fate::Drawn),
        Some("burn") => Some(Fate::Drawn),
        Some("ignore" | "none") => None,
        _ => Some(Fate::Text),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn part(streams: &Value) -> wire::Part {
        serde_json::from_value(json!({ "id": 7, "Stream": streams })).unwrap()
    }

    #[test]
    fn a_stream_goes_without_what_is_inside_and_each_can_be_had_in_its_own_way() {
        let part = part(&json!([
            { "id": 1, "streamType": 1, "index": 0, "codec": "h264" },
            { "id": 2, "streamType": 2, "index": 1, "codec": "aac", "selected": true },
            { "id": "3", "streamType": 3, "index": 2, "codec": "srt", "languageCode": "eng", "displayTitle": "English (SRT)" },
            { "id": 4, "streamType": 3, "index": 3, "codec": "ASS", "selected": "1" },
            { "id": 5, "streamType": 3, "index": 4, "codec": "mov_text" },
            { "id": 6, "streamType": 3, "index": 5, "codec": "pgs", "languageCode": "deu" },
            { "id": 7, "streamType": 3, "index": 6, "codec": "vobsub" },
            { "id": 8, "streamType": 3, "key": "/library/streams/8", "codec": "srt" },
            { "id": 9, "streamType": 3, "index": 7, "codec": "hologram" },
            { "streamType": 3, "index": 8, "codec": "srt" }, null, 5,
        ]));
        let told: Vec<_> = inside(&part)
            .into_iter()
            .map(|one| (one.key, one.format, one.supply))
            .collect();
        let row = |key: &str, format: &str, supply| (key.to_owned(), format.to_owned(), supply);
        assert_eq!(
            told,
            [
                row("inside/7/3/srt", "srt", Supply::Extracted),
                row("inside/7/4/ass", "ass", Supply::Extracted),
                row("inside/7/5/srt", "srt", Supply::Extracted),
                row("pictures/6", "pgs", Supply::Drawn(5)),
                row("pictures/7", "vobsub", Supply::Drawn(6)),
            ]
        );
        let keys: Vec<_> = beside(&part).into_iter().map(|one| one.key).collect();
        assert_eq!(keys, ["8.srt"]);
        assert_eq!(chosen(&part), 4);
        assert_eq!(number_of(&part, TrackKind::Subtitle, 5), Some(6));
        assert_eq!(number_of(&part, TrackKind::Audio, 5), None);
        assert_eq!(codecs(&part), (Some("h264"), Some("aac")));
    }

    #[test]
    fn keys_name_one_text_and_nothing_else() {
        let found = inside_of("inside/7/3/srt").unwrap();
        assert_eq!((found.part, found.stream, found.format), ("7", 3, "srt"));
        for key in [
            "8.srt",
            "inside/7/3",
            "inside/7/3/exe",
            "inside/../3/srt",
            "inside/7/x/srt",
            "inside//3/srt",
            "inside/7/8/3/srt",
            "pictures/6",
        ] {
            assert_eq!(inside_of(key), None, "{key}");
        }
    }

    #[test]
    fn a_decision_says_what_becomes_of_a_subtitle() {
        let text = include_str!("../../../../tests/fixtures/plex/stream_decision.json");
        let recorded: wire::Answer<wire::Decision> = serde_json::from_str(text).unwrap();
        assert_eq!(fate(&recorded.container, 566_077), Some(Fate::Drawn));
        assert_eq!(fate(&recorded.container, 566_076), None, "that is a sound");
        let of = |fields: Value| {
            let mut stream = json!({ "id": 3, "streamType": 3 });
            stream
                .as_object_mut()
                .unwrap()
                .extend(fields.as_object().unwrap().clone());
            let item = json!({ "Media": [{ "Part": [{ "Stream": [stream] }] }] });
            fate(
                &serde_json::from_value(json!({ "Metadata": [item] })).unwrap(),
                3,
            )
        };
        assert_eq!(of(json!({ "decision": "copy" })), Some(Fate::Text));
        assert_eq!(of(json!({ "decision": "transcode" })), Some(Fate::Text));
        assert_eq!(of(json!({ "decision": "ignore" })), None);
        assert_eq!(of(json!({ "burn": true })), Some(Fate::Drawn));
    }
}
