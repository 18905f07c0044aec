//! A connection over which a server tells things without being asked: a WebSocket (RFC 6455), opened by the rules of the client
//! of its account.
//!
//! It is opened at the account's own origin only, with the same credentials, terms and certificates as every question there, and
//! no redirect is followed. Credentials go in headers, never in the address.
//! **Threads**: async on the engine's runtime; dropping a socket closes the connection.

use std::fmt;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use reqwest::header::{CONNECTION, HeaderMap, HeaderName, HeaderValue, UPGRADE};
use reqwest::{Response, StatusCode};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};
use url::Url;

use super::tls::Versions;
use super::{ANSWER, Http, built, client, fault, reply};
use crate::source_error::SourceError;

/// Longer messages end the connection: the ids of a hundred thousand titles.
const LARGEST: usize = 4 << 20;
/// Who has said nothing for so long is asked whether they are there…
const QUIET: Duration = Duration::from_secs(30);
/// …and is gone when they have not said so by then.
const PATIENCE: Duration = Duration::from_secs(15);

const KEY: HeaderName = HeaderName::from_static("sec-websocket-key");
const ACCEPT: HeaderName = HeaderName::from_static("sec-websocket-accept");
const VERSION: HeaderName = HeaderName::from_static("sec-websocket-version");

/// What a socket runs over.
trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// See the module.
pub struct Socket {
    stream: WebSocketStream<Box<dyn Wire>>,
    /// When the other side was heard last.
    heard: Instant,
    /// It was asked whether it is there since.
    asked: bool,
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket").finish_non_exhaustive()
    }
}

impl Http {
    /// Opens a socket at an address of the base's own origin.
    ///
    /// # Errors
    /// [`SourceError::Gone`] where something answers that opens none, or the refusal that its status stands for; the usual when
    /// nobody answers.
    pub async fn socket(&self, url: &Url) -> Result<Socket, SourceError> {
        let inner = &self.inner;
        if url.origin() != inner.base.origin() {
            return Err(SourceError::Insecure("another server's socket".into()));
        }
        let key = generate_key();
        let no_key = |_| SourceError::Malformed("a key that is no text".into());
        let mut headers = inner.own.clone();
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(VERSION, HeaderValue::from_static("13"));
        headers.insert(KEY, HeaderValue::from_str(&key).map_err(no_key)?);
        let builder = client(&inner.base, inner.ip, inner.terms.guard(), Versions::First)?;
        let request = built(builder)?.get(url.clone()).headers(headers);
        let response = timeout(ANSWER, request.send())
            .await
            .map_err(|_| SourceError::Timeout)?
            .map_err(|error| fault::of(&error))?;
        inner.clock.note(response.headers());
        admitted(&response, &key)?;
        let upgraded = timeout(ANSWER, response.upgrade()).await;
        let upgraded = upgraded.map_err(|_| SourceError::Timeout)?;
        let wire = upgraded.map_err(|error| fault::of(&error))?;
        Ok(Socket::over(Box::new(wire)).await)
    }
}

/// Whether the server has opened a socket, and for this key.
fn admitted(response: &Response, key: &str) -> Result<(), SourceError> {
    let status = response.status();
    if status != StatusCode::SWITCHING_PROTOCOLS {
        let refusal = reply::refusal(status, response.headers());
        // What leads elsewhere, or answers with a page, stands in front of the server and lets no socket through.
        let refusal = refusal.filter(|_| !status.is_redirection());
        return Err(refusal.unwrap_or(SourceError::Gone));
    }
    match is_meant(response.headers(), key) {
        true => Ok(()),
        false => Err(SourceError::Malformed("a socket for somebody else".into())),
    }
}

fn is_meant(headers: &HeaderMap, key: &str) -> bool {
    let is = |name: HeaderName, word: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.is_some_and(|value| value.trim().eq_ignore_ascii_case(word))
    };
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    is(UPGRADE, "websocket") && accepted == Some(derive_accept_key(key.as_bytes()).as_str())
}

impl Socket {
    async fn over(wire: Box<dyn Wire>) -> Self {
        let config = WebSocketConfig::default()
            .max_message_size(Some(LARGEST))
            .max_frame_size(Some(LARGEST))
            .read_buffer_size(16 << 10);
        Self {
            stream: WebSocketStream::from_raw_socket(wire, Role::Client, Some(config)).await,
            heard: Instant::now(),
            asked: false,
        }
    }

    /// The next text that the server tells; `None` when it has closed the socket. May be cancelled, and goes on where it was.
    ///
    /// # Errors
    /// [`SourceError::Timeout`] when it has fallen silent, [`SourceError::Malformed`] for what is no message or one that is too
    /// large, [`SourceError::Unreachable`] when the connection broke. The socket is of no use after that.
    pub async fn next(&mut self) -> Result<Option<String>, SourceError> {
        loop {
            let patience = if self.asked { QUIET + PATIENCE } else { QUIET };
            let message = match timeout_at(self.heard + patience, self.stream.next()).await {
                Ok(Some(message)) => message.map_err(|error| trouble(&error))?,
                Ok(None) => return Ok(None),
                Err(_) if self.asked => return Err(SourceError::Timeout),
                Err(_) => {
                    self.asked = true;
                    self.send(Message::Ping(Bytes::new())).await?;
                    continue;
                }
            };
            (self.heard, self.asked) = (Instant::now(), false);
            match message {
                Message::Text(text) => return Ok(Some(text.as_str().to_owned())),
                Message::Close(_) => return Ok(None),
                _ => {}
            }
        }
    }

