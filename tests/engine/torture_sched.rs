//! Scheduling and failures on a real server: who is served first, what stops when there is enough, what a broken line costs.
//! Named after the torture cases; every byte is compared with the server's pattern.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test ends by panicking, after it has said what it measured"
)]

mod apart;
mod cache_stage;
mod torture_hosts;
mod torture_jobs;

use std::time::{Duration, Instant};

use cache_stage::{LONG, SEED, Stage, UNDER_WAY, key, request};
use spool_engine::cache::{CacheError, Group, Priority, Reader, Span};
use testkit::{Fault, Gate, Log, Only, Rule, pattern};

const MB: u64 = 1 << 20;
/// What is read ahead of a reader whose bitrate is not known.
const WINDOW: u64 = 32 * MB;
/// What a run that is broken off takes of what its system has received for it already; a server without a pace fills that.
const SWEPT: u64 = 4 * MB;

fn read(reader: &Reader, pos: u64, len: usize) -> Result<(), CacheError> {
    let mut block = vec![0; len];
    let count = reader.read_at_blocking(pos, &mut block)?;
    assert_eq!(count, len, "at {pos}");
    pattern::verify(SEED, pos, &block).unwrap();
    Ok(())
}

/// Reads `from..to` in blocks of 64 KiB, byte-exact.
fn read_span(reader: &Reader, from: u64, to: u64) {
    let mut pos = from;
    while pos < to {
        let len = (to - pos).min(65_536);
        read(reader, pos, usize::try_from(len).unwrap()).unwrap();
        pos += len;
    }
}

/// A reader of a stream that somebody only looks into so far: no more than the window comes.
fn sampled(stage: &Stage, name: &str) -> Reader {
    let reader = stage.open(name);
    stage
        .block(stage.cache.watched(&key(name), Duration::ZERO, None, false))
        .unwrap();
    reader
}

/// Waits until nothing arrives any more; how much is here then.
fn settled(stage: &Stage, name: &str) -> u64 {
    stage.until(name, |state| !state.arriving);
    let state = stage.block(stage.cache.entry(&key(name))).unwrap();
    state.unwrap().ranges.bytes()
}

#[test]
fn t06_stall_in_the_middle() {
    let stage = Stage::new();
    stage.blob("x", 3 * MB);
    let gate = Gate::new();
    let stall = Fault::Stall {
        after: MB,
        until: gate.clone(),
    };
    stage
        .server
        .script(Rule::on("/blob/x").fault(stall).times(1));
    let reader = stage.open("x");
    stage.read_through(&reader, 0, 3 * MB);
    let requests = stage.server.requests_to("/blob/x");
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[1].range(), Some(format!("bytes={MB}-").as_str()));
    assert_eq!(stage.server.log().bytes_repeated("/blob/x"), 0);
    gate.open();
}

/// Two cursors, so that the window is full while both requests are under way.
fn two_cursors_until_there_is_enough(stage: &Stage) -> Reader {
    stage.blob("x", 200 * MB);
    let reader = sampled(stage, "x");
    for block in 0..16 {
        read(&reader, block * 65_536, 65_536).unwrap();
        read(&reader, 100 * MB + block * 65_536, 65_536).unwrap();
    }
    stage.until("x", |state| state.ranges.bytes() >= WINDOW - WINDOW / 8);
    reader
}

fn read_both_on(reader: &Reader, from: u64, to: u64) {
    for pos in (from..to).step_by(65_536) {
        read(reader, pos, 65_536).unwrap();
        read(reader, 100 * MB + pos, 65_536).unwrap();
    }
}

#[test]
fn t07_stall_while_the_window_is_full() {
    let stage = Stage::new();
    // Both replies halt for ever beyond what the window and the system's buffers take.
    let gate = Gate::new();
    let stall = Fault::Stall {
        after: 30 * MB,
        until: gate.clone(),
    };
    stage
        .server
        .script(Rule::on("/blob/x").fault(stall).times(2));
    let reader = two_cursors_until_there_is_enough(&stage);
    let here = settled(&stage, "x");
    let swept = stage.server.log().broken_off("/blob/x") * SWEPT;
    assert!(
        here <= 2 * MB + WINDOW + 2 * MB + swept,
        "counted once: {here}"
    );
    // They ended by themselves: the server holds no connection for somebody who does not read.
    stage
        .server
        .wait_until(|log: &Log| log.running("/blob/x") == 0, LONG);
    assert_eq!(stage.server.requests_to("/blob/x").len(), 2);
    read_both_on(&reader, MB, 40 * MB);
    gate.open();
}

