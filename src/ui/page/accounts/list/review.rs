//! The page above the list that shows a certificate which a source's server has now, and asks whether it is the right one.

use adw::prelude::*;
use relm4::Sender;
use relm4::prelude::*;
use spool_engine::accounts::AccountError;
use spool_engine::model::{Account, AccountId, RefusedCertificate};
use spool_engine::source::SourceError;

use super::super::certificate::{CertificatePage, Shown};
use super::super::jellyfin_login::view::{column, page};
use super::{SourcesDialog, SourcesDone, SourcesInput};
use crate::i18n::gettext;
use crate::user_message::UserMessage;

/// A certificate that the person looks at.
#[derive(Debug)]
pub(super) struct Review {
    id: AccountId,
    shown: Shown,
    busy: bool,
    failure: Option<UserMessage>,
}

/// The page and its place above the list.
#[derive(Debug)]
pub(super) struct ReviewPage {
    root: adw::NavigationPage,
    certificate: CertificatePage,
    /// It lies above the list.
    above: bool,
}

impl ReviewPage {
    pub(super) fn new(input: &Sender<SourcesInput>) -> Self {
        let accepted = input.clone();
        let certificate = CertificatePage::new(move || accepted.emit(SourcesInput::Accept));
        let content = column(&certificate.contents());
        let root = page("review", &gettext("Is This Your Server?"), &content);
        let left = input.clone();
        root.connect_hidden(move |_| left.emit(SourcesInput::ReviewLeft));
        Self {
            root,
            certificate,
            above: false,
        }
    }

    pub(super) fn show(&mut self, review: Option<&Review>, dialog: &adw::PreferencesDialog) {
        let above = review.is_some();
        match (std::mem::replace(&mut self.above, above), review) {
            (false, Some(_)) => dialog.push_subpage(&self.root),
            (true, None) => {
                dialog.pop_subpage();
            }
            _ => {}
        }
        let Some(review) = review else { return };
        let shown = Some(review.shown.clone());
        self.certificate
            .show(shown, review.failure.as_ref(), review.busy);
    }
}

impl SourcesDialog {
    /// Shows the certificate of an account's server, where there is one to decide about.
    pub(super) fn review(&mut self, id: &AccountId) {
        let Some(account) = self.account(id) else {
            return;
        };
        self.review = account.refused().map(|refused| Review {
            id: id.clone(),
            shown: shown(account, refused),
            busy: false,
            failure: None,
        });
    }

    /// The accounts have changed: so may have what the server shows. One that is connected again needs no decision.
    pub(super) fn follow_review(&mut self) {
        let Some(review) = self.review.as_ref().filter(|review| !review.busy) else {
            return;
        };
        let id = review.id.clone();
        match self
            .account(&id)
            .map(|account| (account, account.refused()))
        {
            Some((account, Some(refused))) => {
                let now = shown(account, refused);
                if let Some(review) = self.review.as_mut().filter(|review| review.shown != now) {
                    review.shown = now;
                    review.failure = None;
                }
            }
            _ => self.review = None,
        }
    }

    /// The certificate that is shown is the right one: the server is asked on its terms.
    pub(super) fn accept(&mut self, sender: &ComponentSender<Self>) {
        let Some(review) = &mut self.review else {
            return;
        };
        (review.busy, review.failure) = (true, None);
        let (id, fingerprint) = (review.id.clone(), review.shown.refused.fingerprint);
        let accounts = self.services.engine.accounts.clone();
        sender.oneshot_command(async move {
            let accepted = accounts.accept_certificate(&id, Some(fingerprint)).await;
            SourcesDone::Accepted(id, accepted)
        });
    }

    pub(super) fn accepted(&mut self, id: &AccountId, outcome: Result<Account, AccountError>) {
        let Some(review) = self.review.as_mut().filter(|review| review.id == *id) else {
            return;
        };
        review.busy = false;
        match outcome {
            Ok(_) => self.review = None,
            Err(AccountError::Source(SourceError::Certificate(now)))
                if now.fingerprint != review.shown.refused.fingerprint =>
            {
                // It has changed once more meanwhile: that one was not looked at.
                review.shown.refused = now;
            }
            Err(error) => review.failure = Some(UserMessage::from(&error)),
        }
    }
}

fn shown(account: &Account, refused: RefusedCertificate) -> Shown {
    let parts = [account.name.as_str(), account.address.as_str()];
    let parts = parts.into_iter().filter(|part| !part.is_empty());
    Shown {
        server: parts.collect::<Vec<_>>().join("\n"),
        refused,
        former: account.fingerprint,
    }
}
