//! Replies that are wrong once, and what the right one after them is worth: no byte out of place, no end where there is none.

use std::sync::atomic::Ordering;

use spool_engine::cache::CacheError;
use spool_engine::source::SourceError;
use testkit::{AcceptRanges, Blob, Fault, Gate, Only, Rule};

use super::cache_stage::{SEED, Stage};
use super::{MB, X, exact, requests, stage};

const SIZE: u64 = 64 * MB;

fn reply(status: u16, headers: &[(&str, &str)]) -> Fault {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Fault::Reply {
        status,
        headers: headers.iter().map(owned).collect(),
        body: String::new(),
    }
}

/// A file of 64 MB that comes slowly, whose size is known and whose middle is refused so often.
fn refusing(refusal: Fault, times: usize) -> Stage {
    let stage = stage(SIZE, &[], 0);
    stage.server.set_rate_of(X, Some(4 * MB));
    let middle = Rule::on(X).only(Only::From(MB)).fault(refusal);
    stage.server.script(middle.times(times));
    stage
}

#[test]
fn t09_a_refusal_that_cannot_be_true_is_asked_again() {
    for total in [None, Some("bytes */67108864")] {
        let headers: Vec<_> = total
            .map(|total| ("content-range", total))
            .into_iter()
            .collect();
        let once = refusing(reply(416, &headers), 1);
        let reader = once.open("x");
        exact(&once, &reader, SEED, 0, 1000);
        exact(&once, &reader, SEED, 50 * MB, 1000);
        assert!(reader.is_seekable());
        let asked = once.server.requests_to(X);
        let statuses: Vec<u16> = asked.iter().map(|one| one.status).collect();
        assert_eq!(statuses, [206, 416, 206]);
        assert_ne!(asked[1].connection, asked[2].connection);

        // A server that keeps to it sends from the beginning.
        let always = refusing(reply(416, &headers), usize::MAX);
        let reader = always.open("x");
        exact(&always, &reader, SEED, 0, 1000);
        let far = always.block(reader.read_at(50 * MB, 1000));
        assert!(matches!(far, Err(CacheError::NotSeekable)), "{far:?}");
        exact(&always, &reader, SEED, MB, 1000);
    }
}

#[test]
fn t10_a_refusal_that_names_another_size_is_another_file() {
    let stage = refusing(reply(416, &[("content-range", "bytes */5000")]), 1);
    let reader = stage.open("x");
    exact(&stage, &reader, SEED, 0, 1000);
    let far = stage.block(reader.read_at(50 * MB, 1000));
    assert!(matches!(far, Err(CacheError::Changed)), "{far:?}");
}

#[test]
fn t09_a_refusal_before_anything_is_known_is_looked_into() {
    let refused = || {
        let middle = Rule::on(X).only(Only::From(MB));
        middle.fault(reply(416, &[])).times(1)
    };
    let first_byte = |fault| {
        let of_one = Rule::on(X).only(Only::Ranged).fault(fault);
        of_one.times(1)
    };
    // The first byte's reply shows that there is more, names no size, or does not come at first.
    for (fault, seekable) in [
        (None, true),
        (Some(Fault::UnknownTotal), false),
        (Some(Fault::NoReply), true),
    ] {
        let stage = stage(3 * MB, &[], 0);
        stage.server.script(refused());
        if let Some(fault) = fault.clone() {
            stage.server.script(first_byte(fault));
        }
        let reader = stage.open("x");
        exact(&stage, &reader, SEED, 2 * MB, 1000);
        assert!(reader.is_seekable() || !seekable, "{fault:?}");
        stage.read_through(&reader, 0, 3 * MB);
        assert_eq!(reader.known_len(), Some(3 * MB), "{fault:?}");
    }
}

#[test]
fn t16_a_probe_without_an_answer_decides_nothing() {
    let stage = stage(0, &[], 0);
    stage.server.add_blob(
        X,
        Blob::pattern(3 * MB, SEED).accept_ranges(AcceptRanges::Absent),
    );
    stage
        .server
        .script(Rule::on(X).fault(Fault::IgnoreRange).times(1));
    let probe = Rule::on(X).only(Only::From(1)).fault(Fault::NoReply);
    stage.server.script(probe.times(2));
    let reader = stage.open("x");
    stage.read_through(&reader, 0, 3 * MB);
    assert!(reader.is_complete());
}

#[test]
fn t05_an_empty_body_without_a_length_is_an_end_for_now() {
    let stage = stage(0, &[Fault::IgnoreRange, Fault::NoLength], usize::MAX);
    let reader = stage.open("x");
    assert!(stage.read(&reader, 0, 10).is_empty());
    assert_eq!(reader.known_len(), Some(0));
    assert!(!reader.is_complete(), "nobody vouches for it");
}

