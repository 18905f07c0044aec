//! What is printed: JSON documents with stable fields, or lines for people.

use std::io::Write;
use std::process::ExitCode;

use serde::Serialize;
use spool_engine::Notice;
use spool_engine::model::{
    Account, AccountState, Item, Kind, Presence, Reach, Resolution, Route, SourceKind,
};
use spool_engine::source::Nearby;

use crate::failure::Failure;

/// Where and how results are printed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    pub(crate) json: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Prints a result: as JSON, or as the lines that `lines` makes of it. A closed pipe is the reader's wish, no error.
    pub(crate) fn result<T: Serialize>(self, value: &T, lines: impl FnOnce(&T) -> String) {
        let mut text = if self.json {
            serde_json::to_string(value).unwrap_or_default()
        } else {
            lines(value)
        };
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        let mut out = std::io::stdout().lock();
        out.write_all(text.as_bytes())
            .and_then(|()| out.flush())
            .ok();
    }

    /// Prints what the start has mended to standard error.
    pub(crate) fn notice(self, notice: &Notice) {
        let sentence = match notice {
            Notice::DatabaseRebuilt { aside, saved } => format!(
                "The database could not be used and was made anew with {saved} rows saved; the old one is {}.",
                aside.display()
            ),
        };
        let mut err = std::io::stderr().lock();
        writeln!(err, "spoolctl: {sentence}").ok();
    }

    /// Prints a failure's sentence and gives its exit code.
    pub(crate) fn failure(self, failure: &Failure) -> ExitCode {
        if self.json {
            self.result(
                &Failed {
                    error: &failure.sentence,
                    code: failure.code,
                },
                |_| String::new(),
            );
        }
        let mut out = std::io::stderr().lock();
        writeln!(out, "spoolctl: {}", failure.sentence).ok();
        ExitCode::from(failure.code)
    }
}

/// What `--json` prints when a command fails.
#[derive(Debug, Serialize)]
struct Failed<'a> {
    /// One sentence.
    error: &'a str,
    /// The exit code.
    code: u8,
}

/// An account.
#[derive(Debug, Serialize)]
pub(crate) struct AccountRow {
    id: String,
    /// `folder`, `jellyfin`.
    kind: &'static str,
    name: String,
    address: String,
    user: String,
    /// `unknown`, `online`, `offline`, `sign-in-needed`.
    state: &'static str,
    /// Why it cannot be reached, where it cannot.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Which way its last answer took.
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<RouteRow>,
    /// SHA-256 of the certificate that was accepted for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
}

/// A way to a server.
#[derive(Debug, Serialize)]
struct RouteRow {
    /// `here`, `near`, `far`, `relay`.
    reach: &'static str,
    /// Whether nobody on the way can listen.
    secure: bool,
    /// Host and port.
    place: String,
}

impl From<&Route> for RouteRow {
    fn from(route: &Route) -> Self {
        Self {
            reach: match route.reach {
                Reach::Here => "here",
                Reach::Near => "near",
                Reach::Far => "far",
                Reach::Relay => "relay",
            },
            secure: route.secure,
            place: route.place.clone(),
        }
    }
}

impl From<&Account> for AccountRow {
    fn from(account: &Account) -> Self {
        Self {
            id: account.id.to_string(),
            kind: source_kind(account.kind),
            name: account.name.clone(),
            address: account.address.clone(),
            user: account.user.clone(),
            state: match account.state {
                AccountState::Unknown => "unknown",
                AccountState::Online => "online",
                AccountState::Offline => "offline",
                AccountState::SignInNeeded => "sign-in-needed",
            },
            reason: account
                .trouble
                .clone()
                .map(|error| Failure::from(error).sentence),
            route: account.route.as_ref().map(RouteRow::from),
            fingerprint: account.fingerprint.map(|pin| pin.to_string()),
        }
    }
}

impl AccountRow {
    pub(crate) fn line(&self) -> String {
        let Self {
            id,
            kind,
            name,
            address,
            user,
            state,
            reason,
            route,
            fingerprint: _,
        } = self;
        let user = if user.is_empty() {
            String::new()
        } else {
            format!("{user} on ")
        };
        let mut line = format!("{id}  {kind:<8}  {state:<14}  {user}{name}  {address}\n");
        if let Some(route) = route {
            let open = if route.secure { "" } else { ", not encrypted" };
            line += &format!("    {}: {}{open}\n", route.reach, route.place);
        }
        if let Some(reason) = reason {
            line += &format!("    {reason}\n");
        }
        line
    }
}

