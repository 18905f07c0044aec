//! What handles may ask of the actor, and what tasks tell it.
//!
//! **Threads**: any sends, the actor takes, in the order of sending.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tokio::sync::oneshot;

use super::actor::{Change, Due, Reading, Spared};
use super::checkpoint::{Claim, IndexError};
use super::checksum::Checksums;
use super::error::CacheError;
use super::evict::Moment;
use super::fetch::Outcome;
use super::job::{Group, Job, JobId, Priority, Span};
use super::key::{CacheKey, Generation};
use super::limits::Allowance;
use super::reader::Reader;
use super::storage::{Space, StoredFile};
use super::{OpenRequest, Record, Usage};

pub(super) type Answer<T> = oneshot::Sender<Result<T, CacheError>>;

/// Who asked for a reader.
pub(super) struct Asker {
    pub answer: Answer<Reader>,
    /// Only looks at what is here: it neither counts as a use nor makes bytes come.
    pub quiet: bool,
    /// Fetches for later: it makes bytes come, and is no use either.
    pub ahead: bool,
    /// It is kept for good from now on.
    pub keep: bool,
}

impl Asker {
    /// Somebody who reads.
    pub(super) fn of_reader(answer: Answer<Reader>, quiet: bool) -> Self {
        Self {
            answer,
            quiet,
            ahead: false,
            keep: false,
        }
    }
}

/// What came of opening a resource.
pub(super) struct Opened {
    pub claim: Claim,
    /// Its checksums, where somebody wants it to stay.
    pub sums: Option<Checksums>,
    pub file: StoredFile,
    /// Whether it lies among the kept titles.
    pub kept: bool,
    /// Why that file takes nothing.
    pub trouble: Option<Trouble>,
    /// The row that the index had.
    pub row: Option<Claim>,
    /// The file of another version, which nobody may open any more.
    pub replaced: Option<Generation>,
}

/// Why a write to the disk failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It is full.
    Full,
    /// It takes nothing, for this reason.
    Broken(String),
    /// The folder is another program's.
    Held,
}

/// Where a run may write, and how many bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grant {
    Disk(u64),
    Memory(u64),
}

/// A run's wish to write more.
pub(super) struct Reserve {
    pub key: CacheKey,
    pub generation: Generation,
    /// From here on…
    pub pos: u64,
    /// …so many at least.
    pub bytes: u64,
    /// The disk, just now.
    pub space: Option<Space>,
    /// What happened when it tried with what it was granted before.
    pub trouble: Option<Trouble>,
    pub reply: Answer<Grant>,
}

/// What the actor knows better than the index.
pub(super) struct Snapshot {
    pub here: Vec<Record>,
    pub gone: HashSet<CacheKey>,
    pub moments: HashMap<CacheKey, Moment>,
}

/// What the system says of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Network {
    pub online: bool,
    /// Its bytes cost money.
    pub metered: bool,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            online: true,
            metered: false,
        }
    }
}

/// See the module.
pub(super) enum Command {
    Open(OpenRequest, Asker),
    /// Somebody waits for missing bytes of this generation.
    Want(CacheKey, Generation),
    /// The last clone of a reader is gone.
    ReaderGone(CacheKey, Generation),
    Snapshot(Answer<Snapshot>),
    Look(CacheKey, Answer<Option<Record>>),
    Usage(Answer<Usage>),
    SetLimit(Allowance, Answer<()>),
    SetQueue(Vec<CacheKey>),
    Change(CacheKey, Change, Answer<bool>),
    Clear(Option<CacheKey>, Answer<u64>),
    FetchAhead {
        request: OpenRequest,
        span: Span,
        priority: Priority,
        group: Group,
        answer: Answer<JobId>,
    },
    Keep(OpenRequest, Answer<JobId>),
    CancelGroup(Group, Answer<usize>),
    Jobs(Answer<Vec<Arc<Job>>>),
    /// The network is another; `None`: a server that was away answers again.
    Network(Option<Network>),
    /// Nothing more will be asked; answered when all claims are durable.
    Shutdown(oneshot::Sender<()>),

    // From tasks.
    /// The start is over: stored jobs go on.
    Resume,
    /// The folder was another's or could not be used; how it is now.
    Tenure(Result<(), CacheError>),
    JobOpened(JobId, Result<Reader, CacheError>),
    Opened(Box<Opened>),
    /// A row that is to be changed.
    Found(CacheKey, Option<Box<Claim>>, Change, Answer<bool>, Reading),
    RunEnded(CacheKey, Generation, u64, Outcome),
    Reserve(Reserve),
    /// The next rows whose turn it is to go; `all`: also what was closed a moment ago.
    Candidates {
        rows: Vec<Claim>,
        all: bool,
        reading: Reading,
    },
    /// These are to be dropped; answered with the bytes freed.
    Drop(Vec<Claim>, Spared, oneshot::Sender<u64>),
    /// Files have been deleted.
    Buried,
    /// Old files without a row.
    Orphans(Vec<Generation>),
    /// Rows without a file; the folder has been compared with the index.
    Tidied(Vec<Claim>, Reading),
    /// A file is in the folder of its class.
    Placed(Generation),
    /// A file that nobody reads has been moved, or cannot be.
    Moved(CacheKey),
    /// The disk was in trouble; whether it still is.
    Probed(Result<(), Trouble>),
    /// A checkpoint is done, or failed.
    Committed {
        dues: Vec<Due>,
        /// Claims of what nobody reads.
        unsaid: Vec<Claim>,
        result: Result<(), IndexError>,
    },
}
