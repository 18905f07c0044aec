//! Rows of Home, what comes next, and what belongs to cached bytes.

use std::collections::{HashMap, HashSet};

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationTrait, Select,
};

use super::entity::{item, progress};
use super::item_row::kind_name;
use super::page::{among, below, in_progress, of_kinds};
use super::{Store, StoreError};
use crate::model::{Item, ItemId, Kind};

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

    /// The show and season, or the album, above each of these items.
    pub(crate) async fn parents(
        &self,
        ids: &[ItemId],
    ) -> Result<HashMap<ItemId, Vec<ItemId>>, StoreError> {
        let rows = item::Entity::find()
            .filter(among(ids))
            .all(self.readers())
            .await?;
        let mut parents = HashMap::with_capacity(rows.len());
        for row in rows {
            let Ok(account) = row.account.parse::<crate::model::AccountId>() else {
                continue;
            };
            let above = [row.parent, row.grandparent].into_iter().flatten();
            let above = above.map(|key| ItemId::new(account.clone(), key)).collect();
            parents.insert(ItemId::new(account, row.key), above);
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
