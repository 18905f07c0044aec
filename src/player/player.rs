//! The player's handle, and what it is given.

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use parking_lot::Mutex;
use spool_engine::cache::Reader;
use spool_engine::model::Piece;
use spool_engine::playback::Served;
pub use spool_engine::source::Font;

use crate::cachesrc::Feed;
use crate::driver::{Command, Driver, Input};
use crate::event::Event;
use crate::track::First;

/// Where the picture goes.
#[derive(Debug)]
pub enum VideoOutput {
    /// Into this ready-made sink element, which the player puts into each of its pipelines in turn. For GTK: gst-plugin-gtk4's
    /// `gtk4paintablesink`, inside a `glsinkbin` (its property `sink`) where its paintable has a GL context. That sink is made
    /// on the main thread and changes its state with the help of the main loop, which must therefore run; the player never
    /// makes the main thread wait.
    Sink(gst::Element),
    /// Nowhere, at real-time pace, for tests and `--headless`.
    Fake,
}

/// Where the sound goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AudioOutput {
    /// To the session's default output; silently nowhere when there is none.
    Auto,
    /// Nowhere, at real-time pace.
    Fake,
}

/// How exact a seek must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeekMode {
    /// To the nearest key frame: quick, for scrubbing.
    Key,
    /// To the very position.
    Exact,
}

/// A subtitle that is not in what is loaded.
#[derive(Clone, Debug)]
pub struct SubtitleFile {
    /// ISO 639 code.
    pub language: Option<String>,
    /// Title, for people.
    pub title: String,
    /// `srt`, `vtt` or `ass`; only names it where its text is later seen to be another.
    pub format: String,
    /// What there is to draw.
    pub lines: Lines,
}

impl SubtitleFile {
    /// The id in [`Tracks`](crate::Tracks) of the one at this place of [`Load::subtitles`].
    #[must_use]
    pub fn id(number: usize) -> String {
        format!("beside-{number}")
    }
}

/// What there is to draw of a subtitle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lines {
    /// This text.
    Here(Vec<u8>),
    /// What [`Player::supply_subtitle`] brings; it is listed before.
    Later,
    /// Nothing: whoever made the stream has drawn it into the picture, or would do so. It is listed and can be chosen.
    InPicture,
}

/// What to play.
#[derive(Clone, Debug)]
pub struct Load {
    /// The bytes.
    pub reader: Reader,
    /// Where to begin, in the whole title; exact.
    pub start: Duration,
    /// Begin playing when the first frame is there, rather than paused on it.
    pub play: bool,
    /// Subtitles beside the file. One whose text here holds no line is left out.
    pub subtitles: Vec<SubtitleFile>,
    /// Which of them is chosen from the start.
    pub subtitle: Option<usize>,
    /// Streams of what is loaded to begin with; of its subtitles, only where none of `subtitles` is chosen.
    pub first: First,
    /// Where the bytes lie in the title, when they are a stream that can only be read on from its beginning. Positions that are
    /// told are the title's; `start` is not sought in it.
    pub served: Option<Served>,
    /// Where the file lies in its film, when that lies in several: positions that are told and sought are the film's. Times of
    /// `subtitles` are the file's.
    pub piece: Option<Piece>,
}

/// Handle to one player. No method blocks; what comes of a call is told by events. Dropping it tears the pipeline down on
/// a thread of its own; when that is done, the listener to its events is dropped.
#[derive(Debug)]
pub struct Player {
    inbox: Sender<Input>,
    /// The feed that is being read: closed from here, so that nothing a pipeline waits for delays its end.
    feed: Arc<Mutex<Option<Arc<Feed>>>>,
}

impl Player {
    /// A player that reports to `on_event`, which is called on a thread of the player's own.
    #[must_use]
    pub fn new(
        video: VideoOutput,
        audio: AudioOutput,
        on_event: impl Fn(Event) + Send + 'static,
    ) -> Self {
        let (inbox, rest) = channel();
        let feed = Arc::new(Mutex::new(None));
        let driver = Driver::new(
            video,
            audio,
            Box::new(on_event),
            inbox.clone(),
            feed.clone(),
        );
        let spawned = std::thread::Builder::new()
            .name("spool-player".to_owned())
            .spawn(move || driver.run(&rest));
        if let Err(error) = spawned {
            tracing::error!(%error, "the player gets no thread");
        }
        Self { inbox, feed }
    }

    /// Replaces what is loaded; events of the former load cease.
    pub fn load(&self, load: Load) {
        self.interrupt();
        self.send(Command::Load(Box::new(load)));
    }

    /// Plays. At the end: from the beginning, where that is loaded; otherwise [`Event::Elsewhere`] follows.
    pub fn play(&self) {
        self.send(Command::Play(true));
    }

    /// Pauses.
    pub fn pause(&self) {
        self.send(Command::Play(false));
    }

    /// Moves; while a seek is under way only the latest wish is kept. Where it cannot, [`Event::Elsewhere`] follows.
    pub fn seek(&self, position: Duration, mode: SeekMode) {
        self.send(Command::Seek(position, mode));
    }

    /// Loudness as a person perceives it (cubic), 0 to 1.
    pub fn set_volume(&self, volume: f64) {
        self.send(Command::Volume(volume.clamp(0.0, 1.0)));
    }

    /// Mutes.
    pub fn set_muted(&self, muted: bool) {
        self.send(Command::Muted(muted));
    }

    /// Speed, 0.25 to 4, pitch kept.
    pub fn set_speed(&self, speed: f64) {
        self.send(Command::Speed(speed.clamp(0.25, 4.0)));
    }

    /// Chooses an audio stream.
    pub fn select_audio(&self, id: &str) {
        self.send(Command::Audio(id.to_owned()));
    }

    /// Chooses a subtitle, or none.
    pub fn select_subtitle(&self, id: Option<&str>) {
        self.send(Command::Subtitle(id.map(str::to_owned)));
    }

    /// Brings the text of a subtitle of [`Lines::Later`]; with none, or one without a line, it is not chosen any more.
    pub fn supply_subtitle(&self, id: &str, text: Option<Vec<u8>>) {
        self.send(Command::Supply(id.to_owned(), text));
    }

    /// Brings fonts that styled subtitles of what is loaded ask for.
    pub fn supply_fonts(&self, fonts: Vec<Font>) {
        self.send(Command::Fonts(fonts));
    }

    /// Unloads; [`crate::Phase::Idle`] follows.
    pub fn stop(&self) {
        self.interrupt();
        self.send(Command::Stop);
    }

    fn interrupt(&self) {
        if let Some(feed) = self.feed.lock().take() {
            feed.close();
        }
    }

    fn send(&self, command: Command) {
        // Without a driver, which means without a thread, there is nobody to tell.
        self.inbox.send(Input::Command(command)).ok();
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        self.interrupt();
        self.send(Command::Quit);
    }
}
