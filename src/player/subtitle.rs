//! Subtitle files beside the media.
//!
//! **Owns** their cues, read once into memory, and the overlay that draws the one whose time it is into the picture. They are never handed to playbin as a
//! file: it stops the film at one it cannot read, shows none that is added later, and loses the running line at each seek.
//! **Does not know** where the files come from.
//! **Threads**: cues are looked up on the streaming thread, under a lock held for microseconds.

mod cue;
mod styled;
mod text;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use gst::prelude::*;
use parking_lot::Mutex;

use crate::player::{Font, Lines, SubtitleFile};
use crate::track::{Stream, Tracks};
use cue::{Cue, at};
use styled::Script;

/// How far the times of a title are ahead of those of its pipeline; clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Offset(Arc<AtomicI64>);

impl Offset {
    /// A pipeline's `at` is the title's `place`.
    pub(crate) fn set(&self, place: Duration, at: Duration) {
        let millis = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(0);
        self.0.store(millis(place) - millis(at), Ordering::Relaxed);
    }

    fn of_title(&self, time: Duration) -> Duration {
        let millis = self.0.load(Ordering::Relaxed);
        let by = Duration::from_millis(millis.unsigned_abs());
        match millis < 0 {
            true => time.saturating_sub(by),
            false => time + by,
        }
    }
}

/// The subtitle files of one load, and which is shown.
#[derive(Debug)]
pub(crate) struct Beside {
    files: Vec<(Stream, Option<Text>)>,
    selected: Option<usize>,
    offset: Offset,
    shown: Arc<Mutex<Option<Arc<[Cue]>>>>,
    styled: Arc<Mutex<styled::Shown>>,
}

/// What a file says.
#[derive(Clone, Debug)]
struct Text {
    /// Its lines alone…
    cues: Arc<[Cue]>,
    /// …and with their looks, where it has some.
    script: Option<Arc<Script>>,
}

impl Beside {
    /// Reads the files. One that is here and holds no cue is left out.
    pub(crate) fn new(files: &[SubtitleFile]) -> Self {
        let files = files.iter().enumerate().filter_map(|(number, file)| {
            let text = match &file.lines {
                Lines::Here(text) => Some(read(&file.format, text)?),
                Lines::Later | Lines::InPicture => None,
            };
            Some((describe(number, file), text))
        });
        Self {
            files: files.collect(),
            selected: None,
            offset: Offset::default(),
            shown: Arc::default(),
            styled: Arc::default(),
        }
    }

    /// How far the title's times are ahead of the pipeline's.
    pub(crate) fn offset(&self) -> Offset {
        self.offset.clone()
    }

    /// Shows the file with this id, or none. False: there is no such file.
    pub(crate) fn select(&mut self, id: Option<&str>) -> bool {
        self.selected = id.and_then(|id| self.files.iter().position(|(row, _)| row.id == id));
        self.show();
        self.selected.is_some()
    }

    fn show(&self) {
        let file = self.selected.and_then(|number| self.files.get(number));
        let text = file.and_then(|(_, text)| text.clone());
        let script = text.as_ref().and_then(|text| text.script.clone());
        // One of both draws.
        *self.shown.lock() = text
            .filter(|text| text.script.is_none() || !styled::can_draw())
            .map(|text| text.cues);
        self.styled.lock().script = script;
    }

    /// Fonts for what is drawn with its looks.
    pub(crate) fn add_fonts(&self, fonts: Vec<Font>) {
        self.styled.lock().fonts.extend(fonts);
    }

    /// Takes in a text that was not there before. One without cues is not shown any more. True: what is shown has changed.
    pub(crate) fn supply(&mut self, id: &str, text: Option<&[u8]>) -> bool {
        let Some(number) = self.files.iter().position(|(row, _)| row.id == id) else {
            return false;
        };
        if let Some((row, known)) = self.files.get_mut(number) {
            *known = text.and_then(|text| read(row.codec.as_deref().unwrap_or_default(), text));
            if known.is_none() && self.selected == Some(number) {
                self.selected = None;
            }
        }
        self.show();
        self.selected == Some(number)
    }

