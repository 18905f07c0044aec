//! The menu with everything: filters, what else narrows the library, orders.

use std::cell::Cell;

use gtk::{gio, prelude::*};
use spool_engine::model::{Filter, Sort};

use super::chip::Chip;
use super::words::{FILTERS, SORTS, filter_label, name_of, sort_label};
use crate::i18n::gettext;

/// The menu and those of its parts that change.
pub(super) struct Menus {
    /// The whole menu.
    pub(super) root: gio::Menu,
    filters: gio::Menu,
    facets: gio::Menu,
    sorts: gio::Menu,
    offered_sorts: Cell<&'static [Sort]>,
}

impl Menus {
    pub(super) fn new() -> Self {
        let (root, filters, sorts) = (gio::Menu::new(), gio::Menu::new(), gio::Menu::new());
        root.append_section(Some(&gettext("Show")), &filters);
        let facets = gio::Menu::new();
        root.append_section(None, &facets);
        root.append_section(Some(&gettext("Sort By")), &sorts);
        let clear = gio::MenuItem::new(Some(&gettext("Clear Filters")), Some("library.clear"));
        clear.set_attribute_value("hidden-when", Some(&"action-disabled".to_variant()));
        let end = gio::Menu::new();
        end.append_item(&clear);
        root.append_section(None, &end);
        Self {
            root,
            filters,
            facets,
            sorts,
            offered_sorts: Cell::new(&[]),
        }
    }

    /// Shows those facets that tell titles apart, where that is a change: the menu may be open.
    pub(super) fn offer_facets(&self, chips: &[Chip]) {
        let offered: Vec<&Chip> = chips
            .iter()
            .filter(|chip| chip.is_of_use() || !chip.chosen().is_empty())
            .collect();
        let label = |at: i32| {
            let label = self.facets.item_attribute_value(at, "label", None)?;
            label.get::<String>()
        };
        let listed: Vec<String> = (0..self.facets.n_items()).filter_map(label).collect();
        let titles = offered.iter().map(|chip| chip.facet.title());
        if titles.eq(listed) {
            return;
        }
        self.facets.remove_all();
        for chip in offered {
            self.facets
                .append_submenu(Some(&chip.facet.title()), &chip.values);
        }
    }

    pub(super) fn offer_filters(&self, offered: &[Filter]) {
        let entries = offered
            .iter()
            .map(|filter| (filter_label(*filter), name_of(&FILTERS, *filter)));
        fill(&self.filters, "filter", entries);
    }

    /// Where that is a change: the menu may be open.
    pub(super) fn offer_sorts(&self, offered: &'static [Sort]) {
        if self.offered_sorts.replace(offered) == offered {
            return;
        }
        let entries = offered
            .iter()
            .map(|sort| (sort_label(*sort), name_of(&SORTS, *sort)));
        fill(&self.sorts, "sort", entries);
    }
}

fn fill(menu: &gio::Menu, action: &str, entries: impl Iterator<Item = (String, &'static str)>) {
    menu.remove_all();
    for (label, name) in entries {
        menu.append(Some(&label), Some(&format!("library.{action}::{name}")));
    }
}
