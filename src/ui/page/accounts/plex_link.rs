//! Signing in to Plex: a page to open in the browser or a code to type elsewhere, then, only where there is a choice, the
//! user of the home with a PIN, the server, and where the sign-in may be kept.
//!
//! **Owns** what plex.tv let in while the dialog is open; it is forgotten when the dialog closes.

mod add;
mod keyring;
pub(super) mod view;
mod words;

use adw::prelude::*;
use gtk::{gio, glib};
use relm4::prelude::*;
use spool_engine::accounts::{AccountError, PlexEntry, PlexLink as Link};
use spool_engine::http::Terms;
use spool_engine::model::{Account, RefusedCertificate};
use spool_engine::secret::{Keep, Secret};
use spool_engine::source::SourceError;
use tokio::sync::oneshot;

pub use self::view::PlexStep;
use self::view::PlexWidgets;
use super::AddOutput;
use crate::services::Services;
use crate::user_message::UserMessage;

/// What it is told.
#[derive(Debug)]
pub enum PlexInput {
    /// Begins anew: asks plex.tv for a code.
    Begin,
    /// Open the page in the browser.
    OpenPressed,
    /// There is no browser to open it in.
    OpenFailed,
    /// This user of the home was chosen.
    UserChosen(String),
    /// The PIN of the chosen user was typed.
    PinEntered(Secret),
    /// This server was chosen, by its own id.
    ServerChosen(String),
    /// The person accepts the certificate that was shown.
    CertificateAccepted,
    /// The person decided where the sign-in may be kept.
    KeepChosen(Keep),
    /// The sign-in of this number has waited for the keyring for a while.
    KeyringDue(u64),
    /// The person went back to this page.
    WentBack(PlexStep),
    /// The dialog was closed.
    Closed,
}

/// What the engine answered, with the number of the question.
#[derive(Debug)]
pub enum PlexDone {
    /// A code, to be shown.
    Asked(u64, Result<Link, AccountError>),
    /// Somebody let this device in.
    Entered(u64, Result<PlexEntry, AccountError>),
    /// Another user of the home is in.
    Became(u64, Result<PlexEntry, AccountError>),
    /// The keyring is waited for, or not any more.
    KeyringAsks(bool),
    /// Whether the server was added.
    Added(u64, Result<Account, AccountError>),
}

/// The dialog.
#[derive(Debug)]
pub struct PlexLogin {
    services: Services,
    generation: u64,
    step: PlexStep,
    busy: bool,
    failure: Option<UserMessage>,
    link: Option<Link>,
    /// Who signed in, with all there is to choose from.
    entry: Option<PlexEntry>,
    /// Who was chosen of the home, once that is settled.
    chosen: Option<PlexEntry>,
    /// Whose PIN is asked for.
    user: Option<String>,
    server: Option<String>,
    /// What holds between this computer and that server,
    terms: Terms,
    /// and its certificate that was refused.
    refused: Option<RefusedCertificate>,
    /// Why the person is asked where to keep the sign-in.
    reason: String,
    keep: Keep,
    /// What is under way; dropping it gives it up.
    attempt: Option<oneshot::Sender<()>>,
    finished: bool,
}

impl Component for PlexLogin {
    type Init = Services;
    type Input = PlexInput;
    type Output = AddOutput;
    type CommandOutput = PlexDone;
    type Root = adw::Dialog;
    type Widgets = PlexWidgets;

    fn init_root() -> Self::Root {
        adw::Dialog::builder()
            .content_width(420)
            .content_height(460)
            .build()
    }

    fn init(
        services: Services,
        root: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let widgets = PlexWidgets::build(&root, sender.input_sender());
        keyring::follow(&services, &sender);
        let model = Self {
            services,
            generation: 0,
            step: PlexStep::Link,
            busy: false,
            failure: None,
            link: None,
            entry: None,
            chosen: None,
            user: None,
            server: None,
            terms: Terms::default(),
            refused: None,
            reason: String::new(),
            keep: Keep::Service,
            attempt: None,
            finished: false,
        };
        ComponentParts { model, widgets }
    }

