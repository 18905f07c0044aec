//! Audio tracks and subtitles, inside the file and beside it.
#![allow(clippy::unwrap_used, reason = "what cannot go on fails the test")]

mod common;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::*;
use gst::prelude::*;
use spool_engine::cache::Reader;
use spool_engine::playback::Served;
use spool_player::{
    AudioOutput, First, Font, Lines, Load, Phase, SeekMode, SubtitleFile, VideoOutput,
};

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
        lines: Lines::Here(text.as_bytes().to_vec()),
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
        subtitle: None,
        first: First::default(),
        served: None,
        piece: None,
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

/// A sink that notes of each picture whether something bright is in its lowest third. It takes them as quickly as they come.
fn bright_pictures() -> (gst::Element, Arc<Mutex<Vec<bool>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let caps = gst::Caps::builder("video/x-raw")
        .field("format", "GRAY8")
        .build();
    let sink = gst_app::AppSink::builder().caps(&caps).sync(false).build();
    let noted = seen.clone();
    sink.set_callbacks(
        gst_app::AppSinkCallbacks::builder()
            .new_sample(move |sink| {
                let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
                let map = sample.buffer().unwrap().map_readable().unwrap();
                let lowest = &map[map.len() * 2 / 3..];
                let bright = lowest.iter().filter(|point| **point > 180).count();
                noted.lock().unwrap().push(bright > 50);
                Ok(gst::FlowSuccess::Ok)
            })
            .build(),
    );
    (sink.upcast(), seen)
}

#[test]
fn a_text_that_comes_later_is_drawn_at_the_title_s_times_wherever_a_stream_begins() {
    init();
    // Streams of servers count on from where they begin, or from nothing.
    for offset in [20, 0] {
        let stream = clip(
            &format!("black-stream-{offset}.ts"),
            &format!(
                "-f lavfi -i color=black:size=640x360:rate=25:duration=6 -c:v libx264 -preset ultrafast -g 25 -bf 0 \
                 -output_ts_offset {offset}"
            ),
        );
        let (sink, seen) = bright_pictures();
        let mut stand = Stand::with(VideoOutput::Sink(sink), AudioOutput::Fake);
        let later = |lines: Lines| SubtitleFile {
            language: None,
            title: "Film".to_owned(),
            format: "ass".to_owned(),
            lines,
        };
        stand.player.load(Load {
            reader: Reader::file(&stream).unwrap(),
            start: Duration::from_secs(21),
            play: false,
            subtitles: vec![later(Lines::InPicture), later(Lines::Later)],
            subtitle: Some(1),
            first: First::default(),
            served: Some(Served {
                begins_at: Duration::from_secs(20),
                length: Some(Duration::from_secs(60)),
            }),
            piece: None,
        });
        let id = SubtitleFile::id(1);
        let tracks = stand.until_tracks(|tracks| tracks.subtitle_selected.as_ref() == Some(&id));
        assert_eq!(tracks.subtitles.len(), 2);
        stand.until_phase(Phase::Paused);
        // What a server says to be ASS may be SubRip.
        let text = "1\n00:00:21,980 --> 00:00:23,980\nStage left\n";
        stand.player.supply_subtitle(&id, Some(text.into()));
        stand.player.play();
        stand.until_phase(Phase::Ended);
        let seen = seen.lock().unwrap();
        let expected: Vec<bool> = (0..150)
            .map(|picture| (50..100).contains(&picture))
            .collect();
        assert_eq!(*seen, expected, "times from {offset} s on");
    }
}

#[test]
fn a_text_that_does_not_come_is_not_chosen_any_more() {
    let mut stand = Stand::new();
    stand.player.load(Load {
        reader: Reader::file(&mkv()).unwrap(),
        start: Duration::ZERO,
        play: false,
        subtitles: vec![SubtitleFile {
            language: Some("deu".to_owned()),
            title: String::new(),
            format: "srt".to_owned(),
            lines: Lines::Later,
        }],
        subtitle: None,
        first: First::default(),
        served: None,
        piece: None,
    });
    let id = SubtitleFile::id(0);
    let listed = |tracks: &spool_player::Tracks| tracks.subtitles.iter().any(|row| row.id == id);
    stand.until_tracks(listed);
    for text in [None, Some(b"no line".to_vec())] {
        stand.player.select_subtitle(Some(&id));
        stand.until_tracks(|tracks| tracks.subtitle_selected.as_ref() == Some(&id));
        stand.player.supply_subtitle(&id, text);
        stand.until_tracks(|tracks| tracks.subtitle_selected.is_none() && listed(tracks));
    }
    stand.player.select_subtitle(Some(&id));
    stand.player.supply_subtitle(&id, Some(lines().into()));
    stand.until_tracks(|tracks| tracks.subtitle_selected.as_ref() == Some(&id));
}

