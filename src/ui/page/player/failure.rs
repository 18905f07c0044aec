//! What happens when a title cannot be played (any further), and what a person may do about it.

use gtk::prelude::*;
use relm4::prelude::*;
use spool_engine::cache::CacheError;
use spool_engine::model::PartId;
use spool_engine::playback::Playable;
use spool_engine::recovery::Recovery;
use spool_engine::source::{Quality, SourceError};
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
    /// The person wants the file as it is.
    pub(super) as_it_is: bool,
    /// Its file was another one.
    pub(super) renewed: Renewed,
    /// The one that played until then.
    pub(super) former: Option<Former>,
}

/// A file that has played and is not there any more.
#[derive(Clone, Debug)]
pub(super) struct Former {
    part: Option<PartId>,
    /// It lies where it was, and has become another one.
    changed: bool,
}

/// Whether the server was asked for the file that there is now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Renewed {
    #[default]
    No,
    /// It is to be asked.
    Due,
    /// It was asked.
    Done,
}

impl PlayerPage {
    /// The player has given up. Where the server can make a stream of the title, that is tried once.
    pub(super) fn failed(&mut self, error: &PlayerError, sender: &ComponentSender<Self>) {
        let lost = error.is_about_another_file();
        if lost && self.instead.renewed == Renewed::No {
            return self.renew(error, sender);
        }
        let failure = Failure {
            message: match error {
                // It has just said that it has the title.
                PlayerError::Source(CacheError::Upstream(SourceError::Gone)) => {
                    (&SourceError::FileMissing).into()
                }
                error => error.into(),
            },
            details: error.to_string(),
        };
        match error.conversion_may_help() && self.can_convert() {
            true => self.convert(failure, sender),
            false => self.fail(failure.message, failure.details),
        }
    }

    /// The file was replaced: what there is now plays from the same place on.
    fn renew(&mut self, error: &PlayerError, sender: &ComponentSender<Self>) {
        let former = Former {
            part: self.course.part.clone(),
            changed: matches!(error, PlayerError::Source(CacheError::Changed)),
        };
        self.instead.former = self.playback.has_begun().then_some(former);
        self.instead.renewed = Renewed::Due;
        tracing::info!(%error, "the server is asked for the file that there is now");
        self.open_again(self.begin_again(), sender);
    }

    /// Whether the title is opened because its file is another one; once.
    pub(super) fn renews(&mut self) -> bool {
        let due = self.instead.renewed == Renewed::Due;
        if due {
            self.instead.renewed = Renewed::Done;
        }
        due
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
        let former = self.instead.former.take();
        if former.is_some_and(|it| it.changed || it.part.as_ref() != Some(&playable.part.id)) {
            messages.push(user_message::replaced());
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
    pub(super) fn begin_again(&self) -> Begin {
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
