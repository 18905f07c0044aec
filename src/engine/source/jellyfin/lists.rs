//! Lists of titles: libraries in groups one behind the other, searches, collections.

use serde_json::Value;

use super::{Jellyfin, extras, map, wire};
use crate::model::{Item, ItemId, LibraryId, LibraryKind, Page};
use crate::source::{Collection, Source};
use crate::source_error::SourceError;

/// What a list shows. Media sources are not among it: they make a page of hundreds slow and large. Of the two counts
/// of children, for each of which servers before 12 ask their database once a row, only one is.
pub(super) const LIST_FIELDS: &str =
    "Overview,Genres,DateCreated,SortName,RecursiveItemCount,Width,Height";
/// The same of artists, whose other fields a server counts together one by one.
const ARTIST_FIELDS: &str = "Overview,Genres,DateCreated,SortName";
/// The group of artists, which is another question than the others.
const ARTISTS: &str = "MusicArtist";
/// What a search looks for.
const SEARCHED: &str = "Movie,Series,Episode,MusicAlbum,Audio,Video,MusicVideo";
/// What a person is shown to have taken part in: a show rather than each of its episodes.
const STARRED: &str = "Movie,Series,MusicAlbum,Video,MusicVideo";
/// A server may show films of a collection as that collection alone, unless it is asked not to.
const ALL_FILMS: (&str, &str) = ("collapseBoxSetItems", "false");
/// More collections than this are not listed.
const MOST_COLLECTIONS: &str = "1000";

impl Jellyfin {
    async fn group(
        &self,
        library: &LibraryId,
        kinds: &str,
        start: u64,
        limit: u64,
    ) -> Result<(Vec<Value>, u64), SourceError> {
        let (start, limit) = (start.to_string(), limit.to_string());
        if kinds == ARTISTS {
            return self.artists(library, &start, &limit).await;
        }
        let url = self.routes.of_user(
            &["Items"],
            &[
                ("parentId", library.key()),
                ("recursive", "true"),
                ("includeItemTypes", kinds),
                ("isMissing", "false"),
                ALL_FILMS,
                ("sortBy", "SortName"),
                ("sortOrder", "Ascending"),
                ("startIndex", &start),
                ("limit", &limit),
                ("fields", LIST_FIELDS),
                ("enableUserData", "true"),
                ("enableImageTypes", "Primary,Backdrop,Thumb"),
                ("imageTypeLimit", "1"),
            ],
        );
        let page: wire::Page = self.list(&url).await?;
        let seen = page.items.len() as u64;
        let total = page.total_record_count.whole().unwrap_or(0);
        Ok((page.items, total.max(seen)))
    }

    /// Those by whom a library has albums. Among all that a server answers of artists are also those who only sing along.
    async fn artists(
        &self,
        library: &LibraryId,
        start: &str,
        limit: &str,
    ) -> Result<(Vec<Value>, u64), SourceError> {
        let url = self.routes.of_user(
            &["Artists", "AlbumArtists"],
            &[
                ("parentId", library.key()),
                ("sortBy", "SortName"),
                ("sortOrder", "Ascending"),
                ("startIndex", start),
                ("limit", limit),
                ("fields", ARTIST_FIELDS),
                ("enableUserData", "true"),
                ("enableImageTypes", "Primary,Backdrop,Thumb"),
                ("imageTypeLimit", "1"),
            ],
        );
        let page: wire::Page = match self.list(&url).await {
            // A server without this question, or with one that it cannot answer, has its albums all the same.
            Err(
                error @ (SourceError::Gone
                | SourceError::Forbidden
                | SourceError::Status(_)
                | SourceError::Malformed(_)),
            ) => {
                tracing::debug!(%error, "artists have only their names");
                return Ok((Vec::new(), 0));
            }
            answer => answer?,
        };
        let seen = page.items.len() as u64;
        Ok((
            page.items,
            page.total_record_count.whole().unwrap_or(0).max(seen),
        ))
    }

