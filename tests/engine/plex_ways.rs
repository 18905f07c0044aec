//! Which of its ways leads to a Plex server, when they open and shut: a direct one before the relay, whatever was known before.

use std::time::Duration;

use sha2::{Digest, Sha256};
use spool_engine::http::Terms;
use spool_engine::model::{Fingerprint, Reach};
use spool_engine::source::plex::{Login, Plex};
use spool_engine::source::{Source, SourceError};
use testkit::titles::{FILMS, THE_LONG_REEL};
use testkit::{Catalogue, Connection, FakeServer, Identity, Media, Options, Tls};

use crate::fake_source::until;
use crate::plex_stage::{PlexStage, account, device, film_part};

/// A server of the stage's identity behind a certificate of its own, and the terms on which it is believed.
fn in_secret() -> (FakeServer, Terms) {
    let identity = Identity::self_signed();
    let pin = Fingerprint::new(Sha256::digest(identity.der()).into());
    let server = FakeServer::start(Options {
        catalogue: Catalogue::of(Media::ready()),
        tls: Some(Tls::new(identity)),
        ..Options::default()
    });
    (server, Terms::pinned(pin))
}

/// The way to it by that name.
fn way(server: &FakeServer, host: &str) -> Connection {
    Connection {
        uri: format!("https://{host}:{}", server.port()),
        ..Connection::plain(server).remote()
    }
}

/// Somebody who signed in when the server was offered by these ways.
async fn sealed(
    stage: &PlexStage,
    server: &FakeServer,
    terms: Terms,
    ways: Vec<Connection>,
) -> Plex {
    stage.tv.plex_tv().offer(server, true, ways);
    let entry = stage.entry().await;
    let login = Login::new(account(), stage.tv_base(), &entry, &entry.servers[0]);
    Plex::new(login.on(terms), &device())
}

fn reach(source: &Plex) -> Option<Reach> {
    source.route().map(|route| route.reach)
}

/// The port that the next question goes to.
async fn port(source: &Plex) -> Option<u16> {
    source.check().await.unwrap();
    source.address().await.unwrap().port()
}

#[tokio::test]
async fn a_relay_does_not_hide_that_the_server_has_moved() {
    let stage = PlexStage::new();
    let (server, terms) = in_secret();
    let mut gone = FakeServer::start(Options::default());
    let lost = way(&gone, "127.0.0.1");
    gone.stop();
    let relay = way(&server, "localhost").relayed();
    let source = sealed(&stage, &server, terms, vec![lost, relay.clone()]).await;
    let now = vec![way(&server, "127.0.0.1"), relay];
    stage.tv.plex_tv().offer(&server, true, now);

    source.check().await.unwrap();
    until("plex.tv's new way is taken", async || {
        source.address().await.unwrap().host_str() == Some("127.0.0.1")
    })
    .await;
    source.check().await.unwrap();
    assert_ne!(reach(&source), Some(Reach::Relay));
    assert_eq!(
        stage.tv.requests_to("/api/v2/resources").len(),
        2,
        "once more than to sign in"
    );
}

#[tokio::test]
async fn a_direct_way_that_opens_again_is_taken_when_the_network_changes() {
    let mut stage = PlexStage::new();
    let (server, terms) = in_secret();
    let home = Connection::plain(&stage.stage.server);
    let relay = way(&server, "localhost").relayed();
    stage
        .tv
        .plex_tv()
        .offer(&stage.stage.server, true, Vec::new());
    stage.stage.server.stop();
    let source = sealed(&stage, &server, terms, vec![home, relay]).await;
    source.check().await.unwrap();
    assert_eq!(reach(&source), Some(Reach::Relay));
    // The look-out that begins with the relay is over: plex.tv was asked.
    until("plex.tv was asked", async || {
        stage.tv.requests_to("/api/v2/resources").len() == 2
    })
    .await;

    stage.stage.server.start_again();
    source.network_changed();
    let direct = Some(stage.stage.server.port());
    until("the direct way is taken", async || {
        port(&source).await == direct
    })
    .await;
    assert_ne!(reach(&source), Some(Reach::Relay));
    assert_eq!(source.libraries().await.unwrap().len(), 3);

    // And back: the network is left, the relay stands in.
    stage.stage.server.stop();
    source.network_changed();
    until("the relay is taken", async || {
        port(&source).await == Some(server.port())
    })
    .await;
    assert_eq!(reach(&source), Some(Reach::Relay));
}

#[tokio::test]
async fn a_slow_direct_way_is_better_than_the_relay() {
    let stage = PlexStage::new();
    let (server, terms) = in_secret();
    let home = Connection::plain(&stage.stage.server);
    let relay = way(&server, "localhost").relayed();
    stage
        .tv
        .plex_tv()
        .offer(&stage.stage.server, true, Vec::new());
    let slow = Duration::from_millis(900);
    stage.stage.server.set_latency_of("/identity", slow);
    let source = sealed(&stage, &server, terms, vec![home, relay]).await;
    source.check().await.unwrap();
    let direct = Some(stage.stage.server.port());
    assert_eq!(source.address().await.unwrap().port(), direct);
    assert!(
        server.requests_to("/").is_empty(),
        "the relay has carried nothing"
    );
    assert!(!server.requests_to("/identity").is_empty(), "it was there");
}

#[tokio::test]
async fn a_server_that_is_far_is_taken_at_its_word() {
    let stage = PlexStage::new();
    let (server, terms) = in_secret();
    let far = way(&server, "127.0.0.1");
    let source = sealed(&stage, &server, terms, vec![far]).await;
    let part = film_part(&stage, &source).await;
    assert!(source.locate(&part).await.is_ok());
    server.plex().convert(FILMS[THE_LONG_REEL].title);
    let refused = source.locate(&part).await;
    assert!(
        matches!(refused, Err(SourceError::Refused(_))),
        "{refused:?}"
    );
    assert!(server.requests_to("/library/parts/*").is_empty());
}
