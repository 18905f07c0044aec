//! Byte ranges. (Placeholder; owner: cache.)

/// Half-open range of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteRange {
    /// First byte.
    pub start: u64,
    /// First byte behind it.
    pub end: u64,
}

/// A set of bytes: sorted, disjoint, coalesced half-open ranges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RangeSet {}

impl RangeSet {
    /// The ranges in order.
    pub fn iter(&self) -> impl Iterator<Item = ByteRange> + '_ {
        std::iter::empty()
    }

    /// Number of bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        todo!()
    }
}
