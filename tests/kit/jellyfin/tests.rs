use serde_json::Value;

use super::*;
use crate::media::Media;
use crate::titles;

fn face() -> Face {
    let options = Options {
        catalogue: Catalogue::of(Media::ready()),
        ..Options::default()
    };
    Face::new(options, 1, std::sync::Arc::default())
}

fn ask(face: &Face, method: &str, target: &str, body: &Value) -> Reply {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let request = Request {
        method: method.into(),
        path: path.into(),
        query: query.into(),
        headers: vec![("Authorization".into(), "MediaBrowser Token=\"t\"".into())],
        body: if body.is_null() {
            Vec::new()
        } else {
            body.to_string().into_bytes()
        },
    };
    face.reply(&request, "t")
}

fn get(face: &Face, target: &str) -> Value {
    let reply = ask(face, "GET", target, &Value::Null);
    assert_eq!(reply.status, 200, "{target}");
    match reply.body {
        crate::http::Body::Bytes(bytes) => serde_json::from_slice(&bytes).unwrap(),
        crate::http::Body::Blob(..) => panic!("{target} is no JSON"),
    }
}

fn names(page: &Value) -> Vec<&str> {
    let items = page["Items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["Name"].as_str().unwrap())
        .collect()
}

#[test]
fn libraries_hold_films_a_show_and_an_album() {
    let face = face();
    let views = get(&face, "/UserViews");
    assert_eq!(names(&views), ["Films", "Shows", "Music"]);
    let films = views["Items"][0]["Id"].as_str().unwrap();
    let page = get(
        &face,
        &format!(
            "/Items?parentId={films}&recursive=true&includeItemTypes=Movie&sortBy=SortName&startIndex=1&limit=2"
        ),
    );
    assert_eq!(page["TotalRecordCount"], 12);
    assert_eq!(names(&page), ["Copper Valley", "The Glass Orchard"]);
    assert!(page["Items"][0].get("MediaSources").is_none());
    assert!(page["Items"][0]["ImageTags"]["Primary"].is_string());
}

#[test]
fn a_film_is_described_as_it_is() {
    let face = face();
    let item = get(&face, &format!("/Items/{}", face.id("The Long Reel")));
    let source = &item["MediaSources"][0];
    let file = Media::ready().film(&titles::FILMS[titles::THE_LONG_REEL]);
    assert_eq!(source["Size"], std::fs::metadata(file).unwrap().len());
    let kinds: Vec<_> = source["MediaStreams"]
        .as_array()
        .unwrap()
        .iter()
        .map(|stream| stream["Type"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["Video", "Audio", "Audio", "Subtitle", "Subtitle"]);
    assert_eq!(item["Chapters"][1]["StartPositionTicks"], 150_000_000);
    assert_eq!(item["Chapters"].as_array().unwrap().len(), 4);
}

#[test]
fn seasons_and_episodes_stand_in_order() {
    let face = face();
    let show = face.id(titles::SHOW);
    assert_eq!(
        names(&get(&face, &format!("/Shows/{show}/Seasons"))),
        ["Season 1", "Season 2"]
    );
    let all = get(&face, &format!("/Shows/{show}/Episodes"));
    assert_eq!(names(&all), titles::EPISODES.concat());
    let second = get(&face, &format!("/Shows/{show}/Episodes?season=2"));
    assert_eq!(names(&second), titles::EPISODES[1]);
    assert_eq!(second["Items"][0]["SeriesName"], titles::SHOW);
}

#[test]
fn positions_come_back_and_the_end_counts_as_watched() {
    let face = face();
    let id = face.id("Harbour Lights");
    let report = |event: &str, position: i64| {
        let body = json!({ "ItemId": id, "PositionTicks": position });
        ask(&face, "POST", &format!("/Sessions/Playing{event}"), &body).status
    };
    assert_eq!(report("", 0), 204);
    assert_eq!(report("/Progress", 200_000_000), 204);
    assert_eq!(
        face.watched("Harbour Lights"),
        (Duration::from_secs(20), false)
    );
    let resume = get(&face, "/UserItems/Resume?mediaTypes=Video");
    assert_eq!(names(&resume), ["Harbour Lights"]);
    assert_eq!(
        resume["Items"][0]["UserData"]["PlaybackPositionTicks"],
        200_000_000
    );
    assert_eq!(report("/Stopped", 590_000_000), 204);
    assert_eq!(face.watched("Harbour Lights"), (Duration::ZERO, true));
    assert_eq!(names(&get(&face, "/UserItems/Resume")), [""; 0]);
}

#[test]
fn marking_a_season_marks_its_episodes() {
    let face = face();
    let season = face.id("Season 1");
    ask(
        &face,
        "POST",
        &format!("/UserPlayedItems/{season}"),
        &Value::Null,
    );
    assert!(face.watched(titles::EPISODES[0][2]).1);
    assert!(!face.watched(titles::EPISODES[1][0]).1);
    let show = get(&face, &format!("/Items/{}", face.id(titles::SHOW)));
    assert_eq!(show["UserData"]["UnplayedItemCount"], 3);
    assert_eq!(
        names(&get(&face, "/Shows/NextUp")),
        [titles::EPISODES[1][0]]
    );
}

#[test]
fn bytes_pictures_and_subtitles_are_served() {
    let face = face();
    let id = face.id("The Long Reel");
    let status = |method: &str, path: String| ask(&face, method, &path, &Value::Null).status;
    assert_eq!(
        status("GET", format!("/Videos/{id}/stream.mkv?static=true")),
        200
    );
    assert_eq!(
        status("HEAD", format!("/Videos/{id}/stream?static=true")),
        200
    );
    assert_eq!(status("HEAD", format!("/Items/{id}/Download")), 405);
    assert_eq!(status("GET", format!("/Items/{id}/Download")), 200);
    assert_eq!(
        status("GET", format!("/Items/{id}/Images/Primary?tag=x")),
        200
    );
    assert_eq!(status("GET", format!("/Items/{id}/Images/Backdrop/0")), 200);
    assert_eq!(
        status("GET", format!("/Videos/{id}/{id}/Subtitles/3/0/Stream.vtt")),
        200
    );
    assert_eq!(
        status("GET", format!("/Videos/{id}/{id}/Subtitles/9/0/Stream.srt")),
        404
    );
    assert_eq!(status("GET", "/Items/0123".into()), 404);
}

#[test]
fn signed_out_the_token_is_worth_nothing() {
    let face = face();
    assert_eq!(ask(&face, "GET", "/Users/Me", &Value::Null).status, 200);
    assert_eq!(
        ask(&face, "POST", "/Sessions/Logout", &Value::Null).status,
        204
    );
    assert_eq!(ask(&face, "GET", "/Users/Me", &Value::Null).status, 401);
}

#[test]
fn ten_thousand_titles_are_answered_in_pages() {
    let options = Options {
        catalogue: Catalogue::of(Media::ready()).and_films(Media::ready(), 10_000),
        ..Options::default()
    };
    let face = Face::new(options, 1, std::sync::Arc::default());
    let page = get(
        &face,
        "/Items?recursive=true&includeItemTypes=Movie&startIndex=9990&limit=100&sortBy=SortName",
    );
    assert_eq!(page["TotalRecordCount"], 10_012);
    assert_eq!(page["Items"].as_array().unwrap().len(), 22);
}
