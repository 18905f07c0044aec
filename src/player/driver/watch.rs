//! What a stage is asked, and what its failures mean.

use std::time::{Duration, Instant};

use super::Driver;
use crate::bus::{Fault, Plugin};
use crate::cachesrc::Progress;
use crate::error::PlayerError;
use crate::event::Event;
use crate::machine::Fact;
use crate::stage::{Make, Stage};
use crate::track;
use crate::watchdog::{PATIENCE, SHORT_PATIENCE, STARVING};

/// How long to wait for word that new streams are there.
const SELECTION: Duration = Duration::from_secs(1);

impl Driver {
    pub(super) fn check_settled(&mut self) {
        if self.machine.awaits() && self.stage.as_ref().is_some_and(Stage::is_settled) {
            self.measure();
            self.happened(Fact::Settled);
            self.tell_tracks();
        }
    }

    pub(super) fn measure(&mut self) {
        let length = self.stage.as_ref().and_then(Stage::length);
        if let Some(length) = length.filter(|length| !length.is_zero()) {
            self.happened(Fact::Length(length));
        }
    }

    pub(super) fn tick(&mut self) {
        let Some(stage) = &self.stage else {
            // Its sink is not free yet: the wait for it is watched like any other.
            if self.build_due && self.machine.awaits() {
                self.watch(Progress {
                    served: 0,
                    waiting: None,
                });
            }
            return;
        };
        let progress = stage.feed.progress();
        if let Some(load) = &self.load {
            stage
                .feed
                .hint(load.position, stage.length(), self.machine.runs());
        }
        let since = self.load.as_ref().and_then(|load| load.reselecting);
        if since.is_some_and(|since| since.elapsed() >= SELECTION) {
            // Nothing had to change, or nothing is said of it.
            self.flush_old_streams();
            return;
        }
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

    pub(super) fn watch(&mut self, progress: Progress) {
        let barren = self.stage.as_ref().is_some_and(Stage::is_barren);
        let hopeless = barren || self.is_read_in_vain(progress);
        let patience = if hopeless { SHORT_PATIENCE } else { PATIENCE };
        if !self.watchdog.look(Instant::now(), progress, patience) {
            return;
        }
        tracing::warn!("the pipeline does nothing with the bytes it has");
        let fact = if hopeless {
            Fact::Failed(PlayerError::Damaged(
                "it ends before its first picture or sound".to_owned(),
            ))
        } else {
            Fact::Stuck(self.place())
        };
        self.happened(fact);
    }

    /// Whether the whole file has been read, and no stream was found in it.
    fn is_read_in_vain(&self, progress: Progress) -> bool {
        self.load.as_ref().is_some_and(|load| {
            let size = load.feed.reader().known_len();
            load.make == Make::Modern
                && load.streams.is_none()
                && size.is_some_and(|size| progress.served >= size)
        })
    }

    /// Where a stage that is built anew has to go on.
    pub(super) fn place(&self) -> Duration {
        let last = self.load.as_ref().map(|load| load.position);
        self.machine.target().or(last).unwrap_or_default()
    }

    /// False: it is still where it was.
    pub(super) fn tell_position(&mut self) -> bool {
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

    /// Something is not installed. A film without its picture is no film; without sound or subtitles it plays.
    pub(super) fn missing(&mut self, plugin: Plugin) {
        let Some(load) = &mut self.load else { return };
        let within = load.streams.as_ref().is_some_and(track::is_media);
        if within && plugin.is_for_picture() {
            return self.happened(Fact::Failed(plugin.into_error()));
        }
        load.missing.add(plugin, within);
        if self.machine.has_shown() {
            self.tell_lacks();
        }
    }

    /// Tells what stays out.
    pub(super) fn tell_lacks(&mut self) {
        let untold = self.load.as_mut().map(|load| load.missing.untold());
        for lack in untold.unwrap_or_default() {
            self.tell(Event::Lacks(lack));
        }
    }

    pub(super) fn fault(&mut self, fault: &Fault) {
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
}
