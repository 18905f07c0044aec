//! The cache folder is deleted or made read-only under a playback, and the clock jumps: what plays goes on, byte for byte.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

mod brittle;
mod cache_stage;

use std::fs::{self, File};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use brittle::{Act, Brittle, EROFS, Failing};
use cache_stage::{SEED, Stage, key, request};
use spool_engine::cache::DiskCondition;
use testkit::pattern;

const MB: u64 = 1 << 20;

fn until(stage: &Stage, holds: impl Fn() -> bool) {
    stage.block(async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
}

/// Waits until a title that nobody reads is claimed as a whole.
fn settled(stage: &Stage, name: &str, size: u64) {
    until(stage, || {
        let claim = stage.claim(name);
        claim.is_some_and(|claim| claim.ranges.bytes() == size)
    });
}

fn read(stage: &Stage, name: &str, size: u64) {
    let reader = stage.open(name);
    stage.read_through(&reader, 0, size);
}

#[test]
fn a_folder_that_is_deleted_while_it_plays_costs_only_what_was_in_it() {
    let mut stage = Stage::new();
    for name in ["playing", "resting", "new"] {
        stage.blob(name, 4 * MB);
    }
    stage.blob("kept", MB);
    read(&stage, "resting", 4 * MB);
    settled(&stage, "resting", 4 * MB);
    stage.block(stage.cache.download(request("kept"))).unwrap();
    settled(&stage, "kept", MB);
    let playing = stage.open("playing");
    let head = stage.read(&playing, 0, 1 << 20);
    pattern::verify(SEED, 0, &head).unwrap();
    fs::remove_dir_all(stage.place.path().join("media")).unwrap();
    stage.read_through(&playing, 0, 4 * MB);
    assert_eq!(stage.server.bytes_sent("/blob/playing"), 4 * MB);
    read(&stage, "new", 4 * MB);
    settled(&stage, "new", 4 * MB);
    // What was deleted is fetched again, whatever its row says.
    read(&stage, "resting", 4 * MB);
    assert_eq!(stage.server.bytes_sent("/blob/resting"), 8 * MB);
    drop(playing);
    stage.restart(false);
    for (name, sent) in [("new", 4 * MB), ("kept", MB)] {
        read(&stage, name, sent);
        let path = format!("/blob/{name}");
        assert_eq!(stage.server.bytes_sent(&path), sent, "{name} is still here");
    }
    read(&stage, "playing", 4 * MB);
}

#[test]
fn a_folder_that_becomes_read_only_while_it_plays_ends_nothing() {
    let grave = tempfile::tempdir().unwrap();
    let brittle = Brittle::new(grave.path());
    let stage = Stage::on(Arc::new(brittle.clone()));
    for name in ["playing", "other", "later"] {
        stage.blob(name, 4 * MB);
    }
    let playing = stage.open("playing");
    stage.read(&playing, 0, 1000);
    stage.until("playing", |state| !state.ranges.is_empty());
    for act in [
        Act::Open,
        Act::Write,
        Act::MakeFolder,
        Act::Remove,
        Act::Rename,
        Act::Punch,
    ] {
        brittle.fail(Failing {
            act,
            first: 1,
            count: u64::MAX,
            errno: EROFS,
        });
    }
    stage.read_through(&playing, 0, 4 * MB);
    read(&stage, "other", 4 * MB);
    let mut condition = stage.cache.disk_condition();
    stage.block(async {
        let told = |now: &DiskCondition| matches!(now, DiskCondition::Failing(_));
        condition.wait_for(told).await.unwrap();
    });
    brittle.heal();
    stage.block(async {
        let fine = |now: &DiskCondition| *now == DiskCondition::Fine;
        condition.wait_for(fine).await.unwrap();
    });
    drop(playing);
    read(&stage, "later", 4 * MB);
    settled(&stage, "later", 4 * MB);
    assert_eq!(stage.server.bytes_sent("/blob/later"), 4 * MB);
}

#[test]
fn a_clock_that_jumps_takes_nothing_away_and_changes_no_order() {
    let now = SystemTime::now();
    let years = Duration::from_secs(10 * 365 * 86_400);
    for then in [now + years, now - years, SystemTime::UNIX_EPOCH] {
        let mut stage = Stage::new();
        for name in ["first", "second"] {
            stage.blob(name, MB);
            read(&stage, name, MB);
            settled(&stage, name, MB);
        }
        stage.block(stage.cache.shutdown());
        for name in ["first", "second"] {
            let file = stage.file_of(&stage.claim(name).unwrap());
            File::open(file).unwrap().set_modified(then).unwrap();
        }
        stage.restart(false);
        read(&stage, "first", MB);
        until(&stage, || {
            let use_of = |name| stage.claim(name).unwrap().last_use;
            use_of("first") > use_of("second")
        });
        for name in ["first", "second"] {
            read(&stage, name, MB);
            assert_eq!(stage.server.bytes_sent(&format!("/blob/{name}")), MB);
            assert!(
                stage
                    .block(stage.cache.entry(&key(name)))
                    .unwrap()
                    .is_some()
            );
        }
    }
}
