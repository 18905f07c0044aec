//! Rows of `lists`: collections and playlists of an account, in its order.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "lists")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    pub place: i32,
    pub kind: String,
    pub title: String,
    pub count: Option<i32>,
    pub poster: Option<String>,
    /// Keys of its titles as a JSON array, in its order; absent until it was looked at.
    #[sea_orm(column_type = "Text", nullable)]
    pub members: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
