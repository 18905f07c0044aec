//! What a person is told about an error: one plain sentence or two, and the next step.
//!
//! **Owns** every sentence about a failure, through gettext. The matches have no `_` arm: a new situation does not compile
//! until somebody has written its sentence. **Does not know** widgets.

mod account;
mod certificate;
mod demo;
mod player;

use spool_engine::cache::{CacheError, DiskCondition};
use spool_engine::library::LibraryError;
use spool_engine::playback::PlaybackError;
use spool_engine::recovery::Recovery;
use spool_engine::source::{NoConnection, SourceError};
use spool_engine::{Notice, StartError};

use crate::i18n::{gettext, gettext_f};

pub use player::{
    converted, ended_by_owner, lower_quality, missing_elements, no_subtitle, replaced,
    subtitle_takes_long,
};

/// An error in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserMessage {
    /// What happened, in a few words; a heading.
    pub title: String,
    /// Why, and what can be done; a sentence or two. May be empty.
    pub detail: String,
    /// What the button offers.
    pub recovery: Recovery,
}

impl UserMessage {
    fn new(title: String, detail: String, recovery: Recovery) -> Self {
        Self {
            title,
            detail,
            recovery,
        }
    }

    /// The label of the button that does what [`UserMessage::recovery`] says; `None` where no button helps.
    #[must_use]
    pub fn action(&self) -> Option<String> {
        match &self.recovery {
            Recovery::Retry | Recovery::RetryAfter(_) => Some(gettext("Try _Again")),
            Recovery::SignIn(_) => Some(gettext("_Sign In")),
            Recovery::FreeSpace(_) | Recovery::Install(_) | Recovery::GiveUp => None,
        }
    }
}

impl From<&SourceError> for UserMessage {
    fn from(error: &SourceError) -> Self {
        let (title, detail) = match error {
            SourceError::Unreachable(why) => unreachable(why),
            SourceError::Timeout => (
                gettext("The server does not answer"),
                gettext("It took the connection and then said nothing. It may be busy."),
            ),
            SourceError::Unauthorized
            | SourceError::Unconfirmed
            | SourceError::NotShared
            | SourceError::Relayed => of_access(error),
            SourceError::Forbidden => (
                gettext("Not allowed"),
                gettext("The server does not let this user do that."),
            ),
            SourceError::Gone | SourceError::FileMissing => of_title(error),
            SourceError::Busy { .. } => (
                gettext("The server is busy"),
                gettext("It asks to wait a little. It may still be starting."),
            ),
            SourceError::Status(status) => (
                gettext("The server has a problem"),
                // Translators: {status} is a number such as 500.
                gettext_f(
                    "It could not answer and gave the code {status}. Its log may say why.",
                    &[("status", &status.to_string())],
                ),
            ),
            SourceError::Malformed(_) => (
                gettext("The answer makes no sense"),
                gettext(
                    "Something answered, but not as a media server does. A proxy or another program may be in between.",
                ),
            ),
            SourceError::Encoded(_) => (
                gettext("The server compresses this film"),
                gettext(
                    "Spool asked for the file as it is. A proxy in between may be set up to compress everything it sends.",
                ),
            ),
            SourceError::Certificate(refused) => return refused.into(),
            SourceError::Insecure(_) => return insecure(),
            SourceError::Refused(words) => (gettext("The server refuses"), words.clone()),
            SourceError::Unreadable(_) => (
                gettext("The folder cannot be read"),
                gettext(
                    "It was moved or removed, its drive is not connected, or you may not open it.",
                ),
            ),
        };
        Self::new(title, detail, source_recovery(error))
    }
}

/// A title, or its file, that is not there.
fn of_title(error: &SourceError) -> (String, String) {
    match error {
        SourceError::FileMissing => (
            gettext("The server cannot find its file"),
            gettext(
                "It was moved or removed there, or its drive is not connected to the server. Try again when it is back.",
            ),
        ),
        _ => (
            gettext("Not there any more"),
            gettext("The server does not have this title any more."),
        ),
    }
}

