//! The torture cases t01 to t19 of a server's side: byte-exact, with the requests that each may cost.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test ends by panicking, after it has said what it tried"
)]

mod cache_stage;
mod torture_replies;
mod torture_versions;

use std::slice::from_ref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cache_stage::{LONG, SEED, Stage, key, request};
use spool_engine::cache::{CacheError, Reader};
use spool_engine::range::ByteRange;
use spool_engine::source::SourceError;
use testkit::{AcceptRanges, Blob, Fault, Gate, Only, Rule, pattern};

const MB: u64 = 1 << 20;
const X: &str = "/blob/x";

/// A blob of `size` bytes whose first `times` replies are wrong.
fn stage(size: u64, faults: &[Fault], times: usize) -> Stage {
    let stage = Stage::new();
    stage.blob("x", size);
    let rule = faults.iter().cloned().fold(Rule::on(X), Rule::fault);
    stage.server.script(rule.times(times));
    stage
}

fn requests(stage: &Stage) -> usize {
    stage.server.requests_to(X).len()
}

/// Compares what is read at `pos` with the pattern of `seed`.
fn exact(stage: &Stage, reader: &Reader, seed: u64, pos: u64, len: usize) {
    let got = stage.read(reader, pos, len);
    assert_eq!(got.len(), len, "at {pos}");
    assert_eq!(pattern::verify(seed, pos, &got), Ok(()));
}

#[test]
fn t01_range_ignored() {
    for fault in [Fault::IgnoreRange, Fault::NoRanges] {
        let stage = stage(64 * MB, from_ref(&fault), usize::MAX);
        stage.server.set_rate_of(X, Some(4 * MB));
        let reader = stage.open("x");
        let far = stage.block(reader.read_at(38 * MB, 1000));
        assert!(matches!(far, Err(CacheError::NotSeekable)), "{far:?}");
        assert!(!reader.is_seekable());
        exact(&stage, &reader, SEED, 5 * MB, 1000);
        let here = reader.ranges();
        assert_eq!(here.missing_in(ByteRange::new(0, here.bytes())), []);
        assert_eq!(requests(&stage), 1, "the answer to the seek is used");
    }
}

#[test]
fn t02_shifted_content_range() {
    for by in [-1, 1 << 20, -(1 << 20)] {
        for fault in [Fault::ShiftContentRange(by), Fault::ShiftBody(by)] {
            let stage = stage(6 * MB, from_ref(&fault), usize::MAX);
            let reader = stage.open("x");
            exact(&stage, &reader, SEED, 3 * MB, 1000);
            stage.read_through(&reader, 0, 6 * MB);
            assert!(requests(&stage) <= 3, "{fault:?}");
            let connections: std::collections::HashSet<u64> = stage
                .server
                .requests_to(X)
                .iter()
                .map(|request| request.connection)
                .collect();
            assert_eq!(connections.len(), requests(&stage), "each over its own");
        }
    }
}

#[test]
fn t02_a_part_that_begins_early_is_placed_by_its_words() {
    for early in [1, 100, MB] {
        let stage = stage(6 * MB, &[Fault::EarlyBody(early)], usize::MAX);
        let reader = stage.open("x");
        exact(&stage, &reader, SEED, 3 * MB, 1000);
        assert!(reader.ranges().covered_from(3 * MB - early) > early);
        stage.read_through(&reader, 0, 6 * MB);
        assert!(reader.is_seekable());
        assert!(requests(&stage) <= 3, "{early}");
    }
}

#[test]
fn t03_no_content_range() {
    for fault in [Fault::NoContentRange, Fault::Multipart] {
        let once = stage(64 * MB, from_ref(&fault), 1);
        let reader = once.open("x");
        exact(&once, &reader, SEED, 50 * MB, 1000);
        assert!(reader.is_seekable());
        assert_eq!(requests(&once), 2);

        let always = stage(64 * MB, from_ref(&fault), usize::MAX);
        always.server.set_rate_of(X, Some(4 * MB));
        let reader = always.open("x");
        exact(&always, &reader, SEED, 0, 1000);
        let far = always.block(reader.read_at(50 * MB, 1000));
        assert!(matches!(far, Err(CacheError::NotSeekable)), "{far:?}");
        assert_eq!(requests(&always), 3, "once more, then in order");
    }
}

