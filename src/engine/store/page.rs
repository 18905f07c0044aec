//! Answers to queries: filtered, searched, sorted, page by page, from the mirror alone.

mod facets;

use sea_orm::sea_query::{Expr, NullOrdering, Order, SimpleExpr};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, JoinType, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, RelationTrait, Select,
};

use super::children::{PAIRS, pairs};
use super::entity::{item, progress};
use super::fold::fold;
use super::item_row::{item_of, kind_name};
use super::{Store, StoreError};
use crate::model::{Filter, Item, ItemId, Kind, Page, Query, Sort};

/// Whether a leaf below the row `items` fulfils a condition on its progress `p`. One search for each way of being below,
/// because an OR of both makes SQLite walk the whole account; `+` keeps it from walking all items of a kind.
macro_rules! any_below {
    (by $column:literal, $condition:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM items c LEFT JOIN progress p ON p.account = c.account AND p.key = c.key ",
            "WHERE c.account = items.account AND c.",
            $column,
            " = items.key AND +c.kind IN ('movie', 'episode', 'track', 'video') AND ",
            $condition,
            ")"
        )
    };
    ($condition:literal) => {
        concat!(
            "(",
            any_below!(by "parent", $condition),
            " OR ",
            any_below!(by "grandparent", $condition),
            ")"
        )
    };
}
const UNWATCHED_BELOW: &str = any_below!("NOT coalesce(p.watched, 0)");
const BEGUN_BELOW: &str = any_below!("(p.watched OR p.position_ms > 0)");
/// The row `items` is a child or grandchild, or by an artist; the parameters are account and key of the one above, four times. By
/// row number, which is the one way that SQLite takes without walking the whole account.
const BELOW: &str = "items.rowid IN (SELECT rowid FROM items WHERE account = ? AND parent = ? \
     UNION ALL SELECT rowid FROM items WHERE account = ? AND grandparent = ? \
     UNION ALL SELECT i.rowid FROM credits c CROSS JOIN items i ON i.account = c.account AND i.key = c.key \
     WHERE c.account = ? AND c.artist = ? AND c.kind = 'album' \
     UNION ALL SELECT i.rowid FROM credits c CROSS JOIN items i ON i.account = c.account AND i.parent = c.key \
     WHERE c.account = ? AND c.artist = ? AND c.kind = 'album')";
/// The row `items` is a child, or an album by an artist.
const CHILD: &str = "items.rowid IN (SELECT rowid FROM items WHERE account = ? AND parent = ? \
     UNION ALL SELECT i.rowid FROM credits c CROSS JOIN items i ON i.account = c.account AND i.key = c.key \
     WHERE c.account = ? AND c.artist = ? AND c.kind = 'album')";
/// The row `items` is in a library, or an artist with albums in it: one artist may be in several.
const IN_LIBRARY: &str = "(items.library = ? OR items.kind = 'artist' AND items.key IN (SELECT c.artist FROM credits c \
     CROSS JOIN items i ON i.account = c.account AND i.key = c.key \
     WHERE c.account = ? AND c.kind = 'album' AND i.library = ?))";
/// What is watched through what is below it; an artist is not watched at all.
const CONTAINERS: [&str; 4] = ["show", "season", "album", "artist"];

impl Store {
    /// Answers a query. `on_device` are the items with bytes on this device, for the filter of that name.
    pub(crate) async fn page(
        &self,
        query: &Query,
        on_device: &[ItemId],
    ) -> Result<Page, StoreError> {
        let select = item::Entity::find()
            .join(JoinType::LeftJoin, item::Relation::Progress.def())
            .filter(scope(query))
            .filter(words(query))
            .filter(filter(query.filter, on_device))
            .filter(facets::having(query));
        let total = if query.limit > 0 {
            Some(select.clone().count(self.readers()).await?)
        } else {
            None
        };
        let mut select = sorted(select, query.sort);
        if query.limit > 0 {
            select = select.limit(query.limit);
        }
        if query.offset > 0 {
            // SQLite takes an offset only behind a limit.
            let limit = if query.limit > 0 {
                query.limit
            } else {
                i64::MAX.unsigned_abs()
            };
            select = select.limit(limit).offset(query.offset);
        }
        let items = self.items_of(select).await?;
        let total = total.unwrap_or(items.len() as u64 + query.offset);
        Ok(Page { items, total })
    }

    /// The items of a select that has joined `progress`.
    pub(super) async fn items_of(
        &self,
        select: Select<item::Entity>,
    ) -> Result<Vec<Item>, StoreError> {
        let rows = select
            .select_also(progress::Entity)
            .all(self.readers())
            .await?;
        let items: Result<Vec<Item>, StoreError> = rows
            .into_iter()
            .map(|(row, progress)| item_of(row, progress))
            .collect();
        let mut items = items?;
        self.count_children(&mut items).await?;
        Ok(items)
    }
}

