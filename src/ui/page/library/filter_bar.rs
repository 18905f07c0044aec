//! The choices above the grid: filters as toggles where there is room, and a menu with filters and orders.
//!
//! **Owns** two stateful actions; toggles and menu are views of them. **Does not know** the library.

use std::cell::RefCell;
use std::rc::Rc;

use adw::prelude::*;
use gtk::{gio, glib};
use spool_engine::model::{Filter, LibraryKind, Sort};

use super::view::{self, View};
use crate::i18n::gettext;

/// Narrower than this, in pixels, the toggles have no room and their menu serves alone.
const TOGGLES_NEED: f64 = 660.0;
const FILTERS: [(Filter, &str); 5] = [
    (Filter::All, "all"),
    (Filter::Unwatched, "unwatched"),
    (Filter::InProgress, "in-progress"),
    (Filter::Favourites, "favourites"),
    (Filter::OnDevice, "on-device"),
];
const SORTS: [(Sort, &str); 3] = [
    (Sort::Title, "title"),
    (Sort::Added, "added"),
    (Sort::Year, "year"),
];

fn filter_label(filter: Filter) -> String {
    match filter {
        Filter::All => gettext("All"),
        Filter::Unwatched => gettext("Unwatched"),
        Filter::InProgress => gettext("In Progress"),
        Filter::Favourites => gettext("Favourites"),
        Filter::OnDevice => gettext("On This Device"),
    }
}

fn sort_label(sort: Sort) -> String {
    match sort {
        Sort::Title | Sort::Index => gettext("Title"),
        Sort::Added | Sort::Watched => gettext("Date Added"),
        Sort::Year => gettext("Year"),
    }
}

type OnView = Rc<RefCell<Option<Box<dyn Fn(View)>>>>;

/// The widgets and their actions.
#[derive(Clone)]
pub(super) struct FilterBar {
    /// For the header bar.
    pub(super) menu: gtk::MenuButton,
    /// For above the grid, where there is room.
    pub(super) toggles: adw::ToggleGroup,
    filter: gio::SimpleAction,
    sort: gio::SimpleAction,
    offered: Rc<RefCell<Vec<Filter>>>,
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
    /// The bar; its actions are put on `page` as `library.filter` and `library.sort`.
    #[must_use]
    pub(super) fn new(page: &impl IsA<gtk::Widget>) -> Self {
        let filter = action("filter", FILTERS[0].1);
        let sort = action("sort", SORTS[0].1);
        let group = gio::SimpleActionGroup::new();
        group.add_action(&filter);
        group.add_action(&sort);
        page.insert_action_group("library", Some(&group));
        let bar = Self {
            menu: menu_button(),
            toggles: toggles(),
            filter,
            sort,
            offered: Rc::default(),
            on_view: Rc::default(),
        };
        bar.connect();
        bar.offer(LibraryKind::Mixed);
        bar
    }

    /// Offers what makes sense in a library of this kind.
    pub(super) fn offer(&self, kind: LibraryKind) {
        let filters = view::filters(kind);
        if *self.offered.borrow() == filters {
            return;
        }
        self.offered.replace(filters.to_vec());
        self.menu.set_menu_model(Some(&menu(filters)));
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

    /// Says who is told of a new choice.
    pub(super) fn connect_view(&self, on_view: impl Fn(View) + 'static) {
        self.on_view.replace(Some(Box::new(on_view)));
    }

    /// What is chosen now.
    #[must_use]
    pub(super) fn view(&self) -> View {
        let state =
            |action: &gio::SimpleAction| action.state().and_then(|state| state.get::<String>());
        let (filter, sort) = (state(&self.filter), state(&self.sort));
        View {
            filter: value_of(&FILTERS, filter.as_deref()),
            sort: value_of(&SORTS, sort.as_deref()),
        }
    }

    /// Shows a choice; tells nobody when it is the present one.
    pub(super) fn set_view(&self, view: View) {
        choose(&self.filter, name_of(&FILTERS, view.filter));
        choose(&self.sort, name_of(&SORTS, view.sort));
    }

    fn connect(&self) {
        for action in [&self.filter, &self.sort] {
            let bar = self.clone_weak();
            action.connect_change_state(move |action, state| {
                let Some(state) = state.filter(|state| action.state().as_ref() != Some(state))
                else {
                    return;
                };
                action.set_state(state);
                if let Some(bar) = bar() {
                    bar.changed();
                }
            });
        }
        let filter = self.filter.clone();
        self.toggles.connect_active_name_notify(move |toggles| {
            if let Some(name) = toggles.active_name() {
                choose(&filter, &name);
            }
        });
    }

    /// The bar as long as its widgets live, for callbacks of its own actions.
    fn clone_weak(&self) -> impl Fn() -> Option<Self> + 'static {
        let (menu, toggles) = (self.menu.downgrade(), self.toggles.downgrade());
        let (filter, sort) = (self.filter.downgrade(), self.sort.downgrade());
        let (offered, on_view) = (Rc::downgrade(&self.offered), Rc::downgrade(&self.on_view));
        move || {
            Some(Self {
                menu: menu.upgrade()?,
                toggles: toggles.upgrade()?,
                filter: filter.upgrade()?,
                sort: sort.upgrade()?,
                offered: offered.upgrade()?,
                on_view: on_view.upgrade()?,
            })
        }
    }

