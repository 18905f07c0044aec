//! Playing in another quality: the server is asked, and what it makes is opened as a stream.

use std::sync::Arc;
use std::time::Duration;

use super::session::Serving;
use super::{Inner, Playable, PlaybackError, refused, serve};
use crate::cache::{CacheKey, passage};
use crate::model::{AccountState, PartId, Presence};
use crate::source::{Details, Quality, Source, StreamWish};

/// How a title is to be opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// How good.
    pub quality: Quality,
    /// Where to begin; otherwise where it was left.
    pub start: Option<Duration>,
    /// [`Track::index`](crate::model::Track::index) of the sound; otherwise the server's choice. Only where the server makes
    /// the stream: in a file the player chooses.
    pub audio: Option<u32>,
}

/// How a stream that a server makes for one playback lies in its title. It can only be read on from its beginning: for
/// another place the title is opened anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Served {
    /// The place in the title with which the stream begins: that which was asked for, or a few seconds before it.
    pub begins_at: Duration,
    /// Length of the whole title, where it is known.
    pub length: Option<Duration>,
}

impl Inner {
    /// Whether all of a file is on this device.
    async fn is_here(&self, part: &PartId) -> Result<bool, PlaybackError> {
        let state = self.cache.entry(&CacheKey::from(part.clone())).await?;
        let here =
            state.map(|state| Presence::of_bytes(state.ranges.bytes(), state.size, state.arriving));
        Ok(here == Some(Presence::Whole))
    }

    /// Opens a stream, or nothing where the file itself serves as well.
    pub(super) async fn serve(
        self: &Arc<Self>,
        details: &Details,
        source: &Arc<dyn Source>,
        opening: Opening,
        start: Duration,
    ) -> Result<Option<Playable>, PlaybackError> {
        let item = &details.item;
        let part = item.parts.first().ok_or(PlaybackError::NothingToPlay)?;
        let away = self.state(item.id.account()) == AccountState::Offline;
        if away || self.is_here(&part.id).await? {
            return Ok(None);
        }
        let wish = StreamWish {
            part: part.id.clone(),
            quality: opening.quality,
            session: format!("{:016x}", rand::random::<u64>()),
            start,
            audio: opening.audio,
        };
        let decision = source.decide(&wish).await;
        let decision = decision.map_err(|error| refused(&item.id, error))?;
        let Some(stream) = decision.stream else {
            return Ok(None);
        };
        let script = serve::script(&stream, start).await;
        if script.is_err()
            && let Err(error) = source.end_stream(&decision.session).await
        {
            tracing::debug!(%error, "a stream that nobody reads was left behind");
        }
        let script = script.map_err(|error| refused(&item.id, error))?;
        let (inlet, reader) = passage(script.container());
        let served = Served {
            begins_at: script.begins_at,
            length: script.length().or(item.duration),
        };
        tracing::info!(method = ?decision.method, "the server makes a stream");
        let (source, session) = (Arc::clone(source), decision.session.clone());
        self.runtime
            .handle()
            .spawn(serve::run(script, inlet, source, session));
        let serving = Serving {
            part: part.id.clone(),
            session: decision.session,
            method: decision.method,
        };
        Ok(Some(Playable {
            session: self.session(item, serving),
            item: item.clone(),
            part: part.clone(),
            reader,
            resume: start,
            subtitles: details.subtitles.clone(),
            markers: details.markers.clone(),
            method: decision.method,
            reason: decision.reason,
            served: Some(served),
        }))
    }
}
