//! Writing the mirror: libraries and items in batches, and what is gone taken out.

use std::collections::{HashMap, HashSet};

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, DatabaseTransaction, EntityTrait, Iterable,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, TransactionTrait,
};

use super::entity::{account, item, library, list, outbox, progress, server_row};
use super::item_row::{item_of, millis, row_of};
use super::outbox::keep_opinions;
use super::progress::merged;
use super::{Store, StoreError, now_ms};
use crate::model::{AccountId, Item, ItemId, Library, LibraryId, LibraryKind};

/// Rows of one statement: 31 columns each, and SQLite takes 32,766 values.
const BATCH: usize = 400;

/// A position that no report waits for.
const UNHEARD: &str = "NOT EXISTS (SELECT 1 FROM outbox o WHERE o.account = progress.account AND o.key = progress.key)";
const TOLD_LENGTH: &str = "coalesce(excluded.duration_ms, items.duration_ms)";
const TOLD_RESOLUTION: &str = "coalesce(excluded.resolution, items.resolution)";
/// A library without items.
const EMPTY: &str = "NOT EXISTS (SELECT 1 FROM items i WHERE i.account = libraries.account AND i.library = libraries.key)";

const LIBRARY_KINDS: [(LibraryKind, &str); 5] = [
    (LibraryKind::Movies, "movies"),
    (LibraryKind::Shows, "shows"),
    (LibraryKind::Music, "music"),
    (LibraryKind::Videos, "videos"),
    (LibraryKind::Mixed, "mixed"),
];

/// Where items come from: one refresh of an account, or a single answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Walk {
    /// The refresh, which the rows it has seen carry; `None` for a single answer.
    pub(crate) number: Option<i64>,
    /// When it was asked, in milliseconds since 1970.
    pub(crate) began: i64,
    /// Whether the source knows what the user has watched (servers do, folders do not).
    pub(crate) knows_progress: bool,
}

impl Store {
    /// All libraries, in the order of the accounts and, within one, in the source's.
    pub(crate) async fn libraries(&self) -> Result<Vec<Library>, StoreError> {
        let accounts = account::Entity::find()
            .order_by_asc(account::Column::Place)
            .all(self.readers())
            .await?;
        let places: HashMap<String, i32> = accounts
            .into_iter()
            .map(|row| (row.id, row.place))
            .collect();
        let mut rows = library::Entity::find().all(self.readers()).await?;
        rows.sort_by_key(|row| {
            (
                places.get(&row.account).copied(),
                row.account.clone(),
                row.place,
            )
        });
        rows.into_iter().map(library_of).collect()
    }

