//! What a person says of titles: watched, favourites, points; and what a server has not heard of it.

use serde_json::Value;
use testkit::Options;
use testkit::titles::{FILMS, HARBOUR_LIGHTS, PAPER_MOONS, SHOW, THE_LONG_REEL};

use crate::program::Ctl;

fn paths(ctl: &Ctl, start: &str) -> Vec<String> {
    let asked = ctl.server().requests_to(start);
    let told = asked
        .iter()
        .filter(|request| request.method != "GET" && !request.path.starts_with("/Users/"));
    told.map(|request| format!("{} {}", request.method, request.path))
        .collect()
}

#[test]
fn a_title_is_marked_told_and_taken_back() {
    let ctl = Ctl::signed_in(Options::default());
    let title = FILMS[HARBOUR_LIGHTS].title;
    let id = ctl.server().jellyfin().id(title);
    let watched = ctl.json(&["watched", title]);
    assert_eq!(
        (&watched["title"], &watched["watched"]),
        (&title.into(), &true.into())
    );
    assert!(ctl.server().jellyfin().watched(title).1);
    assert_eq!(ctl.json(&["watched", title, "--undo"])["watched"], false);
    assert!(!ctl.server().jellyfin().watched(title).1);

    assert_eq!(ctl.json(&["favourite", title])["favourite"], true);
    assert_eq!(ctl.row(title)["favourite"], true);
    assert_eq!(
        ctl.json(&["favourite", title, "--undo"])["favourite"],
        false
    );
    assert_eq!(ctl.json(&["rate", title, "7"])["own_rating"], 7);
    assert_eq!(ctl.json(&["rate", title])["own_rating"], Value::Null);
    let marks = [
        format!("POST /UserPlayedItems/{id}"),
        format!("DELETE /UserPlayedItems/{id}"),
        format!("POST /UserFavoriteItems/{id}"),
        format!("DELETE /UserFavoriteItems/{id}"),
        format!("POST /UserItems/{id}/UserData"),
        format!("POST /UserItems/{id}/UserData"),
    ];
    assert_eq!(paths(&ctl, "/User*"), marks);
    assert_eq!(ctl.json(&["outbox"]), Value::Array(Vec::new()));
}

#[test]
fn a_show_is_watched_as_a_whole() {
    let ctl = Ctl::signed_in(Options::default());
    ctl.run(&["watched", SHOW]).done();
    let rows = ctl.json(&["ls"]);
    let episodes = || {
        let rows = rows.as_array().unwrap().iter();
        rows.filter(|row| row["kind"] == "episode")
    };
    assert!(episodes().count() > 1);
    assert!(episodes().all(|row| row["watched"] == true), "{rows}");
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_told() {
    let ctl = Ctl::signed_in(Options::default());
    ctl.run(&["watched", "No Such Film"])
        .failed(1, "No Such Film");
    ctl.run(&["rate", FILMS[HARBOUR_LIGHTS].title, "11"])
        .failed_usage();
    ctl.run(&["favourite"]).failed_usage();
    assert_eq!(paths(&ctl, "/User*"), Vec::<String>::new());
}

#[test]
fn what_a_server_has_not_heard_is_listed_in_order_and_told_later() {
    let mut ctl = Ctl::signed_in(Options::default());
    let [first, second, third] =
        [HARBOUR_LIGHTS, PAPER_MOONS, THE_LONG_REEL].map(|film| FILMS[film].title);
    ctl.stage.server.stop();
    assert_eq!(ctl.json(&["watched", first])["watched"], true);
    assert_eq!(ctl.json(&["favourite", second])["favourite"], true);
    assert_eq!(ctl.json(&["rate", third, "9"])["own_rating"], 9);
    let rows = ctl.json(&["outbox"]);
    let rows: Vec<_> = rows.as_array().unwrap().iter().collect();
    let told: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                row["title"].as_str().unwrap(),
                row["what"].as_str().unwrap(),
            )
        })
        .collect();
    let wanted = [(first, "watched"), (second, "favourite"), (third, "rating")];
    assert_eq!(told, wanted);
    assert_eq!(
        (&rows[0]["yes"], &rows[2]["points"]),
        (&true.into(), &9.into())
    );
    assert!(
        rows.iter()
            .all(|row| row["happened_at"].as_i64().unwrap() > 0)
    );
    let shown = ctl.run(&["outbox"]).done();
    let shown = String::from_utf8_lossy(&shown.out).into_owned();
    assert!(shown.contains("rating: 9"), "{shown}");

    ctl.stage.server.start_again();
    ctl.run(&["sync"]).done();
    assert_eq!(ctl.json(&["outbox"]), Value::Array(Vec::new()));
    let places = paths(&ctl, "/User*");
    let starts = [
        "POST /UserPlayedItems/",
        "POST /UserFavoriteItems/",
        "POST /UserItems/",
    ];
    assert_eq!(places.len(), starts.len(), "{places:?}");
    for (place, start) in places.iter().zip(starts) {
        assert!(place.starts_with(start), "{places:?}");
    }
}

#[test]
fn the_version_that_is_chosen_plays() {
    let ctl = Ctl::signed_in(Options::default());
    let [film, other] = [THE_LONG_REEL, HARBOUR_LIGHTS].map(|at| FILMS[at].title);
    ctl.server().jellyfin().add_version(film, other, 1080);
    let ids = |rows: &Value| -> Vec<String> {
        let rows = rows.as_array().unwrap().iter();
        rows.map(|row| row["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let before = ctl.json(&["versions", film]);
    let [first, second]: [String; 2] = ids(&before).try_into().unwrap();
    assert_eq!(
        (&before[0]["chosen"], &before[1]["height"]),
        (&false.into(), &1080.into())
    );
    let after = ctl.json(&["versions", film, &second]);
    assert_eq!(ids(&after), [second.clone(), first]);
    assert_eq!(after[0]["chosen"], true);
    assert_eq!(ids(&ctl.json(&["versions", film]))[0], second);
    ctl.run(&["fetch", film, "--discard"]).done();
    let asked = ctl.server().requests_to("/Videos/*");
    let bytes = asked
        .iter()
        .filter(|request| request.path.ends_with("/stream"));
    let bytes: Vec<_> = bytes.map(|request| request.query.clone()).collect();
    assert!(!bytes.is_empty());
    assert!(
        bytes.iter().all(|query| query.contains(&second)),
        "{bytes:?}"
    );
    ctl.run(&["versions", film, "x"])
        .failed(1, "has no version \"x\"");
}
