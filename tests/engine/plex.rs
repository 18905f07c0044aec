//! Plex's source against servers that answer as recorded ones did, well, badly and not at all.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

mod fake_source;
mod plex_extras;
mod plex_lan;
mod plex_recorded;
mod plex_stage;
mod plex_ways;

use std::sync::Arc;
use std::time::{Duration, Instant};

use plex_stage::{Diary, PlexStage, account, device, film, film_part, signed_in};
use reqwest::header::{HeaderMap, HeaderValue, RANGE};
use serde_json::{Value, json};
use spool_engine::model::{LibraryId, PartId};
use spool_engine::secret::Secret;
use spool_engine::source::plex::{EntryError, Link, Login, Plex, ask, enter, switch};
use spool_engine::source::{Located, Method, Report, ReportEvent, Source, SourceError};
use testkit::titles::{FILMS, THE_LONG_REEL};
use testkit::{Connection, FakeServer, Fault, Options, PlexSetup, Rule};

/// A way that leads nowhere ends within this; the figure leaves a busy computer room.
const BOUNDED: Duration = Duration::from_secs(20);

fn json_reply(body: &str) -> Fault {
    Fault::Reply {
        status: 200,
        headers: vec![("Content-Type".into(), "application/json".into())],
        body: body.into(),
    }
}

async fn first_bytes(located: Located) -> (u16, usize) {
    let Located::Remote { http, url, .. } = located else {
        panic!("a server's file is remote");
    };
    let mut headers = HeaderMap::new();
    headers.insert(RANGE, HeaderValue::from_static("bytes=0-99"));
    let mut reply = http.get_media(&url, headers).await.unwrap();
    let mut length = 0;
    while let Some(chunk) = reply.chunk().await.unwrap() {
        length += chunk.len();
    }
    (reply.status(), length)
}

#[tokio::test]
async fn tokens_go_in_one_header_to_the_origin_they_are_for() {
    let (stage, source) = signed_in().await;
    let library = source.libraries().await.unwrap()[0].id.clone();
    let items = source.items(&library, 0, 50).await.unwrap().items;
    source
        .image(items[0].artwork.poster.as_ref().unwrap(), 200)
        .await
        .unwrap();
    let part = film_part(&stage, &source).await;
    let located = source.locate(&part).await.unwrap();
    let shown = format!("{source:?} {located:?} {part:?} {:?}", stage.entry().await);
    assert!(!shown.contains("CANARY"), "{shown}");
    assert_eq!(first_bytes(located).await, (206, 100));
    source.set_watched(part.item(), true).await.unwrap();

    let (server, tv) = (stage.stage.server.log(), stage.tv.log());
    assert!(server.mentions("pms-CANARY") && !server.mentions("tv-CANARY"));
    assert!(tv.mentions("tv-CANARY") && !tv.mentions("pms-CANARY"));
    for request in server.requests().iter().chain(tv.requests()) {
        assert!(!request.query.contains("CANARY"), "{}", request.path);
        assert!(!request.path.contains("CANARY"), "{}", request.path);
        let mut with_token = request
            .headers
            .iter()
            .filter(|(_, value)| value.contains("CANARY"));
        assert!(with_token.all(|(name, _)| name.eq_ignore_ascii_case("X-Plex-Token")));
        assert_ne!(request.method, "HEAD");
        if request.path == "/identity" {
            assert_eq!(request.header("X-Plex-Token"), None, "nobody is known yet");
        }
    }
}

#[tokio::test]
async fn redirects_carry_nothing_of_ours_away() {
    let (stage, source) = signed_in().await;
    let away = FakeServer::start(Options::default());
    source.check().await.unwrap();
    stage.stage.server.fault(
        "/library/sections",
        Fault::Redirect(away.url("/library/sections")),
    );
    let answer = source.libraries().await;
    assert!(answer.is_err(), "{answer:?}");
    assert_eq!(away.requests().len(), 1);
    let stranger = &away.requests()[0];
    assert!(
        stranger
            .headers
            .iter()
            .all(|(name, _)| !name.to_lowercase().starts_with("x-plex"))
    );
    assert!(!away.log().mentions("CANARY"));
}

