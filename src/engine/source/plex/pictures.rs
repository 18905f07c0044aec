//! Pictures: artwork in the size that is shown, and the small ones for the seek bar.

use bytes::Bytes;

use super::{Plex, at, bif, map};
use crate::http::SecretUrl;
use crate::model::{ImageId, PartId};
use crate::source::PreviewStrip;
use crate::source_error::SourceError;

/// Largest picture.
const IMAGE_LIMIT: usize = 20 << 20;
/// Largest file of small pictures: a long film at one each 2 s has 30 MB.
const STRIP_LIMIT: usize = 64 << 20;
/// The only kind of small pictures that there is.
const KIND: &str = "sd";

/// The small pictures of the part that was last asked for.
#[derive(Debug)]
pub(super) struct Strip {
    part: PartId,
    file: Bytes,
    frames: Vec<bif::Frame>,
}

impl Plex {
    pub(super) async fn picture(&self, image: &ImageId, width: u32) -> Result<Bytes, SourceError> {
        if !map::is_image(image.key()) {
            return Err(SourceError::Gone);
        }
        let width = width.clamp(1, 4096);
        // A frame of twice the height lets the width decide, also of posters.
        let (wide, high) = (width.to_string(), (width * 2).to_string());
        let query = [
            ("url", image.key()),
            ("width", &wide),
            ("height", &high),
            ("minSize", "0"),
            ("upscale", "0"),
            ("format", "jpeg"),
            ("quality", "90"),
        ];
        self.bytes(&["photo", ":", "transcode"], &query, IMAGE_LIMIT)
            .await
    }

    /// When the small pictures of a part were taken. The server has them in one file, which is kept until another part's are
    /// asked for.
    pub(super) async fn strip_of(
        &self,
        part: &PartId,
    ) -> Result<Option<PreviewStrip>, SourceError> {
        let wire = self.wire_item(part.item()).await?;
        let mut all = map::versions(&wire);
        let version = all.find(|version| version.part.id.text() == Some(part.key()));
        let kinds = version
            .as_ref()
            .and_then(|version| version.part.indexes.text());
        if !kinds.is_some_and(|kinds| kinds.split(',').any(|kind| kind.trim() == KIND)) {
            return Ok(None);
        }
        let taken = match self.load(part).await {
            Ok(frames) => frames.iter().map(|frame| frame.taken).collect(),
            Err(SourceError::Gone) => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(PreviewStrip::new(KIND, taken, (1, 1)))
    }

    /// One of the small pictures.
    pub(super) async fn sheet_of(&self, part: &PartId, sheet: u32) -> Result<Bytes, SourceError> {
        let number = usize::try_from(sheet).map_err(|_| SourceError::Gone)?;
        let known = |strip: &Strip| {
            let frame = strip.frames.get(number)?;
            Some(strip.file.slice(frame.place.clone()))
        };
        let own = |strip: &Option<Strip>| match strip {
            Some(strip) if strip.part == *part => Some(known(strip)),
            _ => None,
        };
        let kept = own(&self.seen.lock().strip);
        let picture = match kept {
            Some(picture) => picture,
            None => {
                self.load(part).await?;
                own(&self.seen.lock().strip).flatten()
            }
        };
        picture.ok_or(SourceError::Gone)
    }

    async fn load(&self, part: &PartId) -> Result<Vec<bif::Frame>, SourceError> {
        let segments = ["library", "parts", part.key(), "indexes", KIND];
        let file = self.bytes(&segments, &[], STRIP_LIMIT).await?;
        let frames = bif::frames(&file);
        self.seen.lock().strip = Some(Strip {
            part: part.clone(),
            file,
            frames: frames.clone(),
        });
        Ok(frames)
    }

    /// A whole body of at most `limit` bytes.
    pub(super) async fn bytes(
        &self,
        segments: &[&str],
        query: &[(&str, &str)],
        limit: usize,
    ) -> Result<Bytes, SourceError> {
        self.standing
            .ask(|way| async move {
                let url = SecretUrl::new(at(&way, segments, query));
                way.http.get_bytes(&url, limit).await
            })
            .await
    }
}