    /// Tells the server something.
    ///
    /// # Errors
    /// As [`Socket::next`].
    pub async fn say(&mut self, text: &str) -> Result<(), SourceError> {
        self.send(Message::text(text)).await
    }

    async fn send(&mut self, message: Message) -> Result<(), SourceError> {
        timeout(PATIENCE, self.stream.send(message))
            .await
            .map_err(|_| SourceError::Timeout)?
            .map_err(|error| trouble(&error))
    }
}

/// What a socket's error means. Never with the message in it.
fn trouble(error: &Error) -> SourceError {
    let broke = || SourceError::Unreachable("the connection broke".into());
    match error {
        Error::Capacity(_) => SourceError::Malformed("a message that is too large".into()),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => broke(),
        Error::Protocol(_) | Error::Utf8(_) => SourceError::Malformed("no message".into()),
        _ => broke(),
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::*;

    async fn pair() -> (Socket, DuplexStream) {
        let (near, far) = duplex(1 << 20);
        (Socket::over(Box::new(near)).await, far)
    }

    /// A frame as servers send it: unmasked.
    fn frame(opcode: u8, body: &[u8]) -> Vec<u8> {
        let mut frame = vec![0x80 | opcode, u8::try_from(body.len()).unwrap()];
        frame.extend_from_slice(body);
        frame
    }

    #[tokio::test(start_paused = true)]
    async fn a_line_that_fell_silent_is_given_up_after_a_question() {
        let (mut socket, mut far) = pair().await;
        let began = Instant::now();
        assert_eq!(socket.next().await, Err(SourceError::Timeout));
        assert_eq!(began.elapsed(), QUIET + PATIENCE);
        let mut asked = [0; 2];
        far.read_exact(&mut asked).await.unwrap();
        assert_eq!(asked[0], 0x89, "a ping");
    }

    #[tokio::test(start_paused = true)]
    async fn who_answers_is_there() {
        let (mut socket, mut far) = pair().await;
        let answers = async move {
            for _ in 0..5 {
                let mut ping = [0; 6];
                far.read_exact(&mut ping).await.unwrap();
                far.write_all(&frame(0xA, &[])).await.unwrap();
            }
            far.write_all(&frame(1, b"hello")).await.unwrap();
            far
        };
        let (told, _far) = tokio::join!(socket.next(), answers);
        assert_eq!(told, Ok(Some("hello".to_owned())));
    }

    #[tokio::test]
    async fn what_is_no_text_is_passed_over_and_a_close_is_an_end() {
        let (mut socket, mut far) = pair().await;
        for (opcode, body) in [(2, &b"\xff\x00"[..]), (9, b""), (1, b"one"), (8, b"")] {
            far.write_all(&frame(opcode, body)).await.unwrap();
        }
        assert_eq!(socket.next().await, Ok(Some("one".to_owned())));
        assert_eq!(socket.next().await, Ok(None));
    }

    #[tokio::test]
    async fn no_message_is_larger_than_the_limit_and_nothing_is_made_ready_for_it() {
        let (mut socket, mut far) = pair().await;
        let mut head = vec![0x81, 127];
        head.extend_from_slice(&(1_u64 << 60).to_be_bytes());
        far.write_all(&head).await.unwrap();
        let error = socket.next().await.unwrap_err();
        assert_eq!(
            error,
            SourceError::Malformed("a message that is too large".into())
        );
        // In pieces it is no smaller.
        let (mut socket, mut far) = pair().await;
        let piece = vec![b'x'; 1 << 16];
        let told = tokio::spawn(async move { socket.next().await });
        let mut opcode = 1;
        for _ in 0..=(LARGEST >> 16) {
            let mut frame = vec![opcode, 127];
            frame.extend_from_slice(&(piece.len() as u64).to_be_bytes());
            frame.extend_from_slice(&piece);
            if far.write_all(&frame).await.is_err() {
                break;
            }
            opcode = 0;
        }
        let error = told.await.unwrap().unwrap_err();
        assert!(matches!(error, SourceError::Malformed(_)), "{error:?}");
    }

    #[tokio::test]
    async fn what_is_no_message_ends_it() {
        let page = b"HTTP/1.1 400 Bad Request\r\n\r\n".repeat(8);
        for garbage in [&page[..], &[0xff; 64], b"\x81\x02\xff\xfe"] {
            let (mut socket, mut far) = pair().await;
            far.write_all(garbage).await.unwrap();
            let error = socket.next().await.unwrap_err();
            assert!(matches!(error, SourceError::Malformed(_)), "{error:?}");
        }
        let (mut socket, far) = pair().await;
        drop(far);
        let error = socket.next().await.unwrap_err();
        assert!(matches!(error, SourceError::Unreachable(_)), "{error:?}");
    }

    #[test]
    fn a_socket_is_taken_only_for_the_key_that_was_sent() {
        // The pair that RFC 6455 gives as its example.
        let (key, accept) = ("dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        let headers = |upgrade: &'static str, accept: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(UPGRADE, HeaderValue::from_static(upgrade));
            headers.insert(ACCEPT, HeaderValue::from_static(accept));
            headers
        };
        assert!(is_meant(&headers("WebSocket", accept), key));
        assert!(!is_meant(&headers("h2c", accept), key));
        assert!(!is_meant(&headers("websocket", "AAAA"), key));
        assert!(!is_meant(&HeaderMap::new(), key));
    }
}
