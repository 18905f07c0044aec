//! What each request of a page does to the way and to the widgets.

use adw::prelude::*;
use relm4::prelude::*;
use spool_engine::library::Word;
use spool_engine::model::{Account, AccountId, ItemId, SourceKind};

use super::actions::Action;
use super::route::{Root, Route};
use super::{App, dialogs};
use crate::i18n::gettext_f;
use crate::ui::page::accounts::{
    DemoInput, FolderInput, LoginInput, PlexInput, SourcesInput, SourcesOutput, UsersInput,
};
use crate::ui::page::{
    Begin, CardOutput, CollectionsInput, CollectionsOutput, DetailsOutput, HomeInput, LibraryInput,
    Listed, PlayerInput, PlayerOutput, SearchInput, WelcomeOutput,
};
use crate::ui::shell::{Place, SidebarInput, SidebarOutput};

impl App {
    pub(super) fn act(&mut self, action: Action, sender: &ComponentSender<Self>) {
        match action {
            Action::SignIn => self.sign_in(None),
            Action::SignInPlex => self.sign_in_plex(),
            Action::AddFolder => self.choose_folder(),
            Action::Sources => self.show_sources(),
            Action::Refresh => self.retry(sender),
            Action::Preferences => self.show_preferences(),
            Action::Shortcuts => dialogs::shortcuts(&self.window),
            Action::About => dialogs::about(&self.window),
            Action::Search => self.search(),
            Action::SearchAll => self.search_all(),
            Action::Home => self.open(Place::Home),
            Action::Back => self.back(),
            Action::Fullscreen => self.window.set_fullscreened(!self.window.is_fullscreen()),
            Action::Close if matches!(self.routes.current(), Route::Player(_)) => self.back(),
            Action::Close | Action::Quit => self.window.close(),
        }
    }

    pub(super) fn on_sidebar(&mut self, output: SidebarOutput, _sender: &ComponentSender<Self>) {
        match output {
            SidebarOutput::Open(place) => self.open(place),
            SidebarOutput::SignIn(account) => self.sign_in(Some(&account)),
            SidebarOutput::Review(account) => self.review_certificate(account),
            SidebarOutput::Sources => self.show_sources(),
            SidebarOutput::Storage => self.show_preferences(),
        }
    }

    pub(super) fn on_welcome(&mut self, output: WelcomeOutput, sender: &ComponentSender<Self>) {
        match output {
            WelcomeOutput::SignIn => self.sign_in(None),
            WelcomeOutput::SignInPlex => self.sign_in_plex(),
            WelcomeOutput::SignInAt(address) => self.sign_in_at(address, String::new()),
            WelcomeOutput::ChooseFolder => self.choose_folder(),
            WelcomeOutput::LookAround => self.look_around(),
            WelcomeOutput::AddFolder(folder) => self.add_folder(folder, sender),
        }
    }

    pub(super) fn on_card(&mut self, output: CardOutput) {
        match output {
            CardOutput::Play(item) => self.play(item, Begin::WhereLeft),
            CardOutput::PlayAll(items) => self.play_all(items),
            CardOutput::OpenDetails(item) => self.open_title(item),
            CardOutput::Failed(message) => self.toast(&message),
        }
    }

    pub(super) fn on_collections(&mut self, output: CollectionsOutput) {
        let CollectionsOutput::Open(collection) = output;
        self.open_list(Listed::Collection(*collection));
    }

    pub(super) fn on_details(&mut self, output: DetailsOutput, _sender: &ComponentSender<Self>) {
        match output {
            DetailsOutput::Play(item) => self.play(item, Begin::WhereLeft),
            DetailsOutput::PlayAll(items) => self.play_all(items),
            DetailsOutput::PlayFrom(item, place) => self.play(item, Begin::At(place)),
            DetailsOutput::OpenDetails(item) => self.open_title(item),
            DetailsOutput::OpenPerson(account, person) => {
                self.open_list(Listed::Person(account, *person));
            }
            DetailsOutput::SignIn(account) => self.sign_in(Some(&account)),
            DetailsOutput::Failed(message) => self.toast(&message),
        }
    }

    pub(super) fn on_player(&mut self, output: PlayerOutput) {
        match output {
            PlayerOutput::Closed => self.leave_player(),
            PlayerOutput::Fullscreen(full) => self.window.set_fullscreened(full),
            PlayerOutput::Title(title) => self.window.set_title(Some(&title)),
            PlayerOutput::SignIn(account) => self.sign_in(Some(&account)),
            PlayerOutput::Failed(message) => self.toast(&message),
        }
    }

