//! The page that shows a server's certificate and asks whether it is the right one.

use adw::prelude::*;
use relm4::{ComponentSender, Sender};
use spool_engine::http::Terms;
use spool_engine::model::{AccountId, RefusedCertificate};

use super::next::Next;
use super::{JellyfinLogin, LoginDone, LoginInput, Step};
use crate::i18n::gettext;
use crate::ui::format;
use crate::user_message::UserMessage;

/// The page's widgets.
#[derive(Debug)]
pub(super) struct CertificatePage {
    group: adw::PreferencesGroup,
    fingerprint: adw::ActionRow,
    next: Next,
    shown: Option<RefusedCertificate>,
}

impl CertificatePage {
    pub(super) fn new(input: &Sender<LoginInput>) -> Self {
        let fingerprint = adw::ActionRow::builder()
            .title(gettext("SHA-256 Fingerprint"))
            .name("fingerprint")
            .subtitle_selectable(true)
            .css_classes(["property", "monospace"])
            .build();
        let group = adw::PreferencesGroup::new();
        group.add(&fingerprint);
        let next = Next::new("accept", &gettext("_Accept This Certificate"));
        // To go back is the safe choice; this one is not pressed by the way.
        next.button.remove_css_class("suggested-action");
        let input = input.clone();
        next.button
            .connect_clicked(move |_| input.emit(LoginInput::CertificateAccepted));
        Self {
            group,
            fingerprint,
            next,
            shown: None,
        }
    }

    pub(super) fn contents(&self) -> [&gtk::Widget; 2] {
        [self.group.upcast_ref(), self.next.column.upcast_ref()]
    }

    pub(super) fn show(&mut self, state: &JellyfinLogin) {
        self.next.show(state, state.step == Step::Certificate);
        let Some(refused) = state.refused.filter(|now| self.shown != Some(*now)) else {
            return;
        };
        let message = UserMessage::from(&refused);
        self.group
            .set_title(&gtk::glib::markup_escape_text(&message.title));
        self.group
            .set_description(Some(&gtk::glib::markup_escape_text(&message.detail)));
        let lines = format::fingerprint(&refused.fingerprint.to_string());
        self.fingerprint.set_subtitle(&lines);
        self.shown = Some(refused);
    }
}

impl JellyfinLogin {
    /// The server of an account that is known: on the terms that hold for it.
    pub(super) fn find_again(&mut self, address: String, sender: &ComponentSender<Self>) {
        let (generation, accounts) = (self.ask(), self.services.engine.accounts.clone());
        let account = self.known_account();
        self.typed = (address.clone(), Terms::default());
        sender.oneshot_command(async move {
            let terms = match account {
                Some(id) => accounts.terms(&id).await,
                None => Terms::default(),
            };
            let found = accounts.find_jellyfin_on(&address, &terms).await;
            LoginDone::Found(generation, terms, found)
        });
    }

    fn known_account(&self) -> Option<AccountId> {
        let (address, user) = &self.known;
        let accounts = self.services.engine.accounts.list();
        let mut known = accounts.iter();
        let known = known.find(|known| known.address == *address && known.user == *user);
        known.map(|known| known.id.clone())
    }

    /// The certificate that was shown is the right one: asks the server again, which may show no other.
    pub(super) fn accept(&mut self, sender: &ComponentSender<Self>) {
        let Some(refused) = self.refused else { return };
        let (address, mut terms) = self.typed.clone();
        terms.pin = Some(refused.fingerprint);
        self.find(address, terms, sender);
    }
}
