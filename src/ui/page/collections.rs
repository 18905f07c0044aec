//! All collections and playlists of one source.
//!
//! **Owns** which source is shown and which answer about it is the current one. **Does not know** what is in a list: it asks
//! the parent to open it. Launched once and shown for any source.

use adw::prelude::*;
use gtk::glib;
use relm4::prelude::*;
use spool_engine::library::LibraryError;
use spool_engine::model::{AccountId, Item, Kind};
use spool_engine::source::{Collection, CollectionKind};

use super::feed::{CALM, feed, follow_library};
use crate::i18n::{gettext, ngettext_f};
use crate::services::Services;
use crate::ui::widget::status::{Empty, Status, StatusView};
use crate::ui::widget::{Artwork, Feed, Frame};
use crate::user_message::UserMessage;

/// Width of a list's picture.
const PICTURE: i32 = 40;

/// What it is told.
#[derive(Debug)]
pub enum CollectionsInput {
    /// Shows the lists of this account.
    Show(AccountId),
    /// The button of a failed page was pressed.
    ActionPressed,
    /// The row of the list with this place was chosen.
    Chosen(usize),
}

/// What it asks of the parent.
#[derive(Debug)]
pub enum CollectionsOutput {
    /// Show what is in it.
    Open(Box<Collection>),
}

/// What the engine answered.
#[derive(Debug)]
pub enum CollectionsDone {
    /// The lists of all accounts, with the number of the question.
    Listed(u64, Result<Vec<Collection>, LibraryError>),
    /// The content of libraries changed.
    Revised,
}

/// The page.
#[derive(Debug)]
pub struct CollectionsPage {
    services: Services,
    feed: Feed,
    page: adw::PreferencesPage,
    groups: Vec<adw::PreferencesGroup>,
    status: StatusView,
    account: Option<AccountId>,
    lists: Vec<Collection>,
    generation: u64,
}

impl Component for CollectionsPage {
    type Init = Services;
    type Input = CollectionsInput;
    type Output = CollectionsOutput;
    type CommandOutput = CollectionsDone;
    type Root = adw::NavigationPage;
    type Widgets = ();

    fn init_root() -> Self::Root {
        adw::NavigationPage::builder()
            .title(gettext("Collections"))
            .tag("collections")
            .build()
    }

    fn init(
        services: Services,
        root: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let page = adw::PreferencesPage::new();
        let status = StatusView::new(&page);
        let input = sender.input_sender().clone();
        status.connect_action(move |_| input.emit(CollectionsInput::ActionPressed));
        let view = adw::ToolbarView::new();
        view.add_top_bar(&adw::HeaderBar::new());
        view.set_content(Some(&status.root));
        root.set_child(Some(&view));
        follow_library(&services, &sender, CALM, || CollectionsDone::Revised);
        let model = Self {
            feed: feed(&services),
            services,
            page,
            groups: Vec::new(),
            status,
            account: None,
            lists: Vec::new(),
            generation: 0,
        };
        ComponentParts { model, widgets: () }
    }

    fn update(
        &mut self,
        input: CollectionsInput,
        sender: ComponentSender<Self>,
        _root: &Self::Root,
    ) {
        match input {
            CollectionsInput::Show(account) => self.show(account, &sender),
            CollectionsInput::ActionPressed => self.ask(&sender),
            CollectionsInput::Chosen(place) => {
                if let Some(list) = self.lists.get(place) {
                    let open = CollectionsOutput::Open(Box::new(list.clone()));
                    // The parent outlives its pages.
                    sender.output(open).ok();
                }
            }
        }
    }

    fn update_cmd(
        &mut self,
        done: CollectionsDone,
        sender: ComponentSender<Self>,
        _root: &Self::Root,
    ) {
        match done {
            CollectionsDone::Listed(of, answer) if of == self.generation => {
                self.answered(answer, &sender);
            }
            CollectionsDone::Listed(..) => {}
            CollectionsDone::Revised => self.ask(&sender),
        }
    }
}

