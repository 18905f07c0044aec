//! What the page of a library is asked and told, and what it asks.

use std::sync::Arc;

use spool_engine::library::LibraryError;
use spool_engine::model::{FacetValues, Item, Library, LibraryId};

use super::ask::Answer;
use super::view::View;
use crate::ui::page::choice::{CardDone, CardOutput};
use crate::ui::page::feed::PresenceChange;
use crate::ui::widget::Choice;
use crate::ui::widget::status::StatusAction;

/// What the parent asks of it, and what its own widgets tell it.
#[derive(Debug)]
pub enum LibraryInput {
    /// Shows this library, from its beginning or where it was left.
    Show(LibraryId),
    /// Puts the keyboard into the search field.
    FocusSearch,
    /// A person chose something on a card.
    Chosen(Choice, Arc<Item>),
    /// A person chose an order or a filter.
    ViewChosen(View),
    /// A person typed words, or deleted them.
    Searched(String),
    /// A person wants to go from the search field to the titles.
    TitlesWanted,
    /// The button of an empty or failed page was pressed.
    ActionPressed(StatusAction),
    /// The page came on the screen.
    Mapped,
}

/// Answers of the engine; those to a question carry its generation.
#[derive(Debug)]
pub enum LibraryDone {
    /// The library that was asked for, or why there is none.
    Found(u64, Result<Library, LibraryError>),
    /// Its titles.
    Listed(u64, Result<Answer, LibraryError>),
    /// What its titles can be narrowed down by.
    Offered(LibraryId, Result<FacetValues, LibraryError>),
    /// The library's content changed.
    Revised,
    /// What is on this device changed.
    Presence(PresenceChange),
    /// What became of a choice on a card.
    Chosen(CardDone),
}

/// What it asks of the parent.
pub type LibraryOutput = CardOutput;
