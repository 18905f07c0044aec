//! What is asked of `PlaybackInfo`, and what its answer means; pure.

use serde_json::{Value, json};
use url::Url;

use super::extras::{self, Where};
use super::map::ticks;
use super::wire;
use crate::source::{ExternalSubtitle, Method, Quality, StreamWish};
use crate::source_error::SourceError;

/// No limit: what Jellyfin's own players send for "maximum".
const UNLIMITED: u64 = 1_000_000_000;

/// The body of `POST /Items/{id}/PlaybackInfo`. Whatever the file is, this player decodes it: only the limit of the quality
/// can speak against the file as it is. What the server makes instead is H.264 and AAC in an MPEG transport stream, whose
/// segments make one stream when they are put together.
pub(super) fn question(user: &str, source: &str, wish: &StreamWish) -> Value {
    let limit = match wish.quality {
        Quality::Original => UNLIMITED,
        Quality::UpTo(limit) => limit.clamp(64_000, UNLIMITED),
    };
    let mut body = json!({
        "UserId": user,
        "MediaSourceId": source,
        "MaxStreamingBitrate": limit,
        "StartTimeTicks": ticks(wish.start),
        "EnableDirectPlay": !wish.converted,
        "EnableDirectStream": !wish.converted,
        "EnableTranscoding": true,
        "AllowVideoStreamCopy": true,
        "AllowAudioStreamCopy": true,
        // Without one, the server would draw what the user's settings speak for.
        "SubtitleStreamIndex": wish.drawn.map_or(json!(-1), |index| json!(index)),
        "AlwaysBurnInSubtitleWhenTranscoding": false,
        "DeviceProfile": profile(limit, wish),
    });
    if let Some(audio) = wish.audio {
        body["AudioStreamIndex"] = json!(audio);
    }
    body
}

fn profile(limit: u64, wish: &StreamWish) -> Value {
    let subtitle = |format: &str, method: &str| json!({ "Format": format, "Method": method });
    let beside = ["srt", "ass", "ssa", "vtt"].map(|format| subtitle(format, "External"));
    // What this player draws itself is not drawn by the server: pictures that it is to draw must not be among that.
    let text = ["srt", "ass", "ssa", "vtt"].as_slice();
    let pictures = ["pgssub", "dvdsub", "dvbsub"].as_slice();
    let pictures = if wish.drawn.is_some() { &[] } else { pictures };
    let inside = text.iter().chain(pictures);
    let inside = inside.map(|format| subtitle(format, "Embed"));
    let subtitles: Vec<Value> = beside.into_iter().chain(inside).collect();
    let small = wish.quality.height().map(|height| {
        json!({
            "Type": "Video",
            "Codec": "h264",
            "Conditions": [{
                "Condition": "LessThanEqual", "Property": "Height", "Value": height.to_string(), "IsRequired": false,
            }],
        })
    });
    // Dolby Vision without another picture below it, which none but Dolby's own decoders show in its colours.
    let colours = json!({
        "Type": "Video",
        "Codec": "hevc,av1",
        "Conditions": [{
            "Condition": "NotEquals", "Property": "VideoRangeType", "Value": "DOVI", "IsRequired": false,
        }],
    });
    let codecs: Vec<Value> = small.into_iter().chain([colours]).collect();
    json!({
        "Name": "Spool",
        "MaxStreamingBitrate": limit,
        "MaxStaticBitrate": UNLIMITED,
        "MusicStreamingTranscodingBitrate": limit.min(320_000),
        "DirectPlayProfiles": [{ "Type": "Video" }, { "Type": "Audio" }],
        "TranscodingProfiles": [{
            "Type": "Video", "Context": "Streaming", "Protocol": "hls", "Container": "ts",
            "VideoCodec": "h264", "AudioCodec": "aac,mp3,ac3", "MaxAudioChannels": "6",
            "MinSegments": 1, "BreakOnNonKeyFrames": false, "EnableSubtitlesInManifest": false,
        }, {
            "Type": "Audio", "Context": "Streaming", "Protocol": "hls", "Container": "ts", "AudioCodec": "aac",
            "MaxAudioChannels": "2", "MinSegments": 1, "BreakOnNonKeyFrames": false,
        }],
        "ContainerProfiles": [],
        "CodecProfiles": codecs,
        "SubtitleProfiles": subtitles,
    })
}

