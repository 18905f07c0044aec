//! Streams that are made for a playback: decided, begun with the very same question, kept alive, ended.

use serde_json::json;

use super::describe::part_id;
use super::{Plex, container, option, page};
use crate::http::{Reply, Request};
use crate::media::Media;
use crate::media::derived::PIECE;
use crate::titles::FILMS;

/// A stream of one session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stream {
    /// Key of the title.
    pub title: String,
    /// Place of the file that it is made of.
    pub(super) file: usize,
    /// At most so many thousand bits per second; `None` for no limit.
    pub kilobits: Option<u64>,
    /// The sound that was chosen when it was decided on, by its id; `None` for the default.
    pub audio: Option<String>,
    /// The subtitle that is drawn into its picture, by its index in the file.
    pub drawn: Option<u64>,
    /// Its playlist was fetched.
    pub begun: bool,
    /// How often it was said to be wanted.
    pub pings: usize,
    /// It was ended.
    pub ended: bool,
    pub(super) query: String,
}

impl Plex {
    /// Streams so far, by session.
    #[must_use]
    pub fn streams(&self) -> Vec<(String, Stream)> {
        let mut all: Vec<_> = self.state.lock().streams.clone().into_iter().collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    }

    /// Lets a title be played as a stream only, from now on.
    pub fn convert(&self, title: &str) {
        let index = self.index(title);
        self.state.lock().converted.insert(index);
    }

    /// Has no room for streams of more thousand bits per second than this from now on, and says so with this status and
    /// these words.
    pub fn crowd(&self, kilobits: u64, status: u16, words: &str) {
        self.state.lock().crowded = Some((kilobits, status, words.into()));
    }

    /// The reply to a decision that gives no file: what becomes of the streams.
    pub(super) fn converts(
        &self,
        session: &str,
        (index, file, (version, number)): (usize, usize, (usize, usize)),
        ask: &Request,
        mut title: serde_json::Value,
    ) -> Reply {
        let direct = ask.param("directPlay").as_deref() == Some("1");
        let text = if direct {
            "App cannot direct play this item."
        } else {
            "Direct play is disabled."
        };
        let media = &mut title["Media"][version];
        media["selected"] = json!(true);
        media["protocol"] = json!("hls");
        media["Part"][number]["selected"] = json!(true);
        media["Part"][number]["decision"] = json!("transcode");
        let mut drawn = None;
        if let Some(streams) = media["Part"][number]["Stream"].as_array_mut() {
            for stream in streams.iter_mut() {
                stream["decision"] = json!(if stream["streamType"] == 1 {
                    "transcode"
                } else {
                    "copy"
                });
            }
            drawn = self.decide_text(session, index, ask, streams);
        }
        let text_only = ask.param("subtitles").as_deref() == Some("sidecar");
        if !direct && !text_only {
            let mut state = self.state.lock();
            let stream = Stream {
                title: (index + 1).to_string(),
                file,
                kilobits: ask
                    .param("maxVideoBitrate")
                    .and_then(|rate| rate.parse().ok()),
                audio: state.chosen.get(&part_id(file)).cloned(),
                drawn: drawn.map(|stream| stream % 100),
                query: ask.query.clone(),
                ..Stream::default()
            };
            state.streams.insert(session.into(), stream);
        }
        container(&json!({
            "size": 1, "allowSync": "1", "generalDecisionCode": 1001,
            "generalDecisionText": "Direct play not available; Conversion OK.",
            "directPlayDecisionCode": 3000, "directPlayDecisionText": text,
            "transcodeDecisionCode": 1001, "transcodeDecisionText": "Direct play not available; Conversion OK.",
            "Metadata": [title],
        }))
    }

    /// `GET /{video,music}/:/transcode/universal/start.m3u8`: only with the question that was decided on.
    pub(super) fn start(&self, ask: &Request) -> Reply {
        let session = option(ask, "X-Plex-Session-Identifier").unwrap_or_default();
        let mut state = self.state.lock();
        let known = state
            .streams
            .get_mut(&session)
            .filter(|stream| stream.query == ask.query && !stream.ended);
        let Some(stream) = known else {
            return page(400, "Bad Request");
        };
        stream.begun = true;
        let bits = stream.kilobits.unwrap_or(8000) * 1000;
        let text = format!(
            "#EXTM3U\n#EXT-X-STREAM-INF:PROGRAM-ID=1,BANDWIDTH={bits},RESOLUTION=640x360\nsession/{session}/base/index.m3u8\n"
        );
        Reply::empty(200).typed("application/vnd.apple.mpegurl", text)
    }

    /// `GET …/universal/session/{session}/base/{index.m3u8,00000.ts}`: of films only.
    pub(super) fn piece(&self, session: &str, file: &str) -> Option<Reply> {
        let (place, drawn) = {
            let state = self.state.lock();
            let stream = state.streams.get(session);
            let stream = stream.filter(|it| it.begun && !it.ended)?;
            (stream.file, stream.drawn.is_some())
        };
        let film = {
            let catalogue = self.catalogue.read();
            let entry = catalogue.entries.get(place)?;
            let named = || FILMS.iter().find(|film| film.title == entry.name);
            entry.shows.or_else(named)?
        };
        if let Some(number) = file.strip_suffix(".ts") {
            let bytes = Media::ready().piece(film, number.parse().ok()?, drawn)?;
            return Some(Reply::empty(200).typed("video/mp2t", bytes));
        }
        let mut text = format!(
            "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:{PIECE}\n#EXT-X-ALLOW-CACHE:NO\n#EXT-X-MEDIA-SEQUENCE:0\n"
        );
        for number in 0..film.seconds.div_ceil(PIECE) {
            let length = PIECE.min(film.seconds - number * PIECE);
            text.push_str(&format!(
                "#EXTINF:{length}.000000, nodesc\n{number:05}.ts\n"
            ));
        }
        text.push_str("#EXT-X-ENDLIST\n");
        Some(Reply::empty(200).typed("application/vnd.apple.mpegurl", text))
    }

    /// `GET …/universal/ping` and `…/universal/stop`.
    pub(super) fn stream_is(&self, word: &str, ask: &Request) -> Reply {
        let session = ask.param("session").unwrap_or_default();
        let mut state = self.state.lock();
        if word == "stop" && state.extracts.remove(&session).is_some() {
            return Reply::empty(200);
        }
        let Some(stream) = state.streams.get_mut(&session) else {
            return page(404, "Not Found");
        };
        match word {
            "ping" => stream.pings += 1,
            _ => stream.ended = true,
        }
        Reply::empty(200)
    }
}
