//! Media sources, streams and chapters as Jellyfin's JSON describes them.

use serde_json::{Value, json};

use crate::blob::Blob;
use crate::titles::{Film, Shape};

/// What is in a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Streams {
    container: &'static str,
    mime: &'static str,
    video: Option<&'static str>,
    audio: &'static str,
    /// A second audio track and two subtitles inside.
    rich: bool,
    /// Subtitles beside the file.
    external: bool,
}

impl Streams {
    pub(crate) const EPISODE: Self = Self::of(Shape::Mkv, false);

    const fn of(shape: Shape, rich: bool) -> Self {
        let (container, mime, video, audio) = match shape {
            Shape::Mkv => ("mkv", "video/x-matroska", "h264", "aac"),
            Shape::Mp4IndexFirst | Shape::Mp4IndexLast => {
                ("mov,mp4,m4a,3gp,3g2,mj2", "video/mp4", "h264", "aac")
            }
            Shape::WebM => ("webm", "video/webm", "vp9", "opus"),
        };
        let external = matches!(shape, Shape::Mp4IndexFirst);
        Self {
            container,
            mime,
            video: Some(video),
            audio,
            rich,
            external,
        }
    }

    pub(crate) fn film(film: &Film) -> Self {
        Self::of(film.shape, film.shape == Shape::Mkv && film.seconds == 60)
    }

    pub(crate) fn track(extension: &str) -> Self {
        let (container, mime) = if extension == "flac" {
            ("flac", "audio/flac")
        } else {
            ("mp3", "audio/mpeg")
        };
        Self {
            container,
            mime,
            video: None,
            audio: container,
            rich: false,
            external: false,
        }
    }

    pub(crate) fn mime(self) -> &'static str {
        self.mime
    }

    pub(crate) fn has_subtitles(self) -> bool {
        self.rich || self.external
    }

    /// `MediaStreams`. External streams come first and take part in the numbering.
    fn json(self) -> Vec<Value> {
        let mut streams = Vec::new();
        let mut add = |fields: Value| {
            let mut stream = json!({ "Index": streams.len(), "IsExternal": false, "IsDefault": false, "IsForced": false });
            if let (Value::Object(stream), Value::Object(fields)) = (&mut stream, fields) {
                stream.extend(fields);
            }
            streams.push(stream);
        };
        let text = |codec: &str, language: &str, title: &str, external: bool| {
            json!({
                "Type": "Subtitle", "Codec": codec, "Language": language, "DisplayTitle": title,
                "IsExternal": external, "IsTextSubtitleStream": true, "SupportsExternalStream": true,
            })
        };
        let sound = |language: &str, title: &str, default: bool| {
            json!({
                "Type": "Audio", "Codec": self.audio, "Language": language, "Title": title,
                "DisplayTitle": format!("{title} - {}", self.audio.to_uppercase()),
                "Channels": 1, "ChannelLayout": "mono", "SampleRate": 48_000, "IsDefault": default,
            })
        };
        if self.external {
            add(text("subrip", "eng", "English - SUBRIP - External", true));
        }
        if let Some(codec) = self.video {
            add(json!({
                "Type": "Video", "Codec": codec, "Width": 640, "Height": 360, "AspectRatio": "16:9", "BitDepth": 8,
                "PixelFormat": "yuv420p", "RealFrameRate": 24.0, "AverageFrameRate": 24.0, "VideoRange": "SDR",
                "VideoRangeType": "SDR", "DisplayTitle": format!("360p {} SDR", codec.to_uppercase()), "IsDefault": true,
            }));
        }
        add(sound("eng", "Original", true));
        if self.rich {
            add(sound("deu", "Deutsche Fassung", false));
            add(text("subrip", "eng", "English - SUBRIP", false));
            add(text("ass", "deu", "Deutsch - ASS", false));
        }
        streams
    }
}

/// One `MediaSources[]` member: the item's only version, whose id is the item's.
pub(crate) fn media_source(
    id: &str,
    name: &str,
    file: &Blob,
    seconds: f64,
    streams: Streams,
) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "a bit rate")]
    let bits = (file.size() as f64 * 8.0 / seconds.max(1.0)).round() as i64;
    let extension = streams
        .container
        .split(',')
        .nth(1)
        .unwrap_or(streams.container);
    json!({
        "Protocol": "File",
        "Id": id,
        "Path": format!("/media/{name}.{extension}"),
        "Type": "Default",
        "Container": streams.container,
        "Size": file.size(),
        "Name": name,
        "IsRemote": false,
        "ETag": etag(file),
        "RunTimeTicks": ticks(seconds),
        "SupportsTranscoding": true,
        "SupportsDirectStream": true,
        "SupportsDirectPlay": true,
        "IsInfiniteStream": false,
        "RequiresOpening": false,
        "VideoType": "VideoFile",
        "MediaStreams": streams.json(),
        "MediaAttachments": [],
        "Formats": [],
        "Bitrate": bits,
        "RequiredHttpHeaders": {},
        "DefaultAudioStreamIndex": usize::from(streams.video.is_some()) + usize::from(streams.external),
        "HasSegments": false,
    })
}

/// The change detector of a file: on the real server, a digest of its time of change.
pub(crate) fn etag(file: &Blob) -> String {
    id_of(&format!(
        "{:?} {:?} {}",
        file.last_modified,
        file.etag,
        file.size()
    ))
}

/// The chapters of the film in Matroska.
pub(crate) fn chapters() -> Vec<Value> {
    let start = |index: usize| 15.0 * [0.0, 1.0, 2.0, 3.0][index];
    let chapter =
        |(index, name)| json!({ "StartPositionTicks": ticks(start(index)), "Name": name });
    crate::media::CHAPTERS
        .iter()
        .enumerate()
        .map(chapter)
        .collect()
}

/// Seconds as ticks of 100 ns.
#[expect(clippy::cast_possible_truncation, reason = "29,000 years fit")]
pub(crate) fn ticks(seconds: f64) -> i64 {
    (seconds * 10_000_000.0).round() as i64
}

/// 32 hex digits that depend on the name alone.
pub(crate) fn id_of(name: &str) -> String {
    // FNV-1a, 64 bits, then spread over 16 bytes.
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    crate::pattern::bytes(hash, 0, 16)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
