//! The questions of the page to the engine, and the news it listens to.

use relm4::prelude::*;
use spool_engine::cache::CacheKey;
use spool_engine::model::ItemId;
use tokio::sync::broadcast::error::RecvError;

use super::{DetailsDone, DetailsPage, load};
use crate::services::Services;
use crate::ui::page::feed::{CALM, follow_library, follow_presence};

/// Asks for a title: what the database knows at once, then what its source adds.
pub(super) fn title(
    services: &Services,
    id: ItemId,
    generation: u64,
    sender: &ComponentSender<DetailsPage>,
) {
    let library = services.engine.library.clone();
    sender.command(move |out, shutdown| {
        let answers = async move {
            let known = load::known(&library, &id).await;
            let title = known.as_ref().ok().cloned();
            // A closed page has nobody to listen.
            out.send(DetailsDone::Known(generation, known)).ok();
            if let Some(title) = title {
                let complete = load::complete(&library, title).await;
                out.send(DetailsDone::Complete(generation, complete)).ok();
            }
        };
        shutdown.register(answers).drop_on_shutdown()
    });
}

/// Asks the database alone for a title that is shown already.
pub(super) fn again(
    services: &Services,
    id: ItemId,
    generation: u64,
    sender: &ComponentSender<DetailsPage>,
) {
    let library = services.engine.library.clone();
    sender.oneshot_command(async move {
        DetailsDone::Known(generation, load::known(&library, &id).await)
    });
}

/// Asks which parts of files are here.
pub(super) fn parts(
    services: &Services,
    keys: Vec<CacheKey>,
    generation: u64,
    sender: &ComponentSender<DetailsPage>,
) {
    let cache = services.engine.cache.clone();
    sender.oneshot_command(async move {
        let mut entries = Vec::new();
        for key in &keys {
            entries.extend(cache.entry(key).await.ok().flatten());
        }
        DetailsDone::Entries(generation, entries)
    });
}

/// Tells the page when the library, what is on this device, or the accounts change.
pub(super) fn watch(services: &Services, sender: &ComponentSender<DetailsPage>) {
    follow_library(services, sender, CALM, || DetailsDone::Revised);
    follow_presence(services, sender, DetailsDone::Presence);
    watch_cache(services, sender);
}

fn watch_cache(services: &Services, sender: &ComponentSender<DetailsPage>) {
    let mut entries = services.engine.cache.subscribe();
    sender.command(move |out, shutdown| {
        let watch = async move {
            loop {
                match entries.recv().await {
                    Ok(entry) => out.send(DetailsDone::EntryChanged(entry)).ok(),
                    Err(RecvError::Lagged(_)) => out.send(DetailsDone::EntriesMissed).ok(),
                    Err(RecvError::Closed) => break,
                };
            }
        };
        shutdown.register(watch).drop_on_shutdown()
    });
}