/// What an answer of `PlaybackInfo` means.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) method: Method,
    pub(super) reason: Option<String>,
    /// The server's id of the playback.
    pub(super) session: Option<String>,
    pub(super) playlist: Option<Url>,
    /// Subtitles that a stream goes without.
    pub(super) inside: Vec<ExternalSubtitle>,
    /// The one that it has in its picture.
    pub(super) drawn: Option<u32>,
}

/// Reads an answer about one media source of a server at `base`.
pub(super) fn verdict(
    base: &Url,
    source: &str,
    answer: &wire::PlaybackInfo,
) -> Result<Verdict, SourceError> {
    if let Some(code) = answer.error_code.text() {
        return Err(refusal(code));
    }
    let sources = &answer.media_sources.0;
    let same = |one: &&wire::MediaSource| one.id.text() == Some(source);
    let chosen = sources.iter().find(same).or(sources.first());
    let chosen = chosen.ok_or_else(|| refusal("NoCompatibleStream"))?;
    let session = answer.play_session_id.owned();
    let Some(place) = chosen.transcoding_url.text() else {
        return match chosen.supports_direct_play.0 {
            Some(false) => Err(refusal("NoCompatibleStream")),
            _ => Ok(Verdict {
                method: Method::Direct,
                reason: None,
                session,
                playlist: None,
                inside: Vec::new(),
                drawn: None,
            }),
        };
    };
    let playlist = resolve(base, place)
        .ok_or_else(|| SourceError::Malformed("a stream without an address".into()))?;
    let reasons = parameter(&playlist, "TranscodeReasons");
    let draws = parameter(&playlist, "SubtitleMethod").is_some_and(|how| how == "Encode");
    let drawn = parameter(&playlist, "SubtitleStreamIndex").filter(|_| draws);
    let drawn = drawn.and_then(|index| index.parse().ok());
    let container_only = reasons.as_deref().is_some_and(|reasons| {
        let mut reasons = reasons.split(',');
        reasons.all(|reason| matches!(reason.trim(), "ContainerNotSupported" | "DirectPlayError"))
    });
    Ok(Verdict {
        method: if container_only {
            Method::Remux
        } else {
            Method::Transcode
        },
        reason: reasons,
        session: session.or_else(|| parameter(&playlist, "PlaySessionId")),
        playlist: Some(without_token(playlist)),
        inside: extras::subtitles(chosen, Where::Inside),
        drawn,
    })
}

/// The documented codes are no words for people; unknown ones are shown as they are.
fn refusal(code: &str) -> SourceError {
    match code {
        "NotAllowed" => SourceError::Forbidden,
        "RateLimitExceeded" => SourceError::Busy { retry_after: None },
        "NoCompatibleStream" => SourceError::Refused("No compatible stream".into()),
        other => SourceError::Refused(other.chars().take(300).collect()),
    }
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    let mut pairs = url.query_pairs();
    let found = pairs.find(|(key, _)| key.eq_ignore_ascii_case(name));
    found
        .map(|(_, value)| value.chars().take(300).collect::<String>())
        .filter(|value| !value.is_empty())
}

/// Jellyfin writes a path without its own base path, alikes a whole address.
fn resolve(base: &Url, place: &str) -> Option<Url> {
    if place.contains("://") {
        return place.parse().ok();
    }
    if place.starts_with(base.path()) && base.path() != "/" {
        return base.join(place).ok();
    }
    base.join(&format!("./{}", place.trim_start_matches('/')))
        .ok()
}

