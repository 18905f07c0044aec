//! A ranged GET and the check of its reply: what the reply says is believed, what was asked never is.
//!
//! **Does not know** where the bytes go. The check is pure; [`get`] sends once, without retries.

use std::cmp::Ordering;
use std::path::Path;

use bytes::Bytes;
use reqwest::Version;
use reqwest::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue, IF_RANGE, RANGE};

use super::content_range::{ContentRange, unsatisfied};
use super::{Http, MediaReply, SecretUrl, drive};
use crate::source_error::SourceError;

pub use super::validator::Validator;

/// What is asked.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// First byte.
    pub start: u64,
    /// First byte behind; `None` asks for all there is.
    pub end: Option<u64>,
    /// The version that is wanted, as [`Validator::if_range`] has it; a server with another one sends the whole of that.
    pub condition: Option<String>,
    /// Asks for the whole, without a word about ranges; `start` and `end` do not count then.
    pub whole: bool,
    /// Refuses every coding by name: not all servers take `identity` for a wish.
    pub uncoded: bool,
}

impl Ask {
    /// The bytes from `start` up to, not including, `end`, of any version.
    #[must_use]
    pub fn part(start: u64, end: u64) -> Self {
        Self {
            start,
            end: Some(end),
            ..Self::default()
        }
    }

    /// First byte of the answer that is hoped for.
    fn first(&self) -> u64 {
        if self.whole { 0 } else { self.start }
    }
}

/// Whether a server can send from the middle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ranges {
    /// It did, or says that it can.
    Work,
    /// It was asked for everything and sent it; what it says of ranges is no more than a rumour.
    #[default]
    Untried,
    /// It sent everything although a part was asked.
    Ignored,
}

/// Which bytes a reply brings, by its own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Offset of the body's first byte.
    pub start: u64,
    /// First byte behind the body; `None` when only its end will tell.
    pub end: Option<u64>,
    /// Size of the whole file; `None` when the server does not say.
    pub total: Option<u64>,
    /// Version of the file.
    pub version: Validator,
    /// What this says of ranges.
    pub ranges: Ranges,
    /// Whether a body without announced length ends by more than a closed connection.
    pub framed: bool,
}

/// Why a reply cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// 416: there is nothing at or behind the asked position. With the file's size, when it says it.
    #[error("nothing there, of {0:?} bytes")]
    Beyond(Option<u64>),
    /// A part, but not the one that was asked, or one that cannot be what it claims.
    #[error("asked for byte {asked}, got {got:?}")]
    Misplaced {
        /// First byte that was asked for.
        asked: u64,
        /// First byte that the reply claims to bring; `None`: it does not say, or nonsense.
        got: Option<u64>,
    },
    /// Compressed: positions in such a body mean nothing.
    #[error("the server compresses media ({0})")]
    Encoded(String),
    /// A success without a file.
    #[error("the server answered {0}")]
    Empty(u16),
    /// A web page: a captive portal or a login, no media.
    #[error("a web page instead of media")]
    Page,
}

/// Why a ranged GET brought nothing.
#[derive(Debug)]
pub enum Failure {
    /// No answer, or a refusal.
    Source(SourceError),
    /// An answer that must not be used.
    Misfit(Misfit),
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}

/// A reply that passed the check.
pub struct Reply {
    /// Which bytes it brings.
    pub shape: Shape,
    body: Body,
}

/// Where a reply's bytes come from.
enum Body {
    Server(MediaReply),
    Drive(drive::Body),
}

impl Reply {
    /// The next bytes; `None` at the end. Waits for ever: whether silence is a fault depends on who waits for the bytes.
    /// May be cancelled without losing bytes.
    ///
    /// # Errors
    /// When the connection breaks, also before the announced end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, SourceError> {
        match &mut self.body {
            Body::Server(media) => media.patient_chunk().await,
            Body::Drive(file) => file.chunk().await,
        }
    }
}

/// Sends one ranged GET and checks the head of its reply. May be cancelled by dropping it.
///
/// # Errors
/// [`Failure`], without any retry.
pub async fn get(http: &Http, url: &SecretUrl, ask: &Ask) -> Result<Reply, Failure> {
    let media = http.get_media(url, headers(ask)).await?;
    let status = media.status();
    if status != 416
        && let Some(refusal) = media.refusal()
    {
        return Err(Failure::Source(refusal));
    }
    let shape = check(ask, status, media.version(), media.headers()).map_err(Failure::Misfit)?;
    let body = Body::Server(media);
    Ok(Reply { shape, body })
}

/// The same of a file on a network drive.
///
/// # Errors
/// [`Failure`], without any retry.
pub async fn read(path: &Path, ask: &Ask) -> Result<Reply, Failure> {
    let (shape, file) = drive::get(path, ask).await?;
    let body = Body::Drive(file);
    Ok(Reply { shape, body })
}

