use super::*;
use crate::player::SeekMode;

const SECOND: Duration = Duration::from_secs(1);

/// Effects in a short form: `+` what is told, otherwise what is done.
fn short(effects: &[Effect]) -> Vec<String> {
    let one = |effect: &Effect| match effect {
        Effect::Tell(Event::Phase(phase)) => format!("+{phase:?}"),
        Effect::Tell(Event::SeekDone(at)) => format!("+SeekDone {}", at.as_secs()),
        Effect::Tell(event) => format!("+{event:?}"),
        Effect::Seek(wish, speed) => match wish.position {
            Some(at) => format!("seek {} {:?} x{speed}", at.as_secs(), wish.mode),
            None => format!("seek here x{speed}"),
        },
        Effect::Run(run) => format!("run {run}"),
        Effect::Build { again } => format!("build {again}"),
        Effect::Open => "open".to_owned(),
        Effect::TearDown => "tear down".to_owned(),
    };
    effects.iter().map(one).collect()
}

fn check(machine: &mut Machine, steps: &[(Fact, &[&str])]) {
    for (number, (fact, expected)) in steps.iter().enumerate() {
        let due = machine.apply(fact.clone());
        assert_eq!(short(&due), *expected, "step {number}: {fact:?}");
    }
}

fn load(start: u32, play: bool) -> Fact {
    Fact::Load {
        start: SECOND * start,
        play,
    }
}

fn seek(to: u32, mode: SeekMode) -> Fact {
    Fact::Seek(Wish {
        position: Some(SECOND * to),
        mode,
        told: true,
    })
}

fn playing() -> Machine {
    let mut machine = Machine::default();
    check(
        &mut machine,
        &[
            (load(0, true), &["open", "+Opening"]),
            (Fact::Opened, &["build false"]),
            (Fact::Settled, &["+FirstFrame", "run true", "+Playing"]),
            (Fact::Length(SECOND * 100), &["+Duration(100s)"]),
        ],
    );
    machine
}

#[test]
fn a_start_in_the_middle_shows_nothing_of_the_beginning() {
    let mut machine = Machine::default();
    check(
        &mut machine,
        &[
            (load(60, true), &["open", "+Opening"]),
            (Fact::Opened, &["build false"]),
            (Fact::Settled, &["seek 60 Exact x1"]),
            // The frame that settles before the call has returned is the old one.
            (Fact::Settled, &[]),
            (Fact::SeekReturned(true), &[]),
            (Fact::Settled, &["+FirstFrame", "run true", "+Playing"]),
        ],
    );
}

#[test]
fn a_load_that_is_not_to_play_stands_on_its_first_frame() {
    let mut machine = Machine::default();
    check(
        &mut machine,
        &[
            (load(0, false), &["open", "+Opening"]),
            (Fact::Opened, &["build false"]),
            (Fact::Settled, &["+FirstFrame", "+Paused"]),
            (Fact::Play(true), &["run true", "+Playing"]),
            (Fact::Play(false), &["run false", "+Paused"]),
        ],
    );
}

#[test]
fn of_many_wishes_only_the_last_is_sought() {
    let mut machine = playing();
    check(
        &mut machine,
        &[
            (seek(10, SeekMode::Key), &["seek 10 Key x1"]),
            (seek(11, SeekMode::Key), &[]),
            (seek(12, SeekMode::Key), &[]),
            (Fact::SeekReturned(true), &[]),
            // The first place is shown, then the last one sought; nobody is told of the first.
            (Fact::Settled, &["seek 12 Key x1"]),
            (seek(500, SeekMode::Exact), &[]),
            (Fact::SeekReturned(true), &[]),
            (Fact::Settled, &["seek 100 Exact x1"]),
            (Fact::SeekReturned(true), &[]),
            (Fact::Settled, &["+SeekDone 100"]),
        ],
    );
}

#[test]
fn a_place_whose_bytes_do_not_come_is_given_up_for_another() {
    let mut machine = playing();
    check(
        &mut machine,
        &[
            (seek(10, SeekMode::Exact), &["seek 10 Exact x1"]),
            (Fact::SeekReturned(true), &[]),
            (Fact::Starved(true), &["+Buffering { percent: 0 }"]),
            (seek(12, SeekMode::Exact), &[]),
            (Fact::Starved(true), &["seek 12 Exact x1"]),
            (Fact::Starved(false), &["+Playing"]),
            (Fact::SeekReturned(true), &[]),
            (Fact::Settled, &["+SeekDone 12"]),
        ],
    );
}

#[test]
fn an_empty_queue_holds_the_film_and_a_full_one_lets_it_go() {
    let mut machine = playing();
    check(
        &mut machine,
        &[
            (Fact::Fill(100), &[]),
            (Fact::Fill(0), &["run false", "+Buffering { percent: 0 }"]),
            (Fact::Fill(50), &["+Buffering { percent: 50 }"]),
            (Fact::Play(false), &["+Paused"]),
            (Fact::Fill(100), &[]),
            (Fact::Play(true), &["run true", "+Playing"]),
            (Fact::Fill(3), &["run false", "+Buffering { percent: 3 }"]),
            (Fact::Fill(100), &["run true", "+Playing"]),
        ],
    );
}

