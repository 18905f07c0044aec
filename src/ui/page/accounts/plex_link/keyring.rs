//! The patience with a keyring that a sign-in waits for.

use std::time::Duration;

use gtk::glib;
use relm4::ComponentSender;
use spool_engine::secret::Keep;

use super::{PlexDone, PlexInput, PlexLogin, PlexStep, words};
use crate::services::Services;

/// A keyring that has not answered by then may never do so: other places are offered while it is waited for.
const KEYRING_PATIENCE: Duration = Duration::from_secs(10);

impl PlexLogin {
    /// The keyring is waited for: begins to lose patience with it.
    pub(super) fn keyring_asks(&self, sender: &ComponentSender<Self>) {
        let (input, generation) = (sender.input_sender().clone(), self.generation);
        glib::timeout_add_local_once(KEYRING_PATIENCE, move || {
            input.emit(PlexInput::KeyringDue(generation));
        });
    }

    /// Offers other places, unless the keyring has answered meanwhile. It may still do so.
    pub(super) fn keyring_due(&mut self, generation: u64) {
        let waits = self.busy && self.server.is_some() && self.keep == Keep::Service;
        if waits && generation == self.generation {
            self.reason = words::slow_keyring();
            self.step = PlexStep::Keep;
        }
    }
}

/// Tells the dialog when the keyring is waited for.
pub(super) fn follow(services: &Services, sender: &ComponentSender<PlexLogin>) {
    let mut asks = services.engine.accounts.keyring_asks();
    sender.command(move |out, shutdown| {
        let follow = async move {
            while asks.changed().await.is_ok() {
                out.emit(PlexDone::KeyringAsks(*asks.borrow_and_update()));
            }
        };
        shutdown.register(follow).drop_on_shutdown()
    });
}
