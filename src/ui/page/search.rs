//! One field over all sources at once: from the mirror while somebody types, then also what the servers find themselves.
//!
//! **Owns** the words and which answer is to them. **Does not know** how cards look.

mod ask;
mod rank;
mod words;

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use adw::prelude::*;
use relm4::prelude::*;
use spool_engine::library::{LibraryError, LibraryService};
use spool_engine::model::{AccountId, AccountState, Item, Kind};

use super::choice::{self, CardDone, CardOutput};
use super::feed::{PresenceChange, feed};
use super::merge;
use crate::i18n::gettext;
use crate::services::Services;
use crate::ui::widget::status::{Status, StatusView};
use crate::ui::widget::{Choice, Frame, ShelfRow};
use crate::user_message::UserMessage;

/// The rows, from top to bottom: one for each kind.
const KINDS: [Kind; 7] = [
    Kind::Movie,
    Kind::Show,
    Kind::Episode,
    Kind::Artist,
    Kind::Album,
    Kind::Track,
    Kind::Video,
];
/// Titles of one kind that are shown.
const SHOWN: usize = 30;
/// Titles that a server is asked for.
const ASKED: u32 = 60;
/// Servers are asked when nobody has typed for so long.
const CALM: Duration = Duration::from_millis(350);

/// What it is told.
#[derive(Debug)]
pub enum SearchInput {
    /// Puts the keyboard into the field.
    Focus,
    /// A person typed words, or deleted them.
    Typed(String),
    /// Puts the keyboard on the first title.
    TitlesWanted,
    /// A person chose to do something with a title.
    Chosen(Choice, Arc<Item>),
}

/// What it asks of the parent.
pub type SearchOutput = CardOutput;

/// What the engine answered; answers to words carry the number of the question.
#[derive(Debug)]
pub enum SearchDone {
    /// What the mirror has, by kind.
    Listed(u64, Result<Vec<Vec<Item>>, LibraryError>),
    /// What a server finds.
    Found(u64, Result<Vec<Item>, LibraryError>),
    /// The content of libraries changed.
    Revised,
    /// More or less of some titles is on this device.
    Presence(PresenceChange),
    /// What became of a choice on a card.
    Chosen(CardDone),
}

/// The page.
#[derive(Debug)]
pub struct SearchPage {
    services: Services,
    entry: gtk::SearchEntry,
    asking: adw::Spinner,
    rows: Vec<ShelfRow>,
    status: StatusView,
    words: String,
    /// Number of the words; shared with what waits for the typing to rest.
    generation: Rc<Cell<u64>>,
    /// What the mirror has, by kind; `None` until it has answered.
    here: Option<Vec<Vec<Item>>>,
    /// What servers found.
    there: Vec<Item>,
    /// Servers that have not answered yet.
    open: usize,
}

impl Component for SearchPage {
    type Init = Services;
    type Input = SearchInput;
    type Output = SearchOutput;
    type CommandOutput = SearchDone;
    type Root = adw::NavigationPage;
    type Widgets = ();

    fn init_root() -> Self::Root {
        adw::NavigationPage::builder()
            .title(gettext("Search"))
            .tag("search")
            .build()
    }

    fn init(
        services: Services,
        root: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let rows = rows(&services, &sender);
        let column = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(18)
            .margin_top(6)
            .margin_bottom(24)
            .build();
        for row in &rows {
            column.append(&row.root);
        }
        let scrolled = gtk::ScrolledWindow::builder()
            .hscrollbar_policy(gtk::PolicyType::Never)
            .child(&column)
            .build();
        let status = StatusView::new(&scrolled);
        let entry = entry(&sender);
        let asking = adw::Spinner::builder()
            .tooltip_text(gettext("Asking the servers"))
            .visible(false)
            .build();
        let header = adw::HeaderBar::new();
        let clamp = adw::Clamp::builder()
            .maximum_size(480)
            .hexpand(true)
            .child(&entry)
            .build();
        header.set_title_widget(Some(&clamp));
        header.pack_end(&asking);
        let view = adw::ToolbarView::new();
        view.add_top_bar(&header);
        view.set_content(Some(&status.root));
        root.set_child(Some(&view));
        ask::follow(&services, &sender);
        let model = Self {
            services,
            entry,
            asking,
            rows,
            status,
            words: String::new(),
            generation: Rc::default(),
            here: None,
            there: Vec::new(),
            open: 0,
        };
        model.show();
        ComponentParts { model, widgets: () }
    }

    fn update(&mut self, input: SearchInput, sender: ComponentSender<Self>, _root: &Self::Root) {
        match input {
            SearchInput::Focus => drop(self.entry.grab_focus()),
            SearchInput::Typed(words) => self.typed(words, &sender),
            SearchInput::TitlesWanted => {
                let row = self.rows.iter().find(|row| !row.is_empty());
                row.map(|row| row.root.child_focus(gtk::DirectionType::TabForward));
            }
            SearchInput::Chosen(choice, item) => {
                choice::choose(&self.services, choice, &item, &sender, SearchDone::Chosen);
            }
        }
    }

