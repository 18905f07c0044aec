//! What the demo library looks like: four places, drawn at any time and in any size, and the lettering above them.
//!
//! **Does not know** files. Sizes are in parts of the picture, so that a poster and a frame come from the same lines.

mod places;

use gtk::cairo::{self, Context, FontSlant, FontWeight, Format, ImageSurface};
use spool_player::clip::Draw;

/// A place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scene {
    /// A ferry under the moon.
    Sea,
    /// Hills in the morning.
    Hills,
    /// Small worlds around a sun.
    Orbits,
    /// A street at night,
    City,
    /// and in the rain.
    Rain,
}

type Drawn = Result<(), cairo::Error>;

impl Scene {
    fn draw(self, cr: &Context, size: (f64, f64), time: f64) -> Drawn {
        match self {
            Self::Sea => places::sea(cr, size, time),
            Self::Hills => places::hills(cr, size, time),
            Self::Orbits => places::orbits(cr, size, time),
            Self::City => places::city(cr, size, time, false),
            Self::Rain => places::city(cr, size, time, true),
        }
    }
}

/// A frame of a film, with a name above it as clear as the number between 0 and 1 says.
pub(super) fn frame(
    scene: Scene,
    size: (u32, u32),
    time: f64,
    name: Option<(&str, f64)>,
    pixels: &mut [u8],
) {
    on_pixels(size, pixels, |cr, size| {
        scene.draw(cr, size, time)?;
        match name {
            Some((name, clear)) => letter(cr, size, (name, size.1 * 0.11), 0.56, clear),
            None => Ok(()),
        }
    });
}

/// A picture of a scene at a time.
pub(super) fn still(scene: Scene, size: (u32, u32), time: f64) -> Draw {
    Box::new(move |_, pixels| frame(scene, size, time, None, pixels))
}

/// A poster or a cover: a scene with a name and a line below it.
pub(super) fn poster(scene: Scene, size: (u32, u32), name: &str, below: &str) -> Draw {
    let (name, below) = (name.to_owned(), below.to_owned());
    Box::new(move |_, pixels| {
        on_pixels(size, pixels, |cr, size| {
            scene.draw(cr, size, 9.0)?;
            let shade = cairo::LinearGradient::new(0.0, size.1 * 0.55, 0.0, size.1);
            shade.add_color_stop_rgba(0.0, 0.0, 0.0, 0.0, 0.0);
            shade.add_color_stop_rgba(1.0, 0.0, 0.0, 0.0, 0.7);
            cr.set_source(&shade)?;
            cr.paint()?;
            let large = size.0 * 0.125;
            letter(cr, size, (&name, large), 0.84, 1.0)?;
            letter(cr, size, (&below, large * 0.42), 0.95, 0.75)
        });
    })
}

/// Lets something be drawn on pixels; what cannot be drawn leaves them as they are.
fn on_pixels(
    (width, height): (u32, u32),
    pixels: &mut [u8],
    draw: impl FnOnce(&Context, (f64, f64)) -> Drawn,
) {
    let drawn = || -> Result<(), cairo::Error> {
        let side = |pixels: u32| i32::try_from(pixels).map_err(|_| cairo::Error::InvalidSize);
        let mut surface = ImageSurface::create(Format::Rgb24, side(width)?, side(height)?)?;
        {
            let cr = Context::new(&surface)?;
            draw(&cr, (f64::from(width), f64::from(height)))?;
        }
        surface.flush();
        let data = surface.data().map_err(|_| cairo::Error::SurfaceFinished)?;
        // Lines of this format have no gaps between them.
        let drawn = data.get(..pixels.len()).ok_or(cairo::Error::InvalidSize)?;
        pixels.copy_from_slice(drawn);
        Ok(())
    };
    if let Err(error) = drawn() {
        tracing::warn!(%error, "a picture of the demo library cannot be drawn");
    }
}

/// Words in the middle of a line, in as many lines as they need, the last of them at a height.
fn letter(
    cr: &Context,
    (width, height): (f64, f64),
    (text, large): (&str, f64),
    at: f64,
    clear: f64,
) -> Drawn {
    cr.select_font_face("Cantarell", FontSlant::Normal, FontWeight::Bold);
    cr.set_font_size(large);
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let longer = match lines.last() {
            Some(line) => format!("{line} {word}"),
            None => word.to_owned(),
        };
        let fits = cr.text_extents(&longer)?.width() <= width * 0.86;
        match lines.last_mut() {
            Some(line) if fits => *line = longer,
            Some(_) => lines.push(word.to_owned()),
            None => lines.push(longer),
        }
    }
    let first = height * at - large * 1.15 * (lines.len() as f64 - 1.0);
    for (number, line) in lines.iter().enumerate() {
        let extents = cr.text_extents(line)?;
        let x = (width - extents.width()) / 2.0 - extents.x_bearing();
        let y = first + large * 1.15 * number as f64;
        cr.set_source_rgba(0.0, 0.0, 0.0, clear * 0.45);
        cr.move_to(x, y + large * 0.05);
        cr.show_text(line)?;
        cr.set_source_rgba(1.0, 0.98, 0.94, clear);
        cr.move_to(x, y);
        cr.show_text(line)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Scene; 5] = [
        Scene::Sea,
        Scene::Hills,
        Scene::Orbits,
        Scene::City,
        Scene::Rain,
    ];

    fn drawn(scene: Scene, size: (u32, u32), time: f64) -> Vec<u8> {
        let mut pixels = vec![0; (size.0 * size.1 * 4) as usize];
        frame(scene, size, time, None, &mut pixels);
        pixels
    }

    #[test]
    fn every_scene_fills_every_shape_and_moves() {
        for scene in ALL {
            for size in [(160, 90), (100, 150), (90, 90)] {
                let (first, later) = (drawn(scene, size, 1.0), drawn(scene, size, 4.0));
                let dark = first
                    .chunks(4)
                    .filter(|pixel| pixel[..3] == [0, 0, 0])
                    .count();
                assert_eq!(dark, 0, "{scene:?} in {size:?}");
                assert_ne!(first, later, "{scene:?} stands still");
            }
        }
    }

    #[test]
    fn a_name_is_seen_as_clearly_as_is_said() {
        let plain = drawn(Scene::Sea, (320, 180), 2.0);
        for (clear, changes) in [(0.0, false), (1.0, true)] {
            let mut named = vec![0; plain.len()];
            frame(
                Scene::Sea,
                (320, 180),
                2.0,
                Some(("A Name", clear)),
                &mut named,
            );
            assert_eq!(named != plain, changes, "{clear}");
        }
    }
}
