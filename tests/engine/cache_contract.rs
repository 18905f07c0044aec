//! What a reader does in every state of its resource: byte-exact, against a real server.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

mod cache_stage;

use std::sync::atomic::Ordering;
use std::time::Duration;

use cache_stage::{LONG, SEED, Stage, UNDER_WAY, key, request};
use spool_engine::cache::{CacheError, CacheService, Fate, OpenRequest, Reader, Settings};
use spool_engine::range::ByteRange;
use testkit::{Blob, Fault, Gate, Only, Rule, pattern};

const MB: u64 = 1 << 20;

#[test]
fn an_empty_one_is_filled_by_one_request() {
    let stage = Stage::new();
    stage.blob("x", 3 * MB);
    let reader = stage.open("x");
    assert_eq!(reader.known_len(), None);
    stage.read_through(&reader, 0, 3 * MB);
    assert_eq!(reader.known_len(), Some(3 * MB));
    assert!(reader.is_complete() && reader.is_seekable());
    let log = stage.server.log();
    assert_eq!(log.requests().len(), 1, "no probe");
    assert_eq!(log.requests()[0].range(), Some("bytes=0-"));
    assert_eq!((log.heads(), log.bytes_sent("/blob/x")), (0, 3 * MB));
}

#[test]
fn the_size_is_the_first_replys() {
    let stage = Stage::new();
    stage.blob("x", MB + 1);
    let reader = stage.open("x");
    assert_eq!(stage.block(reader.len()).unwrap(), Some(MB + 1));
    assert_eq!(reader.len_blocking().unwrap(), Some(MB + 1));
    stage.read_through(&reader, 0, MB + 1);
    assert_eq!(stage.server.log().requests().len(), 1);
}

#[test]
fn at_and_behind_the_end_there_is_nothing() {
    let stage = Stage::new();
    for (name, size) in [
        ("one", 1),
        ("below", MB - 1),
        ("even", MB),
        ("above", MB + 1),
    ] {
        stage.blob(name, size);
        let reader = stage.open(name);
        stage.read_through(&reader, 0, size);
        let mut buf = [0; 10];
        for pos in [size, size + 1, 1 << 40, u64::MAX] {
            assert_eq!(reader.read_at_blocking(pos, &mut buf).unwrap(), 0);
            assert!(stage.read(&reader, pos, 10).is_empty());
        }
        assert_eq!(
            stage.read(&reader, size - 1, 10),
            pattern::bytes(SEED, size - 1, 1)
        );
        assert_eq!(stage.server.requests_to(&format!("/blob/{name}")).len(), 1);
    }
}

#[test]
fn an_empty_file_is_at_its_end() {
    let stage = Stage::new();
    stage.server.add_blob("/blob/x", Blob::bytes(Vec::new()));
    let reader = stage.open("x");
    assert!(stage.read(&reader, 0, 10).is_empty());
    assert_eq!(reader.known_len(), Some(0));
}

#[test]
fn a_seek_begins_there_and_the_hole_is_filled_later() {
    let stage = Stage::new();
    stage.blob("x", 12 * MB);
    stage.server.set_rate_of("/blob/x", Some(8 * MB));
    let reader = stage.open("x");
    stage.read(&reader, 0, 1000);
    let far = stage.read(&reader, 8 * MB, 1000);
    assert_eq!(far, pattern::bytes(SEED, 8 * MB, 1000));
    let ranges = reader.ranges();
    assert!(
        ranges.missing_in(ByteRange::new(0, 8 * MB)).len() == 1,
        "{ranges:?}"
    );
    stage.until("x", |state| {
        state.ranges.bytes() == 12 * MB && !state.arriving
    });
    stage.read_through(&reader, 0, 12 * MB);
    let log = stage.server.log();
    let sent = log.bytes_sent("/blob/x");
    // The first run ends where the second has begun.
    assert!(sent <= 12 * MB + UNDER_WAY, "{sent}");
    assert_eq!(log.requests_to("/blob/x").count(), 2);
}

#[test]
fn a_film_of_known_size_comes_with_its_tail() {
    let stage = Stage::new();
    stage.blob("x", 12 * MB);
    stage.server.set_rate_of("/blob/x", Some(8 * MB));
    let mut ask = request("x");
    ask.size_hint = Some(12 * MB);
    let reader = stage.block(stage.cache.open(ask)).unwrap();
    stage.read(&reader, 0, 1000);
    let end = stage.read(&reader, 12 * MB - 60_000, 100_000);
    assert_eq!(end, pattern::bytes(SEED, 12 * MB - 60_000, 60_000));
    stage.read_through(&reader, 0, 12 * MB);
    assert_eq!(stage.server.bytes_sent("/blob/x"), 12 * MB, "no byte twice");
    assert_eq!(stage.server.log().requests().len(), 2);
}

