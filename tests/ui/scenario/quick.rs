//! Jellyfin by Quick Connect: a code that is typed on another device, and a film that plays with the server gone.

use testkit::titles::THE_LONG_REEL;
use testkit::{Ended, FakeServer, Options, Stage};

use super::program::{PATIENCE, Program};
use super::{film, film_size, goes_on_with_nobody_there, sent, until_badge, until_here};

/// Signs in without a name or a password: the code is typed where somebody is signed in already.
fn sign_in(program: &mut Program, server: &FakeServer) {
    let hand = &mut program.hand;
    hand.click("Sign in to Jellyfin");
    hand.click("Server Address");
    hand.type_text(&server.address());
    hand.key("Return");
    hand.click("Use Quick Connect");
    let spoken = hand.read(r"^Code( \d){6}$", PATIENCE);
    program.shot("quick-code");
    let code: String = spoken.chars().filter(char::is_ascii_digit).collect();
    assert!(
        server.jellyfin().approve(&code),
        "{code} is one of the server's"
    );
    // There is no keyring on the stage: the program asks before it writes the sign-in into a file.
    program.hand.click("Keep in a File");
}

/// Waits until the server has dealt with a report of this kind.
fn heard(server: &FakeServer, path: &str) {
    server.wait_until(
        |log| {
            log.requests_to(path)
                .any(|told| told.ended != Ended::Running)
        },
        PATIENCE,
    );
}

#[test]
fn who_was_let_in_by_a_code_watches_with_and_without_the_server() {
    let mut stage = Stage::new(Options::default());
    let server = &mut stage.server;
    let profile = tempfile::tempdir().expect("a folder");
    let mut program = Program::start(profile.path());
    sign_in(&mut program, server);
    program.play("Films", film());
    program.until_stamp("the first frame", |stamp| {
        stamp.title == THE_LONG_REEL as u8
    });
    heard(server, "/Sessions/Playing");
    until_here(profile.path());
    program.seek(0.5);
    program.until_stamp("a seek to the middle", |stamp| {
        (28..40).contains(&stamp.second)
    });
    program.back_to_grid();
    until_badge(&mut program, "^On this device");
    heard(server, "/Sessions/Playing/Stopped");
    let (position, watched) = server.jellyfin().watched(film());
    assert!(
        !watched && (28..54).contains(&position.as_secs()),
        "{position:?}"
    );
    assert!(sent(server) >= film_size(), "all of it was sent");

    server.stop();
    program.quit();
    let mut program = Program::start(profile.path());
    goes_on_with_nobody_there(&mut program);
    program.quit();

    // The sign-in by a code lasts, and what happened meanwhile is told.
    server.start_again();
    let program = Program::start(profile.path());
    server.wait_until(
        |_| {
            let now = server.jellyfin().watched(film()).0;
            !now.is_zero() && now < position
        },
        PATIENCE,
    );
    program.quit();
}
