//! Which streams of a file play: between the numbers by which its source knows them and the order in which the player does.
//!
//! Pure. **Does not know** streams that a server makes: those have what the server was asked for.

use spool_engine::model::{Chosen, Part, TrackKind};
use spool_engine::source::ExternalSubtitle;
use spool_player::{First, SubtitleFile, Tracks};

/// The source's numbers, in the player's order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Numbers {
    audio: Vec<u32>,
    inside: Vec<u32>,
    beside: Vec<Option<u32>>,
}

impl Numbers {
    /// Those of a file with these subtitles beside it.
    pub(super) fn of<'a>(part: &Part, beside: impl Iterator<Item = &'a ExternalSubtitle>) -> Self {
        let of = |kind| {
            let tracks = part.tracks.iter();
            let inside = tracks.filter(|track| track.kind == kind && !track.external);
            inside.map(|track| track.index).collect()
        };
        Self {
            audio: of(TrackKind::Audio),
            inside: of(TrackKind::Subtitle),
            beside: beside.map(|subtitle| subtitle.index).collect(),
        }
    }

    /// What to begin with: sound and subtitle of the file, and the place of a subtitle beside it.
    pub(super) fn first(&self, chosen: Chosen) -> (First, Option<usize>) {
        let place = |list: &[u32], index: Option<u32>| {
            let index = index?;
            list.iter().position(|known| *known == index)
        };
        let first = First {
            audio: place(&self.audio, chosen.audio),
            subtitle: place(&self.inside, chosen.subtitle),
        };
        let beside = chosen
            .subtitle
            .and_then(|index| self.beside.iter().position(|known| *known == Some(index)));
        (first, beside)
    }

    /// What plays; `None` where the player sees other streams than the source, or a subtitle that the source does not know.
    pub(super) fn chosen(&self, tracks: &Tracks) -> Option<Chosen> {
        let place = tracks
            .audio
            .iter()
            .position(|stream| Some(&stream.id) == tracks.audio_selected.as_ref())?;
        if tracks.audio.len() != self.audio.len() {
            return None;
        }
        Some(Chosen {
            audio: Some(*self.audio.get(place)?),
            subtitle: match &tracks.subtitle_selected {
                None => None,
                Some(id) => Some(self.subtitle(id, tracks)?),
            },
        })
    }

    fn subtitle(&self, id: &str, tracks: &Tracks) -> Option<u32> {
        let place_beside = |id: &str| (0..self.beside.len()).find(|at| SubtitleFile::id(*at) == id);
        if let Some(place) = place_beside(id) {
            return *self.beside.get(place)?;
        }
        let inside = tracks.subtitles.iter().map(|stream| stream.id.as_str());
        let inside: Vec<&str> = inside.filter(|id| place_beside(id).is_none()).collect();
        let place = inside.iter().position(|known| *known == id)?;
        let same = inside.len() == self.inside.len();
        self.inside.get(place).copied().filter(|_| same)
    }
}

#[cfg(test)]
mod tests {
    use spool_player::Stream;

    use super::*;

    /// Two sounds, two subtitles in the file, one beside it.
    fn numbers() -> Numbers {
        Numbers {
            audio: vec![1, 2],
            inside: vec![3, 4],
            beside: vec![Some(9), None],
        }
    }

    fn tracks(audio: &str, subtitle: Option<&str>) -> Tracks {
        let stream = |id: &str| Stream {
            id: id.to_owned(),
            language: None,
            title: None,
            codec: None,
            channels: None,
        };
        let beside: Vec<String> = (0..2).map(SubtitleFile::id).collect();
        Tracks {
            audio: ["a", "b"].map(stream).to_vec(),
            audio_selected: Some(audio.to_owned()),
            subtitles: ["s", "t", &beside[0], &beside[1]].map(stream).to_vec(),
            subtitle_selected: subtitle.map(str::to_owned),
            video: true,
        }
    }

    fn chosen(audio: u32, subtitle: Option<u32>) -> Chosen {
        Chosen {
            audio: Some(audio),
            subtitle,
        }
    }

    #[test]
    fn the_source_s_choice_is_what_plays_first() {
        let (first, beside) = numbers().first(chosen(2, Some(3)));
        assert_eq!(
            (first.audio, first.subtitle, beside),
            (Some(1), Some(0), None)
        );
        let (first, beside) = numbers().first(chosen(7, Some(9)));
        assert_eq!((first.audio, first.subtitle, beside), (None, None, Some(0)));
        let (first, beside) = numbers().first(chosen(1, None));
        assert_eq!((first.audio, first.subtitle, beside), (Some(0), None, None));
    }

    #[test]
    fn what_plays_is_told_by_the_source_s_numbers() {
        let told = |audio, subtitle| numbers().chosen(&tracks(audio, subtitle));
        assert_eq!(told("b", None), Some(chosen(2, None)));
        assert_eq!(told("a", Some("t")), Some(chosen(1, Some(4))));
        let beside = SubtitleFile::id(0);
        assert_eq!(told("a", Some(&beside)), Some(chosen(1, Some(9))));
    }

    #[test]
    fn what_the_source_does_not_know_is_not_told() {
        let unknown = SubtitleFile::id(1);
        assert_eq!(numbers().chosen(&tracks("a", Some(&unknown))), None);
        assert_eq!(numbers().chosen(&tracks("x", None)), None);
        let mut other = numbers();
        other.inside.push(5);
        assert_eq!(other.chosen(&tracks("a", Some("s"))), None);
        other.audio.push(6);
        assert_eq!(other.chosen(&tracks("a", None)), None);
    }
}
