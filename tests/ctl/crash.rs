//! `kill -9` at random moments: what is claimed is there, what was watched is remembered, the database opens.

use std::sync::mpsc;
use std::time::{Duration, Instant, SystemTime};

use testkit::{Media, Options, pattern};

use crate::program::{Ctl, LONG, Running};

/// Kills in each test.
const KILLS: u64 = 20;
/// Bytes per second at which a fetch of 10 MB takes six seconds.
const RATE: u64 = 1_700_000;
/// Profiles that are worked on side by side.
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

/// Fetches, kills at a random moment, and checks what is left; the claimed bytes.
fn kill_while_fetching(ctl: &Ctl, seed: u64, kill: u64) -> u64 {
    let path = ctl.server().jellyfin().stream_path("The Long Reel");
    let sent = ctl.server().bytes_sent(&path);
    let wanted = (random(seed, kill) * 9_000_000.0) as u64;
    let start = (random(seed, kill + 100) * 1_000_000.0) as u64;
    let range = format!("{start}-");
    ctl.server().set_rate(Some(RATE));
    let running = ctl.start(&["fetch", "The Long Reel", "--discard", "--range", &range]);
    // A moment is a number of bytes that have arrived; the random rest of it is the time that a signal takes.
    ctl.server()
        .wait_until(|log| log.bytes_sent(&path) >= sent + wanted, LONG);
    drop(running);
    ctl.server().set_rate(None);
    let claimed = verify(ctl, &format!("seed {seed}, kill {kill}"));
    ctl.run(&["cache", "clear"]).done();
    claimed
}

#[test]
fn killed_while_fetching() {
    let seed = seed();
    let claimed = side_by_side(&Options::default(), move |ctl, kill| {
        kill_while_fetching(ctl, seed, kill)
    });
    // Claims are written every two seconds, so that most of the twenty leave some.
    let some = claimed.iter().filter(|bytes| **bytes > 0).count();
    assert!(some >= 5, "claims came along with the bytes: {claimed:?}");
}

/// Plays, kills at a random moment, and checks what is left.
fn kill_while_playing(ctl: &Ctl, seed: u64, kill: u64) -> u64 {
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
    let claimed = verify(ctl, &what);
    let kept = ctl.row("The Long Reel")["position"].as_f64().unwrap();
    assert!(
        seen - kept <= 10.0,
        "{what}: {kept} was kept, {seen} was seen"
    );
    ctl.run(&["cache", "clear"]).done();
    claimed
}

#[test]
fn killed_while_playing() {
    let seed = seed();
    let options = Options {
        rate: Some(3_000_000),
        ..Options::default()
    };
    let claimed = side_by_side(&options, move |ctl, kill| {
        kill_while_playing(ctl, seed, kill)
    });
    let some = claimed.iter().filter(|bytes| **bytes > 0).count();
    assert!(some >= 5, "claims came along with the bytes: {claimed:?}");
}

/// Does it for each kill, on a few profiles at a time; what it returned.
fn side_by_side(options: &Options, work: impl Fn(&Ctl, u64) -> u64 + Sync) -> Vec<u64> {
    // Made before the lanes begin, so that none of them waits for it.
    let _ = Media::ready();
    std::thread::scope(|scope| {
        let lane = |lane: u64| {
            let (options, work) = (options.clone(), &work);
            scope.spawn(move || {
                let ctl = Ctl::signed_in(options);
                let kills = (lane..KILLS).step_by(SIDE_BY_SIDE as usize);
                kills.map(|kill| work(&ctl, kill)).collect::<Vec<_>>()
            })
        };
        let lanes: Vec<_> = (0..SIDE_BY_SIDE).map(lane).collect();
        lanes
            .into_iter()
            .flat_map(|lane| lane.join().unwrap())
            .collect()
    })
}
