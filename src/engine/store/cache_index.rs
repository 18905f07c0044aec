//! The cache's claims as rows: the cache's own `Index`, over this database.

use async_trait::async_trait;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, TransactionTrait};

use super::entity::cache_index::{ActiveModel, Column, Entity, Model};
use super::{Store, StoreError};
use crate::cache::{CacheKey, Claim, Index, IndexError};
use crate::range::RangeSet;

/// Rows of one statement; SQLite takes 32,766 values.
const BATCH: usize = 500;

#[async_trait]
impl Index for Store {
    async fn load(&self) -> Result<Vec<Claim>, IndexError> {
        let rows = Entity::find()
            .all(self.readers())
            .await
            .map_err(StoreError::from);
        let rows = rows.map_err(|error| IndexError(error.to_string()))?;
        Ok(rows.into_iter().filter_map(claim_of).collect())
    }

    async fn commit(&self, put: Vec<Claim>, removed: Vec<CacheKey>) -> Result<(), IndexError> {
        self.commit_claims(put, removed)
            .await
            .map_err(|error| IndexError(error.to_string()))
    }
}

impl Store {
    async fn commit_claims(
        &self,
        put: Vec<Claim>,
        removed: Vec<CacheKey>,
    ) -> Result<(), StoreError> {
        let writer = self.writer().await;
        let transaction = writer.quick.begin().await?;
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
                        ])
                        .to_owned(),
                )
                .exec_without_returning(&transaction)
                .await?;
        }
        Ok(transaction.commit().await?)
    }
}

fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn row_of(claim: &Claim) -> ActiveModel {
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
    }
}

/// A row that makes no sense is left out: that costs fetching its bytes again, and nothing else.
fn claim_of(row: Model) -> Option<Claim> {
    let claim = (|| {
        Some(Claim {
            key: row.key.parse().ok()?,
            generation: row.generation.parse().ok()?,
            size: row.size.map(u64::try_from).transpose().ok()?,
            etag: row.etag,
            last_modified: row.last_modified,
            fingerprint: row.fingerprint,
            ranges: RangeSet::decode(&row.ranges).ok()?,
            disk_bytes: u64::try_from(row.disk_bytes).ok()?,
            last_use: u64::try_from(row.last_use).ok()?,
        })
    })();
    if claim.is_none() {
        tracing::warn!("a claim of the cache makes no sense and is forgotten");
    }
    claim
}
