//! Plex's face: the part of a media server's API that players use, as PMS 1.43 answers it in JSON.
//!
//! What trips clients up in the field is on by default: no token, no answer; errors are web pages; without
//! `Accept: application/json` comes XML; a page's size counts only together with its start; a part's bytes need a decision
//! with the same session id before, and HEAD answers 500.

pub(crate) mod connection;
mod describe;
mod events;
mod hubs;
mod library;
mod lists;
mod moved;
mod people;
mod play;
mod providers;
pub(crate) mod stream;
mod tracks;
pub(crate) mod tv;
mod watched;
mod xml;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, RwLock};
use serde_json::{Value, json};

use crate::fake_server::socket::{self, Sockets};
use crate::http::{Reply, Request};
use crate::jellyfin::{Catalogue, Entry, FURTHER, GONE};
use watched::Watched;

/// How the Plex face is set up.
#[derive(Clone, Debug)]
pub struct PlexSetup {
    /// The server's own id. Two servers of one test need two.
    pub machine_id: String,
    /// Its name.
    pub name: String,
    /// Version it tells.
    pub version: String,
    /// Whether bytes need a decision before (PMS 1.43).
    pub needs_decision: bool,
}

impl Default for PlexSetup {
    fn default() -> Self {
        Self {
            machine_id: "9e1ec7ed9e1ec7ed9e1ec7ed9e1ec7ed9e1ec7ed".into(),
            name: "Cellar".into(),
            version: "1.43.0.10000-c0ffee0".into(),
            needs_decision: true,
        }
    }
}

/// Plex's face: what is on offer, whose tokens are good, what was watched and decided.
#[derive(Debug)]
pub struct Plex {
    setup: PlexSetup,
    catalogue: Arc<RwLock<Catalogue>>,
    state: Mutex<State>,
    sockets: Arc<Sockets>,
}

#[derive(Debug, Default)]
struct State {
    /// Users by their token.
    users: HashMap<String, String>,
    watched: Watched,
    /// Sessions with what they may play.
    decided: HashSet<(String, usize)>,
    refusals: HashMap<usize, (u32, String)>,
    /// Titles that are only to be had as streams.
    converted: HashSet<usize>,
    streams: HashMap<String, stream::Stream>,
    /// The sound that was chosen, by part.
    chosen: HashMap<usize, String>,
    /// The subtitle that was chosen, by part.
    texts: HashMap<usize, u64>,
    /// Lyrics of titles.
    songs: HashMap<usize, Vec<tracks::Song>>,
    /// Texts that were decided on, by session.
    extracts: HashMap<String, tracks::Extract>,
    /// No stream of more kilobits a second than this, and the status and words of the refusal.
    crowded: Option<(u64, u16, String)>,
    /// Stars of 10, by user and title.
    stars: HashMap<(String, usize), f64>,
    /// The words with which every report is answered: the owner ends all playbacks.
    ended: Option<String>,
    moved: moved::Moved,
}

/// Addresses that are this face's; all others are Jellyfin's.
const PLACES: [&str; 10] = [
    "/identity",
    "/playlists",
    "/library",
    "/hubs",
    "/actions/",
    "/:/",
    "/photo/",
    "/video/",
    "/music/",
    "/media/providers",
];

impl Plex {
    pub(crate) fn new(
        setup: PlexSetup,
        catalogue: Arc<RwLock<Catalogue>>,
        sockets: Arc<Sockets>,
    ) -> Self {
        Self {
            setup,
            catalogue,
            state: Mutex::default(),
            sockets,
        }
    }

    /// Whether a request is meant for this face.
    pub(crate) fn takes(request: &Request) -> bool {
        let path = request.path.as_str();
        let root = path == "/" && option(request, "X-Plex-Client-Identifier").is_some();
        root || PLACES.iter().any(|place| path.starts_with(place))
    }

    /// The server's own id.
    #[must_use]
    pub fn machine_id(&self) -> &str {
        &self.setup.machine_id
    }

