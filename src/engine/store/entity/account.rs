//! Rows of `accounts`: who is signed in where.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "accounts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub place: i32,
    pub kind: String,
    pub name: String,
    pub address: String,
    pub user_name: String,
    pub user_id: Option<String>,
    pub machine_id: Option<String>,
    pub fingerprint: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
