//! Byte ranges, and sets of them.

use std::fmt;
use std::ops::Range;

/// Half-open range of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ByteRange {
    /// First byte.
    pub start: u64,
    /// First byte behind it.
    pub end: u64,
}

impl ByteRange {
    /// From `start` up to, not including, `end`; empty where `end` is not larger.
    #[must_use]
    pub const fn new(start: u64, end: u64) -> Self {
        Self {
            start,
            end: if end > start { end } else { start },
        }
    }

    /// Number of bytes.
    #[must_use]
    pub const fn len(self) -> u64 {
        self.end - self.start
    }

    /// Whether it holds no byte.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.end == self.start
    }
}

impl fmt::Display for ByteRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

impl From<&Range<u64>> for ByteRange {
    fn from(range: &Range<u64>) -> Self {
        Self::new(range.start, range.end)
    }
}

/// The bytes are not the stored form of a [`RangeSet`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a stored set of ranges")]
pub struct InvalidRanges;

/// A set of bytes: sorted, disjoint, coalesced half-open ranges. A look-up costs a search in a tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RangeSet {
    set: rangemap::RangeSet<u64>,
}

impl RangeSet {
    /// The ranges in order.
    pub fn iter(&self) -> impl Iterator<Item = ByteRange> + '_ {
        self.set.iter().map(ByteRange::from)
    }

    /// Whether it holds no byte.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.set.is_empty()
    }

    /// Number of bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.iter().map(ByteRange::len).sum()
    }

    /// Adds every byte of `range`.
    pub fn insert(&mut self, range: ByteRange) {
        if !range.is_empty() {
            self.set.insert(range.start..range.end);
        }
    }

    /// Takes every byte of `range` out.
    pub fn remove(&mut self, range: ByteRange) {
        if !range.is_empty() {
            self.set.remove(range.start..range.end);
        }
    }

    /// Whether every byte of `range` is in the set; an empty range always is.
    #[must_use]
    pub fn contains(&self, range: ByteRange) -> bool {
        range.is_empty() || self.first_gap_from(range.start) >= range.end
    }

    /// How many bytes from `pos` on are in the set without a gap.
    #[must_use]
    pub fn covered_from(&self, pos: u64) -> u64 {
        self.set.get(&pos).map_or(0, |range| range.end - pos)
    }

    /// The first byte at or behind `pos` that is not in the set.
    #[must_use]
    pub fn first_gap_from(&self, pos: u64) -> u64 {
        self.set.get(&pos).map_or(pos, |range| range.end)
    }

    /// The parts of `range` that are not in the set, in order.
    #[must_use]
    pub fn missing_in(&self, range: ByteRange) -> Vec<ByteRange> {
        if range.is_empty() {
            return Vec::new();
        }
        let outer = range.start..range.end;
        self.set
            .gaps(&outer)
            .map(|gap| ByteRange::from(&gap))
            .collect()
    }

    /// The bytes that are in both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let both = self.set.intersection(&other.set);
        Self {
            set: both.collect(),
        }
    }

    /// The compact stored form: for each range the distance from the end of the one before and its length, as
    /// little-endian base-128 numbers.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut behind = 0;
        for range in self.iter() {
            put_varint(&mut bytes, range.start - behind);
            put_varint(&mut bytes, range.len());
            behind = range.end;
        }
        bytes
    }

    /// Reads [`RangeSet::encode`]'s form.
    ///
    /// # Errors
    /// When it is anything else: cut off, overflowing, with an empty range or two that touch.
    pub fn decode(mut bytes: &[u8]) -> Result<Self, InvalidRanges> {
        let mut set = Self::default();
        let mut behind: u64 = 0;
        while !bytes.is_empty() {
            let distance = take_varint(&mut bytes)?;
            let length = take_varint(&mut bytes)?;
            let touches = distance == 0 && !set.is_empty();
            if length == 0 || touches {
                return Err(InvalidRanges);
            }
            let start = behind.checked_add(distance).ok_or(InvalidRanges)?;
            behind = start.checked_add(length).ok_or(InvalidRanges)?;
            set.insert(ByteRange::new(start, behind));
        }
        Ok(set)
    }
}

impl FromIterator<ByteRange> for RangeSet {
    fn from_iter<T: IntoIterator<Item = ByteRange>>(ranges: T) -> Self {
        let mut set = Self::default();
        for range in ranges {
            set.insert(range);
        }
        set
    }
}

fn put_varint(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
}

