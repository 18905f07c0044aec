//! Films in several files, as Jellyfin keeps them: one title for the film, which is its first file as well, and a hidden title for
//! each further file (`GET /Videos/{id}/AdditionalParts`); pure.
//!
//! Each of these titles has its own mark of what was watched, in times of its own file, and its own rules about a beginning and
//! an end. Spool's positions are the film's. What is said to the server, and how it is read back:
//!
//! - A report goes to the title of the file that plays, with the place inside that file.
//! - A server takes nine tenths of a file for its end, a place before its first twentieth for none, and a short file for played in
//!   any case. Of a file that is not the last one it is never told that much in a report; and where it could misjudge the place,
//!   the exact one is set after the report, as not played.
//! - When a further file begins to play, the film's own title is left at the end of its file: that is where other players go on
//!   with the next one by themselves, and the film stays among what was begun.
//! - When the film is at its end, its own title is marked played, and so is the one of the file that played.
//! - The film is where the file is that was played last, if there is a place to go on at in it; but only where the film's own
//!   title has a place or is played: one that is neither was not watched, whatever is left of its other files. A film whose last
//!   file is played after its first one was left is played.

use std::time::Duration;

use crate::model::{Piece, Progress, is_finished};
use crate::source::{Report, ReportEvent};

/// How much of a file that is not the last one a report says at most: less than what counts as its end.
const MOST_PERCENT: u32 = 85;
/// A server knows no place in a title of which less was seen.
const LEAST_PERCENT: u32 = 5;
/// A place at the very beginning of a further file that is one.
const BEGINNING: Duration = Duration::from_secs(1);

/// What is set of a title besides what a report says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// Begun, and left at this place of its file.
    At(Duration),
    /// Played to its end.
    Played,
}

/// What a server hears of something that happened in a film of several files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    /// The place in the file, as the report says it.
    pub(super) position: Duration,
    /// What is set of the film's own title before.
    pub(super) before: Option<Mark>,
    /// What is set after the report of the title whose file plays.
    pub(super) own: Option<Mark>,
    /// What is set after it of the film's own title, when that is another one.
    pub(super) film: Option<Mark>,
}

/// What to say of a report; see the module. Of one file it is the report itself.
pub(super) fn words(report: &Report) -> Words {
    let Some(piece) = report.piece() else {
        return Words {
            position: report.position,
            ..Words::default()
        };
    };
    let first = report.pieces.first().map(|(_, piece)| piece.length);
    let within = piece.within(report.position);
    let finished = is_finished(report.position, Some(piece.whole));
    let stopped = report.event == ReportEvent::Stopped;
    let begins = report.event == ReportEvent::Started || report.happened.is_some();
    let further = piece.number > 0;
    let position = match piece.is_last() {
        true => within,
        false => within.min(piece.length * MOST_PERCENT / 100),
    };
    let begun = within >= piece.length * LEAST_PERCENT / 100;
    Words {
        position,
        before: first.filter(|_| further && begins).map(Mark::At),
        own: match report.event {
            ReportEvent::Stopped if finished => Some(Mark::Played),
            ReportEvent::Stopped if further => Some(Mark::At(within.max(BEGINNING))),
            ReportEvent::Stopped if begun => Some(Mark::At(within)),
            ReportEvent::Progress { .. } if position < within => Some(Mark::At(within)),
            ReportEvent::Started | ReportEvent::Progress { .. } | ReportEvent::Stopped => None,
        },
        film: (further && stopped && finished).then_some(Mark::Played),
    }
}