    fn update(&mut self, input: PlexInput, sender: ComponentSender<Self>, root: &Self::Root) {
        match input {
            PlexInput::Begin => self.begin(&sender),
            PlexInput::OpenPressed => self.open(&sender, root),
            PlexInput::OpenFailed => self.failure = self.link.as_ref().map(words::no_browser),
            PlexInput::UserChosen(uuid) => self.choose_user(uuid, &sender),
            PlexInput::PinEntered(pin) => self.switch(Some(pin), &sender),
            PlexInput::ServerChosen(id) => self.add(id, Keep::Service, &sender),
            PlexInput::CertificateAccepted => self.accept(&sender),
            PlexInput::KeepChosen(keep) => {
                if let Some(server) = self.server.clone() {
                    self.add(server, keep, &sender);
                }
            }
            PlexInput::KeyringDue(generation) => self.keyring_due(generation),
            PlexInput::WentBack(step) => self.go_back(step, &sender),
            PlexInput::Closed => self.reset(),
        }
    }

    fn update_cmd(&mut self, done: PlexDone, sender: ComponentSender<Self>, _root: &Self::Root) {
        match done {
            PlexDone::Asked(now, link) if now == self.generation => self.asked(link, &sender),
            PlexDone::Entered(now, entry) if now == self.generation => self.entered(entry, &sender),
            PlexDone::Became(now, entry) if now == self.generation => self.became(entry, &sender),
            PlexDone::Added(now, account) if now == self.generation => {
                self.added(account, &sender);
            }
            PlexDone::KeyringAsks(true) => self.keyring_asks(&sender),
            _ => {}
        }
    }

    fn update_view(&self, widgets: &mut PlexWidgets, sender: ComponentSender<Self>) {
        widgets.show(self, sender.input_sender());
    }
}

impl PlexLogin {
    fn reset(&mut self) {
        self.generation += 1;
        self.step = PlexStep::Link;
        self.busy = false;
        self.failure = None;
        self.link = None;
        self.entry = None;
        self.chosen = None;
        self.user = None;
        self.forget_server();
        self.attempt = None;
        self.finished = false;
    }

    /// A new question: answers to older ones are not wanted any more, and what is under way for them ends.
    fn ask<F>(&mut self, question: impl FnOnce(u64) -> F, sender: &ComponentSender<Self>)
    where
        F: Future<Output = PlexDone> + Send + 'static,
    {
        self.busy = true;
        self.failure = None;
        self.generation += 1;
        let question = question(self.generation);
        let (attempt, given_up) = oneshot::channel();
        self.attempt = Some(attempt);
        sender.command(move |out, shutdown| {
            let attempt = async move {
                tokio::select! {
                    done = question => out.emit(done),
                    _ = given_up => {}
                }
            };
            shutdown.register(attempt).drop_on_shutdown()
        });
    }

    fn begin(&mut self, sender: &ComponentSender<Self>) {
        self.reset();
        let accounts = self.services.engine.accounts.clone();
        self.ask(
            |now| async move { PlexDone::Asked(now, accounts.ask_plex().await) },
            sender,
        );
    }

    fn asked(&mut self, link: Result<Link, AccountError>, sender: &ComponentSender<Self>) {
        match link {
            Ok(link) => {
                self.link = Some(link.clone());
                let accounts = self.services.engine.accounts.clone();
                let wait =
                    |now| async move { PlexDone::Entered(now, accounts.wait_plex(&link).await) };
                self.ask(wait, sender);
            }
            Err(error) => self.fail_at_plex_tv(&error),
        }
    }

    fn fail(&mut self, error: &AccountError) {
        self.busy = false;
        self.failure = Some(UserMessage::from(error));
    }

