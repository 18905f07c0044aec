//! Titles that are to be kept and may not be here wholly yet: a program that starts later goes on with them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, string, string_null};

/// The step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
enum CacheJob {
    Table,
    /// In the order in which they were asked for.
    Id,
    /// As `cache_index`'s.
    Key,
    Fingerprint,
    SizeHint,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let jobs = Table::create()
            .table(CacheJob::Table)
            .col(big_integer(CacheJob::Id).primary_key())
            .col(string(CacheJob::Key))
            .col(string_null(CacheJob::Fingerprint))
            .col(big_integer_null(CacheJob::SizeHint))
            .to_owned();
        manager.create_table(jobs).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table(CacheJob::Table).to_owned())
            .await
    }
}
