//! The way back to a server: of an account that is known, or once its certificate is accepted.

use relm4::ComponentSender;
use spool_engine::http::Terms;
use spool_engine::model::AccountId;

use super::super::certificate::Shown;
use super::{JellyfinLogin, LoginDone, Step};

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

    /// The certificate that the person is asked about.
    pub(super) fn certificate(&self) -> Option<Shown> {
        let refused = self.refused.filter(|_| self.step == Step::Certificate)?;
        Some(Shown {
            server: self.typed.0.clone(),
            refused,
            former: self.typed.1.pin,
        })
    }

    /// The certificate that was shown is the right one: asks the server again, which may show no other.
    pub(super) fn accept(&mut self, sender: &ComponentSender<Self>) {
        let Some(refused) = self.refused else { return };
        let (address, mut terms) = self.typed.clone();
        terms.pin = Some(refused.fingerprint);
        self.find(address, terms, sender);
    }
}
