//! Streams in another quality: what `PlaybackInfo` decides, playlists, pieces, and which streams are under way.

use std::collections::BTreeSet;

use parking_lot::Mutex;
use serde_json::{Value, json};

use super::describe::id_of;
use super::{Face, NOT_FOUND};
use crate::http::{Reply, Request};
use crate::media::Media;
use crate::media::derived::PIECE;
use crate::titles::{FILMS, Film};

/// Streams under way, by the id of their playback.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    running: Mutex<BTreeSet<String>>,
    limit: Mutex<Option<u64>>,
    crowded: Mutex<Option<u64>>,
}

/// A film of the kit's own by its title.
pub(super) fn film(name: &str) -> Option<&'static Film> {
    FILMS.iter().find(|film| film.title == name)
}

impl Face {
    /// Ids of the playbacks for which a stream is being made.
    #[must_use]
    pub fn streams(&self) -> Vec<String> {
        self.streams.running.lock().iter().cloned().collect()
    }

    /// Lets a film have a subtitle of pictures inside. Gives its index.
    ///
    /// # Panics
    /// There is no such film.
    pub fn add_pictures(&self, title: &str) -> u64 {
        let mut catalogue = self.catalogue.write();
        let mut entries = catalogue.entries.iter();
        let found = entries.position(|entry| entry.name == title && !entry.parent.is_empty());
        let index = found.unwrap_or_else(|| panic!("no title {title:?}"));
        catalogue.add_pictures(index)
    }

    /// Makes a disc of a film: a folder (`BluRay`, `Dvd`) or an image (`Iso`), which cannot be sent as it is.
    ///
    /// # Panics
    /// There is no such title.
    pub fn set_disc(&self, title: &str, kind: &str) {
        self.change_source(title, |source| {
            source["VideoType"] = json!(kind);
            source["Container"] = json!("");
            source["Path"] = json!("/media/disc");
            if let Some(fields) = source.as_object_mut() {
                fields.remove("Size");
            }
        });
    }

    /// Gives a film's picture a range, as `DOVI`; it is in HEVC then.
    ///
    /// # Panics
    /// There is no such title.
    pub fn set_range(&self, title: &str, range: &str) {
        self.change_source(title, |source| {
            let streams = source["MediaStreams"].as_array_mut();
            for stream in streams.into_iter().flatten() {
                if stream["Type"] == "Video" {
                    stream["VideoRange"] = json!("HDR");
                    stream["VideoRangeType"] = json!(range);
                    stream["Codec"] = json!("hevc");
                }
            }
        });
    }

    fn change_source(&self, title: &str, change: impl FnOnce(&mut Value)) {
        let mut catalogue = self.catalogue.write();
        let mut entries = catalogue.entries.iter_mut();
        let entry = entries.find(|entry| entry.name == title);
        let entry = entry.unwrap_or_else(|| panic!("no title {title:?}"));
        change(&mut entry.dto["MediaSources"][0]);
    }

    /// Never serves more bits per second than this from now on, as an administrator can say of a user who is away from home.
    pub fn limit_bitrate(&self, limit: Option<u64>) {
        *self.streams.limit.lock() = limit;
    }

    /// Has no room for streams of more bits per second than this from now on.
    pub fn crowd(&self, most: Option<u64>) {
        *self.streams.crowded.lock() = most;
    }

    /// `POST /Items/{id}/PlaybackInfo`: the file as it is unless it needs more than the client or the server allows. Without a
    /// profile nothing is decided.
    pub(super) fn playback_info(&self, id: &str, request: &Request, token: &str) -> Reply {
        let catalogue = self.catalogue.read();
        let Some(entry) = catalogue.get(id).filter(|entry| entry.file.is_some()) else {
            return Reply::text(404, NOT_FOUND);
        };
        let session = id_of(&format!("session {id}"));
        let mut sources = entry.dto["MediaSources"].clone();
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        if let (Some(wanted), Some(all)) = (body["MediaSourceId"].as_str(), sources.as_array_mut())
        {
            all.retain(|source| source["Id"] == wanted);
        }
        if let Some((_, subtitle)) = self.extras.chosen.lock().get(&entry.id) {
            sources[0]["DefaultSubtitleStreamIndex"] = json!(subtitle);
        }
        let limit = *self.streams.limit.lock();
        let asked = body["MaxStreamingBitrate"].as_u64().unwrap_or(u64::MAX);
        let most = asked.min(limit.unwrap_or(u64::MAX));
        let bits = sources[0]["Bitrate"].as_f64().unwrap_or(0.0);
        #[expect(clippy::cast_precision_loss, reason = "a bit rate")]
        let over = bits > most as f64
            || body["EnableDirectPlay"] == false
            || is_disc(&sources[0])
            || refuses(&body["DeviceProfile"], &sources[0]);
        let room = self.streams.crowded.lock().unwrap_or(u64::MAX);
        if over && asked > room {
            return Reply::json(&json!({
                "MediaSources": [], "PlaySessionId": session, "ErrorCode": "RateLimitExceeded",
            }));
        }
        if over && body["DeviceProfile"].is_object() {
            let source = &mut sources[0];
            source["SupportsDirectPlay"] = json!(false);
            source["SupportsDirectStream"] = json!(false);
            source["TranscodingSubProtocol"] = json!("hls");
            source["TranscodingContainer"] = json!("ts");
            let guid = dashed(&entry.id);
            source["TranscodingUrl"] = json!(format!(
                "/videos/{guid}/master.m3u8?DeviceId=d&MediaSourceId={}&VideoCodec=h264&AudioCodec=aac&VideoBitrate=400000\
                 &PlaySessionId={session}&ApiKey={token}&SegmentContainer=ts&TranscodeReasons=ContainerBitrateExceedsLimit{}",
                source["Id"].as_str().unwrap_or_default(),
                subtitle(source, &body)
            ));
        }
        Reply::json(&json!({ "MediaSources": sources, "PlaySessionId": session }))
    }

