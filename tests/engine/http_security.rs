//! Where a token goes, and where it does not: two servers that record every byte they are sent.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test ends by panicking"
)]

use reqwest::header::{HeaderMap, HeaderValue, RANGE};
use serde_json::Value;
use spool_engine::http::{Http, SecretUrl};
use spool_engine::source::SourceError;
use testkit::{Blob, FakeServer, Fault, Options, Rule};
use url::Url;

const CANARY: &str = "CANARY7f3a91c2";

/// Home holds the account; away is somebody else.
struct Pair {
    home: FakeServer,
    away: FakeServer,
    http: Http,
    /// The header that holds the token.
    key: &'static str,
}

/// Ways to ask that follow redirects.
const WAYS: [&str; 4] = ["json", "bytes", "document", "media"];
const STATUSES: [u16; 5] = [301, 302, 303, 307, 308];

impl Pair {
    fn new() -> Self {
        Self::with("authorization", &format!("MediaBrowser Token=\"{CANARY}\""))
    }

    /// With all that a request to a Plex server carries.
    fn plex() -> Self {
        Self::with("x-plex-token", CANARY)
    }

    fn with(key: &'static str, token: &str) -> Self {
        let (home, away) = (
            FakeServer::start(Options::default()),
            FakeServer::start(Options::default()),
        );
        let base: Url = home.address().parse().unwrap();
        let own: HeaderMap = [
            (key, token),
            ("x-plex-client-identifier", "CANARY7f3a91c2-device"),
            ("x-plex-session-identifier", "CANARY7f3a91c2-session"),
        ]
        .into_iter()
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
        .collect::<HeaderMap<HeaderValue>>();
        for server in [&home, &away] {
            server.add_blob("/end", Blob::pattern(4096, 1));
        }
        Self {
            http: Http::with(&base, own, None).unwrap(),
            key,
            home,
            away,
        }
    }

    /// An address at home whose query holds the canary, as an address of a stream may.
    fn start(&self) -> Url {
        let mut url: Url = self.home.url("/start").parse().unwrap();
        let name = match self.key {
            "x-plex-token" => "X-Plex-Token",
            _ => "ApiKey",
        };
        url.set_query(Some(&format!("{name}={CANARY}")));
        url
    }

    async fn ask(&self, way: &str) -> Result<u16, SourceError> {
        let url = self.start();
        let secret = SecretUrl::new(url.clone());
        match way {
            "json" => self.http.get_json::<Value>(&url).await.map(|_| 200),
            "bytes" => self.http.get_bytes(&secret, 1 << 20).await.map(|_| 200),
            "document" => self
                .http
                .get_document(&url, 1 << 20)
                .await
                .map(|reply| reply.status),
            _ => {
                let (status, length) = self.media().await?;
                assert_eq!((status, length), (206, 10), "the range survives redirects");
                Ok(status)
            }
        }
    }

    /// Ten bytes from the middle; returns the status and how many came.
    async fn media(&self) -> Result<(u16, usize), SourceError> {
        let mut headers = HeaderMap::new();
        headers.insert(RANGE, HeaderValue::from_static("bytes=10-19"));
        let mut reply = self
            .http
            .get_media(&SecretUrl::new(self.start()), headers)
            .await?;
        let mut length = 0;
        while let Some(chunk) = reply.chunk().await? {
            length += chunk.len();
        }
        Ok((reply.status(), length))
    }
}

fn redirect(status: u16, to: &str) -> Fault {
    Fault::Reply {
        status,
        headers: vec![("Location".into(), to.into())],
        body: String::new(),
    }
}

/// A way that a redirect may point, and what has to come of it.
struct Turn {
    what: &'static str,
    /// Addresses of the hops; `@home` and `@away` stand for the two servers.
    hops: &'static [&'static str],
    /// Whether the file arrives at the end, and whether that end may know the token.
    arrives: bool,
    trusted: bool,
}

