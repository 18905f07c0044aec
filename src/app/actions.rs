//! Everything that a key or a menu entry can ask of the window: name, keys and words in one enum.

use adw::prelude::*;
use gtk::gio;

use crate::i18n::gettext;

/// Something that a key or a menu entry can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Sign in to a Jellyfin server.
    SignIn,
    /// Sign in to Plex.
    SignInPlex,
    /// Add a folder of this computer.
    AddFolder,
    /// The list of sources.
    Sources,
    /// Ask all sources what is new.
    Refresh,
    /// The preferences.
    Preferences,
    /// The list of keys.
    Shortcuts,
    /// The about dialog.
    About,
    /// Search in the library that is shown, elsewhere in everything.
    Search,
    /// Search in everything.
    SearchAll,
    /// The Home page.
    Home,
    /// One page back.
    Back,
    /// Fill the screen, or not.
    Fullscreen,
    /// Close the player, or the window.
    Close,
    /// End the program.
    Quit,
}

impl Action {
    /// All of them, in the order of the list of keys.
    pub const ALL: [Self; 15] = [
        Self::Search,
        Self::SearchAll,
        Self::Home,
        Self::Back,
        Self::Refresh,
        Self::Fullscreen,
        Self::AddFolder,
        Self::SignIn,
        Self::SignInPlex,
        Self::Sources,
        Self::Preferences,
        Self::Shortcuts,
        Self::About,
        Self::Close,
        Self::Quit,
    ];

    /// Its name among the window's actions.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::SignInPlex => "sign-in-plex",
            Self::AddFolder => "add-folder",
            Self::Sources => "sources",
            Self::Refresh => "refresh",
            Self::Preferences => "preferences",
            Self::Shortcuts => "shortcuts",
            Self::About => "about",
            Self::Search => "search",
            Self::SearchAll => "search-all",
            Self::Home => "home",
            Self::Back => "back",
            Self::Fullscreen => "fullscreen",
            Self::Close => "close",
            Self::Quit => "quit",
        }
    }

    /// Its name for menus and accelerators.
    #[must_use]
    pub fn detailed_name(self) -> String {
        format!("win.{}", self.name())
    }

    /// Its keys; the first is the one shown.
    #[must_use]
    pub fn keys(self) -> &'static [&'static str] {
        match self {
            Self::SignIn | Self::SignInPlex | Self::AddFolder | Self::Sources | Self::About => &[],
            Self::Refresh => &["<Control>r", "F5"],
            Self::Preferences => &["<Control>comma"],
            Self::Shortcuts => &["<Control>question"],
            Self::Search => &["<Control>f"],
            Self::SearchAll => &["<Control><Shift>f"],
            Self::Home => &["<Alt>Home"],
            Self::Back => &["<Alt>Left"],
            Self::Fullscreen => &["F11"],
            Self::Close => &["<Control>w"],
            Self::Quit => &["<Control>q"],
        }
    }

    /// What it does, for the list of keys.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::SignIn => gettext("Sign in to Jellyfin"),
            Self::SignInPlex => gettext("Sign in to Plex"),
            Self::AddFolder => gettext("Add a folder"),
            Self::Sources => gettext("Sources"),
            Self::Refresh => gettext("Look for new titles"),
            Self::Preferences => gettext("Preferences"),
            Self::Shortcuts => gettext("Keyboard shortcuts"),
            Self::About => gettext("About Spool"),
            Self::Search => gettext("Search, in a library only there"),
            Self::SearchAll => gettext("Search everywhere"),
            Self::Home => gettext("Go to Home"),
            Self::Back => gettext("Go back"),
            Self::Fullscreen => gettext("Fill the screen"),
            Self::Close => gettext("Close the player or the window"),
            Self::Quit => gettext("Quit"),
        }
    }
}

/// Gives the window its actions and keys; `on_action` is called on the window's thread.
pub fn install(window: &adw::ApplicationWindow, on_action: impl Fn(Action) + Clone + 'static) {
    for action in Action::ALL {
        let entry = gio::SimpleAction::new(action.name(), None);
        let on_action = on_action.clone();
        entry.connect_activate(move |_, _| on_action(action));
        window.add_action(&entry);
    }
}

/// Tells the application the keys of the window's actions.
pub fn bind_keys(application: &impl IsA<gtk::Application>) {
    for action in Action::ALL {
        application.set_accels_for_action(&action.detailed_name(), action.keys());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_name_and_no_key_is_used_twice() {
        let names: HashSet<_> = Action::ALL.iter().map(|action| action.name()).collect();
        assert_eq!(names.len(), Action::ALL.len());
        let keys: Vec<_> = Action::ALL
            .iter()
            .flat_map(|action| action.keys())
            .collect();
        assert_eq!(keys.iter().collect::<HashSet<_>>().len(), keys.len());
    }
}
