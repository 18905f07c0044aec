//! What a person chose on a card, for every page that has cards: the question that follows, and what is told to the parent.
//!
//! **Does not know** which page it is, nor how cards look.

use std::sync::Arc;

use relm4::prelude::*;
use spool_engine::library::LibraryError;
use spool_engine::model::{Item, ItemId, Kind};
use spool_engine::playback::PlaybackError;

use super::up_next;
use crate::services::Services;
use crate::ui::widget::{Choice, card_menu};
use crate::user_message::UserMessage;

/// What a page with cards asks of its parent.
#[derive(Debug)]
pub enum CardOutput {
    /// Play the title from where it was left.
    Play(ItemId),
    /// Play these one after the other.
    PlayAll(Vec<ItemId>),
    /// Show the title's page.
    OpenDetails(ItemId),
    /// Something failed in the background: say so in a toast.
    Failed(UserMessage),
}

/// What became of a choice.
#[derive(Debug)]
pub enum CardDone {
    /// What *Play* on a title means.
    PlayFound(Result<Option<ItemId>, LibraryError>),
    /// What is by an artist, in order.
    TracksFound(Result<Vec<ItemId>, LibraryError>),
    /// Whether a mark was set.
    Marked(Result<(), LibraryError>),
}

/// Does what was chosen; what needs an answer comes back through `done`, for [`finish`].
pub(super) fn choose<C>(
    services: &Services,
    choice: Choice,
    item: &Arc<Item>,
    sender: &ComponentSender<C>,
    done: fn(CardDone) -> C::CommandOutput,
) where
    C: Component<Output = CardOutput>,
{
    let (library, item) = (services.engine.library.clone(), Arc::clone(item));
    match choice {
        Choice::Open => tell(sender, CardOutput::OpenDetails(item.id.clone())),
        Choice::OpenArtist => {
            if let Some(artist) = card_menu::artist(&item) {
                tell(sender, CardOutput::OpenDetails(artist.clone()));
            }
        }
        Choice::Play if item.kind == Kind::Artist => sender.oneshot_command(async move {
            done(CardDone::TracksFound(
                up_next::by_artist(&library, &item.id).await,
            ))
        }),
        Choice::Play => sender.oneshot_command(async move {
            done(CardDone::PlayFound(
                up_next::playable(&library, &item).await,
            ))
        }),
        Choice::SetWatched(watched) => sender.oneshot_command(async move {
            done(CardDone::Marked(
                library.set_watched(&item.id, watched).await,
            ))
        }),
        Choice::Dismiss => sender.oneshot_command(async move {
            done(CardDone::Marked(library.dismiss(&item.id).await))
        }),
    }
}

/// Tells the parent what became of a choice. What was marked shows by itself.
pub(super) fn finish<C>(done: CardDone, sender: &ComponentSender<C>)
where
    C: Component<Output = CardOutput>,
{
    let error = match done {
        CardDone::PlayFound(Ok(Some(id))) => return tell(sender, CardOutput::Play(id)),
        CardDone::TracksFound(Ok(tracks)) if !tracks.is_empty() => {
            return tell(sender, CardOutput::PlayAll(tracks));
        }
        CardDone::PlayFound(Ok(None)) | CardDone::TracksFound(Ok(_)) => {
            UserMessage::from(&PlaybackError::NothingToPlay)
        }
        CardDone::Marked(Ok(())) => return,
        CardDone::PlayFound(Err(error))
        | CardDone::TracksFound(Err(error))
        | CardDone::Marked(Err(error)) => UserMessage::from(&error),
    };
    tell(sender, CardOutput::Failed(error));
}

/// Tells the parent; there is nobody to tell while the program ends.
fn tell<C: Component<Output = CardOutput>>(sender: &ComponentSender<C>, output: CardOutput) {
    sender.output(output).ok();
}
