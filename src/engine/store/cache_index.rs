//! The cache's claims as rows: the cache's own `Index`, over this database.

mod jobs;
mod salvage;

use std::collections::HashMap;

use async_trait::async_trait;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseConnection, EntityTrait, ExprTrait, QueryFilter,
    QueryOrder, QuerySelect, Select, TransactionTrait,
};

use super::entity::cache_facts;
use super::entity::cache_index::{ActiveModel, Column, Entity};
use super::{Store, StoreError};
use crate::cache::{
    CacheKey, Claim, Index, IndexError, Note, Stay, StoredJob, Totals, Turn, Watched,
};

/// Rows of one statement; SQLite takes 32,766 values.
const BATCH: usize = 500;
/// The turns of those that are not evicted.
const PINNED: i32 = 8;
const KEPT: i32 = 9;
/// Names of facts.
const BOOT: &str = "boot";
const ORDERLY: &str = "orderly";
const ERA: &str = "era";
const DAMAGED_BLOCKS: &str = "damaged_blocks";
const YES: &str = "yes";

#[async_trait]
impl Index for Store {
    async fn load(&self) -> Result<Vec<Claim>, IndexError> {
        self.claims(Entity::find()).await
    }

    async fn commit(&self, put: Vec<Claim>, removed: Vec<CacheKey>) -> Result<(), IndexError> {
        let writer = self.writer().await;
        let done = commit_claims(&writer.quick, put, removed).await;
        done.map_err(failed)
    }

    async fn commit_durably(
        &self,
        put: Vec<Claim>,
        removed: Vec<CacheKey>,
    ) -> Result<(), IndexError> {
        let writer = self.writer().await;
        let done = commit_claims(&writer.durable, put, removed).await;
        done.map_err(failed)
    }

    async fn note(&self) -> Result<Option<Note>, IndexError> {
        let facts = self.facts().await.map_err(failed)?;
        let number = |name: &str| facts.get(name)?.parse().ok();
        Ok(facts.get(BOOT).map(|boot| Note {
            boot: boot.clone(),
            orderly: facts.get(ORDERLY).is_some_and(|word| word == YES),
            era: number(ERA).unwrap_or_default(),
            damaged_blocks: number(DAMAGED_BLOCKS).unwrap_or_default(),
        }))
    }

    async fn keep_note(&self, note: &Note) -> Result<(), IndexError> {
        let orderly = if note.orderly { YES } else { "no" };
        let facts = [
            (BOOT, note.boot.clone()),
            (ORDERLY, orderly.to_owned()),
            (ERA, note.era.to_string()),
            (DAMAGED_BLOCKS, note.damaged_blocks.to_string()),
        ];
        let rows = facts.map(|(name, value)| cache_facts::ActiveModel {
            name: Set(name.to_owned()),
            value: Set(value),
        });
        let replace = OnConflict::column(cache_facts::Column::Name)
            .update_column(cache_facts::Column::Value)
            .to_owned();
        let writer = self.writer().await;
        let done = cache_facts::Entity::insert_many(rows)
            .on_conflict(replace)
            .exec_without_returning(&writer.durable)
            .await;
        done.map(drop).map_err(|error| failed(error.into()))
    }

    async fn put_job(&self, job: &StoredJob) -> Result<(), IndexError> {
        jobs::put(self, job).await.map_err(failed)
    }

    async fn remove_jobs(&self, ids: &[u64]) -> Result<(), IndexError> {
        jobs::remove(self, ids).await.map_err(failed)
    }

    async fn jobs(&self) -> Result<Vec<StoredJob>, IndexError> {
        jobs::all(self).await.map_err(failed)
    }

    async fn heal(&self) -> Result<u64, IndexError> {
        let writer = self.writer().await;
        let (found, mut saved) = salvage::take_broken(self.readers(), &writer.durable)
            .await
            .map_err(failed)?;
        // A wish of a person outlives the damage; of other titles nothing is left to say.
        saved.retain(|claim| Turn::of(claim).is_err());
        if !saved.is_empty() {
            let done = commit_claims(&writer.durable, saved, Vec::new()).await;
            done.map_err(failed)?;
        }
        Ok(found)
    }

