//! The player's page over a server's file whose colours would come out wrong.
#![allow(
    clippy::expect_used,
    reason = "this is test code: what cannot go on fails the test with a sentence"
)]

#[path = "player/room.rs"]
mod room;

use adw::prelude::*;
use room::Room;
use spool::ui::page::PlayerOutput;
use spool_engine::model::Kind;
use testkit::titles::{FILMS, THE_LONG_REEL};
use testkit::{Options, Stage};

const FILM: &str = FILMS[THE_LONG_REEL].title;

/// How often the server was asked for what ends like this.
fn asked(stage: &Stage, end: &str) -> usize {
    let requests = stage.server.requests();
    let of = |path: &str| path.ends_with(end);
    requests.iter().filter(|request| of(&request.path)).count()
}

#[test]
fn it_is_converted_without_a_word_until_the_person_chooses_the_original() {
    let stage = Stage::new(Options::default());
    stage.server.jellyfin().set_range(FILM, "DOVI");
    let room = Room::open();
    room.sign_in(&stage.server);
    let item = room.title(Kind::Movie, FILM);
    room.play(&item.id);
    assert_eq!(asked(&stage, "/master.m3u8"), 1);
    assert_eq!(asked(&stage, "/stream"), 0);
    let is_word = |output: &PlayerOutput| matches!(output, PlayerOutput::Failed(_));
    assert!(!room.outputs.borrow().iter().any(is_word));
    let menu = room.find::<gtk::MenuButton>("quality");
    room.until("the choice", || menu.is_visible().then_some(()));
    menu.activate_action("player.quality", Some(&"original".to_variant()))
        .expect("the menu is about this");
    room.until("the file", || (asked(&stage, "/stream") > 0).then_some(()));
    room.until("its picture", || room.picture());
    assert_eq!(asked(&stage, "/master.m3u8"), 1);
}
