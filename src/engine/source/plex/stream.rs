//! Streams that the server makes: asked for in a quality, kept alive, ended.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::extract::{SOUND, SUBTITLE};
use super::play::{self, File, as_session};
use super::standing::Way;
use super::subtitles::{self, Fate};
use super::url::{Ask, Wanted};
use super::{Plex, at, map, wire};
use crate::http::SecretUrl;
use crate::model::{PartId, TrackKind};
use crate::source::address::below;
use crate::source::{Decision, Method, Quality, ServedStream, StreamWish};
use crate::source_error::SourceError;

/// Streams remembered at most: each should be ended, but a program may have been killed.
const MOST: usize = 16;

/// The streams that were asked for, by their session: which part of the server's API makes each, and over which way. A
/// server is told of its stream over the same way.
#[derive(Debug, Default)]
pub(super) struct Streams(Mutex<HashMap<String, (Arc<Way>, &'static str)>>);

impl Streams {
    fn begin(&self, session: &str, way: &Arc<Way>, place: &'static str) {
        let mut known = self.0.lock();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(session.into(), (Arc::clone(way), place));
    }

    fn of(&self, session: &str) -> Option<(Arc<Way>, &'static str)> {
        self.0.lock().get(session).cloned()
    }

    fn end(&self, session: &str) -> Option<(Arc<Way>, &'static str)> {
        self.0.lock().remove(session)
    }
}

impl Plex {
    /// Decides, and notes whose bytes these are: a stream's own id must not be met by questions about the file, which would
    /// end it.
    pub(super) async fn ask_for(&self, wish: &StreamWish) -> Result<Decision, SourceError> {
        let decision = self.decide_on(wish).await?;
        if decision.method == Method::Direct {
            self.sessions.begin(&wish.part, &wish.session);
        }
        Ok(decision)
    }

    /// Asks for the file as it is where the quality allows it, and for a stream where the quality or the server does not.
    async fn decide_on(&self, wish: &StreamWish) -> Result<Decision, SourceError> {
        let item = wish.part.item();
        let wire = self.wire_item(item).await?;
        let file = play::file(&wire, &wish.part).ok_or(SourceError::Gone)?;
        self.remember_length(item, &wire);
        let fits = match wish.quality {
            _ if wish.converted => false,
            Quality::Original => true,
            Quality::UpTo(limit) => bitrate(&wire, &wish.part).is_some_and(|rate| rate <= limit),
        };
        if fits {
            let (file, session) = (&file, wish.session.as_str());
            let direct = self.standing.ask(|way| async move {
                let query = ask(wish, file, &way).direct();
                play::decide(&way, file, session, &query).await
            });
            match direct.await {
                Ok(decided) if play::is_direct(&decided) => return Ok(Decision::direct(session)),
                // A server that cannot decide may still give the bytes.
                Err(SourceError::Status(_) | SourceError::Malformed(_)) => {
                    return Ok(Decision::direct(session));
                }
                Ok(_) => {}
                Err(error) => return Err(error),
            }
        }
        let mut all = map::versions(&wire);
        let version = all.find(|version| version.part.id.text() == Some(wish.part.key()));
        let part = version.ok_or(SourceError::Gone)?.part;
        let _turn = match wish.drawn {
            Some(_) => Some(self.turn().await),
            None => None,
        };
        let drawn = self.select(part, wish).await?;
        let decided = self.stream(wish, &file, drawn).await?;
        Ok(Decision {
            inside: subtitles::inside(part),
            ..decided
        })
    }

    async fn stream(
        &self,
        wish: &StreamWish,
        file: &File,
        drawn: Option<u64>,
    ) -> Result<Decision, SourceError> {
        let wanted = Wanted::new(wish.quality, file.is_music);
        let wanted = wanted.drawn(drawn.is_some());
        let asked = self.standing.ask(|way| async move {
            let query = ask(wish, file, &way).stream(wanted);
            let decided = play::decide(&way, file, &wish.session, &query).await?;
            Ok((way, query, decided))
        });
        let (way, query, decided) = asked.await?;
        let place = file.place();
        let mut playlist = below(
            &way.base,
            &[place, ":", "transcode", "universal", "start.m3u8"],
        );
        playlist.set_query(Some(&query));
        self.streams.begin(&wish.session, &way, place);
        Ok(Decision {
            method: method(&decided),
            reason: reason(&decided),
            session: wish.session.clone(),
            stream: Some(ServedStream {
                http: as_session(&way.http, &wish.session),
                playlist: SecretUrl::new(playlist),
            }),
            inside: Vec::new(),
            drawn: wish.drawn.filter(|_| {
                let fate = drawn.and_then(|number| subtitles::fate(&decided, number));
                fate == Some(Fate::Drawn)
            }),
        })
    }

    /// The sound that a stream has, and the subtitle that is drawn into its picture, are those that are chosen on the server.
    /// Gives the server's number of that subtitle.
    async fn select(
        &self,
        part: &wire::Part,
        wish: &StreamWish,
    ) -> Result<Option<u64>, SourceError> {
        if let Some(index) = wish.audio {
            let sound = subtitles::number_of(part, TrackKind::Audio, index);
            let sound = sound.ok_or(SourceError::Gone)?;
            self.choose(wish.part.key(), SOUND, sound).await?;
        }
        let Some(index) = wish.drawn else {
            return Ok(None);
        };
        let number = subtitles::number_of(part, TrackKind::Subtitle, index);
        let number = number.ok_or(SourceError::Gone)?;
        self.choose(wish.part.key(), SUBTITLE, number).await?;
        Ok(Some(number))
    }

    /// Without this, the server ends a stream of which nothing is fetched.
    pub(super) async fn ping(&self, session: &str) -> Result<(), SourceError> {
        match self.streams.of(session) {
            Some(stream) => tell(&stream, "ping", session).await,
            None => Err(SourceError::Gone),
        }
    }

    pub(super) async fn stop(&self, session: &str) -> Result<(), SourceError> {
        match self.streams.end(session) {
            Some(stream) => tell(&stream, "stop", session).await,
            None => Ok(()),
        }
    }
}

fn ask<'a>(wish: &'a StreamWish, file: &File, way: &Way) -> Ask<'a> {
    Ask {
        item: wish.part.item().key(),
        at: file.at,
        session: &wish.session,
        near: way.class.is_near(),
    }
}

