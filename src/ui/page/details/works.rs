//! The albums of an artist: a row of their own, and one of those of others.

use std::sync::Arc;

use gtk::prelude::*;
use spool_engine::model::{Item, ItemId, Presence};

use super::load::Body;
use crate::i18n::gettext;
use crate::ui::widget::{Choice, Feed, Frame, ShelfRow};

/// The rows; hidden for titles of other kinds.
#[derive(Debug)]
pub(super) struct Works {
    pub(super) root: gtk::Box,
    albums: ShelfRow,
    appears_on: ShelfRow,
}

impl Works {
    /// Empty rows whose cards ask this feed.
    pub(super) fn new(feed: &Feed) -> Self {
        let row = |title: &str| ShelfRow::new(feed.clone(), title, Frame::Square);
        let albums = row(&gettext("Albums"));
        // Translators: albums of others with something that this artist plays.
        let appears_on = row(&gettext("Appears On"));
        let root = gtk::Box::new(gtk::Orientation::Vertical, 12);
        root.add_css_class("works");
        root.append(&albums.root);
        root.append(&appears_on.root);
        Self {
            root,
            albums,
            appears_on,
        }
    }

    fn rows(&self) -> [&ShelfRow; 2] {
        [&self.albums, &self.appears_on]
    }

    /// Says who is told what a person chose on a card.
    pub(super) fn connect_choice(&self, on_choice: impl Fn(Choice, Arc<Item>) + Clone + 'static) {
        for row in self.rows() {
            row.connect_choice(on_choice.clone());
        }
    }

    /// Shows the albums.
    pub(super) fn show(&self, body: &Body) {
        let (albums, appears_on) = match body {
            Body::Works(works) => (&works.albums[..], &works.appears_on[..]),
            Body::Film | Body::Seasons(_) | Body::Tracks(_) => (&[][..], &[][..]),
        };
        self.albums.show(albums);
        self.appears_on.show(appears_on);
        self.root
            .set_visible(!albums.is_empty() || !appears_on.is_empty());
    }

    /// Shows how much of an album is on this device.
    pub(super) fn set_presence(&self, id: &ItemId, presence: Presence) {
        for row in self.rows() {
            row.set_presence(id, presence);
        }
    }

    /// Asks the feed for the presence of every card again.
    pub(super) fn refresh_presence(&self) {
        for row in self.rows() {
            row.refresh_presence();
        }
    }

    /// Number of albums in both rows, for tests.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.albums.len(), self.appears_on.len())
    }
}
