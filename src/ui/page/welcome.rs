//! The first page a person sees: doors to the first source, with servers that answer in this network, and folders that have
//! something in them.

mod nearby;

use std::path::{Path, PathBuf};

use adw::prelude::*;
use gtk::glib;
use relm4::prelude::*;
use spool_engine::source::Nearby;
use tokio::sync::oneshot;

use crate::i18n::{gettext, gettext_f};
use crate::services::Services;

/// What it asks of the parent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WelcomeOutput {
    /// Begin the sign-in to a Jellyfin server.
    SignIn,
    /// Begin the sign-in to the Jellyfin server at this address.
    SignInAt(String),
    /// Begin the sign-in to Plex.
    SignInPlex,
    /// Ask for a folder.
    ChooseFolder,
    /// Add this folder.
    AddFolder(PathBuf),
    /// Make the demo library.
    LookAround,
}

/// What it is told.
#[derive(Debug)]
pub enum WelcomeInput {
    /// It is on the screen, or not any more.
    Shown(bool),
}

/// What was found.
#[derive(Debug)]
pub enum WelcomeDone {
    /// Folders that have something in them.
    Folders(Vec<PathBuf>),
    /// Servers that answer in this network now.
    Nearby(Vec<Nearby>),
}

/// The page.
#[derive(Debug)]
pub struct WelcomePage {
    services: Services,
    folders: Vec<PathBuf>,
    servers: Vec<Nearby>,
    /// Dropping it ends the search for servers.
    searching: Option<oneshot::Sender<()>>,
}

/// Its widgets.
#[derive(Debug)]
pub struct WelcomeWidgets {
    suggestions: adw::PreferencesGroup,
    shown: usize,
    nearby: adw::PreferencesGroup,
    rows: Vec<(Nearby, adw::ActionRow)>,
}

impl Component for WelcomePage {
    type Init = (Services, Vec<PathBuf>);
    type Input = WelcomeInput;
    type Output = WelcomeOutput;
    type CommandOutput = WelcomeDone;
    type Root = adw::NavigationPage;
    type Widgets = WelcomeWidgets;

    fn init_root() -> Self::Root {
        adw::NavigationPage::builder()
            .title(gettext("Welcome"))
            .tag("welcome")
            .build()
    }

    fn init(
        (services, candidates): Self::Init,
        root: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        sender.spawn_oneshot_command(move || {
            let found = candidates
                .into_iter()
                .filter(|folder| has_something(folder));
            WelcomeDone::Folders(found.collect())
        });
        let widgets = build(&root, &sender);
        nearby::follow(&root, &sender);
        let model = Self {
            services,
            folders: Vec::new(),
            servers: Vec::new(),
            searching: None,
        };
        ComponentParts { model, widgets }
    }

    fn update(&mut self, input: WelcomeInput, sender: ComponentSender<Self>, _: &Self::Root) {
        let WelcomeInput::Shown(shown) = input;
        self.searching = shown.then(|| nearby::search(&self.services, &sender));
    }

    fn update_cmd(&mut self, done: WelcomeDone, _: ComponentSender<Self>, _: &Self::Root) {
        match done {
            WelcomeDone::Folders(folders) => self.folders = folders,
            WelcomeDone::Nearby(servers) => self.servers = servers,
        }
    }

    fn update_view(&self, widgets: &mut WelcomeWidgets, sender: ComponentSender<Self>) {
        for folder in self.folders.iter().skip(widgets.shown) {
            widgets.suggestions.add(&suggestion(folder, &sender));
        }
        widgets.shown = self.folders.len();
        widgets.suggestions.set_visible(widgets.shown > 0);
        show_nearby(&self.servers, widgets, &sender);
    }
}

/// Takes out the rows of servers that do not answer any more, and puts in those of new ones; the others stay, so that nobody
/// clicks on what has just changed.
fn show_nearby(
    servers: &[Nearby],
    widgets: &mut WelcomeWidgets,
    sender: &ComponentSender<WelcomePage>,
) {
    let group = &widgets.nearby;
    widgets.rows.retain(|(server, row)| {
        let stays = servers.contains(server);
        if !stays {
            group.remove(row);
        }
        stays
    });
    for server in servers {
        if widgets.rows.iter().all(|(known, _)| known != server) {
            let row = nearby::row(server, sender);
            group.add(&row);
            widgets.rows.push((server.clone(), row));
        }
    }
    group.set_visible(!widgets.rows.is_empty());
}

