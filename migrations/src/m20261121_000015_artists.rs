//! Who albums and tracks are by: beside each title as it was told, and in a table of their own, for what is by somebody is asked
//! from the other side. The database keeps that table itself, so that it is never behind.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::text;

/// The step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
enum Items {
    Table,
    Artists,
}

/// What of a row of `items` goes into `credits`: each artist is a list of key, name and folded name.
const UP: [&str; 6] = [
    "CREATE TABLE credits (account TEXT NOT NULL, key TEXT NOT NULL, place INTEGER NOT NULL, kind TEXT NOT NULL, \
     artist TEXT, name TEXT NOT NULL, folded TEXT NOT NULL, PRIMARY KEY (account, key, place)) WITHOUT ROWID",
    "CREATE INDEX credits_by_artist ON credits (account, artist, kind)",
    "CREATE INDEX credits_by_name ON credits (account, folded, kind)",
    "CREATE TRIGGER credits_of_new AFTER INSERT ON items WHEN NEW.artists <> '[]' BEGIN \
     INSERT OR IGNORE INTO credits (account, key, place, kind, artist, name, folded) \
     SELECT NEW.account, NEW.key, c.key, NEW.kind, c.value ->> 0, c.value ->> 1, c.value ->> 2 \
     FROM json_each(NEW.artists) c; END",
    "CREATE TRIGGER credits_of_changed AFTER UPDATE OF artists, kind ON items \
     WHEN (OLD.artists, OLD.kind) IS NOT (NEW.artists, NEW.kind) BEGIN \
     DELETE FROM credits WHERE account = OLD.account AND key = OLD.key; \
     INSERT OR IGNORE INTO credits (account, key, place, kind, artist, name, folded) \
     SELECT NEW.account, NEW.key, c.key, NEW.kind, c.value ->> 0, c.value ->> 1, c.value ->> 2 \
     FROM json_each(NEW.artists) c; END",
    "CREATE TRIGGER credits_of_gone AFTER DELETE ON items WHEN OLD.artists <> '[]' BEGIN \
     DELETE FROM credits WHERE account = OLD.account AND key = OLD.key; END",
];

const DOWN: [&str; 4] = [
    "DROP TRIGGER credits_of_gone",
    "DROP TRIGGER credits_of_changed",
    "DROP TRIGGER credits_of_new",
    "DROP TABLE credits",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = Table::alter()
            .table(Items::Table)
            .add_column(text(Items::Artists).default("[]").to_owned())
            .to_owned();
        manager.alter_table(column).await?;
        for statement in UP {
            manager
                .get_connection()
                .execute_unprepared(statement)
                .await?;
        }
        Ok(())
    }

    /// Several statements: all of them or none.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in DOWN {
            manager
                .get_connection()
                .execute_unprepared(statement)
                .await?;
        }
        let column = Table::alter()
            .table(Items::Table)
            .drop_column(Items::Artists)
            .to_owned();
        manager.alter_table(column).await
    }
}
