//! Plex by clicks: let in by a code, as another user of the home, and a film that plays with nobody there.

use std::path::Path;
use std::time::Duration;

use testkit::titles::THE_LONG_REEL;
use testkit::{Connection, Ended, FakeServer, Log, Options, Stage};

use super::program::{PATIENCE, Program};
use super::{film, film_size, goes_on_with_nobody_there, until_badge, until_here};

/// Who watches, and the PIN that makes sure of it.
const BEN: (&str, &str) = ("ben1ben1ben1ben1", "2468");
const BEN_NAME: &str = "Ben";
/// Bytes a second that the server sends.
const RATE: u64 = 1_000_000;
/// Sizes in which each step is looked at, where a person asks for pictures.
const SIZES: [(u32, u32); 3] = [(360, 740), (900, 700), (1600, 900)];

/// A server at home, and the plex.tv that lists it.
struct House {
    stage: Stage,
    tv: FakeServer,
}

impl House {
    /// The film takes as long to come as it does from most houses: what a server sends ahead of its reader fits no socket.
    fn new() -> Self {
        let stage = Stage::new(Options {
            rate: Some(RATE),
            ..Options::default()
        });
        let tv = FakeServer::start(Options::default());
        let ways = vec![
            Connection::direct(&stage.server, "https"),
            Connection::plain(&stage.server),
        ];
        tv.plex_tv().offer(&stage.server, true, ways);
        Self { stage, tv }
    }

    fn start(&self, profile: &Path) -> Program {
        Program::with(|command| {
            command.arg("--profile").arg(profile);
            command.env("SPOOL_PLEX_TV", self.tv.address());
        })
    }

    /// Waits until the server has sent as much as the film has bytes; says how many it sent.
    fn sends_the_film(&self) -> u64 {
        let server = &self.stage.server;
        server.wait_until(|log| sent(log) >= film_size(), PATIENCE);
        sent(&server.log())
    }

    /// Waits until the server has dealt with a report that says all of this.
    fn heard(&self, parts: &[&str]) {
        self.stage.server.wait_until(
            |log| {
                let mut told = log.requests_to("/:/timeline");
                told.any(|it| {
                    it.ended != Ended::Running && parts.iter().all(|part| it.query.contains(part))
                })
            },
            PATIENCE,
        );
    }

    /// Where the server believes that Ben is.
    fn position(&self) -> Duration {
        self.stage.server.plex().watched(BEN.0, film()).0
    }
}

/// A picture of a step, and with `SPOOL_PICTURES` in several sizes.
fn look(program: &mut Program, step: &str) {
    program.shot(&format!("plex-{step}"));
    if std::env::var_os("SPOOL_PICTURES").is_none() {
        return;
    }
    for (width, height) in SIZES {
        program.hand.resize(width, height);
        std::thread::sleep(Duration::from_millis(700));
        program.shot(&format!("plex-{step}-{width}"));
    }
    program.hand.resize(1280, 720);
}

/// Bytes of films' files that the server sent.
fn sent(log: &Log) -> u64 {
    let parts = log.requests_to("/library/parts/*");
    let files = parts.filter(|request| request.path.ends_with("/file.mkv"));
    files
        .map(|request| request.sent.end - request.sent.start)
        .sum()
}

/// Types a wrong PIN, then Ben's.
fn enter_pin(program: &mut Program, step: &str) {
    program.hand.type_text("1111");
    program.hand.key("Return");
    program.hand.read("^Wrong PIN", PATIENCE);
    look(program, step);
    program.hand.click("PIN of Ben");
    program.hand.key("ctrl+a");
    program.hand.type_text(BEN.1);
    program.hand.key("Return");
}

/// Becomes Ben by a code that is typed on another device and by his PIN.
fn sign_in(program: &mut Program, house: &House) {
    program.hand.click("Sign in to Plex");
    // Of the two codes, the short one shows.
    let spoken = program.hand.read(r"^Code( \w){4}$", PATIENCE);
    let code = spoken.trim_start_matches("Code").replace(' ', "");
    look(program, "code");
    assert!(house.tv.plex_tv().link(&code), "{code} is plex.tv's");
    program.hand.see("Ben");
    look(program, "users");
    program.hand.click("Ben");
    program.hand.see("PIN of Ben");
    enter_pin(program, "wrong-pin");
    // There is no keyring on the stage: the program asks before it writes the sign-in into a file.
    program.hand.see("Keep in a File");
    look(program, "keep");
    program.hand.click("Keep in a File");
}

