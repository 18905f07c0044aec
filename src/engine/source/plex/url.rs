//! Addresses and identity of Plex requests; pure.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use url::{Host, Url};

use crate::http::USER_AGENT;
use crate::secret::Secret;
use crate::source::{Device, Quality};
use crate::source_error::SourceError;

/// Where people sign in.
const TV: &str = "https://plex.tv/";
/// The page on which a person lets this device in.
const APP: &str = "https://app.plex.tv/";
/// One playback's id: a server that decided about a playback gives its bytes to the same id only.
pub(super) const SESSION: HeaderName = HeaderName::from_static("x-plex-session-identifier");
/// The only platform that every server's transcoder has a profile for; unknown ones are answered 400.
const PLATFORM: &str = "Generic";

/// Headers of every request. All of them, not only the token, go nowhere but to the origin they were made for.
pub(super) fn headers(device: &Device, token: Option<&Secret>) -> Result<HeaderMap, SourceError> {
    let version = USER_AGENT.rsplit('/').next().unwrap_or_default();
    let name: String = device
        .name
        .chars()
        .filter(|sign| !sign.is_control())
        .collect();
    let name = match name.trim() {
        "" => "Computer",
        name => name,
    };
    let mut headers = HeaderMap::new();
    let mut add = |header: &'static str, value: &str| {
        let value = HeaderValue::from_bytes(value.as_bytes())
            .map_err(|_| SourceError::Malformed("a token that is no text".into()))?;
        headers.insert(HeaderName::from_static(header), value);
        Ok(())
    };
    add("x-plex-client-identifier", &device.id)?;
    add("x-plex-product", "Spool")?;
    add("x-plex-version", version)?;
    add("x-plex-platform", PLATFORM)?;
    add("x-plex-client-profile-name", PLATFORM)?;
    add("x-plex-device", "Linux")?;
    add("x-plex-device-name", name)?;
    add("x-plex-provides", "player")?;
    if let Some(token) = token {
        add("x-plex-token", token.expose())?;
    }
    Ok(headers)
}

/// Where people sign in: plex.tv, or the stand-in that `SPOOL_PLEX_TV` names.
///
/// # Errors
/// [`SourceError::Insecure`] for a stand-in that is neither on this computer nor asked over https.
pub(crate) fn tv() -> Result<Url, SourceError> {
    let named = std::env::var("SPOOL_PLEX_TV").unwrap_or_default();
    let text = match named.trim() {
        "" => TV,
        named => named,
    };
    let url = text.parse().ok().filter(is_safe);
    url.ok_or_else(|| {
        SourceError::Insecure("SPOOL_PLEX_TV is neither https nor this computer".into())
    })
}

fn is_safe(url: &Url) -> bool {
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => return false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && here)
}

/// The page on which a person who has an account lets this device in.
pub(super) fn consent(tv: &Url, device: &Device, code: &str) -> Url {
    let app = if tv.as_str() == TV {
        APP.parse().ok()
    } else {
        None
    };
    let mut page: Url = app.unwrap_or_else(|| tv.clone());
    page.set_path("auth");
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("clientID", &device.id);
    query.append_pair("code", code);
    query.append_pair("context[device][product]", "Spool");
    page.set_fragment(Some(&format!("?{}", query.finish())));
    page
}

/// Where the short code is typed, for people.
pub(super) fn typing_place(tv: &Url) -> String {
    let host = tv.host_str().unwrap_or("plex.tv");
    match tv.port() {
        Some(port) => format!("{host}:{port}/link"),
        None => format!("{host}/link"),
    }
}

/// The address inside a `plex.direct` name (`1-2-3-4.<id>.plex.direct`). It is not looked up: routers refuse to answer such
/// names with addresses of the own network, and a name server is not needed to know what it would say.
pub(super) fn direct_ip(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?.to_ascii_lowercase();
    let rest = host.strip_suffix(".plex.direct")?;
    let (dashed, id) = rest.split_once('.')?;
    if id.is_empty() || id.contains('.') {
        return None;
    }
    let v4 = || {
        dashed
            .replace('-', ".")
            .parse::<Ipv4Addr>()
            .ok()
            .map(IpAddr::V4)
    };
    let v6 = || {
        dashed
            .replace('-', ":")
            .parse::<Ipv6Addr>()
            .ok()
            .map(IpAddr::V6)
    };
    v4().or_else(v6)
}

