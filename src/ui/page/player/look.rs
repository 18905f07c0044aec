//! The small pictures above the seek bar: which one is wanted, and where it comes from.
//!
//! **Owns** the sheets that were fetched for this playback, a few at a time. **Does not know** widgets.

use std::time::Duration;

use gtk::{gdk, glib};
use relm4::ComponentSender;
use spool_engine::artwork::Picture;
use spool_engine::source::PreviewStrip;

use super::{PlayerDone, PlayerPage};

/// Sheets that are kept: one of ten times ten pictures takes 20 MB.
const KEPT: usize = 3;

/// What is looked at.
#[derive(Debug, Default)]
pub(super) struct Look {
    /// The place under the pointer.
    at: Option<Duration>,
    /// Of each file.
    files: Vec<Pictures>,
    shown: Option<(usize, u32, u32, u32)>,
    texture: Option<gdk::MemoryTexture>,
}

/// The small pictures of one file.
#[derive(Debug, Default)]
struct Pictures {
    strip: Strip,
    /// The newest last.
    sheets: Vec<(u32, Picture)>,
    /// The sheet that is on its way.
    coming: Option<u32>,
}

#[derive(Debug, Default)]
enum Strip {
    #[default]
    Unasked,
    Asked,
    Known(Option<PreviewStrip>),
}

impl Look {
    /// The picture to show, and the place it is of.
    pub(super) fn picture(&self) -> Option<(&gdk::MemoryTexture, Duration)> {
        self.texture.as_ref().zip(self.at)
    }

    /// The pictures of the file of this number.
    fn file(&mut self, number: usize) -> &mut Pictures {
        if self.files.len() <= number {
            self.files.resize_with(number + 1, Pictures::default);
        }
        &mut self.files[number]
    }
}

impl Pictures {
    fn sheet(&self, number: u32) -> Option<&Picture> {
        let mut sheets = self.sheets.iter();
        let found = sheets.find(|(known, _)| *known == number);
        found.map(|(_, picture)| picture)
    }
}

impl PlayerPage {
    /// The pointer is over a place of the seek bar, or nowhere.
    pub(super) fn look_at(&mut self, place: Option<Duration>, sender: &ComponentSender<Self>) {
        let look = &mut self.course.look;
        look.at = place;
        if place.is_none() {
            (look.texture, look.shown) = (None, None);
            return;
        }
        let file = place.and_then(|place| self.course.file_at(place));
        let Some((number, part, _)) = file else {
            return;
        };
        let pictures = self.course.look.file(number);
        if matches!(pictures.strip, Strip::Unasked) {
            pictures.strip = Strip::Asked;
            let (playback, generation) = (self.services.engine.playback.clone(), self.generation);
            sender.oneshot_command(async move {
                let strip = playback.previews(&part).await.ok().flatten();
                PlayerDone::Strip(generation, number, strip.map(Box::new))
            });
        }
        self.show_tile(sender);
    }

    pub(super) fn strip_known(
        &mut self,
        file: usize,
        strip: Option<Box<PreviewStrip>>,
        sender: &ComponentSender<Self>,
    ) {
        self.course.look.file(file).strip = Strip::Known(strip.map(|strip| *strip));
        self.show_tile(sender);
    }

    pub(super) fn sheet_came(
        &mut self,
        file: usize,
        number: u32,
        picture: Option<Picture>,
        sender: &ComponentSender<Self>,
    ) {
        let pictures = self.course.look.file(file);
        pictures.coming = None;
        match picture {
            Some(picture) => {
                if pictures.sheets.len() == KEPT {
                    pictures.sheets.remove(0);
                }
                pictures.sheets.push((number, picture));
            }
            // Pictures that cannot be had are not asked for again and again.
            None => pictures.strip = Strip::Known(None),
        }
        self.show_tile(sender);
    }

    /// Shows the picture of the place, or fetches the sheet that has it.
    fn show_tile(&mut self, sender: &ComponentSender<Self>) {
        let (place, shown) = (self.course.look.at, self.course.look.shown);
        let file = place.and_then(|place| self.course.file_at(place));
        let Some((number, part, at)) = file else {
            return;
        };
        let pictures = self.course.look.file(number);
        let Strip::Known(Some(strip)) = &pictures.strip else {
            return;
        };
        let tile = strip.at(at);
        let wanted = (number, tile.sheet, tile.column, tile.row);
        if shown == Some(wanted) {
            return;
        }
        let cut = pictures.sheet(tile.sheet).map(|sheet| {
            let (columns, rows) = strip.grid();
            let (width, height) = strip
                .size
                .unwrap_or((sheet.width / columns, sheet.height / rows));
            let corner = (tile.column * width, tile.row * height);
            crop(sheet, corner, (width, height))
        });
        let (strip, sheet) = (strip.clone(), tile.sheet);
        match cut {
            Some(texture) => {
                let look = &mut self.course.look;
                (look.texture, look.shown) = (texture, Some(wanted));
            }
            None if pictures.coming.is_none() => {
                pictures.coming = Some(sheet);
                let (playback, generation) =
                    (self.services.engine.playback.clone(), self.generation);
                sender.oneshot_command(async move {
                    let picture = playback.preview_sheet(&part, &strip, sheet).await.ok();
                    PlayerDone::Sheet(generation, number, sheet, picture)
                });
            }
            None => {}
        }
    }
}

/// A part of a sheet; nothing where it has no such part.
fn crop(
    sheet: &Picture,
    (x, y): (u32, u32),
    (width, height): (u32, u32),
) -> Option<gdk::MemoryTexture> {
    let inside = width > 0 && height > 0 && x + width <= sheet.width && y + height <= sheet.height;
    if !inside {
        return None;
    }
    let stride = sheet.width as usize * 4;
    let row = |line: u32| {
        let start = (y + line) as usize * stride + x as usize * 4;
        sheet.rgba.get(start..start + width as usize * 4)
    };
    let mut pixels = Vec::with_capacity(width as usize * height as usize * 4);
    for line in 0..height {
        pixels.extend_from_slice(row(line)?);
    }
    Some(texture(pixels, (width, height)))
}

/// A picture of four bytes a pixel: red, green, blue, opacity.
pub(super) fn texture(
    rgba: impl AsRef<[u8]> + Send + 'static,
    (width, height): (u32, u32),
) -> gdk::MemoryTexture {
    let bytes = glib::Bytes::from_owned(rgba);
    let format = gdk::MemoryFormat::R8g8b8a8;
    let stride = width as usize * 4;
    gdk::MemoryTexture::new(width as i32, height as i32, format, &bytes, stride)
}
