//! The promise, through the real program with real clicks: what was started plays again, with and without the network.
#![allow(
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    dead_code,
    reason = "test code: what cannot go on fails the test with a sentence; each test program uses its part"
)]

#[path = "scenario/demo.rs"]
mod demo;
#[path = "scenario/drive.rs"]
mod drive;
#[path = "scenario/plex.rs"]
mod plex;
#[path = "scenario/program.rs"]
mod program;
#[path = "scenario/quick.rs"]
mod quick;
#[path = "scenario/three.rs"]
mod three;

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use program::{PATIENCE, Program};
use testkit::titles::{FILMS, HARBOUR_LIGHTS, THE_LONG_REEL};
use testkit::{FakeServer, Folder, Media, Options, Stage};

/// Slow enough that a film is still arriving while a person clicks: a third of the film in ten seconds.
const SLOW: u64 = 350_000;

fn film() -> &'static str {
    FILMS[THE_LONG_REEL].title
}

fn film_size() -> u64 {
    std::fs::metadata(Media::ready().film(&FILMS[THE_LONG_REEL]))
        .expect("the film is there")
        .len()
}

/// Paths under which the server sent bytes of films.
fn stream_paths(server: &FakeServer) -> Vec<String> {
    let mut paths: Vec<String> = server
        .requests()
        .into_iter()
        .map(|request| request.path)
        .filter(|path| is_stream(path))
        .collect();
    paths.sort();
    paths.dedup();
    paths
}

fn is_stream(path: &str) -> bool {
    path.starts_with("/Videos/") && path.contains("/stream")
}

fn sent(server: &FakeServer) -> u64 {
    stream_paths(server)
        .iter()
        .map(|path| server.bytes_sent(path))
        .sum()
}

