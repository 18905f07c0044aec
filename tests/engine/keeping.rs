//! Titles that are kept for good, and pinned ones: where their bytes lie, what is fetched for them, what never takes them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

mod brittle;
mod cache_stage;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use brittle::{Act, Brittle, EXDEV, Failing};
use cache_stage::{LONG, MemoryIndex, SEED, Signpost, Stage, key, request};
use spool_engine::cache::{
    CacheService, Claim, Class, Fate, OpenRequest, Reader, Settings, Stay, Turn,
};
use spool_engine::runtime::Runtime;
use testkit::{Blob, FakeServer, Options, pattern};

const MB: u64 = 1 << 20;

fn file_in(root: &Path, claim: &Claim) -> PathBuf {
    let name = claim.generation.to_string();
    root.join(&name[..2]).join(format!("{name}.data"))
}

/// Where the file of `name` lies: among the kept titles, among the others.
fn places(stage: &Stage, name: &str) -> (bool, bool) {
    let Some(claim) = stage.claim(name) else {
        return (false, false);
    };
    let at = |root: &str| file_in(&stage.place.path().join(root), &claim).exists();
    (at("downloads/v1"), at("media/v1"))
}

fn until(stage: &Stage, holds: impl Fn() -> bool) {
    stage.block(async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
}

fn closed(stage: &Stage, name: &str, reader: Reader) {
    drop(reader);
    stage.until(name, |state| state.readers == 0 && !state.arriving);
    until(stage, || stage.claim(name).is_some());
}

fn keep(stage: &Stage, name: &str) -> Reader {
    stage.block(stage.cache.keep(request(name))).unwrap()
}

#[test]
fn keeping_a_stream_moves_its_bytes_and_fetches_only_its_holes() {
    let stage = Stage::new();
    stage.blob("x", 4 * MB);
    stage.server.set_rate_of("/blob/x", Some(4 * MB));
    let reader = stage.open("x");
    stage.read(&reader, 2 * MB, 1000);
    closed(&stage, "x", reader);
    let before = stage.claim("x").unwrap().ranges.bytes();
    assert!(before > 0 && before < 4 * MB);
    stage.server.set_rate_of("/blob/x", None);
    let reader = keep(&stage, "x");
    stage.until("x", |state| state.ranges.bytes() == 4 * MB);
    stage.read_through(&reader, 0, 4 * MB);
    closed(&stage, "x", reader);
    until(&stage, || stage.claim("x").unwrap().class == Class::Kept);
    until(&stage, || places(&stage, "x") == (true, false));
    let sent = stage.server.bytes_sent("/blob/x");
    assert!(sent <= 4 * MB + MB, "{sent}");
    let file = file_in(
        &stage.place.path().join("downloads/v1"),
        &stage.claim("x").unwrap(),
    );
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));

    stage.block(stage.cache.set_limit(0)).unwrap();
    stage.block(stage.cache.clear(None)).unwrap();
    let usage = stage.block(stage.cache.usage()).unwrap();
    assert_eq!((usage.entries, usage.disk_bytes), (1, 0));
    assert!(usage.kept_bytes >= 4 * MB);
    let record = stage.block(stage.cache.record(&key("x"))).unwrap().unwrap();
    assert_eq!(record.fate, Fate::Stays(Stay::Kept));
}

