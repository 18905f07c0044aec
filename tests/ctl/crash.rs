//! `kill -9` at random moments: what is claimed is there, what was watched is remembered, the database opens.

use std::sync::mpsc;
use std::time::{Duration, Instant, SystemTime};

use testkit::{Media, Options, pattern};

use crate::program::{Ctl, LONG, Running};

/// Kills in each test.
const KILLS: u64 = 20;
/// Of the profiles that are worked on side by side.
const SIDE_BY_SIDE: u64 = 4;

/// Random numbers below 1, told by a seed that a failed test prints.
fn random(seed: u64, index: u64) -> f64 {
    let bytes = pattern::bytes(seed, index * 8, 4);
    f64::from(u32::from_le_bytes(bytes.try_into().unwrap())) / f64::from(u32::MAX)
}

fn seed() -> u64 {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    let seed = now.as_nanos() as u64;
    println!("random moments by seed {seed}");
    seed
}

/// Asserts that the profile opens and that every claimed byte is the origin's; the claimed bytes.
#[track_caller]
fn verify(ctl: &Ctl, what: &str) -> u64 {
    let rows = ctl.json(&["cache", "verify"]);
    let rows = rows.as_array().unwrap();
    for row in rows {
        assert_eq!(
            row["different"].as_array().unwrap().len(),
            0,
            "{what}: {row}"
        );
        assert!(row.get("error").is_none(), "{what}: {row}");
    }
    rows.iter().map(|row| row["bytes"].as_u64().unwrap()).sum()
}

#[test]
fn killed_while_fetching() {
    let seed = seed();
    // Paced so that a film of 10 MB takes about two seconds.
    let ctl = Ctl::signed_in(Options {
        rate: Some(5_000_000),
        ..Options::default()
    });
    let mut most = 0;
    for kill in 0..KILLS {
        let path = ctl.server().jellyfin().stream_path("The Long Reel");
        let sent = ctl.server().bytes_sent(&path);
        let wanted = (random(seed, kill) * 9_000_000.0) as u64;
        let start = (random(seed, kill + 100) * 1_000_000.0) as u64;
        let running = ctl.start(&[
            "fetch",
            "The Long Reel",
            "--discard",
            "--range",
            &format!("{start}-"),
        ]);
        // A moment is a number of bytes that have arrived; the random rest of it is the time of a signal.
        ctl.server()
            .wait_until(|log| log.bytes_sent(&path) >= sent + wanted, LONG);
        drop(running);
        ctl.server().set_rate(None);
        most = most.max(verify(&ctl, &format!("seed {seed}, kill {kill}")));
        ctl.run(&["cache", "clear"]).done();
        ctl.server().set_rate(Some(5_000_000));
    }
    assert!(
        most > 1_000_000,
        "claims came along with the bytes: at most {most}"
    );
}

/// Plays, kills at a random moment, and checks what is left.
fn kill_while_playing(ctl: &Ctl, seed: u64, kill: u64) {
    let what = format!("seed {seed}, kill {kill}");
    let wait = Duration::from_secs_f64(random(seed, kill) * 13.0);
    let start = 1.0 + random(seed, kill + 100) * 40.0;
    let mut running = Running::new(
        ctl.command(&[
            "--json",
            "play",
            "The Long Reel",
            "--headless",
            "--start",
            &format!("{start:.2}"),
        ])
        .stderr(std::process::Stdio::null()),
    );
    let deadline = Instant::now() + wait;
    let mut seen = start;
    let mut notice = |line: &serde_json::Value| {
        if line["event"] == "position" {
            seen = line["seconds"].as_f64().unwrap();
        }
    };
    let before = running.until(|line| line["event"] == "first-frame" || line["event"] == "stopped");
    assert_eq!(before["event"], "first-frame", "{what}");
    // Lines are read until the moment has come; they come four a second, which a kill need not wait for.
    let (sender, lines) = mpsc::channel();
    std::thread::scope(|scope| {
        let id = running.child.id().to_string();
        scope.spawn(move || {
            while let Some(line) = running.line() {
                sender.send(line).ok();
            }
        });
        while let Ok(line) = lines.recv_timeout(deadline.saturating_duration_since(Instant::now()))
        {
            notice(&line);
        }
        std::process::Command::new("kill")
            .args(["-KILL", &id])
            .status()
            .unwrap();
        for line in lines {
            notice(&line);
        }
    });
    verify(ctl, &what);
    let kept = ctl.row("The Long Reel")["position"].as_f64().unwrap();
    assert!(
        seen - kept <= 10.0,
        "{what}: {kept} was kept, {seen} was seen"
    );
}

#[test]
fn killed_while_playing() {
    let seed = seed();
    // Made before the lanes begin, so that none of them waits for it.
    let _ = Media::ready();
    std::thread::scope(|scope| {
        for lane in 0..SIDE_BY_SIDE {
            scope.spawn(move || {
                let ctl = Ctl::signed_in(Options {
                    rate: Some(3_000_000),
                    ..Options::default()
                });
                for kill in (lane..KILLS).step_by(SIDE_BY_SIDE as usize) {
                    kill_while_playing(&ctl, seed, kill);
                    ctl.run(&["cache", "clear"]).done();
                }
            });
        }
    });
}
