//! Sentences about certificates of servers.

use spool_engine::model::{CertificateFault, RefusedCertificate};
use spool_engine::recovery::Recovery;

use super::UserMessage;
use crate::i18n::gettext;

impl From<&RefusedCertificate> for UserMessage {
    fn from(refused: &RefusedCertificate) -> Self {
        let (title, detail) = match refused.fault {
            CertificateFault::Expired => (
                gettext("The server’s certificate has expired"),
                gettext("Its owner has to renew it. Check that this computer’s date is right."),
            ),
            CertificateFault::NotYetValid => (
                gettext("The server’s certificate is not valid yet"),
                gettext("Check that the dates of this computer and of the server are right."),
            ),
            CertificateFault::WrongName => (
                gettext("The certificate belongs to another server"),
                gettext("It was made for another name than the address you use."),
            ),
            CertificateFault::SelfSigned => (
                gettext("The server vouches for itself"),
                gettext(
                    "Nobody else has signed its certificate. Accept it only if its fingerprint is the one that your server shows.",
                ),
            ),
            CertificateFault::UnknownAuthority => (
                gettext("Nobody known vouches for the server"),
                gettext(
                    "This computer does not know the authority that has signed its certificate.",
                ),
            ),
            CertificateFault::Changed => (
                gettext("The server’s certificate has changed"),
                gettext(
                    "It is not the one that you accepted. Accept the new one only if you know why it changed.",
                ),
            ),
            CertificateFault::Revoked => (
                gettext("The server’s certificate was taken back"),
                gettext("Its authority does not vouch for it any more."),
            ),
            CertificateFault::Unsuitable => (
                gettext("The server’s certificate is no good"),
                gettext("It is broken, too weak, or meant for something else."),
            ),
        };
        Self::new(title, detail, Recovery::GiveUp)
    }
}
