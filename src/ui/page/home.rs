//! Rows over all sources: what was begun, what is on this device, what is new. Drawn from the database, before any network
//! answers.
//!
//! **Owns** the order of the rows and what a click in each means. **Does not know** how cards look.

mod ask;

use std::sync::Arc;
use std::time::Duration;

use adw::prelude::*;
use relm4::prelude::*;
use spool_engine::library::LibraryError;
use spool_engine::model::{Item, LibraryKind, Shelf};

use super::choice::{self, CardDone, CardOutput};
use super::feed::{PresenceChange, feed, follow_library, follow_presence};
use crate::i18n::{gettext, gettext_f};
use crate::services::Services;
use crate::ui::widget::status::{Empty, Status, StatusView};
use crate::ui::widget::{Choice, Feed, Frame, ShelfRow};
use crate::user_message::UserMessage;
pub use ask::Row;

/// While bytes arrive, the row of what is here is asked for no more often than this.
const PACE: Duration = Duration::from_secs(1);

/// What it is told.
#[derive(Debug)]
pub enum HomeInput {
    /// Shows what there is now.
    Show,
    /// A person chose to do something with a title of a row.
    Chosen(Choice, Arc<Item>),
}

/// What it asks of the parent.
pub type HomeOutput = CardOutput;

/// The rows with their titles, from top to bottom.
type Rows = Vec<(Row, Vec<Arc<Item>>)>;

/// What the engine answered.
#[derive(Debug)]
pub enum HomeDone {
    /// The rows, with the number of the question.
    Listed(u64, Result<Rows, LibraryError>),
    /// The library changed.
    LibraryChanged,
    /// More or less of some titles is on this device.
    Presence(PresenceChange),
    /// It is time to ask again what is on this device.
    PresenceDue,
    /// What became of a choice on a card.
    Chosen(CardDone),
}

/// The page.
#[derive(Debug)]
pub struct HomePage {
    services: Services,
    generation: u64,
    feed: Feed,
    column: gtk::Box,
    rows: Vec<(Row, ShelfRow)>,
    status: StatusView,
    /// A question about the rows is due because presence changed.
    due: bool,
}

impl Component for HomePage {
    type Init = Services;
    type Input = HomeInput;
    type Output = HomeOutput;
    type CommandOutput = HomeDone;
    type Root = adw::NavigationPage;
    type Widgets = ();

    fn init_root() -> Self::Root {
        adw::NavigationPage::builder()
            .title(gettext("Home"))
            .tag("home")
            .build()
    }

    fn init(
        services: Services,
        root: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let column = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(18)
            .margin_top(6)
            .margin_bottom(24)
            .build();
        let scrolled = gtk::ScrolledWindow::builder()
            .hscrollbar_policy(gtk::PolicyType::Never)
            .child(&column)
            .build();
        let status = StatusView::new(&scrolled);
        let input = sender.input_sender().clone();
        status.connect_action(move |_| input.emit(HomeInput::Show));
        let view = adw::ToolbarView::new();
        view.add_top_bar(&adw::HeaderBar::new());
        view.set_content(Some(&status.root));
        root.set_child(Some(&view));
        follow(&services, &sender);
        let mut model = Self {
            feed: feed(&services),
            services,
            generation: 0,
            column,
            rows: Vec::new(),
            status,
            due: false,
        };
        model.list(&sender);
        ComponentParts { model, widgets: () }
    }

    fn update(&mut self, input: HomeInput, sender: ComponentSender<Self>, _root: &Self::Root) {
        match input {
            HomeInput::Show => self.list(&sender),
            HomeInput::Chosen(choice, item) => {
                choice::choose(&self.services, choice, &item, &sender, HomeDone::Chosen);
            }
        }
    }

    fn update_cmd(&mut self, done: HomeDone, sender: ComponentSender<Self>, _root: &Self::Root) {
        match done {
            HomeDone::Listed(generation, rows) if generation == self.generation => {
                self.listed(rows, &sender)
            }
            HomeDone::Listed(..) => {}
            HomeDone::LibraryChanged => self.list(&sender),
            HomeDone::Presence(change) => self.presence_changed(&change, &sender),
            HomeDone::PresenceDue => {
                self.due = false;
                self.list(&sender);
            }
            HomeDone::Chosen(done) => choice::finish(done, &sender),
        }
    }
}

impl HomePage {
    fn list(&mut self, sender: &ComponentSender<Self>) {
        self.generation += 1;
        let (generation, library) = (self.generation, self.services.engine.library.clone());
        let accounts = self.services.engine.accounts.list();
        sender.oneshot_command(async move {
            HomeDone::Listed(generation, ask::rows(&library, &accounts).await)
        });
    }

