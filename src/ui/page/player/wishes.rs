//! What the page does about a [`Wish`].

use relm4::ComponentSender;
use spool_player::SeekMode;

use super::seek_bar::Seek;
use super::wish::Pace;
use super::{PlayerInput, PlayerOutput, PlayerPage, Wish};
use crate::settings::Key;

/// What one notch of the wheel on the seek bar skips, in seconds.
const NOTCH: i64 = 10;

impl PlayerPage {
    /// Does what the person wants, where it can be done now.
    pub(super) fn grant(&mut self, wish: Wish, sender: &ComponentSender<Self>) {
        match wish {
            Wish::PlayPause => self.play_pause(),
            Wish::Skip(seconds) => {
                self.seek(self.playback.skipped(seconds), SeekMode::Exact, sender);
            }
            Wish::Tenth(tenths) => self.seek_tenth(tenths, sender),
            Wish::Seek(seek) => self.seek_bar(seek, sender),
            Wish::Louder(by) => self.set_volume(self.volume + by),
            Wish::Volume(volume) => self.set_volume(volume),
            Wish::Mute => self.set_muted(!self.muted),
            Wish::Fullscreen => self.ask_fullscreen(!self.fullscreen, sender),
            Wish::Escape if self.fullscreen => self.ask_fullscreen(false, sender),
            Wish::Escape | Wish::Leave => self.leave(sender),
            Wish::Speed(pace) => self.set_speed(pace),
            Wish::CycleAudio => self.cycle_audio(),
            Wish::CycleSubtitle => self.cycle_subtitle(sender),
            Wish::Audio(id) => self.select_audio(&id),
            Wish::Subtitle(id) => self.select_subtitle(id.as_deref(), sender),
            Wish::Next => self.play_next(sender),
            Wish::SkipMarker => self.skip_offer(sender),
            Wish::Quality(quality) => self.choose_quality(quality, sender),
            Wish::Version(key) => self.choose_version(&key, sender),
            Wish::AnotherVersion => self.another_version(sender),
            Wish::Lyrics => self.toggle_lyrics(),
        }
    }

    fn play_pause(&mut self) {
        let Some(player) = self
            .player
            .as_ref()
            .filter(|_| self.loaded && self.failure.is_none())
        else {
            return;
        };
        if self.playback.is_wanted() {
            self.playback.want(false);
            player.pause();
        } else {
            if self.playback.phase() == spool_player::Phase::Ended {
                self.countdown = None;
                self.playback.seek(std::time::Duration::ZERO);
                player.seek(std::time::Duration::ZERO, SeekMode::Exact);
            }
            self.playback.want(true);
            player.play();
        }
        self.report_change();
    }

    pub(super) fn seek(
        &mut self,
        target: std::time::Duration,
        mode: SeekMode,
        sender: &ComponentSender<Self>,
    ) {
        if self.course.is_elsewhere(target) && self.loaded && self.failure.is_none() {
            // Where a knob passes by, nothing can be shown.
            if mode == SeekMode::Exact {
                self.depart(target, sender);
            }
            return;
        }
        let Some(player) = self
            .player
            .as_ref()
            .filter(|_| self.loaded && self.failure.is_none())
        else {
            return;
        };
        self.playback.seek(target);
        player.seek(target, mode);
    }

    fn seek_tenth(&mut self, tenths: u8, sender: &ComponentSender<Self>) {
        if let Some(target) = self.playback.tenth(tenths) {
            self.seek(target, SeekMode::Exact, sender);
        }
    }

    fn seek_bar(&mut self, seek: Seek, sender: &ComponentSender<Self>) {
        match seek {
            Seek::Scrub(target) => self.seek(target, SeekMode::Key, sender),
            Seek::To(target) => self.seek(target, SeekMode::Exact, sender),
            Seek::Notches(notches) => {
                self.seek(
                    self.playback.skipped(i64::from(notches) * NOTCH),
                    SeekMode::Exact,
                    sender,
                );
            }
        }
    }

    fn set_volume(&mut self, volume: f64) {
        self.volume = volume.clamp(0.0, 1.0);
        self.services.settings.set(Key::Volume, self.volume);
        if self.muted {
            self.set_muted(false);
        }
        if let Some(player) = &self.player {
            player.set_volume(self.volume);
        }
    }

    fn set_muted(&mut self, muted: bool) {
        self.muted = muted;
        self.services.settings.set(Key::Muted, muted);
        if let Some(player) = &self.player {
            player.set_muted(muted);
        }
    }

    fn toggle_lyrics(&mut self) {
        // A key that shows nothing must not change what the next song shows.
        if self.is_music() && self.words.are_known() {
            let wanted = self.words.toggle();
            self.services.settings.set(Key::Lyrics, wanted);
        }
    }

    fn ask_fullscreen(&self, fullscreen: bool, sender: &ComponentSender<Self>) {
        sender.output(PlayerOutput::Fullscreen(fullscreen)).ok();
        sender.input_sender().emit(PlayerInput::Stirred);
    }

    fn set_speed(&mut self, pace: Pace) {
        let speed = self.playback.pace(pace);
        if let Some(player) = &self.player {
            player.set_speed(speed);
        }
    }

    fn cycle_audio(&mut self) {
        let next = self.playback.next_audio();
        if let Some(id) = next.map(|stream| stream.id.clone()) {
            self.select_audio(&id);
        }
    }

    fn cycle_subtitle(&mut self, sender: &ComponentSender<Self>) {
        let choice = self.playback.next_subtitle();
        if let Some(choice) = choice.map(|stream| stream.map(|stream| stream.id.clone())) {
            self.select_subtitle(choice.as_deref(), sender);
        }
    }

    fn select_subtitle(&mut self, id: Option<&str>, sender: &ComponentSender<Self>) {
        self.course.chooses = true;
        self.choose_subtitle(id, sender);
    }

    fn select_audio(&mut self, id: &str) {
        self.course.chooses = true;
        if let Some(player) = &self.player {
            player.select_audio(id);
        }
    }
}
