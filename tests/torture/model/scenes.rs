//! What may happen at the same time, and what must hold however it is interleaved.
#![allow(clippy::expect_used, reason = "a scene fails by panicking")]

use std::sync::Arc;

use shuttle::future::block_on;
use shuttle::thread;
use spool_engine::cache::CacheError;
use spool_engine::range::{ByteRange, RangeSet};

use super::coverage::Coverage;
use super::sync::{AtomicBool, Mutex};

/// Every scene, by name.
pub(super) const ALL: &[(&str, fn())] = &[
    ("bytes land, threads and tasks wait", bytes_land),
    ("the size is told", the_size_is_told),
    ("a read is flushed", a_read_is_flushed),
    ("a fetch fails while bytes land", a_fetch_fails),
    ("the end of everything", the_end),
    ("bytes are given up while they are read", bytes_are_given_up),
    ("a wait is dropped", a_wait_is_dropped),
    ("a fetch fails and nothing comes", nothing_comes),
    ("a disk loses what was not synced", a_disk_forgets),
    ("somebody only looks on", one_and_a_bystander),
];

/// How a wait ended, in words that can be compared.
type Verdict = Result<(), String>;

fn failed(error: &CacheError) -> Verdict {
    Err(error.to_string())
}

fn empty() -> Arc<Coverage> {
    Arc::new(Coverage::new(RangeSet::default(), None))
}

fn range(start: u64, end: u64) -> ByteRange {
    ByteRange::new(start, end)
}

fn waits(coverage: &Coverage, reader: u64, wanted: ByteRange, flag: &AtomicBool) -> Verdict {
    let id = coverage.enter(reader, wanted);
    let verdict = coverage.wait_blocking(id, flag);
    coverage.leave(id);
    verdict.map_err(|error| error.to_string())
}

fn waits_as_task(coverage: &Coverage, reader: u64, wanted: ByteRange) -> Verdict {
    let id = coverage.enter(reader, wanted);
    let verdict = block_on(coverage.wait(id));
    coverage.leave(id);
    verdict.map_err(|error| error.to_string())
}

/// What a fetch does whose bytes are in the file at once.
fn land(coverage: &Coverage, range: ByteRange) {
    while !coverage.landed(range, coverage.epoch()) {}
}

fn idle() -> AtomicBool {
    AtomicBool::new(false)
}

/// Whoever waits for bytes that land goes on, and then they are here; nobody is left in the list.
fn bytes_land() {
    let coverage = empty();
    let wanted = [range(0, 10), range(5, 25), range(20, 30)];
    let mut readers = Vec::new();
    for (reader, wanted) in (0..).zip(wanted) {
        let coverage = coverage.clone();
        readers.push(thread::spawn(move || {
            let verdict = if reader == 1 {
                waits_as_task(&coverage, reader, wanted)
            } else {
                waits(&coverage, reader, wanted, &idle())
            };
            assert_eq!(verdict, Ok(()));
            assert!(coverage.look(wanted).is_some());
        }));
    }
    let other = {
        let coverage = coverage.clone();
        thread::spawn(move || {
            land(&coverage, range(20, 25));
            land(&coverage, range(25, 30));
        })
    };
    land(&coverage, range(0, 7));
    land(&coverage, range(7, 20));
    for reader in readers {
        reader.join().expect("a reader");
    }
    other.join().expect("a fetch");
    assert!(coverage.waiters().is_empty());
}

/// A wait for the size, and one for bytes behind an end that is not known yet.
fn the_size_is_told() {
    let coverage = empty();
    let first = {
        let coverage = coverage.clone();
        thread::spawn(move || waits_as_task(&coverage, 1, range(0, 0)))
    };
    let second = {
        let coverage = coverage.clone();
        thread::spawn(move || waits(&coverage, 2, range(5, 100), &idle()))
    };
    land(&coverage, range(0, 10));
    coverage.answered();
    coverage.learn_size(10);
    assert_eq!(first.join().expect("a reader"), Ok(()));
    assert_eq!(second.join().expect("a reader"), Ok(()));
    assert!(coverage.is_complete());
}

/// A flush ends this read and no other one; what lands meanwhile may win.
fn a_read_is_flushed() {
    let coverage = empty();
    let flag = Arc::new(idle());
    let flushed = {
        let (coverage, flag) = (coverage.clone(), flag.clone());
        thread::spawn(move || waits(&coverage, 1, range(0, 10), &flag))
    };
    let other = {
        let coverage = coverage.clone();
        thread::spawn(move || waits(&coverage, 2, range(0, 10), &idle()))
    };
    let scrub = {
        let (coverage, flag) = (coverage.clone(), flag.clone());
        thread::spawn(move || coverage.flush(&flag, true))
    };
    scrub.join().expect("a flush");
    // Only now: the flush alone has to end the first.
    let verdict = flushed.join().expect("a reader");
    assert_eq!(verdict, failed(&CacheError::Cancelled));
    land(&coverage, range(0, 10));
    assert_eq!(other.join().expect("a reader"), Ok(()));
}

