use super::*;
use crate::http::Body;
use crate::media::Media;
use crate::titles::{self, EPISODES, FILMS, HARBOUR_LIGHTS, SHOW, THE_LONG_REEL};
use crate::{Catalogue, Connection, FakeServer, Options};

const TOKEN: &str = "t";

fn face() -> Plex {
    let catalogue = Arc::new(RwLock::new(Catalogue::of(Media::ready())));
    let face = Plex::new(PlexSetup::default(), catalogue, Arc::default());
    face.admit(TOKEN, "ada");
    face
}

fn request(method: &str, target: &str, headers: &[(&str, &str)]) -> Request {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Request {
        method: method.into(),
        path: path.into(),
        query: query.into(),
        headers: headers.iter().map(own).collect(),
        body: Vec::new(),
    }
}

fn ask(face: &Plex, method: &str, target: &str) -> Reply {
    let headers = [
        ("X-Plex-Token", TOKEN),
        ("X-Plex-Client-Identifier", "c"),
        ("X-Plex-Platform", "Generic"),
        ("X-Plex-Session-Identifier", "s1"),
        ("Accept", "application/json"),
    ];
    face.reply(&request(method, target, &headers))
}

fn json_of(reply: Reply) -> Value {
    match reply.body {
        Body::Bytes(bytes) => serde_json::from_slice(&bytes).unwrap(),
        Body::Blob(..) => panic!("no JSON"),
    }
}

fn get(face: &Plex, target: &str) -> Value {
    let reply = ask(face, "GET", target);
    assert_eq!(reply.status, 200, "{target}");
    json_of(reply)["MediaContainer"].take()
}

fn names(container: &Value) -> Vec<&str> {
    let rows = container["Metadata"].as_array().map(Vec::as_slice);
    let rows = rows.unwrap_or_default().iter();
    rows.map(|row| row["title"].as_str().unwrap()).collect()
}

#[test]
fn without_the_right_token_there_is_no_answer() {
    let face = face();
    let status =
        |headers: &[(&str, &str)], path: &str| face.reply(&request("GET", path, headers)).status;
    assert_eq!(status(&[], "/identity"), 200);
    assert_eq!(status(&[], "/library/sections"), 401);
    assert_eq!(status(&[("X-Plex-Token", "x")], "/library/sections"), 401);
    let good = [("X-Plex-Token", TOKEN), ("X-Plex-Client-Identifier", "c")];
    assert_eq!(status(&good, "/library/sections"), 200);
    assert_eq!(status(&good[1..], "/library/sections?X-Plex-Token=t"), 200);
    assert_eq!(status(&good[..1], "/library/sections"), 400);
    face.forget_tokens();
    assert_eq!(status(&good, "/library/sections"), 401);
}

#[test]
fn json_comes_to_those_who_ask_for_it_and_errors_are_pages() {
    let face = face();
    let plain = face.reply(&request("GET", "/identity", &[]));
    assert!(plain.headers[0].1.starts_with("text/xml"));
    let missing = ask(&face, "GET", "/library/metadata/77777");
    assert_eq!(missing.status, 404);
    assert_eq!(missing.headers[0].1, "text/html");
}

#[test]
fn sections_are_read_in_pages_that_need_a_start() {
    let face = face();
    let sections = get(&face, "/library/sections");
    let kinds: Vec<_> = sections["Directory"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["type"])
        .collect();
    assert_eq!(kinds, ["movie", "show", "artist"]);
    let page = get(
        &face,
        "/library/sections/1/all?type=1&sort=titleSort:asc&X-Plex-Container-Start=1&X-Plex-Container-Size=2",
    );
    assert_eq!(names(&page), ["Copper Valley", "The Glass Orchard"]);
    assert_eq!(
        (&page["totalSize"], &page["offset"]),
        (&json!(12), &json!(1))
    );
    assert!(
        page["Metadata"][0]["Media"][0]["Part"][0]
            .get("Stream")
            .is_none()
    );
    let ignored = get(&face, "/library/sections/1/all?X-Plex-Container-Size=2");
    assert_eq!(names(&ignored).len(), 12);
    let counted = get(
        &face,
        "/library/sections/1/all?X-Plex-Container-Start=0&X-Plex-Container-Size=0",
    );
    assert_eq!(
        (names(&counted).len(), &counted["totalSize"]),
        (0, &json!(12))
    );
    assert_eq!(
        ask(
            &face,
            "GET",
            "/library/sections/1/all?X-Plex-Container-Start=0&X-Plex-Container-Size=5000"
        )
        .status,
        400
    );
}

