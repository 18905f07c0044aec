//! Rows of `cache_index`: what the cache claims to hold.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "cache_index")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    pub generation: String,
    pub size: Option<i64>,
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    pub fingerprint: Option<String>,
    /// As `RangeSet::encode` gives it.
    pub ranges: Vec<u8>,
    pub disk_bytes: i64,
    pub last_use: i64,
    /// `stream`, `prefetch`, `kept`.
    pub class: String,
    pub pinned: bool,
    pub watched_ppm: Option<i64>,
    pub watched_ms: Option<i64>,
    /// Its turn to be evicted; see `cache_index.rs`.
    pub turn: i32,
    /// Unclean boots of the computer that had been when the row was true.
    pub era: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
