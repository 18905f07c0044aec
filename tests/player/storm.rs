//! Seeks, plays and pauses in any order and at any moment: no deadlock, and the last wish is fulfilled.

mod common;

use std::time::Duration;

use common::*;
use spool_player::{Phase, SeekMode};

#[test]
fn the_last_of_a_thousand_wishes_is_fulfilled() {
    let frame = Duration::from_secs(1) / FPS;
    for (path, start) in [(mkv(), true), (mp4_index_first(), false)] {
        let mut stand = Stand::new();
        stand.load(&path, Duration::ZERO, start);
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        for round in 0..1000_u32 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let at = Duration::from_millis((state >> 20) % 14_000);
            match state >> 60 {
                0 => stand.player.play(),
                1 => stand.player.pause(),
                2 => stand.player.set_speed(1.0 + f64::from(round % 3) / 4.0),
                3..9 => stand.player.seek(at, SeekMode::Exact),
                _ => stand.player.seek(at, SeekMode::Key),
            }
            // Now and then the pipeline gets far enough to be disturbed in something else than a seek.
            if round % 50 == 0 {
                stand.until_landed();
            }
        }
        stand.player.pause();
        stand.player.set_speed(1.0);
        let wanted = Duration::from_millis(6_200);
        stand.player.seek(wanted, SeekMode::Exact);
        // Wishes before the last may land first.
        stand.until("the last place", |event| match event {
            spool_player::Event::SeekDone(at) if at.abs_diff(wanted) <= frame => Some(()),
            spool_player::Event::Failed(error) => panic!("failed: {error}"),
            _ => None,
        });
        stand.player.play();
        stand.until_phase(Phase::Ended);
    }
}

#[test]
fn tracks_may_change_at_any_moment() {
    let mut stand = Stand::new();
    stand.load(&mkv(), Duration::ZERO, true);
    let tracks = stand.until_tracks(|tracks| tracks.audio_selected.is_some());
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for round in 0..300_u32 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let pick = usize::try_from(state >> 40 & 1).unwrap_or(0);
        match state >> 61 {
            0..3 => stand.player.select_audio(&tracks.audio[pick].id),
            3 => stand
                .player
                .select_subtitle(Some(&tracks.subtitles[pick].id)),
            4 => stand.player.select_subtitle(None),
            _ => stand.player.seek(
                Duration::from_millis((state >> 20) % 9_000),
                SeekMode::Exact,
            ),
        }
        if round % 30 == 0 {
            stand.player.seek(Duration::from_secs(1), SeekMode::Key);
            stand.until_landed();
        }
    }
    stand.player.select_subtitle(None);
    let other = &tracks.audio[1].id;
    stand.player.select_audio(&tracks.audio[0].id);
    stand.player.select_audio(other);
    stand.player.seek(Duration::from_secs(10), SeekMode::Exact);
    stand.until_phase(Phase::Ended);
    let last = stand.seen.iter().rev().find_map(|event| match event {
        spool_player::Event::Tracks(tracks) => Some(tracks.clone()),
        _ => None,
    });
    assert_eq!(
        last.and_then(|last| last.audio_selected).as_ref(),
        Some(other)
    );
}
