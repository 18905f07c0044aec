//! Signing in to a Jellyfin server: its address, then name and password or a code. Between them, where nobody known vouches
//! for the server, its certificate; behind them, only where no keyring helps, the question where the sign-in may be kept.
//!
//! **Owns** the password while the dialog is open; it is forgotten when the dialog closes.

mod again;
mod code_page;
mod keyring;
mod nearby;
mod quick;
pub(super) mod view;

use relm4::prelude::*;
use spool_engine::accounts::{AccountError, FoundServer, QuickCode, QuickEntry};
use spool_engine::http::Terms;
use spool_engine::model::{Account, RefusedCertificate};
use spool_engine::secret::{Keep, Secret, SecretError};
use spool_engine::source::SourceError;
use tokio::sync::oneshot;

use self::quick::Quick;
use self::view::LoginWidgets;
use super::AddOutput;
use crate::services::Services;
use crate::user_message::UserMessage;

/// What it is told.
#[derive(Debug)]
pub enum LoginInput {
    /// Begins anew, with what is known of an account that must sign in again.
    Begin {
        /// The server's address; empty: not known.
        address: String,
        /// The user's name; empty: not known.
        user: String,
    },
    /// The address was entered.
    AddressEntered(String),
    /// The person accepts the certificate that was shown.
    CertificateAccepted,
    /// Name and password were entered.
    PasswordEntered {
        /// The user's name.
        user: String,
        /// The password.
        password: Secret,
    },
    /// A code is wanted, or another one.
    QuickChosen,
    /// The person decided where the sign-in may be kept.
    KeepChosen(Keep),
    /// The sign-in of this number has waited for the keyring for a while.
    KeyringDue(u64),
    /// The person went back to the page before.
    WentBack,
    /// The dialog was closed.
    Closed,
}

/// What the engine answered, with the number of the question.
#[derive(Debug)]
pub enum LoginDone {
    /// Who is at the address.
    Found(u64, Terms, Result<FoundServer, AccountError>),
    /// Servers of this network, with the number of the opening.
    Discovered(u64, Vec<FoundServer>),
    /// Whether the server lets somebody in by a code.
    Offered(u64, bool),
    /// A code, to be shown.
    Code(u64, Result<QuickCode, AccountError>),
    /// Somebody typed the code.
    Entered(u64, Result<QuickEntry, AccountError>),
    /// The keyring is waited for, or not any more.
    KeyringAsks(bool),
    /// Whether the sign-in worked.
    SignedIn(u64, Result<Account, AccountError>),
}

/// Which page of the dialog is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Step {
    /// The server's address.
    #[default]
    Address,
    /// A certificate that nobody known vouches for.
    Certificate,
    /// Name and password.
    Password,
    /// The code to type elsewhere.
    Quick,
    /// Where the sign-in may be kept.
    Keep,
}

/// Why the person is asked where the sign-in may be kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reason {
    /// No keyring runs.
    #[default]
    NoKeyring,
    /// It is waited for still.
    Slow,
    /// It stays locked.
    Locked,
    /// It does not do its work.
    Failed,
}

impl From<&SecretError> for Reason {
    fn from(error: &SecretError) -> Self {
        match error {
            SecretError::Unavailable => Self::NoKeyring,
            SecretError::Locked => Self::Locked,
            SecretError::Failed(_) => Self::Failed,
        }
    }
}

/// The dialog.
#[derive(Debug)]
pub struct JellyfinLogin {
    services: Services,
    generation: u64,
    step: Step,
    busy: bool,
    failure: Option<UserMessage>,
    server: Option<FoundServer>,
    /// The address that was typed, and what holds between this computer and the server there.
    typed: (String, Terms),
    /// The certificate that was refused there.
    refused: Option<RefusedCertificate>,
    credentials: Option<(String, Secret)>,
    quick: Quick,
    /// Servers are looked for in this network,
    looking: bool,
    /// and these were found.
    nearby: Vec<FoundServer>,
    /// Where the sign-in that is under way is to be kept; dropping the other end gives it up.
    attempt: Option<(Keep, oneshot::Sender<()>)>,
    reason: Reason,
    /// How often the dialog was opened, and what was known then: address and user.
    opened: u64,
    known: (String, String),
    finished: bool,
}

