//! Accounts: who is signed in where. Never a token.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{integer, string, string_null};

/// The step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
pub(crate) enum Accounts {
    Table,
    Id,
    Place,
    Kind,
    Name,
    Address,
    UserName,
    UserId,
    MachineId,
    Fingerprint,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table(Accounts::Table)
                    .col(string(Accounts::Id).primary_key())
                    .col(integer(Accounts::Place))
                    .col(string(Accounts::Kind))
                    .col(string(Accounts::Name))
                    .col(string(Accounts::Address))
                    .col(string(Accounts::UserName))
                    .col(string_null(Accounts::UserId))
                    .col(string_null(Accounts::MachineId))
                    .col(string_null(Accounts::Fingerprint))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table(Accounts::Table).to_owned())
            .await
    }
}