/// Account, library, parent and kinds.
fn scope(query: &Query) -> Condition {
    let mut condition = Condition::all();
    if let Some(account) = &query.account {
        condition = condition.add(item::Column::Account.eq(account.as_str()));
    }
    if let Some(library) = &query.library {
        condition = condition.add(item::Column::Account.eq(library.account().as_str()));
        condition = match query.kinds.contains(&Kind::Artist) {
            true => condition.add(Expr::cust_with_values(
                IN_LIBRARY,
                [library.key(), library.account().as_str(), library.key()],
            )),
            false => condition.add(item::Column::Library.eq(library.key())),
        };
    }
    if let Some(parent) = &query.parent {
        condition = if query.kinds.is_empty() {
            let one = [parent.account().as_str(), parent.key()];
            condition.add(Expr::cust_with_values(CHILD, [one, one].concat()))
        } else {
            condition.add(below(parent))
        };
    }
    let kinds = query.kinds.iter().map(|kind| kind_name(*kind));
    if query.parent.is_some() && !query.kinds.is_empty() {
        condition = condition.add(of_kinds(kinds));
    } else if !query.kinds.is_empty() {
        condition = condition.add(item::Column::Kind.is_in(kinds));
    }
    condition
}

/// A child or grandchild of this item, or an album or track of this artist.
pub(super) fn below(above: &ItemId) -> SimpleExpr {
    let one = [above.account().as_str(), above.key()];
    Expr::cust_with_values(BELOW, [one; 4].concat())
}

/// One of these kinds, in a query that is to begin with another condition.
pub(super) fn of_kinds(kinds: impl Iterator<Item = &'static str>) -> SimpleExpr {
    let kinds: Vec<&str> = kinds.collect();
    let marks = vec!["?"; kinds.len()].join(", ");
    Expr::cust_with_values(format!("+items.kind IN ({marks})"), kinds)
}

/// Every word of the text is somewhere in the title or in what it belongs to.
fn words(query: &Query) -> Condition {
    let text = fold(query.text.as_deref().unwrap_or_default());
    text.split_whitespace()
        .fold(Condition::all(), |condition, word| {
            condition.add(Expr::cust_with_values(
                "instr(items.search_text, ?) > 0",
                [word],
            ))
        })
}

fn filter(filter: Filter, on_device: &[ItemId]) -> Condition {
    let container = || item::Column::Kind.is_in(CONTAINERS);
    let leaf = || item::Column::Kind.is_not_in(CONTAINERS);
    match filter {
        Filter::All => Condition::all(),
        Filter::Unwatched => Condition::any()
            .add(
                Condition::all()
                    .add(leaf())
                    .add(Expr::cust("NOT coalesce(progress.watched, 0)")),
            )
            .add(
                Condition::all()
                    .add(container())
                    .add(Expr::cust(UNWATCHED_BELOW)),
            ),
        Filter::InProgress => Condition::any()
            .add(Condition::all().add(leaf()).add(in_progress()))
            .add(
                Condition::all()
                    .add(container())
                    .add(Expr::cust(BEGUN_BELOW))
                    .add(Expr::cust(UNWATCHED_BELOW)),
            ),
        Filter::Favourites => Condition::all().add(item::Column::Favourite.eq(true)),
        // What lies in a folder of this computer plays without the network as well.
        Filter::OnDevice => Condition::any()
            .add(Expr::cust(
                "items.account IN (SELECT id FROM accounts WHERE kind = 'folder')",
            ))
            .add(among(on_device)),
    }
}

/// Begun and not finished.
pub(super) fn in_progress() -> SimpleExpr {
    progress::Column::PositionMs
        .gt(0)
        .and(progress::Column::Watched.eq(false))
}

/// One of these items.
pub(super) fn among(ids: &[ItemId]) -> SimpleExpr {
    Expr::cust_with_values(
        format!("(items.account, items.key) IN {PAIRS}"),
        [pairs(ids.iter())],
    )
}

fn sorted(select: Select<item::Entity>, sort: Sort) -> Select<item::Entity> {
    use item::Column;
    let last = |select: Select<item::Entity>, column: Column| {
        select.order_by_with_nulls(column, Order::Desc, NullOrdering::Last)
    };
    let select = match sort {
        Sort::Title => select,
        Sort::Added => last(select, Column::AddedAt),
        Sort::Year => last(select, Column::Year),
        Sort::Watched => select.order_by_with_nulls(
            progress::Column::LastPlayed,
            Order::Desc,
            NullOrdering::Last,
        ),
        Sort::Rating => last(select, Column::Rating),
        Sort::Duration => {
            select.order_by_with_nulls(Column::DurationMs, Order::Asc, NullOrdering::Last)
        }
        Sort::Index => select
            .order_by_with_nulls(Column::ParentNumber, Order::Asc, NullOrdering::Last)
            .order_by_with_nulls(Column::Number, Order::Asc, NullOrdering::Last),
    };
    // The keys make the order a total one: no row is on two pages.
    select
        .order_by_asc(Column::SortKey)
        .order_by_asc(Column::Account)
        .order_by_asc(Column::Key)
}