    /// Adds the files to the list of streams.
    pub(crate) fn list(&self, tracks: &mut Tracks) {
        let rows = self.files.iter().map(|(row, _)| row.clone());
        tracks.subtitles.extend(rows);
        if let Some((row, _)) = self.selected.and_then(|number| self.files.get(number)) {
            tracks.subtitle_selected = Some(row.id.clone());
        }
    }

    /// Draws into the pictures of one pipeline; `None` when there is nothing to draw.
    pub(crate) fn filter(&self) -> Option<gst::Element> {
        if self.files.is_empty() {
            return None;
        }
        let renderer = styled::renderer(self.styled.clone(), self.offset.clone());
        overlay(self.shown.clone(), self.offset.clone(), renderer)
            .map_err(|error| tracing::warn!(%error, "no overlay for subtitles"))
            .ok()
    }
}

/// What a file says; `None` where that is nothing.
fn read(format: &str, text: &[u8]) -> Option<Text> {
    let text = text::decode(text);
    let cues = cue::parse(format, &text);
    (!cues.is_empty()).then(|| Text {
        cues: cues.into(),
        script: Script::read(&text).map(Arc::new),
    })
}

fn describe(number: usize, file: &SubtitleFile) -> Stream {
    Stream {
        id: SubtitleFile::id(number),
        language: file.language.clone(),
        title: Some(file.title.clone()).filter(|title| !title.is_empty()),
        codec: Some(file.format.to_uppercase()),
        channels: None,
    }
}

fn overlay(
    shown: Arc<Mutex<Option<Arc<[Cue]>>>>,
    offset: Offset,
    renderer: Option<gst::Element>,
) -> Result<gst::Element, gst::glib::BoolError> {
    let overlay = gst::ElementFactory::make("textoverlay")
        .property("silent", true)
        .property("wait-text", false)
        .build()?;
    let bin = gst::Bin::builder().name("spool-subtitles").build();
    bin.add(&overlay)?;
    let pad = |name: &str| {
        overlay
            .static_pad(name)
            .ok_or_else(|| gst::glib::bool_error!("textoverlay has no such pad"))
    };
    let (sink, mut src) = (pad("video_sink")?, pad("src")?);
    if let Some(renderer) = renderer {
        bin.add(&renderer)?;
        overlay.link_pads(Some("src"), &renderer, Some("video_sink"))?;
        let last = renderer.static_pad("src");
        src = last.ok_or_else(|| gst::glib::bool_error!("the renderer has no end"))?;
    }
    bin.add_pad(
        &gst::GhostPad::builder_with_target(&sink)?
            .name("sink")
            .build(),
    )?;
    bin.add_pad(
        &gst::GhostPad::builder_with_target(&src)?
            .name("src")
            .build(),
    )?;
    let weak = overlay.downgrade();
    let drawn = Mutex::new(String::new());
    sink.add_probe(gst::PadProbeType::BUFFER, move |pad, probe| {
        if let (Some(buffer), Some(overlay)) = (probe.buffer(), weak.upgrade()) {
            let line = shown
                .lock()
                .as_deref()
                .zip(stream_time(pad, buffer).map(|time| offset.of_title(time)))
                .map(|(cues, time)| at(cues, time))
                .unwrap_or_default();
            let mut drawn = drawn.lock();
            if *drawn != line {
                overlay.set_property("text", &line);
                overlay.set_property("silent", line.is_empty());
                *drawn = line;
            }
        }
        gst::PadProbeReturn::Ok
    });
    Ok(bin.upcast())
}

/// Time of a picture in the film.
fn stream_time(pad: &gst::Pad, buffer: &gst::BufferRef) -> Option<Duration> {
    let event = pad.sticky_event::<gst::event::Segment>(0)?;
    let segment = event.segment().downcast_ref::<gst::ClockTime>()?;
    segment.to_stream_time(buffer.pts()?).map(Into::into)
}
