//! The choice among streams and subtitle files.

use super::Driver;
use crate::event::Event;
use crate::machine::{Fact, Wish};
use crate::stage::Make;
use crate::track;

impl Driver {
    pub(super) fn choose_audio(&mut self, id: String) {
        let Some(load) = &mut self.load else { return };
        if load.told.audio_selected.as_ref() == Some(&id) {
            return;
        }
        load.choice.lock().audio = Some(id);
        self.reselect();
    }

    pub(super) fn choose_subtitle(&mut self, id: Option<String>) {
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

    pub(super) fn reselect(&mut self) {
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
    pub(super) fn selected(&mut self, ids: Vec<String>) {
        let Some(load) = &mut self.load else { return };
        load.selected = ids;
        let flush = std::mem::take(&mut load.reselecting);
        self.tell_tracks();
        if flush {
            self.happened(Fact::Seek(Wish::silent(None)));
        }
    }

    pub(super) fn tell_tracks(&mut self) {
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
}