fn headers(ask: &Ask) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if ask.uncoded {
        headers.insert(
            ACCEPT_ENCODING,
            HeaderValue::from_static("identity;q=1, *;q=0"),
        );
    }
    if ask.whole {
        return headers;
    }
    let range = match ask.end {
        Some(end) => format!("bytes={}-{}", ask.start, end.saturating_sub(1)),
        None => format!("bytes={}-", ask.start),
    };
    if let Ok(range) = HeaderValue::from_str(&range) {
        headers.insert(RANGE, range);
    }
    let condition = ask.condition.as_deref().map(HeaderValue::from_str);
    if let Some(Ok(condition)) = condition {
        headers.insert(IF_RANGE, condition);
    }
    headers
}

/// The meaning of a reply's head: 200, 206 or 416, everything else has been refused before.
pub(super) fn check(
    ask: &Ask,
    status: u16,
    version: Version,
    headers: &HeaderMap,
) -> Result<Shape, Misfit> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let content_range = text("content-range");
    match status {
        416 => return Err(Misfit::Beyond(content_range.and_then(unsatisfied))),
        200 | 206 => {}
        other => return Err(Misfit::Empty(other)),
    }
    let media_type = text("content-type")
        .unwrap_or_default()
        .to_ascii_lowercase();
    if media_type.starts_with("text/html") {
        return Err(Misfit::Page);
    }
    let coding = text("content-encoding").unwrap_or("identity");
    if !coding.is_empty() && !coding.eq_ignore_ascii_case("identity") {
        return Err(Misfit::Encoded(coding.chars().take(20).collect()));
    }
    let chunked = text("transfer-encoding").is_some_and(|coding| coding.contains("chunked"));
    let length = text("content-length").and_then(|length| length.parse::<u64>().ok());
    let announced = length.filter(|_| !chunked);
    let mut shape = Shape {
        start: 0,
        end: announced,
        total: announced,
        version: Validator::of(headers),
        ranges: Ranges::Ignored,
        framed: chunked || version >= Version::HTTP_2,
    };
    if status == 206 {
        let multipart = media_type.starts_with("multipart/");
        let part = content_range
            .filter(|_| !multipart)
            .and_then(ContentRange::parse);
        place(ask, part, announced, &mut shape)?;
    } else if ask.start == 0 && !ask.whole {
        let says = text("accept-ranges").unwrap_or_default();
        let bytes = |unit: &str| unit.trim().eq_ignore_ascii_case("bytes");
        shape.ranges = match says.split(',').any(bytes) {
            true => Ranges::Work,
            false => Ranges::Untried,
        };
    }
    Ok(shape)
}

