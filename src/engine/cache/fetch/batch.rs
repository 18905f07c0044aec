//! Bytes that have arrived and are not written yet.
//!
//! **Owns** them until they are written. Pure.

use bytes::{Bytes, BytesMut};

/// Small pieces are gathered up to here before they are written.
const BATCH: usize = 256 << 10;
/// A piece of this size is worth a write of its own, and is not copied for one.
const LARGE: usize = 64 << 10;

/// See the module.
pub(super) struct Batch {
    gathered: BytesMut,
    large: Option<Bytes>,
}

impl Batch {
    pub(super) fn new() -> Self {
        Self {
            gathered: BytesMut::with_capacity(2 * BATCH),
            large: None,
        }
    }

    pub(super) fn add(&mut self, piece: Bytes) {
        if self.is_empty() && piece.len() >= LARGE {
            self.large = Some(piece);
            return;
        }
        if let Some(large) = self.large.take() {
            self.gathered.extend_from_slice(&large);
        }
        self.gathered.extend_from_slice(&piece);
    }

    pub(super) fn len(&self) -> usize {
        self.gathered.len() + self.large.as_ref().map_or(0, Bytes::len)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it is worth a write.
    pub(super) fn is_enough(&self) -> bool {
        self.large.is_some() || self.gathered.len() >= BATCH
    }

    /// All of it, in order; it is empty afterwards.
    pub(super) fn take(&mut self) -> Bytes {
        let large = self.large.take();
        large.unwrap_or_else(|| self.gathered.split().freeze())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(byte: u8, len: usize) -> Bytes {
        vec![byte; len].into()
    }

    #[test]
    fn small_pieces_are_gathered_in_order() {
        let mut batch = Batch::new();
        assert!(batch.is_empty() && !batch.is_enough());
        batch.add(piece(1, 2));
        batch.add(piece(2, 1));
        assert_eq!((batch.len(), batch.is_enough()), (3, false));
        assert_eq!(batch.take(), [1, 1, 2].as_slice());
        assert!(batch.is_empty() && batch.take().is_empty());
        batch.add(piece(3, BATCH - 1));
        batch.take();
        batch.add(piece(3, 1));
        batch.add(piece(3, BATCH - 1));
        assert!(batch.is_enough());
    }

    #[test]
    fn a_large_piece_is_not_copied() {
        let mut batch = Batch::new();
        let large = piece(7, LARGE);
        batch.add(large.clone());
        assert!(batch.is_enough());
        assert_eq!(batch.take().as_ptr(), large.as_ptr());
        batch.add(large);
        batch.add(piece(8, 1));
        let both = batch.take();
        assert_eq!(
            (both.len(), both.first(), both.last()),
            (LARGE + 1, Some(&7), Some(&8))
        );
    }
}