#[test]
fn what_stands_below_what() {
    let face = face();
    let show = face.rating_key(SHOW);
    let seasons = get(&face, &format!("/library/metadata/{show}/children"));
    assert_eq!(names(&seasons), ["Season 1", "Season 2"]);
    assert_eq!(seasons["Directory"][0]["title"], "All episodes");
    let leaves = get(&face, &format!("/library/metadata/{show}/allLeaves"));
    assert_eq!(names(&leaves), EPISODES.concat());
    assert_eq!(leaves["Metadata"][0]["grandparentRatingKey"], show);
    let album = face.rating_key(titles::ALBUM);
    let tracks = get(&face, &format!("/library/metadata/{album}/children"));
    assert_eq!(names(&tracks), titles::TRACKS.map(|(title, _)| title));
    assert_eq!(tracks["Metadata"][0]["grandparentTitle"], titles::ARTIST);
    let artists = get(&face, "/library/sections/3/all");
    assert_eq!(names(&artists), [titles::ARTIST]);
}

#[test]
fn a_film_is_described_as_it_is() {
    let face = face();
    let key = face.rating_key(FILMS[THE_LONG_REEL].title);
    let film = get(
        &face,
        &format!("/library/metadata/{key}?includeChapters=1&includeMarkers=1"),
    );
    let film = &film["Metadata"][0];
    let part = &film["Media"][0]["Part"][0];
    let file = Media::ready().film(&FILMS[THE_LONG_REEL]);
    assert_eq!(part["size"], std::fs::metadata(file).unwrap().len());
    assert_eq!(part["key"], face.part_path(FILMS[THE_LONG_REEL].title));
    let kinds: Vec<_> = part["Stream"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["streamType"])
        .collect();
    assert_eq!(kinds, [1, 2, 2, 3, 3]);
    assert_eq!(film["Chapter"][1]["startTimeOffset"], 15_000);
    assert_eq!(film["Marker"][0]["type"], "credits");
    let plain = get(&face, &format!("/library/metadata/{key}"));
    assert!(plain["Metadata"][0].get("Chapter").is_none());
}

#[test]
fn bytes_need_a_decision_of_their_own_session() {
    let face = face();
    let title = FILMS[THE_LONG_REEL].title;
    let (key, part) = (face.rating_key(title), face.part_path(title));
    assert_eq!(ask(&face, "GET", &part).status, 503);
    let decision =
        format!("/video/:/transcode/universal/decision?path=/library/metadata/{key}&directPlay=1");
    assert_eq!(get(&face, &decision)["generalDecisionCode"], 1000);
    assert_eq!(ask(&face, "GET", &part).status, 200);
    let other = format!("{part}?X-Plex-Session-Identifier=s2");
    assert_eq!(ask(&face, "GET", &other).status, 503);
    assert_eq!(ask(&face, "HEAD", &part).status, 500);
    assert_eq!(
        ask(
            &face,
            "GET",
            &format!("{part}?download=1&X-Plex-Session-Identifier=s3")
        )
        .status,
        200
    );
    let stale = part.replace("/file", "1/file");
    assert_eq!(ask(&face, "GET", &stale).status, 404);
    assert_eq!(
        ask(&face, "GET", &format!("{decision}&X-Plex-Platform=Linux")).status,
        400
    );
    face.refuse(title, 2000, "Too many streams.");
    assert_eq!(
        get(&face, &decision)["generalDecisionText"],
        "Too many streams."
    );
}

