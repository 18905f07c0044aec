//! Rows of Home, what comes next, and what belongs to cached bytes.

use std::collections::{HashMap, HashSet};

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
    RelationTrait, Select, Statement,
};

use super::entity::{item, progress};
use super::item_row::kind_name;
use super::page::{among, below, in_progress, of_kinds};
use super::{Store, StoreError, rows};
use crate::model::{Item, ItemId, Kind, RowKind};

/// So many titles that were played last tell which shows and albums were; more are not looked at, however much was watched.
macro_rules! played_last {
    ($condition:literal) => {
        concat!(
            "(SELECT account, key, last_played FROM progress WHERE last_played IS NOT NULL AND ",
            $condition,
            " ORDER BY last_played DESC LIMIT 5000) p CROSS JOIN items i ON i.account = p.account AND i.key = p.key"
        )
    };
}

/// The last episode of each show that was watched to its end, unless one of the show is begun. Of an evening in which several
/// were watched at once, the last one counts. SQLite takes the columns beside `max` from its row.
const LAST_EPISODES: &str = concat!(
    "SELECT i.account, i.key, max(p.last_played * 1000000000 + coalesce(i.parent_number, 0) * 100000 \
     + coalesce(i.number, 0)) FROM ",
    played_last!("watched"),
    " WHERE i.kind = 'episode' AND i.grandparent IS NOT NULL GROUP BY i.account, i.grandparent \
     HAVING NOT EXISTS (SELECT 1 FROM items o JOIN progress q ON q.account = o.account AND q.key = o.key \
     WHERE o.account = i.account AND o.grandparent = i.grandparent AND q.position_ms > 0 AND NOT q.watched) \
     ORDER BY 3 DESC LIMIT ?"
);

/// The albums above the tracks that were played last.
const LAST_ALBUMS: &str = concat!(
    "SELECT i.account, i.parent, max(p.last_played) FROM ",
    played_last!("true"),
    " WHERE i.kind = 'track' AND i.parent IS NOT NULL GROUP BY 1, 2 ORDER BY 3 DESC LIMIT ?"
);

fn with_progress() -> Select<item::Entity> {
    item::Entity::find().join(JoinType::LeftJoin, item::Relation::Progress.def())
}

impl Store {
    /// Videos begun and not finished, last watched first; of a show only the episode watched last.
    pub(crate) async fn continue_watching(&self, limit: u64) -> Result<Vec<Item>, StoreError> {
        let kinds = [Kind::Movie, Kind::Episode, Kind::Video].map(kind_name);
        let select = item::Entity::find()
            .join(JoinType::InnerJoin, item::Relation::Progress.def())
            .filter(in_progress())
            .filter(rows::is_continued())
            .filter(of_kinds(kinds.into_iter()))
            .order_by_desc(progress::Column::LastPlayed)
            // Other episodes of the same shows are left out below.
            .limit(limit.saturating_mul(8));
        let mut seen = HashSet::new();
        let mut items = self.items_of(select).await?;
        items.retain(|item| {
            seen.insert(item.grandparent.clone().unwrap_or_else(|| item.id.clone()))
        });
        items.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(items)
    }

    /// What comes next in each show, last watched first; none of a show of which one is begun. By the rule of the server where it
    /// tells it, unless something of the show changed since; else the episode after the one that was watched last.
    pub(crate) async fn next_up(&self, limit: u64) -> Result<Vec<Item>, StoreError> {
        let told = self.told_rows(RowKind::NextUp).await?;
        let by_account = rows::by_account(&told);
        let mut next = self.told_next(&told).await?;
        let mut own = 0;
        // After some of them comes nothing, and others are told by their servers.
        let factor = if told.is_empty() { 2 } else { 8 };
        let last = self.items_said_by(LAST_EPISODES, limit.saturating_mul(factor));
        for last in last.await? {
            if own >= limit {
                break;
            }
            if let (Some(row), Some(show)) = (by_account.get(last.id.account()), &last.grandparent)
                && !self.since(show, row.told_at).await?.changed
            {
                continue;
            }
            let after = self.next(&last).await?;
            if let Some(after) = after.filter(|after| !after.progress.watched) {
                next.push((last.progress.last_played.unwrap_or(0), after));
                own += 1;
            }
        }
        next.sort_by_key(|(played, _)| std::cmp::Reverse(*played));
        next.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(next.into_iter().map(|(_, item)| item).collect())
    }

