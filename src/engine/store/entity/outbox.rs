//! Rows of `outbox`: what a server has not heard yet. `kind` says what `value` means; a position has a part, too.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub number: i32,
    pub account: String,
    pub key: String,
    pub kind: String,
    pub part: Option<String>,
    pub position_ms: i64,
    pub value: Option<i32>,
    pub happened_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
