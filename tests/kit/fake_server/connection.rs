//! One connection: requests in, replies out, faults on the way.

use std::io;
use std::sync::Arc;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::Shared;
use super::body::{Outcome, Writer};
use super::stream::Stream;
use crate::fault::Fault;
use crate::http::reply::phrase;
use crate::http::request::RequestReader;
use crate::http::{Body, Reply, Request};
use crate::log::{Ended, RequestId};

/// One connection.
pub(super) struct Connection {
    stream: Stream,
    open: Open,
}

/// Counts the connection as open while it lives, also when its task is aborted.
struct Open {
    shared: Arc<Shared>,
    id: u64,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.shared.journal.disconnected();
    }
}

/// Marks a request as aborted unless it ended otherwise, also when its task is aborted.
struct Running<'a> {
    shared: &'a Shared,
    id: RequestId,
    ended: Ended,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.shared.journal.ended(self.id, self.ended);
    }
}

impl Connection {
    /// Accepts a connection, and serves it until either side closes. Errors of the socket end it like a close.
    pub(super) async fn run(socket: TcpStream, shared: Arc<Shared>) {
        let id = shared.journal.connected();
        socket.set_nodelay(true).ok();
        let open = Open { shared, id };
        let tls = open.shared.tls.lock().clone();
        let Ok(stream) = Stream::accept(socket, tls.as_ref()).await else {
            return;
        };
        if stream.shows_certificate() {
            open.shared.journal.introduced();
        }
        Self { stream, open }.serve().await;
    }

    async fn serve(mut self) {
        let mut requests = RequestReader::default();
        while let Ok(Some(request)) = requests.next(&mut self.stream).await {
            match self.answer(&request).await {
                Ok(Outcome::Done) if self.stream.flush().await.is_ok() => {}
                Ok(Outcome::Done) => return,
                Ok(Outcome::Reset) => {
                    self.stream.socket().set_zero_linger().ok();
                    return;
                }
                Ok(Outcome::Close) => {
                    self.stream.shutdown().await.ok();
                    return;
                }
                Err(_) => return,
            }
            let close = request.header("connection");
            if close.is_some_and(|value| value.eq_ignore_ascii_case("close")) {
                self.stream.shutdown().await.ok();
                return;
            }
        }
    }

    async fn answer(&mut self, request: &Request) -> io::Result<Outcome> {
        let shared = Arc::clone(&self.open.shared);
        let id = shared.journal.asked(self.open.id, request);
        let mut running = Running {
            shared: &shared,
            id,
            ended: Ended::Aborted,
        };
        let faults = shared.script.lock().take(request);
        self.delay(&shared, request, &faults).await?;
        if faults.iter().any(|fault| matches!(fault, Fault::NoReply)) {
            running.ended = Ended::Faulted;
            return Ok(Outcome::Close);
        }
        let mut reply = replaced(&faults).unwrap_or_else(|| {
            let request = as_read(request, &faults);
            shared.reply(&request)
        });
        if faults.is_empty() {
            shared.record(request, &reply);
        }
        bend(&mut reply, &faults);
        let start = match &reply.body {
            Body::Blob(_, range) => range.start,
            Body::Bytes(_) => 0,
        };
        shared.journal.answered(id, reply.status, start);
        let opens = reply.status == 101;
        // Before its client knows: whoever is told that it listens is told everything.
        let line = opens.then(|| shared.sockets.open(&request.path));
        self.stream.write_all(&head(&reply, &faults)).await?;
        if let Some(line) = line {
            self.stream.flush().await?;
            let first = shared.greeting(request);
            super::socket::serve(&mut self.stream, line, first).await?;
            running.ended = Ended::Done;
            return Ok(Outcome::Close);
        }
        let outcome = if request.method == "HEAD" {
            Outcome::Done
        } else {
            let mut writer = Writer::new(&mut self.stream, &shared, request, id);
            writer.send(reply.body, &faults).await?
        };
        running.ended = match outcome {
            Outcome::Done => Ended::Done,
            Outcome::Close | Outcome::Reset => Ended::Faulted,
        };
        Ok(outcome)
    }

    /// Waits out the latency and gates; ends early with an error when the client goes away.
    async fn delay(&self, shared: &Shared, request: &Request, faults: &[Fault]) -> io::Result<()> {
        let wait = async {
            tokio::time::sleep(shared.paces.latency(&request.path)).await;
            for fault in faults {
                if let Fault::HoldReply(gate) = fault {
                    gate.opened().await;
                }
            }
        };
        tokio::select! {
            () = wait => Ok(()),
            error = gone(&self.stream) => Err(error),
        }
    }
}

/// Resolves when the client has gone away; never, when it sends another request instead.
pub(super) async fn gone(stream: &Stream) -> io::Error {
    match stream.socket().peek(&mut [0]).await {
        Ok(0) => io::ErrorKind::ConnectionAborted.into(),
        Ok(_) => std::future::pending().await,
        Err(error) => error,
    }
}

/// A reply that a fault puts in place of the true one.
fn replaced(faults: &[Fault]) -> Option<Reply> {
    const PAGE: &str = "<!doctype html><title>Sign in to the network</title><h1>Welcome</h1>";
    faults.iter().find_map(|fault| match fault {
        Fault::Status(status) => Some(Reply::text(*status, "Error processing request.")),
        Fault::Reply {
            status,
            headers,
            body,
        } => {
            let mut reply = Reply::empty(*status);
            reply.headers.clone_from(headers);
            reply.body = Body::Bytes(body.clone().into());
            Some(reply)
        }
        Fault::Html => Some(Reply::empty(200).typed("text/html", PAGE)),
        Fault::Redirect(to) => Some(Reply::empty(302).with("Location", to)),
        _ => None,
    })
}

