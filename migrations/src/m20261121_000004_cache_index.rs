//! What the cache claims to hold: one row for each resource, written after its bytes are safe.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, blob, string, string_null};

/// The step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
enum CacheIndex {
    Table,
    Key,
    Generation,
    Size,
    Etag,
    LastModified,
    Fingerprint,
    Ranges,
    DiskBytes,
    LastUse,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table(CacheIndex::Table)
                    .col(string(CacheIndex::Key).primary_key())
                    .col(string(CacheIndex::Generation))
                    .col(big_integer_null(CacheIndex::Size))
                    .col(string_null(CacheIndex::Etag))
                    .col(string_null(CacheIndex::LastModified))
                    .col(string_null(CacheIndex::Fingerprint))
                    .col(blob(CacheIndex::Ranges))
                    .col(big_integer(CacheIndex::DiskBytes))
                    .col(big_integer(CacheIndex::LastUse))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table(CacheIndex::Table).to_owned())
            .await
    }
}
