//! Playlists of HTTP Live Streaming (RFC 8216), as far as a server that makes one stream for one playback needs them; pure.

use std::time::Duration;

use url::Url;

/// More segments than this are no film: a day at two seconds each.
const MOST_SEGMENTS: usize = 43_200;

/// One piece of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    /// Where it is.
    pub(super) url: Url,
    /// How long it plays.
    pub(super) length: Duration,
}

/// A playlist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Playlist {
    /// It names another playlist, the best of several.
    Master(Url),
    /// It names the pieces.
    Media {
        /// In order.
        segments: Vec<Segment>,
        /// What comes before the first piece, in fragmented MP4.
        head: Option<Url>,
        /// All pieces are named.
        complete: bool,
    },
}

/// Why a playlist cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unusable {
    /// It is something else.
    #[error("no playlist")]
    NoPlaylist,
    /// Its pieces are encrypted, or parts of files.
    #[error("a playlist of a kind that is not supported")]
    Unsupported,
}

/// Reads a playlist that lies at `base`.
pub(super) fn read(base: &Url, text: &str) -> Result<Playlist, Unusable> {
    let mut lines = text.lines().map(str::trim);
    if lines
        .next()
        .map(|first| first.trim_start_matches('\u{feff}'))
        != Some("#EXTM3U")
    {
        return Err(Unusable::NoPlaylist);
    }
    let mut segments = Vec::new();
    let mut best: Option<(u64, Url)> = None;
    let (mut head, mut complete) = (None, false);
    let (mut length, mut variant) = (None, None);
    for line in lines.filter(|line| !line.is_empty()) {
        if let Some(rest) = line.strip_prefix("#EXTINF:") {
            length = Some(seconds(rest).ok_or(Unusable::NoPlaylist)?);
        } else if let Some(attributes) = line.strip_prefix("#EXT-X-STREAM-INF:") {
            let bandwidth = attribute(attributes, "BANDWIDTH").and_then(|text| text.parse().ok());
            variant = Some(bandwidth.unwrap_or(0));
        } else if let Some(attributes) = line.strip_prefix("#EXT-X-MAP:") {
            let place = attribute(attributes, "URI").ok_or(Unusable::NoPlaylist)?;
            head = Some(base.join(place).map_err(|_| Unusable::NoPlaylist)?);
        } else if let Some(attributes) = line.strip_prefix("#EXT-X-KEY:") {
            if attribute(attributes, "METHOD") != Some("NONE") {
                return Err(Unusable::Unsupported);
            }
        } else if line.starts_with("#EXT-X-BYTERANGE") {
            return Err(Unusable::Unsupported);
        } else if line == "#EXT-X-ENDLIST" {
            complete = true;
        } else if !line.starts_with('#') {
            let url = base.join(line).map_err(|_| Unusable::NoPlaylist)?;
            if let Some(bandwidth) = variant.take() {
                if best.as_ref().is_none_or(|(than, _)| bandwidth > *than) {
                    best = Some((bandwidth, url));
                }
            } else if let Some(length) = length.take() {
                segments.push(Segment { url, length });
            }
            if segments.len() > MOST_SEGMENTS {
                return Err(Unusable::NoPlaylist);
            }
        }
    }
    match best {
        Some((_, url)) => Ok(Playlist::Master(url)),
        None if segments.is_empty() && complete => Err(Unusable::NoPlaylist),
        None => Ok(Playlist::Media {
            segments,
            head,
            complete,
        }),
    }
}

fn seconds(text: &str) -> Option<Duration> {
    let number = text.split(',').next()?.trim().parse::<f64>().ok()?;
    let sensible = (0.0..86_400.0).contains(&number);
    sensible.then(|| Duration::from_secs_f64(number))
}

/// The value of an attribute of a list such as `A=1,B="x,y"`.
fn attribute<'a>(list: &'a str, name: &str) -> Option<&'a str> {
    let mut quoted = false;
    let fields = list.split(move |character| {
        quoted ^= character == '"';
        character == ',' && !quoted
    });
    let mut pairs = fields.filter_map(|field| field.split_once('='));
    let found = pairs.find(|(key, _)| key.trim() == name);
    found.map(|(_, value)| value.trim().trim_matches('"'))
}