    /// `GET /videos/{id}/…`: playlists and pieces.
    pub(super) fn served(&self, id: &str, rest: &[&str], request: &Request) -> Reply {
        let film = {
            let version = request.param("MediaSourceId");
            let catalogue = self.catalogue.read();
            let entry = catalogue.get(version.as_deref().unwrap_or(id));
            entry.and_then(|entry| entry.shows.or_else(|| film(&entry.name)))
        };
        let Some(film) = film else {
            return Reply::text(404, NOT_FOUND);
        };
        let session = request.param("PlaySessionId").unwrap_or_default();
        let drawn = request.param("SubtitleMethod").as_deref() == Some("Encode");
        let reply = match rest {
            ["master.m3u8"] => playlist(format!(
                "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=464000,AVERAGE-BANDWIDTH=464000,VIDEO-RANGE=SDR,\
                 CODECS=\"avc1.42c01e,mp4a.40.2\",RESOLUTION=640x360,FRAME-RATE=24\nmain.m3u8?{}\n",
                request.query
            )),
            ["main.m3u8"] => playlist(pieces(film, &request.query)),
            ["hls1", "main", piece] => {
                let number = piece.strip_suffix(".ts").and_then(|text| text.parse().ok());
                let bytes = number.and_then(|number| Media::ready().piece(film, number, drawn));
                match bytes {
                    Some(bytes) => Reply::empty(200).typed("video/mp2t", bytes),
                    None => return Reply::text(404, NOT_FOUND),
                }
            }
            _ => return Reply::text(404, NOT_FOUND),
        };
        self.streams.running.lock().insert(session);
        reply
    }

    /// `DELETE /Videos/ActiveEncodings`.
    pub(super) fn end_stream(&self, request: &Request) -> Reply {
        let session = request.param("playSessionId").unwrap_or_default();
        self.streams.running.lock().remove(&session);
        Reply::empty(204)
    }
}

/// What a stream's address says of the subtitle that was asked for: one that the client does not show itself is drawn into the
/// picture.
fn subtitle(source: &Value, body: &Value) -> String {
    // -1 is none; nothing at all is what the user's settings speak for.
    let index = match body["SubtitleStreamIndex"].as_i64() {
        Some(index) => u64::try_from(index).ok(),
        None => source["DefaultSubtitleStreamIndex"].as_u64(),
    };
    let streams = source["MediaStreams"].as_array();
    let mut streams = streams.into_iter().flatten();
    let Some(stream) = streams.find(|stream| {
        stream["Type"] == "Subtitle" && stream["Index"].as_u64() == index && index.is_some()
    }) else {
        return String::new();
    };
    let profiles = body["DeviceProfile"]["SubtitleProfiles"].as_array();
    // What is embedded cannot be passed on in pieces.
    let shown = profiles.into_iter().flatten().any(|profile| {
        profile["Method"] == "External"
            && (profile["Format"] == stream["Codec"] || stream["IsTextSubtitleStream"] == true)
    });
    let method = if shown { "External" } else { "Encode" };
    format!(
        "&SubtitleStreamIndex={}&SubtitleMethod={method}",
        stream["Index"]
    )
}

/// Whether it is no file that could be sent.
pub(super) fn is_disc(source: &Value) -> bool {
    source["VideoType"] != "VideoFile"
}

/// Whether a profile has a condition against the range of a source's picture.
fn refuses(profile: &Value, source: &Value) -> bool {
    let rows = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let streams = rows(&source["MediaStreams"]);
    let Some(picture) = streams.iter().find(|stream| stream["Type"] == "Video") else {
        return false;
    };
    let range = picture["VideoRangeType"].as_str().unwrap_or_default();
    let of_codec = |codecs: &Value| {
        let mut codecs = codecs.as_str().unwrap_or_default().split(',');
        codecs.any(|codec| codec.is_empty() || picture["Codec"] == codec)
    };
    let against = |condition: &Value| {
        let mut values = condition["Value"].as_str().unwrap_or_default().split('|');
        let named = values.any(|value| value == range);
        condition["Property"] == "VideoRangeType"
            && match condition["Condition"].as_str() {
                Some("NotEquals") => named,
                Some("Equals" | "EqualsAny") => !named,
                _ => false,
            }
    };
    rows(&profile["CodecProfiles"])
        .iter()
        .filter(|codec| codec["Type"] == "Video" && of_codec(&codec["Codec"]))
        .any(|codec| rows(&codec["Conditions"]).iter().any(against))
}

fn playlist(text: String) -> Reply {
    Reply::empty(200).typed("application/vnd.apple.mpegurl", text)
}

/// All pieces of a film are named though none is made yet.
fn pieces(film: &Film, query: &str) -> String {
    let mut text = format!(
        "#EXTM3U\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:{PIECE}\n#EXT-X-MEDIA-SEQUENCE:0\n"
    );
    let count = film.seconds.div_ceil(PIECE);
    for number in 0..count {
        let length = PIECE.min(film.seconds - number * PIECE);
        text.push_str(&format!(
            "#EXTINF:{length}.000000, nodesc\nhls1/main/{number}.ts?{query}&runtimeTicks={}&actualSegmentLengthTicks={}\n",
            number * PIECE * 10_000_000,
            length * 10_000_000
        ));
    }
    text.push_str("#EXT-X-ENDLIST\n");
    text
}

/// An id as addresses of streams write it.
fn dashed(id: &str) -> String {
    let part = |from: usize, to: usize| id.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-{}-{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32)
    )
}