    /// The server's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.setup.name
    }

    /// The version it tells.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.setup.version
    }

    /// Makes a token good for a user.
    pub fn admit(&self, token: &str, user: &str) {
        self.state.lock().users.insert(token.into(), user.into());
    }

    /// Makes all tokens worthless.
    pub fn forget_tokens(&self) {
        self.state.lock().users.clear();
    }

    /// Key of the first title of that name.
    ///
    /// # Panics
    /// There is none.
    #[must_use]
    pub fn rating_key(&self, title: &str) -> String {
        (self.index(title) + 1).to_string()
    }

    /// Address of a title's bytes as the log and the script know it; it changes with the file.
    ///
    /// # Panics
    /// There is no such title with a file.
    #[must_use]
    pub fn part_path(&self, title: &str) -> String {
        let index = self.index(title);
        let catalogue = self.catalogue.read();
        let path = describe::part_key(index, &catalogue.entries[index]);
        self.path_now(&path.unwrap_or_else(|| panic!("{title:?} has no file")))
    }

    /// The same of one of a title's files, from 0.
    ///
    /// # Panics
    /// There is no such file.
    #[must_use]
    pub fn file_path(&self, title: &str, number: usize) -> String {
        let index = self.index(title);
        let catalogue = self.catalogue.read();
        let file = catalogue.files_of(index)[number];
        let path = describe::part_key(file, &catalogue.entries[file]);
        path.unwrap_or_else(|| panic!("{title:?} has no file"))
    }

    /// What a user has watched of a title: position, and whether it counts as watched.
    #[must_use]
    pub fn watched(&self, user: &str, title: &str) -> (Duration, bool) {
        let mark = self.state.lock().watched.of(user, self.index(title));
        (Duration::from_millis(mark.offset), mark.count > 0)
    }

    /// Sets what a user has watched of a title.
    pub fn set_watched(&self, user: &str, title: &str, position: Duration, count: u32) {
        let offset = u64::try_from(position.as_millis()).unwrap_or(0);
        let index = self.index(title);
        self.state.lock().watched.set(user, index, offset, count);
    }

    /// Lets a user have watched a title on another device, so much later than now.
    pub fn watched_elsewhere(&self, user: &str, title: &str, position: Duration, later: Duration) {
        let offset = u64::try_from(position.as_millis()).unwrap_or(0);
        let index = self.index(title);
        let watched = &mut self.state.lock().watched;
        watched.elsewhere(user, index, offset, later.as_secs());
        self.tell_playing(index, "stopped", offset);
    }

    /// Refuses to let a title be played from now on, with a code (2000 and above) and the server's words.
    pub fn refuse(&self, title: &str, code: u32, text: &str) {
        let index = self.index(title);
        self.state
            .lock()
            .refusals
            .insert(index, (code, text.into()));
    }

    /// Stars of 10 that a user has given a title.
    #[must_use]
    pub fn stars(&self, user: &str, title: &str) -> Option<f64> {
        let key = (user.to_owned(), self.index(title));
        self.state.lock().stars.get(&key).copied()
    }

    /// Ends every playback from now on, with the owner's words; `None` lets them go on.
    pub fn end_playbacks(&self, words: Option<&str>) {
        self.state.lock().ended = words.map(str::to_owned);
    }

    /// Forgets all decisions, as a server that was started anew.
    pub fn forget_decisions(&self) {
        self.state.lock().decided.clear();
    }

    fn index(&self, title: &str) -> usize {
        let catalogue = self.catalogue.read();
        let mut entries = catalogue.entries.iter();
        let found = entries.position(|entry| entry.name == title && !entry.parent.is_empty());
        found.unwrap_or_else(|| panic!("no title {title:?}"))
    }

    /// The reply to a request that is for no blob.
    pub(crate) fn reply(&self, request: &Request) -> Reply {
        let parts: Vec<&str> = request
            .path
            .split('/')
            .filter(|it| !it.is_empty())
            .collect();
        let method = request.method.as_str();
        let reply = match (method, parts.as_slice()) {
            ("GET", ["identity"]) => Some(container(&self.identity())),
            _ => self.private(method, &parts, request),
        };
        let reply = reply.unwrap_or_else(|| page(404, "Not Found"));
        let json = option(request, "Accept").is_some_and(|accept| accept.contains("json"));
        match reply.status {
            200 if !json && xml::is_json(&reply) => xml::in_xml(&reply),
            _ => reply,
        }
    }

    /// What needs a token.
    fn private(&self, method: &str, parts: &[&str], request: &Request) -> Option<Reply> {
        let token = option(request, "X-Plex-Token").unwrap_or_default();
        let user = self.state.lock().users.get(&token).cloned();
        let Some(user) = user else {
            return Some(page(401, "Unauthorized"));
        };
        if option(request, "X-Plex-Client-Identifier").is_none() {
            return Some(page(400, "Bad Request"));
        }
        let reply = match parts {
            ["library", "parts", number, rest @ ..] => {
                let first = self.first_number(number)?;
                let parts = [&["library", "parts", first.as_str()], rest].concat();
                self.play(method, &parts, request, &user)
            }
            parts => self
                .browse(method, parts, request, &user)
                .or_else(|| self.play(method, parts, request, &user)),
        };
        reply.map(|reply| self.retold(reply, request))
    }

    fn browse(&self, method: &str, parts: &[&str], ask: &Request, user: &str) -> Option<Reply> {
        if method != "GET" {
            return None;
        }
        match parts {
            [] => Some(self.root()),
            ["media", "providers"] => Some(self.providers()),
            ["library"] => Some(container(&json!({
                "size": 3, "allowSync": true, "identifier": "com.plexapp.plugins.library", "title1": "Plex Library",
                "Directory": [
                    { "key": "sections", "title": "Library Sections" },
                    { "key": "recentlyAdded", "title": "Recently Added Content" },
                    { "key": "onDeck", "title": "On Deck Content" },
                ],
            }))),
            ["library", "sections"] => Some(self.sections()),
            ["library", "sections", key, "all"] => self.all(key, ask, user),
            ["library", "sections", key, "collections"] => self.collections(key, ask, user),
            ["library", "collections", key, "items" | "children"] | ["playlists", key, "items"] => {
                self.members(key, ask, user)
            }
            ["playlists"] => Some(self.playlists(ask, user)),
            ["library", "metadata", keys] => self.metadata(keys, ask, user),
            ["library", "metadata", key, "children"] => self.children(key, ask, user),
            ["library", "metadata", key, "allLeaves"] => self.leaves(key, ask, user),
            ["library", "metadata", key, kind @ ("thumb" | "art"), _] => self.picture(key, kind),
            ["library", "onDeck"] | ["hubs", "home", "onDeck"] => Some(self.on_deck(ask, user)),
            ["library", "recentlyAdded"] => Some(self.recent(ask, user)),
            ["hubs", "continueWatching", "items"] => Some(self.continued(ask, user)),
            ["hubs", "continueWatching"] => Some(self.continue_hub(ask, user)),
            ["hubs"] | ["hubs", "promoted"] => Some(self.hubs(ask, user)),
            ["hubs", "search"] => Some(self.search(ask, user)),
            _ => None,
        }
    }

    fn play(&self, method: &str, parts: &[&str], ask: &Request, user: &str) -> Option<Reply> {
        match (method, parts) {
            ("GET", [":", "websocket" | "websockets", "notifications"]) => socket::opening(ask),
            ("GET", ["photo", ":", "transcode"]) => self.photo(ask),
            ("HEAD", ["library", "parts", ..]) => Some(page(500, "Internal Server Error")),
            ("GET", ["library", "parts", id, "indexes", "sd"]) => self.index_frames(id),
            ("GET", ["library", "parts", id, stamp, _]) => self.part(id, stamp, ask),
            ("PUT", ["library", "parts", id]) => self.choose(id, ask),
            ("GET", ["library", "streams", file]) => self.stream(file),
            ("GET", ["video" | "music", ":", "transcode", "universal", "decision"]) => {
                Some(self.decide(ask, user))
            }
            (
                "GET",
                [
                    "video" | "music",
                    ":",
                    "transcode",
                    "universal",
                    "start.m3u8",
                ],
            ) => Some(self.start(ask)),
            ("GET", ["video", ":", "transcode", "universal", "subtitles"]) => Some(self.text(ask)),
            (
                "GET",
                [
                    "video",
                    ":",
                    "transcode",
                    "universal",
                    "session",
                    session,
                    "base",
                    file,
                ],
            ) => self.piece(session, file),
            (
                "GET",
                [
                    "video" | "music",
                    ":",
                    "transcode",
                    "universal",
                    word @ ("ping" | "stop"),
                ],
            ) => Some(self.stream_is(word, ask)),
            ("PUT", ["actions", "removeFromContinueWatching"]) => Some(self.hide(ask, user)),
            ("PUT" | "GET", [":", "rate"]) => self.rate(ask, user),
            ("POST" | "GET", [":", "timeline"]) => Some(self.timeline(ask, user)),
            ("PUT" | "GET", [":", "scrobble"]) => self.mark(ask, user, true),
            ("PUT" | "GET", [":", "unscrobble"]) => self.mark(ask, user, false),
            _ => None,
        }
    }

    fn identity(&self) -> Value {
        json!({
            "size": 0,
            "claimed": true,
            "machineIdentifier": self.setup.machine_id,
            "version": self.setup.version,
        })
    }
}

/// A value of a request's query, or of its header of that name: Plex takes either.
fn option(request: &Request, name: &str) -> Option<String> {
    let header = || request.header(name).map(str::to_owned);
    request.param(name).or_else(header)
}

fn container(fields: &Value) -> Reply {
    Reply::json(&json!({ "MediaContainer": fields }))
}

/// Plex's errors are web pages, whatever was asked for.
fn page(status: u16, words: &str) -> Reply {
    let text = format!(
        "<html><head><title>{words}</title></head><body><h1>{status} {words}</h1></body></html>"
    );
    Reply::empty(status).typed("text/html", text)
}

/// A title of a catalogue by its key; libraries are none.
fn titled<'a>(catalogue: &'a Catalogue, key: &str) -> Option<(usize, &'a Entry)> {
    let index = key.parse::<usize>().ok()?.checked_sub(1)?;
    let entry = catalogue.entries.get(index)?;
    let hidden = ["", GONE, FURTHER].contains(&entry.parent.as_str());
    (!hidden).then_some((index, entry))
}

#[cfg(test)]
mod tests;
