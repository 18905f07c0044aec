//! What cards ask about while they are on screen: pictures and presence.
//!
//! **Does not know** the engine's services: a page makes a feed from them, so that widgets work in tests and with any
//! source of pictures.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use gtk::gdk;
use spool_engine::model::{ImageId, ItemId, Presence};

/// A picture on its way. Dropping it gives up the request.
pub type PictureFuture = Pin<Box<dyn Future<Output = Option<gdk::Texture>>>>;

type Pictures = Rc<dyn Fn(&ImageId, u32) -> PictureFuture>;
type Presences = Rc<dyn Fn(&ItemId) -> Presence>;
type Absences = Rc<dyn Fn(&ItemId) -> bool>;

/// Where cards get pictures and presence from. Cheap to clone; stays on the window's thread.
#[derive(Clone)]
pub struct Feed {
    picture: Pictures,
    presence: Presences,
    away: Absences,
}

impl Feed {
    /// A feed of these two answers: a picture about so many device pixels wide, and the presence of a title from memory.
    pub fn new(
        picture: impl Fn(&ImageId, u32) -> PictureFuture + 'static,
        presence: impl Fn(&ItemId) -> Presence + 'static,
    ) -> Self {
        Self {
            picture: Rc::new(picture),
            presence: Rc::new(presence),
            away: Rc::new(|_| false),
        }
    }

    /// The same feed, which also knows whose source cannot be reached now.
    #[must_use]
    pub fn with_absences(self, away: impl Fn(&ItemId) -> bool + 'static) -> Self {
        Self {
            away: Rc::new(away),
            ..self
        }
    }

    /// Whether a title of which so much is here cannot be played now.
    #[must_use]
    pub fn is_away(&self, item: &ItemId, presence: Presence) -> bool {
        presence == Presence::None && (self.away)(item)
    }

    /// The picture, about `width` device pixels wide; `None` when it cannot be had.
    #[must_use]
    pub fn picture(&self, image: &ImageId, width: u32) -> PictureFuture {
        (self.picture)(image, width)
    }

    /// How much of a title is on this device now.
    #[must_use]
    pub fn presence(&self, item: &ItemId) -> Presence {
        (self.presence)(item)
    }
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed").finish_non_exhaustive()
    }
}
