//! One open generation: its file, and what is known of it.
//!
//! **Owns** the only two functions that change bytes and the set of them, `write` and `shrink`. **Does not know** where bytes
//! come from. **Threads**: shared by readers, fetches and the actor; who waits for bytes does so in its [`Coverage`].
//!
//! **Invariant**: bytes are in the file before they are in the coverage, and out of the coverage before they are out of the
//! file; what is durable is a part of what is here. **Lock order**: `punching`, then `origin` or `durable`, then the
//! coverage's own; the memory's and `strikes` are taken alone. None is held while a reader waits, and only `punching` while
//! a disk works. **Cancellation**: a write is done or fails; waits are the coverage's.

mod origin;
mod sums;

use std::io;
use std::ops::Deref;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::{Mutex, RwLock};

use super::checkpoint::Claim;
use super::checksum::Checksums;
use super::coverage::Coverage;
use super::cursor::Cursors;
use super::error::CacheError;
use super::key::{CacheKey, Generation};
use super::overflow::Overflow;
use super::storage::StoredFile;
use crate::http::ranged::{Ask, Ranges, Shape, Validator};
use crate::range::{ByteRange, RangeSet};

pub(super) use origin::{Origin, Verdict};

/// So many times the bytes of one place may get lost and be fetched again while a file is open.
const STRIKES: usize = 3;

/// See the module. Everything that is known of ranges, size and waiters is asked of the coverage, through `Deref`.
#[derive(Debug)]
pub(super) struct EntryShared {
    pub key: CacheKey,
    pub generation: Generation,
    file: StoredFile,
    /// What the disk could not take.
    overflow: Overflow,
    /// Held for reading while bytes are written, for writing while holes are punched.
    punching: RwLock<()>,
    coverage: Coverage,
    /// Where its readers read.
    pub cursors: Cursors,
    /// What of the coverage a power cut leaves.
    durable: Mutex<RangeSet>,
    /// Where reads have failed.
    strikes: Mutex<Vec<ByteRange>>,
    /// The server sends only from the beginning.
    sequential: AtomicBool,
    written: AtomicU64,
    origin: Mutex<Origin>,
    /// Of what somebody wants to stay.
    sums: OnceLock<Checksums>,
    /// Blocks that differed from their sums.
    damaged: AtomicU64,
    /// Whole blocks are without a sum still.
    unsealed: AtomicBool,
}

impl Deref for EntryShared {
    type Target = Coverage;

    fn deref(&self) -> &Coverage {
        &self.coverage
    }
}

impl EntryShared {
    /// Over `file`, which has the bytes that `claim` names.
    pub(super) fn new(claim: &Claim, file: StoredFile) -> Self {
        let ranges = claim.ranges.clone();
        Self {
            key: claim.key.clone(),
            generation: claim.generation,
            file,
            overflow: Overflow::default(),
            punching: RwLock::default(),
            durable: Mutex::new(ranges.clone()),
            strikes: Mutex::default(),
            coverage: Coverage::new(ranges, claim.size),
            cursors: Cursors::default(),
            sequential: AtomicBool::new(false),
            written: AtomicU64::new(0),
            origin: Mutex::new(Origin {
                version: Validator {
                    etag: claim.etag.clone(),
                    last_modified: claim.last_modified.clone(),
                },
                certain: claim.size.is_some(),
                ..Origin::default()
            }),
            sums: OnceLock::new(),
            damaged: AtomicU64::new(0),
            unsealed: AtomicBool::new(false),
        }
    }

    /// Bytes written since it was opened.
    pub(super) fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    pub(super) fn origin(&self) -> Origin {
        self.origin.lock().clone()
    }

    pub(super) fn is_sequential(&self) -> bool {
        self.sequential.load(Ordering::Acquire)
    }

    pub(super) fn disk_bytes(&self) -> u64 {
        self.file.allocated()
    }

    /// Which bytes are in the file, and not only in memory.
    pub(super) fn on_disk(&self) -> RangeSet {
        let mut ranges = self.coverage.ranges();
        if self.overflow.is_used() {
            for range in self.overflow.ranges().iter() {
                ranges.remove(range);
            }
        }
        ranges
    }

    /// Which bytes are in memory, because the disk could not take them.
    pub(super) fn in_memory(&self) -> RangeSet {
        self.overflow.ranges()
    }

