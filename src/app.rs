//! The root component: the window, the start of the engine, and the routing of every page's requests.
//!
//! **Owns** the way that led to the current page, and nothing of what pages show. **Threads**: the window's; the engine is
//! started on a thread of its own, so that the first frame does not wait for the disk.

pub mod actions;
mod dialogs;
mod follow;
mod menus;
mod pages;
pub mod route;
mod routing;
mod start;

use std::path::PathBuf;
use std::sync::Arc;

use adw::prelude::*;
use relm4::prelude::*;
use spool_engine::accounts::AccountError;
use spool_engine::cache::DiskCondition;
use spool_engine::library::{Synced, Word};
use spool_engine::model::{Account, AccountState};

use self::actions::Action;
use self::pages::Pages;
use self::route::Routes;
use crate::services::Services;
use crate::settings::Key;
use crate::ui::page::accounts::{AddOutput, SourcesOutput, UsersOutput};
use crate::ui::page::{
    CollectionsOutput, DetailsOutput, HomeOutput, LibraryOutput, ListOutput, PlayerOutput,
    SearchOutput, WelcomeOutput,
};
use crate::ui::shell::SidebarOutput;
use crate::user_message::{UserMessage, missing_elements};

pub use start::{Launch, Started, run};

/// The smallest window: a phone's width.
const SMALLEST: (i32, i32) = (360, 294);

/// What the app is told: by keys and menus, by the pages, by the session.
#[derive(Debug)]
pub enum AppInput {
    /// Starts the engine (again).
    Start,
    /// A key or a menu entry.
    Act(Action),
    /// The sidebar's request.
    Sidebar(SidebarOutput),
    /// The first-run page's request.
    Welcome(WelcomeOutput),
    /// Home's request.
    Home(HomeOutput),
    /// The library page's request.
    Library(LibraryOutput),
    /// The request of the page of collections.
    Collections(CollectionsOutput),
    /// A list's request.
    List(ListOutput),
    /// The search page's request.
    Search(SearchOutput),
    /// A title page's request.
    Details(DetailsOutput),
    /// The player's request.
    Player(PlayerOutput),
    /// A source was added.
    Source(AddOutput),
    /// The list of sources' request.
    Sources(SourcesOutput),
    /// The dialog that switches the user.
    Users(UsersOutput),
    /// The page of a title or list was left, by button, gesture or key.
    PageLeft,
    /// The player was left by gesture or key.
    PlayerLeft,
    /// The session says whether there is a network.
    Network(bool),
    /// Ask all sources again.
    Retry,
    /// The window is about to close.
    Closing,
}

/// What the engine answered.
pub enum AppDone {
    /// The start ended.
    Started(Box<Started>),
    /// Accounts were added, removed or changed their state.
    Accounts(Arc<Vec<Account>>),
    /// A refresh that the person asked for ended.
    Synced(Vec<Synced>),
    /// A folder was added with one click.
    FolderAdded(Result<Account, AccountError>),
    /// The disk takes no more of what is fetched.
    Disk(DiskCondition),
    /// A server says something.
    Word(Word),
}

impl std::fmt::Debug for AppDone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Started(_) => "Started",
            Self::Accounts(_) => "Accounts",
            Self::Synced(_) => "Synced",
            Self::FolderAdded(_) => "FolderAdded",
            Self::Disk(_) => "Disk",
            Self::Word(_) => "Word",
        })
    }
}

/// The root component.
pub struct App {
    launch: Launch,
    window: adw::ApplicationWindow,
    toasts: adw::ToastOverlay,
    /// The first-run page or the frame, and the player above.
    stack: adw::NavigationView,
    opening: dialogs::Opening,
    pages: Option<Pages>,
    routes: Routes,
    accounts: Arc<Vec<Account>>,
    network: bool,
}

impl Component for App {
    type Init = Launch;
    type Input = AppInput;
    type Output = ();
    type CommandOutput = AppDone;
    type Root = adw::ApplicationWindow;
    type Widgets = ();

