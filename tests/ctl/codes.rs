//! Exit codes.

use testkit::Options;

use crate::program::Ctl;

#[test]
fn wrong_usage_is_two() {
    let ctl = Ctl::new(Options::default());
    for arguments in [
        &["frobnicate"][..],
        &["play", "x"],
        &["play", "x", "--headless", "--start", "soon"],
        &["fetch", "x", "--range", "9-3"],
        &["cache", "limit", "much"],
        &[],
    ] {
        assert_eq!(ctl.run(arguments).code, Some(2), "{arguments:?}");
    }
    let ran = ctl.run(&[
        "accounts",
        "add",
        "jellyfin",
        &ctl.server().address(),
        "--user",
        "ada",
    ]);
    ran.failed(2, "--password-stdin");
}

#[test]
fn a_profile_in_use_is_three_and_stays_unharmed() {
    let ctl = Ctl::signed_in(Options::default());
    let mut running = ctl.start(&["--json", "play", "The Long Reel", "--headless"]);
    running.until(|line| line["event"] == "first-frame");
    let ran = ctl.run(&["ls"]).failed(3, "running");
    assert!(ran.out.is_empty());
    assert_eq!(ctl.run(&["--json", "ls"]).json()["code"], 3);
    running.until(|line| line["event"] == "position");
    drop(running);
    ctl.run(&["ls"]).done();
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let ctl = Ctl::signed_in(Options::default());
    let mut child = ctl.command(&["fetch", "The Long Reel"]).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
