//! Where the PIN of somebody is typed, below their face.

use adw::prelude::*;
use gtk::glib;

use crate::i18n::{gettext, gettext_f};

/// Diameter of the face.
const FACE: i32 = 80;

/// A face and an entry.
#[derive(Debug)]
pub(super) struct Pin {
    /// The outermost widget.
    pub(super) root: gtk::Box,
    /// Where it is typed.
    pub(super) entry: adw::PasswordEntryRow,
    face: adw::Avatar,
}

impl Pin {
    /// An empty entry of nobody's.
    pub(super) fn new() -> Self {
        let entry = adw::PasswordEntryRow::builder()
            .title(gettext("PIN"))
            .name("pin")
            .input_purpose(gtk::InputPurpose::Pin)
            .build();
        let face = adw::Avatar::new(FACE, None, true);
        let group = adw::PreferencesGroup::new();
        group.add(&entry);
        let root = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(18)
            .build();
        root.append(&face);
        root.append(&group);
        Self { root, entry, face }
    }

    /// Says whose PIN it is.
    pub(super) fn name(&self, name: &str) {
        // Translators: {name} is the name of a person.
        let title = gettext_f("PIN of {name}", &[("name", name)]);
        self.entry.set_title(&glib::markup_escape_text(&title));
        self.face.set_text(Some(name));
    }
}