/// The request as a server reads it that does not know some of its headers.
fn as_read(request: &Request, faults: &[Fault]) -> Request {
    let mut request = request.clone();
    let conditional = request.header("if-range").is_some();
    for fault in faults {
        let ignored = match fault {
            Fault::IgnoreRange | Fault::NoRanges => "range",
            Fault::RefuseIfRange if conditional => "range",
            Fault::IgnoreIfRange => "if-range",
            _ => continue,
        };
        let known = |name: &str| !name.eq_ignore_ascii_case(ignored);
        request.headers.retain(|(name, _)| known(name));
    }
    request
}

/// Bends the true reply the way the script says.
fn bend(reply: &mut Reply, faults: &[Fault]) {
    for fault in faults {
        match fault {
            Fault::ShiftContentRange(by) => shift_content_range(reply, *by, 0),
            Fault::WrongTotal(by) => shift_content_range(reply, 0, *by),
            Fault::ShiftBody(by) => {
                let mut shifted = false;
                if let (206, Body::Blob(blob, range)) = (reply.status, &mut reply.body) {
                    let (start, end) = (range.start, range.end);
                    range.start = start.saturating_add_signed(*by).min(blob.size() - 1);
                    range.end = end
                        .saturating_add_signed(*by)
                        .clamp(range.start + 1, blob.size());
                    shifted = true;
                }
                if shifted {
                    shift_content_range(reply, 0, 0);
                }
            }
            Fault::EarlyBody(by) => begin_early(reply, *by),
            Fault::LostReply => *reply = Reply::text(504, "Gateway Timeout"),
            Fault::NoContentRange => reply.remove("Content-Range"),
            Fault::Multipart => wrap_as_multipart(reply),
            Fault::UnknownTotal => {
                if let (206, Body::Blob(_, range)) = (reply.status, &reply.body) {
                    let text = format!("bytes {}-{}/*", range.start, range.end - 1);
                    reply.set("Content-Range", &text);
                }
            }
            Fault::NoRanges => reply.set("Accept-Ranges", "none"),
            Fault::Gzip => {
                let plain = match &reply.body {
                    Body::Blob(blob, range) => {
                        let len = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
                        let read = blob.read(range.start, len);
                        read.expect("the resource can be read")
                    }
                    Body::Bytes(bytes) => bytes.clone(),
                };
                reply.body = Body::Bytes(super::body::gzip(&plain).into());
                reply.set("Content-Encoding", "gzip");
            }
            _ => {}
        }
    }
}

fn begin_early(reply: &mut Reply, by: u64) {
    if let (206, Body::Blob(_, range)) = (reply.status, &mut reply.body) {
        range.start = range.start.saturating_sub(by);
        shift_content_range(reply, 0, 0);
    }
}

/// RFC 9110 §14.6: the range moves from the head into the body.
fn wrap_as_multipart(reply: &mut Reply) {
    const MOST: u64 = 1 << 20;
    if let (206, Body::Blob(blob, range)) = (reply.status, &reply.body) {
        let len = usize::try_from((range.end - range.start).min(MOST)).unwrap_or(0);
        let plain = blob
            .read(range.start, len)
            .expect("the resource can be read");
        let (first, last, size) = (range.start, range.start + len as u64, blob.size());
        let mut body = format!(
            "--cut\r\nContent-Range: bytes {first}-{}/{size}\r\n\r\n",
            last - 1
        )
        .into_bytes();
        body.extend_from_slice(&plain);
        body.extend_from_slice(b"\r\n--cut--\r\n");
        reply.body = Body::Bytes(body.into());
        reply.remove("Content-Range");
        reply.set("Content-Type", "multipart/byteranges; boundary=cut");
    }
}

fn shift_content_range(reply: &mut Reply, by: i64, total: i64) {
    if let (206, Body::Blob(blob, range)) = (reply.status, &reply.body) {
        let first = range.start.saturating_add_signed(by);
        let last = (range.end - 1).saturating_add_signed(by);
        let total = blob.size().saturating_add_signed(total);
        reply.set("Content-Range", &format!("bytes {first}-{last}/{total}"));
    }
}

/// Status line and headers.
fn head(reply: &Reply, faults: &[Fault]) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {} {}\r\n", reply.status, phrase(reply.status));
    for (name, value) in &reply.headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    let off = faults.iter().find_map(|fault| match fault {
        Fault::WrongLength(by) => Some(*by),
        _ => None,
    });
    let unsized_body = faults.iter().any(|fault| matches!(fault, Fault::NoLength));
    if unsized_body {
        text.push_str("Connection: close\r\n");
    } else if !matches!(reply.status, 101 | 204) {
        let length = reply.body.len().saturating_add_signed(off.unwrap_or(0));
        text.push_str(&format!("Content-Length: {length}\r\n"));
    }
    text.push_str(&format!(
        "Date: {}\r\n",
        crate::http::date::format(std::time::SystemTime::now())
    ));
    text.push_str("Server: Kestrel\r\n\r\n");
    text.into_bytes()
}
