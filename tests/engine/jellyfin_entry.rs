//! Ways into a Jellyfin server: found in the network, and let in by a code.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

use std::time::Duration;

use spool_engine::source::Lan;
use spool_engine::source::jellyfin::{
    Device, EntryError, FoundServer, discover, find, quick_connect, quick_connect_enabled,
};
use testkit::{Beacon, FakeServer, Fault, Options, Rule};

const LONG: Duration = Duration::from_secs(60);

fn device() -> Device {
    Device {
        id: "0123456789abcdef".into(),
        name: "Test".into(),
    }
}

async fn found(server: &FakeServer) -> FoundServer {
    find(&server.address()).await.unwrap()
}

#[tokio::test]
async fn a_typed_code_lets_in() {
    let server = FakeServer::start(Options {
        base_path: "/jf".into(),
        ..Options::default()
    });
    let there = found(&server).await;
    assert!(quick_connect_enabled(&there, &device()).await);
    let code = quick_connect(&there, &device()).await.unwrap();
    assert_eq!(code.code.len(), 6);
    assert!(!code.left().is_zero());
    let waiting = code.clone();
    let waiting = tokio::spawn(async move { waiting.wait().await });
    let polls = |log: &testkit::Log| log.requests_to("/jf/QuickConnect/Connect").count() > 0;
    server.until(polls, LONG).await;
    assert!(server.jellyfin().approve(&code.code));
    let user = waiting.await.unwrap().unwrap();
    assert_eq!(user.user_name, "ada");
    assert_eq!(user.token.expose(), server.token());
    let secret =
        server.requests_to("/jf/Users/AuthenticateWithQuickConnect")[0].json()["Secret"].clone();
    let secret = secret.as_str().unwrap();
    assert_eq!(secret.len(), 64);
    assert!(!format!("{code:?} {user:?}").contains(secret));
}

#[tokio::test]
async fn a_code_that_ran_out_says_so() {
    let server = FakeServer::start(Options::default());
    let there = found(&server).await;
    let code = quick_connect(&there, &device()).await.unwrap();
    server.jellyfin().expire_codes();
    assert!(matches!(code.wait().await, Err(EntryError::CodeExpired)));
}

#[tokio::test]
async fn a_server_that_is_away_for_a_moment_is_waited_for() {
    let server = FakeServer::start(Options::default());
    let there = found(&server).await;
    let code = quick_connect(&there, &device()).await.unwrap();
    assert!(server.jellyfin().approve(&code.code));
    let path = "/QuickConnect/Connect";
    server.script(Rule::on(path).fault(Fault::Status(503)).times(1));
    server.script(Rule::on(path).fault(Fault::NoReply).times(1));
    assert_eq!(code.wait().await.unwrap().user_name, "ada");
}

#[tokio::test]
async fn a_server_that_lets_nobody_in_by_a_code() {
    let server = FakeServer::start(Options {
        quick_connect: false,
        ..Options::default()
    });
    let there = found(&server).await;
    assert!(!quick_connect_enabled(&there, &device()).await);
    let refused = quick_connect(&there, &device()).await;
    assert!(matches!(refused, Err(EntryError::CodeSignInOff)));
}

#[tokio::test]
async fn servers_in_the_network_are_found_and_proven() {
    let server = FakeServer::start(Options {
        base_path: "/jf".into(),
        ..Options::default()
    });
    let beacon = Beacon::of(&server);
    let servers = discover(&Lan::StandIn(beacon.address())).await;
    assert_eq!(
        servers,
        [found(&server).await],
        "one server, however often it answers"
    );
    assert!(beacon.asked() > 0);
}

#[tokio::test]
async fn who_only_says_to_be_a_server_is_not_listed() {
    let server = FakeServer::start(Options::default());
    let stranger = br#"{"Address":"ADDRESS","Id":"another","Name":"Attic"}"#;
    let stranger = String::from_utf8_lossy(stranger).replace("ADDRESS", &server.address());
    let beacon = Beacon::saying(vec![
        stranger.into_bytes(),
        b"{\"Id\":".to_vec(),
        b"".to_vec(),
        br#"{"Id":"x","Address":"file:///etc/passwd"}"#.to_vec(),
    ]);
    assert_eq!(discover(&Lan::StandIn(beacon.address())).await, []);
}

#[tokio::test]
async fn where_nobody_answers_there_is_no_server() {
    // A port that was free a moment ago; whoever has it now does not speak of Jellyfin.
    let nobody = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    assert_eq!(
        discover(&Lan::StandIn(nobody.local_addr().unwrap())).await,
        []
    );
    assert_eq!(discover(&Lan::Nobody).await, []);
}