#[test]
fn a_queue_that_fills_for_the_first_time_holds_nothing_up() {
    let mut machine = Machine::default();
    check(
        &mut machine,
        &[
            (load(0, true), &["open", "+Opening"]),
            (Fact::Opened, &["build false"]),
            (Fact::Fill(10), &[]),
            (Fact::Settled, &["+FirstFrame", "run true", "+Playing"]),
            (Fact::Fill(50), &[]),
            // Unless the film stands for want of bytes: then it goes on with a full queue.
            (
                Fact::Starved(true),
                &["run false", "+Buffering { percent: 50 }"],
            ),
            (Fact::Starved(false), &[]),
            (Fact::Fill(90), &["+Buffering { percent: 90 }"]),
            (Fact::Fill(100), &["run true", "+Playing"]),
            (Fact::Fill(20), &["run false", "+Buffering { percent: 20 }"]),
            // A seek asks the same question anew.
            (seek(50, SeekMode::Exact), &["seek 50 Exact x1", "+Playing"]),
            (Fact::SeekReturned(true), &[]),
            (Fact::Settled, &["+SeekDone 50", "run true"]),
            // Without a queue the bytes themselves let it go.
            (Fact::Fill(100), &[]),
            (
                Fact::Starved(true),
                &["run false", "+Buffering { percent: 0 }"],
            ),
            (Fact::Starved(false), &["run true", "+Playing"]),
        ],
    );
}

#[test]
fn after_the_end_it_plays_from_the_beginning_or_from_a_place() {
    let mut machine = playing();
    check(
        &mut machine,
        &[
            (Fact::End, &["+Ended"]),
            (Fact::Play(true), &["seek 0 Exact x1", "+Playing"]),
            // That end was the old one.
            (Fact::End, &[]),
            (Fact::SeekReturned(true), &[]),
            (Fact::Settled, &[]),
            (seek(100, SeekMode::Exact), &["seek 100 Exact x1"]),
            // At the end the end may come before the call returns.
            (Fact::End, &[]),
            (Fact::SeekReturned(true), &[]),
            (Fact::Settled, &["+SeekDone 100", "+Ended"]),
            (seek(5, SeekMode::Exact), &["seek 5 Exact x1", "+Playing"]),
        ],
    );
}

#[test]
fn a_start_that_hangs_is_tried_once_more_and_then_given_up() {
    let mut machine = Machine::default();
    check(
        &mut machine,
        &[
            (load(60, true), &["open", "+Opening"]),
            (Fact::Opened, &["build false"]),
            (Fact::Stuck(SECOND * 60), &["tear down", "build true"]),
            (Fact::Settled, &["seek 60 Exact x1"]),
            (
                Fact::Stuck(SECOND * 60),
                &["tear down", "+Failed(Stuck)", "+Failed"],
            ),
            (Fact::Settled, &[]),
            (Fact::Failed(PlayerError::Stuck), &[]),
            (Fact::Play(true), &[]),
            // Another load has another try.
            (load(0, true), &["open", "+Opening"]),
            (Fact::Opened, &["build false"]),
            (Fact::Stuck(Duration::ZERO), &["tear down", "build true"]),
        ],
    );
}

#[test]
fn a_refused_seek_stays_where_it_is() {
    let mut machine = playing();
    check(
        &mut machine,
        &[
            (seek(10, SeekMode::Key), &["seek 10 Key x1"]),
            (Fact::SeekReturned(false), &["+SeekDone 10"]),
        ],
    );
}

#[test]
fn speed_outlives_seeks_and_loads() {
    let mut machine = playing();
    check(
        &mut machine,
        &[
            (Fact::Speed(1.5), &["seek here x1.5"]),
            (Fact::SeekReturned(true), &[]),
            (Fact::Settled, &[]),
            (Fact::Speed(1.5), &[]),
            (seek(10, SeekMode::Key), &["seek 10 Key x1.5"]),
            (load(0, true), &["tear down", "open", "+Opening"]),
            (Fact::Opened, &["build false"]),
            (Fact::Settled, &["seek 0 Exact x1.5"]),
        ],
    );
}

#[test]
fn stopping_is_possible_at_any_moment() {
    let mut machine = Machine::default();
    check(&mut machine, &[(Fact::Stop, &[])]);
    let mut machine = Machine::default();
    check(
        &mut machine,
        &[
            (load(0, true), &["open", "+Opening"]),
            (Fact::Stop, &["tear down", "+Idle"]),
            (Fact::Opened, &[]),
        ],
    );
    let mut machine = playing();
    check(
        &mut machine,
        &[
            (seek(10, SeekMode::Key), &["seek 10 Key x1"]),
            (Fact::Stop, &["tear down", "+Idle"]),
            (Fact::SeekReturned(true), &[]),
            (Fact::Settled, &[]),
            (Fact::End, &[]),
            (Fact::Fill(3), &[]),
            (Fact::Play(true), &[]),
        ],
    );
}
