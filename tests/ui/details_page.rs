//! The page of a title under a real engine: a film, a show, an album, and a server that is gone.

mod page_stage;

use std::time::Duration;

use adw::prelude::*;
use page_stage::{Launched, PageStage, button, launch, says, until, wait, walk, window};
use relm4::prelude::*;
use spool::ui::page::{DetailsInput, DetailsOutput, DetailsPage};
use spool_engine::model::{AccountState, Item, ItemId, Kind, Presence};
use testkit::{Catalogue, Media, titles};

fn stage() -> PageStage {
    PageStage::new(Catalogue::of(Media::ready()))
}

fn shown(stage: &PageStage, id: ItemId) -> (Launched<DetailsPage>, adw::Window) {
    let launched = launch::<DetailsPage>(&stage.services);
    let window = window(launched.page.widget(), 1000, 900);
    launched.page.emit(DetailsInput::Show(id));
    (launched, window)
}

fn rows(window: &adw::Window) -> Vec<gtk::ListBoxRow> {
    let rows = walk(window)
        .into_iter()
        .filter_map(|widget| widget.downcast::<gtk::ListBoxRow>().ok());
    rows.filter(|row| {
        row.is_mapped()
            && row
                .child()
                .is_some_and(|line| line.has_css_class("title-row"))
    })
    .collect()
}

fn played(launched: &Launched<DetailsPage>) -> Option<ItemId> {
    launched
        .outputs
        .borrow()
        .iter()
        .find_map(|output| match output {
            DetailsOutput::Play(id) => Some(id.clone()),
            _ => None,
        })
}

#[test]
fn a_film_tells_what_it_is_and_plays() {
    let stage = stage();
    let film = stage.item(Kind::Movie, titles::FILMS[titles::THE_LONG_REEL].title);
    let (launched, window) = shown(&stage, film.id.clone());
    until("what the database knows", || {
        says(&window, &film.title) && says(&window, "H.264")
    });
    until("what the source adds", || {
        says(&window, "Chapters") && says(&window, "Subtitles")
    });
    let chapter = walk(&window)
        .into_iter()
        .filter_map(|widget| widget.downcast::<adw::ActionRow>().ok())
        .find(|row| row.tooltip_text().as_deref() == Some("Play from 0:15"))
        .expect("the second chapter");
    WidgetExt::activate(&chapter);
    until("it is to be played from its chapter", || {
        let outputs = launched.outputs.borrow();
        outputs.iter().any(|output| {
            matches!(output, DetailsOutput::PlayFrom(id, at) if *id == film.id && at.as_secs() == 15)
        })
    });
    until("where it is from", || says(&window, "Jellyfin server"));
    button(&window, "Play").unwrap().emit_clicked();
    until("it is to be played", || {
        played(&launched).as_ref() == Some(&film.id)
    });
}

#[test]
fn a_film_that_was_begun_resumes_or_starts_over() {
    let stage = stage();
    let film = stage.item(Kind::Movie, titles::FILMS[titles::HARBOUR_LIGHTS].title);
    let playable = wait(stage.services.engine.playback.open(&film.id)).unwrap();
    wait(playable.session.started(Duration::ZERO));
    wait(playable.session.stopped(Duration::from_secs(12)));
    let (launched, window) = shown(&stage, film.id.clone());
    until("the button says from where", || {
        says(&window, "Resume from 0:12")
    });
    button(&window, "Play from Beginning")
        .unwrap()
        .emit_clicked();
    until("it is to start over", || {
        launched
            .outputs
            .borrow()
            .iter()
            .any(|output| matches!(output, DetailsOutput::PlayFrom(id, Duration::ZERO) if *id == film.id))
    });
}

