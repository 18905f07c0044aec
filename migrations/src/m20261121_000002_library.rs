//! The mirror of all libraries: libraries, items, and what only the details of an item have.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, double_null, integer, integer_null, string, string_null, text,
    text_null,
};

use crate::m20261121_000001_accounts::Accounts;

/// The step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
enum Libraries {
    Table,
    Account,
    Key,
    Place,
    Title,
    Kind,
}

#[derive(DeriveIden)]
enum Items {
    Table,
    Account,
    Key,
    Library,
    Kind,
    Title,
    SortTitle,
    SortKey,
    SearchText,
    Context,
    Parent,
    Grandparent,
    ParentNumber,
    Number,
    Year,
    DurationMs,
    Overview,
    Genres,
    ContentRating,
    Rating,
    ChildCount,
    UnwatchedChildren,
    Poster,
    Backdrop,
    Thumb,
    AddedAt,
    Walk,
}

#[derive(DeriveIden)]
enum Details {
    Table,
    Account,
    Key,
    Body,
}

fn libraries() -> TableCreateStatement {
    Table::create()
        .table(Libraries::Table)
        .col(string(Libraries::Account))
        .col(string(Libraries::Key))
        .col(integer(Libraries::Place))
        .col(string(Libraries::Title))
        .col(string(Libraries::Kind))
        .primary_key(Index::create().col(Libraries::Account).col(Libraries::Key))
        .foreign_key(
            ForeignKey::create()
                .from(Libraries::Table, Libraries::Account)
                .to(Accounts::Table, Accounts::Id)
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

fn items() -> TableCreateStatement {
    Table::create()
        .table(Items::Table)
        .col(string(Items::Account))
        .col(string(Items::Key))
        .col(string_null(Items::Library))
        .col(string(Items::Kind))
        .col(text(Items::Title))
        .col(text(Items::SortTitle))
        .col(text(Items::SortKey))
        .col(text(Items::SearchText))
        .col(text_null(Items::Context))
        .col(string_null(Items::Parent))
        .col(string_null(Items::Grandparent))
        .col(integer_null(Items::ParentNumber))
        .col(integer_null(Items::Number))
        .col(integer_null(Items::Year))
        .col(big_integer_null(Items::DurationMs))
        .col(text_null(Items::Overview))
        .col(text(Items::Genres))
        .col(string_null(Items::ContentRating))
        .col(double_null(Items::Rating))
        .col(integer_null(Items::ChildCount))
        .col(integer_null(Items::UnwatchedChildren))
        .col(string_null(Items::Poster))
        .col(string_null(Items::Backdrop))
        .col(string_null(Items::Thumb))
        .col(big_integer_null(Items::AddedAt))
        .col(big_integer(Items::Walk))
        .primary_key(Index::create().col(Items::Account).col(Items::Key))
        .foreign_key(
            ForeignKey::create()
                .from(Items::Table, Items::Account)
                .to(Accounts::Table, Accounts::Id)
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

fn details() -> TableCreateStatement {
    Table::create()
        .table(Details::Table)
        .col(string(Details::Account))
        .col(string(Details::Key))
        .col(text(Details::Body))
        .primary_key(Index::create().col(Details::Account).col(Details::Key))
        .foreign_key(
            ForeignKey::create()
                .from(Details::Table, (Details::Account, Details::Key))
                .to(Items::Table, (Items::Account, Items::Key))
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

/// One index for each way a page walks the items.
fn indexes() -> [IndexCreateStatement; 5] {
    let on_items = |name: &str| Index::create().name(name).table(Items::Table).to_owned();
    [
        on_items("items_by_library")
            .col(Items::Account)
            .col(Items::Library)
            .col(Items::Kind)
            .col(Items::SortKey)
            .to_owned(),
        on_items("items_by_kind")
            .col(Items::Kind)
            .col(Items::SortKey)
            .to_owned(),
        on_items("items_by_age")
            .col(Items::Kind)
            .col(Items::AddedAt)
            .to_owned(),
        on_items("items_by_parent")
            .col(Items::Account)
            .col(Items::Parent)
            .to_owned(),
        on_items("items_by_grandparent")
            .col(Items::Account)
            .col(Items::Grandparent)
            .to_owned(),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(libraries()).await?;
        manager.create_table(items()).await?;
        manager.create_table(details()).await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            Table::drop().table(Details::Table).to_owned(),
            Table::drop().table(Items::Table).to_owned(),
            Table::drop().table(Libraries::Table).to_owned(),
        ] {
            manager.drop_table(table).await?;
        }
        Ok(())
    }
}
