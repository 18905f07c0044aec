//! Plex through the whole program: let in by code or token, listed, fetched, played, handed over, signed out.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;
use testkit::titles::{EPISODES, FILMS, HARBOUR_LIGHTS, PAPER_MOONS, THE_LONG_REEL, TRACKS};
use testkit::{Announcer, Connection, FakeServer, Identity, Media, Options, PlexSetup, Tls};

use crate::certificate::fingerprint;
use crate::program::{Ctl, Ran, Running};

/// A program whose plex.tv has another origin than the server.
struct House {
    ctl: Ctl,
    tv: FakeServer,
}

impl House {
    fn new() -> Self {
        let (ctl, tv) = (
            Ctl::new(Options::default()),
            FakeServer::start(Options::default()),
        );
        let ways = vec![
            Connection::direct(ctl.server(), "http"),
            Connection::plain(ctl.server()),
        ];
        tv.plex_tv().offer(ctl.server(), true, ways);
        Self { ctl, tv }
    }

    fn with_account() -> (Self, String) {
        let house = Self::new();
        let added = house.add(&[], "").done().json();
        let id = added["id"].as_str().unwrap().to_owned();
        (house, id)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.ctl.command(arguments);
        command.env("SPOOL_PLEX_TV", self.tv.address());
        command
    }

    fn run(&self, arguments: &[&str], input: &str) -> Ran {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).ok();
        Ran::of(child.wait_with_output().unwrap())
    }

    fn json(&self, arguments: &[&str]) -> Value {
        self.run(&[&["--json"], arguments].concat(), "")
            .done()
            .json()
    }

    /// Adds the server with Ada's token; `more` lines follow it on standard input.
    fn add(&self, options: &[&str], more: &str) -> Ran {
        let base = [
            "--json",
            "accounts",
            "add",
            "plex",
            "--token-stdin",
            "--token-file",
        ];
        let token = self.tv.plex_tv().token_of("Ada");
        self.run(&[&base, options].concat(), &format!("{token}\n{more}"))
    }
}

#[test]
fn a_code_is_printed_and_waited_for() {
    let house = House::new();
    let arguments = ["--json", "accounts", "add", "plex", "--token-file"];
    let mut running = Running::new(&mut house.command(&arguments));
    let waiting = running.line().unwrap();
    assert!(
        waiting["page"]
            .as_str()
            .unwrap()
            .contains("/auth#?clientID=")
    );
    assert!(waiting["place"].as_str().unwrap().ends_with("/link"));
    assert!(house.tv.plex_tv().link(waiting["code"].as_str().unwrap()));
    let (lines, code) = running.rest();
    assert_eq!(code, Some(0), "{lines:?}");
    assert_eq!(
        (&lines[0]["kind"], &lines[0]["user"]),
        (&"plex".into(), &"Ada".into())
    );
    assert_eq!(lines[0]["state"], "online");
}

#[test]
fn titles_are_listed_shown_fetched_and_played_without_the_server() {
    let (mut house, id) = House::with_account();
    assert_eq!(house.json(&["accounts", "list"])[0]["state"], "online");
    let rows = house.json(&["ls"]);
    let titles: Vec<_> = rows
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|row| row["title"].as_str())
        .collect();
    for title in FILMS.iter().map(|film| film.title).chain(EPISODES.concat()) {
        assert!(titles.contains(&title), "{title}");
    }
    let title = FILMS[PAPER_MOONS].title;
    let shown = house.json(&["show", title]);
    assert_eq!(shown["year"], FILMS[PAPER_MOONS].year);
    house.run(&["fetch", title, "--discard"], "").done();
    house.run(&["cache", "verify", title], "").done();

    let play = [
        "--json",
        "play",
        title,
        "--headless",
        "--start",
        "5",
        "--stop",
        "8",
    ];
    house.run(&play, "").done();
    let ada = &house.tv.plex_tv().users()[0].uuid;
    let (position, watched) = house.ctl.server().plex().watched(ada, title);
    assert!(
        (7..=9).contains(&position.as_secs()) && !watched,
        "{position:?}"
    );

    house.ctl.stage.server.stop();
    house.tv.stop();
    let again = ["--json", "play", title, "--headless", "--stop", "10"];
    house.run(&again, "").done();
    assert_eq!(house.json(&["accounts", "list"])[0]["state"], "offline");

    house.ctl.stage.server.start_again();
    house.tv.start_again();
    house.run(&["sync"], "").done();
    let (position, _) = house.ctl.server().plex().watched(ada, title);
    assert!(
        (9..=11).contains(&position.as_secs()),
        "what happened offline is told: {position:?}"
    );
    house.run(&["accounts", "remove", &id], "").done();
    assert_eq!(house.tv.requests_to("/api/v2/users/signout").len(), 1);
}

