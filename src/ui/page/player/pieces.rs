//! Films in several files: what plays goes on with the next file by itself, and what was chosen goes with it.

use std::time::Duration;

use relm4::ComponentSender;
use spool_engine::model::{Chapter, Chosen, Part, PartId, Piece, Track, TrackKind};

use super::PlayerPage;
use super::course::Course;

impl Course {
    /// Where in the film the file after the one that plays begins; nothing behind the last one.
    pub(super) fn goes_on_at(&self) -> Option<Duration> {
        let piece = self.piece().filter(|piece| !piece.is_last());
        piece.map(|piece| piece.ends_at())
    }

    /// Where what plays lies in its film, where that lies in several files.
    pub(super) fn piece(&self) -> Option<Piece> {
        let mut pieces = self.pieces.iter();
        let found = pieces.find(|(part, _)| Some(part) == self.part.as_ref());
        found.map(|(_, piece)| *piece)
    }

    /// Whether the title has to be opened anew for a place.
    pub(super) fn is_elsewhere(&self, place: Duration) -> bool {
        self.streams || self.piece().is_some_and(|piece| !piece.holds(place))
    }

    /// The file that a place lies in: which of several, its part, and the place in it.
    pub(super) fn file_at(&self, place: Duration) -> Option<(usize, PartId, Duration)> {
        let mut pieces = self.pieces.iter().enumerate();
        match pieces.find(|(_, (_, piece))| piece.holds(place)) {
            Some((number, (part, piece))) => Some((number, part.clone(), piece.within(place))),
            None => Some((0, self.part.clone()?, place)),
        }
    }
}

impl PlayerPage {
    /// The file that plays has come to its end, which is not the film's.
    pub(super) fn go_on(&mut self, place: Duration, sender: &ComponentSender<Self>) {
        self.report(|reports| reports.end(place));
        let wanted = self.playback.was_wanted();
        self.open_at(place, sender);
        self.playback.want(wanted);
    }

    /// Whether chapters that a file tells are the title's: those of one file of several are not all.
    pub(super) fn are_chapters(&self, told: &[Chapter]) -> bool {
        !told.is_empty() && (self.course.pieces.is_empty() || self.chapters.is_empty())
    }
}

/// What plays of one file of a film, as streams of another one: those of the same language and name. Sound that has no like there
/// is left to the file, and so is a subtitle.
pub(super) fn carried(from: &Part, chosen: Chosen, to: &Part) -> Chosen {
    let like = |kind: TrackKind, index: Option<u32>| {
        let of_kind = |track: &&Track| track.kind == kind;
        let own = from.tracks.iter().filter(of_kind);
        let own = own.clone().find(|track| Some(track.index) == index)?;
        let alike = |track: &&Track| track.language == own.language;
        let candidates = to.tracks.iter().filter(of_kind).filter(alike);
        let best = candidates.min_by_key(|track| {
            (
                track.external != own.external,
                track.title != own.title,
                track.index.abs_diff(own.index),
            )
        });
        best.map(|track| track.index)
    };
    Chosen {
        audio: like(TrackKind::Audio, chosen.audio),
        subtitle: like(TrackKind::Subtitle, chosen.subtitle),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spool_engine::model::ItemId;

    fn part(tracks: &[(u32, TrackKind, &str, &str)]) -> Part {
        let item = ItemId::new("abc".parse().unwrap(), "film");
        let track = |(index, kind, language, title): &(u32, TrackKind, &str, &str)| Track {
            index: *index,
            kind: *kind,
            codec: None,
            language: Some((*language).to_owned()),
            title: Some((*title).to_owned()),
            height: None,
            channels: None,
            external: false,
        };
        Part {
            tracks: tracks.iter().map(track).collect(),
            ..Part::new(PartId::new(item, "x"))
        }
    }

    #[test]
    fn what_plays_goes_on_in_its_language() {
        use TrackKind::{Audio, Subtitle, Video};
        let first = part(&[
            (0, Video, "", ""),
            (1, Audio, "eng", ""),
            (2, Audio, "deu", ""),
            (3, Audio, "deu", "Comments"),
            (4, Subtitle, "eng", ""),
        ]);
        let second = part(&[
            (0, Audio, "deu", "Comments"),
            (1, Audio, "deu", ""),
            (2, Audio, "eng", ""),
            (3, Subtitle, "fra", ""),
        ]);
        let chosen = |audio, subtitle| Chosen { audio, subtitle };
        let there = |audio, subtitle| carried(&first, chosen(audio, subtitle), &second);
        assert_eq!(there(Some(2), None), chosen(Some(1), None));
        assert_eq!(there(Some(3), Some(4)), chosen(Some(0), None));
        assert_eq!(there(Some(9), None), chosen(None, None));
        let same = carried(&first, chosen(Some(2), Some(4)), &first);
        assert_eq!(same, chosen(Some(2), Some(4)));
    }
}