#[test]
fn pictures_and_subtitles_are_served() {
    let face = face();
    let key = face.rating_key(FILMS[HARBOUR_LIGHTS].title);
    let film = get(&face, &format!("/library/metadata/{key}"));
    let film = &film["Metadata"][0];
    let thumb = film["thumb"].as_str().unwrap();
    let status = |path: &str| ask(&face, "GET", path).status;
    assert_eq!(status(thumb), 200);
    assert_eq!(
        status(&format!(
            "/photo/:/transcode?width=300&height=450&url={thumb}"
        )),
        200
    );
    assert_eq!(status(&format!("/photo/:/transcode?url={thumb}")), 400);
    let streams = film["Media"][0]["Part"][0]["Stream"].as_array().unwrap();
    let beside = streams
        .iter()
        .find_map(|stream| stream["key"].as_str())
        .unwrap();
    assert_eq!(status(beside), 200);
    assert_eq!(status(&format!("{beside}.srt?encoding=utf-8")), 200);
    let inside = streams
        .iter()
        .find(|stream| stream["key"].is_null())
        .unwrap();
    assert_eq!(status(&format!("/library/streams/{}", inside["id"])), 501);
}

#[test]
fn positions_come_back_for_their_own_user_and_marks_go_down() {
    let face = face();
    let title = FILMS[HARBOUR_LIGHTS].title;
    let key = face.rating_key(title);
    let report = |time: u64| {
        let path = format!(
            "/:/timeline?ratingKey={key}&key=/library/metadata/{key}&state=playing&time={time}&duration=1"
        );
        ask(&face, "POST", &path).status
    };
    assert_eq!(report(20_000), 200);
    assert_eq!(face.watched("ada", title), (Duration::from_secs(20), false));
    assert_eq!(face.watched("ben", title), (Duration::ZERO, false));
    assert_eq!(names(&get(&face, "/hubs/continueWatching/items")), [title]);
    assert_eq!(report(59_000), 200);
    assert_eq!(face.watched("ada", title), (Duration::ZERO, true));
    let season = face.rating_key("Season 1");
    let mark =
        |word: &str| format!("/:/{word}?identifier=com.plexapp.plugins.library&key={season}");
    assert_eq!(ask(&face, "PUT", &mark("scrobble")).status, 200);
    assert!(face.watched("ada", EPISODES[0][2]).1);
    assert_eq!(names(&get(&face, "/library/onDeck")), [EPISODES[1][0]]);
    assert_eq!(ask(&face, "PUT", &mark("unscrobble")).status, 200);
    assert!(!face.watched("ada", EPISODES[0][2]).1);
    assert_eq!(
        ask(
            &face,
            "POST",
            "/:/timeline?ratingKey=1&state=playing&time=1"
        )
        .status,
        400
    );
}

#[test]
fn searching_finds_titles_and_people_in_their_own_lists() {
    let face = face();
    let found = get(&face, "/hubs/search?query=harbour");
    assert_eq!(names(&found["Hub"][0]), [FILMS[HARBOUR_LIGHTS].title]);
    let people = get(&face, "/hubs/search?query=Lindqvist");
    assert_eq!(people["Hub"][6]["Directory"][0]["tag"], "Oda Lindqvist");
    assert_eq!(ask(&face, "GET", "/hubs/search?query=").status, 400);
}

fn tv(server: &FakeServer, method: &str, target: &str, token: &str) -> Reply {
    let headers = [
        ("X-Plex-Client-Identifier", "c"),
        ("X-Plex-Token", token),
        ("Accept", "application/json"),
    ];
    server.plex_tv().reply(&request(method, target, &headers))
}

#[test]
fn a_code_lets_the_device_in_that_asked_for_it() {
    let server = FakeServer::start(Options::default());
    let pin = tv(&server, "POST", "/api/v2/pins?strong=true", "");
    assert_eq!(pin.status, 201);
    let pin = json_of(pin);
    let path = format!("/api/v2/pins/{}", pin["id"]);
    assert!(json_of(tv(&server, "GET", &path, ""))["authToken"].is_null());
    assert!(!server.plex_tv().link("nonsense"));
    assert!(server.plex_tv().link(pin["code"].as_str().unwrap()));
    let token = json_of(tv(&server, "GET", &path, ""))["authToken"].take();
    let stranger = request("GET", &path, &[("X-Plex-Client-Identifier", "d")]);
    assert_eq!(server.plex_tv().reply(&stranger).status, 404);
    let user = tv(&server, "GET", "/api/v2/user", token.as_str().unwrap());
    assert_eq!(json_of(user)["title"], "Ada");
    server.plex_tv().expire_codes();
    assert_eq!(tv(&server, "GET", &path, "").status, 404);
    assert_eq!(
        tv(
            &server,
            "DELETE",
            "/api/v2/users/signout",
            token.as_str().unwrap()
        )
        .status,
        204
    );
    assert_eq!(
        tv(&server, "GET", "/api/v2/user", token.as_str().unwrap()).status,
        401
    );
}

