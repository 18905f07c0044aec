//! Jellyfin's face: the part of its API that players use, as 10.11 and 12 answer it.

mod auth;
mod browse;
mod catalogue;
mod describe;
mod events;
mod extras;
mod field;
mod music;
mod play;
mod quick;
mod served;
mod spelling;
mod versions;
mod watched;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::{Mutex, RwLock};
use serde_json::{Value, json};

use crate::fake_server::Options;
use crate::fake_server::socket::{self, Sockets};
use crate::http::{Reply, Request};
use watched::Watched;

pub use catalogue::Catalogue;
pub use music::Record;

pub(crate) use catalogue::{Entry, FURTHER, NEWEST};
pub(crate) use describe::etag;
pub(crate) use events::GONE;
pub(crate) use music::album_artists;
pub(crate) use versions::ASIDE;

pub(crate) use auth::{Identity, authorized};

/// Jellyfin's face: what is on offer, who may sign in, what was watched.
#[derive(Debug)]
pub struct Face {
    options: Options,
    port: u16,
    catalogue: Arc<RwLock<Catalogue>>,
    watched: Mutex<Watched>,
    signed_out: AtomicBool,
    quick: quick::Quick,
    extras: extras::Extras,
    streams: served::Streams,
    sockets: Arc<Sockets>,
}

const SERVER_ID: &str = "5f00150f00150f00150f00150f00150f";
const USER_ID: &str = "ada00000000000000000000000000001";
/// What production servers say, whatever went wrong.
const NOT_FOUND: &str = "Error processing request.";

impl Face {
    pub(crate) fn new(mut options: Options, port: u16, sockets: Arc<Sockets>) -> Self {
        let catalogue = Arc::new(RwLock::new(std::mem::take(&mut options.catalogue)));
        Self {
            options,
            port,
            catalogue,
            watched: Mutex::default(),
            signed_out: AtomicBool::new(false),
            quick: quick::Quick::default(),
            extras: extras::Extras::default(),
            streams: served::Streams::default(),
            sockets,
        }
    }

    /// What is on offer, for the other faces of the same server.
    pub(crate) fn catalogue(&self) -> Arc<RwLock<Catalogue>> {
        Arc::clone(&self.catalogue)
    }

    pub(crate) fn base_path(&self) -> &str {
        &self.options.base_path
    }

    /// The server's own id.
    #[must_use]
    pub fn server_id(&self) -> &str {
        SERVER_ID
    }