    /// The certificate of plex.tv is nobody's to accept: whoever stands in for it would be let into all servers.
    fn fail_at_plex_tv(&mut self, error: &AccountError) {
        self.fail(error);
        if let AccountError::Source(SourceError::Certificate(refused)) = error {
            self.failure = Some(words::not_plex_tv(refused));
        }
    }

    fn open(&self, sender: &ComponentSender<Self>, root: &adw::Dialog) {
        let Some(link) = &self.link else { return };
        let window = root.root().and_downcast::<gtk::Window>();
        let input = sender.input_sender().clone();
        let opened = move |result: Result<(), glib::Error>| {
            if let Err(error) = result {
                tracing::info!(%error, "no browser");
                input.emit(PlexInput::OpenFailed);
            }
        };
        let launcher = gtk::UriLauncher::new(link.page.as_str());
        launcher.launch(window.as_ref(), gio::Cancellable::NONE, opened);
    }

    fn entered(&mut self, entry: Result<PlexEntry, AccountError>, sender: &ComponentSender<Self>) {
        self.busy = false;
        match entry {
            Ok(entry) if entry.home.len() > 1 => {
                self.entry = Some(entry);
                self.step = PlexStep::User;
            }
            Ok(entry) => {
                self.entry = Some(entry.clone());
                self.choose_server(entry, sender);
            }
            Err(error) => {
                self.link = None;
                self.fail_at_plex_tv(&error);
            }
        }
    }

    fn choose_user(&mut self, uuid: String, sender: &ComponentSender<Self>) {
        let Some(entry) = self.entry.clone() else {
            return;
        };
        // Who has just signed in needs no PIN any more.
        if uuid == entry.user.uuid {
            return self.choose_server(entry, sender);
        }
        let protected = entry
            .home
            .iter()
            .any(|user| user.uuid == uuid && user.protected);
        self.user = Some(uuid);
        self.failure = None;
        match protected {
            true => self.step = PlexStep::Pin,
            false => self.switch(None, sender),
        }
    }

    /// Whose PIN is asked for.
    fn user_name(&self) -> Option<&str> {
        let home = &self.entry.as_ref()?.home;
        let chosen = home
            .iter()
            .find(|user| Some(&user.uuid) == self.user.as_ref());
        chosen.map(|user| user.name.as_str())
    }

    fn switch(&mut self, pin: Option<Secret>, sender: &ComponentSender<Self>) {
        let (Some(entry), Some(uuid)) = (self.entry.clone(), self.user.clone()) else {
            return;
        };
        let accounts = self.services.engine.accounts.clone();
        let switch = |now| async move {
            PlexDone::Became(now, accounts.become_plex(&entry, &uuid, pin.as_ref()).await)
        };
        self.ask(switch, sender);
    }

    fn became(&mut self, entry: Result<PlexEntry, AccountError>, sender: &ComponentSender<Self>) {
        self.busy = false;
        match entry {
            Ok(entry) => self.choose_server(entry, sender),
            Err(error) => self.fail_at_plex_tv(&error),
        }
    }

    fn choose_server(&mut self, entry: PlexEntry, sender: &ComponentSender<Self>) {
        let only = match entry.servers.as_slice() {
            [server] => Some(server.machine_id.clone()),
            _ => None,
        };
        let none = entry.servers.is_empty();
        self.chosen = Some(entry);
        match only {
            Some(server) => self.add(server, Keep::Service, sender),
            None if none => self.failure = Some(words::no_server()),
            None => self.step = PlexStep::Server,
        }
    }

    fn go_back(&mut self, step: PlexStep, sender: &ComponentSender<Self>) {
        if step == PlexStep::Link {
            // The former code has been used.
            return self.begin(sender);
        }
        self.generation += 1;
        self.attempt = None;
        self.busy = false;
        self.failure = None;
        if step != PlexStep::Certificate {
            self.forget_server();
        }
        self.step = step;
    }
}
