//! The menu of a card: what a person can do with a title without opening it.

use std::rc::Rc;
use std::sync::Arc;

use gtk::prelude::*;
use gtk::{gdk, gio, glib};
use spool_engine::model::{Item, ItemId};

use crate::i18n::gettext;

/// What a person chose to do with a title.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Show its page.
    Open,
    /// Play it, or what comes next in it.
    Play,
    /// Mark it watched or not watched.
    SetWatched(bool),
    /// Take it out of *Continue Watching*.
    Dismiss,
    /// Show the page of the artist whose it is.
    OpenArtist,
}

/// Who is told what was chosen.
pub type OnChoice = Rc<dyn Fn(Choice, Arc<Item>)>;

/// Opens the menu of a title beside a card, at a point within it or below its middle. What stands in *Continue Watching*
/// `may_dismiss` be taken out.
pub fn open(
    card: &impl IsA<gtk::Widget>,
    at: Option<(f64, f64)>,
    item: &Arc<Item>,
    may_dismiss: bool,
    on_choice: &OnChoice,
) {
    let model = model(item);
    if may_dismiss {
        let rest = gio::Menu::new();
        let label = gettext("_Remove from Continue Watching");
        rest.append(Some(&label), Some("card.dismiss"));
        model.append_section(None, &rest);
    }
    let menu = gtk::PopoverMenu::from_model(Some(&model));
    menu.set_parent(card);
    menu.insert_action_group("card", Some(&actions(item, on_choice)));
    menu.set_has_arrow(at.is_none());
    menu.set_position(gtk::PositionType::Bottom);
    if let Some((x, y)) = at {
        #[expect(clippy::cast_possible_truncation, reason = "a point on the screen")]
        let point = gdk::Rectangle::new(x as i32, y as i32, 1, 1);
        menu.set_pointing_to(Some(&point));
        menu.set_halign(gtk::Align::Start);
    }
    // Its action runs after it has closed, so it goes away only when nothing more is to be done.
    menu.connect_closed(|menu| {
        let menu = menu.clone();
        glib::idle_add_local_once(move || menu.unparent());
    });
    menu.popup();
}

/// The artist whose an album or a track is, first of all.
#[must_use]
pub fn artist(item: &Item) -> Option<&ItemId> {
    item.artists
        .iter()
        .find_map(|credit| credit.artist.as_ref())
}

fn model(item: &Item) -> gio::Menu {
    let menu = gio::Menu::new();
    menu.append(Some(&gettext("_Play")), Some("card.play"));
    menu.append(Some(&gettext("_Show Details")), Some("card.open"));
    if artist(item).is_some() {
        menu.append(Some(&gettext("Show _Artist")), Some("card.artist"));
    }
    if !item.kind.is_video() {
        // Nobody watches music.
        return menu;
    }
    let marks = gio::Menu::new();
    if item.progress.watched {
        marks.append(
            Some(&gettext("Mark as _Not Watched")),
            Some("card.unwatched"),
        );
    } else {
        marks.append(Some(&gettext("Mark as _Watched")), Some("card.watched"));
    }
    menu.append_section(None, &marks);
    menu
}

fn actions(item: &Arc<Item>, on_choice: &OnChoice) -> gio::SimpleActionGroup {
    let group = gio::SimpleActionGroup::new();
    let choices = [
        ("play", Choice::Play),
        ("open", Choice::Open),
        ("watched", Choice::SetWatched(true)),
        ("unwatched", Choice::SetWatched(false)),
        ("dismiss", Choice::Dismiss),
        ("artist", Choice::OpenArtist),
    ];
    for (name, choice) in choices {
        let action = gio::SimpleAction::new(name, None);
        let (item, on_choice) = (item.clone(), on_choice.clone());
        action.connect_activate(move |_, _| on_choice(choice, item.clone()));
        group.add_action(&action);
    }
    group
}
