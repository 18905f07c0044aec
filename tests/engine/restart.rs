//! The program ends, in good order or not, and starts again: what it claims is there and right.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

mod cache_stage;

use std::fs::File;
use std::time::{Duration, SystemTime};

use cache_stage::{SEED, Stage, key};
use spool_engine::cache::Note;
use spool_engine::range::{ByteRange, RangeSet};
use testkit::pattern;

const MB: u64 = 1 << 20;

/// Every claimed byte is the origin's.
fn check(stage: &Stage, name: &str) -> u64 {
    let verified = stage.block(stage.cache.verify(&key(name))).unwrap();
    assert_eq!(verified.mismatched, [], "{name}");
    verified.bytes
}

#[test]
fn in_good_order_nothing_is_lost() {
    let mut stage = Stage::new();
    stage.blob("x", 5 * MB);
    stage.server.set_rate_of("/blob/x", Some(8 * MB));
    let reader = stage.open("x");
    stage.read(&reader, 3 * MB, 500_000);
    stage.restart(false);
    let claim = stage.claim("x").unwrap();
    assert!(claim.ranges.covered_from(3 * MB) >= 500_000);
    assert_eq!(claim.size, Some(5 * MB));
    assert_eq!(check(&stage, "x"), claim.ranges.bytes());
    drop(reader);
}

#[test]
fn killed_at_any_moment_every_claim_is_true() {
    let mut stage = Stage::new();
    for round in 0..6_u64 {
        let name = format!("x{round}");
        stage.blob(&name, 30 * MB);
        stage
            .server
            .set_rate_of(&format!("/blob/{name}"), Some(8 * MB));
        let reader = stage.open(&name);
        stage.read(&reader, round * MB, 1000);
        let until = round * 97 % 30;
        stage.until(&name, |state| state.ranges.bytes() > until * 300_000);
        if round % 2 == 0 {
            // Far enough that a checkpoint has been.
            stage.block(async {
                while stage.claim(&name).is_none() {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            });
        }
        stage.restart(true);
        if let Some(claim) = stage.claim(&name) {
            let compared = check(&stage, &name);
            assert!(
                compared >= claim.ranges.bytes(),
                "nothing claimed is missing"
            );
        }
    }
}

#[test]
fn after_an_unclean_boot_claims_without_data_are_not_believed() {
    let mut stage = Stage::new();
    stage.blob("x", 4 * MB);
    stage.server.set_rate_of("/blob/x", Some(2 * MB));
    let reader = stage.open("x");
    stage.read(&reader, 0, 100_000);
    drop(reader);
    stage.restart(false);
    let mut claim = stage.claim("x").unwrap();
    claim.ranges = [ByteRange::new(0, 4 * MB)]
        .into_iter()
        .collect::<RangeSet>();
    stage.index.rows.lock().unwrap().insert(key("x"), claim);
    // The computer ended abruptly in another boot than this one.
    *stage.index.note.lock().unwrap() = Some(Note {
        boot: "another".into(),
        ..Note::default()
    });
    stage.restart(true);
    stage.server.set_rate_of("/blob/x", None);
    let reader = stage.open("x");
    assert!(!reader.is_complete());
    stage.read_through(&reader, 0, 4 * MB);
    drop(reader);
    stage.restart(false);
    let claim = stage.claim("x").unwrap();
    assert_eq!(claim.era, 1, "it has been looked at");
    assert_eq!(claim.ranges.bytes(), 4 * MB);
}

#[test]
fn a_row_without_file_and_a_file_without_row_are_tidied() {
    let mut stage = Stage::new();
    for name in ["gone", "stays"] {
        stage.blob(name, MB);
        let reader = stage.open(name);
        stage.read_through(&reader, 0, MB);
    }
    stage.block(stage.cache.shutdown());
    std::fs::remove_file(stage.file_of(&stage.claim("gone").unwrap())).unwrap();
    let orphan = stage.place.path().join("media/v1/ab");
    std::fs::create_dir_all(&orphan).unwrap();
    let orphan = orphan.join("ab000000000000000000000000000000.data");
    std::fs::write(&orphan, "x").unwrap();
    let young = orphan.with_file_name("ab000000000000000000000000000001.data");
    std::fs::write(&young, "x").unwrap();
    let hours_ago = SystemTime::now() - Duration::from_secs(2 * 3600);
    let file = File::options().write(true).open(&orphan).unwrap();
    file.set_modified(hours_ago).unwrap();
    stage.restart(false);
    // In the background, when the start is over.
    stage.block(async {
        while orphan.exists() || stage.cache.entries().await.unwrap().len() > 1 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    assert!(young.exists(), "somebody may still want it");
    let reader = stage.open("gone");
    assert_eq!(stage.read(&reader, 5, 10), pattern::bytes(SEED, 5, 10));
}
