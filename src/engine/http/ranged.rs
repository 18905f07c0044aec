//! A ranged GET and the check of its reply: what the reply says is believed, what was asked never is.
//!
//! **Does not know** where the bytes go. The check is pure; [`get`] sends once, without retries.

use bytes::Bytes;
use reqwest::Version;
use reqwest::header::{HeaderMap, HeaderValue, IF_RANGE, RANGE};

use super::content_range::{ContentRange, unsatisfied};
use super::{Http, MediaReply, SecretUrl};
use crate::source_error::SourceError;

pub use super::validator::Validator;

/// What is asked.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// First byte.
    pub start: u64,
    /// First byte behind; `None` asks for all there is.
    pub end: Option<u64>,
    /// The version that is wanted; a server with another one sends the whole of that.
    pub version: Validator,
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
    /// Whether the server can send from the middle: it did, or says so. `false`: it sent all although a part was asked.
    pub ranged: bool,
    /// Whether a body without announced length ends by more than a closed connection.
    pub framed: bool,
}

/// Why a reply cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// 416: there is nothing at or behind the asked position. With the file's size, when it says it.
    #[error("nothing there, of {0:?} bytes")]
    Beyond(Option<u64>),
    /// A part, but not the one that was asked.
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
    media: MediaReply,
}

impl Reply {
    /// The next bytes; `None` at the end. May be cancelled without losing bytes.
    ///
    /// # Errors
    /// When the connection breaks, also before the announced end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, SourceError> {
        self.media.chunk().await
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
    Ok(Reply { shape, media })
}

fn headers(ask: &Ask) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let range = match ask.end {
        Some(end) => format!("bytes={}-{}", ask.start, end.saturating_sub(1)),
        None => format!("bytes={}-", ask.start),
    };
    if let Ok(range) = HeaderValue::from_str(&range) {
        headers.insert(RANGE, range);
    }
    let version = ask.version.if_range().map(HeaderValue::from_str);
    if let Some(Ok(version)) = version {
        headers.insert(IF_RANGE, version);
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
    if status == 416 {
        return Err(Misfit::Beyond(content_range.and_then(unsatisfied)));
    }
    let media_type = text("content-type").unwrap_or_default();
    if media_type.to_ascii_lowercase().starts_with("text/html") {
        return Err(Misfit::Page);
    }
    let coding = text("content-encoding").unwrap_or("identity");
    if !coding.eq_ignore_ascii_case("identity") {
        return Err(Misfit::Encoded(coding.to_owned()));
    }
    let announced: Option<u64> = text("content-length").and_then(|length| length.parse().ok());
    let chunked = text("transfer-encoding").is_some_and(|coding| coding.contains("chunked"));
    let mut shape = Shape {
        start: 0,
        end: announced,
        total: announced,
        version: Validator::of(headers),
        ranged: ask.start == 0 && text("accept-ranges").is_some_and(|unit| unit == "bytes"),
        framed: chunked || version >= Version::HTTP_2,
    };
    if status == 206 {
        let misplaced = |got| Misfit::Misplaced {
            asked: ask.start,
            got,
        };
        let part = content_range.and_then(ContentRange::parse);
        let part = part.ok_or(misplaced(None))?;
        if part.start != ask.start {
            return Err(misplaced(Some(part.start)));
        }
        shape.start = part.start;
        shape.end = Some(part.end);
        shape.total = part.total;
        shape.ranged = true;
    }
    Ok(shape)
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
        assert!(shape.ranged);
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
        let none = Misfit::Misplaced {
            asked: 100,
            got: None,
        };
        assert_eq!(judge(100, 206, &[]), Err(none));
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
            (shape.start, shape.total, shape.ranged),
            (0, Some(1000), false)
        );
        let shape = judge(
            0,
            200,
            &[("content-length", "1000"), ("accept-ranges", "bytes")],
        );
        assert!(shape.unwrap().ranged);
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
    }
}