#[test]
fn a_wrong_hint_costs_nothing() {
    for hint in [8 * MB, 40 * MB] {
        let stage = Stage::new();
        stage.blob("x", 12 * MB);
        let mut ask = request("x");
        ask.size_hint = Some(hint);
        let reader = stage.block(stage.cache.open(ask)).unwrap();
        stage.read_through(&reader, 0, 12 * MB);
    }
}

#[test]
fn eight_readers_share_one_fetch() {
    let stage = Stage::new();
    stage.blob("x", 8 * MB);
    stage.server.set_rate_of("/blob/x", Some(16 * MB));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            let (stage, reader) = (&stage, stage.open("x"));
            scope.spawn(move || stage.read_through(&reader, 0, 8 * MB));
        }
    });
    assert_eq!(stage.server.bytes_sent("/blob/x"), 8 * MB);
    assert_eq!(stage.signpost.asked.load(Ordering::SeqCst), 1);
}

#[test]
fn readers_at_many_places_do_not_tear_runs_apart() {
    let stage = Stage::new();
    stage.blob("x", 8 * MB);
    // Only what is on its way when one run ends where a later one has begun may come twice.
    stage.server.set_rate_of("/blob/x", Some(2 * MB));
    std::thread::scope(|scope| {
        for start in [0, 1, 3, 6, 2, 7, 5, 4] {
            let (stage, reader) = (&stage, stage.open("x"));
            scope.spawn(move || stage.read_through(&reader, start * MB + 17, 8 * MB));
        }
    });
    stage.until("x", |state| !state.arriving);
    stage
        .server
        .wait_until(|log| log.running("/blob/x") == 0, LONG);
    // A run for each place and one for each hole before it, at most: nobody takes another's run away again and again.
    let requests = stage.server.requests_to("/blob/x").len();
    assert!(requests <= 16, "{requests}");
    let log = stage.server.log();
    let (sent, twice) = (log.bytes_sent("/blob/x"), log.bytes_repeated("/blob/x"));
    let under_way = log.broken_off("/blob/x") * UNDER_WAY;
    assert!(sent <= 8 * MB + under_way, "{sent}, {twice} twice");
    assert!(stage.server.max_open_connections("/blob/x") <= 3);
}

#[test]
fn what_is_here_needs_no_network() {
    let mut stage = Stage::new();
    stage.blob("x", 2 * MB);
    let reader = stage.open("x");
    stage.read_through(&reader, 0, 2 * MB);
    drop(reader);
    stage.server.stop();
    stage.restart(false);
    let asked = stage.signpost.asked.load(Ordering::SeqCst);
    let reader = stage.open("x");
    assert!(reader.is_complete());
    stage.read_through(&reader, 0, 2 * MB);
    assert_eq!(stage.signpost.asked.load(Ordering::SeqCst), asked);
}

#[test]
fn a_miss_while_offline_fails_at_once_and_the_next_read_starts_afresh() {
    let stage = Stage::new();
    stage.blob("x", 4 * MB);
    *stage.signpost.offline.lock().unwrap() = true;
    let reader = stage.open("x");
    let failed = stage.block(reader.read_at(0, 10));
    assert!(matches!(failed, Err(CacheError::Upstream(error)) if error.is_offline()));
    *stage.signpost.offline.lock().unwrap() = false;
    assert_eq!(stage.read(&reader, 0, 10), pattern::bytes(SEED, 0, 10));
}

#[test]
fn flushing_ends_a_blocked_read_and_only_of_its_clone() {
    let stage = Stage::new();
    stage.blob("x", MB);
    let gate = Gate::new();
    stage
        .server
        .fault("/blob/x", Fault::HoldReply(gate.clone()));
    let reader = stage.open("x");
    let other = reader.clone();
    std::thread::scope(|scope| {
        let blocked = scope.spawn(|| reader.read_at_blocking(0, &mut [0; 10]));
        let patient = scope.spawn(|| other.read_at_blocking(0, &mut [0; 10]));
        stage
            .server
            .wait_until(|log| !log.requests().is_empty(), Duration::from_secs(10));
        reader.set_flushing(true);
        assert!(matches!(
            blocked.join().unwrap(),
            Err(CacheError::Cancelled)
        ));
        gate.open();
        assert_eq!(patient.join().unwrap().unwrap(), 10);
    });
    assert!(matches!(
        reader.read_at_blocking(0, &mut [0; 10]),
        Err(CacheError::Cancelled)
    ));
    reader.set_flushing(false);
    assert_eq!(reader.read_at_blocking(0, &mut [0; 10]).unwrap(), 10);
}

