//! What is asked around a playback: how it will be served, what people skip, pictures for the seek bar, lyrics.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::timeout;

use super::map::PartKey;
use super::{IMAGE_LIMIT, Jellyfin, decide, extras, stacked, wire};
use crate::http::SecretUrl;
use crate::model::{ItemId, Marker, PartId};
use crate::source::{Decision, LyricLine, PreviewStrip, ServedStream, StreamWish};
use crate::source_error::SourceError;

/// A server that looks for segments longer than this has none for now.
const SEGMENTS: Duration = Duration::from_secs(3);

impl Jellyfin {
    /// What people skip; none where the server cannot say.
    pub(super) async fn markers(&self, title: &str) -> Vec<Marker> {
        let url = self.routes.at(&["MediaSegments", title]);
        let asked = timeout(SEGMENTS, self.http.get_json::<wire::Segments>(&url)).await;
        match asked {
            Ok(Ok(segments)) => extras::markers(&segments.items.0),
            Ok(Err(error)) => {
                tracing::debug!(%error, "no segments");
                Vec::new()
            }
            Err(_late) => Vec::new(),
        }
    }

    pub(super) async fn strip_of(
        &self,
        part: &PartId,
    ) -> Result<Option<PreviewStrip>, SourceError> {
        let url = self
            .routes
            .of_user(&["Items", PartKey::title_of(part)], &[]);
        let item: wire::Item = self.http.get_json(&url).await?;
        let source = PartKey::parse(part.key()).source;
        Ok(extras::previews(&item.trickplay, source))
    }

    pub(super) async fn sheet_of(
        &self,
        part: &PartId,
        strip: &PreviewStrip,
        sheet: u32,
    ) -> Result<Bytes, SourceError> {
        let (source, width) = extras::strip_key(&strip.key).ok_or(SourceError::Gone)?;
        let file = format!("{sheet}.jpg");
        let segments = ["Videos", PartKey::title_of(part), "Trickplay", width, &file];
        let url = self.routes.with(&segments, &[("mediaSourceId", source)]);
        self.http.get_bytes(&SecretUrl::new(url), IMAGE_LIMIT).await
    }

    pub(super) async fn lyrics_of(&self, track: &ItemId) -> Result<Vec<LyricLine>, SourceError> {
        let url = self.routes.at(&["Audio", track.key(), "Lyrics"]);
        match self.http.get_json::<wire::Lyrics>(&url).await {
            Ok(lyrics) => Ok(extras::lyrics(&lyrics)),
            Err(SourceError::Gone) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn ask_for(&self, wish: &StreamWish) -> Result<Decision, SourceError> {
        let source = PartKey::parse(wish.part.key()).source;
        let segments = ["Items", PartKey::title_of(&wish.part), "PlaybackInfo"];
        let url = self.routes.of_user(&segments, &[]);
        let body = decide::question(&self.login.user_id, source, wish);
        let answer: wire::PlaybackInfo = self.http.post_json(&url, &body).await?;
        let mut verdict = decide::verdict(&self.login.address, source, &answer)?;
        for subtitle in &mut verdict.inside {
            stacked::assign(subtitle, &wish.part);
        }
        let stream = verdict.playlist.map(|playlist| ServedStream {
            http: self.http.clone(),
            playlist: SecretUrl::new(playlist),
        });
        Ok(Decision {
            method: verdict.method,
            reason: verdict.reason,
            session: verdict.session.unwrap_or_else(|| wish.session.clone()),
            stream,
            inside: verdict.inside,
            drawn: verdict.drawn,
        })
    }
}
