//! A stream that a server makes for one playback, fetched piece by piece in their order.
//!
//! **Owns** the fetch of one such stream; it ends when nobody reads any more, and the server is told.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::hls::{self, Playlist, Segment};
use crate::cache::{CacheError, Inlet};
use crate::http::{Http, SecretUrl};
use crate::source::{ServedStream, Source};
use crate::source_error::SourceError;

/// Largest playlist.
const PLAYLIST_LIMIT: usize = 8 << 20;
/// A master playlist names one that names the pieces.
const DEEP: usize = 3;
/// A server that has only begun to convert has no piece yet: it is asked again, so often and with such pauses.
const TRIES: u32 = 8;
const PAUSE: Duration = Duration::from_millis(500);
/// A server ends a stream of which nothing was fetched for a minute, as while it is paused.
const ALIVE: Duration = Duration::from_secs(30);
/// A playlist that is not complete yet is read again after this.
const GROWING: Duration = Duration::from_secs(2);
/// One that has not grown for so many readings is over.
const STILL: u32 = 15;

/// The pieces of a stream, and how far into it its first one lies.
#[derive(Debug)]
pub(super) struct Script {
    http: Http,
    playlist: SecretUrl,
    head: Option<url::Url>,
    segments: Vec<Segment>,
    complete: bool,
    /// The piece to begin with.
    first: usize,
    /// When that piece begins.
    pub(super) begins_at: Duration,
}

impl Script {
    /// Length of the whole, once it is known.
    pub(super) fn length(&self) -> Option<Duration> {
        let lengths = self.segments.iter().map(|segment| segment.length);
        self.complete.then(|| lengths.sum())
    }

    /// Short name of the container.
    pub(super) fn container(&self) -> &'static str {
        if self.head.is_some() { "mp4" } else { "ts" }
    }
}

/// Reads the playlists of a stream and finds the piece that plays at `start`.
pub(super) async fn script(stream: &ServedStream, start: Duration) -> Result<Script, SourceError> {
    let mut place = stream.playlist.clone();
    for _ in 0..DEEP {
        match load(&stream.http, &place).await? {
            Playlist::Master(url) => place = SecretUrl::new(url),
            Playlist::Media {
                segments,
                head,
                complete,
            } => {
                let (first, begins_at) = hls::locate(&segments, start);
                return Ok(Script {
                    http: stream.http.clone(),
                    playlist: place,
                    head,
                    segments,
                    complete,
                    first,
                    begins_at,
                });
            }
        }
    }
    Err(SourceError::Malformed("playlists name each other".into()))
}

async fn load(http: &Http, place: &SecretUrl) -> Result<Playlist, SourceError> {
    let mut tries = 0;
    let text = loop {
        tries += 1;
        match http.get_bytes(place, PLAYLIST_LIMIT).await {
            Ok(text) => break text,
            Err(error) if tries < TRIES && comes_later(&error) => sleep(PAUSE * tries).await,
            Err(error) => return Err(error),
        }
    };
    let text = String::from_utf8_lossy(&text);
    hls::read(place.expose(), &text).map_err(|why| SourceError::Malformed(why.to_string()))
}

/// Whether a server that answers so may have it a moment later.
fn comes_later(error: &SourceError) -> bool {
    error.is_offline()
        || matches!(
            error,
            SourceError::Busy { .. } | SourceError::Gone | SourceError::Status(500..)
        )
}

/// Fetches a stream into `inlet` until it is over or nobody reads it, keeps it alive meanwhile, and ends it on the server.
pub(super) async fn run(script: Script, inlet: Inlet, source: Arc<dyn Source>, session: String) {
    let outcome = tokio::select! {
        outcome = fetch(script, &inlet) => Some(outcome),
        () = keep_alive(source.as_ref(), &session) => None,
        () = inlet.abandoned() => None,
    };
    if let Some(outcome) = outcome {
        if let Err(error) = &outcome {
            tracing::warn!(%error, "a stream broke off");
        }
        inlet.finish(outcome.map_err(CacheError::Upstream));
    }
    if let Err(error) = source.end_stream(&session).await {
        tracing::debug!(%error, "the server was not told that a stream is over");
    }
}

async fn keep_alive(source: &dyn Source, session: &str) {
    loop {
        sleep(ALIVE).await;
        if let Err(error) = source.keep_stream(session).await {
            tracing::debug!(%error, "the server was not told that a stream is wanted");
        }
    }
}

async fn fetch(mut script: Script, inlet: &Inlet) -> Result<(), SourceError> {
    if let Some(head) = script.head.take()
        && !piece(&script.http, &SecretUrl::new(head), inlet).await?
    {
        return Ok(());
    }
    let mut next = script.first;
    loop {
        while let Some(segment) = script.segments.get(next) {
            let url = SecretUrl::new(segment.url.clone());
            if !piece(&script.http, &url, inlet).await? {
                return Ok(());
            }
            next += 1;
        }
        if script.complete {
            return Ok(());
        }
        grow(&mut script, next).await?;
    }
}

/// Reads a playlist again until it names more pieces or says that it is complete.
async fn grow(script: &mut Script, known: usize) -> Result<(), SourceError> {
    for _ in 0..STILL {
        sleep(GROWING).await;
        if let Playlist::Media {
            segments, complete, ..
        } = load(&script.http, &script.playlist).await?
        {
            let grown = segments.len() > known || complete;
            (script.segments, script.complete) = (segments, complete);
            if grown {
                return Ok(());
            }
        }
    }
    Err(SourceError::Timeout)
}

/// Fetches one piece. What has come of it before the connection broke is not put in twice. False: nobody reads any more.
async fn piece(http: &Http, url: &SecretUrl, inlet: &Inlet) -> Result<bool, SourceError> {
    let (mut had, mut tries) = (0, 0);
    loop {
        tries += 1;
        let before = had;
        match attempt(http, url, inlet, &mut had).await {
            Ok(read) => return Ok(read),
            Err(error) if comes_later(&error) => {
                if had > before {
                    tries = 0;
                }
                if tries >= TRIES {
                    return Err(error);
                }
                sleep(PAUSE * (tries + 1)).await;
            }
            Err(error) => return Err(error),
        }
    }
}

async fn attempt(
    http: &Http,
    url: &SecretUrl,
    inlet: &Inlet,
    had: &mut usize,
) -> Result<bool, SourceError> {
    let mut reply = http.get_media(url, Default::default()).await?;
    if let Some(refusal) = reply.refusal() {
        return Err(refusal);
    }
    if reply.is_html() {
        return Err(SourceError::Malformed("a web page".into()));
    }
    let mut skip = *had;
    while let Some(mut chunk) = reply.chunk().await? {
        let old = skip.min(chunk.len());
        skip -= old;
        let fresh = chunk.split_off(old);
        if fresh.is_empty() {
            continue;
        }
        *had += fresh.len();
        if !inlet.push(fresh).await {
            return Ok(false);
        }
    }
    Ok(true)
}