/// Anywhere between 1 byte and 600 KiB into each of its replies, whose seed is printed.
#[test]
fn t04_fifty_truncations() {
    const CUTS: u64 = 50;
    let size = 40 * MB;
    let seed = u64::from(std::process::id());
    println!("seed {seed}");
    let stage = Stage::new();
    stage.blob("x", size);
    for cut in 0..CUTS {
        let random = pattern::bytes(seed, cut * 8, 8);
        let random = u64::from_le_bytes(random.try_into().unwrap());
        // Every third brings so little that it does not make up for the failure.
        let most = if cut % 3 == 2 { 100 << 10 } else { 600 << 10 };
        let least = if cut % 3 == 2 { 1 } else { 256 << 10 };
        let after = least + random % (most - least);
        let rule = Rule::on(X).fault(Fault::Truncate { after });
        stage.server.script(rule.times(1));
    }
    let reader = stage.open("x");
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        // A server that is said to be back is asked at once: the pauses are the other test's.
        scope.spawn(|| {
            while !over.load(Ordering::SeqCst) {
                stage.cache.source_returned();
                std::thread::sleep(Duration::from_millis(10));
            }
        });
        let reading = scope.spawn(|| stage.read_through(&reader, 0, size)).join();
        over.store(true, Ordering::SeqCst);
        reading.unwrap();
    });
    assert_eq!(reader.known_len(), Some(size));
    let requests = requests(&stage) as u64;
    assert!(requests <= CUTS + 2, "{requests}");
}

#[test]
fn t04_truncations_by_the_timetable() {
    // Ten servers, so that no file waits for another's turn.
    let (servers, each) = (10_u64, 5_u64);
    let reads = |server: u64| {
        let stage = Stage::new();
        stage.blob("x", 4 * MB);
        for turn in 0..each {
            // Anywhere between 300 and 700 KiB into its reply, at odd places.
            let after = (300 << 10) + (server * 7919 + turn * 104_729) % (400 << 10);
            let rule = Rule::on(X).fault(Fault::Truncate { after });
            stage.server.script(rule.times(1));
        }
        let reader = stage.open("x");
        stage.read_through(&reader, 0, 4 * MB);
        assert_eq!(reader.known_len(), Some(4 * MB));
        let requests = requests(&stage) as u64;
        assert!(requests <= each + 2, "{requests}");
    };
    std::thread::scope(|scope| {
        for server in 0..servers {
            scope.spawn(move || reads(server));
        }
    });
}

#[test]
fn t05_unknown_length() {
    let cut = MB + 7;
    let faults = [
        Fault::IgnoreRange,
        Fault::NoLength,
        Fault::Truncate { after: cut },
    ];
    let mut stage = stage(3 * MB, &faults, usize::MAX);
    let reader = stage.open("x");
    exact(&stage, &reader, SEED, 0, 1000);
    stage.read_through(&reader, 0, cut);
    assert!(!reader.is_complete(), "nobody vouches for this end");
    assert_eq!(requests(&stage), 2, "it is asked about once");
    let state = stage.block(stage.cache.entry(&key("x"))).unwrap().unwrap();
    assert_eq!(state.size, None);
    drop(reader);
    stage.restart(false);
    assert_eq!(stage.claim("x").unwrap().size, None);
    stage.server.clear_faults(None);
    let reader = stage.open("x");
    assert_eq!(reader.known_len(), None);
    stage.read_through(&reader, 0, 3 * MB);
    assert!(reader.is_complete());
}

