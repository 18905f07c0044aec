//! The search over all sources under a real engine: from the mirror at once, by kind, and with what the server finds.

mod page_stage;

use adw::prelude::*;
use page_stage::{Launched, PageStage, button, launch, says, texts, until, wait, walk, window};
use relm4::prelude::*;
use spool::ui::page::{SearchOutput, SearchPage};
use spool_engine::model::{AccountState, Kind};
use testkit::{Blob, Catalogue, Media, titles};

fn shown(stage: &PageStage) -> (Launched<SearchPage>, adw::Window) {
    let search = launch::<SearchPage>(&stage.services);
    let window = window(search.page.widget(), 900, 700);
    (search, window)
}

#[expect(clippy::unwrap_used, reason = "what is not there fails the test")]
fn look_for(window: &adw::Window, words: &str) -> gtk::SearchEntry {
    let all = walk(window).into_iter();
    let mut entries = all.filter_map(|widget| widget.downcast::<gtk::SearchEntry>().ok());
    let entry = entries.next().unwrap();
    entry.set_text(words);
    entry
}

#[test]
fn titles_of_every_kind_are_found_while_somebody_types() {
    let stage = PageStage::new(Catalogue::of(Media::ready()));
    let (_search, window) = shown(&stage);
    until("what to do is said", || says(&window, "Search Everything"));
    let show = stage.item(Kind::Show, "The Night Observatory");
    look_for(&window, "night obs");
    until("the show is found", || says(&window, &show.title));
    // Its episodes belong to it.
    until("each kind has its row", || {
        says(&window, "Shows") && says(&window, "Episodes")
    });
    assert!(!says(&window, "Albums"), "{:?}", texts(&window));
    look_for(&window, titles::FILMS[titles::COPPER_VALLEY].title);
    until("another question has another answer", || {
        says(&window, "Films") && !says(&window, "Episodes")
    });
    look_for(&window, "");
    until("nothing is asked", || says(&window, "Search Everything"));
}

#[test]
fn the_server_is_asked_as_soon_as_the_typing_rests() {
    let films = Catalogue::default()
        .and_blob("Harbour", Blob::pattern(1 << 20, 7), 600)
        .and_blob("Valley", Blob::pattern(1 << 20, 8), 600);
    let stage = PageStage::new(films);
    let (search, window) = shown(&stage);
    look_for(&window, "harb");
    until("the server is asked", || {
        let mut asked = stage.server.requests().into_iter();
        asked.any(|it| it.query.contains("searchTerm=harb"))
    });
    until("it is found once", || {
        let texts = texts(&window);
        texts.iter().filter(|text| *text == "Harbour").count() == 1
    });
    until("its card", || button(&window, "Harbour").is_some());
    if let Some(card) = button(&window, "Harbour") {
        card.emit_clicked();
    }
    until("its page is wanted", || {
        matches!(
            search.outputs.borrow().as_slice(),
            [SearchOutput::OpenDetails(_)]
        )
    });
}

#[test]
fn without_the_server_the_mirror_answers() {
    let films = Catalogue::default().and_blob("Harbour", Blob::pattern(1 << 20, 7), 600);
    let mut stage = PageStage::new(films);
    stage.server.stop();
    let accounts = &stage.services.engine.accounts;
    wait(accounts.check(None));
    assert_eq!(accounts.list()[0].state, AccountState::Offline);
    let (_search, window) = shown(&stage);
    look_for(&window, "arb");
    until("it is found", || says(&window, "Harbour"));
    look_for(&window, "zeppelin");
    until("that is not there", || {
        says(&window, "No source has “zeppelin”.")
    });
}
