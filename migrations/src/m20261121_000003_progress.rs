//! What the user has watched, and what of it the servers have not heard yet.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, boolean_null, string, string_null,
};

use crate::m20261121_000001_accounts::Accounts;

/// The step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
enum Progress {
    Table,
    Account,
    Key,
    PositionMs,
    Watched,
    LastPlayed,
    ChangedAt,
}

#[derive(DeriveIden)]
enum UnsentReports {
    Table,
    Account,
    Key,
    Part,
    PositionMs,
    Mark,
    HappenedAt,
}

fn progress() -> TableCreateStatement {
    Table::create()
        .table(Progress::Table)
        .col(string(Progress::Account))
        .col(string(Progress::Key))
        .col(big_integer(Progress::PositionMs))
        .col(boolean(Progress::Watched))
        .col(big_integer_null(Progress::LastPlayed))
        .col(big_integer(Progress::ChangedAt))
        .primary_key(Index::create().col(Progress::Account).col(Progress::Key))
        .foreign_key(
            ForeignKey::create()
                .from(Progress::Table, Progress::Account)
                .to(Accounts::Table, Accounts::Id)
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

/// At most one row for an item: the newest position, or the newest mark, stands for all before it.
fn unsent_reports() -> TableCreateStatement {
    Table::create()
        .table(UnsentReports::Table)
        .col(string(UnsentReports::Account))
        .col(string(UnsentReports::Key))
        .col(string_null(UnsentReports::Part))
        .col(big_integer(UnsentReports::PositionMs))
        .col(boolean_null(UnsentReports::Mark))
        .col(big_integer(UnsentReports::HappenedAt))
        .primary_key(
            Index::create()
                .col(UnsentReports::Account)
                .col(UnsentReports::Key),
        )
        .foreign_key(
            ForeignKey::create()
                .from(UnsentReports::Table, UnsentReports::Account)
                .to(Accounts::Table, Accounts::Id)
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(progress()).await?;
        manager.create_table(unsent_reports()).await?;
        manager
            .create_index(
                Index::create()
                    .name("progress_by_last_played")
                    .table(Progress::Table)
                    .col(Progress::LastPlayed)
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table(UnsentReports::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(Progress::Table).to_owned())
            .await
    }
}