#[test]
fn what_is_let_go_again_goes_like_others() {
    let stage = Stage::new();
    stage.blob("x", MB);
    let reader = keep(&stage, "x");
    stage.read_through(&reader, 0, MB);
    closed(&stage, "x", reader);
    until(&stage, || places(&stage, "x") == (true, false));
    assert!(stage.block(stage.cache.unkeep(&key("x"))).unwrap());
    until(&stage, || places(&stage, "x") == (false, true));
    let reader = stage.open("x");
    stage.read_through(&reader, 0, MB);
    assert_eq!(stage.server.bytes_sent("/blob/x"), MB);
    closed(&stage, "x", reader);
    stage.block(async {
        while stage.cache.usage().await.unwrap().entries > 0 {
            stage.cache.set_limit(0).await.unwrap();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    assert!(!stage.block(stage.cache.unkeep(&key("x"))).unwrap());
}

#[test]
fn a_program_that_ends_between_the_move_and_the_claim_loses_nothing() {
    let mut stage = Stage::new();
    stage.blob("x", MB);
    let reader = keep(&stage, "x");
    stage.read_through(&reader, 0, MB);
    closed(&stage, "x", reader);
    until(&stage, || places(&stage, "x") == (true, false));
    // As if the claim had never heard of the move.
    stage.block(stage.cache.shutdown());
    let change = |stage: &Stage, class| {
        stage
            .index
            .rows
            .lock()
            .unwrap()
            .get_mut(&key("x"))
            .unwrap()
            .class = class;
    };
    change(&stage, Class::Stream);
    stage.restart(false);
    let reader = stage.open("x");
    stage.read_through(&reader, 0, MB);
    until(&stage, || places(&stage, "x") == (false, true));
    closed(&stage, "x", reader);
    // And the other way round.
    stage.block(stage.cache.shutdown());
    change(&stage, Class::Kept);
    stage.restart(false);
    let reader = stage.open("x");
    stage.read_through(&reader, 0, MB);
    until(&stage, || places(&stage, "x") == (true, false));
    assert_eq!(stage.server.bytes_sent("/blob/x"), MB);
}

#[test]
fn between_two_file_systems_the_bytes_are_copied_when_nobody_reads_them() {
    let server = FakeServer::start(Options::default());
    let (grave, place) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let brittle = Brittle::new(grave.path());
    let runtime = Runtime::start().unwrap();
    let index = Arc::new(MemoryIndex::default());
    let settings = Settings {
        folder: place.path().into(),
        limit: None,
    };
    let cache = CacheService::start_on(
        Arc::new(brittle.clone()),
        settings,
        index.clone(),
        Signpost::to(&server),
        &runtime,
    );
    let cache = cache.unwrap();
    let block = |future: std::pin::Pin<Box<dyn Future<Output = ()> + '_>>| {
        let bounded = async { tokio::time::timeout(LONG, future).await.expect("no hang") };
        runtime.handle().block_on(bounded);
    };
    server.add_blob("/blob/x", Blob::pattern(3 * MB, SEED));
    // The first name that is given is refused; the copy's own name is the second.
    brittle.fail(Failing {
        act: Act::Rename,
        first: 1,
        count: 2,
        errno: EXDEV,
    });
    block(Box::pin(async {
        let reader = cache.keep(request("x")).await.unwrap();
        for block in 0..3 {
            let bytes = reader.read_at(block * MB, 1 << 20).await.unwrap();
            pattern::verify(SEED, block * MB, &bytes).unwrap();
        }
        while brittle.count(Act::Rename) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        drop(reader);
        let there = || {
            let claim = index.rows.lock().unwrap().get(&key("x")).cloned();
            claim.is_some_and(|claim| {
                file_in(&place.path().join("downloads/v1"), &claim).exists()
                    && !file_in(&place.path().join("media/v1"), &claim).exists()
            })
        };
        while !there() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let reader = cache.open(request("x")).await.unwrap();
        assert!(reader.is_complete());
        let bytes = reader.read_at(0, 3 << 20).await.unwrap();
        pattern::verify(SEED, 0, &bytes).unwrap();
    }));
    assert_eq!(server.bytes_sent("/blob/x"), 3 * MB);
}

#[test]
fn a_sample_goes_before_what_was_watched_and_a_finished_title_before_both() {
    let stage = Stage::new();
    let minutes = |count: u64| Duration::from_secs(60 * count);
    let hour = Some(minutes(60));
    for (name, watched, finished) in [
        ("watched", Some(minutes(30)), false),
        ("sampled", Some(minutes(1)), false),
        ("finished", Some(minutes(59)), true),
        ("read", None, false),
    ] {
        // Larger than what is worth it at once, so the hint says.
        stage.blob(name, MB);
        let ask = OpenRequest {
            size_hint: None,
            ..request(name)
        };
        let reader = stage.block(stage.cache.open(ask)).unwrap();
        if let Some(time) = watched {
            let key = key(name);
            for (time, finished) in [(Duration::ZERO, false), (time, finished)] {
                let said = stage.cache.watched(&key, time, hour, finished);
                stage.block(said).unwrap();
            }
        }
        stage.read_through(&reader, 0, MB);
        closed(&stage, name, reader);
    }
    let turn = |name: &str| {
        let record = stage.block(stage.cache.record(&key(name))).unwrap();
        match record.unwrap().fate {
            Fate::GoesLast(turn) => turn,
            other => panic!("{name}: {other:?}"),
        }
    };
    assert_eq!(turn("watched"), Turn::LongestUnused);
    assert_eq!(turn("finished"), Turn::Watched);
    assert_eq!(turn("read"), Turn::LongestUnused, "nobody follows it");
    // A small file arrives as a whole, so it is no sample.
    assert_eq!(turn("sampled"), Turn::LongestUnused);
    stage.cache.set_queue(vec![key("watched")]);
    let record = stage.block(stage.cache.record(&key("watched"))).unwrap();
    assert_eq!(record.unwrap().fate, Fate::Stays(Stay::Queued));
    stage.block(stage.cache.set_limit(5 * MB / 2)).unwrap();
    let left = stage.block(stage.cache.entries()).unwrap();
    let mut left: Vec<_> = left
        .iter()
        .map(|state| state.key.part().item().key().to_owned())
        .collect();
    left.sort();
    assert_eq!(left, ["read", "watched"]);
}
