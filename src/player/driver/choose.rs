//! The choice among streams and subtitle files.

use std::time::Instant;

use super::Driver;
use crate::event::Event;
use crate::machine::{Fact, Wish};
use crate::player::Font;
use crate::stage::{Make, Selection};
use crate::track;

impl Driver {
    pub(super) fn choose_audio(&mut self, id: String) {
        let Some(load) = &mut self.load else { return };
        let former = load.choice.lock().audio.replace(id.clone());
        if former != Some(id) {
            self.reselect();
        }
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
            let first = choice.first.subtitle.take();
            let changed = choice.text != inside || first.is_some();
            choice.text = inside;
            changed
        };
        if changed {
            self.reselect();
        } else {
            self.draw_again();
        }
        self.tell_tracks();
    }

    /// The text of a subtitle has come, or will not.
    pub(super) fn supply_subtitle(&mut self, id: &str, text: Option<&[u8]>) {
        let Some(load) = self.next.as_mut().or(self.load.as_mut()) else {
            return;
        };
        if load.beside.supply(id, text) {
            self.draw_again();
        }
        self.tell_tracks();
    }

    /// Fonts have come.
    pub(super) fn supply_fonts(&mut self, fonts: Vec<Font>) {
        let load = self.next.as_ref().or(self.load.as_ref());
        if let Some(load) = load {
            load.beside.add_fonts(fonts);
            self.draw_again();
        }
    }

    /// A picture that stands there is drawn again. Of a stream that only goes on, it cannot be had a second time.
    fn draw_again(&mut self) {
        if !self.machine.runs() && !self.is_served() {
            self.go(Wish::silent(None));
        }
    }

    /// Makes the choice take effect. One thing at a time: playbin3 hangs now and then when its streams change during a seek.
    pub(super) fn reselect(&mut self) {
        let awaits = self.machine.awaits();
        let (Some(stage), Some(load)) = (&self.stage, &mut self.load) else {
            return;
        };
        load.reselect_due = awaits || load.reselecting.is_some();
        if load.reselect_due {
            return;
        }
        let choice = load.choice.lock().clone();
        match (&load.streams, stage.make) {
            (Some(streams), Make::Modern) => {
                let ids = track::to_play(streams, &choice);
                let plays = |id: &String| load.selected.contains(id);
                if ids.len() != load.selected.len() || !ids.iter().all(plays) {
                    load.reselecting = Some(Instant::now());
                    stage.select(Selection::Ids(ids));
                }
            }
            // The streams are not known yet: the choice is read when they are.
            (None, Make::Modern) => {}
            (_, Make::Older) => {
                stage.select(track::numbers(&load.told, &choice));
                self.happened(Fact::Seek(Wish::silent(None)));
                self.tell_tracks();
            }
        }
    }

    /// The new streams are there.
    pub(super) fn selected(&mut self, ids: Vec<String>) {
        let Some(load) = &mut self.load else { return };
        load.selected = ids;
        let due = load.reselecting.is_some();
        self.tell_tracks();
        if due {
            self.flush_old_streams();
        }
    }

    /// What is queued of the old streams would be heard for a second: a seek throws it away, to where a person wanted to go
    /// meanwhile or to where it is.
    pub(super) fn flush_old_streams(&mut self) {
        let Some(load) = &mut self.load else { return };
        load.reselecting = None;
        let wish = load.held_seek.take().unwrap_or(Wish::silent(None));
        self.happened(Fact::Seek(wish));
    }

    /// Goes somewhere, after a change of streams that is under way.
    pub(super) fn go(&mut self, wish: Wish) {
        match &mut self.load {
            Some(load) if load.reselecting.is_some() => load.held_seek = Some(wish),
            _ => self.happened(Fact::Seek(wish)),
        }
    }

    pub(super) fn tell_tracks(&mut self) {
        let (Some(stage), Some(load)) = (&self.stage, &mut self.load) else {
            return;
        };
        let mut tracks = match (&load.streams, stage.make) {
            (Some(streams), Make::Modern) => track::of_collection(streams, &load.selected),
            (None, Make::Modern) => return,
            (_, Make::Older) => track::of_numbers(&stage.playbin, &load.choice.lock(), &load.told),
        };
        load.beside.list(&mut tracks);
        if tracks != load.told {
            load.told = tracks.clone();
            self.tell(Event::Tracks(tracks));
        }
    }
}