impl Component for JellyfinLogin {
    type Init = Services;
    type Input = LoginInput;
    type Output = AddOutput;
    type CommandOutput = LoginDone;
    type Root = adw::Dialog;
    type Widgets = LoginWidgets;

    fn init_root() -> Self::Root {
        adw::Dialog::builder()
            .content_width(420)
            .content_height(470)
            .build()
    }

    fn init(
        services: Services,
        root: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let widgets = LoginWidgets::build(&root, sender.input_sender());
        keyring::follow(&services, &sender);
        let model = Self {
            services,
            generation: 0,
            step: Step::Address,
            busy: false,
            failure: None,
            server: None,
            typed: Default::default(),
            refused: None,
            credentials: None,
            quick: Quick::default(),
            looking: false,
            nearby: Vec::new(),
            attempt: None,
            reason: Reason::default(),
            opened: 0,
            known: Default::default(),
            finished: false,
        };
        ComponentParts { model, widgets }
    }

    fn update(&mut self, input: LoginInput, sender: ComponentSender<Self>, _root: &Self::Root) {
        match input {
            LoginInput::Begin { address, user } => self.begin(address, user, &sender),
            LoginInput::AddressEntered(address) => self.find(address, Terms::default(), &sender),
            LoginInput::CertificateAccepted => self.accept(&sender),
            LoginInput::PasswordEntered { user, password } => {
                self.credentials = Some((user, password));
                self.quick.entry = None;
                self.sign_in(Keep::Service, &sender);
            }
            LoginInput::QuickChosen => self.ask_code(&sender),
            LoginInput::KeepChosen(keep) => self.sign_in(keep, &sender),
            LoginInput::KeyringDue(generation) => self.keyring_due(generation),
            LoginInput::WentBack => self.go_back(),
            LoginInput::Closed => self.reset(),
        }
    }

    fn update_cmd(&mut self, done: LoginDone, sender: ComponentSender<Self>, _root: &Self::Root) {
        match done {
            LoginDone::Found(generation, terms, found) if generation == self.generation => {
                self.found(terms, found, &sender);
            }
            LoginDone::Discovered(opened, servers) if opened == self.opened => {
                self.discovered(servers);
            }
            LoginDone::Offered(generation, offered) if generation == self.generation => {
                self.quick.offered = offered;
            }
            LoginDone::Code(generation, code) if generation == self.generation => {
                self.code_given(code, &sender);
            }
            LoginDone::Entered(generation, entry) if generation == self.generation => {
                self.let_in(entry, &sender);
            }
            LoginDone::SignedIn(generation, account) if generation == self.generation => {
                self.signed_in(account, &sender);
            }
            LoginDone::KeyringAsks(true) => self.keyring_asks(&sender),
            _ => {}
        }
    }

    fn update_view(&self, widgets: &mut LoginWidgets, sender: ComponentSender<Self>) {
        widgets.show(self, sender.input_sender());
    }
}

impl JellyfinLogin {
    fn reset(&mut self) {
        self.generation += 1;
        self.step = Step::Address;
        self.busy = false;
        self.failure = None;
        self.server = None;
        self.typed = Default::default();
        self.refused = None;
        self.credentials = None;
        self.quick = Quick::default();
        self.attempt = None;
        self.known = Default::default();
        self.finished = false;
    }

    fn begin(&mut self, address: String, user: String, sender: &ComponentSender<Self>) {
        self.reset();
        let known = !address.is_empty();
        self.opened += 1;
        self.known = (address.clone(), user);
        if known {
            self.find_again(address, sender);
        } else {
            self.discover(sender);
        }
    }

