//! Two hundred players come and go, and leave nothing behind.
#![allow(clippy::unwrap_used, reason = "what cannot go on fails the test")]

mod common;

use std::time::{Duration, Instant};

use common::*;
use spool_player::Phase;

fn count(folder: &str) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

/// Threads of players and pipelines that are still on their way out.
fn leaving() -> usize {
    std::fs::read_dir("/proc/self/task")
        .unwrap()
        .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok())
        .filter(|name| name.starts_with("spool-"))
        .count()
}

/// Threads and open files, once they are as few as before, or the guard's time is over.
fn settled(before: Option<(usize, usize)>) -> (usize, usize) {
    let end = Instant::now() + GUARD;
    loop {
        let now = (count("/proc/self/task"), count("/proc/self/fd"));
        let few = before.is_none_or(|before| now.0 <= before.0 && now.1 <= before.1);
        if (few && leaving() == 0) || Instant::now() > end {
            return now;
        }
        // Other threads tell nobody that they have ended.
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
    let before = settled(None);
    for round in 0..200 {
        live_once(round);
    }
    let after = settled(Some(before));
    assert!(
        after.0 <= before.0 && after.1 <= before.1,
        "threads and files before {before:?}, after {after:?}"
    );
}
