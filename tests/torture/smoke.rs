//! A short piece of each part of the torture, so that it is never found broken on the night when it is needed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

use std::process::Command;

fn torture(arguments: &[&str]) -> String {
    let ran = Command::new(env!("CARGO_BIN_EXE_torture"))
        .args(arguments)
        .output()
        .unwrap();
    let said = String::from_utf8(ran.stdout).unwrap();
    let complaints = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}{complaints}");
    said
}

#[test]
fn a_few_kills_break_no_promise() {
    let said = torture(&[
        "--kills",
        "4",
        "--cuts",
        "0",
        "--schedules",
        "0",
        "--fuzz-minutes",
        "0",
    ]);
    let last = said.lines().last();
    assert_eq!(
        last,
        Some("torture: 4 kills, 0 cuts, 0 schedules, 0 fuzz minutes, 0 violations"),
        "{said}"
    );
}

#[test]
fn a_power_cut_breaks_no_promise_or_says_why_it_was_not_tried() {
    let said = torture(&[
        "--kills",
        "0",
        "--cuts",
        "1",
        "--schedules",
        "0",
        "--fuzz-minutes",
        "0",
    ]);
    let cut =
        said.ends_with("torture: 0 kills, 1 cuts, 0 schedules, 0 fuzz minutes, 0 violations\n");
    assert!(cut || said.contains("cuts: skipped: "), "{said}");
}
