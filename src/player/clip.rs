//! Short films, tracks and pictures that are made on this computer of what somebody draws and sounds.
//!
//! **Does not know** what is drawn. The formats are free ones whose encoders lie in the packages that playing needs as well: VP8
//! and Opus in Matroska, Opus in Ogg, JPEG.
//!
//! **Threads**: every function blocks until its file is whole or given up. Several may run at once.

use std::path::Path;
use std::time::Duration;

use gst::prelude::*;
use gst_app::{AppSrc, AppSrcCallbacks};

use crate::error::MissingElement;

/// Samples a second of every sound, in two channels.
pub const SOUND_RATE: u32 = 48_000;
/// How often somebody who waits is asked whether they still do.
const TICK: gst::ClockTime = gst::ClockTime::from_mseconds(100);
/// Samples in one piece of sound.
const PIECE: usize = 4800;

/// Paints the frame of this number: pixels from the upper left corner, each as blue, green, red and a byte without a meaning.
pub type Draw = Box<dyn FnMut(u32, &mut [u8]) + Send>;
/// Fills in samples from this one on, between -1 and 1, left and right by turns.
pub type Sound = Box<dyn FnMut(u64, &mut [f32]) + Send>;

/// What a file says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    /// Title.
    pub title: String,
    /// Who made it; empty: not said.
    pub artist: String,
    /// The album that it is on; empty: none.
    pub album: String,
    /// Its number there, from 1; 0: none.
    pub track: u32,
}

/// A film to be made.
pub struct Film {
    /// Width and height in pixels, even numbers.
    pub size: (u32, u32),
    /// Frames a second.
    pub rate: u32,
    /// How long it is.
    pub length: Duration,
    /// What it says of itself.
    pub tags: Tags,
    /// Where its chapters begin, and their names.
    pub chapters: Vec<(Duration, String)>,
    /// Its picture.
    pub draw: Draw,
    /// Its sound.
    pub sound: Sound,
}

impl std::fmt::Debug for Film {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Film").finish_non_exhaustive()
    }
}

/// Why there is no file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClipError {
    /// These parts of GStreamer are not installed.
    #[error("parts of GStreamer are missing")]
    Missing(Vec<MissingElement>),
    /// Nobody wants it any more.
    #[error("given up")]
    GivenUp,
    /// It cannot be made or written.
    #[error("it cannot be made: {0}")]
    Failed(String),
}

/// What is needed besides what playing needs, with Debian's package that holds each.
const NEEDED: [(&str, &str); 8] = [
    ("appsrc", "gstreamer1.0-plugins-base"),
    ("audioconvert", "gstreamer1.0-plugins-base"),
    ("videoconvert", "gstreamer1.0-plugins-base"),
    ("opusenc", "gstreamer1.0-plugins-base"),
    ("oggmux", "gstreamer1.0-plugins-base"),
    ("vp8enc", "gstreamer1.0-plugins-good"),
    ("matroskamux", "gstreamer1.0-plugins-good"),
    ("jpegenc", "gstreamer1.0-plugins-good"),
];

/// Whether everything can be made here.
///
/// # Errors
/// [`ClipError::Missing`] names what is not installed.
pub fn ready() -> Result<(), ClipError> {
    let lacks = |factory: &str| gst::ElementFactory::find(factory).is_none();
    let missing = NEEDED.iter().filter(|(factory, _)| lacks(factory));
    let missing: Vec<_> = missing
        .map(|(factory, package)| MissingElement { factory, package })
        .collect();
    match missing.is_empty() {
        true => Ok(()),
        false => Err(ClipError::Missing(missing)),
    }
}

/// Makes a film. `go_on` is asked many times a second whether it is still wanted.
///
/// # Errors
/// See [`ClipError`]; what was begun of the file may be there then.
pub fn film(film: Film, to: &Path, go_on: &dyn Fn() -> bool) -> Result<(), ClipError> {
    let keyframes = film.rate * 2;
    let pipeline = pipeline(&format!(
        "matroskamux name=tagged ! filesink name=file \
         appsrc name=picture ! videoconvert ! vp8enc deadline=1 cpu-used=8 threads=1 end-usage=vbr target-bitrate=450000 \
         keyframe-max-dist={keyframes} ! queue ! tagged. \
         appsrc name=sound ! audioconvert ! opusenc bitrate=64000 ! queue ! tagged."
    ))?;
    tag(&pipeline, &film.tags);
    if let Some(setter) = by_name(&pipeline, "tagged")?.dynamic_cast_ref::<gst::TocSetter>() {
        setter.set_toc(contents(&film.chapters, film.length).as_ref());
    }
    let frames = u32::try_from(film.length.as_millis() * u128::from(film.rate) / 1000);
    let frames = frames.map_err(|_| ClipError::Failed("it is too long".into()))?;
    feed_pictures(&pipeline, film.size, (film.rate, frames), film.draw)?;
    feed_sound(&pipeline, film.length, film.sound)?;
    run(&pipeline, to, go_on)
}

