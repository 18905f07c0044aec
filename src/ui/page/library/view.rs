//! How a person looks at a library: order, filter, words; and the question to the library that follows. Pure.

use spool_engine::model::{Facets, Filter, Kind, Library, LibraryKind, Query, Sort};

use crate::i18n::{gettext, gettext_f, ngettext_f};
use crate::ui::widget::status::Empty;

/// Order and filter of one library; remembered for each.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct View {
    /// Of music: the artists, not their albums.
    pub artists: bool,
    /// The order.
    pub sort: Sort,
    /// What is left out.
    pub filter: Filter,
    /// What titles have to have.
    pub facets: Facets,
}

impl View {
    /// Whether titles are left out.
    #[must_use]
    pub(super) fn is_narrowed(&self) -> bool {
        self.filter != Filter::All || !self.facets.is_empty()
    }

    /// All titles, in the same order.
    #[must_use]
    pub(super) fn whole(&self) -> Self {
        Self {
            artists: self.artists,
            sort: self.sort,
            ..Self::default()
        }
    }
}

/// The question that fills the grid.
#[must_use]
pub(super) fn query(library: &Library, view: &View, words: &str) -> Query {
    let words = words.trim();
    Query {
        account: Some(library.id.account().clone()),
        library: Some(library.id.clone()),
        kinds: kinds(library.kind, view.artists),
        text: (!words.is_empty()).then(|| words.to_owned()),
        filter: view.filter,
        facets: view.facets.clone(),
        sort: view.sort,
        ..Query::default()
    }
}

/// What may be left out of a library: nobody watches an album to its end.
#[must_use]
pub(super) fn filters(kind: LibraryKind) -> &'static [Filter] {
    match kind {
        LibraryKind::Music => &[Filter::All, Filter::Favourites, Filter::OnDevice],
        LibraryKind::Movies | LibraryKind::Shows | LibraryKind::Videos | LibraryKind::Mixed => &[
            Filter::All,
            Filter::Unwatched,
            Filter::InProgress,
            Filter::Favourites,
            Filter::OnDevice,
        ],
    }
}

/// Orders that make sense in a library: an album has no length that anybody looks for.
#[must_use]
pub(super) fn sorts(kind: LibraryKind, artists: bool) -> &'static [Sort] {
    match kind {
        LibraryKind::Music if artists => &[Sort::Title, Sort::Added],
        LibraryKind::Music => &[Sort::Title, Sort::Added, Sort::Year],
        LibraryKind::Shows => &[Sort::Title, Sort::Added, Sort::Year, Sort::Rating],
        LibraryKind::Movies | LibraryKind::Videos | LibraryKind::Mixed => &[
            Sort::Title,
            Sort::Added,
            Sort::Year,
            Sort::Watched,
            Sort::Rating,
            Sort::Duration,
        ],
    }
}

/// What a library shows in its grid: what is chosen first, not what is inside that.
#[must_use]
pub(super) fn kinds(kind: LibraryKind, artists: bool) -> Vec<Kind> {
    match kind {
        LibraryKind::Music if artists => vec![Kind::Artist],
        LibraryKind::Movies => vec![Kind::Movie],
        LibraryKind::Shows => vec![Kind::Show],
        LibraryKind::Music => vec![Kind::Album],
        LibraryKind::Videos => vec![Kind::Video, Kind::Movie],
        LibraryKind::Mixed => vec![Kind::Movie, Kind::Show, Kind::Album, Kind::Video],
    }
}

/// "1,204 films", in the words of the library's kind.
#[must_use]
pub(super) fn count(kind: LibraryKind, artists: bool, n: u64) -> String {
    let number = n.to_string();
    let values = [("n", number.as_str())];
    match kind {
        LibraryKind::Movies => ngettext_f("{n} film", "{n} films", n, &values),
        LibraryKind::Shows => ngettext_f("{n} show", "{n} shows", n, &values),
        LibraryKind::Music if artists => ngettext_f("{n} artist", "{n} artists", n, &values),
        LibraryKind::Music => ngettext_f("{n} album", "{n} albums", n, &values),
        LibraryKind::Videos => ngettext_f("{n} video", "{n} videos", n, &values),
        LibraryKind::Mixed => ngettext_f("{n} title", "{n} titles", n, &values),
    }
}

/// What is said when the grid has nothing to show, and how to see more.
#[must_use]
pub(super) fn empty(view: &View, words: &str) -> Empty {
    let words = words.trim();
    if !words.is_empty() {
        return Empty {
            icon: "system-search-symbolic",
            title: gettext("No titles found"),
            // Translators: {words} is what the person typed into the search field.
            detail: gettext_f("No title here contains “{words}”.", &[("words", words)]),
            action: Some(gettext("_Clear Search")),
        };
    }
    if !view.facets.is_empty() {
        return Empty {
            icon: "edit-find-symbolic",
            title: gettext("No titles fit"),
            detail: gettext("No title in this library has all that was chosen."),
            action: Some(gettext("_Clear Filters")),
        };
    }
    let (icon, title, detail) = match view.filter {
        Filter::All => (
            "folder-videos-symbolic",
            gettext("Nothing here yet"),
            gettext("Titles appear here as they are found in this library."),
        ),
        Filter::Unwatched => (
            "object-select-symbolic",
            gettext("Everything watched"),
            gettext("There is nothing left in this library that you have not watched."),
        ),
        Filter::InProgress => (
            "media-playback-start-symbolic",
            gettext("Nothing begun"),
            gettext("What you start and do not finish appears here."),
        ),
        Filter::Favourites => (
            "heart-outline-symbolic",
            gettext("No favourites"),
            gettext("Titles that you give a heart on their page appear here."),
        ),
        Filter::OnDevice => (
            "folder-download-symbolic",
            gettext("Nothing on this device"),
            gettext("What you play stays here and plays again without the network."),
        ),
    };
    Empty {
        icon,
        title,
        detail,
        action: (view.filter != Filter::All).then(|| gettext("_Show All")),
    }
}

#[cfg(test)]
mod tests {
    use spool_engine::model::{AccountId, LibraryId};

    use super::*;

    #[test]
    fn a_library_of_shows_asks_for_shows_and_not_for_episodes() {
        let account: AccountId = "a".parse().unwrap();
        let library = Library {
            id: LibraryId::new(account.clone(), "1"),
            title: "Shows".to_owned(),
            kind: LibraryKind::Shows,
        };
        let query = query(&library, &View::default(), "  ");
        assert_eq!(query.kinds, [Kind::Show]);
        assert_eq!(query.account, Some(account));
        assert_eq!(query.text, None);
        assert_eq!(query.limit, 0);
    }

    #[test]
    fn an_empty_grid_says_why_and_how_to_see_more() {
        let view = |filter| View {
            filter,
            ..View::default()
        };
        assert_eq!(empty(&view(Filter::All), "").action, None);
        assert!(empty(&view(Filter::OnDevice), "").action.is_some());
        assert!(empty(&view(Filter::All), "sita").detail.contains("sita"));
    }

    #[test]
    fn one_film_is_not_films() {
        assert_eq!(count(LibraryKind::Movies, false, 1), "1 film");
        assert_eq!(count(LibraryKind::Shows, true, 12), "12 shows");
        assert_eq!(count(LibraryKind::Music, true, 1), "1 artist");
    }
}
