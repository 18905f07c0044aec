//! The seek bar: where the playback is, which parts are on this device, where chapters begin.
//!
//! **Owns** the look of the line and the dragging on it. **Does not know** the player: it hands over [`Seek`] wishes.
//! It is the only widget of the page that ticks, and it draws anew only when something moved by a pixel.

mod draw;
pub mod geometry;
mod imp;

use std::time::Duration;

use gtk::glib;
use gtk::prelude::*;
use gtk::subclass::prelude::ObjectSubclassIsExt;
use spool_engine::model::Chapter;

use self::geometry::Span;

/// What the person does on the bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seek {
    /// Drags past here: show something near, quickly.
    Scrub(Duration),
    /// Wants to be exactly here.
    To(Duration),
    /// Turned the wheel by so many notches; positive goes on.
    Notches(i32),
}

glib::wrapper! {
    /// The widget.
    pub struct SeekBar(ObjectSubclass<imp::SeekBar>)
        @extends gtk::Widget,
        @implements gtk::Accessible, gtk::AccessibleRange, gtk::Buildable, gtk::ConstraintTarget;
}

impl Default for SeekBar {
    fn default() -> Self {
        glib::Object::builder().property("focusable", true).build()
    }
}

impl SeekBar {
    /// Whom to tell what the person does. Replaces the former listener.
    pub fn connect_seek(&self, listener: impl Fn(Seek) + 'static) {
        self.imp().listener.replace(Some(Box::new(listener)));
    }

    /// Whom to tell which place the pointer is over, or that it has left. Replaces the former listener.
    pub fn connect_look(&self, listener: impl Fn(Option<Duration>) + 'static) {
        self.imp().looker.replace(Some(Box::new(listener)));
    }

    /// Where a place lies, in pixels from the widget's left.
    #[must_use]
    pub fn x_of(&self, place: Duration) -> f32 {
        self.imp().x_of(place)
    }

    /// The length; `None` while it is not known, and then nothing can be dragged.
    pub fn set_duration(&self, duration: Option<Duration>) {
        if self.imp().duration.replace(duration) != duration {
            self.set_sensitive(duration.is_some_and(|duration| !duration.is_zero()));
            self.imp().tell_range();
            self.queue_draw();
        }
    }

    /// Where the playback is. While the person drags, the knob stays with the pointer.
    pub fn set_position(&self, position: Duration) {
        self.imp().move_to(position);
    }

    /// The position shown: the playback's, or the pointer's while the person drags.
    #[must_use]
    pub fn position(&self) -> Duration {
        self.imp().shown_position()
    }

    /// Which parts are on this device.
    pub fn set_present(&self, present: &[Span]) {
        if *self.imp().present.borrow() != present {
            self.imp().present.replace(present.to_vec());
            self.queue_draw();
        }
    }

    /// Which parts are drawn as being on this device.
    #[must_use]
    pub fn present(&self) -> Vec<Span> {
        self.imp().present.borrow().clone()
    }

    /// Where chapters begin.
    pub fn set_chapters(&self, chapters: &[Chapter]) {
        if *self.imp().chapters.borrow() != chapters {
            self.imp().chapters.replace(chapters.to_vec());
            self.queue_draw();
        }
    }
}
