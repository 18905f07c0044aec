//! Checksums of one kept file: a CRC-32 of each whole block of 1 MiB, in a file of their own beside the bytes.
//!
//! A block is whole when all its bytes are here; the last one ends where the file does. Its sum is taken once its bytes are
//! durable, and compared when one of them is read for the first time in this process. A stored sum comes with its own
//! complement, so that a damaged or unwritten one counts as none and accuses nobody: 8 KiB for a GiB.
//!
//! **Owns** the file of sums. **Does not know** which bytes are here, or what becomes of a damaged block.
//! **Threads**: readers ask [`Checksums::unproven`] at every block; what touches a disk blocks.
//!
//! **Lock order**: `sums` alone; what is read from the disk is read before or after. **Cancellation**: none.

use std::io;

use parking_lot::RwLock;

use super::storage::StoredFile;
use crate::range::{ByteRange, RangeSet};

/// Bytes of a block.
pub(super) const BLOCK: u64 = 1 << 20;
/// Bytes of a stored sum.
const RECORD: usize = 8;

/// What is known of a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Sum {
    /// It has none.
    #[default]
    None,
    /// It has one, not compared in this process.
    Stored(u32),
    /// It was taken or compared in this process.
    Proven,
}

/// What a look at a block says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// It is what it was.
    Sound,
    /// It is not, and its sum is forgotten with it.
    Damaged,
    /// It has no sum.
    Unknown,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Checksums {
    file: StoredFile,
    sums: RwLock<Vec<Sum>>,
}

impl Checksums {
    /// Over the file of sums, new or not. Blocks.
    pub(super) fn open(file: StoredFile) -> io::Result<Self> {
        let sums = Self::stored(&file)?;
        Ok(Self {
            file,
            sums: RwLock::new(sums),
        })
    }

    /// The blocks that `range` touches and that have to be compared before it is believed.
    pub(super) fn unproven(&self, range: ByteRange) -> Vec<u64> {
        let sums = self.sums.read();
        touched(range)
            .filter(|block| matches!(sum_of(&sums, *block), Sum::Stored(_)))
            .collect()
    }

    /// Compares one block of `data`, of a file of `size` bytes, with its sum. Blocks.
    pub(super) fn prove(&self, data: &StoredFile, block: u64, size: u64) -> io::Result<Proof> {
        let sum = sum_of(&self.sums.read(), block);
        let wanted = match sum {
            Sum::None => return Ok(Proof::Unknown),
            Sum::Proven => return Ok(Proof::Sound),
            Sum::Stored(sum) => sum,
        };
        if sum_in(data, range_of(block, size))? == wanted {
            self.set(block, Sum::Proven);
            return Ok(Proof::Sound);
        }
        // With the block its sum goes: whoever of the two was damaged, the next one is taken of what is fetched.
        self.forget(block)?;
        Ok(Proof::Damaged)
    }

    /// Has every proven block compared anew.
    pub(super) fn doubt(&self) -> io::Result<()> {
        let fresh = Self::stored(&self.file)?;
        *self.sums.write() = fresh;
        Ok(())
    }

    /// Takes the sums of up to `most` whole blocks in `durable` that have none, and stores them. Returns how many were
    /// taken. Blocks.
    pub(super) fn seal(
        &self,
        data: &StoredFile,
        durable: &RangeSet,
        size: u64,
        most: usize,
    ) -> io::Result<usize> {
        let bare: Vec<u64> = {
            let sums = self.sums.read();
            let whole = |block: &u64| durable.contains(range_of(*block, size));
            let bare = |block: &u64| sum_of(&sums, *block) == Sum::None;
            // A whole block lies within one range.
            let blocks = durable.iter().flat_map(touched);
            blocks.filter(bare).filter(whole).take(most).collect()
        };
        for block in &bare {
            let sum = sum_in(data, range_of(*block, size))?;
            self.file.write_all_at(&encode(sum), offset(*block))?;
            self.set(*block, Sum::Proven);
        }
        if !bare.is_empty() {
            self.file.sync()?;
        }
        Ok(bare.len())
    }

    fn forget(&self, block: u64) -> io::Result<()> {
        if sum_of(&self.sums.read(), block) == Sum::None {
            return Ok(());
        }
        self.set(block, Sum::None);
        self.file.write_all_at(&[0; RECORD], offset(block))
    }

    fn stored(file: &StoredFile) -> io::Result<Vec<Sum>> {
        let length = usize::try_from(file.length()?).unwrap_or(usize::MAX);
        let mut bytes = vec![0; length - length % RECORD];
        let count = file.read_at(0, &mut bytes)?;
        bytes.truncate(count);
        Ok(bytes.chunks_exact(RECORD).map(decode).collect())
    }

    fn set(&self, block: u64, sum: Sum) {
        let Ok(block) = usize::try_from(block) else {
            return;
        };
        let mut sums = self.sums.write();
        if sums.len() <= block {
            sums.resize(block + 1, Sum::None);
        }
        sums[block] = sum;
    }
}

fn sum_of(sums: &[Sum], block: u64) -> Sum {
    let index = usize::try_from(block).unwrap_or(usize::MAX);
    sums.get(index).copied().unwrap_or_default()
}

/// The bytes of a block in a file of `size` bytes.
pub(super) fn range_of(block: u64, size: u64) -> ByteRange {
    ByteRange::new(block * BLOCK, ((block + 1) * BLOCK).min(size))
}

/// The blocks that a range touches.
fn touched(range: ByteRange) -> std::ops::Range<u64> {
    range.start / BLOCK..range.end.div_ceil(BLOCK)
}

fn offset(block: u64) -> u64 {
    block * RECORD as u64
}

