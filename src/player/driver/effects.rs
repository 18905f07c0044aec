//! What the machine wants done, done.

use super::Driver;
use crate::cachesrc::Feed;
use crate::event::Event;
use crate::machine::{Effect, Fact};
use crate::opener;
use crate::player::{AudioOutput, VideoOutput};
use crate::stage::{Make, Plan, Stage};
use crate::track::Choice;
use gst::prelude::*;

impl Driver {
    pub(super) fn carry_out(&mut self, effect: Effect) {
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
            Effect::Tell(Event::FirstFrame) => {
                self.begin_shift();
                self.tell(Event::FirstFrame);
                self.tell_lacks();
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

    pub(super) fn open(&mut self) {
        self.load = self.next.take();
        if let Some(load) = &self.load {
            *self.shared_feed.lock() = Some(load.feed.clone());
            opener::open(load.number, load.feed.clone(), self.inbox.clone());
        }
    }

    pub(super) fn build(&mut self) {
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
        load.reselecting = None;
        // The older playbin takes its choice only when it has its streams.
        load.reselect_due = load.make == Make::Older && *load.choice.lock() != Choice::default();
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

    pub(super) fn tear_down(&mut self) {
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

    pub(super) fn apply_volume(&self) {
        if let Some(stage) = &self.stage {
            stage.playbin.set_property("volume", self.volume.powi(3));
            stage.playbin.set_property("mute", self.muted);
        }
    }
}