    /// Albums of which something was played, last played first.
    pub(crate) async fn albums_played(&self, limit: u64) -> Result<Vec<Item>, StoreError> {
        self.items_said_by(LAST_ALBUMS, limit).await
    }

    /// The items whose account and key this statement says, in its order.
    async fn items_said_by(&self, sql: &str, limit: u64) -> Result<Vec<Item>, StoreError> {
        let backend = self.readers().get_database_backend();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let statement = Statement::from_sql_and_values(backend, sql, [limit.into()]);
        let mut ids = Vec::new();
        for row in self.readers().query_all_raw(statement).await? {
            let (account, key): (String, String) =
                (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            let account = account.parse().map_err(|_| StoreError::Row(account))?;
            ids.push(ItemId::new(account, key));
        }
        self.items_in_order(&ids).await
    }

    /// Films, shows, albums and videos, newest in their library first.
    pub(crate) async fn recently_added(&self, limit: u64) -> Result<Vec<Item>, StoreError> {
        let kinds = [Kind::Movie, Kind::Show, Kind::Album, Kind::Video].map(kind_name);
        let select = with_progress()
            .filter(item::Column::Kind.is_in(kinds))
            .filter(item::Column::AddedAt.is_not_null())
            .order_by_desc(item::Column::AddedAt)
            .order_by_asc(item::Column::SortKey)
            .limit(limit);
        self.items_of(select).await
    }

    /// These items in this order; those that are not in the mirror are left out.
    pub(crate) async fn items_in_order(&self, ids: &[ItemId]) -> Result<Vec<Item>, StoreError> {
        let items = self.items_of(with_progress().filter(among(ids))).await?;
        let mut items: HashMap<ItemId, Item> = items
            .into_iter()
            .map(|item| (item.id.clone(), item))
            .collect();
        Ok(ids.iter().filter_map(|id| items.remove(id)).collect())
    }

    /// The show and season, or the album and its artists, above each of these items.
    pub(crate) async fn parents(
        &self,
        ids: &[ItemId],
    ) -> Result<HashMap<ItemId, Vec<ItemId>>, StoreError> {
        let rows = item::Entity::find()
            .filter(among(ids))
            .all(self.readers())
            .await?;
        let mut parents: HashMap<ItemId, Vec<ItemId>> = HashMap::with_capacity(rows.len());
        for row in rows {
            let Ok(account) = row.account.parse::<crate::model::AccountId>() else {
                continue;
            };
            let above = [row.parent, row.grandparent].into_iter().flatten();
            let above = above.map(|key| ItemId::new(account.clone(), key)).collect();
            parents.insert(ItemId::new(account, row.key), above);
        }
        for (track, artist) in self.artists_above(ids).await? {
            parents.entry(track).or_default().push(artist);
        }
        Ok(parents)
    }

    /// The playable titles below an item.
    pub(crate) async fn leaves(&self, id: &ItemId) -> Result<Vec<Item>, StoreError> {
        let kinds = [Kind::Movie, Kind::Episode, Kind::Track, Kind::Video].map(kind_name);
        let select = with_progress()
            .filter(below(id))
            .filter(of_kinds(kinds.into_iter()));
        self.items_of(select).await
    }

    /// The episode or track after this one. After the last special comes nothing.
    pub(crate) async fn next(&self, item: &Item) -> Result<Option<Item>, StoreError> {
        let (column, above) = match (item.kind, &item.grandparent, &item.parent) {
            (Kind::Episode, Some(show), _) => (item::Column::Grandparent, show),
            (_, _, Some(parent)) => (item::Column::Parent, parent),
            _ => return Ok(None),
        };
        let place = [item.parent_index, item.index].map(|number| i64::from(number.unwrap_or(0)));
        let mut select = with_progress()
            .filter(item::Column::Account.eq(item.id.account().as_str()))
            .filter(column.eq(above.key()))
            .filter(item::Column::Kind.eq(kind_name(item.kind)))
            .filter(Expr::cust_with_values(
                "(coalesce(items.parent_number, 0), coalesce(items.number, 0)) > (?, ?)",
                place,
            ));
        if item.kind == Kind::Episode && item.parent_index == Some(0) {
            select = select.filter(item::Column::ParentNumber.eq(0));
        }
        let select = select
            .order_by_asc(item::Column::ParentNumber)
            .order_by_asc(item::Column::Number)
            .order_by_asc(item::Column::SortKey)
            .limit(1);
        Ok(self.items_of(select).await?.pop())
    }
}
