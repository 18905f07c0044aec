//! Sentences about playing.

use spool_engine::playback::PlaybackError;
use spool_engine::recovery::Recovery;
use spool_engine::source::SourceError;
use spool_player::{Lack, MissingElement, PlayerError};

use super::UserMessage;
use crate::i18n::{gettext, gettext_f};

impl From<&PlayerError> for UserMessage {
    fn from(error: &PlayerError) -> Self {
        match error {
            PlayerError::MissingPlugin { description } => Self::new(
                gettext("A decoder is missing"),
                // Translators: {decoder} is what GStreamer calls it, such as "H.265 decoder".
                gettext_f(
                    "This file needs “{decoder}”, which is not installed.",
                    &[("decoder", description)],
                ),
                Recovery::Install(description.clone()),
            ),
            PlayerError::Damaged(_) => Self::new(
                gettext("The file cannot be played"),
                gettext("It is damaged, or of a kind that Spool does not know."),
                Recovery::GiveUp,
            ),
            PlayerError::Source(error) => error.into(),
            PlayerError::Stuck => Self::new(
                gettext("Playback does not start"),
                gettext("The file is here, but no picture comes. Trying again may help."),
                Recovery::Retry,
            ),
            PlayerError::Output(_) => Self::new(
                gettext("No output"),
                gettext("The picture or the sound cannot be put out on this device."),
                Recovery::Retry,
            ),
        }
    }
}

/// The file as it is has failed like this, and plays as a stream that its server makes.
#[must_use]
pub fn converted(failure: &UserMessage) -> UserMessage {
    UserMessage::new(
        // Translators: {failure} is a short sentence without a full stop, such as "The file cannot be played".
        gettext_f(
            "{failure}: the server converts it",
            &[("failure", &failure.title)],
        ),
        failure.detail.clone(),
        Recovery::GiveUp,
    )
}

/// The file was replaced while it played, and the new one plays from the same place on.
#[must_use]
pub fn replaced() -> UserMessage {
    UserMessage::new(
        gettext("The server has another file of this title now: playing that one"),
        String::new(),
        Recovery::GiveUp,
    )
}

/// The server had no room for the quality that was asked for, and serves this one.
#[must_use]
pub fn lower_quality(quality: &str, because: &SourceError) -> UserMessage {
    let because = UserMessage::from(because);
    UserMessage::new(
        // Translators: {reason} is a short sentence without a full stop, such as "The server is busy"; {quality} is such as
        // "720p, 3 Mbit/s".
        gettext_f(
            "{reason}: playing in {quality}",
            &[("reason", &because.title), ("quality", quality)],
        ),
        because.detail,
        Recovery::GiveUp,
    )
}

/// The server's owner has ended a playback, with these words.
#[must_use]
pub fn ended_by_owner(words: &str) -> UserMessage {
    UserMessage::new(
        gettext("The server has ended this playback"),
        words.to_owned(),
        Recovery::Retry,
    )
}

/// The server reads the film for a subtitle that was chosen, which takes a while.
#[must_use]
pub fn subtitle_takes_long() -> UserMessage {
    UserMessage::new(
        gettext("The server is reading the subtitle out of the film"),
        gettext("It shows as soon as it has come. That may take minutes, and the film plays on."),
        Recovery::GiveUp,
    )
}

/// A subtitle that was chosen cannot be had.
#[must_use]
pub fn no_subtitle(because: &PlaybackError) -> UserMessage {
    let because = UserMessage::from(because);
    UserMessage::new(
        gettext("This subtitle could not be loaded"),
        because.title,
        Recovery::GiveUp,
    )
}

impl From<&Lack> for UserMessage {
    fn from(lack: &Lack) -> Self {
        let (title, decoder) = match lack {
            Lack::Sound(decoder) => (gettext("No sound: a decoder is missing"), decoder),
            Lack::Subtitles(decoder) => (gettext("No subtitles: a decoder is missing"), decoder),
        };
        // Translators: {decoder} is what GStreamer calls it, such as "H.265 decoder".
        let detail = gettext_f(
            "This file needs “{decoder}”, which is not installed.",
            &[("decoder", decoder)],
        );
        Self::new(title, detail, Recovery::Install(decoder.clone()))
    }
}

/// Parts of GStreamer that Spool cannot work without are not installed. `missing` is not empty.
#[must_use]
pub fn missing_elements(missing: &[MissingElement]) -> UserMessage {
    let packages = packages(missing);
    UserMessage::new(
        gettext("Parts of GStreamer are missing"),
        // Translators: {packages} is a list of package names.
        gettext_f(
            "Titles cannot be played until they are installed. On Debian and Ubuntu they are in: {packages}",
            &[("packages", &packages)],
        ),
        Recovery::Install(packages.clone()),
    )
}

/// The packages that hold them, each once.
pub(super) fn packages(missing: &[MissingElement]) -> String {
    let mut packages: Vec<&str> = missing.iter().map(|element| element.package).collect();
    packages.sort_unstable();
    packages.dedup();
    packages.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_package_is_named_once() {
        let missing = ["playbin3", "uridecodebin3"].map(|factory| MissingElement {
            factory,
            package: "gstreamer1.0-plugins-base",
        });
        let message = missing_elements(&missing);
        assert_eq!(
            message.detail.matches("gstreamer1.0-plugins-base").count(),
            1
        );
    }
}
