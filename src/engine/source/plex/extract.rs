//! Texts that the server takes out of a title's file.
//!
//! **Owns** the turns: which subtitle a user has chosen is one state on the server, and what it takes out is what is chosen. A
//! turn chooses, lets the server begin, and puts back what was chosen before.
//!
//! What servers do here was seen with PMS 1.4x and is not in Plex's description: the number of a stream in the question is
//! ignored; without a decision of the same session before, the answer is 400 or another session's text; with a protocol in
//! the question come pieces, without it the whole text, its times the title's; its type may be told wrongly. Fonts inside the
//! file cannot be had: the server has no address for them.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;

use super::play::{self, File, as_session};
use super::standing::Way;
use super::subtitles::{self, Fate, Inside};
use super::url::Ask;
use super::{Plex, SUBTITLE_LIMIT, map, stream, wire};
use crate::http::{MediaReply, SecretUrl};
use crate::model::{Chosen, ItemId, PartId, TrackKind};
use crate::source::address::below;
use crate::source_error::SourceError;

/// What chooses a subtitle, and what a sound.
pub(super) const SUBTITLE: &str = "subtitleStreamID";
pub(super) const SOUND: &str = "audioStreamID";
/// The server reads the file up to the first line before it answers.
const FIRST_LINE: Duration = Duration::from_secs(120);
/// It reads the whole file, from a disk that others use as well.
const WHOLE_FILE: Duration = Duration::from_secs(900);
/// Texts that are remembered: a stream that is opened anew elsewhere wants the same ones again.
const MOST: usize = 8;

/// The turns, and the texts that were taken out last.
#[derive(Debug, Default)]
pub(super) struct Extracts {
    turn: tokio::sync::Mutex<()>,
    texts: Mutex<Vec<(String, Bytes)>>,
}

impl Extracts {
    fn known(&self, key: &str) -> Option<Bytes> {
        let texts = self.texts.lock();
        let found = texts.iter().find(|(known, _)| known == key)?;
        Some(found.1.clone())
    }

    fn keep(&self, key: &str, text: &Bytes) {
        let mut texts = self.texts.lock();
        if texts.len() >= MOST {
            texts.remove(0);
        }
        texts.push((key.into(), text.clone()));
    }
}

impl Plex {
    /// A subtitle's text: of a file beside the title, or out of its own file.
    pub(super) async fn text(&self, item: &ItemId, key: &str) -> Result<Bytes, SourceError> {
        match subtitles::inside_of(key) {
            Some(inside) => self.taken_out(item, key, inside).await,
            None => {
                let query = [("encoding", "utf-8")];
                self.bytes(&["library", "streams", key], &query, SUBTITLE_LIMIT)
                    .await
            }
        }
    }

    /// Chooses a stream of a part for this user, on the server; 0 for no subtitle.
    pub(super) async fn choose(
        &self,
        part: &str,
        what: &str,
        number: u64,
    ) -> Result<(), SourceError> {
        let number = number.to_string();
        let query = [(what, number.as_str()), ("allParts", "1")];
        self.put(&["library", "parts", part], &query).await
    }

    /// Chooses sound and subtitle of a part for this user, here and in other programs.
    pub(super) async fn remember(&self, part: &PartId, chosen: Chosen) -> Result<(), SourceError> {
        let wire = self.wire_item(part.item()).await?;
        let mut all = map::versions(&wire);
        let version = all.find(|version| version.part.id.text() == Some(part.key()));
        let file = version.ok_or(SourceError::Gone)?.part;
        let number = |kind, index: Option<u32>| {
            let number = index.and_then(|index| subtitles::number_of(file, kind, index));
            number.map(|number| number.to_string())
        };
        let sound = number(TrackKind::Audio, chosen.audio);
        let subtitle = number(TrackKind::Subtitle, chosen.subtitle);
        let mut query = vec![
            ("allParts", "1"),
            (SUBTITLE, subtitle.as_deref().unwrap_or("0")),
        ];
        query.extend(sound.as_deref().map(|sound| (SOUND, sound)));
        // A text that is being taken out chooses, too, and puts back what it found.
        let _turn = self.turn().await;
        self.put(&["library", "parts", part.key()], &query).await
    }

    /// Nobody else chooses as long as this is held.
    pub(super) async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.extracts.turn.lock().await
    }

    async fn taken_out(
        &self,
        item: &ItemId,
        key: &str,
        inside: Inside<'_>,
    ) -> Result<Bytes, SourceError> {
        if let Some(text) = self.extracts.known(key) {
            return Ok(text);
        }
        let turn = self.turn().await;
        let wire = self.wire_item(item).await?;
        let part = PartId::new(item.clone(), inside.part);
        let file = play::file(&wire, &part).ok_or(SourceError::Gone)?;
        let mut all = map::versions(&wire);
        let version = all.find(|version| version.part.id.text() == Some(inside.part));
        let described = version.ok_or(SourceError::Gone)?.part;
        let before = subtitles::chosen(described);
        let session = format!("{:032x}", rand::random::<u128>());
        let begun = match self.choose(inside.part, SUBTITLE, inside.stream).await {
            Ok(()) => {
                self.begin_text(item, &file, described, &session, inside)
                    .await
            }
            Err(error) => Err(error),
        };
        if before != inside.stream
            && let Err(error) = self.choose(inside.part, SUBTITLE, before).await
        {
            tracing::warn!(%error, "the choice of a subtitle on the server was not put back");
        }
        drop(turn);
        let (way, mut reply) = begun?;
        let text = reply.whole(SUBTITLE_LIMIT, WHOLE_FILE).await;
        let place = file.place();
        if let Err(error) = stream::tell(&(way, place), "stop", &session).await {
            tracing::debug!(%error, "the server was not told that a text has come");
        }
        let text = text?;
        self.extracts.keep(key, &text);
        Ok(text)
    }

    /// Asks for what is chosen, as text; the answer's head is there, its body arrives.
    async fn begin_text(
        &self,
        item: &ItemId,
        file: &File,
        described: &wire::Part,
        session: &str,
        inside: Inside<'_>,
    ) -> Result<(Arc<Way>, MediaReply), SourceError> {
        let codecs = subtitles::codecs(described);
        let asked = self.standing.ask(|way| async move {
            let ask = Ask {
                item: item.key(),
                at: file.at,
                session,
                near: way.class.is_near(),
            };
            let decided =
                play::decide(&way, file, session, &ask.text(codecs, inside.format)).await?;
            if subtitles::fate(&decided, inside.stream) != Some(Fate::Text) {
                return Err(SourceError::Gone);
            }
            let segments = [file.place(), ":", "transcode", "universal", "subtitles"];
            let mut url = below(&way.base, &segments);
            url.set_query(Some(&ask.text_itself()));
            let http = as_session(&way.http, session);
            let reply = http
                .get_media_within(&SecretUrl::new(url), FIRST_LINE)
                .await?;
            match reply.refusal() {
                Some(refusal) => Err(refusal),
                None if reply.is_html() => Err(SourceError::Malformed("a web page".into())),
                None => Ok((way, reply)),
            }
        });
        asked.await
    }
}
