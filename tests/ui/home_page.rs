//! Home under a real engine: what is in its rows, how they follow the library, and what a click means.

mod page_stage;

use std::time::Duration;

use adw::prelude::*;
use page_stage::{Launched, PageStage, button, launch, says, texts, until, wait, walk, window};
use relm4::prelude::*;
use spool::ui::page::{HomeOutput, HomePage};
use spool_engine::model::{ItemId, Kind};
use spool_engine::secret::{Keep, Secret};
use testkit::titles::{ALBUM, TRACKS};
use testkit::{Blob, Catalogue, Connection, FakeServer, Media, Options};

/// Size of a film's file.
const FILM_BYTES: u64 = 8_000_000;

/// Films that cannot be played, for they are never played here.
fn films(count: u64) -> Catalogue {
    (0..count).fold(Catalogue::default(), |catalogue, number| {
        catalogue.and_blob(
            &format!("Film {number}"),
            Blob::pattern(FILM_BYTES, number),
            5400,
        )
    })
}

fn shown(stage: &PageStage) -> (Launched<HomePage>, adw::Window) {
    let home = launch::<HomePage>(&stage.services);
    let window = window(home.page.widget(), 900, 700);
    (home, window)
}

/// Plays a title up to a position, as the player reports it.
#[expect(clippy::unwrap_used, reason = "what cannot go on fails the test")]
fn watch(stage: &PageStage, item: &ItemId, position: Duration) {
    let playable = wait(stage.services.engine.playback.open(item)).unwrap();
    wait(playable.session.started(Duration::ZERO));
    wait(playable.session.stopped(position));
}

/// The button of a title's card in the row below this heading.
fn card(window: &adw::Window, heading: &str, title: &str) -> Option<gtk::Button> {
    let all = walk(window);
    let at = all.iter().position(|widget| {
        widget.is_mapped()
            && widget
                .downcast_ref::<gtk::Label>()
                .is_some_and(|label| label.text() == heading)
    })?;
    let buttons = all[at..]
        .iter()
        .filter_map(|widget| widget.downcast_ref::<gtk::Button>());
    buttons
        .into_iter()
        .find(|button| says(*button, title))
        .cloned()
}

#[test]
fn what_is_new_is_there_before_anything_was_watched() {
    let stage = PageStage::new(films(3));
    let (_home, window) = shown(&stage);
    until("the row", || says(&window, "Recently Added"));
    for title in ["Film 0", "Film 1", "Film 2"] {
        assert!(says(&window, title), "{title}");
        let times = texts(&window).iter().filter(|text| *text == title).count();
        assert_eq!(times, 1, "{title} appears {times} times");
    }
    assert!(
        !says(&window, "Continue Watching"),
        "an empty row has no heading"
    );
    assert!(!says(&window, "On This Device"));
}

#[test]
fn a_title_that_was_begun_goes_on_with_one_click() {
    let stage = PageStage::new(films(2));
    let film = stage.item(Kind::Movie, "Film 1");
    let (home, window) = shown(&stage);
    until("the page", || says(&window, "Recently Added"));
    watch(&stage, &film.id, Duration::from_secs(1800));
    until("the row comes without being asked", || {
        says(&window, "Continue Watching")
    });

    until("its card", || {
        card(&window, "Continue Watching", "Film 1").is_some()
    });
    card(&window, "Continue Watching", "Film 1")
        .expect("its card")
        .emit_clicked();
    until(
        "the wish to play",
        || matches!(home.outputs.borrow().as_slice(), [HomeOutput::Play(id)] if *id == film.id),
    );
}

/// The menu of a card, opened by the secondary button.
#[expect(clippy::expect_used, reason = "what is not there fails the test")]
fn open_menu(card: &gtk::Button) -> gtk::PopoverMenu {
    let controllers = card.observe_controllers();
    let all = (0..controllers.n_items()).filter_map(|at| controllers.item(at));
    let mut clicks = all.filter_map(|one| one.downcast::<gtk::GestureClick>().ok());
    let click = clicks.find(|click| click.button() == gtk::gdk::BUTTON_SECONDARY);
    click
        .expect("it can be clicked")
        .emit_by_name::<()>("pressed", &[&1_i32, &5.0_f64, &5.0_f64]);
    let below = walk(card).into_iter();
    let mut menus = below.filter_map(|widget| widget.downcast::<gtk::PopoverMenu>().ok());
    menus.next().expect("its menu")
}

/// Whether a section of the menu has this action.
fn model_says(menu: &gtk::PopoverMenu, action: &str) -> bool {
    let Some(model) = menu.menu_model() else {
        return false;
    };
    let sections = (0..model.n_items()).filter_map(|at| model.item_link(at, "section"));
    let mut entries = sections.flat_map(|section| {
        (0..section.n_items()).filter_map(move |at| {
            let action = section.item_attribute_value(at, "action", None)?;
            action.get::<String>()
        })
    });
    entries.any(|entry| entry == action)
}

#[test]
fn a_title_is_taken_out_of_what_goes_on_by_its_menu() {
    let stage = PageStage::new(films(2));
    let film = stage.item(Kind::Movie, "Film 1");
    watch(&stage, &film.id, Duration::from_secs(1800));
    let (_home, window) = shown(&stage);
    let there = || card(&window, "Continue Watching", "Film 1");
    until("its card", || there().is_some());
    // What is only new has nothing to be taken out of.
    let new = card(&window, "Recently Added", "Film 1").expect("its other card");
    let menu = open_menu(&new);
    assert!(!model_says(&menu, "card.dismiss"));
    menu.popdown();
    let menu = open_menu(&there().expect("its card"));
    menu.activate_action("card.dismiss", None)
        .expect("it can be taken out");
    until("its card is gone", || !says(&window, "Continue Watching"));
}

