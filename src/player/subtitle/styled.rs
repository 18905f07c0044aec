//! Lines that bring their looks along (ASS), drawn by libass with the fonts that belong to them.
//!
//! GStreamer's renderer takes such lines from a demuxer. Here it is given a whole file at once, as what a demuxer would tell of
//! the track, its times moved to those by which the pipeline runs, and one line without words that never ends, for it draws only
//! where it has one. Whenever the times of title and pipeline come apart, after a seek above all, it is given them anew.
//!
//! **Threads**: all of it happens on the streaming thread, before the picture that it is for.

use std::sync::Arc;
use std::time::Duration;

use gst::glib;
use gst::prelude::*;
use parking_lot::Mutex;

use super::{Offset, stream_time};
use crate::player::Font;

/// The renderer.
const RENDERER: &str = "assrender";
/// Longer than any film.
const FOR_EVER: gst::ClockTime = gst::ClockTime::from_seconds(7 * 24 * 3600);
/// Times of a file are hundredths of a second: less is no difference.
const SLACK: i64 = 5;

/// A file with styles.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Script {
    /// All but the lines.
    head: String,
    lines: Vec<Line>,
}

#[derive(Debug, PartialEq, Eq)]
struct Line {
    /// In milliseconds.
    start: i64,
    end: i64,
    /// What stands before, between and behind the times.
    parts: [String; 3],
}

impl Script {
    /// Reads a file; `None` for one without styles of its own.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let (mut head, mut lines) = (String::new(), Vec::new());
        let (mut in_events, mut times, mut has_style) = (false, None, false);
        for line in text.lines() {
            if line.starts_with('[') {
                in_events = line.trim().eq_ignore_ascii_case("[events]");
            } else if let Some(columns) = line.strip_prefix("Format:").filter(|_| in_events) {
                times = places(columns);
            } else if let Some(fields) = line.strip_prefix("Dialogue:").filter(|_| in_events) {
                lines.extend(times.and_then(|times| Line::read(fields, times)));
                continue;
            } else if in_events {
                continue;
            }
            has_style |= line.starts_with("Style:");
            head.push_str(line);
            head.push('\n');
        }
        let is_script = head.lines().any(|line| line.trim() == "[Script Info]");
        (is_script && has_style && !lines.is_empty()).then_some(Self { head, lines })
    }

    /// The file with its times so many milliseconds earlier, without what is over by then.
    fn earlier(&self, by: i64) -> String {
        let mut text = self.head.clone();
        for line in &self.lines {
            let (start, end) = (line.start - by, line.end - by);
            if end > 0 {
                let [before, between, behind] = &line.parts;
                let (start, end) = (stamp(start.max(0)), stamp(end));
                text.push_str(&format!("Dialogue:{before}{start}{between}{end}{behind}\n"));
            }
        }
        text
    }
}

/// Columns of the beginning and the end.
fn places(columns: &str) -> Option<(usize, usize)> {
    let place = |name: &str| {
        let mut names = columns.split(',');
        names.position(|column| column.trim().eq_ignore_ascii_case(name))
    };
    let (start, end) = (place("Start")?, place("End")?);
    (start < end).then_some((start, end))
}

impl Line {
    fn read(fields: &str, (start, end): (usize, usize)) -> Option<Self> {
        let commas: Vec<usize> = fields
            .match_indices(',')
            .map(|(at, _)| at)
            .take(end + 1)
            .collect();
        let field = |number: usize| {
            let from = match number.checked_sub(1) {
                Some(before) => commas.get(before)? + 1,
                None => 0,
            };
            Some((from, *commas.get(number)?))
        };
        let ((a, b), (c, d)) = (field(start)?, field(end)?);
        let time = |from: usize, to: usize| {
            let time = super::cue::time(fields.get(from..to)?.trim())?;
            i64::try_from(time.as_millis()).ok()
        };
        Some(Self {
            start: time(a, b)?,
            end: time(c, d)?,
            parts: [fields.get(..a)?, fields.get(b..c)?, fields.get(d..)?].map(str::to_owned),
        })
    }
}

