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
