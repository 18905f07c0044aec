//! A row of the page: an episode with its still, or a track with its number.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use gtk::prelude::*;
use spool_engine::model::{Account, Item, Kind, Presence};

use super::facts::hindrance;
use crate::i18n::gettext_f;
use crate::ui::format;
use crate::ui::widget::Feed;
use crate::ui::widget::artwork::{Artwork, Frame};
use crate::ui::widget::cached_badge::{CachedBadge, Ground};
use crate::ui::widget::poster_card::{Marks, spoken};

/// Width of an episode's still, in pixels.
const STILL: i32 = 128;

/// The row's widgets.
pub(super) struct Row {
    pub(super) root: gtk::ListBoxRow,
    pub(super) item: RefCell<Arc<Item>>,
    still: Option<(Artwork, Marks)>,
    number: gtk::Label,
    title: gtk::Label,
    meta: gtk::Label,
    overview: gtk::Label,
    badge: CachedBadge,
    pub(super) play: gtk::Button,
    presence: Cell<Presence>,
}

impl Row {
    /// A row of this item's kind, which shows it.
    pub(super) fn new(feed: &Feed, item: &Arc<Item>) -> Self {
        let line = gtk::Box::new(gtk::Orientation::Horizontal, 12);
        line.add_css_class("title-row");
        let number = label(&["dimmed", "numeric"]);
        number.set_width_chars(2);
        number.set_xalign(1.0);
        let still = (item.kind == Kind::Episode).then(|| add_still(&line));
        number.set_visible(still.is_none());
        line.append(&number);
        let title = label(&["card-title"]);
        let meta = label(&["caption", "dimmed"]);
        let overview = label(&["caption"]);
        let text = gtk::Box::new(gtk::Orientation::Vertical, 3);
        text.set_hexpand(true);
        text.set_valign(gtk::Align::Center);
        for label in [&title, &meta, &overview] {
            text.append(label);
        }
        line.append(&text);
        let badge = CachedBadge::new(Ground::Plain);
        badge.set_valign(gtk::Align::Center);
        line.append(&badge);
        let play = gtk::Button::builder()
            .icon_name("media-playback-start-symbolic")
            .valign(gtk::Align::Center)
            .css_classes(["flat", "circular"])
            .build();
        line.append(&play);
        let root = gtk::ListBoxRow::builder().child(&line).build();
        let row = Self {
            root,
            item: RefCell::new(item.clone()),
            still,
            number,
            title,
            meta,
            overview,
            badge,
            play,
            presence: Cell::default(),
        };
        row.show(feed, item);
        row
    }

    /// Shows an item of the same kind.
    pub(super) fn show(&self, feed: &Feed, item: &Arc<Item>) {
        self.item.replace(item.clone());
        let number = item
            .index
            .map(|index| index.to_string())
            .unwrap_or_default();
        let numbered = match (item.kind, item.index) {
            // Translators: the title of an episode after its number.
            (Kind::Episode, Some(_)) => gettext_f(
                "{number}. {title}",
                &[("number", &number), ("title", &item.title)],
            ),
            _ => item.title.clone(),
        };
        self.number.set_text(&number);
        self.title.set_text(&numbered);
        let name = gettext_f("Play {title}", &[("title", &item.title)]);
        self.play.set_tooltip_text(Some(&name));
        self.play
            .update_property(&[gtk::accessible::Property::Label(&name)]);
        set_text(&self.meta, &meta(item));
        let overview = item.overview.as_deref().unwrap_or_default();
        set_text(&self.overview, overview);
        if let Some((artwork, marks)) = &self.still {
            artwork.show(feed, item);
            marks.set(item);
        }
        self.set_presence(feed.presence(&item.id));
    }

    /// Shows how much of it is on this device.
    pub(super) fn set_presence(&self, presence: Presence) {
        let item = self.item.borrow();
        self.presence.set(presence);
        self.badge.set(presence, item.kind);
        let words = spoken(&item, presence, false);
        self.root
            .update_property(&[gtk::accessible::Property::Label(&words)]);
    }

    /// Dims what cannot be played now and says why.
    pub(super) fn set_account(&self, account: Option<&Account>) {
        let hindrance = hindrance(account, self.presence.get());
        self.root.set_tooltip_text(hindrance.as_deref());
        self.root.set_activatable(hindrance.is_none());
        self.play.set_sensitive(hindrance.is_none());
        if hindrance.is_some() {
            self.root.add_css_class("away");
        } else {
            self.root.remove_css_class("away");
        }
    }

    /// Leaves out what has no room on a phone.
    pub(super) fn set_narrow(&self, is_narrow: bool) {
        self.play.set_visible(!is_narrow && self.still.is_some());
        let has_overview = !self.overview.text().is_empty();
        self.overview.set_visible(has_overview && !is_narrow);
    }
}

fn add_still(line: &gtk::Box) -> (Artwork, Marks) {
    let artwork = Artwork::new(Frame::Wide, STILL).fixed().near_while_mapped();
    let marks = Marks::new();
    let overlay = gtk::Overlay::builder()
        .child(&artwork)
        .valign(gtk::Align::Center)
        .build();
    overlay.add_overlay(&marks);
    overlay.set_hexpand(false);
    line.append(&overlay);
    (artwork, marks)
}

/// Below the title: how long it is; of an episode that was begun, what is left.
fn meta(item: &Item) -> String {
    let Some(duration) = item.duration else {
        return String::new();
    };
    match item.kind {
        Kind::Track => format::clock(duration),
        _ if item.progress.in_progress() => {
            let left = format::length(duration.saturating_sub(item.progress.position));
            gettext_f("{time} left", &[("time", &left)])
        }
        _ => format::length(duration),
    }
}

fn set_text(label: &gtk::Label, text: &str) {
    label.set_text(text);
    label.set_visible(!text.is_empty());
}

fn label(classes: &[&str]) -> gtk::Label {
    gtk::Label::builder()
        .xalign(0.0)
        .ellipsize(gtk::pango::EllipsizeMode::End)
        .css_classes(classes.to_vec())
        .build()
}
