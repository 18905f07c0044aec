//! The thread behind a player: commands, bus messages and reports come in by one queue, events go out.
//!
//! **Owns** the machine and the present stage, and carries out the machine's effects.
//! **Threads**: its own. It never makes a call that may block; those are for the stage's hands and for the opener.

mod choose;
mod current;
mod effects;
mod shift;
mod watch;

use current::Current;
use shift::Shift;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use spool_engine::cache::CacheError;

use crate::bus::{self, Missing, Said};
use crate::cachesrc::Feed;
use crate::error::PlayerError;
use crate::event::{Event, Phase};
use crate::machine::{Fact, Machine, Wish};
use crate::opener::Head;
use crate::player::{AudioOutput, Font, Load, SeekMode, SubtitleFile, VideoOutput};
use crate::stage::{Make, Report, Stage};
use crate::subtitle::Beside;
use crate::track::{Choice, Tracks};
use crate::watchdog::Watchdog;

/// The longest that the end of a player waits for its pipeline.
const FAREWELL: Duration = Duration::from_secs(2);
/// How often the position is told and the reads are looked at.
const TICK: Duration = Duration::from_millis(250);

/// What a person wants.
#[derive(Debug)]
pub(crate) enum Command {
    Load(Box<Load>),
    Play(bool),
    Seek(Duration, SeekMode),
    Volume(f64),
    Muted(bool),
    Speed(f64),
    Audio(String),
    Subtitle(Option<String>),
    Supply(String, Option<Vec<u8>>),
    Fonts(Vec<Font>),
    Stop,
    Quit,
}

/// What comes in. Numbers tell apart the loads and the stages, of which only the present one counts.
#[derive(Debug)]
pub(crate) enum Input {
    Command(Command),
    Opened(u64, Result<Head, CacheError>),
    Message(u64, gst::Message),
    Report(u64, Report),
}

/// The driver.
pub(crate) struct Driver {
    on_event: Box<dyn Fn(Event) + Send>,
    inbox: Sender<Input>,
    shared_feed: Arc<Mutex<Option<Arc<Feed>>>>,
    video: VideoOutput,
    audio: AudioOutput,
    volume: f64,
    muted: bool,
    machine: Machine,
    watchdog: Watchdog,
    /// Counts loads and stages.
    numbers: u64,
    load: Option<Current>,
    /// The load that takes its place once the old pipeline has been told to go.
    next: Option<Current>,
    stage: Option<Stage>,
    /// The stage that still holds the application's sink on its way out.
    sink_held_by: Option<u64>,
    /// A stage is to be built as soon as the sink is free.
    build_due: bool,
}

impl Driver {
    /// A driver with nothing loaded.
    pub(crate) fn new(
        video: VideoOutput,
        audio: AudioOutput,
        on_event: Box<dyn Fn(Event) + Send>,
        inbox: Sender<Input>,
        shared_feed: Arc<Mutex<Option<Arc<Feed>>>>,
    ) -> Self {
        Self {
            on_event,
            inbox,
            shared_feed,
            video,
            audio,
            volume: 1.0,
            muted: false,
            machine: Machine::default(),
            watchdog: Watchdog::default(),
            numbers: 0,
            load: None,
            next: None,
            stage: None,
            sink_held_by: None,
            build_due: false,
        }
    }

    /// Works until the handle is gone.
    pub(crate) fn run(mut self, rest: &Receiver<Input>) {
        let mut next_tick = Instant::now() + TICK;
        loop {
            let input = if self.ticks() {
                rest.recv_timeout(next_tick.saturating_duration_since(Instant::now()))
            } else {
                next_tick = Instant::now() + TICK;
                rest.recv().map_err(|_gone| RecvTimeoutError::Disconnected)
            };
            match input {
                Ok(Input::Command(Command::Quit)) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(input) => self.take(input),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if Instant::now() >= next_tick {
                next_tick = Instant::now() + TICK;
                self.tick();
            }
        }
        self.tear_down();
        self.see_off(rest);
    }

    /// Waits until the pipeline is gone, so that whoever waits for this thread waits for that as well: a program that ends
    /// while a pipeline still draws crashes on its way out.
    fn see_off(&mut self, rest: &Receiver<Input>) {
        let end = Instant::now() + FAREWELL;
        while self.sink_held_by.is_some() {
            match rest.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(Input::Report(number, Report::Gone)) => self.gone(number),
                Ok(_) => {}
                Err(_late) => break,
            }
        }
    }

