//! Collections, playlists and people as places that one can go to, over a real engine and the kit's server.

mod page_stage;

use adw::prelude::*;
use page_stage::{Launched, PageStage, button, launch, says, until, wait, walk, window};
use relm4::prelude::*;
use spool::ui::page::{
    CollectionsInput, CollectionsOutput, CollectionsPage, DetailsInput, DetailsOutput, DetailsPage,
    ListInput, ListOutput, ListPage, Listed,
};
use spool_engine::model::Kind;
use spool_engine::source::Person;
use testkit::titles::{FILMS, HARBOUR_LIGHTS, THE_LONG_REEL};
use testkit::{Catalogue, Media};

fn stage() -> PageStage {
    PageStage::new(Catalogue::of(Media::ready()))
}

fn film(number: usize) -> &'static str {
    FILMS[number].title
}

/// The page of a list in a window.
fn shown(stage: &PageStage, listed: Listed) -> (Launched<ListPage>, adw::Window) {
    let list = launch::<ListPage>(&stage.services);
    list.page.emit(ListInput::Show(Box::new(listed)));
    let window = window(list.page.widget(), 900, 700);
    (list, window)
}

/// The row of that title.
fn row(window: &adw::Window, title: &str) -> Option<adw::ActionRow> {
    let rows = walk(window).into_iter().filter(gtk::Widget::is_mapped);
    let mut rows = rows.filter_map(|widget| widget.downcast::<adw::ActionRow>().ok());
    rows.find(|row| row.title() == title)
}

#[test]
fn a_playlist_leads_to_its_titles() {
    let stage = stage();
    let face = stage.server.jellyfin();
    face.add_list(false, "Reels", &[film(THE_LONG_REEL)]);
    face.add_list(
        true,
        "Tonight",
        &[film(HARBOUR_LIGHTS), film(THE_LONG_REEL)],
    );
    // Lists come with a refresh.
    wait(stage.services.engine.library.sync(None));
    let account = stage.services.engine.accounts.list()[0].id.clone();
    let page = launch::<CollectionsPage>(&stage.services);
    page.page.emit(CollectionsInput::Show(account));
    let lists = window(page.page.widget(), 700, 700);
    until("the lists", || row(&lists, "Tonight").is_some());
    assert!(says(&lists, "Collections") && says(&lists, "Playlists"));
    assert!(says(&lists, "2 titles") && says(&lists, "1 title"));
    ActionRowExt::activate(&row(&lists, "Tonight").expect("its row"));
    until("the wish to see it", || !page.outputs.borrow().is_empty());
    let CollectionsOutput::Open(playlist) = page.outputs.borrow_mut().remove(0);

    let (list, window) = shown(&stage, Listed::Collection(*playlist));
    until("its titles", || says(&window, film(HARBOUR_LIGHTS)));
    assert!(says(&window, film(THE_LONG_REEL)));
    assert!(says(&window, "Playlist · 2 titles"), "what it is");
    let grids = walk(&window).into_iter();
    let mut grids = grids.filter_map(|widget| widget.downcast::<gtk::GridView>().ok());
    let grid = grids.next().expect("a grid");
    grid.emit_by_name::<()>("activate", &[&0_u32]);
    let first = stage.item(Kind::Movie, film(HARBOUR_LIGHTS)).id;
    until(
        "the wish to see the first",
        || matches!(list.outputs.borrow().as_slice(), [ListOutput::OpenDetails(id)] if *id == first),
    );
}

#[test]
fn somebody_who_took_part_leads_to_what_else_they_are_in() {
    let stage = stage();
    let known = stage.item(Kind::Movie, film(THE_LONG_REEL));
    let details = launch::<DetailsPage>(&stage.services);
    details.page.emit(DetailsInput::Show(known.id));
    let title = window(details.page.widget(), 900, 900);
    until("who took part", || button(&title, "Ruth Okafor").is_some());
    button(&title, "Ruth Okafor")
        .expect("a face")
        .emit_clicked();
    until("the wish to see her", || {
        !details.outputs.borrow().is_empty()
    });
    let asked = details.outputs.borrow_mut().remove(0);
    let DetailsOutput::OpenPerson(account, person) = asked else {
        unreachable!("{asked:?}");
    };
    let (_list, window) = shown(&stage, Listed::Person(account, *person));
    for wanted in [film(THE_LONG_REEL), "A Kite for Tuesday"] {
        until(wanted, || says(&window, wanted));
    }
    assert!(!says(&window, film(HARBOUR_LIGHTS)));
}

#[test]
fn a_list_that_cannot_be_had_says_so_and_tries_again() {
    let mut stage = stage();
    let account = stage.services.engine.accounts.list()[0].id.clone();
    stage.server.stop();
    let person = Person {
        key: Some("nobody".to_owned()),
        name: "Nobody".to_owned(),
        role: None,
        picture: None,
    };
    let (_list, window) = shown(&stage, Listed::Person(account, person));
    until("why", || says(&window, "The server cannot be reached"));
    stage.server.start_again();
    button(&window, "Try Again")
        .expect("a way on")
        .emit_clicked();
    until("an answer", || says(&window, "No Titles"));
}