/// The piece that plays at a moment, and when it begins; the last one behind the end.
pub(super) fn locate(segments: &[Segment], moment: Duration) -> (usize, Duration) {
    let mut begin = Duration::ZERO;
    for (number, segment) in segments.iter().enumerate() {
        let end = begin + segment.length;
        if moment < end || number + 1 == segments.len() {
            return (number, begin);
        }
        begin = end;
    }
    (0, Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Url {
        "http://nas/jf/videos/f/master.m3u8?x=1".parse().unwrap()
    }

    #[test]
    fn the_best_of_several_streams() {
        let text = "#EXTM3U\r\n#EXT-X-STREAM-INF:BANDWIDTH=100,CODECS=\"avc1,mp4a\",RESOLUTION=1x1\r\nlow.m3u8\r\n#EXT-X-STREAM-INF:AVERAGE-BANDWIDTH=9,BANDWIDTH=300\r\nmain.m3u8?y=2\r\n";
        let best = "http://nas/jf/videos/f/main.m3u8?y=2".parse().unwrap();
        assert_eq!(read(&base(), text), Ok(Playlist::Master(best)));
    }

    #[test]
    fn pieces_with_their_lengths() {
        let text = "#EXTM3U\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:6\n#EXTINF:6.000000, nodesc\nhls1/main/0.ts?z\n#EXTINF:2.5,\n/abs/1.ts\n#EXT-X-ENDLIST\n";
        let Ok(Playlist::Media {
            segments,
            head,
            complete,
        }) = read(&base(), text)
        else {
            panic!("a playlist");
        };
        let urls: Vec<_> = segments.iter().map(|one| one.url.as_str()).collect();
        assert_eq!(
            urls,
            [
                "http://nas/jf/videos/f/hls1/main/0.ts?z",
                "http://nas/abs/1.ts"
            ]
        );
        assert_eq!((head, complete), (None, true));
        let at = |millis| {
            let (number, begin) = locate(&segments, Duration::from_millis(millis));
            (number, begin.as_millis())
        };
        assert_eq!(at(0), (0, 0));
        assert_eq!(at(5_999), (0, 0));
        assert_eq!(at(6_000), (1, 6_000));
        assert_eq!(at(99_000), (1, 6_000));
        assert_eq!(locate(&[], Duration::ZERO), (0, Duration::ZERO));
    }

    #[test]
    fn what_cannot_be_used() {
        let of = |text: &str| read(&base(), text).unwrap_err();
        assert_eq!(of(""), Unusable::NoPlaylist);
        assert_eq!(of("<html>"), Unusable::NoPlaylist);
        assert_eq!(of("#EXTM3U\n#EXT-X-ENDLIST\n"), Unusable::NoPlaylist);
        assert_eq!(of("#EXTM3U\n#EXTINF:x,\n0.ts\n"), Unusable::NoPlaylist);
        assert_eq!(of("#EXTM3U\n#EXTINF:1e9,\n0.ts\n"), Unusable::NoPlaylist);
        let keyed = "#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\n#EXTINF:1,\n0.ts\n";
        assert_eq!(of(keyed), Unusable::Unsupported);
        let parts = "#EXTM3U\n#EXTINF:1,\n#EXT-X-BYTERANGE:10@0\n0.ts\n";
        assert_eq!(of(parts), Unusable::Unsupported);
        let many = format!(
            "#EXTM3U\n{}",
            "#EXTINF:1,\n0.ts\n".repeat(MOST_SEGMENTS + 1)
        );
        assert_eq!(of(&many), Unusable::NoPlaylist);
    }

    #[test]
    fn fragmented_mp4_has_a_head() {
        let text = "#EXTM3U\n#EXT-X-MAP:URI=\"hls1/main/-1.mp4\"\n#EXTINF:1,\n0.mp4\n#EXT-X-KEY:METHOD=NONE\n";
        let Ok(Playlist::Media { head, complete, .. }) = read(&base(), text) else {
            panic!("a playlist");
        };
        assert_eq!(head.unwrap().path(), "/jf/videos/f/hls1/main/-1.mp4");
        assert!(!complete);
    }
}
