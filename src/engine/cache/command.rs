//! What handles may ask of the actor, and what tasks tell it.

use std::io;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::checkpoint::{Claim, IndexError};
use super::error::CacheError;
use super::fetch::Outcome;
use super::key::{CacheKey, Generation};
use super::reader::Reader;
use super::storage::StoredFile;
use super::{EntryState, OpenRequest, Usage};

pub(super) type Answer<T> = oneshot::Sender<Result<T, CacheError>>;

/// Who asked for a reader.
pub(super) struct Asker {
    pub answer: Answer<Reader>,
    /// Only looks at what is here: it neither counts as a use nor makes bytes come.
    pub quiet: bool,
}

/// See the module.
pub(super) enum Command {
    Open(OpenRequest, Asker),
    /// Somebody waits for missing bytes of this generation.
    Want(CacheKey, Generation),
    /// The last clone of a reader is gone.
    ReaderGone(CacheKey, Generation),
    Entries(Answer<Vec<Arc<EntryState>>>),
    Usage(Answer<Usage>),
    SetLimit(u64, Answer<()>),
    Clear(Option<CacheKey>, Answer<u64>),
    /// Nothing more will be asked; answered when all claims are durable.
    Shutdown(oneshot::Sender<()>),

    // From tasks.
    Opened(CacheKey, Box<Claim>, io::Result<StoredFile>),
    RunEnded(CacheKey, Generation, u64, Outcome),
    /// A run wants to write a unit more; `free` bytes are left on the disk.
    Reserve {
        free: u64,
        full: bool,
        reply: Answer<()>,
    },
    Committed(Vec<Claim>, Result<(), IndexError>),
}
