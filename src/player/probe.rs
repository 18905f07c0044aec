//! A look into media files of this computer, for the library: what is in them, and a picture of each film.
//!
//! **Threads**: each look runs on a thread of its own, at most [`AT_ONCE`] at a time. GStreamer's own time limits end it; should
//! tearing down ever hang, the answer has been given before.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use gst::glib;
use gst::prelude::*;
use gst_pbutils::prelude::*;
use spool_engine::model::{Track, TrackKind};
use spool_engine::source::{Probed, Prober};
use tokio::sync::{Semaphore, oneshot};

use crate::bus;

/// Enough for the library to fill up, few enough for a film to play meanwhile.
const AT_ONCE: usize = 2;
/// A file that takes longer is not worth the wait.
const LIMIT: gst::ClockTime = gst::ClockTime::from_seconds(5);
/// JPEG quality in percent: no visible blocks at thumbnail size.
const QUALITY: i32 = 85;

/// Looks into media files of this computer with GStreamer.
#[derive(Clone, Debug)]
pub struct GstProber {
    turns: Arc<Semaphore>,
}

impl Default for GstProber {
    fn default() -> Self {
        // All probers of a process share the turns: it is the computer that is to be spared.
        static TURNS: LazyLock<Arc<Semaphore>> =
            LazyLock::new(|| Arc::new(Semaphore::new(AT_ONCE)));
        Self {
            turns: TURNS.clone(),
        }
    }
}

impl GstProber {
    async fn on_a_thread<T: Send + 'static>(
        &self,
        look: impl FnOnce(&dyn Fn(T)) + Send + 'static,
    ) -> Option<T> {
        let _turn = self.turns.acquire().await.ok()?;
        let (answer, answered) = oneshot::channel();
        std::thread::Builder::new()
            .name("spool-probe".to_owned())
            .spawn(move || {
                let answer = std::cell::Cell::new(Some(answer));
                look(&|found| {
                    if let Some(answer) = answer.take() {
                        // Whoever asked may have lost interest.
                        answer.send(found).ok();
                    }
                });
            })
            .ok()?;
        answered.await.ok()
    }
}

#[async_trait]
impl Prober for GstProber {
    async fn probe(&self, path: PathBuf) -> Option<Probed> {
        self.on_a_thread(move |answer| answer(discover(&path)))
            .await
            .flatten()
    }

    async fn thumbnail(&self, path: PathBuf, width: u32) -> Option<Bytes> {
        self.on_a_thread(move |answer| {
            if let Some(camera) = Camera::before(&path, width) {
                answer(camera.shoot());
                camera.put_away();
            }
        })
        .await
        .flatten()
    }
}

fn discover(path: &Path) -> Option<Probed> {
    let uri = glib::filename_to_uri(path, None).ok()?;
    let found = gst_pbutils::Discoverer::new(LIMIT)
        .and_then(|discoverer| discoverer.discover_uri(&uri))
        .map_err(|error| tracing::debug!(%error, "not media"))
        .ok()?;
    let tracks: Vec<_> = (0..).zip(found.stream_list()).filter_map(track).collect();
    let sounds_or_shows = |track: &Track| track.kind != TrackKind::Subtitle;
    tracks.iter().any(sounds_or_shows).then(|| Probed {
        duration: found
            .duration()
            .map(Duration::from)
            .filter(|length| !length.is_zero()),
        picture: picture(&found),
        chapters: found
            .toc()
            .map(|toc| bus::chapters(&toc))
            .unwrap_or_default(),
        tracks,
    })
}

/// The size of the largest picture that is no cover.
fn picture(found: &gst_pbutils::DiscovererInfo) -> (u32, u32) {
    let streams = found.video_streams().into_iter();
    let videos =
        streams.filter_map(|stream| stream.downcast::<gst_pbutils::DiscovererVideoInfo>().ok());
    let films = videos.filter(|video| !video.is_image());
    let sizes = films.map(|video| (video.width(), video.height()));
    sizes.max_by_key(|size| size.1).unwrap_or_default()
}

