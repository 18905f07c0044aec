//! The page with the code of Quick Connect.

use adw::prelude::*;
use gtk::accessible::Property;
use relm4::Sender;

use super::super::failure::Failure;
use super::view::column;
use super::{JellyfinLogin, LoginInput, Step};
use crate::i18n::{gettext, gettext_f};

/// A code, large, and what is waited for.
#[derive(Debug)]
pub(super) struct CodePage {
    pub(super) root: gtk::Box,
    words: gtk::Label,
    line: gtk::Box,
    code: gtk::Label,
    waiting: gtk::Box,
    failure: Failure,
    again: gtk::Button,
}

impl CodePage {
    pub(super) fn new(input: &Sender<LoginInput>) -> Self {
        let words = text(&[]);
        let code = text(&["title-1", "numeric"]);
        code.set_selectable(true);
        code.set_widget_name("code");
        let copy = gtk::Button::builder()
            .icon_name("edit-copy-symbolic")
            .tooltip_text(gettext("Copy Code"))
            .name("copy-code")
            .valign(gtk::Align::Center)
            .css_classes(["flat", "circular"])
            .build();
        let shown = code.clone();
        copy.connect_clicked(move |button| button.clipboard().set_text(&shown.text()));
        let line = gtk::Box::builder()
            .spacing(6)
            .halign(gtk::Align::Center)
            .build();
        line.append(&code);
        line.append(&copy);
        let waiting = gtk::Box::builder()
            .spacing(8)
            .halign(gtk::Align::Center)
            .name("waiting")
            .build();
        let sentence = text(&["dim-label"]);
        sentence.set_label(&gettext("Waiting for you to type it…"));
        waiting.append(&adw::Spinner::new());
        waiting.append(&sentence);
        let again = gtk::Button::builder()
            .label(gettext("Get a _New Code"))
            .use_underline(true)
            .name("new-code")
            .halign(gtk::Align::Center)
            .css_classes(["pill", "suggested-action"])
            .build();
        let sender = input.clone();
        again.connect_clicked(move |_| sender.emit(LoginInput::QuickChosen));
        let failure = Failure::new();
        let root = column(&[
            words.upcast_ref(),
            line.upcast_ref(),
            waiting.upcast_ref(),
            failure.root.upcast_ref(),
            again.upcast_ref(),
        ]);
        Self {
            root,
            words,
            line,
            code,
            waiting,
            failure,
            again,
        }
    }

    pub(super) fn show(&self, state: &JellyfinLogin) {
        let here = state.step == Step::Quick;
        if let Some(server) = &state.server {
            // Translators: {server} is the name of a Jellyfin server.
            let words = gettext_f(
                "Where you are signed in to {server} already, open your user’s settings, choose Quick Connect and type this code:",
                &[("server", &server.name)],
            );
            self.words.set_label(&words);
        }
        let code = state.quick.code.as_ref();
        if let Some(code) = code.filter(|code| self.code.text() != code.code.as_str()) {
            self.code.set_label(&code.code);
            // Digit by digit: it is no number.
            let digits: Vec<String> = code.code.chars().map(String::from).collect();
            // Translators: {digits} are the digits of a code, one by one.
            let spoken = gettext_f("Code {digits}", &[("digits", &digits.join(" "))]);
            self.code.update_property(&[Property::Label(&spoken)]);
        }
        self.words.set_visible(code.is_some());
        self.line.set_visible(code.is_some());
        self.waiting.set_visible(here && state.busy);
        self.again.set_visible(here && !state.busy);
        self.failure.set(state.failure.as_ref().filter(|_| here));
    }
}

fn text(classes: &[&str]) -> gtk::Label {
    gtk::Label::builder()
        .wrap(true)
        .justify(gtk::Justification::Center)
        .css_classes(classes.to_vec())
        .build()
}
