//! Subtitle files beside the media.
//!
//! **Owns** their cues, read once into memory, and the overlay that draws the one whose time it is into the picture. They are never handed to playbin as a
//! file: it stops the film at one it cannot read, shows none that is added later, and loses the running line at each seek.
//! **Does not know** where the files come from. Styles of ASS are not drawn; its lines are.
//! **Threads**: cues are looked up on the streaming thread, under a lock held for microseconds.

mod cue;
mod text;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use gst::prelude::*;
use parking_lot::Mutex;

use crate::player::SubtitleFile;
use crate::track::{Stream, Tracks};
use cue::{Cue, at};

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
    files: Vec<(Stream, Arc<[Cue]>)>,
    selected: Option<usize>,
    offset: Offset,
    shown: Arc<Mutex<Option<Arc<[Cue]>>>>,
}

impl Beside {
    /// Reads the files. One that holds no cue is left out.
    pub(crate) fn new(files: &[SubtitleFile]) -> Self {
        let files = files
            .iter()
            .enumerate()
            .map(|(number, file)| {
                let cues = cue::parse(&file.format, &text::decode(&file.text));
                (describe(number, file), Arc::from(cues))
            })
            .filter(|(_, cues): &(_, Arc<[Cue]>)| !cues.is_empty())
            .collect();
        Self {
            files,
            selected: None,
            offset: Offset::default(),
            shown: Arc::default(),
        }
    }

    /// How far the title's times are ahead of the pipeline's.
    pub(crate) fn offset(&self) -> Offset {
        self.offset.clone()
    }

    /// Shows the file with this id, or none. False: there is no such file.
    pub(crate) fn select(&mut self, id: Option<&str>) -> bool {
        self.selected = id.and_then(|id| self.files.iter().position(|(row, _)| row.id == id));
        *self.shown.lock() = self
            .selected
            .and_then(|number| Some(self.files.get(number)?.1.clone()));
        self.selected.is_some()
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
        overlay(self.shown.clone(), self.offset.clone())
            .map_err(|error| tracing::warn!(%error, "no overlay for subtitles"))
            .ok()
    }
}

fn describe(number: usize, file: &SubtitleFile) -> Stream {
    Stream {
        id: format!("beside-{number}"),
        language: file.language.clone(),
        title: Some(file.title.clone()).filter(|title| !title.is_empty()),
        codec: Some(file.format.to_uppercase()),
        channels: None,
    }
}

fn overlay(
    shown: Arc<Mutex<Option<Arc<[Cue]>>>>,
    offset: Offset,
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
    let (sink, src) = (pad("video_sink")?, pad("src")?);
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
