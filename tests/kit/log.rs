//! What the server was asked and what it sent, for assertions such as "no byte twice".

use std::io;
use std::ops::Range;
use std::task::Poll;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use serde::Serialize;

use crate::http::Request;

/// How a reply ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// It is still being sent, or waits at a gate.
    Running,
    /// Wholly sent.
    Done,
    /// The client went away, or the server was stopped.
    Aborted,
    /// A scripted fault ended it.
    Faulted,
}

/// One request and what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct RequestRecord {
    /// Number of the connection it came over, from 1.
    pub connection: u64,
    /// Method.
    pub method: String,
    /// Path, percent-decoded.
    pub path: String,
    /// Query as sent, without `?`.
    pub query: String,
    /// All headers in order, names as sent.
    pub headers: Vec<(String, String)>,
    /// Body.
    #[serde(skip)]
    pub body: Vec<u8>,
    /// Status of the reply; 0 while there is none.
    pub status: u16,
    /// Body bytes handed to the socket: of a blob its half-open positions, else counted from zero.
    pub sent: Range<u64>,
    /// How it ended.
    pub ended: Ended,
}

impl RequestRecord {
    /// The first header of that name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut named = self
            .headers
            .iter()
            .filter(|(key, _)| key.eq_ignore_ascii_case(name));
        named.next().map(|(_, value)| value.as_str())
    }

    /// The `Range` header.
    #[must_use]
    pub fn range(&self) -> Option<&str> {
        self.header("range")
    }

    /// The body as JSON; null where it is none.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// All requests in order, and the connections.
#[derive(Clone, Debug, Default)]
pub struct Log {
    requests: Vec<RequestRecord>,
    connections: u64,
    open: usize,
    introduced: usize,
}

impl Log {
    /// All requests, in the order in which they came.
    #[must_use]
    pub fn requests(&self) -> &[RequestRecord] {
        &self.requests
    }

    /// Requests to one path; a `*` at the end stands for anything.
    pub fn requests_to<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a RequestRecord> {
        self.requests
            .iter()
            .filter(move |record| match path.strip_suffix('*') {
                Some(start) => record.path.starts_with(start),
                None => record.path == path,
            })
    }

    /// Body bytes handed to sockets for one path (or `…*`).
    #[must_use]
    pub fn bytes_sent(&self, path: &str) -> u64 {
        self.ranges_sent(path)
            .iter()
            .map(|(start, end)| end - start)
            .sum()
    }

    /// Half-open positions sent of one path (or `…*`), a pair for each reply that sent any, in order of their requests.
    #[must_use]
    pub fn ranges_sent(&self, path: &str) -> Vec<(u64, u64)> {
        let sent = self
            .requests_to(path)
            .map(|record| (record.sent.start, record.sent.end));
        sent.filter(|(start, end)| start < end).collect()
    }

    /// Bytes of one path that were sent more than once, counted once for each time too many.
    #[must_use]
    pub fn bytes_repeated(&self, path: &str) -> u64 {
        let mut ranges = self.ranges_sent(path);
        ranges.sort_unstable();
        let mut reached = 0;
        let mut repeated = 0;
        for (start, end) in ranges {
            repeated += reached.min(end).saturating_sub(start);
            reached = reached.max(end);
        }
        repeated
    }

    /// Replies of one path (or `…*`) that the client broke off: of each, what was under way came for nothing.
    #[must_use]
    pub fn broken_off(&self, path: &str) -> u64 {
        let aborted = |record: &&RequestRecord| record.ended == Ended::Aborted;
        self.requests_to(path).filter(aborted).count() as u64
    }

    /// Replies under way now for one path (or `…*`), each on a connection of its own.
    #[must_use]
    pub fn running(&self, path: &str) -> usize {
        let running = |record: &&RequestRecord| record.ended == Ended::Running;
        self.requests_to(path).filter(running).count()
    }

    /// How many HEAD requests there were.
    #[must_use]
    pub fn heads(&self) -> usize {
        self.requests
            .iter()
            .filter(|record| record.method == "HEAD")
            .count()
    }

    /// Connections open now, idle ones included.
    #[must_use]
    pub fn open_connections(&self) -> usize {
        self.open
    }