#[test]
fn each_user_has_tokens_of_their_own() {
    let server = FakeServer::start(Options::default());
    let (face, plex) = (server.plex_tv(), server.plex());
    face.offer(
        &server,
        true,
        vec![
            Connection::direct(&server, "https"),
            Connection::plain(&server),
        ],
    );
    let ada = face.token_of("Ada");
    let users = json_of(tv(&server, "GET", "/api/v2/home/users", &ada));
    let ben = users["users"][1]["uuid"].as_str().unwrap();
    let switch = |pin: &str| {
        tv(
            &server,
            "POST",
            &format!("/api/v2/home/users/{ben}/switch?pin={pin}"),
            &ada,
        )
    };
    assert_eq!(switch("1111").status, 401);
    let token = json_of(switch("2468"))["authToken"].take();
    let listed = |token: &str| {
        json_of(tv(&server, "GET", "/api/v2/resources", token))[0]["accessToken"].take()
    };
    let (mine, bens) = (listed(&ada), listed(token.as_str().unwrap()));
    assert_ne!(mine, bens);
    assert_eq!(bens, face.server_token(&server, ben));
    let good = |token: &str| {
        let headers = [("X-Plex-Token", token), ("X-Plex-Client-Identifier", "c")];
        plex.reply(&request("GET", "/library/sections", &headers))
            .status
    };
    assert_eq!(good(bens.as_str().unwrap()), 200);
    assert_eq!(good(&ada), 401, "plex.tv's token is none of the server's");
}

#[test]
fn the_server_tells_of_its_libraries_and_the_ways_to_look_at_them() {
    let face = face();
    let told = get(&face, "/media/providers");
    assert_eq!(told["friendlyName"], "Cellar");
    let content = &told["MediaProvider"][0]["Feature"][0];
    let listed = content["Directory"].as_array().unwrap();
    let kinds: Vec<_> = listed.iter().map(|one| &one["type"]).collect();
    assert_eq!(
        kinds,
        [
            &Value::Null,
            &json!("movie"),
            &json!("show"),
            &json!("artist")
        ]
    );
    for library in &listed[1..] {
        for pivot in library["Pivot"].as_array().unwrap().iter().skip(1) {
            let found = get(&face, pivot["key"].as_str().unwrap());
            let lists = pivot["id"] != "library";
            let shows = library["type"] == "show" && lists;
            let albums = library["type"] == "artist" && pivot["id"] == "collections";
            assert_eq!(names(&found).is_empty(), shows || albums, "{pivot}");
            assert!(lists || found["librarySectionTitle"] == library["title"]);
        }
    }
}

#[test]
fn the_first_version_of_plex_tv_tells_the_same_in_xml() {
    let server = FakeServer::start(Options::default());
    let face = server.plex_tv();
    face.offer(&server, true, vec![Connection::plain(&server)]);
    let ada = face.token_of("Ada");
    let told = |path: &str, token: &str| {
        let reply = tv(&server, "GET", path, token);
        let Body::Bytes(bytes) = reply.body else {
            panic!("no text")
        };
        (reply.status, String::from_utf8(bytes.to_vec()).unwrap())
    };
    assert_eq!(told("/api/resources", "nobody's").0, 401);
    let (_, devices) = told("/api/resources", &ada);
    let own = face.server_token(&server, &face.users()[0].uuid);
    assert!(devices.contains(&format!("accessToken=\"{own}\"")));
    assert!(devices.contains(&format!(
        "<Connection address=\"127.0.0.1\" local=\"1\" port=\"{}\"",
        server.port()
    )));
    let (_, home) = told("/api/home/users", &ada);
    assert_eq!(home.matches("<User ").count(), face.users().len());
}
