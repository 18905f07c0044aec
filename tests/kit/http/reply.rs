//! One reply before it is written: status, headers and where its body comes from.

use std::ops::Range;

use bytes::Bytes;
use serde_json::Value;

use super::{Asked, Request};
use crate::blob::{AcceptRanges, Blob};

/// Where the bytes of a reply come from.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    Bytes(Bytes),
    /// These bytes of a blob.
    Blob(Box<Blob>, Range<u64>),
}

impl Body {
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Blob(_, range) => range.end - range.start,
        }
    }
}

/// One reply. `Content-Length` is added when it is written.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Body,
}

impl Reply {
    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Body::Bytes(Bytes::new()),
        }
    }

    /// Plain text, as Jellyfin's errors are.
    pub(crate) fn text(status: u16, text: &str) -> Self {
        Self::empty(status).typed("text/plain", text.to_owned())
    }

    pub(crate) fn json(value: &Value) -> Self {
        Self::empty(200).typed("application/json; charset=utf-8", value.to_string())
    }

    pub(crate) fn typed(mut self, content_type: &str, body: impl Into<Bytes>) -> Self {
        self.body = Body::Bytes(body.into());
        self.with("Content-Type", content_type)
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.remove(name);
        self.headers.push((name.into(), value.into()));
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.headers
            .retain(|(key, _)| !key.eq_ignore_ascii_case(name));
    }

    /// A blob as ASP.NET sends a file: 200, 206 or 416, judged by `Range` and `If-Range`.
    pub(crate) fn blob(blob: Blob, request: &Request) -> Self {
        if request.method == "HEAD" && !blob.head_allowed {
            return Self::empty(405).with("Allow", "GET");
        }
        let fresh = request.header("if-range").is_none_or(|condition| {
            let strong = |etag: &str| !etag.starts_with("W/") && etag == condition;
            blob.etag.as_deref().is_some_and(strong)
                || blob.last_modified.as_deref() == Some(condition)
        });
        let range = request.header("range").filter(|_| fresh);
        let asked = Asked::parse(range, blob.size());
        let (status, sent) = match asked {
            Asked::Whole => (200, 0..blob.size()),
            Asked::Part(range) => (206, range),
            Asked::Unsatisfiable => {
                let total = format!("bytes */{}", blob.size());
                return Self::empty(416).with("Content-Range", &total);
            }
        };
        let mut reply = Self::empty(status).with("Content-Type", &blob.content_type);
        match blob.accept_ranges {
            AcceptRanges::Bytes => reply.set("Accept-Ranges", "bytes"),
            AcceptRanges::None => reply.set("Accept-Ranges", "none"),
            AcceptRanges::Absent => {}
        }
        if status == 206 {
            let (first, last) = (sent.start, sent.end - 1);
            reply.set(
                "Content-Range",
                &format!("bytes {first}-{last}/{}", blob.size()),
            );
        }
        if let Some(etag) = &blob.etag {
            reply.set("ETag", etag);
        }
        if let Some(modified) = &blob.last_modified {
            reply.set("Last-Modified", modified);
        }
        reply.headers.extend(blob.headers.iter().cloned());
        reply.body = Body::Blob(Box::new(blob), sent);
        reply
    }
}

/// The usual phrase of a status; clients ignore it.
pub(crate) fn phrase(status: u16) -> &'static str {
    match status {
        101 => "Switching Protocols",
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        206 => "Partial Content",
        301 | 302 | 303 | 307 | 308 => "Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        416 => "Range Not Satisfiable",
        429 => "Too Many Requests",
        503 => "Service Unavailable",
        _ => "Status",
    }
}