/// The name under which the server that a `plex.direct` name stands for has another address.
pub(super) fn direct_name(like: &Url, ip: IpAddr, port: u16) -> Option<Url> {
    direct_ip(like)?;
    let (_, rest) = like.host_str()?.split_once('.')?;
    let dashed = ip.to_string().replace(['.', ':'], "-");
    format!("https://{dashed}.{rest}:{port}/").parse().ok()
}

/// What of a title's page is asked for: chapters and markers, and nothing that makes the server look at the disk.
pub(super) const DETAILS: [(&str, &str); 4] = [
    ("includeChapters", "1"),
    ("includeMarkers", "1"),
    ("includeExternalMedia", "0"),
    ("checkFiles", "0"),
];

/// The same; the server looks whether the files are there, which may wake a disk.
pub(super) const CHECKED: [(&str, &str); 4] =
    [DETAILS[0], DETAILS[1], DETAILS[2], ("checkFiles", "1")];

/// What this player takes as it is: everything its decoders know.
const PROFILE: &str = "add-settings(DirectPlayStreamSelection=true)\
+add-direct-play-profile(type=videoProfile&container=mkv,mp4,mov,webm,avi,mpegts,mpeg,flv,ogg&videoCodec=h264,hevc,av1,vp9,vp8,mpeg4,mpeg2video,mpeg1video,vc1,wmv3,theora,msmpeg4v3&audioCodec=*&subtitleCodec=*)\
+add-direct-play-profile(type=musicProfile&container=mp3,flac,ogg,opus,mp4,m4a,aac,wav,aiff,mka,wma,ape,wv&audioCodec=*)";

/// What a stream is made of: H.264 and AAC in an MPEG transport stream, whose segments make one stream when they are put
/// together.
const STREAM_PROFILE: &str = "add-transcode-target(type=videoProfile&context=streaming&protocol=hls&container=mpegts&videoCodec=h264&audioCodec=aac,mp3,ac3&replace=true)\
+add-transcode-target(type=musicProfile&context=streaming&protocol=hls&container=mpegts&audioCodec=aac&replace=true)";

/// One file of one title, and who asks for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ask<'a> {
    /// The title's key.
    pub(super) item: &'a str,
    /// The file's place in the server's lists of versions and files.
    pub(super) at: (usize, usize),
    /// One id for one playback.
    pub(super) session: &'a str,
    /// Whether the server is in the same network.
    pub(super) near: bool,
}

/// How good a stream is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Thousands of bits per second; `None` for as good as the file.
    kilobits: Option<u64>,
    height: Option<u32>,
    is_music: bool,
    /// The chosen subtitle is drawn into the picture.
    drawn: bool,
}

impl Wanted {
    pub(super) fn new(quality: Quality, is_music: bool) -> Self {
        let kilobits = match quality {
            Quality::Original => None,
            Quality::UpTo(limit) => Some((limit / 1000).max(64)),
        };
        Self {
            kilobits,
            height: quality.height(),
            is_music,
            drawn: false,
        }
    }

    /// The same, with the chosen subtitle in the picture.
    pub(super) fn drawn(self, drawn: bool) -> Self {
        Self { drawn, ..self }
    }
}

