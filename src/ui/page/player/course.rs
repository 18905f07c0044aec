//! What is known of the playback under way beside where it is: how it is served, what may be skipped in it.

use std::time::Duration;

use gtk::glib;
use relm4::ComponentSender;
use spool_engine::model::{Kind, Marker, Part, PartId, Piece, Unfit, pieces_of};
use spool_engine::playback::Playable;
use spool_engine::source::{Method, Quality};

use super::choice::Numbers;
use super::failure::Instead;
use super::look::Look;
use super::report::Report;
use super::skip::Offer;
use super::{Begin, PlayerInput, PlayerPage};
use crate::ui::format;

/// Who turns a knob is not at its end before: a stream is opened anew for the last of many places.
const SETTLES: Duration = Duration::from_millis(350);

/// One playback's.
#[derive(Debug, Default)]
pub(super) struct Course {
    pub(super) part: Option<PartId>,
    /// All files of the film, where there are several.
    pub(super) pieces: Vec<(PartId, Piece)>,
    bitrate: Option<u64>,
    /// The server can make streams of it.
    can_lower: bool,
    remote: bool,
    /// How the server serves it.
    method: Method,
    /// It is a stream that only goes on.
    pub(super) streams: bool,
    /// The server makes that stream of a file whose colours would come out wrong.
    recoloured: bool,
    markers: Vec<Marker>,
    pub(super) look: Look,
    /// The streams of its file; nothing of a stream that the server makes.
    pub(super) numbers: Option<Numbers>,
    /// The next change of streams is a person's.
    pub(super) chooses: bool,
}

impl Course {
    pub(super) fn of(playable: &Playable, remote: bool) -> Self {
        let Part { id, bitrate, .. } = &playable.part;
        Self {
            part: Some(id.clone()),
            pieces: pieces_of(&playable.item.parts, id),
            bitrate: *bitrate,
            remote,
            can_lower: remote && playable.item.kind != Kind::Track,
            method: playable.method,
            streams: playable.served.is_some(),
            recoloured: playable.served.is_some() && playable.part.unfit == Some(Unfit::Colours),
            markers: playable.markers.clone(),
            look: Look::default(),
            numbers: None,
            chooses: false,
        }
    }

    /// Whether it is the file as it is, of a server that may make a stream of it.
    pub(super) fn can_convert(&self) -> bool {
        self.remote && self.method == Method::Direct
    }

    /// The qualities there are to choose from, the best first; none where there is no choice. `whole`: the file is on this
    /// device, and a lower quality would spare nothing.
    pub(super) fn qualities(&self, whole: bool) -> Vec<Quality> {
        if !self.can_lower || (whole && !self.streams) {
            return Vec::new();
        }
        let lower = Quality::LOWER.into_iter().filter(|quality| match quality {
            Quality::UpTo(bits) => self.bitrate.is_none_or(|whole| *bits < whole),
            Quality::Original => false,
        });
        std::iter::once(Quality::Original).chain(lower).collect()
    }

    /// The quality it plays in, where this one was asked for: a file that fits plays as it is.
    pub(super) fn quality(&self, asked: Quality) -> Quality {
        match self.method {
            Method::Direct => Quality::Original,
            Method::Remux | Method::Transcode => asked,
        }
    }
}

impl PlayerPage {
    /// Title and what stands below it.
    pub(super) fn heading(&self) -> (String, String) {
        let Some(item) = &self.item else {
            return Default::default();
        };
        let context = item.context.clone().unwrap_or_default();
        match item.kind {
            Kind::Episode => {
                let code = format::episode_code(item.parent_index, item.index);
                let parts: Vec<String> = [context, code]
                    .into_iter()
                    .filter(|part| !part.is_empty())
                    .collect();
                (item.title.clone(), parts.join(" · "))
            }
            _ => (item.title.clone(), context),
        }
    }

