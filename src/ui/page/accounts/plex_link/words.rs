//! What the dialog for Plex says where no error of the engine's says it.

use spool_engine::accounts::PlexLink as Link;
use spool_engine::model::RefusedCertificate;
use spool_engine::recovery::Recovery;

use crate::i18n::{gettext, gettext_f};
use crate::user_message::UserMessage;

pub(super) fn no_browser(link: &Link) -> UserMessage {
    UserMessage {
        title: gettext("No browser could be opened"),
        // Translators: {place} is an address such as plex.tv/link.
        detail: gettext_f(
            "Type the code at {place} on any device instead.",
            &[("place", &link.place)],
        ),
        recovery: Recovery::GiveUp,
    }
}

pub(super) fn no_server() -> UserMessage {
    UserMessage {
        title: gettext("No server there"),
        detail: gettext("plex.tv lists no media server that this user may use."),
        recovery: Recovery::GiveUp,
    }
}

pub(super) fn not_plex_tv(refused: &RefusedCertificate) -> UserMessage {
    UserMessage {
        title: gettext("This is not plex.tv"),
        // Translators: {reason} is a sentence such as "The server vouches for itself".
        detail: gettext_f(
            "{reason}. Something in between answers in its place, so nothing was sent. A network that asks for a sign-in in the browser may do so.",
            &[("reason", &UserMessage::from(refused).title)],
        ),
        recovery: Recovery::GiveUp,
    }
}

pub(super) fn slow_keyring() -> String {
    gettext(
        "The keyring, the usual safe place for a sign-in, does not answer. If it asks for its password, answer it, or choose another place.",
    )
}
