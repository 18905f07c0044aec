//! Albums and tracks by their artists, from the mirror.

use sea_orm::sea_query::{Expr, NullOrdering, Order};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
    RelationTrait, Select, Statement,
};

use super::children::pairs;
use super::entity::item;
use super::fold::fold;
use super::item_row::kind_name;
use super::{Store, StoreError};
use crate::model::{AccountId, Credit, Item, ItemId, Kind, LibraryId};

/// The row `items` is an album by an artist; the parameters are account and key of the artist.
const BY: &str = "items.rowid IN (SELECT i.rowid FROM credits c \
     CROSS JOIN items i ON i.account = c.account AND i.key = c.key \
     WHERE c.account = ? AND c.artist = ? AND c.kind = 'album')";
/// The row `items` is an album with a track that an artist plays, by its key or, where a source tells no key, by its folded name;
/// the parameters are account and key, and account and name.
const WITH: &str = "items.rowid IN (SELECT a.rowid FROM credits c \
     CROSS JOIN items t ON t.account = c.account AND t.key = c.key \
     CROSS JOIN items a ON a.account = t.account AND a.key = t.parent \
     WHERE c.account = ? AND c.artist = ? AND c.kind = 'track' \
     UNION ALL SELECT a.rowid FROM credits c \
     CROSS JOIN items t ON t.account = c.account AND t.key = c.key \
     CROSS JOIN items a ON a.account = t.account AND a.key = t.parent \
     WHERE c.account = ? AND c.folded = ? AND c.artist IS NULL AND c.kind = 'track')";
/// The artists of the albums that some tracks are on.
const ABOVE: &str = "SELECT i.account, i.key, c.artist FROM json_each(?) one CROSS JOIN items i \
     ON i.account = json_extract(one.value, '$[0]') AND i.key = json_extract(one.value, '$[1]') \
     CROSS JOIN credits c ON c.account = i.account AND c.key = i.parent \
     WHERE c.kind = 'album' AND c.artist IS NOT NULL";
/// Artists of albums in the mirror of whom it has no row.
const MISSING: &str = "SELECT DISTINCT c.artist FROM credits c WHERE c.account = ? AND c.kind = 'album' \
     AND c.artist IS NOT NULL \
     AND NOT EXISTS (SELECT 1 FROM items i WHERE i.account = c.account AND i.key = c.artist)";
const NAMED: &str =
    "SELECT name FROM credits WHERE account = ? AND artist = ? ORDER BY key, place LIMIT 1";
const LIBRARY: &str = "SELECT i.library FROM credits c CROSS JOIN items i ON i.account = c.account AND i.key = c.key \
     WHERE c.account = ? AND c.artist = ? AND c.kind = 'album' AND i.library IS NOT NULL LIMIT 1";

impl Store {
    /// Albums by this artist, newest first.
    pub(crate) async fn albums_by(&self, artist: &ItemId) -> Result<Vec<Item>, StoreError> {
        let by = [artist.account().as_str(), artist.key()];
        self.items_of(newest_first(Expr::cust_with_values(BY, by).into()))
            .await
    }

    /// Albums by others with something that this artist plays, newest first.
    pub(crate) async fn albums_with(&self, artist: &Item) -> Result<Vec<Item>, StoreError> {
        let account = artist.id.account().as_str();
        let name = fold(&artist.title);
        let with = Expr::cust_with_values(WITH, [account, artist.id.key(), account, &name]);
        let mut albums = self.items_of(newest_first(with.into())).await?;
        let own = |credit: &Credit| credit.artist.as_ref() == Some(&artist.id);
        albums.retain(|album| !album.artists.iter().any(own));
        Ok(albums)
    }

    /// The tracks of an album, in order.
    pub(crate) async fn tracks_of(&self, album: &ItemId) -> Result<Vec<Item>, StoreError> {
        let select = item::Entity::find()
            .join(JoinType::LeftJoin, item::Relation::Progress.def())
            .filter(item::Column::Account.eq(album.account().as_str()))
            .filter(item::Column::Parent.eq(album.key()))
            .filter(item::Column::Kind.eq(kind_name(Kind::Track)))
            .order_by_with_nulls(item::Column::ParentNumber, Order::Asc, NullOrdering::Last)
            .order_by_with_nulls(item::Column::Number, Order::Asc, NullOrdering::Last)
            .order_by_asc(item::Column::SortKey)
            .order_by_asc(item::Column::Key);
        self.items_of(select).await
    }

    /// An artist of whom the mirror only has the name that albums or tracks tell.
    pub(crate) async fn named_artist(&self, id: &ItemId) -> Result<Option<Item>, StoreError> {
        let name = self.first_text(NAMED, id).await?;
        Ok(name.map(|name| Item::new(id.clone(), Kind::Artist, name)))
    }

    /// A library that has an album of this artist.
    pub(crate) async fn library_of_artist(
        &self,
        id: &ItemId,
    ) -> Result<Option<LibraryId>, StoreError> {
        let library = self.first_text(LIBRARY, id).await?;
        Ok(library.map(|key| LibraryId::new(id.account().clone(), key)))
    }

    /// Artists of albums of an account of whom the mirror has no row.
    pub(crate) async fn missing_artists(
        &self,
        account: &AccountId,
    ) -> Result<Vec<ItemId>, StoreError> {
        let backend = self.readers().get_database_backend();
        let statement = Statement::from_sql_and_values(backend, MISSING, [account.as_str().into()]);
        let rows = self.readers().query_all_raw(statement).await?;
        rows.iter()
            .map(|row| {
                let key: String = row.try_get_by_index(0)?;
                Ok(ItemId::new(account.clone(), key))
            })
            .collect()
    }

    /// Each of these tracks with each artist of the album that it is on.
    pub(super) async fn artists_above(
        &self,
        ids: &[ItemId],
    ) -> Result<Vec<(ItemId, ItemId)>, StoreError> {
        let backend = self.readers().get_database_backend();
        let statement = Statement::from_sql_and_values(backend, ABOVE, [pairs(ids.iter()).into()]);
        let mut found = Vec::new();
        for row in self.readers().query_all_raw(statement).await? {
            let account: String = row.try_get_by_index(0)?;
            let (track, artist): (String, String) =
                (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
            let account: AccountId = account.parse().map_err(|_| StoreError::Row(account))?;
            let track = ItemId::new(account.clone(), track);
            found.push((track, ItemId::new(account, artist)));
        }
        Ok(found)
    }

    /// The first answer to a question about an artist, by account and key.
    async fn first_text(&self, sql: &str, id: &ItemId) -> Result<Option<String>, StoreError> {
        let backend = self.readers().get_database_backend();
        let values = [id.account().as_str().into(), id.key().into()];
        let statement = Statement::from_sql_and_values(backend, sql, values);
        let row = self.readers().query_one_raw(statement).await?;
        Ok(row.map(|row| row.try_get_by_index(0)).transpose()?)
    }
}

fn newest_first(condition: sea_orm::Condition) -> Select<item::Entity> {
    item::Entity::find()
        .join(JoinType::LeftJoin, item::Relation::Progress.def())
        .filter(condition)
        .filter(item::Column::Kind.eq(kind_name(Kind::Album)))
        .order_by_with_nulls(item::Column::Year, Order::Desc, NullOrdering::Last)
        .order_by_asc(item::Column::SortKey)
        .order_by_asc(item::Column::Key)
}
