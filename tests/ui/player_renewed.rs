//! The player's page over a server whose file of a title is another one than was known.
#![allow(
    clippy::expect_used,
    reason = "this is test code: what cannot go on fails the test with a sentence"
)]

#[path = "player/room.rs"]
mod room;

use adw::prelude::*;
use gtk::gdk;
use room::Room;
use spool::ui::page::{Begin, PlayerInput, PlayerOutput};
use spool_engine::model::{ItemId, Kind};
use testkit::titles::{FILMS, THE_LONG_REEL};
use testkit::{Fault, Gate, Options, Stage};

const FILM: &str = FILMS[THE_LONG_REEL].title;
const NEW_SOURCE: &str = "0123456789abcdef0123456789abcdef";

/// A page beside a server, and its film, which somebody has looked at.
fn looked_at() -> (Room, Stage, ItemId) {
    let stage = Stage::new(Options::default());
    let room = Room::open();
    room.sign_in(&stage.server);
    let item = room.title(Kind::Movie, FILM).id;
    let (library, id) = (room.engine.library.clone(), item.clone());
    room.run(async move { library.details(&id).await })
        .expect("the server tells of it");
    (room, stage, item)
}

fn open(room: &Room, item: &ItemId) {
    room.ask(PlayerInput::Open {
        item: item.clone(),
        begin: Begin::WhereLeft,
    });
}

/// What the page told its parent about things that went otherwise.
fn told(room: &Room) -> Vec<String> {
    let outputs = room.outputs.borrow();
    let messages = outputs.iter().filter_map(|output| match output {
        PlayerOutput::Failed(message) => Some(message.title.clone()),
        _ => None,
    });
    messages.collect()
}

/// Whether bytes of the new file were asked for.
fn asks_for_the_new_one(stage: &Stage) -> bool {
    let mut requests = stage.server.requests().into_iter();
    requests.any(|request| request.query.contains(NEW_SOURCE))
}

#[test]
fn a_file_that_was_replaced_before_plays_without_a_word() {
    let (room, stage, item) = looked_at();
    stage.server.jellyfin().replace_source(FILM, NEW_SOURCE);
    open(&room, &item);
    room.until("the first frame", || room.picture());
    assert!(asks_for_the_new_one(&stage));
    assert_eq!(told(&room), Vec::<String>::new());
}

#[test]
fn a_file_that_is_replaced_while_it_plays_goes_on_at_the_same_place() {
    let (room, stage, item) = looked_at();
    let path = stage.server.jellyfin().stream_path(FILM);
    let film = testkit::Media::ready().film(&FILMS[THE_LONG_REEL]);
    let size = std::fs::metadata(film).expect("the film is there").len();
    // Of the old file no more comes than this.
    stage.server.fault(
        &path,
        Fault::Stall {
            after: size * 2 / 5,
            until: Gate::new(),
        },
    );
    open(&room, &item);
    room.until("the first frame", || room.picture());
    // Stands still, so that no place passes before anybody has looked.
    room.press(gdk::Key::space);
    stage.server.clear_faults(None);
    stage.server.jellyfin().replace_source(FILM, NEW_SOURCE);
    room.press(gdk::Key::_8);
    room.until("the place in the new file", || {
        room.picture().filter(|stamp| stamp.second >= 46)
    });
    assert!(asks_for_the_new_one(&stage));
    assert_eq!(
        told(&room),
        ["The server has another file of this title now: playing that one"]
    );
}

#[test]
fn a_file_that_the_server_cannot_find_is_told_as_that_and_tried_again_by_the_button() {
    let (room, stage, item) = looked_at();
    let path = stage.server.jellyfin().stream_path(FILM);
    stage.server.fault(&path, Fault::Status(404));
    open(&room, &item);
    let failure = room.find::<adw::StatusPage>("failure");
    room.until("the failure", || failure.is_mapped().then_some(()));
    assert_eq!(failure.title(), "The server cannot find its file");
    stage.server.clear_faults(None);
    room.ask(PlayerInput::Recover);
    room.until("the first frame", || room.picture());
    assert!(!failure.is_mapped());
}
