//! Titles that are fetched whole because somebody wants to keep them: through restarts, changes and broken lines.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

mod cache_stage;
mod dropped;

use std::sync::Arc;
use std::time::Duration;

use cache_stage::{SEED, Stage, key, request};
use dropped::Dropped;
use spool_engine::cache::{Class, Job, OpenRequest, Stage as JobStage};
use spool_engine::range::ByteRange;
use testkit::{Blob, Fault, Gate, Rule};

const MB: u64 = 1 << 20;

/// Waits until the jobs are as `holds` says.
fn until_jobs(stage: &Stage, holds: impl Fn(&[Arc<Job>]) -> bool) {
    stage.block(async {
        while !holds(&stage.cache.jobs().await.unwrap()) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
}

fn until(stage: &Stage, holds: impl Fn() -> bool) {
    stage.block(async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
}

/// Waits until nothing is left to fetch. The pauses of a download are 5, 15 and 45 s; a network that is back ends each.
fn until_whole(stage: &Stage) {
    stage.block(async {
        while !stage.cache.jobs().await.unwrap().is_empty() {
            stage.cache.source_returned();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
}

fn stored(stage: &Stage) -> usize {
    stage.index.jobs.lock().unwrap().len()
}

/// The first reply of `name` halts after so many bytes, for ever.
fn halt(stage: &Stage, name: &str, after: u64) {
    let fault = Fault::Stall {
        after,
        until: Gate::new(),
    };
    let rule = Rule::on(&format!("/blob/{name}"));
    stage.server.script(rule.fault(fault).times(1));
}

fn is_whole(stage: &Stage, name: &str, size: u64) {
    let reader = stage.open(name);
    assert!(reader.is_complete());
    let sent = stage.server.bytes_sent(&format!("/blob/{name}"));
    stage.read_through(&reader, 0, size);
    assert_eq!(stage.server.bytes_sent(&format!("/blob/{name}")), sent);
}

#[test]
fn a_title_becomes_whole_and_is_kept_and_then_nothing_is_left_to_do() {
    let stage = Stage::new();
    stage.blob("x", 5 * MB);
    let mut told = stage.cache.watch_jobs();
    let id = stage.block(stage.cache.download(request("x"))).unwrap();
    assert_eq!(
        stored(&stage),
        1,
        "it is written down before it is answered"
    );
    let again = stage.block(stage.cache.download(request("x"))).unwrap();
    let is_open = stage.block(stage.cache.jobs()).unwrap();
    // It may be whole already; then the second wish was another job, with nothing to do.
    assert!(again == id || is_open.len() <= 1);
    until_jobs(&stage, <[_]>::is_empty);
    until(&stage, || stored(&stage) == 0);
    let claim = stage.claim("x").unwrap();
    assert_eq!(
        (claim.class, claim.ranges.bytes()),
        (Class::Kept, 5 * MB),
        "no job is struck out before its bytes are claimed"
    );
    is_whole(&stage, "x", 5 * MB);
    assert_eq!(stage.server.bytes_sent("/blob/x"), 5 * MB);
    let last = std::iter::from_fn(|| told.try_recv().ok()).last().unwrap();
    assert!(matches!(last.stage, JobStage::Completed));
}

#[test]
fn a_program_that_is_killed_in_the_middle_of_a_download_is_gone_on_with_by_the_next() {
    for kill in [false, true] {
        let mut stage = Stage::new();
        stage.blob("x", 6 * MB);
        halt(&stage, "x", 3 * MB);
        stage.block(stage.cache.download(request("x"))).unwrap();
        // Something of it is claimed, and not all.
        until(&stage, || {
            let claim = stage.claim("x");
            claim.is_some_and(|claim| claim.class == Class::Kept && !claim.ranges.is_empty())
        });
        let claimed = stage.claim("x").unwrap().ranges.bytes();
        assert!(claimed <= 3 * MB, "{claimed}");
        stage.restart(kill);
        assert_eq!(stage.block(stage.cache.jobs()).unwrap().len(), 1);
        until_jobs(&stage, <[_]>::is_empty);
        until(&stage, || stored(&stage) == 0);
        assert_eq!(stage.claim("x").unwrap().ranges.bytes(), 6 * MB);
        is_whole(&stage, "x", 6 * MB);
    }
}

#[test]
fn what_is_not_wanted_any_more_is_fetched_no_further() {
    let mut stage = Stage::new();
    stage.blob("x", 6 * MB);
    halt(&stage, "x", 3 * MB);
    stage.block(stage.cache.download(request("x"))).unwrap();
    until_jobs(&stage, |jobs| jobs.iter().any(|job| job.done > 0));
    assert!(stage.block(stage.cache.unkeep(&key("x"))).unwrap());
    until(&stage, || stored(&stage) == 0);
    stage.until("x", |state| state.readers == 0 && !state.arriving);
    until(&stage, || {
        stage
            .claim("x")
            .is_some_and(|claim| claim.class == Class::Stream)
    });
    let here = stage.claim("x").unwrap().ranges.bytes();
    assert!(here > 0 && here <= 3 * MB, "what came stays: {here}");
    stage.restart(false);
    assert!(stage.block(stage.cache.jobs()).unwrap().is_empty());
}

#[test]
fn a_server_that_is_away_is_waited_for_and_a_broken_line_is_not_the_end() {
    let stage = Stage::new();
    stage.blob("x", 4 * MB);
    for fault in [Fault::Truncate { after: MB }, Fault::NoReply] {
        stage
            .server
            .script(Rule::on("/blob/x").fault(fault).times(1));
    }
    *stage.signpost.offline.lock().unwrap() = true;
    stage.block(stage.cache.download(request("x"))).unwrap();
    until_jobs(
        &stage,
        |jobs| matches!(jobs, [job] if matches!(job.stage, JobStage::Failed(_))),
    );
    assert_eq!(stored(&stage), 1, "the next program tries again");
    *stage.signpost.offline.lock().unwrap() = false;
    // Asked for again by hand, it does not wait for ten minutes.
    stage.block(stage.cache.download(request("x"))).unwrap();
    until_whole(&stage);
    is_whole(&stage, "x", 4 * MB);
    let log = stage.server.log();
    assert_eq!(log.bytes_repeated("/blob/x"), 0);
}

#[test]
fn a_file_that_changes_while_it_is_fetched_is_begun_anew_and_stays_kept() {
    let stage = Stage::new();
    stage.blob("x", 6 * MB);
    let cut = Fault::Truncate { after: 2 * MB };
    stage.server.script(Rule::on("/blob/x").fault(cut).times(1));
    stage.block(stage.cache.download(request("x"))).unwrap();
    until_jobs(&stage, |jobs| jobs.iter().any(|job| job.done == 2 * MB));
    let changed = Blob::pattern(5 * MB, SEED).etag("\"new\"");
    stage.server.add_blob("/blob/x", changed);
    until_whole(&stage);
    until(&stage, || stored(&stage) == 0);
    let claim = stage.claim("x").unwrap();
    assert_eq!((claim.class, claim.size), (Class::Kept, Some(5 * MB)));
    is_whole(&stage, "x", 5 * MB);
}

#[test]
fn a_kept_title_whose_library_knows_another_version_stays_kept() {
    let stage = Stage::new();
    stage.blob("x", MB);
    let version = |name: &str| OpenRequest {
        fingerprint: Some(name.into()),
        ..request("x")
    };
    stage.block(stage.cache.download(version("1"))).unwrap();
    until_jobs(&stage, <[_]>::is_empty);
    until(&stage, || stored(&stage) == 0);
    let old = stage.claim("x").unwrap();
    let reader = stage.block(stage.cache.open(version("2"))).unwrap();
    stage.read_through(&reader, 0, MB);
    drop(reader);
    stage.until("x", |state| state.readers == 0 && !state.arriving);
    until(&stage, || {
        stage
            .claim("x")
            .is_some_and(|claim| claim.generation != old.generation)
    });
    assert_eq!(stage.claim("x").unwrap().class, Class::Kept);
}

#[test]
fn a_download_leaves_the_system_s_memory_to_others_and_a_playback_does_not() {
    let disk = Dropped::default();
    let stage = Stage::on(Arc::new(disk.clone()));
    stage.blob("played", 3 * MB);
    stage.blob("fetched", 3 * MB);
    let reader = stage.open("played");
    stage.read_through(&reader, 0, 3 * MB);
    drop(reader);
    until(&stage, || {
        stage
            .claim("played")
            .is_some_and(|claim| claim.ranges.bytes() == 3 * MB)
    });
    assert!(disk.ranges().is_empty(), "it may be played again");
    stage
        .block(stage.cache.download(request("fetched")))
        .unwrap();
    // A job is struck out once its last bytes are durable.
    until(&stage, || stored(&stage) == 0);
    assert!(disk.ranges().contains(ByteRange::new(0, 3 * MB)));
    is_whole(&stage, "fetched", 3 * MB);
}
