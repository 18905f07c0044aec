//! What Jellyfin's own Home shows: what was begun, and what comes next in shows.

use super::lists::LIST_FIELDS;
use super::{Jellyfin, wire};
use crate::model::Item;
use crate::source::{RowKind, ServerRow};
use crate::source_error::SourceError;

/// Titles of a row: more than any Home shows.
const LONGEST: &str = "60";

impl Jellyfin {
    pub(super) async fn home_rows(&self) -> Result<Vec<ServerRow>, SourceError> {
        self.meet().await?;
        let begun = self.row(&["UserItems", "Resume"], &[("mediaTypes", "Video")]);
        // What is begun stands in the other row.
        let next = self.row(&["Shows", "NextUp"], &[("enableResumable", "false")]);
        let (begun, next) = tokio::join!(begun, next);
        let row = |kind, key: &str, items| ServerRow {
            kind,
            key: key.to_owned(),
            title: String::new(),
            items,
        };
        Ok(vec![
            row(RowKind::Continue, "resume", begun?),
            row(RowKind::NextUp, "next-up", next?),
        ])
    }

    async fn row(
        &self,
        segments: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Vec<Item>, SourceError> {
        let usual = [
            ("limit", LONGEST),
            ("fields", LIST_FIELDS),
            ("enableUserData", "true"),
            ("enableImageTypes", "Primary,Backdrop,Thumb"),
            ("imageTypeLimit", "1"),
        ];
        let query = [query, &usual].concat();
        let url = self.routes.of_user(segments, &query);
        let page: wire::Page = self.http.get_json(&url).await?;
        Ok(self.understood(None, page.items).collect())
    }
}
