//! A failure said in place, below what was typed.

use adw::prelude::*;

use crate::user_message::UserMessage;

/// A short text in the colour of errors, hidden while there is nothing to say.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The outermost widget.
    pub root: gtk::Box,
    title: gtk::Label,
    detail: gtk::Label,
}

impl Failure {
    /// One that says nothing.
    #[must_use]
    pub fn new() -> Self {
        let line = |class: &str| {
            gtk::Label::builder()
                .wrap(true)
                .xalign(0.0)
                .css_classes([class])
                .build()
        };
        let (title, detail) = (line("heading"), line("body"));
        title.add_css_class("error");
        let root = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(3)
            .name("failure")
            .accessible_role(gtk::AccessibleRole::Alert)
            .visible(false)
            .build();
        root.append(&title);
        root.append(&detail);
        Self {
            root,
            title,
            detail,
        }
    }

    /// Says this, or nothing.
    pub fn set(&self, message: Option<&UserMessage>) {
        if let Some(message) = message {
            self.title.set_label(&message.title);
            self.detail.set_label(&message.detail);
            self.detail.set_visible(!message.detail.is_empty());
        }
        self.root.set_visible(message.is_some());
    }
}

impl Default for Failure {
    fn default() -> Self {
        Self::new()
    }
}
