//! The cache of media bytes: whatever is read from a server stays, byte by byte, and is never fetched twice.
//!
//! Words: a *resource* is one file of a server, named by a [`CacheKey`]; a *generation* is one version of it, held by one
//! sparse file; a *run* is one fetch from a position on; a *claim* is what the index remembers of a generation.
//!
//! **Owns** the folder `media/v1` and the table of resources, changed by one task alone (`actor`). Bytes are written, then
//! known, then durable, then claimed, in this order; a claim never runs ahead. **Does not know** the database, accounts or
//! sources: they answer through [`Index`] and [`Locator`]. **Threads**: handles work from any; bytes that are here are read
//! without asking the task.

mod actor;
mod care;
mod checkpoint;
mod checksum;
mod class;
mod command;
mod coverage;
mod cursor;
mod disk;
mod entry;
mod error;
mod evict;
mod fetch;
mod hint;
mod job;
mod key;
mod limits;
mod listing;
mod overflow;
mod passage;
mod plan;
mod reader;
mod record;
mod recovery;
mod slide;
pub mod storage;
mod sync;
mod verify;

pub use checkpoint::{Claim, Index, IndexError, Totals};
pub use class::{Class, SamplePolicy, Watched, is_worth_keeping};
pub use disk::Folders;
pub use error::CacheError;
pub use evict::{Fate, Stay, Turn};
pub use hint::Hint;
pub use job::{Group, Job, JobId, Priority, Span, Stage, StoredJob};
pub use key::{CacheKey, Generation};
pub use limits::{Allowance, InvalidAllowance};
pub use passage::{Inlet, passage};
pub use reader::Reader;
pub use record::{EntryState, Record};
pub use recovery::Note;
pub use verify::Verified;

use std::sync::Arc;

use async_trait::async_trait;
use storage::{Disk, Storage};
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use crate::http::Located;
use crate::runtime::Runtime;
use crate::source_error::SourceError;

/// Says where a key's bytes are now. The engine implements it over the accounts' sources.
#[async_trait]
pub trait Locator: Send + Sync + 'static {
    /// Asked only when bytes are missing; once for all waiters.
    async fn locate(&self, key: &CacheKey) -> Result<Located, SourceError>;

    /// Another way to the same bytes, after `failed` ways have failed one after the other. `None` when there is none left.
    async fn next_route(
        &self,
        _key: &CacheKey,
        _failed: usize,
    ) -> Result<Option<Located>, SourceError> {
        Ok(None)
    }

    /// Whether it makes sense to fetch bytes of this key now; `online` is what [`CacheService::set_network`] was told last.
    /// Answered at once from what is known. A server on this computer needs no network; one that is known to be away cannot
    /// be asked although there is one.
    fn is_reachable(&self, _key: &CacheKey, online: bool) -> bool {
        online
    }

    /// How many requests for bytes of this key may be under way at the same time, as far as is known before
    /// [`Locator::locate`] has said it.
    fn connections(&self, _key: &CacheKey) -> usize {
        Located::CONNECTIONS
    }

    /// How a request for bytes of this key ended: with a usable reply, or so that no retry is left. Must not block.
    fn fetched(&self, _key: &CacheKey, _outcome: Result<(), &SourceError>) {
        // Who keeps no accounts has nothing to note.
    }
}

/// What is asked to open a resource.
#[derive(Clone, Debug)]
pub struct OpenRequest {
    /// Which one.
    pub key: CacheKey,
    /// Changes when the file changes, as the library knows it; differs from the stored one → new generation.
    pub fingerprint: Option<String>,
    /// Size as the library says; shown until the first reply says better.
    pub size_hint: Option<u64>,
}

/// The cache's numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Resources with at least one byte here.
    pub entries: u64,
    /// Bytes allocated on the disk by all that is not kept for good; these count against the limit.
    pub disk_bytes: u64,
    /// Bytes allocated on the disk by kept titles.
    pub kept_bytes: u64,
    /// The limit in bytes, as the disk allows it now.
    pub limit: u64,
    /// Blocks of 1 MiB that differed from their checksums, since the profile exists; each was fetched again.
    pub damaged_blocks: u64,
    /// What the limit follows from.
    pub allowance: Allowance,
}