#[test]
fn t05_the_library_knows_better_than_a_closed_connection() {
    let unframed = [Fault::IgnoreRange, Fault::NoLength];
    let cut = [&unframed[..], &[Fault::Truncate { after: MB }]].concat();
    let stage = stage(3 * MB, &cut, 1);
    let rule = unframed.iter().cloned().fold(Rule::on(X), Rule::fault);
    stage.server.script(rule);
    let mut ask = request("x");
    ask.size_hint = Some(3 * MB);
    let reader = stage.block(stage.cache.open(ask)).unwrap();
    stage.read_through(&reader, 0, 3 * MB);
    assert!(reader.is_complete());
}

#[test]
fn t05_an_end_that_the_server_confirms_is_one() {
    let stage = stage(3 * MB, &[Fault::IgnoreRange, Fault::NoLength], 1);
    let reader = stage.open("x");
    stage.read_through(&reader, 0, 3 * MB);
    assert!(reader.is_complete());
    let asked = stage.server.requests_to(X);
    let end = format!("bytes={}-", 3 * MB);
    assert_eq!(asked.last().unwrap().range(), Some(&*end));
}

#[test]
fn t09_nothing_is_asked_at_the_end() {
    let mut stage = stage(3 * MB, &[], 0);
    let reader = stage.open("x");
    exact(&stage, &reader, SEED, 0, 1000);
    stage.read_through(&reader, 0, 3 * MB);
    for restart in [false, true] {
        if restart {
            stage.restart(false);
        }
        let reader = stage.open("x");
        for pos in [3 * MB, 3 * MB + 1, u64::MAX] {
            assert!(stage.read(&reader, pos, 1000).is_empty());
        }
        exact(&stage, &reader, SEED, 3 * MB - 1, 1);
        assert_eq!(requests(&stage), 1);
    }
}

#[test]
fn t09_a_total_that_is_not_told_ends_by_a_refusal() {
    let stage = stage(3 * MB, &[Fault::UnknownTotal], usize::MAX);
    let reader = stage.open("x");
    exact(&stage, &reader, SEED, 2 * MB, 1000);
    assert!(reader.is_seekable());
    stage.read_through(&reader, 0, 3 * MB);
    assert_eq!(reader.known_len(), Some(3 * MB));
    assert!(stage.read(&reader, 3 * MB, 10).is_empty());
    assert!(requests(&stage) <= 4);
}

#[test]
fn t09_refusals_without_a_size() {
    let refused = Fault::Reply {
        status: 416,
        headers: Vec::new(),
        body: String::new(),
    };
    // Behind the end of a file of unknown size: its first byte tells the size.
    let stage = Stage::new();
    stage.blob("x", MB);
    let from = Rule::on(X).only(Only::From(MB)).fault(refused.clone());
    stage.server.script(from);
    let reader = stage.open("x");
    assert!(stage.read(&reader, 5 * MB, 10).is_empty());
    assert_eq!((reader.known_len(), requests(&stage)), (Some(MB), 2));
    stage.read_through(&reader, 0, MB);
    // A server that refuses every range still has the whole.
    let stage = Stage::new();
    stage.blob("x", MB);
    stage
        .server
        .script(Rule::on(X).only(Only::Ranged).fault(refused));
    let reader = stage.open("x");
    stage.read_through(&reader, 0, MB);
    assert!(requests(&stage) <= 3);
}