/// Whether somebody is let in at all, and over which way.
fn of_access(error: &SourceError) -> (String, String) {
    match error {
        SourceError::Unconfirmed => (
            gettext("The server does not take the sign-in now"),
            gettext("It may still be starting. Spool asks it again by itself."),
        ),
        SourceError::NotShared => (
            gettext("This server is no longer shared with you"),
            gettext("Ask its owner. When it is shared again, it comes back by itself."),
        ),
        SourceError::Relayed => (
            gettext("Plex's relay carries only a low quality"),
            gettext(
                "The server cannot be reached directly. Its owner can allow that in its settings.",
            ),
        ),
        _ => (
            gettext("You are signed out"),
            gettext("The server no longer accepts this sign-in. Sign in again."),
        ),
    }
}

/// Title and detail of a connection that does not come about.
fn unreachable(why: &NoConnection) -> (String, String) {
    let detail = match why {
        NoConnection::NoSuchName => {
            gettext("Nobody here knows a server of this name. Check how it is spelled.")
        }
        NoConnection::Refused => gettext(
            "The computer is there, but no server runs at this address. Check the port, and that it is running.",
        ),
        NoConnection::NoRoute | NoConnection::NoAnswer | NoConnection::Other(_) => {
            gettext("Check that it is running and that this device is on the network.")
        }
    };
    (gettext("The server cannot be reached"), detail)
}

/// No secret way leads there.
fn insecure() -> UserMessage {
    UserMessage::new(
        gettext("The connection is not secure"),
        gettext("The server and this device could not agree on how to keep it secret."),
        Recovery::GiveUp,
    )
}

/// As [`SourceError::recovery`], for callers that do not know the account.
fn source_recovery(error: &SourceError) -> Recovery {
    match error {
        SourceError::Unreachable(_)
        | SourceError::Timeout
        | SourceError::Unconfirmed
        | SourceError::FileMissing
        | SourceError::Status(500..) => Recovery::Retry,
        SourceError::Busy { retry_after } => {
            retry_after.map_or(Recovery::Retry, Recovery::RetryAfter)
        }
        SourceError::Unauthorized
        | SourceError::NotShared
        | SourceError::Relayed
        | SourceError::Forbidden
        | SourceError::Gone
        | SourceError::Status(_)
        | SourceError::Malformed(_)
        | SourceError::Encoded(_)
        | SourceError::Certificate(_)
        | SourceError::Insecure(_)
        | SourceError::Refused(_)
        | SourceError::Unreadable(_) => Recovery::GiveUp,
    }
}

impl From<&LibraryError> for UserMessage {
    fn from(error: &LibraryError) -> Self {
        match error {
            LibraryError::NotFound => Self::new(
                gettext("Not there any more"),
                gettext("This title was removed from its library."),
                Recovery::GiveUp,
            ),
            LibraryError::Source(error) => error.into(),
            LibraryError::Store(_) => database(),
        }
    }
}

/// The database failed.
fn database() -> UserMessage {
    UserMessage::new(
        gettext("The library cannot be read"),
        gettext("Spool’s database failed. The disk may be full or damaged."),
        Recovery::Retry,
    )
}

impl From<&CacheError> for UserMessage {
    fn from(error: &CacheError) -> Self {
        match error {
            CacheError::Upstream(error) => error.into(),
            CacheError::Offline => (&PlaybackError::NeedsNetwork).into(),
            CacheError::Disk(_) => Self::new(
                gettext("The disk has a problem"),
                gettext("Spool cannot write to its cache folder. The disk may be full."),
                Recovery::Retry,
            ),
            CacheError::DiskFull { needed } => Self::new(
                gettext("The disk is full"),
                gettext("Free some space, or lower the limit in the preferences."),
                Recovery::FreeSpace(*needed),
            ),
            CacheError::Changed => Self::new(
                gettext("The file changed"),
                gettext(
                    "It was replaced on the server while it played. Start it again to see the new one.",
                ),
                Recovery::Retry,
            ),
            CacheError::NotSeekable => Self::new(
                gettext("The server cannot skip in this file"),
                gettext("It only sends this file from its beginning."),
                Recovery::GiveUp,
            ),
            CacheError::Cancelled | CacheError::Closed => Self::new(
                gettext("Stopped"),
                gettext("Playback was stopped."),
                Recovery::Retry,
            ),
            CacheError::InUse => in_use(),
        }
    }
}

