//! What became of a choice on a card, told to the parent.

use relm4::prelude::*;
use spool_engine::library::LibraryError;
use spool_engine::model::ItemId;
use spool_engine::playback::PlaybackError;

use super::{LibraryOutput, LibraryPage};
use crate::user_message::UserMessage;

pub(super) fn play_found(
    found: Result<Option<ItemId>, LibraryError>,
    sender: &ComponentSender<LibraryPage>,
) {
    match found {
        Ok(Some(id)) => notify(sender, LibraryOutput::Play(id)),
        Ok(None) => {
            let error = UserMessage::from(&PlaybackError::NothingToPlay);
            notify(sender, LibraryOutput::Failed(error));
        }
        Err(error) => notify(sender, LibraryOutput::Failed(UserMessage::from(&error))),
    }
}

pub(super) fn marked(result: Result<(), LibraryError>, sender: &ComponentSender<LibraryPage>) {
    if let Err(error) = result {
        notify(sender, LibraryOutput::Failed(UserMessage::from(&error)));
    }
}

/// Tells the parent; there is nobody to tell while the program ends.
pub(super) fn notify(sender: &ComponentSender<LibraryPage>, output: LibraryOutput) {
    sender.output(output).ok();
}
