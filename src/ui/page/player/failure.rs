//! What happens when a title cannot be played (any further), and what a person may do about it.

use gtk::prelude::*;
use relm4::prelude::*;
use spool_engine::recovery::Recovery;

use super::{Begin, PlayerOutput, PlayerPage};
use crate::user_message::UserMessage;

/// Why it does not play, in words for a person and for a report of a fault.
#[derive(Clone, Debug)]
pub struct Failure {
    pub(super) message: UserMessage,
    pub(super) details: String,
}

impl PlayerPage {
    pub(super) fn fail(&mut self, message: UserMessage, details: String) {
        tracing::warn!(%details, "playback failed");
        let position = self.playback.position();
        self.report(|reports| reports.end(position));
        self.failure = Some(Failure { message, details });
    }

    pub(super) fn recover(&mut self, sender: &ComponentSender<Self>) {
        let Some(failure) = self.failure.clone() else {
            return;
        };
        match failure.message.recovery {
            Recovery::SignIn(account) => {
                sender.output(PlayerOutput::SignIn(account)).ok();
            }
            _ => {
                if let Some(item) = self.asked.clone() {
                    self.open(item, self.begin_again(), sender);
                }
            }
        }
    }

    /// Where another attempt begins: where this one came to, or where it was to begin.
    fn begin_again(&self) -> Begin {
        match self.playback.has_begun() {
            true => Begin::At(self.playback.position()),
            false => self.begin,
        }
    }

    pub(super) fn copy_details(&self, root: &adw::NavigationPage) {
        if let Some(failure) = &self.failure {
            let title = self.heading().0;
            let UserMessage {
                title: what,
                detail,
                ..
            } = &failure.message;
            root.clipboard()
                .set_text(&format!("{title}\n{what}. {detail}\n{}\n", failure.details));
        }
    }
}