#[tokio::test]
async fn the_best_way_that_answers_is_taken() {
    let stage = PlexStage::new();
    let server = &stage.stage.server;
    let plain = Connection::plain(server);
    let mut dead = FakeServer::start(Options::default());
    let lost = Connection::plain(&dead);
    dead.stop();
    let stranger = FakeServer::start(Options {
        plex: PlexSetup {
            machine_id: "0ther".into(),
            ..PlexSetup::default()
        },
        ..Options::default()
    });
    let ways = vec![
        lost.clone(),
        Connection::plain(&stranger),
        Connection::direct(server, "https"),
        plain.clone(),
    ];
    let source = stage.offered(ways).await;
    let begun = Instant::now();
    assert_eq!(
        source.address().await.unwrap().as_str(),
        format!("{}/", plain.uri)
    );
    assert!(begun.elapsed() < BOUNDED);
    assert!(
        !stranger.log().mentions("CANARY"),
        "another server gets no token"
    );

    let nowhere = stage.offered(vec![lost]).await;
    assert!(nowhere.check().await.unwrap_err().is_offline());
    let impostor = stage.offered(vec![Connection::plain(&stranger)]).await;
    assert!(matches!(
        impostor.check().await,
        Err(SourceError::Malformed(_))
    ));
    assert!(!stranger.log().mentions("CANARY"));
}

#[tokio::test]
async fn a_plex_direct_name_needs_no_name_server() {
    let stage = PlexStage::new();
    let direct = Connection::direct(&stage.stage.server, "http");
    let mut way = direct.clone();
    way.address = "203.0.113.1".into();
    way.port = 9;
    let source = stage.offered(vec![way]).await;
    source.check().await.unwrap();
    assert_eq!(
        source.address().await.unwrap().as_str(),
        format!("{}/", direct.uri)
    );
    let host = stage.stage.server.requests_to("/")[0]
        .header("Host")
        .unwrap()
        .to_owned();
    assert!(
        host.ends_with(&format!(".plex.direct:{}", stage.stage.server.port())),
        "{host}"
    );
}

#[tokio::test]
async fn a_way_that_is_lost_is_replaced_in_the_same_question() {
    let mut stage = PlexStage::new();
    let mut second = FakeServer::start(Options {
        catalogue: testkit::Catalogue::of(testkit::Media::ready()),
        ..Options::default()
    });
    let ways = vec![
        Connection::direct(&stage.stage.server, "http"),
        Connection::plain(&second),
    ];
    stage.tv.plex_tv().offer(&second, true, ways.clone());
    let source = stage.offered(ways).await;
    source.check().await.unwrap();
    let first = source.address().await.unwrap();
    let (lost, other) = match first.port() == Some(second.port()) {
        true => (&mut second, stage.stage.server.port()),
        false => (&mut stage.stage.server, second.port()),
    };
    lost.stop();
    assert_eq!(source.libraries().await.unwrap().len(), 3);
    assert_eq!(source.address().await.unwrap().port(), Some(other));
}

#[tokio::test]
async fn a_token_that_died_is_replaced_once_and_kept() {
    let stage = PlexStage::new();
    let diary = Arc::new(Diary::default());
    let source = stage.source(&account(), Some(diary.clone())).await;
    source.check().await.unwrap();
    stage.tv.plex_tv().renew_server_tokens(&stage.stage.server);
    assert_eq!(source.libraries().await.unwrap().len(), 3);
    assert_eq!(diary.0.lock().len(), 1);
    assert!(diary.0.lock()[0].seal().expose().contains("pms-CANARY1"));

    stage.stage.server.plex().forget_tokens();
    let before = stage.tv.requests_to("/api/v2/resources").len();
    for _ in 0..3 {
        assert!(matches!(
            source.libraries().await,
            Err(SourceError::Unconfirmed)
        ));
    }
    assert_eq!(
        stage.tv.requests_to("/api/v2/resources").len(),
        before,
        "plex.tv is left in peace"
    );
}

