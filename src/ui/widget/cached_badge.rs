//! The badge that says how much of a title is on this device: a ring that fills, a disc when all is here.
//!
//! **Owns** its drawing and its words. **Does not know** where presence comes from: whoever shows a title sets it, and
//! sets it again when it changes.

mod draw;

use gtk::glib;
use gtk::prelude::*;
use gtk::subclass::prelude::*;
use spool_engine::model::{Kind, Presence};

use crate::i18n::{gettext_f, ngettext_f};
use crate::ui::format;

/// What the badge draws.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub enum Shape {
    /// Nothing.
    #[default]
    Hidden,
    /// A ring filled to this share, above 0 and below 1.
    Ring(f32),
    /// The same with an arrow in it: bytes are arriving.
    Arriving(f32),
    /// A filled disc.
    Disc,
}

/// The smallest share that is drawn: less is no visible arc.
const LEAST_ARC: f32 = 0.04;

/// What the badge draws for a presence. A ring never looks empty, nor closed.
#[must_use]
pub fn shape(presence: Presence) -> Shape {
    let arc = |share: f32| share.clamp(LEAST_ARC, 1.0 - LEAST_ARC);
    match presence {
        Presence::None => Shape::Hidden,
        Presence::Partly { permille, arriving } => {
            let share = arc(f32::from(permille) / 1000.0);
            if arriving {
                Shape::Arriving(share)
            } else {
                Shape::Ring(share)
            }
        }
        Presence::Whole => Shape::Disc,
        Presence::Children { here, of } =>
        {
            #[expect(clippy::cast_possible_truncation, reason = "a share between 0 and 1")]
            Shape::Ring(arc((f64::from(here) / f64::from(of.max(1))) as f32))
        }
    }
}

/// What tooltip and screen reader say for a presence of a title of this kind; `None` when nothing is here.
#[must_use]
pub fn words(presence: Presence, kind: Kind) -> Option<String> {
    match presence {
        Presence::None => None,
        Presence::Partly { permille, arriving } => {
            let percent = format::percent(permille).to_string();
            let percent = [("percent", percent.as_str())];
            Some(if arriving {
                // xgettext:no-c-format
                // Translators: so much of a film is stored on this computer, and more is arriving.
                gettext_f("{percent} % on this device, more is arriving", &percent)
            } else {
                // xgettext:no-c-format
                // Translators: so much of a film is stored on this computer.
                gettext_f("{percent} % on this device", &percent)
            })
        }
        Presence::Whole => Some(gettextrs::gettext("On this device")),
        Presence::Children { here: 0, .. } => Some(gettextrs::gettext("Partly on this device")),
        Presence::Children { here, of } => Some(children_words(here, of, kind)),
    }
}

fn children_words(here: u32, of: u32, kind: Kind) -> String {
    let numbers = (here.to_string(), of.to_string());
    let numbers = [("here", numbers.0.as_str()), ("of", numbers.1.as_str())];
    match kind {
        Kind::Artist | Kind::Album | Kind::Track => ngettext_f(
            "{here} of {of} track on this device",
            "{here} of {of} tracks on this device",
            u64::from(of),
            &numbers,
        ),
        _ => ngettext_f(
            "{here} of {of} episode on this device",
            "{here} of {of} episodes on this device",
            u64::from(of),
            &numbers,
        ),
    }
}

glib::wrapper! {
    /// The badge as a widget: 22 pixels square, or hidden.
    pub struct CachedBadge(ObjectSubclass<imp::CachedBadge>)
        @extends gtk::Widget,
        @implements gtk::Accessible, gtk::Buildable, gtk::ConstraintTarget;
}

/// Where a badge lies, which decides its colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Ground {
    /// On a picture of any colour: white on a dark disc of its own.
    #[default]
    Picture,
    /// On the window's or row's background: in the colour of the text there.
    Plain,
}

impl CachedBadge {
    /// A hidden badge.
    #[must_use]
    pub fn new(ground: Ground) -> Self {
        let badge: Self = glib::Object::new();
        badge.imp().ground.set(ground);
        badge.set_visible(false);
        badge
    }

