//! Bytes fetched ahead of any reader: what is asked for, and how it goes.

use std::sync::Arc;

use super::error::CacheError;
use super::key::CacheKey;
use super::plan::Rank;
use crate::range::{ByteRange, RangeSet};

/// How urgent a job is, the most urgent first. All of them give way to whoever plays from the same server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// What plays next.
    Next,
    /// A download that somebody asked for; two at a time.
    Download,
    /// What may play later: the rest of an album, the next five.
    Later,
    /// For completeness.
    Fill,
}

impl Priority {
    pub(super) fn rank(self) -> Rank {
        match self {
            Self::Next => Rank::Next,
            Self::Download => Rank::Download,
            Self::Later => Rank::Later,
            Self::Fill => Rank::Fill,
        }
    }

    /// How many of them run at the same time.
    pub(super) fn at_a_time(self) -> usize {
        match self {
            Self::Next | Self::Download => 2,
            Self::Later | Self::Fill => 1,
        }
    }
}

/// Which bytes of a resource are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// All.
    Whole,
    /// What a start needs: so many at the beginning and at the end.
    Ends {
        /// Bytes at the beginning.
        head: u64,
        /// Bytes at the end: the index of films that have it there.
        tail: u64,
    },
}

impl Span {
    /// What a start of a film needs.
    pub const START: Self = Self::Ends {
        head: 4 << 20,
        tail: 1 << 20,
    };

    /// The bytes, of a resource of this size; without a size its beginning has to tell it first.
    pub(super) fn ranges(self, size: Option<u64>) -> Vec<ByteRange> {
        let end = size.unwrap_or(u64::MAX);
        match self {
            Self::Whole => vec![ByteRange::new(0, end)],
            Self::Ends { head, .. } if size.is_none() => vec![ByteRange::new(0, head)],
            Self::Ends { head, tail } => {
                let head = head.min(end);
                let tail = end.saturating_sub(tail).max(head);
                vec![ByteRange::new(0, head), ByteRange::new(tail, end)]
            }
        }
    }

    /// How many of the bytes are here, of how many.
    pub(super) fn progress(self, here: &RangeSet, size: Option<u64>) -> (u64, Option<u64>) {
        let ranges = self.ranges(size);
        let missing = ranges.iter().flat_map(|range| here.missing_in(*range));
        let left: u64 = missing.map(ByteRange::len).sum();
        let total: u64 = ranges.iter().map(|range| range.len()).sum();
        (total.saturating_sub(left), size.map(|_| total))
    }
}

/// Names jobs that belong together, to be cancelled together: a queue, an album, one download.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Group(Arc<str>);

impl Group {
    /// The group of this name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// That of what is fetched because a title is kept for good.
    pub(super) fn of_kept(key: &CacheKey) -> Self {
        Self::new(&format!("keep {key}"))
    }
}

/// Names one job of this session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub(super) u64);

/// A job that outlives the program: a title that is to be kept for good, and may not be here wholly yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredJob {
    /// In the order in which they were asked for.
    pub id: u64,
    /// Which resource.
    pub key: CacheKey,
    /// As [`super::OpenRequest`].
    pub fingerprint: Option<String>,
    /// As [`super::OpenRequest`].
    pub size_hint: Option<u64>,
}

/// Where a job stands.
#[derive(Clone, Debug)]
pub enum Stage {
    /// Its turn comes.
    Queued,
    /// Its bytes arrive, or wait for who is more urgent.
    Running,
    /// It waits for the network, for one that costs nothing, or for a folder that bytes can be kept in, and then goes on by
    /// itself.
    Waiting,
    /// All of its bytes are here. It is forgotten.
    Completed,
    /// It was cancelled, or the cache was shut down. It is forgotten; its bytes stay like others.
    Cancelled,
    /// Retries are used up. It goes on by itself when its server is back, at most once in ten minutes.
    Failed(CacheError),
}

/// A job, as it stands.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its name.
    pub id: JobId,
    /// Which resource.
    pub key: CacheKey,
    /// How urgent.
    pub priority: Priority,
    /// What it belongs to.
    pub group: Group,
    /// Where it stands.
    pub stage: Stage,
    /// Bytes of it that are here.
    pub done: u64,
    /// Bytes of it, once the size is known.
    pub total: Option<u64>,
}

/// Which of the jobs begin now: for each priority as many as may run at a time, the first come first. Pure.
pub(super) fn due(jobs: &[(Priority, bool)]) -> Vec<usize> {
    let mut chosen = Vec::new();
    for priority in [
        Priority::Next,
        Priority::Download,
        Priority::Later,
        Priority::Fill,
    ] {
        let running = jobs
            .iter()
            .filter(|(of, runs)| *of == priority && *runs)
            .count();
        let queued = jobs
            .iter()
            .enumerate()
            .filter(|(_, (of, runs))| *of == priority && !*runs);
        let free = priority.at_a_time().saturating_sub(running);
        chosen.extend(queued.take(free).map(|(index, _)| index));
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_downloads_at_a_time_in_their_order() {
        use Priority::{Download, Later, Next};
        let jobs = [
            (Download, true),
            (Later, false),
            (Download, false),
            (Download, false),
            (Next, false),
            (Later, false),
        ];
        assert_eq!(due(&jobs), [4, 2, 1]);
        assert_eq!(due(&[(Later, true), (Later, false)]), Vec::<usize>::new());
    }

    #[test]
    fn what_comes_next_is_the_most_urgent_and_completeness_the_least() {
        use Priority::{Download, Fill, Later, Next};
        let ranks = [Next, Download, Later, Fill].map(Priority::rank);
        assert!(ranks.is_sorted() && ranks[0] != ranks[3]);
        assert_eq!(due(&[(Fill, false), (Fill, false), (Next, false)]), [2, 0]);
    }

    #[test]
    fn a_start_is_the_head_and_the_tail() {
        let ends = |size| Span::Ends { head: 40, tail: 10 }.ranges(size);
        assert_eq!(ends(None), [ByteRange::new(0, 40)]);
        assert_eq!(
            ends(Some(100)),
            [ByteRange::new(0, 40), ByteRange::new(90, 100)]
        );
        assert_eq!(
            ends(Some(45)),
            [ByteRange::new(0, 40), ByteRange::new(40, 45)]
        );
        assert_eq!(
            ends(Some(30)),
            [ByteRange::new(0, 30), ByteRange::new(30, 30)]
        );
        assert_eq!(Span::Whole.ranges(Some(7)), [ByteRange::new(0, 7)]);
    }
}