    /// Whether there is anything to look at from time to time.
    fn ticks(&self) -> bool {
        let reselecting = |load: &Current| load.reselecting.is_some();
        self.machine.awaits()
            || self.machine.runs()
            || self.machine.holds()
            || self.load.as_ref().is_some_and(reselecting)
    }

    fn take(&mut self, input: Input) {
        match input {
            Input::Command(command) => self.obey(command),
            Input::Opened(number, result) => self.opened(number, result),
            Input::Message(number, message) => self.hear(number, &message),
            Input::Report(number, Report::Gone) => self.gone(number),
            Input::Report(number, report) if self.is_present(number) => self.reported(report),
            Input::Report(..) => {}
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Load(load) => self.begin(*load),
            Command::Play(true) if self.begins_elsewhere() => {
                self.tell(Event::Elsewhere(Duration::ZERO));
            }
            Command::Play(play) => self.happened(Fact::Play(play)),
            Command::Seek(place, mode) => match self.reach(place) {
                Some(position) => self.go(Wish {
                    position: Some(position),
                    mode,
                    told: true,
                }),
                None => self.tell(Event::Elsewhere(place)),
            },
            Command::Volume(volume) => {
                self.volume = volume;
                self.apply_volume();
            }
            Command::Muted(muted) => {
                self.muted = muted;
                self.apply_volume();
            }
            Command::Speed(speed) => self.happened(Fact::Speed(speed)),
            Command::Audio(id) => self.choose_audio(id),
            Command::Subtitle(id) => self.choose_subtitle(id),
            Command::Fonts(fonts) => self.supply_fonts(fonts),
            Command::Supply(id, text) => self.supply_subtitle(&id, text.as_deref()),
            Command::Stop => {
                self.happened(Fact::Stop);
                self.load = None;
            }
            // Ends the loop in `run`.
            Command::Quit => {}
        }
    }

    /// How what is loaded, or about to be, lies in its title.
    fn shift(&self) -> Option<&Shift> {
        let load = self.next.as_ref().or(self.load.as_ref())?;
        load.shift.as_ref()
    }

    /// Whether what is loaded only goes on.
    fn is_served(&self) -> bool {
        self.shift().is_some_and(Shift::streams)
    }

    /// Whether it has ended, and the title does not begin in what is loaded, or cannot be gone back to.
    fn begins_elsewhere(&self) -> bool {
        let elsewhere = |shift: &Shift| shift.streams() || !shift.is_first();
        self.machine.phase() == Phase::Ended && self.shift().is_some_and(elsewhere)
    }

    /// Where the pipeline has to go for a place in the title; `None` where it cannot.
    fn reach(&self, place: Duration) -> Option<Duration> {
        match self.shift() {
            Some(shift) => shift.reach(place),
            None => Some(place),
        }
    }

