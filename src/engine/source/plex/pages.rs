//! Lists in pages: what a library is asked for, and what is made of answers that are shorter or longer than that.

use std::collections::HashSet;

use serde_json::Value;

use super::{Plex, extras, map, wire};
use crate::model::{Item, ItemId, LibraryId, LibraryKind, Page};
use crate::source::{Collection, Source};
use crate::source_error::SourceError;

/// Longer pages are refused.
const LONGEST: u64 = 500;
/// More collections of a library than these, and more playlists, are not listed.
const MOST_LISTS: u64 = 1000;

/// A piece of a list.
struct Piece {
    items: Vec<Item>,
    /// How many rows of it were left out.
    unclear: usize,
    /// Length of the whole list.
    total: u64,
}

/// Kinds of titles that a library is asked for, by Plex's numbers, parents before children.
fn groups(kind: LibraryKind) -> &'static [&'static str] {
    match kind {
        LibraryKind::Shows => &["2", "3", "4"],
        LibraryKind::Music => &["8", "9", "10"],
        LibraryKind::Movies | LibraryKind::Videos | LibraryKind::Mixed => &["1"],
    }
}

impl Plex {
    /// The groups of a library one behind the other, as if they were one list.
    pub(super) async fn page(
        &self,
        library: &LibraryId,
        offset: u64,
        limit: u64,
    ) -> Result<Page, SourceError> {
        let groups = groups(self.groups.kind_of(self, library).await?);
        if offset == 0 {
            self.groups.begin(library);
        }
        let end = offset.saturating_add(limit);
        let (mut items, mut before, mut unclear) = (Vec::new(), 0, 0);
        for (group, kind) in groups.iter().enumerate() {
            let start = offset.saturating_sub(before);
            let known = self.groups.total(library, group);
            let wanted = end.saturating_sub(before.max(offset));
            before += if wanted == 0 || known.is_some_and(|total| start >= total) {
                self.total(library, group, kind).await?
            } else {
                let some = self.group(library, kind, start, wanted).await?;
                self.groups.note(library, group, some.total);
                items.extend(some.items);
                unclear += some.unclear;
                some.total
            };
        }
        if unclear > 0 {
            tracing::info!(%library, unclear, "titles left out: of another kind or not understood");
        }
        Ok(Page {
            items,
            total: before,
        })
    }

    async fn group(
        &self,
        library: &LibraryId,
        kind: &str,
        start: u64,
        limit: u64,
    ) -> Result<Piece, SourceError> {
        let segments = ["library", "sections", library.key(), "all"];
        let query = [("type", kind), ("sort", "titleSort:asc")];
        let found = self.rows(&segments, &query, start, limit).await?;
        Ok(self.understood(Some(library), found))
    }

    /// Up to `limit` rows of a list from `start` on, and how many there are. Asks again where the server sends less than it
    /// was asked for, and takes what is asked for where it sends more.
    async fn rows(
        &self,
        segments: &[&str],
        query: &[(&str, &str)],
        start: u64,
        limit: u64,
    ) -> Result<(Vec<Value>, u64), SourceError> {
        let (mut found, mut at) = (Vec::new(), start);
        loop {
            let wanted = start.saturating_add(limit) - at;
            let (from, size) = (at.to_string(), wanted.min(LONGEST).to_string());
            let mut query = query.to_vec();
            query.extend([
                ("X-Plex-Container-Start", from.as_str()),
                ("X-Plex-Container-Size", &size),
            ]);
            let list: wire::List = self.get(segments, &query).await?;
            let (rows, total) = window(list, at, wanted);
            let count = rows.len() as u64;
            at += count;
            found.extend(rows);
            if count == 0 || at >= total || at >= start.saturating_add(limit) {
                return Ok((found, total));
            }
        }
    }

    fn understood(&self, library: Option<&LibraryId>, (rows, total): (Vec<Value>, u64)) -> Piece {
        let count = rows.len();
        let rows = rows.into_iter();
        let items: Vec<Item> = rows
            .filter_map(|row| map::item(&self.account, library, row))
            .collect();
        Piece {
            unclear: count - items.len(),
            items,
            total,
        }
    }

    /// How many titles of one kind the library has, from an earlier answer or a small question.
    async fn total(
        &self,
        library: &LibraryId,
        group: usize,
        kind: &str,
    ) -> Result<u64, SourceError> {
        if let Some(total) = self.groups.total(library, group) {
            return Ok(total);
        }
        let total = self.group(library, kind, 0, 1).await?.total;
        self.groups.note(library, group, total);
        Ok(total)
    }
}

