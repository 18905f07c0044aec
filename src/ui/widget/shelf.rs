//! A row of cards under a heading, scrolled sideways: a shelf of Home.
//!
//! **Owns** its cards, a few dozen at most. **Does not know** which shelf it is.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use gtk::gdk;
use gtk::glib;
use gtk::prelude::*;
use spool_engine::model::{Item, ItemId, Presence};

use super::artwork::Frame;
use super::card_menu::{self, Choice, OnChoice};
use super::feed::Feed;
use super::poster_card::{PosterCard, min_width, spoken};

/// Share of the visible width that one press of an arrow scrolls, so that the last card seen stays in sight.
const STEP: f64 = 0.85;

/// A card and the button around it.
struct Slot {
    button: gtk::Button,
    card: PosterCard,
    item: RefCell<Arc<Item>>,
}

/// The row; hidden while it has no items.
#[derive(Clone)]
pub struct ShelfRow {
    /// The outermost widget.
    pub root: gtk::Box,
    feed: Feed,
    frame: Frame,
    cards: gtk::Box,
    slots: Rc<RefCell<Vec<Rc<Slot>>>>,
    on_choice: Rc<RefCell<Option<OnChoice>>>,
    click: Rc<Cell<Choice>>,
    may_dismiss: Rc<Cell<bool>>,
}

impl std::fmt::Debug for ShelfRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ShelfRow")
            .field("cards", &self.slots.borrow().len())
            .finish_non_exhaustive()
    }
}

impl ShelfRow {
    /// An empty, hidden row of cards of this form.
    #[must_use]
    pub fn new(feed: Feed, title: &str, frame: Frame) -> Self {
        let cards = gtk::Box::new(gtk::Orientation::Horizontal, 0);
        cards.add_css_class("shelf-cards");
        cards.update_property(&[gtk::accessible::Property::Label(title)]);
        let scroller = gtk::ScrolledWindow::builder()
            .vscrollbar_policy(gtk::PolicyType::Never)
            .hscrollbar_policy(gtk::PolicyType::External)
            .child(&cards)
            .build();
        let root = gtk::Box::new(gtk::Orientation::Vertical, 0);
        root.append(&header(title, &scroller.hadjustment()));
        root.append(&scroller);
        root.set_visible(false);
        Self {
            root,
            feed,
            frame,
            cards,
            slots: Rc::default(),
            on_choice: Rc::default(),
            click: Rc::new(Cell::new(Choice::Open)),
            may_dismiss: Rc::default(),
        }
    }

    /// Says who is told what a person chose; clicking a card is [`Choice::Open`] unless [`ShelfRow::set_click`] says else.
    pub fn connect_choice(&self, on_choice: impl Fn(Choice, Arc<Item>) + 'static) {
        self.on_choice.replace(Some(Rc::new(on_choice)));
    }

    /// What clicking a card means.
    pub fn set_click(&self, choice: Choice) {
        self.click.set(choice);
    }

    /// Its titles can be taken out of it: [`Choice::Dismiss`].
    pub fn allow_dismissal(&self) {
        self.may_dismiss.set(true);
    }

    /// Shows these items in this order; cards are kept and bound anew, so that nothing flickers.
    pub fn show(&self, items: &[Arc<Item>]) {
        let mut slots = self.slots.borrow_mut();
        let kept = items.len().min(slots.len());
        for slot in slots.drain(kept..) {
            slot.card.unbind();
            self.cards.remove(&slot.button);
        }
        for (slot, item) in slots.iter().zip(items) {
            if *slot.item.borrow() != *item {
                slot.item.replace(item.clone());
                self.bind(slot);
            }
        }
        for item in &items[slots.len()..] {
            slots.push(self.add(item));
        }
        self.root.set_visible(!slots.is_empty());
    }

    /// Shows how much of a title is on this device now.
    pub fn set_presence(&self, id: &ItemId, presence: Presence) {
        let slots = self.slots.borrow();
        for slot in slots.iter().filter(|slot| slot.item.borrow().id == *id) {
            let item = slot.item.borrow();
            slot.card.set_presence(&self.feed, presence, &item);
            speak(&slot.button, &self.feed, &item, presence);
        }
    }

    /// Asks the feed for the presence of every card again.
    pub fn refresh_presence(&self) {
        let ids: Vec<_> = self
            .slots
            .borrow()
            .iter()
            .map(|slot| slot.item.borrow().id.clone())
            .collect();
        for id in ids {
            self.set_presence(&id, self.feed.presence(&id));
        }
    }

