//! Rows as they are found: sound ones, and what can be saved of others.
//!
//! A row of which only the key can be believed claims no byte: its bytes are fetched again into a new file, and a kept title
//! stays kept. A row without a key that makes sense is nobody's.

use std::time::Duration;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, FromQueryResult, QueryResult, QueryTrait, Select,
    Statement,
};

use super::super::StoreError;
use super::super::entity::cache_index::{Entity, Model};
use crate::cache::{CacheKey, Claim, Class, Generation, Watched};
use crate::range::RangeSet;

/// All rows of a question, as claims.
pub(super) async fn claims(
    db: &DatabaseConnection,
    question: Select<Entity>,
) -> Result<Vec<Claim>, StoreError> {
    let rows = db
        .query_all_raw(question.build(db.get_database_backend()))
        .await?;
    Ok(rows.iter().filter_map(claim).collect())
}

/// The claim of a row; `None` when it is nobody's.
fn claim(row: &QueryResult) -> Option<Claim> {
    let sound = Model::from_query_result(row, "").ok().and_then(sound);
    sound.or_else(|| {
        let key = key(row)?;
        tracing::warn!("a claim of the cache makes no sense; its bytes are fetched again");
        Some(emptied(row, key))
    })
}

fn sound(row: Model) -> Option<Claim> {
    let watched = match (row.watched_ppm, row.watched_ms) {
        (Some(ppm), Some(ms)) => Some(Watched {
            ppm: u32::try_from(ppm).ok()?,
            time: Duration::from_millis(u64::try_from(ms).ok()?),
        }),
        _ => None,
    };
    let ranges = RangeSet::decode(&row.ranges).ok()?;
    let size = row.size.map(u64::try_from).transpose().ok()?;
    let end = ranges.iter().last().map_or(0, |range| range.end);
    if size.is_some_and(|size| size < end) {
        return None;
    }
    let fresh = Claim::fresh(row.key.parse().ok()?, row.generation.parse().ok()?);
    Some(Claim {
        size,
        etag: row.etag,
        last_modified: row.last_modified,
        fingerprint: row.fingerprint,
        ranges,
        disk_bytes: u64::try_from(row.disk_bytes).ok()?,
        last_use: u64::try_from(row.last_use).ok()?,
        class: Class::of_name(&row.class)?,
        pinned: row.pinned,
        watched,
        era: u64::try_from(row.era).ok()?,
        ..fresh
    })
}

/// What a row whose bytes cannot be believed says of the wishes of people.
fn emptied(row: &QueryResult, key: CacheKey) -> Claim {
    let class = row.try_get::<String>("", "class").ok();
    let number = |column: &str, most: u64| {
        let number = row.try_get::<i64>("", column).ok()?;
        u64::try_from(number).ok().filter(|number| *number <= most)
    };
    Claim {
        class: class
            .and_then(|name| Class::of_name(&name))
            .unwrap_or_default(),
        pinned: row.try_get("", "pinned").unwrap_or_default(),
        // As the sums count it.
        disk_bytes: number("disk_bytes", LARGEST).unwrap_or_default(),
        last_use: number("last_use", LATEST).unwrap_or_default(),
        ..Claim::fresh(key, Generation::random())
    }
}

/// A file cannot take more…
const LARGEST: u64 = 1 << 50;
/// …nor a counter come so far.
const LATEST: u64 = 1 << 62;

/// Sums over the rows of each turn: how many, their bytes, the last use. What makes no sense adds nothing.
pub(super) async fn sums(
    db: &DatabaseConnection,
) -> Result<Vec<(i32, i64, Option<i64>, Option<i64>)>, StoreError> {
    // Answered by the index over these three columns alone.
    let question = format!(
        "SELECT CAST(turn AS INTEGER), count(*), \
         sum(CASE WHEN typeof(disk_bytes) = 'integer' AND disk_bytes BETWEEN 0 AND {LARGEST} THEN disk_bytes END), \
         max(CASE WHEN typeof(last_use) = 'integer' AND last_use BETWEEN 0 AND {LATEST} THEN last_use END) \
         FROM cache_index GROUP BY turn"
    );
    let question = Statement::from_string(db.get_database_backend(), question);
    let rows = db.query_all_raw(question).await?;
    rows.iter()
        .map(|row| {
            Ok((
                row.try_get_by_index(0)?,
                row.try_get_by_index(1)?,
                row.try_get_by_index(2)?,
                row.try_get_by_index(3)?,
            ))
        })
        .collect()
}

/// Columns, the type that each must have, and what more.
const SHAPE: &str = "typeof(key) = 'text' AND key LIKE '%_:%:_%:_%' \
    AND typeof(generation) = 'text' AND length(generation) = 32 AND typeof(ranges) = 'blob' \
    AND typeof(size) IN ('integer', 'null') AND coalesce(size, 0) >= 0 \
    AND typeof(disk_bytes) = 'integer' AND disk_bytes BETWEEN 0 AND 1 << 50 \
    AND typeof(last_use) = 'integer' AND last_use BETWEEN 0 AND 1 << 62 \
    AND class IN ('stream', 'prefetch', 'kept') AND typeof(era) = 'integer'";
/// Files that two rows name: neither can be believed.
const SHARED: &str = "SELECT generation FROM cache_index GROUP BY generation HAVING count(*) > 1";

/// Takes the rows away whose columns make no sense, and returns what can be said in their place. Decodes no ranges, so that
/// it is quick: a row that only lies about those is read as empty wherever it is read. With the number of rows.
pub(super) async fn take_broken(
    readers: &DatabaseConnection,
    writer: &DatabaseConnection,
) -> Result<(u64, Vec<Claim>), StoreError> {
    let broken = format!("FROM cache_index WHERE NOT ({SHAPE}) OR generation IN ({SHARED})");
    let question = format!("SELECT key, class, pinned, disk_bytes, last_use {broken}");
    let question = Statement::from_string(readers.get_database_backend(), question);
    let rows = readers.query_all_raw(question).await?;
    if rows.is_empty() {
        return Ok((0, Vec::new()));
    }
    tracing::warn!(
        rows = rows.len(),
        "claims of the cache make no sense and are set aside"
    );
    writer
        .execute_unprepared(&format!("DELETE {broken}"))
        .await?;
    let saved = rows.iter().filter_map(|row| Some(emptied(row, key(row)?)));
    Ok((rows.len() as u64, saved.collect()))
}

fn key(row: &QueryResult) -> Option<CacheKey> {
    row.try_get::<String>("", "key").ok()?.parse().ok()
}