#[test]
fn t13_an_address_expires_under_eight_readers() {
    let (size, at) = (108 * MB, 100 * MB);
    let stage = Stage::new();
    stage
        .server
        .add_blob(X, Blob::pattern(size, SEED).signed(403));
    *stage.signpost.signature.lock().unwrap() = Some(stage.server.token());
    let gate = Gate::new();
    let rule = Rule::on(X).fault(Fault::Stall {
        after: at,
        until: gate.clone(),
    });
    stage
        .server
        .script(rule.fault(Fault::Truncate { after: at }).times(1));
    std::thread::scope(|scope| {
        for number in 0..8 {
            // One reads all of it, and the others are near the end when the address dies.
            let from = if number == 0 { 0 } else { at - number * 65_536 };
            let (stage, reader) = (&stage, stage.open("x"));
            scope.spawn(move || {
                if number > 0 {
                    stage.until("x", |state| state.ranges.covered_from(0) > from);
                }
                stage.read_through(&reader, from, size);
            });
        }
        stage.server.wait_until(|log| log.bytes_sent(X) >= at, LONG);
        stage.server.set_token("renewed");
        *stage.signpost.signature.lock().unwrap() = Some("renewed".into());
        gate.open();
    });
    let asked = stage.server.requests_to(X);
    let statuses: Vec<u16> = asked.iter().map(|request| request.status).collect();
    assert_eq!(statuses, [206, 403, 206]);
    assert!(asked[2].header("if-range").is_some(), "of the same version");
    assert_eq!(
        stage.signpost.asked.load(Ordering::SeqCst),
        2,
        "one refresh"
    );
    let sent = stage.server.bytes_sent(X);
    assert!(sent <= size + size / 1000, "{sent}");
}

#[test]
fn t14_refused_for_ever() {
    for (signature, locates) in [("wrong", 2), ("wrong *", 3)] {
        let stage = Stage::new();
        stage.server.add_blob(X, Blob::pattern(8 * MB, SEED));
        let gate = Gate::new();
        let rule = Rule::on(X).fault(Fault::Stall {
            after: 2 * MB,
            until: gate.clone(),
        });
        stage.server.script(rule.times(1));
        *stage.signpost.signature.lock().unwrap() = Some(signature.into());
        let reader = stage.open("x");
        exact(&stage, &reader, SEED, 0, 1000);
        stage.until("x", |state| state.ranges.bytes() >= MB);
        stage
            .server
            .add_blob(X, Blob::pattern(8 * MB, SEED).signed(403));
        for _ in 0..3 {
            let refused = stage.block(reader.read_at(6 * MB, 1000));
            let forbidden = matches!(refused, Err(CacheError::Upstream(SourceError::Forbidden)));
            assert!(forbidden, "{refused:?}");
            exact(&stage, &reader, SEED, 0, 1_000_000);
        }
        let asked = stage.signpost.asked.load(Ordering::SeqCst);
        assert_eq!(asked, locates, "twice a minute at most");
        gate.open();
    }
}

#[test]
fn t14_what_is_gone_at_its_source_stays_here() {
    // No more than the half comes, however long the first reader takes to go.
    let gate = Gate::new();
    let stall = Fault::Stall {
        after: 2 * MB,
        until: gate.clone(),
    };
    let mut stage = stage(4 * MB, &[stall], 1);
    let reader = stage.open("x");
    exact(&stage, &reader, SEED, 0, 1_000_000);
    drop(reader);
    stage.restart(false);
    gate.open();
    stage.server.fault(X, Fault::Status(404));
    let reader = stage.open("x");
    exact(&stage, &reader, SEED, 0, 1_000_000);
    let miss = stage.block(reader.read_at(3 * MB + 500_000, 1000));
    let gone = matches!(miss, Err(CacheError::Upstream(SourceError::Gone)));
    assert!(gone, "{miss:?}");
    exact(&stage, &reader, SEED, 0, 1_000_000);
    drop(reader);
    stage.restart(false);
    assert!(stage.claim("x").unwrap().ranges.covered_from(0) >= 1_000_000);
}

#[test]
fn t15_head_is_never_sent() {
    let stage = Stage::new();
    stage.blob("x", 3 * MB);
    let broken = Rule::on("*").only(Only::Head).fault(Fault::Status(500));
    stage.server.script(broken);
    let reader = stage.open("x");
    assert_eq!(reader.len_blocking().unwrap(), Some(3 * MB));
    exact(&stage, &reader, SEED, 2 * MB, 1000);
    stage.read_through(&reader, 0, 3 * MB);
    assert_eq!(stage.server.heads(), 0);
}