/// Whether the disk takes what is fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DiskCondition {
    /// It does.
    #[default]
    Fine,
    /// It is full, and nothing in the cache may be removed for it: what plays is kept in memory, a piece at a time.
    Full,
    /// It cannot be written, for this reason; playing goes on in the same way.
    Failing(String),
    /// Another program holds the cache folder; playing goes on in the same way until it lets it go.
    Held,
}

/// What the cache is started with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The profile's folders ([`crate::Dirs`]).
    pub folder: Folders,
    /// Limit in bytes; `None` is [`Allowance::Auto`]. [`CacheService::set_allowance`] sets other ones.
    pub limit: Option<u64>,
}

/// Handle to the cache. Cheap to clone.
#[derive(Clone, Debug)]
pub struct CacheService {
    actor: mpsc::UnboundedSender<command::Command>,
    states: broadcast::Sender<Arc<EntryState>>,
    jobs: broadcast::Sender<Arc<Job>>,
    condition: watch::Sender<DiskCondition>,
    shared: Arc<Tools>,
}

struct Tools {
    index: Arc<dyn Index>,
    locator: Arc<dyn Locator>,
    runtime: Runtime,
}

impl std::fmt::Debug for Tools {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tools")
    }
}

impl CacheService {
    /// Takes the folder (one program at a time) and starts the cache's task on `runtime`. Touches no network; blocks
    /// for a few system calls.
    ///
    /// # Errors
    /// [`CacheError::InUse`] when another program holds the folder, [`CacheError::Disk`] when it cannot be used.
    pub fn start(
        settings: Settings,
        index: Arc<dyn Index>,
        locator: Arc<dyn Locator>,
        runtime: &Runtime,
    ) -> Result<Self, CacheError> {
        Self::start_on(Arc::new(Disk), settings, index, locator, runtime)
    }

    /// Like [`CacheService::start`]; but where another program holds the cache folder, or the folder cannot be used, it runs
    /// *pass-through* beside it: what plays is kept in memory, a piece at a time, and nothing is written to that folder or
    /// claimed of it, until it can be had. Kept titles are served as ever. The caller holds the data folder and the index
    /// alone. [`CacheService::disk_condition`] tells.
    #[must_use]
    pub fn start_beside(
        settings: Settings,
        index: Arc<dyn Index>,
        locator: Arc<dyn Locator>,
        runtime: &Runtime,
    ) -> Self {
        Self::start_beside_on(Arc::new(Disk), settings, index, locator, runtime)
    }

    /// Like [`CacheService::start_beside`], on another file system: for tests.
    #[must_use]
    pub fn start_beside_on(
        storage: Arc<dyn Storage>,
        settings: Settings,
        index: Arc<dyn Index>,
        locator: Arc<dyn Locator>,
        runtime: &Runtime,
    ) -> Self {
        let Settings { folder, limit } = settings;
        let folder = disk::Folder::of_nobody(&folder, storage);
        let tenure = actor::Tenure::new(folder.take_again().err());
        Self::start_over(folder, tenure, limit, (index, locator), runtime)
    }

    /// Like [`CacheService::start`], on another file system: for tests.
    ///
    /// # Errors
    /// As [`CacheService::start`].
    pub fn start_on(
        storage: Arc<dyn Storage>,
        settings: Settings,
        index: Arc<dyn Index>,
        locator: Arc<dyn Locator>,
        runtime: &Runtime,
    ) -> Result<Self, CacheError> {
        let Settings { folder, limit } = settings;
        let folder = disk::Folder::take(&folder, storage)?;
        let (tenure, wires) = (actor::Tenure::default(), (index, locator));
        Ok(Self::start_over(folder, tenure, limit, wires, runtime))
    }

