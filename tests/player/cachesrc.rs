//! The source element by itself, over files: every byte, at any place, and the end only at the end.
#![allow(clippy::unwrap_used, reason = "what cannot go on fails the test")]

mod common;

use std::sync::Arc;

use common::*;
use gst::prelude::*;
use spool_engine::cache::Reader;
use spool_player::Feed;

/// An odd size, so that no block ends with the file.
const SIZE: usize = 3 * 1024 * 1024 + 4321;

fn bytes() -> Vec<u8> {
    (0..SIZE)
        .map(|at| ((at as u64 * 2_654_435_761) >> 13) as u8)
        .collect()
}

fn feed() -> (tempfile::NamedTempFile, Arc<Feed>) {
    init();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes()).unwrap();
    let feed = Feed::open(Reader::file(file.path()).unwrap());
    (file, feed)
}

fn element(feed: &Feed) -> gst::Element {
    gst::Element::make_from_uri(gst::URIType::Src, &feed.uri(), None).unwrap()
}

#[test]
fn a_pipeline_gets_every_byte_and_then_the_end() {
    let (_file, feed) = feed();
    let source = element(&feed);
    let sink = gst_app::AppSink::builder().sync(false).build();
    let pipeline = gst::Pipeline::new();
    pipeline.add_many([&source, sink.upcast_ref()]).unwrap();
    source.link(&sink).unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    let mut got = Vec::new();
    while let Ok(sample) = sink.pull_sample() {
        let buffer = sample.buffer().unwrap();
        assert_eq!(buffer.offset(), got.len() as u64);
        got.extend_from_slice(&buffer.map_readable().unwrap());
    }
    assert!(sink.is_eos());
    assert!(got == bytes(), "the bytes differ");
    pipeline.set_state(gst::State::Null).unwrap();
}

#[test]
fn any_place_can_be_pulled() {
    let (_file, feed) = feed();
    let expected = bytes();
    let source = element(&feed);
    source.set_state(gst::State::Ready).unwrap();
    let pad = source.static_pad("src").unwrap();
    pad.activate_mode(gst::PadMode::Pull, true).unwrap();
    let mut at = 1_u64;
    for _ in 0..500 {
        at = at
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let from = (at >> 16) % SIZE as u64;
        let len = 1 + (at >> 40) % 200_000;
        let buffer = pad.range(from, len as u32).unwrap();
        let until = (from + len).min(SIZE as u64);
        assert_eq!(
            buffer.map_readable().unwrap().as_slice(),
            &expected[from as usize..until as usize],
            "{from}+{len}"
        );
    }
    assert_eq!(pad.range(SIZE as u64, 1), Err(gst::FlowError::Eos));
    assert_eq!(pad.range(SIZE as u64 + 9, 1), Err(gst::FlowError::Eos));
    pad.activate_mode(gst::PadMode::Pull, false).unwrap();
    source.set_state(gst::State::Null).unwrap();
}

#[test]
fn a_complete_resource_needs_no_queue() {
    let (_file, feed) = feed();
    let source = element(&feed);
    source.set_state(gst::State::Paused).unwrap();
    let mut query = gst::query::Scheduling::new();
    assert!(source.static_pad("src").unwrap().query(&mut query));
    let (flags, ..) = query.result();
    assert!(flags.contains(gst::SchedulingFlags::SEEKABLE));
    assert!(!flags.contains(gst::SchedulingFlags::BANDWIDTH_LIMITED));
    assert!(query.has_scheduling_mode(gst::PadMode::Pull));
    source.set_state(gst::State::Null).unwrap();
}

#[test]
fn an_address_is_worth_nothing_without_its_feed() {
    let (_file, feed) = feed();
    let uri = feed.uri();
    assert!(gst::Element::make_from_uri(gst::URIType::Src, &uri, None).is_ok());
    drop(feed);
    assert!(gst::Element::make_from_uri(gst::URIType::Src, &uri, None).is_err());
    for foreign in ["spool://", "spool://zz", "spool://0000000000000001/../x"] {
        assert!(gst::Element::make_from_uri(gst::URIType::Src, foreign, None).is_err());
    }
}

#[test]
fn a_closed_feed_stays_closed() {
    let (_file, feed) = feed();
    let source = element(&feed);
    source.set_state(gst::State::Ready).unwrap();
    let pad = source.static_pad("src").unwrap();
    pad.activate_mode(gst::PadMode::Pull, true).unwrap();
    feed.close();
    assert_eq!(pad.range(0, 10), Err(gst::FlowError::Flushing));
    pad.activate_mode(gst::PadMode::Pull, false).unwrap();
    source.set_state(gst::State::Null).unwrap();
    assert!(feed.failure().is_none());
}
