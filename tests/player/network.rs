//! The player over the cache over a server that stalls, vanishes and comes back.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what cannot go on fails the test"
)]

#[path = "../engine/cache_stage.rs"]
mod cache_stage;
mod common;

use std::path::Path;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use cache_stage::Stage;
use common::*;
use gst::prelude::*;
use spool_engine::cache::{CacheError, Reader};
use spool_player::{Event, Feed, Phase, PlayerError, SeekMode};
use testkit::{Blob, Fault, Gate, Rule};

/// A cache, and a film on its server.
fn film(stage: &Stage, path: &Path) -> (Reader, u64) {
    let bytes = std::fs::read(path).unwrap();
    let size = bytes.len() as u64;
    stage.server.add_blob("/blob/film", Blob::bytes(bytes));
    (stage.open("film"), size)
}

/// The first reply halts after so many bytes, and no other one begins, until the gate opens.
fn stall(stage: &Stage, after: u64) -> Gate {
    let gate = Gate::new();
    let halt = Fault::Stall {
        after,
        until: gate.clone(),
    };
    stage
        .server
        .script(Rule::on("/blob/film").fault(halt).times(1));
    stage
        .server
        .script(Rule::on("/blob/film").fault(Fault::HoldReply(gate.clone())));
    gate
}

#[test]
fn every_container_plays_over_the_network_and_no_byte_is_sent_twice() {
    for path in [mkv(), mp4_index_last(), mp4_index_first(), webm()] {
        let stage = Stage::new();
        let (reader, size) = film(&stage, &path);
        let mut stand = Stand::new();
        stand.load_reader(reader, Duration::ZERO, true);
        stand.until_phase(Phase::Playing);
        stand.player.seek(Duration::from_secs(9), SeekMode::Exact);
        let landed = stand.until_landed();
        assert!(landed.abs_diff(Duration::from_secs(9)) <= Duration::from_millis(40));
        stand.until_phase(Phase::Ended);
        assert_eq!(stage.server.heads(), 0);
        let sent = stage.server.bytes_sent("/blob/film");
        assert!(
            sent * 100 <= size * 101,
            "{}: {sent} of {size}",
            path.display()
        );
    }
}

#[test]
fn the_queue_is_asked_for_exactly_while_bytes_are_missing() {
    init();
    let stage = Stage::new();
    let (reader, size) = film(&stage, &mkv());
    let gate = stall(&stage, 100_000);
    let feed = Feed::open(reader.clone());
    let source = gst::Element::make_from_uri(gst::URIType::Src, &feed.uri(), None).unwrap();
    source.set_state(gst::State::Paused).unwrap();
    let limited = || {
        let mut query = gst::query::Scheduling::new();
        assert!(source.static_pad("src").unwrap().query(&mut query));
        query
            .result()
            .0
            .contains(gst::SchedulingFlags::BANDWIDTH_LIMITED)
    };
    assert!(limited());
    gate.open();
    assert_eq!(stage.read(&reader, 0, size as usize).len() as u64, size);
    assert!(!limited());
    source.set_state(gst::State::Null).unwrap();
}

#[test]
fn a_read_that_waits_can_be_interrupted_and_taken_up_again() {
    init();
    let stage = Stage::new();
    let (reader, size) = film(&stage, &mkv());
    let gate = stall(&stage, 100_000);
    let feed = Feed::open(reader);
    let source = gst::Element::make_from_uri(gst::URIType::Src, &feed.uri(), None).unwrap();
    source.set_state(gst::State::Ready).unwrap();
    let pad = source.static_pad("src").unwrap();
    pad.activate_mode(gst::PadMode::Pull, true).unwrap();
    let (say, said) = channel();
    let pull = {
        let pad = pad.clone();
        move |at: u64| {
            let (pad, say) = (pad.clone(), say.clone());
            std::thread::spawn(move || say.send(pad.range(at, 4096).map(|buffer| buffer.size())));
        }
    };
    pull(200_000);
    while feed.progress().waiting.is_none() {
        std::thread::yield_now();
    }
    let begin = Instant::now();
    pad.send_event(gst::event::FlushStart::new());
    let result = said.recv_timeout(GUARD).unwrap();
    assert_eq!(result, Err(gst::FlowError::Flushing));
    assert!(
        begin.elapsed() < Duration::from_secs(5),
        "{:?}",
        begin.elapsed()
    );
    pad.send_event(gst::event::FlushStop::new(true));
    gate.open();
    pull(size - 4096);
    assert_eq!(said.recv_timeout(GUARD).unwrap(), Ok(4096));
    pad.activate_mode(gst::PadMode::Pull, false).unwrap();
    source.set_state(gst::State::Null).unwrap();
}

