//! The cache's one task: the only writer of the table of resources; it decides, starts, answers, and never waits for
//! network or disk.

mod claims;
mod room;
mod run;
mod table;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::checkpoint::{Claim, Index};
use super::command::{Asker, Command};
use super::disk::Folder;
use super::entry::EntryShared;
use super::error::CacheError;
use super::fetch::{Address, Control};
use super::key::{CacheKey, Generation};
use super::reader::Reader;
use super::storage::StoredFile;
use super::{EntryState, Locator, OpenRequest};

/// States are published, and unserved demands looked at again, in this rhythm.
const TICK: Duration = Duration::from_millis(250);
/// Claims are written down after this time…
const CHECKPOINT: Duration = Duration::from_secs(2);
/// …or so many bytes.
const DIRTY: u64 = 64 << 20;

/// What is known of one resource.
enum Entry {
    /// Nobody reads it: its last claim is all there is.
    Resting(Claim),
    /// Its file is being opened for these readers; with the size as the library says it.
    Opening(Claim, Option<u64>, Vec<Asker>),
    /// It is open.
    Live(Box<Live>),
}

/// A resource with an open file.
struct Live {
    shared: Arc<EntryShared>,
    claim: Claim,
    size_hint: Option<u64>,
    readers: usize,
    address: Arc<Address>,
    runs: Vec<LiveRun>,
    next_run: u64,
    /// Where the last demand was.
    last_demand: u64,
    /// The last run failed: no filling until somebody wants something.
    failed: bool,
    published: u64,
    /// [`EntryShared::version`] and [`EntryShared::written`] when the last checkpoint began.
    claimed: (u64, u64),
}

struct LiveRun {
    id: u64,
    origin: u64,
    control: Arc<Control>,
    reader: u64,
    wanted: Instant,
}

/// What the actor is made of.
pub(super) struct Parts {
    pub folder: Arc<Folder>,
    pub limit: u64,
    pub index: Arc<dyn Index>,
    pub locator: Arc<dyn Locator>,
    pub runtime: Handle,
    pub states: broadcast::Sender<Arc<EntryState>>,
}

/// See the module.
pub(super) struct Actor {
    parts: Parts,
    commands: mpsc::UnboundedReceiver<Command>,
    myself: mpsc::UnboundedSender<Command>,
    entries: HashMap<CacheKey, Entry>,
    /// Keys whose row has to go.
    removed: HashSet<CacheKey>,
    last_use: u64,
    /// A resource lost its last reader: its claim is written down at the next tick.
    closed: bool,
    last_checkpoint: Instant,
    committing: bool,
    closing: Option<oneshot::Sender<()>>,
}

impl Actor {
    pub(super) fn new(
        parts: Parts,
        myself: mpsc::UnboundedSender<Command>,
        commands: mpsc::UnboundedReceiver<Command>,
    ) -> Self {
        Self {
            parts,
            commands,
            myself,
            entries: HashMap::new(),
            removed: HashSet::new(),
            last_use: 0,
            closed: false,
            last_checkpoint: Instant::now(),
            committing: false,
            closing: None,
        }
    }

