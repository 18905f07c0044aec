//! What was watched of a title, drawn over its picture: a progress bar, a tick, or how many are left.

use gtk::glib;
use gtk::prelude::*;
use gtk::subclass::prelude::*;
use spool_engine::model::Item;

glib::wrapper! {
    /// The marks as a widget that covers a picture and lets the pointer through.
    pub struct Marks(ObjectSubclass<imp::Marks>)
        @extends gtk::Widget,
        @implements gtk::Accessible, gtk::Buildable, gtk::ConstraintTarget;
}

impl Default for Marks {
    fn default() -> Self {
        Self::new()
    }
}

impl Marks {
    /// No marks.
    #[must_use]
    pub fn new() -> Self {
        let marks: Self = glib::Object::new();
        marks.set_can_target(false);
        marks
    }

    /// Shows what was watched of an item; of music nothing is.
    pub fn set(&self, item: &Item) {
        let progress = &item.progress;
        let share = match item.duration {
            Some(duration) if progress.in_progress() && !duration.is_zero() => {
                Some(progress.position.as_secs_f32() / duration.as_secs_f32())
            }
            _ => None,
        };
        let is_video = item.kind.is_video();
        let left = progress
            .unwatched_children
            .filter(|left| is_video && *left > 0);
        let imp = self.imp();
        imp.share.set(share.map(|share| share.clamp(0.02, 1.0)));
        imp.watched.set(is_video && progress.watched);
        imp.left.set(left.filter(|_| !progress.watched));
        self.queue_draw();
    }
}

mod imp {
    use std::cell::Cell;

    use gtk::prelude::*;
    use gtk::subclass::prelude::*;
    use gtk::{gdk, glib, graphene, gsk, pango};

    /// Distance from the picture's edges, in pixels.
    const INSET: f32 = 8.0;
    /// Thickness of the progress bar.
    const BAR: f32 = 4.0;
    /// Edge of the tick's disc, and height of the number's pill.
    const MARK: f32 = 22.0;

    #[derive(Debug, Default)]
    pub struct Marks {
        /// Share that was watched, of something begun and not finished.
        pub(super) share: Cell<Option<f32>>,
        pub(super) watched: Cell<bool>,
        /// Children not watched yet.
        pub(super) left: Cell<Option<u32>>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for Marks {
        const NAME: &'static str = "SpoolMarks";
        type Type = super::Marks;
        type ParentType = gtk::Widget;

        fn class_init(class: &mut Self::Class) {
            class.set_css_name("marks");
            class.set_accessible_role(gtk::AccessibleRole::Presentation);
        }
    }

    impl ObjectImpl for Marks {}

    impl WidgetImpl for Marks {
        fn snapshot(&self, snapshot: &gtk::Snapshot) {
            let widget = self.obj();
            #[expect(clippy::cast_precision_loss, reason = "a size on the screen")]
            let (width, height) = (widget.width() as f32, widget.height() as f32);
            if let Some(share) = self.share.get() {
                self.draw_bar(snapshot, width, height, share);
            }
            if self.watched.get() {
                draw_tick(snapshot);
            } else if let Some(left) = self.left.get() {
                self.draw_count(snapshot, left);
            }
        }
    }

    impl Marks {
        fn draw_bar(&self, snapshot: &gtk::Snapshot, width: f32, height: f32, share: f32) {
            let full = width - 2.0 * INSET;
            let top = height - INSET - BAR;
            // The style sheet sets the widget's colour to the accent.
            let accent = self.obj().color();
            let shade = [
                gsk::ColorStop::new(0.0, gdk::RGBA::new(0.0, 0.0, 0.0, 0.0)),
                gsk::ColorStop::new(1.0, gdk::RGBA::new(0.0, 0.0, 0.0, 0.55)),
            ];
            let bounds = graphene::Rect::new(0.0, 0.0, width, height);
            snapshot.push_rounded_clip(&gsk::RoundedRect::from_rect(bounds, 12.0));
            snapshot.append_linear_gradient(
                &graphene::Rect::new(0.0, height - 40.0, width, 40.0),
                &graphene::Point::new(0.0, height - 40.0),
                &graphene::Point::new(0.0, height),
                &shade,
            );
            snapshot.pop();
            let track = gdk::RGBA::new(1.0, 1.0, 1.0, 0.4);
            pill(snapshot, INSET, top, full, BAR, &track);
            pill(snapshot, INSET, top, (full * share).max(BAR), BAR, &accent);
        }

        fn draw_count(&self, snapshot: &gtk::Snapshot, left: u32) {
            let layout = self.obj().create_pango_layout(Some(&left.to_string()));
            let mut font = pango::FontDescription::new();
            font.set_weight(pango::Weight::Bold);
            font.set_absolute_size(12.0 * f64::from(pango::SCALE));
            layout.set_font_description(Some(&font));
            let (text_width, text_height) = layout.pixel_size();
            #[expect(clippy::cast_precision_loss, reason = "a size on the screen")]
            let (text_width, text_height) = (text_width as f32, text_height as f32);
            let width = (text_width + 12.0).max(MARK);
            pill(snapshot, INSET, INSET, width, MARK, &scrim());
            let x = INSET + (width - text_width) / 2.0;
            let y = INSET + (MARK - text_height) / 2.0;
            snapshot.save();
            snapshot.translate(&graphene::Point::new(x.round(), y.round()));
            snapshot.append_layout(&layout, &gdk::RGBA::WHITE);
            snapshot.restore();
        }
    }

    fn draw_tick(snapshot: &gtk::Snapshot) {
        pill(snapshot, INSET, INSET, MARK, MARK, &scrim());
        let path = gsk::PathBuilder::new();
        path.move_to(INSET + 6.5, INSET + 11.5);
        path.line_to(INSET + 9.8, INSET + 14.8);
        path.line_to(INSET + 15.8, INSET + 7.8);
        let stroke = gsk::Stroke::builder(2.0)
            .line_cap(gsk::LineCap::Round)
            .line_join(gsk::LineJoin::Round)
            .build();
        snapshot.append_stroke(&path.to_path(), &stroke, &gdk::RGBA::WHITE);
    }

    /// The same dark as under the badge, so that all marks on pictures are of one family.
    fn scrim() -> gdk::RGBA {
        gdk::RGBA::new(0.08, 0.08, 0.1, 0.78)
    }

    fn pill(snapshot: &gtk::Snapshot, x: f32, y: f32, width: f32, height: f32, colour: &gdk::RGBA) {
        let bounds = graphene::Rect::new(x, y, width, height);
        let pill = gsk::RoundedRect::from_rect(bounds, height / 2.0);
        snapshot.push_rounded_clip(&pill);
        snapshot.append_color(colour, &bounds);
        snapshot.pop();
    }
}
