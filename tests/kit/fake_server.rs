//! A loopback server that speaks Jellyfin's and Plex's APIs and serves blobs, slowly and wrongly where a test asks for it.
//!
//! **Owns** its sockets and a runtime of its own, so that it works from synchronous tests, under a paused clock and beside a
//! blocked executor. Dropping it closes everything.
//! **Threads**: every method may be called from anywhere; only [`FakeServer::wait_until`], [`FakeServer::stop`] and
//! [`FakeServer::start_again`] block (the last two for milliseconds).

mod body;
mod connection;
mod listen;
mod live;
pub(crate) mod socket;
pub(crate) mod stream;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, RwLock};

use crate::blob::Blob;
use crate::fault::{Fault, Rule, Script};
use crate::http::{Reply, Request};
use crate::jellyfin::Face;
use crate::log::{Journal, Log, RequestRecord};
use crate::pace::Paces;
use crate::plex::tv::PlexTv;
use crate::plex::{Plex, PlexSetup};
use crate::record;
use crate::tls::Tls;
use socket::Sockets;

/// How a server is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The name to sign in with.
    pub user: String,
    /// Its password.
    pub password: String,
    /// The access token that signing in gives.
    pub token: String,
    /// Bytes per second of each connection; `None` sends as fast as it can.
    pub rate: Option<u64>,
    /// Time before each reply.
    pub latency: Duration,
    /// Titles shorter than this are marked as watched by any report past 5 %. Jellyfin's default of 300 s would leave the
    /// generated films, which are shorter, without a resume position.
    pub min_resume: Duration,
    /// What it says of itself in `/System/Info/Public`.
    pub version: String,
    /// Whether it lets somebody in by a code.
    pub quick_connect: bool,
    /// Path in front of every address of the Jellyfin face, such as `/jellyfin`; empty for none.
    pub base_path: String,
    /// How its Plex face is set up.
    pub plex: PlexSetup,
    /// With it, every connection is https; plain http gets no answer.
    pub tls: Option<Tls>,
    /// Titles on offer.
    pub catalogue: crate::jellyfin::Catalogue,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            user: "ada".into(),
            password: "correct horse".into(),
            token: "0123456789abcdef0123456789abcdef".into(),
            rate: None,
            latency: Duration::ZERO,
            min_resume: Duration::from_secs(5),
            version: "12.0.0".into(),
            quick_connect: true,
            base_path: String::new(),
            plex: PlexSetup::default(),
            tls: None,
            catalogue: crate::jellyfin::Catalogue::default(),
        }
    }
}

/// What connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    blobs: RwLock<HashMap<String, Blob>>,
    script: Mutex<Script>,
    paces: Paces,
    journal: Journal,
    token: RwLock<String>,
    face: Face,
    plex: Plex,
    plex_tv: PlexTv,
    tls: Mutex<Option<Tls>>,
    sockets: Arc<Sockets>,
}

impl Shared {
    /// The reply of a server without faults.
    fn reply(&self, request: &Request) -> Reply {
        let blob = self.blobs.read().get(&request.path).cloned();
        let token = self.token.read().clone();
        match blob {
            Some(blob) if blob.private && !crate::jellyfin::authorized(request, &token) => {
                Reply::empty(401)
            }
            Some(Blob {
                signed: Some(status),
                ..
            }) if request.param("sig").as_ref() != Some(&token) => Reply::empty(status),
            Some(blob) => Reply::blob(blob, request),
            None if PlexTv::takes(request) => self.plex_tv.reply(request),
            None if Plex::takes(request) => self.plex.reply(request),
            None => self.face.reply(request, &token),
        }
    }
}

impl Shared {
    /// What a socket is told first.
    fn greeting(&self, request: &Request) -> Option<String> {
        (!Plex::takes(request)).then(|| self.face.greeting())
    }

