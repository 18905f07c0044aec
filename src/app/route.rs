//! Where the person is, as data: one root page, pages of titles and lists above it, and the player over everything.
//!
//! Pure: the app asks it what a step means and then moves widgets.

use spool_engine::model::{AccountId, ItemId, LibraryId};

use crate::ui::page::Listed;

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
    /// All collections and playlists of an account.
    Collections(AccountId),
    /// The page of a title.
    Details(ItemId),
    /// The titles of a collection, of a playlist, or of a person.
    List(Listed),
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
    /// All collections and playlists of an account.
    Collections(AccountId),
}

impl Root {
    /// Whose it is.
    fn account(&self) -> Option<&AccountId> {
        match self {
            Self::Home | Self::Search => None,
            Self::Library(id) => Some(id.account()),
            Self::Collections(account) => Some(account),
        }
    }
}

/// A page above the root.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Above {
    Title(ItemId),
    List(Listed),
}

impl Above {
    fn account(&self) -> &AccountId {
        match self {
            Self::Title(item) => item.account(),
            Self::List(listed) => listed.account(),
        }
    }
}

/// The way that led to the current page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routes {
    welcome: bool,
    root: Root,
    above: Vec<Above>,
    player: Option<ItemId>,
}

impl Default for Routes {
    fn default() -> Self {
        Self {
            welcome: true,
            root: Root::Home,
            above: Vec::new(),
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
        match (self.above.last(), &self.root) {
            (Some(Above::Title(item)), _) => Route::Details(item.clone()),
            (Some(Above::List(listed)), _) => Route::List(listed.clone()),
            (None, Root::Home) => Route::Home,
            (None, Root::Search) => Route::Search,
            (None, Root::Library(id)) => Route::Library(id.clone()),
            (None, Root::Collections(account)) => Route::Collections(account.clone()),
        }
    }

    /// The page at the bottom of the content area.
    #[must_use]
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// How many pages lie above the root.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.above.len()
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

    /// Goes to a root page; pages above the former one are left. `false`: already there.
    pub fn go(&mut self, root: Root) -> bool {
        let moves = self.root != root || !self.above.is_empty();
        self.root = root;
        self.above.clear();
        moves
    }

    /// Opens a title's page above the current one. `None`: it is the current one. Otherwise how many pages of titles lie
    /// below it.
    pub fn open_title(&mut self, item: ItemId) -> Option<usize> {
        self.open(Above::Title(item), |page| matches!(page, Above::Title(_)))
    }

    /// Opens the page of a list above the current one. `None`: it is the current one. Otherwise how many pages of lists lie
    /// below it.
    pub fn open_list(&mut self, listed: Listed) -> Option<usize> {
        self.open(Above::List(listed), |page| matches!(page, Above::List(_)))
    }

    fn open(&mut self, page: Above, same: fn(&Above) -> bool) -> Option<usize> {
        if self.above.last() == Some(&page) {
            return None;
        }
        let below = self.above.iter().filter(|page| same(page)).count();
        self.above.push(page);
        Some(below)
    }

    /// The topmost page above the root was left.
    pub fn page_left(&mut self) {
        self.above.pop();
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
    pub fn forget(&mut self, account: &AccountId) -> bool {
        let before = self.current();
        let gone = self.above.iter().position(|page| page.account() == account);
        self.above.truncate(gone.unwrap_or(self.above.len()));
        if self.root.account() == Some(account) {
            self.root = Root::Home;
            self.above.clear();
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
    use spool_engine::source::Person;

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
        routes.page_left();
        assert_eq!(routes.current(), Route::Details(item("a:show")));
        routes.page_left();
        assert_eq!(routes.current(), Route::Home);
    }

    #[test]
    fn lists_and_titles_pile_up_above_each_other() {
        let mut routes = at_home();
        let person = Person {
            key: Some("1".to_owned()),
            name: "Ada".to_owned(),
            role: None,
            picture: None,
        };
        let list = Listed::Person("a".parse().unwrap(), person);
        assert_eq!(routes.open_title(item("a:1")), Some(0));
        assert_eq!(routes.open_list(list.clone()), Some(0));
        assert_eq!(routes.open_list(list.clone()), None);
        assert_eq!(routes.open_title(item("a:2")), Some(1));
        assert_eq!(routes.open_list(list.clone()), Some(1));
        routes.page_left();
        routes.page_left();
        assert_eq!(routes.current(), Route::List(list));
        assert!(routes.forget(&"a".parse().unwrap()));
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