/// Says something about a stream to the part of the API that makes it.
pub(super) async fn tell(
    (way, place): &(Arc<Way>, &str),
    word: &str,
    session: &str,
) -> Result<(), SourceError> {
    let segments = [place, ":", "transcode", "universal", word];
    let url = at(way, &segments, &[("session", session)]);
    let http = as_session(&way.http, session);
    http.get_bytes(&SecretUrl::new(url), 1 << 20)
        .await
        .map(|_| ())
}

/// Bits per second of a part, all streams together.
fn bitrate(wire: &wire::Item, part: &PartId) -> Option<u64> {
    let mut all = map::versions(wire);
    let version = all.find(|version| version.part.id.text() == Some(part.key()))?;
    version.media.bitrate.whole()?.checked_mul(1000)
}

/// A stream of which everything is copied is only packed anew.
fn method(decided: &wire::Decision) -> Method {
    let items = decided.metadata.0.iter().flat_map(|item| &item.media.0);
    let parts = items.flat_map(|media| &media.parts.0);
    let mut streams = parts
        .flat_map(|part| &part.streams.0)
        .filter_map(|stream| stream.decision.text());
    let mut any = false;
    let copied = streams.all(|decision| {
        any = true;
        matches!(decision, "copy" | "directplay" | "ignore")
    });
    match any && copied {
        true => Method::Remux,
        false => Method::Transcode,
    }
}

fn reason(decided: &wire::Decision) -> Option<String> {
    let texts = [
        &decided.transcode_decision_text,
        &decided.general_decision_text,
    ];
    texts.iter().find_map(|text| text.text()).map(map::words)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn decided(streams: &Value) -> wire::Decision {
        let item =
            json!({ "Media": [{ "Part": [{ "decision": "transcode", "Stream": streams }] }] });
        serde_json::from_value(
            json!({ "Metadata": [item], "transcodeDecisionText": " Conversion OK. " }),
        )
        .unwrap()
    }

    #[test]
    fn what_is_copied_is_not_converted() {
        let copied =
            decided(&json!([{ "decision": "copy" }, { "decision": "copy" }, { "codec": "srt" }]));
        assert_eq!(method(&copied), Method::Remux);
        assert_eq!(reason(&copied).as_deref(), Some("Conversion OK."));
        let converted = decided(&json!([{ "decision": "transcode" }, { "decision": "copy" }]));
        assert_eq!(method(&converted), Method::Transcode);
        assert_eq!(
            method(&decided(&json!([]))),
            Method::Transcode,
            "who does not say converts"
        );
    }

    #[test]
    fn a_recorded_decision_converts_the_picture() {
        let text = include_str!("../../../../tests/fixtures/plex/stream_decision.json");
        let answer: wire::Answer<wire::Decision> = serde_json::from_str(text).unwrap();
        assert_eq!(method(&answer.container), Method::Transcode);
        assert!(!play::is_direct(&answer.container));
        assert_eq!(
            reason(&answer.container).as_deref(),
            Some("Direct play not available; Conversion OK.")
        );
    }
}