fn source_kind(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Folder => "folder",
        SourceKind::NetworkDrive => "network-drive",
        SourceKind::Jellyfin => "jellyfin",
        SourceKind::Plex => "plex",
    }
}

/// A server in this network.
#[derive(Debug, Serialize)]
pub(crate) struct NearbyRow {
    /// `jellyfin`, `plex`.
    kind: &'static str,
    name: String,
    address: String,
    /// The server's own id.
    id: String,
}

impl From<&Nearby> for NearbyRow {
    fn from(found: &Nearby) -> Self {
        Self {
            kind: source_kind(found.kind),
            name: found.name.clone(),
            address: found.address.to_string(),
            id: found.machine_id.clone(),
        }
    }
}

impl NearbyRow {
    pub(crate) fn line(&self) -> String {
        format!("{:<8}  {}  {}\n", self.kind, self.name, self.address)
    }
}

/// A title.
#[derive(Debug, Serialize)]
pub(crate) struct ItemRow {
    pub(crate) id: String,
    /// `movie`, `show`, `season`, `episode`, `artist`, `album`, `track`, `video`.
    kind: &'static str,
    title: String,
    /// Of an artist.
    #[serde(skip_serializing_if = "Option::is_none")]
    albums: Option<u32>,
    /// Show of an episode, album artist of a track.
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    season: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    year: Option<i32>,
    /// `sd`, `720p`, `1080p`, `4k`.
    #[serde(skip_serializing_if = "Option::is_none")]
    resolution: Option<&'static str>,
    /// Running time in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    duration: Option<f64>,
    /// Where to resume, in seconds.
    position: f64,
    watched: bool,
    favourite: bool,
    /// What this user gave it, from 0 to 10.
    #[serde(skip_serializing_if = "Option::is_none")]
    own_rating: Option<u8>,
    /// Share of it on this device, 0 to 1.
    on_device: f64,
}

fn resolution(class: Resolution) -> &'static str {
    match class {
        Resolution::Sd => "sd",
        Resolution::Hd => "720p",
        Resolution::FullHd => "1080p",
        Resolution::Uhd => "4k",
    }
}

impl ItemRow {
    pub(crate) fn new(item: &Item, presence: Presence) -> Self {
        Self {
            id: item.id.to_string(),
            kind: kind(item.kind),
            title: item.title.clone(),
            albums: item.child_count.filter(|_| item.kind == Kind::Artist),
            context: item.context.clone(),
            season: item.parent_index,
            index: item.index,
            year: item.year,
            resolution: item.resolution.map(resolution),
            duration: item.duration.map(|d| d.as_secs_f64()),
            position: item.progress.position.as_secs_f64(),
            watched: item.progress.watched,
            favourite: item.favourite,
            own_rating: item.own_rating,
            on_device: share(presence),
        }
    }

    pub(crate) fn line(&self) -> String {
        let place = match (self.season, self.index) {
            (Some(season), Some(index)) => format!("S{season:02}E{index:02} "),
            (None, Some(index)) => format!("{index:02} "),
            _ => String::new(),
        };
        let context = self
            .context
            .as_deref()
            .map(|c| format!("{c}: "))
            .unwrap_or_default();
        let year = self.year.map(|y| format!(" ({y})")).unwrap_or_default();
        let here = match self.on_device {
            share if share >= 1.0 => "  on this device".to_owned(),
            share if share > 0.0 => format!("  {:.0} % on this device", (share * 100.0).floor()),
            _ => String::new(),
        };
        format!(
            "{}  {:<7}  {context}{place}{}{year}{here}\n",
            self.id, self.kind, self.title
        )
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Movie => "movie",
        Kind::Show => "show",
        Kind::Season => "season",
        Kind::Episode => "episode",
        Kind::Artist => "artist",
        Kind::Album => "album",
        Kind::Track => "track",
        Kind::Video => "video",
    }
}

fn share(presence: Presence) -> f64 {
    match presence {
        Presence::None => 0.0,
        Presence::Partly { permille, .. } => f64::from(permille) / 1000.0,
        Presence::Whole => 1.0,
        Presence::Children { here, of } => f64::from(here) / f64::from(of.max(1)),
    }
}

/// Bytes for people, in powers of 1000 as disks are sold.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1000.0 && unit < UNITS.len() - 1 {
        value /= 1000.0;
        unit += 1;
    }
    if unit == 0 {
        format!("{bytes} B")
    } else {
        format!("{value:.1} {}", UNITS[unit])
    }
}