    fn init_root() -> Self::Root {
        adw::ApplicationWindow::builder()
            .title("Spool")
            .icon_name(crate::config::APP_ID)
            .width_request(SMALLEST.0)
            .height_request(SMALLEST.1)
            .build()
    }

    fn init(
        launch: Launch,
        root: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        restore_size(&root, &launch);
        let input = sender.input_sender().clone();
        actions::install(&root, move |action| input.emit(AppInput::Act(action)));
        let opening = dialogs::Opening::new(sender.input_sender());
        let stack = adw::NavigationView::new();
        stack.replace(std::slice::from_ref(&opening.page));
        let input = sender.input_sender().clone();
        stack.connect_popped(move |_, _| input.emit(AppInput::PlayerLeft));
        let toasts = adw::ToastOverlay::new();
        toasts.set_child(Some(&stack));
        root.set_content(Some(&toasts));
        let input = sender.input_sender().clone();
        root.connect_close_request(move |_| {
            input.emit(AppInput::Closing);
            gtk::glib::Propagation::Stop
        });
        sender.input(AppInput::Start);
        let model = Self {
            launch,
            window: root,
            toasts,
            stack,
            opening,
            pages: None,
            routes: Routes::default(),
            accounts: Arc::default(),
            network: true,
        };
        ComponentParts { model, widgets: () }
    }

    fn update(&mut self, input: AppInput, sender: ComponentSender<Self>, _root: &Self::Root) {
        match input {
            AppInput::Start => self.start(&sender),
            AppInput::Act(action) => self.act(action, &sender),
            AppInput::Sidebar(output) => self.on_sidebar(output, &sender),
            AppInput::Welcome(output) => self.on_welcome(output, &sender),
            AppInput::Home(output)
            | AppInput::Library(output)
            | AppInput::List(output)
            | AppInput::Search(output) => self.on_card(output),
            AppInput::Collections(output) => self.on_collections(output),
            AppInput::Details(output) => self.on_details(output, &sender),
            AppInput::Player(output) => self.on_player(output),
            AppInput::Source(AddOutput::Added(account)) => self.on_added(&account),
            AppInput::Sources(output) => self.on_sources(output, &sender),
            AppInput::Users(UsersOutput::Switched(account)) => self.on_switched(&account),
            AppInput::PageLeft => self.page_left(),
            AppInput::PlayerLeft => self.player_left(),
            AppInput::Network(available) => {
                self.network = available;
                self.show_offline();
            }
            AppInput::Retry => self.retry(&sender),
            AppInput::Closing => self.close(),
        }
    }

    fn update_cmd(&mut self, done: AppDone, sender: ComponentSender<Self>, _root: &Self::Root) {
        match done {
            AppDone::Started(started) => self.started(*started, &sender),
            AppDone::Accounts(accounts) => self.accounts_changed(accounts),
            AppDone::Synced(outcomes) => self.synced(&outcomes),
            AppDone::FolderAdded(Ok(account)) => self.on_added(&account),
            AppDone::FolderAdded(Err(error)) => self.toast(&UserMessage::from(&error)),
            AppDone::Disk(condition) => self.toast(&UserMessage::from(&condition)),
            AppDone::Word(word) => self.on_word(&word),
        }
    }
}

impl App {
    fn start(&mut self, sender: &ComponentSender<Self>) {
        self.opening.wait();
        let task = self.launch.task();
        sender.spawn_oneshot_command(move || AppDone::Started(Box::new(task())));
    }

    fn started(&mut self, (engine, missing): Started, sender: &ComponentSender<Self>) {
        let engine = match engine {
            Ok(engine) => engine,
            Err(error) => {
                tracing::error!(%error, "no engine");
                return self.opening.fail(&UserMessage::from(&error));
            }
        };
        self.launch.engine.set(engine.clone()).ok();
        let notices = engine.notices();
        let services = Services {
            engine,
            settings: self.launch.settings.clone(),
        };
        follow::accounts(&services, sender);
        follow::disk(&services, sender);
        follow::servers(&services, sender);
        let pages = Pages::launch(services, &self.window, sender);
        pages.refresh_all();
        self.pages = Some(pages);
        self.accounts_changed(self.services_accounts());
        for notice in notices {
            self.toast(&UserMessage::from(&notice));
        }
        if !missing.is_empty() {
            dialogs::alert(&self.window, &missing_elements(&missing));
        }
    }

