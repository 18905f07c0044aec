//! What cached bytes are for, how much of each title was watched, and whose turn it is to go.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer_null, boolean, integer, string};

/// The step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
enum CacheIndex {
    Table,
    Class,
    Pinned,
    WatchedPpm,
    WatchedMs,
    Turn,
    LastUse,
    DiskBytes,
}

const BY_TURN: &str = "cache_index_by_turn";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [
            string(CacheIndex::Class).default("stream").to_owned(),
            boolean(CacheIndex::Pinned).default(false).to_owned(),
            big_integer_null(CacheIndex::WatchedPpm),
            big_integer_null(CacheIndex::WatchedMs),
            // The turn of what was used, and nothing else is known of it.
            integer(CacheIndex::Turn).default(4).to_owned(),
        ];
        for column in columns {
            let table = Table::alter()
                .table(CacheIndex::Table)
                .add_column(column)
                .to_owned();
            manager.alter_table(table).await?;
        }
        // Sums and the next to go are answered from this alone.
        let index = Index::create()
            .name(BY_TURN)
            .table(CacheIndex::Table)
            .col(CacheIndex::Turn)
            .col(CacheIndex::LastUse)
            .col(CacheIndex::DiskBytes)
            .to_owned();
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index = Index::drop()
            .name(BY_TURN)
            .table(CacheIndex::Table)
            .to_owned();
        manager.drop_index(index).await?;
        for column in [
            CacheIndex::Class,
            CacheIndex::Pinned,
            CacheIndex::WatchedPpm,
            CacheIndex::WatchedMs,
            CacheIndex::Turn,
        ] {
            let table = Table::alter()
                .table(CacheIndex::Table)
                .drop_column(column)
                .to_owned();
            manager.alter_table(table).await?;
        }
        Ok(())
    }
}