/// `1:02:03.45`
fn stamp(millis: i64) -> String {
    let hundredths = millis / 10;
    let (seconds, rest) = (hundredths / 100, hundredths % 100);
    let (minutes, hours) = (seconds / 60 % 60, seconds / 3600);
    format!("{hours}:{minutes:02}:{:02}.{rest:02}", seconds % 60)
}

/// What is to be drawn; shared with the driver.
#[derive(Debug, Default)]
pub(super) struct Shown {
    pub(super) script: Option<Arc<Script>>,
    pub(super) fonts: Vec<Font>,
}

/// What the renderer has been given.
#[derive(Default)]
struct Given {
    script: Option<Arc<Script>>,
    by: i64,
    fonts: usize,
    begun: bool,
}

/// Whether the renderer is installed.
pub(super) fn can_draw() -> bool {
    gst::ElementFactory::find(RENDERER).is_some()
}

/// A renderer that draws what is shown; `None` where it is not installed.
pub(super) fn renderer(shown: Arc<Mutex<Shown>>, offset: Offset) -> Option<gst::Element> {
    let renderer = gst::ElementFactory::make(RENDERER)
        .property("wait-text", false)
        .property("enable", false)
        .build()
        .inspect_err(|error| tracing::warn!(%error, "lines are drawn without their styles"))
        .ok()?;
    let pictures = renderer.static_pad("video_sink")?;
    let weak = renderer.downgrade();
    let given = Mutex::new(Given::default());
    pictures.add_probe(gst::PadProbeType::BUFFER, move |pad, probe| {
        if let (Some(buffer), Some(renderer)) = (probe.buffer(), weak.upgrade()) {
            let by = apart(pad, buffer, &offset);
            if let Err(error) = keep_up(&renderer, &mut given.lock(), &shown, by) {
                tracing::debug!(%error, "the renderer of styles does not take a file");
            }
        }
        gst::PadProbeReturn::Ok
    });
    Some(renderer)
}

/// By how many milliseconds the title is ahead of the pipeline's running time at a picture.
fn apart(pad: &gst::Pad, buffer: &gst::BufferRef, offset: &Offset) -> Option<i64> {
    let event = pad.sticky_event::<gst::event::Segment>(0)?;
    let segment = event.segment().downcast_ref::<gst::ClockTime>()?;
    let running: Duration = segment.to_running_time(buffer.pts()?)?.into();
    let title = offset.of_title(stream_time(pad, buffer)?);
    let millis = |time: Duration| i64::try_from(time.as_millis()).ok();
    Some(millis(title)? - millis(running)?)
}

/// Gives the renderer what is shown, unless it has it already.
fn keep_up(
    renderer: &gst::Element,
    given: &mut Given,
    shown: &Mutex<Shown>,
    by: Option<i64>,
) -> Result<(), glib::BoolError> {
    let Some(by) = by else { return Ok(()) };
    let (script, fonts) = {
        let shown = shown.lock();
        let new = shown.fonts.get(given.fonts..).unwrap_or_default();
        (shown.script.clone(), new.to_vec())
    };
    let same = match (&script, &given.script) {
        (Some(new), Some(old)) => Arc::ptr_eq(new, old) && (by - given.by).abs() <= SLACK,
        (None, None) => true,
        _ => false,
    };
    if same && (fonts.is_empty() || script.is_none()) {
        return Ok(());
    }
    renderer.set_property("enable", script.is_some());
    if let Some(script) = &script {
        let lines = renderer
            .static_pad("text_sink")
            .ok_or_else(|| glib::bool_error!("it takes no text"))?;
        if !std::mem::replace(&mut given.begun, true) {
            lines.send_event(gst::event::StreamStart::new("spool-lines"));
        }
        lines.send_event(gst::event::FlushStart::new());
        lines.send_event(gst::event::FlushStop::new(false));
        give(&lines, &script.earlier(by), &fonts)?;
        if !fonts.is_empty() {
            given.fonts += fonts.len();
            look_for_fonts_again(renderer);
        }
    }
    given.script = script;
    given.by = by;
    Ok(())
}

