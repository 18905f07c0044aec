//! The sockets (RFC 6455) that clients hold open, and what is told and heard over them.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use parking_lot::{Condvar, Mutex};
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::stream::Stream;
use crate::http::{Reply, Request};

/// What is sent over a socket.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    /// A message.
    Text(String),
    /// Bytes that need be no message.
    Raw(Vec<u8>),
    /// A close in good order.
    Close,
    /// The connection ends as if a cable were pulled.
    Drop,
}

/// One open socket.
#[derive(Debug)]
struct Line {
    number: u64,
    path: String,
    sender: mpsc::UnboundedSender<Piece>,
}

#[derive(Debug, Default)]
struct State {
    opened: u64,
    lines: Vec<Line>,
    heard: Vec<(String, String)>,
}

/// All sockets of a server.
#[derive(Debug, Default)]
pub(crate) struct Sockets {
    state: Mutex<State>,
    changed: Condvar,
}

/// The reply that opens a socket; `None` to a request that asks for none.
pub(crate) fn opening(request: &Request) -> Option<Reply> {
    let upgrade = request.header("upgrade")?;
    let key = request.header("sec-websocket-key")?;
    let wanted = upgrade.eq_ignore_ascii_case("websocket")
        && request.header("sec-websocket-version") == Some("13");
    wanted.then(|| {
        Reply::empty(101)
            .with("Connection", "Upgrade")
            .with("Upgrade", "websocket")
            .with("Sec-WebSocket-Accept", &derive_accept_key(key.as_bytes()))
    })
}

fn is_at(path: &str, pattern: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => path.starts_with(start),
        None => path == pattern,
    }
}

impl Sockets {
    /// Sends over every socket that is open at a path (or `…*`). Returns to how many.
    pub(crate) fn send(&self, path: &str, piece: &Piece) -> usize {
        let state = self.state.lock();
        let lines = state.lines.iter().filter(|line| is_at(&line.path, path));
        lines
            .filter(|line| line.sender.send(piece.clone()).is_ok())
            .count()
    }

    /// What clients said over sockets at a path (or `…*`), in order.
    pub(crate) fn heard(&self, path: &str) -> Vec<String> {
        let state = self.state.lock();
        let heard = state.heard.iter().filter(|(at, _)| is_at(at, path));
        heard.map(|(_, text)| text.clone()).collect()
    }

    /// Waits until so many sockets are open at a path (or `…*`); how many there are when it gives up.
    pub(crate) fn wait(&self, path: &str, open: usize, timeout: Duration) -> Result<(), usize> {
        let count = |state: &State| {
            let lines = state.lines.iter();
            lines.filter(|line| is_at(&line.path, path)).count()
        };
        let mut state = self.state.lock();
        let mut holds = |state: &mut State| count(state) != open;
        let waited = self.changed.wait_while_for(&mut state, &mut holds, timeout);
        match waited.timed_out() && count(&state) != open {
            true => Err(count(&state)),
            false => Ok(()),
        }
    }

    /// A socket at a path, which is told everything from now on. Its client hears of it later.
    pub(super) fn open(self: &Arc<Self>, path: &str) -> Listed {
        let (sender, pieces) = mpsc::unbounded_channel();
        let mut state = self.state.lock();
        state.opened += 1;
        let number = state.opened;
        state.lines.push(Line {
            number,
            path: path.to_owned(),
            sender,
        });
        self.changed.notify_all();
        Listed {
            sockets: Arc::clone(self),
            number,
            path: path.to_owned(),
            pieces,
        }
    }

    fn close(&self, number: u64) {
        let mut state = self.state.lock();
        state.lines.retain(|line| line.number != number);
        self.changed.notify_all();
    }

    fn hear(&self, path: &str, text: &str) {
        let mut state = self.state.lock();
        state.heard.push((path.to_owned(), text.to_owned()));
        self.changed.notify_all();
    }
}

/// A socket on the list. Dropped, it is taken off, also when its task is aborted.
pub(super) struct Listed {
    sockets: Arc<Sockets>,
    number: u64,
    path: String,
    pieces: mpsc::UnboundedReceiver<Piece>,
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.sockets.close(self.number);
    }
}

/// Serves a socket until either side ends it. A first message may be due.
pub(super) async fn serve(
    stream: &mut Stream,
    mut line: Listed,
    first: Option<String>,
) -> io::Result<()> {
    let mut socket = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
    if let Some(text) = first {
        socket.send(Message::text(text)).await.map_err(broken)?;
    }
    loop {
        tokio::select! {
            said = socket.next() => match said {
                Some(Ok(Message::Text(text))) => line.sockets.hear(&line.path, text.as_str()),
                Some(Ok(Message::Close(_))) | None => return Ok(()),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(broken(error)),
            },
            piece = line.pieces.recv() => match piece {
                Some(Piece::Text(text)) => socket.send(Message::text(text)).await.map_err(broken)?,
                Some(Piece::Raw(bytes)) => {
                    let wire = socket.get_mut();
                    wire.write_all(&bytes).await?;
                    wire.flush().await?;
                }
                Some(Piece::Close) => socket.close(None).await.map_err(broken)?,
                Some(Piece::Drop) | None => return Err(io::ErrorKind::ConnectionReset.into()),
            },
        }
    }
}

fn broken(error: tokio_tungstenite::tungstenite::Error) -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, error)
}
