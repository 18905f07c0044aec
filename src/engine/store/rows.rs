//! Rows that servers make themselves, as they were told last, and what of them still holds here.
//!
//! - *told*: when the server was asked for a row. What happened here, or was watched anywhere, after that is newer than the row.

use std::collections::HashMap;

use sea_orm::sea_query::{Expr, OnConflict, SimpleExpr};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    Statement, TransactionTrait,
};

use super::entity::dismissal;
use super::entity::server_row::{ActiveModel, Column, Entity, Model};
use super::{Store, StoreError};
use crate::model::{AccountId, Item, ItemId, RowKind, ServerRow};

/// A begun title, `items` with its `progress`, belongs into *Continue Watching*: nobody took it out since it was played last, and
/// its server has it in its own row, tells of no such row, or was asked before it was played.
const IS_CONTINUED: &str = "NOT EXISTS (SELECT 1 FROM dismissals d WHERE d.account = items.account AND d.key = items.key \
     AND d.at >= progress.changed_at AND d.at >= 1000 * coalesce(progress.last_played, 0)) \
     AND NOT EXISTS (SELECT 1 FROM server_rows r WHERE r.account = items.account AND r.kind = 'continue' \
     AND r.told_at > progress.changed_at AND r.told_at > 1000 * coalesce(progress.last_played, 0) \
     AND NOT EXISTS (SELECT 1 FROM json_each(r.members) m WHERE m.value = items.key) \
     AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.account = items.account AND o.key = items.key))";
/// Of a show: when something of it was played last, and whether something of it changed since a moment, given thrice: here, or by
/// what the server told later.
const SINCE: &str = "SELECT max(p.last_played), \
     max(p.changed_at >= ? OR 1000 * coalesce(p.last_played, 0) >= ?) \
     FROM items i JOIN progress p ON p.account = i.account AND p.key = i.key WHERE i.account = ? AND i.grandparent = ?";

/// The condition of [`IS_CONTINUED`].
pub(super) fn is_continued() -> SimpleExpr {
    Expr::cust(IS_CONTINUED)
}

/// A row as it was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ToldRow {
    /// Whose.
    pub(crate) account: AccountId,
    /// The server's name of it.
    pub(crate) key: String,
    /// Its heading.
    pub(crate) title: String,
    /// When it was asked for, in milliseconds since 1970.
    pub(crate) told_at: i64,
    /// Its titles.
    pub(crate) members: Vec<ItemId>,
}

/// What is known of a show since a row was told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Since {
    /// When something of it was played last, in seconds since 1970.
    pub(super) last_played: i64,
    /// Something of it changed.
    pub(super) changed: bool,
}

