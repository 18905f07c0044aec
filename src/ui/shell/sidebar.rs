//! The sidebar: Home, each source with its libraries, and how much of the disk is used.

mod entry;
mod row;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use adw::prelude::*;
use gtk::gio;
use relm4::prelude::*;
use spool_engine::cache::Usage;
use spool_engine::library::{LibraryError, LibraryService};
use spool_engine::model::{Account, AccountId, Library, LibraryId};
use tokio::sync::broadcast::error::RecvError;

use self::entry::Entry;
use crate::i18n::{gettext, gettext_f};
use crate::services::Services;
use crate::ui::format;

/// The storage line follows the cache no more often than this.
const USAGE_PACE: Duration = Duration::from_secs(2);

/// Where the sidebar leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Rows over all sources.
    Home,
    /// The search over all sources.
    Search,
    /// One library.
    Library(LibraryId),
    /// All collections and playlists of an account.
    Collections(AccountId),
}

/// What the sidebar is told.
#[derive(Debug)]
pub enum SidebarInput {
    /// This is shown now.
    Select(Place),
    /// The row at this index was chosen.
    Chosen(usize),
    /// The button of the source at this index was pressed.
    SourcePressed(AccountId),
    /// The button of a source whose server shows another certificate was pressed.
    ReviewPressed(AccountId),
    /// The heading of a source was pressed.
    HeadingPressed,
    /// The storage line was pressed.
    StoragePressed,
}

/// What it asks of the parent.
#[derive(Debug)]
pub enum SidebarOutput {
    /// Show this.
    Open(Place),
    /// Sign in again to this account.
    SignIn(AccountId),
    /// Show the certificate of this account's server.
    Review(AccountId),
    /// Show all sources, and what can be done with them.
    Sources,
    /// Show the storage settings.
    Storage,
}

/// What the engine answered.
#[derive(Debug)]
pub enum SidebarDone {
    /// All libraries, and which accounts have collections or playlists.
    Libraries(Result<(Vec<Library>, HashSet<AccountId>), LibraryError>),
    /// All accounts.
    Accounts(Arc<Vec<Account>>),
    /// How much of the disk is used.
    Usage(Usage),
}

/// The sidebar.
#[derive(Debug)]
pub struct Sidebar {
    libraries: Vec<Library>,
    with_lists: HashSet<AccountId>,
    accounts: Arc<Vec<Account>>,
    entries: Vec<Entry>,
    place: Place,
    storage: String,
}

/// Its widgets.
#[derive(Debug)]
pub struct SidebarWidgets {
    list: gtk::ListBox,
    storage: gtk::Button,
    shown: Vec<Entry>,
}

impl Component for Sidebar {
    type Init = (Services, gio::MenuModel, gio::MenuModel);
    type Input = SidebarInput;
    type Output = SidebarOutput;
    type CommandOutput = SidebarDone;
    type Root = adw::NavigationPage;
    type Widgets = SidebarWidgets;

    fn init_root() -> Self::Root {
        adw::NavigationPage::builder()
            .title("Spool")
            .tag("sidebar")
            .build()
    }

    fn init(
        (services, main_menu, add_menu): Self::Init,
        root: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let widgets = build(&root, &main_menu, &add_menu, &sender);
        follow_libraries(&services, &sender);
        follow_accounts(&services, &sender);
        follow_usage(&services, &sender);
        let accounts = services.engine.accounts.list();
        let model = Self {
            entries: entry::entries(&accounts, &[], &HashSet::new()),
            libraries: Vec::new(),
            with_lists: HashSet::new(),
            accounts,
            place: Place::Home,
            storage: String::new(),
        };
        let mut parts = ComponentParts { model, widgets };
        parts.model.update_view(&mut parts.widgets, sender);
        parts
    }

    fn update(&mut self, input: SidebarInput, sender: ComponentSender<Self>, _root: &Self::Root) {
        let output = match input {
            SidebarInput::Select(place) => {
                self.place = place;
                return;
            }
            SidebarInput::Chosen(index) => match self.entries.get(index).and_then(Entry::place) {
                Some(place) => SidebarOutput::Open(place),
                None => return,
            },
            SidebarInput::SourcePressed(account) => SidebarOutput::SignIn(account),
            SidebarInput::ReviewPressed(account) => SidebarOutput::Review(account),
            SidebarInput::HeadingPressed => SidebarOutput::Sources,
            SidebarInput::StoragePressed => SidebarOutput::Storage,
        };
        // The parent outlives the sidebar.
        sender.output(output).ok();
    }

    fn update_cmd(
        &mut self,
        done: SidebarDone,
        _sender: ComponentSender<Self>,
        _root: &Self::Root,
    ) {
        match done {
            SidebarDone::Libraries(Ok(known)) => (self.libraries, self.with_lists) = known,
            SidebarDone::Libraries(Err(error)) => tracing::warn!(%error, "no list of libraries"),
            SidebarDone::Accounts(accounts) => self.accounts = accounts,
            SidebarDone::Usage(usage) => self.storage = storage_words(&usage),
        }
        self.entries = entry::entries(&self.accounts, &self.libraries, &self.with_lists);
    }

    fn update_view(&self, widgets: &mut SidebarWidgets, sender: ComponentSender<Self>) {
        self.show_lines(widgets, &sender);
        let index = self
            .entries
            .iter()
            .position(|entry| entry.place().as_ref() == Some(&self.place));
        let row = index.and_then(|index| widgets.list.row_at_index(i32::try_from(index).ok()?));
        widgets.list.select_row(row.as_ref());
        widgets.storage.set_label(&self.storage);
        widgets.storage.set_visible(!self.storage.is_empty());
        if let Some(label) = widgets.storage.child().and_downcast::<gtk::Label>() {
            label.set_wrap(true);
            label.set_justify(gtk::Justification::Center);
        }
    }
}

