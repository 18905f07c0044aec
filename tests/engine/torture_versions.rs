//! The torture cases t10 to t12: files that change at their source. No generation ever holds bytes of two versions.

use std::time::Duration;

use spool_engine::cache::{CacheError, Reader};
use testkit::{Blob, Fault, Gate, Only, Rule};

use super::cache_stage::{SEED, Stage};
use super::{MB, X, exact, requests, stage};

/// Every byte that this reader has is of `seed`.
fn all_of(stage: &Stage, reader: &Reader, seed: u64) {
    for range in reader.ranges().iter() {
        let len = usize::try_from(range.len()).unwrap();
        exact(stage, reader, seed, range.start, len);
    }
}

fn is_changed(miss: &Result<impl Sized, CacheError>) -> bool {
    matches!(miss, Err(CacheError::Changed))
}

/// Reads a bit of a file, which is then another one; returns the reader of the old one, and the gate that holds its fetch.
fn replaced(stage: &Stage, old: Blob, new: Blob) -> (Reader, Gate) {
    stage.server.add_blob(X, old);
    let gate = Gate::new();
    let stall = Fault::Stall {
        after: MB,
        until: gate.clone(),
    };
    stage.server.script(Rule::on(X).fault(stall).times(1));
    let reader = stage.open("x");
    exact(stage, &reader, SEED, 0, 1_000_000);
    stage.server.add_blob(X, new);
    (reader, gate)
}

/// The old reader keeps what it has and is told; the next one reads the new file.
fn meets_a_new_version(stage: &Stage, old: &Reader, size: u64) {
    let miss = stage.block(old.read_at(size - 1000, 1000));
    assert!(is_changed(&miss), "{miss:?}");
    exact(stage, old, SEED, 0, 1_000_000);
    all_of(stage, old, SEED);
    let new = stage.open("x");
    exact(stage, &new, SEED + 1, 0, 1000);
    exact(stage, &new, SEED + 1, size - 1000, 1000);
    exact(stage, &new, SEED + 1, 0, usize::try_from(size).unwrap());
    assert!(stage.read(&new, size, 1).is_empty());
    all_of(stage, &new, SEED + 1);
}

#[test]
fn t10_a_shrunk_file() {
    for named in [true, false] {
        let stage = Stage::new();
        let blob = |size, seed| match named {
            true => Blob::pattern(size, seed),
            false => Blob::pattern(size, seed).without_validator(),
        };
        let (old, gate) = replaced(&stage, blob(8 * MB, SEED), blob(3 * MB, SEED + 1));
        // Its end was at 8 MB; at 6 MB there is nothing now.
        let miss = stage.block(old.read_at(6 * MB, 1000));
        assert!(is_changed(&miss), "{miss:?}");
        meets_a_new_version(&stage, &old, 3 * MB);
        gate.open();
    }
}

#[test]
fn t11_replaced_by_one_of_the_same_size() {
    for fault in [None, Some(Fault::IgnoreIfRange)] {
        let stage = Stage::new();
        let blob = |seed, tag: &str| Blob::pattern(4 * MB, seed).without_validator().etag(tag);
        let new = blob(SEED + 1, "\"two\"");
        let (old, gate) = replaced(&stage, blob(SEED, "\"one\""), new);
        if let Some(fault) = fault {
            stage.server.fault(X, fault);
        }
        meets_a_new_version(&stage, &old, 4 * MB);
        let first = &stage.server.requests_to(X)[1];
        assert_eq!(first.header("if-range"), Some("\"one\""));
        gate.open();
    }
}

#[test]
fn t11_a_server_that_dislikes_conditions_is_asked_without() {
    let stage = stage(64 * MB, &[Fault::RefuseIfRange], usize::MAX);
    stage.server.set_rate_of(X, Some(8 * MB));
    let reader = stage.open("x");
    exact(&stage, &reader, SEED, 0, 1000);
    exact(&stage, &reader, SEED, 40 * MB, 1000);
    exact(&stage, &reader, SEED, 20 * MB, 1000);
    assert!(reader.is_seekable());
    assert!(requests(&stage) <= 4);
}

#[test]
fn t12_weak_and_missing_validators() {
    let plain = |size, seed| Blob::pattern(size, seed).without_validator();
    let day = |day: u64| std::time::UNIX_EPOCH + Duration::from_secs(day * 86_400);
    let weak = |seed, when| plain(4 * MB, seed).etag("W/\"1\"").modified(day(when));
    let pairs = [
        ("date", weak(SEED, 1), weak(SEED + 1, 2)),
        ("size", plain(4 * MB, SEED), plain(4 * MB + 1, SEED + 1)),
        ("bytes", plain(4 * MB, SEED), plain(4 * MB, SEED + 1)),
        ("weak tag", weak(SEED, 1), weak(SEED + 1, 1)),
    ];
    for (what, old, new) in pairs {
        println!("told by {what}");
        let stage = Stage::new();
        let size = new.size();
        let (old, gate) = replaced(&stage, old, new);
        meets_a_new_version(&stage, &old, size);
        assert!(
            stage
                .server
                .requests_to(X)
                .iter()
                .all(|one| one.header("if-range").is_none())
        );
        gate.open();
    }
}

#[test]
fn t12_a_break_is_resumed_over_bytes_that_are_here() {
    let plain = |seed| Blob::pattern(4 * MB, seed).without_validator();
    for changes in [false, true] {
        let stage = Stage::new();
        stage.server.add_blob(X, plain(SEED));
        let gate = Gate::new();
        let rule = Rule::on(X).fault(Fault::Stall {
            after: MB,
            until: gate.clone(),
        });
        stage
            .server
            .script(rule.fault(Fault::Truncate { after: MB }).times(1));
        let reader = stage.open("x");
        exact(&stage, &reader, SEED, 0, 1_000_000);
        if changes {
            stage.server.add_blob(X, plain(SEED + 1));
        }
        gate.open();
        if changes {
            let miss = stage.block(reader.read_at(3 * MB, 1000));
            assert!(is_changed(&miss), "{miss:?}");
            all_of(&stage, &reader, SEED);
            continue;
        }
        stage.read_through(&reader, 0, 4 * MB);
        let resumed = stage.server.requests_to(X)[1].range().map(str::to_owned);
        assert_eq!(resumed, Some(format!("bytes={}-", MB - 4096)));
        assert_eq!(requests(&stage), 2);
    }
}

#[test]
fn t12_a_file_that_changes_under_a_reply_is_seen_where_old_bytes_begin() {
    let plain = |seed| Blob::pattern(8 * MB, seed).without_validator();
    let stage = Stage::new();
    stage.server.add_blob(X, plain(SEED));
    stage.server.set_rate_of(X, Some(4 * MB));
    let reader = stage.open("x");
    exact(&stage, &reader, SEED, 6 * MB, 1_500_000);
    let turns = Fault::Become {
        after: MB,
        blob: plain(SEED + 1),
    };
    // The run from 3 MB on becomes another file at 4 MB, and meets the old one at 6 MB.
    stage
        .server
        .script(Rule::on(X).only(Only::From(3 * MB)).fault(turns).times(2));
    exact(&stage, &reader, SEED, 3 * MB, 1000);
    stage.server.set_rate_of(X, None);
    stage.block(async {
        for pos in (3 * MB..6 * MB).step_by(100_000) {
            if reader.read_at(pos, 100_000).await.is_err() {
                break;
            }
        }
        while reader.ranges().covered_from(5 * MB) > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    all_of(&stage, &reader, SEED);
    let miss = stage.block(reader.read_at(5 * MB, 1000));
    assert!(is_changed(&miss), "{miss:?}");
}