#[test]
fn a_film_of_plex_plays_again_with_nobody_there() {
    let mut house = House::new();
    let profile = tempfile::tempdir().expect("a folder");
    let mut program = house.start(profile.path());
    sign_in(&mut program, &house);
    program.play("Films", film());
    program.until_stamp("the first frame", |stamp| {
        stamp.title == THE_LONG_REEL as u8
    });
    program.seek(0.5);
    program.until_stamp("a seek to the middle", |stamp| {
        (28..40).contains(&stamp.second)
    });
    let (sent, size) = (house.sends_the_film(), film_size());
    until_here(profile.path());
    program.back_to_grid();
    // The whole film is here, once, and the server knows where Ben stopped.
    until_badge(&mut program, "^On this device");
    look(&mut program, "badge");
    assert!(
        (size..=size + size / 100).contains(&sent),
        "{sent} bytes were sent of a film of {size}: {}",
        house.stage.server.log().summary()
    );
    house.heard(&["state=stopped"]);
    let before = house.position();
    assert!((28..54).contains(&before.as_secs()), "{before:?}");
    assert_eq!(house.stage.server.heads(), 0, "HEAD requests");

    house.stage.server.stop();
    house.tv.stop();
    program.quit();
    let mut program = house.start(profile.path());
    goes_on_with_nobody_there(&mut program);
    program.quit();

    // What happened meanwhile is told, with its time, once there is somebody to tell.
    house.stage.server.start_again();
    house.tv.start_again();
    let program = house.start(profile.path());
    house.heard(&["state=stopped", "offline=1"]);
    let position = house.position();
    assert!(!position.is_zero() && position < before, "{position:?}");
    program.quit();
}

/// The other user, who needs no PIN.
const ADA: &str = "Ada";

/// The button at the head of the server's libraries.
fn open_sources(program: &mut Program) {
    let heading = program
        .hand
        .read("^.*: Connected on this computer$", PATIENCE);
    program.hand.click(&heading);
}

#[test]
fn another_user_of_the_home_has_places_of_their_own() {
    let house = House::new();
    let server = &house.stage.server;
    let theirs = Duration::from_secs(17);
    let ada = house.tv.plex_tv().users()[0].uuid.clone();
    server.plex().set_watched(&ada, film(), theirs, 0);
    let profile = tempfile::tempdir().expect("a folder");
    let mut program = house.start(profile.path());
    sign_in(&mut program, &house);
    program.play("Films", film());
    program.until_stamp("the first frame", |stamp| {
        stamp.title == THE_LONG_REEL as u8
    });
    program.seek(0.5);
    program.until_stamp("a seek to the middle", |stamp| {
        (28..40).contains(&stamp.second)
    });
    house.sends_the_film();
    until_here(profile.path());
    program.back_to_grid();
    until_badge(&mut program, "^On this device");
    house.heard(&["state=stopped"]);
    let bens = house.position();

    open_sources(&mut program);
    program.hand.click("Switch User");
    program.hand.see(ADA);
    look(&mut program, "switch-user");
    program.hand.click(ADA);
    let words = format!("^Ada watches on {} now$", server.plex().name());
    program.hand.read(&words, PATIENCE);
    // Ada's own place, and the bytes that Ben has brought here.
    program.hand.click("Films");
    until_badge(&mut program, "^On this device");
    program.hand.click(film());
    program.hand.click("Resume from 0:17");
    program.until_stamp("Ada's place", |stamp| (16..28).contains(&stamp.second));
    program.back_to_grid();
    assert_eq!(house.position(), bens, "Ben's place is not Ada's");

    // Back again needs Ben's PIN.
    open_sources(&mut program);
    program.hand.click("Switch User");
    program.hand.click(BEN_NAME);
    program.hand.see("PIN of Ben");
    look(&mut program, "switch-pin");
    enter_pin(&mut program, "switch-wrong-pin");
    let words = format!("^Ben watches on {} now$", server.plex().name());
    program.hand.read(&words, PATIENCE);
    program.hand.click("Films");
    program.hand.click(film());
    let resume = program.hand.read("^Resume from", PATIENCE);
    assert_ne!(resume, "Resume from 0:17");
    program.quit();
}
