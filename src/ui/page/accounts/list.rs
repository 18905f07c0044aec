//! The dialog of all sources: what each is, whether it answers, how or why not, and the way out.

mod facts;

use std::sync::Arc;

use adw::prelude::*;
use gtk::glib;
use relm4::prelude::*;
use spool_engine::accounts::AccountError;
use spool_engine::model::{Account, AccountId, AccountState, RefusedCertificate, SourceKind};
use spool_engine::source::SourceError;

use crate::i18n::{gettext, gettext_f};
use crate::services::Services;
use crate::user_message::UserMessage;

/// What it is told.
#[derive(Debug)]
pub enum SourcesInput {
    /// The button of a source was pressed: ask before it is removed.
    RemovePressed(AccountId),
    /// The person confirmed.
    Remove(AccountId),
    /// The person wants to sign in again.
    SignIn(AccountId),
    /// The person wants to watch as another user of the home.
    SwitchUser(AccountId),
    /// The person wants to see the certificate that was refused.
    ReviewPressed(AccountId),
    /// The person accepts it.
    Accept(AccountId, RefusedCertificate),
}

/// What it asks of the parent.
#[derive(Debug)]
pub enum SourcesOutput {
    /// Sign in again to this account.
    SignIn(AccountId),
    /// Watch as another user of this account's home.
    SwitchUser(AccountId),
    /// This account is gone.
    Removed(AccountId),
    /// Something failed: say so in a toast.
    Failed(UserMessage),
}

/// What the engine answered.
#[derive(Debug)]
pub enum SourcesDone {
    /// All accounts.
    Accounts(Arc<Vec<Account>>),
    /// Whether an account is gone.
    Removed(AccountId, Result<(), AccountError>),
    /// Whether a certificate is accepted.
    Accepted(Result<Account, AccountError>),
}

/// The dialog.
#[derive(Debug)]
pub struct SourcesDialog {
    services: Services,
    accounts: Arc<Vec<Account>>,
}

/// Its widgets.
#[derive(Debug)]
pub struct SourcesWidgets {
    group: adw::PreferencesGroup,
    rows: Vec<adw::ActionRow>,
    shown: Arc<Vec<Account>>,
}

impl Component for SourcesDialog {
    type Init = Services;
    type Input = SourcesInput;
    type Output = SourcesOutput;
    type CommandOutput = SourcesDone;
    type Root = adw::PreferencesDialog;
    type Widgets = SourcesWidgets;

    fn init_root() -> Self::Root {
        adw::PreferencesDialog::builder()
            .title(gettext("Sources"))
            .content_width(480)
            .build()
    }

    fn init(
        services: Services,
        root: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let group = adw::PreferencesGroup::new();
        let page = adw::PreferencesPage::new();
        page.add(&group);
        root.add(&page);
        let mut accounts = services.engine.accounts.watch();
        sender.command(move |out, shutdown| {
            let follow = async move {
                while accounts.changed().await.is_ok() {
                    let now = accounts.borrow_and_update().clone();
                    out.emit(SourcesDone::Accounts(now));
                }
            };
            shutdown.register(follow).drop_on_shutdown()
        });
        let model = Self {
            accounts: services.engine.accounts.list(),
            services,
        };
        let mut widgets = SourcesWidgets {
            group,
            rows: Vec::new(),
            shown: Arc::default(),
        };
        model.update_view(&mut widgets, sender);
        ComponentParts { model, widgets }
    }

    fn update(&mut self, input: SourcesInput, sender: ComponentSender<Self>, root: &Self::Root) {
        match input {
            SourcesInput::RemovePressed(id) => self.confirm(&id, &sender, root),
            SourcesInput::Remove(id) => self.remove(id, &sender),
            SourcesInput::ReviewPressed(id) => self.review(&id, &sender, root),
            SourcesInput::Accept(id, refused) => self.accept(id, &refused, &sender),
            SourcesInput::SignIn(id) => {
                root.close();
                // The parent outlives its dialogs.
                sender.output(SourcesOutput::SignIn(id)).ok();
            }
            SourcesInput::SwitchUser(id) => {
                root.close();
                // The parent outlives its dialogs.
                sender.output(SourcesOutput::SwitchUser(id)).ok();
            }
        }
    }