    fn listed(&mut self, rows: Result<Rows, LibraryError>, sender: &ComponentSender<Self>) {
        let rows = match rows {
            Ok(rows) => rows,
            Err(error) => return self.status.set(Status::Failed(UserMessage::from(&error))),
        };
        self.arrange(&rows, sender);
        for ((_, row), (_, items)) in self.rows.iter().zip(&rows) {
            row.show(items);
        }
        let empty = rows.iter().all(|(_, items)| items.is_empty());
        self.status
            .set(if empty { nothing() } else { Status::Content });
    }

    /// Makes the rows on the page those that are wanted. Those that stay keep their cards, and how far they were scrolled.
    fn arrange(&mut self, wanted: &Rows, sender: &ComponentSender<Self>) {
        let mut present = std::mem::take(&mut self.rows);
        for (which, _) in wanted {
            let known = present.iter().position(|(row, _)| row == which);
            let (is_new, row) = match known {
                Some(at) => (false, present.remove(at).1),
                None => (true, shelf_row(self.feed.clone(), which, sender)),
            };
            let before = self.rows.last().map(|(_, row)| row.root.clone());
            if is_new {
                self.column.insert_child_after(&row.root, before.as_ref());
            } else {
                self.column.reorder_child_after(&row.root, before.as_ref());
            }
            self.rows.push((which.clone(), row));
        }
        for (_, row) in present {
            self.column.remove(&row.root);
        }
    }

    fn presence_changed(&mut self, change: &PresenceChange, sender: &ComponentSender<Self>) {
        for (_, row) in &self.rows {
            match change {
                PresenceChange::Of(titles) => {
                    for (id, presence) in titles {
                        row.set_presence(id, *presence);
                    }
                }
                PresenceChange::Any => row.refresh_presence(),
            }
        }
        if !std::mem::replace(&mut self.due, true) {
            sender.oneshot_command(async {
                tokio::time::sleep(PACE).await;
                HomeDone::PresenceDue
            });
        }
    }
}

fn shelf_row(feed: Feed, which: &Row, sender: &ComponentSender<HomePage>) -> ShelfRow {
    let (title, frame) = match which {
        Row::Of(Shelf::ContinueWatching) => (gettext("Continue Watching"), Frame::Wide),
        Row::Of(Shelf::NextUp) => (gettext("Next Up"), Frame::Wide),
        Row::Of(Shelf::OnDevice) => (gettext("On This Device"), Frame::Poster),
        Row::Of(Shelf::AlbumsPlayed) => (gettext("Albums Played Lately"), Frame::Square),
        Row::Of(Shelf::RecentlyAdded) => (gettext("Recently Added"), Frame::Poster),
        Row::New(kind, library) => (new_in(library.as_deref()), frame_of(*kind)),
        Row::Promoted(_, _, title, kind) => (title.clone(), Frame::of_kind(*kind)),
    };
    let row = ShelfRow::new(feed, &title, frame);
    if matches!(which, Row::Of(Shelf::ContinueWatching | Shelf::NextUp)) {
        // Who comes back to a film wants to see it go on; its page is in the card's menu.
        row.set_click(Choice::Play);
    }
    if *which == Row::Of(Shelf::ContinueWatching) {
        row.allow_dismissal();
    }
    let input = sender.input_sender().clone();
    row.connect_choice(move |choice, item| input.emit(HomeInput::Chosen(choice, item)));
    row
}

fn new_in(library: Option<&str>) -> String {
    match library {
        None => gettext("Recently Added"),
        // Translators: {library} is the name of a library, such as Films.
        Some(library) => gettext_f("Recently Added in {library}", &[("library", library)]),
    }
}

fn frame_of(kind: LibraryKind) -> Frame {
    match kind {
        LibraryKind::Music => Frame::Square,
        LibraryKind::Videos => Frame::Wide,
        LibraryKind::Movies | LibraryKind::Shows | LibraryKind::Mixed => Frame::Poster,
    }
}

fn nothing() -> Status {
    Status::Empty(Empty {
        icon: "folder-videos-symbolic",
        title: gettext("Nothing Here Yet"),
        detail: gettext("Titles appear as soon as Spool has looked through your sources."),
        action: None,
    })
}

fn follow(services: &Services, sender: &ComponentSender<HomePage>) {
    follow_library(services, sender, Duration::ZERO, || {
        HomeDone::LibraryChanged
    });
    follow_presence(services, sender, HomeDone::Presence);
}