fn sum_in(data: &StoredFile, range: ByteRange) -> io::Result<u32> {
    let mut hasher = crc32fast::Hasher::new();
    let mut buf = vec![0; 128 << 10];
    let mut pos = range.start;
    while pos < range.end {
        let left = usize::try_from(range.end - pos).unwrap_or(usize::MAX);
        let part = &mut buf[..left.min(128 << 10)];
        let count = data.read_at(pos, part)?;
        if count < part.len() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        hasher.update(part);
        pos += count as u64;
    }
    Ok(hasher.finalize())
}

fn encode(sum: u32) -> [u8; RECORD] {
    (u64::from(sum) | u64::from(!sum) << 32).to_le_bytes()
}

fn decode(record: &[u8]) -> Sum {
    let Ok(record) = record.try_into().map(u64::from_le_bytes) else {
        return Sum::None;
    };
    let (sum, complement) = (record as u32, (record >> 32) as u32);
    if sum == !complement {
        Sum::Stored(sum)
    } else {
        Sum::None
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::cache::storage::{Disk, Opening, Storage};

    const SIZE: u64 = 2 * BLOCK + 100;

    fn file(place: &Path, name: &str) -> StoredFile {
        Disk.open(&place.join(name), Opening::Create).unwrap()
    }

    fn data(place: &Path) -> StoredFile {
        let data = file(place, "data");
        let bytes: Vec<u8> = (0..SIZE).map(|at| (at % 251) as u8).collect();
        data.write_all_at(&bytes, 0).unwrap();
        data
    }

    fn sums(place: &Path) -> Checksums {
        Checksums::open(file(place, "crc")).unwrap()
    }

    fn summed(sums: &Checksums, size: u64) -> RangeSet {
        let sums = sums.sums.read();
        (0_u64..)
            .zip(sums.iter())
            .filter(|(_, sum)| **sum != Sum::None)
            .map(|(block, _)| range_of(block, size))
            .collect()
    }

    fn up_to(end: u64) -> RangeSet {
        [ByteRange::new(0, end)].into_iter().collect()
    }

    #[test]
    fn only_whole_blocks_have_sums_and_the_last_ends_with_the_file() {
        let place = tempfile::tempdir().unwrap();
        let (data, sums) = (data(place.path()), sums(place.path()));
        assert_eq!(sums.seal(&data, &up_to(BLOCK - 1), SIZE, 9).unwrap(), 0);
        assert_eq!(sums.seal(&data, &up_to(2 * BLOCK), SIZE, 1).unwrap(), 1);
        assert_eq!(sums.seal(&data, &up_to(2 * BLOCK), SIZE, 9).unwrap(), 1);
        assert_eq!(summed(&sums, SIZE), up_to(2 * BLOCK));
        assert_eq!(sums.seal(&data, &up_to(SIZE), SIZE, 9).unwrap(), 1);
        assert_eq!(sums.seal(&data, &up_to(SIZE), SIZE, 9).unwrap(), 0);
        assert_eq!(summed(&sums, SIZE), up_to(SIZE));
    }

    #[test]
    fn what_this_process_has_summed_it_believes_and_the_next_compares() {
        let place = tempfile::tempdir().unwrap();
        let data = data(place.path());
        let first = sums(place.path());
        first.seal(&data, &up_to(SIZE), SIZE, 9).unwrap();
        assert!(first.unproven(ByteRange::new(0, SIZE)).is_empty());
        let next = sums(place.path());
        let edge = ByteRange::new(BLOCK - 1, BLOCK + 1);
        assert_eq!(next.unproven(edge), [0, 1]);
        assert_eq!(next.prove(&data, 0, SIZE).unwrap(), Proof::Sound);
        assert_eq!(next.unproven(edge), [1]);
        assert_eq!(next.prove(&data, 7, SIZE).unwrap(), Proof::Unknown);
        next.doubt().unwrap();
        assert_eq!(next.unproven(edge), [0, 1]);
    }

    #[test]
    fn every_damaged_byte_is_found_once_and_the_block_summed_anew() {
        let place = tempfile::tempdir().unwrap();
        let data = data(place.path());
        let first = sums(place.path());
        first.seal(&data, &up_to(SIZE), SIZE, 9).unwrap();
        for at in [0, BLOCK - 1, BLOCK, SIZE - 1] {
            let mut byte = [0];
            data.read_at(at, &mut byte).unwrap();
            data.write_all_at(&[byte[0] ^ 0x10], at).unwrap();
            let sums = sums(place.path());
            let block = at / BLOCK;
            assert_eq!(sums.prove(&data, block, SIZE).unwrap(), Proof::Damaged);
            assert_eq!(sums.prove(&data, block, SIZE).unwrap(), Proof::Unknown);
            data.write_all_at(&byte, at).unwrap();
            assert_eq!(sums.seal(&data, &up_to(SIZE), SIZE, 9).unwrap(), 1);
        }
        for block in 0..3 {
            let sums = sums(place.path());
            assert_eq!(sums.prove(&data, block, SIZE).unwrap(), Proof::Sound);
        }
    }

    #[test]
    fn a_damaged_sum_accuses_nobody() {
        let place = tempfile::tempdir().unwrap();
        let data = data(place.path());
        sums(place.path())
            .seal(&data, &up_to(SIZE), SIZE, 9)
            .unwrap();
        for at in 0..RECORD as u64 {
            let crc = file(place.path(), "crc");
            let mut byte = [0];
            crc.read_at(at, &mut byte).unwrap();
            crc.write_all_at(&[!byte[0]], at).unwrap();
            let sums = sums(place.path());
            assert_eq!(sums.prove(&data, 0, SIZE).unwrap(), Proof::Unknown);
            assert_eq!(sums.prove(&data, 1, SIZE).unwrap(), Proof::Sound);
            crc.write_all_at(&byte, at).unwrap();
        }
    }
}
