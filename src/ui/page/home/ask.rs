//! The rows of Home, asked of the database: which there are, and what is in each.

use std::sync::Arc;

use spool_engine::library::{LibraryError, LibraryService, PromotedRow};
use spool_engine::model::{
    Account, AccountId, Item, Kind, Library, LibraryId, LibraryKind, Query, Shelf, Sort,
};

use crate::i18n::gettext_f;
use crate::ui::page::merge;

/// Titles in a row at most: nobody scrolls further sideways.
const ROW: u64 = 24;
/// What a library is made of, as rows show it: not its episodes and tracks.
const TITLES: [Kind; 4] = [Kind::Movie, Kind::Show, Kind::Album, Kind::Video];

/// Which row it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// Over all libraries.
    Of(Shelf),
    /// What is new in the libraries of one kind and name, of whatever sources; without a name where there are no others.
    New(LibraryKind, Option<String>),
    /// What a server puts forward: whose and which it is, its heading, and of what most of it is.
    Promoted(AccountId, String, String, Kind),
}

/// Libraries that one row is for.
#[derive(Debug, PartialEq, Eq)]
struct Group {
    kind: LibraryKind,
    title: String,
    libraries: Vec<LibraryId>,
}

/// All rows from top to bottom, also empty ones.
pub(super) async fn rows(
    library: &LibraryService,
    accounts: &[Account],
) -> Result<Vec<(Row, Vec<Arc<Item>>)>, LibraryError> {
    let mut rows = Vec::new();
    for shelf in [Shelf::ContinueWatching, Shelf::NextUp, Shelf::OnDevice] {
        rows.push((Row::Of(shelf), of(library, shelf).await?));
    }
    let groups = groups(&library.libraries().await?);
    let is_only = groups.len() == 1;
    for group in groups {
        let items = new_in(library, &group).await?;
        let title = Some(group.title).filter(|_| !is_only);
        rows.push((Row::New(group.kind, title), items));
    }
    let albums = of(library, Shelf::AlbumsPlayed).await?;
    rows.push((Row::Of(Shelf::AlbumsPlayed), albums));
    let promoted = library.promoted().await?.into_iter();
    rows.extend(promoted.filter_map(|row| promoted_row(row, accounts)));
    Ok(rows)
}

/// A row that a server puts forward; with the server's name where there are others.
fn promoted_row(row: PromotedRow, accounts: &[Account]) -> Option<(Row, Vec<Arc<Item>>)> {
    let kind = row.items.first()?.kind;
    let own = accounts.iter().find(|account| account.id == row.account)?;
    let title = match accounts.len() {
        1 => row.title,
        // Translators: A heading of a server, such as "Top Rated", and that server's name.
        _ => gettext_f(
            "{heading} · {server}",
            &[("heading", &row.title), ("server", &own.name)],
        ),
    };
    let items = merge::unique(row.items);
    Some((Row::Promoted(row.account, row.key, title, kind), items))
}

async fn of(library: &LibraryService, shelf: Shelf) -> Result<Vec<Arc<Item>>, LibraryError> {
    Ok(merge::unique(library.shelf(shelf, ROW).await?))
}

/// The newest titles of a group's libraries, all together.
async fn new_in(library: &LibraryService, group: &Group) -> Result<Vec<Arc<Item>>, LibraryError> {
    let mut items = Vec::new();
    for id in &group.libraries {
        let query = Query {
            library: Some(id.clone()),
            kinds: TITLES.into(),
            sort: Sort::Added,
            limit: ROW,
            ..Query::default()
        };
        items.extend(library.page(query).await?.items);
    }
    items.retain(|item| item.added_at.is_some());
    items.sort_by_key(|item| std::cmp::Reverse(item.added_at));
    let mut items = merge::unique(items);
    items.truncate(usize::try_from(ROW).unwrap_or(usize::MAX));
    Ok(items)
}

/// Libraries of one kind and name go together, in the order in which the first of each comes.
fn groups(libraries: &[Library]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for library in libraries {
        let known = groups.iter_mut().find(|group| {
            group.kind == library.kind && group.title.to_lowercase() == library.title.to_lowercase()
        });
        match known {
            Some(group) => group.libraries.push(library.id.clone()),
            None => groups.push(Group {
                kind: library.kind,
                title: library.title.clone(),
                libraries: vec![library.id.clone()],
            }),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn library(id: &str, title: &str, kind: LibraryKind) -> Library {
        Library {
            id: id.parse().unwrap(),
            title: title.to_owned(),
            kind,
        }
    }

    #[test]
    fn libraries_of_one_name_and_kind_share_a_row() {
        let libraries = [
            library("a:1", "Films", LibraryKind::Movies),
            library("a:2", "Shows", LibraryKind::Shows),
            library("b:1", "films", LibraryKind::Movies),
            library("b:2", "Films", LibraryKind::Videos),
        ];
        let groups = groups(&libraries);
        let keys: Vec<Vec<String>> = groups
            .iter()
            .map(|group| group.libraries.iter().map(ToString::to_string).collect())
            .collect();
        assert_eq!(
            keys,
            [
                vec!["a:1".to_owned(), "b:1".to_owned()],
                vec!["a:2".to_owned()],
                vec!["b:2".to_owned()]
            ]
        );
        assert_eq!(groups[0].title, "Films");
    }
}