/// The header says who asks; in an address the token would go into playlists and logs of proxies.
fn without_token(mut url: Url) -> Url {
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| !matches!(name.to_ascii_lowercase().as_str(), "apikey" | "api_key"))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    url.set_query(None);
    if !kept.is_empty() {
        url.query_pairs_mut().extend_pairs(kept);
    }
    url
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::{ItemId, PartId};
    use crate::source::Supply;

    fn wish(quality: Quality) -> StreamWish {
        let item = ItemId::new("abc".parse().unwrap(), "film");
        StreamWish {
            part: PartId::new(item, "s1"),
            quality,
            session: "x".into(),
            start: Duration::from_secs(2),
            audio: Some(2),
            drawn: None,
            converted: false,
        }
    }

    fn judge(base: &str, answer: Value) -> Result<Verdict, SourceError> {
        let answer = serde_json::from_value(answer).unwrap();
        verdict(&base.parse().unwrap(), "s1", &answer)
    }

    #[test]
    fn the_quality_is_the_limit() {
        let body = question("u1", "s1", &wish(Quality::UpTo(3_000_000)));
        assert_eq!(body["MaxStreamingBitrate"], 3_000_000);
        assert_eq!(body["DeviceProfile"]["MaxStreamingBitrate"], 3_000_000);
        assert_eq!(body["StartTimeTicks"], 20_000_000);
        assert_eq!(body["AudioStreamIndex"], 2);
        let height = &body["DeviceProfile"]["CodecProfiles"][0]["Conditions"][0]["Value"];
        assert_eq!(height, "720");
        let body = question("u1", "s1", &wish(Quality::Original));
        assert_eq!(body["MaxStreamingBitrate"], UNLIMITED);
        let codecs = body["DeviceProfile"]["CodecProfiles"].as_array().unwrap();
        let condition = &codecs[0]["Conditions"][0];
        assert_eq!(codecs.len(), 1);
        assert_eq!(
            (
                &condition["Condition"],
                &condition["Property"],
                &condition["Value"]
            ),
            (
                &json!("NotEquals"),
                &json!("VideoRangeType"),
                &json!("DOVI")
            )
        );
        assert_eq!(
            body["DeviceProfile"]["DirectPlayProfiles"][0],
            json!({"Type": "Video"})
        );
    }

    #[test]
    fn addresses_of_streams_lie_below_the_base_and_hold_no_token() {
        let at = |base: &str, place: &str| {
            let source = json!({"Id": "s1", "TranscodingUrl": place});
            let answer = json!({"MediaSources": [source], "PlaySessionId": "p"});
            judge(base, answer).unwrap().playlist.unwrap().to_string()
        };
        let place = "/videos/0f-0f/master.m3u8?DeviceId=d&ApiKey=t0k&api_key=t0k&x=a%20b";
        let rest = "videos/0f-0f/master.m3u8?DeviceId=d&x=a+b";
        assert_eq!(at("http://nas/", place), format!("http://nas/{rest}"));
        assert_eq!(at("http://nas/jf/", place), format!("http://nas/jf/{rest}"));
        let within = format!("/jf{place}");
        assert_eq!(
            at("http://nas/jf/", &within),
            format!("http://nas/jf/{rest}")
        );
        let whole = format!("https://other.example{place}");
        assert_eq!(
            at("http://nas/jf/", &whole),
            format!("https://other.example/{rest}")
        );
    }

    #[test]
    fn what_the_server_decided_and_why() {
        let stream = |reasons: &str| {
            let place = format!("/videos/f/master.m3u8?PlaySessionId=q&TranscodeReasons={reasons}");
            json!({"MediaSources": [{"Id": "s1", "TranscodingUrl": place}]})
        };
        let limited = judge("http://n/", stream("ContainerBitrateExceedsLimit")).unwrap();
        assert_eq!(limited.method, Method::Transcode);
        assert_eq!(
            limited.reason.as_deref(),
            Some("ContainerBitrateExceedsLimit")
        );
        assert_eq!(limited.session.as_deref(), Some("q"));
        assert_eq!(
            judge("http://n/", stream("ContainerNotSupported"))
                .unwrap()
                .method,
            Method::Remux
        );
        assert_eq!(
            judge("http://n/", stream("")).unwrap().method,
            Method::Transcode
        );

        let direct = json!({"MediaSources": [{"Id": "x"}, {"Id": "s1", "SupportsDirectPlay": true}], "PlaySessionId": "p"});
        let direct = judge("http://n/", direct).unwrap();
        assert_eq!(
            (direct.method, direct.session.as_deref()),
            (Method::Direct, Some("p"))
        );
        assert_eq!(direct.playlist, None);
    }

    #[test]
    fn subtitles_inside_the_file_are_had_apart_where_a_stream_goes_without() {
        let stream = |index: u64, codec: &str, external: bool| json!({"Type": "Subtitle", "Index": index, "Codec": codec, "Language": "ger", "IsExternal": external});
        let answer = json!({"MediaSources": [{
            "Id": "s1", "TranscodingUrl": "/videos/f/master.m3u8",
            "MediaStreams": [
                {"Type": "Video", "Index": 0}, stream(2, "subrip", false), stream(3, "ass", false),
                stream(4, "pgssub", false), stream(5, "mov_text", false), stream(6, "srt", true), 7,
            ],
        }]});
        let found = judge("http://n/", answer).unwrap().inside;
        let keys: Vec<&str> = found.iter().map(|one| one.key.as_str()).collect();
        assert_eq!(keys, ["s1/2/srt", "s1/3/ass", "s1/4/pgs", "s1/5/srt"]);
        let supplies: Vec<Supply> = found.iter().map(|one| one.supply).collect();
        let text = Supply::Extracted;
        assert_eq!(supplies, [text, text, Supply::Drawn(4), text]);
    }

    #[test]
    fn pictures_are_drawn_by_the_server_where_that_is_wished_and_it_says_so() {
        let formats = |body: &Value| -> Vec<String> {
            let profiles = body["DeviceProfile"]["SubtitleProfiles"]
                .as_array()
                .unwrap();
            let named = profiles
                .iter()
                .map(|profile| profile["Format"].as_str().unwrap().to_owned());
            named.collect()
        };
        let plain = wish(Quality::UpTo(3_000_000));
        let body = question("u1", "s1", &plain);
        assert_eq!(body["SubtitleStreamIndex"], -1);
        assert!(formats(&body).contains(&"pgssub".to_owned()));
        let body = question(
            "u1",
            "s1",
            &StreamWish {
                drawn: Some(4),
                ..plain
            },
        );
        assert_eq!(body["SubtitleStreamIndex"], 4);
        assert!(!formats(&body).contains(&"pgssub".to_owned()));

        let of = |rest: &str| {
            let place = format!("/videos/f/master.m3u8?SubtitleStreamIndex=4{rest}");
            let answer = json!({"MediaSources": [{"Id": "s1", "TranscodingUrl": place}]});
            judge("http://n/", answer).unwrap().drawn
        };
        assert_eq!(of("&SubtitleMethod=Encode"), Some(4));
        assert_eq!(of("&SubtitleMethod=External"), None);
        assert_eq!(of(""), None);
    }

    #[test]
    fn refusals_are_situations() {
        let code = |code: &str| judge("http://n/", json!({"ErrorCode": code})).unwrap_err();
        assert!(matches!(code("NotAllowed"), SourceError::Forbidden));
        assert!(matches!(
            code("RateLimitExceeded"),
            SourceError::Busy { .. }
        ));
        assert!(matches!(
            code("NoCompatibleStream"),
            SourceError::Refused(_)
        ));
        assert!(matches!(code("Full moon"), SourceError::Refused(words) if words == "Full moon"));
        let none = judge(
            "http://n/",
            json!({"MediaSources": [{"Id": "s1", "SupportsDirectPlay": false}]}),
        );
        assert!(matches!(none, Err(SourceError::Refused(_))));
        assert!(judge("http://n/", json!({"MediaSources": "x"})).is_err());
    }
}
