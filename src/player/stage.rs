//! One pipeline and the hands that move it.
//!
//! **Owns** a playbin over a [`Feed`] and a thread, the *hands*, that makes every call which may block: state changes and
//! seeks wait for streaming threads, which may wait for the network. A stage that is [struck](Stage::strike) interrupts them
//! and takes itself apart on that thread, however long it takes.
//! **Does not know** what the playback is up to.
//!
//! playbin3 is driven directly rather than through GstPlay: GstPlay 1.26 changes between exact and key-frame seeks only
//! while stopped, pauses before each seek, has no way to the older playbin that plays what playbin3 hangs on, and blocks for ever when
//! its pipeline has to be shut down from outside.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use gst::prelude::*;
use parking_lot::Mutex;

use crate::cachesrc::Feed;
use crate::driver::Input;
use crate::error::PlayerError;
use crate::machine::Wish;
use crate::player::{AudioOutput, SeekMode, VideoOutput};
use crate::sink;
use crate::track::{self, Choice};

/// Picture, sound and subtitles, volume of our own, reports of the queue's fill, and deinterlacing where the file says so. Not
/// `download` (a second cache in front of ours) and not `soft-colorbalance` (a converter that nobody asked for).
const FLAGS: &str = "video+audio+text+soft-volume+buffering+deinterlace";
/// Without subtitles, which the older playbin would show unasked.
const FLAGS_NO_TEXT: &str = "video+audio+soft-volume+buffering+deinterlace";

/// Which of GStreamer's players.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Make {
    /// `playbin3`: streams by id, chosen before their decoders are built.
    Modern,
    /// `playbin`: streams by number; comes to a first frame where the other one hangs.
    Older,
}

/// Streams to play.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Selection {
    /// For `playbin3`: ids of its collection.
    Ids(Vec<String>),
    /// For `playbin`: numbers of its audio and subtitle streams.
    Numbers {
        audio: Option<i32>,
        text: Option<i32>,
    },
}

/// What the hands are asked to do, in order.
#[derive(Debug)]
enum Job {
    State(gst::State),
    Seek(Wish, f64),
    Select(Selection),
}

/// What the hands report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    /// The pipeline refused a state; a message on the bus says why, if anything does.
    StateRefused,
    /// A seek's call has returned; `false`: it was refused.
    SeekReturned(bool),
    /// The pipeline is gone, and its sinks are free.
    Gone,
}

/// Everything that a stage is built from.
pub(crate) struct Plan<'a> {
    pub(crate) number: u64,
    pub(crate) make: Make,
    pub(crate) feed: Arc<Feed>,
    pub(crate) video: &'a VideoOutput,
    pub(crate) audio: AudioOutput,
    pub(crate) filter: Option<gst::Element>,
    pub(crate) choice: Arc<Mutex<Choice>>,
    pub(crate) inbox: Sender<Input>,
}

/// One pipeline.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) number: u64,
    pub(crate) make: Make,
    pub(crate) feed: Arc<Feed>,
    pub(crate) playbin: gst::Element,
    pub(crate) video_sink: gst::Element,
    pub(crate) audio_sink: gst::Element,
    hands: Sender<Job>,
}

impl Stage {
    /// Builds a pipeline and lets it make its first frame.
    pub(crate) fn build(plan: Plan<'_>) -> Result<Self, PlayerError> {
        let (factory, flags) = match plan.make {
            Make::Modern => ("playbin3", FLAGS),
            Make::Older => ("playbin", FLAGS_NO_TEXT),
        };
        let playbin = gst::ElementFactory::make(factory)
            .property("uri", plan.feed.uri())
            .build()
            .map_err(|_error| PlayerError::MissingPlugin {
                description: factory.to_owned(),
            })?;
        let video_sink = sink::video(plan.video)?;
        let audio_sink = sink::audio(plan.audio)?;
        playbin.set_property_from_str("flags", flags);
        playbin.set_property("video-sink", &video_sink);
        playbin.set_property("audio-sink", &audio_sink);
        playbin.set_property("audio-filter", sink::stretch()?);
        if let Some(filter) = &plan.filter {
            playbin.set_property("video-filter", filter);
        }
        listen(&playbin, plan.number, plan.choice, plan.inbox.clone());
        let (hands, jobs) = channel();
        let parts = Parts {
            number: plan.number,
            playbin: playbin.clone(),
            sinks: [video_sink.clone(), audio_sink.clone()],
        };
        thread::Builder::new()
            .name("spool-pipeline".to_owned())
            .spawn(move || parts.work(&jobs, &plan.inbox))
            .map_err(|error| PlayerError::Output(error.to_string()))?;
        let stage = Self {
            number: plan.number,
            make: plan.make,
            feed: plan.feed,
            playbin,
            video_sink,
            audio_sink,
            hands,
        };
        stage.ask(Job::State(gst::State::Paused));
        Ok(stage)
    }

    /// Lets it run or stand.
    pub(crate) fn run(&self, run: bool) {
        self.ask(Job::State(if run {
            gst::State::Playing
        } else {
            gst::State::Paused
        }));
    }

    /// Goes somewhere, at this speed.
    pub(crate) fn seek(&self, wish: Wish, speed: f64) {
        self.ask(Job::Seek(wish, speed));
    }

    /// Changes the streams that play.
    pub(crate) fn select(&self, selection: Selection) {
        self.ask(Job::Select(selection));
    }

