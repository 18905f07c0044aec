//! Playing without a window.

use serde_json::Value;
use testkit::titles::{
    COPPER_VALLEY, FILMS, HARBOUR_LIGHTS, PAPER_MOONS, THE_GLASS_ORCHARD, THE_LONG_REEL,
};
use testkit::{Catalogue, Media, Options};

use crate::program::{Ctl, keep};

fn play(ctl: &Ctl, title: &str, more: &[&str]) -> Vec<Value> {
    let arguments = [&["--json", "play", title, "--headless"], more].concat();
    let (lines, code) = ctl.start(&arguments).rest();
    assert_eq!(code, Some(0), "{lines:#?}");
    lines
}

fn seconds<'a>(lines: &'a [Value], event: &'a str) -> impl Iterator<Item = f64> + 'a {
    lines
        .iter()
        .filter(move |line| line["event"] == event)
        .map(|line| line["seconds"].as_f64().unwrap())
}

#[test]
fn it_plays_from_a_start_to_a_stop_and_remembers() {
    let ctl = Ctl::signed_in(Options::default());
    let lines = play(&ctl, "The Long Reel", &["--start", "20", "--stop", "0:22"]);
    assert!(
        lines.iter().any(|line| line["event"] == "first-frame"),
        "{lines:#?}"
    );
    let tracks = lines.iter().find(|line| line["event"] == "tracks").unwrap();
    assert_eq!(
        (&tracks["audio"], &tracks["subtitles"]),
        (&2.into(), &2.into())
    );
    let first = seconds(&lines, "position").next().unwrap();
    assert!((19.9..22.5).contains(&first), "{first}");
    let stopped = seconds(&lines, "stopped").next().unwrap();
    assert!((22.0..24.0).contains(&stopped), "{stopped}");
    assert_eq!(lines.last().unwrap()["event"], "stopped");

    let kept = ctl.row("The Long Reel")["position"].as_f64().unwrap();
    assert!((kept - stopped).abs() < 0.1, "{kept} after {stopped}");
    let (reported, watched) = ctl.server().jellyfin().watched("The Long Reel");
    assert!(
        (reported.as_secs_f64() - stopped).abs() < 0.1 && !watched,
        "{reported:?}"
    );

    let lines = play(&ctl, "The Long Reel", &["--stop", "40%"]);
    let resumed = seconds(&lines, "position").next().unwrap();
    assert!(resumed >= stopped - 0.1, "{resumed} after {stopped}");
    let stopped = seconds(&lines, "stopped").next().unwrap();
    assert!((24.0..26.0).contains(&stopped), "{stopped}");
}

#[test]
fn every_container_plays_and_seeks() {
    let ctl = Ctl::signed_in(Options::default());
    for index in [HARBOUR_LIGHTS, THE_GLASS_ORCHARD, PAPER_MOONS] {
        let lines = play(
            &ctl,
            FILMS[index].title,
            &["--start", "50%", "--stop", "54%"],
        );
        let length = FILMS[index].duration().as_secs_f64();
        let stopped = seconds(&lines, "stopped").next().unwrap();
        assert!(
            (length * 0.54..length * 0.54 + 2.0).contains(&stopped),
            "{stopped} of {length}"
        );
        let told = seconds(&lines, "duration").next().unwrap();
        assert!((told - length).abs() < 0.5, "{told} of {length}");
    }
}

#[test]
fn played_to_its_end_it_counts_as_watched() {
    let ctl = Ctl::signed_in(Options::default());
    let lines = play(&ctl, "Northbound", &["--start", "17"]);
    assert!(
        lines.iter().any(|line| line["phase"] == "ended"),
        "{lines:#?}"
    );
    assert!(ctl.server().jellyfin().watched("Northbound").1);
    let row = ctl.row("Northbound");
    assert_eq!(
        (&row["watched"], &row["position"]),
        (&true.into(), &0.0.into())
    );
}

#[test]
fn what_is_on_this_device_plays_without_the_server_and_the_rest_says_why_not() {
    let mut ctl = Ctl::signed_in(Options::default());
    keep(&ctl, "Copper Valley");
    ctl.stage.server.stop();
    let lines = play(&ctl, "Copper Valley", &["--start", "70%", "--stop", "75%"]);
    assert!(seconds(&lines, "stopped").next().unwrap() >= 15.0);
    ctl.run(&["play", "Northbound", "--headless", "--stop", "1"])
        .failed(1, "network");
    // What was watched meanwhile reaches the server when it is back.
    ctl.stage.server.start_again();
    ctl.run(&["sync"]).done();
    let (position, _) = ctl.server().jellyfin().watched("Copper Valley");
    assert!(position.as_secs_f64() >= 15.0, "{position:?}");
}

#[test]
fn files_and_folders_play_without_a_copy() {
    let ctl = Ctl::new(Options::default());
    let file = Media::ready().film(&FILMS[PAPER_MOONS]);
    let lines = play(
        &ctl,
        file.to_str().unwrap(),
        &["--start", "5", "--stop", "6"],
    );
    assert!(seconds(&lines, "stopped").next().unwrap() >= 6.0);

    let folder = ctl.stage.folder();
    ctl.run(&["accounts", "add", "folder", folder.path().to_str().unwrap()])
        .done();
    play(&ctl, "First Light", &["--start", "5", "--stop", "6"]);
    assert!(ctl.row("First Light")["position"].as_f64().unwrap() >= 6.0);
    assert_eq!(ctl.json(&["cache", "ls"]).as_array().unwrap().len(), 0);
}