#[test]
fn a_show_has_seasons_and_plays_what_comes_next() {
    let stage = stage();
    let show = stage.item(Kind::Show, titles::SHOW);
    let (launched, window) = shown(&stage, show.id);
    until("the first season", || {
        says(&window, &format!("1. {}", titles::EPISODES[0][0]))
    });
    assert_eq!(rows(&window).len(), titles::EPISODES[0].len());
    assert!(says(&window, "Play S01E01"));
    let toggles = walk(&window)
        .into_iter()
        .find_map(|widget| widget.downcast::<adw::ToggleGroup>().ok())
        .unwrap();
    toggles.set_active(1);
    until("the second season", || {
        says(&window, &format!("1. {}", titles::EPISODES[1][0]))
    });

    let first = stage.item(Kind::Episode, titles::EPISODES[0][0]);
    wait(stage.services.engine.library.set_watched(&first.id, true)).unwrap();
    until("the next episode is offered", || {
        says(&window, "Play S01E02")
    });
    button(&window, "Play S01E02").unwrap().emit_clicked();
    let second = stage.item(Kind::Episode, titles::EPISODES[0][1]).id;
    until("the next episode is to be played", || {
        played(&launched).as_ref() == Some(&second)
    });
}

#[test]
fn an_album_lists_its_tracks() {
    let stage = stage();
    let album = stage.item(Kind::Album, titles::ALBUM);
    let (launched, window) = shown(&stage, album.id);
    until("the tracks", || rows(&window).len() == titles::TRACKS.len());
    rows(&window)[1].emit_activate();
    let second = stage.item(Kind::Track, titles::TRACKS[1].0).id;
    until("the second track is to be played", || {
        played(&launched).as_ref() == Some(&second)
    });
}

#[test]
fn without_the_server_only_what_is_here_can_be_played() {
    let mut stage = stage();
    let here = stage.item(Kind::Episode, titles::EPISODES[0][0]);
    stage.fetch(&here.id, 100_000_000);
    let show = stage.item(Kind::Show, titles::SHOW);
    stage.server.stop();
    wait(stage.services.engine.accounts.check(None));
    let accounts = stage.services.engine.accounts.clone();
    until("the account is offline", || {
        accounts.list()[0].state == AccountState::Offline
    });
    let (_launched, window) = shown(&stage, show.id);
    until("the episodes", || {
        rows(&window).len() == titles::EPISODES[0].len()
    });
    until("what is here is not dimmed, and the rest is", || {
        let rows = rows(&window);
        let away: Vec<bool> = rows.iter().map(|row| row.has_css_class("away")).collect();
        away == [false, true, true]
    });
    let why = rows(&window)[1].tooltip_text().unwrap();
    assert!(why.contains("cannot be reached now"), "{why}");

    let film = stage.item(Kind::Movie, titles::FILMS[titles::PAPER_MOONS].title);
    let (_launched, window) = shown(&stage, film.id);
    until("the film says what it needs", || {
        says(&window, "This title needs the network") && says(&window, "cannot be reached now")
    });
    assert!(!button(&window, "Play").unwrap().is_sensitive());
}

#[test]
fn another_title_is_shown_from_its_top_and_the_bar_says_what_has_scrolled_below_it() {
    let stage = stage();
    let show = stage.item(Kind::Show, titles::SHOW);
    let launched = launch::<DetailsPage>(&stage.services);
    let window = window(launched.page.widget(), 360, 400);
    launched.page.emit(DetailsInput::Show(show.id));
    until("the episodes", || !rows(&window).is_empty());
    let find = |name: &str| {
        walk(&window)
            .into_iter()
            .find(|one| one.is_mapped() && one.type_().name() == name)
    };
    let place = find("GtkScrolledWindow").and_downcast::<gtk::ScrolledWindow>();
    let place = place.unwrap().vadjustment();
    let bar = find("AdwHeaderBar")
        .and_downcast::<adw::HeaderBar>()
        .unwrap();
    assert!(!bar.shows_title());
    until("there is something to scroll", || {
        place.set_value(place.upper());
        place.value() > 300.0
    });
    until("the bar has the title", || bar.shows_title());

    let film = stage.item(Kind::Movie, titles::FILMS[titles::PAPER_MOONS].title);
    launched.page.emit(DetailsInput::Show(film.id));
    until("the film is at its top", || {
        says(&window, &film.title) && place.value() == 0.0 && !bar.shows_title()
    });
}