    /// A new question: answers to older ones are not wanted any more.
    fn ask(&mut self) -> u64 {
        self.busy = true;
        self.failure = None;
        self.generation += 1;
        self.generation
    }

    fn find(&mut self, address: String, terms: Terms, sender: &ComponentSender<Self>) {
        let (generation, accounts) = (self.ask(), self.services.engine.accounts.clone());
        self.typed = (address.clone(), terms.clone());
        sender.oneshot_command(async move {
            let found = accounts.find_jellyfin_on(&address, &terms).await;
            LoginDone::Found(generation, terms, found)
        });
    }

    fn found(
        &mut self,
        terms: Terms,
        found: Result<FoundServer, AccountError>,
        sender: &ComponentSender<Self>,
    ) {
        self.busy = false;
        self.typed.1 = terms;
        match found {
            Ok(server) => {
                self.server = Some(server);
                self.quick = Quick::default();
                self.offer_quick(sender);
                self.step = Step::Password;
            }
            Err(AccountError::Source(SourceError::Certificate(refused)))
                if refused.fault.can_be_accepted() =>
            {
                self.refused = Some(refused);
                self.step = Step::Certificate;
            }
            Err(error) => self.failure = Some(UserMessage::from(&error)),
        }
    }

    fn sign_in(&mut self, keep: Keep, sender: &ComponentSender<Self>) {
        let accounts = self.services.engine.accounts.clone();
        let entry = self.quick.entry.clone();
        let typed = self.server.clone().zip(self.credentials.clone());
        if entry.is_none() && typed.is_none() {
            return;
        }
        let sign_in = async move {
            match (entry, typed) {
                (Some(entry), _) => accounts.add_quick_connect(&entry, keep).await,
                (None, Some((server, (user, password)))) => {
                    let signed_in = accounts.sign_in_jellyfin(&server, &user, &password, keep);
                    signed_in.await
                }
                (None, None) => Err(AccountError::NoChoice),
            }
        };
        let generation = self.ask();
        let (attempt, given_up) = oneshot::channel();
        self.attempt = Some((keep, attempt));
        sender.command(move |out, shutdown| {
            let attempt = async move {
                tokio::select! {
                    account = sign_in => out.emit(LoginDone::SignedIn(generation, account)),
                    _ = given_up => {}
                }
            };
            shutdown.register(attempt).drop_on_shutdown()
        });
    }

    fn signed_in(
        &mut self,
        account: Result<Account, AccountError>,
        sender: &ComponentSender<Self>,
    ) {
        self.busy = false;
        let keep = self.attempt.take().map(|(keep, _)| keep);
        match account {
            Ok(account) => {
                self.finished = true;
                // The parent outlives its dialogs.
                sender.output(AddOutput::Added(account)).ok();
            }
            Err(AccountError::Secret(error)) if keep == Some(Keep::Service) => {
                tracing::info!(%error, "no keyring keeps the sign-in");
                self.reason = Reason::from(&error);
                self.step = Step::Keep;
            }
            Err(error) => {
                // Whatever else went wrong is put right where name and password are typed.
                self.step = Step::Password;
                self.failure = Some(UserMessage::from(&error));
            }
        }
    }

    /// Whether the place that was chosen is being tried; while a silent keyring is waited for, others can be chosen.
    fn keeps(&self) -> bool {
        let waits = matches!(self.attempt, Some((Keep::Service, _)));
        self.busy && !(waits && self.reason == Reason::Slow)
    }

    fn go_back(&mut self) {
        self.generation += 1;
        self.busy = false;
        self.failure = None;
        self.attempt = None;
        let offered = self.quick.offered;
        self.quick = Quick::default();
        self.quick.offered = offered;
        self.step = match self.step {
            Step::Address | Step::Certificate | Step::Password => Step::Address,
            Step::Quick | Step::Keep => Step::Password,
        };
    }
}
