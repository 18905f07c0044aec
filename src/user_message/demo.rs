//! Sentences about making the demo library.

use spool_engine::recovery::Recovery;
use spool_player::clip::ClipError;

use super::UserMessage;
use super::player::packages;
use crate::demo::DemoError;
use crate::i18n::{gettext, gettext_f};

impl From<&DemoError> for UserMessage {
    fn from(error: &DemoError) -> Self {
        match error {
            DemoError::Clip(ClipError::Missing(missing)) => {
                let packages = packages(missing);
                Self::new(
                    gettext("Parts of GStreamer are missing"),
                    // Translators: {packages} is a list of package names.
                    gettext_f(
                        "The demo library cannot be made until they are installed. On Debian and Ubuntu they are in: {packages}",
                        &[("packages", &packages)],
                    ),
                    Recovery::Install(packages.clone()),
                )
            }
            DemoError::Clip(ClipError::GivenUp) => Self::new(
                gettext("Cancelled"),
                gettext("Nothing of the demo library was kept."),
                Recovery::Retry,
            ),
            DemoError::Clip(ClipError::Failed(_)) | DemoError::Disk(_) => Self::new(
                gettext("The demo library could not be made"),
                gettext("Its files could not be written. The disk may be full."),
                Recovery::Retry,
            ),
        }
    }
}