#[test]
fn music_plays() {
    let ctl = Ctl::signed_in(Options::default());
    for title in ["Ebb Hall", "Slack Water"] {
        let lines = play(&ctl, title, &["--start", "2", "--stop", "3"]);
        assert!(seconds(&lines, "stopped").next().unwrap() >= 3.0);
    }
}

#[test]
fn a_broken_file_is_said_plainly() {
    let ctl = Ctl::new(Options::default());
    let file = ctl.stage.path().join("broken.mkv");
    std::fs::write(&file, vec![0x1a; 200_000]).unwrap();
    ctl.run(&["play", file.to_str().unwrap(), "--headless"])
        .failed(1, "damaged");
}

#[test]
fn interrupted_it_ends_in_good_order() {
    let ctl = Ctl::signed_in(Options::default());
    let mut running = ctl.start(&[
        "--json",
        "play",
        "The Long Reel",
        "--headless",
        "--start",
        "10",
    ]);
    let at =
        running.until(|line| line["event"] == "position" && line["seconds"].as_f64() > Some(11.0));
    running.interrupt();
    let (lines, code) = running.rest();
    assert_eq!(code, Some(0), "{lines:#?}");
    assert_eq!(lines.last().unwrap()["event"], "stopped");
    let kept = ctl.row("The Long Reel")["position"].as_f64().unwrap();
    assert!(
        kept >= at["seconds"].as_f64().unwrap() - 0.1,
        "{kept} after {at}"
    );
}

#[test]
fn a_lower_quality_is_made_by_the_server_and_leaves_nothing_here() {
    let ctl = Ctl::signed_in(Options::default());
    let title = FILMS[THE_LONG_REEL].title;
    let arguments = [
        "--json",
        "play",
        title,
        "--headless",
        "--quality",
        "700k",
        "--start",
        "30",
        "--stop",
        "34",
    ];
    let (lines, code) = ctl.start(&arguments).rest();
    assert_eq!(code, Some(0), "{lines:?}");
    let serving = &lines[0];
    assert_eq!(
        (&serving["event"], &serving["method"]),
        (&"serving".into(), &"transcode".into())
    );
    assert_eq!(serving["reason"], "ContainerBitrateExceedsLimit");
    let of = |event: &str| -> Vec<f64> {
        let of_kind = lines.iter().filter(|line| line["event"] == event);
        of_kind
            .filter_map(|line| line["seconds"].as_f64())
            .collect()
    };
    assert_eq!(of("duration"), [60.0]);
    let positions = of("position");
    // Pieces are 4 s long: it begins with the one that holds the place.
    assert!(positions[0] >= 28.0 && positions[0] < 34.0, "{positions:?}");
    assert!(positions.is_sorted(), "{positions:?}");
    assert!(of("stopped")[0] >= 34.0);
    assert_eq!(ctl.row(title)["on_device"], 0.0, "a stream is not kept");
    let reports = ctl.server().requests_to("/Sessions/Playing");
    assert_eq!(reports[0].json()["PlayMethod"], "Transcode");
    assert_eq!(
        ctl.server()
            .bytes_sent(&ctl.server().jellyfin().stream_path(title)),
        0
    );
    for request in ctl.server().requests() {
        assert!(
            !request.query.contains(&ctl.server().token()),
            "{}",
            request.path
        );
    }
}

#[test]
fn what_a_lower_quality_would_not_lower_plays_as_it_is() {
    let ctl = Ctl::signed_in(Options::default());
    let title = FILMS[THE_LONG_REEL].title;
    let arguments = [
        "--json",
        "play",
        title,
        "--headless",
        "--quality",
        "20M",
        "--start",
        "30",
        "--stop",
        "31",
    ];
    let (lines, code) = ctl.start(&arguments).rest();
    assert_eq!(code, Some(0), "{lines:?}");
    assert!(
        lines.iter().all(|line| line["event"] != "serving"),
        "{lines:?}"
    );
    assert!(ctl.server().jellyfin().streams().is_empty());
}

#[test]
fn a_film_in_two_files_plays_from_one_into_the_next() {
    let films = [&FILMS[COPPER_VALLEY], &FILMS[THE_LONG_REEL]];
    let catalogue = Catalogue::default().and_film_in_files(Media::ready(), "Two Reels", &films);
    let ctl = Ctl::signed_in(Options {
        catalogue,
        ..Options::default()
    });
    let lines = play(&ctl, "Two Reels", &["--start", "18", "--stop", "22"]);
    let told: Vec<f64> = seconds(&lines, "position").collect();
    assert!(told.first().is_some_and(|at| (17.9..20.1).contains(at)));
    assert!(told.windows(2).all(|pair| pair[0] <= pair[1]), "{told:?}");
    let stopped = seconds(&lines, "stopped").next().unwrap();
    assert!((22.0..24.0).contains(&stopped), "{stopped}");
    assert!(seconds(&lines, "duration").any(|length| (length - 80.0).abs() < 0.1));
    let phases = lines.iter().filter(|line| line["event"] == "phase");
    assert!(phases.into_iter().all(|line| line["phase"] != "ended"));
    let kept = ctl.row("Two Reels")["position"].as_f64().unwrap();
    assert!((kept - stopped).abs() < 0.1, "{kept} after {stopped}");
    let (_, watched) = ctl.server().jellyfin().watched("Two Reels");
    assert!(!watched);
}
