//! The menus of the sidebar's header bar.

use gtk::gio;

use super::actions::Action;
use crate::i18n::gettext;

/// The main menu.
pub(super) fn main() -> gio::MenuModel {
    let menu = gio::Menu::new();
    menu.append_section(
        None,
        &section(&[
            (gettext("_Sources"), Action::Sources),
            (gettext("Look for _New Titles"), Action::Refresh),
        ]),
    );
    menu.append_section(
        None,
        &section(&[
            (gettext("_Preferences"), Action::Preferences),
            (gettext("_Keyboard Shortcuts"), Action::Shortcuts),
            (gettext("_About Spool"), Action::About),
        ]),
    );
    menu.into()
}

/// The doors to another source.
pub(super) fn add() -> gio::MenuModel {
    section(&[
        (gettext("Sign in to _Jellyfin…"), Action::SignIn),
        (gettext("Sign in to _Plex…"), Action::SignInPlex),
        (gettext("Add a _Folder…"), Action::AddFolder),
    ])
    .into()
}

fn section(entries: &[(String, Action)]) -> gio::Menu {
    let menu = gio::Menu::new();
    for (label, action) in entries {
        menu.append(Some(label), Some(&action.detailed_name()));
    }
    menu
}
