//! A grid of cards that stays quick with tens of thousands of titles.
//!
//! **Owns** the list and its cells. GTK binds 32 rows of cells whatever the window shows, so binding fetches nothing; a scan
//! after each scroll or change tells the cards near the window to get their pictures, and the others to drop theirs.
//! **Does not know** where items come from, how they are sorted, or what a choice leads to.

mod cell;
mod diff;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use gtk::prelude::*;
use gtk::{gio, glib};
use relm4::typed_view::grid::TypedGridView;
use spool_engine::model::{Item, ItemId, Presence};

use super::artwork::Frame;
use super::card_menu::{self, Choice, OnChoice};
use super::feed::Feed;
use super::poster_card::min_width;
use cell::{Cell, Shared};
use diff::splice;

/// Never more columns than this: GTK makes 32 cells for each.
const MAX_COLUMNS: u32 = 12;
/// Padding of a cell on both sides, as the style sheet sets it.
const CELL_PADDING: i32 = 20;

/// The grid in its scrolled window.
pub struct PosterGrid {
    /// The outermost widget.
    pub root: gtk::ScrolledWindow,
    grid: TypedGridView<Cell, gtk::NoSelection>,
    items: Rc<RefCell<Vec<Arc<Item>>>>,
    shared: Rc<Shared>,
    on_choice: Rc<RefCell<Option<OnChoice>>>,
}

impl std::fmt::Debug for PosterGrid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PosterGrid")
            .field("items", &self.items.borrow().len())
            .finish_non_exhaustive()
    }
}

impl PosterGrid {
    /// An empty grid whose cards ask this feed.
    #[must_use]
    pub fn new(feed: Feed, label: &str) -> Self {
        let grid = TypedGridView::<Cell, gtk::NoSelection>::new();
        grid.view.set_single_click_activate(true);
        grid.view.set_min_columns(2);
        grid.view.set_max_columns(MAX_COLUMNS);
        grid.view.add_css_class("poster-grid");
        grid.view
            .update_property(&[gtk::accessible::Property::Label(label)]);
        let root = gtk::ScrolledWindow::builder()
            .hscrollbar_policy(gtk::PolicyType::Never)
            .vexpand(true)
            .child(&grid.view)
            .build();
        let this = Self {
            shared: Shared::new(feed, &root),
            root,
            grid,
            items: Rc::default(),
            on_choice: Rc::default(),
        };
        this.watch_viewport();
        this.watch_choices();
        this
    }

    /// Says who is told what a person chose; activating a card is [`Choice::Open`].
    pub fn connect_choice(&self, on_choice: impl Fn(Choice, Arc<Item>) + 'static) {
        self.on_choice.replace(Some(Rc::new(on_choice)));
    }

    /// Shows these items in this order. Only what differs is replaced, so that the place in the list is kept.
    pub fn show(&self, items: Vec<Arc<Item>>) {
        let Some(change) = splice(&self.items.borrow(), &items) else {
            return;
        };
        if let Some(item) = items.first() {
            self.set_frame(Frame::of_kind(item.kind));
        }
        self.replace(change.start, change.removed, &items[change.inserted]);
        self.items.replace(items);
    }

    /// Shows a new state of one item, where it is in the list.
    pub fn update(&self, item: &Arc<Item>) {
        let position = self.position(&item.id);
        if let Some(position) = position {
            self.items.borrow_mut()[position] = item.clone();
            self.replace(position, 1, std::slice::from_ref(item));
        }
    }

    /// Shows how much of a title is on this device now, if its card is bound.
    pub fn set_presence(&self, id: &ItemId, presence: Presence) {
        self.shared.set_presence(id, presence);
    }

    /// Asks the feed for the presence of every bound card again.
    pub fn refresh_presence(&self) {
        self.shared.refresh_presence();
    }

