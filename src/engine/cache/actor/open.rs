//! The actor's dealings with readers: a resource is looked up in the index and opened when the first one comes, and closed
//! after the last one went.
//!
//! **Threads**: the actor's; a task reads the row, the blocking pool opens the file, and whoever asks for it meanwhile waits
//! for the same answer. **Cancellation**: nobody to take a reader drops it; what was opened stays until the next look at who
//! reads.

use std::io;
use std::sync::Arc;

use tokio::time::Instant;

use super::super::OpenRequest;
use super::super::checkpoint::Claim;
use super::super::checksum::Checksums;
use super::super::class::Class;
use super::super::command::{Asker, Command, Opened, Trouble};
use super::super::disk::Folder;
use super::super::entry::EntryShared;
use super::super::error::CacheError;
use super::super::key::{CacheKey, Generation};
use super::super::overflow::Nowhere;
use super::super::reader::{Interest, Reader};
use super::super::storage::StoredFile;
use super::{Actor, Entry, Live, Opening};
use crate::range::{ByteRange, RangeSet};

/// What the actor knows of a resource that is to be opened.
enum Known {
    /// There is no claim, or it must not be believed any more.
    Nothing,
    /// There was one, of another version.
    Former(Box<Claim>),
    /// The index may have one.
    Row,
    Claim(Box<Claim>),
}

impl Actor {
    pub(super) fn open(&mut self, request: OpenRequest, asker: Asker) {
        if self.closing.is_some() {
            asker.answer.send(Err(CacheError::Closed)).ok();
            return;
        }
        let uses = !asker.quiet && !asker.ahead;
        self.last_use += u64::from(uses);
        let last_use = uses.then_some(self.last_use);
        let (key, keep) = (request.key.clone(), asker.keep);
        let known = match self.entries.remove(&key) {
            Some(Entry::Live(mut live)) if !differs(&live.claim, &request) => {
                live.size_hint = live.size_hint.or(request.size_hint);
                live.use_at(last_use);
                self.hand_out(&mut live, asker);
                self.entries.insert(key.clone(), Entry::Live(live));
                if keep {
                    self.keep_open(key);
                }
                return;
            }
            Some(Entry::Opening(mut opening)) => {
                opening.askers.push(asker);
                opening.last_use = last_use.or(opening.last_use);
                self.entries.insert(key.clone(), Entry::Opening(opening));
                if keep {
                    self.keep_open(key);
                }
                return;
            }
            Some(Entry::Moving(mut moving)) => {
                moving.stop();
                moving.waiting.push((request, asker));
                self.entries.insert(key, Entry::Moving(moving));
                return;
            }
            Some(Entry::Unsaid(claim)) if !differs(&claim, &request) => {
                Known::Claim(Box::new(claim))
            }
            Some(other) => {
                let former = other.claim();
                self.retire(&key, other);
                former.map_or(Known::Nothing, |former| Known::Former(Box::new(former)))
            }
            None if self.is_removed(&key) => Known::Nothing,
            None => Known::Row,
        };
        let opening = Opening {
            askers: vec![asker],
            size_hint: request.size_hint,
            last_use,
            changes: Vec::new(),
        };
        self.entries.insert(key, Entry::Opening(opening));
        self.look_up(request, known, keep);
    }

