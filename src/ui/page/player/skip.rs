//! What may be skipped: an intro, a recap, the credits. Pure.

use std::time::Duration;

use spool_engine::model::{Marker, MarkerKind};

use crate::i18n::gettext;

/// Less than this is not worth a button.
const LEAST: Duration = Duration::from_secs(2);
/// So long the button shows without the controls.
const LINGER: Duration = Duration::from_secs(8);
/// Credits that end so near to the end end with the film.
const AT_END: Duration = Duration::from_secs(2);

/// What may be skipped at a place of a title.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offer {
    kind: MarkerKind,
    start: Duration,
    /// Where skipping leads.
    pub(super) target: Duration,
    /// Nothing but the end comes behind it.
    pub(super) to_the_end: bool,
}

impl Offer {
    /// The offer at a place, if there is one.
    pub(super) fn at(
        markers: &[Marker],
        position: Duration,
        length: Option<Duration>,
    ) -> Option<Self> {
        let marker = Marker::at(markers, position)?;
        let target = length.map_or(marker.end, |length| marker.end.min(length));
        let to_the_end = length.is_some_and(|length| target + AT_END >= length);
        (target.saturating_sub(position) >= LEAST).then_some(Self {
            kind: marker.kind,
            start: marker.start,
            target,
            to_the_end,
        })
    }

    /// Whether the button shows: with the controls, and by itself when the stretch begins.
    pub(super) fn is_shown(&self, position: Duration, controls: bool) -> bool {
        controls || position.saturating_sub(self.start) < LINGER
    }

    /// What the button says.
    pub(super) fn label(&self) -> String {
        match self.kind {
            MarkerKind::Intro => gettext("Skip _Intro"),
            MarkerKind::Outro => gettext("Skip _Credits"),
            MarkerKind::Recap => gettext("Skip _Recap"),
            MarkerKind::Commercial => gettext("Skip Co_mmercial"),
            MarkerKind::Preview => gettext("Skip _Preview"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn at(position: u64) -> Option<Offer> {
        let marker = |kind, start, end| Marker {
            kind,
            start: seconds(start),
            end: seconds(end),
        };
        let markers = [
            marker(MarkerKind::Intro, 10, 40),
            marker(MarkerKind::Outro, 80, 200),
        ];
        Offer::at(&markers, seconds(position), Some(seconds(100)))
    }

    #[test]
    fn it_is_offered_within_a_stretch_and_leads_behind_it() {
        assert_eq!(at(9), None);
        let offer = at(10).unwrap();
        assert_eq!((offer.target, offer.to_the_end), (seconds(40), false));
        assert_eq!(at(39), None, "nothing is left to skip");
        let credits = at(80).unwrap();
        assert_eq!((credits.target, credits.to_the_end), (seconds(100), true));
    }

    #[test]
    fn it_shows_by_itself_at_first_and_later_with_the_controls() {
        let offer = at(10).unwrap();
        assert!(offer.is_shown(seconds(10), false));
        assert!(offer.is_shown(seconds(17), false));
        assert!(!offer.is_shown(seconds(18), false));
        assert!(offer.is_shown(seconds(30), true));
    }
}
