//! The way in by a code, and the servers that answer in this network.

use relm4::prelude::*;
use spool_engine::accounts::{AccountError, FoundServer, QuickCode, QuickEntry};
use spool_engine::secret::Keep;
use tokio::sync::oneshot;

use super::{JellyfinLogin, LoginDone, Step};
use crate::user_message::UserMessage;

/// The way in by a code.
#[derive(Debug, Default)]
pub(super) struct Quick {
    /// The server offers it.
    pub(super) offered: bool,
    /// The code that waits to be typed.
    pub(super) code: Option<QuickCode>,
    /// Who was let in; waits to be kept.
    pub(super) entry: Option<QuickEntry>,
    /// Dropping it ends the wait.
    waiting: Option<oneshot::Sender<()>>,
}

impl JellyfinLogin {
    /// Looks for servers, while an address is typed.
    pub(super) fn discover(&mut self, sender: &ComponentSender<Self>) {
        self.looking = true;
        let (opened, accounts) = (self.opened, self.services.engine.accounts.clone());
        sender.oneshot_command(async move {
            LoginDone::Discovered(opened, accounts.discover_jellyfin().await)
        });
    }

    pub(super) fn discovered(&mut self, servers: Vec<FoundServer>) {
        self.looking = false;
        self.nearby = servers;
    }

    /// Asks whether the server that was found offers it.
    pub(super) fn offer_quick(&mut self, sender: &ComponentSender<Self>) {
        let Some(server) = self.server.clone() else {
            return;
        };
        let (generation, accounts) = (self.generation, self.services.engine.accounts.clone());
        sender.oneshot_command(async move {
            let offered = accounts.quick_connect_enabled(&server).await;
            LoginDone::Offered(generation, offered)
        });
    }

    /// Asks for a code and shows it.
    pub(super) fn ask_code(&mut self, sender: &ComponentSender<Self>) {
        let Some(server) = self.server.clone() else {
            return;
        };
        self.step = Step::Quick;
        self.quick.code = None;
        self.quick.entry = None;
        let accounts = self.services.engine.accounts.clone();
        self.follow(
            |now| async move { LoginDone::Code(now, accounts.ask_quick_connect(&server).await) },
            sender,
        );
    }

    pub(super) fn code_given(
        &mut self,
        code: Result<QuickCode, AccountError>,
        sender: &ComponentSender<Self>,
    ) {
        match code {
            Ok(code) => {
                self.quick.code = Some(code.clone());
                let accounts = self.services.engine.accounts.clone();
                let wait = |now| async move {
                    LoginDone::Entered(now, accounts.wait_quick_connect(&code).await)
                };
                self.follow(wait, sender);
            }
            Err(error) => self.code_failed(&error),
        }
    }

    pub(super) fn let_in(
        &mut self,
        entry: Result<QuickEntry, AccountError>,
        sender: &ComponentSender<Self>,
    ) {
        match entry {
            Ok(entry) => {
                self.quick.entry = Some(entry);
                self.sign_in(Keep::Service, sender);
            }
            Err(error) => self.code_failed(&error),
        }
    }

    fn code_failed(&mut self, error: &AccountError) {
        self.busy = false;
        self.quick.code = None;
        self.failure = Some(UserMessage::from(error));
    }

    /// A question that ends when another one begins or the dialog closes.
    fn follow<F>(&mut self, question: impl FnOnce(u64) -> F, sender: &ComponentSender<Self>)
    where
        F: Future<Output = LoginDone> + Send + 'static,
    {
        let question = question(self.ask());
        let (waiting, given_up) = oneshot::channel();
        self.quick.waiting = Some(waiting);
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
}
