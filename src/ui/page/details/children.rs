//! What is inside a title: the episodes of a show with a switcher for its seasons, or the tracks of an album.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use adw::prelude::*;
use gtk::gdk;
use spool_engine::model::{Account, Item, ItemId, Presence};

use super::load::{Body, Season};
use super::row::Row;
use crate::i18n::{gettext, gettext_f};
use crate::ui::widget::Feed;
use crate::ui::widget::card_menu::{self, Choice, OnChoice};

/// Up to so many seasons are toggles; more are a menu.
const MOST_TOGGLES: usize = 3;

/// What all callbacks share.
struct Inner {
    root: gtk::Box,
    heading: gtk::Label,
    switcher: adw::Bin,
    list: gtk::ListBox,
    feed: Feed,
    seasons: RefCell<Vec<Season>>,
    selected: RefCell<Option<ItemId>>,
    rows: RefCell<Vec<Rc<Row>>>,
    account: RefCell<Option<Account>>,
    is_narrow: std::cell::Cell<bool>,
    on_choice: RefCell<Option<OnChoice>>,
}

/// The list and its switcher; hidden for a title without children. Clones are the same list.
#[derive(Clone)]
pub(super) struct Children {
    inner: Rc<Inner>,
}

impl std::fmt::Debug for Children {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Children")
            .field("rows", &self.inner.rows.borrow().len())
            .finish()
    }
}

impl Children {
    /// An empty list whose rows ask this feed.
    pub(super) fn new(feed: Feed) -> Self {
        let heading = gtk::Label::builder()
            .xalign(0.0)
            .hexpand(true)
            .css_classes(["title-4"])
            .accessible_role(gtk::AccessibleRole::Heading)
            .build();
        let switcher = adw::Bin::new();
        let header = gtk::Box::new(gtk::Orientation::Horizontal, 12);
        header.append(&heading);
        header.append(&switcher);
        let list = gtk::ListBox::builder()
            .selection_mode(gtk::SelectionMode::None)
            .css_classes(["boxed-list"])
            .build();
        let root = gtk::Box::new(gtk::Orientation::Vertical, 12);
        root.append(&header);
        root.append(&list);
        root.set_visible(false);
        let children = Self {
            inner: Rc::new(Inner {
                root,
                heading,
                switcher,
                list,
                feed,
                seasons: RefCell::default(),
                selected: RefCell::default(),
                rows: RefCell::default(),
                account: RefCell::default(),
                is_narrow: std::cell::Cell::default(),
                on_choice: RefCell::default(),
            }),
        };
        children.watch_rows();
        children
    }

    /// The outermost widget.
    pub(super) fn root(&self) -> &gtk::Box {
        &self.inner.root
    }

    /// Says who is told what a person chose; activating a row is [`Choice::Play`].
    pub(super) fn connect_choice(&self, on_choice: impl Fn(Choice, Arc<Item>) + 'static) {
        self.inner.on_choice.replace(Some(Rc::new(on_choice)));
    }

    /// Shows what is inside a title. `first` is the season to begin with; a season that a person chose stays.
    pub(super) fn show(&self, body: &Body, first: Option<&ItemId>) {
        match body {
            Body::Film | Body::Works(_) => self.inner.root.set_visible(false),
            Body::Tracks(tracks) => {
                self.inner.seasons.replace(Vec::new());
                self.inner.switcher.set_child(None::<&gtk::Widget>);
                self.inner.heading.set_text(&gettext("Tracks"));
                self.show_rows(tracks);
            }
            Body::Seasons(seasons) => self.show_seasons(seasons, first),
        }
    }

    /// Forgets which season was chosen: another title comes.
    pub(super) fn forget_choice(&self) {
        self.inner.selected.replace(None);
        self.inner.seasons.replace(Vec::new());
    }

    /// Shows how much of a child is on this device.
    pub(super) fn set_presence(&self, id: &ItemId, presence: Presence) {
        for row in self.inner.rows.borrow().iter() {
            if row.item.borrow().id == *id {
                row.set_presence(presence);
                row.set_account(self.inner.account.borrow().as_ref());
            }
        }
    }

