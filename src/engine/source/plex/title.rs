//! One title as the server describes it on its own page.

use super::{Plex, files, map, url, wire};
use crate::model::ItemId;
use crate::source::Details;
use crate::source_error::SourceError;

impl Plex {
    pub(super) async fn wire_item(&self, item: &ItemId) -> Result<wire::Item, SourceError> {
        self.described(item, &url::DETAILS).await
    }

    /// The server looks whether the files are there before it answers.
    pub(super) async fn checked(&self, item: &ItemId) -> Result<Details, SourceError> {
        let wire = self.described(item, &url::CHECKED).await?;
        match files::lacks_files(&wire) {
            true => Err(SourceError::FileMissing),
            false => self.on_its_page(item, &wire),
        }
    }

    pub(super) fn on_its_page(
        &self,
        item: &ItemId,
        wire: &wire::Item,
    ) -> Result<Details, SourceError> {
        self.remember_length(item, wire);
        map::details(&self.account, wire)
            .ok_or_else(|| SourceError::Malformed("a title that cannot be understood".into()))
    }

    async fn described(
        &self,
        item: &ItemId,
        query: &[(&str, &str)],
    ) -> Result<wire::Item, SourceError> {
        let segments = ["library", "metadata", item.key()];
        let list: wire::List = self.get(&segments, query).await?;
        let mut rows = list.metadata.0.into_iter();
        let row = rows.next().ok_or(SourceError::Gone)?;
        let unclear = |_| SourceError::Malformed("a title that cannot be understood".into());
        serde_json::from_value(row).map_err(unclear)
    }
}
