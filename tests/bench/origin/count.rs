//! What the origin was asked and sent, by path.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// The numbers of one path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Count {
    /// GET requests.
    pub(crate) requests: u64,
    /// HEAD requests.
    pub(crate) heads: u64,
    /// Connections that they came over.
    pub(crate) connections: u64,
    /// Body bytes that the kernel took.
    pub(crate) bytes: u64,
    /// Those of them that had been sent before.
    pub(crate) repeated: u64,
}

#[derive(Debug, Default)]
struct Seen {
    heads: u64,
    connections: HashSet<u64>,
    sent: Vec<(u64, u64)>,
}

impl Seen {
    fn count(&self) -> Count {
        let bytes = self.sent.iter().map(|(start, end)| end - start).sum();
        let mut sorted = self.sent.clone();
        sorted.sort_unstable();
        let (mut distinct, mut behind) = (0, 0);
        for (start, end) in sorted {
            distinct += end.saturating_sub(start.max(behind));
            behind = behind.max(end);
        }
        Count {
            requests: self.sent.len() as u64,
            heads: self.heads,
            connections: self.connections.len() as u64,
            bytes,
            repeated: bytes - distinct,
        }
    }
}

/// All paths' numbers; shared by the connections.
#[derive(Debug, Default)]
pub(super) struct Counter(Mutex<HashMap<String, Seen>>);

impl Counter {
    fn with<T>(&self, path: &str, change: impl FnOnce(&mut Seen) -> T) -> T {
        let mut paths = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(paths.entry(path.to_owned()).or_default())
    }

    pub(super) fn count(&self, path: &str) -> Count {
        self.with(path, |seen| seen.count())
    }

    pub(super) fn head(&self, path: &str) {
        self.with(path, |seen| seen.heads += 1);
    }

    /// A GET for the bytes from `start` on; its number.
    pub(super) fn get(&self, path: &str, connection: u64, start: u64) -> usize {
        self.with(path, |seen| {
            seen.connections.insert(connection);
            seen.sent.push((start, start));
            seen.sent.len() - 1
        })
    }

    /// So many bytes more were taken for the GET of this number.
    pub(super) fn sent(&self, path: &str, number: usize, bytes: u64) {
        self.with(path, |seen| {
            if let Some(sent) = seen.sent.get_mut(number) {
                sent.1 += bytes;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_that_was_sent_twice_is_repeated_once() {
        let counter = Counter::default();
        for (connection, start, bytes) in [(1, 0, 100), (2, 50, 100), (2, 200, 10), (2, 60, 10)] {
            let number = counter.get("/a", connection, start);
            counter.sent("/a", number, bytes);
        }
        let count = counter.count("/a");
        assert_eq!((count.requests, count.connections), (4, 2));
        assert_eq!((count.bytes, count.repeated), (220, 60));
        assert_eq!(counter.count("/b"), Count::default());
    }
}
