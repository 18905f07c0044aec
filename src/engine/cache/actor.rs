//! The cache's one task: the only writer of the table of resources; it decides, starts, answers, and never waits for
//! network or disk.
//!
//! **Owns** the table: which resources are open, who reads and fetches them, what each may write, which claims the index
//! does not know yet. Parts hold a piece of that state each and have no task of their own, except `graves`, `ledger` and
//! `tidy`, which do for it what takes long and tell it by a command. **Does not know** a byte: readers and runs meet in
//! [`EntryShared`]. **Invariants**: one entry for each key and one generation in it; a claim goes to the index only after
//! its bytes are durable, one commit at a time; a name of a file is never used twice; what counts against the limit was
//! granted before it was written. **Threads**: one task on the engine's runtime, fed by one queue of commands, so that its
//! state needs no lock; it locks what readers and runs share (see `entry`) for a look, and holds nothing while it waits.
//! **Cancellation**: who asks may drop the answer; a reader that nobody took is dropped, and so counted out. The end of the
//! program stops runs, waits for what is being opened, and writes the last claims; a kill at any point leaves the index
//! behind the bytes.

mod change;
mod claims;
mod course;
mod desk;
mod graves;
mod jobs;
mod keeping;
mod latest;
mod ledger;
mod moving;
mod open;
mod room;
mod run;
mod sight;
mod spill;
mod table;
mod tenure;
mod tidy;

pub(super) use change::Change;
pub(super) use claims::Due;
pub(super) use graves::Spared;
pub(super) use latest::Reading;
pub(super) use tenure::Tenure;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::time::{Instant, MissedTickBehavior, interval};

use desk::Desk;
use graves::Graves;
use jobs::Jobs;
use latest::Latest;
use ledger::Ledger;
use moving::Moving;
use room::Room;

use super::checkpoint::{Claim, Index, Totals};
use super::command::{Answer, Asker, Command, Network};
use super::disk::Folder;
use super::entry::EntryShared;
use super::error::CacheError;
use super::fetch::{Address, Control};
use super::job::Job;
use super::key::{CacheKey, Generation};
use super::limits::Allowance;
use super::recovery::Note;
use super::storage::Space;
use super::{DiskCondition, EntryState, Locator};
use crate::range::ByteRange;

/// States are published, and unserved demands looked at again, in this rhythm.
const TICK: Duration = Duration::from_millis(250);
/// Claims are written down after this time: with a beat of the rhythm before it and the write behind it, what a program that is
/// killed has to fetch again is what two seconds bring…
const CHECKPOINT: Duration = Duration::from_millis(1500);
/// …or so many bytes.
const DIRTY: u64 = 64 << 20;
/// So many commits may fail at the end before it comes without one.
const LAST_TRIES: u32 = 2;
/// Rows that are asked of the index at a time.
const PAGE: usize = 256;

/// What is known of one resource at this moment. What is not in the table rests: all that is known of it is in the index.
enum Entry {
    /// Its row is being read and its file opened, for these readers.
    Opening(Opening),
    /// Its file is open.
    Live(Box<Live>),
    /// Nobody reads it, and the index does not say yet what this claim says.
    Unsaid(Claim),
    /// Nobody reads it, and its bytes are on their way to another folder.
    Moving(Moving),
}

struct Opening {
    askers: Vec<Asker>,
    /// The size as the library says it.
    size_hint: Option<u64>,
    last_use: Option<u64>,
    changes: Vec<(Change, Answer<bool>)>,
}

/// A resource with an open file.
struct Live {
    shared: Arc<EntryShared>,
    claim: Claim,
    size_hint: Option<u64>,
    readers: usize,
    /// Somebody has it open, or had it, who reads and does not only fetch for later.
    read: bool,
    address: Arc<Address>,
    runs: Vec<LiveRun>,
    next_run: u64,
    /// The read-ahead window is full.
    full: bool,
    /// Where the last demand was.
    last_demand: u64,
    /// The last run failed: no filling until somebody wants something.
    failed: bool,
    /// Runs may write until [`EntryShared::written`] says so many.
    granted: u64,
    /// It does not fit: only a window of it stays, so many bytes ahead of each place.
    slides: Option<u64>,
    /// What was given up for the window, and is still in the file.
    surplus: Vec<ByteRange>,
    /// Its folder cannot be used: nothing of it is claimed, and its row stays as it is.
    detached: bool,
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
    pub allowance: Allowance,
    /// The disk, as it was when it was looked at last.
    pub space: Option<Space>,
    pub index: Arc<dyn Index>,
    pub locator: Arc<dyn Locator>,
    pub runtime: Handle,
    pub states: broadcast::Sender<Arc<EntryState>>,
    pub jobs: broadcast::Sender<Arc<Job>>,
    pub condition: watch::Sender<DiskCondition>,
    /// Whether the folder could be taken.
    pub tenure: Tenure,
}

