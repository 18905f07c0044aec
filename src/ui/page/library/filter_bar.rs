//! The choices above the grid: filters as toggles where there is room, what else narrows the library as chips beside them, and a
//! menu with all of it and the orders.
//!
//! **Owns** stateful actions; toggles, chips and menu are views of them. **Does not know** the library.

mod chip;
mod menus;
mod shown;
mod words;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use adw::prelude::*;
use gtk::{gio, glib};
use spool_engine::model::{FacetValues, Facets, Filter, LibraryKind};

use self::chip::Chip;
use self::menus::Menus;
use self::shown::{shown, shown_word};
use self::words::{ALBUMS, ARTISTS, FILTERS, Facet, SORTS, filter_label, name_of, value_of};
use super::view::{self, View};
use crate::i18n::gettext;
pub(super) use words::{Words, view_of, words_of};

/// Narrower than this, in pixels, the toggles have no room and their menu serves alone.
const TOGGLES_NEED: f64 = 660.0;
/// Narrower than this, chips that narrow nothing would need a line of their own, and serve in the menu alone.
const CHIPS_NEED: f64 = 960.0;

type OnView = Rc<RefCell<Option<Box<dyn Fn(View)>>>>;

/// How much room there is above the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
enum Room {
    /// For toggles and chips.
    #[default]
    Much,
    /// For toggles.
    Some,
    /// For nothing that does not have to be.
    Little,
}

/// The widgets and their actions.
#[derive(Clone)]
pub(super) struct FilterBar {
    /// For the header bar.
    pub(super) menu: gtk::MenuButton,
    /// For above the grid: toggles and chips. Hides itself where nothing of it has room.
    pub(super) row: adw::WrapBox,
    /// Albums or artists; only of music.
    shown: adw::ToggleGroup,
    toggles: adw::ToggleGroup,
    chips: Rc<[Chip; 3]>,
    clear: gtk::Button,
    menus: Rc<Menus>,
    artists: gio::SimpleAction,
    filter: gio::SimpleAction,
    sort: gio::SimpleAction,
    clear_all: gio::SimpleAction,
    room: Rc<Cell<Room>>,
    /// Several actions change at once: who listens is told when all have.
    is_held: Rc<Cell<bool>>,
    offered: Rc<RefCell<Vec<Filter>>>,
    kind: Rc<Cell<LibraryKind>>,
    on_view: OnView,
}

impl std::fmt::Debug for FilterBar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FilterBar")
            .field("view", &self.view())
            .finish_non_exhaustive()
    }
}

impl FilterBar {
    /// The bar; its actions are put on `page` as `library.shown`, `library.filter`, `library.sort`, `library.genre`, `library.decade`,
    /// `library.resolution` and `library.clear`.
    #[must_use]
    pub(super) fn new(page: &impl IsA<gtk::Widget>) -> Self {
        let artists = action("shown", ALBUMS);
        let filter = action("filter", FILTERS[0].1);
        let sort = action("sort", SORTS[0].1);
        let clear_all = gio::SimpleAction::new("clear", None);
        clear_all.set_enabled(false);
        let chips = Facet::ALL.map(Chip::new);
        let group = gio::SimpleActionGroup::new();
        for one in [&artists, &filter, &sort, &clear_all] {
            group.add_action(one);
        }
        for chip in &chips {
            group.add_action(&chip.action);
        }
        page.insert_action_group("library", Some(&group));
        let bar = Self {
            menu: menu_button(),
            row: row(),
            shown: shown(),
            toggles: toggles(),
            clear: clear_button(),
            menus: Rc::new(Menus::new()),
            chips: Rc::new(chips),
            artists,
            filter,
            sort,
            clear_all,
            room: Rc::default(),
            is_held: Rc::default(),
            offered: Rc::default(),
            kind: Rc::new(Cell::new(LibraryKind::Mixed)),
            on_view: Rc::default(),
        };
        bar.row.append(&bar.shown);
        bar.row.append(&bar.toggles);
        for chip in bar.chips.iter() {
            bar.row.append(&chip.root);
        }
        bar.row.append(&bar.clear);
        bar.menu.set_menu_model(Some(&bar.menus.root));
        bar.connect();
        bar.offer(LibraryKind::Mixed);
        bar.show_state();
        bar
    }

