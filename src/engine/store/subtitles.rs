//! Texts of subtitles, kept for the time without a network; they go with their item.

use bytes::Bytes;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, EntityTrait};

use super::entity::subtitle::{ActiveModel, Column, Entity};
use super::{Store, StoreError};
use crate::model::ItemId;

impl Store {
    /// Keeps the text of a subtitle of an item that is in the mirror.
    pub(crate) async fn put_subtitle(
        &self,
        item: &ItemId,
        subtitle: &str,
        text: &Bytes,
    ) -> Result<(), StoreError> {
        let row = ActiveModel {
            account: Set(item.account().as_str().to_owned()),
            key: Set(item.key().to_owned()),
            subtitle: Set(subtitle.to_owned()),
            body: Set(text.to_vec()),
        };
        let writer = self.writer().await;
        Entity::insert(row)
            .on_conflict(
                OnConflict::columns([Column::Account, Column::Key, Column::Subtitle])
                    .update_column(Column::Body)
                    .to_owned(),
            )
            .exec_without_returning(&writer.quick)
            .await?;
        Ok(())
    }

    /// The text of a subtitle as it was kept last.
    pub(crate) async fn subtitle(
        &self,
        item: &ItemId,
        subtitle: &str,
    ) -> Result<Option<Bytes>, StoreError> {
        let key = (
            item.account().as_str().to_owned(),
            item.key().to_owned(),
            subtitle.to_owned(),
        );
        let row = Entity::find_by_id(key).one(self.readers()).await?;
        Ok(row.map(|row| Bytes::from(row.body)))
    }
}