    /// Makes what was written durable, and returns all that is. Blocks. When it fails, everything since the last success is
    /// forgotten: the system may have dropped those bytes, and says so only once.
    pub(super) fn sync(&self) -> io::Result<RangeSet> {
        loop {
            let epoch = self.coverage.epoch();
            let written = self.on_disk();
            if written.intersection(&self.durable.lock()) == written {
                return Ok(written);
            }
            if let Err(error) = self.file.sync() {
                let durable = self.durable.lock().clone();
                self.coverage.keep_only(&durable);
                return Err(error);
            }
            let mut durable = self.durable.lock();
            // What was forgotten meanwhile may have been written anew.
            if self.coverage.held_since(epoch) {
                durable.clone_from(&written);
                return Ok(written);
            }
        }
    }

    /// Which bytes a power cut leaves.
    pub(super) fn durable(&self) -> RangeSet {
        self.durable.lock().clone()
    }

    /// Lets the system drop what is durable now, and was not `before`: a download of hours does not push everything else out
    /// of memory. Blocks.
    pub(super) fn drop_from_memory(&self, before: &RangeSet) {
        for range in self.durable().iter() {
            for fresh in before.missing_in(range) {
                self.file.drop_from_memory(fresh);
            }
        }
    }

    /// The size, where the server vouches for it and not only the end of a body.
    pub(super) fn certain_size(&self) -> Option<u64> {
        self.size().filter(|_| self.origin.lock().certain)
    }

    /// Whether every byte is here, of a file whose end is certain.
    pub(super) fn is_complete(&self) -> bool {
        self.origin.lock().certain && self.coverage.is_complete()
    }

    /// Judges a reply to `ask`, and takes over what it says about the file unless it is another one.
    pub(super) fn admit(&self, ask: &Ask, shape: &Shape) -> Verdict {
        let empty = self.coverage.ranges().is_empty();
        let mut origin = self.origin.lock();
        let verdict = origin.judge(self.size(), empty, ask, shape);
        match verdict {
            Verdict::Changed => return verdict,
            Verdict::Unconditionally => {
                origin.refuses_conditions = true;
                return verdict;
            }
            Verdict::Same { .. } => origin.adopt(shape),
        }
        let sequential = origin.ranges != Ranges::Work;
        drop(origin);
        self.sequential.store(sequential, Ordering::Release);
        match shape.total {
            Some(total) => self.learn_size(total, true),
            None => self.coverage.answered(),
        }
        verdict
    }

    /// The server cannot be trusted with ranges: bytes are taken in order from the beginning, from now on.
    pub(super) fn give_up_ranges(&self) {
        self.origin.lock().ranges = Ranges::Ignored;
        self.sequential.store(true, Ordering::Release);
    }

    /// The size became known. Not `certain`: good for this session's readers, not to be written down.
    pub(super) fn learn_size(&self, size: u64, certain: bool) {
        self.origin.lock().certain |= certain;
        self.coverage.learn_size(size);
    }

    /// Writes what of `bytes` is not here yet at `pos`, and tells who waits; returns how much that was. Blocks.
    pub(super) fn write(&self, pos: u64, bytes: &[u8]) -> io::Result<u64> {
        self.put(pos, bytes, |part, at| {
            self.file.write_all_at(part, at)?;
            self.written.fetch_add(part.len() as u64, Ordering::Relaxed);
            Ok(())
        })
    }

    /// Like [`EntryShared::write`], into memory.
    pub(super) fn write_to_memory(&self, pos: u64, bytes: &[u8]) -> io::Result<u64> {
        self.put(pos, bytes, |part, at| self.overflow.write(part, at))
    }

    fn put(
        &self,
        pos: u64,
        bytes: &[u8],
        write: impl Fn(&[u8], u64) -> io::Result<()>,
    ) -> io::Result<u64> {
        let whole = ByteRange::new(pos, pos + bytes.len() as u64);
        let mut fresh = 0;
        for gap in self.coverage.missing_in(whole) {
            let part = part(pos, bytes, gap);
            loop {
                let _no_holes = self.punching.read();
                let epoch = self.coverage.epoch();
                write(part, gap.start)?;
                if self.coverage.landed(gap, epoch) {
                    break;
                }
                // Some bytes were given up meanwhile, perhaps these: a sync failed.
            }
            fresh += gap.len();
        }
        Ok(fresh)
    }

