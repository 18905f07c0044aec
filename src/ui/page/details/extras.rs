//! Below the head: the overview, what the file holds, where it is from, and its chapters.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use adw::prelude::*;
use gtk::glib;
use spool_engine::model::{Account, Chapter, Kind, size_of, versions};

use super::facts;
use super::load::Title;
use super::overview::Overview;
use crate::i18n::{gettext, gettext_f};
use crate::ui::format;
use crate::ui::widget::stars::Stars;

/// The parts of the page that are only text.
#[derive(Debug)]
pub(super) struct Extras {
    /// Above the children.
    pub(super) overview: Overview,
    /// Below the children.
    pub(super) root: gtk::Box,
    about: gtk::ListBox,
    /// The first row of `about`, which stays: who has given stars keeps the keyboard there.
    rating: adw::ActionRow,
    stars: Stars,
    chapters_heading: gtk::Label,
    chapters: gtk::ListBox,
    /// The chapters of the rows.
    shown: Rc<RefCell<Vec<Chapter>>>,
}

impl Extras {
    pub(super) fn new() -> Self {
        let about = list();
        let stars = Stars::new();
        let rating = adw::ActionRow::builder()
            .title(gettext("Your Rating"))
            .build();
        rating.add_suffix(&stars.root);
        about.append(&rating);
        let chapters = list();
        let chapters_heading = heading(&gettext("Chapters"));
        let about_heading = heading(&gettext("About"));
        let root = gtk::Box::new(gtk::Orientation::Vertical, 12);
        root.append(&chapters_heading);
        root.append(&chapters);
        root.append(&about_heading);
        root.append(&about);
        Self {
            overview: Overview::new(),
            root,
            about,
            rating,
            stars,
            chapters_heading,
            chapters,
            shown: Rc::default(),
        }
    }

    /// Says who is told where a chapter begins that a person chose.
    pub(super) fn connect_chapter(&self, on_chapter: impl Fn(Duration) + 'static) {
        let shown = Rc::clone(&self.shown);
        self.chapters.connect_row_activated(move |_, row| {
            let index = usize::try_from(row.index()).unwrap_or(usize::MAX);
            let start = shown.borrow().get(index).map(|chapter| chapter.start);
            if let Some(start) = start {
                on_chapter(start);
            }
        });
    }

    /// Whether chapters can be played now.
    pub(super) fn set_chapters_sensitive(&self, sensitive: bool) {
        self.chapters.set_sensitive(sensitive);
    }

    /// Shows a title.
    pub(super) fn show(&self, title: &Title, account: Option<&Account>) {
        let item = &title.item;
        let overview = item.overview.as_deref().unwrap_or_default();
        self.overview.show(overview, item.kind == Kind::Artist);
        self.show_chapters(&item.chapters);
        while let Some(row) = self.about.row_at_index(1) {
            self.about.remove(&row);
        }
        self.rating
            .set_visible(account.is_some_and(|account| !account.kind.is_folder()));
        self.show_rating(item.own_rating);
        let audio = item.parts.first().map(facts::audio).unwrap_or_default();
        let part = item.parts.first();
        let subtitles = part.map(|part| facts::subtitles(part, &title.subtitles));
        self.add(&gettext("Genres"), &item.genres.join(", "));
        self.add(&gettext("Audio"), &audio);
        self.add(&gettext("Subtitles"), &subtitles.unwrap_or_default());
        let size = versions(&item.parts).next().and_then(size_of);
        let size = size.map(format::bytes);
        let container = part
            .and_then(|part| part.container.clone())
            .map(|name| name.to_uppercase());
        let file = format::facts([container.unwrap_or_default(), size.unwrap_or_default()]);
        self.add(&gettext("File"), &file);
        self.add(
            &gettext("Source"),
            &account.map(facts::source).unwrap_or_default(),
        );
    }

    /// Shows how many points of 10 the person gave.
    pub(super) fn show_rating(&self, points: Option<u8>) {
        self.stars.set(points);
    }

    /// Says who is told how many points of 10 a person gives, or that they are taken back.
    pub(super) fn connect_rating(&self, on_rating: impl Fn(Option<u8>) + 'static) {
        self.stars.connect_chosen(on_rating);
    }

    fn show_chapters(&self, chapters: &[Chapter]) {
        if *self.shown.borrow() == chapters && !chapters.is_empty() {
            // Whoever stands on a row with the keyboard stays there.
            return;
        }
        self.shown.replace(chapters.to_vec());
        self.chapters.remove_all();
        for (index, chapter) in chapters.iter().enumerate() {
            let number = (index + 1).to_string();
            let name = match chapter.title.as_str() {
                // Translators: {number} is the number of a chapter that has no name.
                "" => gettext_f("Chapter {number}", &[("number", &number)]),
                title => title.to_owned(),
            };
            let row = adw::ActionRow::builder()
                .title(glib::markup_escape_text(&name))
                .css_classes(["compact-row"])
                .activatable(true)
                .build();
            let clock = format::clock(chapter.start);
            // Translators: {time} is a position such as 41:12.
            let hint = gettext_f("Play from {time}", &[("time", &clock)]);
            row.set_tooltip_text(Some(&hint));
            let start = gtk::Label::builder()
                .label(clock)
                .css_classes(["dimmed", "numeric"])
                .build();
            row.add_suffix(&start);
            self.chapters.append(&row);
        }
        self.chapters.set_visible(!chapters.is_empty());
        self.chapters_heading.set_visible(!chapters.is_empty());
    }

    fn add(&self, name: &str, value: &str) {
        if value.is_empty() {
            return;
        }
        let row = adw::ActionRow::builder()
            .title(glib::markup_escape_text(name))
            .subtitle(glib::markup_escape_text(value))
            .css_classes(["property"])
            .build();
        self.about.append(&row);
    }
}

pub(super) fn heading(text: &str) -> gtk::Label {
    gtk::Label::builder()
        .label(text)
        .xalign(0.0)
        .margin_top(12)
        .css_classes(["title-4"])
        .accessible_role(gtk::AccessibleRole::Heading)
        .build()
}

fn list() -> gtk::ListBox {
    gtk::ListBox::builder()
        .selection_mode(gtk::SelectionMode::None)
        .css_classes(["boxed-list"])
        .build()
}