/// The folders that a session keeps videos and music in.
#[must_use]
pub fn usual_folders() -> Vec<PathBuf> {
    let home = std::env::home_dir();
    [glib::UserDirectory::Videos, glib::UserDirectory::Music]
        .into_iter()
        .filter_map(glib::user_special_dir)
        // A session without that folder names the home folder in its place.
        .filter(|folder| Some(folder) != home.as_ref())
        .collect()
}

fn has_something(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| {
        entries.any(|entry| {
            entry.is_ok_and(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
        })
    })
}

fn doors(sender: &ComponentSender<WelcomePage>) -> adw::PreferencesGroup {
    let doors = adw::PreferencesGroup::new();
    doors.add(&door(
        "network-server-symbolic",
        &gettext("Sign in to Jellyfin"),
        &gettext("Films, shows and music of your server"),
        sender,
        || WelcomeOutput::SignIn,
    ));
    doors.add(&door(
        "network-server-symbolic",
        &gettext("Sign in to Plex"),
        &gettext("Your servers, and those shared with you"),
        sender,
        || WelcomeOutput::SignInPlex,
    ));
    doors.add(&door(
        "folder-symbolic",
        &gettext("Add a folder"),
        &gettext("Videos and music on this computer"),
        sender,
        || WelcomeOutput::ChooseFolder,
    ));
    doors.add(&door(
        "applications-graphics-symbolic",
        &gettext("Look around first"),
        &gettext("A small demo library, drawn on this device"),
        sender,
        || WelcomeOutput::LookAround,
    ));
    doors
}

fn build(root: &adw::NavigationPage, sender: &ComponentSender<WelcomePage>) -> WelcomeWidgets {
    let nearby = adw::PreferencesGroup::builder()
        .title(gettext("In This Network"))
        .name("nearby")
        .visible(false)
        .build();
    let suggestions = adw::PreferencesGroup::builder()
        .title(gettext("Found on this computer"))
        .visible(false)
        .build();
    let column = gtk::Box::builder()
        .orientation(gtk::Orientation::Vertical)
        .spacing(24)
        .build();
    column.append(&doors(sender));
    column.append(&nearby);
    column.append(&suggestions);
    let clamp = adw::Clamp::builder()
        .maximum_size(460)
        .child(&column)
        .build();
    let status = adw::StatusPage::builder()
        .icon_name(crate::config::APP_ID)
        .title(gettext("Welcome to Spool"))
        .description(gettext("What you started watching is yours: it plays again at once, with or without the network."))
        .child(&clamp)
        .build();
    let view = adw::ToolbarView::new();
    let header = adw::HeaderBar::builder().show_title(false).build();
    view.add_top_bar(&header);
    view.set_content(Some(&status));
    root.set_child(Some(&view));
    WelcomeWidgets {
        suggestions,
        shown: 0,
        nearby,
        rows: Vec::new(),
    }
}

fn door(
    icon: &str,
    title: &str,
    subtitle: &str,
    sender: &ComponentSender<WelcomePage>,
    output: impl Fn() -> WelcomeOutput + 'static,
) -> adw::ActionRow {
    let row = adw::ActionRow::builder()
        .title(glib::markup_escape_text(title))
        .subtitle(glib::markup_escape_text(subtitle))
        .activatable(true)
        .build();
    row.add_prefix(&image(icon));
    row.add_suffix(&image("go-next-symbolic"));
    let out = sender.output_sender().clone();
    row.connect_activated(move |_| out.emit(output()));
    row
}

fn suggestion(folder: &Path, sender: &ComponentSender<WelcomePage>) -> adw::ActionRow {
    let name = folder
        .file_name()
        .unwrap_or(folder.as_os_str())
        .to_string_lossy();
    // Translators: {folder} is the name of a folder, such as Videos.
    let title = gettext_f("Add {folder}", &[("folder", &name)]);
    let path = folder.to_owned();
    door(
        "folder-videos-symbolic",
        &title,
        &folder.display().to_string(),
        sender,
        move || WelcomeOutput::AddFolder(path.clone()),
    )
}

fn image(icon: &str) -> gtk::Image {
    gtk::Image::builder()
        .icon_name(icon)
        .accessible_role(gtk::AccessibleRole::Presentation)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_folder_is_not_offered() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!has_something(folder.path()));
        std::fs::write(folder.path().join(".hidden"), "").unwrap();
        assert!(!has_something(folder.path()));
        std::fs::write(folder.path().join("film.mkv"), "").unwrap();
        assert!(has_something(folder.path()));
        assert!(!has_something(&folder.path().join("missing")));
    }
}
