//! Stretches of a film that people skip.

use std::time::Duration;

/// What a [`Marker`] marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MarkerKind {
    /// The title sequence.
    Intro,
    /// The credits.
    Outro,
    /// "Previously on…".
    Recap,
    /// A commercial.
    Commercial,
    /// "Next time…".
    Preview,
}

/// A stretch of a film that people skip, as its source knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marker {
    /// What it is.
    pub kind: MarkerKind,
    /// Where it begins.
    pub start: Duration,
    /// Where it ends; behind `start`, perhaps past the film's last frame.
    pub end: Duration,
}

impl Marker {
    /// A list as a source sent it, without stretches that are none, by their beginnings.
    #[must_use]
    pub fn sorted(mut markers: Vec<Self>) -> Vec<Self> {
        markers.retain(|marker| marker.start < marker.end);
        markers.sort_by_key(|marker| (marker.start, marker.end));
        markers.dedup();
        markers
    }

    /// The marker that a moment lies in; of several the one that began last.
    #[must_use]
    pub fn at(markers: &[Self], moment: Duration) -> Option<Self> {
        let within = |marker: &&Self| marker.start <= moment && moment < marker.end;
        markers.iter().rev().find(within).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marker(kind: MarkerKind, start: u64, end: u64) -> Marker {
        Marker {
            kind,
            start: Duration::from_secs(start),
            end: Duration::from_secs(end),
        }
    }

    #[test]
    fn stretches_that_are_none_are_left_out_and_the_inner_one_is_found() {
        let outro = marker(MarkerKind::Outro, 90, 200);
        let intro = marker(MarkerKind::Intro, 10, 40);
        let advert = marker(MarkerKind::Commercial, 20, 25);
        let nothing = marker(MarkerKind::Recap, 5, 5);
        let markers = Marker::sorted(vec![outro, nothing, advert, intro, intro]);
        assert_eq!(markers, [intro, advert, outro]);
        let at = |second| Marker::at(&markers, Duration::from_secs(second));
        assert_eq!(at(9), None);
        assert_eq!(at(10), Some(intro));
        assert_eq!(at(24), Some(advert));
        assert_eq!(at(25), Some(intro));
        assert_eq!(at(40), None);
        assert_eq!(at(199), Some(outro));
    }
}
