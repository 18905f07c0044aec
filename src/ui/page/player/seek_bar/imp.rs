//! The insides of the seek bar: state, gestures, drawing.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use adw::prelude::*;
use gtk::glib;
use gtk::subclass::prelude::*;
use spool_engine::model::Chapter;

use super::Seek;
use super::geometry::{self, Line, Span};
use crate::i18n::gettext_f;
use crate::ui::format;

/// Height of the widget, in pixels: a line that a finger can hit.
const HEIGHT: i32 = 28;
/// Radius of the knob, in pixels.
pub(super) const KNOB: f32 = 7.0;

/// Whom to tell which place the pointer is over.
pub(super) type Looker = Box<dyn Fn(Option<Duration>)>;
/// Whom to tell what the person does.
pub(super) type Listener = Box<dyn Fn(Seek)>;

/// The private part of [`super::SeekBar`].
#[derive(Default)]
pub struct SeekBar {
    pub(super) listener: RefCell<Option<Listener>>,
    pub(super) looker: RefCell<Option<Looker>>,
    pub(super) duration: Cell<Option<Duration>>,
    pub(super) present: RefCell<Vec<Span>>,
    pub(super) chapters: RefCell<Vec<Chapter>>,
    position: Cell<Duration>,
    pub(super) hovered: Cell<Option<f64>>,
    pub(super) dragged: Cell<Option<f64>>,
    told: Cell<Option<u64>>,
}

#[glib::object_subclass]
impl ObjectSubclass for SeekBar {
    const NAME: &'static str = "SpoolSeekBar";
    type Type = super::SeekBar;
    type ParentType = gtk::Widget;
    type Interfaces = (gtk::AccessibleRange,);

    fn class_init(class: &mut Self::Class) {
        class.set_css_name("seekbar");
        class.set_accessible_role(gtk::AccessibleRole::Slider);
    }
}

impl ObjectImpl for SeekBar {
    fn constructed(&self) {
        self.parent_constructed();
        self.obj().set_sensitive(false);
        self.watch_pointer();
        self.watch_drag();
        self.watch_wheel();
    }
}

impl AccessibleImpl for SeekBar {}

impl AccessibleRangeImpl for SeekBar {
    fn set_current_value(&self, value: f64) -> bool {
        let Ok(position) = Duration::try_from_secs_f64(value) else {
            return false;
        };
        self.tell(Seek::To(position));
        true
    }
}

impl WidgetImpl for SeekBar {
    fn measure(&self, orientation: gtk::Orientation, _for_size: i32) -> (i32, i32, i32, i32) {
        match orientation {
            gtk::Orientation::Vertical => (HEIGHT, HEIGHT, -1, -1),
            _ => (80, 240, -1, -1),
        }
    }

    fn snapshot(&self, snapshot: &gtk::Snapshot) {
        self.draw_line(snapshot);
        if self.obj().is_sensitive() {
            self.draw_knob(snapshot);
            self.draw_bubble(snapshot);
        }
    }
}

impl SeekBar {
    // --- state ---

    pub(super) fn shown_position(&self) -> Duration {
        match (self.dragged.get(), self.duration.get()) {
            (Some(share), Some(duration)) => duration.mul_f64(share),
            _ => self.position.get(),
        }
    }

    pub(super) fn move_to(&self, position: Duration) {
        let line = self.line();
        let x = |position| {
            line.x_of(geometry::share(position, self.duration.get()))
                .round()
        };
        let before = self.position.replace(position);
        if (x(before) - x(position)).abs() >= 1.0 {
            self.obj().queue_draw();
        }
        if self.told.replace(Some(position.as_secs())) != Some(position.as_secs()) {
            self.tell_value(position);
        }
    }

    /// Tells assistive technology the length.
    pub(super) fn tell_range(&self) {
        let longest = self.duration.get().unwrap_or_default().as_secs_f64();
        self.obj().update_property(&[
            gtk::accessible::Property::ValueMin(0.0),
            gtk::accessible::Property::ValueMax(longest),
        ]);
        self.tell_value(self.position.get());
    }

    fn tell_value(&self, position: Duration) {
        let text = match self.duration.get() {
            Some(duration) => {
                // Translators: a position in a film, such as 12:30 of 1:42:00.
                gettext_f(
                    "{position} of {length}",
                    &[
                        ("position", &format::clock(position)),
                        ("length", &format::clock(duration)),
                    ],
                )
            }
            None => format::clock(position),
        };
        self.obj().update_property(&[
            gtk::accessible::Property::ValueNow(position.as_secs_f64()),
            gtk::accessible::Property::ValueText(&text),
        ]);
    }

