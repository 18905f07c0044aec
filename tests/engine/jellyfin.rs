//! Jellyfin's source against a server that answers well, badly and not at all.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

use std::time::Duration;

use serde_json::json;
use spool_engine::model::{AccountId, Chosen, Kind};
use spool_engine::secret::Secret;
use spool_engine::source::jellyfin::{Device, Jellyfin, Login, find, sign_in};
use spool_engine::source::{Located, Method, Report, ReportEvent, Source, SourceError};
use testkit::titles::{FILMS, THE_LONG_REEL};
use testkit::{Fault, Options, Stage};

const TOKEN: &str = "CANARY7f3a91c2d4e5f607";

async fn signed_in() -> (Stage, Jellyfin) {
    let stage = Stage::new(Options {
        token: TOKEN.into(),
        ..Options::default()
    });
    let address = stage.server.address();
    let source = at(&address).await;
    (stage, source)
}

/// Somebody who is signed in at this address.
async fn at(address: &str) -> Jellyfin {
    let server = find(address).await.unwrap();
    let device = Device {
        id: "0123456789abcdef".into(),
        name: "Ann's \"box\", ü".into(),
    };
    let password = Secret::new("correct horse");
    let user = sign_in(&server, &device, "ada", &password).await.unwrap();
    let login = Login {
        account: AccountId::random(),
        address: server.address,
        machine_id: Some(server.machine_id),
        user_id: user.user_id,
        terms: server.terms,
        token: Some(user.token),
    };
    Jellyfin::new(login, &device).unwrap()
}

async fn film_part(source: &Jellyfin) -> spool_engine::model::PartId {
    for library in source.libraries().await.unwrap() {
        let items = source.items(&library.id, 0, 1000).await.unwrap().items;
        let title = FILMS[THE_LONG_REEL].title;
        if let Some(film) = items.iter().find(|item| item.title == title) {
            let details = source.details(&film.id).await.unwrap();
            return details.item.parts[0].id.clone();
        }
    }
    panic!("no film");
}

#[tokio::test]
async fn the_token_goes_in_one_header_and_nowhere_else() {
    let (stage, source) = signed_in().await;
    let part = film_part(&source).await;
    let Located::Remote { http, url, .. } = source.locate(&part).await.unwrap() else {
        panic!("a server's file is remote");
    };
    let before = stage.server.requests().len();
    let mut reply = http
        .get_media(&url, reqwest::header::HeaderMap::new())
        .await
        .unwrap();
    reply.chunk().await.unwrap();
    assert_eq!(
        stage.server.requests().len(),
        before + 1,
        "one request before the first byte"
    );
    assert!(!url.expose().as_str().contains(TOKEN));
    assert!(!format!("{source:?} {url:?} {http:?} {part:?}").contains(TOKEN));
    for request in stage.server.requests() {
        assert!(!request.query.contains(TOKEN), "{}", request.path);
        assert!(!request.path.contains(TOKEN), "{}", request.path);
        let others = request
            .headers
            .iter()
            .filter(|(name, _)| !name.eq_ignore_ascii_case("authorization"));
        assert!(
            others.clone().all(|(_, value)| !value.contains(TOKEN)),
            "{}",
            request.path
        );
        assert_ne!(request.method, "HEAD");
    }
}

#[tokio::test]
async fn a_bad_title_does_not_cost_its_page() {
    let (stage, source) = signed_in().await;
    let libraries = source.libraries().await.unwrap();
    let items = json!({
        "Items": [
            {"Id": "1", "Type": "Movie", "Name": "Good", "RunTimeTicks": "600000000"},
            null,
            "text",
            {"Type": "Movie", "Name": "No id"},
            {"Id": "2", "Type": "Hologram", "Name": "From the future"},
            {"Id": "3", "Type": "Movie", "Name": {"x": 1}, "UserData": [], "ImageTags": 5, "Genres": "x"}
        ],
        "TotalRecordCount": "6"
    });
    let reply = Fault::Reply {
        status: 200,
        headers: vec![("Content-Type".into(), "application/json".into())],
        body: items.to_string(),
    };
    stage.server.fault("/Items", reply);
    let films = libraries
        .iter()
        .find(|library| library.kind == spool_engine::model::LibraryKind::Movies);
    let page = source.items(&films.unwrap().id, 0, 100).await.unwrap();
    let titles: Vec<_> = page.items.iter().map(|item| item.title.as_str()).collect();
    assert_eq!(titles, ["Good", "?"]);
    assert_eq!(page.items[0].duration, Some(Duration::from_secs(60)));
    assert_eq!(page.items[0].kind, Kind::Movie);
    assert_eq!(page.total, 6);
}

