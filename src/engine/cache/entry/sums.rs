//! An open entry's dealings with its checksums: what is read for the first time is compared, what became durable is summed.
//!
//! A block that differs from its sum leaves the coverage and is fetched again, like any bytes that are not here; nobody is
//! given a byte of it. Lock order: the sums are asked before the coverage, and neither is held for the other.

use std::io;
use std::sync::atomic::Ordering;

use super::super::checksum::{Checksums, Proof, range_of};
use super::super::error::CacheError;
use super::EntryShared;
use crate::range::{ByteRange, RangeSet};

/// Blocks that are summed at one checkpoint: a title that becomes kept is summed in parts. The end waits for one part, which
/// is all that a title lacks that was kept while it came; what is left of others the next run takes.
const MOST: usize = 256;

impl EntryShared {
    /// From now on its blocks are compared and summed.
    pub(in super::super) fn protect(&self, sums: Checksums) {
        // Two that open the same file of sums know the same.
        self.sums.set(sums).ok();
    }

    pub(in super::super) fn is_protected(&self) -> bool {
        self.sums.get().is_some()
    }

    /// Blocks that differed from their sums since it was opened.
    pub(in super::super) fn damaged(&self) -> u64 {
        self.damaged.load(Ordering::Relaxed)
    }

    /// Whether there are durable blocks that the last [`EntryShared::seal`] had no time for.
    pub(in super::super) fn is_unsealed(&self) -> bool {
        self.unsealed.load(Ordering::Relaxed)
    }

    /// Takes the sums of `durable` bytes that have none. Blocks.
    pub(in super::super) fn seal(&self, durable: &RangeSet) {
        let (Some(sums), Some(size)) = (self.sums.get(), self.size()) else {
            return;
        };
        match sums.seal(&self.file, durable, size, MOST) {
            Ok(count) => self.unsealed.store(count == MOST, Ordering::Relaxed),
            // They are an addition: without them bytes are believed as those of a stream are.
            Err(error) => tracing::warn!(%error, "checksums cannot be kept"),
        }
    }

    /// Compares the blocks that `range` touches and that nobody has compared yet. `false`: some of it is not here any more.
    #[inline]
    pub(super) fn is_proven(&self, range: ByteRange) -> bool {
        match self.sums.get() {
            None => true,
            Some(sums) => {
                let blocks = sums.unproven(range);
                blocks.is_empty() || self.prove(sums, &blocks)
            }
        }
    }

    /// Like [`EntryShared::is_proven`], without a look at the disk.
    #[inline]
    pub(super) fn is_proven_already(&self, range: ByteRange) -> bool {
        let sums = self.sums.get();
        sums.is_none_or(|sums| sums.unproven(range).is_empty())
    }

    #[cold]
    fn prove(&self, sums: &Checksums, blocks: &[u64]) -> bool {
        let Some(size) = self.size() else {
            return true;
        };
        let mut sound = true;
        for block in blocks {
            sound &= self.prove_block(sums, *block, size);
        }
        sound
    }

    fn prove_block(&self, sums: &Checksums, block: u64, size: u64) -> bool {
        let range = range_of(block, size);
        // A part of a block proves nothing.
        let Some(epoch) = self.coverage.look(range) else {
            return true;
        };
        match sums.prove(&self.file, block, size) {
            Ok(Proof::Sound | Proof::Unknown) => true,
            Ok(Proof::Damaged) if self.coverage.held_since(epoch) => {
                tracing::warn!(generation = %self.generation, %range, "a kept block is damaged");
                self.damaged.fetch_add(1, Ordering::Relaxed);
                self.shrink(range);
                false
            }
            // Given up meanwhile by somebody else.
            Ok(Proof::Damaged) => false,
            Err(error) => {
                // The read that follows meets the same error, and deals with it.
                tracing::debug!(%error, "a block cannot be compared");
                true
            }
        }
    }

    /// Compares every block that has a sum and is here, those again that have been compared before. Returns what was
    /// compared, and what of it was damaged and is not here any more. Blocks.
    ///
    /// # Errors
    /// [`CacheError::Disk`] when the sums cannot be read.
    pub(in super::super) fn recheck(&self) -> Result<(RangeSet, Vec<ByteRange>), CacheError> {
        let (Some(sums), Some(size)) = (self.sums.get(), self.size()) else {
            return Ok((RangeSet::default(), Vec::new()));
        };
        let doubted: io::Result<()> = sums.doubt();
        doubted.map_err(|error| CacheError::Disk(error.to_string()))?;
        let whole = [ByteRange::new(0, size)].into_iter().collect();
        let (mut compared, mut damaged) = (RangeSet::default(), Vec::new());
        for block in sums.unproven(ByteRange::new(0, size)) {
            let range = range_of(block, size);
            if self.coverage.look(range).is_none() {
                continue;
            }
            compared.insert(range);
            if !self.prove_block(sums, block, size) {
                damaged.push(range);
            }
        }
        Ok((compared.intersection(&whole), damaged))
    }
}
