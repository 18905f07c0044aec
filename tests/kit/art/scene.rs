//! The scenes, each drawn for any size from simple shapes.

mod form;
mod land;

use super::canvas::Canvas;

/// What a picture shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scene {
    /// A film spool rising like a sun over a road.
    Spool,
    /// A lighthouse over dark water.
    Harbour,
    /// Trees with crowns of glass.
    Orchard,
    /// Moons hung on threads.
    Moons,
    /// Waves behind waves.
    Waves,
    /// A globe of meridians.
    Meridian,
    /// Doors within doors.
    Floors,
    /// Ridges in red dust.
    Mountains,
    /// A kite over hills.
    Kite,
    /// Northern lights over rails.
    Aurora,
    /// The contour lines of an island.
    Contours,
    /// A mast that sends rings over snow.
    Signal,
    /// A dome under turning stars.
    Observatory,
    /// Arches of a hall under water.
    Tide,
}

impl Scene {
    /// Colour of small letters at the picture's foot.
    pub(super) fn ink(self) -> &'static str {
        match self {
            Self::Contours => "#3b2a1a",
            Self::Signal => "#17324a",
            _ => "#ffffff",
        }
    }

    /// Draws it as SVG shapes for a picture of `w` by `h`; `shade` turns the stars, for stills that differ.
    pub(super) fn draw(self, w: f64, h: f64, shade: u32) -> String {
        let mut canvas = Canvas {
            w,
            h,
            out: String::new(),
        };
        match self {
            Self::Spool => form::spool(&mut canvas),
            Self::Harbour => land::harbour(&mut canvas),
            Self::Orchard => land::orchard(&mut canvas),
            Self::Moons => form::moons(&mut canvas),
            Self::Waves => land::waves(&mut canvas),
            Self::Meridian => form::meridian(&mut canvas),
            Self::Floors => form::floors(&mut canvas),
            Self::Mountains => land::mountains(&mut canvas),
            Self::Kite => land::kite(&mut canvas),
            Self::Aurora => land::aurora(&mut canvas),
            Self::Contours => form::contours(&mut canvas),
            Self::Signal => land::signal(&mut canvas),
            Self::Observatory => form::observatory(&mut canvas, shade),
            Self::Tide => form::tide(&mut canvas),
        }
        canvas.out
    }
}
