//! Small pictures of a film for the seek bar.

use std::sync::Arc;

use super::{PlaybackError, PlaybackService};
use crate::artwork::{Picture, decode_picture};
use crate::model::PartId;
use crate::source::PreviewStrip;
use crate::source_error::SourceError;

/// A sheet of ten times ten pictures is no wider.
const WIDEST: u32 = 8_000;

impl PlaybackService {
    /// Which small pictures there are of a part; `None` when there are none. Asks the server.
    ///
    /// # Errors
    /// [`PlaybackError::Source`].
    pub async fn previews(&self, part: &PartId) -> Result<Option<PreviewStrip>, PlaybackError> {
        let (inner, part) = (Arc::clone(&self.inner), part.clone());
        let asked = async move {
            let source = inner.source(part.item().account())?;
            Ok(source.previews(&part).await?)
        };
        self.inner.runtime.run(asked).await
    }

    /// One sheet of them, decoded; see [`PreviewStrip::at`]. Asks the server each time.
    ///
    /// # Errors
    /// [`PlaybackError::Source`].
    pub async fn preview_sheet(
        &self,
        part: &PartId,
        strip: &PreviewStrip,
        sheet: u32,
    ) -> Result<Picture, PlaybackError> {
        let (inner, part, strip) = (Arc::clone(&self.inner), part.clone(), strip.clone());
        let asked = async move {
            let source = inner.source(part.item().account())?;
            let bytes = source.preview(&part, &strip, sheet).await?;
            let decoded = tokio::task::spawn_blocking(move || decode_picture(&bytes, WIDEST)).await;
            match decoded {
                Ok(Ok(picture)) => Ok(picture),
                _ => Err(SourceError::Malformed("no picture".into()).into()),
            }
        };
        self.inner.runtime.run(asked).await
    }
}
