//! One window for each profile: a second start raises the first, and a profile that is in use says so.
#![allow(
    clippy::expect_used,
    reason = "this is test code: what cannot go on fails the test with a sentence"
)]

#[path = "scenario/program.rs"]
mod program;

use std::time::Instant;

use program::{PATIENCE, Program, command};

#[test]
fn a_second_start_leaves_the_window_to_the_first() {
    let home = tempfile::tempdir().expect("a folder");
    let own = |command: &mut std::process::Command| {
        for name in ["XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"] {
            command.env(name, home.path().join(name));
        }
    };
    let mut program = Program::with(own);
    program.hand.see("Welcome to Spool");
    let mut second = command();
    own(&mut second);
    let mut second = second.spawn().expect("it starts");
    let begun = Instant::now();
    let end = loop {
        if let Some(end) = second.try_wait().expect("it can be waited for") {
            break end;
        }
        assert!(begun.elapsed() < PATIENCE, "the second one stays");
        std::thread::yield_now();
    };
    assert!(end.success());
    program.hand.click("Sign in to Jellyfin");
    program.hand.see("Server Address");
    // An open dialog keeps the window's keys to itself.
    program.hand.key("Escape");
    program.hand.gone("Server Address");
    program.quit();
}

#[test]
fn a_profile_in_use_is_said_and_free_again_after_the_first_has_gone() {
    let profile = tempfile::tempdir().expect("a folder");
    let mut first = Program::start(profile.path());
    first.hand.see("Welcome to Spool");
    let mut second = Program::start(profile.path());
    second.hand.read("^Spool is already running$", PATIENCE);
    second.shot("in-use");
    // Both windows lie at the same place without a window manager; the second is above.
    first.end();
    second.hand.click("Try Again");
    second.hand.see("Welcome to Spool");
    second.quit();
}
