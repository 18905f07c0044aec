//! Adding a folder: typed as a path, or chosen with the system's dialog where there is one.

use std::path::PathBuf;

use adw::prelude::*;
use gtk::{gio, glib};
use relm4::prelude::*;
use spool_engine::accounts::AccountError;
use spool_engine::model::Account;

use super::AddOutput;
use super::failure::Failure;
use crate::i18n::gettext;
use crate::services::Services;
use crate::user_message::UserMessage;

/// What it is told.
#[derive(Debug)]
pub enum FolderInput {
    /// Begins anew.
    Begin,
    /// Opens the system's dialog.
    Browse,
    /// The system's dialog gave a folder, or nothing.
    Chosen(Option<PathBuf>),
    /// This path was entered.
    Entered {
        /// The path as it was typed.
        path: String,
        /// It is said to lie on a drive in the network.
        network_drive: bool,
    },
}

/// The dialog.
#[derive(Debug)]
pub struct LocalFolder {
    services: Services,
    busy: bool,
    failure: Option<UserMessage>,
    /// A path to put into the entry.
    fill: Option<String>,
    finished: bool,
}

/// Its widgets.
#[derive(Debug)]
pub struct FolderWidgets {
    dialog: adw::Dialog,
    path: adw::EntryRow,
    drive: adw::SwitchRow,
    failure: Failure,
    add: gtk::Button,
}

impl Component for LocalFolder {
    type Init = Services;
    type Input = FolderInput;
    type Output = AddOutput;
    type CommandOutput = Result<Account, AccountError>;
    type Root = adw::Dialog;
    type Widgets = FolderWidgets;

    fn init_root() -> Self::Root {
        adw::Dialog::builder()
            .title(gettext("Add a Folder"))
            .content_width(420)
            .build()
    }

    fn init(
        services: Services,
        root: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let widgets = build(&root, &sender);
        let model = Self {
            services,
            busy: false,
            failure: None,
            fill: None,
            finished: false,
        };
        ComponentParts { model, widgets }
    }

    fn update(&mut self, input: FolderInput, sender: ComponentSender<Self>, root: &Self::Root) {
        self.fill = None;
        match input {
            FolderInput::Begin => self.begin(),
            FolderInput::Browse => browse(root, &sender),
            FolderInput::Chosen(folder) => {
                self.fill = folder.map(|folder| folder.display().to_string())
            }
            FolderInput::Entered {
                path,
                network_drive,
            } => self.add(&path, network_drive, &sender),
        }
    }

    fn update_cmd(
        &mut self,
        account: Self::CommandOutput,
        sender: ComponentSender<Self>,
        _: &Self::Root,
    ) {
        self.busy = false;
        self.fill = None;
        match account {
            Ok(account) => {
                self.finished = true;
                // The parent outlives its dialogs.
                sender.output(AddOutput::Added(account)).ok();
            }
            Err(error) => self.failure = Some(UserMessage::from(&error)),
        }
    }

    fn update_view(&self, widgets: &mut FolderWidgets, _sender: ComponentSender<Self>) {
        if let Some(fill) = &self.fill {
            widgets.path.set_text(fill);
            if fill.is_empty() {
                widgets.drive.set_active(false);
            }
        }
        widgets.failure.set(self.failure.as_ref());
        widgets
            .add
            .set_sensitive(!self.busy && !widgets.path.text().trim().is_empty());
        if self.finished {
            widgets.dialog.close();
        }
    }
}

impl LocalFolder {
    fn begin(&mut self) {
        self.busy = false;
        self.failure = None;
        self.finished = false;
        self.fill = Some(String::new());
    }

    fn add(&mut self, path: &str, network_drive: bool, sender: &ComponentSender<Self>) {
        self.busy = true;
        self.failure = None;
        let (path, accounts) = (expand(path), self.services.engine.accounts.clone());
        sender.oneshot_command(async move {
            match network_drive {
                true => accounts.add_network_drive(&path).await,
                false => accounts.add_folder(&path).await,
            }
        });
    }
}

