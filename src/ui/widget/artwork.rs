//! A picture that is fetched while it is near the screen and given up when it is not.
//!
//! **Owns** one texture at most, the request for it, and the placeholder that stands in for it. **Does not know** what the
//! picture means: cards and pages put titles, marks and badges around it. **Threads**: the window's; fetching and
//! decoding happen behind the [`Feed`].

mod imp;
mod placeholder;

use gtk::glib;
use gtk::prelude::*;
use gtk::subclass::prelude::*;
use spool_engine::model::{ImageId, Item, Kind};

use super::feed::Feed;

/// The form of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Frame {
    /// Upright 2:3.
    #[default]
    Poster,
    /// An album's cover.
    Square,
    /// Wide 16:9.
    Wide,
    /// Whatever the parent gives it, without round corners: behind a title page.
    Backdrop,
}

impl Frame {
    /// The frame in which cards of these titles are shown in a grid.
    #[must_use]
    pub fn of_kind(kind: Kind) -> Self {
        match kind {
            Kind::Movie | Kind::Show | Kind::Season => Self::Poster,
            Kind::Artist | Kind::Album | Kind::Track => Self::Square,
            Kind::Episode | Kind::Video => Self::Wide,
        }
    }

    /// Height divided by width; `None` where the parent decides.
    #[must_use]
    pub fn ratio(self) -> Option<f32> {
        match self {
            Self::Poster => Some(1.5),
            Self::Square => Some(1.0),
            Self::Wide => Some(9.0 / 16.0),
            Self::Backdrop => None,
        }
    }

    /// The picture of an item that fits best.
    #[must_use]
    pub fn image(self, item: &Item) -> Option<&ImageId> {
        let art = &item.artwork;
        match self {
            Self::Poster | Self::Square => art.poster.as_ref().or(art.thumb.as_ref()),
            Self::Wide => art
                .thumb
                .as_ref()
                .or(art.backdrop.as_ref())
                .or(art.poster.as_ref()),
            Self::Backdrop => art.backdrop.as_ref().or(art.thumb.as_ref()),
        }
    }
}

glib::wrapper! {
    /// The picture as a widget. Fills its frame (cover), with round corners.
    pub struct Artwork(ObjectSubclass<imp::Artwork>)
        @extends gtk::Widget,
        @implements gtk::Accessible, gtk::Buildable, gtk::ConstraintTarget;
}

impl Artwork {
    /// An empty frame of at least `min_width` pixels.
    #[must_use]
    pub fn new(frame: Frame, min_width: i32) -> Self {
        let artwork: Self = glib::Object::new();
        artwork.imp().frame.set(frame);
        artwork.imp().min_width.set(min_width);
        artwork
    }

    /// Stays at its least width, whatever the parent could give.
    #[must_use]
    pub fn fixed(self) -> Self {
        self.imp().is_fixed.set(true);
        self.set_halign(gtk::Align::Start);
        self
    }

    /// Changes the form.
    pub fn set_frame(&self, frame: Frame) {
        if self.imp().frame.replace(frame) != frame {
            self.queue_resize();
        }
    }

    /// Shows the picture of an item. Nothing is fetched before [`Artwork::set_near`] and a size.
    pub fn show(&self, feed: &Feed, item: &Item) {
        let image = self.imp().frame.get().image(item);
        self.imp().show(feed, image, item);
    }

    /// Says whether it is on the screen or about to be. Away from it, the request is given up and the texture dropped.
    pub fn set_near(&self, near: bool) {
        self.imp().set_near(near);
    }

    /// Treats itself as near while it is mapped: for pages with a few pictures.
    #[must_use]
    pub fn near_while_mapped(self) -> Self {
        self.connect_map(|artwork| artwork.set_near(true));
        self.connect_unmap(|artwork| artwork.set_near(false));
        self
    }

    /// Forgets the picture.
    pub fn clear(&self) {
        self.imp().clear();
    }

    /// Whether the picture itself is shown, rather than its placeholder.
    #[must_use]
    pub fn is_loaded(&self) -> bool {
        self.imp().texture.borrow().is_some()
    }
}

/// The width to ask for: the next of a few sizes, so that a window that is being resized does not ask for each pixel.
fn bucket(device_pixels: u32) -> u32 {
    const WIDTHS: [u32; 8] = [160, 240, 320, 480, 640, 960, 1280, 1920];
    WIDTHS
        .into_iter()
        .find(|width| *width >= device_pixels)
        .unwrap_or(WIDTHS[WIDTHS.len() - 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_sizes_serve_all_widths() {
        assert_eq!(
            [1, 160, 161, 400, 5000].map(bucket),
            [160, 160, 240, 480, 1920]
        );
    }

    #[test]
    fn a_wide_frame_takes_a_still_before_a_poster() {
        let account: spool_engine::model::AccountId = "a".parse().unwrap();
        let image = |key: &str| Some(ImageId::new(account.clone(), key));
        let id = spool_engine::model::ItemId::new(account.clone(), "1");
        let mut item = Item::new(id, Kind::Episode, "One");
        item.artwork.poster = image("poster");
        assert_eq!(Frame::Wide.image(&item), image("poster").as_ref());
        item.artwork.thumb = image("still");
        assert_eq!(Frame::Wide.image(&item), image("still").as_ref());
        assert_eq!(Frame::Poster.image(&item), image("poster").as_ref());
    }
}
