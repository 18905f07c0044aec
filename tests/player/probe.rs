//! What the library learns of files.

mod common;

use std::time::Duration;

use common::*;
use spool_engine::model::TrackKind;
use spool_engine::source::Prober;
use spool_player::GstProber;

#[tokio::test]
async fn a_film_is_described() {
    init();
    let found = GstProber::default().probe(mkv()).await.unwrap();
    assert!(found.duration.unwrap().abs_diff(LENGTH) < Duration::from_millis(200));
    let rows: Vec<_> = found
        .tracks
        .iter()
        .map(|track| {
            (
                track.kind,
                track.codec.as_deref(),
                track.language.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            (TrackKind::Video, Some("h264"), None),
            (TrackKind::Audio, Some("aac"), Some("en")),
            (TrackKind::Audio, Some("aac"), Some("de")),
            (TrackKind::Subtitle, Some("subrip"), Some("en")),
            // The discoverer of GStreamer 1.26 has no tags for ASS.
            (TrackKind::Subtitle, Some("ass"), None),
        ]
    );
    assert_eq!(found.tracks[0].height, Some(180));
}

#[tokio::test]
async fn music_is_described() {
    init();
    let found = GstProber::default().probe(flac()).await.unwrap();
    assert_eq!(found.tracks.len(), 1);
    assert_eq!(found.tracks[0].codec.as_deref(), Some("flac"));
}

#[tokio::test]
async fn a_film_has_a_picture_of_the_width_asked_for() {
    init();
    let prober = GstProber::default();
    for (width, expected) in [(160, 160), (4000, 320)] {
        let jpeg = prober.thumbnail(mkv(), width).await.unwrap();
        let caps = [0xff, 0xd8];
        assert_eq!(jpeg[..2], caps);
        // The frame header (SOF0) holds height and width.
        let at = jpeg
            .windows(2)
            .position(|pair| pair == [0xff, 0xc0])
            .unwrap();
        let size = |at: usize| u32::from(jpeg[at]) << 8 | u32::from(jpeg[at + 1]);
        assert_eq!((size(at + 7), size(at + 5)), (expected, expected * 9 / 16));
    }
}

#[tokio::test]
async fn what_is_no_film_has_neither() {
    init();
    let prober = GstProber::default();
    let text = clip_text("words.mkv", "just words\n");
    assert!(prober.probe(text.clone()).await.is_none());
    assert!(prober.thumbnail(text, 160).await.is_none());
    assert!(prober.probe("/nowhere/at/all.mkv".into()).await.is_none());
    assert!(
        prober
            .thumbnail("/nowhere/at/all.mkv".into(), 160)
            .await
            .is_none()
    );
    assert!(prober.thumbnail(flac(), 160).await.is_none());
}
