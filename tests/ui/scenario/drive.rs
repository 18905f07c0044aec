//! A network drive by clicks: a film of it stays as it plays, and plays on with the drive gone.

use std::path::Path;

use testkit::titles::{FILMS, PAPER_MOONS, THE_LONG_REEL};
use testkit::{Folder, Media};

use super::program::{PATIENCE, Program};
use super::{film, goes_on_with_nobody_there, until_badge, until_here};

/// Adds a folder that is said to lie on a drive in the network, from the first page on.
fn add_drive(program: &mut Program, folder: &Path) {
    let hand = &mut program.hand;
    hand.click("Add a folder");
    hand.click("Folder");
    hand.type_text(&folder.display().to_string());
    hand.click("On a Network Drive");
    program.shot("drive-add");
    program.hand.click("Add");
}

#[test]
fn a_film_of_a_network_drive_plays_on_without_the_drive() {
    let place = tempfile::tempdir().expect("a folder");
    let (drive, away) = (place.path().join("drive"), place.path().join("away"));
    let _laid_out = Folder::lay_out(Media::ready(), &drive);
    let profile = tempfile::tempdir().expect("a folder");
    let mut program = Program::start(profile.path());
    add_drive(&mut program, &drive);
    program.play("Films", film());
    program.until_stamp("the first frame", |stamp| {
        stamp.title == THE_LONG_REEL as u8
    });
    until_here(profile.path());
    program.seek(0.5);
    program.until_stamp("a seek to the middle", |stamp| {
        (28..40).contains(&stamp.second)
    });
    program.back_to_grid();
    until_badge(&mut program, "^On this device");
    program.shot("drive-badge");
    program.quit();

    std::fs::rename(&drive, &away).expect("the drive goes");
    let mut program = Program::start(profile.path());
    program.hand.read(": The drive is not connected", PATIENCE);
    goes_on_with_nobody_there(&mut program);
    program.hand.click(FILMS[PAPER_MOONS].title);
    let pattern = "^This title is not on this device, and the network drive .* is not connected";
    program.hand.read(pattern, PATIENCE);
    program.shot("drive-away");
    program.hand.click("Back");

    // It comes back, and nobody has to say so.
    std::fs::rename(&away, &drive).expect("the drive comes back");
    program.hand.read(": Connected$", PATIENCE);
    program.hand.click(FILMS[PAPER_MOONS].title);
    program.hand.click("Play");
    program.until_stamp("a film that was never here", |stamp| {
        stamp.title == PAPER_MOONS as u8
    });
    program.quit();
}