    /// How many titles of one group the library has, from an earlier answer or a small question. (A limit of zero means
    /// "all" to some versions.)
    async fn total(
        &self,
        library: &LibraryId,
        group: usize,
        kinds: &str,
    ) -> Result<u64, SourceError> {
        if let Some(total) = self.groups.total(library, group) {
            return Ok(total);
        }
        let (_, total) = self.group(library, kinds, 0, 1).await?;
        self.groups.note(library, group, total);
        Ok(total)
    }

    /// The groups of a library one behind the other, as if they were one list.
    pub(super) async fn page(
        &self,
        library: &LibraryId,
        offset: u64,
        limit: u64,
    ) -> Result<Page, SourceError> {
        self.meet().await?;
        let groups = groups(self.groups.kind_of(self, library).await?);
        if offset == 0 {
            self.groups.begin(library);
        }
        let end = offset.saturating_add(limit);
        let (mut items, mut before, mut unclear) = (Vec::new(), 0, 0);
        for (group, kinds) in groups.iter().enumerate() {
            let start = offset.saturating_sub(before);
            let known = self.groups.total(library, group);
            let wanted = end.saturating_sub(before.max(offset));
            let total = if wanted == 0 || known.is_some_and(|total| start >= total) {
                self.total(library, group, kinds).await?
            } else {
                let (values, total) = self.group(library, kinds, start, wanted).await?;
                self.groups.note(library, group, total);
                let count = values.len();
                let had = items.len();
                items.extend(self.whole(Some(library), values).await?);
                unclear += count - (items.len() - had);
                total
            };
            before += total;
        }
        if unclear > 0 {
            tracing::info!(%library, unclear, "titles left out: missing, of another kind or not understood");
        }
        Ok(Page {
            items,
            total: before,
        })
    }

    pub(super) fn understood(
        &self,
        library: Option<&LibraryId>,
        values: Vec<Value>,
    ) -> impl Iterator<Item = Item> {
        let values = values.into_iter();
        values.filter_map(move |value| map::item(&self.login.account, library, value))
    }

    /// A page of what stands below something. A server says 401 of a folder that this user may not see (any more), as of a token
    /// that has ended: what it says of the user tells which.
    async fn list(&self, url: &::url::Url) -> Result<wire::Page, SourceError> {
        match self.http.get_list(url).await {
            Err(SourceError::Unauthorized) if self.check().await.is_ok() => {
                Err(SourceError::Forbidden)
            }
            answer => answer,
        }
    }

    /// What a title stands below, libraries among it.
    pub(super) async fn above(&self, item: &ItemId) -> Result<Vec<LibraryId>, SourceError> {
        let url = self
            .routes
            .of_user(&["Items", item.key(), "Ancestors"], &[]);
        let rows: Vec<wire::Item> = self.http.get_json(&url).await?;
        let ids = rows.iter().filter_map(|row| row.id.text());
        Ok(ids
            .map(|id| LibraryId::new(self.login.account.clone(), id))
            .collect())
    }

    /// Those of these titles that are there.
    pub(super) async fn named(&self, ids: &[ItemId]) -> Result<Vec<Item>, SourceError> {
        let keys: Vec<&str> = ids.iter().map(ItemId::key).collect();
        let query = [
            ("ids", keys.join(",")),
            ("fields", LIST_FIELDS.to_owned()),
            ("enableUserData", "true".to_owned()),
            ("enableImageTypes", "Primary,Backdrop,Thumb".to_owned()),
            ("imageTypeLimit", "1".to_owned()),
            ("enableTotalRecordCount", "false".to_owned()),
        ];
        let query = query
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let url = self.routes.of_user(&["Items"], &query);
        let page: wire::Page = self.http.get_json(&url).await?;
        self.whole(None, page.items).await
    }