/// Puts a part where it says it belongs. It may begin before the byte that was asked, as a server that sends whole blocks
/// does, but then it must reach as far as was asked, and it can never be longer or shorter than its body.
fn place(
    ask: &Ask,
    part: Option<ContentRange>,
    announced: Option<u64>,
    shape: &mut Shape,
) -> Result<(), Misfit> {
    let asked = ask.first();
    let misplaced = |got| Misfit::Misplaced { asked, got };
    let part = part.ok_or(misplaced(None))?;
    let wanted_end = match (ask.end.filter(|_| !ask.whole), part.total) {
        (Some(end), Some(total)) => end.min(total),
        (Some(end), None) => end,
        (None, Some(total)) => total,
        (None, None) => 0,
    };
    let belongs = match part.start.cmp(&asked) {
        Ordering::Equal => true,
        Ordering::Less => part.end >= wanted_end && part.end > asked,
        Ordering::Greater => false,
    };
    let fits = announced.is_none_or(|length| length == part.end - part.start);
    if !(belongs && fits) {
        return Err(misplaced(Some(part.start)));
    }
    (shape.start, shape.end, shape.total) = (part.start, Some(part.end), part.total);
    // A part that nobody asked for says nothing of those that somebody asks for.
    if !ask.whole {
        shape.ranges = Ranges::Work;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(start: u64) -> Ask {
        Ask {
            start,
            ..Ask::default()
        }
    }

    fn judge(start: u64, status: u16, lines: &[(&'static str, &str)]) -> Result<Shape, Misfit> {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.insert(*name, value.parse().unwrap());
        }
        check(&asked(start), status, Version::HTTP_11, &headers)
    }

    #[test]
    fn a_request_says_what_is_wanted() {
        let words = |ask: &Ask| {
            let headers = headers(ask);
            let mut words: Vec<_> = headers
                .iter()
                .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
                .collect();
            words.sort_unstable();
            words
        };
        assert_eq!(words(&Ask::part(3, 9)), ["range: bytes=3-8"]);
        let mut ask = Ask {
            condition: Some("\"a\"".into()),
            uncoded: true,
            ..asked(100)
        };
        let coding = "accept-encoding: identity;q=1, *;q=0";
        assert_eq!(
            words(&ask),
            [coding, "if-range: \"a\"", "range: bytes=100-"]
        );
        ask.whole = true;
        assert_eq!(words(&ask), [coding], "not a word about ranges");
    }

    #[test]
    fn a_part_is_placed_by_its_own_words() {
        let shape = judge(
            100,
            206,
            &[("content-range", "bytes 100-199/1000"), ("etag", "\"a\"")],
        )
        .unwrap();
        assert_eq!(
            (shape.start, shape.end, shape.total),
            (100, Some(200), Some(1000))
        );
        assert_eq!(shape.ranges, Ranges::Work);
        assert_eq!(shape.version.etag.as_deref(), Some("\"a\""));
    }

    #[test]
    fn another_part_than_asked_is_refused() {
        for (line, got) in [
            ("bytes 99-199/1000", Some(99)),
            ("bytes 101-199/1000", Some(101)),
            ("bytes 100-1000/1000", None),
            ("bytes 100-99/1000", None),
            ("bytes 100-199", None),
            ("items 100-199/1000", None),
            ("bytes */1000", None),
            ("bytes +100-199/1000", None),
        ] {
            let misfit = Misfit::Misplaced { asked: 100, got };
            assert_eq!(
                judge(100, 206, &[("content-range", line)]),
                Err(misfit),
                "{line}"
            );
        }
        let multipart = [
            ("content-type", "multipart/byteranges; boundary=x"),
            ("content-range", "bytes 100-199/1000"),
        ];
        let none = Misfit::Misplaced {
            asked: 100,
            got: None,
        };
        assert_eq!(judge(100, 206, &[]), Err(none.clone()));
        assert_eq!(judge(100, 206, &multipart), Err(none));
    }

    #[test]
    fn a_part_that_begins_early_must_reach_as_far_as_was_asked() {
        let judge = |start, end, line: &str, length: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("content-range", line.parse().unwrap());
            headers.insert("content-length", length.parse().unwrap());
            let ask = Ask {
                start,
                end,
                ..Ask::default()
            };
            check(&ask, 206, Version::HTTP_11, &headers).is_ok()
        };
        for (end, line, length, usable) in [
            (None, "bytes 64-999/1000", "936", true),
            (None, "bytes 64-998/1000", "935", false),
            (Some(200), "bytes 64-255/1000", "192", true),
            (Some(200), "bytes 64-199/1000", "136", true),
            (Some(200), "bytes 64-198/1000", "135", false),
            (Some(5000), "bytes 64-999/1000", "936", true),
            (Some(200), "bytes 0-99/1000", "100", false),
            (Some(200), "bytes 0-99/*", "100", false),
            (None, "bytes 64-999/*", "936", true),
            (None, "bytes 100-999/1000", "901", false),
            (None, "bytes 100-999/1000", "899", false),
            (None, "bytes 100-149/1000", "50", true),
            (None, "bytes 64-99/100", "36", false),
            (None, "bytes 64-100/*", "37", true),
            (Some(200), "bytes 64-99/100", "36", false),
        ] {
            assert_eq!(
                judge(100, end, line, length),
                usable,
                "{end:?} {line} {length}"
            );
        }
    }

    #[test]
    fn a_whole_file_begins_at_nought_whatever_was_asked() {
        let shape = judge(
            100,
            200,
            &[("content-length", "1000"), ("accept-ranges", "bytes")],
        );
        let shape = shape.unwrap();
        assert_eq!(
            (shape.start, shape.total, shape.ranges),
            (0, Some(1000), Ranges::Ignored)
        );
        let shape = judge(
            0,
            200,
            &[("content-length", "1000"), ("accept-ranges", "bytes")],
        );
        assert_eq!(shape.unwrap().ranges, Ranges::Work);
        for says in ["none", ""] {
            let shape = judge(0, 200, &[("content-length", "9"), ("accept-ranges", says)]);
            assert_eq!(shape.unwrap().ranges, Ranges::Untried, "{says:?}");
        }
        let shape = judge(0, 200, &[("transfer-encoding", "chunked")]).unwrap();
        assert_eq!((shape.end, shape.total, shape.framed), (None, None, true));
        assert!(!judge(0, 200, &[]).unwrap().framed);
    }

    #[test]
    fn what_is_no_media_is_refused() {
        let line = ("content-type", "text/html; charset=utf-8");
        assert_eq!(judge(0, 200, &[line]), Err(Misfit::Page));
        let line = ("content-encoding", "gzip");
        assert_eq!(judge(0, 200, &[line]), Err(Misfit::Encoded("gzip".into())));
        assert_eq!(
            judge(0, 416, &[("content-range", "bytes */7")]),
            Err(Misfit::Beyond(Some(7)))
        );
        assert_eq!(judge(9, 416, &[]), Err(Misfit::Beyond(None)));
        assert_eq!(judge(0, 204, &[]), Err(Misfit::Empty(204)));
    }
}
