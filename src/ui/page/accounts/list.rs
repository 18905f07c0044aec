//! The dialog of all sources: what each is, whether it answers, how or why not, and the way out.

mod ask;
mod facts;
mod review;

use std::sync::Arc;

use adw::prelude::*;
use gtk::glib;
use relm4::prelude::*;
use spool_engine::accounts::AccountError;
use spool_engine::model::{Account, AccountId, AccountState, SourceKind};

use self::ask::Kept;
use self::review::{Review, ReviewPage};
use crate::i18n::gettext;
use crate::services::Services;
use crate::user_message::UserMessage;

/// What it is told.
#[derive(Debug)]
pub enum SourcesInput {
    /// The button of a source was pressed: ask before it is removed.
    RemovePressed(AccountId),
    /// The person confirmed: nothing of it stays.
    Remove(AccountId),
    /// The person confirmed: what is kept stays.
    SignOut(AccountId),
    /// The person wants to sign in again.
    SignIn(AccountId),
    /// The person wants to watch as another user of the home.
    SwitchUser(AccountId),
    /// The person wants to see the certificate that was refused.
    ReviewPressed(AccountId),
    /// The person accepts it.
    Accept,
    /// The person has left the certificate.
    ReviewLeft,
}

/// What it asks of the parent.
#[derive(Debug)]
pub enum SourcesOutput {
    /// Sign in again to this account.
    SignIn(AccountId),
    /// Watch as another user of this account's home.
    SwitchUser(AccountId),
    /// This account is gone, or what was kept is all that is left of it.
    Removed(AccountId),
    /// Something failed: say so in a toast.
    Failed(UserMessage),
}

/// What the engine answered.
#[derive(Debug)]
pub enum SourcesDone {
    /// All accounts.
    Accounts(Arc<Vec<Account>>),
    /// What of an account is kept on this device.
    Kept(AccountId, Kept),
    /// Whether an account is gone.
    Removed(AccountId, Result<(), AccountError>),
    /// Whether a certificate is accepted.
    Accepted(AccountId, Result<Account, AccountError>),
}

/// The dialog.
#[derive(Debug)]
pub struct SourcesDialog {
    services: Services,
    accounts: Arc<Vec<Account>>,
    review: Option<Review>,
}

/// Its widgets.
#[derive(Debug)]
pub struct SourcesWidgets {
    group: adw::PreferencesGroup,
    rows: Vec<adw::ActionRow>,
    shown: Arc<Vec<Account>>,
    dialog: adw::PreferencesDialog,
    review: ReviewPage,
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
            review: None,
        };
        let input = sender.input_sender().clone();
        root.connect_closed(move |_| input.emit(SourcesInput::ReviewLeft));
        let mut widgets = SourcesWidgets {
            group,
            rows: Vec::new(),
            shown: Arc::default(),
            review: ReviewPage::new(sender.input_sender()),
            dialog: root,
        };
        model.update_view(&mut widgets, sender);
        ComponentParts { model, widgets }
    }

    fn update(&mut self, input: SourcesInput, sender: ComponentSender<Self>, root: &Self::Root) {
        match input {
            SourcesInput::RemovePressed(id) => self.ask_kept(id, &sender),
            SourcesInput::Remove(id) => self.remove(id, &sender),
            SourcesInput::SignOut(id) => self.sign_out(id, &sender),
            SourcesInput::ReviewPressed(id) => self.review(&id),
            SourcesInput::Accept => self.accept(&sender),
            SourcesInput::ReviewLeft => self.review = None,
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

    fn update_cmd(&mut self, done: SourcesDone, sender: ComponentSender<Self>, root: &Self::Root) {
        let output = match done {
            SourcesDone::Accounts(accounts) => {
                let was_empty = self.accounts.is_empty();
                self.accounts = accounts;
                if self.accounts.is_empty() && !was_empty && root.parent().is_some() {
                    // The first page, with its doors, is what is left.
                    root.close();
                }
                return self.follow_review();
            }
            SourcesDone::Kept(id, kept) => {
                if let Some(account) = self.account(&id) {
                    let is_demo = self.services.engine.accounts.is_demo(account);
                    ask::confirm((account, is_demo), kept, sender.input_sender(), root);
                }
                return;
            }
            SourcesDone::Accepted(id, outcome) => return self.accepted(&id, outcome),
            SourcesDone::Removed(id, Ok(())) => SourcesOutput::Removed(id),
            SourcesDone::Removed(_, Err(error)) => SourcesOutput::Failed(UserMessage::from(&error)),
        };
        // The parent outlives its dialogs.
        sender.output(output).ok();
    }

    fn update_view(&self, widgets: &mut SourcesWidgets, sender: ComponentSender<Self>) {
        widgets.review.show(self.review.as_ref(), &widgets.dialog);
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
    /// Asks what of the source is kept, and then whether it is to go.
    fn ask_kept(&self, id: AccountId, sender: &ComponentSender<Self>) {
        let cache = self.services.engine.cache.clone();
        sender.oneshot_command(async move {
            let kept = ask::kept(&cache, &id).await;
            SourcesDone::Kept(id, kept)
        });
    }

    fn account(&self, id: &AccountId) -> Option<&Account> {
        self.accounts.iter().find(|account| account.id == *id)
    }

    fn sign_out(&self, id: AccountId, sender: &ComponentSender<Self>) {
        let accounts = self.services.engine.accounts.clone();
        sender.oneshot_command(async move {
            let result = accounts.sign_out(&id).await;
            SourcesDone::Removed(id, result)
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
    if account.refused().is_some() {
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
        _ if account.state == AccountState::SignInNeeded => gettext("Remove"),
        SourceKind::Jellyfin | SourceKind::Plex => gettext("Sign Out"),
    };
    let id = account.id.clone();
    row.add_suffix(&button("user-trash-symbolic", &words, sender, move || {
        SourcesInput::RemovePressed(id.clone())
    }));
    row
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