    fn update_cmd(&mut self, done: SearchDone, sender: ComponentSender<Self>, _root: &Self::Root) {
        match done {
            SearchDone::Listed(of, answer) if of == self.generation.get() => self.listed(answer),
            SearchDone::Found(of, answer) if of == self.generation.get() => self.found(answer),
            SearchDone::Listed(..) | SearchDone::Found(..) => {}
            SearchDone::Revised => self.list(&sender),
            SearchDone::Presence(change) => self.presence_changed(&change),
            SearchDone::Chosen(done) => choice::finish(done, &sender),
        }
    }
}

impl SearchPage {
    fn typed(&mut self, words: String, sender: &ComponentSender<Self>) {
        if self.words == words {
            return;
        }
        self.words = words;
        self.generation.set(self.generation.get() + 1);
        self.there.clear();
        self.open = 0;
        if self.words.is_empty() {
            self.here = None;
            return self.show();
        }
        self.list(sender);
        self.ask_servers(sender);
    }

    /// Asks the mirror; what is shown stays until the answer comes.
    fn list(&self, sender: &ComponentSender<Self>) {
        if self.words.is_empty() {
            return;
        }
        let (generation, words) = (self.generation.get(), self.words.clone());
        let library = self.services.engine.library.clone();
        sender.oneshot_command(async move {
            SearchDone::Listed(generation, ask::mirror(&library, &words).await)
        });
    }

    /// Asks the servers that can be reached, each by itself, as soon as the typing rests.
    fn ask_servers(&mut self, sender: &ComponentSender<Self>) {
        for account in self.services.engine.accounts.list().iter() {
            if account.kind.is_folder() || account.state != AccountState::Online {
                continue;
            }
            self.open += 1;
            let library = self.services.engine.library.clone();
            self.ask_server(library, account.id.clone(), sender);
        }
        self.asking.set_visible(self.open > 0);
    }

    fn ask_server(
        &self,
        library: LibraryService,
        account: AccountId,
        sender: &ComponentSender<Self>,
    ) {
        let (generation, words) = (self.generation.get(), self.words.clone());
        let now = Rc::clone(&self.generation);
        let (input, told) = (sender.command_sender().clone(), sender.clone());
        // Words that somebody goes on typing are no question yet.
        gtk::glib::timeout_add_local_once(CALM, move || {
            if now.get() != generation {
                return;
            }
            told.command(move |_, shutdown| {
                let question = async move {
                    let found = library.search_at(&account, &words, ASKED).await;
                    input.emit(SearchDone::Found(generation, found));
                };
                shutdown.register(question).drop_on_shutdown()
            });
        });
    }

    fn listed(&mut self, answer: Result<Vec<Vec<Item>>, LibraryError>) {
        match answer {
            Ok(items) => {
                self.here = Some(items);
                self.show();
            }
            Err(error) => self.status.set(Status::Failed(UserMessage::from(&error))),
        }
    }

    fn found(&mut self, answer: Result<Vec<Item>, LibraryError>) {
        self.open = self.open.saturating_sub(1);
        match answer {
            Ok(items) => self.there.extend(items),
            // Its libraries were searched in the mirror; its dot in the sidebar says what is wrong.
            Err(error) => tracing::info!(%error, "a server did not search"),
        }
        self.show();
    }

    /// Shows all answers that there are.
    fn show(&self) {
        self.asking.set_visible(self.open > 0);
        let Some(here) = &self.here else {
            return self.status.set(Status::Empty(words::start()));
        };
        let mut is_empty = true;
        for ((kind, here), row) in KINDS.into_iter().zip(here).zip(&self.rows) {
            let there = self.there.iter().filter(|item| item.kind == kind);
            let mut items = rank::ranked(&self.words, here.iter().chain(there));
            items.truncate(SHOWN);
            let items = merge::unique(items);
            is_empty &= items.is_empty();
            row.show(&items);
        }
        self.status.set(match (is_empty, self.open) {
            (false, _) => Status::Content,
            (true, 0) => Status::Empty(words::nothing(&self.words)),
            (true, _) => Status::Loading,
        });
    }

    fn presence_changed(&self, change: &PresenceChange) {
        for row in &self.rows {
            match change {
                PresenceChange::Of(titles) => {
                    for (id, presence) in titles {
                        row.set_presence(id, *presence);
                    }
                }
                PresenceChange::Any => row.refresh_presence(),
            }
        }
    }
}

fn rows(services: &Services, sender: &ComponentSender<SearchPage>) -> Vec<ShelfRow> {
    let feed = feed(services);
    let row = |kind: Kind| {
        let row = ShelfRow::new(feed.clone(), &words::heading(kind), Frame::of_kind(kind));
        let input = sender.input_sender().clone();
        row.connect_choice(move |choice, item| input.emit(SearchInput::Chosen(choice, item)));
        row
    };
    KINDS.into_iter().map(row).collect()
}

fn entry(sender: &ComponentSender<SearchPage>) -> gtk::SearchEntry {
    let entry = gtk::SearchEntry::builder()
        .placeholder_text(gettext("Search all sources"))
        .search_delay(60)
        .hexpand(true)
        .build();
    let name = gtk::accessible::Property::Label(&gettext("Search all sources"));
    entry.update_property(&[name]);
    let input = sender.input_sender().clone();
    entry.connect_search_changed(move |entry| {
        input.emit(SearchInput::Typed(entry.text().trim().to_owned()));
    });
    let input = sender.input_sender().clone();
    entry.connect_activate(move |_| input.emit(SearchInput::TitlesWanted));
    entry.connect_stop_search(|entry| entry.set_text(""));
    entry
}