    /// What may be skipped now.
    pub(super) fn offer(&self) -> Option<Offer> {
        let (position, length) = (self.playback.position(), self.playback.duration());
        let plays = self.playback.has_begun() && self.failure.is_none();
        Offer::at(&self.course.markers, position, length).filter(|_| plays)
    }

    /// Whether the button that skips it shows.
    pub(super) fn shows_offer(&self) -> bool {
        let (position, controls) = (self.playback.position(), self.chrome.is_shown());
        let offer = self.offer();
        offer.is_some_and(|offer| offer.is_shown(position, controls) && self.countdown.is_none())
    }

    pub(super) fn skip_offer(&mut self, sender: &ComponentSender<Self>) {
        match self.offer() {
            Some(offer) if offer.to_the_end && self.next.is_some() => self.play_next(sender),
            Some(offer) => self.seek(offer.target, spool_player::SeekMode::Exact, sender),
            None => {}
        }
    }

    /// What plays is what the server hears of, and what this title begins with when it is opened anew.
    pub(super) fn note_streams(&mut self) {
        let numbers = self.course.numbers.as_ref();
        let chosen = numbers.and_then(|numbers| numbers.chosen(self.playback.tracks()));
        let Some(chosen) = chosen.filter(|chosen| self.subtitles.plays != Some(*chosen)) else {
            return;
        };
        self.subtitles.plays = Some(chosen);
        let by_person = std::mem::take(&mut self.course.chooses);
        self.report(|_| Some(Report::Plays { chosen, by_person }));
    }

    pub(super) fn choose_quality(&mut self, quality: Quality, sender: &ComponentSender<Self>) {
        let before = self.course.quality(self.wanted_quality());
        let as_it_is = quality == Quality::Original;
        let other = quality != before || (as_it_is && self.course.recoloured);
        self.quality = quality;
        self.instead = Instead {
            as_it_is,
            ..Instead::default()
        };
        if other {
            self.open_at(self.playback.position(), sender);
        }
    }

    /// What is asked of the server for this title: no more than it had room for.
    pub(super) fn wanted_quality(&self) -> Quality {
        self.instead.quality.unwrap_or(self.quality)
    }

    /// A place that is not in what is loaded is gone to by opening the title anew, once the person has settled for one.
    pub(super) fn depart(&mut self, target: Duration, sender: &ComponentSender<Self>) {
        self.playback.seek(target);
        let (input, generation) = (sender.input_sender().clone(), self.generation);
        glib::timeout_add_local_once(SETTLES, move || {
            input.emit(PlayerInput::Depart(generation, target));
        });
    }

    pub(super) fn departed(
        &mut self,
        generation: u64,
        target: Duration,
        sender: &ComponentSender<Self>,
    ) {
        if generation == self.generation && self.playback.position() == target {
            self.open_at(target, sender);
        }
    }

    /// Opens the same title anew at a place, running or standing as it was.
    pub(super) fn open_at(&mut self, place: Duration, sender: &ComponentSender<Self>) {
        self.open_again(Begin::At(place), sender);
    }

    pub(super) fn open_again(&mut self, begin: Begin, sender: &ComponentSender<Self>) {
        let Some(item) = self.asked.clone() else {
            return;
        };
        let wanted = self.playback.is_wanted();
        self.reopen(item, begin, sender);
        self.playback.want(wanted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lower_qualities_are_offered_and_only_of_a_server() {
        let course = |bitrate, can_lower| Course {
            bitrate,
            can_lower,
            ..Course::default()
        };
        assert_eq!(course(Some(8_000_000), false).qualities(false), []);
        assert_eq!(course(Some(8_000_000), true).qualities(true), []);
        let lower = course(Some(2_000_000), true).qualities(false);
        let expected = [
            Quality::Original,
            Quality::UpTo(1_500_000),
            Quality::UpTo(700_000),
        ];
        assert_eq!(lower, expected);
        assert_eq!(course(None, true).qualities(false).len(), 7);
    }
}
