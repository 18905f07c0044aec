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
        .filter_map(|widget| widget.downcast::<adw::ToggleGroup>().ok())
        .find(|group| group.toggle_by_name("all").is_some())
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

/// The chip that narrows by this facet, by its tooltip, where it shows.
fn chip(window: &adw::Window, facet: &str) -> Option<gtk::MenuButton> {
    let shown = walk(window).into_iter().filter(gtk::Widget::is_mapped);
    let mut chips = shown.filter_map(|widget| widget.downcast::<gtk::MenuButton>().ok());
    chips.find(|chip| chip.tooltip_text().as_deref() == Some(facet))
}

#[expect(
    clippy::unwrap_used,
    reason = "an action that is not there fails the test"
)]
fn choose(launched: &Launched<LibraryPage>, action: &str, value: &str) {
    let page = launched.page.widget();
    page.activate_action(&format!("library.{action}"), Some(&value.to_variant()))
        .unwrap();
}

/// Films of these years, of which the odd ones are comedies.
fn films_of(years: &[i32]) -> Catalogue {
    let mut catalogue = films(years.len());
    for (number, year) in years.iter().enumerate() {
        let genre = ["Drama", "Comedy"][number % 2];
        catalogue.describe(
            &format!("Film {number:05}"),
            &[
                ("ProductionYear", (*year).into()),
                ("Genres", vec![genre].into()),
            ],
        );
    }
    catalogue
}

#[test]
fn genre_and_decade_narrow_a_library_and_are_dropped_again() {
    let stage = PageStage::new(films_of(&[1984, 1985, 1996, 1997]));
    let launched = launch::<LibraryPage>(&stage.services);
    let window = window(launched.page.widget(), 1300, 700);
    let films = stage.library("Films").id;
    launched.page.emit(LibraryInput::Show(films));
    until("the titles come", || count(&launched) == 4);
    until("the chips come", || {
        chip(&window, "Genre").is_some() && chip(&window, "Year").is_some()
    });
    // All are of one class of picture: nothing to tell apart.
    assert!(chip(&window, "Resolution").is_none());
    assert!(button(&window, "Clear Filters").is_none());
    choose(&launched, "genre", "Comedy");
    until("the comedies", || count(&launched) == 2);
    choose(&launched, "decade", "1980");
    until("that of the eighties", || {
        count(&launched) == 1 && says(&window, "Film 00001")
    });
    let says_of = |facet: &str| chip(&window, facet).and_then(|chip| chip.label());
    assert_eq!(says_of("Genre").as_deref(), Some("Comedy"));
    assert_eq!(says_of("Year").as_deref(), Some("1980s"));
    // It goes with the other filters: nothing of it is on this device.
    choose(&launched, "filter", "on-device");
    until("it says why", || says(&window, "No titles fit"));
    choose(&launched, "filter", "unwatched");
    until("it was not watched", || count(&launched) == 1);
    button(&window, "Remove “Comedy”").unwrap().emit_clicked();
    until("all of the eighties", || count(&launched) == 2);
    assert_eq!(says_of("Genre").as_deref(), Some("Genre"));
    button(&window, "Clear Filters").unwrap().emit_clicked();
    until("all titles", || count(&launched) == 4);
    assert!(button(&window, "Clear Filters").is_none());
    assert_eq!(toggles(&window).active_name().as_deref(), Some("all"));
}

#[test]
fn what_narrows_a_library_is_remembered_and_cleared_from_an_empty_page() {
    let stage = PageStage::new(films_of(&[1984, 1985, 1996, 1997]));
    {
        let (launched, _window) = shown(&stage);
        until("the titles come", || count(&launched) == 4);
        choose(&launched, "genre", "Comedy");
        choose(&launched, "decade", "1990");
        until("one is left", || count(&launched) == 1);
    }
    let film = stage.item(Kind::Movie, "Film 00003").id;
    wait(stage.services.engine.library.set_watched(&film, true)).unwrap();
    let (launched, window) = shown(&stage);
    until("the same one", || {
        count(&launched) == 1 && says(&window, "Film 00003")
    });
    choose(&launched, "filter", "unwatched");
    until("it says so", || says(&window, "No titles fit"));
    // The page's own button; the other one is beside the chips.
    let buttons = walk(&window).into_iter().filter(gtk::Widget::is_mapped);
    let mut buttons = buttons.filter_map(|widget| widget.downcast::<gtk::Button>().ok());
    let clear = buttons.find(|button| button.label().as_deref() == Some("_Clear Filters"));
    clear.unwrap().emit_clicked();
    until("all are back", || count(&launched) == 4);
}

#[test]
fn a_narrow_window_shows_only_the_chips_that_narrow() {
    let stage = PageStage::new(films_of(&[1984, 1985, 1996, 1997]));
    let launched = launch::<LibraryPage>(&stage.services);
    let window = window(launched.page.widget(), 360, 700);
    let films = stage.library("Films").id;
    launched.page.emit(LibraryInput::Show(films));
    until("the titles come", || count(&launched) == 4);
    assert!(chip(&window, "Genre").is_none() && !toggles(&window).is_mapped());
    choose(&launched, "genre", "Comedy");
    until("the one that narrows", || {
        count(&launched) == 2 && chip(&window, "Genre").is_some()
    });
    assert!(chip(&window, "Year").is_none());
    assert!(window.width() <= 360, "{} pixels wide", window.width());
    button(&window, "Remove “Comedy”").unwrap().emit_clicked();
    until("nothing narrows", || {
        count(&launched) == 4 && chip(&window, "Genre").is_none()
    });
}

#[test]
fn favourites_are_those_with_a_heart() {
    let stage = PageStage::new(films(3));
    let (launched, window) = shown(&stage);
    until("the titles come", || count(&launched) == 3);
    choose(&launched, "filter", "favourites");
    until("there is none", || says(&window, "No favourites"));
    let film = stage.item(Kind::Movie, "Film 00001").id;
    let library = &stage.services.engine.library;
    wait(library.set_favourite(&film, true)).unwrap();
    until("the one", || {
        count(&launched) == 1 && says(&window, "Film 00001")
    });
    wait(library.set_favourite(&film, false)).unwrap();
    until("none again", || says(&window, "No favourites"));
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
