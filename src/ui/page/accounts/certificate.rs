//! The page that shows a server's certificate which was refused, and asks whether it is the right one.

use adw::prelude::*;
use gtk::glib;
use spool_engine::model::{Fingerprint, RefusedCertificate};

use super::next::Next;
use crate::i18n::gettext;
use crate::ui::format;
use crate::user_message::UserMessage;

/// What the page is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    /// The server: its name or the address that was typed.
    pub(super) server: String,
    /// Its certificate, and what is wrong with it.
    pub(super) refused: RefusedCertificate,
    /// The certificate that was accepted for it before, where there is one.
    pub(super) former: Option<Fingerprint>,
}

/// The page's widgets.
#[derive(Debug)]
pub(super) struct CertificatePage {
    group: adw::PreferencesGroup,
    server: adw::ActionRow,
    fingerprint: adw::ActionRow,
    former: adw::ActionRow,
    next: Next,
    shown: Option<Shown>,
}

impl CertificatePage {
    /// A page about nothing yet; `accept` is called when the person accepts what is shown.
    pub(super) fn new(accept: impl Fn() + 'static) -> Self {
        let server = fact("certificate-server", &gettext("Server"));
        let fingerprint = fact("fingerprint", &gettext("SHA-256 Fingerprint"));
        fingerprint.add_css_class("monospace");
        fingerprint.add_suffix(&copy_button(&fingerprint));
        let former = fact("former-fingerprint", &gettext("Accepted Before"));
        former.add_css_class("monospace");
        let group = adw::PreferencesGroup::new();
        for row in [&server, &fingerprint, &former] {
            group.add(row);
        }
        let next = Next::new("accept", &gettext("_Accept This Certificate"));
        // To go back is the safe choice; this one is not pressed by the way.
        next.button.remove_css_class("suggested-action");
        next.button.connect_clicked(move |_| accept());
        Self {
            group,
            server,
            fingerprint,
            former,
            next,
            shown: None,
        }
    }

    /// What the page consists of, from above.
    pub(super) fn contents(&self) -> [&gtk::Widget; 2] {
        [self.group.upcast_ref(), self.next.column.upcast_ref()]
    }

    /// Shows a certificate, or the one before while there is none; `busy` while the server is asked again.
    pub(super) fn show(&mut self, now: Option<Shown>, failure: Option<&UserMessage>, busy: bool) {
        self.next.show(failure, busy, now.is_some());
        // What was accepted stays in sight until the server has answered.
        let Some(now) = now.filter(|now| !busy && self.shown.as_ref() != Some(now)) else {
            return;
        };
        let message = UserMessage::from(&now.refused);
        self.group
            .set_title(&glib::markup_escape_text(&message.title));
        self.group
            .set_description(Some(&glib::markup_escape_text(&message.detail)));
        self.server
            .set_subtitle(&glib::markup_escape_text(&now.server));
        self.fingerprint
            .set_subtitle(&lines(&now.refused.fingerprint));
        let former = now
            .former
            .filter(|former| *former != now.refused.fingerprint);
        self.former.set_visible(former.is_some());
        if let Some(former) = former {
            self.former.set_subtitle(&lines(&former));
        }
        self.shown = Some(now);
    }
}

/// Copies what a row says.
fn copy_button(row: &adw::ActionRow) -> gtk::Button {
    let button = gtk::Button::builder()
        .icon_name("edit-copy-symbolic")
        .tooltip_text(gettext("Copy Fingerprint"))
        .name("copy-fingerprint")
        .valign(gtk::Align::Center)
        .css_classes(["flat", "circular"])
        .build();
    let row = row.downgrade();
    button.connect_clicked(move |button| {
        let shown = row.upgrade().and_then(|row| row.subtitle());
        let whole = shown.unwrap_or_default().replace('\n', ":");
        button.clipboard().set_text(&whole);
    });
    button
}

fn lines(fingerprint: &Fingerprint) -> String {
    format::fingerprint(&fingerprint.to_string())
}

fn fact(name: &str, title: &str) -> adw::ActionRow {
    adw::ActionRow::builder()
        .title(title)
        .name(name)
        .focusable(false)
        .css_classes(["property"])
        .build()
}