    fn update_cmd(&mut self, done: SourcesDone, sender: ComponentSender<Self>, _root: &Self::Root) {
        let output = match done {
            SourcesDone::Accounts(accounts) => {
                self.accounts = accounts;
                return;
            }
            SourcesDone::Accepted(Ok(_)) => return,
            SourcesDone::Removed(id, Ok(())) => SourcesOutput::Removed(id),
            SourcesDone::Removed(_, Err(error)) | SourcesDone::Accepted(Err(error)) => {
                SourcesOutput::Failed(UserMessage::from(&error))
            }
        };
        // The parent outlives its dialogs.
        sender.output(output).ok();
    }

    fn update_view(&self, widgets: &mut SourcesWidgets, sender: ComponentSender<Self>) {
        if widgets.shown == self.accounts && !widgets.rows.is_empty() {
            return;
        }
        for row in widgets.rows.drain(..) {
            widgets.group.remove(&row);
        }
        for account in self.accounts.iter() {
            let row = row(account, &sender);
            widgets.group.add(&row);
            widgets.rows.push(row);
        }
        let empty = self
            .accounts
            .is_empty()
            .then(|| gettext("There are no sources yet."));
        widgets.group.set_description(empty.as_deref());
        widgets.shown = Arc::clone(&self.accounts);
    }
}

impl SourcesDialog {
    fn confirm(
        &self,
        id: &AccountId,
        sender: &ComponentSender<Self>,
        root: &adw::PreferencesDialog,
    ) {
        let Some(account) = self.accounts.iter().find(|account| account.id == *id) else {
            return;
        };
        let (heading, body, verb) = match account.kind {
            SourceKind::Jellyfin | SourceKind::Plex => (
                // Translators: {name} is the name of a server.
                gettext_f("Sign out of {name}?", &[("name", &account.name)]),
                gettext(
                    "What is on this device of it is deleted. What you watched stays on the server.",
                ),
                gettext("_Sign Out"),
            ),
            SourceKind::Folder => (
                // Translators: {name} is the name of a folder.
                gettext_f("Remove {name}?", &[("name", &account.name)]),
                gettext(
                    "Spool forgets where you stopped in its titles. The files themselves stay.",
                ),
                gettext("_Remove"),
            ),
            SourceKind::NetworkDrive => (
                // Translators: {name} is the name of a folder on a network drive.
                gettext_f("Remove {name}?", &[("name", &account.name)]),
                gettext(
                    "Spool forgets where you stopped in its titles, and deletes what is on this device of them. The files on the drive stay.",
                ),
                gettext("_Remove"),
            ),
        };
        let dialog = adw::AlertDialog::new(Some(&heading), Some(&body));
        dialog.add_responses(&[("cancel", &gettext("_Cancel")), ("remove", &verb)]);
        dialog.set_response_appearance("remove", adw::ResponseAppearance::Destructive);
        dialog.set_default_response(Some("cancel"));
        dialog.set_close_response("cancel");
        let (input, id) = (sender.input_sender().clone(), id.clone());
        dialog.connect_response(Some("remove"), move |_, _| {
            input.emit(SourcesInput::Remove(id.clone()))
        });
        dialog.present(Some(root));
    }

    /// Shows the certificate that was refused, and asks.
    fn review(
        &self,
        id: &AccountId,
        sender: &ComponentSender<Self>,
        root: &adw::PreferencesDialog,
    ) {
        let account = self.accounts.iter().find(|account| account.id == *id);
        let Some(refused) = account.and_then(refused) else {
            return;
        };
        let message = UserMessage::from(&refused);
        let dialog = adw::AlertDialog::new(Some(&message.title), Some(&message.detail));
        let fingerprint = gtk::Label::builder()
            .label(refused.fingerprint.to_string())
            .name("fingerprint")
            .wrap(true)
            .wrap_mode(gtk::pango::WrapMode::Char)
            .selectable(true)
            .css_classes(["monospace"])
            .build();
        dialog.set_extra_child(Some(&fingerprint));
        dialog.add_responses(&[
            ("cancel", &gettext("_Cancel")),
            ("accept", &gettext("_Accept This Certificate")),
        ]);
        dialog.set_response_appearance("accept", adw::ResponseAppearance::Destructive);
        dialog.set_default_response(Some("cancel"));
        dialog.set_close_response("cancel");
        let (input, id) = (sender.input_sender().clone(), id.clone());
        dialog.connect_response(Some("accept"), move |_, _| {
            input.emit(SourcesInput::Accept(id.clone(), refused))
        });
        dialog.present(Some(root));
    }

