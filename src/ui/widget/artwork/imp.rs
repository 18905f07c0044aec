//! The picture's widget class: size, request, drawing.

use std::cell::{Cell, OnceCell, RefCell};

use adw::prelude::*;
use gtk::subclass::prelude::*;
use gtk::{gdk, glib, graphene, gsk};
use spool_engine::model::{ImageId, Item};

use super::placeholder::Placeholder;
use super::{Feed, Frame, bucket};

/// How long a picture takes to appear over its placeholder, in milliseconds: seen, but never waited for.
const FADE_MS: u32 = 160;
/// Corner radius of a card in libadwaita.
const CARD_RADIUS: f32 = 12.0;
/// Corner radius of narrow pictures, in rows.
const SMALL_RADIUS: f32 = 8.0;
/// Below this width in pixels a picture counts as narrow.
const SMALL_WIDTH: f32 = 130.0;

#[derive(Default)]
pub struct Artwork {
    pub(super) frame: Cell<Frame>,
    pub(super) min_width: Cell<i32>,
    /// Never wider than that.
    pub(super) is_fixed: Cell<bool>,
    pub(super) texture: RefCell<Option<gdk::Texture>>,
    feed: RefCell<Option<Feed>>,
    image: RefCell<Option<ImageId>>,
    placeholder: RefCell<Placeholder>,
    near: Cell<bool>,
    /// Width of the request under way or answered; 0 for none.
    asked: Cell<u32>,
    request: RefCell<Option<glib::JoinHandle<()>>>,
    /// How much of the texture shows, 0 to 1.
    opacity: Cell<f64>,
    fade: OnceCell<adw::TimedAnimation>,
}

#[glib::object_subclass]
impl ObjectSubclass for Artwork {
    const NAME: &'static str = "SpoolArtwork";
    type Type = super::Artwork;
    type ParentType = gtk::Widget;

    fn class_init(class: &mut Self::Class) {
        class.set_css_name("artwork");
        // The title beside it says what it shows.
        class.set_accessible_role(gtk::AccessibleRole::Presentation);
    }
}

impl ObjectImpl for Artwork {
    fn constructed(&self) {
        self.parent_constructed();
        self.obj().set_overflow(gtk::Overflow::Hidden);
    }

    fn dispose(&self) {
        self.give_up();
    }
}

impl WidgetImpl for Artwork {
    fn request_mode(&self) -> gtk::SizeRequestMode {
        gtk::SizeRequestMode::HeightForWidth
    }

    fn measure(&self, orientation: gtk::Orientation, for_size: i32) -> (i32, i32, i32, i32) {
        let width = self.min_width.get();
        let for_size = if self.is_fixed.get() { width } else { for_size };
        let size = match (orientation, self.frame.get().ratio()) {
            (gtk::Orientation::Vertical, Some(ratio)) => scaled(width.max(for_size), ratio),
            (gtk::Orientation::Vertical, None) => 0,
            _ => width,
        };
        (size, size, -1, -1)
    }

    fn size_allocate(&self, width: i32, height: i32, baseline: i32) {
        self.parent_size_allocate(width, height, baseline);
        self.ask_if_needed();
    }

    fn snapshot(&self, snapshot: &gtk::Snapshot) {
        let bounds = self.bounds();
        if bounds.width() < 1.0 || bounds.height() < 1.0 {
            return;
        }
        let radius = self.radius(bounds.width());
        let outline = gsk::RoundedRect::from_rect(bounds, radius);
        snapshot.push_rounded_clip(&outline);
        let texture = self.texture.borrow();
        let opacity = if texture.is_some() {
            self.opacity.get()
        } else {
            0.0
        };
        if opacity < 1.0 {
            let waiting = self.request.borrow().is_some() || texture.is_some();
            let placeholder = self.placeholder.borrow();
            let is_named = !waiting && self.frame.get() != Frame::Backdrop;
            placeholder.draw(self.obj().upcast_ref(), snapshot, &bounds, is_named);
        }
        if let Some(texture) = texture.as_ref() {
            draw_cover(snapshot, texture, &bounds, opacity);
        }
        snapshot.pop();
        if radius > 0.0 {
            // Keeps dark pictures apart from a dark window, and light ones from a light one.
            let edge = self.obj().color().with_alpha(0.1);
            snapshot.append_border(&outline, &[1.0; 4], &[edge; 4]);
        }
    }
}

