//! Lists in pages: what a library is asked for, and what is made of answers that are shorter or longer than that.

use super::{Plex, map, wire};
use crate::model::{Item, LibraryId, LibraryKind};
use crate::source_error::SourceError;

/// Kinds of titles that a library is asked for, by Plex's numbers, parents before children.
pub(super) fn groups(kind: LibraryKind) -> &'static [&'static str] {
    match kind {
        LibraryKind::Shows => &["2", "3", "4"],
        LibraryKind::Music => &["9", "10"],
        LibraryKind::Movies | LibraryKind::Videos | LibraryKind::Mixed => &["1"],
    }
}

impl Plex {
    /// Up to `limit` titles of one kind from `start` on, how many of them were left out, and how many there are. Asks again
    /// where the server sends less than it was asked for, and takes what is asked for where it sends more.
    pub(super) async fn group(
        &self,
        library: &LibraryId,
        kind: &str,
        start: u64,
        limit: u64,
    ) -> Result<(Vec<Item>, usize, u64), SourceError> {
        let (mut items, mut unclear, mut at) = (Vec::new(), 0, start);
        loop {
            let wanted = start + limit - at;
            let (from, size) = (at.to_string(), wanted.to_string());
            let list: wire::List = self
                .get(
                    &["library", "sections", library.key(), "all"],
                    &[
                        ("type", kind),
                        ("sort", "titleSort:asc"),
                        ("X-Plex-Container-Start", &from),
                        ("X-Plex-Container-Size", &size),
                    ],
                )
                .await?;
            let (rows, total) = window(list, at, wanted);
            let count = rows.len() as u64;
            let had = items.len();
            let account = &self.account;
            items.extend(
                rows.into_iter()
                    .filter_map(|row| map::item(account, Some(library), row)),
            );
            unclear += usize::try_from(count).unwrap_or(0) - (items.len() - had);
            at += count;
            if count == 0 || at >= total || at >= start + limit {
                return Ok((items, unclear, total));
            }
        }
    }

    /// How many titles of one kind the library has, from an earlier answer or a small question.
    pub(super) async fn total(
        &self,
        library: &LibraryId,
        group: usize,
        kind: &str,
    ) -> Result<u64, SourceError> {
        let key = (library.clone(), group);
        if let Some(total) = self.seen.lock().totals.get(&key) {
            return Ok(*total);
        }
        let (_, _, total) = self.group(library, kind, 0, 1).await?;
        self.seen.lock().totals.insert(key, total);
        Ok(total)
    }
}

/// The rows from `at` on of an answer, at most `limit`, and the length of the whole list. A server may send everything,
/// whatever it was asked for, and then counts nothing.
fn window(list: wire::List, at: u64, limit: u64) -> (Vec<serde_json::Value>, u64) {
    let rows = list.metadata.0;
    let counted = list.total.whole();
    let first = list
        .offset
        .whole()
        .unwrap_or(if counted.is_some() { at } else { 0 });
    let total = counted.unwrap_or(0).max(first + rows.len() as u64);
    let skip = usize::try_from(at.saturating_sub(first)).unwrap_or(usize::MAX);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    (rows.into_iter().skip(skip).take(limit).collect(), total)
}