    /// Whether it has reached the state that was asked for. Does not wait.
    pub(crate) fn is_settled(&self) -> bool {
        let (result, current, _) = self.playbin.state(Some(gst::ClockTime::ZERO));
        result == Ok(gst::StateChangeSuccess::Success) && current >= gst::State::Paused
    }

    /// Whether a demuxer has given up without having found a stream. It says so with an error, which playbin3 1.26 holds
    /// back for ever when it comes very early.
    pub(crate) fn is_barren(&self) -> bool {
        let gave_up = |element: gst::Element| {
            let demuxes = element
                .metadata("klass")
                .is_some_and(|class| class.contains("Demuxer"));
            let rests = |pad: gst::Pad| pad.task_state() == gst::TaskState::Paused;
            demuxes && element.src_pads().is_empty() && element.sink_pads().into_iter().any(rests)
        };
        let inside = self.playbin.downcast_ref::<gst::Bin>();
        inside.is_some_and(|bin| {
            let elements = bin.iterate_recurse().into_iter();
            elements.filter_map(Result::ok).any(gave_up)
        })
    }

    /// Where it is.
    pub(crate) fn position(&self) -> Option<Duration> {
        let position = self.playbin.query_position::<gst::ClockTime>()?;
        Some(position.into())
    }

    /// How long it is.
    pub(crate) fn length(&self) -> Option<Duration> {
        let length = self.playbin.query_duration::<gst::ClockTime>()?;
        Some(length.into())
    }

    /// Takes it apart, on a thread of its own; [`Report::Gone`] follows.
    pub(crate) fn strike(self) {
        self.feed.close();
    }

    fn ask(&self, job: Job) {
        // The hands end only when this sender is dropped.
        self.hands.send(job).ok();
    }
}

/// Passes the bus on to the driver, and answers the one question that cannot wait: which streams to build decoders for.
fn listen(playbin: &gst::Element, number: u64, choice: Arc<Mutex<Choice>>, inbox: Sender<Input>) {
    let Some(bus) = playbin.bus() else { return };
    let weak = playbin.downgrade();
    bus.set_sync_handler(move |_, message| {
        if let gst::MessageView::StreamCollection(streams) = message.view()
            && let Some(playbin) = weak.upgrade()
        {
            let ids = track::to_play(&streams.stream_collection(), &choice.lock());
            select_by_id(&playbin, &ids);
        }
        // A driver that is gone needs no messages.
        inbox.send(Input::Message(number, message.clone())).ok();
        gst::BusSyncReply::Drop
    });
}

fn select_by_id(playbin: &gst::Element, ids: &[String]) {
    if !ids.is_empty() {
        playbin.send_event(gst::event::SelectStreams::new(
            ids.iter().map(String::as_str),
        ));
    }
}

/// What the hands hold.
struct Parts {
    number: u64,
    playbin: gst::Element,
    sinks: [gst::Element; 2],
}

impl Parts {
    fn work(self, jobs: &Receiver<Job>, inbox: &Sender<Input>) {
        let report = |report| inbox.send(Input::Report(self.number, report)).ok();
        for job in jobs {
            match job {
                Job::State(state) => {
                    if self.playbin.set_state(state).is_err() {
                        report(Report::StateRefused);
                    }
                }
                Job::Seek(wish, speed) => {
                    report(Report::SeekReturned(self.seek(wish, speed)));
                }
                Job::Select(selection) => self.select(&selection),
            }
        }
        self.dismantle();
        report(Report::Gone);
    }

    /// Always flushing: only a flush interrupts a read that waits for the network.
    fn seek(&self, wish: Wish, speed: f64) -> bool {
        let place = match wish.position {
            Some(place) => gst::ClockTime::try_from(place).ok(),
            None => self.playbin.query_position::<gst::ClockTime>(),
        };
        let flags = gst::SeekFlags::FLUSH
            | match wish.mode {
                SeekMode::Key => gst::SeekFlags::KEY_UNIT | gst::SeekFlags::SNAP_NEAREST,
                SeekMode::Exact => gst::SeekFlags::ACCURATE,
            };
        self.playbin
            .seek(
                speed,
                flags,
                gst::SeekType::Set,
                place.unwrap_or(gst::ClockTime::ZERO),
                gst::SeekType::None,
                gst::ClockTime::NONE,
            )
            .is_ok()
    }

    fn select(&self, selection: &Selection) {
        match selection {
            Selection::Ids(ids) => select_by_id(&self.playbin, ids),
            Selection::Numbers { audio, text } => {
                for (name, number) in [("current-audio", audio), ("current-text", text)] {
                    if let Some(number) = number {
                        self.playbin.set_property(name, number);
                    }
                }
                let flags = if text.is_some() { FLAGS } else { FLAGS_NO_TEXT };
                self.playbin.set_property_from_str("flags", flags);
            }
        }
    }

    fn dismantle(&self) {
        if self.playbin.set_state(gst::State::Null).is_err() {
            tracing::warn!("the pipeline does not stop");
        }
        if let Some(bus) = self.playbin.bus() {
            bus.unset_sync_handler();
            bus.set_flushing(true);
        }
        // Messages that are still queued may keep the old pipeline alive a little longer than its sinks may wait.
        for sink in &self.sinks {
            if let Some(parent) = sink.parent().and_downcast::<gst::Bin>() {
                parent.remove(sink).ok();
            }
            if sink.set_state(gst::State::Null).is_err() {
                tracing::warn!("a sink does not stop");
            }
        }
    }
}
