//! The page of an artist under a real engine, and the ways that lead to it.

mod page_stage;

use adw::prelude::*;
use page_stage::{Launched, PageStage, button, launch, says, until, wait, walk, window};
use relm4::prelude::*;
use spool::ui::page::{DetailsInput, DetailsOutput, DetailsPage, LibraryInput, LibraryPage};
use spool_engine::model::{ItemId, Kind};
use testkit::titles::{ALBUM, ARTIST, ARTIST_OVERVIEW, TRACKS};
use testkit::{Catalogue, Media, Record};

const GUEST: &str = "Mira Vane";
const TOGETHER: Record = Record {
    title: "Ferry Songs",
    year: 2025,
    artists: &[ARTIST, "Ó Braonáin"],
    tracks: &[("Gangway", &[ARTIST, GUEST]), ("Wake", &["Ó Braonáin"])],
};
const SAMPLER: Record = Record {
    title: "Night Market",
    year: 2019,
    artists: &["Various Artists"],
    tracks: &[("Stall Nine", &[GUEST]), ("Low Tide", &[ARTIST])],
};

fn stage() -> PageStage {
    let media = Media::ready();
    let catalogue = Catalogue::of(media)
        .and_record(media, &TOGETHER)
        .and_record(media, &SAMPLER);
    PageStage::new(catalogue)
}

fn shown(stage: &PageStage, id: ItemId) -> (Launched<DetailsPage>, adw::Window) {
    let launched = launch::<DetailsPage>(&stage.services);
    let window = window(launched.page.widget(), 1000, 900);
    launched.page.emit(DetailsInput::Show(id));
    (launched, window)
}

/// What is to play one after the other.
fn order(launched: &Launched<DetailsPage>) -> Option<Vec<ItemId>> {
    let mut outputs = launched.outputs.borrow_mut();
    let found = outputs
        .iter()
        .position(|output| matches!(output, DetailsOutput::PlayAll(_)))?;
    match outputs.remove(found) {
        DetailsOutput::PlayAll(ids) => Some(ids),
        _ => None,
    }
}

fn opened(launched: &Launched<DetailsPage>) -> Option<ItemId> {
    let outputs = launched.outputs.borrow();
    outputs.iter().find_map(|output| match output {
        DetailsOutput::OpenDetails(id) => Some(id.clone()),
        _ => None,
    })
}

/// The button with this tooltip.
fn hinted(window: &adw::Window, hint: &str) -> Option<gtk::Button> {
    walk(window)
        .into_iter()
        .filter_map(|widget| widget.downcast::<gtk::Button>().ok())
        .find(|button| button.tooltip_text().as_deref() == Some(hint))
}

#[test]
fn an_artist_shows_albums_and_plays_them() {
    let stage = stage();
    let artist = stage.item(Kind::Artist, ARTIST);
    let (launched, window) = shown(&stage, artist.id);
    until("the albums", || launched.page.model().albums() == (2, 1));
    for words in [
        ARTIST,
        "2 albums · Ambient",
        ARTIST_OVERVIEW,
        "Albums",
        "Appears On",
    ] {
        until(words, || says(&window, words));
    }
    button(&window, "Play").unwrap().emit_clicked();
    let track = |title: &str| stage.item(Kind::Track, title).id;
    let newest_first = ["Gangway", "Wake"].into_iter();
    let all: Vec<ItemId> = newest_first
        .chain(TRACKS.iter().map(|(title, _)| *title))
        .map(track)
        .collect();
    let mut found = None;
    until("all is to be played", || {
        found = order(&launched);
        found.is_some()
    });
    assert_eq!(found, Some(all.clone()));
    button(&window, "Shuffle").unwrap().emit_clicked();
    until("all is to be played in some order", || {
        found = order(&launched);
        found.is_some()
    });
    let (mut found, mut all) = (found.unwrap(), all);
    found.sort();
    all.sort();
    assert_eq!(found, all);
}

#[test]
fn an_album_leads_to_each_of_its_artists() {
    let stage = stage();
    let album = stage.item(Kind::Album, TOGETHER.title);
    let (launched, window) = shown(&stage, album.id);
    let other = TOGETHER.artists[1];
    until("both are named", || {
        says(&window, ARTIST) && says(&window, other)
    });
    hinted(&window, &format!("Show {other}"))
        .unwrap()
        .emit_clicked();
    let expected = stage.item(Kind::Artist, other).id;
    until("the page of the other", || {
        opened(&launched).as_ref() == Some(&expected)
    });
    button(&window, "Shuffle").unwrap().emit_clicked();
    let mut found = None;
    until("the album in some order", || {
        found = order(&launched);
        found.is_some()
    });
    assert_eq!(found.map(|ids| ids.len()), Some(2));
}

#[test]
fn a_guest_without_albums_has_a_page() {
    let stage = stage();
    let track = stage.item(Kind::Track, "Gangway");
    let guest = track.artists[1].artist.clone().unwrap();
    let (launched, window) = shown(&stage, guest);
    until("the albums of others", || {
        launched.page.model().albums() == (0, 2)
    });
    until("the name", || says(&window, GUEST));
    button(&window, "Play").unwrap().emit_clicked();
    let mut found = None;
    until("what the guest plays is to be played", || {
        found = order(&launched);
        found.is_some()
    });
    let expected = ["Gangway", "Stall Nine"].map(|title| stage.item(Kind::Track, title).id);
    assert_eq!(found.unwrap(), expected);
}

fn titles(launched: &Launched<LibraryPage>) -> Vec<String> {
    let items = launched.page.model().grid().items();
    items.iter().map(|item| item.title.clone()).collect()
}

#[test]
fn a_library_of_music_shows_albums_or_artists_and_remembers() {
    let stage = stage();
    let music = stage.library("Music").id;
    let show = || {
        let launched = launch::<LibraryPage>(&stage.services);
        let window = window(launched.page.widget(), 900, 700);
        launched.page.emit(LibraryInput::Show(music.clone()));
        (launched, window)
    };
    let (launched, window) = show();
    let albums = [TOGETHER.title, SAMPLER.title, ALBUM];
    until("the albums", || titles(&launched) == albums);
    until("they are counted", || says(&window, "3 albums"));
    let toggles = walk(&window)
        .into_iter()
        .find_map(|widget| widget.downcast::<adw::ToggleGroup>().ok())
        .unwrap();
    toggles.set_active_name(Some("artists"));
    let artists = [ARTIST, TOGETHER.artists[1], "Various Artists"];
    until("the artists", || titles(&launched) == artists);
    until("they are counted", || says(&window, "3 artists"));
    until("their cards say how much is theirs", || {
        says(&window, "2 albums")
    });
    let (again, _window) = show();
    until("artists again", || titles(&again) == artists);
    launched
        .page
        .widget()
        .activate_action("library.filter", Some(&"favourites".to_variant()))
        .unwrap();
    until("none is loved", || titles(&launched).is_empty());
    let artist = stage.item(Kind::Artist, ARTIST).id;
    wait(stage.services.engine.library.set_favourite(&artist, true)).unwrap();
    until("one is loved", || titles(&launched) == [ARTIST]);
    toggles.set_active_name(Some("albums"));
    until("no album is", || titles(&launched).is_empty());
}
