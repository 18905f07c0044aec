//! The insides of the seek bar: state, gestures, drawing.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use adw::prelude::*;
use gtk::subclass::prelude::*;
use gtk::{gdk, glib, graphene, gsk};
use spool_engine::model::Chapter;

use super::Seek;
use super::geometry::{self, Line, Span};
use crate::i18n::gettext_f;
use crate::ui::format;

/// Height of the widget, in pixels: a line that a finger can hit.
const HEIGHT: i32 = 28;
/// Thickness of the line, in pixels, at rest and under the pointer.
const THICKNESS: (f32, f32) = (5.0, 7.0);
/// Radius of the knob, in pixels.
const KNOB: f32 = 7.0;
/// Space between the line and the bubble above it, in pixels.
const BUBBLE_GAP: f32 = 6.0;
/// Space around the bubble's text, in pixels, across and down.
const BUBBLE_PAD: (f32, f32) = (9.0, 4.0);
/// How opaque the text colour is in: the empty line, the parts on this device, the part under the pointer.
const OPACITY: (f32, f32, f32) = (0.22, 0.55, 0.18);

/// Whom to tell what the person does.
pub(super) type Listener = Box<dyn Fn(Seek)>;

/// The private part of [`super::SeekBar`].
#[derive(Default)]
pub struct SeekBar {
    pub(super) listener: RefCell<Option<Listener>>,
    pub(super) duration: Cell<Option<Duration>>,
    pub(super) present: RefCell<Vec<Span>>,
    pub(super) chapters: RefCell<Vec<Chapter>>,
    position: Cell<Duration>,
    hovered: Cell<Option<f64>>,
    dragged: Cell<Option<f64>>,
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

    fn line(&self) -> Line {
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
            self.tell(Seek::Scrub(duration.mul_f64(share)));
        }
    }

    fn drop_knob(&self, exactly: bool) {
        let target = self.shown_position();
        if self.dragged.take().is_some() {
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

    // --- drawing ---

    fn draw_line(&self, snapshot: &gtk::Snapshot) {
        let (bar, line) = (self.obj(), self.line());
        let lively = self.hovered.get().is_some() || self.dragged.get().is_some();
        let thickness = if lively { THICKNESS.1 } else { THICKNESS.0 };
        let top = (bar.height() as f32 - thickness) / 2.0;
        let ink = bar.color();
        let accent = adw::StyleManager::default()
            .accent_color()
            .to_standalone_rgba(true);
        let starts: Vec<f64> = {
            let chapters = self.chapters.borrow();
            chapters
                .iter()
                .map(|chapter| geometry::share(chapter.start, self.duration.get()))
                .collect()
        };
        let played = Span {
            start: 0.0,
            end: geometry::share(self.shown_position(), self.duration.get()),
        };
        let ahead = self.hovered.get().map(|share| Span {
            start: played.end,
            end: share,
        });

        for piece in line.pieces(&starts) {
            let fill = |span: Option<Span>, color: &gdk::RGBA| {
                if let Some(span) = span {
                    let (x, width) = line.pixels(span);
                    snapshot.append_color(color, &graphene::Rect::new(x, top, width, thickness));
                }
            };
            let (x, width) = line.pixels(piece);
            let outline = graphene::Rect::new(x, top, width, thickness);
            snapshot.push_rounded_clip(&gsk::RoundedRect::from_rect(outline, thickness / 2.0));
            fill(Some(piece), &faint(&ink, OPACITY.0));
            for span in &*self.present.borrow() {
                fill(piece.common(*span), &faint(&ink, OPACITY.1));
            }
            fill(
                ahead.and_then(|ahead| piece.common(ahead)),
                &faint(&ink, OPACITY.2),
            );
            fill(piece.common(played), &accent);
            snapshot.pop();
        }
    }

    fn draw_knob(&self, snapshot: &gtk::Snapshot) {
        let (bar, line) = (self.obj(), self.line());
        let radius = if self.dragged.get().is_some() {
            KNOB + 1.0
        } else {
            KNOB
        };
        let x = line.x_of(geometry::share(self.shown_position(), self.duration.get()));
        let y = bar.height() as f32 / 2.0;
        let square =
            |radius: f32| graphene::Rect::new(x - radius, y - radius, radius * 2.0, radius * 2.0);
        let disc = |radius: f32| gsk::RoundedRect::from_rect(square(radius), radius);
        snapshot.append_outset_shadow(
            &disc(radius),
            &gdk::RGBA::new(0.0, 0.0, 0.0, 0.4),
            0.0,
            1.0,
            0.0,
            3.0,
        );
        if bar.has_visible_focus() {
            let accent = adw::StyleManager::default()
                .accent_color()
                .to_standalone_rgba(true);
            snapshot.append_border(&disc(radius + 4.0), &[2.0; 4], &[accent; 4]);
        }
        snapshot.push_rounded_clip(&disc(radius));
        snapshot.append_color(&gdk::RGBA::WHITE, &square(radius));
        snapshot.pop();
    }

    /// Time and chapter under the pointer, above the line and within the bar's width.
    fn draw_bubble(&self, snapshot: &gtk::Snapshot) {
        let (Some(share), Some(duration)) = (
            self.dragged.get().or(self.hovered.get()),
            self.duration.get(),
        ) else {
            return;
        };
        let bar = self.obj();
        let layout = bar.create_pango_layout(Some(&self.bubble_text(duration.mul_f64(share))));
        layout.set_ellipsize(gtk::pango::EllipsizeMode::End);
        let most = (bar.width() as f32 - 2.0 * BUBBLE_PAD.0).max(1.0) as i32;
        if layout.pixel_size().0 > most {
            layout.set_width(most * gtk::pango::SCALE);
        }
        let (text_width, text_height) = layout.pixel_size();
        let width = text_width as f32 + 2.0 * BUBBLE_PAD.0;
        let height = text_height as f32 + 2.0 * BUBBLE_PAD.1;
        let x = (self.line().x_of(share) - width / 2.0)
            .clamp(0.0, (bar.width() as f32 - width).max(0.0));
        let y = -height - BUBBLE_GAP;
        let outline =
            gsk::RoundedRect::from_rect(graphene::Rect::new(x, y, width, height), height / 2.0);
        snapshot.push_rounded_clip(&outline);
        snapshot.append_color(&gdk::RGBA::new(0.0, 0.0, 0.0, 0.85), outline.bounds());
        snapshot.pop();
        snapshot.save();
        snapshot.translate(&graphene::Point::new(x + BUBBLE_PAD.0, y + BUBBLE_PAD.1));
        snapshot.append_layout(&layout, &gdk::RGBA::WHITE);
        snapshot.restore();
    }

    fn bubble_text(&self, position: Duration) -> String {
        let time = format::clock(position);
        let chapters = self.chapters.borrow();
        let chapter = chapters
            .iter()
            .rev()
            .find(|chapter| chapter.start <= position);
        match chapter.filter(|chapter| !chapter.title.is_empty()) {
            Some(chapter) => format!("{time} · {}", chapter.title),
            None => time,
        }
    }
}

fn faint(color: &gdk::RGBA, opacity: f32) -> gdk::RGBA {
    color.with_alpha(color.alpha() * opacity)
}
