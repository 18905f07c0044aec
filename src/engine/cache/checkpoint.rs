//! What the cache writes down about itself, and when: a claim may lag behind the bytes on the disk, never run ahead.

use async_trait::async_trait;

use super::key::{CacheKey, Generation};
use crate::range::RangeSet;

/// What the index remembers of one resource. One row for each key; a new generation replaces the old one's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Which resource; unique. Its text form is `key.to_string()`.
    pub key: CacheKey,
    /// Which file holds it.
    pub generation: Generation,
    /// Size in bytes, once a reply said it for certain.
    pub size: Option<u64>,
    /// `ETag` of the reply, as sent.
    pub etag: Option<String>,
    /// `Last-Modified` of the reply, as sent.
    pub last_modified: Option<String>,
    /// What the library said when it was opened ([`super::OpenRequest::fingerprint`]).
    pub fingerprint: Option<String>,
    /// Bytes that were durable in the file when this was written ([`RangeSet::encode`] is its stored form).
    pub ranges: RangeSet,
    /// Bytes allocated on the disk.
    pub disk_bytes: u64,
    /// Order of last use: larger is later. A counter, not a time.
    pub last_use: u64,
}

/// The index could not be read or written. The cache goes on without: bytes are refetched at worst.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the cache index failed: {0}")]
pub struct IndexError(pub String);

/// Where claims are kept. Implemented over the database by the engine's wiring.
#[async_trait]
pub trait Index: Send + Sync + 'static {
    /// All claims, in any order. Called once, when the cache starts. A row that makes no sense (garbage in its ranges,
    /// an unknown key) is left out, which only costs fetching its bytes again.
    async fn load(&self) -> Result<Vec<Claim>, IndexError>;

    /// Stores `put` (insert, or replace the row with the same key) and deletes the rows of `removed`, in one
    /// transaction. Never called twice at the same time.
    async fn commit(&self, put: Vec<Claim>, removed: Vec<CacheKey>) -> Result<(), IndexError>;
}
