//! What Plex's own Home shows: what was begun or comes next, and hubs that its owner put forward.

use serde_json::Value;

use super::{Plex, map, wire};
use crate::model::{Item, ItemId, LibraryId};
use crate::source::{RowKind, ServerRow};
use crate::source_error::SourceError;

/// Titles of a row: more than any Home shows.
const LONGEST: &str = "60";
/// Titles of a hub.
const OF_HUB: (&str, usize) = ("24", 24);
/// More hubs are not shown.
const MOST_HUBS: usize = 12;
/// A heading longer than this is cut.
const LONGEST_TITLE: usize = 80;
/// Words in names of hubs that tell what Spool has rows for itself.
const OWN: [&str; 7] = [
    "continue",
    "continuewatching",
    "ondeck",
    "inprogress",
    "recentlyadded",
    "recent",
    "playlists",
];

impl Plex {
    /// Titles that were begun and those that come next stand in one row of the server, and in two here.
    pub(super) async fn home_rows(&self) -> Result<Vec<ServerRow>, SourceError> {
        let begun = self.hubs(&["hubs", "continueWatching"], LONGEST);
        let promoted = self.hubs(&["hubs", "promoted"], OF_HUB.0);
        let (begun, promoted) = tokio::join!(begun, promoted);
        let items = begun?
            .into_iter()
            .flat_map(|hub| self.titles_of(hub.metadata.0));
        let (begun, next): (Vec<Item>, Vec<Item>) =
            items.partition(|item| item.progress.in_progress());
        let row = |kind, key: &str, items| ServerRow {
            kind,
            key: key.to_owned(),
            title: String::new(),
            items,
        };
        let mut rows = vec![
            row(RowKind::Continue, "continue", begun),
            row(RowKind::NextUp, "next", next),
        ];
        match promoted {
            Ok(hubs) => rows.extend(
                hubs.into_iter()
                    .filter_map(|hub| self.promoted(hub))
                    .take(MOST_HUBS),
            ),
            // A server without this question has the other row all the same.
            Err(SourceError::Gone) => {}
            Err(error) => return Err(error),
        }
        Ok(rows)
    }

    async fn hubs(&self, segments: &[&str], count: &str) -> Result<Vec<wire::Hub>, SourceError> {
        let list: wire::List = self.get(segments, &[("count", count)]).await?;
        Ok(list.hubs.0)
    }

    /// A hub as a row; `None` when Spool has that row itself, or plays nothing of it.
    fn promoted(&self, hub: wire::Hub) -> Option<ServerRow> {
        let key = hub.identifier.owned()?;
        let words = key.to_ascii_lowercase();
        if words.split('.').any(|word| OWN.contains(&word)) {
            return None;
        }
        let title = map::words(hub.title.text()?);
        let mut items: Vec<Item> = self.titles_of(hub.metadata.0).collect();
        items.truncate(OF_HUB.1);
        (!items.is_empty()).then(|| ServerRow {
            kind: RowKind::Promoted,
            key: format!("hub:{key}"),
            title: title.chars().take(LONGEST_TITLE).collect(),
            items,
        })
    }

    fn titles_of(&self, rows: Vec<Value>) -> impl Iterator<Item = Item> {
        rows.into_iter().filter_map(|row| {
            let section = wire::Place::of(&row);
            let library = section.map(|key| LibraryId::new(self.account.clone(), key));
            map::item(&self.account, library.as_ref(), row)
        })
    }

    /// Takes a title out of *Continue Watching*.
    pub(super) async fn hide(&self, item: &ItemId) -> Result<(), SourceError> {
        let segments = ["actions", "removeFromContinueWatching"];
        let query = [("ratingKey", item.key())];
        self.put(&segments, &query).await
    }
}