#[test]
fn the_last_reader_stops_the_fetch_and_the_next_goes_on_where_it_was() {
    let stage = Stage::new();
    stage.blob("x", 8 * MB);
    stage.server.set_rate_of("/blob/x", Some(2 * MB));
    let reader = stage.open("x");
    let clone = reader.clone();
    stage.read(&reader, 0, 1000);
    drop(reader);
    stage.read(&clone, MB, 1000);
    drop(clone);
    stage.until("x", |state| !state.arriving && state.readers == 0);
    let before = stage.server.bytes_sent("/blob/x");
    assert!(before < 7 * MB, "{before}");
    stage.server.set_rate_of("/blob/x", None);
    let reader = stage.open("x");
    stage.read_through(&reader, 0, 8 * MB);
    // What was on its way when the last reader left comes once more.
    let sent = stage.server.bytes_sent("/blob/x");
    assert!(sent <= 8 * MB + UNDER_WAY, "{sent}");
}

#[test]
fn a_plain_file_is_read_in_place() {
    let stage = Stage::new();
    let path = stage.place.path().join("film");
    std::fs::write(&path, pattern::bytes(SEED, 0, 5000)).unwrap();
    let reader = Reader::file(&path).unwrap();
    assert!(reader.is_complete() && reader.is_seekable());
    assert_eq!(reader.len_blocking().unwrap(), Some(5000));
    assert_eq!(
        stage.read(&reader, 4990, 100),
        pattern::bytes(SEED, 4990, 10)
    );
    assert_eq!(reader.read_at_blocking(5000, &mut [0; 9]).unwrap(), 0);
    assert_eq!(reader.ranges().bytes(), 5000);
    assert!(Reader::file(stage.place.path()).is_err());
    assert!(Reader::file(&path.join("none")).is_err());
}

#[test]
fn a_second_program_is_told() {
    let stage = Stage::new();
    let settings = Settings {
        folder: stage.place.path().into(),
        limit: None,
    };
    let second = CacheService::start(
        settings,
        stage.index.clone(),
        stage.signpost.clone(),
        &stage.runtime,
    );
    assert!(matches!(second, Err(CacheError::InUse)));
}

