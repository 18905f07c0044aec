//! Rows over all sources: what was begun, what is on this device, what is new. Drawn from the database, before any network
//! answers.
//!
//! **Owns** the order of the rows and what a click in each means. **Does not know** how cards look.

use std::sync::Arc;
use std::time::Duration;

use adw::prelude::*;
use relm4::prelude::*;
use spool_engine::library::{LibraryError, LibraryService};
use spool_engine::model::{Item, ItemId, Shelf};

use super::feed::{Changes, PresenceChange, feed};
use super::merge;
use crate::i18n::gettext;
use crate::services::Services;
use crate::ui::widget::status::{Empty, Status, StatusView};
use crate::ui::widget::{Choice, Frame, ShelfRow};
use crate::user_message::UserMessage;

/// Titles in a row at most: nobody scrolls further sideways.
const ROW: u64 = 24;
/// While bytes arrive, the row of what is here is asked for no more often than this.
const PACE: Duration = Duration::from_secs(1);
/// The rows, from top to bottom.
const SHELVES: [Shelf; 3] = [
    Shelf::ContinueWatching,
    Shelf::OnDevice,
    Shelf::RecentlyAdded,
];

/// What it is told.
#[derive(Debug)]
pub enum HomeInput {
    /// Shows what there is now.
    Show,
    /// A person chose to do something with a title of a row.
    Chosen(Choice, Arc<Item>),
}

/// What it asks of the parent.
#[derive(Debug)]
pub enum HomeOutput {
    /// Play the title from where it was left.
    Play(ItemId),
    /// Show the title's page.
    OpenDetails(ItemId),
    /// Something failed in the background: say so in a toast.
    Failed(UserMessage),
}

/// The rows' titles, in the order of [`SHELVES`].
type Rows = [Vec<Arc<Item>>; 3];

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
    /// What *Play* means for a title.
    PlayFound(Result<Option<ItemId>, LibraryError>),
    /// Whether a mark was set.
    Marked(Result<(), LibraryError>),
}

/// The page.
#[derive(Debug)]
pub struct HomePage {
    services: Services,
    generation: u64,
    rows: [ShelfRow; 3],
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
        let input = sender.input_sender().clone();
        status.connect_action(move |_| input.emit(HomeInput::Show));
        let view = adw::ToolbarView::new();
        view.add_top_bar(&adw::HeaderBar::new());
        view.set_content(Some(&status.root));
        root.set_child(Some(&view));
        follow(&services, &sender);
        let mut model = Self {
            services,
            generation: 0,
            rows,
            status,
            due: false,
        };
        model.list(&sender);
        ComponentParts { model, widgets: () }
    }

    fn update(&mut self, input: HomeInput, sender: ComponentSender<Self>, _root: &Self::Root) {
        match input {
            HomeInput::Show => self.list(&sender),
            HomeInput::Chosen(choice, item) => self.chosen(choice, item, &sender),
        }
    }

    fn update_cmd(&mut self, done: HomeDone, sender: ComponentSender<Self>, _root: &Self::Root) {
        match done {
            HomeDone::Listed(generation, rows) if generation == self.generation => {
                self.listed(rows)
            }
            HomeDone::Listed(..) => {}
            HomeDone::LibraryChanged => self.list(&sender),
            HomeDone::Presence(change) => self.presence_changed(&change, &sender),
            HomeDone::PresenceDue => {
                self.due = false;
                self.list(&sender);
            }
            HomeDone::PlayFound(Ok(Some(id))) => notify(&sender, HomeOutput::Play(id)),
            HomeDone::PlayFound(Ok(None)) | HomeDone::Marked(Ok(())) => {}
            HomeDone::PlayFound(Err(error)) | HomeDone::Marked(Err(error)) => {
                notify(&sender, HomeOutput::Failed(UserMessage::from(&error)));
            }
        }
    }
}

impl HomePage {
    fn list(&mut self, sender: &ComponentSender<Self>) {
        self.generation += 1;
        let (generation, library) = (self.generation, self.services.engine.library.clone());
        sender.oneshot_command(async move { HomeDone::Listed(generation, ask(&library).await) });
    }

    fn listed(&mut self, rows: Result<Rows, LibraryError>) {
        let rows = match rows {
            Ok(rows) => rows,
            Err(error) => return self.status.set(Status::Failed(UserMessage::from(&error))),
        };
        for (row, items) in self.rows.iter().zip(&rows) {
            row.show(items);
        }
        let empty = rows.iter().all(Vec::is_empty);
        self.status
            .set(if empty { nothing() } else { Status::Content });
    }

    fn presence_changed(&mut self, change: &PresenceChange, sender: &ComponentSender<Self>) {
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
        if !std::mem::replace(&mut self.due, true) {
            sender.oneshot_command(async {
                tokio::time::sleep(PACE).await;
                HomeDone::PresenceDue
            });
        }
    }

    fn chosen(&self, choice: Choice, item: Arc<Item>, sender: &ComponentSender<Self>) {
        let library = self.services.engine.library.clone();
        match choice {
            Choice::Open => notify(sender, HomeOutput::OpenDetails(item.id.clone())),
            Choice::Play => sender.oneshot_command(async move {
                HomeDone::PlayFound(super::up_next::playable(&library, &item).await)
            }),
            Choice::SetWatched(watched) => sender.oneshot_command(async move {
                HomeDone::Marked(library.set_watched(&item.id, watched).await)
            }),
        }
    }
}

/// All rows, from the database.
async fn ask(library: &LibraryService) -> Result<Rows, LibraryError> {
    let mut rows = Rows::default();
    for (row, shelf) in rows.iter_mut().zip(SHELVES) {
        *row = merge::unique(library.shelf(shelf, ROW).await?);
    }
    Ok(rows)
}

fn rows(services: &Services, sender: &ComponentSender<HomePage>) -> [ShelfRow; 3] {
    let feed = feed(services);
    SHELVES.map(|shelf| {
        let (title, frame) = match shelf {
            Shelf::ContinueWatching => (gettext("Continue Watching"), Frame::Wide),
            Shelf::OnDevice => (gettext("On This Device"), Frame::Poster),
            Shelf::RecentlyAdded => (gettext("Recently Added"), Frame::Poster),
        };
        let row = ShelfRow::new(feed.clone(), &title, frame);
        if shelf == Shelf::ContinueWatching {
            // Who comes back to a film wants to see it go on; its page is in the card's menu.
            row.set_click(Choice::Play);
        }
        let input = sender.input_sender().clone();
        row.connect_choice(move |choice, item| input.emit(HomeInput::Chosen(choice, item)));
        row
    })
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
    let library = services.engine.library.clone();
    let mut revision = library.revision();
    sender.command(move |out, shutdown| {
        let follow = async move {
            while revision.changed().await.is_ok() {
                out.emit(HomeDone::LibraryChanged);
            }
        };
        shutdown.register(follow).drop_on_shutdown()
    });
    let mut changes = Changes::of(services);
    sender.command(move |out, shutdown| {
        let follow = async move {
            while let Some(change) = changes.next().await {
                out.emit(HomeDone::Presence(change));
            }
        };
        shutdown.register(follow).drop_on_shutdown()
    });
}

fn notify(sender: &ComponentSender<HomePage>, output: HomeOutput) {
    // The parent outlives its pages.
    sender.output(output).ok();
}
