//! A thin strip that shows which parts of a file are on this device.

use gtk::glib;
use gtk::prelude::*;
use gtk::subclass::prelude::*;
use spool_engine::range::RangeSet;

glib::wrapper! {
    /// The strip as a widget, as wide as it may be.
    pub struct Strip(ObjectSubclass<imp::Strip>)
        @extends gtk::Widget,
        @implements gtk::Accessible, gtk::Buildable, gtk::ConstraintTarget;
}

impl Default for Strip {
    fn default() -> Self {
        glib::Object::new()
    }
}

impl Strip {
    /// Shows these parts, as shares of the whole, and says them in words.
    pub fn set(&self, parts: Vec<(f32, f32)>, words: &str) {
        self.update_property(&[gtk::accessible::Property::Label(words)]);
        self.set_tooltip_text(Some(words));
        if *self.imp().parts.borrow() != parts {
            self.imp().parts.replace(parts);
            self.queue_draw();
        }
    }

    /// The parts that are shown.
    #[must_use]
    pub fn parts(&self) -> Vec<(f32, f32)> {
        self.imp().parts.borrow().clone()
    }
}

/// Ranges of a file as shares of all bytes of its title, of which so many are before the file: begin and end, between 0 and 1.
#[must_use]
pub(super) fn shares(ranges: &RangeSet, before: u64, size: u64) -> Vec<(f32, f32)> {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "a share of a few hundred pixels"
    )]
    let share = |position: u64| (position.min(size) as f64 / size.max(1) as f64) as f32;
    ranges
        .iter()
        .map(|range| (share(before + range.start), share(before + range.end)))
        .collect()
}

mod imp {
    use std::cell::RefCell;

    use gtk::prelude::*;
    use gtk::subclass::prelude::*;
    use gtk::{gdk, glib, graphene, gsk};

    /// Height in pixels.
    const HEIGHT: i32 = 6;
    /// No part is drawn narrower than this.
    const LEAST: f32 = 2.0;

    #[derive(Debug, Default)]
    pub struct Strip {
        pub(super) parts: RefCell<Vec<(f32, f32)>>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for Strip {
        const NAME: &'static str = "SpoolPresenceStrip";
        type Type = super::Strip;
        type ParentType = gtk::Widget;

        fn class_init(class: &mut Self::Class) {
            class.set_css_name("presencestrip");
            class.set_accessible_role(gtk::AccessibleRole::Img);
        }
    }

    impl ObjectImpl for Strip {}

    impl WidgetImpl for Strip {
        fn measure(&self, orientation: gtk::Orientation, _for_size: i32) -> (i32, i32, i32, i32) {
            match orientation {
                gtk::Orientation::Vertical => (HEIGHT, HEIGHT, -1, -1),
                _ => (60, 240, -1, -1),
            }
        }

        fn snapshot(&self, snapshot: &gtk::Snapshot) {
            let widget = self.obj();
            #[expect(clippy::cast_precision_loss, reason = "a size on the screen")]
            let (width, height) = (widget.width() as f32, widget.height() as f32);
            let bounds = graphene::Rect::new(0.0, 0.0, width, height);
            let rounded = gsk::RoundedRect::from_rect(bounds, height / 2.0);
            // The style sheet sets the widget's colour to the accent.
            let accent = widget.color();
            snapshot.push_rounded_clip(&rounded);
            snapshot.append_color(&gdk::RGBA::new(0.5, 0.5, 0.5, 0.3), &bounds);
            let is_mirrored = widget.direction() == gtk::TextDirection::Rtl;
            for &(start, end) in self.parts.borrow().iter() {
                let (start, end) = if is_mirrored {
                    (1.0 - end, 1.0 - start)
                } else {
                    (start, end)
                };
                let part = ((end - start) * width).max(LEAST);
                let x = (start * width).min(width - part);
                snapshot.append_color(&accent, &graphene::Rect::new(x, 0.0, part, height));
            }
            snapshot.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use spool_engine::range::ByteRange;

    use super::*;

    #[test]
    fn ranges_become_shares_that_never_leave_the_strip() {
        let mut ranges = RangeSet::default();
        ranges.insert(ByteRange::new(0, 50));
        ranges.insert(ByteRange::new(75, 200));
        assert_eq!(shares(&ranges, 0, 100), [(0.0, 0.5), (0.75, 1.0)]);
        assert_eq!(shares(&ranges, 200, 400), [(0.5, 0.625), (0.6875, 1.0)]);
        assert_eq!(shares(&RangeSet::default(), 0, 0), []);
    }
}