    /// The name to sign in with.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.options.user
    }

    /// Its password.
    #[must_use]
    pub fn password(&self) -> &str {
        &self.options.password
    }

    /// Id of the first title of that name.
    ///
    /// # Panics
    /// There is none.
    #[must_use]
    pub fn id(&self, title: &str) -> String {
        let catalogue = self.catalogue.read();
        let entry = catalogue
            .named(title)
            .unwrap_or_else(|| panic!("no title {title:?}"));
        entry.id.clone()
    }

    /// Path of a title's stream as the log and the script know it: with a `*` for the extensions that clients add.
    #[must_use]
    pub fn stream_path(&self, title: &str) -> String {
        let place = {
            let catalogue = self.catalogue.read();
            let audio = catalogue
                .named(title)
                .is_some_and(|entry| entry.kind == "Audio");
            if audio { "Audio" } else { "Videos" }
        };
        format!(
            "{}/{place}/{}/stream*",
            self.options.base_path,
            self.id(title)
        )
    }

    /// What was watched of a title: position and whether it counts as watched to its end.
    #[must_use]
    pub fn watched(&self, title: &str) -> (Duration, bool) {
        let mark = self.watched.lock().of(&self.id(title));
        let ticks = u64::try_from(mark.position).unwrap_or(0);
        (Duration::from_nanos(ticks.saturating_mul(100)), mark.played)
    }

    /// The server's own id of a title's file, from 0: of its further files, each a title of its own.
    ///
    /// # Panics
    /// There is none.
    #[must_use]
    pub fn file_id(&self, title: &str, number: usize) -> String {
        let catalogue = self.catalogue.read();
        let entry = catalogue
            .named(title)
            .unwrap_or_else(|| panic!("no title {title:?}"));
        match number {
            0 => entry.id.clone(),
            number => entry.further[number - 1].clone(),
        }
    }

    /// Lets the user have watched a title on another device, so much later than now.
    pub fn watched_elsewhere(&self, title: &str, position: Duration, later: Duration) {
        let id = self.id(title);
        let at = std::time::SystemTime::now() + later;
        self.watched
            .lock()
            .elsewhere(&id, describe::ticks(position.as_secs_f64()), at);
        self.tell_marks(&[&id]);
    }

    /// The reply to a request that is for no blob.
    pub(crate) fn reply(&self, request: &Request, token: &str) -> Reply {
        let base = &self.options.base_path;
        let Some(path) = request.path.strip_prefix(base.as_str()) else {
            // Any path outside the base path goes to the web client.
            return Reply::empty(302).with("Location", &format!("{base}/web/"));
        };
        let parts = spelling::canonical(path);
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let method = request.method.as_str();
        if let Some(reply) = self.open_reply(method, &parts, request, token) {
            return reply;
        }
        if self.signed_out.load(Ordering::Acquire) || !authorized(request, token) {
            return Reply::empty(401);
        }
        self.browse_reply(method, &parts, request)
            .or_else(|| self.play_reply(method, &parts, request, token))
            .unwrap_or_else(|| Reply::text(404, NOT_FOUND))
    }

    /// What is answered without a token.
    fn open_reply(
        &self,
        method: &str,
        parts: &[&str],
        request: &Request,
        token: &str,
    ) -> Option<Reply> {
        Some(match (method, parts) {
            ("GET", ["System", "Info", "Public"]) => self.public_info(),
            ("GET" | "POST", ["System", "Ping"]) => Reply::json(&json!("Jellyfin Server")),
            ("GET", ["health"]) => Reply::text(200, "Healthy"),
            ("GET", ["Users", "Public"]) => Reply::json(&json!([])),
            (_, ["QuickConnect", part]) if *part != "Authorize" => {
                return self.quick_reply(method, part, request);
            }
            ("POST", ["Users", "AuthenticateWithQuickConnect"]) => {
                self.quick_sign_in(request, token)
            }
            ("GET", ["Branding", "Configuration"]) => Reply::json(&json!({})),
            ("POST", ["Users", "AuthenticateByName"]) => self.sign_in(request, token),
            ("GET" | "HEAD", ["Videos" | "Audio", id, file]) if is_stream(file) => {
                self.stream(id, request)
            }
            ("GET" | "HEAD", ["Items", id, "Images", kind] | ["Items", id, "Images", kind, _]) => {
                self.image(id, kind)
            }
            ("GET", ["Videos", id, _, "Attachments", index]) => self.attachment(id, index),
            ("GET", ["Videos", _, id, "Subtitles", index, file])
            | ("GET", ["Videos", _, id, "Subtitles", index, _, file]) => {
                self.subtitles(id, index, file)
            }
            _ => return None,
        })
    }

    fn browse_reply(&self, method: &str, parts: &[&str], request: &Request) -> Option<Reply> {
        Some(match (method, parts) {
            ("POST", ["QuickConnect", "Authorize"]) => self.quick_authorize(request),
            ("GET", ["Users", "Me"]) => Reply::json(&self.user_json()),
            ("GET", ["socket"]) => {
                socket::opening(request).unwrap_or_else(|| Reply::text(400, NOT_FOUND))
            }
            ("GET", ["UserViews"]) => self.views(request),
            ("GET", ["Items"]) => self.items(request),
            ("GET", ["Artists"]) => self.artists(request, false),
            ("GET", ["Artists", "AlbumArtists"]) => self.artists(request, true),
            ("GET", ["Items", "Latest"]) => self.latest(request),
            ("GET", ["UserItems", "Resume"]) => self.resume(request),
            ("GET", ["Shows", "NextUp"]) => self.next_up(request),
            ("GET", ["Shows", id, "Seasons"]) => self.seasons(id, request),
            ("GET", ["Shows", id, "Episodes"]) => self.episodes(id, request),
            ("GET", ["Videos", id, "AdditionalParts"]) => self.further(id),
            ("GET", ["MediaSegments", id]) => self.segments(id),
            ("GET", ["Videos", id, "Trickplay", width, file]) => self.sheet(id, width, file),
            ("GET", ["Audio", id, "Lyrics"]) => self.lyrics(id),
            ("GET", ["Playlists", id, "Items"]) => self.playlist_items(id, request),
            ("GET", ["Items", id]) => self.list(id).unwrap_or_else(|| self.item(id)),
            ("GET", ["Items", id, "Ancestors"]) => self.ancestors(id),
            _ => return None,
        })
    }

    fn play_reply(
        &self,
        method: &str,
        parts: &[&str],
        request: &Request,
        token: &str,
    ) -> Option<Reply> {
        let set = method == "POST";
        Some(match (method, parts) {
            ("GET" | "POST", ["Items", id, "PlaybackInfo"]) => {
                self.playback_info(id, request, token)
            }
            ("GET" | "HEAD", ["Items", id, "Download" | "File"]) => self.download(id, request),
            ("GET", ["Videos", id, rest @ ("master.m3u8" | "main.m3u8")]) => {
                self.served(id, &[*rest], request)
            }
            ("GET", ["Videos", id, rest @ ..]) if rest.first() == Some(&"hls1") => {
                self.served(id, rest, request)
            }
            ("DELETE", ["Videos", "ActiveEncodings"]) => self.end_stream(request),
            ("POST", ["Sessions", "Logout"]) => {
                self.signed_out.store(true, Ordering::Release);
                Reply::empty(204)
            }
            ("POST", ["Sessions", "Playing"]) => self.report(request, None),
            ("POST", ["Sessions", "Playing", "Ping"] | ["Sessions", "Capabilities"]) => {
                Reply::empty(204)
            }
            ("POST", ["Sessions", "Capabilities", "Full"]) => self.hear_capabilities(request),
            ("POST", ["Sessions", "Playing", event @ ("Progress" | "Stopped")]) => {
                self.report(request, Some(event))
            }
            ("POST" | "DELETE", ["UserPlayedItems", id]) => self.mark(id, set, false, request),
            ("POST" | "DELETE", ["UserFavoriteItems", id]) => self.mark(id, set, true, request),
            ("GET", ["UserItems", id, "UserData"]) => self.user_data(id),
            ("POST", ["UserItems", id, "UserData"]) => self.set_user_data(id, request),
            _ => return None,
        })
    }

    fn public_info(&self) -> Reply {
        Reply::json(&json!({
            "LocalAddress": format!("http://127.0.0.1:{}{}", self.port, self.options.base_path),
            "ServerName": "Attic",
            "Version": self.options.version,
            "ProductName": "Jellyfin Server",
            "OperatingSystem": "",
            "Id": SERVER_ID,
            "StartupWizardCompleted": true,
        }))
    }

    fn user_json(&self) -> Value {
        json!({
            "Name": self.options.user,
            "ServerId": SERVER_ID,
            "Id": USER_ID,
            "HasPassword": true,
            "HasConfiguredPassword": true,
            "EnableAutoLogin": false,
            "Configuration": {
                "PlayDefaultAudioTrack": true,
                "SubtitleMode": "Default",
                "EnableNextEpisodeAutoPlay": true,
            },
            "Policy": {
                "AuthenticationProviderId": "Jellyfin.Server.Implementations.Users.DefaultAuthenticationProvider",
                "PasswordResetProviderId": "Jellyfin.Server.Implementations.Users.DefaultPasswordResetProvider",
                "IsAdministrator": false,
                "IsDisabled": false,
                "EnableContentDownloading": true,
                "EnableMediaPlayback": true,
                "EnableAllFolders": true,
                "RemoteClientBitrateLimit": 0,
            },
        })
    }

    fn sign_in(&self, request: &Request, token: &str) -> Reply {
        let Some(identity) = Identity::of(request).filter(Identity::is_whole) else {
            return Reply::text(400, NOT_FOUND);
        };
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let wanted = (self.options.user.as_str(), self.options.password.as_str());
        if (field(&body, "Username"), field(&body, "Pw")) != (Some(wanted.0), Some(wanted.1)) {
            return Reply::text(401, NOT_FOUND);
        }
        self.welcome(&identity, token)
    }

    /// The answer to every kind of sign-in that worked.
    fn welcome(&self, identity: &Identity, token: &str) -> Reply {
        self.signed_out.store(false, Ordering::Release);
        Reply::json(&json!({
            "User": self.user_json(),
            "SessionInfo": {
                "Id": describe::id_of(&identity.device_id),
                "UserId": USER_ID,
                "UserName": self.options.user,
                "Client": identity.client,
                "DeviceName": identity.device,
                "DeviceId": identity.device_id,
                "ApplicationVersion": identity.version,
                "ServerId": SERVER_ID,
            },
            "AccessToken": token,
            "ServerId": SERVER_ID,
        }))
    }
}

/// A text of a body. Names of fields are read in any letter case, as the real server does.
fn field<'a>(body: &'a Value, name: &str) -> Option<&'a str> {
    let mut fields = body.as_object()?.iter();
    let found = fields.find(|(own, _)| own.eq_ignore_ascii_case(name));
    found.and_then(|(_, value)| value.as_str())
}

/// `stream`, `stream.mkv`.
fn is_stream(file: &str) -> bool {
    file == "stream" || file.starts_with("stream.")
}

#[cfg(test)]
mod tests;