/// Waits, in the player, until all bytes of the film are in a file of the profile: who leaves earlier may have ended the fetch.
fn until_here(profile: &Path) {
    let (begun, size) = (Instant::now(), film_size());
    let is_here = |path: &PathBuf| {
        let about = std::fs::metadata(path);
        about.is_ok_and(|about| about.len() >= size && about.blocks() * 512 >= size)
    };
    while !testkit::canary::files(profile).iter().any(is_here) {
        assert!(begun.elapsed() < PATIENCE, "the film does not come");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Waits until the film's badge in the grid says what `wanted` accepts.
fn until_badge(program: &mut Program, pattern: &str) -> String {
    program.hand.read(pattern, PATIENCE)
}

/// In the program as it starts with nobody there to ask: the film is here, goes on where it was left in its second half, and can
/// be sought in.
fn goes_on_with_nobody_there(program: &mut Program) {
    program.hand.click("Films");
    until_badge(program, "^On this device");
    program.hand.click(film());
    let resume = program.hand.read("^Resume", PATIENCE);
    program.hand.click(&resume);
    program.until_stamp("the resume with nobody there", |stamp| stamp.second >= 26);
    program.seek(0.1);
    program.until_stamp("a seek with nobody there", |stamp| {
        (4..11).contains(&stamp.second)
    });
    program.back_to_grid();
}

#[test]
fn a_film_of_a_server_plays_again_without_it() {
    let mut stage = Stage::new(Options {
        rate: Some(SLOW),
        ..Options::default()
    });
    let server = &mut stage.server;
    let profile = tempfile::tempdir().expect("a folder");
    let mut program = Program::start(profile.path());

    program.sign_in(server);
    program.play("Films", film());
    let first = program.until_stamp("the first frame", |stamp| {
        stamp.title == THE_LONG_REEL as u8
    });
    assert!(
        first.second < 30,
        "it began at the beginning, not at {first:?}"
    );

    program.seek(0.6);
    program.until_stamp("a seek to 60 %", |stamp| (34..45).contains(&stamp.second));
    program.shot("playing");
    program.back_to_grid();
    badge_says_the_true_share(&mut program, server);

    server.set_rate(None);
    play_to_the_end(&mut program);
    until_badge(&mut program, "^On this device");
    server_saw_every_byte_once(server);

    server.stop();
    program.quit();
    let mut program = Program::start(profile.path());
    program.hand.click("Films");
    until_badge(&mut program, "^On this device");
    program.shot("offline-library");
    plays_and_seeks_anywhere(&mut program);
    another_title_needs_the_network(&mut program);
    program.quit();
}

fn badge_says_the_true_share(program: &mut Program, server: &FakeServer) {
    // The page was left, so the fetches end; what the badge says then must be what the server sent.
    server.wait_until(
        |log| {
            let mut streams = log.requests().iter().filter(|told| is_stream(&told.path));
            streams.all(|told| told.ended != testkit::Ended::Running)
        },
        PATIENCE,
    );
    let words = until_badge(program, r"^\d+ % on this device$");
    let said: u64 = words
        .split(' ')
        .next()
        .and_then(|n| n.parse().ok())
        .expect("a number");
    let share = sent(server) * 100 / film_size();
    assert!(
        said.abs_diff(share) <= 2,
        "the badge says {said} %, the server sent {share} %"
    );
}

fn play_to_the_end(program: &mut Program) {
    program.hand.click(film());
    // It was left at 60 %.
    let resume = program.hand.read("^Resume", PATIENCE);
    program.hand.click(&resume);
    program.until_stamp("the resume", |stamp| stamp.second >= 34);
    program.seek(0.95);
    // At its end the player makes room for the film's page.
    program.hand.see("Play");
    program.hand.click("Back");
}

fn server_saw_every_byte_once(server: &FakeServer) {
    let (sent, size) = (sent(server), film_size());
    assert!(
        sent * 100 <= size * 101,
        "{sent} bytes were sent of a film of {size}"
    );
    assert_eq!(server.heads(), 0, "HEAD requests");
    for path in stream_paths(server) {
        assert!(
            server.max_open_connections(&path) <= 2,
            "more connections than runs"
        );
    }
}

fn plays_and_seeks_anywhere(program: &mut Program) {
    program.hand.click(film());
    program.hand.click("Play");
    program.until_stamp("the first frame without the server", |stamp| {
        stamp.title == THE_LONG_REEL as u8
    });
    for (share, seconds) in [(0.8, 46..53), (0.1, 4..11), (0.5, 28..35)] {
        program.seek(share);
        program.until_stamp("a seek without the server", |stamp| {
            seconds.contains(&stamp.second)
        });
    }
    program.back_to_grid();
}

fn another_title_needs_the_network(program: &mut Program) {
    program.hand.click(FILMS[HARBOUR_LIGHTS].title);
    let pattern = "^This title needs the network: .* cannot be reached now";
    program.hand.read(pattern, PATIENCE);
    program.shot("needs-network");
}

#[test]
fn a_film_of_a_folder_plays_and_resumes() {
    let media = tempfile::tempdir().expect("a folder");
    let _laid_out = Folder::lay_out(Media::ready(), media.path());
    let profile = tempfile::tempdir().expect("a folder");
    let mut program = Program::start(profile.path());
    program.add_folder(media.path());
    program.play("Films", film());
    program.until_stamp("the first frame", |stamp| {
        stamp.title == THE_LONG_REEL as u8
    });
    program.seek(0.6);
    program.until_stamp("a seek to 60 %", |stamp| (34..45).contains(&stamp.second));
    program.back_to_grid();
    program.quit();

    let begun = Instant::now();
    let mut program = Program::start(profile.path());
    program.hand.click("Films");
    program.hand.click(film());
    let resume = program.hand.read("^Resume", PATIENCE);
    program.hand.click(&resume);
    program.until_stamp("the resume", |stamp| (34..50).contains(&stamp.second));
    assert!(begun.elapsed() < Duration::from_secs(120));
    program.quit();
}