#[test]
fn users_of_the_home_take_over_with_their_pin() {
    let (house, id) = House::with_account();
    let users = house.json(&["accounts", "users", &id]);
    let names: Vec<_> = users
        .as_array()
        .unwrap()
        .iter()
        .map(|user| (&user["name"], &user["pin"]))
        .collect();
    let expected = [("Ada", false), ("Ben", true), ("Cleo", false)]
        .map(|(name, pin)| (Value::from(name), Value::from(pin)));
    assert_eq!(
        names,
        expected
            .iter()
            .map(|(name, pin)| (name, pin))
            .collect::<Vec<_>>()
    );

    let title = FILMS[HARBOUR_LIGHTS].title;
    let ben = users[1]["id"].as_str().unwrap();
    house
        .ctl
        .server()
        .plex()
        .set_watched(ben, title, std::time::Duration::from_secs(33), 0);
    house.run(&["fetch", title, "--discard"], "").done();
    let switch = ["--json", "accounts", "switch", &id, "ben", "--pin-stdin"];
    house
        .run(&switch, "0000\n")
        .failed(1, "PIN of that user is wrong");
    house.run(&switch, "").failed(1, "No PIN came");
    house.run(&switch[..5], "").failed(2, "--pin-stdin");
    let switched = house.run(&switch, "2468\n").done().json();
    assert_eq!(
        (&switched["id"], &switched["user"]),
        (&id.as_str().into(), &"Ben".into())
    );
    let shown = house.json(&["show", title]);
    assert_eq!(shown["position"], 33.0, "{shown}");
    let used = house.json(&["cache", "ls"]);
    assert_eq!(used.as_array().unwrap().len(), 1, "the bytes stay: {used}");
    house
        .run(&["accounts", "switch", &id, "nobody"], "")
        .failed(1, "no user \"nobody\"");
}

#[test]
fn a_user_and_a_server_are_chosen_by_name() {
    let house = House::new();
    let shed = FakeServer::start(Options {
        plex: PlexSetup {
            machine_id: "5hed".into(),
            name: "Shed".into(),
            ..PlexSetup::default()
        },
        ..Options::default()
    });
    house
        .tv
        .plex_tv()
        .offer(&shed, true, vec![Connection::plain(&shed)]);
    house.add(&[], "").failed(2, "Cellar, Shed");
    house
        .add(&["--server", "attic"], "")
        .failed(1, "no such server");
    let added = house.add(
        &["--server", "shed", "--user", "Ben", "--pin-stdin"],
        "2468\n",
    );
    let added = added.done().json();
    assert_eq!(
        (&added["name"], &added["user"]),
        (&"Shed".into(), &"Ben".into())
    );
}

#[test]
fn several_servers_are_added_with_one_sign_in() {
    let house = House::new();
    let other = |machine_id: &str, name: &str| {
        FakeServer::start(Options {
            plex: PlexSetup {
                machine_id: machine_id.into(),
                name: name.into(),
                ..PlexSetup::default()
            },
            ..Options::default()
        })
    };
    let (shed, mut barn) = (other("5hed", "Shed"), other("ba2n", "Barn"));
    for (server, owned) in [(&shed, true), (&barn, false)] {
        let ways = vec![Connection::plain(server)];
        house.tv.plex_tv().offer(server, owned, ways);
    }
    let names = |rows: &Value| -> Vec<String> {
        let rows = rows.as_array().unwrap().iter();
        let mut names: Vec<String> = rows
            .map(|row| row["name"].as_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    };
    // Named twice it is added once.
    let two = ["--server", "shed", "--server", "Cellar", "--server", "5hed"];
    let added = house.add(&two, "").done().json();
    assert_eq!(names(&added), ["Cellar", "Shed"]);
    assert_eq!(
        names(&house.json(&["accounts", "list"])),
        ["Cellar", "Shed"]
    );
    // Each has a token of its own.
    let token = |server: &FakeServer| {
        let requests = server.requests();
        let mut tokens = requests.iter().filter_map(|it| it.header("X-Plex-Token"));
        tokens.next().unwrap().to_owned()
    };
    assert_ne!(token(&shed), token(house.ctl.server()));

    // One that is away does not hold up the others, and is named.
    barn.stop();
    let all = house.add(&["--all-servers"], "");
    let all = all.failed(1, "Barn");
    // What was added stands before the failure.
    let first = all.out.split(|byte| *byte == b'\n').next().unwrap();
    let first: Value = serde_json::from_slice(first).unwrap();
    assert_eq!(names(&first), ["Cellar", "Shed"]);
    barn.start_again();
    let all = house.add(&["--all-servers"], "").done().json();
    assert_eq!(names(&all), ["Barn", "Cellar", "Shed"]);
    assert_eq!(
        names(&house.json(&["accounts", "list"])),
        ["Barn", "Cellar", "Shed"]
    );
}

#[test]
fn tokens_are_shown_nowhere_and_kept_in_one_file() {
    let (house, _) = House::with_account();
    let title = FILMS[PAPER_MOONS].title;
    for arguments in [
        vec!["-vv", "sync"],
        vec!["-vv", "fetch", title, "--discard"],
        vec!["-vv", "--json", "show", title],
        vec!["-vv", "--json", "accounts", "list"],
    ] {
        let ran = house.run(&arguments, "").done();
        let said = String::from_utf8_lossy(&ran.out).into_owned() + &ran.err;
        assert!(!said.contains("CANARY"), "{arguments:?}: {said}");
    }
    let mut stack = vec![house.ctl.profile()];
    let mut found = Vec::new();
    while let Some(folder) = stack.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                stack.push(path);
            } else if std::fs::read(&path)
                .unwrap()
                .windows(6)
                .any(|part| part == b"CANARY")
            {
                found.push(path.file_name().unwrap().to_owned());
            }
        }
    }
    assert_eq!(found, ["tokens.json"]);
}