#[tokio::test]
async fn the_server_is_used_without_plex_tv() {
    let mut stage = PlexStage::new();
    let source = stage.source(&account(), None).await;
    stage.tv.stop();
    source.check().await.unwrap();
    assert_eq!(source.libraries().await.unwrap().len(), 3);
    stage.stage.server.stop();
    let begun = Instant::now();
    assert!(source.libraries().await.unwrap_err().is_offline());
    assert!(begun.elapsed() < BOUNDED);
}

#[tokio::test]
async fn one_session_stands_in_decision_bytes_and_reports() {
    let (stage, source) = signed_in().await;
    let part = film_part(&stage, &source).await;
    let located = source.locate(&part).await.unwrap();
    assert_eq!(first_bytes(located).await, (206, 100));
    let report = |event, seconds| Report {
        part: part.clone(),
        pieces: Vec::new(),
        session: "ours".into(),
        position: Duration::from_secs(seconds),
        method: Method::Direct,
        chosen: None,
        happened: None,
        event,
    };
    for (event, seconds) in [
        (ReportEvent::Started, 0),
        (ReportEvent::Progress { paused: true }, 11),
        (ReportEvent::Stopped, 12),
    ] {
        source.report(&report(event, seconds)).await.unwrap();
    }
    let server = &stage.stage.server;
    let (ada, title) = ("ada0ada0ada0ada0", FILMS[THE_LONG_REEL].title);
    assert_eq!(
        server.plex().watched(ada, title),
        (Duration::from_secs(12), false)
    );
    let session = |path: &str| -> Vec<String> {
        let all = server.requests_to(path);
        all.iter()
            .map(|it| it.header("X-Plex-Session-Identifier").unwrap().to_owned())
            .collect()
    };
    let decided = session("/video/:/transcode/universal/decision");
    let told = session("/:/timeline");
    assert_eq!(session("/library/parts/*"), decided);
    assert_eq!(told, vec![decided[0].clone(); 3]);
    let states: Vec<_> = server
        .requests_to("/:/timeline")
        .iter()
        .map(|it| it.query.contains("state=paused"))
        .collect();
    assert_eq!(states, [false, true, false]);

    // What was watched without this server is told later, by its own name.
    source
        .report(&report(ReportEvent::Stopped, 20))
        .await
        .unwrap();
    assert_eq!(session("/:/timeline")[3], "ours");
    source.locate(&part).await.unwrap();
    assert_ne!(
        session("/video/:/transcode/universal/decision")[1],
        decided[0]
    );
}

#[tokio::test]
async fn bytes_go_on_after_the_server_was_started_anew_or_left() {
    let mut stage = PlexStage::new();
    let mut second = FakeServer::start(Options {
        catalogue: testkit::Catalogue::of(testkit::Media::ready()),
        ..Options::default()
    });
    let ways = vec![
        Connection::direct(&stage.stage.server, "http"),
        Connection::plain(&second),
    ];
    stage.tv.plex_tv().offer(&second, true, ways.clone());
    let source = stage.offered(ways).await;
    let part = film_part(&stage, &source).await;
    source.locate(&part).await.unwrap();
    stage.stage.server.plex().forget_decisions();
    second.plex().forget_decisions();
    let renewed = source.next_route(&part, 1).await.unwrap().unwrap();
    assert_eq!(
        first_bytes(renewed).await,
        (206, 100),
        "there is a new decision"
    );

    match source.address().await.unwrap().port() == Some(second.port()) {
        true => second.stop(),
        false => stage.stage.server.stop(),
    }
    let other = source.next_route(&part, 2).await.unwrap().unwrap();
    assert_eq!(first_bytes(other).await, (206, 100), "there is another way");
    assert!(source.next_route(&part, 3).await.unwrap().is_none());
}

#[tokio::test]
async fn a_refusal_speaks_in_the_server_s_words() {
    let (stage, source) = signed_in().await;
    let part = film_part(&stage, &source).await;
    let title = FILMS[THE_LONG_REEL].title;
    stage
        .stage
        .server
        .plex()
        .refuse(title, 2000, "Too many people watch now.");
    let refused = source.locate(&part).await.unwrap_err();
    assert!(
        matches!(refused, SourceError::Refused(words) if words == "Too many people watch now.")
    );
}

