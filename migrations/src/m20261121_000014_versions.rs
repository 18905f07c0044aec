//! Which of a title's files a person wants to play.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::text_null;

/// The step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
enum Details {
    Table,
    Version,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = Table::alter()
            .table(Details::Table)
            .add_column(text_null(Details::Version).to_owned())
            .to_owned();
        manager.alter_table(column).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = Table::alter()
            .table(Details::Table)
            .drop_column(Details::Version)
            .to_owned();
        manager.alter_table(column).await
    }
}
