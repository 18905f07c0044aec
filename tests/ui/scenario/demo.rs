//! Looking around first: a library that the program makes itself, plays, and takes away again.

use std::time::{Duration, Instant};

use super::program::{PATIENCE, Program};

const FILM: &str = "The Night Ferry";

#[test]
fn who_looks_around_first_has_something_to_play() {
    let profile = tempfile::tempdir().expect("a folder");
    let mut program = Program::start(profile.path());
    program.hand.click("Look around first");
    program.hand.read("^Drawing a Small Library$", PATIENCE);
    program.shot("demo-making");
    // It comes to Home by itself.
    program.hand.see(FILM);
    program.hand.see("Paper Planets");
    program.shot("demo-home");
    let folder = profile.path().join("data/demo");
    assert!(folder.join("Films").is_dir());

    program.play("Films", FILM);
    program.seek(0.7);
    program.shot("demo-playing");
    // At its end the player makes room for the film's page.
    program.hand.see("Play");
    program.hand.click("Back");

    // Its files go with it, after a question.
    let heading = program
        .hand
        .read("^Demo library: On this computer$", PATIENCE);
    program.hand.click(&heading);
    program.hand.click("Remove");
    program
        .hand
        .read("were made on this device, and are deleted", PATIENCE);
    program.shot("demo-remove");
    program.hand.key("Tab");
    program.hand.key("Return");
    program.hand.see("Look around first");
    let begun = Instant::now();
    while folder.exists() {
        assert!(begun.elapsed() < PATIENCE, "its files stay");
        std::thread::sleep(Duration::from_millis(50));
    }
    program.quit();
}