impl Plex {
    /// Those of these titles that are there; each says itself which library it is in.
    pub(super) async fn named(&self, ids: &[ItemId]) -> Result<Vec<Item>, SourceError> {
        let keys: Vec<&str> = ids.iter().map(ItemId::key).collect();
        let keys = keys.join(",");
        let asked = self.get(&["library", "metadata", &keys], &[]).await;
        let list: wire::List = match asked {
            // None of them is there.
            Err(SourceError::Gone) => return Ok(Vec::new()),
            answer => answer?,
        };
        let rows = list.metadata.0.into_iter();
        let item = |row: Value| {
            let section = wire::Place::of(&row);
            let library = section.map(|key| LibraryId::new(self.account.clone(), key));
            map::item(&self.account, library.as_ref(), row)
        };
        Ok(rows.filter_map(item).collect())
    }

    /// At most `limit` titles that the server finds, in the order of its groups.
    pub(super) async fn found(&self, text: &str, limit: u32) -> Result<Vec<Item>, SourceError> {
        let text = text.trim();
        // It refuses to look for nothing, and finds nothing by one letter.
        if text.chars().nth(1).is_none() {
            return Ok(Vec::new());
        }
        let most = limit.clamp(1, 100).to_string();
        let query = [("query", text), ("limit", most.as_str())];
        let list: wire::List = self.get(&["hubs", "search"], &query).await?;
        let rows = list.hubs.0.into_iter().flat_map(|hub| hub.metadata.0);
        let mut seen = HashSet::new();
        let found = rows.filter_map(|row| map::item(&self.account, None, row));
        let once = found.filter(|item| seen.insert(item.id.clone()));
        Ok(once
            .take(usize::try_from(limit).unwrap_or(usize::MAX))
            .collect())
    }

    /// Collections of all libraries, and playlists of titles that Spool plays, by their titles.
    pub(super) async fn all_collections(&self) -> Result<Vec<Collection>, SourceError> {
        let mut rows = Vec::new();
        for library in self.libraries().await? {
            let segments = ["library", "sections", library.id.key(), "collections"];
            rows.extend(self.rows(&segments, &[], 0, MOST_LISTS).await?.0);
        }
        for kind in ["video", "audio"] {
            let query = [("playlistType", kind)];
            rows.extend(self.rows(&["playlists"], &query, 0, MOST_LISTS).await?.0);
        }
        let rows = rows.into_iter();
        let mut all: Vec<Collection> = rows
            .filter_map(|row| extras::collection(&self.account, row))
            .collect();
        all.sort_by_cached_key(|list| (list.title.to_lowercase(), list.id.clone()));
        all.dedup_by(|one, other| one.id == other.id);
        Ok(all)
    }

    /// Titles in which somebody took part, newest first: films and shows of all libraries.
    pub(super) async fn with_person(
        &self,
        person: &str,
        limit: u32,
    ) -> Result<Vec<Item>, SourceError> {
        let (job, id) = extras::job(person);
        let mut found = Vec::new();
        for library in self.libraries().await? {
            let kind = match library.kind {
                LibraryKind::Music => continue,
                kind => groups(kind)[0],
            };
            let segments = ["library", "sections", library.id.key(), "all"];
            let query = [("type", kind), (job, id), ("sort", "year:desc")];
            let rows = self.rows(&segments, &query, 0, limit.into()).await?;
            found.extend(self.understood(Some(&library.id), rows).items);
        }
        found.sort_by_key(|item| std::cmp::Reverse(item.year));
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(found)
    }

    pub(super) async fn members_of(
        &self,
        collection: &ItemId,
        offset: u64,
        limit: u64,
    ) -> Result<Page, SourceError> {
        let place = extras::place(collection.key()).ok_or(SourceError::Gone)?;
        let found = self.rows(&place, &[], offset, limit).await?;
        let some = self.understood(None, found);
        Ok(Page {
            items: some.items,
            total: some.total,
        })
    }
}

/// The rows from `at` on of an answer, at most `limit`, and the length of the whole list. A server may send everything,
/// whatever it was asked for, and then counts nothing.
fn window(list: wire::List, at: u64, limit: u64) -> (Vec<Value>, u64) {
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