/// Somebody on a Plex server of their own beside the server of the stage.
#[expect(clippy::unwrap_used, reason = "what cannot go on fails the test")]
fn join_plex(stage: &PageStage) -> (FakeServer, FakeServer) {
    let (server, tv) = (
        FakeServer::start(Options {
            catalogue: films(3),
            ..Options::default()
        }),
        FakeServer::start(Options::default()),
    );
    tv.plex_tv()
        .offer(&server, true, vec![Connection::plain(&server)]);
    let accounts = &stage.services.engine.accounts;
    accounts.set_plex_tv(&tv.address().parse().unwrap());
    let token = Secret::new(tv.plex_tv().token_of("Ada"));
    let entry = wait(accounts.enter_plex(&token)).unwrap();
    let machine = entry.servers[0].machine_id.clone();
    let account = wait(accounts.add_plex(&entry, &machine, Keep::Session)).unwrap();
    for synced in wait(stage.services.engine.library.sync(Some(account.id))) {
        synced.result.unwrap();
    }
    (server, tv)
}

#[test]
fn what_a_server_puts_forward_stands_below_with_its_name_where_there_are_others() {
    let mut stage = PageStage::new(films(1));
    let (mut server, mut tv) = join_plex(&stage);
    let accounts = stage.services.engine.accounts.list();
    let plex = accounts.last().expect("the other account");
    let heading = format!("Top Rated · {}", plex.name);
    // All of it is in the database.
    for server in [&mut stage.server, &mut server, &mut tv] {
        server.stop();
    }
    let (_home, window) = shown(&stage);
    until("the heading", || says(&window, &heading));
    assert!(card(&window, &heading, "Film 2").is_some());
    let accounts = &stage.services.engine.accounts;
    let other = accounts.list()[0].id.clone();
    wait(accounts.remove(&other)).expect("it is removed");
    until("the server's words alone", || {
        texts(&window).iter().any(|text| text == "Top Rated")
    });
}

#[test]
fn a_new_title_opens_its_page() {
    let stage = PageStage::new(films(1));
    let film = stage.item(Kind::Movie, "Film 0");
    let (home, window) = shown(&stage);
    until("its card", || {
        card(&window, "Recently Added", "Film 0").is_some()
    });
    card(&window, "Recently Added", "Film 0")
        .expect("its card")
        .emit_clicked();
    until(
        "the wish to see it",
        || matches!(home.outputs.borrow().as_slice(), [HomeOutput::OpenDetails(id)] if *id == film.id),
    );
}

#[test]
fn what_arrives_on_this_device_joins_its_row() {
    let stage = PageStage::new(films(2));
    let film = stage.item(Kind::Movie, "Film 0");
    let (_home, window) = shown(&stage);
    until("the page", || says(&window, "Recently Added"));
    stage.fetch(&film.id, 1_000_000);
    until("the row", || says(&window, "On This Device"));
    until("its card", || {
        card(&window, "On This Device", "Film 0").is_some()
    });
}

#[test]
fn without_a_title_the_page_says_what_to_expect() {
    let stage = PageStage::new(Catalogue::default().and_blob("Film", Blob::pattern(1000, 1), 60));
    let account = stage.services.engine.accounts.list()[0].id.clone();
    wait(stage.services.engine.accounts.remove(&account)).expect("it is removed");
    let (_home, window) = shown(&stage);
    until("the words", || says(&window, "Nothing Here Yet"));
    assert!(button(&window, "Scroll On").is_none(), "no row is drawn");
}

#[test]
fn rows_come_from_the_database_when_the_server_is_gone() {
    let mut stage = PageStage::new(films(2));
    stage.server.stop();
    let (_home, window) = shown(&stage);
    until("the row", || says(&window, "Film 1"));
}

#[test]
fn the_next_episode_of_a_show_is_one_click_away() {
    let stage = PageStage::new(Catalogue::of(Media::ready()));
    let first = stage.item(Kind::Episode, "First Light");
    let (home, window) = shown(&stage);
    until("the page", || says(&window, "Recently Added"));
    assert!(!says(&window, "Next Up"));
    wait(stage.services.engine.library.set_watched(&first.id, true)).expect("it is marked");
    until("its row", || {
        card(&window, "Next Up", "Dark Adaptation").is_some()
    });
    card(&window, "Next Up", "Dark Adaptation")
        .expect("its card")
        .emit_clicked();
    let second = stage.item(Kind::Episode, "Dark Adaptation").id;
    until(
        "the wish to play",
        || matches!(home.outputs.borrow().as_slice(), [HomeOutput::Play(id)] if *id == second),
    );
}

#[test]
fn each_library_has_a_row_of_what_is_new_and_albums_one_of_what_was_played() {
    let stage = PageStage::new(Catalogue::of(Media::ready()));
    let (_home, window) = shown(&stage);
    for library in ["Films", "Shows", "Music"] {
        until(library, || {
            says(&window, &format!("Recently Added in {library}"))
        });
    }
    assert!(!says(&window, "Albums Played Lately"));
    let album = stage.item(Kind::Album, ALBUM);
    let track = stage.item(Kind::Track, TRACKS[0].0);
    wait(stage.services.engine.library.set_watched(&track.id, true)).expect("it is marked");
    until("its album", || {
        card(&window, "Albums Played Lately", &album.title).is_some()
    });
}
