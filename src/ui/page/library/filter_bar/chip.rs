//! One thing that a library is narrowed down by, as a button: it opens the values, shows the chosen one, and beside that a way to
//! drop it.

use std::cell::RefCell;

use adw::prelude::*;
use gtk::{gio, glib};

use super::words::Facet;
use super::{action, choose, state};
use crate::i18n::gettext_f;

/// The button with its action.
pub(super) struct Chip {
    /// The outermost widget.
    pub(super) root: gtk::Box,
    /// Which facet it is.
    pub(super) facet: Facet,
    /// Its choice, in words; an empty one is none.
    pub(super) action: gio::SimpleAction,
    /// Its values, for its own and the page's menu.
    pub(super) values: gio::Menu,
    button: gtk::MenuButton,
    drop: gtk::Button,
    offered: RefCell<Vec<String>>,
}

impl Chip {
    pub(super) fn new(facet: Facet) -> Self {
        let values = gio::Menu::new();
        let button = gtk::MenuButton::builder()
            .always_show_arrow(true)
            .menu_model(&values)
            .build();
        let drop = gtk::Button::builder()
            .icon_name("window-close-symbolic")
            .build();
        let root = gtk::Box::builder()
            .css_classes(["linked"])
            .visible(false)
            .build();
        root.append(&button);
        root.append(&drop);
        let action = action(facet.name(), "");
        let dropped = action.clone();
        drop.connect_clicked(move |_| choose(&dropped, ""));
        Self {
            root,
            facet,
            action,
            values,
            button,
            drop,
            offered: RefCell::default(),
        }
    }

    /// What is chosen, in words.
    pub(super) fn chosen(&self) -> String {
        state(&self.action).unwrap_or_default()
    }

    /// Offers these values.
    pub(super) fn offer(&self, words: Vec<String>) {
        self.offered.replace(words);
    }

    /// Shows what is chosen; without a choice only where there is room, and something to choose. Returns whether it shows.
    pub(super) fn show_state(&self, is_roomy: bool) -> bool {
        let chosen = self.chosen();
        let is_chosen = !chosen.is_empty();
        self.list(&chosen);
        let title = self.facet.title();
        let label = match is_chosen {
            true => self.facet.label(&chosen),
            false => title.clone(),
        };
        self.button.set_label(&label);
        self.button.set_tooltip_text(Some(&title));
        self.drop.set_visible(is_chosen);
        let drop = gettext_f("Remove “{filter}”", &[("filter", &label)]);
        self.drop.set_tooltip_text(Some(&drop));
        if is_chosen {
            self.button.add_css_class("accent");
        } else {
            self.button.remove_css_class("accent");
        }
        let is_shown = is_chosen || is_roomy && self.is_of_use();
        self.root.set_visible(is_shown);
        is_shown
    }

    /// Whether there is anything to tell apart: two values beside none.
    pub(super) fn is_of_use(&self) -> bool {
        self.values.n_items() > 2
    }

    /// Fills the menu, where that is a change: it may be open. A choice that no title fits any more can be seen all the same.
    fn list(&self, chosen: &str) {
        let mut words = self.offered.borrow().clone();
        if !chosen.is_empty() && !words.iter().any(|word| word == chosen) {
            words.insert(0, chosen.to_owned());
        }
        if !words.is_empty() {
            words.insert(0, String::new());
        }
        let target = |at: i32| {
            let target = self.values.item_attribute_value(at, "target", None)?;
            target.get::<String>()
        };
        let listed: Vec<String> = (0..self.values.n_items()).filter_map(target).collect();
        if listed == words {
            return;
        }
        self.values.remove_all();
        for word in words {
            let label = match word.is_empty() {
                true => self.facet.any(),
                // A line below a letter is for labels of our own.
                false => self.facet.label(&word).replace('_', "__"),
            };
            let item = gio::MenuItem::new(Some(&label), None);
            let name = format!("library.{}", self.facet.name());
            item.set_action_and_target_value(Some(&name), Some(&glib::Variant::from(word)));
            self.values.append_item(&item);
        }
    }
}