/// The body of a reply without a length ends in good order before bytes that another reply has brought.
#[test]
fn t05_an_end_before_what_is_here_is_none() {
    let gate = Gate::new();
    let stall = Fault::Stall {
        after: MB / 2,
        until: gate.clone(),
    };
    let stage = stage(3 * MB, &[], 0);
    let island = Rule::on(X).only(Only::From(2 * MB));
    let island = island.fault(Fault::UnknownTotal).fault(stall);
    stage.server.script(island.times(1));
    let short = Rule::on(X).fault(Fault::IgnoreRange).fault(Fault::NoLength);
    let short = short.fault(Fault::Truncate { after: MB });
    stage.server.script(short.times(1));
    let far = stage.open("x");
    exact(&stage, &far, SEED, 2 * MB, 1000);
    let reader = stage.open("x");
    exact(&stage, &reader, SEED, 0, 1_900_000);
    gate.open();
    stage.read_through(&reader, 0, 3 * MB);
    assert_eq!(reader.known_len(), Some(3 * MB));
}

/// A server that sends only the whole is asked for it anew after a break, and answers with a part of its own.
#[test]
fn t02_a_part_that_nobody_asked_for_is_an_error_and_the_next_read_starts_afresh() {
    let stage = stage(3 * MB, &[], 0);
    let broken = Rule::on(X).fault(Fault::IgnoreRange);
    let broken = broken.fault(Fault::Truncate { after: MB });
    stage.server.script(broken.times(1));
    let whole = Rule::on(X).only(Only::Ranged).fault(Fault::IgnoreRange);
    stage.server.script(whole);
    stage
        .server
        .script(Rule::on(X).fault(reply(206, &[])).times(1));
    stage.server.add_blob(
        X,
        Blob::pattern(3 * MB, SEED).accept_ranges(AcceptRanges::Absent),
    );
    let reader = stage.open("x");
    exact(&stage, &reader, SEED, 0, 1000);
    let rest = stage.block(reader.read_at(2 * MB, 1000));
    let malformed = matches!(rest, Err(CacheError::Upstream(SourceError::Malformed(_))));
    assert!(malformed, "{rest:?}");
    stage.read_through(&reader, 0, 3 * MB);
}

#[test]
fn t14_whose_new_address_cannot_be_had_hears_why() {
    let stage = Stage::new();
    stage.server.add_blob(X, Blob::pattern(SIZE, SEED));
    stage.server.set_rate_of(X, Some(4 * MB));
    let reader = stage.open("x");
    exact(&stage, &reader, SEED, 0, 1000);
    *stage.signpost.offline.lock().unwrap() = true;
    stage.server.script(Rule::on(X).fault(Fault::Status(403)));
    let far = stage.block(reader.read_at(50 * MB, 1000));
    let unreachable = matches!(far, Err(CacheError::Upstream(SourceError::Unreachable(_))));
    assert!(unreachable, "{far:?}");
    exact(&stage, &reader, SEED, 0, 1000);
}

/// Where only one stream is allowed, what has to be compared is asked for before the rest and not beside it.
#[test]
fn t12_one_stream_at_a_time_is_compared_all_the_same() {
    for changed in [false, true] {
        let stage = Stage::new();
        stage.signpost.connections.store(1, Ordering::SeqCst);
        let blob = |seed| Blob::pattern(SIZE, seed).without_validator();
        stage.server.add_blob(X, blob(SEED));
        let gate = Gate::new();
        let stall = Fault::Stall {
            after: MB,
            until: gate.clone(),
        };
        stage.server.script(Rule::on(X).fault(stall).times(1));
        let reader = stage.open("x");
        exact(&stage, &reader, SEED, 0, 1000);
        stage.until("x", |state| state.ranges.bytes() >= MB / 2);
        if changed {
            stage.server.add_blob(X, blob(SEED + 1));
        }
        let far = stage.block(reader.read_at(50 * MB, 1000));
        match changed {
            true => assert!(matches!(far, Err(CacheError::Changed)), "{far:?}"),
            false => exact(&stage, &reader, SEED, 50 * MB, 1000),
        }
        let asked = stage.server.requests_to(X);
        assert_eq!(requests(&stage), if changed { 2 } else { 3 });
        let piece = asked[1].range().unwrap();
        assert!(
            !piece.ends_with('-') && !piece.contains("52428800"),
            "{piece}"
        );
        gate.open();
    }
}
