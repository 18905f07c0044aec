//! The server's side: a thread for each connection, blocking writes of large pieces.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use rustix::net::sockopt;

use super::count::Counter;
use super::{SEED, SIZE};

/// Bytes of one write.
const PIECE: usize = 256 << 10;
/// …and where a pace is set: a millisecond of 64 MB/s.
const PACED: usize = 64 << 10;
/// A paced connection keeps no more than this in the kernel, as a far server's does not race ahead of the line.
const IN_FLIGHT: usize = 256 << 10;
/// A sender that fell behind by more does not catch up in a burst.
const CATCH_UP: Duration = Duration::from_millis(50);
/// What tells this file from another: without a strong tag a client has to look twice at every part.
const VERSION: &str = "Last-Modified: Tue, 14 Nov 2023 22:13:31 GMT\r\nETag: \"11-256\"";

struct Shared {
    content: Vec<u8>,
    counter: Counter,
    connections: AtomicU64,
}

/// Serves until standard input ends. Prints its address; answers each path on standard input with its count.
#[expect(clippy::print_stdout, reason = "it speaks to its parent this way")]
pub(crate) fn serve() -> Result<()> {
    let shared = Arc::new(Shared {
        content: testkit::pattern::bytes(SEED, 0, usize::try_from(SIZE)?),
        counter: Counter::default(),
        connections: AtomicU64::new(0),
    });
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    println!("http://{}", listener.local_addr()?);
    let accepting = shared.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let shared = accepting.clone();
            std::thread::spawn(move || converse(&stream, &shared));
        }
    });
    for path in io::stdin().lock().lines() {
        println!("{}", serde_json::to_string(&shared.counter.count(&path?))?);
    }
    Ok(())
}

/// What a path's first part says.
#[derive(Clone, Debug, PartialEq)]
struct Pace {
    /// Bytes per second.
    rate: Option<f64>,
    latency: Duration,
    size: u64,
    listed: Option<String>,
}

impl Pace {
    fn of(path: &str) -> Self {
        let mut pace = Self {
            rate: None,
            latency: Duration::ZERO,
            size: SIZE,
            listed: None,
        };
        let settings = path.trim_start_matches('/').split('/').next();
        for setting in settings.unwrap_or_default().split(',') {
            let Some((name, value)) = setting.split_once('=') else {
                continue;
            };
            let number: Option<f64> = value.parse().ok();
            match (name, number) {
                ("r", Some(rate)) => pace.rate = Some(rate * 1e6),
                ("l", Some(millis)) => pace.latency = Duration::from_secs_f64(millis / 1e3),
                ("s", Some(mib)) => pace.size = ((mib * 1048576.0) as u64).min(SIZE),
                ("n", _) => pace.listed = Some(value.to_owned()),
                _ => {}
            }
        }
        pace
    }
}

#[derive(Debug, Default)]
struct Request {
    method: String,
    path: String,
    range: Option<(u64, Option<u64>)>,
}

/// Requests, one after another, until either side closes.
fn converse(stream: &TcpStream, shared: &Shared) {
    let id = shared.connections.fetch_add(1, Ordering::Relaxed);
    stream.set_nodelay(true).ok();
    let mut lines = BufReader::new(stream);
    while let Ok(Some(request)) = read_request(&mut lines) {
        if answer(stream, shared, &request, id).is_err() {
            return;
        }
    }
}

fn read_request(lines: &mut impl BufRead) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if lines.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_ascii_whitespace().map(str::to_owned);
    let mut request = Request {
        method: words.next().unwrap_or_default(),
        path: words.next().unwrap_or_default(),
        range: None,
    };
    loop {
        line.clear();
        if lines.read_line(&mut line)? == 0 || line.trim().is_empty() {
            return Ok(Some(request));
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("range")
        {
            request.range = range(value);
        }
    }
}

/// `bytes=a-` or `bytes=a-b`, half-open.
fn range(value: &str) -> Option<(u64, Option<u64>)> {
    let (first, last) = value.trim().strip_prefix("bytes=")?.split_once('-')?;
    let last: Option<u64> = last.parse().ok();
    Some((first.parse().ok()?, last.map(|last| last + 1)))
}

fn answer(mut stream: &TcpStream, shared: &Shared, request: &Request, id: u64) -> io::Result<()> {
    let pace = Pace::of(&request.path);
    std::thread::sleep(pace.latency);
    if let (Some(name), true) = (&pace.listed, request.path.ends_with('/')) {
        let page = format!("<html><body><a href=\"{name}\">{name}</a></body></html>");
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n",
            page.len()
        );
        return stream.write_all((head + &page).as_bytes());
    }
    let size = pace.size;
    let asked = request.range.unwrap_or((0, None));
    let (start, end) = (asked.0, asked.1.unwrap_or(size).min(size));
    let common = format!("Accept-Ranges: bytes\r\n{VERSION}\r\n");
    if start >= end {
        let head = "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0";
        let head = format!("{head}\r\nContent-Range: bytes */{size}\r\n{common}\r\n");
        return stream.write_all(head.as_bytes());
    }
    let status = match request.range {
        Some(_) => format!(
            "206 Partial Content\r\nContent-Range: bytes {start}-{}/{size}",
            end - 1
        ),
        None => "200 OK".to_owned(),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: video/x-matroska\r\nContent-Length: {}\r\n{common}\r\n",
        end - start
    );
    stream.write_all(head.as_bytes())?;
    if request.method == "HEAD" {
        shared.counter.head(&request.path);
        return Ok(());
    }
    let number = shared.counter.get(&request.path, id, start);
    let counted = |bytes| shared.counter.sent(&request.path, number, bytes);
    send(stream, &shared.content, (start, end), &pace, counted)
}

/// Sends `from..to` of the content at the pace, telling what the kernel took.
fn send(
    mut stream: &TcpStream,
    content: &[u8],
    (from, to): (u64, u64),
    pace: &Pace,
    counted: impl Fn(u64),
) -> io::Result<()> {
    let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
    let body = content.get(place(from)..place(to)).unwrap_or_default();
    if pace.rate.is_some() {
        sockopt::set_socket_send_buffer_size(stream, IN_FLIGHT)?;
    }
    let mut next = Instant::now();
    for piece in body.chunks(if pace.rate.is_some() { PACED } else { PIECE }) {
        let mut left = piece;
        while !left.is_empty() {
            let taken = stream.write(left)?;
            if taken == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            counted(taken as u64);
            left = left.get(taken..).unwrap_or_default();
        }
        if let Some(rate) = pace.rate {
            let now = Instant::now();
            let time = Duration::from_secs_f64(piece.len() as f64 / rate);
            next = (next + time).max(now.checked_sub(CATCH_UP).unwrap_or(now));
            std::thread::sleep(next.saturating_duration_since(now));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_says_its_pace() {
        let pace = Pace::of("/r=60,l=30,s=64,n=film/film");
        assert_eq!(pace.rate, Some(60e6));
        assert_eq!(pace.latency, Duration::from_millis(30));
        assert_eq!(
            (pace.size, pace.listed.as_deref()),
            (64 << 20, Some("film"))
        );
        assert_eq!(Pace::of("/0/film").rate, None);
    }

    #[test]
    fn a_range_is_half_open() {
        assert_eq!(range(" bytes=5-"), Some((5, None)));
        assert_eq!(range("bytes=5-9"), Some((5, Some(10))));
        assert_eq!(range("bytes=-9"), None);
    }
}
