//! The test kit's server from the command line: for people who try Spool, and for scenarios driven from another process.
//!
//! Standard output carries JSON lines only. The first tells the address and the name to sign in with, and the address of a
//! plex.tv that offers the same server (for `SPOOL_PLEX_TV`). Each line on standard
//! input is an object of [`Command`]'s fields and is answered by one line. The server runs until `{"quit":true}` or a signal,
//! also when standard input ends.

use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use serde::Deserialize;
use serde_json::{Value, json};
use testkit::titles::{LYRICS, TRACKS};
use testkit::{Catalogue, Connection, FakeServer, Fault, Folder, Gate, Media, Options, Rule};

/// A media server for tests and trials, with generated films, a show and an album.
#[derive(Parser)]
#[command(name = "fake_server")]
struct Arguments {
    /// Port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Name to sign in with.
    #[arg(long, default_value = "ada")]
    user: String,
    /// Its password.
    #[arg(long, default_value = "correct horse")]
    password: String,
    /// Access token that signing in gives.
    #[arg(long)]
    token: Option<String>,
    /// Bytes per second of each connection.
    #[arg(long)]
    rate: Option<u64>,
    /// Milliseconds before each reply.
    #[arg(long, default_value_t = 0)]
    latency: u64,
    /// So many further films, for long lists.
    #[arg(long, default_value_t = 0)]
    titles: usize,
    /// So many further albums, by several artists.
    #[arg(long, default_value_t = 0)]
    albums: usize,
    /// Folder in which generated media are kept; the build folder otherwise.
    #[arg(long)]
    media: Option<PathBuf>,
    /// Also lay out the media as a folder of films, shows and music here.
    #[arg(long)]
    folder: Option<PathBuf>,
}

/// What a line may ask for; several at once are done in this order.
#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Command {
    /// Close the port and all connections.
    stop: bool,
    /// Open the port again.
    start: bool,
    /// Bytes per second; 0 lifts the limit. Of `path` alone, when that is given.
    rate: Option<u64>,
    /// Milliseconds before each reply. Of `path` alone, when that is given.
    latency: Option<u64>,
    /// What `rate`, `latency` and `fault` are for; a fault's path may end with `*`.
    path: Option<String>,
    /// Something that goes wrong with replies for `path`.
    fault: Option<FaultWord>,
    /// The fault ends after so many requests.
    times: Option<usize>,
    /// Forget all faults and let stalled replies go on.
    clear_faults: bool,
    /// Make another access token the only valid one.
    token: Option<String>,
    /// Do what a person does at plex.tv: let the device with this code in.
    link: Option<String>,
    /// Do what a person does who is signed in to Jellyfin: type this Quick Connect code.
    approve: Option<String>,
    /// Tell the path of this title's stream, for `log`, and what was watched of it.
    title: Option<String>,
    /// Tell what was asked and sent for this path (or `…*`).
    log: Option<String>,
    /// End.
    quit: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum FaultWord {
    Status(u16),
    Truncate(u64),
    Reset(u64),
    Stall(u64),
    ShiftContentRange(i64),
    Redirect(String),
    Html,
    NoReply,
    NoContentRange,
    UnknownTotal,
    IgnoreRange,
    NoRanges,
    Gzip,
}

impl FaultWord {
    fn fault(self, gate: &Gate) -> Fault {
        match self {
            Self::Status(status) => Fault::Status(status),
            Self::Truncate(after) => Fault::Truncate { after },
            Self::Reset(after) => Fault::Reset { after },
            Self::Stall(after) => Fault::Stall {
                after,
                until: gate.clone(),
            },
            Self::ShiftContentRange(by) => Fault::ShiftContentRange(by),
            Self::Redirect(to) => Fault::Redirect(to),
            Self::Html => Fault::Html,
            Self::NoReply => Fault::NoReply,
            Self::NoContentRange => Fault::NoContentRange,
            Self::UnknownTotal => Fault::UnknownTotal,
            Self::IgnoreRange => Fault::IgnoreRange,
            Self::NoRanges => Fault::NoRanges,
            Self::Gzip => Fault::Gzip,
        }
    }
}

fn say(value: &Value) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{value}")?;
    out.flush()
}