    fn begin(&mut self, load: Load) {
        self.numbers += 1;
        let start = match (load.served, load.piece) {
            (Some(_), _) => Duration::ZERO,
            (None, Some(piece)) => piece.within(load.start),
            (None, None) => load.start,
        };
        let mut beside = Beside::new(&load.subtitles);
        let chosen = load.subtitle.map(SubtitleFile::id);
        beside.select(chosen.as_deref());
        let offset = beside.offset();
        self.next = Some(Current {
            number: self.numbers,
            feed: Feed::open(load.reader),
            make: Make::Modern,
            extension: None,
            choice: Arc::new(Mutex::new(Choice {
                first: load.first,
                ..Choice::default()
            })),
            beside,
            streams: None,
            selected: Vec::new(),
            told: Tracks::default(),
            missing: Missing::default(),
            reselecting: None,
            reselect_due: false,
            held_seek: None,
            position: start,
            shift: Shift::new(load.served, load.piece, offset),
            silent: false,
        });
        self.happened(Fact::Load {
            start,
            play: load.play,
        });
    }

    fn opened(&mut self, number: u64, result: Result<Head, CacheError>) {
        let Some(load) = self.load.as_mut().filter(|load| load.number == number) else {
            return;
        };
        match result {
            Ok(head) if head.empty => self.happened(Fact::Failed(PlayerError::Damaged(
                "the file is empty".to_owned(),
            ))),
            Ok(head) => {
                if head.ogg_video {
                    load.make = Make::Older;
                }
                load.extension = head.extension;
                self.happened(Fact::Opened);
            }
            Err(CacheError::Cancelled) => {}
            Err(error) => self.happened(Fact::Failed(PlayerError::Source(error))),
        }
    }

    fn gone(&mut self, number: u64) {
        if self.sink_held_by == Some(number) {
            self.sink_held_by = None;
            if std::mem::take(&mut self.build_due) {
                self.build();
            }
        }
    }

    fn reported(&mut self, report: Report) {
        match report {
            Report::SeekReturned(done) => {
                self.happened(Fact::SeekReturned(done));
                self.check_settled();
            }
            // The reason is on the bus already, or the watchdog will miss a frame.
            Report::StateRefused => tracing::debug!("a state was refused"),
            Report::Gone => {}
        }
    }

    fn hear(&mut self, number: u64, message: &gst::Message) {
        let Some(stage) = self.stage.as_ref().filter(|stage| stage.number == number) else {
            return;
        };
        let Some(said) = bus::read(&stage.playbin, message) else {
            return;
        };
        match said {
            Said::Moved => self.check_settled(),
            Said::Fill(percent) => self.happened(Fact::Fill(percent)),
            Said::End => self.happened(Fact::End),
            Said::Length => self.measure(),
            Said::Streams(streams) => {
                if let Some(load) = &mut self.load {
                    load.streams = Some(streams);
                }
                self.tell_tracks();
            }
            Said::Selected(ids) => self.selected(ids),
            Said::Missing(plugin) => self.missing(plugin),
            Said::Chapters(chapters) => self.tell(Event::Chapters(chapters)),
            Said::Fault(fault) => self.fault(&fault),
        }
    }

    fn happened(&mut self, fact: Fact) {
        for effect in self.machine.apply(fact) {
            self.carry_out(effect);
        }
        if !self.machine.awaits() {
            self.watchdog.rest();
            if self.load.as_ref().is_some_and(|load| load.reselect_due) {
                self.reselect();
            }
        }
    }

    fn is_present(&self, number: u64) -> bool {
        self.stage
            .as_ref()
            .is_some_and(|stage| stage.number == number)
    }

    fn tell(&self, event: Event) {
        let shift = self.load.as_ref().and_then(|load| load.shift.as_ref());
        let told = match shift {
            Some(shift) => shift.of_title(event),
            None => Some(event),
        };
        if let Some(event) = told {
            (self.on_event)(event);
        }
    }

    /// The first frame of a stream tells where its times begin; the length that is told is the title's.
    fn begin_shift(&self) {
        let Some(shift) = self.load.as_ref().and_then(|load| load.shift.as_ref()) else {
            return;
        };
        shift.begin(
            self.stage
                .as_ref()
                .and_then(Stage::position)
                .unwrap_or_default(),
        );
        if let Some(length) = shift.length() {
            (self.on_event)(Event::Duration(length));
        }
    }
}
