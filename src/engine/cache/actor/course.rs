//! The actor's start and end: what it asks the index first, what it notes last, and what it makes of a look at its folder.
//!
//! **Threads**: the actor's.

use super::super::checkpoint::{Claim, Totals};
use super::super::command::Command;
use super::super::evict::Turn;
use super::super::key::Generation;
use super::super::recovery;
use super::{Actor, Entry};
use crate::range::RangeSet;

impl Actor {
    /// Asks the index how the last run ended, and for the sums over what rests. No row is read at the start.
    pub(super) async fn begin(&mut self) {
        let last = self.parts.index.note().await.unwrap_or_else(|error| {
            tracing::warn!(%error, "how the cache ended is not known");
            None
        });
        self.note = recovery::begin(last, self.parts.folder.boot());
        self.note_beginning();
        match self.totals().await {
            Some(totals) => {
                self.last_use = totals.last_use;
                self.resting = totals;
                self.look_around();
            }
            None => tracing::warn!("the cache starts without its index"),
        }
        self.remember_jobs().await;
    }

    /// No claim of this run is written down before it is noted that it runs.
    fn note_beginning(&mut self) {
        self.committing = true;
        let (index, note) = (self.parts.index.clone(), self.note.clone());
        let myself = self.myself.clone();
        self.parts.runtime.spawn(async move {
            let noted = index.keep_note(&note).await;
            let noted = Command::Committed {
                dues: Vec::new(),
                unsaid: Vec::new(),
                result: noted,
            };
            myself.send(noted).ok();
        });
    }

    async fn totals(&self) -> Option<Totals> {
        match self.parts.index.totals().await {
            Ok(totals) => Some(totals),
            Err(error) => {
                // One row can spoil a sum.
                tracing::warn!(%error, "the index is put in order");
                self.parts.index.heal().await.ok()?;
                self.parts.index.totals().await.ok()
            }
        }
    }

    /// Everything is written down: the next start may rely on it.
    pub(super) async fn end(&mut self) {
        self.ledger.flush().await;
        self.note.orderly = !self.gives_up();
        self.note.damaged_blocks += self.damaged();
        if let Err(error) = self.parts.index.keep_note(&self.note).await {
            tracing::warn!(%error, "the orderly end is not noted");
        }
    }

    /// Old files that no row names, as far as they are not of this session.
    pub(super) fn orphans(&mut self, files: Vec<Generation>) {
        let files = files.into_iter().filter(|one| !self.young.contains(one));
        let files: Vec<_> = files.map(|one| (one, 0)).collect();
        if !files.is_empty() {
            self.bury(files, Box::new(|| {}));
        }
    }

    /// Rows whose file is gone, as far as they are not of this session. A title that somebody wants here stays wanted.
    pub(super) fn tidied(&mut self, missing: Vec<Claim>) {
        let young = std::mem::take(&mut self.young);
        let lost = missing
            .into_iter()
            .filter_map(|row| self.current(row))
            .filter(|claim| !young.contains(&claim.generation));
        let (lost, wanted): (Vec<_>, Vec<_>) = lost.partition(|claim| Turn::of(claim).is_ok());
        // Their files are gone; that deleting them finds nothing is no error.
        self.drop_rows(lost, |_| {});
        for row in wanted {
            if self.entries.contains_key(&row.key) || self.is_removed(&row.key) {
                continue;
            }
            self.resting.forget(&row);
            let emptied = Claim {
                ranges: RangeSet::default(),
                disk_bytes: 0,
                ..row
            };
            self.entries
                .insert(emptied.key.clone(), Entry::Unsaid(emptied));
        }
        self.tidy = true;
    }
}
