//! The thread behind a player: commands, bus messages and reports come in by one queue, events go out.
//!
//! **Owns** the machine and the present stage, and carries out the machine's effects.
//! **Threads**: its own. It never makes a call that may block; those are for the stage's hands and for the opener.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use gst::prelude::*;
use parking_lot::Mutex;
use spool_engine::cache::CacheError;

use crate::bus::{self, Fault, Missing, Said};
use crate::cachesrc::Feed;
use crate::error::PlayerError;
use crate::event::Event;
use crate::machine::{Effect, Fact, Machine, Wish};
use crate::opener::{self, Head};
use crate::player::{AudioOutput, Load, SeekMode, VideoOutput};
use crate::stage::{Make, Plan, Report, Stage};
use crate::subtitle::Beside;
use crate::track::{self, Choice, Tracks};
use crate::watchdog::{STARVING, Watchdog};

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

/// The present load.
struct Current {
    number: u64,
    feed: Arc<Feed>,
    make: Make,
    extension: Option<&'static str>,
    choice: Arc<Mutex<Choice>>,
    beside: Beside,
    streams: Option<gst::StreamCollection>,
    selected: Vec<String>,
    told: Tracks,
    missing: Missing,
    /// New streams were asked for; when they are there, what is queued of the old ones is thrown away.
    reselecting: bool,
    /// The last known position, for a stage that has to be built anew.
    position: Duration,
    /// There is no sound device.
    silent: bool,
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
            let input = if self.machine.awaits() || self.machine.runs() || self.machine.holds() {
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
            Command::Play(play) => self.happened(Fact::Play(play)),
            Command::Seek(position, mode) => self.happened(Fact::Seek(Wish {
                position: Some(position),
                mode,
                told: true,
            })),
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
            Command::Stop => {
                self.happened(Fact::Stop);
                self.load = None;
            }
            // Ends the loop in `run`.
            Command::Quit => {}
        }
    }

    fn begin(&mut self, load: Load) {
        self.numbers += 1;
        self.next = Some(Current {
            number: self.numbers,
            feed: Feed::open(load.reader),
            make: Make::Modern,
            extension: None,
            choice: Arc::default(),
            beside: Beside::new(&load.subtitles),
            streams: None,
            selected: Vec::new(),
            told: Tracks::default(),
            missing: Missing::default(),
            reselecting: false,
            position: load.start,
            silent: false,
        });
        self.happened(Fact::Load {
            start: load.start,
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
            Said::Missing(plugin) => {
                if let Some(load) = &mut self.load {
                    let within = load.streams.as_ref().is_some_and(track::is_media);
                    load.missing.add(plugin, within);
                }
            }
            Said::Chapters(chapters) => self.tell(Event::Chapters(chapters)),
            Said::Fault(fault) => self.fault(&fault),
        }
    }

    fn check_settled(&mut self) {
        if self.machine.awaits() && self.stage.as_ref().is_some_and(Stage::is_settled) {
            self.measure();
            self.happened(Fact::Settled);
            self.tell_tracks();
        }
    }

    fn measure(&mut self) {
        let length = self.stage.as_ref().and_then(Stage::length);
        if let Some(length) = length.filter(|length| !length.is_zero()) {
            self.happened(Fact::Length(length));
        }
    }

    fn tick(&mut self) {
        let Some(stage) = &self.stage else {
            // Its sink is not free yet: the wait for it is watched like any other.
            if self.build_due && self.machine.awaits() {
                self.watch(crate::cachesrc::Progress {
                    served: 0,
                    waiting: None,
                });
            }
            return;
        };
        let progress = stage.feed.progress();
        let waiting = progress.waiting.is_some_and(|waiting| waiting >= STARVING);
        if self.machine.awaits() {
            self.happened(Fact::Starved(waiting));
            self.watch(progress);
        } else if self.machine.runs() {
            let moved = self.tell_position();
            // With a filled queue the film plays on while a read waits.
            self.happened(Fact::Starved(waiting && !moved));
        } else {
            self.happened(Fact::Starved(waiting));
        }
    }

    fn watch(&mut self, progress: crate::cachesrc::Progress) {
        if self.watchdog.look(Instant::now(), progress) {
            tracing::warn!("the pipeline does nothing with the bytes it has");
            let place = self.place();
            self.happened(Fact::Stuck(place));
        }
    }

    /// Where a stage that is built anew has to go on.
    fn place(&self) -> Duration {
        let last = self.load.as_ref().map(|load| load.position);
        self.machine.target().or(last).unwrap_or_default()
    }

    /// False: it is still where it was.
    fn tell_position(&mut self) -> bool {
        let position = self.stage.as_ref().and_then(Stage::position);
        let (Some(position), Some(load)) = (position, &mut self.load) else {
            return false;
        };
        let moved = std::mem::replace(&mut load.position, position) != position;
        if moved {
            self.tell(Event::Position(position));
        }
        moved
    }

    fn fault(&mut self, fault: &Fault) {
        let (Some(stage), Some(load)) = (&self.stage, &mut self.load) else {
            return;
        };
        // Whoever ended its reads does not want to hear of it.
        if stage.feed.is_closed() {
            return;
        }
        tracing::debug!(error = %fault.error, "an element gave up");
        let place = self
            .machine
            .target()
            .or_else(|| stage.position())
            .unwrap_or(load.position);
        let fact = if let Some(error) = stage.feed.failure() {
            Fact::Failed(PlayerError::Source(error))
        } else if fault.is_of(&stage.audio_sink) && !load.silent {
            // No sound is no reason to see nothing.
            load.silent = true;
            Fact::Rebuild(place)
        } else if fault.is_of(&stage.video_sink) || fault.is_of(&stage.audio_sink) {
            Fact::Failed(PlayerError::Output(fault.error.message().to_owned()))
        } else if fault.is_of_subtitles() && load.choice.lock().text.take().is_some() {
            Fact::Rebuild(place)
        } else {
            Fact::Failed(fault.explain(&load.missing))
        };
        self.happened(fact);
    }

    fn choose_audio(&mut self, id: String) {
        let Some(load) = &mut self.load else { return };
        if load.told.audio_selected.as_ref() == Some(&id) {
            return;
        }
        load.choice.lock().audio = Some(id);
        self.reselect();
    }

    fn choose_subtitle(&mut self, id: Option<String>) {
        let Some(load) = &mut self.load else { return };
        let inside = match id {
            Some(id) if load.beside.select(Some(&id)) => None,
            inside => {
                load.beside.select(None);
                inside
            }
        };
        let changed = {
            let mut choice = load.choice.lock();
            let changed = choice.text != inside;
            choice.text = inside;
            changed
        };
        if changed {
            self.reselect();
        } else if !self.machine.runs() {
            // The picture that stands there is drawn again.
            self.happened(Fact::Seek(Wish::silent(None)));
        }
        self.tell_tracks();
    }

    fn reselect(&mut self) {
        let (Some(stage), Some(load)) = (&self.stage, &mut self.load) else {
            return;
        };
        let choice = load.choice.lock().clone();
        match (&load.streams, stage.make) {
            (Some(streams), Make::Modern) => {
                load.reselecting = true;
                stage.select(track::to_play(streams, &choice), choice);
            }
            // The streams are not known yet: the choice is read when they are.
            (None, Make::Modern) => {}
            (_, Make::Older) => {
                stage.select(Vec::new(), choice);
                self.happened(Fact::Seek(Wish::silent(None)));
                self.tell_tracks();
            }
        }
    }

    /// The new streams are there. What is queued of the old ones would be heard for a second: a flush throws it away.
    fn selected(&mut self, ids: Vec<String>) {
        let Some(load) = &mut self.load else { return };
        load.selected = ids;
        let flush = std::mem::take(&mut load.reselecting);
        self.tell_tracks();
        if flush {
            self.happened(Fact::Seek(Wish::silent(None)));
        }
    }

    fn tell_tracks(&mut self) {
        let (Some(stage), Some(load)) = (&self.stage, &mut self.load) else {
            return;
        };
        let mut tracks = match (&load.streams, stage.make) {
            (Some(streams), Make::Modern) => track::of_collection(streams, &load.selected),
            (None, Make::Modern) => return,
            (_, Make::Older) => track::of_numbers(&stage.playbin, &load.choice.lock()),
        };
        load.beside.list(&mut tracks);
        if tracks != load.told {
            load.told = tracks.clone();
            self.tell(Event::Tracks(tracks));
        }
    }

    fn apply_volume(&self) {
        if let Some(stage) = &self.stage {
            stage.playbin.set_property("volume", self.volume.powi(3));
            stage.playbin.set_property("mute", self.muted);
        }
    }

    fn happened(&mut self, fact: Fact) {
        for effect in self.machine.apply(fact) {
            self.carry_out(effect);
        }
        if !self.machine.awaits() {
            self.watchdog.rest();
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Tell(Event::SeekDone(asked)) => {
                let landed = self.stage.as_ref().and_then(Stage::position);
                let landed = landed.unwrap_or(asked);
                if let Some(load) = &mut self.load {
                    load.position = landed;
                }
                self.tell(Event::SeekDone(landed));
                self.tell(Event::Position(landed));
            }
            Effect::Tell(event) => self.tell(event),
            Effect::Open => self.open(),
            Effect::Build { again } => {
                if let Some(load) = self.load.as_mut().filter(|_| again) {
                    load.make = Make::Older;
                }
                self.build();
            }
            Effect::Run(run) => {
                if let Some(stage) = &self.stage {
                    stage.run(run);
                }
            }
            Effect::Seek(wish, speed) => {
                self.watchdog.rest();
                if let Some(stage) = &self.stage {
                    stage.seek(wish, speed);
                }
            }
            Effect::TearDown => self.tear_down(),
        }
    }

    fn open(&mut self) {
        self.load = self.next.take();
        if let Some(load) = &self.load {
            *self.shared_feed.lock() = Some(load.feed.clone());
            opener::open(load.number, load.feed.clone(), self.inbox.clone());
        }
    }

    fn build(&mut self) {
        self.watchdog.rest();
        if self.sink_held_by.is_some() {
            self.build_due = true;
            return;
        }
        let Some(load) = &mut self.load else { return };
        // A feed is closed with its stage; the bytes are read on through a fresh one.
        let feed = Feed::of_kind(load.feed.reader().clone(), load.extension);
        load.feed = feed.clone();
        load.streams = None;
        load.selected.clear();
        *self.shared_feed.lock() = Some(feed.clone());
        self.numbers += 1;
        let built = Stage::build(Plan {
            number: self.numbers,
            make: load.make,
            feed,
            video: &self.video,
            audio: if load.silent {
                AudioOutput::Fake
            } else {
                self.audio
            },
            filter: load.beside.filter(),
            choice: load.choice.clone(),
            inbox: self.inbox.clone(),
        });
        match built {
            Ok(stage) => {
                self.stage = Some(stage);
                self.apply_volume();
            }
            Err(error) => self.happened(Fact::Failed(error)),
        }
    }

    fn tear_down(&mut self) {
        self.build_due = false;
        self.watchdog.rest();
        if let Some(load) = &self.load {
            load.feed.close();
        }
        if let Some(stage) = self.stage.take() {
            if matches!(self.video, VideoOutput::Sink(_)) {
                self.sink_held_by = Some(stage.number);
            }
            stage.strike();
        }
    }

    fn is_present(&self, number: u64) -> bool {
        self.stage
            .as_ref()
            .is_some_and(|stage| stage.number == number)
    }

    fn tell(&self, event: Event) {
        (self.on_event)(event);
    }
}
