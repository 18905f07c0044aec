//! The card of one title: its picture with marks and badge, title and a second line.
//!
//! **Owns** its widgets. **Does not know** lists or pages: a grid binds it to items by recycling, a shelf once. Binding is
//! cheap and fetches nothing; the picture comes when the card is near the screen.

mod marks;
mod words;

use gtk::prelude::*;
use spool_engine::model::{Item, Presence};

use super::artwork::{Artwork, Frame};
use super::cached_badge::{CachedBadge, Ground};
use super::feed::Feed;

pub use marks::Marks;
pub use words::{Lines, lines, spoken};

/// The narrowest card of a frame, in pixels: two posters fit beside each other on a phone.
#[must_use]
pub fn min_width(frame: Frame) -> i32 {
    match frame {
        Frame::Poster | Frame::Square => 140,
        Frame::Wide | Frame::Backdrop => 220,
    }
}

/// The card's widgets. Clones are the same card.
#[derive(Clone, Debug)]
pub struct PosterCard {
    /// The outermost widget.
    pub root: gtk::Box,
    artwork: Artwork,
    marks: Marks,
    badge: CachedBadge,
    title: gtk::Label,
    subtitle: gtk::Label,
}

impl PosterCard {
    /// An empty card.
    #[must_use]
    pub fn new(frame: Frame) -> Self {
        let artwork = Artwork::new(frame, min_width(frame));
        let marks = Marks::new();
        let badge = CachedBadge::new(Ground::Picture);
        badge.set_halign(gtk::Align::End);
        badge.set_valign(gtk::Align::Start);
        badge.set_margin_top(8);
        badge.set_margin_end(8);
        let overlay = gtk::Overlay::new();
        overlay.set_child(Some(&artwork));
        overlay.add_overlay(&marks);
        overlay.add_overlay(&badge);
        let title = label(&["card-title"]);
        title.set_margin_top(8);
        let subtitle = label(&["caption", "dimmed"]);
        let root = gtk::Box::new(gtk::Orientation::Vertical, 2);
        root.add_css_class("poster-card");
        root.append(&overlay);
        root.append(&title);
        root.append(&subtitle);
        Self {
            root,
            artwork,
            marks,
            badge,
            title,
            subtitle,
        }
    }

    /// Stays at its least width, whatever the parent could give.
    #[must_use]
    pub fn fixed(self) -> Self {
        Self {
            artwork: self.artwork.fixed(),
            ..self
        }
    }

    /// Changes the form of the picture.
    pub fn set_frame(&self, frame: Frame) {
        self.artwork.set_frame(frame);
    }

    /// Shows an item; its presence is asked of the feed now, and set again by [`PosterCard::set_presence`] as it changes.
    pub fn bind(&self, feed: &Feed, item: &Item) {
        let lines = lines(item);
        self.title.set_text(&lines.title);
        self.subtitle.set_text(&lines.subtitle);
        self.marks.set(item);
        self.set_presence(feed, feed.presence(&item.id), item);
        self.artwork.show(feed, item);
    }

    /// Forgets the item, its picture and the request for it.
    pub fn unbind(&self) {
        self.artwork.clear();
    }

    /// Shows how much of the item is on this device; a title that cannot be played now is dimmed.
    pub fn set_presence(&self, feed: &Feed, presence: Presence, item: &Item) {
        self.badge.set(presence, item.kind);
        if feed.is_away(&item.id, presence) {
            self.root.add_css_class("away");
        } else {
            self.root.remove_css_class("away");
        }
    }

    /// Says whether the card is on the screen or about to be.
    pub fn set_near(&self, near: bool) {
        self.artwork.set_near(near);
    }

    /// Whether the picture is shown, rather than its placeholder.
    #[must_use]
    pub fn has_picture(&self) -> bool {
        self.artwork.is_loaded()
    }

    /// What the badge says, if there is one.
    #[must_use]
    pub fn badge_words(&self) -> Option<String> {
        self.badge.tooltip_text().map(Into::into)
    }
}

fn label(classes: &[&str]) -> gtk::Label {
    gtk::Label::builder()
        .xalign(0.0)
        .ellipsize(gtk::pango::EllipsizeMode::End)
        // The picture says how wide a card is: a long title must not make one wider than its neighbours.
        .max_width_chars(1)
        .single_line_mode(true)
        .css_classes(classes.to_vec())
        .build()
}
