//! What libraries are narrowed down by: a class of picture beside each title, and genres in a table of their own, for what is
//! asked by genre is asked of thousands of titles at once. The database keeps that table itself, so that it is never behind.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::integer_null;

/// The step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
enum Items {
    Table,
    Resolution,
}

const UP: [&str; 8] = [
    "CREATE TABLE item_genres (account TEXT NOT NULL, key TEXT NOT NULL, genre TEXT NOT NULL, library TEXT, \
     kind TEXT NOT NULL, PRIMARY KEY (account, key, genre)) WITHOUT ROWID",
    "INSERT OR IGNORE INTO item_genres (account, key, genre, library, kind) \
     SELECT i.account, i.key, g.value, i.library, i.kind FROM items i, json_each(i.genres) g",
    "CREATE INDEX genres_by_library ON item_genres (account, library, kind, genre)",
    "CREATE TRIGGER genres_of_new AFTER INSERT ON items WHEN NEW.genres <> '[]' BEGIN \
     INSERT OR IGNORE INTO item_genres (account, key, genre, library, kind) \
     SELECT NEW.account, NEW.key, g.value, NEW.library, NEW.kind FROM json_each(NEW.genres) g; END",
    "CREATE TRIGGER genres_of_changed AFTER UPDATE OF genres, library, kind ON items \
     WHEN (OLD.genres, OLD.library, OLD.kind) IS NOT (NEW.genres, NEW.library, NEW.kind) BEGIN \
     DELETE FROM item_genres WHERE account = OLD.account AND key = OLD.key; \
     INSERT OR IGNORE INTO item_genres (account, key, genre, library, kind) \
     SELECT NEW.account, NEW.key, g.value, NEW.library, NEW.kind FROM json_each(NEW.genres) g; END",
    "CREATE TRIGGER genres_of_gone AFTER DELETE ON items BEGIN \
     DELETE FROM item_genres WHERE account = OLD.account AND key = OLD.key; END",
    "CREATE INDEX items_by_year ON items (account, library, kind, year)",
    "CREATE INDEX items_by_resolution ON items (account, library, kind, resolution)",
];

const DOWN: [&str; 6] = [
    "DROP INDEX items_by_resolution",
    "DROP INDEX items_by_year",
    "DROP TRIGGER genres_of_gone",
    "DROP TRIGGER genres_of_changed",
    "DROP TRIGGER genres_of_new",
    "DROP TABLE item_genres",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = Table::alter()
            .table(Items::Table)
            .add_column(integer_null(Items::Resolution).to_owned())
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

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in DOWN {
            manager
                .get_connection()
                .execute_unprepared(statement)
                .await?;
        }
        let column = Table::alter()
            .table(Items::Table)
            .drop_column(Items::Resolution)
            .to_owned();
        manager.alter_table(column).await
    }
}
