//! Listing and showing titles, also without the server.

use testkit::Options;
use testkit::titles::{ALBUM, ARTIST, ARTIST_OVERVIEW, EPISODES, FILMS, Film, SHOW};

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
fn artists_are_listed_with_their_albums() {
    let ctl = Ctl::signed_in(Options::default());
    let artist = ctl.row(ARTIST);
    assert_eq!(
        (&artist["kind"], &artist["albums"]),
        (&"artist".into(), &1.into())
    );
    assert!(ctl.row(ALBUM).get("albums").is_none());
    let shown = ctl.json(&["show", artist["id"].as_str().unwrap()]);
    assert_eq!(shown["overview"], ARTIST_OVERVIEW);
    // By the name come also album and tracks; the id says whom one means.
    ctl.run(&["cache", "keep", artist["id"].as_str().unwrap()])
        .done();
    assert_eq!(ctl.row(ALBUM)["on_device"], 1.0);
    assert_eq!(ctl.row(ARTIST)["on_device"], 1.0);
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
fn a_list_is_narrowed_by_more_than_words() {
    let ctl = Ctl::signed_in(Options::default());
    let titles = |arguments: &[&str]| -> Vec<String> {
        let rows = ctl.json(&[&["ls"], arguments].concat());
        let rows = rows.as_array().unwrap().iter();
        rows.map(|row| row["title"].as_str().unwrap().to_owned())
            .collect()
    };
    let of = |wanted: &dyn Fn(&Film) -> bool| -> Vec<String> {
        let films = FILMS.iter().filter(|film| wanted(film));
        let mut titles: Vec<_> = films.map(|film| film.title.to_owned()).collect();
        titles.sort_unstable();
        titles
    };
    let sorted = |mut titles: Vec<String>| {
        titles.sort_unstable();
        titles
    };
    let family = of(&|film| film.genres.contains(&"Family"));
    assert!(family.len() > 1);
    assert_eq!(sorted(titles(&["--genre", "Family"])), family);
    let of_the_tens = of(&|film| film.genres.contains(&"Family") && film.year / 10 == 201);
    assert!(!of_the_tens.is_empty() && of_the_tens != family);
    let narrow = [
        "--genre",
        "Family",
        "--decade",
        "2010",
        "--resolution",
        "sd",
    ];
    assert_eq!(sorted(titles(&narrow)), of_the_tens);
    assert!(titles(&["--resolution", "4k"]).is_empty());
    let seen = &of_the_tens[0];
    ctl.run(&["watched", seen]).done();
    assert!(!titles(&[&narrow[..], &["--unwatched"]].concat()).contains(seen));
    ctl.run(&["favourite", seen]).done();
    assert_eq!(titles(&["--favourites"]), [seen.as_str()]);
    assert_eq!(ctl.row(seen)["resolution"], "sd");
    let rated = titles(&["--genre", "Family", "--sort", "rating"]);
    let rating = |title: &String| {
        FILMS
            .iter()
            .find(|film| film.title == title)
            .unwrap()
            .rating
    };
    assert!(
        rated.is_sorted_by(|one, other| rating(one) >= rating(other)),
        "{rated:?}"
    );
    ctl.run(&["ls", "--unwatched", "--favourites"])
        .failed_usage();
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