    /// Shows the presence of a title of this kind; draws again only when it looks different.
    pub fn set(&self, presence: Presence, kind: Kind) {
        let shape = shape(presence);
        let words = words(presence, kind);
        self.set_tooltip_text(words.as_deref());
        let label = words.unwrap_or_default();
        self.update_property(&[gtk::accessible::Property::Label(&label)]);
        self.set_visible(shape != Shape::Hidden);
        if self.imp().shape.replace(shape) != shape {
            self.queue_draw();
        }
    }
}

mod imp {
    use std::cell::Cell;

    use super::{Ground, Shape, draw, glib};
    use gtk::prelude::*;
    use gtk::subclass::prelude::*;

    /// Edge in pixels.
    const SIZE: i32 = 22;

    #[derive(Debug, Default)]
    pub struct CachedBadge {
        pub(super) shape: Cell<Shape>,
        pub(super) ground: Cell<Ground>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for CachedBadge {
        const NAME: &'static str = "SpoolCachedBadge";
        type Type = super::CachedBadge;
        type ParentType = gtk::Widget;

        fn class_init(class: &mut Self::Class) {
            class.set_css_name("cachedbadge");
            class.set_accessible_role(gtk::AccessibleRole::Img);
        }
    }

    impl ObjectImpl for CachedBadge {}

    impl WidgetImpl for CachedBadge {
        fn measure(&self, _orientation: gtk::Orientation, _for_size: i32) -> (i32, i32, i32, i32) {
            (SIZE, SIZE, -1, -1)
        }

        fn snapshot(&self, snapshot: &gtk::Snapshot) {
            let widget = self.obj();
            #[expect(clippy::cast_precision_loss, reason = "a few pixels")]
            let (width, height) = (widget.width() as f32, widget.height() as f32);
            let colours = match self.ground.get() {
                Ground::Picture => draw::Colours::on_picture(),
                Ground::Plain => draw::Colours::plain(widget.color()),
            };
            draw::badge(snapshot, width, height, self.shape.get(), &colours);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn partly(permille: u16, arriving: bool) -> Presence {
        Presence::Partly { permille, arriving }
    }

    fn words(presence: Presence) -> Option<String> {
        super::words(presence, Kind::Movie)
    }

    #[test]
    fn nothing_here_has_no_badge_and_no_words() {
        assert_eq!(shape(Presence::None), Shape::Hidden);
        assert_eq!(words(Presence::None), None);
    }

    #[test]
    fn a_part_is_a_ring_with_percent_rounded_down() {
        assert_eq!(shape(partly(378, false)), Shape::Ring(0.378));
        assert_eq!(words(partly(378, false)).unwrap(), "37 % on this device");
        assert_eq!(
            words(partly(378, true)).unwrap(),
            "37 % on this device, more is arriving"
        );
        assert_eq!(shape(partly(500, true)), Shape::Arriving(0.5));
    }

    #[test]
    fn a_part_never_looks_like_all_or_nothing() {
        assert_eq!(words(partly(1, false)).unwrap(), "1 % on this device");
        assert_eq!(words(partly(999, false)).unwrap(), "99 % on this device");
        assert_eq!(shape(partly(1, false)), Shape::Ring(LEAST_ARC));
        assert_eq!(shape(partly(999, false)), Shape::Ring(1.0 - LEAST_ARC));
    }

    #[test]
    fn all_of_it_is_a_disc() {
        assert_eq!(shape(Presence::Whole), Shape::Disc);
        assert_eq!(words(Presence::Whole).unwrap(), "On this device");
    }

    #[test]
    fn a_show_sums_up_its_episodes_and_an_album_its_tracks() {
        let six = Presence::Children { here: 6, of: 10 };
        assert_eq!(shape(six), Shape::Ring(0.6));
        let show = super::words(six, Kind::Show).unwrap();
        assert_eq!(show, "6 of 10 episodes on this device");
        let album = super::words(six, Kind::Album).unwrap();
        assert_eq!(album, "6 of 10 tracks on this device");
    }

    #[test]
    fn a_show_with_only_parts_of_episodes_says_so() {
        let parts = Presence::Children { here: 0, of: 10 };
        assert_eq!(shape(parts), Shape::Ring(LEAST_ARC));
        let show = super::words(parts, Kind::Show).unwrap();
        assert_eq!(show, "Partly on this device");
    }
}
