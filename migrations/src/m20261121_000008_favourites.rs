//! Which titles are a user's favourites.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::boolean;

/// The step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
enum Items {
    Table,
    Favourite,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = Table::alter()
            .table(Items::Table)
            .add_column(boolean(Items::Favourite).default(false).to_owned())
            .to_owned();
        manager.alter_table(column).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = Table::alter()
            .table(Items::Table)
            .drop_column(Items::Favourite)
            .to_owned();
        manager.alter_table(column).await
    }
}