/// A failure ends who waits; who comes later starts afresh and is served.
fn a_fetch_fails() {
    let coverage = empty();
    let early = {
        let coverage = coverage.clone();
        thread::spawn(move || {
            let first = waits(&coverage, 1, range(0, 10), &idle());
            if first.is_err() {
                return waits_as_task(&coverage, 1, range(0, 10));
            }
            first
        })
    };
    let failing = {
        let coverage = coverage.clone();
        thread::spawn(move || {
            coverage.fail_waiters(&CacheError::NotSeekable, |waiter| waiter.reader == 1)
        })
    };
    failing.join().expect("a failing fetch");
    let landing = {
        let coverage = coverage.clone();
        thread::spawn(move || {
            land(&coverage, range(5, 10));
            land(&coverage, range(0, 5));
        })
    };
    assert_eq!(early.join().expect("a reader"), Ok(()));
    landing.join().expect("a fetch");
}

/// When all is over everybody goes, also who comes too late; bytes that are here are still had.
fn the_end() {
    let coverage = empty();
    let readers: Vec<_> = (0..3)
        .map(|reader| {
            let coverage = coverage.clone();
            thread::spawn(move || {
                if reader == 1 {
                    waits_as_task(&coverage, reader, range(0, 10))
                } else {
                    waits(&coverage, reader, range(0, 5), &idle())
                }
            })
        })
        .collect();
    land(&coverage, range(0, 5));
    coverage.end(CacheError::Closed);
    for (reader, thread) in readers.into_iter().enumerate() {
        let right = if reader == 1 {
            failed(&CacheError::Closed)
        } else {
            Ok(())
        };
        assert_eq!(thread.join().expect("a reader"), right);
    }
}

/// A file of ten bytes: 1 where it was written, 0 where a hole is.
#[derive(Default)]
struct Fake(Mutex<[u8; 10]>);

impl Fake {
    fn fill(&self, value: u8) {
        // One at a time, as a disk does it.
        for at in 0..10 {
            self.0.lock()[at] = value;
        }
    }

    fn bytes(&self) -> Vec<u8> {
        (0..10).map(|at| self.0.lock()[at]).collect()
    }
}

/// What a fetch does, a byte at a time.
fn writes(coverage: &Coverage, file: &Fake) {
    loop {
        let epoch = coverage.epoch();
        file.fill(1);
        if coverage.landed(range(0, 10), epoch) {
            return;
        }
    }
}

/// A read that overlaps with a punch never gives the hole's zeros, also when the bytes come back in between.
fn bytes_are_given_up() {
    let (coverage, file) = (empty(), Arc::new(Fake::default()));
    file.fill(1);
    land(&coverage, range(0, 10));
    let reader = {
        let (coverage, file) = (coverage.clone(), file.clone());
        thread::spawn(move || {
            let read = coverage.while_held(range(0, 10), || file.bytes());
            assert!(read.is_none_or(|bytes| bytes == [1; 10]), "a hole was read");
        })
    };
    let window = {
        let (coverage, file) = (coverage.clone(), file.clone());
        thread::spawn(move || {
            coverage.forget(range(0, 10));
            file.fill(0);
            writes(&coverage, &file);
        })
    };
    reader.join().expect("a reader");
    window.join().expect("a window");
}

/// A task that gives up its wait takes nobody's wake-up with it.
fn a_wait_is_dropped() {
    let coverage = empty();
    let dropped = {
        let coverage = coverage.clone();
        thread::spawn(move || {
            let id = coverage.enter(1, range(0, 10));
            let mut wait = Box::pin(coverage.wait(id));
            let waker = std::task::Waker::noop();
            let mut task = std::task::Context::from_waker(waker);
            let first = std::future::Future::poll(wait.as_mut(), &mut task);
            drop(wait);
            coverage.leave(id);
            first.is_ready()
        })
    };
    let stays = {
        let coverage = coverage.clone();
        thread::spawn(move || waits_as_task(&coverage, 2, range(0, 10)))
    };
    land(&coverage, range(0, 10));
    dropped.join().expect("a reader");
    assert_eq!(stays.join().expect("a reader"), Ok(()));
    assert!(coverage.longest_wait().is_none());
}