impl Artwork {
    pub(super) fn show(&self, feed: &Feed, image: Option<&ImageId>, item: &Item) {
        self.feed.replace(Some(feed.clone()));
        self.placeholder.replace(Placeholder::of(item));
        if self.image.borrow().as_ref() != image {
            self.image.replace(image.cloned());
            self.give_up();
            self.texture.replace(None);
            self.ask_if_needed();
        }
        self.obj().queue_draw();
    }

    pub(super) fn set_near(&self, near: bool) {
        if self.near.replace(near) == near {
            return;
        }
        if near {
            self.ask_if_needed();
        } else {
            self.give_up();
            self.texture.replace(None);
        }
    }

    pub(super) fn clear(&self) {
        self.near.set(false);
        self.give_up();
        self.image.replace(None);
        self.texture.replace(None);
    }

    /// Drops the request under way, if any.
    fn give_up(&self) {
        self.asked.set(0);
        if let Some(request) = self.request.take() {
            request.abort();
        }
    }

    /// Asks for the picture when it is near, has a size, and what was asked for is too small.
    fn ask_if_needed(&self) {
        let widget = self.obj();
        let pixels = widget.width().max(0).unsigned_abs() * widget.scale_factor().unsigned_abs();
        if !self.near.get() || pixels == 0 || bucket(pixels) <= self.asked.get() {
            return;
        }
        let (feed, image) = (self.feed.borrow(), self.image.borrow());
        let (Some(feed), Some(image)) = (feed.as_ref(), image.as_ref()) else {
            return;
        };
        let width = bucket(pixels);
        let picture = feed.picture(image, width);
        let weak = self.downgrade();
        let request = glib::spawn_future_local(async move {
            let texture = picture.await;
            if let Some(artwork) = weak.upgrade() {
                artwork.arrived(texture);
            }
        });
        if let Some(former) = self.request.replace(Some(request)) {
            former.abort();
        }
        self.asked.set(width);
    }

    fn arrived(&self, texture: Option<gdk::Texture>) {
        self.request.replace(None);
        if let Some(texture) = texture {
            // A sharper picture replaces a coarse one without a fade.
            let first = self.texture.replace(Some(texture)).is_none();
            if first {
                self.opacity.set(0.0);
                self.fade().play();
            }
        }
        self.obj().queue_draw();
    }

    fn fade(&self) -> &adw::TimedAnimation {
        self.fade.get_or_init(|| {
            let weak = self.downgrade();
            let target = adw::CallbackAnimationTarget::new(move |value| {
                if let Some(artwork) = weak.upgrade() {
                    artwork.opacity.set(value);
                    artwork.obj().queue_draw();
                }
            });
            adw::TimedAnimation::new(&*self.obj(), 0.0, 1.0, FADE_MS, target)
        })
    }

    fn bounds(&self) -> graphene::Rect {
        let widget = self.obj();
        #[expect(clippy::cast_precision_loss, reason = "a size on the screen")]
        let (width, height) = (widget.width() as f32, widget.height() as f32);
        graphene::Rect::new(0.0, 0.0, width, height)
    }

    fn radius(&self, width: f32) -> f32 {
        match self.frame.get() {
            Frame::Backdrop => 0.0,
            _ if width < SMALL_WIDTH => SMALL_RADIUS,
            _ => CARD_RADIUS,
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a size on the screen"
)]
fn scaled(width: i32, ratio: f32) -> i32 {
    (width as f32 * ratio).round() as i32
}

/// Draws a texture so that it fills the rectangle and keeps its proportions; what is too much is cut on both sides, and
/// rather at the bottom than at the top, where faces are.
fn draw_cover(
    snapshot: &gtk::Snapshot,
    texture: &gdk::Texture,
    bounds: &graphene::Rect,
    opacity: f64,
) {
    #[expect(clippy::cast_precision_loss, reason = "a size on the screen")]
    let (width, height) = (texture.width() as f32, texture.height() as f32);
    let scale = (bounds.width() / width).max(bounds.height() / height);
    let (width, height) = (width * scale, height * scale);
    let x = (bounds.width() - width) / 2.0;
    let y = (bounds.height() - height) / 3.0;
    let area = graphene::Rect::new(x, y, width, height);
    if opacity < 1.0 {
        snapshot.push_opacity(opacity);
    }
    snapshot.append_scaled_texture(texture, gsk::ScalingFilter::Trilinear, &area);
    if opacity < 1.0 {
        snapshot.pop();
    }
}