#[test]
fn a_film_is_kept_on_this_device_and_let_go() {
    let stage = stage();
    let film = stage.item(Kind::Movie, titles::FILMS[titles::COPPER_VALLEY].title);
    let (_launched, window) = shown(&stage, film.id.clone());
    until("it can be kept", || {
        button(&window, "Keep on This Device").is_some()
    });
    button(&window, "Keep on This Device")
        .unwrap()
        .emit_clicked();
    until("it is whole and stays", || {
        button(&window, "Stop Keeping on This Device").is_some()
            && stage.services.engine.library.presence(&film.id) == Presence::Whole
    });
    button(&window, "Stop Keeping on This Device")
        .unwrap()
        .emit_clicked();
    until("it goes like others again", || {
        button(&window, "Keep on This Device").is_some()
    });
}

#[test]
fn a_favourite_and_stars_are_kept_and_told() {
    let stage = stage();
    let film = stage.item(Kind::Movie, titles::FILMS[titles::COPPER_VALLEY].title);
    let known = |what: &str, holds: &dyn Fn(&Item) -> bool| {
        until(what, || {
            holds(&wait(stage.services.engine.library.item(&film.id)).unwrap())
        });
    };
    let (_launched, window) = shown(&stage, film.id.clone());
    let press = |name: &str| {
        until(name, || button(&window, name).is_some());
        button(&window, name).unwrap().emit_clicked();
    };
    press("Add to Favourites");
    known("it is a favourite", &|item| item.favourite);
    press("Rate with 4 Stars");
    known("it has its stars", &|item| item.own_rating == Some(8));
    until("the server heard of both", || {
        wait(stage.services.engine.library.outbox())
            .unwrap()
            .is_empty()
    });
    // What the server says now is what was chosen.
    for synced in wait(stage.services.engine.library.sync(None)) {
        synced.result.unwrap();
    }
    known("the server knows", &|item| {
        item.favourite && item.own_rating == Some(8)
    });
    press("Take Back Your Rating");
    known("it has none any more", &|item| item.own_rating.is_none());
    press("Remove from Favourites");
    known("it is none any more", &|item| !item.favourite);
}

#[test]
fn a_film_with_two_versions_plays_and_keeps_the_one_that_is_chosen() {
    let stage = stage();
    let [film, other] =
        [titles::THE_LONG_REEL, titles::HARBOUR_LIGHTS].map(|at| titles::FILMS[at].title);
    stage.server.jellyfin().add_version(film, other, 1080);
    let item = stage.item(Kind::Movie, film);
    let (_launched, window) = shown(&stage, item.id.clone());
    let menu = || {
        let menus = walk(&window).into_iter();
        let mut menus = menus.filter_map(|widget| widget.downcast::<gtk::MenuButton>().ok());
        menus.find(|menu| menu.is_mapped() && menu.tooltip_text().as_deref() == Some("Version"))
    };
    until("the choice", || {
        menu().is_some_and(|menu| says(&menu, "360p"))
    });
    let details = wait(stage.services.engine.library.details(&item.id)).unwrap();
    let finer = details.item.parts[1].clone();
    menu()
        .unwrap()
        .activate_action("version.choose", Some(&finer.id.key().to_variant()))
        .unwrap();
    until("its name on the button", || {
        menu().is_some_and(|menu| says(&menu, other))
    });
    let opens = || {
        let playable = wait(stage.services.engine.playback.open(&item.id)).unwrap();
        playable.part.id == finer.id
    };
    until("it plays", opens);
    button(&window, "Keep on This Device")
        .unwrap()
        .emit_clicked();
    until("it is kept", || {
        let key = spool_engine::cache::CacheKey::from(finer.id.clone());
        let entry = wait(stage.services.engine.cache.entry(&key)).unwrap();
        entry.is_some_and(|entry| entry.class == spool_engine::cache::Class::Kept)
    });
}