/// A font of a family that no system has: another one's file under a name of the same length.
fn odd_font() -> Vec<u8> {
    let mut font = std::fs::read("/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf").unwrap();
    let wide = |text: &str| text.bytes().flat_map(|byte| [0, byte]).collect::<Vec<_>>();
    let names = [
        (b"DejaVu".to_vec(), b"Mirage".to_vec()),
        (wide("DejaVu"), wide("Mirage")),
    ];
    for (from, to) in names {
        let mut at = 0;
        while let Some(found) = font[at..].windows(from.len()).position(|name| name == from) {
            font[at + found..at + found + to.len()].copy_from_slice(&to);
            at += found + to.len();
        }
    }
    font
}

/// Two lines in a font, one at the foot of the picture and one at its head.
fn script(font: &str) -> SubtitleFile {
    let text = format!(
        "[Script Info]\nScriptType: v4.00+\nPlayResX: 640\nPlayResY: 360\n\n[V4+ Styles]\n\
             Format: Name, Fontname, Fontsize, PrimaryColour, Alignment, MarginV\n\
             Style: Default,{font},36,&H00FFFFFF,2,20\n\n[Events]\n\
             Format: Layer, Start, End, Style, Text\n\
             Dialogue: 0,0:00:02.00,0:00:04.00,Default,iiii at the foot\n\
             Dialogue: 0,0:00:05.00,0:00:06.00,Default,{{\\an8}}at the head\n"
    );
    SubtitleFile {
        language: None,
        title: font.to_owned(),
        format: "ass".to_owned(),
        lines: Lines::Here(text.into_bytes()),
    }
}

#[test]
fn styles_are_drawn_with_the_fonts_that_come_with_them_and_survive_seeks() {
    init();
    let black = clip(
        "black-360.mkv",
        "-f lavfi -i color=black:size=640x360:rate=25:duration=12 -c:v libx264 -preset ultrafast -g 50",
    );
    let (sink, bright) = bright_points();
    let mut stand = Stand::with(VideoOutput::Sink(sink), AudioOutput::Fake);
    stand.player.load(Load {
        reader: Reader::file(&black).unwrap(),
        start: Duration::ZERO,
        play: false,
        subtitles: vec![script("DejaVu Sans Mono"), script("Mirage Sans Mono")],
        subtitle: None,
        first: First::default(),
        served: None,
        piece: None,
    });
    stand.until_tracks(|tracks| tracks.subtitles.len() == 2);
    stand.until_phase(Phase::Paused);
    let show = |stand: &mut Stand, row: Option<usize>, millis: u64| {
        let id = row.map(SubtitleFile::id);
        stand.player.select_subtitle(id.as_deref());
        let place = Duration::from_millis(millis);
        stand.player.seek(place, SeekMode::Exact);
        stand.until_landed();
        bright.load(Ordering::SeqCst)
    };
    let known = show(&mut stand, Some(0), 3_000);
    assert!(known > 50, "{known} points at the foot");
    assert_eq!(show(&mut stand, Some(0), 4_500), 0, "between two lines");
    assert_eq!(
        show(&mut stand, Some(0), 5_500),
        0,
        "that one is at the head"
    );
    assert_eq!(show(&mut stand, Some(0), 2_500), known, "back again");
    assert_eq!(show(&mut stand, None, 2_500), 0);
    let unknown = show(&mut stand, Some(1), 3_000);
    assert!(
        unknown > 50 && unknown != known,
        "in another font: {unknown} points, not {known}"
    );
    stand.player.supply_fonts(vec![Font {
        name: "Mirage.ttf".to_owned(),
        data: odd_font().into(),
    }]);
    assert_eq!(show(&mut stand, Some(1), 2_600), known, "in its own font");
}
