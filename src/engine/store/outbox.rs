//! What the servers have not heard yet, in the order in which it happened.
//!
//! A change here is written together with its row, durably, before the server is told; the row goes when the server has
//! accepted it. So it survives both a power cut and a server that cannot be reached. Of one kind and title the newest row
//! stands for all before it.

use std::time::Duration;

use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    Statement, TransactionTrait,
};

use super::entity::outbox::{ActiveModel, Column, Entity, Model};
use super::entity::{item, progress};
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
    /// When, in milliseconds since 1970 by this computer's clock; also tells two of one kind apart.
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
    Watched(bool),
    /// It was made a favourite, or is none any more.
    Favourite(bool),
    /// It was given so many points of 10, or none any more.
    Rating(Option<u8>),
}

impl Unsent {
    fn kind(&self) -> &'static str {
        match self {
            Self::Position { .. } => "position",
            Self::Watched(_) => "watched",
            Self::Favourite(_) => "favourite",
            Self::Rating(_) => "rating",
        }
    }

    fn of_row(row: &Model, item: &ItemId) -> Option<Self> {
        let yes = row.value.map(|value| value != 0);
        Some(match row.kind.as_str() {
            "position" => Self::Position {
                part: PartId::new(item.clone(), row.part.clone()?),
                position: duration(row.position_ms),
            },
            "watched" => Self::Watched(yes?),
            "favourite" => Self::Favourite(yes?),
            "rating" => Self::Rating(row.value.and_then(|value| u8::try_from(value).ok())),
            _ => return None,
        })
    }
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
            .on_conflict(super::progress::replace())
            .exec_without_returning(&transaction)
            .await?;
        if let Some(report) = report {
            queue(&transaction, report).await?;
        }
        Ok(transaction.commit().await?)
    }

    /// A favourite or rating of an item is this from now on; `waits` says that its server has to hear of it. Durable when it
    /// returns.
    pub(crate) async fn put_opinion(
        &self,
        report: &UnsentReport,
        waits: bool,
    ) -> Result<(), StoreError> {
        let mut row = item::ActiveModel::default();
        match report.what {
            Unsent::Favourite(yes) => row.favourite = Set(yes),
            Unsent::Rating(points) => row.own_rating = Set(points.map(i32::from)),
            Unsent::Position { .. } | Unsent::Watched(_) => return Ok(()),
        }
        let writer = self.writer().await;
        let transaction = writer.durable.begin().await?;
        item::Entity::update_many()
            .set(row)
            .filter(item::Column::Account.eq(report.item.account().as_str()))
            .filter(item::Column::Key.eq(report.item.key()))
            .exec(&transaction)
            .await?;
        if waits {
            queue(&transaction, report).await?;
        }
        Ok(transaction.commit().await?)
    }

    /// The server has heard this, or need not; a newer one of its kind stays.
    pub(crate) async fn sent(&self, report: &UnsentReport) -> Result<(), StoreError> {
        let writer = self.writer().await;
        Entity::delete_many()
            .filter(Column::Account.eq(report.item.account().as_str()))
            .filter(Column::Key.eq(report.item.key()))
            .filter(Column::Kind.eq(report.what.kind()))
            .filter(Column::HappenedAt.lte(report.happened_at))
            .exec(&writer.quick)
            .await?;
        Ok(())
    }

    /// Forgets what was watched of an account's items here, and what its server has not heard yet.
    pub(crate) async fn remove_progress(&self, account: &AccountId) -> Result<(), StoreError> {
        let writer = self.writer().await;
        let transaction = writer.durable.begin().await?;
        Entity::delete_many()
            .filter(Column::Account.eq(account.as_str()))
            .exec(&transaction)
            .await?;
        progress::Entity::delete_many()
            .filter(progress::Column::Account.eq(account.as_str()))
            .exec(&transaction)
            .await?;
        Ok(transaction.commit().await?)
    }

    /// What one account's server has not heard yet, or all servers have not, in the order in which it happened.
    pub(crate) async fn unsent_reports(
        &self,
        account: Option<&AccountId>,
    ) -> Result<Vec<UnsentReport>, StoreError> {
        let mut rows = Entity::find().order_by_asc(Column::Number);
        if let Some(account) = account {
            rows = rows.filter(Column::Account.eq(account.as_str()));
        }
        let rows = rows.all(self.readers()).await?;
        Ok(rows.iter().filter_map(report_of).collect())
    }
}

/// Puts a row behind all others. What it makes superfluous goes: an older one of its kind, and behind a mark a position.
async fn queue(transaction: &DatabaseTransaction, report: &UnsentReport) -> Result<(), StoreError> {
    let kind = report.what.kind();
    let superseded = match report.what {
        Unsent::Watched(_) => vec![kind, "position"],
        _ => vec![kind],
    };
    Entity::delete_many()
        .filter(Column::Account.eq(report.item.account().as_str()))
        .filter(Column::Key.eq(report.item.key()))
        .filter(Column::Kind.is_in(superseded))
        .exec(transaction)
        .await?;
    let (part, position) = match &report.what {
        Unsent::Position { part, position } => (Some(part.key().to_owned()), *position),
        _ => (None, Duration::ZERO),
    };
    let value = match report.what {
        Unsent::Position { .. } => None,
        Unsent::Watched(yes) | Unsent::Favourite(yes) => Some(i32::from(yes)),
        Unsent::Rating(points) => points.map(i32::from),
    };
    let row = ActiveModel {
        number: NotSet,
        account: Set(report.item.account().as_str().to_owned()),
        key: Set(report.item.key().to_owned()),
        kind: Set(kind.to_owned()),
        part: Set(part),
        position_ms: Set(millis(position)),
        value: Set(value),
        happened_at: Set(report.happened_at),
    };
    Entity::insert(row)
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}

/// What a refresh has just written of favourites and ratings gives way to what its server has not heard yet.
pub(super) async fn keep_opinions(
    transaction: &DatabaseTransaction,
    account: &AccountId,
) -> Result<(), StoreError> {
    for (column, kind) in [("favourite", "favourite"), ("own_rating", "rating")] {
        let statement = format!(
            "UPDATE items SET {column} = o.value FROM outbox o \
             WHERE o.account = ? AND o.kind = '{kind}' AND items.account = o.account AND items.key = o.key"
        );
        let backend = transaction.get_database_backend();
        let values = [account.as_str().into()];
        transaction
            .execute_raw(Statement::from_sql_and_values(backend, statement, values))
            .await?;
    }
    Ok(())
}

fn report_of(row: &Model) -> Option<UnsentReport> {
    let account: AccountId = row.account.parse().ok()?;
    let item = ItemId::new(account, row.key.clone());
    Some(UnsentReport {
        what: Unsent::of_row(row, &item)?,
        item,
        happened_at: row.happened_at,
    })
}