#[tokio::test]
async fn answers_that_are_none() {
    let (stage, source) = signed_in().await;
    let library = source.libraries().await.unwrap()[0].id.clone();
    let ask = async |fault: Fault| {
        stage.server.clear_faults(None);
        stage.server.fault("/Items", fault);
        source.items(&library, 0, 10).await.unwrap_err()
    };
    let text = |status: u16, body: &str, headers: &[(&str, &str)]| Fault::Reply {
        status,
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect(),
        body: body.into(),
    };
    for fault in [
        Fault::Html,
        text(200, "", &[]),
        text(200, "{}", &[]),
        text(200, "[]", &[]),
        text(200, "{\"Items\": {}}", &[]),
        text(200, "{\"Items\": [", &[]),
        text(200, &"[".repeat(100_000), &[]),
    ] {
        let error = ask(fault.clone()).await;
        assert!(
            matches!(error, SourceError::Malformed(_)),
            "{fault:?}: {error:?}"
        );
    }
    // Of this list alone: the server still knows who asks.
    assert!(matches!(
        ask(Fault::Status(401)).await,
        SourceError::Forbidden
    ));
    stage.server.fault("/Users/Me", Fault::Status(401));
    let unknown = source.items(&library, 0, 10).await;
    assert!(
        matches!(unknown, Err(SourceError::Unauthorized)),
        "{unknown:?}"
    );
    assert!(matches!(
        ask(Fault::Status(403)).await,
        SourceError::Forbidden
    ));
    assert!(matches!(ask(Fault::Status(404)).await, SourceError::Gone));
    assert!(matches!(
        ask(Fault::Status(500)).await,
        SourceError::Status(500)
    ));
    let starting = ask(text(503, "<html>", &[("Retry-After", "005")])).await;
    let five = Some(Duration::from_secs(5));
    assert!(
        matches!(starting, SourceError::Busy { retry_after } if retry_after == five),
        "{starting:?}"
    );
    assert!(ask(Fault::NoReply).await.is_offline());
}

#[tokio::test]
async fn what_is_reported_and_marked_arrives() {
    let (stage, source) = signed_in().await;
    let title = FILMS[THE_LONG_REEL].title;
    let part = film_part(&source).await;
    let report = |event, seconds| Report {
        part: part.clone(),
        pieces: Vec::new(),
        session: "play-1".into(),
        position: Duration::from_secs(seconds),
        method: Method::Direct,
        chosen: Some(Chosen {
            audio: Some(1),
            subtitle: None,
        }),
        happened: None,
        event,
    };
    source
        .report(&report(ReportEvent::Started, 0))
        .await
        .unwrap();
    source
        .report(&report(ReportEvent::Progress { paused: true }, 20))
        .await
        .unwrap();
    source
        .report(&report(ReportEvent::Stopped, 21))
        .await
        .unwrap();
    let progress = stage.server.requests_to("/Sessions/Playing/Progress");
    let body = progress[0].json();
    assert_eq!(body["PositionTicks"], 200_000_000_u64);
    assert_eq!(body["IsPaused"], true);
    assert_eq!(body["PlayMethod"], "DirectPlay");
    let streams = ["AudioStreamIndex", "SubtitleStreamIndex"].map(|name| body[name].as_i64());
    assert_eq!(streams, [Some(1), Some(-1)]);
    assert_eq!(body["PlaySessionId"], "play-1");
    assert_eq!(body["ItemId"], part.item().key());
    assert_eq!(
        stage.server.jellyfin().watched(title),
        (Duration::from_secs(21), false)
    );
    let seen = source.details(part.item()).await.unwrap().item.progress;
    assert_eq!(seen.position, Duration::from_secs(21));

    source.set_watched(part.item(), true).await.unwrap();
    assert!(stage.server.jellyfin().watched(title).1);
    assert!(
        source
            .details(part.item())
            .await
            .unwrap()
            .item
            .progress
            .watched
    );
    source.set_watched(part.item(), false).await.unwrap();
    assert!(!stage.server.jellyfin().watched(title).1);
}

#[tokio::test]
async fn signing_out_ends_the_token() {
    let (_stage, source) = signed_in().await;
    source.check().await.unwrap();
    source.sign_out().await;
    assert!(matches!(
        source.check().await,
        Err(SourceError::Unauthorized)
    ));
}

#[tokio::test]
async fn bytes_come_over_the_server_s_other_address_when_its_usual_one_fails() {
    let stage = Stage::new(Options {
        token: TOKEN.into(),
        ..Options::default()
    });
    let source = at(&format!("http://localhost:{}", stage.server.port())).await;
    source.check().await.unwrap();
    let part = film_part(&source).await;
    let Some(Located::Remote { http, url, .. }) = source.next_route(&part, 1).await.unwrap() else {
        panic!("the server told of another address");
    };
    assert_eq!(url.expose().host_str(), Some("127.0.0.1"));
    assert!(!url.expose().as_str().contains(TOKEN));
    let asked = http
        .get_media(&url, reqwest::header::HeaderMap::new())
        .await;
    let mut reply = asked.unwrap();
    assert!(reply.chunk().await.unwrap().is_some());
    let last = stage.server.requests().pop().unwrap();
    assert!(last.header("authorization").unwrap().contains(TOKEN));
    assert!(source.next_route(&part, 2).await.unwrap().is_none());

    // Somebody else answers there now: nothing secret goes to them.
    let other = json!({ "Id": "another", "ProductName": "Jellyfin Server" }).to_string();
    let fault = Fault::Reply {
        status: 200,
        headers: vec![("Content-Type".into(), "application/json".into())],
        body: other,
    };
    stage.server.fault("/System/Info/Public", fault);
    let before = stage.server.requests().len();
    assert!(source.next_route(&part, 1).await.unwrap().is_none());
    let asked = stage.server.requests().split_off(before);
    let paths: Vec<_> = asked.iter().map(|ask| ask.path.as_str()).collect();
    assert_eq!(paths, ["/System/Info/Public"]);
    assert_eq!(asked[0].header("authorization"), None);
}