fn take_varint(bytes: &mut &[u8]) -> Result<u64, InvalidRanges> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first().ok_or(InvalidRanges)?;
        *bytes = rest;
        let part = u64::from(first & 0x7f);
        if part << shift >> shift != part {
            return Err(InvalidRanges);
        }
        number |= part << shift;
        if first & 0x80 == 0 {
            let shortest = *first != 0 || shift == 0;
            return if shortest {
                Ok(number)
            } else {
                Err(InvalidRanges)
            };
        }
    }
    Err(InvalidRanges)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SPACE: usize = 400;

    fn at(start: usize, end: usize) -> ByteRange {
        ByteRange::new(start as u64, end as u64)
    }

    fn set_and_bits(steps: &[(bool, usize, usize)]) -> (RangeSet, [bool; SPACE]) {
        let (mut set, mut bits) = (RangeSet::default(), [false; SPACE]);
        for &(add, start, length) in steps {
            let end = (start + length).min(SPACE);
            bits[start..end].fill(add);
            if add {
                set.insert(at(start, end));
            } else {
                set.remove(at(start, end));
            }
        }
        (set, bits)
    }

    fn steps() -> impl Strategy<Value = Vec<(bool, usize, usize)>> {
        prop::collection::vec((any::<bool>(), 0..SPACE, 0..60_usize), 0..60)
    }

    proptest! {
        #[test]
        fn it_is_an_array_of_bits(steps in steps(), from in 0..SPACE, length in 0..80_usize) {
            let (set, bits) = set_and_bits(&steps);
            let count = bits.iter().filter(|bit| **bit).count();
            prop_assert_eq!(set.bytes(), count as u64);
            let covered = bits[from..].iter().take_while(|bit| **bit).count();
            prop_assert_eq!(set.covered_from(from as u64), covered as u64);
            prop_assert_eq!(set.first_gap_from(from as u64), (from + covered) as u64);
            let end = (from + length).min(SPACE);
            prop_assert_eq!(set.contains(at(from, end)), bits[from..end].iter().all(|bit| *bit));
            let mut missing = [false; SPACE];
            for gap in set.missing_in(at(from, end)) {
                prop_assert!(!gap.is_empty());
                missing[gap.start as usize..gap.end as usize].fill(true);
            }
            for (position, bit) in missing.iter().enumerate() {
                prop_assert_eq!(*bit, (from..end).contains(&position) && !bits[position]);
            }
        }

        #[test]
        fn ranges_are_sorted_and_never_touch(steps in steps()) {
            let (set, _) = set_and_bits(&steps);
            let ranges: Vec<_> = set.iter().collect();
            prop_assert!(ranges.windows(2).all(|pair| pair[0].end < pair[1].start));
            prop_assert!(ranges.iter().all(|range| !range.is_empty()));
        }

        #[test]
        fn an_intersection_is_both(left in steps(), right in steps()) {
            let ((left, a), (right, b)) = (set_and_bits(&left), set_and_bits(&right));
            let both = left.intersection(&right);
            for position in 0..SPACE {
                let here = both.covered_from(position as u64) > 0;
                prop_assert_eq!(here, a[position] && b[position]);
            }
        }

        #[test]
        fn the_stored_form_reads_back(steps in steps(), far in 0..u64::MAX - 1) {
            let (mut set, _) = set_and_bits(&steps);
            set.insert(ByteRange::new(far, far + 1));
            prop_assert_eq!(RangeSet::decode(&set.encode()), Ok(set));
        }

        #[test]
        fn garbage_is_refused_or_says_the_same_again(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Ok(set) = RangeSet::decode(&bytes) {
                prop_assert_eq!(set.encode(), bytes);
            }
        }
    }

    #[test]
    fn a_range_says_where_it_begins_and_ends() {
        assert_eq!(ByteRange::new(3, 1 << 40).to_string(), "3..1099511627776");
        let empty = ByteRange::new(9, 3);
        assert_eq!((empty.to_string().as_str(), empty.len()), ("9..9", 0));
    }

    #[test]
    fn a_cut_or_overflowing_form_is_refused() {
        let set: RangeSet = [
            ByteRange::new(5, 1 << 33),
            ByteRange::new(1 << 40, u64::MAX),
        ]
        .into_iter()
        .collect();
        let bytes = set.encode();
        assert_eq!(RangeSet::decode(&bytes), Ok(set));
        for cut in 1..bytes.len() - 1 {
            let decoded = RangeSet::decode(&bytes[..cut]);
            assert!(decoded.is_err() || decoded.unwrap().encode() == bytes[..cut]);
        }
        let mut twice = bytes.clone();
        twice.extend_from_slice(&[1, 1]);
        assert_eq!(RangeSet::decode(&twice), Err(InvalidRanges));
        assert_eq!(RangeSet::decode(&[0xff; 11]), Err(InvalidRanges));
        assert_eq!(RangeSet::decode(&[0, 0]), Err(InvalidRanges));
        assert_eq!(RangeSet::decode(&[0, 1, 0, 1]), Err(InvalidRanges));
    }
}
