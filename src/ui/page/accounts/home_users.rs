//! Switching the user of a home: who is of it, the PIN where one is asked for, and then the same source with another's eyes.
//!
//! **Owns** the list of users while the dialog is open.

mod view;

use relm4::prelude::*;
use spool_engine::accounts::{AccountError, HomeUser};
use spool_engine::model::{Account, AccountId};
use spool_engine::secret::Secret;
use tokio::sync::oneshot;

pub use self::view::UsersStep;
use self::view::UsersWidgets;
use crate::services::Services;
use crate::user_message::UserMessage;

/// What it is told.
#[derive(Debug)]
pub enum UsersInput {
    /// Begins for this account: asks who is of its home.
    Begin(AccountId),
    /// Ask again who is of the home.
    Again,
    /// This user was chosen, by plex.tv's id.
    Chosen(String),
    /// The PIN of the chosen user was typed.
    PinEntered(Secret),
    /// The person went back to the list.
    WentBack,
    /// The dialog was closed.
    Closed,
}

/// What it tells the parent.
#[derive(Debug)]
pub enum UsersOutput {
    /// The account is this user's now.
    Switched(Account),
}

/// What the engine answered, with the number of the question.
#[derive(Debug)]
pub enum UsersDone {
    /// Who is of the home.
    Listed(u64, Result<Vec<HomeUser>, AccountError>),
    /// Whether the account is another user's now.
    Switched(u64, Result<Account, AccountError>),
}

/// The dialog.
#[derive(Debug)]
pub struct UserSwitch {
    services: Services,
    generation: u64,
    account: Option<Account>,
    users: Vec<HomeUser>,
    step: UsersStep,
    /// Who was chosen.
    user: Option<HomeUser>,
    busy: bool,
    failure: Option<UserMessage>,
    /// What is under way; dropping it gives it up.
    attempt: Option<oneshot::Sender<()>>,
    finished: bool,
}

impl Component for UserSwitch {
    type Init = Services;
    type Input = UsersInput;
    type Output = UsersOutput;
    type CommandOutput = UsersDone;
    type Root = adw::Dialog;
    type Widgets = UsersWidgets;

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
        let widgets = UsersWidgets::build(&root, sender.input_sender());
        let model = Self {
            services,
            generation: 0,
            account: None,
            users: Vec::new(),
            step: UsersStep::List,
            user: None,
            busy: false,
            failure: None,
            attempt: None,
            finished: false,
        };
        ComponentParts { model, widgets }
    }

    fn update(&mut self, input: UsersInput, sender: ComponentSender<Self>, _root: &Self::Root) {
        match input {
            UsersInput::Begin(id) => self.begin(&id, &sender),
            UsersInput::Again => self.list(&sender),
            UsersInput::Chosen(uuid) => self.choose(&uuid, &sender),
            UsersInput::PinEntered(pin) => self.switch(Some(pin), &sender),
            UsersInput::WentBack => {
                self.forget_question();
                self.step = UsersStep::List;
            }
            UsersInput::Closed => self.reset(),
        }
    }

    fn update_cmd(&mut self, done: UsersDone, sender: ComponentSender<Self>, _root: &Self::Root) {
        match done {
            UsersDone::Listed(now, users) if now == self.generation => self.listed(users),
            UsersDone::Switched(now, account) if now == self.generation => {
                self.switched(account, &sender);
            }
            UsersDone::Listed(..) | UsersDone::Switched(..) => {}
        }
    }

    fn update_view(&self, widgets: &mut UsersWidgets, sender: ComponentSender<Self>) {
        widgets.show(self, sender.input_sender());
    }
}

impl UserSwitch {
    fn reset(&mut self) {
        self.forget_question();
        self.account = None;
        self.users.clear();
        self.step = UsersStep::List;
        self.user = None;
        self.finished = false;
    }

    /// Answers to older questions are not wanted any more.
    fn forget_question(&mut self) {
        self.generation += 1;
        self.attempt = None;
        self.busy = false;
        self.failure = None;
    }

    fn ask<F>(&mut self, question: impl FnOnce(u64) -> F, sender: &ComponentSender<Self>)
    where
        F: Future<Output = UsersDone> + Send + 'static,
    {
        self.forget_question();
        self.busy = true;
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

    fn begin(&mut self, id: &AccountId, sender: &ComponentSender<Self>) {
        self.reset();
        let accounts = self.services.engine.accounts.list();
        self.account = accounts.iter().find(|known| known.id == *id).cloned();
        self.list(sender);
    }

    fn list(&mut self, sender: &ComponentSender<Self>) {
        let Some(id) = self.account.as_ref().map(|account| account.id.clone()) else {
            return;
        };
        let accounts = self.services.engine.accounts.clone();
        self.ask(
            |now| async move { UsersDone::Listed(now, accounts.users(&id).await) },
            sender,
        );
    }

    fn listed(&mut self, users: Result<Vec<HomeUser>, AccountError>) {
        self.busy = false;
        match users {
            Ok(users) => self.users = users,
            Err(error) => self.failure = Some(UserMessage::from(&error)),
        }
    }

    /// Whether the account is this user's already.
    fn is_current(&self, user: &HomeUser) -> bool {
        let account = self.account.as_ref();
        account.is_some_and(|account| account.user == user.name)
    }

    fn choose(&mut self, uuid: &str, sender: &ComponentSender<Self>) {
        let Some(user) = self.users.iter().find(|user| user.uuid == uuid).cloned() else {
            return;
        };
        let is_protected = user.protected;
        self.forget_question();
        self.user = Some(user);
        match is_protected {
            true => self.step = UsersStep::Pin,
            false => self.switch(None, sender),
        }
    }

    fn switch(&mut self, pin: Option<Secret>, sender: &ComponentSender<Self>) {
        let (Some(account), Some(user)) = (&self.account, &self.user) else {
            return;
        };
        let (id, uuid) = (account.id.clone(), user.uuid.clone());
        let accounts = self.services.engine.accounts.clone();
        let switch = |now| async move {
            UsersDone::Switched(now, accounts.switch(&id, &uuid, pin.as_ref()).await)
        };
        self.ask(switch, sender);
    }

    fn switched(&mut self, account: Result<Account, AccountError>, sender: &ComponentSender<Self>) {
        self.busy = false;
        match account {
            Ok(account) => {
                self.finished = true;
                // The parent outlives its dialogs.
                sender.output(UsersOutput::Switched(account)).ok();
            }
            Err(error) => self.failure = Some(UserMessage::from(&error)),
        }
    }
}
