//! What happens when a title cannot be played (any further), and what a person may do about it.

use gtk::prelude::*;
use relm4::prelude::*;
use spool_engine::playback::Playable;
use spool_engine::recovery::Recovery;
use spool_engine::source::Quality;
use spool_player::{Lack, PlayerError};

use super::tracks_menu::quality_label;
use super::{Begin, PlayerOutput, PlayerPage};
use crate::user_message::{self, UserMessage};

/// Why it does not play, in words for a person and for a report of a fault.
#[derive(Clone, Debug)]
pub struct Failure {
    pub(super) message: UserMessage,
    pub(super) details: String,
}

/// What a server makes of a title other than was asked for; for as long as the title plays.
#[derive(Clone, Debug, Default)]
pub(super) struct Instead {
    /// The file as it is has failed.
    pub(super) converted: bool,
    /// Why, until the stream plays.
    pub(super) because: Option<Failure>,
    /// The server had no room for more.
    pub(super) quality: Option<Quality>,
}

impl PlayerPage {
    /// The player has given up. Where the server can make a stream of the title, that is tried once.
    pub(super) fn failed(&mut self, error: &PlayerError, sender: &ComponentSender<Self>) {
        let failure = Failure {
            message: error.into(),
            details: error.to_string(),
        };
        match error.conversion_may_help() && self.can_convert() {
            true => self.convert(failure, sender),
            false => self.fail(failure.message, failure.details),
        }
    }

    /// A film without its sound is none: the same. False where nothing can be done about it.
    pub(super) fn convert_for(&mut self, lack: &Lack, sender: &ComponentSender<Self>) -> bool {
        let may = matches!(lack, Lack::Sound(_)) && self.can_convert();
        if may {
            let failure = Failure {
                message: lack.into(),
                details: format!("{lack:?}"),
            };
            self.convert(failure, sender);
        }
        may
    }

    fn can_convert(&self) -> bool {
        !self.instead.converted && self.course.can_convert()
    }

    fn convert(&mut self, failure: Failure, sender: &ComponentSender<Self>) {
        let Some(item) = self.asked.clone() else {
            return;
        };
        tracing::warn!(details = failure.details, "the server is asked to convert");
        self.instead.converted = true;
        self.instead.because = Some(failure);
        self.reopen(item, self.begin_again(), sender);
    }

    /// The server's owner does not let it go on.
    pub(super) fn ended_by_owner(&mut self, words: &str) {
        // What was sent arrives all the same.
        self.end();
        self.fail(user_message::ended_by_owner(words), words.to_owned());
    }

    /// Says what the server does other than was asked for.
    pub(super) fn tell_instead(&mut self, playable: &Playable, sender: &ComponentSender<Self>) {
        let converted = self.instead.because.as_ref();
        let converted = converted.filter(|_| playable.served.is_some());
        let mut messages: Vec<_> = converted
            .map(|failure| user_message::converted(&failure.message))
            .into_iter()
            .collect();
        if let Some(stepped) = &playable.stepped_down {
            let quality = quality_label(stepped.to);
            messages.push(user_message::lower_quality(&quality, &stepped.because));
            self.instead.quality = Some(stepped.to);
        }
        for message in messages {
            // The parent may be gone when the program ends.
            sender.output(PlayerOutput::Failed(message)).ok();
        }
    }

    /// What cannot be played as a stream either failed for its first reason.
    pub(super) fn fail(&mut self, message: UserMessage, details: String) {
        tracing::warn!(%details, "playback failed");
        let position = self.playback.position();
        self.report(|reports| reports.end(position));
        let first = self.instead.because.take();
        self.failure = Some(first.unwrap_or(Failure { message, details }));
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
