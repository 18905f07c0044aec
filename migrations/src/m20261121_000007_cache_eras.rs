//! How the cache's last run ended, and since which unclean start of the computer each row is known to be true.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, string};

/// The step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
enum CacheIndex {
    Table,
    Era,
}

/// Facts about the cache as a whole, each a name and its text.
#[derive(DeriveIden)]
enum CacheFacts {
    Table,
    Name,
    Value,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let facts = Table::create()
            .table(CacheFacts::Table)
            .col(string(CacheFacts::Name).primary_key())
            .col(string(CacheFacts::Value))
            .to_owned();
        manager.create_table(facts).await?;
        let era = Table::alter()
            .table(CacheIndex::Table)
            .add_column(big_integer(CacheIndex::Era).default(0).to_owned())
            .to_owned();
        manager.alter_table(era).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let era = Table::alter()
            .table(CacheIndex::Table)
            .drop_column(CacheIndex::Era)
            .to_owned();
        manager.alter_table(era).await?;
        manager
            .drop_table(Table::drop().table(CacheFacts::Table).to_owned())
            .await
    }
}
