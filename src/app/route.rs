//! Where the person is, as data: one root page, title pages above it, and the player over everything.
//!
//! Pure: the app asks it what a step means and then moves widgets.

use spool_engine::model::{ItemId, LibraryId};

/// A place in the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// The first-run page: there is no account yet.
    Welcome,
    /// Rows over all sources.
    Home,
    /// The search over all sources.
    Search,
    /// One library.
    Library(LibraryId),
    /// The page of a title.
    Details(ItemId),
    /// The player.
    Player(ItemId),
}

/// A root page of the content area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Root {
    /// Rows over all sources.
    Home,
    /// The search over all sources.
    Search,
    /// One library.
    Library(LibraryId),
}

/// The way that led to the current page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routes {
    welcome: bool,
    root: Root,
    titles: Vec<ItemId>,
    player: Option<ItemId>,
}

impl Default for Routes {
    fn default() -> Self {
        Self {
            welcome: true,
            root: Root::Home,
            titles: Vec::new(),
            player: None,
        }
    }
}

impl Routes {
    /// The page that is seen.
    #[must_use]
    pub fn current(&self) -> Route {
        if let Some(item) = &self.player {
            return Route::Player(item.clone());
        }
        if self.welcome {
            return Route::Welcome;
        }
        match (self.titles.last(), &self.root) {
            (Some(item), _) => Route::Details(item.clone()),
            (None, Root::Home) => Route::Home,
            (None, Root::Search) => Route::Search,
            (None, Root::Library(id)) => Route::Library(id.clone()),
        }
    }

    /// The page at the bottom of the content area.
    #[must_use]
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// How many title pages lie above the root.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.titles.len()
    }

    /// Whether the first-run page is shown instead of everything else.
    #[must_use]
    pub fn is_welcome(&self) -> bool {
        self.welcome
    }

    /// Shows the first-run page, or what lies behind it.
    pub fn set_welcome(&mut self, welcome: bool) {
        self.welcome = welcome;
        if welcome {
            *self = Self::default();
        }
    }

    /// Goes to a root page; title pages above the former one are left. `false`: already there.
    pub fn go(&mut self, root: Root) -> bool {
        let moves = self.root != root || !self.titles.is_empty();
        self.root = root;
        self.titles.clear();
        moves
    }

    /// Opens a title's page above the current one. `None`: it is the current one. Otherwise its depth, 0 for the first.
    pub fn open_title(&mut self, item: ItemId) -> Option<usize> {
        if self.titles.last() == Some(&item) {
            return None;
        }
        self.titles.push(item);
        Some(self.titles.len() - 1)
    }

    /// The topmost title page was left.
    pub fn title_left(&mut self) {
        self.titles.pop();
    }

    /// Opens the player. `false`: it is open already and now plays something else.
    pub fn open_player(&mut self, item: ItemId) -> bool {
        self.player.replace(item).is_none()
    }

    /// The player was left. `false`: it was not open.
    pub fn close_player(&mut self) -> bool {
        self.player.take().is_some()
    }

    /// Everything of this account is gone: leaves its pages. `true`: the current page changed.
    pub fn forget(&mut self, account: &spool_engine::model::AccountId) -> bool {
        let before = self.current();
        let gone = self
            .titles
            .iter()
            .position(|item| item.account() == account);
        self.titles.truncate(gone.unwrap_or(self.titles.len()));
        if matches!(&self.root, Root::Library(id) if id.account() == account) {
            self.root = Root::Home;
            self.titles.clear();
        }
        if self
            .player
            .as_ref()
            .is_some_and(|item| item.account() == account)
        {
            self.player = None;
        }
        before != self.current()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(text: &str) -> ItemId {
        text.parse().unwrap()
    }

    fn library(text: &str) -> Root {
        Root::Library(text.parse().unwrap())
    }

    fn at_home() -> Routes {
        let mut routes = Routes::default();
        routes.set_welcome(false);
        routes
    }

    #[test]
    fn the_first_page_is_welcome_and_then_home() {
        assert_eq!(Routes::default().current(), Route::Welcome);
        assert_eq!(at_home().current(), Route::Home);
    }

    #[test]
    fn title_pages_pile_up_and_are_left_one_by_one() {
        let mut routes = at_home();
        assert_eq!(routes.open_title(item("a:show")), Some(0));
        assert_eq!(routes.open_title(item("a:episode")), Some(1));
        assert_eq!(routes.open_title(item("a:episode")), None);
        routes.title_left();
        assert_eq!(routes.current(), Route::Details(item("a:show")));
        routes.title_left();
        assert_eq!(routes.current(), Route::Home);
    }

    #[test]
    fn going_to_another_root_leaves_the_title_pages() {
        let mut routes = at_home();
        routes.open_title(item("a:1"));
        assert!(routes.go(library("a:films")));
        assert_eq!(routes.depth(), 0);
        assert!(!routes.go(library("a:films")));
    }

    #[test]
    fn the_player_lies_over_everything_and_gives_back_what_was_below() {
        let mut routes = at_home();
        routes.open_title(item("a:1"));
        assert!(routes.open_player(item("a:1")));
        assert!(!routes.open_player(item("a:2")));
        assert_eq!(routes.current(), Route::Player(item("a:2")));
        assert!(routes.close_player());
        assert!(!routes.close_player());
        assert_eq!(routes.current(), Route::Details(item("a:1")));
    }

    #[test]
    fn pages_of_a_removed_account_are_left() {
        let mut routes = at_home();
        routes.go(library("b:films"));
        routes.open_title(item("a:1"));
        routes.open_player(item("a:1"));
        assert!(routes.forget(&"a".parse().unwrap()));
        assert_eq!(routes.current(), Route::Library("b:films".parse().unwrap()));
        assert!(!routes.forget(&"a".parse().unwrap()));
    }
}
