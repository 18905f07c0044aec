//! Servers that break, lie and change: never a wrong byte, never an early end, never a hang.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

mod cache_stage;

use std::sync::atomic::Ordering;
use std::time::Duration;

use cache_stage::{SEED, Stage, key};
use spool_engine::cache::CacheError;
use spool_engine::source::SourceError;
use testkit::{AcceptRanges, Blob, Fault, Gate, Rule, pattern};

const MB: u64 = 1 << 20;

fn script(faults: &[Fault], times: usize) -> Stage {
    let stage = Stage::new();
    stage.blob("x", 3 * MB);
    let rule = faults
        .iter()
        .cloned()
        .fold(Rule::on("/blob/x"), Rule::fault);
    stage.server.script(rule.times(times));
    stage
}

/// Everything is read, byte-exact, though the first requests go wrong; returns how many requests it took.
fn survives(faults: &[Fault], times: usize) -> usize {
    let stage = script(faults, times);
    let reader = stage.open("x");
    stage.read_through(&reader, 0, 3 * MB);
    assert_eq!(reader.known_len(), Some(3 * MB));
    assert_eq!(stage.server.heads(), 0);
    stage.server.requests_to("/blob/x").len()
}

/// The read ends with an error of the source's own, and nothing wrong is kept.
fn refuses(fault: Fault) -> SourceError {
    let stage = script(&[fault], usize::MAX);
    let reader = stage.open("x");
    let result = stage.block(reader.read_at(MB, 1000));
    assert!(reader.ranges().is_empty(), "nothing of it is kept");
    match result {
        Err(CacheError::Upstream(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_body_that_breaks_goes_on_at_its_byte() {
    for after in [1, 65_535, MB, 3 * MB - 1] {
        assert_eq!(
            survives(&[Fault::Truncate { after }], 1),
            2,
            "after {after}"
        );
    }
    survives(&[Fault::Reset { after: MB }], 1);
    survives(&[Fault::NoReply], 1);
    survives(&[Fault::Status(503)], 1);
}

#[test]
fn progress_makes_up_for_breaks() {
    // Five breaks, more than the plan has retries, each after enough new bytes.
    assert_eq!(survives(&[Fault::Truncate { after: 300 << 10 }], 5), 6);
}

#[test]
fn a_range_that_is_ignored_never_puts_a_byte_in_the_wrong_place() {
    for fault in [Fault::IgnoreRange, Fault::NoRanges] {
        let stage = script(&[fault], usize::MAX);
        let reader = stage.open("x");
        assert_eq!(
            stage.read(&reader, 2 * MB, 1000),
            pattern::bytes(SEED, 2 * MB, 1000)
        );
        stage.read_through(&reader, 0, 3 * MB);
        assert!(reader.is_seekable(), "all is here");
    }
}

#[test]
fn far_into_a_server_without_ranges_is_not_seekable() {
    let stage = Stage::new();
    stage.blob("x", 64 * MB);
    stage.server.set_rate_of("/blob/x", Some(MB));
    stage.server.fault("/blob/x", Fault::NoRanges);
    let reader = stage.open("x");
    stage.read(&reader, 0, 1000);
    assert!(!reader.is_seekable());
    let far = stage.block(reader.read_at(50 * MB, 1000));
    assert!(matches!(far, Err(CacheError::NotSeekable)), "{far:?}");
    assert_eq!(
        stage.read(&reader, MB / 2, 10),
        pattern::bytes(SEED, MB / 2, 10)
    );
}

#[test]
fn ranges_that_work_unannounced_are_used() {
    for accept in [AcceptRanges::None, AcceptRanges::Absent] {
        let stage = Stage::new();
        stage
            .server
            .add_blob("/blob/x", Blob::pattern(3 * MB, SEED).accept_ranges(accept));
        let reader = stage.open("x");
        stage.read(&reader, 0, 10);
        assert!(reader.is_seekable());
        stage.read_through(&reader, MB, 3 * MB);
    }
}

#[test]
fn a_server_that_lies_about_places_is_read_in_order() {
    for fault in [
        Fault::ShiftContentRange(-1),
        Fault::ShiftContentRange(1),
        Fault::ShiftContentRange(1 << 20),
        Fault::ShiftBody(-1),
        Fault::ShiftBody(1),
        Fault::NoContentRange,
        Fault::Multipart,
    ] {
        let stage = script(std::slice::from_ref(&fault), usize::MAX);
        let reader = stage.open("x");
        let wanted = pattern::bytes(SEED, 2 * MB, 1000);
        assert_eq!(stage.read(&reader, 2 * MB, 1000), wanted, "{fault:?}");
        stage.read_through(&reader, 0, 3 * MB);
        let requests = stage.server.requests_to("/blob/x");
        assert!(requests.len() <= 3, "{fault:?}: {requests:?}");
        assert_eq!(requests.last().unwrap().range(), None, "{fault:?}");
        // A lie that is told once is asked about once, over a connection of its own.
        assert_eq!(survives(std::slice::from_ref(&fault), 1), 2, "{fault:?}");
    }
}

#[test]
fn what_is_no_media_is_never_kept() {
    assert!(matches!(refuses(Fault::Html), SourceError::Malformed(_)));
    let coded = refuses(Fault::Gzip);
    assert!(matches!(&coded, SourceError::Encoded(coding) if coding == "gzip"));
    assert!(matches!(
        refuses(Fault::Status(418)),
        SourceError::Status(418)
    ));
}

#[test]
fn an_expired_address_is_asked_for_again_once() {
    for status in [401, 403, 410] {
        let stage = script(&[Fault::Status(status)], 1);
        let reader = stage.open("x");
        stage.read_through(&reader, 0, 3 * MB);
        assert_eq!(stage.signpost.asked.load(Ordering::SeqCst), 2, "{status}");
    }
    let stage = script(&[Fault::Status(403)], usize::MAX);
    let reader = stage.open("x");
    let refused = stage.block(reader.read_at(0, 10));
    assert!(matches!(
        refused,
        Err(CacheError::Upstream(SourceError::Forbidden))
    ));
    assert_eq!(stage.signpost.asked.load(Ordering::SeqCst), 2);
}

#[test]
fn an_unknown_total_is_learnt_at_the_end() {
    survives(&[Fault::UnknownTotal], usize::MAX);
}

#[test]
fn a_changed_file_is_never_mixed_with_the_old_one() {
    let stage = Stage::new();
    let blob = |seed, tag: &str| Blob::pattern(4 * MB, seed).without_validator().etag(tag);
    stage.server.add_blob("/blob/x", blob(SEED, "\"one\""));
    let gate = Gate::new();
    stage.server.script(
        Rule::on("/blob/x")
            .fault(Fault::Stall {
                after: MB,
                until: gate.clone(),
            })
            .times(1),
    );
    let old = stage.open("x");
    assert_eq!(
        stage.read(&old, 0, 100_000),
        pattern::bytes(SEED, 0, 100_000)
    );
    stage.server.add_blob("/blob/x", blob(SEED + 1, "\"two\""));
    let miss = stage.block(old.read_at(3 * MB, 1000));
    assert!(matches!(miss, Err(CacheError::Changed)), "{miss:?}");
    assert_eq!(
        stage.read(&old, 0, 100_000),
        pattern::bytes(SEED, 0, 100_000)
    );
    let new = stage.open("x");
    assert_eq!(
        stage.read(&new, 0, 100_000),
        pattern::bytes(SEED + 1, 0, 100_000)
    );
    let far = stage.read(&new, 3 * MB, 1000);
    assert_eq!(far, pattern::bytes(SEED + 1, 3 * MB, 1000));
    gate.open();
}

#[test]
fn a_file_that_changed_while_the_program_was_off_is_found_out() {
    let mut stage = Stage::new();
    stage.blob("x", 4 * MB);
    stage.server.set_rate_of("/blob/x", Some(4 * MB));
    let reader = stage.open("x");
    stage.read(&reader, 0, 1000);
    drop(reader);
    stage.restart(false);
    stage.server.set_rate_of("/blob/x", None);
    stage
        .server
        .add_blob("/blob/x", Blob::pattern(4 * MB, SEED + 1));
    let reader = stage.open("x");
    assert_eq!(
        stage.read(&reader, 0, 1000),
        pattern::bytes(SEED, 0, 1000),
        "still the old one"
    );
    let miss = stage.block(reader.read_at(3 * MB, 1000));
    assert!(matches!(miss, Err(CacheError::Changed)), "{miss:?}");
}

#[test]
fn retries_used_up_are_an_error_and_a_later_read_starts_afresh() {
    let stage = script(&[Fault::Status(500)], 4);
    let reader = stage.open("x");
    let failed = stage.block(reader.read_at(0, 10));
    assert!(
        matches!(failed, Err(CacheError::Upstream(SourceError::Status(500)))),
        "{failed:?}"
    );
    assert_eq!(stage.server.requests_to("/blob/x").len(), 4);
    stage.read_through(&reader, 0, 3 * MB);
}

#[test]
fn a_stalled_body_is_given_up_while_somebody_waits() {
    let gate = Gate::new();
    let requests = survives(
        &[Fault::Stall {
            after: MB,
            until: gate.clone(),
        }],
        1,
    );
    assert_eq!(requests, 2);
    gate.open();
}

#[test]
fn a_file_cut_under_us_is_fetched_again() {
    let mut stage = Stage::new();
    stage.blob("x", 3 * MB);
    let reader = stage.open("x");
    stage.read_through(&reader, 0, 3 * MB);
    stage.block(async {
        while stage
            .claim("x")
            .is_none_or(|claim| claim.ranges.bytes() < 3 * MB)
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    let path = stage.file_of(&stage.claim("x").unwrap());
    std::fs::OpenOptions::new()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(MB)
        .unwrap();
    stage.read_through(&reader, 0, 3 * MB);
    drop(reader);
    stage.restart(false);
    std::fs::remove_file(&path).unwrap();
    let reader = stage.open("x");
    stage.read_through(&reader, 0, 3 * MB);
    let entry = stage.block(stage.cache.entry(&key("x"))).unwrap().unwrap();
    assert_eq!(entry.ranges.bytes(), 3 * MB);
}

#[test]
fn a_stopped_server_comes_back() {
    let mut stage = Stage::new();
    stage.blob("x", 3 * MB);
    let reader = stage.open("x");
    stage.server.stop();
    let failed = stage.block(reader.read_at(0, 10));
    assert!(matches!(failed, Err(CacheError::Upstream(error)) if error.is_offline()));
    stage.server.start_again();
    stage.read_through(&reader, 0, 3 * MB);
}
