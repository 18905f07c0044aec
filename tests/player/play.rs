//! Whole playbacks over files of this computer: every container, from the start, from the middle, to the end.

mod common;

use std::time::Duration;

use common::*;
use spool_engine::cache::Reader;
use spool_engine::model::Piece;
use spool_player::{Event, First, Load, Phase, SeekMode};

fn millis(n: u64) -> Duration {
    Duration::from_millis(n)
}

#[test]
fn every_container_comes_to_its_first_frame() {
    for path in [
        mkv(),
        mp4_index_last(),
        mp4_index_first(),
        webm(),
        ogv(),
        flac(),
    ] {
        let mut stand = Stand::new();
        stand.load(&path, Duration::ZERO, false);
        stand.until_first_frame();
        stand.until_phase(Phase::Paused);
        let length = stand.seen.iter().find_map(|event| match event {
            Event::Duration(length) => Some(*length),
            _ => None,
        });
        let length = length.unwrap_or_else(|| panic!("{}: no length", path.display()));
        assert!(
            length.abs_diff(LENGTH) < millis(200),
            "{}: {length:?}",
            path.display()
        );
    }
}

#[test]
fn resuming_is_exact() {
    for path in [mkv(), mp4_index_last(), webm()] {
        let mut stand = Stand::new();
        stand.load(&path, millis(7_300), true);
        stand.until_first_frame();
        stand.until_phase(Phase::Playing);
        let at = stand.until_position();
        // The first report comes within a few ticks of the start.
        assert!(at >= millis(7_260), "{}: {at:?}", path.display());
        assert!(
            !stand
                .seen
                .iter()
                .any(|event| matches!(event, Event::Position(at) if *at < millis(7_260))),
            "nothing of the beginning is reported"
        );
    }
}

#[test]
fn it_plays_to_the_end_and_not_before() {
    let mut stand = Stand::new();
    stand.load(&mkv(), Duration::from_secs(10), true);
    stand.until_phase(Phase::Ended);
    let last = stand.seen.iter().rev().find_map(|event| match event {
        Event::Position(at) => Some(*at),
        _ => None,
    });
    assert!(last.unwrap() > millis(11_000), "{last:?}");
    // And again from the beginning.
    stand.player.play();
    stand.until_phase(Phase::Playing);
    assert!(stand.until_position() < Duration::from_secs(6));
}

#[test]
fn exact_seeks_land_within_a_frame() {
    let frame = Duration::from_secs(1) / FPS;
    for path in [mkv(), mp4_index_first(), webm()] {
        let mut stand = Stand::new();
        stand.load(&path, Duration::ZERO, false);
        stand.until_first_frame();
        for at in [9_000, 130, 11_500, 4_440, 4_480, 0, 6_660] {
            stand.player.seek(millis(at), SeekMode::Exact);
            let landed = stand.until_landed();
            assert!(
                landed.abs_diff(millis(at)) <= frame,
                "{}: {at} -> {landed:?}",
                path.display()
            );
        }
    }
}

#[test]
fn pausing_holds_the_position() {
    let mut stand = Stand::new();
    stand.load(&mkv(), Duration::ZERO, true);
    stand.until_phase(Phase::Playing);
    stand.until_position();
    stand.player.pause();
    stand.until_phase(Phase::Paused);
    stand.player.seek(millis(5_000), SeekMode::Exact);
    assert!(stand.until_landed().abs_diff(millis(5_000)) <= millis(40));
    stand.player.play();
    stand.until_phase(Phase::Playing);
    assert!(stand.until_position() >= millis(5_000));
}

#[test]
fn speed_changes_the_pace_of_the_position() {
    let mut stand = Stand::new();
    stand.player.set_speed(4.0);
    stand.load(&mkv(), Duration::ZERO, true);
    stand.until_phase(Phase::Playing);
    let begin = std::time::Instant::now();
    stand.until_phase(Phase::Ended);
    // 12 s at fourfold speed are 3 s; at normal speed they could not be over in 9.
    assert!(
        begin.elapsed() < Duration::from_secs(9),
        "{:?}",
        begin.elapsed()
    );
}

#[test]
fn another_load_takes_the_place_of_the_first() {
    let mut stand = Stand::new();
    for _ in 0..3 {
        stand.load(&mkv(), Duration::ZERO, true);
        stand.load(&webm(), Duration::ZERO, true);
        stand.load(&mp4_index_last(), millis(3_000), true);
    }
    stand.until_first_frame();
    stand.until_phase(Phase::Playing);
    // One of the others may have begun before the last one was asked for.
    stand.until("the last one's place", |event| match event {
        Event::Position(place) => (*place >= millis(2_960)).then_some(()),
        _ => None,
    });
    stand.player.stop();
    stand.until_phase(Phase::Idle);
}

/// The next place that is said to be in another file.
fn elsewhere(stand: &mut Stand) -> Duration {
    stand.until("another file", |event| match event {
        Event::Elsewhere(place) => Some(*place),
        _ => None,
    })
}

#[test]
fn a_file_of_a_film_counts_as_the_film_does() {
    let before = Duration::from_secs(20);
    let files = [(Some(before), None), (Some(LENGTH), None)];
    let pieces = Piece::lay(0, &files, None).unwrap();
    let mut stand = Stand::new();
    stand.player.load(Load {
        reader: Reader::file(&mkv()).unwrap(),
        start: before + millis(7_300),
        play: false,
        subtitles: Vec::new(),
        subtitle: None,
        first: First::default(),
        served: None,
        piece: Some(pieces[1]),
    });
    stand.until_phase(Phase::Paused);
    let mut lengths = stand.seen.iter().filter_map(|event| match event {
        Event::Duration(length) => Some(*length),
        _ => None,
    });
    assert!(lengths.all(|length| length == before + LENGTH));
    stand.player.seek(before + millis(3_000), SeekMode::Exact);
    let landed = stand.until("the landing", |event| match event {
        Event::SeekDone(place) => Some(*place),
        _ => None,
    });
    let off = landed.abs_diff(before + millis(3_000));
    assert!(off < millis(60), "{landed:?}");
    // What is in another file is said to be elsewhere, and nothing moves.
    for place in [Duration::ZERO, millis(19_900)] {
        stand.player.seek(place, SeekMode::Exact);
        assert_eq!(elsewhere(&mut stand), place);
    }
    stand.player.play();
    stand.until_phase(Phase::Ended);
    let told = stand.seen.iter().filter_map(|event| match event {
        Event::Position(at) => Some(*at),
        _ => None,
    });
    let told: Vec<Duration> = told.collect();
    assert!(
        !told.is_empty() && told.iter().all(|at| *at >= before),
        "{told:?}"
    );
    stand.player.play();
    // The film begins in its first file.
    assert_eq!(elsewhere(&mut stand), Duration::ZERO);
}