const TURNS: [Turn; 8] = [
    turn("a path at home", &["/end"], true, true),
    turn(
        "home by its full name",
        &["@home/middle", "@home/end"],
        true,
        true,
    ),
    turn("another port", &["@away/end"], true, false),
    turn(
        "a name and password before another host",
        &["http://u:p@@away/end"],
        true,
        false,
    ),
    turn("away and back", &["@away/middle", "@home/end"], true, false),
    turn("in circles", &["/start"], false, true),
    turn("no server at all", &["file:///etc/passwd"], false, true),
    turn("nowhere", &[""], false, true),
];

const fn turn(
    what: &'static str,
    hops: &'static [&'static str],
    arrives: bool,
    trusted: bool,
) -> Turn {
    Turn {
        what,
        hops,
        arrives,
        trusted,
    }
}

impl Pair {
    /// Follows one turn with one status; an error says what was wrong.
    async fn turns(&self, turn: &Turn, status: u16) -> Result<(), String> {
        let bare = |server: &FakeServer| server.url("").replace("http://", "");
        let place = |hop: &str| {
            hop.replace("u:p@@away", &format!("u:p@{}", bare(&self.away)))
                .replace("@home", &self.home.url(""))
                .replace("@away", &self.away.url(""))
        };
        let mut at = (&self.home, "/start");
        for hop in turn.hops {
            let fault = match *hop {
                "" => Fault::Status(status),
                hop => redirect(status, &place(hop)),
            };
            at.0.fault(at.1, fault);
            let next = if hop.contains("@away") {
                &self.away
            } else {
                &self.home
            };
            at = (next, "/middle");
        }
        let arrived = matches!(self.media().await, Ok((206, 10)));
        if arrived != turn.arrives {
            return Err(format!("it arrives: {arrived}"));
        }
        let requests = |server: &FakeServer| server.requests();
        let (home, away) = (requests(&self.home), requests(&self.away));
        if home.len() + away.len() > 6 {
            return Err("more than five redirects".into());
        }
        let all = || home.iter().chain(&away);
        let end = all().find(|request| request.path == "/end");
        let knows = end.is_some_and(|end| end.header(self.key).is_some());
        let lost = all().any(|request| request.range() != Some("bytes=10-19"));
        let told = all().any(|request| {
            request.header("referer").is_some() || request.header("cookie").is_some()
        });
        match () {
            () if self.away.log().mentions(CANARY) => Err("the token left home".into()),
            () if end.is_some() && knows != turn.trusted => Err(format!("the end knows: {knows}")),
            () if lost => Err("the range was lost on the way".into()),
            () if told => Err("it says where it came from".into()),
            () if away.iter().any(|one| {
                one.header("authorization").is_some() || one.header(self.key).is_some()
            }) =>
            {
                Err("a name from the address went along".into())
            }
            () => Ok(()),
        }
    }
}

/// Follows every turn with every status, each between a pair of servers of its own.
async fn all_turns(name: &str, pair: fn() -> Pair) {
    let (mut good, mut cases) = (0, 0);
    for turn in &TURNS {
        for status in STATUSES {
            cases += 1;
            match pair().turns(turn, status).await {
                Ok(()) => good += 1,
                Err(wrong) => println!("{status} to {}: {wrong}", turn.what),
            }
        }
    }
    println!("{good}/{cases} redirect cases of {name}");
    assert_eq!((good, cases), (40, 40));
}

#[tokio::test]
async fn forty_redirects() {
    all_turns("Jellyfin", Pair::new).await;
}

#[tokio::test]
async fn forty_redirects_of_plex() {
    all_turns("Plex", Pair::plex).await;
}

