//! Rows that servers make of their titles, and titles that a person took out of *Continue Watching*.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, boolean, integer, string, text};

/// The step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
enum ServerRows {
    Table,
    Account,
    Key,
    Place,
    Kind,
    Title,
    ToldAt,
    Members,
}

#[derive(DeriveIden)]
enum Dismissals {
    Table,
    Account,
    Key,
    At,
    Told,
}

#[derive(DeriveIden)]
enum Accounts {
    Table,
    Id,
}

fn server_rows() -> TableCreateStatement {
    Table::create()
        .table(ServerRows::Table)
        .col(string(ServerRows::Account))
        .col(string(ServerRows::Key))
        .col(integer(ServerRows::Place))
        .col(string(ServerRows::Kind))
        .col(text(ServerRows::Title))
        .col(big_integer(ServerRows::ToldAt))
        .col(text(ServerRows::Members))
        .primary_key(
            Index::create()
                .col(ServerRows::Account)
                .col(ServerRows::Key),
        )
        .foreign_key(
            ForeignKey::create()
                .from(ServerRows::Table, ServerRows::Account)
                .to(Accounts::Table, Accounts::Id)
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

fn dismissals() -> TableCreateStatement {
    Table::create()
        .table(Dismissals::Table)
        .col(string(Dismissals::Account))
        .col(string(Dismissals::Key))
        .col(big_integer(Dismissals::At))
        .col(boolean(Dismissals::Told))
        .primary_key(
            Index::create()
                .col(Dismissals::Account)
                .col(Dismissals::Key),
        )
        .foreign_key(
            ForeignKey::create()
                .from(Dismissals::Table, Dismissals::Account)
                .to(Accounts::Table, Accounts::Id)
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(server_rows()).await?;
        manager.create_table(dismissals()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table(Dismissals::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(ServerRows::Table).to_owned())
            .await
    }
}