    fn accept(&self, id: AccountId, refused: &RefusedCertificate, sender: &ComponentSender<Self>) {
        let (accounts, fingerprint) = (self.services.engine.accounts.clone(), refused.fingerprint);
        sender.oneshot_command(async move {
            let accepted = accounts.accept_certificate(&id, Some(fingerprint)).await;
            SourcesDone::Accepted(accepted)
        });
    }

    fn remove(&self, id: AccountId, sender: &ComponentSender<Self>) {
        let accounts = self.services.engine.accounts.clone();
        sender.oneshot_command(async move {
            let result = accounts.remove(&id).await;
            SourcesDone::Removed(id, result)
        });
    }
}

fn row(account: &Account, sender: &ComponentSender<SourcesDialog>) -> adw::ActionRow {
    let icon = match account.kind {
        SourceKind::Folder => "folder-symbolic",
        SourceKind::NetworkDrive => "folder-remote-symbolic",
        SourceKind::Jellyfin | SourceKind::Plex => "network-server-symbolic",
    };
    let row = adw::ActionRow::builder()
        .title(glib::markup_escape_text(&account.name))
        .subtitle(glib::markup_escape_text(&facts::of(account)))
        .subtitle_lines(3)
        .build();
    row.add_prefix(
        &gtk::Image::builder()
            .icon_name(icon)
            .accessible_role(gtk::AccessibleRole::Presentation)
            .build(),
    );
    if account.state == AccountState::SignInNeeded {
        let id = account.id.clone();
        row.add_suffix(&button(
            "go-next-symbolic",
            &gettext("Sign In"),
            sender,
            move || SourcesInput::SignIn(id.clone()),
        ));
    }
    if refused(account).is_some() {
        let id = account.id.clone();
        row.add_suffix(&button(
            "dialog-question-symbolic",
            &gettext("Review the Certificate"),
            sender,
            move || SourcesInput::ReviewPressed(id.clone()),
        ));
    }
    if account.kind == SourceKind::Plex && account.state != AccountState::SignInNeeded {
        let id = account.id.clone();
        row.add_suffix(&button(
            "system-users-symbolic",
            &gettext("Switch User"),
            sender,
            move || SourcesInput::SwitchUser(id.clone()),
        ));
    }
    let words = match account.kind {
        SourceKind::Folder | SourceKind::NetworkDrive => gettext("Remove"),
        SourceKind::Jellyfin | SourceKind::Plex => gettext("Sign Out"),
    };
    let id = account.id.clone();
    row.add_suffix(&button("user-trash-symbolic", &words, sender, move || {
        SourcesInput::RemovePressed(id.clone())
    }));
    row
}

/// The certificate of an account's server that was refused and that a person may accept.
fn refused(account: &Account) -> Option<RefusedCertificate> {
    match &account.trouble {
        Some(SourceError::Certificate(refused)) if refused.fault.can_be_accepted() => {
            // Only such a server has a certificate of its own.
            (account.kind == SourceKind::Jellyfin).then_some(*refused)
        }
        _ => None,
    }
}

fn button(
    icon: &str,
    words: &str,
    sender: &ComponentSender<SourcesDialog>,
    message: impl Fn() -> SourcesInput + 'static,
) -> gtk::Button {
    let button = gtk::Button::builder()
        .icon_name(icon)
        .tooltip_text(words)
        .valign(gtk::Align::Center)
        .css_classes(["flat"])
        .build();
    button.update_property(&[gtk::accessible::Property::Label(words)]);
    let input = sender.input_sender().clone();
    button.connect_clicked(move |_| input.emit(message()));
    button
}