    /// Whether some of `bytes` at `pos` is here already and differs. Blocks.
    pub(super) fn contradicts(&self, pos: u64, bytes: &[u8]) -> bool {
        let whole = ByteRange::new(pos, pos + bytes.len() as u64);
        let here: RangeSet = [whole].into_iter().collect();
        let here = here.intersection(&self.coverage.ranges());
        let differs = |range: ByteRange| {
            let theirs = part(pos, bytes, range);
            let mut ours = vec![0; theirs.len()];
            matches!(self.read(range, &mut ours), Ok(Some(_))) && ours != theirs
        };
        here.iter().any(differs)
    }

    /// Bytes are here no more, for anybody. In the file they lie until [`EntryShared::punch`].
    pub(super) fn give_up(&self, ranges: &[ByteRange]) {
        for range in ranges {
            self.shrink(*range);
        }
    }

    /// Gives what was given up, and has not come back since, back to the disk. Only after no claim that a power cut leaves
    /// names it any more: a hole reads as zeros. Blocks.
    pub(super) fn punch(&self, ranges: &[ByteRange]) -> io::Result<()> {
        let _alone = self.punching.write();
        for gap in ranges
            .iter()
            .flat_map(|range| self.coverage.missing_in(*range))
        {
            self.file.punch(gap)?;
        }
        Ok(())
    }

    /// Lets bytes go that are only in memory.
    pub(super) fn leave_memory(&self, ranges: &[ByteRange]) {
        let _alone = self.punching.write();
        for range in ranges {
            self.coverage.forget(*range);
            self.overflow.drop_range(*range);
        }
    }

    /// Reads what is here; `None` when some of it is not. A range that the file lost is forgotten, to be fetched again.
    ///
    /// # Errors
    /// [`CacheError::Disk`] where bytes got lost again and again after they had been fetched again.
    pub(super) fn read(
        &self,
        range: ByteRange,
        buf: &mut [u8],
    ) -> Result<Option<usize>, CacheError> {
        if !self.is_proven(range) {
            return Ok(None);
        }
        let read = || match self.overflow.is_used() {
            false => self.file.read_at(range.start, buf),
            true => self
                .overflow
                .read(range.start, buf, |pos, buf| self.file.read_at(pos, buf)),
        };
        match self.coverage.while_held(range, read) {
            None => Ok(None),
            Some(Ok(count)) if count == buf.len() => Ok(Some(count)),
            Some(outcome) => self.unreadable(range, &outcome).map(|()| None),
        }
    }

    /// Like [`EntryShared::read`] where that needs no waiting for the disk; `false` where it might.
    pub(super) fn read_at_once(&self, range: ByteRange, buf: &mut [u8]) -> bool {
        self.is_proven_already(range)
            && self.coverage.look(range).is_some_and(|epoch| {
                self.file.read_from_memory(range.start, buf) && self.coverage.held_since(epoch)
            })
    }

    #[cold]
    fn unreadable(&self, range: ByteRange, outcome: &io::Result<usize>) -> Result<(), CacheError> {
        tracing::warn!(generation = %self.generation, %range, ?outcome, "cached bytes are gone");
        let lost = match outcome {
            // Cut short: nothing behind it is here either.
            Ok(_) => ByteRange::new(range.start, u64::MAX),
            Err(_) => range,
        };
        self.shrink(lost);
        let mut strikes = self.strikes.lock();
        let meets = |old: &&ByteRange| old.start < lost.end && lost.start < old.end;
        if strikes.iter().filter(meets).count() >= STRIKES {
            return Err(CacheError::Disk("what was written cannot be read".into()));
        }
        strikes.push(lost);
        Ok(())
    }

    /// Forgets bytes.
    fn shrink(&self, range: ByteRange) {
        self.coverage.forget(range);
        // Afterwards: a sync that looked before has claimed what was true then.
        self.durable.lock().remove(range);
    }

    /// `len` bytes at `pos`, cut at the end where that is known.
    pub(super) fn clip(&self, pos: u64, len: usize) -> ByteRange {
        let end = pos.saturating_add(len as u64);
        ByteRange::new(pos, self.size().map_or(end, |size| end.min(size)))
    }
}

/// What of `bytes`, which begin at `pos`, lies in `range`.
fn part(pos: u64, bytes: &[u8], range: ByteRange) -> &[u8] {
    let offset = |at: u64| usize::try_from(at.saturating_sub(pos)).unwrap_or(usize::MAX);
    let part = bytes.get(offset(range.start)..offset(range.end));
    part.unwrap_or_default()
}