#[test]
fn t08_a_pause_that_the_server_resets() {
    let stage = Stage::new();
    // The server loses patience while this side pauses.
    let reset = Fault::Reset { after: 20 * MB };
    stage
        .server
        .script(Rule::on("/blob/x").fault(reset).times(2));
    let reader = two_cursors_until_there_is_enough(&stage);
    // Half of it is used up: reading ahead goes on, and finds the connections gone.
    read_both_on(&reader, MB, 40 * MB);
    let requests = stage.server.requests_to("/blob/x").len();
    assert!((3..=16).contains(&requests), "{requests}");
}

#[test]
fn what_is_worth_keeping_comes_to_the_end_and_a_sample_does_not() {
    let stage = Stage::new();
    for name in ["sample", "film"] {
        stage.blob(name, 64 * MB);
    }
    let reader = sampled(&stage, "sample");
    read_span(&reader, 0, MB);
    assert_eq!(settled(&stage, "sample"), WINDOW);
    let film = sampled(&stage, "film");
    read_span(&film, 0, MB);
    settled(&stage, "film");
    let watched = Duration::from_secs(180);
    stage
        .block(stage.cache.watched(&key("film"), watched, None, false))
        .unwrap();
    stage.until("film", |state| state.ranges.bytes() == 64 * MB);
    assert_eq!(stage.server.log().bytes_repeated("/blob/film"), 0);
    assert_eq!(settled(&stage, "sample"), WINDOW);
    // Half of the window is used up: it goes on, by as much as was used.
    read_span(&reader, MB, 17 * MB);
    stage.until("sample", |state| state.ranges.bytes() >= 48 * MB);
    read_span(&reader, 17 * MB, 64 * MB);
    let log = stage.server.log();
    assert_eq!(log.bytes_repeated("/blob/sample"), 0);
    assert_eq!(log.bytes_sent("/blob/sample"), 64 * MB);
    assert!(log.requests_to("/blob/sample").count() <= 4);
}

/// The ratio of 1.001 is that of what the engine asked for and read. What the systems of both sides had in their buffers when
/// a reply was broken off because another run had the rest of it comes on top, for as many replies as were broken off.
#[test]
fn t20_readers_a_download_and_a_prefetch_share_everything() {
    const SIZE: u64 = 96 * MB;
    let stage = Stage::new();
    stage.blob("x", SIZE);
    stage.server.set_rate_of("/blob/x", Some(32 * MB));
    let group = Group::new("all");
    for (span, priority) in [
        (Span::Whole, Priority::Download),
        (Span::START, Priority::Next),
    ] {
        let job = stage
            .cache
            .fetch_ahead(request("x"), span, priority, &group);
        stage.block(job).unwrap();
    }
    let paused = stage.open("x");
    read(&paused, 40 * MB, 1000).unwrap();
    std::thread::scope(|scope| {
        for start in [0, 17, 90, 33, 61, 5, 72, 48] {
            let reader = stage.open("x");
            scope.spawn(move || read_span(&reader, start * MB + 11, SIZE));
        }
    });
    stage.until("x", |state| state.ranges.bytes() == SIZE);
    stage.block(async {
        while !stage.cache.jobs().await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    stage
        .server
        .wait_until(|log: &Log| log.running("/blob/x") == 0, LONG);
    let log = stage.server.log();
    let (sent, broken) = (log.bytes_sent("/blob/x"), log.broken_off("/blob/x"));
    assert!(
        sent <= SIZE + SIZE / 1000 + broken * UNDER_WAY,
        "{sent}, {broken} broken off"
    );
    assert!(stage.server.max_open_connections("/blob/x") <= 4);
}

#[test]
fn t21_two_cursors() {
    for apart in [1_600_000, 128 * MB] {
        let stage = Stage::new();
        stage.blob("x", 200 * MB);
        stage.server.set_latency(Duration::from_millis(30));
        stage.server.set_rate_of("/blob/x", Some(60 * MB));
        let reader = stage.open("x");
        for block in 0..200 {
            read(&reader, block * 65_536, 65_536).unwrap();
            read(&reader, apart + block * 65_536, 65_536).unwrap();
        }
        let requests = stage.server.requests_to("/blob/x").len();
        assert!(requests <= 2, "{requests} requests, {apart} apart");
        assert!(stage.server.max_open_connections("/blob/x") <= 2);
        // What was on its way when the first request met the second.
        assert!(stage.server.log().bytes_repeated("/blob/x") <= MB);
    }
}

#[test]
fn two_cursors_of_a_sample_share_one_window() {
    let stage = Stage::new();
    stage.blob("x", 200 * MB);
    let reader = sampled(&stage, "x");
    for pos in (0..12 * MB).step_by(65_536) {
        read(&reader, pos, 65_536).unwrap();
        read(&reader, 128 * MB + pos, 65_536).unwrap();
    }
    let here = settled(&stage, "x");
    let requests = stage.server.requests_to("/blob/x").len() as u64;
    assert!(requests <= 6, "{requests}");
    // What is left of a request when there is enough comes, where it is little, and what its connection holds already: a server
    // without a pace may have sent all of it by then, so that it does not know of a run that was broken off.
    let swept = requests * SWEPT;
    assert!(here <= 24 * MB + WINDOW + WINDOW / 4 + swept, "{here}");
}

/// Positions all over the file, the same ones each time.
fn places(count: u64, size: u64) -> impl Iterator<Item = u64> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    (0..count).map(move |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % (size - MB)
    })
}

