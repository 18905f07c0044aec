//! Audio tracks and subtitles, inside the file and beside it.
#![allow(clippy::unwrap_used, reason = "what cannot go on fails the test")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use common::*;
use gst::prelude::*;
use spool_engine::cache::Reader;
use spool_player::{AudioOutput, Load, Phase, SeekMode, SubtitleFile, VideoOutput};

#[test]
fn tracks_are_listed_and_switched() {
    let mut stand = Stand::new();
    stand.load(&mkv(), Duration::ZERO, true);
    let tracks = stand.until_tracks(|tracks| tracks.audio_selected.is_some());
    assert!(tracks.video);
    let languages = |list: &[spool_player::Stream]| {
        list.iter()
            .map(|stream| stream.language.clone().unwrap_or_default())
            .collect::<Vec<_>>()
    };
    assert_eq!(languages(&tracks.audio), ["en", "de"]);
    assert_eq!(languages(&tracks.subtitles), ["en", "de"]);
    assert_eq!(tracks.audio_selected.as_ref(), Some(&tracks.audio[0].id));
    assert_eq!(tracks.subtitle_selected, None, "no subtitle unasked");
    stand.until_phase(Phase::Playing);

    stand.player.select_audio(&tracks.audio[1].id);
    let german = stand.until_tracks(|now| now.audio_selected.as_ref() == Some(&tracks.audio[1].id));
    assert_eq!(german.subtitle_selected, None);
    stand.player.select_subtitle(Some(&tracks.subtitles[1].id));
    stand.until_tracks(|now| now.subtitle_selected.as_ref() == Some(&tracks.subtitles[1].id));
    stand.player.select_subtitle(None);
    stand.until_tracks(|now| now.subtitle_selected.is_none());
    stand.player.seek(Duration::from_secs(8), SeekMode::Exact);
    stand.until_landed();
    assert!(stand.until_position() >= Duration::from_millis(7_960));
}

/// A sink that counts the bright points in the lowest third of the picture it got last.
fn bright_points() -> (gst::Element, Arc<AtomicU64>) {
    let count = Arc::new(AtomicU64::new(u64::MAX));
    let caps = gst::Caps::builder("video/x-raw")
        .field("format", "GRAY8")
        .build();
    let sink = gst_app::AppSink::builder().caps(&caps).build();
    let look = {
        let count = count.clone();
        move |sample: gst::Sample| {
            let map = sample.buffer().unwrap().map_readable().unwrap();
            let lowest = &map[map.len() * 2 / 3..];
            count.store(
                lowest.iter().filter(|point| **point > 180).count() as u64,
                Ordering::SeqCst,
            );
            Ok(gst::FlowSuccess::Ok)
        }
    };
    let look_first = look.clone();
    sink.set_callbacks(
        gst_app::AppSinkCallbacks::builder()
            .new_preroll(move |sink| {
                look_first(sink.pull_preroll().map_err(|_| gst::FlowError::Eos)?)
            })
            .new_sample(move |sink| look(sink.pull_sample().map_err(|_| gst::FlowError::Eos)?))
            .build(),
    );
    (sink.upcast(), count)
}

#[test]
fn files_beside_the_film_are_drawn_and_survive_seeks() {
    init();
    let black = clip(
        "black-360.mkv",
        "-f lavfi -i color=black:size=640x360:rate=25:duration=12 -c:v libx264 -preset ultrafast -g 50",
    );
    let ass = format!(
        "[Events]\nFormat: Start, End, Text\nDialogue: 0:00:05.00,0:00:06.00,{}\n",
        "{\\i1}Stage left"
    );
    let (sink, bright) = bright_points();
    let mut stand = Stand::with(VideoOutput::Sink(sink), AudioOutput::Fake);
    let file = |format: &str, text: &str| SubtitleFile {
        language: Some("eng".to_owned()),
        title: format.to_owned(),
        format: format.to_owned(),
        text: text.as_bytes().to_vec(),
    };
    stand.player.load(Load {
        reader: Reader::file(&black).unwrap(),
        start: Duration::ZERO,
        play: false,
        subtitles: vec![
            file("srt", &lines()),
            file("ass", &ass),
            file("vtt", "<html>"),
        ],
        served: None,
    });
    let tracks = stand.until_tracks(|tracks| tracks.subtitles.len() == 2);
    stand.until_phase(Phase::Paused);
    let mut show = |id: Option<usize>, millis: u64| {
        stand
            .player
            .select_subtitle(id.map(|at| tracks.subtitles[at].id.as_str()));
        stand
            .player
            .seek(Duration::from_millis(millis), SeekMode::Exact);
        stand.until_landed();
        bright.load(Ordering::SeqCst)
    };
    assert_eq!(show(None, 3_500), 0);
    let drawn = show(Some(0), 3_500);
    assert!(drawn > 50, "into the middle of a line: {drawn} points");
    assert_eq!(show(Some(0), 3_950), 0, "between two lines");
    assert_eq!(show(Some(1), 3_500), 0);
    assert!(show(Some(1), 5_500) > 50);
    assert_eq!(show(None, 5_500), 0);
}
