//! Playing in another quality: the server is asked, and what it makes is opened as a stream.

use std::sync::Arc;
use std::time::Duration;

use super::session::Serving;
use super::{Inner, Playable, PlaybackError, ladder, refused, serve, texts};
use crate::cache::passage;
use crate::model::{AccountState, Part, PartId, Presence, length_of, piece_at};
use crate::source::{Decision, Details, Quality, ServedStream, Source, StreamWish};
use crate::source_error::SourceError;

/// How a title is to be opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// How good.
    pub quality: Quality,
    /// Where to begin, in the whole film; otherwise where it was left.
    pub start: Option<Duration>,
    /// [`Track::index`](crate::model::Track::index) of the sound; otherwise the server's choice. Only where the server makes
    /// the stream: in a file the player chooses.
    pub audio: Option<u32>,
    /// [`Track::index`](crate::model::Track::index) of a subtitle that the server is to draw into the picture of its stream, as
    /// [`Supply::Drawn`](crate::source::Supply::Drawn) names it.
    pub drawn: Option<u32>,
    /// The file as it is has failed: the server is to make a stream of it, whatever the quality.
    pub converted: bool,
    /// The person wants the file as it is, though its colours may come out wrong.
    pub as_it_is: bool,
    /// The file that was known is not there any more, or is another one: the server is asked what there is now.
    pub anew: bool,
}

/// A server, or the way to it, had no room for the quality that was asked for: a lower one is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SteppedDown {
    /// What it serves.
    pub to: Quality,
    /// What it said first; [`SourceError::Relayed`] for the way.
    pub because: SourceError,
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
    pub(super) async fn is_here(&self, part: &Part) -> Result<bool, PlaybackError> {
        let here = Presence::of_files([self.bytes_of(part).await?]);
        Ok(here == Presence::Whole)
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
        if self.state(item.id.account()) == AccountState::Offline {
            return Ok(None);
        }
        let version = self.pick_version(item).await?;
        let part = piece_at(version, start).ok_or(PlaybackError::NothingToPlay)?;
        // The server makes a stream of this file alone.
        let before = part.piece.map(|piece| piece.begins_at).unwrap_or_default();
        let within = part.piece.map_or(start, |piece| piece.within(start));
        if !opening.converted && self.is_here(part).await? {
            return Ok(None);
        }
        let most = Opening {
            quality: opening.quality.lower(source.most()),
            ..opening
        };
        let wish = wish(&part.id, most, within);
        let decided = decide(source.as_ref(), wish, opening.quality, part.bitrate).await;
        let (decision, stepped_down) = decided.map_err(|error| refused(&item.id, error))?;
        let Some(stream) = decision.stream else {
            return Ok(None);
        };
        let script = script(source.as_ref(), &stream, &decision.session, within).await;
        let script = script.map_err(|error| refused(&item.id, error))?;
        let (inlet, reader) = passage(script.container());
        let served = Served {
            begins_at: before + script.begins_at,
            length: length_of(version).or(script.length()).or(item.duration),
        };
        tracing::info!(method = ?decision.method, "the server makes a stream");
        let run = serve::run(script, inlet, Arc::clone(source), decision.session.clone());
        self.runtime.handle().spawn(run);
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
            subtitles: [texts::of(details, &part.id), decision.inside].concat(),
            markers: details.markers.clone(),
            method: decision.method,
            reason: decision.reason,
            served: Some(served),
            drawn: decision.drawn,
            stepped_down,
        }))
    }
}

/// The pieces of a stream; one that has none is ended.
async fn script(
    source: &dyn Source,
    stream: &ServedStream,
    session: &str,
    start: Duration,
) -> Result<serve::Script, SourceError> {
    let script = serve::script(stream, start).await;
    if script.is_err()
        && let Err(error) = source.end_stream(session).await
    {
        tracing::debug!(%error, "a stream that nobody reads was left behind");
    }
    script
}

/// What is asked of the server, for a playback of its own.
fn wish(part: &PartId, opening: Opening, start: Duration) -> StreamWish {
    StreamWish {
        part: part.clone(),
        quality: opening.quality,
        session: format!("{:016x}", rand::random::<u64>()),
        start,
        audio: opening.audio,
        drawn: opening.drawn,
        converted: opening.converted,
    }
}

/// Asks the server, and where it has no room for the quality, for the next lower one. `asked`: what the way may have
/// lowered already.
async fn decide(
    source: &dyn Source,
    mut wish: StreamWish,
    asked: Quality,
    bitrate: Option<u64>,
) -> Result<(Decision, Option<SteppedDown>), SourceError> {
    let mut first = (wish.quality != asked).then_some(SourceError::Relayed);
    loop {
        let error = match source.decide(&wish).await {
            Ok(decision) => {
                let to = wish.quality;
                return Ok((decision, first.map(|because| SteppedDown { to, because })));
            }
            Err(error) if error.is_for_want_of_room() => {
                first.get_or_insert_with(|| error.clone());
                error
            }
            Err(error) => return Err(error),
        };
        wish.quality = ladder::below(wish.quality, bitrate).ok_or(error)?;
    }
}
