//! Plex without plex.tv: a server that has moved within its network is found by what it says itself.

use std::sync::Arc;

use spool_engine::source::plex::{Login, Plex};
use spool_engine::source::{Lan, Source};
use testkit::{Announcer, Catalogue, Connection, FakeServer, Media, Options, PlexSetup};

use crate::plex_stage::{Diary, PlexStage, account, device};

/// A server of the stage's identity at another address, as a router gives it one.
fn moved() -> FakeServer {
    FakeServer::start(Options {
        catalogue: Catalogue::of(Media::ready()),
        ..Options::default()
    })
}

fn stranger() -> FakeServer {
    FakeServer::start(Options {
        plex: PlexSetup {
            machine_id: "0ther".into(),
            ..PlexSetup::default()
        },
        ..Options::default()
    })
}

async fn source(stage: &PlexStage, near: &Announcer, diary: &Arc<Diary>) -> Plex {
    let entry = stage.entry().await;
    let mut login = Login::new(account(), stage.tv_base(), &entry, &entry.servers[0]);
    login.lan = Lan::StandIn(near.address());
    login.keeper = Some(diary.clone());
    Plex::new(login, &device())
}

#[tokio::test]
async fn a_server_that_moved_is_found_without_plex_tv_and_its_way_is_kept() {
    let mut stage = PlexStage::new();
    let (near, diary) = (Announcer::start(), Arc::new(Diary::default()));
    let source = source(&stage, &near, &diary).await;
    let second = moved();
    // Its users' tokens are good there too.
    stage.tv.plex_tv().offer(&second, true, Vec::new());
    stage.stage.server.stop();
    stage.tv.stop();
    near.plex(&stranger());
    near.plex(&second);
    source.check().await.unwrap();
    assert_eq!(source.address().await.unwrap().port(), Some(second.port()));
    assert_eq!(source.libraries().await.unwrap().len(), 3);

    // The next start knows the way and asks nobody.
    let asked = near.heard().len();
    let kept = diary.0.lock().last().cloned().unwrap();
    let entry_free = Login {
        account: account(),
        machine_id: second.plex().machine_id().into(),
        credentials: kept,
        tv: stage.tv_base(),
        lan: Lan::StandIn(near.address()),
        keeper: None,
    };
    Plex::new(entry_free, &device()).check().await.unwrap();
    assert_eq!(near.heard().len(), asked);
}

#[tokio::test]
async fn who_only_claims_to_be_the_server_gets_no_token() {
    let mut stage = PlexStage::new();
    let (near, diary) = (Announcer::start(), Arc::new(Diary::default()));
    let source = source(&stage, &near, &diary).await;
    stage.stage.server.stop();
    stage.tv.stop();
    // Its announcement has the right id, what answers there has not.
    let (other, liar) = (stranger(), moved());
    near.claim(liar.plex(), other.port());
    assert!(source.check().await.is_err());
    assert!(!other.requests().is_empty(), "it was asked who it is");
    assert!(!other.log().mentions("CANARY"));
    assert!(diary.0.lock().is_empty());
}

#[tokio::test]
async fn a_server_that_was_never_near_is_not_looked_for_here() {
    let mut stage = PlexStage::new();
    let far = Connection::direct(&stage.stage.server, "https").remote();
    stage
        .tv
        .plex_tv()
        .offer(&stage.stage.server, true, vec![far]);
    let (near, diary) = (Announcer::start(), Arc::new(Diary::default()));
    let source = source(&stage, &near, &diary).await;
    stage.tv.stop();
    assert!(source.check().await.is_err());
    assert!(near.heard().is_empty());
}