    /// Number of items.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.borrow().len()
    }

    /// Whether there are no items.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.borrow().is_empty()
    }

    /// The item at a place in the list.
    #[must_use]
    pub fn item(&self, position: usize) -> Option<Arc<Item>> {
        self.items.borrow().get(position).cloned()
    }

    /// The items, in order.
    #[must_use]
    pub fn items(&self) -> Vec<Arc<Item>> {
        self.items.borrow().clone()
    }

    /// Goes back to the first row.
    pub fn scroll_to_top(&self) {
        self.root.vadjustment().set_value(0.0);
    }

    /// Gives the keyboard to the item at a place in the list and brings it into view.
    pub fn focus(&self, position: u32) {
        self.grid
            .view
            .scroll_to(position, gtk::ListScrollFlags::FOCUS, None);
        self.grid.view.grab_focus();
    }

    /// Words of the badge of an item whose card is bound, for tests and tooltips of parents.
    #[must_use]
    pub fn badge_words(&self, id: &ItemId) -> Option<String> {
        self.shared.badge_words(id)
    }

    /// How many bound cards hold their picture.
    #[must_use]
    pub fn loaded_pictures(&self) -> usize {
        self.shared.loaded_pictures()
    }

    fn position(&self, id: &ItemId) -> Option<usize> {
        self.items.borrow().iter().position(|item| item.id == *id)
    }

    fn set_frame(&self, frame: Frame) {
        if self.shared.frame.replace(frame) != frame {
            self.fit_columns();
        }
    }

    /// Replaces rows of the list in one step.
    fn replace(&self, start: usize, removed: usize, inserted: &[Arc<Item>]) {
        let Some(store) = self
            .grid
            .selection_model
            .model()
            .and_downcast::<gio::ListStore>()
        else {
            return;
        };
        let cells: Vec<_> = inserted
            .iter()
            .map(|item| glib::BoxedAnyObject::new(Cell::new(item.clone(), self.shared.clone())))
            .collect();
        let length = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        store.splice(length(start), length(removed), &cells);
        self.shared.schedule_scan();
    }

    fn fit_columns(&self) {
        let columns = columns(self.root.width(), min_width(self.shared.frame.get()));
        self.grid.view.set_max_columns(columns);
    }

    fn watch_viewport(&self) {
        let vertical = self.root.vadjustment();
        let shared = self.shared.clone();
        vertical.connect_value_changed(move |_| shared.schedule_scan());
        let shared = self.shared.clone();
        vertical.connect_changed(move |_| shared.schedule_scan());
        let shared = self.shared.clone();
        self.root.connect_map(move |_| shared.schedule_scan());
        // The width of the viewport decides how many cells GTK makes.
        let (view, shared) = (self.grid.view.downgrade(), self.shared.clone());
        self.root
            .hadjustment()
            .connect_page_size_notify(move |horizontal| {
                #[expect(clippy::cast_possible_truncation, reason = "a width on the screen")]
                let width = horizontal.page_size() as i32;
                let columns = columns(width, min_width(shared.frame.get()));
                let view = view.clone();
                // Not while GTK is allocating.
                glib::idle_add_local_once(move || {
                    if let Some(view) = view.upgrade() {
                        view.set_max_columns(columns);
                    }
                });
            });
    }

    fn watch_choices(&self) {
        let (items, on_choice) = (self.items.clone(), self.on_choice.clone());
        self.grid.view.connect_activate(move |_, position| {
            let item = items.borrow().get(position as usize).cloned();
            let on_choice = on_choice.borrow().clone();
            if let (Some(item), Some(on_choice)) = (item, on_choice) {
                on_choice(Choice::Open, item);
            }
        });
        let (shared, on_choice) = (self.shared.clone(), self.on_choice.clone());
        let open = Rc::new(move |widget: &gtk::Widget, at: Option<(f64, f64)>| {
            let on_choice = on_choice.borrow().clone();
            if let (Some((card, item)), Some(on_choice)) = (shared.card_above(widget), on_choice) {
                card_menu::open(&card.root, at, &item, false, &on_choice);
                return true;
            }
            false
        });
        self.add_pointer_menu(&open);
        self.add_key_menu(open);
    }

    fn add_pointer_menu(
        &self,
        open: &Rc<impl Fn(&gtk::Widget, Option<(f64, f64)>) -> bool + 'static>,
    ) {
        let at_point = {
            let (view, shared, open) = (
                self.grid.view.downgrade(),
                self.shared.clone(),
                open.clone(),
            );
            Rc::new(move |x: f64, y: f64| {
                let view = view.upgrade()?;
                let widget = view.pick(x, y, gtk::PickFlags::DEFAULT)?;
                let (card, _) = shared.card_above(&widget)?;
                #[expect(clippy::cast_possible_truncation, reason = "a point on the screen")]
                let point = gtk::graphene::Point::new(x as f32, y as f32);
                let point = view.compute_point(&card.root, &point)?;
                Some(open(&widget, Some((point.x().into(), point.y().into()))))
            })
        };
        let click = gtk::GestureClick::builder()
            .button(gtk::gdk::BUTTON_SECONDARY)
            .build();
        let on_click = at_point.clone();
        click.connect_pressed(move |gesture, _, x, y| {
            if on_click(x, y) == Some(true) {
                gesture.set_state(gtk::EventSequenceState::Claimed);
            }
        });
        self.grid.view.add_controller(click);
        let press = gtk::GestureLongPress::builder().touch_only(true).build();
        press.connect_pressed(move |gesture, x, y| {
            if at_point(x, y) == Some(true) {
                gesture.set_state(gtk::EventSequenceState::Claimed);
            }
        });
        self.grid.view.add_controller(press);
    }

    fn add_key_menu(&self, open: Rc<impl Fn(&gtk::Widget, Option<(f64, f64)>) -> bool + 'static>) {
        let keys = gtk::ShortcutController::new();
        let trigger = gtk::ShortcutTrigger::parse_string("<Shift>F10|Menu");
        let action = gtk::CallbackAction::new(move |view, _| {
            // The focus is on GTK's own cell, whose only child is the card.
            let card = view
                .root()
                .and_then(|root| root.focus())
                .and_then(|cell| cell.first_child());
            match card {
                Some(card) if open(&card, None) => glib::Propagation::Stop,
                _ => glib::Propagation::Proceed,
            }
        });
        keys.add_shortcut(gtk::Shortcut::new(trigger, Some(action)));
        self.grid.view.add_controller(keys);
    }
}

/// How many cards of this least width fit beside each other.
fn columns(width: i32, card: i32) -> u32 {
    let columns = u32::try_from(width / (card + CELL_PADDING)).unwrap_or(0);
    columns.clamp(2, MAX_COLUMNS)
}

#[cfg(test)]
mod tests {
    use super::columns;

    #[test]
    fn a_phone_has_two_columns_and_a_wall_no_more_than_twelve() {
        assert_eq!(
            [0, 360, 900, 1600, 5000].map(|w| columns(w, 140)),
            [2, 2, 5, 10, 12]
        );
    }
}