    /// Tells the record, where one is kept, of what a face was asked and what it said.
    fn record(&self, request: &Request, reply: &Reply) {
        if reply.status == 101
            || !record::is_kept()
            || self.blobs.read().contains_key(&request.path)
        {
            return;
        }
        let base = self.face.base_path();
        match request.path.strip_prefix(base) {
            _ if PlexTv::takes(request) => record::keep("plex.tv", &request.path, request, reply),
            _ if Plex::takes(request) => record::keep("plex", &request.path, request, reply),
            Some(path) => record::keep("jellyfin", path, request, reply),
            None => {}
        }
    }
}

/// A running server on 127.0.0.1. Dropping it closes all connections.
#[derive(Debug)]
pub struct FakeServer {
    shared: Arc<Shared>,
    host: listen::Host,
}

impl FakeServer {
    /// Starts it; it accepts connections when this returns.
    ///
    /// # Panics
    /// The port is taken, or the system gives no threads.
    #[must_use]
    pub fn start(options: Options) -> Self {
        let paces = Paces::default();
        paces.set_rate(None, options.rate);
        paces.set_latency(None, options.latency);
        let host = listen::Host::new(options.port);
        let (token, setup) = (options.token.clone(), options.plex.clone());
        let tls = options.tls.clone();
        let sockets = Arc::<Sockets>::default();
        let face = Face::new(options, host.port(), Arc::clone(&sockets));
        let shared = Arc::new(Shared {
            blobs: RwLock::default(),
            script: Mutex::default(),
            paces,
            journal: Journal::default(),
            token: RwLock::new(token),
            plex: Plex::new(setup, face.catalogue(), Arc::clone(&sockets)),
            plex_tv: PlexTv::default(),
            tls: Mutex::new(tls),
            sockets,
            face,
        });
        let mut server = Self { shared, host };
        server.start_again();
        server
    }

    /// Closes the port and every connection; connecting is refused until [`FakeServer::start_again`].
    pub fn stop(&mut self) {
        self.host.close();
    }

    /// Opens the same port again. The log, the script and what was watched are kept.
    pub fn start_again(&mut self) {
        self.host.open(&self.shared);
    }

    /// Shows another certificate from now on; connections that are there stay.
    pub fn set_tls(&self, tls: Tls) {
        *self.shared.tls.lock() = Some(tls);
    }