/// A failure ends exactly those whom it is meant for, threads and tasks, though no byte comes.
fn nothing_comes() {
    let coverage = empty();
    let enter = |reader| coverage.enter(reader, range(0, 10));
    let ids = [enter(1), enter(2), enter(3)];
    let wait = |id, task: bool| {
        let coverage = coverage.clone();
        thread::spawn(move || {
            let verdict = if task {
                block_on(coverage.wait(id))
            } else {
                coverage.wait_blocking(id, &idle())
            };
            coverage.leave(id);
            verdict.map_err(|error| error.to_string())
        })
    };
    let (first, second, other) = (wait(ids[0], false), wait(ids[1], true), wait(ids[2], false));
    coverage.fail_waiters(&CacheError::NotSeekable, |waiter| waiter.reader < 3);
    for failing in [first, second] {
        let verdict = failing.join().expect("a reader");
        assert_eq!(verdict, failed(&CacheError::NotSeekable));
    }
    assert_eq!(coverage.waiters().len(), 1);
    land(&coverage, range(0, 10));
    assert_eq!(other.join().expect("a reader"), Ok(()));
}

/// A sync fails and takes with it what was written before: what the set holds in the end is in the file.
fn a_disk_forgets() {
    let (coverage, file) = (empty(), Arc::new(Fake::default()));
    let fetch = {
        let (coverage, file) = (coverage.clone(), file.clone());
        thread::spawn(move || writes(&coverage, &file))
    };
    let sync = {
        let (coverage, file) = (coverage.clone(), file.clone());
        thread::spawn(move || {
            file.fill(0);
            coverage.keep_only(&RangeSet::default());
        })
    };
    fetch.join().expect("a fetch");
    sync.join().expect("a sync");
    let read = coverage.while_held(range(0, 10), || file.bytes());
    assert!(
        read.is_none_or(|bytes| bytes == [1; 10]),
        "lost bytes are in the set"
    );
}

/// With nobody but a bystander everything is what it says.
fn one_and_a_bystander() {
    let coverage = empty();
    let bystander = {
        let coverage = coverage.clone();
        thread::spawn(move || {
            let complete = coverage.is_complete();
            assert!(!complete || coverage.size() == Some(7));
            assert!(coverage.waiters().len() <= 1);
        })
    };
    assert!(
        !coverage.is_complete() && coverage.size().is_none() && coverage.longest_wait().is_none()
    );
    let before = coverage.version();
    land(&coverage, range(2, 5));
    assert!(coverage.version() > before);
    assert_eq!(coverage.ranges(), [range(2, 5)].into_iter().collect());
    assert_eq!(coverage.missing_in(range(0, 9)), [range(0, 2), range(5, 9)]);
    assert_eq!(coverage.while_held(range(2, 5), || 7), Some(7));
    assert_eq!(coverage.while_held(range(1, 5), || 7), None);

    let far = coverage.enter(1, range(4, 9));
    let here = coverage.enter(2, range(3, 5));
    assert!(coverage.longest_wait().is_some());
    let waiters = coverage.waiters();
    assert_eq!(
        waiters.iter().map(|one| one.reader).collect::<Vec<_>>(),
        [1]
    );
    assert_eq!(coverage.clip_end(&waiters[0]), 9);
    assert!(coverage.would_satisfy(range(5, 9)) && coverage.would_satisfy(range(8, 20)));
    assert!(!coverage.would_satisfy(range(5, 8)) && !coverage.would_satisfy(range(9, 20)));
    coverage.learn_size(7);
    assert_eq!(coverage.clip_end(&waiters[0]), 7);
    assert!(coverage.would_satisfy(range(5, 7)) && !coverage.would_satisfy(range(7, 9)));
    coverage.fail_waiters(&CacheError::NotSeekable, |waiter| waiter.reader == 1);
    assert!(coverage.waiters().is_empty());
    coverage.leave(far);
    coverage.leave(here);
    assert!(coverage.longest_wait().is_none());

    land(&coverage, range(0, 7));
    assert!(coverage.is_complete());
    let epoch = coverage.epoch();
    coverage.keep_only(&[range(1, 3)].into_iter().collect());
    assert!(!coverage.held_since(epoch) && !coverage.landed(range(0, 7), epoch));
    assert_eq!(coverage.ranges(), [range(1, 3)].into_iter().collect());
    the_size_alone();
    bystander.join().expect("a bystander");
}

/// A wait for the size is over when there is one, or an answer without one.
fn the_size_alone() {
    let known = Coverage::new(RangeSet::default(), Some(9));
    assert_eq!(waits(&known, 1, range(0, 0), &idle()), Ok(()));
    let untold = empty();
    untold.answered();
    assert_eq!(waits(&untold, 1, range(0, 0), &idle()), Ok(()));
    assert_eq!(untold.size(), None);
}

/// Not one of [`ALL`]: the wait has no end, which must be seen.
#[cfg(test)]
pub(super) fn nobody_comes() {
    let coverage = empty();
    land(&coverage, range(0, 9));
    waits(&coverage, 1, range(0, 10), &idle()).ok();
}
