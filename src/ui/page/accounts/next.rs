//! The button that goes on, with a place for what went wrong above it.

use adw::prelude::*;

use super::failure::Failure;
use crate::user_message::UserMessage;

/// The failure and the button below what was typed.
#[derive(Clone, Debug)]
pub(super) struct Next {
    pub(super) column: gtk::Box,
    failure: Failure,
    pub(super) button: gtk::Button,
    spinner: adw::Spinner,
}

impl Next {
    pub(super) fn new(name: &str, label: &str) -> Self {
        let spinner = adw::Spinner::builder().visible(false).build();
        let words = gtk::Label::builder()
            .label(label)
            .use_underline(true)
            .build();
        let line = gtk::Box::builder()
            .spacing(8)
            .halign(gtk::Align::Center)
            .build();
        line.append(&spinner);
        line.append(&words);
        let button = gtk::Button::builder()
            .child(&line)
            .name(name)
            .halign(gtk::Align::Center)
            .sensitive(false)
            .css_classes(["pill", "suggested-action"])
            .build();
        words.set_mnemonic_widget(Some(&button));
        button.update_property(&[gtk::accessible::Property::Label(&label.replace('_', ""))]);
        let failure = Failure::new();
        let column = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(18)
            .build();
        column.append(&failure.root);
        column.append(&button);
        Self {
            column,
            failure,
            button,
            spinner,
        }
    }

    /// Says what failed, shows whether something is under way, and lets the button be pressed when all is `ready` for it.
    pub(super) fn show(&self, failure: Option<&UserMessage>, busy: bool, ready: bool) {
        self.failure.set(failure);
        self.spinner.set_visible(busy);
        self.button.set_sensitive(ready && !busy);
    }
}
