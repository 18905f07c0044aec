//! Lyrics of tracks: streams of a kind of their own beside the file, as a text with times, or as Plex's own lines.

use std::borrow::Cow;
use std::time::Duration;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde::Deserialize;

use super::wire::{Answer, Many, Maybe, Number, Part, Word};
use super::{Plex, SUBTITLE_LIMIT, map};
use crate::model::ItemId;
use crate::source::{LyricLine, lyrics};
use crate::source_error::SourceError;

/// The kind of streams that are lyrics.
const KIND: u64 = 4;

/// Plex's own form of lyrics.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Texts {
    #[serde(rename = "Lyrics")]
    lyrics: Many<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Text {
    #[serde(rename = "Line")]
    lines: Many<Line>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Line {
    start_offset: Maybe<Number>,
    #[serde(rename = "Span")]
    spans: Many<Span>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Span {
    start_offset: Maybe<Number>,
    text: Maybe<Word>,
}

impl Plex {
    pub(super) async fn lyrics_of(&self, track: &ItemId) -> Result<Vec<LyricLine>, SourceError> {
        let wire = self.wire_item(track).await?;
        let part = map::versions(&wire).next().map(|version| version.part);
        let Some(number) = part.and_then(best) else {
            return Ok(Vec::new());
        };
        let number = number.to_string();
        let segments = ["library", "streams", number.as_str()];
        match self.bytes(&segments, &[], SUBTITLE_LIMIT).await {
            Ok(text) => Ok(read(&String::from_utf8_lossy(&text))),
            Err(SourceError::Gone) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}

/// The lyrics to show: with times where there are some.
fn best(part: &Part) -> Option<u64> {
    let all = part.streams.0.iter();
    let all = all.filter(|stream| stream.stream_type.whole() == Some(KIND));
    let timed = |format: &Maybe<String>| {
        format
            .text()
            .is_some_and(|format| format.eq_ignore_ascii_case("lrc"))
    };
    let is_timed = |stream: &&super::wire::Stream| {
        stream.timed.yes() || timed(&stream.format) || timed(&stream.codec)
    };
    let found = all.clone().find(is_timed).or_else(|| all.clone().next());
    found?.id.whole()
}

/// A text with times, or Plex's own lines in either of its dialects.
fn read(text: &str) -> Vec<LyricLine> {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    if start.starts_with('{')
        && let Ok(answer) = serde_json::from_str::<Answer<Texts>>(start)
    {
        return answer
            .container
            .lyrics
            .0
            .first()
            .map(of_json)
            .unwrap_or_default();
    }
    if start.starts_with("<?xml") || start.starts_with("<MediaContainer") {
        return of_xml(start);
    }
    lyrics::read(text)
}

fn of_json(text: &Text) -> Vec<LyricLine> {
    let lines = text.lines.0.iter().take(lyrics::MOST_LINES);
    let line = |line: &Line| {
        let words = line.spans.0.iter().filter_map(|span| span.text.text());
        let first = line.spans.0.first();
        let start = line.start_offset.whole();
        let start = start.or_else(|| first?.start_offset.whole());
        LyricLine {
            at: start.map(Duration::from_millis),
            text: lyrics::joined(words),
        }
    };
    lines.map(line).collect()
}

/// Stops at what cannot be understood.
fn of_xml(text: &str) -> Vec<LyricLine> {
    let mut reader = Reader::from_str(text);
    let mut lines: Vec<(Option<u64>, Vec<String>)> = Vec::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(element) | Event::Empty(element)) => match element.name().as_ref() {
                // Only the first of several.
                "Lyrics" if !lines.is_empty() => break,
                "Line" if lines.len() < lyrics::MOST_LINES => {
                    lines.push((millis(&element), Vec::new()));
                }
                "Span" => {
                    if let Some((start, words)) = lines.last_mut() {
                        *start = start.or_else(|| millis(&element));
                        words.extend(attribute(&element, "text"));
                    }
                }
                _ => {}
            },
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
    }
    let line = |(start, words): (Option<u64>, Vec<String>)| LyricLine {
        at: start.map(Duration::from_millis),
        text: lyrics::joined(words.iter().map(String::as_str)),
    };
    lines.into_iter().map(line).collect()
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut all = element.attributes().filter_map(Result::ok);
    let found = all.find(|one| one.key.as_ref() == name)?;
    let plain = || found.value.clone().into_owned();
    Some(quick_xml::escape::unescape(&found.value).map_or_else(|_| plain(), Cow::into_owned))
}

fn millis(element: &BytesStart<'_>) -> Option<u64> {
    attribute(element, "startOffset")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(text: &str) -> Vec<(Option<u128>, String)> {
        let lines = read(text).into_iter();
        lines
            .map(|line| (line.at.map(|at| at.as_millis()), line.text))
            .collect()
    }

    #[test]
    fn the_same_lines_in_each_form() {
        let expected = [
            (Some(1500), "First & last".to_owned()),
            (Some(4000), String::new()),
            (Some(6000), "Two".to_owned()),
        ];
        assert_eq!(
            told("[00:01.50]First & last\n[00:04.00]\n[00:06]Two"),
            expected
        );
        let json = json!({ "MediaContainer": { "size": 1, "Lyrics": [{ "timed": "1", "Line": [
            { "startOffset": 1500, "Span": [{ "text": "First &", "startOffset": "1500" }, { "text": "last" }] },
            { "startOffset": "4000" },
            { "Span": [{ "startOffset": 6000, "text": "Two" }] },
        ] }, { "Line": [{ "Span": [{ "text": "other" }] }] }] } });
        assert_eq!(told(&json.to_string()), expected);
        let xml = "<?xml version=\"1.0\"?>\n<MediaContainer size=\"1\"><Lyrics timed=\"1\">\
            <Line startOffset=\"1500\"><Span text=\"First &amp;\" startOffset=\"1500\"/><Span text=\"last\"/></Line>\
            <Line startOffset=\"4000\"/><Line><Span startOffset=\"6000\" text=\"Two\"></Span></Line></Lyrics>\
            <Lyrics><Line><Span text=\"other\"/></Line></Lyrics></MediaContainer>";
        assert_eq!(told(xml), expected);
    }

    #[test]
    fn what_cannot_be_understood_is_left_out() {
        assert_eq!(told("{\"MediaContainer\": {\"Lyrics\": 7}}"), []);
        assert_eq!(told("<MediaContainer><Lyrics><Line startOffset=\"x\""), []);
        let part = |streams| serde_json::from_value::<Part>(json!({ "Stream": streams })).unwrap();
        assert_eq!(
            best(&part(json!([{ "id": 1, "streamType": 2 }, null]))),
            None
        );
        let two = part(json!([
            { "id": 1, "streamType": 4, "format": "txt" },
            { "id": 2, "streamType": 4, "codec": "lrc", "key": "/library/streams/2" },
        ]));
        assert_eq!(best(&two), Some(2));
    }
}
