//! The questions of the page to the library, and the news it listens to.

use std::sync::Arc;

use relm4::prelude::*;
use spool_engine::library::{LibraryError, LibraryService};
use spool_engine::model::{Item, Library, LibraryId, Query};

use super::{LibraryDone, LibraryPage, view};
use crate::services::Services;
use crate::ui::page::feed::{CALM, follow_library, follow_presence};

/// Titles of the first answer: more than any window shows, and there at once.
const FIRST: u64 = 240;

/// Titles, and how many there are in all.
#[derive(Debug)]
pub struct Answer {
    /// The titles.
    pub items: Vec<Arc<Item>>,
    /// How many the whole answer has.
    pub total: u64,
}

/// The library with this id.
pub(super) async fn find(
    service: &LibraryService,
    id: &LibraryId,
) -> Result<Library, LibraryError> {
    let all = service.libraries().await?;
    let found = all.into_iter().find(|library| library.id == *id);
    found.ok_or(LibraryError::NotFound)
}

/// Answers a query; when `first` is set, twice: the first screens at once, then everything, where that is more.
pub(super) fn list(
    service: &LibraryService,
    query: Query,
    first: bool,
    generation: u64,
    sender: &ComponentSender<LibraryPage>,
) {
    let service = service.clone();
    sender.command(move |out, shutdown| {
        let answers = async move {
            if first {
                let first = Query {
                    limit: FIRST,
                    ..query.clone()
                };
                let first = answer(&service, first).await;
                let is_all = first.as_ref().map_or(true, |first| first.total <= FIRST);
                // A closed page has nobody to listen.
                out.send(LibraryDone::Listed(generation, first)).ok();
                if is_all {
                    return;
                }
            }
            let all = answer(&service, query).await;
            out.send(LibraryDone::Listed(generation, all)).ok();
        };
        shutdown.register(answers).drop_on_shutdown()
    });
}

/// Asks what the library's titles can be narrowed down by.
pub(super) fn values(
    service: &LibraryService,
    library: &Library,
    artists: bool,
    sender: &ComponentSender<LibraryPage>,
) {
    let (service, id) = (service.clone(), library.id.clone());
    let kinds = view::kinds(library.kind, artists);
    sender.oneshot_command(async move {
        let values = service.facets(&id, &kinds).await;
        LibraryDone::Offered(id, values)
    });
}

async fn answer(service: &LibraryService, query: Query) -> Result<Answer, LibraryError> {
    let page = service.page(query).await?;
    Ok(Answer {
        items: page.items.into_iter().map(Arc::new).collect(),
        total: page.total,
    })
}

/// Tells the page when the content of libraries or what is on this device changes.
pub(super) fn watch(services: &Services, sender: &ComponentSender<LibraryPage>) {
    follow_library(services, sender, CALM, || LibraryDone::Revised);
    follow_presence(services, sender, LibraryDone::Presence);
}