    fn tell(&self, seek: Seek) {
        if let Some(listener) = &*self.listener.borrow() {
            listener(seek);
        }
    }

    /// Tells which place is looked at.
    fn tell_look(&self) {
        let share = self.dragged.get().or(self.hovered.get());
        let place = share.zip(self.duration.get());
        if let Some(looker) = &*self.looker.borrow() {
            looker(place.map(|(share, duration)| duration.mul_f64(share)));
        }
    }

    pub(super) fn x_of(&self, place: Duration) -> f32 {
        self.line()
            .x_of(geometry::share(place, self.duration.get()))
    }

    pub(super) fn line(&self) -> Line {
        let bar = self.obj();
        Line {
            left: KNOB,
            width: (bar.width() as f32 - 2.0 * KNOB).max(0.0),
            mirrored: bar.direction() == gtk::TextDirection::Rtl,
        }
    }

    // --- gestures ---

    fn watch_pointer(&self) {
        let motion = gtk::EventControllerMotion::new();
        let hover = |bar: &super::SeekBar, x: Option<f64>| {
            let imp = bar.imp();
            imp.hovered.set(x.map(|x| imp.line().share_at(x)));
            imp.tell_look();
            bar.queue_draw();
        };
        motion.connect_enter(glib::clone!(
            #[weak(rename_to = bar)]
            self.obj(),
            move |_, x, _| hover(&bar, Some(x))
        ));
        motion.connect_motion(glib::clone!(
            #[weak(rename_to = bar)]
            self.obj(),
            move |_, x, _| hover(&bar, Some(x))
        ));
        motion.connect_leave(glib::clone!(
            #[weak(rename_to = bar)]
            self.obj(),
            move |_| hover(&bar, None)
        ));
        self.obj().add_controller(motion);
    }

    fn watch_drag(&self) {
        let drag = gtk::GestureDrag::new();
        drag.connect_drag_begin(glib::clone!(
            #[weak(rename_to = bar)]
            self.obj(),
            move |gesture, x, _| {
                gesture.set_state(gtk::EventSequenceState::Claimed);
                bar.imp().drag_to(x);
            }
        ));
        drag.connect_drag_update(glib::clone!(
            #[weak(rename_to = bar)]
            self.obj(),
            move |gesture, dx, _| {
                if let Some((x, _)) = gesture.start_point() {
                    bar.imp().drag_to(x + dx);
                }
            }
        ));
        drag.connect_drag_end(glib::clone!(
            #[weak(rename_to = bar)]
            self.obj(),
            move |_, _, _| bar.imp().drop_knob(true)
        ));
        drag.connect_cancel(glib::clone!(
            #[weak(rename_to = bar)]
            self.obj(),
            move |_, _| bar.imp().drop_knob(false)
        ));
        self.obj().add_controller(drag);
    }

    fn drag_to(&self, x: f64) {
        let Some(duration) = self.duration.get() else {
            return;
        };
        let share = self.line().share_at(x);
        if self.dragged.replace(Some(share)) != Some(share) {
            self.obj().queue_draw();
            self.tell_look();
            self.tell(Seek::Scrub(duration.mul_f64(share)));
        }
    }

    fn drop_knob(&self, exactly: bool) {
        let target = self.shown_position();
        if self.dragged.take().is_some() {
            self.tell_look();
            // The playback is there in a moment; until then the knob stays where it was dropped.
            self.position.set(target);
            self.obj().queue_draw();
            if exactly {
                self.tell(Seek::To(target));
            }
        }
    }

    fn watch_wheel(&self) {
        let wheel = gtk::EventControllerScroll::new(
            gtk::EventControllerScrollFlags::BOTH_AXES | gtk::EventControllerScrollFlags::DISCRETE,
        );
        wheel.connect_scroll(glib::clone!(
            #[weak(rename_to = bar)]
            self.obj(),
            #[upgrade_or]
            glib::Propagation::Proceed,
            move |_, dx, dy| {
                // Up and right go on, as on a volume or a zoom.
                bar.imp().tell(Seek::Notches((dx - dy).round() as i32));
                glib::Propagation::Stop
            }
        ));
        self.obj().add_controller(wheel);
    }
}
