//! Sentences about adding an account.

use spool_engine::accounts::AccountError;
use spool_engine::recovery::Recovery;
use spool_engine::secret::SecretError;

use super::{UserMessage, database};
use crate::i18n::{gettext, gettext_f};

impl From<&AccountError> for UserMessage {
    fn from(error: &AccountError) -> Self {
        let (title, detail) = match error {
            AccountError::InvalidAddress => (
                gettext("That is not an address"),
                gettext(
                    "Type the address of your server, such as “nas:8096” or “https://media.example.org”.",
                ),
            ),
            AccountError::NotAServer => (
                gettext("No Jellyfin server there"),
                gettext(
                    "Something answers at this address, but it is not a Jellyfin server. Check the port and path.",
                ),
            ),
            AccountError::TooOld(version) => (
                gettext("The server is too old"),
                // Translators: {version} is a version such as 10.8.13.
                gettext_f(
                    "It runs Jellyfin {version}. Spool works with 10.10 and later.",
                    &[("version", version)],
                ),
            ),
            AccountError::WrongPassword => (
                gettext("Wrong name or password"),
                gettext("Check both and try again."),
            ),
            AccountError::NotAllowed => (
                gettext("Not allowed"),
                gettext("The server does not let this user sign in from here."),
            ),
            AccountError::CodeSignInOff => (
                gettext("Quick Connect is switched off"),
                gettext("This server lets nobody in by a code. Sign in with name and password."),
            ),
            AccountError::CodeExpired => (
                gettext("The code has run out"),
                gettext("Nobody confirmed it in time. Ask for a new one."),
            ),
            AccountError::WrongPin => (
                gettext("Wrong PIN"),
                gettext("Type the PIN of this user, as on plex.tv."),
            ),
            AccountError::NoChoice => (
                gettext("Not there to choose"),
                gettext("plex.tv does not list this server or user any more."),
            ),
            AccountError::Folder(_) => (
                gettext("The folder cannot be read"),
                gettext("It does not exist, or you may not open it."),
            ),
            AccountError::Duplicate(_) => (
                gettext("Already there"),
                gettext("This is already one of your sources."),
            ),
            AccountError::Secret(error) => return error.into(),
            AccountError::Source(error) => return error.into(),
            AccountError::Store(_) => return database(),
        };
        Self::new(title, detail, Recovery::GiveUp)
    }
}

impl From<&SecretError> for UserMessage {
    fn from(error: &SecretError) -> Self {
        let (title, detail) = match error {
            SecretError::Unavailable => (
                gettext("No keyring is available"),
                gettext("This session has no keyring, the usual safe place for a sign-in."),
            ),
            SecretError::Locked => (
                gettext("The keyring is locked"),
                gettext("Unlock it, then try again."),
            ),
            SecretError::Failed(_) => (
                gettext("The keyring failed"),
                gettext("The service that keeps passwords could not keep the sign-in."),
            ),
        };
        Self::new(title, detail, Recovery::Retry)
    }
}