    /// Runs until the shutdown is durable.
    pub(super) async fn run(mut self) {
        self.load().await;
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let busy = self
                .entries
                .values()
                .any(|entry| !matches!(entry, Entry::Resting(_)))
                || !self.removed.is_empty();
            tokio::select! {
                command = self.commands.recv() => {
                    let Some(command) = command else { return };
                    self.take(command);
                }
                _ = tick.tick(), if busy => self.tick(),
            }
            if self.closing.is_some() && self.is_settled() {
                if let Some(done) = self.closing.take() {
                    done.send(()).ok();
                }
                return;
            }
        }
    }

    fn take(&mut self, command: Command) {
        match command {
            Command::Open(request, asker) => self.open(request, asker),
            Command::Opened(key, claim, file) => self.opened(&key, *claim, file),
            Command::Want(key, generation) => self.want(&key, generation),
            Command::ReaderGone(key, generation) => self.reader_gone(&key, generation),
            Command::RunEnded(key, generation, run, outcome) => {
                self.run_ended(&key, generation, run, outcome);
            }
            Command::Reserve { free, full, reply } => self.reserve(free, full, reply),
            Command::Committed(claims, result) => self.committed(claims, result),
            Command::Entries(answer) => drop(answer.send(Ok(self.states()))),
            Command::Usage(answer) => drop(answer.send(Ok(self.usage()))),
            Command::SetLimit(bytes, answer) => {
                self.parts.limit = bytes;
                self.evict(
                    self.used().saturating_sub(bytes),
                    Box::new(|| drop(answer.send(Ok(())))),
                );
            }
            Command::Clear(key, answer) => self.clear(key.as_ref(), answer),
            Command::Shutdown(done) => self.shutdown(done),
        }
    }

    /// Reads the index, and sets right what the folder says otherwise.
    async fn load(&mut self) {
        let claims = match self.parts.index.load().await {
            Ok(claims) => claims,
            Err(error) => {
                tracing::warn!(%error, "the cache starts without its index");
                return;
            }
        };
        let folder = self.parts.folder.clone();
        let known: HashSet<Generation> = claims.iter().map(|claim| claim.generation).collect();
        // Nothing of this session exists yet, so a file without a claim belongs to nobody.
        let tidied = self.parts.runtime.spawn_blocking(move || {
            let there = folder.generations();
            for orphan in there.difference(&known) {
                folder.delete(*orphan);
            }
            there
        });
        let there = tidied.await.unwrap_or_default();
        for claim in claims {
            self.last_use = self.last_use.max(claim.last_use);
            if there.contains(&claim.generation) {
                self.entries
                    .insert(claim.key.clone(), Entry::Resting(claim));
            } else {
                self.removed.insert(claim.key);
            }
        }
    }

    // --- opening and closing ---

    fn open(&mut self, request: OpenRequest, asker: Asker) {
        if self.closing.is_some() {
            asker.answer.send(Err(CacheError::Closed)).ok();
            return;
        }
        let quiet = asker.quiet;
        self.last_use += u64::from(!quiet);
        let last_use = self.last_use;
        if self
            .claim(&request.key)
            .is_some_and(|claim| differs(claim, &request))
        {
            self.retire(&request.key);
        }
        self.removed.remove(&request.key);
        let entry = self.entries.remove(&request.key);
        let entry = match entry {
            Some(Entry::Live(mut live)) => {
                if !quiet {
                    live.claim.last_use = last_use;
                }
                live.size_hint = live.size_hint.or(request.size_hint);
                live.published = u64::MAX;
                self.hand_out(&mut live, asker);
                Entry::Live(live)
            }
            Some(Entry::Opening(claim, hint, mut askers)) => {
                askers.push(asker);
                Entry::Opening(claim, hint, askers)
            }
            other => {
                let mut claim = match other {
                    Some(Entry::Resting(claim)) => claim,
                    _ => fresh(&request),
                };
                if !quiet {
                    claim.last_use = last_use;
                }
                claim.fingerprint = request.fingerprint.or(claim.fingerprint);
                self.open_file(claim.clone());
                Entry::Opening(claim, request.size_hint, vec![asker])
            }
        };
        self.entries.insert(request.key, entry);
    }

    fn open_file(&self, claim: Claim) {
        let (folder, myself) = (self.parts.folder.clone(), self.myself.clone());
        self.parts.runtime.spawn_blocking(move || {
            let mut claim = claim;
            let file = folder.open_existing(claim.generation).or_else(|_| {
                // The file is gone, or never was: its bytes are claimed no more, and its name is not used again.
                claim.ranges = crate::range::RangeSet::default();
                claim.generation = Generation::random();
                folder.open(claim.generation)
            });
            myself
                .send(Command::Opened(claim.key.clone(), Box::new(claim), file))
                .ok();
        });
    }

    fn opened(&mut self, key: &CacheKey, claim: Claim, file: std::io::Result<StoredFile>) {
        let Some(Entry::Opening(_, size_hint, askers)) = self.entries.remove(key) else {
            return;
        };
        let file = match file {
            Ok(file) => file,
            Err(error) => {
                for asker in askers {
                    asker.answer.send(Err(super::disk::failed(&error))).ok();
                }
                return;
            }
        };
        let mut live = Box::new(Live {
            shared: Arc::new(EntryShared::new(&claim, file)),
            claim,
            size_hint,
            readers: 0,
            address: Arc::default(),
            runs: Vec::new(),
            next_run: 1,
            last_demand: 0,
            failed: false,
            published: u64::MAX,
            claimed: (0, 0),
        });
        for asker in askers {
            self.hand_out(&mut live, asker);
        }
        self.entries.insert(key.clone(), Entry::Live(live));
    }

    fn hand_out(&self, live: &mut Live, asker: Asker) {
        live.readers += usize::from(!asker.quiet);
        let reader = Reader::cached(super::reader::Interest {
            shared: live.shared.clone(),
            actor: self.myself.clone(),
            runtime: self.parts.runtime.clone(),
            quiet: asker.quiet,
        });
        // A reader that nobody takes any more says so by being dropped.
        asker.answer.send(Ok(reader)).ok();
    }

    fn reader_gone(&mut self, key: &CacheKey, generation: Generation) {
        let Some(live) = self.live(key, generation) else {
            return;
        };
        live.readers -= 1;
        live.published = u64::MAX;
        if live.readers == 0 {
            live.stop_runs();
            self.closed = true;
        }
    }

    /// The open entry of this very generation.
    fn live(&mut self, key: &CacheKey, generation: Generation) -> Option<&mut Live> {
        match self.entries.get_mut(key) {
            Some(Entry::Live(live)) if live.shared.generation == generation => Some(live),
            _ => None,
        }
    }

    fn shutdown(&mut self, done: oneshot::Sender<()>) {
        for entry in self.entries.values() {
            if let Entry::Live(live) = entry {
                live.shared.end(CacheError::Closed);
                live.stop_runs();
            }
        }
        self.closing = Some(done);
        self.checkpoint();
    }

    fn is_settled(&mut self) -> bool {
        let running = |entry: &Entry| match entry {
            Entry::Resting(_) => false,
            Entry::Opening(..) => true,
            Entry::Live(live) => !live.runs.is_empty(),
        };
        if self.committing || self.entries.values().any(running) {
            return false;
        }
        self.checkpoint();
        !self.committing
    }
}

impl Live {
    fn stop_runs(&self) {
        for run in &self.runs {
            run.control.stop.cancel();
        }
    }
}

/// The library knows of another version than this claim's.
fn differs(claim: &Claim, request: &OpenRequest) -> bool {
    match (&claim.fingerprint, &request.fingerprint) {
        (Some(mine), Some(theirs)) => mine != theirs,
        _ => false,
    }
}

fn fresh(request: &OpenRequest) -> Claim {
    let mut claim = Claim::fresh(request.key.clone(), Generation::random());
    claim.fingerprint.clone_from(&request.fingerprint);
    claim
}