impl CollectionsPage {
    fn show(&mut self, account: AccountId, sender: &ComponentSender<Self>) {
        if self.account.as_ref() != Some(&account) {
            self.clear();
            self.account = Some(account);
        }
        self.ask(sender);
    }

    fn ask(&mut self, sender: &ComponentSender<Self>) {
        if self.account.is_none() {
            return;
        }
        self.generation += 1;
        if self.lists.is_empty() {
            self.status.set(Status::Loading);
        }
        let (generation, library) = (self.generation, self.services.engine.library.clone());
        sender.oneshot_command(async move {
            CollectionsDone::Listed(generation, library.collections().await)
        });
    }

    fn clear(&mut self) {
        self.lists.clear();
        for group in self.groups.drain(..) {
            self.page.remove(&group);
        }
    }

    fn answered(
        &mut self,
        answer: Result<Vec<Collection>, LibraryError>,
        sender: &ComponentSender<Self>,
    ) {
        match answer {
            Ok(mut lists) => {
                lists.retain(|list| Some(list.id.account()) == self.account.as_ref());
                self.listed(lists, sender);
            }
            // What is shown already stays.
            Err(_) if !self.lists.is_empty() => {}
            Err(error) => self.status.set(Status::Failed(UserMessage::from(&error))),
        }
    }

    fn listed(&mut self, lists: Vec<Collection>, sender: &ComponentSender<Self>) {
        if lists != self.lists {
            self.clear();
            self.lists = lists;
            for kind in [CollectionKind::Collection, CollectionKind::Playlist] {
                self.add(kind, sender);
            }
        }
        self.status.set(if self.lists.is_empty() {
            Status::Empty(nothing())
        } else {
            Status::Content
        });
    }

    /// Adds the group of one kind, where there are any.
    fn add(&mut self, kind: CollectionKind, sender: &ComponentSender<Self>) {
        let title = match kind {
            CollectionKind::Collection => gettext("Collections"),
            CollectionKind::Playlist => gettext("Playlists"),
        };
        let group = adw::PreferencesGroup::builder().title(title).build();
        let mut is_empty = true;
        for (place, list) in self.lists.iter().enumerate() {
            if list.kind != kind {
                continue;
            }
            is_empty = false;
            let row = self.row(list);
            let input = sender.input_sender().clone();
            row.connect_activated(move |_| input.emit(CollectionsInput::Chosen(place)));
            group.add(&row);
        }
        if !is_empty {
            self.page.add(&group);
            self.groups.push(group);
        }
    }

    fn row(&self, list: &Collection) -> adw::ActionRow {
        let row = adw::ActionRow::builder()
            .title(glib::markup_escape_text(&list.title))
            .subtitle(list.count.map(titles).unwrap_or_default())
            .activatable(true)
            .build();
        let picture = Artwork::new(Frame::Square, PICTURE)
            .fixed()
            .near_while_mapped();
        picture.set_valign(gtk::Align::Center);
        picture.set_margin_top(8);
        picture.set_margin_bottom(8);
        // Pictures are of items, and a list has what a picture needs of one.
        let mut item = Item::new(list.id.clone(), Kind::Album, list.title.clone());
        item.artwork.poster = list.poster.clone();
        picture.show(&self.feed, &item);
        row.add_prefix(&picture);
        row.add_suffix(&gtk::Image::from_icon_name("go-next-symbolic"));
        row
    }
}

fn titles(count: u32) -> String {
    ngettext_f(
        "{count} title",
        "{count} titles",
        count.into(),
        &[("count", &count.to_string())],
    )
}

fn nothing() -> Empty {
    Empty {
        icon: "view-list-symbolic",
        title: gettext("No Collections"),
        detail: gettext("Collections and playlists that you make on the server appear here."),
        action: None,
    }
}
