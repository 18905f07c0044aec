//! The player's page over a song with words: the line that is sung, a line that is chosen, words put away.
#![allow(
    clippy::expect_used,
    reason = "this is test code: what cannot go on fails the test with a sentence"
)]

#[path = "player/room.rs"]
mod room;

use adw::prelude::*;
use gtk::gdk;
use room::Room;
use spool::ui::page::{Begin, PlayerInput};
use spool_engine::model::Kind;
use testkit::titles::TRACKS;
use testkit::{Options, Stage};

/// A room in which the first track stands at its beginning; the server knows these words of it.
fn with_words(words: &[(f64, &str)]) -> (Room, Stage) {
    let stage = Stage::new(Options::default());
    if !words.is_empty() {
        stage.server.jellyfin().add_lyrics(TRACKS[0].0, words);
    }
    let room = Room::open();
    room.sign_in(&stage.server);
    let track = room.title(Kind::Track, TRACKS[0].0);
    room.ask(PlayerInput::Open {
        item: track.id,
        begin: Begin::At(std::time::Duration::ZERO),
    });
    // A key that comes before there is anything to pause is lost.
    room.until("the song", || {
        (!room.seek_bar().position().is_zero()).then_some(())
    });
    room.press(gdk::Key::space);
    room.until("the pause", || {
        let play = room.find::<gtk::Button>("play").tooltip_text();
        play.is_some_and(|words| words == "Play").then_some(())
    });
    room.press(gdk::Key::_0);
    (room, stage)
}

/// The lines as they stand, each with whether it is sung.
fn lines(room: &Room) -> Vec<(String, bool)> {
    let list = room.find::<gtk::ListBox>("lyrics");
    let rows = (0..).map_while(|index| list.row_at_index(index));
    let line = |row: gtk::ListBoxRow| {
        let label = row.child().and_downcast::<gtk::Label>();
        let words = label.map(|label| label.label()).unwrap_or_default();
        (words.to_string(), row.has_css_class("sung"))
    };
    rows.map(line).collect()
}

fn sung(room: &Room) -> Option<String> {
    let mut lines = lines(room).into_iter();
    lines.find_map(|(words, sung)| sung.then_some(words))
}

#[test]
fn the_line_that_is_sung_stands_out_and_a_chosen_one_is_gone_to() {
    let (room, _stage) = with_words(&[(0.0, "First"), (5.0, ""), (8.0, "Last")]);
    room.until("the first line", || {
        (sung(&room).as_deref() == Some("First")).then_some(())
    });
    let all: Vec<String> = lines(&room).into_iter().map(|(words, _)| words).collect();
    assert_eq!(all, ["First", "♪", "Last"]);
    let list = room.find::<gtk::ListBox>("lyrics");
    assert!(list.is_mapped());
    let last = list.row_at_index(2).expect("the last line");
    last.emit_activate();
    room.until("the last line's place", || {
        (room.seek_bar().position().as_secs() == 8).then_some(())
    });
    room.until("the last line", || {
        (sung(&room).as_deref() == Some("Last")).then_some(())
    });
}

#[test]
fn words_are_put_away_by_key_and_button_and_that_is_remembered() {
    let (room, _stage) = with_words(&[(0.0, "First")]);
    let list = room.find::<gtk::ListBox>("lyrics");
    let button = room.find::<gtk::ToggleButton>("show-lyrics");
    room.until("the words", || list.is_mapped().then_some(()));
    assert!(button.is_visible() && button.is_active());
    room.press(gdk::Key::y);
    room.until("the cover alone", || (!list.is_mapped()).then_some(()));
    assert!(!button.is_active());
    assert!(!room.settings.get::<bool>(spool::settings::Key::Lyrics));
    button.emit_clicked();
    room.until("the words again", || list.is_mapped().then_some(()));
    assert!(room.settings.get::<bool>(spool::settings::Key::Lyrics));
}

#[test]
fn a_song_without_words_offers_none() {
    let (room, stage) = with_words(&[]);
    room.until("the question", || {
        let asked = stage.server.requests_to("/Audio/*");
        let mut asked = asked.iter();
        asked
            .any(|request| request.path.ends_with("/Lyrics"))
            .then_some(())
    });
    room.press(gdk::Key::y);
    room.press(gdk::Key::space);
    room.until("the song", || {
        (room.seek_bar().position().as_secs() > 0).then_some(())
    });
    assert!(!room.find::<gtk::ToggleButton>("show-lyrics").is_visible());
    assert!(!room.find::<gtk::ListBox>("lyrics").is_mapped());
}