/// Makes a track of music.
///
/// # Errors
/// As [`film`].
pub fn track(
    tags: &Tags,
    length: Duration,
    sound: Sound,
    to: &Path,
    go_on: &dyn Fn() -> bool,
) -> Result<(), ClipError> {
    let pipeline = pipeline(
        "appsrc name=sound ! audioconvert ! opusenc name=tagged bitrate=96000 ! oggmux ! filesink name=file",
    )?;
    tag(&pipeline, tags);
    feed_sound(&pipeline, length, sound)?;
    run(&pipeline, to, go_on)
}

/// Makes a picture.
///
/// # Errors
/// As [`film`].
pub fn picture(
    size: (u32, u32),
    draw: Draw,
    to: &Path,
    go_on: &dyn Fn() -> bool,
) -> Result<(), ClipError> {
    let pipeline =
        pipeline("appsrc name=picture ! videoconvert ! jpegenc quality=88 ! filesink name=file")?;
    feed_pictures(&pipeline, size, (1, 1), draw)?;
    run(&pipeline, to, go_on)
}

/// Stops the threads of a pipeline whatever happened.
struct Running(gst::Pipeline);

impl Drop for Running {
    fn drop(&mut self) {
        // Whether it can be stopped says nothing of the file.
        self.0.set_state(gst::State::Null).ok();
    }
}

fn failed(error: impl std::fmt::Display) -> ClipError {
    ClipError::Failed(error.to_string())
}

fn pipeline(description: &str) -> Result<gst::Pipeline, ClipError> {
    ready()?;
    let element = gst::parse::launch(description).map_err(failed)?;
    element
        .downcast()
        .map_err(|_| ClipError::Failed("no pipeline".into()))
}

fn by_name(pipeline: &gst::Pipeline, name: &str) -> Result<gst::Element, ClipError> {
    let found = pipeline.by_name(name);
    found.ok_or_else(|| ClipError::Failed(format!("no {name}")))
}

fn source(pipeline: &gst::Pipeline, name: &str, caps: &gst::Caps) -> Result<AppSrc, ClipError> {
    let source = by_name(pipeline, name)?.downcast::<AppSrc>();
    let source = source.map_err(|_| ClipError::Failed("no source".into()))?;
    source.set_format(gst::Format::Time);
    source.set_caps(Some(caps));
    Ok(source)
}

fn tag(pipeline: &gst::Pipeline, tags: &Tags) {
    let tagged = pipeline.by_name("tagged");
    let setter = tagged
        .as_ref()
        .and_then(|element| element.dynamic_cast_ref::<gst::TagSetter>());
    let Some(setter) = setter else { return };
    let mode = gst::TagMergeMode::Replace;
    setter.add_tag::<gst::tags::Title>(&tags.title.as_str(), mode);
    if !tags.artist.is_empty() {
        setter.add_tag::<gst::tags::Artist>(&tags.artist.as_str(), mode);
    }
    if !tags.album.is_empty() {
        setter.add_tag::<gst::tags::Album>(&tags.album.as_str(), mode);
    }
    if tags.track > 0 {
        setter.add_tag::<gst::tags::TrackNumber>(&tags.track, mode);
    }
}

/// Chapters as a table of contents; each ends where the next one begins.
fn contents(chapters: &[(Duration, String)], length: Duration) -> Option<gst::Toc> {
    let nanos = |time: Duration| i64::try_from(time.as_nanos()).unwrap_or(i64::MAX);
    let mut edition = gst::TocEntry::new(gst::TocEntryType::Edition, "1");
    for (at, (start, name)) in chapters.iter().enumerate() {
        let end = chapters.get(at + 1).map_or(length, |(next, _)| *next);
        let mut entry = gst::TocEntry::new(gst::TocEntryType::Chapter, &(at + 2).to_string());
        let mut tags = gst::TagList::new();
        tags.get_mut()?
            .add::<gst::tags::Title>(&name.as_str(), gst::TagMergeMode::Replace);
        let own = entry.get_mut()?;
        own.set_start_stop_times(nanos(*start), nanos(end));
        own.set_tags(tags);
        edition.get_mut()?.append_sub_entry(entry);
    }
    let mut toc = gst::Toc::new(gst::TocScope::Global);
    edition.get_mut()?.set_start_stop_times(0, nanos(length));
    toc.get_mut()?.append_entry(edition);
    (!chapters.is_empty()).then_some(toc)
}

