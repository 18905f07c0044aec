//! Whose state of a title holds when this computer was cut off from the server: what happened here, or what the server says
//! now. Pure.
//!
//! The rule, for positions and marks: the newer one wins, both times read on the server's clock. Where the clocks cannot tell
//! (within [`UNSURE`]), a deliberate mark beats a report, then finished beats unfinished, then the newer one wins after all. A
//! server that names no time has nothing newer: the title was never played there, or its mark was taken back, which it does not
//! date. Favourites and ratings are deliberate and not dated by servers, so what was chosen here holds.

use std::time::Duration;

use crate::model::Item;
use crate::store::outbox::Unsent;

/// Clocks of servers are cut to seconds, and answers take their time: closer times do not tell what came first.
const UNSURE: i64 = 60_000;
/// Positions this close are the same.
const SAME: Duration = Duration::from_secs(1);

/// What is to be done with something that happened here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The server is told.
    Tell,
    /// The server says so already.
    Known,
    /// What the server says is newer, or beats it.
    Beaten,
}

/// Judges what happened here at `at`, in milliseconds since 1970 on the server's clock, against the title as the server
/// describes it. `finished` says that a position counts as the end.
pub(super) fn judge(here: &Unsent, at: i64, finished: bool, there: &Item) -> Verdict {
    match here {
        Unsent::Favourite(yes) if *yes == there.favourite => Verdict::Known,
        Unsent::Rating(points) if *points == there.own_rating => Verdict::Known,
        Unsent::Favourite(_) | Unsent::Rating(_) => Verdict::Tell,
        Unsent::Watched(watched) => {
            let says_so = there.progress.watched == *watched && there.progress.position.is_zero();
            match says_so && there.kind.is_playable() {
                true => Verdict::Known,
                false => dated(at, true, *watched, there),
            }
        }
        Unsent::Position { position, .. } => {
            let same = !finished && there.progress.position.abs_diff(*position) < SAME;
            match same && !there.progress.position.is_zero() {
                true => Verdict::Known,
                false => dated(at, false, finished, there),
            }
        }
    }
}

fn dated(at: i64, deliberate: bool, finished: bool, there: &Item) -> Verdict {
    let Some(last_played) = there.progress.last_played else {
        return Verdict::Tell;
    };
    let ahead = last_played.saturating_mul(1000).saturating_sub(at);
    let there_finished = there.progress.watched && there.progress.position.is_zero();
    let wins = match ahead.abs() < UNSURE {
        true if deliberate => true,
        true if finished != there_finished => finished,
        _ => ahead <= 0,
    };
    // The end that it names is this one: it has heard, and only its answer was lost.
    let heard = finished && there_finished && ahead.abs() < UNSURE && !deliberate;
    match (heard, wins) {
        (true, _) => Verdict::Known,
        (false, true) => Verdict::Tell,
        (false, false) => Verdict::Beaten,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ItemId, Kind, PartId};

    /// Noon, in seconds.
    const NOON: i64 = 1_795_262_400;

    fn id() -> ItemId {
        ItemId::new("abc".parse().unwrap(), "m")
    }

    fn there(minutes: u64, watched: bool, played: Option<i64>) -> Item {
        let mut item = Item::new(id(), Kind::Movie, "Film");
        item.progress.position = Duration::from_secs(60 * minutes);
        item.progress.watched = watched;
        item.progress.last_played = played.map(|seconds| NOON + seconds);
        item
    }

    fn position(minutes: u64) -> Unsent {
        Unsent::Position {
            part: PartId::new(id(), "file"),
            position: Duration::from_secs(60 * minutes),
        }
    }

    fn judged(here: &Unsent, finished: bool, there: &Item) -> Verdict {
        judge(here, NOON * 1000, finished, there)
    }

    #[test]
    fn the_newer_position_wins() {
        use Verdict::{Beaten, Known, Tell};
        for (played, verdict) in [
            (None, Tell),
            (Some(-7200), Tell),
            (Some(-1), Tell),
            (Some(0), Tell),
            (Some(1), Beaten),
            (Some(7200), Beaten),
        ] {
            let there = there(10, false, played);
            assert_eq!(judged(&position(50), false, &there), verdict, "{played:?}");
        }
        // It was told before, and the answer was lost.
        assert_eq!(
            judged(&position(50), false, &there(50, false, Some(0))),
            Known
        );
        assert_eq!(judged(&position(50), false, &there(50, false, None)), Known);
    }

    #[test]
    fn where_clocks_cannot_tell_finished_beats_unfinished() {
        use Verdict::{Beaten, Known, Tell};
        let (mine, ended) = (position(50), position(99));
        assert_eq!(judged(&ended, true, &there(40, false, Some(59))), Tell);
        assert_eq!(judged(&ended, true, &there(40, false, Some(60))), Beaten);
        assert_eq!(judged(&mine, false, &there(0, true, Some(-59))), Beaten);
        assert_eq!(judged(&mine, false, &there(0, true, Some(-60))), Tell);
        assert_eq!(judged(&ended, true, &there(0, true, Some(0))), Known);
        assert_eq!(judged(&ended, true, &there(0, true, Some(-7200))), Tell);
    }

    #[test]
    fn where_clocks_cannot_tell_a_mark_beats_a_report() {
        use Verdict::{Beaten, Known, Tell};
        let (seen, unseen) = (Unsent::Watched(true), Unsent::Watched(false));
        assert_eq!(judged(&seen, false, &there(40, false, Some(59))), Tell);
        assert_eq!(judged(&unseen, false, &there(0, true, Some(59))), Tell);
        assert_eq!(judged(&unseen, false, &there(40, false, Some(59))), Tell);
        assert_eq!(judged(&seen, false, &there(40, false, Some(61))), Beaten);
        assert_eq!(
            judged(&unseen, false, &there(40, false, Some(3600))),
            Beaten
        );
        assert_eq!(judged(&seen, false, &there(0, true, Some(-3600))), Known);
        assert_eq!(judged(&unseen, false, &there(0, false, None)), Known);
        assert_eq!(judged(&seen, false, &there(40, false, None)), Tell);
    }

    #[test]
    fn what_was_chosen_here_holds() {
        let mut film = there(0, false, Some(9000));
        (film.favourite, film.own_rating) = (true, Some(7));
        for (here, verdict) in [
            (Unsent::Favourite(true), Verdict::Known),
            (Unsent::Favourite(false), Verdict::Tell),
            (Unsent::Rating(Some(7)), Verdict::Known),
            (Unsent::Rating(Some(8)), Verdict::Tell),
            (Unsent::Rating(None), Verdict::Tell),
        ] {
            assert_eq!(judged(&here, false, &film), verdict, "{here:?}");
        }
    }

    #[test]
    fn a_show_is_marked_whatever_is_said_of_itself() {
        let mut show = there(0, false, None);
        show.kind = Kind::Show;
        let unseen = Unsent::Watched(false);
        assert_eq!(judged(&unseen, false, &show), Verdict::Tell);
    }
}
