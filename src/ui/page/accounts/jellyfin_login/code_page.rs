//! The page with the code of Quick Connect.

use adw::prelude::*;
use relm4::Sender;

use super::super::code::Code;
use super::super::failure::Failure;
use super::view::column;
use super::{JellyfinLogin, LoginInput, Step};
use crate::i18n::{gettext, gettext_f};

/// A code, large, and what is waited for.
#[derive(Debug)]
pub(super) struct CodePage {
    pub(super) root: gtk::Box,
    words: gtk::Label,
    code: Code,
    waiting: gtk::Box,
    failure: Failure,
    again: gtk::Button,
}

impl CodePage {
    pub(super) fn new(input: &Sender<LoginInput>) -> Self {
        let words = text(&[]);
        let code = Code::new();
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
            code.root.upcast_ref(),
            waiting.upcast_ref(),
            failure.root.upcast_ref(),
            again.upcast_ref(),
        ]);
        // Little text and no list: it stands in the middle rather than above an empty half.
        root.set_valign(gtk::Align::Center);
        Self {
            root,
            words,
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
        if let Some(code) = code {
            self.code.show(&code.code);
        }
        self.words.set_visible(code.is_some());
        self.code.root.set_visible(code.is_some());
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
