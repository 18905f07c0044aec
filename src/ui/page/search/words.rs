//! What the search says besides titles.

use spool_engine::model::Kind;

use crate::i18n::{gettext, gettext_f};
use crate::ui::widget::status::Empty;

/// Above the titles of a kind.
pub(super) fn heading(kind: Kind) -> String {
    match kind {
        Kind::Movie => gettext("Films"),
        Kind::Show | Kind::Season => gettext("Shows"),
        Kind::Episode => gettext("Episodes"),
        Kind::Artist => gettext("Artists"),
        Kind::Album => gettext("Albums"),
        Kind::Track => gettext("Music"),
        Kind::Video => gettext("Videos"),
    }
}

/// Before anything was typed.
pub(super) fn start() -> Empty {
    Empty {
        icon: "system-search-symbolic",
        title: gettext("Search Everything"),
        detail: gettext(
            "Films, shows, episodes and music of all your sources, also without the network.",
        ),
        action: None,
    }
}

/// Where nothing was found.
pub(super) fn nothing(words: &str) -> Empty {
    Empty {
        icon: "system-search-symbolic",
        title: gettext("No titles found"),
        // Translators: {words} is what the person typed into the search field.
        detail: gettext_f("No source has “{words}”.", &[("words", words)]),
        action: None,
    }
}
