//! What is told of a title; of an artist, whose life is a long story, folded.

use std::cell::Cell;
use std::rc::Rc;

use adw::prelude::*;

use crate::i18n::gettext;

/// Lines that are seen of what is folded.
const FOLDED: i32 = 4;
/// Shorter words fit into those lines on most screens, and are not folded.
const SHORT: usize = 320;

/// The text and the button that unfolds it.
#[derive(Clone, Debug)]
pub(super) struct Overview {
    pub(super) root: gtk::Box,
    text: gtk::Label,
    more: gtk::Button,
    is_folded: Rc<Cell<bool>>,
}

impl Overview {
    pub(super) fn new() -> Self {
        let text = gtk::Label::builder()
            .xalign(0.0)
            .wrap(true)
            .selectable(true)
            .css_classes(["body"])
            .build();
        // Selectable text takes the focus when a page opens; the button that plays should have it.
        text.set_can_focus(false);
        let more = gtk::Button::builder()
            .halign(gtk::Align::Start)
            .use_underline(true)
            .css_classes(["flat"])
            .build();
        let root = gtk::Box::new(gtk::Orientation::Vertical, 6);
        root.append(&text);
        root.append(&more);
        let overview = Self {
            root,
            text,
            more,
            is_folded: Rc::default(),
        };
        let (text, is_folded) = (overview.text.downgrade(), Rc::clone(&overview.is_folded));
        overview.more.connect_clicked(move |more| {
            is_folded.set(!is_folded.get());
            if let Some(text) = text.upgrade() {
                fold(&text, more, is_folded.get());
            }
        });
        overview
    }

    /// Shows a text, folded if it may be and is long. What a person unfolded stays so.
    pub(super) fn show(&self, words: &str, may_fold: bool) {
        let is_new = self.text.text() != words;
        let folds = may_fold && words.chars().count() > SHORT;
        if is_new {
            self.text.set_text(words);
            self.is_folded.set(folds);
        }
        fold(&self.text, &self.more, self.is_folded.get());
        self.more.set_visible(folds);
        self.root.set_visible(!words.is_empty());
    }
}

fn fold(text: &gtk::Label, more: &gtk::Button, is_folded: bool) {
    let (lines, ellipsize) = match is_folded {
        true => (FOLDED, gtk::pango::EllipsizeMode::End),
        false => (-1, gtk::pango::EllipsizeMode::None),
    };
    text.set_lines(lines);
    text.set_ellipsize(ellipsize);
    more.set_label(&match is_folded {
        // Translators: shows the rest of a long text.
        true => gettext("Show _More"),
        // Translators: shows only the first lines of a long text.
        false => gettext("Show _Less"),
    });
}