    fn start_over(
        folder: disk::Folder,
        tenure: actor::Tenure,
        limit: Option<u64>,
        (index, locator): (Arc<dyn Index>, Arc<dyn Locator>),
        runtime: &Runtime,
    ) -> Self {
        let (states, _) = broadcast::channel(256);
        let (jobs, _) = broadcast::channel(256);
        let condition = watch::Sender::new(tenure.condition());
        let (actor, commands) = mpsc::unbounded_channel();
        let parts = actor::Parts {
            allowance: limit.into(),
            space: folder.space(),
            folder: Arc::new(folder),
            index: index.clone(),
            locator: locator.clone(),
            runtime: runtime.handle().clone(),
            states: states.clone(),
            jobs: jobs.clone(),
            condition: condition.clone(),
            tenure,
        };
        let task = actor::Actor::new(parts, actor.clone(), commands);
        runtime.handle().spawn(task.run());
        let runtime = runtime.clone();
        Self {
            actor,
            states,
            jobs,
            condition,
            shared: Arc::new(Tools {
                index,
                locator,
                runtime,
            }),
        }
    }

    /// Opens a resource. Never waits for the network.
    ///
    /// # Errors
    /// [`CacheError::Disk`] when its file cannot be made, [`CacheError::Closed`].
    pub async fn open(&self, request: OpenRequest) -> Result<Reader, CacheError> {
        self.open_as(request, false).await
    }

    /// States as they change, at most 4 a second for each resource. A state with empty ranges: it is gone.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<EntryState>> {
        self.states.subscribe()
    }

    /// Fetches bytes that nobody reads yet, in their turn: see [`Priority`]. What is here already is not fetched again.
    ///
    /// # Errors
    /// [`CacheError::Closed`].
    pub async fn fetch_ahead(
        &self,
        request: OpenRequest,
        span: Span,
        priority: Priority,
        group: &Group,
    ) -> Result<JobId, CacheError> {
        let group = group.clone();
        self.ask(|answer| command::Command::FetchAhead {
            request,
            span,
            priority,
            group,
            answer,
        })
        .await
    }

    /// Cancels the jobs of a group; what they have fetched stays. Returns how many they were.
    ///
    /// # Errors
    /// [`CacheError::Closed`].
    pub async fn cancel_group(&self, group: &Group) -> Result<usize, CacheError> {
        let group = group.clone();
        self.ask(|answer| command::Command::CancelGroup(group, answer))
            .await
    }

    /// All jobs that are not over, in the order in which they were asked for.
    ///
    /// # Errors
    /// [`CacheError::Closed`].
    pub async fn jobs(&self) -> Result<Vec<Arc<Job>>, CacheError> {
        self.ask(command::Command::Jobs).await
    }

    /// Jobs as they change.
    #[must_use]
    pub fn watch_jobs(&self) -> broadcast::Receiver<Arc<Job>> {
        self.jobs.subscribe()
    }

    /// What the system says of the network. Without one, bytes that are not here are refused at once, unless the
    /// [`Locator`] knows better; when it is back, fetching goes on by itself. While its bytes cost money nothing is fetched
    /// ahead, and half as much is read ahead.
    pub fn set_network(&self, online: bool, metered: bool) {
        let network = command::Network { online, metered };
        // A task that is gone fetches nothing.
        self.actor
            .send(command::Command::Network(Some(network)))
            .ok();
    }

    /// A server that was away answers again: what waited for it goes on.
    pub fn source_returned(&self) {
        self.actor.send(command::Command::Network(None)).ok();
    }

    /// Makes all claims durable and stops every fetch.
    pub async fn shutdown(&self) {
        let (done, end) = oneshot::channel();
        if self.actor.send(command::Command::Shutdown(done)).is_ok() {
            // A task that is gone already has nothing left to make durable.
            end.await.ok();
        }
    }

    async fn open_as(&self, request: OpenRequest, quiet: bool) -> Result<Reader, CacheError> {
        self.ask(|answer| command::Command::Open(request, command::Asker::of_reader(answer, quiet)))
            .await
    }

    async fn ask<T>(
        &self,
        question: impl FnOnce(command::Answer<T>) -> command::Command,
    ) -> Result<T, CacheError> {
        let (answer, reply) = oneshot::channel();
        let sent = self.actor.send(question(answer));
        sent.map_err(|_| CacheError::Closed)?;
        reply.await.unwrap_or(Err(CacheError::Closed))
    }
}
