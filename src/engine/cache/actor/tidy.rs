//! A look at the folder beside the index, in the background, after the start: files that no row names, and rows whose file
//! is gone.
//!
//! The folder is listed before the rows are read, so that every old file in the list has had its row; what is of this session
//! the actor knows, and leaves alone.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::super::checkpoint::{Claim, Index};
use super::super::command::Command;
use super::super::disk::Folder;
use super::super::key::Generation;
use super::PAGE;

/// Compares, and tells the actor.
pub(super) async fn collect(
    folder: Arc<Folder>,
    index: Arc<dyn Index>,
    runtime: Handle,
    actor: mpsc::UnboundedSender<Command>,
) {
    let listed = runtime.spawn_blocking(move || folder.generations()).await;
    let (orphans, missing) = compare(listed.unwrap_or_default(), &*index).await;
    let tidied = Command::Tidied(orphans, missing);
    // An actor that has ended keeps nothing tidy.
    actor.send(tidied).ok();
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