    /// Reads the row where there may be one, and opens the file that it names, or a new one.
    fn look_up(&mut self, request: OpenRequest, known: Known, keep: bool) {
        let era = self.note.era;
        let fresh = Claim {
            era,
            ..Claim::fresh(request.key.clone(), Generation::random())
        };
        if !self.tidy {
            self.young.insert(fresh.generation);
        }
        let (index, folder) = (self.parts.index.clone(), self.parts.folder.clone());
        let (runtime, myself) = (self.parts.runtime.clone(), self.myself.clone());
        self.parts.runtime.spawn(async move {
            let is_row = matches!(known, Known::Row);
            let mut fresh = fresh;
            let claim = match known {
                Known::Nothing => None,
                Known::Former(old) => {
                    fresh = fresh.heir_of(&old);
                    None
                }
                Known::Claim(claim) => Some(*claim),
                Known::Row => index.get(&request.key).await.unwrap_or_else(|error| {
                    tracing::warn!(%error, "a claim cannot be read");
                    None
                }),
            };
            let row = claim.clone().filter(|_| is_row);
            let replaced = claim.as_ref().filter(|claim| differs(claim, &request));
            let replaced = replaced.map(|claim| claim.generation);
            let mut claim = match (claim, replaced) {
                (Some(claim), None) => claim,
                (Some(old), Some(_)) => fresh.clone().heir_of(&old),
                (None, _) => fresh.clone(),
            };
            claim.fingerprint = request.fingerprint.or(claim.fingerprint);
            if keep {
                claim.class = Class::Kept;
            }
            let opened = runtime.spawn_blocking(move || {
                let (claim, file, kept, trouble) = open_file(&folder, claim, &fresh);
                let wanted = claim.is_wanted() && trouble.is_none();
                let sums = wanted.then(|| open_sums(&folder, &claim));
                (claim, file, sums.flatten(), kept, trouble)
            });
            let Ok((claim, file, sums, kept, trouble)) = opened.await else {
                return;
            };
            let opened = Opened {
                claim,
                file,
                sums,
                kept,
                trouble,
                row,
                replaced,
            };
            myself.send(Command::Opened(Box::new(opened))).ok();
        });
    }

    pub(super) fn opened(&mut self, opened: Opened) {
        let Opened {
            mut claim,
            file,
            sums,
            kept,
            trouble,
            row,
            replaced,
        } = opened;
        let key = claim.key.clone();
        let Some(Entry::Opening(opening)) = self.entries.remove(&key) else {
            return;
        };
        let detached = trouble.is_some();
        match trouble {
            // Nothing is wrong with the disk: the folder is another program's.
            None | Some(Trouble::Held) => {}
            Some(trouble) => self.troubled(trouble),
        }
        let stale = row
            .as_ref()
            .is_some_and(|row| row.generation != claim.generation);
        if let (Some(row), false) = (&row, detached) {
            self.resting.forget(row);
            if stale {
                self.gone(&key);
            }
        }
        if let (Some(generation), false) = (replaced, detached) {
            self.bury(vec![(generation, 0)], Box::new(|| {}));
        }
        let mut changed = false;
        for (change, answer) in opening.changes {
            changed |= change.apply(&mut claim);
            answer.send(Ok(!detached)).ok();
        }
        // That it is to stay is worth a row also before its first byte.
        changed |= claim.is_wanted() && row.as_ref().is_none_or(|row| row.class != claim.class);
        if opening.last_use.is_none() && opening.askers.iter().any(|asker| asker.ahead) {
            claim.fetch_ahead();
        }
        let mut live = Box::new(Live::new(claim, file, opening.size_hint));
        if let Some(sums) = sums {
            live.shared.protect(sums);
        }
        live.detached = detached;
        if !detached && kept != (live.claim.class == Class::Kept) {
            self.place(live.claim.generation, live.claim.class);
        }
        live.use_at(opening.last_use);
        if changed {
            live.unsaid();
        }
        for asker in opening.askers {
            self.hand_out(&mut live, asker);
        }
        self.entries.insert(key, Entry::Live(live));
    }

    fn hand_out(&self, live: &mut Live, asker: Asker) {
        live.readers += usize::from(!asker.quiet);
        live.read |= !asker.quiet && !asker.ahead;
        let reader = Reader::cached(Interest {
            shared: live.shared.clone(),
            actor: self.myself.clone(),
            runtime: self.parts.runtime.clone(),
            quiet: asker.quiet,
        });
        // A reader that nobody takes any more says so by being dropped.
        asker.answer.send(Ok(reader)).ok();
    }

    /// What is left of a resource whose file is another one at its source: that somebody wants it to stay.
    pub(super) fn leave_heir(&mut self, old: &Claim) {
        let fresh = Claim {
            era: self.note.era,
            ..Claim::fresh(old.key.clone(), Generation::random())
        };
        let heir = fresh.heir_of(old);
        if heir.is_wanted() {
            self.entries.insert(heir.key.clone(), Entry::Unsaid(heir));
        }
    }

    pub(super) fn reader_gone(&mut self, key: &CacheKey, generation: Generation) {
        let Some(live) = self.live(key, generation) else {
            return;
        };
        live.readers -= 1;
        live.published = u64::MAX;
        if live.readers == 0 {
            live.stop_runs();
            self.closed = true;
            self.closed_at.insert(key.clone(), Instant::now());
        }
    }

