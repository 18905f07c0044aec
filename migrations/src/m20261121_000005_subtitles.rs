//! Texts of subtitles beside the files of a server, so that they are there without the network.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{blob, string};

/// The step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
enum Subtitles {
    Table,
    Account,
    Key,
    Subtitle,
    Body,
}

#[derive(DeriveIden)]
enum Items {
    Table,
    Account,
    Key,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table(Subtitles::Table)
                    .col(string(Subtitles::Account))
                    .col(string(Subtitles::Key))
                    .col(string(Subtitles::Subtitle))
                    .col(blob(Subtitles::Body))
                    .primary_key(
                        Index::create()
                            .col(Subtitles::Account)
                            .col(Subtitles::Key)
                            .col(Subtitles::Subtitle),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from(Subtitles::Table, (Subtitles::Account, Subtitles::Key))
                            .to(Items::Table, (Items::Account, Items::Key))
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table(Subtitles::Table).to_owned())
            .await
    }
}