    fn services_accounts(&self) -> Arc<Vec<Account>> {
        self.pages
            .as_ref()
            .map(|pages| pages.services.engine.accounts.list())
            .unwrap_or_default()
    }

    fn accounts_changed(&mut self, accounts: Arc<Vec<Account>>) {
        self.accounts = accounts;
        self.show_offline();
        let welcome = self.accounts.is_empty();
        let shown = self.stack.visible_page();
        let opening = shown.as_ref() == Some(&self.opening.page);
        if opening || welcome != self.routes.is_welcome() {
            self.routes.set_welcome(welcome);
            self.show_base();
        }
    }

    /// Offline: the session has no network, or no server answers. Folders never are.
    fn show_offline(&self) {
        let mut servers = self
            .accounts
            .iter()
            .filter(|account| !account.kind.is_folder())
            .peekable();
        let offline = servers.peek().is_some()
            && servers.all(|account| {
                account.state == AccountState::Offline
                    || !self.network && account.state != AccountState::Online
            });
        if let Some(pages) = &self.pages {
            pages.shell.set_offline(offline);
        }
    }

    fn retry(&self, sender: &ComponentSender<Self>) {
        let Some(pages) = &self.pages else { return };
        let engine = pages.services.engine.clone();
        sender.oneshot_command(async move {
            engine.accounts.check(None).await;
            AppDone::Synced(engine.library.sync(None).await)
        });
    }

    /// Says what a refresh failed of; a server that is offline has said so already.
    fn synced(&self, outcomes: &[Synced]) {
        let failure = outcomes.iter().find_map(|synced| {
            let offline = self.accounts.iter().any(|account| {
                account.id == synced.account && account.state != AccountState::Online
            });
            synced.result.as_ref().err().filter(|_| !offline)
        });
        if let Some(error) = failure {
            self.toast(&UserMessage::from(error));
        }
    }

    fn add_folder(&self, folder: PathBuf, sender: &ComponentSender<Self>) {
        let Some(pages) = &self.pages else { return };
        let accounts = pages.services.engine.accounts.clone();
        sender.oneshot_command(
            async move { AppDone::FolderAdded(accounts.add_folder(&folder).await) },
        );
    }

    fn toast(&self, message: &UserMessage) {
        let toast = adw::Toast::builder()
            .title(gtk::glib::markup_escape_text(&message.title))
            .timeout(5)
            .build();
        if !message.detail.is_empty() {
            toast.set_button_label(Some(&crate::i18n::gettext("_Details")));
            let (window, message) = (self.window.clone(), message.clone());
            toast.connect_button_clicked(move |_| dialogs::alert(&window, &message));
        }
        self.toasts.add_toast(toast);
    }

    /// Keeps the window's size, lets the player save its position, and closes.
    fn close(&mut self) {
        if !self.window.is_fullscreen() {
            let settings = &self.launch.settings;
            settings.set(Key::WindowMaximized, self.window.is_maximized());
            if !self.window.is_maximized() {
                settings.set(Key::WindowWidth, self.window.width());
                settings.set(Key::WindowHeight, self.window.height());
            }
        }
        self.pages = None;
        self.window.destroy();
    }
}

fn restore_size(window: &adw::ApplicationWindow, launch: &Launch) {
    let settings = &launch.settings;
    let width = settings.get::<i32>(Key::WindowWidth).max(SMALLEST.0);
    let height = settings.get::<i32>(Key::WindowHeight).max(SMALLEST.1);
    window.set_default_size(width, height);
    window.set_maximized(settings.get::<bool>(Key::WindowMaximized));
}