/// What both faces keep of a title: Jellyfin's of its user, Plex's of the home's owner.
fn tell_title(answer: &mut Value, server: &FakeServer, tv: &FakeServer, title: &str) {
    let (position, watched) = server.jellyfin().watched(title);
    answer["stream_path"] = json!(server.jellyfin().stream_path(title));
    answer["position"] = json!(position.as_secs_f64());
    answer["watched"] = json!(watched);
    let owner = &tv.plex_tv().users()[0].uuid;
    let (position, watched) = server.plex().watched(owner, title);
    answer["plex_position"] = json!(position.as_secs_f64());
    answer["plex_watched"] = json!(watched);
}

/// Does what a command asks; its answer.
fn obey(server: &mut FakeServer, tv: &FakeServer, gate: &mut Gate, command: Command) -> Value {
    let path = command.path.as_deref();
    if command.stop {
        server.stop();
    }
    if command.start {
        server.start_again();
    }
    if let Some(rate) = command.rate {
        let rate = Some(rate).filter(|rate| *rate > 0);
        match path {
            Some(path) => server.set_rate_of(path, rate),
            None => server.set_rate(rate),
        }
    }
    if let Some(latency) = command.latency.map(Duration::from_millis) {
        match path {
            Some(path) => server.set_latency_of(path, latency),
            None => server.set_latency(latency),
        }
    }
    if command.clear_faults {
        server.clear_faults(None);
        std::mem::take(gate).open();
    }
    if let Some(word) = command.fault {
        let rule = Rule::on(path.unwrap_or("*")).fault(word.fault(gate));
        server.script(match command.times {
            Some(times) => rule.times(times),
            None => rule,
        });
    }
    if let Some(token) = &command.token {
        server.set_token(token);
    }
    let mut answer = json!({ "ok": true });
    if let Some(code) = &command.link {
        answer["ok"] = json!(tv.plex_tv().link(code));
    }
    if let Some(code) = &command.approve {
        answer["ok"] = json!(server.jellyfin().approve(code));
    }
    if let Some(title) = &command.title {
        tell_title(&mut answer, server, tv, title);
    }
    if let Some(path) = &command.log {
        let log = server.log();
        answer["requests"] = json!(log.requests_to(path).collect::<Vec<_>>());
        answer["bytes_sent"] = json!(log.bytes_sent(path));
        answer["bytes_repeated"] = json!(log.bytes_repeated(path));
        answer["ranges_sent"] = json!(log.ranges_sent(path));
        answer["running"] = json!(log.running(path));
        answer["max_open_connections"] = json!(server.max_open_connections(path));
        answer["open_connections"] = json!(log.open_connections());
        answer["heads"] = json!(log.heads());
    }
    answer
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let kept;
    let media = match &arguments.media {
        Some(folder) => {
            kept = Media::in_folder(folder);
            &kept
        }
        None => Media::ready(),
    };
    if let Some(folder) = &arguments.folder {
        let _: Folder = Folder::lay_out(media, folder);
    }
    let defaults = Options::default();
    let mut server = FakeServer::start(Options {
        port: arguments.port,
        user: arguments.user,
        password: arguments.password,
        token: arguments.token.unwrap_or(defaults.token),
        rate: arguments.rate,
        latency: Duration::from_millis(arguments.latency),
        catalogue: Catalogue::of(media)
            .and_films(media, arguments.titles)
            .and_albums(media, arguments.albums),
        ..Options::default()
    });
    server.jellyfin().add_lyrics(TRACKS[0].0, &LYRICS);
    let tv = FakeServer::start(Options::default());
    let ways = vec![
        Connection::direct(&server, "https"),
        Connection::plain(&server),
    ];
    tv.plex_tv().offer(&server, true, ways);
    say(&json!({
        "address": server.address(),
        "plex_tv": tv.address(),
        "user": server.jellyfin().user(),
        "password": server.jellyfin().password(),
    }))?;
    let mut gate = Gate::new();
    for line in std::io::stdin().lock().lines() {
        match serde_json::from_str::<Command>(&line?) {
            Ok(command) if command.quit => return Ok(()),
            Ok(command) => say(&obey(&mut server, &tv, &mut gate, command))?,
            Err(error) => say(&json!({ "ok": false, "error": error.to_string() }))?,
        }
    }
    loop {
        std::thread::park();
    }
}