#[test]
fn a_server_at_an_address_of_ones_own_is_accepted_by_its_fingerprint() {
    let ctl = Ctl::new(Options {
        tls: Some(Tls::new(Identity::self_signed())),
        ..Options::default()
    });
    let tv = FakeServer::start(Options::default());
    let own = Connection {
        uri: format!("https://127.0.0.1:{}", ctl.server().port()),
        ..Connection::plain(ctl.server()).remote()
    };
    tv.plex_tv().offer(ctl.server(), true, vec![own]);
    let house = House { ctl, tv };
    let shown = fingerprint(&house.add(&[], "").failed(1, "--accept-fingerprint").err);
    let headers = house.ctl.stage.path().join("headers");
    std::fs::write(&headers, "X-Door: canaryDoor5511\n").unwrap();
    let headers = headers.to_str().unwrap();
    let accepted = ["--accept-fingerprint", &shown, "--header-file", headers];
    let account = house.add(&accepted, "").done().json();
    assert_eq!(account["fingerprint"], shown);
    let title = FILMS[PAPER_MOONS].title;
    house.run(&["fetch", title, "--discard"], "").done();
    let requests = house.ctl.server().requests();
    assert!(
        requests
            .iter()
            .all(|request| request.header("x-door").is_some())
    );
    assert!(!house.tv.log().mentions("canaryDoor5511"));
}

#[test]
fn a_stand_in_must_be_here_or_behind_https() {
    let ctl = Ctl::new(Options::default());
    let mut command = ctl.command(&["accounts", "add", "plex", "--token-file"]);
    command.env("SPOOL_PLEX_TV", "http://tv.example.org");
    let ran = Ran::of(command.output().unwrap());
    ran.failed(1, "SPOOL_PLEX_TV is neither https nor this computer");
}

#[test]
fn servers_nearby_are_listed() {
    let (house, near) = (House::new(), Announcer::start());
    let discover = |lan: String| {
        let mut command = house.command(&["--json", "accounts", "discover"]);
        Ran::of(command.env("SPOOL_LAN", lan).output().unwrap()).done()
    };
    near.plex(house.ctl.server());
    let found = discover(near.address().to_string()).json();
    let server = house.ctl.server();
    let expected = serde_json::json!([{
        "kind": "plex", "name": "Cellar", "address": format!("{}/", server.url("")), "id": server.plex().machine_id(),
    }]);
    assert_eq!(
        found, expected,
        "it is listed once, though it is asked twice"
    );
    let elsewhere = discover("192.0.2.1:32414".into());
    assert_eq!(
        elsewhere.json(),
        serde_json::json!([]),
        "only this computer stands in"
    );
}

#[test]
fn texts_inside_a_film_and_lyrics_are_printed_and_pictures_drawn() {
    let (house, _) = House::with_account();
    let plex = house.ctl.server().plex();
    let pictures = plex.add_pictures(FILMS[THE_LONG_REEL].title);
    plex.add_lyrics(TRACKS[0].0, "lrc", "[00:01.50]First\n");
    let film = FILMS[THE_LONG_REEL].title;
    let listed = house.json(&["subtitles", film]);
    assert_eq!(listed, Value::Array(Vec::new()), "they are in the file");
    let listed = house.json(&["subtitles", film, "--quality", "700k"]);
    let rows: Vec<_> = listed.as_array().unwrap().iter().collect();
    let supplies: Vec<_> = rows
        .iter()
        .map(|row| row["supply"].as_str().unwrap())
        .collect();
    assert_eq!(supplies, ["extracted", "extracted", "drawn"]);
    assert_eq!(rows[2]["track"], pictures);
    let print = |number: &str| {
        let options = ["subtitles", film, "--quality", "700k", "--print", number];
        house.run(&options, "")
    };
    let original = std::fs::read(Media::ready().film_subtitles()).unwrap();
    assert_eq!(print("1").done().out, original);
    print("3").failed(1, "no text");
    print("4").failed(1, "no subtitle 4");
    let lyrics = house.json(&["lyrics", TRACKS[0].0]);
    assert_eq!(lyrics, serde_json::json!([{ "at": 1.5, "text": "First" }]));

    let track = pictures.to_string();
    let options = [
        "--json",
        "play",
        film,
        "--headless",
        "--quality",
        "700k",
        "--start",
        "20",
        "--stop",
        "21",
        "--draw",
        &track,
    ];
    let played = house.run(&options, "").done();
    let first = played.out.split(|byte| *byte == b'\n').next().unwrap();
    let first: Value = serde_json::from_slice(first).unwrap();
    assert_eq!(
        (&first["event"], &first["drawn"]),
        (&"serving".into(), &pictures.into())
    );
}
