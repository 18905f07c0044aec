//! A look at the folder beside the index, in the background, after the start: rows that make no sense, files that no row
//! names and nobody has written to for a while, and rows whose file is gone.
//!
//! The folder is listed before the rows are read, so that every old file in the list has had its row; what is of this session
//! the actor knows, and leaves alone.
//!
//! **Threads**: a task and the blocking pool, one look at a time. **Cancellation**: it ends when the actor has.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::super::checkpoint::{Claim, Index};
use super::super::command::Command;
use super::super::disk::Folder;
use super::super::key::Generation;
use super::graves::{BURST, PAUSE};
use super::{PAGE, Reading};

/// Compares, and tells the actor.
pub(super) async fn collect(
    folder: Arc<Folder>,
    index: Arc<dyn Index>,
    runtime: Handle,
    actor: mpsc::UnboundedSender<Command>,
    reading: Reading,
) {
    if let Err(error) = index.heal().await {
        tracing::warn!(%error, "the index cannot be put in order");
    }
    // The folder is let go as soon as the actor has ended, for the next program that wants it.
    let (listing, watched) = (folder.clone(), actor.clone());
    let list = move || listing.generations(|| !watched.is_closed());
    let listed = runtime.spawn_blocking(list).await;
    if actor.is_closed() {
        return;
    }
    let (mut orphans, missing) = compare(listed.unwrap_or_default(), &*index).await;
    while !orphans.is_empty() {
        let (folder, burst) = (
            folder.clone(),
            orphans.split_off(orphans.len().saturating_sub(BURST)),
        );
        let old = move || {
            let old = burst.into_iter().filter(|one| folder.is_old(*one));
            old.collect::<Vec<_>>()
        };
        let old = runtime.spawn_blocking(old).await.unwrap_or_default();
        if actor.send(Command::Orphans(old)).is_err() {
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
    // An actor that has ended keeps nothing tidy.
    actor.send(Command::Tidied(missing, reading)).ok();
}

async fn compare(files: HashSet<Generation>, index: &dyn Index) -> (Vec<Generation>, Vec<Claim>) {
    let (mut orphans, mut missing) = (files.clone(), Vec::new());
    let mut after = None;
    loop {
        let page = match index.page(after.as_ref(), PAGE).await {
            Ok(page) => page,
            Err(error) => {
                tracing::warn!(%error, "the folder cannot be compared with the index");
                return (Vec::new(), Vec::new());
            }
        };
        let Some(last) = page.last() else { break };
        after = Some(last.key.clone());
        for claim in page {
            orphans.remove(&claim.generation);
            if !files.contains(&claim.generation) {
                missing.push(claim);
            }
        }
    }
    (orphans.into_iter().collect(), missing)
}
