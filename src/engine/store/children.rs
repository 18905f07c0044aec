//! Numbers of the titles below a show, season, album or artist.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, Statement};

use super::{Store, StoreError};
use crate::model::{Item, ItemId, Kind};

/// The playable titles below an item, as counted in the mirror.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// All of them.
    pub(crate) of: u32,
    /// Those watched to their end.
    pub(crate) watched: u32,
}

/// Pairs of account and key as one JSON value, for `json_each`.
pub(super) fn pairs<'a>(ids: impl Iterator<Item = &'a ItemId>) -> String {
    let pairs: Vec<[&str; 2]> = ids.map(|id| [id.account().as_str(), id.key()]).collect();
    serde_json::to_string(&pairs).unwrap_or_else(|_| "[]".to_owned())
}

/// Rows of the ids in a JSON list of pairs, as an SQL subquery with one parameter.
pub(super) const PAIRS: &str =
    "(SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?))";

/// Albums of each of some artists.
const ALBUMS: &str = "SELECT c.account, c.artist, count(*), 0 FROM json_each(?) one CROSS JOIN credits c \
     ON c.account = json_extract(one.value, '$[0]') AND c.artist = json_extract(one.value, '$[1]') AND c.kind = 'album' \
     GROUP BY 1, 2";
/// Tracks of their albums.
const TRACKS: &str = "SELECT c.account, c.artist, count(*), sum(coalesce(p.watched, 0)) \
     FROM json_each(?) one CROSS JOIN credits c \
     ON c.account = json_extract(one.value, '$[0]') AND c.artist = json_extract(one.value, '$[1]') AND c.kind = 'album' \
     CROSS JOIN items i ON i.account = c.account AND i.parent = c.key \
     LEFT JOIN progress p ON p.account = i.account AND p.key = i.key GROUP BY 1, 2";

impl Store {
    /// Counts what is below each of these items; items with nothing below are left out.
    pub(crate) async fn tallies(
        &self,
        parents: &[&ItemId],
    ) -> Result<HashMap<ItemId, Tally>, StoreError> {
        let mut tallies = HashMap::new();
        if parents.is_empty() {
            return Ok(tallies);
        }
        let below = |column: &str| {
            format!(
                // A cross join keeps this order: for each of the few above, those below by their index.
                "SELECT c.account, c.{column}, count(*), sum(coalesce(p.watched, 0)) \
                 FROM json_each(?) one CROSS JOIN items c \
                 ON c.account = json_extract(one.value, '$[0]') \
                 AND c.{column} = json_extract(one.value, '$[1]') \
                 LEFT JOIN progress p ON p.account = c.account AND p.key = c.key \
                 WHERE +c.kind IN ('movie', 'episode', 'track', 'video') GROUP BY 1, 2"
            )
        };
        for sql in [below("parent"), below("grandparent"), TRACKS.to_owned()] {
            tallies.extend(self.tallied(sql, parents).await?);
        }
        Ok(tallies)
    }

    async fn tallied(
        &self,
        sql: String,
        ids: &[&ItemId],
    ) -> Result<Vec<(ItemId, Tally)>, StoreError> {
        let backend = self.readers().get_database_backend();
        let pairs = pairs(ids.iter().copied());
        let statement = Statement::from_sql_and_values(backend, sql, [pairs.into()]);
        let mut tallies = Vec::new();
        for row in self.readers().query_all_raw(statement).await? {
            let account: String = row.try_get_by_index(0)?;
            let key: String = row.try_get_by_index(1)?;
            let of: i64 = row.try_get_by_index(2)?;
            let watched: i64 = row.try_get_by_index(3)?;
            let account = account.parse().map_err(|_| StoreError::Row(account))?;
            let tally = Tally {
                of: u32::try_from(of).unwrap_or(u32::MAX),
                watched: u32::try_from(watched).unwrap_or(u32::MAX),
            };
            tallies.push((ItemId::new(account, key), tally));
        }
        Ok(tallies)
    }

    /// Fills in what the mirror knows better than the source: how many titles are below, and how many of them are not
    /// watched yet, also after something was watched without the network.
    pub(super) async fn count_children(&self, items: &mut [Item]) -> Result<(), StoreError> {
        let parents: Vec<&ItemId> = items
            .iter()
            .filter(|item| !item.kind.is_playable() && item.kind != Kind::Artist)
            .map(|item| &item.id)
            .collect();
        let tallies = self.tallies(&parents).await?;
        let artists = items.iter().filter(|item| item.kind == Kind::Artist);
        let artists: Vec<&ItemId> = artists.map(|item| &item.id).collect();
        let albums: HashMap<ItemId, Tally> = match artists.is_empty() {
            true => HashMap::new(),
            false => self
                .tallied(ALBUMS.to_owned(), &artists)
                .await?
                .into_iter()
                .collect(),
        };
        for item in items {
            if item.kind == Kind::Artist {
                item.child_count = Some(albums.get(&item.id).map_or(0, |tally| tally.of));
                continue;
            }
            if let Some(tally) = tallies.get(&item.id) {
                item.child_count = Some(tally.of);
                item.progress.unwatched_children = Some(tally.of.saturating_sub(tally.watched));
                item.progress.watched = tally.watched >= tally.of;
            }
        }
        Ok(())
    }
}
