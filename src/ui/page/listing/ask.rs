//! The questions of the page to the library, and the news it listens to.

use std::sync::Arc;

use relm4::prelude::*;
use spool_engine::library::{LibraryError, LibraryService};
use spool_engine::model::Item;

use super::{ListDone, ListPage, Listed};
use crate::services::Services;
use crate::ui::page::feed::{CALM, follow_library, follow_presence};

/// Titles of a person that are shown at most.
const MOST: u32 = 1000;

/// What is in the list, as the server says now, or of a collection said before it went away.
pub(super) async fn titles(
    library: &LibraryService,
    listed: &Listed,
) -> Result<Vec<Item>, LibraryError> {
    match listed {
        Listed::Collection(collection) => library.members(&collection.id).await,
        Listed::Person(account, person) => {
            let key = person.key.as_deref().unwrap_or_default();
            library.appearances(account, key, MOST).await
        }
    }
}

/// The same titles as the mirror has them now; one that has left it stays as it was.
pub(super) async fn again(library: &LibraryService, items: Vec<Arc<Item>>) -> Vec<Arc<Item>> {
    let mut now = Vec::with_capacity(items.len());
    for item in items {
        let known = library.item(&item.id).await.map(Arc::new);
        now.push(known.unwrap_or(item));
    }
    now
}

/// Tells the page when the content of libraries or what is on this device changes.
pub(super) fn follow(services: &Services, sender: &ComponentSender<ListPage>) {
    follow_library(services, sender, CALM, || ListDone::Revised);
    follow_presence(services, sender, ListDone::Presence);
}