    async fn totals(&self) -> Result<Totals, IndexError> {
        let sums = salvage::sums(self.readers()).await.map_err(failed)?;
        let mut totals = Totals::default();
        for (turn, entries, disk_bytes, last_use) in sums {
            let number = |value: Option<i64>| u64::try_from(value.unwrap_or(0)).unwrap_or(0);
            totals.entries += number(Some(entries));
            totals.last_use = Ord::max(totals.last_use, number(last_use));
            if turn == KEPT {
                totals.kept_bytes += number(disk_bytes);
            } else {
                totals.disk_bytes += number(disk_bytes);
            }
        }
        Ok(totals)
    }

    async fn get(&self, key: &CacheKey) -> Result<Option<Claim>, IndexError> {
        let row = Entity::find_by_id(key.to_string());
        Ok(self.claims(row).await?.pop())
    }

    async fn page(&self, after: Option<&CacheKey>, count: usize) -> Result<Vec<Claim>, IndexError> {
        let mut rows = Entity::find();
        if let Some(after) = after {
            rows = rows.filter(Column::Key.gt(after.to_string()));
        }
        let rows = rows.order_by_asc(Column::Key).limit(count as u64);
        self.claims(rows).await
    }

    async fn next_to_go(
        &self,
        after: Option<&Claim>,
        count: usize,
    ) -> Result<Vec<Claim>, IndexError> {
        let mut rows = Entity::find().filter(Column::Turn.lt(PINNED));
        if let Some(after) = after {
            let (turn, last_use) = (turn_of(after), stored(after.last_use));
            let same_use = Column::LastUse
                .eq(last_use)
                .and(Column::Key.gt(after.key.to_string()));
            let same_turn = Column::Turn
                .eq(turn)
                .and(Column::LastUse.gt(last_use).or(same_use));
            rows = rows.filter(Column::Turn.gt(turn).or(same_turn));
        }
        let rows = rows
            .order_by_asc(Column::Turn)
            .order_by_asc(Column::LastUse)
            .order_by_asc(Column::Key)
            .limit(count as u64);
        self.claims(rows).await
    }
}

impl Store {
    async fn claims(&self, question: Select<Entity>) -> Result<Vec<Claim>, IndexError> {
        let claims = salvage::claims(self.readers(), question).await;
        claims.map_err(failed)
    }