/// Another program holds the profile.
fn in_use() -> UserMessage {
    UserMessage::new(
        gettext("Spool is already running"),
        gettext("Another Spool or spoolctl is using this profile. Close it first."),
        Recovery::Retry,
    )
}

impl From<&PlaybackError> for UserMessage {
    fn from(error: &PlaybackError) -> Self {
        match error {
            PlaybackError::NeedsNetwork => Self::new(
                gettext("This title needs the network"),
                gettext("It is not on this device, and its server cannot be reached now."),
                Recovery::Retry,
            ),
            PlaybackError::NothingToPlay => Self::new(
                gettext("Nothing to play"),
                gettext("This title has no file to play."),
                Recovery::GiveUp,
            ),
            PlaybackError::NothingToKeep => Self::new(
                gettext("This title cannot be kept"),
                gettext(
                    "It lies on its server as a disc, of which there is no file to fetch. It plays while the server can be reached.",
                ),
                Recovery::GiveUp,
            ),
            PlaybackError::SignInNeeded(account) => Self::new(
                gettext("You are signed out"),
                gettext("The server no longer accepts this sign-in. Sign in again."),
                Recovery::SignIn(account.clone()),
            ),
            PlaybackError::Library(error) => error.into(),
            PlaybackError::Cache(error) => error.into(),
            PlaybackError::Source(error) => error.into(),
        }
    }
}

impl From<&DiskCondition> for UserMessage {
    fn from(condition: &DiskCondition) -> Self {
        let title = match condition {
            DiskCondition::Fine => gettext("The disk has space again"),
            DiskCondition::Full => gettext("This disk is full; playing without keeping"),
            DiskCondition::Failing(_) => {
                gettext("This disk cannot be written; playing without keeping")
            }
            DiskCondition::Held => {
                gettext("Another program uses this cache; playing without keeping")
            }
        };
        Self::new(title, String::new(), Recovery::GiveUp)
    }
}

impl From<&Notice> for UserMessage {
    fn from(notice: &Notice) -> Self {
        match notice {
            Notice::DatabaseRebuilt { aside, .. } => Self::new(
                gettext("The library was made anew"),
                // Translators: {file} is the path of a file.
                gettext_f(
                    "Spool’s database could not be used. Accounts and positions that could be read were kept; the old file is {file}.",
                    &[("file", &aside.display().to_string())],
                ),
                Recovery::GiveUp,
            ),
        }
    }
}

impl From<&StartError> for UserMessage {
    fn from(error: &StartError) -> Self {
        match error {
            StartError::InUse => in_use(),
            StartError::Folder(folder, _) => Self::new(
                gettext("Spool cannot use its folder"),
                // Translators: {folder} is the path of a folder.
                gettext_f(
                    "{folder} cannot be written. Check who owns it and whether the disk is full.",
                    &[("folder", &folder.display().to_string())],
                ),
                Recovery::Retry,
            ),
            StartError::Database(_) => database(),
            StartError::Newer(_) => Self::new(
                gettext("This profile belongs to a newer Spool"),
                gettext(
                    "Its library was written by a later version. Install that version to go on.",
                ),
                Recovery::GiveUp,
            ),
            StartError::Threads(_) => Self::new(
                gettext("Spool cannot start"),
                gettext("The system gives it no more threads. Close other programs and try again."),
                Recovery::Retry,
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_button_is_offered_only_where_it_helps() {
        let message = UserMessage::from(&PlaybackError::NeedsNetwork);
        assert_eq!(message.action().as_deref(), Some("Try _Again"));
        assert_eq!(UserMessage::from(&SourceError::Gone).action(), None);
    }

    #[test]
    fn a_nested_error_keeps_its_own_words() {
        let nested = PlaybackError::Cache(CacheError::Upstream(SourceError::Timeout));
        assert_eq!(
            UserMessage::from(&nested),
            UserMessage::from(&SourceError::Timeout)
        );
    }

    #[test]
    fn texts_for_logs_are_not_shown() {
        let error = SourceError::Malformed("<html> at line 1".to_owned());
        let message = UserMessage::from(&error);
        assert!(!message.detail.contains("html"));
    }
}
