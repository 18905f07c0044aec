//! Signing out: everything of the account goes, or what is kept stays and plays until somebody signs in again.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

mod fake_source;

use fake_source::{Profile, until};
use spool_engine::Engine;
use spool_engine::cache::Class;
use spool_engine::model::{Account, AccountState, Item, Query};
use spool_engine::secret::{Keep, Secret};
use testkit::{Blob, Catalogue, FakeServer, Options, pattern};

const SIZE: u64 = 3 << 20;

fn server() -> FakeServer {
    let films = Catalogue::default()
        .and_blob("Kept", Blob::pattern(SIZE, 7), 600)
        .and_blob("Played", Blob::pattern(SIZE, 8), 600)
        .and_blob("Never seen", Blob::pattern(SIZE, 9), 600);
    FakeServer::start(Options {
        catalogue: films,
        ..Options::default()
    })
}

async fn sign_in(engine: &Engine, server: &FakeServer) -> Account {
    let found = engine.accounts.find_jellyfin(&server.address()).await;
    let face = server.jellyfin();
    let password = Secret::new(face.password());
    let account = engine
        .accounts
        .sign_in_jellyfin(&found.unwrap(), face.user(), &password, Keep::File)
        .await
        .unwrap();
    let synced = engine.library.sync(Some(account.id.clone())).await;
    assert!(synced[0].result.is_ok(), "{synced:?}");
    account
}

async fn titles(engine: &Engine) -> Vec<Item> {
    engine.library.page(Query::default()).await.unwrap().items
}

async fn film(engine: &Engine, title: &str) -> Item {
    let all = titles(engine).await;
    all.into_iter().find(|item| item.title == title).unwrap()
}

/// One film kept, another played, and all of both here.
async fn bring_here(engine: &Engine) -> Item {
    let kept = film(engine, "Kept").await;
    engine.playback.download(&kept.id).await.unwrap();
    let played = film(engine, "Played").await;
    let playable = engine.playback.open(&played.id).await.unwrap();
    playable
        .reader
        .read_at(0, usize::try_from(SIZE).unwrap())
        .await
        .unwrap();
    drop(playable);
    until("both are here", async || {
        let entries = engine.cache.entries().await.unwrap();
        let kept = entries
            .iter()
            .any(|entry| entry.class == Class::Kept && entry.ranges.bytes() == SIZE);
        kept && entries.len() == 2
    })
    .await;
    kept
}

fn state(engine: &Engine) -> Option<AccountState> {
    engine
        .accounts
        .list()
        .first()
        .map(|account| account.state.clone())
}

async fn plays(engine: &Engine, item: &Item) {
    let playable = engine.playback.open(&item.id).await.unwrap();
    let bytes = playable.reader.read_at(SIZE - 1000, 1000).await.unwrap();
    assert_eq!(pattern::verify(7, SIZE - 1000, &bytes), Ok(()));
}

#[tokio::test]
async fn what_is_kept_outlives_the_sign_in() {
    let mut server = server();
    let profile = Profile::new();
    let engine = profile.start();
    let account = sign_in(&engine, &server).await;
    let kept = bring_here(&engine).await;

    engine.accounts.sign_out(&account.id).await.unwrap();
    assert_eq!(state(&engine), Some(AccountState::SignInNeeded));
    let left: Vec<_> = titles(&engine)
        .await
        .into_iter()
        .map(|item| item.id)
        .collect();
    assert_eq!(left, std::slice::from_ref(&kept.id));
    until("only what is kept is here", async || {
        let entries = engine.cache.entries().await.unwrap();
        entries.len() == 1 && entries[0].class == Class::Kept
    })
    .await;
    assert_eq!(server.log().requests_to("/Sessions/Logout").count(), 1);
    server.stop();
    plays(&engine, &kept).await;
    engine.shutdown_blocking();
    drop(engine);

    // A later start asks the server nothing, and it still plays.
    let engine = profile.start();
    engine.accounts.check(None).await;
    assert_eq!(state(&engine), Some(AccountState::SignInNeeded));
    plays(&engine, &kept).await;

    server.start_again();
    let again = sign_in(&engine, &server).await;
    assert_eq!(again.id, account.id);
    assert_eq!(state(&engine), Some(AccountState::Online));
    assert_eq!(titles(&engine).await.len(), 3);
    plays(&engine, &kept).await;
    engine.shutdown_blocking();
}

#[tokio::test]
async fn who_is_signed_out_can_be_removed_with_all_that_was_kept() {
    let server = server();
    let profile = Profile::new();
    let engine = profile.start();
    let account = sign_in(&engine, &server).await;
    bring_here(&engine).await;
    engine.accounts.sign_out(&account.id).await.unwrap();
    engine.accounts.remove(&account.id).await.unwrap();
    assert_eq!(state(&engine), None);
    assert_eq!(titles(&engine).await, []);
    until("nothing is here", async || {
        engine.cache.entries().await.unwrap().is_empty()
    })
    .await;
    engine.shutdown_blocking();
}