    /// Asks the feed for the presence of every row again.
    pub(super) fn refresh_presence(&self) {
        let ids: Vec<_> = self
            .inner
            .rows
            .borrow()
            .iter()
            .map(|row| row.item.borrow().id.clone())
            .collect();
        for id in ids {
            self.set_presence(&id, self.inner.feed.presence(&id));
        }
    }

    /// Says whose rows they are, and whether it can be reached.
    pub(super) fn set_account(&self, account: Option<Account>) {
        for row in self.inner.rows.borrow().iter() {
            row.set_account(account.as_ref());
        }
        self.inner.account.replace(account);
    }

    /// Leaves out what has no room on a phone.
    pub(super) fn set_narrow(&self, is_narrow: bool) {
        self.inner.is_narrow.set(is_narrow);
        for row in self.inner.rows.borrow().iter() {
            row.set_narrow(is_narrow);
        }
    }

    fn show_seasons(&self, seasons: &[Season], first: Option<&ItemId>) {
        let known: Vec<_> = self
            .inner
            .seasons
            .borrow()
            .iter()
            .map(|season| season.item.id.clone())
            .collect();
        let is_same = seasons.iter().map(|season| &season.item.id).eq(&known);
        self.inner.seasons.replace(seasons.to_vec());
        if !is_same || self.inner.selected.borrow().is_none() {
            let fallback = seasons.first().map(|season| &season.item.id);
            self.inner.selected.replace(first.or(fallback).cloned());
            self.build_switcher();
        }
        self.show_selected();
    }

    fn show_selected(&self) {
        let selected = self.inner.selected.borrow().clone();
        let episodes = {
            let seasons = self.inner.seasons.borrow();
            let season = seasons
                .iter()
                .find(|season| Some(&season.item.id) == selected.as_ref());
            season
                .or(seasons.first())
                .map(|season| season.episodes.clone())
        };
        self.show_rows(&episodes.unwrap_or_default());
    }

    fn build_switcher(&self) {
        let seasons = self.inner.seasons.borrow();
        let names: Vec<String> = seasons
            .iter()
            .map(|season| season_name(&season.item))
            .collect();
        let selected = self.inner.selected.borrow().clone();
        let position = seasons
            .iter()
            .position(|season| Some(&season.item.id) == selected.as_ref());
        drop(seasons);
        self.inner.heading.set_text(&gettext("Episodes"));
        let chosen = self.chooser();
        let position = u32::try_from(position.unwrap_or(0)).unwrap_or(0);
        let widget: Option<gtk::Widget> = match names.len() {
            0 => None,
            1 => {
                self.inner.heading.set_text(&names[0]);
                None
            }
            2..=MOST_TOGGLES => Some(toggles(&names, position, chosen).upcast()),
            _ => Some(menu(&names, position, chosen).upcast()),
        };
        self.inner.switcher.set_child(widget.as_ref());
    }