#[tokio::test]
async fn no_redirect_takes_the_token_away_from_home() {
    for status in STATUSES {
        for way in WAYS {
            let pair = Pair::new();
            pair.home
                .fault("/start", redirect(status, &pair.away.url("/middle")));
            pair.away
                .fault("/middle", redirect(status, &pair.away.url("/end")));
            let answer = pair.ask(way).await;
            assert!(
                answer.is_ok() || way == "json",
                "{status} {way}: {answer:?}"
            );
            assert_eq!(pair.away.requests_to("/end").len(), 1, "{status} {way}");
            assert!(!pair.away.log().mentions(CANARY), "{status} {way}");
            assert!(
                pair.away
                    .requests()
                    .iter()
                    .all(|request| request.header("referer").is_none())
            );
            assert!(
                pair.away
                    .requests()
                    .iter()
                    .all(|request| request.header("cookie").is_none())
            );
            assert!(
                pair.home.requests()[0].header("authorization").is_some(),
                "home does get it"
            );
        }
    }
}

#[tokio::test]
async fn a_foreign_server_cannot_send_the_token_back_home() {
    for status in STATUSES {
        for way in WAYS {
            let pair = Pair::new();
            pair.home
                .fault("/start", redirect(status, &pair.away.url("/middle")));
            pair.away
                .fault("/middle", redirect(status, &pair.home.url("/end")));
            let answer = pair.ask(way).await;
            assert!(
                answer.is_ok() || way == "json",
                "{status} {way}: {answer:?}"
            );
            assert!(!pair.away.log().mentions(CANARY), "{status} {way}");
            let end = pair.home.requests_to("/end");
            assert_eq!(end.len(), 1, "{status} {way}");
            assert_eq!(end[0].header("authorization"), None, "{status} {way}");
        }
    }
}

#[tokio::test]
async fn a_redirect_at_home_keeps_it() {
    for way in WAYS {
        let pair = Pair::new();
        pair.home.fault("/start", redirect(302, "/end"));
        pair.ask(way).await.ok();
        let end = pair.home.requests_to("/end");
        assert!(
            end[0]
                .header("authorization")
                .is_some_and(|value| value.contains(CANARY)),
            "{way}"
        );
        assert!(
            !end[0].query.contains(CANARY),
            "{way}: the query stays behind"
        );
        assert_eq!(end[0].header("referer"), None);
    }
}

#[tokio::test]
async fn what_is_sent_with_a_body_follows_nobody() {
    for status in STATUSES {
        let pair = Pair::new();
        pair.home
            .fault("/start", redirect(status, &pair.away.url("/end")));
        let body = serde_json::json!({"Pw": CANARY});
        let answer = pair.http.post_json::<Value>(&pair.start(), &body).await;
        assert!(
            matches!(answer, Err(SourceError::Status(got)) if got == status),
            "{answer:?}"
        );
        let answer = pair.http.post(&pair.start(), Some(&body)).await;
        assert!(
            matches!(answer, Err(SourceError::Status(got)) if got == status),
            "{answer:?}"
        );
        let answer = pair.http.delete(&pair.start()).await;
        assert!(
            matches!(answer, Err(SourceError::Status(got)) if got == status),
            "{answer:?}"
        );
        assert!(pair.away.requests().is_empty());
    }
}

#[tokio::test]
async fn another_servers_address_gets_no_token_even_when_asked_directly() {
    let pair = Pair::new();
    let url: Url = pair.away.url("/end").parse().unwrap();
    pair.http
        .get_bytes(&SecretUrl::new(url), 1 << 20)
        .await
        .unwrap();
    assert_eq!(pair.away.requests()[0].header("authorization"), None);
    assert!(!pair.away.log().mentions(CANARY));
}

