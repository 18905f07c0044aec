//! What the page of a title is asked and told, and what it asks.

use std::sync::Arc;
use std::time::Duration;

use spool_engine::cache::EntryState;
use spool_engine::library::LibraryError;
use spool_engine::model::{AccountId, Item, ItemId};
use spool_engine::playback::PlaybackError;
use spool_engine::source::Person;

use super::load::Title;
use crate::ui::page::feed::PresenceChange;
use crate::ui::widget::Choice;
use crate::ui::widget::status::StatusAction;
use crate::user_message::UserMessage;

/// What the parent asks of it, and what its own widgets tell it.
#[derive(Debug)]
pub enum DetailsInput {
    /// Shows this title.
    Show(ItemId),
    /// The button that plays was pressed.
    PlayPressed,
    /// The button that plays all in a random order was pressed.
    ShufflePressed,
    /// An artist of the album was chosen.
    ArtistChosen(ItemId),
    /// The button that plays from the beginning was pressed.
    FromStartPressed,
    /// The chapter that begins here was chosen.
    ChapterChosen(Duration),
    /// Somebody who took part was chosen.
    PersonChosen(Box<Person>),
    /// The button that marks was pressed.
    MarkPressed,
    /// The button that makes it a favourite, or none any more, was pressed.
    FavouritePressed,
    /// The person gave it so many points of 10, or takes them back.
    Rated(Option<u8>),
    /// The button that keeps the title on this device was pressed.
    KeepPressed,
    /// The file with this key was chosen among those of the title.
    VersionChosen(String),
    /// The button that signs in was pressed.
    SignInPressed,
    /// A person chose something on a child.
    Chosen(Choice, Arc<Item>),
    /// The button of a failed page was pressed.
    ActionPressed(StatusAction),
    /// The page came on the screen.
    Mapped,
    /// The page became narrow, or wide again.
    Narrowed(bool),
}

/// Answers of the engine; those to a question carry its generation.
#[derive(Debug)]
pub enum DetailsDone {
    /// What the database knows.
    Known(u64, Result<Title, LibraryError>),
    /// The same with what the source knows.
    Complete(u64, Result<Title, LibraryError>),
    /// Which parts of the files are here.
    Entries(u64, Vec<Arc<EntryState>>),
    /// Parts of some file came or went.
    EntryChanged(Arc<EntryState>),
    /// Some of these were missed.
    EntriesMissed,
    /// The library's content changed.
    Revised,
    /// What is on this device changed.
    Presence(PresenceChange),
    /// What the person decided about its files holds from now on, or does not.
    Settled(Result<(), PlaybackError>),
    /// What is to play one after the other.
    Tracks(Result<Vec<ItemId>, LibraryError>),
    /// A title was marked, or not.
    Marked(Result<(), LibraryError>),
}

/// What it asks of the parent.
#[derive(Debug)]
pub enum DetailsOutput {
    /// Play the title from where it was left.
    Play(ItemId),
    /// Play these one after the other.
    PlayAll(Vec<ItemId>),
    /// Play the title from this place.
    PlayFrom(ItemId, Duration),
    /// Show another title's page above this one.
    OpenDetails(ItemId),
    /// Show in what else somebody took part.
    OpenPerson(AccountId, Box<Person>),
    /// Sign in again to this account.
    SignIn(AccountId),
    /// Something failed in the background: say so in a toast.
    Failed(UserMessage),
}
