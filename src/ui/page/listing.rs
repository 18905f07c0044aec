//! The titles of a collection or playlist, or those in which somebody took part.
//!
//! **Owns** which list is shown and which answer about it is the current one. **Does not know** how cards look, nor what
//! follows from a choice: it emits outputs. Launched once for each depth and shown for any list. The server knows which titles
//! are in a list; what is known of each comes from the mirror.

mod ask;

use std::sync::Arc;

use adw::prelude::*;
use relm4::prelude::*;
use spool_engine::library::LibraryError;
use spool_engine::model::{AccountId, Item};
use spool_engine::source::{Collection, CollectionKind, Person};

use super::choice::{self, CardDone, CardOutput};
use super::feed::{PresenceChange, feed};
use crate::i18n::{gettext, ngettext_f};
use crate::services::Services;
use crate::ui::format;
use crate::ui::widget::status::{Empty, Status, StatusView};
use crate::ui::widget::{Choice, PosterGrid};
use crate::user_message::UserMessage;

/// Which list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listed {
    /// The titles of a collection or playlist.
    Collection(Collection),
    /// Titles of an account in which somebody took part.
    Person(AccountId, Person),
}

impl Listed {
    /// Whose list it is.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        match self {
            Self::Collection(collection) => collection.id.account(),
            Self::Person(account, _) => account,
        }
    }

    fn title(&self) -> &str {
        match self {
            Self::Collection(collection) => &collection.title,
            Self::Person(_, person) => &person.name,
        }
    }
}

/// What it is told.
#[derive(Debug)]
pub enum ListInput {
    /// Shows this list.
    Show(Box<Listed>),
    /// The button of an empty or failed page was pressed.
    ActionPressed,
    /// A person chose to do something with a title.
    Chosen(Choice, Arc<Item>),
}

/// What it asks of the parent.
pub type ListOutput = CardOutput;

/// What the engine answered.
#[derive(Debug)]
pub enum ListDone {
    /// The titles of the list with this number.
    Listed(u64, Result<Vec<Item>, LibraryError>),
    /// The same titles as the mirror has them now.
    Renewed(u64, Vec<Arc<Item>>),
    /// The content of libraries changed.
    Revised,
    /// More or less of some titles is on this device.
    Presence(PresenceChange),
    /// What became of a choice on a card.
    Chosen(CardDone),
}

/// The page.
#[derive(Debug)]
pub struct ListPage {
    services: Services,
    grid: PosterGrid,
    status: StatusView,
    listed: Option<Listed>,
    generation: u64,
}

#[allow(missing_docs, reason = "the macro makes the struct of widgets")]
#[relm4::component(pub)]
impl Component for ListPage {
    type Init = Services;
    type Input = ListInput;
    type Output = ListOutput;
    type CommandOutput = ListDone;

    view! {
        adw::NavigationPage {
            #[watch]
            set_title: &model.title(),

            #[wrap(Some)]
            set_child = &adw::ToolbarView {
                add_top_bar = &adw::HeaderBar {
                    #[wrap(Some)]
                    set_title_widget = &adw::WindowTitle {
                        #[watch]
                        set_title: &model.title(),
                        #[watch]
                        set_subtitle: &model.subtitle(),
                    },
                },
                set_content: Some(&model.status.root),
            },
        }
    }

    fn init(
        services: Services,
        root: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let grid = PosterGrid::new(feed(&services), &gettext("Titles"));
        let input = sender.input_sender().clone();
        grid.connect_choice(move |choice, item| input.emit(ListInput::Chosen(choice, item)));
        let status = StatusView::new(&grid.root);
        let input = sender.input_sender().clone();
        status.connect_action(move |_| input.emit(ListInput::ActionPressed));
        ask::follow(&services, &sender);
        let model = Self {
            services,
            grid,
            status,
            listed: None,
            generation: 0,
        };
        let widgets = view_output!();
        ComponentParts { model, widgets }
    }

