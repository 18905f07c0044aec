//! Rows of `items`: one title of a source. Keys of parents and pictures are of the same account.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "items")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    pub library: Option<String>,
    pub kind: String,
    pub title: String,
    pub sort_title: String,
    /// What pages are sorted by: folded, numbers padded.
    pub sort_key: String,
    /// What a search looks into: folded.
    pub search_text: String,
    pub context: Option<String>,
    /// JSON list of lists: key or null, name, folded name. The table `credits` follows it.
    pub artists: String,
    pub parent: Option<String>,
    pub grandparent: Option<String>,
    pub parent_number: Option<i32>,
    pub number: Option<i32>,
    pub year: Option<i32>,
    pub duration_ms: Option<i64>,
    pub overview: Option<String>,
    /// JSON list of texts.
    pub genres: String,
    pub content_rating: Option<String>,
    pub rating: Option<f64>,
    pub child_count: Option<i32>,
    /// As the source says.
    pub unwatched_children: Option<i32>,
    pub poster: Option<String>,
    pub backdrop: Option<String>,
    pub thumb: Option<String>,
    pub added_at: Option<i64>,
    pub favourite: bool,
    pub own_rating: Option<i32>,
    /// Lines of its class of picture.
    pub resolution: Option<i32>,
    /// The refresh that saw it last.
    pub walk: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// What the user has watched of it; most items have no such row.
    #[sea_orm(
        belongs_to = "super::progress::Entity",
        from = "(Column::Account, Column::Key)",
        to = "(super::progress::Column::Account, super::progress::Column::Key)"
    )]
    Progress,
}

impl Related<super::progress::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Progress.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