    pub(super) async fn found(&self, text: &str, limit: u32) -> Result<Vec<Item>, SourceError> {
        let limit = limit.clamp(1, 200).to_string();
        let query = [
            ("searchTerm", text),
            ("recursive", "true"),
            ("includeItemTypes", SEARCHED),
            ("isMissing", "false"),
            ALL_FILMS,
            ("limit", &limit),
            ("fields", LIST_FIELDS),
            ("enableUserData", "true"),
            ("enableTotalRecordCount", "false"),
        ];
        let url = self.routes.of_user(&["Items"], &query);
        let page: wire::Page = self.http.get_json(&url).await?;
        Ok(self.understood(None, page.items).collect())
    }

    /// Titles in which somebody took part.
    pub(super) async fn with_person(
        &self,
        person: &str,
        limit: u32,
    ) -> Result<Vec<Item>, SourceError> {
        let limit = limit.clamp(1, 500).to_string();
        let query = [
            ("personIds", person),
            ("recursive", "true"),
            ("includeItemTypes", STARRED),
            ("isMissing", "false"),
            ("sortBy", "PremiereDate,ProductionYear,SortName"),
            ("sortOrder", "Descending"),
            ("limit", &limit),
            ("fields", LIST_FIELDS),
            ("enableUserData", "true"),
            ("enableTotalRecordCount", "false"),
        ];
        let url = self.routes.of_user(&["Items"], &query);
        let page: wire::Page = self.http.get_json(&url).await?;
        Ok(self.understood(None, page.items).collect())
    }

    pub(super) async fn all_collections(&self) -> Result<Vec<Collection>, SourceError> {
        let query = [
            ("recursive", "true"),
            ("includeItemTypes", "BoxSet,Playlist"),
            ("sortBy", "SortName"),
            ("sortOrder", "Ascending"),
            ("limit", MOST_COLLECTIONS),
            ("fields", "ChildCount"),
        ];
        let url = self.routes.of_user(&["Items"], &query);
        let page: wire::Page = self.http.get_json(&url).await?;
        let values = page.items.into_iter();
        let account = &self.login.account;
        Ok(values
            .filter_map(|value| extras::collection(account, value))
            .collect())
    }

    /// Asked for what is in a collection that it does not have any more, a server tells what is in its root: all of it.
    async fn is_collection(&self, collection: &ItemId) -> Result<(), SourceError> {
        let url = self.routes.of_user(&["Items", collection.key()], &[]);
        let item: wire::Item = self.http.get_json(&url).await?;
        match item.kind.text() {
            Some("BoxSet") => Ok(()),
            _ => Err(SourceError::Gone),
        }
    }

    pub(super) async fn members_of(
        &self,
        collection: &ItemId,
        offset: u64,
        limit: u64,
    ) -> Result<Page, SourceError> {
        let (offset, limit) = (offset.to_string(), limit.to_string());
        let mut query = vec![
            ("startIndex", offset.as_str()),
            ("limit", &limit),
            ("fields", LIST_FIELDS),
            ("enableUserData", "true"),
        ];
        let url = match extras::playlist(collection.key()) {
            Some(playlist) => self
                .routes
                .of_user(&["Playlists", playlist, "Items"], &query),
            None => {
                if offset == "0" {
                    self.is_collection(collection).await?;
                }
                query.push(("parentId", collection.key()));
                self.routes.of_user(&["Items"], &query)
            }
        };
        let page: wire::Page = self.list(&url).await?;
        let seen = page.items.len() as u64;
        let total = page.total_record_count.whole().unwrap_or(0).max(seen);
        Ok(Page {
            items: self.understood(None, page.items).collect(),
            total,
        })
    }
}

/// Kinds of titles that a library is asked for, parents before children.
fn groups(kind: LibraryKind) -> &'static [&'static str] {
    match kind {
        LibraryKind::Movies => &["Movie,Video"],
        LibraryKind::Shows => &["Series", "Season", "Episode"],
        LibraryKind::Music => &[ARTISTS, "MusicAlbum", "Audio"],
        LibraryKind::Videos => &["Movie,Video,MusicVideo"],
        LibraryKind::Mixed => &[
            "Movie,Video,MusicVideo",
            "Series",
            "Season",
            "Episode",
            ARTISTS,
            "MusicAlbum",
            "Audio",
        ],
    }
}