    /// Number of cards.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.borrow().len()
    }

    /// Whether it has no cards.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.borrow().is_empty()
    }

    fn add(&self, item: &Arc<Item>) -> Rc<Slot> {
        let card = PosterCard::new(self.frame).fixed();
        card.root.set_size_request(min_width(self.frame), -1);
        let button = gtk::Button::builder()
            .child(&card.root)
            .css_classes(["flat", "card-button"])
            .valign(gtk::Align::Start)
            .build();
        // All cards of a row are about to be seen once the row is.
        let near = card.clone();
        button.connect_map(move |_| near.set_near(true));
        let near = card.clone();
        button.connect_unmap(move |_| near.set_near(false));
        self.cards.append(&button);
        let slot = Rc::new(Slot {
            button,
            card,
            item: RefCell::new(item.clone()),
        });
        self.bind(&slot);
        slot.card.set_near(slot.button.is_mapped());
        self.watch_choices(&slot);
        slot
    }

    fn bind(&self, slot: &Slot) {
        let item = slot.item.borrow();
        slot.card.bind(&self.feed, &item);
        speak(
            &slot.button,
            &self.feed,
            &item,
            self.feed.presence(&item.id),
        );
    }

    fn watch_choices(&self, slot: &Rc<Slot>) {
        let (weak, on_choice) = (Rc::downgrade(slot), self.on_choice.clone());
        let click = Rc::clone(&self.click);
        slot.button.connect_clicked(move |_| {
            let on_choice = on_choice.borrow().clone();
            if let (Some(slot), Some(on_choice)) = (weak.upgrade(), on_choice) {
                let item = slot.item.borrow().clone();
                on_choice(click.get(), item);
            }
        });
        let (weak, on_choice) = (Rc::downgrade(slot), self.on_choice.clone());
        let may_dismiss = Rc::clone(&self.may_dismiss);
        let open = move |at: Option<(f64, f64)>| {
            let on_choice = on_choice.borrow().clone();
            if let (Some(slot), Some(on_choice)) = (weak.upgrade(), on_choice) {
                let item = slot.item.borrow();
                card_menu::open(&slot.button, at, &item, may_dismiss.get(), &on_choice);
            }
        };
        add_menu(&slot.button, open);
    }
}

fn speak(button: &gtk::Button, feed: &Feed, item: &Item, presence: Presence) {
    let words = spoken(item, presence, feed.is_away(&item.id, presence));
    button.update_property(&[gtk::accessible::Property::Label(&words)]);
}

/// Opens a menu on the secondary button, a long touch, and the menu keys.
fn add_menu(button: &gtk::Button, open: impl Fn(Option<(f64, f64)>) + Clone + 'static) {
    let click = gtk::GestureClick::builder()
        .button(gdk::BUTTON_SECONDARY)
        .build();
    let on_click = open.clone();
    click.connect_pressed(move |gesture, _, x, y| {
        gesture.set_state(gtk::EventSequenceState::Claimed);
        on_click(Some((x, y)));
    });
    button.add_controller(click);
    let press = gtk::GestureLongPress::builder().touch_only(true).build();
    let on_press = open.clone();
    press.connect_pressed(move |gesture, x, y| {
        gesture.set_state(gtk::EventSequenceState::Claimed);
        on_press(Some((x, y)));
    });
    button.add_controller(press);
    let keys = gtk::ShortcutController::new();
    let trigger = gtk::ShortcutTrigger::parse_string("<Shift>F10|Menu");
    let action = gtk::CallbackAction::new(move |_, _| {
        open(None);
        glib::Propagation::Stop
    });
    keys.add_shortcut(gtk::Shortcut::new(trigger, Some(action)));
    button.add_controller(keys);
}

/// The heading, with arrows for people who have a mouse and no wheel; they hide when everything fits.
fn header(title: &str, adjustment: &gtk::Adjustment) -> gtk::Box {
    let heading = gtk::Label::builder()
        .label(title)
        .xalign(0.0)
        .hexpand(true)
        .ellipsize(gtk::pango::EllipsizeMode::End)
        .css_classes(["title-4"])
        .accessible_role(gtk::AccessibleRole::Heading)
        .build();
    let back = arrow(
        "go-previous-symbolic",
        &crate::i18n::gettext("Scroll Back"),
        adjustment,
        -STEP,
    );
    let on = arrow(
        "go-next-symbolic",
        &crate::i18n::gettext("Scroll On"),
        adjustment,
        STEP,
    );
    let (weak_back, weak_on) = (back.downgrade(), on.downgrade());
    let show = move |adjustment: &gtk::Adjustment| {
        if let (Some(back), Some(on)) = (weak_back.upgrade(), weak_on.upgrade()) {
            let (value, page, upper) = (
                adjustment.value(),
                adjustment.page_size(),
                adjustment.upper(),
            );
            let scrolls = upper > page + 1.0;
            back.set_visible(scrolls);
            on.set_visible(scrolls);
            back.set_sensitive(value > 1.0);
            on.set_sensitive(value + page < upper - 1.0);
        }
    };
    show(adjustment);
    adjustment.connect_value_changed(show.clone());
    adjustment.connect_changed(show);
    let header = gtk::Box::new(gtk::Orientation::Horizontal, 6);
    header.add_css_class("shelf-header");
    header.append(&heading);
    header.append(&back);
    header.append(&on);
    header
}

fn arrow(icon: &str, name: &str, adjustment: &gtk::Adjustment, pages: f64) -> gtk::Button {
    let button = gtk::Button::builder()
        .icon_name(icon)
        .tooltip_text(name)
        .css_classes(["flat", "circular"])
        .build();
    let adjustment = adjustment.clone();
    button.connect_clicked(move |button| {
        let to = adjustment.value() + pages * adjustment.page_size();
        scroll(button, &adjustment, to);
    });
    button
}

/// Scrolls smoothly, or at once where animations are off.
fn scroll(widget: &gtk::Button, adjustment: &gtk::Adjustment, to: f64) {
    let to = to.clamp(0.0, (adjustment.upper() - adjustment.page_size()).max(0.0));
    let target = adw::PropertyAnimationTarget::new(adjustment, "value");
    let animation = adw::TimedAnimation::new(widget, adjustment.value(), to, 250, target);
    use adw::prelude::AnimationExt;
    animation.play();
}