impl Sidebar {
    /// Replaces the lines that differ. The others stay: who is just clicking one, or stands on it with the keyboard, is not
    /// interrupted by a source that comes or goes.
    fn show_lines(&self, widgets: &mut SidebarWidgets, sender: &ComponentSender<Self>) {
        let line = |index: usize| widgets.list.row_at_index(i32::try_from(index).ok()?);
        for (index, entry) in self.entries.iter().enumerate() {
            if widgets.shown.get(index) == Some(entry) {
                continue;
            }
            if let Some(former) = line(index) {
                widgets.list.remove(&former);
            }
            let place = i32::try_from(index).unwrap_or(-1);
            widgets.list.insert(&row::build(entry, sender), place);
        }
        while let Some(surplus) = line(self.entries.len()) {
            widgets.list.remove(&surplus);
        }
        widgets.shown.clone_from(&self.entries);
    }
}

/// "1.2 GB on this device · 50 GB allowed".
fn storage_words(usage: &Usage) -> String {
    let (used, limit) = (format::bytes(usage.disk_bytes), format::bytes(usage.limit));
    // Translators: {used} and {limit} are sizes such as "1.2 GB".
    gettext_f(
        "{used} on this device · {limit} allowed",
        &[("used", &used), ("limit", &limit)],
    )
}

fn build(
    root: &adw::NavigationPage,
    main_menu: &gio::MenuModel,
    add_menu: &gio::MenuModel,
    sender: &ComponentSender<Sidebar>,
) -> SidebarWidgets {
    let list = gtk::ListBox::builder()
        .css_classes(["navigation-sidebar"])
        .build();
    list.update_property(&[gtk::accessible::Property::Label(&gettext("Sources"))]);
    let input = sender.input_sender().clone();
    list.connect_row_activated(move |_, row| {
        if let Ok(index) = usize::try_from(row.index()) {
            input.emit(SidebarInput::Chosen(index));
        }
    });
    let header = adw::HeaderBar::new();
    header.pack_start(&menu_button(
        "list-add-symbolic",
        &gettext("Add a Source"),
        add_menu,
    ));
    let menu = menu_button("open-menu-symbolic", &gettext("Main Menu"), main_menu);
    menu.set_primary(true);
    header.pack_end(&menu);
    let storage = gtk::Button::builder()
        .css_classes(["flat", "caption", "storage-line"])
        .tooltip_text(gettext("Storage settings"))
        .margin_start(6)
        .margin_end(6)
        .margin_top(6)
        .margin_bottom(6)
        .build();
    let input = sender.input_sender().clone();
    storage.connect_clicked(move |_| input.emit(SidebarInput::StoragePressed));
    let scrolled = gtk::ScrolledWindow::builder()
        .hscrollbar_policy(gtk::PolicyType::Never)
        .child(&list)
        .build();
    let view = adw::ToolbarView::new();
    view.add_top_bar(&header);
    view.add_bottom_bar(&storage);
    view.set_content(Some(&scrolled));
    root.set_child(Some(&view));
    SidebarWidgets {
        list,
        storage,
        shown: Vec::new(),
    }
}

fn menu_button(icon: &str, words: &str, menu: &gio::MenuModel) -> gtk::MenuButton {
    let button = gtk::MenuButton::builder()
        .icon_name(icon)
        .tooltip_text(words)
        .menu_model(menu)
        .build();
    button.update_property(&[gtk::accessible::Property::Label(words)]);
    button
}

fn follow_libraries(services: &Services, sender: &ComponentSender<Sidebar>) {
    let library = services.engine.library.clone();
    sender.command(move |out, shutdown| {
        let follow = async move {
            let mut revision = library.revision();
            loop {
                revision.mark_unchanged();
                out.emit(SidebarDone::Libraries(known(&library).await));
                if revision.changed().await.is_err() {
                    break;
                }
            }
        };
        shutdown.register(follow).drop_on_shutdown()
    });
}

async fn known(
    library: &LibraryService,
) -> Result<(Vec<Library>, HashSet<AccountId>), LibraryError> {
    let lists = library.collections().await?;
    let with_lists = lists.iter().map(|list| list.id.account().clone());
    Ok((library.libraries().await?, with_lists.collect()))
}

fn follow_accounts(services: &Services, sender: &ComponentSender<Sidebar>) {
    let mut accounts = services.engine.accounts.watch();
    sender.command(move |out, shutdown| {
        let follow = async move {
            while accounts.changed().await.is_ok() {
                let now = accounts.borrow_and_update().clone();
                out.emit(SidebarDone::Accounts(now));
            }
        };
        shutdown.register(follow).drop_on_shutdown()
    });
}

fn follow_usage(services: &Services, sender: &ComponentSender<Sidebar>) {
    let cache = services.engine.cache.clone();
    sender.command(move |out, shutdown| {
        let follow = async move {
            loop {
                let mut changes = cache.subscribe();
                if let Ok(usage) = cache.usage().await {
                    out.emit(SidebarDone::Usage(usage));
                }
                // A lagging receiver only says that there was more than one change.
                if matches!(changes.recv().await, Err(RecvError::Closed)) {
                    break;
                }
                tokio::time::sleep(USAGE_PACE).await;
            }
        };
        shutdown.register(follow).drop_on_shutdown()
    });
}
