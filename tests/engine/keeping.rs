//! Titles that are kept for good, and pinned ones: where their bytes lie, what is fetched for them, what never takes them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

mod cache_stage;
mod two_disks;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use cache_stage::{SEED, Stage, key, request};
use spool_engine::cache::{Claim, Class, Fate, OpenRequest, Reader, Stay, Turn};
use testkit::pattern;
use two_disks::TwoDisks;

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
fn what_is_said_of_a_title_that_nobody_reads_is_told_to_all() {
    let mut stage = Stage::new();
    stage.blob("x", MB);
    let reader = keep(&stage, "x");
    stage.read_through(&reader, 0, MB);
    closed(&stage, "x", reader);
    stage.restart(false);
    let mut states = stage.cache.subscribe();
    assert!(stage.block(stage.cache.unkeep(&key("x"))).unwrap());
    stage.block(async { while states.recv().await.unwrap().class != Class::Stream {} });
    assert!(
        stage
            .block(stage.cache.set_pinned(&key("x"), true))
            .unwrap()
    );
    stage.block(async { while !states.recv().await.unwrap().pinned {} });
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

/// Whether a file of `name` with this ending lies among the kept titles, and among the others.
fn lies(stage: &Stage, name: &str, ending: &str) -> (bool, bool) {
    let Some(claim) = stage.claim(name) else {
        return (false, false);
    };
    let at = |root: &str| {
        let file = file_in(&stage.place.path().join(root), &claim);
        file.with_extension(ending).exists()
    };
    (at("downloads/v1"), at("media/v1"))
}

#[test]
fn between_two_file_systems_bytes_and_checksums_are_copied_when_nobody_reads_them() {
    let disks = TwoDisks::default();
    let mut stage = Stage::on(Arc::new(disks.clone()));
    stage.blob("x", 3 * MB);
    let reader = stage.open("x");
    assert!(
        stage
            .block(stage.cache.set_pinned(&key("x"), true))
            .unwrap()
    );
    stage.read_through(&reader, 0, 3 * MB);
    closed(&stage, "x", reader);
    // A sum for each block: 8 bytes.
    until(&stage, || {
        let sums = stage.claim("x").map(|claim| stage.file_of(&claim));
        let sums = sums.and_then(|file| file.with_extension("crc").metadata().ok());
        sums.is_some_and(|sums| sums.len() == 24)
    });
    stage.restart(false);
    // Its sums say what it was: taken anew from the copy they would call this byte right.
    let file = stage.file_of(&stage.claim("x").unwrap());
    let disk = std::fs::OpenOptions::new().write(true).open(&file).unwrap();
    let mut byte = pattern::bytes(SEED, MB + 5, 1)[0];
    byte ^= 0x40;
    std::os::unix::fs::FileExt::write_all_at(&disk, &[byte], MB + 5).unwrap();

    let reader = keep(&stage, "x");
    // While somebody has it open it stays where it is.
    assert_eq!(places(&stage, "x"), (false, true));
    closed(&stage, "x", reader);
    until(&stage, || places(&stage, "x") == (true, false));
    until(&stage, || lies(&stage, "x", "crc") == (true, false));
    assert!(disks.refused() >= 2, "{}", disks.refused());
    assert_eq!(lies(&stage, "x", "part"), (false, false));
    let reader = stage.open("x");
    stage.read_through(&reader, 0, 3 * MB);
    assert_eq!(stage.server.bytes_sent("/blob/x"), 4 * MB);
    let damaged = stage.block(stage.cache.usage()).unwrap().damaged_blocks;
    assert_eq!(damaged, 1);
    closed(&stage, "x", reader);
    assert!(stage.block(stage.cache.unkeep(&key("x"))).unwrap());
    until(&stage, || places(&stage, "x") == (false, true));
    until(&stage, || lies(&stage, "x", "crc") == (false, true));
    let reader = stage.open("x");
    stage.read_through(&reader, 0, 3 * MB);
    assert_eq!(stage.server.bytes_sent("/blob/x"), 4 * MB);
}

#[test]
fn a_title_that_is_kept_from_the_start_is_written_where_it_stays() {
    let disks = TwoDisks::default();
    let stage = Stage::on(Arc::new(disks.clone()));
    stage.blob("x", 2 * MB);
    let reader = keep(&stage, "x");
    stage.read_through(&reader, 0, 2 * MB);
    closed(&stage, "x", reader);
    until(&stage, || {
        stage.claim("x").unwrap().ranges.bytes() == 2 * MB
    });
    assert_eq!(places(&stage, "x"), (true, false));
    assert_eq!(disks.refused(), 0);
}

#[test]
fn a_copy_whose_original_could_not_be_deleted_is_not_what_is_read_on() {
    let mut stage = Stage::new();
    stage.blob("x", 2 * MB);
    let reader = stage.open("x");
    stage.read_through(&reader, 0, 2 * MB);
    closed(&stage, "x", reader);
    stage.block(stage.cache.shutdown());
    // As a program leaves it that ended there, before more was fetched: the copy lacks the second half.
    let claim = stage.claim("x").unwrap();
    let copy = file_in(&stage.place.path().join("downloads/v1"), &claim);
    std::fs::create_dir_all(copy.parent().unwrap()).unwrap();
    std::fs::write(&copy, pattern::bytes(SEED, 0, 1 << 20)).unwrap();
    stage.restart(false);
    let reader = keep(&stage, "x");
    stage.read_through(&reader, 0, 2 * MB);
    closed(&stage, "x", reader);
    until(&stage, || places(&stage, "x") == (true, false));
    let reader = stage.open("x");
    stage.read_through(&reader, 0, 2 * MB);
    assert_eq!(stage.server.bytes_sent("/blob/x"), 2 * MB);
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