impl Store {
    /// The account's rows are these, in this order; others of it are gone. Returns whether any has other titles or another
    /// heading than before.
    pub(crate) async fn replace_rows(
        &self,
        account: &AccountId,
        told_at: i64,
        rows: &[ServerRow],
    ) -> Result<bool, StoreError> {
        let before = Entity::find()
            .filter(Column::Account.eq(account.as_str()))
            .order_by_asc(Column::Place)
            .all(self.readers())
            .await?;
        let row = |(place, row): (i32, &ServerRow)| {
            let keys: Vec<&str> = row.items.iter().map(|item| item.id.key()).collect();
            Model {
                account: account.as_str().to_owned(),
                key: row.key.clone(),
                place,
                kind: kind_name(row.kind).to_owned(),
                title: row.title.clone(),
                told_at,
                members: serde_json::to_string(&keys).unwrap_or_else(|_| "[]".to_owned()),
            }
        };
        let mut seen = std::collections::HashSet::new();
        let rows = (0..).zip(rows.iter().filter(|row| seen.insert(row.key.clone())));
        let now: Vec<Model> = rows.map(row).collect();
        let told = |rows: &[Model]| -> Vec<(String, String, String)> {
            let rows = rows.iter().cloned();
            rows.map(|row| (row.key, row.title, row.members)).collect()
        };
        let is_change = told(&before) != told(&now);
        let writer = self.writer().await;
        let transaction = writer.quick.begin().await?;
        Entity::delete_many()
            .filter(Column::Account.eq(account.as_str()))
            .exec(&transaction)
            .await?;
        if !now.is_empty() {
            Entity::insert_many(now.into_iter().map(ActiveModel::from).map(whole))
                .exec_without_returning(&transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(is_change)
    }

    /// All rows of a kind as they were told, in the servers' order.
    pub(crate) async fn told_rows(&self, kind: RowKind) -> Result<Vec<ToldRow>, StoreError> {
        let rows = Entity::find()
            .filter(Column::Kind.eq(kind_name(kind)))
            .order_by_asc(Column::Account)
            .order_by_asc(Column::Place)
            .all(self.readers())
            .await?;
        rows.into_iter().map(told_row).collect()
    }

    /// What comes next in shows by their servers' own rule, with when something of the show was played last; but for shows of
    /// which something changed since.
    pub(super) async fn told_next(&self, rows: &[ToldRow]) -> Result<Vec<(i64, Item)>, StoreError> {
        let mut next = Vec::new();
        for row in rows {
            for item in self.items_in_order(&row.members).await? {
                if item.progress.watched || item.progress.in_progress() {
                    continue;
                }
                let show = item.grandparent.as_ref().unwrap_or(&item.id);
                let since = self.since(show, row.told_at).await?;
                if !since.changed {
                    next.push((since.last_played, item));
                }
            }
        }
        Ok(next)
    }

    /// What happened to a show since a moment in milliseconds since 1970.
    pub(super) async fn since(&self, show: &ItemId, moment: i64) -> Result<Since, StoreError> {
        let values = [
            moment.into(),
            moment.into(),
            show.account().as_str().into(),
            show.key().into(),
        ];
        let backend = self.readers().get_database_backend();
        let statement = Statement::from_sql_and_values(backend, SINCE, values);
        let Some(row) = self.readers().query_one_raw(statement).await? else {
            return Ok(Since::default());
        };
        let (last, changed): (Option<i64>, Option<i64>) =
            (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        Ok(Since {
            last_played: last.unwrap_or(0),
            changed: changed.is_some_and(|changed| changed != 0),
        })
    }

    /// Takes a title out of *Continue Watching* until it is played again.
    pub(crate) async fn dismiss(&self, item: &ItemId, at: i64) -> Result<(), StoreError> {
        let row = dismissal::ActiveModel {
            account: Set(item.account().as_str().to_owned()),
            key: Set(item.key().to_owned()),
            at: Set(at),
            told: Set(false),
        };
        let columns = [dismissal::Column::Account, dismissal::Column::Key];
        let writer = self.writer().await;
        dismissal::Entity::insert(row)
            .on_conflict(
                OnConflict::columns(columns)
                    .update_columns([dismissal::Column::At, dismissal::Column::Told])
                    .to_owned(),
            )
            .exec_without_returning(&writer.durable)
            .await?;
        Ok(())
    }

    /// What was taken out and the source has not heard of.
    pub(crate) async fn untold_dismissals(
        &self,
        account: &AccountId,
    ) -> Result<Vec<(ItemId, i64)>, StoreError> {
        let rows = dismissal::Entity::find()
            .filter(dismissal::Column::Account.eq(account.as_str()))
            .filter(dismissal::Column::Told.eq(false))
            .all(self.readers())
            .await?;
        let id = |row: dismissal::Model| (ItemId::new(account.clone(), row.key), row.at);
        Ok(rows.into_iter().map(id).collect())
    }

    /// The source has heard of it, unless it was taken out anew meanwhile.
    pub(crate) async fn dismissal_told(&self, item: &ItemId, at: i64) -> Result<(), StoreError> {
        let writer = self.writer().await;
        dismissal::Entity::update_many()
            .col_expr(dismissal::Column::Told, true.into())
            .filter(dismissal::Column::Account.eq(item.account().as_str()))
            .filter(dismissal::Column::Key.eq(item.key()))
            .filter(dismissal::Column::At.eq(at))
            .exec(&writer.quick)
            .await?;
        Ok(())
    }
}

/// A row to be written with all that it has.
fn whole(row: ActiveModel) -> ActiveModel {
    sea_orm::ActiveModelTrait::reset_all(row)
}

fn kind_name(kind: RowKind) -> &'static str {
    match kind {
        RowKind::Continue => "continue",
        RowKind::NextUp => "next-up",
        RowKind::Promoted => "promoted",
    }
}

fn told_row(row: Model) -> Result<ToldRow, StoreError> {
    let account: AccountId = row
        .account
        .parse()
        .map_err(|_| StoreError::Row(row.account))?;
    let keys: Vec<String> =
        serde_json::from_str(&row.members).map_err(|_| StoreError::Row(row.members))?;
    let members = keys.into_iter();
    let members = members
        .map(|key| ItemId::new(account.clone(), key))
        .collect();
    Ok(ToldRow {
        account,
        key: row.key,
        title: row.title,
        told_at: row.told_at,
        members,
    })
}

/// Rows by their account, of which each has one of a kind.
pub(super) fn by_account(rows: &[ToldRow]) -> HashMap<&AccountId, &ToldRow> {
    rows.iter().map(|row| (&row.account, row)).collect()
}
