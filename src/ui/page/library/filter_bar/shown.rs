//! What of a library of music is shown: its albums, or the artists whose they are.

use super::words::{ALBUMS, ARTISTS};
use crate::i18n::gettext;

/// The name of a choice.
pub(super) fn shown_word(artists: bool) -> &'static str {
    match artists {
        true => ARTISTS,
        false => ALBUMS,
    }
}

/// The choice as a widget.
pub(super) fn shown() -> adw::ToggleGroup {
    let group = adw::ToggleGroup::builder()
        .css_classes(["round"])
        .halign(gtk::Align::Start)
        .visible(false)
        .build();
    for (name, label) in [(ALBUMS, gettext("Albums")), (ARTISTS, gettext("Artists"))] {
        group.add(adw::Toggle::builder().name(name).label(label).build());
    }
    group
}
