//! Sentences about playing.

use spool_engine::recovery::Recovery;
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
    let mut packages: Vec<&str> = missing.iter().map(|element| element.package).collect();
    packages.sort_unstable();
    packages.dedup();
    let packages = packages.join(", ");
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