    pub(super) fn on_sources(&mut self, output: SourcesOutput, _sender: &ComponentSender<Self>) {
        match output {
            SourcesOutput::SignIn(account) => self.sign_in(Some(&account)),
            SourcesOutput::SwitchUser(account) => self.switch_user(account),
            SourcesOutput::Removed(account) => self.forget(&account),
            SourcesOutput::Failed(message) => self.toast(&message),
        }
    }

    /// What whoever runs a server wants: that this device stops playing from it, or that the person reads something.
    pub(super) fn on_word(&mut self, word: &Word) {
        match word {
            Word::Stop(account) => {
                let plays = match self.routes.current() {
                    Route::Player(item) => item.account() == account,
                    _ => false,
                };
                if plays {
                    self.leave_player();
                }
            }
            Word::Say(account, words) => {
                let mut known = self.accounts.iter();
                let name = known.find(|known| known.id == *account);
                let name = name.map_or("", |known| known.name.as_str());
                let words = format!("{name}: {words}");
                self.toasts
                    .add_toast(adw::Toast::new(&gtk::glib::markup_escape_text(&words)));
            }
        }
    }

    pub(super) fn on_added(&self, account: &Account) {
        // Translators: {name} is the name of a server or folder.
        let words = gettext_f("{name} was added", &[("name", &account.name)]);
        self.toasts
            .add_toast(adw::Toast::new(&gtk::glib::markup_escape_text(&words)));
    }

    /// The account is another user's: nothing of the former one stays on the screen.
    pub(super) fn on_switched(&mut self, account: &Account) {
        self.forget(&account.id);
        // Translators: {user} is the name of a person, {server} that of a media server.
        let words = gettext_f(
            "{user} watches on {server} now",
            &[("user", &account.user), ("server", &account.name)],
        );
        self.toasts
            .add_toast(adw::Toast::new(&gtk::glib::markup_escape_text(&words)));
    }

    /// Shows the first-run page or the frame at its root.
    pub(super) fn show_base(&self) {
        let Some(pages) = &self.pages else { return };
        if self.routes.is_welcome() {
            self.stack
                .replace(std::slice::from_ref(pages.welcome.widget()));
        } else {
            self.show_root();
            pages.shell.reveal_content();
            self.stack.replace(std::slice::from_ref(pages.shell.page()));
        }
    }

    /// Shows the root page that the way says.
    fn show_root(&self) {
        let Some(pages) = &self.pages else { return };
        let place = match self.routes.root() {
            Root::Home => {
                pages.home.emit(HomeInput::Show);
                pages.shell.show_root(pages.home.widget());
                Place::Home
            }
            Root::Search => {
                pages.shell.show_root(pages.search.widget());
                pages.search.emit(SearchInput::Focus);
                Place::Search
            }
            Root::Library(id) => {
                pages.library.emit(LibraryInput::Show(id.clone()));
                pages.shell.show_root(pages.library.widget());
                Place::Library(id.clone())
            }
            Root::Collections(account) => {
                let show = CollectionsInput::Show(account.clone());
                pages.collections.emit(show);
                pages.shell.show_root(pages.collections.widget());
                Place::Collections(account.clone())
            }
        };
        pages.sidebar.emit(SidebarInput::Select(place));
    }

    fn open(&mut self, place: Place) {
        let root = match place {
            Place::Home => Root::Home,
            Place::Search => Root::Search,
            Place::Library(id) => Root::Library(id),
            Place::Collections(account) => Root::Collections(account),
        };
        if self.routes.is_welcome() {
            return;
        }
        if self.routes.go(root) {
            self.show_root();
        }
        if let Some(pages) = &self.pages {
            pages.shell.reveal_content();
        }
    }

    fn open_title(&mut self, item: ItemId) {
        let (Some(depth), Some(pages)) = (self.routes.open_title(item.clone()), &mut self.pages)
        else {
            return;
        };
        let page = pages.title_page(depth, item);
        pages.shell.push(&page);
    }

    fn open_list(&mut self, listed: Listed) {
        let depth = self.routes.open_list(listed.clone());
        if let (Some(depth), Some(pages)) = (depth, &mut self.pages) {
            let page = pages.list_page(depth, listed);
            pages.shell.push(&page);
        }
    }

    pub(super) fn page_left(&mut self) {
        self.routes.page_left();
    }

    fn play(&mut self, item: ItemId, begin: Begin) {
        self.play_in(Vec::new(), item, begin);
    }

