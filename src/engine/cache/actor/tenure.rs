//! The cache beside another program: while that one holds the folder of streamed bytes, or the folder cannot be used at all,
//! what plays passes through memory, nothing is written there and nothing goes from there. Kept titles lie in the
//! profile's own folder and are served, fetched and claimed as ever.
//!
//! The folder is asked for again from time to time. Once it is ours, what is opened from then on is kept; what is open passes
//! through to its end.
//!
//! **Threads**: the actor's; a try blocks on the blocking pool.

use std::time::Duration;

use tokio::time::Instant;

use super::super::DiskCondition;
use super::super::command::Command;
use super::super::error::CacheError;
use super::{Actor, tidy};

/// A folder that could not be had is asked for again after this, then after twice the time…
const FIRST: Duration = Duration::from_secs(1);
/// …and so on up to this.
const LAST: Duration = Duration::from_secs(30);

/// Why the folder is not ours.
#[derive(Debug, Default)]
pub(in super::super) struct Tenure {
    obstacle: Option<CacheError>,
    /// When it was asked for last, and when it is again.
    tried: Option<Instant>,
    patience: Duration,
}

impl Tenure {
    /// After the first try.
    pub(in super::super) fn new(obstacle: Option<CacheError>) -> Self {
        Self {
            obstacle,
            tried: None,
            patience: FIRST,
        }
    }

    /// What people are told of it.
    pub(in super::super) fn condition(&self) -> DiskCondition {
        match &self.obstacle {
            None => DiskCondition::Fine,
            Some(CacheError::InUse) => DiskCondition::Held,
            Some(error) => DiskCondition::Failing(error.to_string()),
        }
    }
}

impl Actor {
    /// Asks for the folder again when it is time.
    pub(super) fn try_tenure(&mut self) {
        let tenure = &mut self.tenure;
        let since = *tenure.tried.get_or_insert_with(Instant::now);
        if tenure.obstacle.is_none() || since.elapsed() < tenure.patience {
            return;
        }
        tenure.patience = LAST.min(tenure.patience * 2);
        tenure.tried = Some(Instant::now());
        let (folder, myself) = (self.parts.folder.clone(), self.myself.clone());
        self.parts.runtime.spawn_blocking(move || {
            myself.send(Command::Tenure(folder.take_again())).ok();
        });
    }

    pub(super) fn tenure(&mut self, outcome: Result<(), CacheError>) {
        self.tenure.obstacle = outcome.err();
        self.tell(DiskCondition::Fine);
        if self.tenure.obstacle.is_none() {
            tracing::info!("the cache folder is ours now");
            self.look_around();
            self.requeue();
            self.serve_asks();
        }
    }

    /// Compares the folder with the index, in the background, where that is ours to do.
    pub(super) fn look_around(&mut self) {
        if !self.parts.folder.is_ours() {
            return;
        }
        let look = tidy::collect(
            self.parts.folder.clone(),
            self.parts.index.clone(),
            self.parts.runtime.clone(),
            self.myself.clone(),
            self.latest.begin_reading(),
        );
        self.parts.runtime.spawn(look);
    }
}
