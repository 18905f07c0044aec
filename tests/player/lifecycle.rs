//! Two hundred players come and go, and leave nothing behind.

mod common;

use std::time::{Duration, Instant};

use common::*;
use spool_player::Phase;

fn count(folder: &str) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

/// Threads and open files, once nothing is on its way out any more.
fn settled(at_most: (usize, usize)) -> (usize, usize) {
    let end = Instant::now() + GUARD;
    loop {
        let now = (count("/proc/self/task"), count("/proc/self/fd"));
        if (now.0 <= at_most.0 && now.1 <= at_most.1) || Instant::now() > end {
            return now;
        }
        // Waiting for other threads to end has no event to wait on.
        std::thread::yield_now();
    }
}

fn live_once(round: u32) {
    let mut stand = Stand::new();
    stand.load(&webm(), Duration::from_secs(u64::from(round % 3)), true);
    match round % 4 {
        // Dropped at once, while opening.
        0 => {}
        1 => stand.until_first_frame(),
        2 => stand.until_phase(Phase::Playing),
        _ => {
            stand.until_first_frame();
            stand.player.stop();
            stand.until_phase(Phase::Idle);
        }
    }
}

#[test]
fn players_come_and_go_without_a_trace() {
    // The first ones make what the process keeps: type registrations, pools.
    for round in 0..8 {
        live_once(round);
    }
    let before = settled((0, 0).max((6, 16)));
    for round in 0..200 {
        live_once(round);
    }
    let after = settled(before);
    assert!(
        after.0 <= before.0 && after.1 <= before.1,
        "threads and files before {before:?}, after {after:?}"
    );
}
