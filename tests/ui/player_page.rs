//! The player's page: keys and buttons in, the player's course and the page's words out.
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
use spool_engine::model::{AccountId, Item, ItemId, Kind};
use testkit::titles::{FILMS, THE_LONG_REEL};
use testkit::{Folder, Media, Options, Stage};

/// A room in which the film of a folder plays.
fn with_film() -> (Room, Item, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let film = &FILMS[THE_LONG_REEL];
    let films = Folder::with_film(Media::ready(), folder.path(), film);
    let room = Room::open();
    let (accounts, path) = (room.engine.accounts.clone(), films.path().to_owned());
    room.run(async move { accounts.add_folder(&path).await })
        .expect("the folder is added");
    let item = room.title(Kind::Movie, film.title);
    room.play(&item.id);
    (room, item, folder)
}

fn tooltip(room: &Room, name: &str) -> String {
    room.find::<gtk::Button>(name)
        .tooltip_text()
        .unwrap_or_default()
        .into()
}

#[test]
fn keys_move_the_playback() {
    let (room, _, _folder) = with_film();
    room.until("the length", || {
        (room.find::<gtk::Label>("duration").label() == "1:00").then_some(())
    });

    room.press(gdk::Key::space);
    room.until("the pause", || {
        (tooltip(&room, "play") == "Play").then_some(())
    });
    room.press(gdk::Key::_5);
    room.until("the middle", || {
        (room.seek_bar().position().as_secs() == 30).then_some(())
    });
    room.until("its picture", || {
        room.picture().filter(|stamp| stamp.second == 30)
    });
    room.press(gdk::Key::Right);
    room.until("ten seconds on", || {
        (room.seek_bar().position().as_secs() == 40).then_some(())
    });
    room.until("its picture", || {
        room.picture().filter(|stamp| stamp.second == 40)
    });
    room.press(gdk::Key::j);
    room.until("thirty seconds back", || {
        room.picture().filter(|stamp| stamp.second == 10)
    });

    room.find::<gtk::Button>("play").emit_clicked();
    room.until("the playing", || {
        (tooltip(&room, "play") == "Pause").then_some(())
    });
    room.until("the next second", || {
        room.picture().filter(|stamp| stamp.second > 10)
    });
}

#[test]
fn the_volume_follows_keys_and_slider_and_is_kept() {
    let (room, _, _folder) = with_film();
    let scale = room.find::<gtk::Scale>("volume");
    room.press(gdk::Key::Down);
    room.until("a softer volume", || {
        ((scale.value() - 0.95).abs() < 1e-6).then_some(())
    });
    scale.set_value(0.5);
    room.press(gdk::Key::m);
    room.until("silence", || {
        (tooltip(&room, "mute") == "Sound On").then_some(())
    });
    room.press(gdk::Key::m);
    room.until("the volume from before", || {
        ((scale.value() - 0.5).abs() < 1e-6).then_some(())
    });
}

#[test]
fn the_menus_offer_what_the_film_has() {
    let (room, _, _folder) = with_film();
    let menu = room
        .find::<gtk::MenuButton>("tracks")
        .menu_model()
        .expect("a menu");
    let count = |section: i32| {
        menu.item_link(section, "section")
            .map_or(0, |items| items.n_items())
    };
    room.until("two sound tracks", || {
        (menu.n_items() == 2 && count(0) == 2).then_some(())
    });
    // Both subtitles of the file, and none.
    room.until("three choices of subtitles", || {
        (count(1) == 3).then_some(())
    });
}

#[test]
fn the_controls_go_when_nothing_moves_and_come_back_with_a_key() {
    let (room, _, _folder) = with_film();
    let controls = room.find::<gtk::Revealer>("bottom");
    room.until("a picture without controls", || {
        (!controls.is_child_revealed()).then_some(())
    });
    room.press(gdk::Key::m);
    room.until("the controls", || {
        controls.is_child_revealed().then_some(())
    });
    // Who pauses wants to see where it stands.
    room.press(gdk::Key::space);
    room.until("the pause", || {
        (tooltip(&room, "play") == "Play").then_some(())
    });
    assert!(controls.reveals_child());
}

#[test]
fn escape_leaves_and_the_screen_is_given_back() {
    let (room, _, _folder) = with_film();
    room.press(gdk::Key::f);
    room.until("the wish for the whole screen", || {
        room.outputs
            .borrow()
            .iter()
            .any(|output| matches!(output, PlayerOutput::Fullscreen(true)))
            .then_some(())
    });
    room.press(gdk::Key::Escape);
    room.until("the end", || {
        room.outputs
            .borrow()
            .iter()
            .any(|output| matches!(output, PlayerOutput::Closed))
            .then_some(())
    });
    assert!(
        room.outputs
            .borrow()
            .iter()
            .any(|output| matches!(output, PlayerOutput::Fullscreen(false)))
    );
}

#[test]
fn a_title_that_is_gone_says_so_and_offers_a_way_on() {
    let room = Room::open();
    let item = ItemId::new(AccountId::random(), "gone");
    room.ask(PlayerInput::Open {
        item,
        begin: Begin::WhereLeft,
    });
    let page = room.find::<adw::StatusPage>("failure");
    room.until("the sentence", || page.is_visible().then_some(()));
    assert!(!page.title().is_empty());
    assert!(!page.description().unwrap_or_default().is_empty());
    room.find::<gtk::Button>("failure-back").emit_clicked();
    room.until("the end", || {
        room.outputs
            .borrow()
            .iter()
            .any(|output| matches!(output, PlayerOutput::Closed))
            .then_some(())
    });
}

#[test]
fn the_seek_bar_shows_what_is_here_as_it_comes() {
    let stage = Stage::new(Options::default());
    let room = Room::open();
    room.sign_in(&stage.server);
    let film = &FILMS[THE_LONG_REEL];
    stage.server.set_rate(Some(400_000));
    let item = room.title(Kind::Movie, film.title);
    room.play(&item.id);
    let here = || {
        room.seek_bar()
            .present()
            .iter()
            .map(|span| span.end - span.start)
            .sum::<f64>()
    };
    let some = room.until("a part", || Some(here()).filter(|here| *here > 0.0));
    assert!(some < 1.0, "a slow server cannot have sent all of it yet");
    stage.server.set_rate(None);
    room.until("all of it", || (here() > 0.999).then_some(()));
}