    async fn facts(&self) -> Result<HashMap<String, String>, StoreError> {
        let rows = cache_facts::Entity::find().all(self.readers()).await?;
        Ok(rows.into_iter().map(|row| (row.name, row.value)).collect())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn failed(error: StoreError) -> IndexError {
    IndexError(error.to_string())
}

async fn commit_claims(
    connection: &DatabaseConnection,
    put: Vec<Claim>,
    removed: Vec<CacheKey>,
) -> Result<(), StoreError> {
    let transaction = connection.begin().await?;
    for some in removed.chunks(BATCH) {
        let keys = some.iter().map(ToString::to_string);
        Entity::delete_many()
            .filter(Column::Key.is_in(keys))
            .exec(&transaction)
            .await?;
    }
    for some in put.chunks(BATCH) {
        Entity::insert_many(some.iter().map(row_of))
            .on_conflict(
                OnConflict::column(Column::Key)
                    .update_columns([
                        Column::Generation,
                        Column::Size,
                        Column::Etag,
                        Column::LastModified,
                        Column::Fingerprint,
                        Column::Ranges,
                        Column::DiskBytes,
                        Column::LastUse,
                        Column::Class,
                        Column::Pinned,
                        Column::WatchedPpm,
                        Column::WatchedMs,
                        Column::Turn,
                        Column::Era,
                    ])
                    .to_owned(),
            )
            .exec_without_returning(&transaction)
            .await?;
    }
    Ok(transaction.commit().await?)
}

fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn turn_of(claim: &Claim) -> i32 {
    match Turn::of(claim) {
        Ok(turn) => i32::from(turn as u8),
        Err(Stay::Kept) => KEPT,
        Err(_) => PINNED,
    }
}

fn row_of(claim: &Claim) -> ActiveModel {
    let ms = |watched: Watched| i64::try_from(watched.time.as_millis()).unwrap_or(i64::MAX);
    ActiveModel {
        key: Set(claim.key.to_string()),
        generation: Set(claim.generation.to_string()),
        size: Set(claim.size.map(stored)),
        etag: Set(claim.etag.clone()),
        last_modified: Set(claim.last_modified.clone()),
        fingerprint: Set(claim.fingerprint.clone()),
        ranges: Set(claim.ranges.encode()),
        disk_bytes: Set(stored(claim.disk_bytes)),
        last_use: Set(stored(claim.last_use)),
        class: Set(claim.class.name().to_owned()),
        pinned: Set(claim.pinned),
        watched_ppm: Set(claim.watched.map(|watched| i64::from(watched.ppm))),
        watched_ms: Set(claim.watched.map(ms)),
        turn: Set(turn_of(claim)),
        era: Set(stored(claim.era)),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::cache::{Class, Generation};
    use crate::model::{ItemId, PartId};
    use crate::range::ByteRange;

    fn claims() -> Vec<Claim> {
        let classes = [Class::Stream, Class::Prefetch, Class::Kept];
        let watched = |index: usize| Watched {
            ppm: u32::try_from(index * 90_000).unwrap(),
            time: Duration::from_secs(1),
        };
        let claim = |index: usize| {
            let item = ItemId::new("abc".parse().unwrap(), format!("{index:02}"));
            let mut claim = Claim::fresh(PartId::new(item, "p").into(), Generation::random());
            claim.class = classes[index % 3];
            claim.pinned = index % 5 == 4;
            claim.watched = (!index.is_multiple_of(4)).then(|| watched(index));
            claim.size = Some(1 << 40);
            claim.disk_bytes = 1 << index;
            claim.last_use = 100 - (index / 2) as u64;
            if index != 6 {
                claim.ranges.insert(ByteRange::new(0, 1 << index));
            }
            claim
        };
        (0..20).map(claim).collect()
    }

    /// The plain answers of the trait itself, over the same claims.
    struct Plain(Vec<Claim>);

    #[async_trait]
    impl Index for Plain {
        async fn load(&self) -> Result<Vec<Claim>, IndexError> {
            Ok(self.0.clone())
        }

        async fn commit(&self, _: Vec<Claim>, _: Vec<CacheKey>) -> Result<(), IndexError> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn the_database_answers_like_the_plain_index() {
        let place = tempfile::tempdir().unwrap();
        let store = Store::open(place.path()).await.unwrap();
        let plain = Plain(claims());
        Index::commit(&store, plain.0[..10].to_vec(), Vec::new())
            .await
            .unwrap();
        Index::commit_durably(&store, plain.0.clone(), Vec::new())
            .await
            .unwrap();
        assert_eq!(store.totals().await.unwrap(), plain.totals().await.unwrap());
        for claim in &plain.0 {
            assert_eq!(
                Index::get(&store, &claim.key).await.unwrap().as_ref(),
                Some(claim)
            );
        }
        let mut after: Option<CacheKey> = None;
        loop {
            let page = Index::page(&store, after.as_ref(), 7).await.unwrap();
            assert_eq!(page, plain.page(after.as_ref(), 7).await.unwrap());
            let Some(last) = page.last() else { break };
            after = Some(last.key.clone());
        }
        let mut after: Option<Claim> = None;
        loop {
            let next = store.next_to_go(after.as_ref(), 4).await.unwrap();
            assert_eq!(next, plain.next_to_go(after.as_ref(), 4).await.unwrap());
            after = next.last().cloned();
            if after.is_none() {
                break;
            }
        }
        let keys = plain.0.iter().map(|claim| claim.key.clone()).collect();
        Index::commit(&store, plain.0[..1].to_vec(), keys)
            .await
            .unwrap();
        assert_eq!(
            store.totals().await.unwrap().entries,
            1,
            "removed, then put"
        );
    }
}
