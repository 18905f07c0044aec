//! Genre, decade and resolution: which titles have them, and which of them a library has.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, Statement,
    Value,
};

use super::super::entity::item;
use super::super::item_row::kind_name;
use super::super::{Store, StoreError, fold};
use super::CONTAINERS;
use crate::model::{FacetValues, Kind, LibraryId, Query, Resolution};

/// The row `items` has a genre; as a set, which is made once for a question.
const OF_GENRE: &str =
    "(items.account, items.key) IN (SELECT account, key FROM item_genres WHERE genre = ?)";
/// The same for titles of one library, which an index leads to.
const OF_GENRE_HERE: &str =
    "items.key IN (SELECT key FROM item_genres WHERE account = ? AND library = ? AND genre = ?)";
/// Something below the row `items` has a picture of a class, twice given: by each of the two ways of being below.
const RESOLUTION_BELOW: &str = "(EXISTS (SELECT 1 FROM items c WHERE c.account = items.account AND c.parent = items.key \
     AND c.resolution = ?) OR EXISTS (SELECT 1 FROM items c WHERE c.account = items.account \
     AND c.grandparent = items.key AND c.resolution = ?))";

/// What the facets of a query ask of a row.
pub(super) fn having(query: &Query) -> Condition {
    let mut condition = Condition::all();
    if let Some(genre) = &query.facets.genre {
        condition = condition.add(match &query.library {
            Some(library) => Expr::cust_with_values(
                OF_GENRE_HERE,
                [library.account().as_str(), library.key(), genre],
            ),
            None => Expr::cust_with_values(OF_GENRE, [genre.as_str()]),
        });
    }
    if let Some(decade) = query.facets.decade {
        let last = decade.saturating_add(9);
        condition = condition.add(item::Column::Year.between(decade, last));
    }
    if let Some(resolution) = query.facets.resolution {
        let lines = lines(resolution);
        let own = item::Column::Resolution.eq(lines);
        let below = Condition::all()
            .add(item::Column::Kind.is_in(CONTAINERS))
            .add(Expr::cust_with_values(RESOLUTION_BELOW, [lines, lines]));
        condition = condition.add(Condition::any().add(own).add(below));
    }
    condition
}

fn lines(resolution: Resolution) -> i32 {
    i32::try_from(resolution.lines()).unwrap_or(i32::MAX)
}

impl Store {
    /// What the titles of these kinds in a library have to be narrowed down by. Shows have the pictures of their episodes.
    pub(crate) async fn facets(
        &self,
        library: &LibraryId,
        kinds: &[Kind],
    ) -> Result<FacetValues, StoreError> {
        let mut genres = self.genres(library, kinds).await?;
        genres.sort_by_cached_key(|genre| (fold::fold(genre), genre.clone()));
        let select = |column| {
            item::Entity::find()
                .select_only()
                .column(column)
                .distinct()
                .filter(item::Column::Account.eq(library.account().as_str()))
                .filter(item::Column::Library.eq(library.key()))
        };
        let years: Vec<i32> = select(item::Column::Year)
            .filter(item::Column::Kind.is_in(kinds.iter().copied().map(kind_name)))
            .filter(item::Column::Year.is_not_null())
            .into_tuple()
            .all(self.readers())
            .await?;
        let pictured = kinds.iter().map(|kind| match kind {
            Kind::Show | Kind::Season => Kind::Episode,
            kind => *kind,
        });
        let lines: Vec<i32> = select(item::Column::Resolution)
            .filter(item::Column::Kind.is_in(pictured.map(kind_name)))
            .filter(item::Column::Resolution.is_not_null())
            .into_tuple()
            .all(self.readers())
            .await?;
        let mut decades: Vec<i32> = years.iter().map(|year| year.div_euclid(10) * 10).collect();
        decades.sort_unstable_by(|one, other| other.cmp(one));
        decades.dedup();
        let mut resolutions: Vec<Resolution> = lines
            .into_iter()
            .filter_map(|lines| u32::try_from(lines).ok().and_then(Resolution::of_lines))
            .collect();
        resolutions.sort_unstable_by(|one, other| other.cmp(one));
        Ok(FacetValues {
            genres,
            decades,
            resolutions,
        })
    }

    async fn genres(&self, library: &LibraryId, kinds: &[Kind]) -> Result<Vec<String>, StoreError> {
        let marks = vec!["?"; kinds.len()].join(", ");
        let sql = format!(
            "SELECT DISTINCT genre FROM item_genres WHERE account = ? AND library = ? AND kind IN ({marks})"
        );
        let mut values: Vec<Value> = vec![library.account().as_str().into(), library.key().into()];
        values.extend(kinds.iter().map(|kind| Value::from(kind_name(*kind))));
        let backend = self.readers().get_database_backend();
        let statement = Statement::from_sql_and_values(backend, sql, values);
        let rows = self.readers().query_all_raw(statement).await?;
        rows.iter()
            .map(|row| Ok(row.try_get_by_index(0)?))
            .collect()
    }
}