#[test]
fn the_longest_unused_goes_and_never_what_is_open() {
    let stage = Stage::new();
    for name in ["a", "b", "c"] {
        stage.blob(name, 2 * MB);
        let reader = stage.open(name);
        stage.read_through(&reader, 0, 2 * MB);
        drop(reader);
        stage.until(name, |state| {
            state.readers == 0 && state.disk_bytes >= 2 * MB
        });
    }
    let open = stage.open("a");
    stage.block(async {
        // Closed is who may go.
        for name in ["b", "c"] {
            let stays = async || match stage.cache.record(&key(name)).await.unwrap() {
                Some(record) => matches!(record.fate, Fate::Stays(_)),
                None => true,
            };
            while stays().await {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        stage.cache.set_limit(5 * MB).await.unwrap();
    });
    let left = stage.block(stage.cache.entries()).unwrap();
    let names: Vec<_> = left
        .iter()
        .map(|state| state.key.part().item().key().to_owned())
        .collect();
    assert_eq!(names, ["a", "c"]);
    stage.block(stage.cache.set_limit(0)).unwrap();
    stage.read_through(&open, 0, 2 * MB);
    assert_eq!(stage.server.requests_to("/blob/a").len(), 1);
}

#[test]
fn states_are_told_as_they_change() {
    let stage = Stage::new();
    stage.blob("x", MB);
    let mut states = stage.cache.subscribe();
    let reader = stage.open("x");
    stage.read_through(&reader, 0, MB);
    stage.block(async { while states.recv().await.unwrap().ranges.bytes() < MB {} });
    drop(reader);
    stage.until("x", |state| state.readers == 0);
    stage.block(async {
        while stage.cache.clear(Some(key("x"))).await.unwrap() == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        while !states.recv().await.unwrap().ranges.is_empty() {}
    });
    assert_eq!(stage.block(stage.cache.usage()).unwrap().disk_bytes, 0);
}

#[test]
fn another_fingerprint_is_another_generation() {
    let stage = Stage::new();
    stage.blob("x", MB);
    let mut ask = request("x");
    ask.fingerprint = Some("1".into());
    let old = stage.block(stage.cache.open(ask.clone())).unwrap();
    stage.read(&old, 0, 10);
    stage.until("x", |state| state.ranges.bytes() == MB);
    ask.fingerprint = Some("2".into());
    let new = stage.block(stage.cache.open(ask)).unwrap();
    assert!(new.ranges().is_empty());
    stage.read_through(&old, 0, MB);
    stage.read_through(&new, 0, MB);
}

#[test]
fn verifying_finds_the_byte_that_differs() {
    use std::os::unix::fs::FileExt;
    let mut stage = Stage::new();
    stage.blob("x", 2 * MB);
    let reader = stage.open("x");
    stage.read_through(&reader, 0, 2 * MB);
    let verified = stage.block(stage.cache.verify(&key("x"))).unwrap();
    assert_eq!((verified.bytes, verified.mismatched), (2 * MB, vec![]));
    drop(reader);
    stage.restart(false);
    let path = stage.file_of(&stage.claim("x").unwrap());
    let file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    file.write_all_at(&[!pattern::bytes(SEED, MB, 1)[0]], MB)
        .unwrap();
    let verified = stage.block(stage.cache.verify(&key("x"))).unwrap();
    assert!(
        verified
            .mismatched
            .iter()
            .any(|range| (range.start..range.end).contains(&MB))
    );
}

#[test]
fn verifying_a_part_does_not_fetch_the_rest() {
    let mut stage = Stage::new();
    stage.blob("x", 8 * MB);
    stage.server.set_rate_of("/blob/x", Some(2 * MB));
    let reader = stage.open("x");
    stage.read(&reader, 4 * MB, 1000);
    drop(reader);
    stage.restart(false);
    let claimed = stage.claim("x").unwrap().ranges;
    let verified = stage.block(stage.cache.verify(&key("x"))).unwrap();
    assert_eq!(
        (verified.bytes, verified.mismatched),
        (claimed.bytes(), vec![])
    );
    // By the time another title's holes are filled, its own would be.
    stage.blob("y", MB);
    let other = stage.open("y");
    stage.read(&other, MB / 2, 1000);
    stage.until("y", |state| state.ranges.bytes() == MB);
    let entry = stage.block(stage.cache.entry(&key("x"))).unwrap().unwrap();
    assert_eq!(entry.ranges, claimed);
}

#[test]
fn an_unknown_size_ends_where_the_body_ends() {
    let stage = Stage::new();
    stage.blob("x", MB + 5);
    stage.server.script(
        Rule::on("/blob/x")
            .only(Only::Get)
            .fault(Fault::IgnoreRange)
            .fault(Fault::NoLength),
    );
    let reader = stage.open("x");
    stage.read_through(&reader, 0, MB + 5);
    drop(reader);
    stage.until("x", |state| state.readers == 0);
}

/// The head and the tail are asked for before anybody reads, both before the first answer; reading asks for nothing more.
#[test]
fn a_reader_that_begins_has_its_bytes_on_their_way() {
    const SIZE: u64 = 6 << 20;
    let stage = Stage::new();
    stage.blob("film", SIZE);
    let gate = Gate::new();
    let hold = Fault::HoldReply(gate.clone());
    stage.server.script(Rule::on("/blob/film").fault(hold));
    let request = OpenRequest {
        size_hint: Some(SIZE),
        ..request("film")
    };
    let reader = stage.block(stage.cache.open(request)).unwrap();
    reader.begin();
    let both = |log: &testkit::Log| log.requests_to("/blob/film").count() == 2;
    stage.server.wait_until(both, LONG);
    gate.open();
    stage.until("film", |state| {
        state.ranges.contains(ByteRange::new(0, 256 << 10))
    });
    stage.read_through(&reader, 0, SIZE);
    assert_eq!(stage.server.requests_to("/blob/film").len(), 2);
    assert_eq!(stage.server.bytes_sent("/blob/film"), SIZE);
}

/// What cannot be had is asked for once; the first read says why.
#[test]
fn a_beginning_that_fails_is_not_tried_again() {
    let stage = Stage::new();
    let reader = stage.open("nothing");
    reader.begin();
    let refused = |log: &testkit::Log| log.requests_to("/blob/nothing").count() >= 1;
    stage.server.wait_until(refused, LONG);
    // Somebody else's file comes and goes meanwhile: whoever tried again and again would have done so by then.
    stage.blob("other", MB);
    stage.read_through(&stage.open("other"), 0, MB);
    let asked = stage.server.requests_to("/blob/nothing").len();
    assert!(
        asked <= 2,
        "{asked}: once, and once at the address that was asked for again"
    );
    assert!(stage.block(reader.read_at(0, 10)).is_err());
}

/// Nothing is asked for what is here, and not for who has read already.
#[test]
fn a_beginning_that_is_here_costs_nothing() {
    const SIZE: u64 = 100_000;
    let stage = Stage::new();
    stage.blob("song", SIZE);
    let reader = stage.open("song");
    stage.read_through(&reader, 0, SIZE);
    reader.begin();
    let again = reader.clone();
    again.begin();
    stage.read_through(&again, 0, SIZE);
    assert_eq!(stage.server.requests_to("/blob/song").len(), 1);
}