    /// The account's libraries are these, in this order; others of it are gone. Returns whether that is a change.
    pub(crate) async fn replace_libraries(
        &self,
        account: &AccountId,
        libraries: &[Library],
    ) -> Result<bool, StoreError> {
        let here = self.libraries().await?;
        if here
            .iter()
            .filter(|library| library.id.account() == account)
            .eq(libraries)
        {
            return Ok(false);
        }
        let rows = (0..)
            .zip(libraries)
            .map(|(place, library)| library::ActiveModel {
                account: Set(account.as_str().to_owned()),
                key: Set(library.id.key().to_owned()),
                place: Set(place),
                title: Set(library.title.clone()),
                kind: Set(library_kind_name(library.kind).to_owned()),
            });
        let rows: Vec<_> = rows.collect();
        let writer = self.writer().await;
        let transaction = writer.quick.begin().await?;
        library::Entity::delete_many()
            .filter(library::Column::Account.eq(account.as_str()))
            .exec(&transaction)
            .await?;
        if !rows.is_empty() {
            library::Entity::insert_many(rows)
                .exec_without_returning(&transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(true)
    }

    /// A new refresh of an account.
    pub(crate) async fn begin_walk(
        &self,
        account: &AccountId,
        knows_progress: bool,
    ) -> Result<Walk, StoreError> {
        let last: Option<Option<i64>> = item::Entity::find()
            .select_only()
            .expr(item::Column::Walk.max())
            .filter(item::Column::Account.eq(account.as_str()))
            .into_tuple()
            .one(self.readers())
            .await?;
        Ok(Walk {
            number: Some(last.flatten().unwrap_or(0) + 1),
            began: now_ms(),
            knows_progress,
        })
    }

    /// Inserts or replaces items of one account, with what its source knows of their progress; a position that is newer
    /// here stays. All in one transaction.
    pub(crate) async fn put_items(
        &self,
        account: &AccountId,
        items: &[Item],
        walk: Walk,
    ) -> Result<(), StoreError> {
        // A single answer leaves the number of the refresh that saw the row.
        let all_but_key = item::Column::iter().filter(|column| match column {
            item::Column::Account | item::Column::Key => false,
            item::Column::Walk => walk.number.is_some(),
            // What a folder does not know of.
            item::Column::Favourite | item::Column::OwnRating => walk.knows_progress,
            item::Column::DurationMs | item::Column::Resolution => false,
            _ => true,
        });
        let replace = OnConflict::columns([item::Column::Account, item::Column::Key])
            .update_columns(all_but_key)
            // A list may not tell what the details told: a folder knows a film's length once somebody looked into it.
            .value(item::Column::DurationMs, Expr::cust(TOLD_LENGTH))
            .value(item::Column::Resolution, Expr::cust(TOLD_RESOLUTION))
            .to_owned();
        let writer = self.writer().await;
        let transaction = writer.quick.begin().await?;
        for some in items.chunks(BATCH) {
            item::Entity::insert_many(
                some.iter()
                    .map(|item| row_of(item, walk.number.unwrap_or(0))),
            )
            .on_conflict(replace.clone())
            .exec_without_returning(&transaction)
            .await?;
            if walk.knows_progress {
                merge_progress(&transaction, account, some, walk).await?;
            }
        }
        if walk.knows_progress {
            keep_opinions(&transaction, account).await?;
        }
        Ok(transaction.commit().await?)
    }

    /// Takes out the items of an account that the refresh has not seen. To be called only after it saw everything.
    /// Returns how many went. What was watched of them stays known, in case they come back.
    pub(crate) async fn remove_unseen(
        &self,
        account: &AccountId,
        walk: Walk,
    ) -> Result<u64, StoreError> {
        let writer = self.writer().await;
        let gone = item::Entity::delete_many()
            .filter(item::Column::Account.eq(account.as_str()))
            .filter(item::Column::Walk.ne(walk.number.unwrap_or(0)))
            .exec(&writer.quick)
            .await?;
        Ok(gone.rows_affected)
    }

    /// Takes out these titles of an account and what is below them. Returns how many went. What was watched of them stays known.
    pub(crate) async fn remove_titles(
        &self,
        account: &AccountId,
        ids: &[ItemId],
    ) -> Result<u64, StoreError> {
        let writer = self.writer().await;
        let mut removed = 0;
        for some in ids.chunks(BATCH) {
            let keys = || some.iter().map(ItemId::key);
            let below = Condition::any()
                .add(item::Column::Key.is_in(keys()))
                .add(item::Column::Parent.is_in(keys()))
                .add(item::Column::Grandparent.is_in(keys()));
            let gone = item::Entity::delete_many()
                .filter(item::Column::Account.eq(account.as_str()))
                .filter(below)
                .exec(&writer.quick)
                .await?;
            removed += gone.rows_affected;
        }
        Ok(removed)
    }

    /// Takes out all libraries, lists and items of an account.
    pub(crate) async fn remove_items(&self, account: &AccountId) -> Result<(), StoreError> {
        let writer = self.writer().await;
        let transaction = writer.quick.begin().await?;
        remove_lists(&transaction, account).await?;
        library::Entity::delete_many()
            .filter(library::Column::Account.eq(account.as_str()))
            .exec(&transaction)
            .await?;
        item::Entity::delete_many()
            .filter(item::Column::Account.eq(account.as_str()))
            .exec(&transaction)
            .await?;
        Ok(transaction.commit().await?)
    }

    /// Takes out all lists, libraries and items of an account but these items, what is above them, and the libraries they are in.
    /// What was watched of the others goes, too, but for what the server has not heard of.
    pub(crate) async fn keep_items(
        &self,
        account: &AccountId,
        kept: &HashSet<ItemId>,
    ) -> Result<(), StoreError> {
        let leaves: Vec<ItemId> = kept.iter().cloned().collect();
        let above = self.parents(&leaves).await?;
        let all: HashSet<&ItemId> = leaves.iter().chain(above.values().flatten()).collect();
        let others = Expr::cust_with_values(
            "key NOT IN (SELECT value FROM json_each(?))",
            [
                serde_json::to_string(&all.iter().map(|id| id.key()).collect::<Vec<_>>())
                    .unwrap_or_else(|_| "[]".to_owned()),
            ],
        );
        let writer = self.writer().await;
        let transaction = writer.quick.begin().await?;
        remove_lists(&transaction, account).await?;
        item::Entity::delete_many()
            .filter(item::Column::Account.eq(account.as_str()))
            .filter(others.clone())
            .exec(&transaction)
            .await?;
        progress::Entity::delete_many()
            .filter(progress::Column::Account.eq(account.as_str()))
            .filter(others)
            .filter(Expr::cust(UNHEARD))
            .exec(&transaction)
            .await?;
        library::Entity::delete_many()
            .filter(library::Column::Account.eq(account.as_str()))
            .filter(Expr::cust(EMPTY))
            .exec(&transaction)
            .await?;
        Ok(transaction.commit().await?)
    }

    /// How many items of an account are in the mirror.
    pub(crate) async fn count_items(&self, account: &AccountId) -> Result<u64, StoreError> {
        let count = item::Entity::find()
            .filter(item::Column::Account.eq(account.as_str()))
            .count(self.readers());
        Ok(count.await?)
    }

    /// One item, without parts and chapters.
    pub(crate) async fn item(&self, id: &ItemId) -> Result<Option<Item>, StoreError> {
        let found =
            item::Entity::find_by_id((id.account().as_str().to_owned(), id.key().to_owned()))
                .find_also_related(progress::Entity)
                .one(self.readers())
                .await?;
        let Some((row, progress)) = found else {
            return Ok(None);
        };
        let mut items = vec![item_of(row, progress)?];
        self.count_children(&mut items).await?;
        Ok(items.pop())
    }
}

async fn remove_lists(
    transaction: &DatabaseTransaction,
    account: &AccountId,
) -> Result<(), StoreError> {
    list::Entity::delete_many()
        .filter(list::Column::Account.eq(account.as_str()))
        .exec(transaction)
        .await?;
    server_row::Entity::delete_many()
        .filter(server_row::Column::Account.eq(account.as_str()))
        .exec(transaction)
        .await?;
    Ok(())
}

async fn merge_progress(
    transaction: &DatabaseTransaction,
    account: &AccountId,
    items: &[Item],
    walk: Walk,
) -> Result<(), StoreError> {
    let playable = || items.iter().filter(|item| item.kind.is_playable());
    let keys: Vec<&str> = playable().map(|item| item.id.key()).collect();
    let here: HashMap<String, progress::Model> = progress::Entity::find()
        .filter(progress::Column::Account.eq(account.as_str()))
        .filter(progress::Column::Key.is_in(keys.iter().copied()))
        .all(transaction)
        .await?
        .into_iter()
        .map(|row| (row.key.clone(), row))
        .collect();
    let unsent: HashSet<String> = outbox::Entity::find()
        .filter(outbox::Column::Account.eq(account.as_str()))
        .filter(outbox::Column::Key.is_in(keys))
        .filter(outbox::Column::Kind.is_in(["position", "watched"]))
        .all(transaction)
        .await?
        .into_iter()
        .map(|row| row.key)
        .collect();
    let rows: Vec<progress::ActiveModel> = playable()
        .filter(|item| !unsent.contains(item.id.key()))
        .filter_map(|item| {
            merged(here.get(item.id.key()), &item.progress, walk.began).map(|new| (item, new))
        })
        .map(|(item, new)| progress::ActiveModel {
            account: Set(account.as_str().to_owned()),
            key: Set(item.id.key().to_owned()),
            position_ms: Set(millis(new.position)),
            watched: Set(new.watched),
            last_played: Set(new.last_played),
            changed_at: Set(0),
        })
        .collect();
    if !rows.is_empty() {
        progress::Entity::insert_many(rows)
            .on_conflict(super::progress::replace())
            .exec_without_returning(transaction)
            .await?;
    }
    Ok(())
}

fn library_kind_name(kind: LibraryKind) -> &'static str {
    LIBRARY_KINDS
        .iter()
        .find(|(known, _)| *known == kind)
        .map_or("mixed", |(_, name)| name)
}

fn library_of(row: library::Model) -> Result<Library, StoreError> {
    let account: AccountId = row
        .account
        .parse()
        .map_err(|_| StoreError::Row(row.account))?;
    let kind = LIBRARY_KINDS.iter().find(|(_, name)| *name == row.kind);
    Ok(Library {
        id: LibraryId::new(account, row.key),
        title: row.title,
        kind: kind
            .map(|(kind, _)| *kind)
            .ok_or(StoreError::Row(row.kind))?,
    })
}