/// See the module.
pub(super) struct Actor {
    parts: Parts,
    commands: mpsc::UnboundedReceiver<Command>,
    myself: mpsc::UnboundedSender<Command>,
    entries: HashMap<CacheKey, Entry>,
    /// Sums over what rests.
    resting: Totals,
    latest: Latest,
    /// Keys whose row has to go…
    removed: HashSet<CacheKey>,
    /// …and those whose row is going right now.
    removing: HashSet<CacheKey>,
    /// Generations of this session, as long as the folder is compared with the index.
    young: HashSet<Generation>,
    /// Generations whose file is not in the folder of its class.
    misplaced: HashSet<Generation>,
    tidy: bool,
    room: Room,
    graves: Graves,
    /// When a resource lost its last reader.
    closed_at: HashMap<CacheKey, Instant>,
    last_use: u64,
    /// A resource lost its last reader: its claim is written down at the next tick.
    closed: bool,
    last_checkpoint: Instant,
    committing: bool,
    closing: Option<oneshot::Sender<()>>,
    /// Commits that have failed since then.
    refused: u32,
    note: Note,
    network: watch::Sender<Network>,
    desk: Desk,
    jobs: Jobs,
    ledger: Ledger,
    /// Stored jobs whose bytes the commit under way claims.
    over: Vec<u64>,
    tenure: Tenure,
}

impl Actor {
    pub(super) fn new(
        mut parts: Parts,
        myself: mpsc::UnboundedSender<Command>,
        commands: mpsc::UnboundedReceiver<Command>,
    ) -> Self {
        let graves = Graves::start(parts.folder.clone(), &parts.runtime, myself.clone());
        let jobs = Jobs::new(parts.jobs.clone());
        let ledger = Ledger::start(parts.index.clone(), &parts.runtime);
        let tenure = std::mem::take(&mut parts.tenure);
        Self {
            parts,
            commands,
            myself,
            entries: HashMap::new(),
            resting: Totals::default(),
            latest: Latest::default(),
            removed: HashSet::new(),
            removing: HashSet::new(),
            young: HashSet::new(),
            misplaced: HashSet::new(),
            tidy: false,
            room: Room::default(),
            graves,
            closed_at: HashMap::new(),
            last_use: 0,
            closed: false,
            last_checkpoint: Instant::now(),
            committing: false,
            closing: None,
            refused: 0,
            note: Note::default(),
            network: watch::Sender::new(Network::default()),
            desk: Desk::default(),
            jobs,
            ledger,
            over: Vec::new(),
            tenure,
        }
    }

    /// Runs until the shutdown is durable.
    pub(super) async fn run(mut self) {
        self.begin().await;
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let busy = self.is_busy();
            tokio::select! {
                command = self.commands.recv() => {
                    let Some(command) = command else { return };
                    self.take(command);
                }
                _ = tick.tick(), if busy => self.tick(),
            }
            if self.closing.is_some() && self.is_settled() {
                self.end().await;
                self.parts.folder.release();
                if let Some(done) = self.closing.take() {
                    done.send(()).ok();
                }
                return;
            }
        }
    }

    /// Whether something is to be done without being asked.
    fn is_busy(&self) -> bool {
        let folder = &self.parts.folder;
        !self.entries.is_empty()
            || !self.removed.is_empty()
            || self.room.is_busy()
            || !folder.is_ours()
    }

    fn take(&mut self, command: Command) {
        match command {
            Command::Open(request, asker) => self.open(request, asker),
            Command::Opened(opened) => self.opened(*opened),
            Command::Want(key, generation) => self.want(&key, generation),
            Command::ReaderGone(key, generation) => self.reader_gone(&key, generation),
            Command::RunEnded(key, generation, run, outcome) => {
                self.run_ended(&key, generation, run, outcome);
            }
            Command::JobOpened(id, reader) => self.job_opened(id, reader),
            Command::Network(network) => self.network_changed(network),
            Command::Found(key, row, change, answer, _reading) => {
                self.found(key, row.map(|row| *row), change, answer);
            }
            Command::Reserve(reserve) => self.reserve(reserve),
            Command::Candidates {
                rows,
                all,
                reading: _reading,
            } => self.candidates(rows, all),
            Command::Drop(rows, spared, done) => {
                let rows = rows.into_iter().filter_map(|row| self.current(row));
                let rows = rows.filter(|row| !spared.holds(row)).collect();
                self.drop_rows(rows, |freed| {
                    // Whoever asked may have given up.
                    done.send(freed).ok();
                });
            }
            Command::Buried => self.buried(),
            Command::Orphans(files) => self.orphans(files),
            Command::Tidied(missing, _reading) => self.tidied(missing),
            Command::Placed(generation) => drop(self.misplaced.remove(&generation)),
            Command::Moved(key) => self.moved(&key),
            Command::Probed(outcome) => self.probed(&outcome),
            Command::Resume => self.resume(),
            Command::Tenure(outcome) => self.tenure(outcome),
            Command::Committed {
                dues,
                unsaid,
                result,
            } => self.committed(dues, unsaid, result),
            Command::Shutdown(done) => self.shutdown(done),
            question => self.take_question(question),
        }
    }

    fn shutdown(&mut self, done: oneshot::Sender<()>) {
        self.closing = Some(done);
        self.cancel_jobs(None);
        for entry in self.entries.values() {
            if let Entry::Live(live) = entry {
                live.shared.end(CacheError::Closed);
                live.stop_runs();
                live.hurry_runs();
            }
        }
        self.checkpoint();
    }

    fn is_settled(&mut self) -> bool {
        let running = |entry: &Entry| match entry {
            Entry::Unsaid(_) | Entry::Moving(_) => false,
            Entry::Opening(_) => true,
            Entry::Live(live) => !live.runs.is_empty(),
        };
        if self.committing || self.entries.values().any(running) {
            return false;
        }
        if self.gives_up() {
            return true;
        }
        self.checkpoint();
        !self.committing
    }

    /// The end does not wait for an index that does not work: the next start believes what is in the files.
    fn gives_up(&self) -> bool {
        self.refused >= LAST_TRIES
    }
}
