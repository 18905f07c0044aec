//! What the user has watched, and what of it the servers have not heard yet.
//!
//! A change here is written together with its unsent report, durably, before the server is told; the report's row goes
//! when the server has accepted it. So a position survives both a power cut and a server that cannot be reached.

use std::time::Duration;

use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, TransactionTrait,
};

use super::entity::{progress, unsent_report};
use super::item_row::{duration, millis};
use super::{Store, StoreError};
use crate::model::{AccountId, ItemId, PartId, Progress};

/// Something that a server has not heard yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnsentReport {
    /// What it is about.
    pub(crate) item: ItemId,
    /// What happened.
    pub(crate) what: Unsent,
    /// When, in milliseconds since 1970; also tells two reports of one item apart.
    pub(crate) happened_at: i64,
}

/// Kinds of [`UnsentReport`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unsent {
    /// A playback came to this position.
    Position {
        /// Which part was played.
        part: PartId,
        /// Where it was.
        position: Duration,
    },
    /// It was marked watched, or not.
    Mark(bool),
}

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

impl Store {
    /// The progress of an item is this from `now` (milliseconds since 1970) on; `report` waits for the server. Durable
    /// when it returns.
    pub(crate) async fn put_progress(
        &self,
        item: &ItemId,
        new: &Progress,
        report: Option<&UnsentReport>,
        now: i64,
    ) -> Result<(), StoreError> {
        let row = progress::ActiveModel {
            account: Set(item.account().as_str().to_owned()),
            key: Set(item.key().to_owned()),
            position_ms: Set(millis(new.position)),
            watched: Set(new.watched),
            last_played: Set(new.last_played),
            changed_at: Set(now),
        };
        let writer = self.writer().await;
        let transaction = writer.durable.begin().await?;
        progress::Entity::insert(row)
            .on_conflict(replace())
            .exec_without_returning(&transaction)
            .await?;
        if let Some(report) = report {
            unsent_report::Entity::insert(row_of_report(report))
                .on_conflict(
                    OnConflict::columns([
                        unsent_report::Column::Account,
                        unsent_report::Column::Key,
                    ])
                    .update_columns([
                        unsent_report::Column::Part,
                        unsent_report::Column::PositionMs,
                        unsent_report::Column::Mark,
                        unsent_report::Column::HappenedAt,
                    ])
                    .to_owned(),
                )
                .exec_without_returning(&transaction)
                .await?;
        }
        Ok(transaction.commit().await?)
    }

    /// The server has heard this report; a newer one of the item stays.
    pub(crate) async fn sent(&self, report: &UnsentReport) -> Result<(), StoreError> {
        use unsent_report::Column;
        let writer = self.writer().await;
        unsent_report::Entity::delete_many()
            .filter(Column::Account.eq(report.item.account().as_str()))
            .filter(Column::Key.eq(report.item.key()))
            .filter(Column::HappenedAt.lte(report.happened_at))
            .exec(&writer.quick)
            .await?;
        Ok(())
    }

    /// Forgets what was watched of an account's items here, and what its server has not heard yet.
    pub(crate) async fn remove_progress(&self, account: &AccountId) -> Result<(), StoreError> {
        let writer = self.writer().await;
        let transaction = writer.durable.begin().await?;
        unsent_report::Entity::delete_many()
            .filter(unsent_report::Column::Account.eq(account.as_str()))
            .exec(&transaction)
            .await?;
        progress::Entity::delete_many()
            .filter(progress::Column::Account.eq(account.as_str()))
            .exec(&transaction)
            .await?;
        Ok(transaction.commit().await?)
    }

    /// What the account's server has not heard yet, oldest first.
    pub(crate) async fn unsent_reports(
        &self,
        account: &AccountId,
    ) -> Result<Vec<UnsentReport>, StoreError> {
        let rows = unsent_report::Entity::find()
            .filter(unsent_report::Column::Account.eq(account.as_str()))
            .order_by_asc(unsent_report::Column::HappenedAt)
            .all(self.readers())
            .await?;
        Ok(rows
            .into_iter()
            .filter_map(|row| report_of(row, account))
            .collect())
    }
}

fn row_of_report(report: &UnsentReport) -> unsent_report::ActiveModel {
    let (part, position, mark) = match &report.what {
        Unsent::Position { part, position } => (Some(part.key().to_owned()), *position, None),
        Unsent::Mark(watched) => (None, Duration::ZERO, Some(*watched)),
    };
    unsent_report::ActiveModel {
        account: Set(report.item.account().as_str().to_owned()),
        key: Set(report.item.key().to_owned()),
        part: Set(part),
        position_ms: Set(millis(position)),
        mark: Set(mark),
        happened_at: Set(report.happened_at),
    }
}

fn report_of(row: unsent_report::Model, account: &AccountId) -> Option<UnsentReport> {
    let item = ItemId::new(account.clone(), row.key);
    let what = match (row.mark, row.part) {
        (Some(watched), _) => Unsent::Mark(watched),
        (None, Some(part)) => Unsent::Position {
            part: PartId::new(item.clone(), part),
            position: duration(row.position_ms),
        },
        (None, None) => return None,
    };
    Some(UnsentReport {
        item,
        what,
        happened_at: row.happened_at,
    })
}

#[cfg(test)]
mod tests {
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
