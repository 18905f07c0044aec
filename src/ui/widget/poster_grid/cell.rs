//! The grid's cells: one item each, bound to recycled cards, and what all cells share.

use std::cell::{self, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use gtk::glib;
use gtk::prelude::*;
use relm4::typed_view::grid::RelmGridItem;
use spool_engine::model::{Item, ItemId, Presence};

use crate::ui::widget::artwork::Frame;
use crate::ui::widget::feed::Feed;
use crate::ui::widget::poster_card::{PosterCard, spoken};

/// A card that shows an item now.
struct Bound {
    card: PosterCard,
    item: Arc<Item>,
    row: glib::WeakRef<gtk::ListItem>,
}

impl Bound {
    fn set_presence(&self, feed: &Feed, presence: Presence) {
        self.card.set_presence(feed, presence, &self.item);
        self.speak(feed, presence);
    }

    fn speak(&self, feed: &Feed, presence: Presence) {
        if let Some(row) = self.row.upgrade() {
            row.set_accessible_label(&spoken(
                &self.item,
                presence,
                feed.is_away(&self.item.id, presence),
            ));
        }
    }
}

/// What all cells of one grid share.
pub(super) struct Shared {
    feed: Feed,
    viewport: glib::WeakRef<gtk::ScrolledWindow>,
    pub(super) frame: cell::Cell<Frame>,
    bound: RefCell<HashMap<ItemId, Bound>>,
    scan_is_due: cell::Cell<bool>,
}

impl Shared {
    pub(super) fn new(feed: Feed, viewport: &gtk::ScrolledWindow) -> Rc<Self> {
        Rc::new(Self {
            feed,
            viewport: viewport.downgrade(),
            frame: cell::Cell::default(),
            bound: RefCell::default(),
            scan_is_due: cell::Cell::new(false),
        })
    }

    pub(super) fn set_presence(&self, id: &ItemId, presence: Presence) {
        if let Some(bound) = self.bound.borrow().get(id) {
            bound.set_presence(&self.feed, presence);
        }
    }

    pub(super) fn refresh_presence(&self) {
        for (id, bound) in self.bound.borrow().iter() {
            bound.set_presence(&self.feed, self.feed.presence(id));
        }
    }

    pub(super) fn badge_words(&self, id: &ItemId) -> Option<String> {
        self.bound.borrow().get(id)?.card.badge_words()
    }

    pub(super) fn loaded_pictures(&self) -> usize {
        let bound = self.bound.borrow();
        bound
            .values()
            .filter(|bound| bound.card.has_picture())
            .count()
    }

    /// The card that is this widget or contains it, and its item.
    pub(super) fn card_above(&self, widget: &gtk::Widget) -> Option<(PosterCard, Arc<Item>)> {
        let bound = self.bound.borrow();
        let bound = bound.values().find(|bound| {
            let root = bound.card.root.upcast_ref::<gtk::Widget>();
            root == widget
                || widget.is_ancestor(root)
                || root.is_ancestor(widget) && widget.first_child().as_ref() == Some(root)
        })?;
        Some((bound.card.clone(), bound.item.clone()))
    }

    /// Scans once, when GTK has laid out what changed.
    pub(super) fn schedule_scan(self: &Rc<Self>) {
        if self.scan_is_due.replace(true) {
            return;
        }
        let weak = Rc::downgrade(self);
        glib::idle_add_local_once(move || {
            if let Some(shared) = weak.upgrade() {
                shared.scan_is_due.set(false);
                shared.scan();
            }
        });
    }

    /// Tells each bound card whether it is within half a window's height of what is visible.
    fn scan(&self) {
        let Some(viewport) = self
            .viewport
            .upgrade()
            .filter(gtk::ScrolledWindow::is_mapped)
        else {
            return;
        };
        #[expect(clippy::cast_precision_loss, reason = "a height on the screen")]
        let height = viewport.height() as f32;
        for bound in self.bound.borrow().values() {
            let near = bound
                .card
                .root
                .compute_bounds(&viewport)
                .is_some_and(|bounds| {
                    let (top, bottom) = (bounds.y(), bounds.y() + bounds.height());
                    bottom > -height / 2.0 && top < height * 1.5
                });
            bound.card.set_near(near);
        }
    }
}

/// One item of the grid.
pub(super) struct Cell {
    item: Arc<Item>,
    shared: Rc<Shared>,
}

impl Cell {
    pub(super) fn new(item: Arc<Item>, shared: Rc<Shared>) -> Self {
        Self { item, shared }
    }
}

/// A recycled card and the row it is in.
pub(super) struct Widgets {
    card: PosterCard,
    row: glib::WeakRef<gtk::ListItem>,
}

impl RelmGridItem for Cell {
    type Root = gtk::Box;
    type Widgets = Widgets;

    fn setup(row: &gtk::ListItem) -> (gtk::Box, Widgets) {
        let card = PosterCard::new(Frame::Poster);
        let widgets = Widgets {
            card: card.clone(),
            row: row.downgrade(),
        };
        (card.root, widgets)
    }

    fn bind(&mut self, widgets: &mut Widgets, _root: &mut gtk::Box) {
        widgets.card.set_frame(self.shared.frame.get());
        widgets.card.bind(&self.shared.feed, &self.item);
        let bound = Bound {
            card: widgets.card.clone(),
            item: self.item.clone(),
            row: widgets.row.clone(),
        };
        bound.speak(&self.shared.feed, self.shared.feed.presence(&self.item.id));
        self.shared
            .bound
            .borrow_mut()
            .insert(self.item.id.clone(), bound);
        self.shared.schedule_scan();
    }

    fn unbind(&mut self, widgets: &mut Widgets, _root: &mut gtk::Box) {
        widgets.card.unbind();
        let mut all = self.shared.bound.borrow_mut();
        // A splice binds the new card of an item before it unbinds the old one.
        if all
            .get(&self.item.id)
            .is_some_and(|bound| bound.card.root == widgets.card.root)
        {
            all.remove(&self.item.id);
        }
    }
}
