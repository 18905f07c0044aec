//! What the player says when the file, the system or the network says no.
#![allow(clippy::unwrap_used, reason = "what cannot go on fails the test")]

mod common;

use std::path::PathBuf;
use std::time::Duration;

use common::*;
use gst::prelude::*;
use spool_player::{AudioOutput, Event, Lack, Phase, PlayerError, VideoOutput};

fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = tempfile::tempdir().unwrap().keep().join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

fn noise(len: usize) -> Vec<u8> {
    let mut state = 88_172_645_463_325_252_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    std::iter::repeat_with(next).take(len).collect()
}

#[test]
fn what_is_no_film_is_called_damaged() {
    let html =
        b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Sign in</body></html>";
    let mp4 = std::fs::read(mp4_index_last()).unwrap();
    for (name, bytes) in [
        ("empty.mkv", Vec::new()),
        ("page.mkv", html.repeat(100)),
        ("text.mkv", b"just words, line after line\n".repeat(1000)),
        ("noise.mkv", noise(300_000)),
        ("cut.mp4", mp4[..mp4.len() / 2].to_vec()),
    ] {
        let mut stand = Stand::new();
        stand.load(&file(name, &bytes), Duration::ZERO, true);
        let error = stand.until_failed();
        assert!(
            matches!(error, PlayerError::Damaged(_)),
            "{name}: {error:?}"
        );
        stand.until_phase(Phase::Failed);
        // The next one plays.
        stand.load(&webm(), Duration::ZERO, true);
        stand.until_phase(Phase::Playing);
    }
}

#[test]
fn a_stump_of_a_film_ends_in_a_word_and_not_in_waiting() {
    let (mkv, mp4) = (
        std::fs::read(mkv()).unwrap(),
        std::fs::read(mp4_index_first()).unwrap(),
    );
    for (name, bytes) in [
        ("stump.mkv", &mkv[..1000]),
        ("stump.mp4", &mp4[..1000]),
        ("tags.mkv", &mkv[..4000]),
    ] {
        let mut stand = Stand::new();
        stand.load(&file(name, bytes), Duration::ZERO, true);
        stand.until(name, |event| {
            matches!(
                event,
                Event::Failed(PlayerError::Damaged(_)) | Event::Phase(Phase::Ended)
            )
            .then_some(())
        });
    }
}

/// A sink in front of which the first pictures of the first `times` pipelines are held for ever.
fn hanging_sink(times: usize) -> gst::Element {
    let sink = gst::ElementFactory::make("fakevideosink").build().unwrap();
    let inner = sink.downcast_ref::<gst::Bin>().unwrap().iterate_sinks();
    let inner = inner.into_iter().next().unwrap().unwrap();
    let held = std::sync::atomic::AtomicUsize::new(0);
    let kind = gst::PadProbeType::BUFFER | gst::PadProbeType::BLOCK;
    inner
        .static_pad("sink")
        .unwrap()
        .add_probe(kind, move |_, _| {
            if held.fetch_add(1, std::sync::atomic::Ordering::SeqCst) < times {
                gst::PadProbeReturn::Ok
            } else {
                gst::PadProbeReturn::Pass
            }
        });
    sink
}

#[test]
fn a_start_that_hangs_is_silently_tried_again() {
    init();
    let mut stand = Stand::with(VideoOutput::Sink(hanging_sink(1)), AudioOutput::Fake);
    stand.load(&mkv(), Duration::from_secs(3), true);
    stand.until_first_frame();
    stand.until_phase(Phase::Playing);
    assert!(stand.until_position() >= Duration::from_millis(2_960));
}

#[test]
fn a_start_that_hangs_twice_is_given_up() {
    init();
    let mut stand = Stand::with(VideoOutput::Sink(hanging_sink(2)), AudioOutput::Fake);
    stand.load(&mkv(), Duration::ZERO, true);
    assert!(matches!(stand.until_failed(), PlayerError::Stuck));
    stand.load(&mkv(), Duration::ZERO, true);
    stand.until_phase(Phase::Playing);
}

#[test]
fn a_scratched_film_plays_on_or_says_why_not() {
    let whole = std::fs::read(mkv()).unwrap();
    let scratches = noise(4 * 60);
    for round in 0..6 {
        let mut bytes = whole.clone();
        for four in scratches[round * 40..][..40].chunks_exact(4) {
            let at = u32::from_le_bytes(four.try_into().unwrap()) as usize % bytes.len();
            bytes[at] ^= 1 << (four[0] & 7);
        }
        let mut stand = Stand::new();
        stand.player.set_speed(4.0);
        stand.load(&file("scratched.mkv", &bytes), Duration::ZERO, true);
        stand.until("an end", |event| {
            matches!(event, Event::Failed(_) | Event::Phase(Phase::Ended)).then_some(())
        });
    }
}

/// Takes away everything that decodes this, as on a system where its package is not installed.
fn uninstall(caps: &str) {
    init();
    let caps = caps.parse::<gst::Caps>().unwrap();
    let kind = gst::ElementFactoryType::DECODER;
    let all = gst::ElementFactory::factories_with_type(kind, gst::Rank::NONE);
    for factory in all
        .iter()
        .filter(|factory| factory.can_sink_any_caps(&caps))
    {
        // A bin that decodes anything by asking others is no decoder itself.
        if !factory.name().contains("decodebin") {
            factory.set_rank(gst::Rank::NONE);
        }
    }
}

#[test]
fn a_picture_that_nothing_decodes_is_named_and_the_next_film_plays() {
    uninstall("video/x-h264");
    for path in [mkv(), mp4_index_last()] {
        let mut stand = Stand::new();
        stand.load(&path, Duration::ZERO, true);
        let error = stand.until_failed();
        assert!(
            matches!(&error, PlayerError::MissingPlugin { description } if description.contains("H.264")),
            "{error:?}"
        );
        stand.until_phase(Phase::Failed);
        stand.load(&webm(), Duration::ZERO, true);
        stand.until_phase(Phase::Playing);
    }
}

#[test]
fn a_sound_that_nothing_decodes_is_told_while_the_picture_plays() {
    uninstall("audio/mpeg, mpegversion=4");
    for path in [mkv(), mp4_index_first()] {
        let mut stand = Stand::new();
        stand.load(&path, Duration::from_secs(9), true);
        let lack = stand.until("what is missing", |event| match event {
            Event::Lacks(lack) => Some(lack.clone()),
            Event::Failed(error) => panic!("failed: {error}"),
            _ => None,
        });
        assert!(
            matches!(&lack, Lack::Sound(decoder) if decoder.contains("AAC")),
            "{lack:?}"
        );
        assert!(
            stand
                .seen
                .iter()
                .any(|event| matches!(event, Event::FirstFrame))
        );
        stand.until_phase(Phase::Ended);
        let told = stand
            .seen
            .iter()
            .filter(|event| matches!(event, Event::Lacks(_)));
        assert_eq!(told.count(), 1, "once for each film");
    }
}

#[test]
fn without_a_sound_device_it_plays_silently() {
    // Nothing listens there, so every sound sink fails to open.
    let mut stand = Stand::with(VideoOutput::Fake, AudioOutput::Auto);
    stand.load(&mkv(), Duration::from_secs(10), true);
    stand.until_phase(Phase::Ended);
}
