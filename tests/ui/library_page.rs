//! The page of a library under a real engine: empty, failed, ten thousand titles, keyboard, live badges.

mod page_stage;

use adw::prelude::*;
use gtk::glib::translate::IntoGlib;
use page_stage::{Launched, PageStage, button, launch, says, until, wait, walk, window};
use relm4::prelude::*;
use spool::ui::page::{LibraryInput, LibraryOutput, LibraryPage};
use spool_engine::model::{Kind, LibraryId};
use testkit::{Blob, Catalogue, Media};

/// Size of a film's file.
const FILM_BYTES: usize = 8_000_000;

/// Films that cannot be played, for they are never played here.
fn films(count: usize) -> Catalogue {
    (0..count).fold(Catalogue::default(), |catalogue, number| {
        let blob = Blob::pattern(FILM_BYTES as u64, number as u64);
        catalogue.and_blob(&format!("Film {number:05}"), blob, 5400)
    })
}

fn shown(stage: &PageStage) -> (Launched<LibraryPage>, adw::Window) {
    let launched = launch::<LibraryPage>(&stage.services);
    let window = window(launched.page.widget(), 900, 700);
    launched
        .page
        .emit(LibraryInput::Show(stage.library("Films").id));
    (launched, window)
}

fn count(launched: &Launched<LibraryPage>) -> usize {
    launched.page.model().grid().len()
}

#[test]
fn a_library_is_listed_in_order_with_its_count() {
    let stage = PageStage::new(films(3));
    let (launched, window) = shown(&stage);
    until("the titles come", || count(&launched) == 3);
    let titles: Vec<_> = launched
        .page
        .model()
        .grid()
        .items()
        .iter()
        .map(|item| item.title.clone())
        .collect();
    assert_eq!(titles, ["Film 00000", "Film 00001", "Film 00002"]);
    until("the header counts them", || says(&window, "3 films"));
    until("the cards are drawn", || says(&window, "Film 00002"));
}

#[test]
fn a_filter_that_leaves_nothing_says_so_and_offers_all() {
    let stage = PageStage::new(films(3));
    let (launched, window) = shown(&stage);
    until("the titles come", || count(&launched) == 3);
    launched
        .page
        .widget()
        .activate_action("library.filter", Some(&"on-device".to_variant()))
        .unwrap();
    until("it says why", || says(&window, "Nothing on this device"));
    button(&window, "_Show All")
        .or_else(|| button(&window, "Show All"))
        .unwrap()
        .emit_clicked();
    until("all are back", || {
        count(&launched) == 3 && says(&window, "Film 00000")
    });
}

#[test]
fn words_narrow_the_list_and_an_empty_answer_says_so() {
    let stage = PageStage::new(films(12));
    let (launched, window) = shown(&stage);
    until("the titles come", || count(&launched) == 12);
    launched.page.emit(LibraryInput::FocusSearch);
    let entry = || {
        walk(&window)
            .into_iter()
            .find_map(|widget| widget.downcast::<gtk::SearchEntry>().ok())
    };
    until("the search field opens", || {
        entry().is_some_and(|entry| entry.is_mapped())
    });
    entry().unwrap().set_text("00011");
    until("one title is left", || count(&launched) == 1);
    entry().unwrap().set_text("nowhere");
    until("it says so", || says(&window, "No titles found"));
}

fn key(widget: &impl IsA<gtk::Widget>, key: gtk::gdk::Key) {
    let controllers = widget.observe_controllers();
    let keys = (0..controllers.n_items())
        .filter_map(|at| controllers.item(at))
        .filter_map(|item| item.downcast::<gtk::EventControllerKey>().ok());
    for controller in keys {
        let none = gtk::gdk::ModifierType::empty();
        let arguments: [&dyn gtk::glib::value::ToValue; 3] = [&key.into_glib(), &0_u32, &none];
        let _: bool = controller.emit_by_name("key-pressed", &arguments);
    }
}

fn has_the_keyboard(window: &adw::Window, title: &str) -> bool {
    let focus = gtk::prelude::GtkWindowExt::focus(window);
    focus.is_some_and(|cell| cell.css_name() == "child" && says(&cell, title))
}

#[test]
fn down_and_enter_lead_from_the_search_to_the_titles() {
    let stage = PageStage::new(films(12));
    let (launched, window) = shown(&stage);
    until("the titles come", || count(&launched) == 12);
    launched.page.emit(LibraryInput::FocusSearch);
    let entry = || {
        walk(&window)
            .into_iter()
            .find_map(|widget| widget.downcast::<gtk::SearchEntry>().ok())
            .filter(|entry| entry.is_mapped())
    };
    until("the search field opens", || entry().is_some());
    let entry = entry().unwrap();
    // Enter follows the last letter at once: what has the keyboard then must be what was searched for.
    entry.set_text("00007");
    entry.emit_activate();
    until("the one that is found", || {
        has_the_keyboard(&window, "Film 00007")
    });
    entry.grab_focus();
    entry.set_text("0000");
    key(&entry, gtk::gdk::Key::Down);
    until("the first of many", || {
        has_the_keyboard(&window, "Film 00000")
    });
    assert_eq!(count(&launched), 10);
}

