//! The question of the page to the mirror, and the news it listens to.

use relm4::prelude::*;
use spool_engine::library::{LibraryError, LibraryService};
use spool_engine::model::{Item, Query};

use super::{CALM, KINDS, SearchDone, SearchPage};
use crate::services::Services;
use crate::ui::page::feed::{follow_library, follow_presence};

/// Titles of one kind that are looked at.
const LOOKED_AT: u64 = 200;

/// What the mirror has, by kind.
pub(super) async fn mirror(
    library: &LibraryService,
    words: &str,
) -> Result<Vec<Vec<Item>>, LibraryError> {
    let mut rows = Vec::with_capacity(KINDS.len());
    for kind in KINDS {
        let query = Query {
            kinds: vec![kind],
            text: Some(words.to_owned()),
            limit: LOOKED_AT,
            ..Query::default()
        };
        rows.push(library.page(query).await?.items);
    }
    Ok(rows)
}

/// Tells the page when the content of libraries or what is on this device changes.
pub(super) fn follow(services: &Services, sender: &ComponentSender<SearchPage>) {
    follow_library(services, sender, CALM, || SearchDone::Revised);
    follow_presence(services, sender, SearchDone::Presence);
}
