//! The torture case t29: ten thousand operations on one item at the same time. It is opened, read, fetched ahead and called
//! off, kept and let go, pinned, cleared and squeezed, and in the end nothing of it is left.

use std::time::Instant;

use spool_engine::cache::{CacheError, Group, Priority, Span};
use testkit::pattern;

use super::MB;
use super::cache_stage::{LONG, SEED, Stage, key, request};

const SIZE: u64 = 2 * MB;
/// Threads that open, read and close, and how often each does.
const READERS: u64 = 4;
const READS: u64 = 1500;
/// Threads that do everything else, and how often each does.
const TROUBLES: u64 = 2;
const ACTS: u64 = 2000;

fn open_and_read(stage: &Stage, thread: u64) {
    for round in 0..READS {
        let pos = (thread * 7919 + round * 104_729) % SIZE;
        let reader = stage.open("x");
        let mut buf = [0; 3000];
        match reader.read_at_blocking(pos, &mut buf) {
            Ok(count) => {
                assert_eq!(count as u64, 3000.min(SIZE - pos), "the end at {pos}");
                pattern::verify(SEED, pos, &buf[..count]).unwrap();
            }
            // Another version took its place: that of one that was cleared.
            Err(CacheError::Changed) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

fn trouble(stage: &Stage, thread: u64) {
    let group = Group::new(&format!("group {thread}"));
    let ahead = |span, priority| {
        stage
            .cache
            .fetch_ahead(request("x"), span, priority, &group)
    };
    for round in 0..ACTS {
        match (round * 7 + thread * 5) % 11 {
            0 => drop(stage.block(stage.cache.clear(Some(key("x")))).unwrap()),
            1 => drop(stage.block(stage.cache.clear(None)).unwrap()),
            2 => {
                let limit = round % 2 * 8 * MB;
                stage.block(stage.cache.set_limit(limit)).unwrap();
            }
            3 | 4 => {
                let key = key("x");
                let pinned = stage.cache.set_pinned(&key, round % 2 == 0);
                stage.block(pinned).unwrap();
            }
            5 => drop(stage.block(stage.cache.keep(request("x"))).unwrap()),
            6 => drop(stage.block(stage.cache.unkeep(&key("x"))).unwrap()),
            7 => drop(stage.block(ahead(Span::Whole, Priority::Download)).unwrap()),
            8 => drop(stage.block(ahead(Span::START, Priority::Next)).unwrap()),
            9 => drop(stage.block(stage.cache.cancel_group(&group)).unwrap()),
            _ => drop(stage.block(stage.cache.records()).unwrap()),
        }
    }
    stage.block(stage.cache.cancel_group(&group)).unwrap();
}

/// Files of bytes and of checksums.
fn files_in(stage: &Stage) -> usize {
    let files = walkdir::WalkDir::new(stage.place.path());
    let is_ours = |file: &walkdir::DirEntry| {
        let end = file.path().extension();
        end.is_some_and(|end| end == "data" || end == "crc")
    };
    files.into_iter().flatten().filter(is_ours).count()
}

#[test]
fn t29_everything_at_once_to_one_item_and_nothing_is_left() {
    assert_eq!(READERS * READS + TROUBLES * ACTS, 10_000);
    let stage = Stage::new();
    stage.blob("x", SIZE);
    std::thread::scope(|scope| {
        let stage = &stage;
        for thread in 0..READERS {
            scope.spawn(move || open_and_read(stage, thread));
        }
        for thread in 0..TROUBLES {
            scope.spawn(move || trouble(stage, thread));
        }
    });
    stage.block(stage.cache.set_limit(8 * MB)).unwrap();
    let reader = stage.open("x");
    stage.read_through(&reader, 0, SIZE);
    drop(reader);
    assert!(stage.block(stage.cache.jobs()).unwrap().is_empty());
    let begun = Instant::now();
    // What was open a moment ago is cleared a little later, and rows and files go after that.
    loop {
        stage.block(stage.cache.clear(Some(key("x")))).unwrap();
        let usage = stage.block(stage.cache.usage()).unwrap();
        let files = files_in(&stage);
        let rows = stage.index.rows.lock().unwrap().len();
        let left = (usage.entries, usage.disk_bytes, usage.kept_bytes);
        if (left, files, rows) == ((0, 0, 0), 0, 0) {
            return;
        }
        let waited = begun.elapsed();
        assert!(waited < LONG, "{usage:?}, {files} files, {rows} rows");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}
