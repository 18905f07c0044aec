//! What a server has not heard yet, in the order in which it happened: positions, marks, favourites and ratings of a title side
//! by side, where there was one row for a title. And what this user gave a title.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, integer_null, pk_auto, string, string_null};

use crate::m20261121_000001_accounts::Accounts;

/// The step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
enum Outbox {
    Table,
    Number,
    Account,
    Key,
    Kind,
    Part,
    PositionMs,
    Value,
    HappenedAt,
}

#[derive(DeriveIden)]
enum Items {
    Table,
    OwnRating,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(Outbox::Table)
            .col(pk_auto(Outbox::Number))
            .col(string(Outbox::Account))
            .col(string(Outbox::Key))
            .col(string(Outbox::Kind))
            .col(string_null(Outbox::Part))
            .col(big_integer(Outbox::PositionMs))
            .col(integer_null(Outbox::Value))
            .col(big_integer(Outbox::HappenedAt))
            .foreign_key(
                ForeignKey::create()
                    .from(Outbox::Table, Outbox::Account)
                    .to(Accounts::Table, Accounts::Id)
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        manager.create_table(table).await?;
        // The newest of a kind stands for all before it.
        let one_of_a_kind = Index::create()
            .name("outbox_of_item")
            .table(Outbox::Table)
            .col(Outbox::Account)
            .col(Outbox::Key)
            .col(Outbox::Kind)
            .unique()
            .to_owned();
        manager.create_index(one_of_a_kind).await?;
        let db = manager.get_connection();
        db.execute_unprepared(
            "INSERT INTO outbox (account, key, kind, part, position_ms, value, happened_at) \
             SELECT account, key, CASE WHEN mark IS NULL THEN 'position' ELSE 'watched' END, \
             part, position_ms, mark, happened_at FROM unsent_reports ORDER BY happened_at",
        )
        .await?;
        db.execute_unprepared("DROP TABLE unsent_reports").await?;
        let column = Table::alter()
            .table(Items::Table)
            .add_column(integer_null(Items::OwnRating).to_owned())
            .to_owned();
        manager.alter_table(column).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = Table::alter()
            .table(Items::Table)
            .drop_column(Items::OwnRating)
            .to_owned();
        manager.alter_table(column).await?;
        let db = manager.get_connection();
        db.execute_unprepared(
            "CREATE TABLE unsent_reports (account varchar NOT NULL, key varchar NOT NULL, part varchar, \
             position_ms bigint NOT NULL, mark boolean, happened_at bigint NOT NULL, \
             PRIMARY KEY (account, key), FOREIGN KEY (account) REFERENCES accounts (id) ON DELETE CASCADE)",
        )
        .await?;
        // The older tables know one row for a title: the last thing that happened.
        db.execute_unprepared(
            "INSERT OR REPLACE INTO unsent_reports SELECT account, key, part, position_ms, \
             CASE kind WHEN 'watched' THEN value END, happened_at FROM outbox \
             WHERE kind IN ('position', 'watched') ORDER BY number",
        )
        .await?;
        manager
            .drop_table(Table::drop().table(Outbox::Table).to_owned())
            .await
    }
}
