//! What a server answered: its status as a situation, its body in bounds.

use std::io::Read;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use flate2::read::MultiGzDecoder;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use serde::de::DeserializeOwned;
use tokio::time::timeout;
use url::Url;

use super::fault;
use crate::source_error::SourceError;

/// Longest silence inside a body.
const IDLE: Duration = Duration::from_secs(30);
/// A server may not send us away for longer.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// A whole answer, whatever its status.
#[derive(Clone, Debug)]
pub struct Document {
    /// Where it came from, after redirects.
    pub url: Url,
    /// HTTP status.
    pub status: u16,
    /// What a status that is no success stands for; `None` for 2xx.
    pub refusal: Option<SourceError>,
    /// It says that it is a web page.
    pub html: bool,
    /// The body.
    pub body: Bytes,
}

impl Document {
    pub(super) fn of(response: &Response) -> Self {
        Self {
            url: response.url().clone(),
            status: response.status().as_u16(),
            refusal: refusal(response.status(), response.headers()),
            html: is_html(response.headers()),
            body: Bytes::new(),
        }
    }
}

/// The answer to a request for media: status and headers are there, the body arrives.
#[derive(Debug)]
pub struct MediaReply {
    response: Response,
}

impl MediaReply {
    pub(super) fn new(response: Response) -> Self {
        Self { response }
    }

    /// HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// Protocol version, which says how a body without length ends.
    pub(super) fn version(&self) -> reqwest::Version {
        self.response.version()
    }

    /// All headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// A header's text, when it has one.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers().get(name)?.to_str().ok()
    }

    /// What a status that is no success stands for; `None` for 2xx.
    #[must_use]
    pub fn refusal(&self) -> Option<SourceError> {
        refusal(self.response.status(), self.headers())
    }

    /// It says that it is a web page.
    #[must_use]
    pub fn is_html(&self) -> bool {
        is_html(self.headers())
    }

    /// The next bytes; `None` at the end. May be cancelled without losing bytes.
    ///
    /// # Errors
    /// When the connection breaks or is silent for 30 s.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, SourceError> {
        next(&mut self.response).await
    }

    /// All of it, of at most `limit` bytes, however long it is silent in between.
    ///
    /// # Errors
    /// When the connection breaks, the body is over the limit, or it has not come `within` this time.
    pub async fn whole(&mut self, limit: usize, within: Duration) -> Result<Bytes, SourceError> {
        let whole = async {
            let mut body = BytesMut::new();
            while let Some(chunk) = self.patient_chunk().await? {
                if body.len() + chunk.len() > limit {
                    return Err(SourceError::Malformed("too large".into()));
                }
                body.extend_from_slice(&chunk);
            }
            Ok(body.freeze())
        };
        timeout(within, whole)
            .await
            .unwrap_or(Err(SourceError::Timeout))
    }

    /// The same without a limit in time.
    pub(super) async fn patient_chunk(&mut self) -> Result<Option<Bytes>, SourceError> {
        let chunk = self.response.chunk().await;
        chunk.map_err(|error| fault::of(&error))
    }
}

async fn next(response: &mut Response) -> Result<Option<Bytes>, SourceError> {
    timeout(IDLE, response.chunk())
        .await
        .map_err(|_| SourceError::Timeout)?
        .map_err(|error| fault::of(&error))
}

