//! Fonts for styled subtitles that do not come with the bytes of their title.

use std::sync::Arc;

use super::{PlaybackError, PlaybackService};
use crate::model::PartId;
use crate::source::Font;

impl PlaybackService {
    /// Fonts inside the file of a part; none where its server cannot take them out.
    ///
    /// # Errors
    /// [`PlaybackError::Library`] when there is no such account, [`PlaybackError::Source`].
    pub async fn fonts(&self, part: &PartId) -> Result<Vec<Font>, PlaybackError> {
        let (inner, part) = (Arc::clone(&self.inner), part.clone());
        let asked = async move {
            let source = inner.source(part.item().account())?;
            Ok(source.fonts(&part).await?)
        };
        self.inner.runtime.run(asked).await
    }
}