#[tokio::test]
async fn a_server_that_cannot_decide_may_still_give_bytes() {
    let (stage, source) = signed_in().await;
    let part = film_part(&stage, &source).await;
    for fault in [
        Fault::Status(400),
        Fault::Status(500),
        Fault::Html,
        json_reply("[]"),
    ] {
        stage.stage.server.clear_faults(None);
        stage.stage.server.fault("/video/*", fault);
        let located = source.locate(&part).await.unwrap();
        let Located::Remote { url, .. } = located else {
            panic!()
        };
        assert_eq!(
            url.expose().path(),
            stage
                .stage
                .server
                .plex()
                .part_path(FILMS[THE_LONG_REEL].title)
        );
    }
    let gone = PartId::new(film(&stage), "77");
    assert!(matches!(source.locate(&gone).await, Err(SourceError::Gone)));
}

#[tokio::test]
async fn a_file_that_was_replaced_is_found_again() {
    let (stage, source) = signed_in().await;
    let part = film_part(&stage, &source).await;
    let before = source.details(part.item()).await.unwrap().item.parts[0]
        .fingerprint
        .clone();
    let blob = testkit::Blob::pattern(5000, 9);
    stage
        .stage
        .server
        .jellyfin()
        .replace_file(FILMS[THE_LONG_REEL].title, blob);
    let now = source.details(part.item()).await.unwrap().item.parts[0].clone();
    assert_eq!(now.id, part, "the part is the same");
    assert_ne!(now.fingerprint, before, "the file is not");
    assert_eq!(
        first_bytes(source.locate(&part).await.unwrap()).await,
        (206, 100)
    );
}

fn rows(from: u64, count: u64) -> Vec<Value> {
    let row = |key: u64| json!({ "ratingKey": key.to_string(), "type": "movie", "title": format!("T{key}") });
    (from..from + count).map(row).collect()
}

#[tokio::test]
async fn short_and_endless_pages_make_the_list_all_the_same() {
    let (stage, source) = signed_in().await;
    let path = "/library/sections/1/all";
    let server = &stage.stage.server;
    let page = |fields: Value| json_reply(&json!({ "MediaContainer": fields }).to_string());
    let library = LibraryId::new(account(), "1");
    let titles = async |offset| {
        let page = source.items(&library, offset, 5).await.unwrap();
        let titles: Vec<_> = page.items.into_iter().map(|item| item.title).collect();
        (titles.join(" "), page.total)
    };
    // Less than was asked for, twice.
    for (from, count) in [(0, 2), (2, 2), (4, 1)] {
        let fields =
            json!({ "size": count, "totalSize": 9, "offset": from, "Metadata": rows(from, count) });
        server.script(Rule::on(path).fault(page(fields)).times(1));
    }
    assert_eq!(titles(0).await, ("T0 T1 T2 T3 T4".into(), 9));
    // Everything, whatever was asked for.
    server.fault(path, page(json!({ "size": 9, "Metadata": rows(0, 9) })));
    assert_eq!(titles(5).await, ("T5 T6 T7 T8".into(), 9));
    // Nothing, but many are said to be there.
    server.clear_faults(None);
    server.fault(
        path,
        page(json!({ "size": 0, "totalSize": "900", "Metadata": null })),
    );
    assert_eq!(titles(0).await, (String::new(), 900));
}

