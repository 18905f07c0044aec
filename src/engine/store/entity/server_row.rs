//! Rows of `server_rows`: what a server's own Home shows, in its order.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "server_rows")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    pub place: i32,
    pub kind: String,
    pub title: String,
    /// When the server was asked, in milliseconds since 1970.
    pub told_at: i64,
    /// Keys of its titles as a JSON array, in its order.
    #[sea_orm(column_type = "Text")]
    pub members: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
