//! What is fetched ahead of readers: two at a time, behind whoever plays, not for money, and off when it is called off.

use std::time::Duration;

use spool_engine::cache::{Group, Priority, Span};
use testkit::{Fault, Gate, Log, Only, Rule};

use super::cache_stage::{LONG, Stage, UNDER_WAY, request};
use super::{MB, read, read_span};

#[test]
fn downloads_go_two_at_a_time_and_give_way_to_who_plays() {
    let stage = Stage::new();
    for name in ["a", "b", "c"] {
        stage.blob(name, 24 * MB);
        stage
            .server
            .set_rate_of(&format!("/blob/{name}"), Some(4 * MB));
    }
    stage.blob("film", 4 * MB);
    let gate = Gate::new();
    let hold = Rule::on("/blob/film").fault(Fault::HoldReply(gate.clone()));
    stage.server.script(hold);
    let group = Group::new("three");
    let mut states = stage.cache.watch_jobs();
    for name in ["a", "b", "c"] {
        let job = stage
            .cache
            .fetch_ahead(request(name), Span::Whole, Priority::Download, &group);
        stage.block(job).unwrap();
    }
    for name in ["a", "b"] {
        stage.until(name, |state| state.ranges.bytes() > MB);
    }
    assert!(
        stage.server.requests_to("/blob/c").is_empty(),
        "its turn has not come"
    );
    let film = stage.open("film");
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| read(&film, 0, 1000));
        // Somebody waits for the film: within a moment nothing else of that server runs.
        stage.server.wait_until(
            |log: &Log| log.running("/blob/a") + log.running("/blob/b") == 0,
            LONG,
        );
        gate.open();
        waiting.join().unwrap().unwrap();
    });
    for name in ["a", "b", "c"] {
        stage.until(name, |state| state.ranges.bytes() == 24 * MB);
    }
    stage.block(async {
        let mut completed = 0;
        while completed < 3 {
            let job = states.recv().await.unwrap();
            let over = matches!(job.stage, spool_engine::cache::Stage::Completed);
            completed += usize::from(over);
            assert!(!over || job.done == 24 * MB);
        }
    });
    assert!(stage.block(stage.cache.jobs()).unwrap().is_empty());
    for name in ["a", "b", "c"] {
        let path = format!("/blob/{name}");
        // A run that gives way takes what its system has received before it breaks its reply off.
        let log = stage.server.log();
        let under_way = log.broken_off(&path) * UNDER_WAY;
        assert!(log.bytes_sent(&path) <= 24 * MB + under_way);
        stage.read_through(&stage.open(name), 0, 24 * MB);
    }
}

#[test]
fn a_cancelled_group_stops_and_what_it_fetched_stays() {
    let stage = Stage::new();
    stage.blob("x", 64 * MB);
    stage.server.set_rate_of("/blob/x", Some(4 * MB));
    let group = Group::new("one");
    let job = stage
        .cache
        .fetch_ahead(request("x"), Span::Whole, Priority::Later, &group);
    stage.block(job).unwrap();
    stage.until("x", |state| state.ranges.bytes() > MB);
    assert_eq!(stage.block(stage.cache.cancel_group(&group)).unwrap(), 1);
    stage.until("x", |state| !state.arriving && state.readers == 0);
    assert!(stage.server.bytes_sent("/blob/x") < 32 * MB);
    let reader = stage.open("x");
    read_span(&reader, 0, MB);
    assert!(stage.block(stage.cache.jobs()).unwrap().is_empty());
}

#[test]
fn what_comes_next_is_fetched_at_both_ends() {
    let stage = Stage::new();
    stage.blob("x", 64 * MB);
    let group = Group::new("next");
    let mut ask = request("x");
    ask.size_hint = Some(64 * MB);
    let job = stage
        .cache
        .fetch_ahead(ask, Span::START, Priority::Next, &group);
    stage.block(job).unwrap();
    stage.block(async {
        while !stage.cache.jobs().await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    let reader = stage.open("x");
    let here = reader.ranges();
    assert!(here.covered_from(0) >= 4 * MB && here.covered_from(63 * MB) >= MB);
    assert_eq!(here.bytes(), 5 * MB, "and nothing else");
    assert_eq!(stage.server.bytes_sent("/blob/x"), 5 * MB);
}

#[test]
fn a_metered_network_fetches_nothing_ahead() {
    let stage = Stage::new();
    stage.blob("x", 8 * MB);
    stage.cache.set_network(true, true);
    let group = Group::new("later");
    let job = stage
        .cache
        .fetch_ahead(request("x"), Span::Whole, Priority::Download, &group);
    stage.block(job).unwrap();
    let waits = |job: &std::sync::Arc<spool_engine::cache::Job>| {
        matches!(job.stage, spool_engine::cache::Stage::Waiting)
    };
    assert!(stage.block(stage.cache.jobs()).unwrap().iter().all(waits));
    assert!(stage.server.requests().is_empty());
    stage.cache.set_network(true, false);
    stage.until("x", |state| state.ranges.bytes() == 8 * MB);
}

#[test]
fn a_server_that_asks_to_wait_is_waited_for() {
    let stage = Stage::new();
    stage.blob("x", MB);
    let busy = Fault::Reply {
        status: 503,
        headers: vec![("Retry-After".into(), "1".into())],
        body: String::new(),
    };
    stage
        .server
        .script(Rule::on("/blob/x").only(Only::Get).fault(busy).times(2));
    let reader = stage.open("x");
    stage.read_through(&reader, 0, MB);
    assert_eq!(stage.server.requests_to("/blob/x").len(), 3);
}