/// A body of at most `limit` bytes.
pub(super) async fn body(mut response: Response, limit: usize) -> Result<Bytes, SourceError> {
    let over = || SourceError::Malformed("too large".into());
    let announced = response.content_length().unwrap_or(0);
    if announced > limit as u64 {
        return Err(over());
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = next(&mut response).await? {
        if body.len() + chunk.len() > limit {
            return Err(over());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// Whether a body is packed with gzip.
pub(super) fn is_packed(headers: &HeaderMap) -> bool {
    let coding = headers.get(CONTENT_ENCODING).map(|value| value.as_bytes());
    coding.is_some_and(|coding| {
        coding.eq_ignore_ascii_case(b"gzip") || coding.eq_ignore_ascii_case(b"x-gzip")
    })
}

/// A packed body as it was, of at most `limit` bytes: a few packed bytes may stand for very many.
pub(super) fn unpacked(body: &[u8], limit: usize) -> Result<Bytes, SourceError> {
    let mut plain = Vec::new();
    let most = (limit as u64).saturating_add(1);
    let read = MultiGzDecoder::new(body).take(most).read_to_end(&mut plain);
    match read {
        Ok(_) if plain.len() > limit => Err(SourceError::Malformed("too large".into())),
        Ok(_) => Ok(plain.into()),
        Err(_) => Err(SourceError::Malformed("badly packed".into())),
    }
}

/// JSON as a value. The error tells where it broke, not what stood there: that may be a token.
pub(super) fn parse<T: DeserializeOwned>(body: &Bytes) -> Result<T, SourceError> {
    serde_json::from_slice(body).map_err(|error| {
        SourceError::Malformed(format!(
            "no such JSON as expected (line {}, column {})",
            error.line(),
            error.column()
        ))
    })
}

pub(super) fn is_html(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).map(|value| value.as_bytes());
    kind.is_some_and(|kind| kind.len() >= 9 && kind[..9].eq_ignore_ascii_case(b"text/html"))
}

/// What a status that is no success stands for.
pub(super) fn refusal(status: StatusCode, headers: &HeaderMap) -> Option<SourceError> {
    Some(match status.as_u16() {
        200..=299 => return None,
        401 => SourceError::Unauthorized,
        403 => SourceError::Forbidden,
        404 | 410 => SourceError::Gone,
        429 | 503 => SourceError::Busy {
            retry_after: wish(headers),
        },
        other => SourceError::Status(other),
    })
}

/// How long a server wishes to be left alone, at most 5 minutes.
pub(super) fn wish(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
    wait(text, jiff::Timestamp::now())
}

/// `Retry-After` (RFC 9110 §10.2.3): seconds, also as Jellyfin's "005", or a date.
pub(super) fn wait(text: &str, now: jiff::Timestamp) -> Option<Duration> {
    let text = text.trim();
    let seconds = match text.parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_) => {
            let date = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
            u64::try_from(date.as_second() - now.as_second()).unwrap_or(0)
        }
    };
    Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    #[test]
    fn waiting_times_in_all_spellings() {
        let now: jiff::Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let secs = |text| wait(text, now).map(|wait| wait.as_secs());
        assert_eq!(secs("7"), Some(7));
        assert_eq!(secs("005"), Some(5));
        assert_eq!(secs("86400"), Some(300));
        assert_eq!(secs("Sat, 21 Nov 2026 12:00:30 GMT"), Some(30));
        assert_eq!(secs("Sat, 21 Nov 2026 11:00:00 GMT"), Some(0));
        assert_eq!(secs("soon"), None);
    }

    #[test]
    fn every_status_is_a_situation() {
        let of = |status: u16| {
            let status = StatusCode::from_u16(status).unwrap();
            refusal(status, &HeaderMap::new()).map(|error| error.to_string())
        };
        assert_eq!(of(206), None);
        assert_eq!(of(204), None);
        for (status, error) in [
            (401, SourceError::Unauthorized),
            (403, SourceError::Forbidden),
            (404, SourceError::Gone),
            (410, SourceError::Gone),
            (429, SourceError::Busy { retry_after: None }),
            (503, SourceError::Busy { retry_after: None }),
            (302, SourceError::Status(302)),
            (416, SourceError::Status(416)),
            (500, SourceError::Status(500)),
        ] {
            assert_eq!(of(status), Some(error.to_string()), "{status}");
        }
    }

    #[test]
    fn a_parse_error_does_not_quote_the_answer() {
        let body = Bytes::from_static(br#"{"AccessToken": "CANARY"}"#);
        #[derive(Debug, serde::Deserialize)]
        struct Wrong {
            #[serde(rename = "AccessToken")]
            _token: u32,
        }
        let error = parse::<Wrong>(&body).unwrap_err();
        assert!(!format!("{error:?} {error}").contains("CANARY"));
    }

    #[test]
    fn a_packed_body_is_bounded_by_what_comes_out_of_it() {
        use std::io::Write;
        let packed = |bytes: &[u8]| {
            let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            out.write_all(bytes).unwrap();
            out.finish().unwrap()
        };
        let bomb = packed(&vec![0; 8 << 20]);
        assert!(bomb.len() < 1 << 16);
        let limit = 1 << 20;
        let over = unpacked(&bomb, limit);
        assert!(matches!(over, Err(SourceError::Malformed(_))));
        assert_eq!(
            unpacked(&packed(&vec![7; limit]), limit).unwrap().len(),
            limit
        );
        let twice = [packed(b"{\"a\":"), packed(b"1}")].concat();
        assert_eq!(unpacked(&twice, limit).unwrap(), "{\"a\":1}");
        for broken in [&b""[..], b"{}", &bomb[..bomb.len() / 2]] {
            assert!(matches!(
                unpacked(broken, 16 << 20),
                Err(SourceError::Malformed(_))
            ));
        }
    }

    #[test]
    fn html_is_told_by_its_type() {
        let of = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(text));
            is_html(&headers)
        };
        assert!(of("text/html"));
        assert!(of("Text/HTML; charset=utf-8"));
        assert!(!of("application/json"));
        assert!(!of("text/ht"));
    }
}
