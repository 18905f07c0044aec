//! Fonts inside the files of titles, which the server takes out of them.

use parking_lot::Mutex;

use super::map::PartKey;
use super::{Jellyfin, wire};
use crate::http::SecretUrl;
use crate::model::PartId;
use crate::source::Font;
use crate::source_error::SourceError;

/// A film with more fonts shows some lines in another one.
const MOST: usize = 60;
/// One font; those of Chinese and Japanese are large.
const LARGEST: usize = 24 << 20;
/// All fonts of one film.
const TOGETHER: usize = 64 << 20;

/// The fonts of the film that was asked for last: it is opened anew wherever somebody goes in a stream of it.
#[derive(Debug, Default)]
pub(super) struct Fonts(Mutex<Option<(PartId, Vec<Font>)>>);

impl Jellyfin {
    pub(super) async fn fonts_of(&self, part: &PartId) -> Result<Vec<Font>, SourceError> {
        let known = self.fonts.0.lock().clone();
        if let Some((_, fonts)) = known.filter(|(known, _)| known == part) {
            return Ok(fonts);
        }
        let source = PartKey::parse(part.key()).source;
        let url = self
            .routes
            .of_user(&["Items", PartKey::title_of(part)], &[]);
        let item: wire::Item = self.http.get_json(&url).await?;
        let mut all = item.media_sources.0.iter();
        let described = all.find(|one| one.id.text() == Some(source));
        let (mut fonts, mut size) = (Vec::new(), 0);
        for (index, name) in described.map(named).unwrap_or_default() {
            let number = index.to_string();
            let segments = [
                "Videos",
                PartKey::title_of(part),
                source,
                "Attachments",
                &number,
            ];
            let url = SecretUrl::new(self.routes.at(&segments));
            match self
                .http
                .get_bytes(&url, LARGEST.min(TOGETHER - size))
                .await
            {
                Ok(data) => {
                    size += data.len();
                    fonts.push(Font { name, data });
                }
                // The others are fonts all the same.
                Err(
                    error
                    @ (SourceError::Gone | SourceError::Status(_) | SourceError::Malformed(_)),
                ) => {
                    tracing::debug!(%error, "a font was left out");
                }
                Err(error) => return Err(error),
            }
        }
        *self.fonts.0.lock() = Some((part.clone(), fonts.clone()));
        Ok(fonts)
    }
}

/// The fonts among what is attached to a file: their places and names.
fn named(source: &wire::MediaSource) -> Vec<(u32, String)> {
    let all = source.media_attachments.0.iter().filter_map(|attachment| {
        let kind = attachment
            .mime_type
            .text()
            .unwrap_or_default()
            .to_ascii_lowercase();
        let codec = attachment
            .codec
            .text()
            .unwrap_or_default()
            .to_ascii_lowercase();
        let name = attachment.file_name.text().unwrap_or_default();
        let extension = name
            .rsplit('.')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        let is_font = ["font", "truetype", "opentype"]
            .iter()
            .any(|word| kind.contains(word))
            || ["ttf", "otf", "ttc"].contains(&codec.as_str())
            || ["ttf", "otf", "ttc"].contains(&extension.as_str());
        is_font.then(|| Some((attachment.index.small()?, name.chars().take(200).collect())))?
    });
    all.take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fonts_are_told_from_pictures() {
        let source = json!({ "MediaAttachments": [
            { "Index": 5, "FileName": "cover.jpg", "MimeType": "image/jpeg" },
            { "Index": "6", "FileName": "Round.ttf", "MimeType": "application/x-truetype-font" },
            { "Index": 7, "FileName": "Flat.OTF" },
            { "Index": 8, "MimeType": "font/otf" },
            { "Index": 9, "Codec": "ttf" },
            { "FileName": "placeless.ttf" }, null, 7,
        ] });
        let source: wire::MediaSource = serde_json::from_value(source).unwrap();
        let name = |name: &str| name.to_owned();
        assert_eq!(
            named(&source),
            [
                (6, name("Round.ttf")),
                (7, name("Flat.OTF")),
                (8, name("")),
                (9, name(""))
            ]
        );
    }
}