#[test]
fn t16_a_probe_decides() {
    for accept in [AcceptRanges::None, AcceptRanges::Absent] {
        let blob = Blob::pattern(64 * MB, SEED).accept_ranges(accept);
        // The first reply is everything, with or without a length; ranges work all the same.
        for more in [None, Some(Fault::NoLength)] {
            let faults: Vec<_> = [Some(Fault::IgnoreRange), more]
                .into_iter()
                .flatten()
                .collect();
            let stage = stage(0, &faults, 1);
            stage.server.add_blob(X, blob.clone());
            stage.server.set_rate_of(X, Some(8 * MB));
            let reader = stage.open("x");
            assert_eq!(reader.len_blocking().unwrap(), Some(64 * MB));
            assert!(reader.is_seekable());
            exact(&stage, &reader, SEED, 50 * MB, 1000);
            assert!(requests(&stage) <= 3);
        }
        let stage = stage(0, &[Fault::IgnoreRange], usize::MAX);
        stage.server.add_blob(X, blob);
        stage.server.set_rate_of(X, Some(8 * MB));
        let reader = stage.open("x");
        assert_eq!(reader.len_blocking().unwrap(), Some(64 * MB));
        assert!(!reader.is_seekable());
        assert_eq!(requests(&stage), 2);
    }
}

#[test]
fn t17_a_coded_body_is_never_kept() {
    let always = stage(3 * MB, &[Fault::Gzip], usize::MAX);
    let reader = always.open("x");
    let coded = always.block(reader.read_at(MB, 1000));
    let told =
        matches!(&coded, Err(CacheError::Upstream(SourceError::Encoded(how))) if how == "gzip");
    assert!(told, "{coded:?}");
    assert!(reader.ranges().is_empty());
    let asked = always.server.requests_to(X);
    let words: Vec<_> = asked
        .iter()
        .map(|one| one.header("accept-encoding").unwrap())
        .collect();
    assert_eq!(words, ["identity", "identity;q=1, *;q=0"]);

    let once = stage(3 * MB, &[Fault::Gzip], 1);
    let reader = once.open("x");
    once.read_through(&reader, 0, 3 * MB);
    assert_eq!(requests(&once), 2);
}

#[test]
fn t18_sizes_at_every_edge() {
    let edges = (1..=4).flat_map(|k| [k * MB - 1, k * MB, k * MB + 1]);
    for size in [0, 1, 2].into_iter().chain(edges) {
        let stage = stage(size, &[], 0);
        let reader = stage.open("x");
        stage.read_through(&reader, 0, size);
        assert_eq!(reader.len_blocking().unwrap(), Some(size));
        assert!(reader.is_complete());
        assert!(stage.read(&reader, size, 1).is_empty());
        assert_eq!(requests(&stage), 1, "{size}");
        assert!(stage.server.bytes_sent(X) <= size);
    }
}

#[test]
fn t19_six_gibibytes() {
    let size = 6 << 30;
    let places = [(1 << 31) - 5, (1 << 32) - 5, 1 << 31, 1 << 32, size - 10];
    let mut stage = stage(size, &[], 0);
    stage.server.set_rate_of(X, Some(2 * MB));
    let reader = stage.open("x");
    for pos in places {
        exact(&stage, &reader, SEED, pos, 10);
    }
    assert_eq!(reader.known_len(), Some(size));
    assert_eq!(
        stage.read(&reader, size - 3, 10),
        pattern::bytes(SEED, size - 3, 3)
    );
    assert!(requests(&stage) <= places.len());
    drop(reader);
    stage.restart(false);
    let sent = stage.server.bytes_sent(X);
    assert!(sent < 256 * MB, "{sent}");
    stage.server.stop();
    let reader = stage.open("x");
    for pos in places {
        exact(&stage, &reader, SEED, pos, 10);
    }
}