    /// `http://127.0.0.1:PORT`, or https, with the base path.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}{}", self.root(), self.shared.face.base_path())
    }

    /// Address of a path outside the Jellyfin face.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.root())
    }

    fn root(&self) -> String {
        let scheme = match *self.shared.tls.lock() {
            Some(_) => "https",
            None => "http",
        };
        format!("{scheme}://127.0.0.1:{}", self.host.port())
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.host.port()
    }

    /// Its Jellyfin face: what is on offer and what was watched.
    #[must_use]
    pub fn jellyfin(&self) -> &Face {
        &self.shared.face
    }

    /// Its Plex face: a media server over the same titles, at the root.
    #[must_use]
    pub fn plex(&self) -> &Plex {
        &self.shared.plex
    }

    /// Its plex.tv face: who may sign in, and which servers they may use. Tests that watch where tokens go start a second
    /// server for it.
    #[must_use]
    pub fn plex_tv(&self) -> &PlexTv {
        &self.shared.plex_tv
    }

    /// Serves a blob at a path, in place of a former one; replies under way go on with the former's bytes.
    pub fn add_blob(&self, path: &str, blob: Blob) {
        self.shared.blobs.write().insert(path.into(), blob);
    }

    /// Answers 404 at a path from now on.
    pub fn remove_blob(&self, path: &str) {
        self.shared.blobs.write().remove(path);
    }

    /// Adds a rule to the script of faults.
    pub fn script(&self, rule: Rule) {
        self.shared.script.lock().add(rule);
    }

    /// Adds a fault to every reply of a path (or `…*`), for ever.
    pub fn fault(&self, path: &str, fault: Fault) {
        self.script(Rule::on(path).fault(fault));
    }

    /// Forgets the rules for exactly this path, or all.
    pub fn clear_faults(&self, path: Option<&str>) {
        self.shared.script.lock().clear(path);
    }

    /// The access token that is valid now.
    #[must_use]
    pub fn token(&self) -> String {
        self.shared.token.read().clone()
    }

    /// Makes another token the only valid one: those who are signed in get 401 until they sign in again.
    pub fn set_token(&self, token: &str) {
        *self.shared.token.write() = token.into();
        self.shared.script.lock().token_changed();
    }

    /// Bytes per second of each connection from now on, also for replies under way.
    pub fn set_rate(&self, rate: Option<u64>) {
        self.shared.paces.set_rate(None, rate);
    }

    /// The same for one path.
    pub fn set_rate_of(&self, path: &str, rate: Option<u64>) {
        self.shared.paces.set_rate(Some(path), rate);
    }

    /// Time before the head of each reply.
    pub fn set_latency(&self, latency: Duration) {
        self.shared.paces.set_latency(None, latency);
    }

    /// The same for one path.
    pub fn set_latency_of(&self, path: &str, latency: Duration) {
        self.shared.paces.set_latency(Some(path), latency);
    }

    /// A copy of the log.
    #[must_use]
    pub fn log(&self) -> Log {
        self.shared.journal.snapshot()
    }

    /// All requests so far.
    #[must_use]
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.shared.journal.read(|log| log.requests().to_vec())
    }

    /// Requests to a path (or `…*`) so far.
    #[must_use]
    pub fn requests_to(&self, path: &str) -> Vec<RequestRecord> {
        self.shared
            .journal
            .read(|log| log.requests_to(path).cloned().collect())
    }

    /// Body bytes handed to sockets for a path (or `…*`).
    #[must_use]
    pub fn bytes_sent(&self, path: &str) -> u64 {
        self.shared.journal.read(|log| log.bytes_sent(path))
    }

    /// Half-open positions sent of a path (or `…*`), a pair for each reply that sent any.
    #[must_use]
    pub fn ranges_sent(&self, path: &str) -> Vec<(u64, u64)> {
        self.shared.journal.read(|log| log.ranges_sent(path))
    }

    /// The most replies for exactly this path that were under way at the same time; each has a connection of its own.
    #[must_use]
    pub fn max_open_connections(&self, path: &str) -> usize {
        self.shared.journal.peak(path)
    }

    /// Connections open now, idle ones included.
    #[must_use]
    pub fn open_connections(&self) -> usize {
        self.shared.journal.read(Log::open_connections)
    }

    /// How many HEAD requests there were.
    #[must_use]
    pub fn heads(&self) -> usize {
        self.shared.journal.read(Log::heads)
    }

    /// Blocks until the log satisfies `holds`; wakes at every change.
    ///
    /// # Panics
    /// It does not within `timeout`; the message shows the last requests.
    #[track_caller]
    pub fn wait_until(&self, holds: impl FnMut(&Log) -> bool, timeout: Duration) {
        if let Err(seen) = self.shared.journal.wait(holds, timeout) {
            panic!("the server did not see it within {timeout:?}: {seen}");
        }
    }

    /// [`FakeServer::wait_until`] for asynchronous tests; blocks no thread of the caller's executor, and counts real time also
    /// where tokio's clock is paused.
    ///
    /// # Panics
    /// It does not within `timeout`.
    pub async fn until(&self, holds: impl FnMut(&Log) -> bool + Send + 'static, timeout: Duration) {
        let shared = Arc::clone(&self.shared);
        let wait = move || shared.journal.wait(holds, timeout);
        let outcome = tokio::task::spawn_blocking(wait).await;
        if let Err(seen) = outcome.expect("the wait does not panic") {
            panic!("the server did not see it within {timeout:?}: {seen}");
        }
    }
}

#[cfg(test)]
mod tests;
