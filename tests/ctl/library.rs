//! Listing and showing titles, also without the server.

use testkit::Options;
use testkit::titles::{EPISODES, FILMS, SHOW};

use crate::program::{Ctl, keep};

#[test]
fn titles_are_listed_found_and_shown() {
    let ctl = Ctl::signed_in(Options::default());
    let rows = ctl.json(&["ls"]);
    let rows = rows.as_array().unwrap();
    for title in FILMS
        .iter()
        .map(|film| film.title)
        .chain(EPISODES.concat())
        .chain([SHOW])
    {
        assert!(rows.iter().any(|row| row["title"] == title), "{title}");
    }
    let row = ctl.row("Dark Adaptation");
    assert_eq!(
        (&row["kind"], &row["season"], &row["index"]),
        (&"episode".into(), &1.into(), &2.into())
    );
    assert_eq!(row["context"], SHOW);

    let film = ctl.json(&["show", "the long reel"]);
    assert_eq!(film["year"], 2024);
    assert_eq!(film["chapters"].as_array().unwrap().len(), 4);
    let tracks = film["parts"][0]["tracks"].as_array().unwrap();
    let kinds: Vec<_> = tracks
        .iter()
        .map(|track| track["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["video", "audio", "audio", "subtitle", "subtitle"]);
    let id = film["id"].as_str().unwrap();
    assert_eq!(ctl.json(&["show", id])["title"], "The Long Reel");
}

#[test]
fn a_title_that_several_have_lists_them() {
    let ctl = Ctl::signed_in(Options::default());
    let ran = ctl.run(&["show", "light"]).failed(1, "titles match");
    for title in ["Harbour Lights", "First Light"] {
        assert!(ran.err.contains(title), "{ran:?}");
    }
    ctl.run(&["show", "No Such Thing"]).failed(1, "no title");
    assert!(ctl.run(&["--json", "show", "light"]).json()["error"].is_string());
}

#[test]
fn folders_are_listed_like_servers() {
    let ctl = Ctl::new(Options::default());
    let folder = ctl.stage.folder();
    ctl.run(&["accounts", "add", "folder", folder.path().to_str().unwrap()])
        .done();
    assert_eq!(ctl.row("Harbour Lights")["year"], 2022);
    let episode = ctl.row("Last Contact");
    assert_eq!(
        (&episode["season"], &episode["index"]),
        (&2.into(), &3.into())
    );
    assert_eq!(ctl.row("Slack Water")["kind"], "track");

    std::fs::remove_file(folder.film(&FILMS[1])).unwrap();
    ctl.run(&["sync"]).done();
    assert_eq!(
        ctl.json(&["ls", "Harbour Lights"])
            .as_array()
            .unwrap()
            .len(),
        0
    );
}

#[test]
fn the_library_is_there_without_the_server_and_says_what_is_on_this_device() {
    let mut ctl = Ctl::signed_in(Options::default());
    keep(&ctl, "Copper Valley");
    // A film goes on arriving while it is open; at this pace it is not all here when the command ends.
    ctl.stage.server.set_rate(Some(200_000));
    ctl.run(&["fetch", "Northbound", "--range", "0-99999", "--discard"])
        .done();
    ctl.stage.server.stop();
    assert_eq!(ctl.row("Copper Valley")["on_device"], 1.0);
    let partly = ctl.row("Northbound")["on_device"].as_f64().unwrap();
    assert!(partly > 0.0 && partly < 1.0, "{partly}");
    let here = ctl.json(&["ls", "--on-device"]);
    let mut here: Vec<_> = here
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["title"].as_str().unwrap())
        .collect();
    here.sort_unstable();
    assert_eq!(here, ["Copper Valley", "Northbound"]);
    ctl.run(&["sync"]).failed(1, "could not be refreshed");
}