    /// Connections accepted since the start.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.connections
    }

    /// Connections on which the client has shown a certificate of its own.
    #[must_use]
    pub fn introduced(&self) -> usize {
        self.introduced
    }

    /// Whether that text stands anywhere in what was asked: a path, query, header or body.
    #[must_use]
    pub fn mentions(&self, text: &str) -> bool {
        self.requests.iter().any(|record| {
            record.path.contains(text)
                || record.query.contains(text)
                || record.headers.iter().any(|(_, value)| value.contains(text))
                || String::from_utf8_lossy(&record.body).contains(text)
        })
    }

    /// One line for each request, for messages of failed tests.
    #[must_use]
    pub fn summary(&self) -> String {
        let line = |record: &RequestRecord| {
            format!(
                "  #{} {} {} {} -> {} sent {}..{} {:?}\n",
                record.connection,
                record.method,
                record.path,
                record.range().unwrap_or("-"),
                record.status,
                record.sent.start,
                record.sent.end,
                record.ended
            )
        };
        let from = self.requests.len().saturating_sub(40);
        let lines: String = self.requests[from..].iter().map(line).collect();
        format!(
            "{} connections open; the last requests:\n{lines}",
            self.open
        )
    }
}

/// The log as the server writes it: shared, with a bell for those who wait.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    log: Mutex<(Log, Peaks)>,
    changed: Condvar,
}

/// Replies under way for each path, now and at most so far.
type Peaks = std::collections::HashMap<String, (usize, usize)>;

/// Names a request in the journal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestId(usize);

impl Journal {
    fn change<T>(&self, change: impl FnOnce(&mut Log, &mut Peaks) -> T) -> T {
        let (log, peaks) = &mut *self.log.lock();
        let outcome = change(log, peaks);
        self.changed.notify_all();
        outcome
    }

    pub(crate) fn connected(&self) -> u64 {
        self.change(|log, _| {
            log.open += 1;
            log.connections += 1;
            log.connections
        })
    }

    pub(crate) fn introduced(&self) {
        self.change(|log, _| log.introduced += 1);
    }

    pub(crate) fn disconnected(&self) {
        self.change(|log, _| log.open -= 1);
    }

    pub(crate) fn asked(&self, connection: u64, request: &Request) -> RequestId {
        self.change(|log, peaks| {
            log.requests.push(RequestRecord {
                connection,
                method: request.method.clone(),
                path: request.path.clone(),
                query: request.query.clone(),
                headers: request.headers.clone(),
                body: request.body.clone(),
                status: 0,
                sent: 0..0,
                ended: Ended::Running,
            });
            let (running, peak) = peaks.entry(request.path.clone()).or_default();
            *running += 1;
            *peak = (*peak).max(*running);
            RequestId(log.requests.len() - 1)
        })
    }

    pub(crate) fn answered(&self, id: RequestId, status: u16, start: u64) {
        self.change(|log, _| {
            log.requests[id.0].status = status;
            log.requests[id.0].sent = start..start;
        });
    }

    /// Counts what `write` hands to the kernel. Nobody sees the log in between: whoever has received a byte finds it counted.
    pub(crate) fn sending(
        &self,
        id: RequestId,
        write: impl FnOnce() -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        self.change(|log, _| {
            let written = write();
            if let Poll::Ready(Ok(bytes)) = written {
                log.requests[id.0].sent.end += bytes as u64;
            }
            written
        })
    }

    pub(crate) fn ended(&self, id: RequestId, how: Ended) {
        self.change(|log, peaks| {
            let record = &mut log.requests[id.0];
            record.ended = how;
            if let Some((running, _)) = peaks.get_mut(&record.path) {
                *running -= 1;
            }
        });
    }

    pub(crate) fn snapshot(&self) -> Log {
        self.log.lock().0.clone()
    }

    pub(crate) fn read<T>(&self, read: impl FnOnce(&Log) -> T) -> T {
        read(&self.log.lock().0)
    }

    pub(crate) fn peak(&self, path: &str) -> usize {
        self.log.lock().1.get(path).map_or(0, |(_, peak)| *peak)
    }

    /// Waits until `holds`; the summary of what came instead when it does not within `timeout`.
    pub(crate) fn wait(
        &self,
        mut holds: impl FnMut(&Log) -> bool,
        timeout: Duration,
    ) -> Result<(), String> {
        let deadline = Instant::now() + timeout;
        let mut guard = self.log.lock();
        while !holds(&guard.0) {
            if self.changed.wait_until(&mut guard, deadline).timed_out() && !holds(&guard.0) {
                return Err(guard.0.summary());
            }
        }
        Ok(())
    }
}