#[test]
fn sixty_cold_seeks_cost_no_byte_twice_and_not_much_more_than_they_need() {
    for rate in [Some(60 * MB), None] {
        let stage = Stage::new();
        stage.blob("x", 256 * MB);
        stage.server.set_latency(Duration::from_millis(30));
        stage.server.set_rate_of("/blob/x", rate);
        let mut ask = request("x");
        ask.size_hint = Some(256 * MB);
        let reader = stage.block(stage.cache.open(ask)).unwrap();
        let mut waits: Vec<_> = places(60, 256 * MB)
            .map(|pos| {
                let begin = Instant::now();
                read(&reader, pos, 65_536).unwrap();
                begin.elapsed()
            })
            .collect();
        let log = stage.server.log();
        waits.sort();
        eprintln!(
            "p50 {:?}, p99 {:?}, {} bytes",
            waits[30],
            waits[59],
            log.bytes_sent("/blob/x")
        );
        assert!(log.bytes_sent("/blob/x") <= 60_000_000);
        assert_eq!(log.bytes_repeated("/blob/x"), 0);
    }
}

/// How long a thread that waits takes to go on after it was told to, at this moment of this machine.
fn bare_wake() -> Duration {
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(move || {
            let told: Instant = told.recv().unwrap();
            told.elapsed()
        });
        tell.send(Instant::now()).unwrap();
        waiting.join().unwrap()
    })
}

/// One seek of somebody who moves on after `rest`; how long the read went on after it was told to end, if it had not come to
/// its own.
fn scrub_to(reader: &Reader, pos: u64, rest: Duration) -> Option<Duration> {
    reader.set_flushing(false);
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| (read(reader, pos, 65_536), Instant::now()));
        std::thread::sleep(rest);
        let flushed = Instant::now();
        reader.set_flushing(true);
        let (result, ended) = reading.join().unwrap();
        assert!(
            matches!(result, Ok(()) | Err(CacheError::Cancelled)),
            "{result:?}"
        );
        let cancelled = result.is_err();
        cancelled.then(|| ended.saturating_duration_since(flushed))
    })
}

/// 200 seeks in 20 bouts. The times are those that a machine with something else to do allows: half of all reads end within
/// 20 ms beyond what a bare thread takes to wake up, and of 20 places that the person stays at one plays within the round
/// trip and 100 ms.
#[test]
fn t22_scrubbing() {
    const TRIP: Duration = Duration::from_millis(30);
    let stage = Stage::new();
    stage.blob("x", 256 * MB);
    stage.server.set_latency(TRIP);
    stage.server.set_rate_of("/blob/x", Some(20 * MB));
    let reader = sampled(&stage, "x");
    read(&reader, 0, 65_536).unwrap();
    let (mut unlocks, mut bare, mut stays) = (Vec::new(), Vec::new(), Vec::new());
    let places: Vec<u64> = places(220, 256 * MB).collect();
    for bout in places.chunks(11) {
        for (turn, pos) in bout[1..].iter().enumerate() {
            // Half of them end before anything can have come.
            let rest = Duration::from_millis(if turn % 2 == 0 { 20 } else { 50 });
            unlocks.extend(scrub_to(&reader, *pos, rest));
            bare.push(bare_wake());
        }
        reader.set_flushing(false);
        let begun = Instant::now();
        read(&reader, bout[0], 65_536).unwrap();
        stays.push(begun.elapsed());
    }
    assert!(unlocks.len() > 20, "reads were blocked");
    unlocks.sort();
    bare.sort();
    stays.sort();
    let (unlock, bare) = (unlocks[unlocks.len() / 2], bare[bare.len() / 2]);
    println!("unlocked after {unlock:?}, a bare thread after {bare:?}; stays: {stays:?}");
    assert!(
        unlock <= Duration::from_millis(20) + 4 * bare,
        "{unlocks:?}"
    );
    assert!(stays[0] <= TRIP + Duration::from_millis(100), "{stays:?}");
    assert!(stage.server.max_open_connections("/blob/x") <= 4);
    drop(reader);
    stage.until("x", |state| !state.arriving && state.readers == 0);
    stage
        .server
        .wait_until(|log: &Log| log.running("/blob/x") == 0, LONG);
    let log = stage.server.log();
    let (twice, broken) = (log.bytes_repeated("/blob/x"), log.broken_off("/blob/x"));
    assert!(twice <= broken * UNDER_WAY, "{twice}, {broken} broken off");
}