    fn changed(&self) {
        let view = self.view();
        self.toggles
            .set_active_name(Some(name_of(&FILTERS, view.filter)));
        // A filter that hides titles is visible also where the toggles have no room.
        let narrowed = view.filter != Filter::All;
        let classes: &[&str] = if narrowed {
            &["image-button", "accent"]
        } else {
            &["image-button"]
        };
        self.menu.set_css_classes(classes);
        if let Some(on_view) = self.on_view.borrow().as_ref() {
            on_view(view);
        }
    }
}

/// A view in the words of the actions, to be kept: filter and order.
pub(super) fn words_of(view: View) -> (String, String) {
    (
        name_of(&FILTERS, view.filter).to_owned(),
        name_of(&SORTS, view.sort).to_owned(),
    )
}

/// The view that was kept in these words; what is not known any more is the usual.
pub(super) fn view_of((filter, sort): &(String, String)) -> View {
    View {
        filter: value_of(&FILTERS, Some(filter)),
        sort: value_of(&SORTS, Some(sort)),
    }
}

fn action(name: &str, initial: &str) -> gio::SimpleAction {
    gio::SimpleAction::new_stateful(name, Some(glib::VariantTy::STRING), &initial.to_variant())
}

fn choose(action: &gio::SimpleAction, name: &str) {
    action.change_state(&name.to_variant());
}

fn value_of<T: Copy + Default>(table: &[(T, &str)], name: Option<&str>) -> T {
    let known = table.iter().find(|(_, known)| Some(*known) == name);
    known.map(|(value, _)| *value).unwrap_or_default()
}

fn name_of<T: Copy + PartialEq>(table: &[(T, &'static str)], value: T) -> &'static str {
    let known = table.iter().find(|(known, _)| *known == value);
    known.map_or(table[0].1, |(_, name)| name)
}

fn menu(offered: &[Filter]) -> gio::Menu {
    let menu = gio::Menu::new();
    let filters = gio::Menu::new();
    for filter in offered {
        let target = format!("library.filter::{}", name_of(&FILTERS, *filter));
        filters.append(Some(&filter_label(*filter)), Some(&target));
    }
    menu.append_section(Some(&gettext("Show")), &filters);
    let sorts = gio::Menu::new();
    for (sort, name) in SORTS {
        sorts.append(
            Some(&sort_label(sort)),
            Some(&format!("library.sort::{name}")),
        );
    }
    menu.append_section(Some(&gettext("Sort By")), &sorts);
    menu
}

fn menu_button() -> gtk::MenuButton {
    gtk::MenuButton::builder()
        .icon_name("view-sort-descending-symbolic")
        .tooltip_text(gettext("Sort and Filter"))
        .build()
}

fn toggles() -> adw::ToggleGroup {
    adw::ToggleGroup::builder()
        .css_classes(["round"])
        .halign(gtk::Align::Start)
        .build()
}

/// Hides a widget where the page has no room for it.
pub(super) fn hide_when_narrow(bin: &adw::BreakpointBin, widget: &gtk::Box) {
    let narrow = adw::BreakpointCondition::new_length(
        adw::BreakpointConditionLengthType::MaxWidth,
        TOGGLES_NEED,
        adw::LengthUnit::Sp,
    );
    let breakpoint = adw::Breakpoint::new(narrow);
    breakpoint.add_setter(widget, "visible", Some(&false.to_value()));
    bin.add_breakpoint(breakpoint);
}
