use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::*;
use crate::fault::Only;
use crate::gate::Gate;
use crate::log::Ended;
use crate::pattern;

const LONG: Duration = Duration::from_secs(20);

/// What came over one connection until it closed, or until `Content-Length` was there.
struct Got {
    status: u16,
    head: String,
    body: Vec<u8>,
    /// The connection was reset.
    reset: bool,
}

impl Got {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

fn ask(server: &FakeServer, method: &str, path: &str, headers: &[&str], body: &str) -> Got {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    let lines: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n{lines}\r\n{body}"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut all = Vec::new();
    let reset = stream.read_to_end(&mut all).is_err();
    let split = all.windows(4).position(|w| w == b"\r\n\r\n").unwrap_or(0);
    let head = String::from_utf8_lossy(&all[..split]).into_owned();
    let status = head
        .split(' ')
        .nth(1)
        .map_or(0, |code| code.parse().unwrap());
    let body = all.get(split + 4..).unwrap_or_default().to_vec();
    Got {
        status,
        head,
        body,
        reset,
    }
}

fn get(server: &FakeServer, path: &str, headers: &[&str]) -> Got {
    ask(server, "GET", path, headers, "")
}

fn with_blob(size: u64, seed: u64) -> FakeServer {
    let server = FakeServer::start(Options::default());
    server.add_blob("/b", Blob::pattern(size, seed));
    server
}

#[test]
fn ranges_are_served_as_jellyfin_does() {
    let server = with_blob(1000, 3);
    let got = get(&server, "/b", &["Range: bytes=100-"]);
    assert_eq!(
        (got.status, got.header("content-range")),
        (206, Some("bytes 100-999/1000"))
    );
    assert_eq!(got.header("accept-ranges"), Some("bytes"));
    assert_eq!(got.header("etag"), None);
    assert_eq!(pattern::verify(3, 100, &got.body), Ok(()));
    assert_eq!(got.body.len(), 900);
    let date = got.header("last-modified").unwrap().to_owned();

    let got = get(&server, "/b", &["Range: bytes=1000-"]);
    assert_eq!(
        (got.status, got.header("content-range")),
        (416, Some("bytes */1000"))
    );

    let same = format!("If-Range: {date}");
    assert_eq!(get(&server, "/b", &["Range: bytes=1-1", &same]).status, 206);
    let other = "If-Range: Tue, 29 Feb 2000 00:00:00 GMT";
    let got = get(&server, "/b", &["Range: bytes=1-1", other]);
    assert_eq!((got.status, got.body.len()), (200, 1000));

    let got = ask(&server, "HEAD", "/b", &[], "");
    assert_eq!(
        (got.status, got.header("content-length"), got.body.len()),
        (200, Some("1000"), 0)
    );
    assert_eq!(server.heads(), 1);
    assert_eq!(server.ranges_sent("/b"), [(100, 1000), (1, 2), (0, 1000)]);
    assert_eq!(server.bytes_sent("/b"), 1901);
    assert_eq!(server.log().bytes_repeated("/b"), 901);
}

#[test]
fn whoever_has_a_byte_finds_it_counted() {
    let server = with_blob(100, 1);
    for turn in 1..=300 {
        assert_eq!(get(&server, "/b", &[]).body.len(), 100);
        assert_eq!(server.bytes_sent("/b"), turn * 100);
    }
}

#[test]
fn six_gibibytes_take_no_memory() {
    let size = 6 << 30;
    let server = with_blob(size, 9);
    let start = (1 << 32) - 5;
    let got = get(
        &server,
        "/b",
        &[&format!("Range: bytes={start}-{}", start + 999)],
    );
    assert_eq!((got.status, got.body.len()), (206, 1000));
    assert_eq!(pattern::verify(9, start, &got.body), Ok(()));
}

#[test]
fn a_rule_is_used_up_and_then_all_is_well() {
    let server = with_blob(1000, 1);
    server.script(
        Rule::on("/b")
            .only(Only::Ranged)
            .fault(Fault::Truncate { after: 10 })
            .times(2),
    );
    assert_eq!(get(&server, "/b", &[]).body.len(), 1000);
    for _ in 0..2 {
        let got = get(&server, "/b", &["Range: bytes=5-"]);
        assert_eq!(
            (got.header("content-length"), got.body.len()),
            (Some("995"), 10)
        );
    }
    assert_eq!(get(&server, "/b", &["Range: bytes=5-"]).body.len(), 995);
    assert_eq!(server.requests_to("/b")[1].ended, Ended::Faulted);
    assert_eq!(server.requests_to("/b")[1].sent, 5..15);
}

#[test]
fn content_range_lies_on_request() {
    let server = with_blob(1000, 1);
    let cases = [
        (
            Fault::ShiftContentRange(-1),
            206,
            Some("bytes 99-199/1000"),
            100,
        ),
        (Fault::ShiftBody(3), 206, Some("bytes 103-203/1000"), 103),
        (Fault::EarlyBody(36), 206, Some("bytes 64-200/1000"), 64),
        (Fault::NoContentRange, 206, None, 100),
        (Fault::UnknownTotal, 206, Some("bytes 100-200/*"), 100),
        (Fault::WrongTotal(7), 206, Some("bytes 100-200/1007"), 100),
        (Fault::IgnoreRange, 200, None, 0),
        (Fault::NoRanges, 200, None, 0),
    ];
    for (fault, status, content_range, at) in cases {
        let name = format!("{fault:?}");
        server.script(Rule::on("/b").fault(fault).times(1));
        let got = get(&server, "/b", &["Range: bytes=100-200"]);
        assert_eq!(
            (got.status, got.header("content-range")),
            (status, content_range),
            "{name}"
        );
        assert_eq!(pattern::verify(1, at, &got.body), Ok(()), "{name}");
    }
}

#[test]
fn lengths_lie_on_request() {
    let server = with_blob(1000, 1);
    for (by, said) in [(-10, "990"), (10, "1010")] {
        server.script(Rule::on("/b").fault(Fault::WrongLength(by)).times(1));
        let got = get(&server, "/b", &[]);
        assert_eq!(
            (got.header("content-length"), got.body.len()),
            (Some(said), 1000)
        );
    }
    server.script(Rule::on("/b").fault(Fault::NoLength).times(1));
    let got = get(&server, "/b", &[]);
    assert_eq!((got.header("content-length"), got.body.len()), (None, 1000));
}

#[test]
fn replies_can_be_replaced() {
    let server = with_blob(1000, 1);
    let retry = vec![("Retry-After".to_owned(), "3".to_owned())];
    let busy = Fault::Reply {
        status: 503,
        headers: retry,
        body: String::new(),
    };
    server.script(Rule::on("/b").fault(busy).times(1));
    let got = get(&server, "/b", &[]);
    assert_eq!((got.status, got.header("retry-after")), (503, Some("3")));

    server.script(Rule::on("/b").fault(Fault::Html).times(1));
    let got = get(&server, "/b", &["Range: bytes=5-"]);
    assert_eq!(
        (got.status, got.header("content-type")),
        (200, Some("text/html"))
    );

    server.script(
        Rule::on("/b")
            .fault(Fault::Redirect(server.url("/c")))
            .times(1),
    );
    let got = get(&server, "/b", &[]);
    assert_eq!(
        (got.status, got.header("location")),
        (302, Some(server.url("/c").as_str()))
    );

    server.script(Rule::on("/b").fault(Fault::Gzip).times(1));
    let got = get(&server, "/b", &["Range: bytes=0-9"]);
    assert_eq!(
        (got.header("content-encoding"), &got.body[..2]),
        (Some("gzip"), &[0x1f, 0x8b][..])
    );

    server.script(Rule::on("/*").only(Only::Head).fault(Fault::Status(500)));
    assert_eq!(ask(&server, "HEAD", "/b", &[], "").status, 500);
    assert_eq!(get(&server, "/b", &[]).status, 200);
}

#[test]
fn a_reset_is_a_reset_and_no_reply_is_none() {
    let server = with_blob(1 << 20, 1);
    server.script(
        Rule::on("/b")
            .fault(Fault::Reset { after: 100_000 })
            .times(1),
    );
    assert!(get(&server, "/b", &[]).reset);
    server.script(Rule::on("/b").fault(Fault::NoReply).times(1));
    let got = get(&server, "/b", &[]);
    assert_eq!((got.status, got.reset), (0, false));
}

#[test]
fn gates_hold_until_they_are_opened() {
    let server = with_blob(1000, 1);
    let (head, stall) = (Gate::new(), Gate::new());
    let rule = Rule::on("/b").fault(Fault::HoldReply(head.clone()));
    server.script(rule.fault(Fault::Stall {
        after: 400,
        until: stall.clone(),
    }));
    std::thread::scope(|scope| {
        let reply = scope.spawn(|| get(&server, "/b", &[]));
        server.wait_until(|log| log.running("/b") == 1, LONG);
        assert_eq!(server.requests_to("/b")[0].status, 0);
        head.open();
        server.wait_until(|log| log.bytes_sent("/b") == 400, LONG);
        assert!(!reply.is_finished());
        stall.open();
        assert_eq!(reply.join().unwrap().body.len(), 1000);
    });
}

#[test]
fn a_client_that_leaves_a_stalled_reply_is_noticed() {
    let server = with_blob(1000, 1);
    server.fault(
        "/b",
        Fault::Stall {
            after: 1,
            until: Gate::new(),
        },
    );
    let mut stream = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    stream
        .write_all(b"GET /b HTTP/1.1\r\nHost: x\r\n\r\n")
        .unwrap();
    server.wait_until(|log| log.bytes_sent("/b") == 1, LONG);
    assert_eq!(server.open_connections(), 1);
    drop(stream);
    server.wait_until(|log| log.open_connections() == 0, LONG);
    assert_eq!(server.requests()[0].ended, Ended::Aborted);
    assert_eq!(server.max_open_connections("/b"), 1);
}

#[test]
fn a_resource_becomes_another_in_the_middle_of_a_reply() {
    let server = with_blob(1000, 1);
    server.script(
        Rule::on("/b")
            .fault(Fault::Become {
                after: 300,
                blob: Blob::pattern(1000, 2),
            })
            .times(1),
    );
    let got = get(&server, "/b", &[]);
    assert_eq!(pattern::verify(1, 0, &got.body[..300]), Ok(()));
    assert_eq!(pattern::verify(2, 300, &got.body[300..]), Ok(()));
    assert_eq!(pattern::verify(2, 0, &get(&server, "/b", &[]).body), Ok(()));
}

#[test]
fn one_connection_carries_many_requests() {
    let server = with_blob(10, 1);
    let mut stream = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    for _ in 0..3 {
        stream
            .write_all(b"GET /b HTTP/1.1\r\nHost: x\r\nRange: bytes=3-7\r\n\r\n")
            .unwrap();
        let mut seen = Vec::new();
        while !seen.ends_with(&pattern::bytes(1, 3, 5)) {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            seen.push(byte[0]);
        }
    }
    assert_eq!(server.log().connections(), 1);
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn stopped_it_refuses_and_started_again_it_answers_on_the_same_port() {
    let mut server = with_blob(10, 1);
    let port = server.port();
    let mut idle = TcpStream::connect(("127.0.0.1", port)).unwrap();
    server.wait_until(|log| log.open_connections() == 1, LONG);
    server.stop();
    assert_eq!(server.open_connections(), 0);
    idle.set_read_timeout(Some(LONG)).unwrap();
    assert!(matches!(idle.read(&mut [0]), Ok(0) | Err(_)));
    let refused = TcpStream::connect(("127.0.0.1", port)).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    server.start_again();
    assert_eq!(server.port(), port);
    assert_eq!(get(&server, "/b", &[]).body.len(), 10);
}

#[test]
fn the_pace_can_be_changed_under_way() {
    let server = with_blob(1 << 20, 1);
    // At this pace the blob would take more than two weeks.
    server.set_rate_of("/b", Some(1));
    std::thread::scope(|scope| {
        let reply = scope.spawn(|| get(&server, "/b", &[]));
        server.wait_until(|log| log.bytes_sent("/b") > 0, LONG);
        server.set_rate_of("/b", None);
        assert_eq!(reply.join().unwrap().body.len(), 1 << 20);
    });
}

#[test]
fn private_blobs_and_scripted_refusals_follow_the_token() {
    let server = FakeServer::start(Options::default());
    server.add_blob("/p", Blob::pattern(10, 1).private());
    server.add_blob("/q", Blob::pattern(10, 1));
    server.script(
        Rule::on("/q")
            .fault(Fault::Status(403))
            .until_token_changes(),
    );
    let status = |path: &str, token: &str| {
        let header = format!("Authorization: MediaBrowser Token=\"{token}\"");
        get(&server, path, &[&header]).status
    };
    let old = server.token();
    assert_eq!(
        (status("/p", &old), status("/p", "new"), status("/q", &old)),
        (200, 401, 403)
    );
    server.set_token("new");
    assert_eq!(
        (status("/p", &old), status("/p", "new"), status("/q", &old)),
        (401, 200, 200)
    );
}

#[test]
fn signing_in_needs_identity_and_password() {
    let server = FakeServer::start(Options::default());
    let identity =
        r#"Authorization: MediaBrowser Client="c", Device="d", DeviceId="i", Version="1""#;
    let sign_in = |header: &str, password: &str| {
        let body = format!(r#"{{"Username":"ada","Pw":"{password}"}}"#);
        ask(
            &server,
            "POST",
            "/Users/AuthenticateByName",
            &[header],
            &body,
        )
    };
    assert_eq!(sign_in("X-None: 1", "correct horse").status, 400);
    assert_eq!(sign_in(identity, "wrong").status, 401);
    let got = sign_in(identity, "correct horse");
    assert_eq!(got.status, 200);
    let reply: serde_json::Value = serde_json::from_slice(&got.body).unwrap();
    assert_eq!(reply["AccessToken"], server.token());
    assert_eq!(get(&server, "/Users/Me", &[]).status, 401);
}

#[tokio::test]
async fn it_starts_waits_and_ends_inside_an_asynchronous_test() {
    let server = with_blob(10, 1);
    let port = server.port();
    let client = tokio::task::spawn_blocking(move || TcpStream::connect(("127.0.0.1", port)));
    server.until(|log| log.connections() == 1, LONG).await;
    client.await.unwrap().unwrap();
}

#[test]
fn conditions_are_misread_on_request() {
    let server = with_blob(1000, 1);
    let ask = ["Range: bytes=100-200", "If-Range: \"other\""];
    assert_eq!(get(&server, "/b", &ask).status, 200);
    server.script(Rule::on("/b").fault(Fault::IgnoreIfRange).times(1));
    assert_eq!(get(&server, "/b", &ask).status, 206);
    server.script(Rule::on("/b").fault(Fault::RefuseIfRange).times(2));
    assert_eq!(get(&server, "/b", &ask).status, 200);
    assert_eq!(get(&server, "/b", &ask[..1]).status, 206);
}

#[test]
fn one_range_as_many_carries_its_place_inside() {
    let server = with_blob(1000, 1);
    server.script(Rule::on("/b").fault(Fault::Multipart).times(1));
    let got = get(&server, "/b", &["Range: bytes=100-200"]);
    assert_eq!((got.status, got.header("content-range")), (206, None));
    let inner = b"Content-Range: bytes 100-200/1000\r\n\r\n";
    let at = got.body.windows(inner.len()).position(|w| w == inner);
    let body = at.unwrap() + inner.len();
    assert_eq!(pattern::verify(1, 100, &got.body[body..body + 101]), Ok(()));
}

#[test]
fn an_address_expires_with_its_signature() {
    let server = FakeServer::start(Options::default());
    server.add_blob("/s", Blob::pattern(10, 1).signed(403));
    let path = format!("/s?sig={}", server.token());
    assert_eq!(get(&server, "/s", &[]).status, 403);
    assert_eq!(get(&server, &path, &[]).status, 200);
    server.set_token("another");
    assert_eq!(get(&server, &path, &[]).status, 403);
}
