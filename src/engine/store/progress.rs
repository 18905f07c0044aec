//! What the user has watched, as a refresh brings it together with what was watched here.

use sea_orm::sea_query::OnConflict;

use super::entity::progress;
use super::item_row::millis;
use crate::model::Progress;

/// What becomes of the progress that is known here (`here`) when a refresh that `began` then brings the source's:
/// `None` when nothing changes. The caller leaves out items with an unsent report.
pub(super) fn merged(
    here: Option<&progress::Model>,
    source: &Progress,
    began: i64,
) -> Option<Progress> {
    let Some(here) = here else {
        let nothing = source.position.is_zero() && !source.watched && source.last_played.is_none();
        return (!nothing).then_some(*source);
    };
    let same = here.position_ms == millis(source.position)
        && here.watched == source.watched
        && here.last_played == source.last_played;
    // The page may have been read before what happened here.
    let changed_meanwhile = here.changed_at >= began;
    let older = match (source.last_played, here.last_played) {
        (Some(there), Some(here)) => there < here,
        // The source knows no time: it was never played there, or marked unwatched since.
        _ => false,
    };
    (!same && !changed_meanwhile && !older).then_some(*source)
}

/// An insert of a progress row that exists replaces it.
pub(super) fn replace() -> OnConflict {
    OnConflict::columns([progress::Column::Account, progress::Column::Key])
        .update_columns([
            progress::Column::PositionMs,
            progress::Column::Watched,
            progress::Column::LastPlayed,
            progress::Column::ChangedAt,
        ])
        .to_owned()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn here(position_ms: i64, last_played: Option<i64>, changed_at: i64) -> progress::Model {
        progress::Model {
            account: "a".to_owned(),
            key: "k".to_owned(),
            position_ms,
            watched: false,
            last_played,
            changed_at,
        }
    }

    fn there(seconds: u64, last_played: Option<i64>) -> Progress {
        Progress {
            position: Duration::from_secs(seconds),
            last_played,
            ..Progress::default()
        }
    }

    #[test]
    fn the_source_wins_when_it_was_played_there_later() {
        let new = there(60, Some(200));
        assert_eq!(
            merged(Some(&here(9_000, Some(100), 5)), &new, 10),
            Some(new)
        );
    }

    #[test]
    fn what_was_played_here_later_stays() {
        assert_eq!(
            merged(Some(&here(9_000, Some(300), 5)), &there(60, Some(200)), 10),
            None
        );
    }

    #[test]
    fn what_changed_here_during_the_refresh_stays() {
        assert_eq!(
            merged(Some(&here(9_000, None, 10)), &there(0, None), 10),
            None
        );
    }

    #[test]
    fn a_mark_taken_back_at_the_source_is_taken_back_here() {
        let watched = progress::Model {
            watched: true,
            ..here(0, Some(300), 5)
        };
        assert_eq!(
            merged(Some(&watched), &there(0, None), 10),
            Some(there(0, None))
        );
    }

    #[test]
    fn an_item_never_played_needs_no_row() {
        assert_eq!(merged(None, &there(0, None), 10), None);
        assert_eq!(merged(None, &there(1, None), 10), Some(there(1, None)));
    }
}