    /// Offers what makes sense in a library of this kind.
    pub(super) fn offer(&self, kind: LibraryKind) {
        self.shown.set_visible(kind == LibraryKind::Music);
        self.kind.set(kind);
        self.offer_sorts();
        let filters = view::filters(kind);
        if *self.offered.borrow() == filters {
            return;
        }
        self.offered.replace(filters.to_vec());
        self.menus.offer_filters(filters);
        let chosen = self.view().filter;
        // Without its toggles the group has no choice, which is nobody's choice.
        self.toggles.remove_all();
        for filter in filters {
            self.toggles.add(
                adw::Toggle::builder()
                    .name(name_of(&FILTERS, *filter))
                    .label(filter_label(*filter))
                    .build(),
            );
        }
        self.toggles
            .set_active_name(Some(name_of(&FILTERS, chosen)));
    }

    fn offer_sorts(&self) {
        let sorts = view::sorts(self.kind.get(), self.view().artists);
        self.menus.offer_sorts(sorts);
    }

    /// Offers what the titles of the library have.
    pub(super) fn offer_values(&self, values: &FacetValues) {
        for chip in self.chips.iter() {
            chip.offer(chip.facet.words(values));
        }
        self.show_state();
    }

    /// Says who is told of a new choice.
    pub(super) fn connect_view(&self, on_view: impl Fn(View) + 'static) {
        self.on_view.replace(Some(Box::new(on_view)));
    }

    /// What is chosen now.
    #[must_use]
    pub(super) fn view(&self) -> View {
        let mut facets = Facets::default();
        for chip in self.chips.iter() {
            chip.facet.put(&mut facets, &chip.chosen());
        }
        View {
            artists: state(&self.artists).as_deref() == Some(ARTISTS),
            filter: value_of(&FILTERS, state(&self.filter).as_deref()),
            sort: value_of(&SORTS, state(&self.sort).as_deref()),
            facets,
        }
    }

    /// Shows a choice; tells nobody when it is the present one.
    pub(super) fn set_view(&self, view: &View) {
        if self.view() == *view {
            return;
        }
        self.is_held.set(true);
        choose(&self.artists, shown_word(view.artists));
        choose(&self.filter, name_of(&FILTERS, view.filter));
        choose(&self.sort, name_of(&SORTS, view.sort));
        for chip in self.chips.iter() {
            choose(&chip.action, &chip.facet.word(&view.facets));
        }
        self.is_held.set(false);
        self.changed();
    }

    /// Toggles, and chips that narrow nothing, only show where there is room.
    pub(super) fn fit(&self, bin: &adw::BreakpointBin) {
        // Where both hold, the last one counts.
        for (width, room) in [(CHIPS_NEED, Room::Some), (TOGGLES_NEED, Room::Little)] {
            let narrow = adw::BreakpointCondition::new_length(
                adw::BreakpointConditionLengthType::MaxWidth,
                width,
                adw::LengthUnit::Sp,
            );
            let breakpoint = adw::Breakpoint::new(narrow);
            let (fits, fits_not) = (self.clone_weak(), self.clone_weak());
            breakpoint
                .connect_apply(move |_| fits().into_iter().for_each(|bar| bar.set_room(room)));
            breakpoint.connect_unapply(move |_| {
                fits_not()
                    .into_iter()
                    .for_each(|bar| bar.set_room(Room::Much));
            });
            bin.add_breakpoint(breakpoint);
        }
    }

    fn set_room(&self, room: Room) {
        self.room.set(room);
        self.show_state();
    }

    fn connect(&self) {
        let facets = self.chips.iter().map(|chip| &chip.action);
        for action in [&self.artists, &self.filter, &self.sort]
            .into_iter()
            .chain(facets)
        {
            let bar = self.clone_weak();
            action.connect_change_state(move |action, state| {
                let Some(state) = state.filter(|state| action.state().as_ref() != Some(state))
                else {
                    return;
                };
                action.set_state(state);
                if let Some(bar) = bar().filter(|bar| !bar.is_held.get()) {
                    bar.changed();
                }
            });
        }
        let bar = self.clone_weak();
        self.clear_all.connect_activate(move |_, _| {
            if let Some(bar) = bar() {
                bar.set_view(&bar.view().whole());
            }
        });
        let bar = self.clone_weak();
        self.shown.connect_active_name_notify(move |shown| {
            let (Some(bar), Some(name)) = (bar(), shown.active_name()) else {
                return;
            };
            // Orders and genres of albums say nothing of artists.
            let artists = name == ARTISTS;
            if bar.view().artists != artists {
                bar.set_view(&View {
                    artists,
                    filter: bar.view().filter,
                    ..View::default()
                });
            }
        });
        let filter = self.filter.clone();
        self.toggles.connect_active_name_notify(move |toggles| {
            if let Some(name) = toggles.active_name() {
                choose(&filter, &name);
            }
        });
    }

