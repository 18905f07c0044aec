//! The decoded pictures that were shown last, within a budget of bytes.

use std::collections::HashMap;
use std::hash::Hash;

use super::Picture;

/// Bytes of pixels kept.
const BUDGET: usize = 64 << 20;

/// Pictures by key; the one not asked for longest goes first.
#[derive(Debug)]
pub(super) struct Memory<K> {
    pictures: HashMap<K, (u64, Picture)>,
    bytes: usize,
    clock: u64,
}

impl<K> Default for Memory<K> {
    fn default() -> Self {
        Self {
            pictures: HashMap::new(),
            bytes: 0,
            clock: 0,
        }
    }
}

impl<K: Eq + Hash + Clone> Memory<K> {
    pub(super) fn get(&mut self, key: &K) -> Option<Picture> {
        self.clock += 1;
        let (used, picture) = self.pictures.get_mut(key)?;
        *used = self.clock;
        Some(picture.clone())
    }

    pub(super) fn insert(&mut self, key: K, picture: Picture) {
        self.clock += 1;
        self.bytes += picture.rgba.len();
        if let Some((_, old)) = self.pictures.insert(key, (self.clock, picture)) {
            self.bytes -= old.rgba.len();
        }
        while self.bytes > BUDGET && self.pictures.len() > 1 {
            let oldest = self.pictures.iter().min_by_key(|(_, (used, _))| *used);
            let Some(key) = oldest.map(|(key, _)| key.clone()) else {
                break;
            };
            if let Some((_, gone)) = self.pictures.remove(&key) {
                self.bytes -= gone.rgba.len();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_asked_for_longest_goes_first() {
        let picture = || Picture {
            width: 1,
            height: 1,
            rgba: vec![0; BUDGET / 3].into(),
        };
        let mut memory = Memory::default();
        for key in ["a", "b", "c"] {
            memory.insert(key, picture());
        }
        assert!(memory.get(&"a").is_some());
        memory.insert("d", picture());
        assert!(memory.get(&"b").is_none());
        assert!(["a", "c", "d"].iter().all(|key| memory.get(key).is_some()));
        assert!(memory.bytes <= BUDGET);
    }
}