#[tokio::test]
async fn no_error_shows_the_token() {
    let mut pair = Pair::new();
    let away = pair.away.url("/x");
    let faults = [
        Fault::NoReply,
        Fault::Status(401),
        Fault::Status(500),
        Fault::Html,
        Fault::Reply {
            status: 200,
            headers: Vec::new(),
            body: format!("{{\"token\": \"{CANARY}\"}} trailing"),
        },
        redirect(302, &format!("{away}?t={CANARY}")),
        redirect(302, &format!("ftp://{CANARY}/")),
        redirect(302, &format!("/start?{CANARY}")),
    ];
    let mut errors = Vec::new();
    for fault in faults {
        pair.home.clear_faults(None);
        pair.home.fault("/start", fault);
        errors.extend(pair.http.get_json::<Value>(&pair.start()).await.err());
    }
    pair.home.stop();
    for way in WAYS {
        errors.extend(pair.ask(way).await.err());
    }
    assert_eq!(errors.len(), 12);
    for error in &errors {
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(CANARY), "{shown}");
    }
    let shown = format!(
        "{:?} {:?} {}",
        pair.http,
        SecretUrl::new(pair.start()),
        SecretUrl::new(pair.start())
    );
    assert!(!shown.contains(CANARY), "{shown}");
}

#[tokio::test]
async fn bodies_are_bounded() {
    let pair = Pair::new();
    let url = |path: &str| -> Url { pair.home.url(path).parse().unwrap() };
    pair.home.add_blob("/large", Blob::pattern(1 << 40, 1));
    let large = pair
        .http
        .get_bytes(&SecretUrl::new(url("/large")), 1 << 20)
        .await;
    assert!(matches!(large, Err(SourceError::Malformed(_))), "{large:?}");
    let large = pair.http.get_json::<Value>(&url("/large")).await;
    assert!(matches!(large, Err(SourceError::Malformed(_))), "{large:?}");
    // Without a length, the limit counts what arrives.
    pair.home.fault("/large", Fault::NoLength);
    let large = pair
        .http
        .get_bytes(&SecretUrl::new(url("/large")), 1 << 20)
        .await;
    assert!(matches!(large, Err(SourceError::Malformed(_))), "{large:?}");
    assert!(pair.home.bytes_sent("/large") < 1 << 30);
}

#[tokio::test]
async fn media_is_asked_for_as_it_is() {
    let pair = Pair::new();
    pair.home.add_blob("/start", Blob::pattern(100, 1));
    pair.ask("media").await.unwrap();
    let request = &pair.home.requests()[0];
    assert_eq!(request.header("accept-encoding"), Some("identity"));
    assert_eq!(request.range(), Some("bytes=10-19"));
    assert!(
        request
            .header("user-agent")
            .is_some_and(|agent| agent.starts_with("Spool/"))
    );
}

#[tokio::test]
async fn a_connection_cut_inside_a_body_is_an_error_and_not_an_end() {
    let pair = Pair::new();
    pair.home.add_blob("/start", Blob::pattern(1 << 20, 1));
    pair.home.fault("/start", Fault::Truncate { after: 5 });
    let cut = pair.ask("media").await;
    assert!(matches!(cut, Err(SourceError::Unreachable(_))), "{cut:?}");
    let cut = pair.ask("bytes").await;
    assert!(matches!(cut, Err(SourceError::Unreachable(_))), "{cut:?}");
}

/// 429 is no failure of a question, but a wish: it is asked again until its turn comes.
#[tokio::test]
async fn who_comes_too_soon_waits_for_its_turn() {
    let server = FakeServer::start(Options::default());
    let url: Url = server.url("/System/Info/Public").parse().unwrap();
    let http = Http::new(&url, None).unwrap();
    let crowded = Fault::Status(429);
    server.script(Rule::on("/System/Info/Public").fault(crowded).times(2));
    let answer: Value = http.get_json(&url).await.unwrap();
    assert_eq!(answer["ServerName"], "Attic");
    assert_eq!(server.requests_to("/System/Info/Public").len(), 3);
    // What changes something is not sent twice.
    server.fault("/Sessions/Logout", Fault::Status(429));
    let url: Url = server.url("/Sessions/Logout").parse().unwrap();
    let refused = http.post(&url, None::<&()>).await;
    assert!(
        matches!(refused, Err(SourceError::Busy { .. })),
        "{refused:?}"
    );
    assert_eq!(server.requests_to("/Sessions/Logout").len(), 1);
}