/// What was watched of a film, from the marks of its own title and of its further files.
pub(super) fn progress(film: Progress, further: &[(Piece, Progress)]) -> Progress {
    if !film.watched && film.position.is_zero() {
        return film;
    }
    let later = |one: &&(Piece, Progress)| one.1.last_played >= film.last_played;
    let touched = |one: &&(Piece, Progress)| one.1.watched || !one.1.position.is_zero();
    let last = further.iter().filter(touched).filter(later);
    let Some((piece, of_piece)) = last.max_by_key(|(piece, of)| (of.last_played, piece.number))
    else {
        return film;
    };
    let done = of_piece.watched && of_piece.position.is_zero();
    let position = match () {
        () if !done => piece.begins_at + of_piece.position,
        () if piece.is_last() || film.watched => Duration::ZERO,
        () => piece.ends_at(),
    };
    Progress {
        position,
        watched: position.is_zero(),
        unwatched_children: None,
        last_played: of_piece.last_played.max(film.last_played),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ItemId, PartId};
    use crate::source::Method;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// 100 s and 60 s.
    fn pieces() -> Vec<(PartId, Piece)> {
        let item = ItemId::new("abc".parse().unwrap(), "film");
        let files = [(Some(seconds(100)), None), (Some(seconds(60)), None)];
        let laid = Piece::lay(0, &files, None).unwrap();
        let named = ["a", "b"].map(|key| PartId::new(item.clone(), key));
        named.into_iter().zip(laid).collect()
    }

    fn said(at: u64, event: ReportEvent, late: bool) -> Words {
        let pieces = pieces();
        let place = seconds(at);
        let (part, _) = pieces.iter().find(|(_, piece)| piece.holds(place)).unwrap();
        words(&Report {
            part: part.clone(),
            pieces: pieces.clone(),
            session: String::new(),
            position: place,
            method: Method::Direct,
            chosen: None,
            happened: late.then_some(7),
            event,
        })
    }

    const GOES_ON: ReportEvent = ReportEvent::Progress { paused: false };
    const STOPPED: ReportEvent = ReportEvent::Stopped;

    fn expected(position: u64, before: bool, own: Option<Mark>, film: Option<Mark>) -> Words {
        Words {
            position: seconds(position),
            before: before.then_some(Mark::At(seconds(100))),
            own,
            film,
        }
    }

    #[test]
    fn the_first_file_s_end_is_never_the_film_s() {
        assert_eq!(said(50, GOES_ON, false), expected(50, false, None, None));
        let exact = Some(Mark::At(seconds(95)));
        assert_eq!(said(95, GOES_ON, false), expected(85, false, exact, None));
        assert_eq!(said(95, STOPPED, false), expected(85, false, exact, None));
        assert_eq!(said(95, STOPPED, true), expected(85, false, exact, None));
        let middle = Some(Mark::At(seconds(50)));
        assert_eq!(said(50, STOPPED, false), expected(50, false, middle, None));
        assert_eq!(said(4, STOPPED, false), expected(4, false, None, None));
    }

    #[test]
    fn a_further_file_is_told_by_its_own_times_and_the_film_is_left_at_the_first_one_s_end() {
        let begun = said(100, ReportEvent::Started, false);
        assert_eq!(begun, expected(0, true, None, None));
        assert_eq!(said(120, GOES_ON, false), expected(20, false, None, None));
        let place = |at| Some(Mark::At(seconds(at)));
        assert_eq!(
            said(120, STOPPED, true),
            expected(20, true, place(20), None)
        );
        assert_eq!(
            said(100, STOPPED, false),
            expected(0, false, place(1), None)
        );
    }

    #[test]
    fn the_film_is_played_when_it_is_at_its_end() {
        let played = Some(Mark::Played);
        assert_eq!(
            said(144, STOPPED, false),
            expected(44, false, played, played)
        );
        assert_eq!(said(160, STOPPED, true), expected(60, true, played, played));
        assert_eq!(said(144, GOES_ON, false), expected(44, false, None, None));
    }

    fn mark(at: u64, watched: bool, played: Option<i64>) -> Progress {
        Progress {
            position: seconds(at),
            watched,
            unwatched_children: None,
            last_played: played,
        }
    }

    fn read(film: Progress, second: Progress) -> (u64, bool, Option<i64>) {
        let read = progress(film, &[(pieces()[1].1, second)]);
        (read.position.as_secs(), read.watched, read.last_played)
    }

    #[test]
    fn the_film_is_where_it_was_played_last() {
        let nothing = mark(0, false, None);
        assert_eq!(read(nothing, nothing), (0, false, None));
        assert_eq!(
            read(mark(30, false, Some(5)), nothing),
            (30, false, Some(5))
        );
        // As this program leaves it, and as others do.
        let second = mark(20, false, Some(9));
        assert_eq!(
            read(mark(100, false, Some(5)), second),
            (120, false, Some(9))
        );
        assert_eq!(read(mark(0, true, Some(5)), second), (120, false, Some(9)));
        assert_eq!(read(mark(100, false, None), second), (120, false, Some(9)));
        // Begun again, marked, and taken back.
        assert_eq!(
            read(mark(30, false, Some(10)), second),
            (30, false, Some(10))
        );
        assert_eq!(read(mark(0, true, Some(10)), second), (0, true, Some(10)));
        assert_eq!(read(nothing, second), (0, false, None));
    }

    #[test]
    fn the_film_is_played_with_its_last_file() {
        let last = mark(0, true, Some(9));
        assert_eq!(read(mark(0, true, Some(5)), last), (0, true, Some(9)));
        assert_eq!(read(mark(100, false, Some(5)), last), (0, true, Some(9)));
        assert_eq!(read(mark(30, false, Some(10)), last), (30, false, Some(10)));
    }
}