#[test]
fn a_look_into_matroska_gets_what_is_here_and_a_second_one_all_of_it() {
    init();
    let stage = Stage::new();
    let (reader, _size) = film(&stage, &mkv());
    let expected = std::fs::read(mkv()).unwrap();
    let gate = stall(&stage, 100_000);
    let feed = Feed::open(reader);
    let source = gst::Element::make_from_uri(gst::URIType::Src, &feed.uri(), None).unwrap();
    source.set_state(gst::State::Ready).unwrap();
    let pad = source.static_pad("src").unwrap();
    pad.activate_mode(gst::PadMode::Pull, true).unwrap();
    let pull = |at: u64, len: u32| {
        let buffer = pad.range(at, len).unwrap();
        let bytes = buffer.map_readable().unwrap();
        let at = usize::try_from(at).unwrap();
        assert!(bytes.as_slice() == &expected[at..at + bytes.len()]);
        bytes.len()
    };
    assert_eq!(pull(0, 4096), 4096);
    let short = pull(60_000, 65_536);
    assert!((4096..=40_000).contains(&short), "{short}");
    std::thread::scope(|scope| {
        let again = scope.spawn(|| pull(60_000, 65_536));
        while feed.progress().waiting.is_none() {
            std::thread::yield_now();
        }
        gate.open();
        assert_eq!(again.join().unwrap(), 65_536);
    });
    pad.activate_mode(gst::PadMode::Pull, false).unwrap();
    source.set_state(gst::State::Null).unwrap();
}

#[test]
fn a_stall_is_a_pause_and_not_an_error() {
    let stage = Stage::new();
    let (reader, size) = film(&stage, &mp4_index_first());
    let gate = stall(&stage, size / 2);
    let mut stand = Stand::new();
    stand.load_reader(reader, Duration::ZERO, true);
    stand.until_first_frame();
    stand.until("buffering", |event| {
        matches!(event, Event::Phase(Phase::Buffering { .. })).then_some(())
    });
    gate.open();
    stand.until_phase(Phase::Playing);
    stand.until_phase(Phase::Ended);
}

#[test]
fn a_server_that_is_gone_for_good_is_named_as_the_reason() {
    let mut stage = Stage::new();
    let (reader, size) = film(&stage, &mp4_index_first());
    let _never = stall(&stage, size / 2);
    let mut stand = Stand::new();
    stand.load_reader(reader, Duration::ZERO, true);
    stand.until_first_frame();
    stage.server.stop();
    let error = stand.until_failed();
    assert!(
        matches!(error, PlayerError::Source(CacheError::Upstream(_))),
        "{error:?}"
    );
}

#[test]
fn stopping_does_not_wait_for_the_network() {
    let stage = Stage::new();
    let (reader, _) = film(&stage, &mkv());
    // Not even the first reply comes.
    let gate = Gate::new();
    stage
        .server
        .fault("/blob/film", Fault::HoldReply(gate.clone()));
    let mut stand = Stand::new();
    stand.load_reader(reader.clone(), Duration::ZERO, true);
    stand.until_phase(Phase::Opening);
    stand.player.stop();
    stand.until_phase(Phase::Idle);
    // Another film takes its place while the first still waits.
    stand.load_reader(reader, Duration::ZERO, true);
    stand.load(&webm(), Duration::ZERO, true);
    stand.until_phase(Phase::Playing);
    gate.open();
}
