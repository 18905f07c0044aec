//! The player's page over a film that lies in two files: it plays as one.
#![allow(
    clippy::expect_used,
    reason = "this is test code: what cannot go on fails the test with a sentence"
)]

#[path = "player/room.rs"]
mod room;

use std::time::Duration;

use adw::prelude::*;
use gtk::gdk;
use room::Room;
use spool::ui::page::{Begin, PlayerInput, PlayerOutput};
use spool_engine::model::{Item, Kind};
use testkit::stamp::{self, Stamp};
use testkit::titles::{COPPER_VALLEY, FILMS, THE_LONG_REEL};
use testkit::{Catalogue, Media, Options, Stage};

const FILM: &str = "Two Reels";
/// Numbers of the films whose files are its: 20 seconds and 60.
const REELS: [usize; 2] = [COPPER_VALLEY, THE_LONG_REEL];

fn with_film(start: u64) -> (Room, Item, Stage) {
    let films = REELS.map(|number| &FILMS[number]);
    let stage = Stage::new(Options {
        catalogue: Catalogue::default().and_film_in_files(Media::ready(), FILM, &films),
        ..Options::default()
    });
    let room = Room::open();
    room.sign_in(&stage.server);
    let item = room.title(Kind::Movie, FILM);
    room.ask(PlayerInput::Open {
        item: item.id.clone(),
        begin: Begin::At(Duration::from_secs(start)),
    });
    (room, item, stage)
}

/// Waits for a picture of the file of this number from this second of the file on.
fn shows(room: &Room, number: usize, second: u8) -> Stamp {
    let of = |stamp: &Stamp| usize::from(stamp.title) == REELS[number] && stamp.second >= second;
    room.until("a picture", || room.picture().filter(of))
}

fn place(room: &Room) -> u64 {
    room.seek_bar().position().as_secs()
}

fn is_closed(room: &Room) -> bool {
    let outputs = room.outputs.borrow();
    let mut outputs = outputs.iter();
    outputs.any(|output| matches!(output, PlayerOutput::Closed))
}

#[test]
fn one_file_is_followed_by_the_next_and_gone_back_to() {
    let (room, _, stage) = with_film(16);
    shows(&room, 0, 16);
    room.until("the length of both", || {
        (room.find::<gtk::Label>("duration").label() == "1:20").then_some(())
    });
    // By itself.
    shows(&room, 1, 0);
    room.until("its place in the film", || {
        (place(&room) >= 20).then_some(())
    });
    assert!(!is_closed(&room));
    let (_, played) = stage.server.jellyfin().watched(FILM);
    assert!(!played, "half of a film is not the film");

    room.press(gdk::Key::space);
    let play = room.find::<gtk::Button>("play");
    let stands = || play.tooltip_text().is_some_and(|text| text == "Play");
    room.until("the pause", || stands().then_some(()));
    room.press(gdk::Key::_1);
    let back = shows(&room, 0, 8);
    assert_eq!((back.second, place(&room)), (8, 8));
    assert!(stands(), "it stands as it stood");
    room.press(gdk::Key::_5);
    let on = shows(&room, 1, 20);
    assert_eq!((on.second, place(&room)), (20, 40));
    room.press(gdk::Key::Right);
    room.until("ten seconds on in the same file", || {
        room.picture().filter(|stamp| stamp.second == 30)
    });
    assert_eq!(place(&room), 50);
}

#[test]
fn the_end_of_the_last_file_is_the_film_s() {
    let (room, item, stage) = with_film(76);
    shows(&room, 1, 56);
    room.until("the end", || is_closed(&room).then_some(()));
    let library = room.engine.library.clone();
    room.until("it is watched here", || {
        let (library, id) = (library.clone(), item.id.clone());
        let known = room.run(async move { library.item(&id).await });
        known.is_ok_and(|item| item.progress.watched).then_some(())
    });
    room.until("and there", || {
        let (_, played) = stage.server.jellyfin().watched(FILM);
        played.then_some(())
    });
}

/// What the small picture above the seek bar shows.
fn preview(room: &Room) -> Option<Stamp> {
    let picture = room.find::<gtk::Picture>("preview");
    let texture = picture.paintable().and_downcast::<gdk::Texture>()?;
    if !picture.is_visible() {
        return None;
    }
    let mut download = gdk::TextureDownloader::new(&texture);
    download.set_format(gdk::MemoryFormat::R8g8b8a8);
    let (pixels, stride) = download.download_bytes();
    let height = u32::try_from(texture.height()).ok()?;
    stamp::read(height, |x, y| pixels[y as usize * stride + x as usize * 4])
}

#[test]
fn small_pictures_are_of_the_file_that_the_pointer_is_over() {
    let (room, _, _stage) = with_film(0);
    shows(&room, 0, 0);
    for (place, number, second) in [(50, 1, 30), (6, 0, 6), (20, 1, 0)] {
        room.ask(PlayerInput::Look(Some(Duration::from_secs(place))));
        let of =
            |stamp: &Stamp| (usize::from(stamp.title), stamp.second) == (REELS[number], second);
        room.until("its picture", || preview(&room).filter(of));
    }
}

#[test]
fn all_files_of_a_film_of_this_computer_are_on_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (number, reel) in (1..).zip(REELS) {
        let file = folder.path().join(format!("{FILM} - cd{number}.mkv"));
        std::fs::copy(Media::ready().film(&FILMS[reel]), file).expect("a copy of a film");
    }
    let room = Room::open();
    let (accounts, path) = (room.engine.accounts.clone(), folder.path().to_owned());
    room.run(async move { accounts.add_folder(&path).await })
        .expect("the folder is added");
    let item = room.title(Kind::Movie, FILM);
    room.ask(PlayerInput::Open {
        item: item.id,
        begin: Begin::At(Duration::from_secs(30)),
    });
    shows(&room, 1, 10);
    let present = room.seek_bar().present();
    let present: Vec<_> = present.iter().map(|span| (span.start, span.end)).collect();
    assert_eq!(present, [(0.0, 1.0)]);
}