    /// Plays these one after the other.
    fn play_all(&mut self, items: Vec<ItemId>) {
        if let Some(first) = items.first().cloned() {
            self.play_in(items, first, Begin::WhereLeft);
        }
    }

    /// Plays a title, and after it what this order says, or its own where there is none.
    fn play_in(&mut self, order: Vec<ItemId>, item: ItemId, begin: Begin) {
        let Some(pages) = &self.pages else { return };
        pages.services.engine.library.play_in_order(order);
        pages.player.emit(PlayerInput::Open {
            item: item.clone(),
            begin,
        });
        if self.routes.open_player(item) {
            self.stack.push(pages.player.widget());
        }
    }

    /// The player's own wish to go: takes it off the screen, which tells [`App::player_left`].
    fn leave_player(&mut self) {
        if matches!(self.routes.current(), Route::Player(_)) {
            self.stack.pop();
        }
    }

    /// The player is off the screen.
    pub(super) fn player_left(&mut self) {
        if !self.routes.close_player() {
            return;
        }
        self.window.set_title(Some("Spool"));
        self.window.set_fullscreened(false);
        if let Some(pages) = &self.pages {
            pages.player.emit(PlayerInput::Close);
            pages.home.emit(HomeInput::Show);
        }
    }

    fn back(&mut self) {
        if matches!(self.routes.current(), Route::Player(_)) {
            self.stack.pop();
            return;
        }
        let went = self.pages.as_ref().is_some_and(|pages| pages.shell.back());
        if !went && self.routes.current() != Route::Home {
            self.open(Place::Home);
        }
    }

    /// In a library only there, elsewhere everywhere. A film that plays is not left for it.
    fn search(&mut self) {
        match (self.routes.current(), &self.pages) {
            (Route::Library(_), Some(pages)) => pages.library.emit(LibraryInput::FocusSearch),
            (Route::Player(_) | Route::Welcome, _) | (_, None) => {}
            _ => self.search_all(),
        }
    }

    fn search_all(&mut self) {
        if matches!(self.routes.current(), Route::Player(_)) {
            return;
        }
        self.open(Place::Search);
        if let Some(pages) = &self.pages {
            pages.search.emit(SearchInput::Focus);
        }
    }

    /// Everything of a removed account leaves the screen.
    fn forget(&mut self, account: &AccountId) {
        let playing = matches!(self.routes.current(), Route::Player(_));
        if self.routes.forget(account) {
            if playing {
                self.stack.pop();
            }
            self.show_root();
        }
    }

    fn sign_in(&self, account: Option<&AccountId>) {
        let known = self
            .accounts
            .iter()
            .find(|known| Some(&known.id) == account);
        if known.is_some_and(|known| known.kind == SourceKind::Plex) {
            return self.sign_in_plex();
        }
        let (address, user) = known
            .map(|known| (known.address.clone(), known.user.clone()))
            .unwrap_or_default();
        self.sign_in_at(address, user);
    }

    fn sign_in_at(&self, address: String, user: String) {
        let Some(pages) = &self.pages else { return };
        pages.login.emit(LoginInput::Begin { address, user });
        pages.login.widget().present(Some(&self.window));
    }

    /// Makes the demo library.
    fn look_around(&self) {
        let Some(pages) = &self.pages else { return };
        pages.demo.emit(DemoInput::Begin);
        pages.demo.widget().present(Some(&self.window));
    }

    fn sign_in_plex(&self) {
        let Some(pages) = &self.pages else { return };
        pages.plex.emit(PlexInput::Begin);
        pages.plex.widget().present(Some(&self.window));
    }

    fn switch_user(&self, account: AccountId) {
        let Some(pages) = &self.pages else { return };
        pages.users.emit(UsersInput::Begin(account));
        pages.users.widget().present(Some(&self.window));
    }

    fn choose_folder(&self) {
        let Some(pages) = &self.pages else { return };
        pages.folder.emit(FolderInput::Begin);
        pages.folder.widget().present(Some(&self.window));
    }

    fn show_sources(&self) {
        if let Some(pages) = &self.pages {
            pages.sources.widget().present(Some(&self.window));
        }
    }

    /// The certificate that an account's server shows now, above the list of sources.
    fn review_certificate(&self, account: AccountId) {
        if let Some(pages) = &self.pages {
            pages.sources.widget().present(Some(&self.window));
            pages.sources.emit(SourcesInput::ReviewPressed(account));
        }
    }

    fn show_preferences(&self) {
        if let Some(pages) = &self.pages {
            crate::ui::page::preferences::present(&pages.services, &self.window);
        }
    }
}