/// It remembers which font it has taken for a name that it did not know, until the picture's size is told.
fn look_for_fonts_again(renderer: &gst::Element) {
    let pictures = renderer.static_pad("video_sink");
    let caps = pictures.as_ref().and_then(gst::Pad::current_caps);
    if let (Some(pictures), Some(caps)) = (pictures, caps) {
        pictures.send_event(gst::event::Caps::new(&caps));
    }
}

fn give(lines: &gst::Pad, text: &str, fonts: &[Font]) -> Result<(), glib::BoolError> {
    let whole = gst::Buffer::from_slice(text.as_bytes().to_vec());
    let caps = gst::Caps::builder("application/x-ass")
        .field("codec_data", whole)
        .build();
    lines.send_event(gst::event::Caps::new(&caps));
    let segment = gst::FormattedSegment::<gst::ClockTime>::new();
    lines.send_event(gst::event::Segment::new(&segment));
    if !fonts.is_empty() {
        lines.send_event(gst::event::Tag::new(attachments(fonts)));
    }
    let mut silent = gst::Buffer::from_slice("0,0,Default,,0,0,0,,");
    if let Some(silent) = silent.get_mut() {
        silent.set_pts(gst::ClockTime::ZERO);
        silent.set_duration(FOR_EVER);
    }
    lines
        .chain(silent)
        .map(|_| ())
        .map_err(|error| glib::bool_error!("{error}"))
}

/// Fonts as a demuxer tells of them.
fn attachments(fonts: &[Font]) -> gst::TagList {
    let mut tags = gst::TagList::new();
    let list = tags.make_mut();
    for font in fonts {
        let caps = gst::Caps::builder("application/x-truetype-font").build();
        let about = gst::Structure::builder("GstTagImage")
            .field("filename", &font.name)
            .build();
        let buffer = gst::Buffer::from_slice(font.data.clone());
        let sample = gst::Sample::builder()
            .buffer(&buffer)
            .caps(&caps)
            .info(about)
            .build();
        list.add::<gst::tags::Attachment>(&sample, gst::TagMergeMode::Append);
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\nFormat: Name, Fontname\nStyle: Default,Sans\n\n[Events]\nFormat: Layer, Start, End, Style, Text\n";

    #[test]
    fn times_are_moved_and_all_else_stays() {
        let file = format!(
            "{HEAD}Dialogue: 0,0:00:01.00,0:00:02.50,Default,{{\\b1}}One, two\nComment: 0,x\nDialogue: 1, 1:00:05.00 ,1:00:06.00,Default,Three\nDialogue: broken\n"
        );
        let script = Script::read(&file.replace('\n', "\r\n")).unwrap();
        assert_eq!(script.lines.len(), 2);
        assert_eq!(
            script.earlier(0),
            format!(
                "{HEAD}Dialogue: 0,0:00:01.00,0:00:02.50,Default,{{\\b1}}One, two\nDialogue: 1,1:00:05.00,1:00:06.00,Default,Three\n"
            )
        );
        assert_eq!(
            script.earlier(2_000),
            format!(
                "{HEAD}Dialogue: 0,0:00:00.00,0:00:00.50,Default,{{\\b1}}One, two\nDialogue: 1,1:00:03.00,1:00:04.00,Default,Three\n"
            )
        );
        assert_eq!(
            script.earlier(10_000),
            format!("{HEAD}Dialogue: 1,0:59:55.00,0:59:56.00,Default,Three\n")
        );
        assert!(script.earlier(-60_000).contains("0:01:01.00,0:01:02.50"));
    }

    #[test]
    fn what_has_no_styles_is_no_script() {
        for text in [
            "",
            "1\n00:00:01,000 --> 00:00:02,000\nx\n",
            HEAD,
            "[Events]\nFormat: Start, End, Text\nDialogue: 0:00:01.00,0:00:02.00,x\n",
        ] {
            assert_eq!(Script::read(text), None, "{text}");
        }
    }
}