#[tokio::test]
async fn answers_that_are_none() {
    let (stage, source) = signed_in().await;
    let library = LibraryId::new(account(), "1");
    source.libraries().await.unwrap();
    let server = &stage.stage.server;
    for fault in [
        Fault::Html,
        json_reply(""),
        json_reply("[]"),
        json_reply("{}"),
        json_reply(r#"{"MediaContainer":7}"#),
        json_reply(r#"{"MediaContainer":{"Metadata":["#),
    ] {
        server.clear_faults(None);
        server.fault("/library/sections/1/all", fault);
        let answer = source.items(&library, 0, 10).await;
        assert!(
            matches!(answer, Err(SourceError::Malformed(_))),
            "{answer:?}"
        );
    }
    server.clear_faults(None);
    server.fault("/library/sections/1/all", Fault::Status(503));
    assert!(matches!(
        source.items(&library, 0, 10).await,
        Err(SourceError::Busy { .. })
    ));
}

async fn wait(link: &Link) -> Result<Secret, EntryError> {
    tokio::time::timeout(BOUNDED, link.wait()).await.unwrap()
}

#[tokio::test]
async fn a_person_lets_the_device_in_by_either_code() {
    let stage = PlexStage::new();
    let (tv, base) = (stage.tv.plex_tv(), stage.tv_base());
    let link = ask(&base, &device()).await.unwrap();
    let codes = tv.codes();
    assert_eq!(codes.len(), 2);
    assert!(codes.contains(&link.code) && link.code.len() == 4);
    let long = codes.iter().find(|code| **code != link.code).unwrap();
    assert!(
        link.page
            .as_str()
            .starts_with(&format!("{}/auth#?clientID=", stage.tv.address()))
    );
    assert!(link.page.as_str().contains(&format!("code={long}")));
    assert!(tv.link(&link.code));
    let token = wait(&link).await.unwrap();
    assert_eq!(token, Secret::new(tv.token_of("Ada")));
    assert!(!format!("{link:?}").contains(long.as_str()));

    let other = ask(&base, &device()).await.unwrap();
    assert!(tv.link(&tv.codes()[2]) || tv.link(&tv.codes()[3]));
    wait(&other).await.unwrap();

    let late = ask(&base, &device()).await.unwrap();
    tv.expire_codes();
    assert!(matches!(wait(&late).await, Err(EntryError::Expired)));
}

#[tokio::test]
async fn a_network_that_goes_meanwhile_does_not_end_the_wait() {
    let mut stage = PlexStage::new();
    let base = stage.tv_base();
    let link = ask(&base, &device()).await.unwrap();
    stage.tv.plex_tv().link(&link.code);
    stage.tv.stop();
    let waiting = tokio::spawn(async move { link.wait().await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    stage.tv.start_again();
    assert!(
        tokio::time::timeout(BOUNDED, waiting)
            .await
            .unwrap()
            .unwrap()
            .is_ok()
    );
}

#[tokio::test]
async fn another_user_of_the_home_has_a_pin_and_servers_of_their_own() {
    let stage = PlexStage::new();
    let (base, tv) = (stage.tv_base(), stage.tv.plex_tv());
    let entry = stage.entry().await;
    assert_eq!(entry.user.name, "Ada");
    let names: Vec<_> = entry
        .home
        .iter()
        .map(|user| (user.name.as_str(), user.protected))
        .collect();
    assert_eq!(names, [("Ada", false), ("Ben", true), ("Cleo", false)]);
    assert_eq!(entry.servers.len(), 1, "players are no servers");
    let ben = entry.home[1].uuid.clone();
    let pin = |text: &str| Secret::new(text);
    for wrong in [None, Some(pin("1111"))] {
        let refused = switch(&base, &device(), &entry, &ben, wrong.as_ref()).await;
        assert!(matches!(refused, Err(EntryError::WrongPin)), "{refused:?}");
    }
    let unknown = switch(&base, &device(), &entry, "nobody", None).await;
    assert!(matches!(unknown, Err(EntryError::NotListed)));
    let bens = switch(&base, &device(), &entry, &ben, Some(&pin("2468")))
        .await
        .unwrap();
    let login = Login::new(account(), base.clone(), &bens, &bens.servers[0]);
    let source = Plex::new(login, &device());
    source.set_watched(&film(&stage), true).await.unwrap();
    let title = FILMS[THE_LONG_REEL].title;
    assert!(stage.stage.server.plex().watched(&ben, title).1);
    assert!(!stage.stage.server.plex().watched(&entry.user.uuid, title).1);

    tv.forget_tokens();
    let dead = enter(&base, &device(), &Secret::new("tv-CANARY-old")).await;
    assert!(matches!(dead, Err(SourceError::Unauthorized)));
}
