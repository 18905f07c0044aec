//! Lines of subtitles with their times, read from SubRip, WebVTT and (without styles) ASS.

use std::time::Duration;

use super::text::markup;

/// More text than any film's subtitles have.
const MOST_BYTES: usize = 10 * 1024 * 1024;
/// More lines than any film's subtitles have.
const MOST_CUES: usize = 100_000;
/// How many cues before the present one may still be on screen.
const OVERLAP: usize = 32;

/// One line, or several at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cue {
    start: Duration,
    end: Duration,
    /// Pango markup.
    text: String,
}

/// The markup to show at `time`.
pub(super) fn at(cues: &[Cue], time: Duration) -> String {
    let begun = cues.partition_point(|cue| cue.start <= time);
    let recent = cues
        .get(begun.saturating_sub(OVERLAP)..begun)
        .unwrap_or_default();
    let lines = recent.iter().filter(|cue| time < cue.end);
    lines
        .map(|cue| cue.text.as_str())
        .collect::<Vec<_>>()
        .join("\n")
}

/// Reads a file by its format, `srt`, `vtt`, `ass` or `ssa`, unless it is seen to be another: servers convert, and do not always
/// say so. What cannot be understood is left out.
pub(super) fn parse(format: &str, text: &str) -> Vec<Cue> {
    if text.len() > MOST_BYTES {
        return Vec::new();
    }
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let is_events = |line: &str| line.trim().eq_ignore_ascii_case("[events]");
    let is_timed = || text.lines().any(|line| line.contains("-->"));
    let mut cues = match format.to_ascii_lowercase().as_str() {
        _ if text.lines().any(is_events) => ass(&text),
        "ass" | "ssa" if !is_timed() => ass(&text),
        _ => blocks(&text),
    };
    cues.retain(|cue| cue.start < cue.end && !cue.text.is_empty());
    cues.truncate(MOST_CUES);
    cues.sort_by_key(|cue| cue.start);
    cues
}

/// SubRip and WebVTT: a line with an arrow, then text up to an empty line. Everything else (numbers, names, notes, styles)
/// stands before an arrow or in a block without one.
fn blocks(text: &str) -> Vec<Cue> {
    let mut cues = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some((start, end)) = line.split_once("-->") else {
            continue;
        };
        let end = end.split_whitespace().next().unwrap_or_default();
        let (Some(start), Some(end)) = (time(start.trim()), time(end)) else {
            continue;
        };
        let words: Vec<_> = lines
            .by_ref()
            .take_while(|line| !line.trim().is_empty())
            .collect();
        cues.push(Cue {
            start,
            end,
            text: markup(strip_braces(&words.join("\n")).trim()),
        });
    }
    cues
}

fn ass(text: &str) -> Vec<Cue> {
    let mut columns: Vec<String> = Vec::new();
    let mut cues = Vec::new();
    let mut in_events = false;
    for line in text.lines() {
        if line.starts_with('[') {
            in_events = line.trim().eq_ignore_ascii_case("[events]");
        } else if let Some(names) = line.strip_prefix("Format:").filter(|_| in_events) {
            columns = names
                .split(',')
                .map(|name| name.trim().to_ascii_lowercase())
                .collect();
        } else if let Some(fields) = line.strip_prefix("Dialogue:").filter(|_| in_events) {
            cues.extend(dialogue(&columns, fields));
        }
    }
    cues
}

fn dialogue(columns: &[String], fields: &str) -> Option<Cue> {
    let fields: Vec<_> = fields.splitn(columns.len().max(1), ',').collect();
    let field = |name: &str| {
        let column = columns.iter().position(|column| column == name)?;
        fields.get(column).map(|field| field.trim())
    };
    let text = field("text")?;
    // A vector drawing, not words.
    if text.contains("\\p1") || text.contains("\\p2") {
        return None;
    }
    let words = strip_braces(text)
        .replace("\\N", "\n")
        .replace("\\n", "\n")
        .replace("\\h", "\u{a0}");
    Some(Cue {
        start: time(field("start")?)?,
        end: time(field("end")?)?,
        text: markup(&words.replace('<', "&lt;")),
    })
}

/// Drops `{…}`, which ASS and some SubRip files use for placement and style.
fn strip_braces(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((_, behind)) = after.split_once('}') else {
            break;
        };
        out.push_str(before);
        rest = behind;
    }
    out + rest
}

/// `[hours:]minutes:seconds`, with a comma or a point before the fraction.
pub(super) fn time(text: &str) -> Option<Duration> {
    let mut total = 0.0;
    let mut parts = 0;
    for part in text.split(':') {
        let value: f64 = part.trim().replace(',', ".").parse().ok()?;
        total = total * 60.0 + value;
        parts += 1;
    }
    if !(2..=3).contains(&parts) {
        return None;
    }
    Duration::try_from_secs_f64((total * 1000.0_f64).round() / 1000.0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(cues: &[Cue], millis: u64) -> String {
        at(cues, Duration::from_millis(millis))
    }

    #[test]
    fn subrip_is_read() {
        let cues = parse(
            "srt",
            "1\r\n00:00:01,000 --> 00:00:02,500\r\n<i>One</i>\r\nmore\r\n\r\n2\r\n00:00:02,000 --> 00:01:00,000 X1:1\r\n{\\an8}Two\r\n\r\n3\r\nbroken --> 1\r\nx\r\n",
        );
        assert_eq!(cues.len(), 2);
        assert_eq!(shown(&cues, 999), "");
        assert_eq!(shown(&cues, 1000), "<i>One</i>\nmore");
        assert_eq!(shown(&cues, 2000), "<i>One</i>\nmore\nTwo");
        assert_eq!(shown(&cues, 2500), "Two");
        assert_eq!(shown(&cues, 60_000), "");
    }

    #[test]
    fn webvtt_is_read() {
        let cues = parse(
            "vtt",
            "WEBVTT\n\nSTYLE\n::cue { color: red }\n\nname\n00:01.000 --> 00:02.000 line:0\n<v Bob>Q&amp;A</v>\n\nNOTE x\n",
        );
        assert_eq!(cues.len(), 1);
        assert_eq!(shown(&cues, 1500), "Q&amp;A");
    }

    #[test]
    fn ass_gives_its_lines_without_styles() {
        let cues = parse(
            "ass",
            "[Script Info]\nDialogue: 0,x\n[Events]\nFormat: Layer, Start, End, Style, Text\n\
             Dialogue: 0,0:00:01.00,0:00:02.00,Default,{\\b1}Hello,\\Nyou <3\n\
             Dialogue: 0,0:00:01.00,0:00:02.00,Default,{\\p1}m 0 0 l 1 1\nComment: 0,0:00:01.00,0:00:02.00,Default,no\n",
        );
        assert_eq!(cues.len(), 1);
        assert_eq!(shown(&cues, 1500), "Hello,\nyou &lt;3");
    }

    #[test]
    fn nonsense_gives_nothing() {
        for format in ["srt", "vtt", "ass", "x"] {
            assert!(parse(format, "").is_empty());
            assert!(
                parse(
                    format,
                    "<html>-->-->{{{{\n--> 1:1:1:1\nDialogue:\n[Events]\nDialogue:"
                )
                .is_empty()
            );
            assert!(parse(format, "99:99:99e300 --> 1e400:0\nx").is_empty());
        }
    }
}