impl Ask<'_> {
    /// The query of a decision: may these bytes be played as they are?
    pub(super) fn direct(&self) -> String {
        let mut query = self.begin("http", true, "none");
        query.append_pair("X-Plex-Client-Profile-Extra", PROFILE);
        finish(&mut query)
    }

    /// The query of a decision and of the stream that it leads to: the server wants the very same for both.
    pub(super) fn stream(&self, wanted: Wanted) -> String {
        let subtitles = if wanted.drawn { "burn" } else { "none" };
        let mut query = self.begin("hls", false, subtitles);
        query.extend_pairs([
            ("fastSeek", "1"),
            ("audioBoost", "100"),
            ("videoQuality", "99"),
        ]);
        if let Some(kilobits) = wanted.kilobits.map(|kilobits| kilobits.to_string()) {
            match wanted.is_music {
                true => query.append_pair("musicBitrate", &kilobits),
                false => query
                    .append_pair("videoBitrate", &kilobits)
                    .append_pair("maxVideoBitrate", &kilobits),
            };
        }
        if let Some(height) = wanted.height.filter(|_| !wanted.is_music) {
            let size = format!("{}x{height}", height * 16 / 9);
            query.append_pair("videoResolution", &size);
        }
        query.append_pair("X-Plex-Client-Profile-Extra", STREAM_PROFILE);
        finish(&mut query)
    }

    /// The query of a decision about the chosen subtitle as text in this format, beside a stream in which nothing is converted:
    /// of codecs that the file itself has.
    pub(super) fn text(
        &self,
        (video, audio): (Option<&str>, Option<&str>),
        format: &str,
    ) -> String {
        let mut query = self.begin("hls", false, "sidecar");
        query.append_pair("advancedSubtitles", "text");
        let (video, audio) = (video.unwrap_or("h264"), audio.unwrap_or("aac"));
        let profile = format!(
            "add-transcode-target(type=videoProfile&context=streaming&protocol=hls&container=mpegts\
             &videoCodec={video}&audioCodec={audio}&replace=true)\
             +add-transcode-target(type=subtitleProfile&context=all&protocol=http&container={format}\
             &subtitleCodec={format}&replace=true)"
        );
        query.append_pair("X-Plex-Client-Profile-Extra", &profile);
        finish(&mut query)
    }

    /// The query of that text itself. A protocol in it would bring pieces.
    pub(super) fn text_itself(&self) -> String {
        let mut query = self.name();
        query.extend_pairs([("subtitles", "sidecar"), ("advancedSubtitles", "text")]);
        finish(&mut query)
    }

    /// Which file, for which playback.
    fn name(&self) -> Query {
        let (media, part) = (self.at.0.to_string(), self.at.1.to_string());
        let path = format!("/library/metadata/{}", self.item);
        let mut query = Query::new(String::new());
        query.extend_pairs([
            ("path", path.as_str()),
            ("mediaIndex", &media),
            ("partIndex", &part),
            ("session", self.session),
            ("transcodeSessionId", self.session),
        ]);
        query
    }

    fn begin(&self, protocol: &str, direct: bool, subtitles: &str) -> Query {
        let mut query = self.name();
        query.extend_pairs([
            ("hasMDE", "1"),
            ("protocol", protocol),
            ("directPlay", if direct { "1" } else { "0" }),
            ("directStream", "1"),
            ("directStreamAudio", "1"),
            ("subtitles", subtitles),
            ("location", if self.near { "lan" } else { "wan" }),
        ]);
        query
    }
}

type Query = url::form_urlencoded::Serializer<'static, String>;