    /// The open entry of this very generation.
    pub(super) fn live(&mut self, key: &CacheKey, generation: Generation) -> Option<&mut Live> {
        match self.entries.get_mut(key) {
            Some(Entry::Live(live)) if live.shared.generation == generation => Some(live),
            _ => None,
        }
    }
}

impl Live {
    fn new(claim: Claim, file: StoredFile, size_hint: Option<u64>) -> Self {
        Self {
            shared: Arc::new(EntryShared::new(&claim, file)),
            claim,
            size_hint,
            readers: 0,
            read: false,
            address: Arc::default(),
            runs: Vec::new(),
            next_run: 1,
            full: false,
            last_demand: 0,
            failed: false,
            granted: 0,
            slides: None,
            surplus: Vec::new(),
            detached: false,
            published: u64::MAX,
            claimed: (0, 0),
        }
    }

    /// Somebody opened it, which makes a stream of what was only fetched ahead.
    fn use_at(&mut self, last_use: Option<u64>) {
        self.published = u64::MAX;
        if let Some(last_use) = last_use {
            self.claim.last_use = last_use;
            if self.claim.class == Class::Prefetch {
                self.claim.class = Class::Stream;
                self.unsaid();
            }
        }
    }

    /// Its claim is written down at the next checkpoint, whatever its bytes are.
    pub(super) fn unsaid(&mut self) {
        self.claimed.0 = u64::MAX;
    }

    /// Nobody waits for what their servers have still sent.
    pub(super) fn hurry_runs(&self) {
        for run in &self.runs {
            run.control.hurry.cancel();
        }
    }

    pub(super) fn stop_runs(&self) {
        for run in &self.runs {
            run.control.stop.cancel();
        }
    }
}

impl Claim {
    /// It is fetched for later: what nobody has read yet goes before what somebody has.
    fn fetch_ahead(&mut self) {
        if self.class == Class::Stream && self.ranges.is_empty() {
            self.class = Class::Prefetch;
        }
    }
}

/// Opens the file of `claim`, believing of it what is behind no end of the file, and, when it is of an older era than
/// `fresh`, what the file has data for. Where the file is gone or never was, its bytes are claimed no more and another takes
/// its place, because no name is used twice. Where the folder cannot be used at all, nothing of it is.
fn open_file(
    folder: &Folder,
    mut claim: Claim,
    fresh: &Claim,
) -> (Claim, StoredFile, bool, Option<Trouble>) {
    let missing = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
    let kept = claim.class == Class::Kept;
    let opened = match folder.open_existing(claim.generation) {
        Err(error) if missing(&error) => {
            claim.generation = fresh.generation;
            folder.open(fresh.generation, kept).map(|file| (file, kept))
        }
        opened => opened,
    };
    match opened {
        Ok((file, kept)) => {
            believe(&mut claim, &file, fresh.era);
            (claim, file, kept, None)
        }
        Err(error) => {
            let trouble = match folder.is_ours() || kept {
                true => Trouble::of(&error),
                false => Trouble::Held,
            };
            tracing::warn!(%error, "a cached file cannot be opened");
            claim.ranges = RangeSet::default();
            (claim, Nowhere::file(), false, Some(trouble))
        }
    }
}

/// What of a claim is true of its file, in this era.
fn believe(claim: &mut Claim, file: &StoredFile, era: u64) {
    let there = match claim.era < era {
        true => file.extents(),
        false => {
            let length = file.length().unwrap_or_default();
            [ByteRange::new(0, length)].into_iter().collect()
        }
    };
    claim.ranges = claim.ranges.intersection(&there);
    claim.era = era;
    if claim.ranges.is_empty() {
        claim.disk_bytes = 0;
    }
}

/// Without them bytes are believed as those of a stream are.
pub(super) fn open_sums(folder: &Folder, claim: &Claim) -> Option<Checksums> {
    folder
        .open_sums(claim.generation)
        .inspect_err(|error| tracing::warn!(%error, "checksums cannot be read"))
        .ok()
}

/// The library knows of another version than this claim's.
fn differs(claim: &Claim, request: &OpenRequest) -> bool {
    match (&claim.fingerprint, &request.fingerprint) {
        (Some(mine), Some(theirs)) => mine != theirs,
        _ => false,
    }
}
