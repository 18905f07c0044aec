//! The button that chooses among the files of a title, where a server has several.

use std::cell::RefCell;

use adw::prelude::*;
use gtk::{gio, glib};
use spool_engine::model::Item;

use crate::i18n::{gettext, gettext_f};
use crate::ui::version::{Version, versions};

/// Prefix of the action.
const GROUP: &str = "version";
/// A name longer than this, in letters, is cut short on the button; its menu has room.
const LETTERS: i32 = 18;

/// The button, with a menu of versions.
#[derive(Debug)]
pub(super) struct Versions {
    /// Hidden where there is no choice.
    pub(super) root: gtk::MenuButton,
    name: gtk::Label,
    menu: gio::Menu,
    choice: gio::SimpleAction,
    shown: RefCell<Vec<Version>>,
}

impl Versions {
    /// A button without a menu.
    pub(super) fn new() -> Self {
        let name = gtk::Label::builder()
            .ellipsize(gtk::pango::EllipsizeMode::End)
            .max_width_chars(LETTERS)
            .build();
        let line = gtk::Box::new(gtk::Orientation::Horizontal, 6);
        line.append(&name);
        line.append(&gtk::Image::from_icon_name("pan-down-symbolic"));
        let menu = gio::Menu::new();
        let root = gtk::MenuButton::builder()
            .child(&line)
            .menu_model(&menu)
            .tooltip_text(gettext("Version"))
            .css_classes(["pill", "compact"])
            .visible(false)
            .build();
        let text = glib::VariantTy::STRING;
        let choice = gio::SimpleAction::new_stateful("choose", Some(text), &"".to_variant());
        let actions = gio::SimpleActionGroup::new();
        actions.add_action(&choice);
        root.insert_action_group(GROUP, Some(&actions));
        Self {
            root,
            name,
            menu,
            choice,
            shown: RefCell::default(),
        }
    }

    /// Says who is told the key of the file that a person chose.
    pub(super) fn connect_chosen(&self, on_chosen: impl Fn(String) + 'static) {
        // The mark moves when the page has heard of it.
        self.choice.connect_activate(move |_, target| {
            if let Some(key) = target.and_then(|target| target.str()) {
                on_chosen(key.to_owned());
            }
        });
    }

    /// Offers the files of a title, and marks the first.
    pub(super) fn show(&self, item: &Item) {
        let all = versions(item);
        let first = item.parts.first().map(|part| part.id.key());
        let plays = all
            .iter()
            .find(|version| Some(version.key.as_str()) == first);
        self.root.set_visible(plays.is_some());
        let Some(plays) = plays else { return };
        self.name.set_label(&plays.name);
        self.choice.set_state(&plays.key.to_variant());
        // Translators: which of a film's files plays; {name} as in "1080p, H.264, 8 GB".
        let said = gettext_f("Version: {name}", &[("name", &plays.label)]);
        let property = gtk::accessible::Property::Label(&said);
        self.root.update_property(&[property]);
        if *self.shown.borrow() != all {
            self.menu.remove_all();
            for version in &all {
                let label = version.label.replace('_', "__");
                let line = gio::MenuItem::new(Some(&label), None);
                let action = format!("{GROUP}.choose");
                line.set_action_and_target_value(Some(&action), Some(&version.key.to_variant()));
                self.menu.append_item(&line);
            }
            self.shown.replace(all);
        }
    }
}
