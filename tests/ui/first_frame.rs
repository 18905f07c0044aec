//! A title is opened, and a moment later its own picture is on the page: through the folder's file, and through the
//! cache from a server.
#![allow(
    clippy::expect_used,
    reason = "this is test code: what cannot go on fails the test with a sentence"
)]

#[path = "player/room.rs"]
mod room;

use std::time::Duration;

use room::Room;
use spool::ui::page::{Begin, PlayerInput};
use spool_engine::model::Kind;
use testkit::titles::{FILMS, HARBOUR_LIGHTS, THE_GLASS_ORCHARD, THE_LONG_REEL};
use testkit::{Folder, Media, Options, Stage};

fn number(film: usize) -> u8 {
    u8::try_from(film).expect("few films")
}

#[test]
fn a_film_of_a_folder_shows_its_first_picture() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let film = &FILMS[THE_LONG_REEL];
    let films = Folder::with_film(Media::ready(), folder.path(), film);
    let room = Room::open();
    let (accounts, path) = (room.engine.accounts.clone(), films.path().to_owned());
    room.run(async move { accounts.add_folder(&path).await })
        .expect("the folder is added");
    let item = room.title(Kind::Movie, film.title);
    room.ask(PlayerInput::Open {
        item: item.id,
        begin: Begin::WhereLeft,
    });
    let stamp = room.until("the first picture", || room.picture());
    assert_eq!(stamp.title, number(THE_LONG_REEL));
    assert!(
        stamp.second <= 5,
        "begins at its beginning, not at second {}",
        stamp.second
    );
}

#[test]
fn a_film_of_a_server_shows_its_first_picture_through_the_cache() {
    let stage = Stage::new(Options::default());
    let room = Room::open();
    room.sign_in(&stage.server);
    // The index of this file is at its end: the player has to read there before it can show anything.
    for film in [HARBOUR_LIGHTS, THE_GLASS_ORCHARD] {
        let item = room.title(Kind::Movie, FILMS[film].title);
        room.ask(PlayerInput::Open {
            item: item.id,
            begin: Begin::WhereLeft,
        });
        let wanted = number(film);
        room.until("the film's own picture", || {
            room.picture().filter(|stamp| stamp.title == wanted)
        });
    }
    assert_eq!(stage.server.heads(), 0);
}

#[test]
fn a_film_begins_at_a_chapter_whatever_was_watched() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let film = &FILMS[THE_LONG_REEL];
    let films = Folder::with_film(Media::ready(), folder.path(), film);
    let room = Room::open();
    let (accounts, path) = (room.engine.accounts.clone(), films.path().to_owned());
    room.run(async move { accounts.add_folder(&path).await })
        .expect("the folder is added");
    let item = room.title(Kind::Movie, film.title);
    room.ask(PlayerInput::Open {
        item: item.id,
        begin: Begin::At(Duration::from_secs(40)),
    });
    let stamp = room.until("the chapter's picture", || {
        room.picture().filter(|stamp| stamp.second >= 40)
    });
    assert!(
        (40..45).contains(&stamp.second),
        "begins at second {}",
        stamp.second
    );
}

#[test]
fn a_film_goes_on_at_the_very_second() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let film = &FILMS[THE_LONG_REEL];
    let films = Folder::with_film(Media::ready(), folder.path(), film);
    let room = Room::open();
    let (accounts, path) = (room.engine.accounts.clone(), films.path().to_owned());
    room.run(async move { accounts.add_folder(&path).await })
        .expect("the folder is added");
    let item = room.title(Kind::Movie, film.title);
    room.play(&item.id);
    room.until("the length", || {
        (room.seek_bar().position() > Duration::ZERO).then_some(())
    });
    room.press(gtk::gdk::Key::_5);
    room.until("the middle", || {
        room.picture().filter(|stamp| stamp.second >= 30)
    });
    room.ask(PlayerInput::Close);
    let left = room.saved(&item.id);
    assert!(left >= Duration::from_secs(29), "saved {left:?}");

    room.ask(PlayerInput::Open {
        item: item.id.clone(),
        begin: Begin::WhereLeft,
    });
    let second = u8::try_from(left.as_secs()).expect("a short film");
    let stamp = room.until("the picture where it was left", || {
        room.picture().filter(|stamp| stamp.second >= second)
    });
    assert!(
        stamp.second <= second + 5,
        "left at {left:?}, goes on at {}",
        stamp.second
    );
}