#[expect(clippy::expect_used, reason = "what is not there fails the test")]
fn toggles(window: &adw::Window) -> adw::ToggleGroup {
    walk(window)
        .into_iter()
        .find_map(|widget| widget.downcast::<adw::ToggleGroup>().ok())
        .expect("the filters")
}

#[test]
fn a_library_is_looked_at_as_it_was_left() {
    let stage = PageStage::new(films(3));
    {
        let (launched, _window) = shown(&stage);
        until("the titles come", || count(&launched) == 3);
        let page = launched.page.widget();
        let year = "year".to_variant();
        page.activate_action("library.sort", Some(&year)).unwrap();
        let filter = "on-device".to_variant();
        page.activate_action("library.filter", Some(&filter))
            .unwrap();
        until("none is on this device", || count(&launched) == 0);
    }
    // Another page over the same settings is the next start of the program.
    let (_launched, window) = shown(&stage);
    until("the filter", || says(&window, "Nothing on this device"));
    let chosen = toggles(&window).active_name();
    assert_eq!(chosen.as_deref(), Some("on-device"));
}

#[test]
fn music_is_not_watched() {
    let stage = PageStage::new(Catalogue::of(Media::ready()));
    let launched = launch::<LibraryPage>(&stage.services);
    let window = window(launched.page.widget(), 900, 700);
    let show = |title: &str| {
        let library = stage.library(title).id;
        launched.page.emit(LibraryInput::Show(library));
    };
    show("Music");
    until("the album", || says(&window, "1 album"));
    assert!(says(&window, "On This Device"));
    assert!(!says(&window, "Unwatched") && !says(&window, "In Progress"));
    show("Films");
    until("the filters of films", || says(&window, "Unwatched"));
    assert_eq!(toggles(&window).active_name().as_deref(), Some("all"));
}

#[test]
fn a_library_that_is_gone_says_so() {
    let stage = PageStage::new(films(1));
    let gone = LibraryId::new(stage.library("Films").id.account().clone(), "gone");
    let launched = launch::<LibraryPage>(&stage.services);
    let window = window(launched.page.widget(), 900, 700);
    launched.page.emit(LibraryInput::Show(gone));
    until("it says so", || says(&window, "Not there any more"));
}

#[test]
fn ten_thousand_titles_make_few_cells() {
    let stage = PageStage::new(films(10_000));
    let (launched, window) = shown(&stage);
    until("all titles come", || count(&launched) == 10_000);
    until("the header counts them", || says(&window, "10000 films"));
    let cards = walk(&window)
        .into_iter()
        .filter(|widget| widget.has_css_class("poster-card"))
        .count();
    assert!(
        (10..=400).contains(&cards),
        "{cards} cards for ten thousand titles"
    );
}

#[test]
fn the_keyboard_opens_a_title() {
    let stage = PageStage::new(films(5));
    let (launched, window) = shown(&stage);
    until("the titles come", || count(&launched) == 5);
    launched.page.model().grid().focus(3);
    let focus = || gtk::prelude::GtkWindowExt::focus(&window);
    until("a cell has the keyboard", || {
        focus().is_some_and(|cell| cell.css_name() == "child")
    });
    focus().unwrap().activate();
    let wanted = stage.item(Kind::Movie, "Film 00003").id;
    until("the title is to be opened", || {
        launched
            .outputs
            .borrow()
            .iter()
            .any(|output| matches!(output, LibraryOutput::OpenDetails(id) if *id == wanted))
    });
}

#[test]
fn a_badge_follows_the_bytes() {
    let stage = PageStage::new(films(3));
    let (launched, _window) = shown(&stage);
    let film = stage.item(Kind::Movie, "Film 00001").id;
    let words = || launched.page.model().grid().badge_words(&film);
    until("the titles come", || count(&launched) == 3);
    assert_eq!(words(), None);
    // Slow enough that the rest is still on its way when the first part is here.
    stage.server.set_rate(Some(1_000_000));
    let playable = wait(stage.services.engine.playback.open(&film)).unwrap();
    wait(playable.reader.read_at(0, 300_000)).unwrap();
    until("the badge says a share", || {
        words().is_some_and(|words| words.contains("% on this device"))
    });
    stage.server.set_rate(None);
    wait(playable.reader.read_at(0, FILM_BYTES)).unwrap();
    until("the badge says all", || {
        words().as_deref() == Some("On this device")
    });
}

#[test]
fn what_a_server_that_went_away_has_not_left_here_is_dimmed() {
    let mut stage = PageStage::new(films(3));
    let (launched, window) = shown(&stage);
    until("the titles come", || count(&launched) == 3);
    stage.fetch(&stage.item(Kind::Movie, "Film 00001").id, FILM_BYTES);
    let away = || {
        let cards = walk(&window).into_iter();
        let cards = cards.filter(|widget| widget.has_css_class("poster-card"));
        cards
            .filter(|card| card.has_css_class("away"))
            .filter(|card| card.is_mapped())
            .count()
    };
    assert_eq!(away(), 0);
    stage.server.stop();
    wait(stage.services.engine.accounts.check(None));
    until("two of three are dimmed", || away() == 2);
}
