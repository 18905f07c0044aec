//! Bytes of a picture to pixels, with limits: pictures come from servers and strangers' files.

use std::io::Cursor;

use image::{ImageReader, Limits};

use super::Picture;

/// Wider or higher pictures are refused.
const LONGEST_SIDE: u32 = 12_000;
/// Memory that one picture may take while it is decoded.
const MEMORY: u64 = 256 << 20;

/// Decodes JPEG, PNG or WebP and shrinks it to `width` where it is wider. Blocks for some milliseconds.
///
/// # Errors
/// When it is of no known kind, damaged, or beyond the limits.
pub(crate) fn decode(bytes: &[u8], width: u32) -> image::ImageResult<Picture> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits);
    let mut picture = reader.decode()?;
    if picture.width() > width {
        picture = picture.thumbnail(width, u32::MAX);
    }
    let pixels = picture.into_rgba8();
    Ok(Picture {
        width: pixels.width(),
        height: pixels.height(),
        rgba: pixels.into_raw().into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image::RgbImage::from_pixel(width, height, image::Rgb([200, 30, 60]))
            .write_to(&mut bytes, image::ImageFormat::Png)
            .unwrap();
        bytes.into_inner()
    }

    #[test]
    fn a_wide_picture_is_shrunk_and_a_small_one_kept() {
        let wide = decode(&png(800, 1200), 200).unwrap();
        assert_eq!(
            (wide.width, wide.height, wide.rgba.len()),
            (200, 300, 200 * 300 * 4)
        );
        assert_eq!(wide.rgba[..4], [200, 30, 60, 255]);
        let small = decode(&png(20, 30), 200).unwrap();
        assert_eq!((small.width, small.height), (20, 30));
    }

    #[test]
    fn a_bomb_and_rubbish_are_refused() {
        // The header of a PNG that claims 65,535 pixels each way.
        let mut bomb = png(1, 1);
        bomb[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
        assert!(decode(&bomb, 200).is_err());
        for rubbish in [&b""[..], b"<html>", &[0xff, 0xd8, 0xff]] {
            assert!(decode(rubbish, 200).is_err());
        }
    }
}