    fn update(&mut self, input: ListInput, sender: ComponentSender<Self>, _root: &Self::Root) {
        match input {
            ListInput::Show(listed) => self.show(*listed, &sender),
            ListInput::ActionPressed => self.ask(&sender),
            ListInput::Chosen(choice, item) => {
                choice::choose(&self.services, choice, &item, &sender, ListDone::Chosen);
            }
        }
    }

    fn update_cmd(&mut self, done: ListDone, sender: ComponentSender<Self>, _root: &Self::Root) {
        match done {
            ListDone::Listed(of, answer) if of == self.generation => self.answered(answer),
            ListDone::Renewed(of, items) if of == self.generation => self.grid.show(items),
            ListDone::Listed(..) | ListDone::Renewed(..) => {}
            ListDone::Revised => self.renew(&sender),
            ListDone::Presence(PresenceChange::Any) => self.grid.refresh_presence(),
            ListDone::Presence(PresenceChange::Of(changes)) => {
                for (id, presence) in changes {
                    self.grid.set_presence(&id, presence);
                }
            }
            ListDone::Chosen(done) => choice::finish(done, &sender),
        }
    }
}

impl ListPage {
    fn title(&self) -> String {
        let title = self.listed.as_ref().map(Listed::title);
        title.unwrap_or_default().to_owned()
    }

    /// What it is, how many titles it has, and whose it is.
    fn subtitle(&self) -> String {
        let Some(listed) = &self.listed else {
            return String::new();
        };
        let kind = match listed {
            Listed::Collection(collection) => match collection.kind {
                CollectionKind::Collection => gettext("Collection"),
                CollectionKind::Playlist => gettext("Playlist"),
            },
            Listed::Person(..) => String::new(),
        };
        let count = match self.grid.len() {
            0 => String::new(),
            count => titles(count as u64),
        };
        let accounts = self.services.engine.accounts.list();
        let source = accounts.iter().find(|it| it.id == *listed.account());
        let source = source.map(|it| it.name.clone()).unwrap_or_default();
        format::facts([kind, count, source])
    }

    fn show(&mut self, listed: Listed, sender: &ComponentSender<Self>) {
        if self.listed.as_ref() != Some(&listed) {
            self.grid.show(Vec::new());
            self.grid.scroll_to_top();
            self.listed = Some(listed);
        }
        self.ask(sender);
    }

    fn ask(&mut self, sender: &ComponentSender<Self>) {
        let Some(listed) = self.listed.clone() else {
            return;
        };
        self.generation += 1;
        if self.grid.is_empty() {
            self.status.set(Status::Loading);
        }
        let (generation, library) = (self.generation, self.services.engine.library.clone());
        sender.oneshot_command(async move {
            ListDone::Listed(generation, ask::titles(&library, &listed).await)
        });
    }

    fn answered(&mut self, answer: Result<Vec<Item>, LibraryError>) {
        match answer {
            Ok(items) if items.is_empty() => {
                self.grid.show(Vec::new());
                self.status.set(Status::Empty(nothing()));
            }
            Ok(items) => {
                self.grid.show(items.into_iter().map(Arc::new).collect());
                self.status.set(Status::Content);
            }
            // What is shown already stays.
            Err(_) if !self.grid.is_empty() => {}
            Err(error) => self.status.set(Status::Failed(UserMessage::from(&error))),
        }
    }

    /// Shows the same titles as the mirror has them now.
    fn renew(&self, sender: &ComponentSender<Self>) {
        if self.grid.is_empty() {
            return;
        }
        let (generation, items) = (self.generation, self.grid.items());
        let library = self.services.engine.library.clone();
        sender.oneshot_command(async move {
            ListDone::Renewed(generation, ask::again(&library, items).await)
        });
    }
}

fn titles(count: u64) -> String {
    ngettext_f(
        "{count} title",
        "{count} titles",
        count,
        &[("count", &count.to_string())],
    )
}

fn nothing() -> Empty {
    Empty {
        icon: "folder-videos-symbolic",
        title: gettext("No Titles"),
        detail: gettext("Nothing in it can be played by Spool."),
        action: None,
    }
}
