//! The last steps: the server that was chosen is added, on its certificate where the person accepts it.

use relm4::ComponentSender;
use spool_engine::accounts::AccountError;
use spool_engine::http::Terms;
use spool_engine::model::{Account, RefusedCertificate};
use spool_engine::secret::Keep;
use spool_engine::source::SourceError;

use super::super::AddOutput;
use super::super::certificate::Shown;
use super::{PlexDone, PlexLogin, PlexStep};
use crate::user_message::UserMessage;

impl PlexLogin {
    pub(super) fn add(&mut self, server: String, keep: Keep, sender: &ComponentSender<Self>) {
        let Some(entry) = self.chosen.clone() else {
            return;
        };
        self.server = Some(server.clone());
        self.keep = keep;
        let (accounts, terms) = (self.services.engine.accounts.clone(), self.terms.clone());
        let add = |now| async move {
            let added = accounts.add_plex_on(&entry, &server, &terms, keep).await;
            PlexDone::Added(now, added)
        };
        self.ask(add, sender);
    }

    pub(super) fn added(
        &mut self,
        account: Result<Account, AccountError>,
        sender: &ComponentSender<Self>,
    ) {
        self.busy = false;
        match account {
            Ok(account) => {
                self.finished = true;
                // The parent outlives its dialogs.
                sender.output(AddOutput::Added(account)).ok();
            }
            Err(AccountError::Secret(error)) if self.keep == Keep::Service => {
                tracing::info!(%error, "no keyring keeps the sign-in");
                self.reason = UserMessage::from(&error).detail;
                self.step = PlexStep::Keep;
            }
            Err(AccountError::Source(SourceError::Certificate(refused)))
                if self.is_a_question(&refused) =>
            {
                self.refused = Some(refused);
                self.step = PlexStep::Certificate;
            }
            Err(error) => self.fail(&error),
        }
    }

    /// Whether a person may decide about a certificate. Of an address that is none of the server's owner's own, such as one
    /// under plex.direct, it stays refused also when it was accepted.
    fn is_a_question(&self, refused: &RefusedCertificate) -> bool {
        refused.fault.can_be_accepted() && self.terms.pin != Some(refused.fingerprint)
    }

    /// The certificate that was shown is the right one: asks the server again, which may show no other.
    pub(super) fn accept(&mut self, sender: &ComponentSender<Self>) {
        let (Some(refused), Some(server)) = (self.refused, self.server.clone()) else {
            return;
        };
        self.terms.pin = Some(refused.fingerprint);
        self.add(server, self.keep, sender);
    }

    /// The certificate that the person is asked about.
    pub(super) fn certificate(&self) -> Option<Shown> {
        let refused = self
            .refused
            .filter(|_| self.step == PlexStep::Certificate)?;
        let (entry, id) = (self.chosen.as_ref()?, self.server.as_ref()?);
        let mut servers = entry.servers.iter();
        let server = servers.find(|server| server.machine_id == *id)?;
        Some(Shown {
            server: server.name.clone(),
            refused,
            former: self.terms.pin,
        })
    }

    pub(super) fn forget_server(&mut self) {
        self.server = None;
        self.terms = Terms::default();
        self.refused = None;
    }
}
