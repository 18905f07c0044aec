//! Titles that are to be kept and may not be here wholly yet, as rows.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::super::entity::cache_job::{ActiveModel, Column, Entity};
use super::super::{Store, StoreError};
use super::stored;
use crate::cache::StoredJob;

pub(super) async fn put(store: &Store, job: &StoredJob) -> Result<(), StoreError> {
    let row = ActiveModel {
        id: Set(stored(job.id)),
        key: Set(job.key.to_string()),
        fingerprint: Set(job.fingerprint.clone()),
        size_hint: Set(job.size_hint.map(stored)),
    };
    let replace = OnConflict::column(Column::Id)
        .update_columns([Column::Key, Column::Fingerprint, Column::SizeHint])
        .to_owned();
    let writer = store.writer().await;
    Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(&writer.durable)
        .await?;
    Ok(())
}

pub(super) async fn remove(store: &Store, ids: &[u64]) -> Result<(), StoreError> {
    let ids = ids.iter().map(|id| stored(*id));
    let writer = store.writer().await;
    Entity::delete_many()
        .filter(Column::Id.is_in(ids))
        .exec(&writer.quick)
        .await?;
    Ok(())
}

/// In the order in which they were asked for. A row of a key that makes no sense is left out.
pub(super) async fn all(store: &Store) -> Result<Vec<StoredJob>, StoreError> {
    let rows = Entity::find()
        .order_by_asc(Column::Id)
        .all(store.readers())
        .await?;
    let job = |row: super::super::entity::cache_job::Model| {
        Some(StoredJob {
            id: u64::try_from(row.id).ok()?,
            key: row.key.parse().ok()?,
            fingerprint: row.fingerprint,
            size_hint: row.size_hint.and_then(|size| u64::try_from(size).ok()),
        })
    };
    Ok(rows.into_iter().filter_map(job).collect())
}
