//! The lines of the sidebar as data.

use std::collections::HashSet;

use spool_engine::model::{Account, AccountId, Library, LibraryKind};

use super::Place;
use crate::ui::format;

/// One line of the sidebar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// Rows over all sources.
    Home,
    /// The search over all sources.
    Search,
    /// The heading of a source.
    Source(Account),
    /// A library of the source above.
    Library(Library),
    /// All collections and playlists of the source above.
    Collections(AccountId),
}

impl Entry {
    /// Where it leads.
    pub(super) fn place(&self) -> Option<Place> {
        match self {
            Self::Home => Some(Place::Home),
            Self::Search => Some(Place::Search),
            Self::Source(_) => None,
            Self::Library(library) => Some(Place::Library(library.id.clone())),
            Self::Collections(account) => Some(Place::Collections(account.clone())),
        }
    }
}

/// Home, the search, then each source with its libraries, and its collections where it has any, in the accounts' order. Sources of
/// one name are told apart by their users.
pub(super) fn entries(
    accounts: &[Account],
    libraries: &[Library],
    with_lists: &HashSet<AccountId>,
) -> Vec<Entry> {
    let mut entries = vec![Entry::Home, Entry::Search];
    for account in accounts {
        let mut heading = account.clone();
        let mut others = accounts.iter().filter(|other| other.id != account.id);
        if others.any(|other| other.name == account.name) {
            heading.name = format::facts([account.name.clone(), account.user.clone()]);
        }
        entries.push(Entry::Source(heading));
        let own = libraries
            .iter()
            .filter(|library| *library.id.account() == account.id);
        entries.extend(own.cloned().map(Entry::Library));
        if with_lists.contains(&account.id) {
            entries.push(Entry::Collections(account.id.clone()));
        }
    }
    entries
}

/// The symbolic icon of a kind of library.
pub(super) fn icon(kind: LibraryKind) -> &'static str {
    match kind {
        LibraryKind::Movies => "video-x-generic-symbolic",
        LibraryKind::Shows => "tv-symbolic",
        LibraryKind::Music => "folder-music-symbolic",
        LibraryKind::Videos => "camera-video-symbolic",
        LibraryKind::Mixed => "folder-videos-symbolic",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spool_engine::model::{AccountState, SourceKind};

    fn account(id: &str) -> Account {
        Account {
            id: id.parse().unwrap(),
            kind: SourceKind::Jellyfin,
            name: id.to_owned(),
            address: String::new(),
            user: String::new(),
            state: AccountState::Online,
            trouble: None,
            route: None,
            fingerprint: None,
        }
    }

    fn library(id: &str) -> Library {
        Library {
            id: id.parse().unwrap(),
            title: id.to_owned(),
            kind: LibraryKind::Movies,
        }
    }

    #[test]
    fn libraries_stand_below_their_own_source() {
        let accounts = [account("a"), account("b")];
        let libraries = [library("b:1"), library("a:1"), library("gone:1")];
        let with_lists = HashSet::from([accounts[0].id.clone()]);
        let lines = entries(&accounts, &libraries, &with_lists);
        let expected = [
            Entry::Home,
            Entry::Search,
            Entry::Source(accounts[0].clone()),
            Entry::Library(libraries[1].clone()),
            Entry::Collections(accounts[0].id.clone()),
            Entry::Source(accounts[1].clone()),
            Entry::Library(libraries[0].clone()),
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn two_users_of_one_server_are_told_apart() {
        let mut accounts = [account("a"), account("b"), account("c")];
        for (account, user) in accounts.iter_mut().zip(["ada", "ben"]) {
            (account.name, account.user) = ("nas".to_owned(), user.to_owned());
        }
        let names: Vec<String> = entries(&accounts, &[], &HashSet::new())
            .into_iter()
            .filter_map(|entry| match entry {
                Entry::Source(account) => Some(account.name),
                Entry::Home | Entry::Search | Entry::Library(_) | Entry::Collections(_) => None,
            })
            .collect();
        assert_eq!(names, ["nas · ada", "nas · ben", "c"]);
    }

    #[test]
    fn only_headings_lead_nowhere() {
        assert_eq!(Entry::Source(account("a")).place(), None);
        assert_eq!(Entry::Home.place(), Some(Place::Home));
    }
}
