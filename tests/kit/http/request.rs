//! One parsed request.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::fake_server::stream::Stream;

/// Heads and bodies larger than this end the connection.
const LIMIT: usize = 1 << 20;

/// One parsed request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Percent-decoded.
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The first header of that name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut named = self
            .headers
            .iter()
            .filter(|(key, _)| key.eq_ignore_ascii_case(name));
        named.next().map(|(_, value)| value.as_str())
    }

    /// The first value of that key in the query, decoded. Keys are compared without case, as ASP.NET does.
    pub(crate) fn param(&self, key: &str) -> Option<String> {
        url::form_urlencoded::parse(self.query.as_bytes())
            .find(|(name, _)| name.eq_ignore_ascii_case(key))
            .map(|(_, value)| value.into_owned())
    }

    /// The comma-separated members of that key.
    pub(crate) fn list(&self, key: &str) -> Vec<String> {
        let joined = self.param(key).unwrap_or_default();
        joined
            .split(',')
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()
    }

    fn parse_head(head: &str) -> Option<Self> {
        let mut lines = head.split("\r\n");
        let mut first = lines.next()?.split(' ');
        let (method, target) = (first.next()?, first.next()?);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
            .collect();
        Some(Self {
            method: method.to_owned(),
            path: percent_decode(path),
            query: query.to_owned(),
            headers,
            body: Vec::new(),
        })
    }
}

pub(crate) fn percent_decode(text: &str) -> String {
    // `+` stands for itself in a path, unlike in a form.
    let form = format!("x={}", text.replace('+', "%2B").replace('&', "%26"));
    url::form_urlencoded::parse(form.as_bytes())
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}

/// Reads requests one after the other from a connection.
#[derive(Debug, Default)]
pub(crate) struct RequestReader {
    buffer: Vec<u8>,
}

impl RequestReader {
    /// The next request; `None` when the client closed the connection between two.
    pub(crate) async fn next(&mut self, stream: &mut Stream) -> io::Result<Option<Request>> {
        let head_end = loop {
            if let Some(at) = self
                .buffer
                .windows(4)
                .position(|window| window == b"\r\n\r\n")
            {
                break at;
            }
            if !self.more(stream).await? {
                return Ok(None);
            }
        };
        let head = String::from_utf8_lossy(&self.buffer[..head_end]).into_owned();
        self.buffer.drain(..head_end + 4);
        let malformed = || io::Error::new(io::ErrorKind::InvalidData, "malformed request");
        let mut request = Request::parse_head(&head).ok_or_else(malformed)?;
        let length: usize = match request.header("content-length") {
            Some(text) => text.parse().map_err(|_| malformed())?,
            None => 0,
        };
        if request
            .header("expect")
            .is_some_and(|value| value.eq_ignore_ascii_case("100-continue"))
        {
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
            stream.flush().await?;
        }
        while self.buffer.len() < length {
            if !self.more(stream).await? {
                return Ok(None);
            }
        }
        request.body = self.buffer.drain(..length).collect();
        Ok(Some(request))
    }

    async fn more(&mut self, stream: &mut Stream) -> io::Result<bool> {
        if self.buffer.len() > LIMIT {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "request too large",
            ));
        }
        Ok(stream.read_buf(&mut self.buffer).await? > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_query_and_headers_are_taken_apart() {
        let head = "GET /a%20b/c+d?x=1%2C2&Y=z HTTP/1.1\r\nHost: h\r\nRange: bytes=1-";
        let request = Request::parse_head(head).unwrap();
        assert_eq!(request.path, "/a b/c+d");
        assert_eq!(request.param("X").as_deref(), Some("1,2"));
        assert_eq!(request.list("x"), ["1", "2"]);
        assert_eq!(request.param("y").as_deref(), Some("z"));
        assert_eq!(request.header("range"), Some("bytes=1-"));
    }
}