#[test]
fn t23_a_blocked_read_ends_and_nothing_else_blocks() {
    let stage = Stage::new();
    stage.blob("x", 8 * MB);
    stage.server.set_rate_of("/blob/x", Some(MB / 4));
    let gate = Gate::new();
    let hold = Fault::HoldReply(gate.clone());
    stage
        .server
        .script(Rule::on("/blob/x").only(Only::From(2 * MB)).fault(hold));
    let reader = stage.open("x");
    read(&reader, 0, 1000).unwrap();
    let mut answers = Vec::new();
    for _ in 0..20 {
        std::thread::scope(|scope| {
            let blocked = scope.spawn(|| read(&reader, 6 * MB, 65_536));
            stage
                .server
                .wait_until(|log: &Log| log.requests_to("/blob/x").count() >= 2, LONG);
            // Asked while somebody is blocked: answered from what is known.
            let asked = Instant::now();
            assert_eq!(reader.known_len(), Some(8 * MB));
            assert!(reader.is_seekable() && !reader.is_complete());
            answers.push(asked.elapsed());
            reader.set_flushing(true);
            let ended = blocked.join().unwrap();
            assert!(matches!(ended, Err(CacheError::Cancelled)), "{ended:?}");
            reader.set_flushing(false);
        });
    }
    // Unless the system takes the thread away just then, in a millisecond.
    assert!(
        answers.iter().min() <= Some(&Duration::from_millis(1)),
        "{answers:?}"
    );
    gate.open();
    read(&reader, 6 * MB, 65_536).unwrap();
}

#[test]
fn t28_no_network_at_a_partly_cached_title() {
    let stage = Stage::new();
    stage.blob("x", 8 * MB);
    let gate = Gate::new();
    let stall = Fault::Stall {
        after: MB,
        until: gate.clone(),
    };
    stage
        .server
        .script(Rule::on("/blob/x").fault(stall).times(1));
    let first = stage.open("x");
    read_span(&first, 0, MB);
    drop(first);
    stage.until("x", |state| state.readers == 0 && !state.arriving);
    let asked = stage.server.requests_to("/blob/x").len();
    stage.cache.set_network(false, false);
    let reader = stage.open("x");
    read_span(&reader, 0, MB);
    let mut waits = Vec::new();
    for _ in 0..20 {
        let begun = Instant::now();
        let miss = read(&reader, 4 * MB, 1000);
        waits.push(begun.elapsed());
        assert!(matches!(miss, Err(CacheError::Offline)), "{miss:?}");
    }
    // Most of them, on a machine that has time.
    assert!(
        waits.iter().min() <= Some(&Duration::from_millis(50)),
        "{waits:?}"
    );
    assert_eq!(
        stage.server.requests_to("/blob/x").len(),
        asked,
        "nobody is asked"
    );
    read_span(&reader, 0, MB);
    stage.cache.set_network(true, false);
    // Nobody reads: it goes on by itself.
    stage.until("x", |state| state.ranges.bytes() == 8 * MB);
    read_span(&reader, 0, 8 * MB);
    gate.open();
}

#[test]
fn a_miss_that_waits_when_the_network_goes_ends_and_the_next_one_comes_when_it_is_back() {
    let mut stage = Stage::new();
    stage.blob("x", 4 * MB);
    let reader = stage.open("x");
    stage.server.fault("/blob/x", Fault::Truncate { after: MB });
    read_span(&reader, 0, MB);
    stage.server.stop();
    stage.cache.set_network(false, false);
    let miss = read(&reader, 3 * MB, 1000);
    assert!(matches!(miss, Err(CacheError::Offline)), "{miss:?}");
    stage.server.clear_faults(None);
    stage.server.start_again();
    stage.cache.set_network(true, false);
    read_span(&reader, 0, 4 * MB);
}

#[test]
fn a_dead_server_is_told_after_one_quick_retry() {
    let mut stage = Stage::new();
    stage.blob("x", MB);
    stage.server.stop();
    let reader = stage.open("x");
    let begin = Instant::now();
    let refused = read(&reader, 0, 10);
    assert!(
        matches!(&refused, Err(CacheError::Upstream(error)) if error.is_offline()),
        "{refused:?}"
    );
    // Seven seconds is what the timetable of a film that plays takes.
    assert!(
        begin.elapsed() < Duration::from_secs(5),
        "{:?}",
        begin.elapsed()
    );
    stage.server.start_again();
    read_span(&reader, 0, MB);
}
