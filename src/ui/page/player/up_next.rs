//! What plays after what ends.

use std::time::Duration;

use gtk::glib;
use relm4::ComponentSender;

use super::{Begin, PlayerInput, PlayerPage};

/// How long one may think before the next episode plays by itself, in seconds.
const UP_NEXT_SECONDS: u8 = 10;

impl PlayerPage {
    /// What plays is over: the film goes on with its next file, or it is over as well.
    pub(super) fn ended(&mut self, sender: &ComponentSender<Self>) {
        if let Some(place) = self.course.goes_on_at() {
            return self.go_on(place, sender);
        }
        let end = self.playback.duration().unwrap_or(self.playback.position());
        self.report(|reports| reports.end(end));
        match &self.next {
            Some(_) if self.is_music() => self.play_next(sender),
            Some(_) => self.offer_next(sender),
            None => self.leave(sender),
        }
    }

    pub(super) fn offer_next(&mut self, sender: &ComponentSender<Self>) {
        self.countdown = Some(UP_NEXT_SECONDS);
        self.arm_countdown(sender);
    }

    fn arm_countdown(&self, sender: &ComponentSender<Self>) {
        let (input, generation) = (sender.input_sender().clone(), self.generation);
        glib::timeout_add_local_once(Duration::from_secs(1), move || {
            input.emit(PlayerInput::Countdown(generation))
        });
    }

    pub(super) fn count_down(&mut self, generation: u64, sender: &ComponentSender<Self>) {
        match self.countdown {
            Some(seconds) if generation == self.generation && seconds > 1 => {
                self.countdown = Some(seconds - 1);
                self.arm_countdown(sender);
            }
            Some(_) if generation == self.generation => self.play_next(sender),
            _ => {}
        }
    }

    pub(super) fn decline_next(&mut self, sender: &ComponentSender<Self>) {
        self.countdown = None;
        self.leave(sender);
    }

    pub(super) fn play_next(&mut self, sender: &ComponentSender<Self>) {
        if let Some(next) = self.next.take() {
            self.open(next.id, Begin::WhereLeft, sender);
        }
    }
}