fn track((index, stream): (u32, gst_pbutils::DiscovererStreamInfo)) -> Option<Track> {
    let (kind, language, height, channels);
    if let Some(video) = stream.downcast_ref::<gst_pbutils::DiscovererVideoInfo>() {
        // The picture of an album is no film.
        if video.is_image() {
            return None;
        }
        (kind, language, height, channels) = (TrackKind::Video, None, Some(video.height()), None);
    } else if let Some(audio) = stream.downcast_ref::<gst_pbutils::DiscovererAudioInfo>() {
        (kind, language, height, channels) = (
            TrackKind::Audio,
            audio.language(),
            None,
            Some(audio.channels()),
        );
    } else if let Some(text) = stream.downcast_ref::<gst_pbutils::DiscovererSubtitleInfo>() {
        (kind, language, height, channels) = (TrackKind::Subtitle, text.language(), None, None);
    } else {
        return None;
    }
    Some(Track {
        index,
        kind,
        codec: stream.caps().and_then(|caps| codec(&caps)),
        language: language
            .map(String::from)
            .or_else(|| {
                let tags = stream.tags()?;
                Some(tags.get::<gst::tags::LanguageCode>()?.get().to_owned())
            })
            .filter(|language| language != "und"),
        title: stream
            .tags()
            .and_then(|tags| Some(tags.get::<gst::tags::Title>()?.get().to_owned())),
        height: height.filter(|height| *height > 0),
        channels: channels.filter(|channels| *channels > 0),
        external: false,
    })
}

/// Short name of a codec, as servers spell it.
fn codec(caps: &gst::Caps) -> Option<String> {
    let fields = caps.structure(0)?;
    let number = |name: &str| fields.get::<i32>(name).ok();
    let name = match fields.name().as_str() {
        "audio/mpeg" if number("mpegversion") == Some(1) => "mp3",
        "audio/mpeg" => "aac",
        "video/mpeg" if number("mpegversion") == Some(4) => "mpeg4",
        "video/mpeg" => "mpeg2video",
        "video/x-h265" => "hevc",
        "text/x-raw" | "application/x-subtitle" => "subrip",
        "application/x-ass" | "application/x-ssa" => "ass",
        "subpicture/x-pgs" => "pgssub",
        "subpicture/x-dvd" => "dvdsub",
        "audio/x-raw" => "pcm",
        other => {
            let short = other.split_once("/x-").map(|(_, short)| short);
            return short.map(str::to_owned);
        }
    };
    Some(name.to_owned())
}

/// A pipeline that makes one JPEG.
struct Camera {
    playbin: gst::Element,
    film: gst_app::AppSink,
}

impl Camera {
    fn before(path: &Path, width: u32) -> Option<Self> {
        let make = gst::ElementFactory::make;
        // Turns what the file says is lying on its side.
        let turn = make("videoflip").property_from_str("video-direction", "auto");
        let size = gst::Caps::builder("video/x-raw")
            .field(
                "width",
                gst::IntRange::new(1, i32::try_from(width).ok()?.max(2)),
            )
            .field("pixel-aspect-ratio", gst::Fraction::new(1, 1))
            .build();
        let film = gst_app::AppSink::builder()
            .sync(false)
            .max_buffers(1)
            .build();
        let line = [
            turn.build().ok()?,
            make("videoconvertscale").build().ok()?,
            make("capsfilter").property("caps", size).build().ok()?,
            make("jpegenc").property("quality", QUALITY).build().ok()?,
            film.clone().upcast(),
        ];
        let bin = gst::Bin::new();
        bin.add_many(&line).ok()?;
        gst::Element::link_many(&line).ok()?;
        let lens = line.first()?.static_pad("sink")?;
        bin.add_pad(&gst::GhostPad::with_target(&lens).ok()?).ok()?;
        let playbin = make("playbin")
            .property("uri", glib::filename_to_uri(path, None).ok()?)
            .property_from_str("flags", "video")
            .property("video-sink", &bin)
            .build()
            .ok()?;
        Some(Self { playbin, film })
    }

    /// The key frame nearest to a tenth of the film: most films begin in the dark.
    fn shoot(&self) -> Option<Bytes> {
        self.playbin.set_state(gst::State::Paused).ok()?;
        self.ready()?;
        let length = self.playbin.query_duration::<gst::ClockTime>();
        if let Some(place) = length.map(|length| length / 10).filter(|at| !at.is_zero()) {
            let flags = gst::SeekFlags::FLUSH | gst::SeekFlags::KEY_UNIT;
            // A file in which one cannot seek shows its beginning.
            if self.playbin.seek_simple(flags, place).is_ok() {
                self.ready()?;
            }
        }
        let sample = self.film.try_pull_preroll(LIMIT)?;
        let jpeg = sample.buffer()?.map_readable().ok()?;
        (!jpeg.is_empty()).then(|| Bytes::copy_from_slice(&jpeg))
    }

    fn ready(&self) -> Option<()> {
        use gst::MessageType;
        let kinds = [MessageType::AsyncDone, MessageType::Error, MessageType::Eos];
        let message = self.playbin.bus()?.timed_pop_filtered(LIMIT, &kinds)?;
        (message.type_() == MessageType::AsyncDone).then_some(())
    }

    fn put_away(&self) {
        if self.playbin.set_state(gst::State::Null).is_err() {
            tracing::debug!("the thumbnail's pipeline does not stop");
        }
    }
}