/// `~` and `~/…` mean the home folder, as in a shell.
fn expand(path: &str) -> PathBuf {
    let path = path.trim();
    match path.strip_prefix('~') {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => {
            glib::home_dir().join(rest.trim_start_matches('/'))
        }
        _ => PathBuf::from(path),
    }
}

fn browse(dialog: &adw::Dialog, sender: &ComponentSender<LocalFolder>) {
    let window = dialog.root().and_downcast::<gtk::Window>();
    let chooser = gtk::FileDialog::builder()
        .title(gettext("Add a Folder"))
        .modal(true)
        .build();
    let input = sender.input_sender().clone();
    chooser.select_folder(window.as_ref(), gio::Cancellable::NONE, move |chosen| {
        // No folder: the person pressed Cancel, or there is no such dialog; the entry remains.
        input.emit(FolderInput::Chosen(
            chosen.ok().and_then(|file| file.path()),
        ));
    });
}

fn drive_row() -> adw::SwitchRow {
    adw::SwitchRow::builder()
        .title(gettext("On a _Network Drive"))
        .use_underline(true)
        .subtitle(gettext(
            "Titles are kept on this device as they play, and play on when the drive is away.",
        ))
        .name("network-drive")
        .build()
}

fn build(dialog: &adw::Dialog, sender: &ComponentSender<LocalFolder>) -> FolderWidgets {
    let path = adw::EntryRow::builder()
        .title(gettext("Folder"))
        .name("path")
        .build();
    let choose = gtk::Button::builder()
        .icon_name("folder-open-symbolic")
        .tooltip_text(gettext("Choose a Folder"))
        .valign(gtk::Align::Center)
        .css_classes(["flat"])
        .build();
    choose.update_property(&[gtk::accessible::Property::Label(&gettext(
        "Choose a Folder",
    ))]);
    path.add_suffix(&choose);
    let group = adw::PreferencesGroup::builder()
        .description(gettext(
            "Videos and music in it and in the folders below it. Nothing is copied or changed.",
        ))
        .build();
    group.add(&path);
    let drive = drive_row();
    group.add(&drive);
    let add = gtk::Button::builder()
        .label(gettext("_Add"))
        .use_underline(true)
        .name("add")
        .halign(gtk::Align::Center)
        .sensitive(false)
        .css_classes(["pill", "suggested-action"])
        .build();
    let failure = Failure::new();
    let column = gtk::Box::builder()
        .orientation(gtk::Orientation::Vertical)
        .spacing(18)
        .margin_start(18)
        .margin_end(18)
        .margin_top(12)
        .margin_bottom(24)
        .build();
    column.append(&group);
    column.append(&failure.root);
    column.append(&add);
    let view = adw::ToolbarView::new();
    view.add_top_bar(&adw::HeaderBar::new());
    view.set_content(Some(&column));
    dialog.set_child(Some(&view));
    connect(&path, &drive, &choose, &add, sender);
    FolderWidgets {
        dialog: dialog.clone(),
        path,
        drive,
        failure,
        add,
    }
}

fn connect(
    path: &adw::EntryRow,
    drive: &adw::SwitchRow,
    choose: &gtk::Button,
    add: &gtk::Button,
    sender: &ComponentSender<LocalFolder>,
) {
    let input = sender.input_sender().clone();
    choose.connect_clicked(move |_| input.emit(FolderInput::Browse));
    let (input, entry, drive) = (sender.input_sender().clone(), path.clone(), drive.clone());
    add.connect_clicked(move |_| {
        input.emit(FolderInput::Entered {
            path: entry.text().to_string(),
            network_drive: drive.is_active(),
        })
    });
    let button = add.clone();
    path.connect_changed(move |entry| button.set_sensitive(!entry.text().trim().is_empty()));
    let button = add.clone();
    path.connect_entry_activated(move |_| {
        if button.is_sensitive() {
            button.emit_clicked();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tilde_is_the_home_folder_only_where_a_shell_says_so() {
        assert_eq!(expand(" ~ "), glib::home_dir());
        assert_eq!(expand("~/Videos"), glib::home_dir().join("Videos"));
        assert_eq!(expand("~other/Videos"), PathBuf::from("~other/Videos"));
        assert_eq!(expand("/srv/films "), PathBuf::from("/srv/films"));
    }
}
