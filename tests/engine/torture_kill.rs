//! Case 24: SIGKILL at random moments while titles are read, left and opened again. Every claim is true, the database opens,
//! the program goes on where it was.
//!
//! The child is this test program itself, asked for [`child`] alone. `./dev torture` does the same for longer, with a server
//! that misbehaves.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test ends by panicking, after it has said what it tried"
)]

mod blob_source;

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use blob_source::{Blobs, SEED, key, read};
use spool_engine::{Config, Dirs, Engine};
use testkit::{Blob, FakeServer, Options, pattern};

const KILLS: u64 = 100;
const LANES: u64 = 4;
const TITLES: u64 = 3;
const SIZE: u64 = 3_000_017;
/// What a child is told: the folder of its profile, the server, and a seed.
const ORDERS: [&str; 3] = [
    "SPOOL_CHILD_FOLDER",
    "SPOOL_CHILD_SERVER",
    "SPOOL_CHILD_SEED",
];

fn random(seed: u64, index: u64, end: u64) -> u64 {
    let bytes = pattern::bytes(seed, index * 8, 8);
    u64::from_le_bytes(bytes.try_into().unwrap()) % end
}

fn start(folder: &std::path::Path, server: &str) -> Engine {
    let begin = Instant::now();
    loop {
        let started = Engine::start(Config {
            dirs: Dirs::profile(folder),
            device_name: "test".to_owned(),
            prober: None,
            cache_limit: Some(1 << 40),
            secrets: None,
        });
        match started {
            Ok(engine) => {
                Blobs::stand_in(&engine, server);
                return engine;
            }
            // The system lets a profile go a moment after its program was killed.
            Err(spool_engine::StartError::InUse) if begin.elapsed().as_secs() < 30 => {
                std::thread::sleep(Duration::from_millis(2));
            }
            Err(error) => panic!("{error}"),
        }
    }
}

/// What gets killed; nothing when nobody gave it orders.
#[tokio::test(flavor = "multi_thread")]
async fn child() {
    let [Ok(folder), Ok(server), Ok(seed)] = ORDERS.map(std::env::var) else {
        return;
    };
    // Its parent is gone, and with it who would kill it.
    std::thread::spawn(|| {
        std::io::stdin().read_to_end(&mut Vec::new()).ok();
        std::process::exit(0);
    });
    let (seed, engine) = (seed.parse().unwrap(), start(folder.as_ref(), &server));
    for step in 0.. {
        let name = format!("t{}", random(seed, 3 * step, TITLES));
        let pos = random(seed, 3 * step + 1, SIZE);
        let len = 1 + random(seed, 3 * step + 2, 500_000);
        read(&engine, &name, pos, len as usize).await;
        // It is left every time, and now and then for so long that its claim is written down.
        if step % 4 == 3 {
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }
}

fn spawn(folder: &std::path::Path, server: &str, seed: u64) -> Child {
    let orders = [
        folder.display().to_string(),
        server.to_owned(),
        seed.to_string(),
    ];
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
        .envs(ORDERS.iter().zip(orders))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Compares every claimed byte with the origin's; how many they were.
async fn check(engine: &Engine, what: &str) -> u64 {
    let mut bytes = 0;
    for title in 0..TITLES {
        let verified = engine
            .cache
            .verify(&key(&format!("t{title}")))
            .await
            .unwrap();
        assert_eq!(verified.mismatched, [], "{what}, title {title}");
        bytes += verified.bytes;
    }
    bytes
}

/// One profile whose program is killed `kills` times; the claimed bytes that were compared.
fn lane(seed: u64, kills: u64) -> u64 {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = FakeServer::start(Options::default());
    for title in 0..TITLES {
        server.add_blob(&format!("/blob/t{title}"), Blob::pattern(SIZE, SEED));
    }
    let (place, url) = (tempfile::tempdir().unwrap(), server.url("/"));
    let mut compared = 0;
    for kill in 0..kills {
        let what = format!("seed {seed}, kill {kill}");
        let mut child = spawn(place.path(), &url, seed + kill);
        std::thread::sleep(Duration::from_millis(random(seed, kill, 900)));
        assert!(
            child.try_wait().unwrap().is_none(),
            "{what}: it ended by itself"
        );
        child.kill().unwrap();
        child.wait().unwrap();
        let engine = start(place.path(), &url);
        assert_eq!(engine.notices(), [], "{what}");
        compared += runtime.block_on(check(&engine, &what));
        if kill % 5 == 4 {
            // So that there is something to fetch.
            runtime.block_on(engine.cache.clear(None)).unwrap();
        }
        engine.shutdown_blocking();
    }
    compared
}

#[test]
fn t24_killed_at_random_moments_every_claim_is_true() {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let seed = now.unwrap().as_nanos() as u64;
    println!("random moments by seed {seed}");
    let lanes: Vec<_> = (0..LANES)
        .map(|lane| seed ^ (lane << 40))
        .map(|seed| std::thread::spawn(move || self::lane(seed, KILLS / LANES)))
        .collect();
    let compared: u64 = lanes.into_iter().map(|lane| lane.join().unwrap()).sum();
    println!("{compared} claimed bytes compared");
    assert!(compared > SIZE, "claims were made: {compared}");
}
