//! Collections and playlists of servers, and what is in those that were looked at.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{integer, integer_null, string, string_null, text_null};

/// The step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
enum Lists {
    Table,
    Account,
    Key,
    Place,
    Kind,
    Title,
    Count,
    Poster,
    Members,
}

#[derive(DeriveIden)]
enum Accounts {
    Table,
    Id,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(Lists::Table)
            .col(string(Lists::Account))
            .col(string(Lists::Key))
            .col(integer(Lists::Place))
            .col(string(Lists::Kind))
            .col(string(Lists::Title))
            .col(integer_null(Lists::Count))
            .col(string_null(Lists::Poster))
            .col(text_null(Lists::Members))
            .primary_key(Index::create().col(Lists::Account).col(Lists::Key))
            .foreign_key(
                ForeignKey::create()
                    .from(Lists::Table, Lists::Account)
                    .to(Accounts::Table, Accounts::Id)
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table(Lists::Table).to_owned())
            .await
    }
}