fn finish(query: &mut Query) -> String {
    // The one sign that forms leave as it is, and that the server's parser does not.
    query.finish().replace('*', "%2A")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device() -> Device {
        Device {
            id: "d1".into(),
            name: "Ann's \"box\", ü\n".into(),
        }
    }

    #[test]
    fn the_token_is_a_header_and_the_name_may_be_in_any_letters() {
        let headers = headers(&device(), Some(&Secret::new("t"))).unwrap();
        assert_eq!(headers["x-plex-token"], "t");
        assert_eq!(
            headers["x-plex-device-name"].as_bytes(),
            "Ann's \"box\", ü".as_bytes()
        );
        assert_eq!(headers["x-plex-platform"], "Generic");
        assert!(
            super::headers(&device(), None)
                .unwrap()
                .get("x-plex-token")
                .is_none()
        );
        assert!(super::headers(&device(), Some(&Secret::new("a\nb"))).is_err());
    }

    #[test]
    fn a_stand_in_is_on_this_computer_or_behind_https() {
        let safe = |text: &str| is_safe(&text.parse().unwrap());
        for text in [
            "https://tv.example.org",
            "http://127.0.0.1:8080/x",
            "http://localhost:1",
            "http://[::1]:1",
        ] {
            assert!(safe(text), "{text}");
        }
        for text in [
            "http://tv.example.org",
            "http://192.168.1.2",
            "ftp://localhost",
            "file:///x",
            "http://localhost.evil.org",
        ] {
            assert!(!safe(text), "{text}");
        }
    }

    #[test]
    fn the_page_of_consent_names_device_and_code() {
        let page = consent(&TV.parse().unwrap(), &device(), "c&d");
        assert_eq!(
            page.as_str(),
            "https://app.plex.tv/auth#?clientID=d1&code=c%26d&context%5Bdevice%5D%5Bproduct%5D=Spool"
        );
        let other: Url = "http://127.0.0.1:81/".parse().unwrap();
        assert!(
            consent(&other, &device(), "c")
                .as_str()
                .starts_with("http://127.0.0.1:81/auth#?")
        );
        assert_eq!(typing_place(&TV.parse().unwrap()), "plex.tv/link");
        assert_eq!(typing_place(&other), "127.0.0.1:81/link");
    }

    #[test]
    fn the_address_stands_in_the_name() {
        let ip = |text: &str| direct_ip(&text.parse().unwrap()).map(|ip| ip.to_string());
        assert_eq!(
            ip("https://192-168-1-7.ab12.plex.direct:32400").as_deref(),
            Some("192.168.1.7")
        );
        assert_eq!(
            ip("https://2001-db8-0-0-0-0-0-1.ab.plex.direct").as_deref(),
            Some("2001:db8::1")
        );
        assert_eq!(
            ip("https://fe80--1.ab.plex.direct").as_deref(),
            Some("fe80::1")
        );
        for text in [
            "https://plex.direct",
            "https://1-2-3-4.plex.direct",
            "https://1-2-3-4.x.y.plex.direct",
            "https://1-2-3.ab.plex.direct",
            "https://1-2-3-400.ab.plex.direct",
            "https://1-2-3-4.ab.plex.direct.evil.org",
            "https://1-2-3-4.ab.example.org",
            "https://192.168.1.7",
        ] {
            assert_eq!(ip(text), None, "{text}");
        }
    }

    const ASK: Ask = Ask {
        item: "5",
        at: (1, 0),
        session: "s",
        near: true,
    };

    #[test]
    fn a_decision_asks_for_one_version_and_escapes_the_profile() {
        let query = ASK.direct();
        assert!(query.contains("path=%2Flibrary%2Fmetadata%2F5&mediaIndex=1&partIndex=0"));
        assert!(query.contains("location=lan") && query.contains("directPlay=1"));
        assert!(!query.contains(['(', ')', '*']));
    }

    #[test]
    fn a_stream_is_no_better_than_wanted() {
        let of = |quality, is_music| ASK.stream(Wanted::new(quality, is_music));
        let film = of(Quality::UpTo(3_000_000), false);
        for part in [
            "protocol=hls",
            "directPlay=0",
            "maxVideoBitrate=3000",
            "videoResolution=1280x720",
        ] {
            assert!(film.contains(part), "{part} is not in {film}");
        }
        let song = of(Quality::UpTo(320_000), true);
        assert!(
            song.contains("musicBitrate=320") && !song.contains("videoResolution"),
            "{song}"
        );
        let whole = of(Quality::Original, false);
        assert!(!whole.contains("itrate="), "{whole}");
        assert!(!film.contains(['(', ')', '*']));
        assert!(film.contains("subtitles=none"));
        let drawn = ASK.stream(Wanted::new(Quality::Original, false).drawn(true));
        assert!(drawn.contains("subtitles=burn"), "{drawn}");
    }

    #[test]
    fn a_text_is_asked_for_whole_and_converts_nothing_else() {
        let decision = ASK.text((Some("hevc"), None), "ass");
        for part in [
            "subtitles=sidecar",
            "protocol=hls",
            "directPlay=0",
            "videoCodec%3Dhevc%26audioCodec%3Daac",
            "subtitleCodec%3Dass",
        ] {
            assert!(decision.contains(part), "{part} is not in {decision}");
        }
        let text = ASK.text_itself();
        assert!(
            text.contains("mediaIndex=1") && text.contains("session=s"),
            "{text}"
        );
        assert!(!text.contains("protocol"), "{text}");
    }
}