    /// The bar as long as its widgets live, for callbacks of its own actions.
    fn clone_weak(&self) -> impl Fn() -> Option<Self> + 'static {
        let (menu, row) = (self.menu.downgrade(), self.row.downgrade());
        let (toggles, clear) = (self.toggles.downgrade(), self.clear.downgrade());
        let (shown, artists) = (self.shown.downgrade(), self.artists.downgrade());
        let (filter, sort) = (self.filter.downgrade(), self.sort.downgrade());
        let clear_all = self.clear_all.downgrade();
        let (chips, menus) = (Rc::downgrade(&self.chips), Rc::downgrade(&self.menus));
        let (room, is_held) = (self.room.clone(), self.is_held.clone());
        let kind = self.kind.clone();
        let (offered, on_view) = (Rc::downgrade(&self.offered), Rc::downgrade(&self.on_view));
        move || {
            Some(Self {
                menu: menu.upgrade()?,
                row: row.upgrade()?,
                shown: shown.upgrade()?,
                artists: artists.upgrade()?,
                toggles: toggles.upgrade()?,
                chips: chips.upgrade()?,
                clear: clear.upgrade()?,
                menus: menus.upgrade()?,
                filter: filter.upgrade()?,
                sort: sort.upgrade()?,
                clear_all: clear_all.upgrade()?,
                room: room.clone(),
                is_held: is_held.clone(),
                kind: kind.clone(),
                offered: offered.upgrade()?,
                on_view: on_view.upgrade()?,
            })
        }
    }

    fn changed(&self) {
        self.show_state();
        if let Some(on_view) = self.on_view.borrow().as_ref() {
            on_view(self.view());
        }
    }

    fn show_state(&self) {
        let (view, room) = (self.view(), self.room.get());
        self.toggles
            .set_active_name(Some(name_of(&FILTERS, view.filter)));
        self.shown.set_active_name(Some(shown_word(view.artists)));
        self.offer_sorts();
        let has_toggles = room != Room::Little;
        self.toggles.set_visible(has_toggles);
        let mut is_used = has_toggles || self.kind.get() == LibraryKind::Music;
        for chip in self.chips.iter() {
            is_used |= chip.show_state(room == Room::Much);
        }
        self.menus.offer_facets(&self.chips[..]);
        self.clear.set_visible(!view.facets.is_empty());
        self.row.set_visible(is_used);
        self.clear_all.set_enabled(view.is_narrowed());
        // A filter that hides titles is visible also where the toggles have no room.
        let classes: &[&str] = if view.is_narrowed() {
            &["image-button", "accent"]
        } else {
            &["image-button"]
        };
        self.menu.set_css_classes(classes);
    }
}

fn action(name: &str, initial: &str) -> gio::SimpleAction {
    gio::SimpleAction::new_stateful(name, Some(glib::VariantTy::STRING), &initial.to_variant())
}

fn state(action: &gio::SimpleAction) -> Option<String> {
    action.state().and_then(|state| state.get())
}

fn choose(action: &gio::SimpleAction, name: &str) {
    action.change_state(&name.to_variant());
}

fn menu_button() -> gtk::MenuButton {
    gtk::MenuButton::builder()
        .icon_name("view-sort-descending-symbolic")
        .tooltip_text(gettext("Sort and Filter"))
        .build()
}

fn row() -> adw::WrapBox {
    adw::WrapBox::builder()
        .margin_start(18)
        .margin_end(18)
        .margin_top(6)
        .margin_bottom(6)
        .child_spacing(6)
        .line_spacing(6)
        .build()
}

fn toggles() -> adw::ToggleGroup {
    adw::ToggleGroup::builder()
        .css_classes(["round"])
        .halign(gtk::Align::Start)
        .build()
}

fn clear_button() -> gtk::Button {
    gtk::Button::builder()
        .label(gettext("Clear Filters"))
        .action_name("library.clear")
        .css_classes(["flat"])
        .build()
}