/// Hands out frames as they are asked for, on the pipeline's thread, and the end after the last one.
fn feed_pictures(
    pipeline: &gst::Pipeline,
    (width, height): (u32, u32),
    (rate, frames): (u32, u32),
    mut draw: Draw,
) -> Result<(), ClipError> {
    let side = |pixels: u32| i32::try_from(pixels).map_err(failed);
    let caps = gst::Caps::builder("video/x-raw")
        .field("format", "BGRx")
        .field("width", side(width)?)
        .field("height", side(height)?)
        .field("framerate", gst::Fraction::new(side(rate)?, 1))
        .build();
    let bytes = usize::try_from(u64::from(width) * u64::from(height) * 4).map_err(failed)?;
    let mut number = 0;
    let lasts = gst::ClockTime::SECOND / u64::from(rate.max(1));
    let give = move |source: &AppSrc, _: u32| {
        if number >= frames {
            // A source that is being stopped takes nothing more, which is fine.
            source.end_of_stream().ok();
            return;
        }
        let mut pixels = vec![0; bytes];
        draw(number, &mut pixels);
        let mut buffer = gst::Buffer::from_mut_slice(pixels);
        if let Some(buffer) = buffer.get_mut() {
            buffer.set_pts(gst::ClockTime::SECOND * u64::from(number) / u64::from(rate.max(1)));
            buffer.set_duration(lasts);
        }
        number += 1;
        source.push_buffer(buffer).ok();
    };
    let source = source(pipeline, "picture", &caps)?;
    source.set_callbacks(AppSrcCallbacks::builder().need_data(give).build());
    Ok(())
}

/// The same of sound.
fn feed_sound(
    pipeline: &gst::Pipeline,
    length: Duration,
    mut sound: Sound,
) -> Result<(), ClipError> {
    let caps = gst::Caps::builder("audio/x-raw")
        .field("format", "F32LE")
        .field("layout", "interleaved")
        .field("rate", i32::try_from(SOUND_RATE).map_err(failed)?)
        .field("channels", 2i32)
        .build();
    let all = length.as_millis() * u128::from(SOUND_RATE) / 1000;
    let all = u64::try_from(all).map_err(failed)?;
    let mut first = 0u64;
    let time = |sample: u64| gst::ClockTime::SECOND.mul_div_floor(sample, u64::from(SOUND_RATE));
    let give = move |source: &AppSrc, _: u32| {
        let count = usize::try_from(all - first).unwrap_or(PIECE).min(PIECE);
        if count == 0 {
            source.end_of_stream().ok();
            return;
        }
        let mut samples = vec![0.0; count * 2];
        sound(first, &mut samples);
        let bytes: Vec<u8> = samples.iter().flat_map(|one| one.to_le_bytes()).collect();
        let mut buffer = gst::Buffer::from_mut_slice(bytes);
        let next = first + count as u64;
        if let Some(buffer) = buffer.get_mut() {
            let begin = time(first);
            buffer.set_pts(begin);
            buffer.set_duration(time(next).zip(begin).map(|(end, begin)| end - begin));
        }
        first = next;
        source.push_buffer(buffer).ok();
    };
    let source = source(pipeline, "sound", &caps)?;
    source.set_callbacks(AppSrcCallbacks::builder().need_data(give).build());
    Ok(())
}

fn run(pipeline: &gst::Pipeline, to: &Path, go_on: &dyn Fn() -> bool) -> Result<(), ClipError> {
    by_name(pipeline, "file")?.set_property("location", to);
    let running = Running(pipeline.clone());
    let bus = pipeline.bus();
    let bus = bus.ok_or_else(|| ClipError::Failed("no bus".into()))?;
    let kinds = [gst::MessageType::Eos, gst::MessageType::Error];
    let started = running.0.set_state(gst::State::Playing);
    loop {
        if !go_on() {
            return Err(ClipError::GivenUp);
        }
        match bus.timed_pop_filtered(TICK, &kinds) {
            Some(message) => {
                return match message.view() {
                    gst::MessageView::Error(error) => Err(failed(error.error())),
                    _ => Ok(()),
                };
            }
            // Without a word of the bus's there is no better reason than this.
            None if started.is_err() => return Err(ClipError::Failed("it does not start".into())),
            None => {}
        }
    }
}
