//! Collections and playlists, kept for the time without a network, with the titles of those that were looked at.

use std::collections::HashMap;

use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, TransactionTrait,
};

use super::entity::account;
use super::entity::list::{ActiveModel, Column, Entity, Model};
use super::{Store, StoreError};
use crate::model::{AccountId, Collection, CollectionKind, ImageId, ItemId};

const KINDS: [(CollectionKind, &str); 2] = [
    (CollectionKind::Collection, "collection"),
    (CollectionKind::Playlist, "playlist"),
];

impl Store {
    /// All lists, in the order of the accounts and, within one, in the source's.
    pub(crate) async fn lists(&self) -> Result<Vec<Collection>, StoreError> {
        let accounts = account::Entity::find()
            .order_by_asc(account::Column::Place)
            .all(self.readers())
            .await?;
        let places = accounts.into_iter().map(|row| (row.id, row.place));
        let places: HashMap<String, i32> = places.collect();
        let mut rows = Entity::find().all(self.readers()).await?;
        rows.sort_by_cached_key(|row| {
            let account = places.get(&row.account).copied();
            (account, row.account.clone(), row.place)
        });
        rows.into_iter().map(of_row).collect()
    }

    /// The account's lists are these, in this order; others of it are gone, and what was known to be in those that stay is
    /// known further on. Returns whether that is a change.
    pub(crate) async fn replace_lists(
        &self,
        account: &AccountId,
        lists: &[Collection],
    ) -> Result<bool, StoreError> {
        let before = Entity::find()
            .filter(Column::Account.eq(account.as_str()))
            .order_by_asc(Column::Place)
            .all(self.readers())
            .await?;
        let known: Vec<Collection> = before
            .iter()
            .cloned()
            .filter_map(|row| of_row(row).ok())
            .collect();
        if known == lists {
            return Ok(false);
        }
        let mut members: HashMap<String, Option<String>> = before
            .into_iter()
            .map(|row| (row.key, row.members))
            .collect();
        let row = |(place, list): (i32, &Collection)| ActiveModel {
            account: Set(account.as_str().to_owned()),
            key: Set(list.id.key().to_owned()),
            place: Set(place),
            kind: Set(kind_name(list.kind).to_owned()),
            title: Set(list.title.clone()),
            count: Set(list.count.and_then(|count| i32::try_from(count).ok())),
            poster: Set(list.poster.as_ref().map(|poster| poster.key().to_owned())),
            members: Set(members.remove(list.id.key()).flatten()),
        };
        let rows: Vec<ActiveModel> = (0..).zip(lists).map(row).collect();
        let writer = self.writer().await;
        let transaction = writer.quick.begin().await?;
        Entity::delete_many()
            .filter(Column::Account.eq(account.as_str()))
            .exec(&transaction)
            .await?;
        for some in rows.chunks(500) {
            Entity::insert_many(some.iter().cloned())
                .exec_without_returning(&transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(true)
    }

    /// Keeps what is in a list, in its order. Nothing where there is no such list.
    pub(crate) async fn put_members(
        &self,
        list: &ItemId,
        members: &[ItemId],
    ) -> Result<(), StoreError> {
        let keys: Vec<&str> = members.iter().map(ItemId::key).collect();
        let keys = serde_json::to_string(&keys).unwrap_or_else(|_| "[]".to_owned());
        let writer = self.writer().await;
        Entity::update_many()
            .col_expr(Column::Members, keys.into())
            .filter(Column::Account.eq(list.account().as_str()))
            .filter(Column::Key.eq(list.key()))
            .exec(&writer.quick)
            .await?;
        Ok(())
    }

    /// What was in a list when it was looked at last; `None` when nobody has.
    pub(crate) async fn members(&self, list: &ItemId) -> Result<Option<Vec<ItemId>>, StoreError> {
        let key = (list.account().as_str().to_owned(), list.key().to_owned());
        let row = Entity::find_by_id(key).one(self.readers()).await?;
        let Some(text) = row.and_then(|row| row.members) else {
            return Ok(None);
        };
        let keys: Vec<String> = serde_json::from_str(&text).map_err(|_| StoreError::Row(text))?;
        let id = |key| ItemId::new(list.account().clone(), key);
        Ok(Some(keys.into_iter().map(id).collect()))
    }
}

fn kind_name(kind: CollectionKind) -> &'static str {
    match kind {
        CollectionKind::Collection => KINDS[0].1,
        CollectionKind::Playlist => KINDS[1].1,
    }
}

fn of_row(row: Model) -> Result<Collection, StoreError> {
    let account: AccountId = row
        .account
        .parse()
        .map_err(|_| StoreError::Row(row.account))?;
    let kind = KINDS.iter().find(|(_, name)| *name == row.kind);
    Ok(Collection {
        kind: kind
            .map(|(kind, _)| *kind)
            .ok_or(StoreError::Row(row.kind))?,
        title: row.title,
        count: row.count.and_then(|count| u32::try_from(count).ok()),
        poster: row
            .poster
            .map(|poster| ImageId::new(account.clone(), poster)),
        id: ItemId::new(account, row.key),
    })
}