    /// What a switcher calls with the position that was chosen.
    fn chooser(&self) -> impl Fn(u32) + 'static {
        let weak = Rc::downgrade(&self.inner);
        move |position| {
            let Some(inner) = weak.upgrade() else { return };
            let id = {
                let seasons = inner.seasons.borrow();
                seasons
                    .get(position as usize)
                    .map(|season| season.item.id.clone())
            };
            if id.is_some() && *inner.selected.borrow() != id {
                inner.selected.replace(id);
                Self { inner }.show_selected();
            }
        }
    }

    fn show_rows(&self, items: &[Arc<Item>]) {
        let mut rows = self.inner.rows.borrow_mut();
        let is_kind =
            |row: &Rc<Row>| Some(row.item.borrow().kind) == items.first().map(|item| item.kind);
        let kept = if rows.iter().all(is_kind) {
            items.len().min(rows.len())
        } else {
            0
        };
        for row in rows.drain(kept..) {
            self.inner.list.remove(&row.root);
        }
        for (row, item) in rows.iter().zip(items) {
            if *row.item.borrow() != *item {
                row.show(&self.inner.feed, item);
            }
        }
        for item in &items[kept..] {
            rows.push(self.add(item));
        }
        for row in rows.iter() {
            row.set_narrow(self.inner.is_narrow.get());
            row.set_account(self.inner.account.borrow().as_ref());
        }
        self.inner.root.set_visible(!rows.is_empty());
    }

    fn add(&self, item: &Arc<Item>) -> Rc<Row> {
        let row = Rc::new(Row::new(&self.inner.feed, item));
        self.inner.list.append(&row.root);
        let (weak, of) = (Rc::downgrade(&self.inner), Rc::downgrade(&row));
        row.play.connect_clicked(move |_| {
            if let (Some(inner), Some(row)) = (weak.upgrade(), of.upgrade()) {
                inner.choose(Choice::Play, &row);
            }
        });
        self.add_menu(&row);
        row
    }

    fn add_menu(&self, row: &Rc<Row>) {
        let (weak, of) = (Rc::downgrade(&self.inner), Rc::downgrade(row));
        let click = gtk::GestureClick::builder()
            .button(gdk::BUTTON_SECONDARY)
            .build();
        click.connect_pressed(move |gesture, _, x, y| {
            if let (Some(inner), Some(row)) = (weak.upgrade(), of.upgrade()) {
                gesture.set_state(gtk::EventSequenceState::Claimed);
                inner.open_menu(&row, Some((x, y)));
            }
        });
        row.root.add_controller(click);
        let (weak, of) = (Rc::downgrade(&self.inner), Rc::downgrade(row));
        let keys = gtk::ShortcutController::new();
        let trigger = gtk::ShortcutTrigger::parse_string("<Shift>F10|Menu");
        let action = gtk::CallbackAction::new(move |_, _| {
            if let (Some(inner), Some(row)) = (weak.upgrade(), of.upgrade()) {
                inner.open_menu(&row, None);
            }
            gtk::glib::Propagation::Stop
        });
        keys.add_shortcut(gtk::Shortcut::new(trigger, Some(action)));
        row.root.add_controller(keys);
    }

    fn watch_rows(&self) {
        let weak = Rc::downgrade(&self.inner);
        self.inner.list.connect_row_activated(move |_, activated| {
            let Some(inner) = weak.upgrade() else { return };
            let row = inner
                .rows
                .borrow()
                .iter()
                .find(|row| row.root == *activated)
                .cloned();
            if let Some(row) = row {
                inner.choose(Choice::Play, &row);
            }
        });
    }
}

impl Inner {
    fn choose(&self, choice: Choice, row: &Row) {
        let item = row.item.borrow().clone();
        let on_choice = self.on_choice.borrow().clone();
        if let Some(on_choice) = on_choice {
            on_choice(choice, item);
        }
    }

    fn open_menu(&self, row: &Row, at: Option<(f64, f64)>) {
        if let Some(on_choice) = self.on_choice.borrow().as_ref() {
            card_menu::open(&row.root, at, &row.item.borrow(), false, on_choice);
        }
    }
}

fn season_name(season: &Item) -> String {
    match season.index {
        Some(0) => gettext("Specials"),
        // Translators: {number} is the number of a season of a show.
        Some(number) => gettext_f("Season {number}", &[("number", &number.to_string())]),
        None => season.title.clone(),
    }
}

fn toggles(names: &[String], selected: u32, chosen: impl Fn(u32) + 'static) -> adw::ToggleGroup {
    let toggles = adw::ToggleGroup::builder().css_classes(["round"]).build();
    for name in names {
        toggles.add(adw::Toggle::builder().label(name).build());
    }
    toggles.set_active(selected);
    toggles.connect_active_notify(move |toggles| chosen(toggles.active()));
    toggles
}

fn menu(names: &[String], selected: u32, chosen: impl Fn(u32) + 'static) -> gtk::DropDown {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let menu = gtk::DropDown::from_strings(&names);
    menu.set_tooltip_text(Some(&gettext("Season")));
    menu.set_selected(selected);
    menu.connect_selected_notify(move |menu| chosen(menu.selected()));
    menu
}
