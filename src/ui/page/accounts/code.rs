//! A code that is read here and typed elsewhere: large, sign by sign, with a button that copies it.

use adw::prelude::*;
use gtk::accessible::Property;

use crate::i18n::{gettext, gettext_f};

/// Space between two signs, in points.
const APART: i32 = 5;

/// The code and its button.
#[derive(Debug)]
pub(super) struct Code {
    /// The outermost widget.
    pub(super) root: gtk::Box,
    label: gtk::Label,
}

impl Code {
    /// A line without a code.
    pub(super) fn new() -> Self {
        let label = gtk::Label::builder()
            .selectable(true)
            .name("code")
            .css_classes(["title-1", "numeric"])
            .build();
        let attributes = gtk::pango::AttrList::new();
        attributes.insert(gtk::pango::AttrInt::new_letter_spacing(
            APART * gtk::pango::SCALE,
        ));
        label.set_attributes(Some(&attributes));
        let copy = gtk::Button::builder()
            .icon_name("edit-copy-symbolic")
            .tooltip_text(gettext("Copy Code"))
            .name("copy-code")
            .valign(gtk::Align::Center)
            .css_classes(["flat", "circular"])
            .build();
        let shown = label.clone();
        copy.connect_clicked(move |button| button.clipboard().set_text(&shown.text()));
        let root = gtk::Box::builder()
            .spacing(6)
            .halign(gtk::Align::Center)
            .build();
        root.append(&label);
        root.append(&copy);
        Self { root, label }
    }

    /// Shows a code; a screen reader spells it.
    pub(super) fn show(&self, code: &str) {
        if self.label.text() == code {
            return;
        }
        self.label.set_label(code);
        let signs: Vec<String> = code.chars().map(String::from).collect();
        // Translators: {digits} are the digits of a code, one by one.
        let spoken = gettext_f("Code {digits}", &[("digits", &signs.join(" "))]);
        self.label.update_property(&[Property::Label(&spoken)]);
    }
}
