//! Collections, playlists and lyrics in the library: of all servers, in their order, and here without the network.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

mod apart;
mod fake_source;

use apart::{Apart, sign_in_jellyfin, sync};
use fake_source::until;
use spool_engine::Engine;
use spool_engine::library::LibraryError;
use spool_engine::model::{AccountId, AccountState, ItemId, Kind, LibraryKind, Query};
use spool_engine::source::local::Folder;
use spool_engine::source::{Collection, CollectionKind, Source};
use testkit::titles::{FILMS, HARBOUR_LIGHTS, THE_LONG_REEL, TRACKS};
use testkit::{Fault, Gate, Media};

async fn lists(engine: &Engine) -> Vec<Collection> {
    engine.library.collections().await.unwrap()
}

async fn titles(engine: &Engine, list: &Collection) -> Vec<String> {
    let members = engine.library.members(&list.id).await.unwrap();
    members.into_iter().map(|item| item.title).collect()
}

async fn offline(engine: &Engine, account: &AccountId) {
    until("the server is known to be away", async || {
        engine.accounts.check(Some(account)).await;
        let accounts = engine.accounts.list();
        let known = accounts.iter().find(|known| known.id == *account);
        known.unwrap().state == AccountState::Offline
    })
    .await;
}

fn film(number: usize) -> &'static str {
    FILMS[number].title
}

#[tokio::test]
async fn lists_of_a_jellyfin_server_stay_without_it() {
    let mut apart = Apart::jellyfin();
    let face = apart.server().jellyfin();
    let [first, second] = [film(HARBOUR_LIGHTS), film(THE_LONG_REEL)];
    face.add_list(false, "Reels", &[second]);
    face.add_list(true, "Tonight", &[first, second, first]);
    let engine = apart.start();
    let account = apart.sign_in(&engine).await;

    let all = lists(&engine).await;
    let told: Vec<_> = all
        .iter()
        .map(|list| (list.kind, list.title.as_str(), list.count))
        .collect();
    let wanted = [
        (CollectionKind::Collection, "Reels", Some(1)),
        (CollectionKind::Playlist, "Tonight", Some(3)),
    ];
    assert_eq!(told, wanted);
    assert_eq!(titles(&engine, &all[1]).await, [first, second, first]);

    apart.stage.server.stop();
    offline(&engine, &account).await;
    assert_eq!(lists(&engine).await, all);
    assert_eq!(titles(&engine, &all[1]).await, [first, second, first]);
    let never_seen = engine.library.members(&all[0].id).await;
    assert!(
        matches!(&never_seen, Err(LibraryError::Source(error)) if error.is_offline()),
        "{never_seen:?}"
    );

    // What was known of a list is known after a refresh, too; a list that is gone goes.
    apart.stage.server.start_again();
    apart
        .server()
        .jellyfin()
        .add_list(false, "Another", &[first]);
    until("the new list", async || {
        sync(&engine, &account).await.ok();
        lists(&engine).await.len() == 3
    })
    .await;
    apart.stage.server.stop();
    offline(&engine, &account).await;
    assert_eq!(titles(&engine, &all[1]).await, [first, second, first]);
    let nowhere = ItemId::new(account, "none");
    assert!(engine.library.members(&nowhere).await.is_err());
    engine.shutdown_blocking();
}

#[tokio::test]
async fn lists_of_a_plex_server_stay_without_it() {
    let mut apart = Apart::plex();
    let engine = apart.start();
    let account = apart.sign_in(&engine).await;
    let all = lists(&engine).await;
    let told: Vec<_> = all
        .iter()
        .map(|list| (list.kind, list.title.as_str()))
        .collect();
    let wanted = [
        (CollectionKind::Playlist, "Backwards"),
        (CollectionKind::Collection, "By the Sea"),
        (CollectionKind::Playlist, "Rainy Days"),
    ];
    assert_eq!(told, wanted);
    let rainy = titles(&engine, &all[2]).await;
    assert_eq!(rainy.len(), 3);
    apart.stage.server.stop();
    offline(&engine, &account).await;
    assert_eq!(lists(&engine).await, all);
    assert_eq!(titles(&engine, &all[2]).await, rainy);
    engine.accounts.remove(&account).await.unwrap();
    assert_eq!(lists(&engine).await, []);
    engine.shutdown_blocking();
}

#[tokio::test]
async fn nobody_waits_for_the_lists_of_a_server_that_is_dead() {
    let (far, dead) = (Apart::plex(), Apart::jellyfin());
    dead.server()
        .jellyfin()
        .add_list(true, "Tonight", &[film(THE_LONG_REEL)]);
    let engine = far.start();
    let first = far.sign_in(&engine).await;
    let second = sign_in_jellyfin(&engine, dead.server()).await.id;
    sync(&engine, &second).await.unwrap();
    let gate = Gate::new();
    dead.server().fault("*", Fault::HoldReply(gate.clone()));
    let accounts: Vec<AccountId> = lists(&engine)
        .await
        .into_iter()
        .map(|list| list.id.account().clone())
        .collect();
    assert_eq!(accounts, [first.clone(), first.clone(), first, second]);
    // The answer came while that server answers nothing. Its ear, which opens when it likes, may be waiting for it.
    let asked = dead.server().log().running("/Playlists/*");
    assert_eq!(asked, 0, "nobody was asked for a list");
    gate.open();
    engine.shutdown_blocking();
}

#[tokio::test]
async fn a_list_that_was_deleted_on_the_server_is_gone_and_shows_nothing_else() {
    let mut apart = Apart::jellyfin();
    let engine = apart.start();
    let [first, second] = [HARBOUR_LIGHTS, THE_LONG_REEL].map(|film| FILMS[film].title);
    let face = apart.server().jellyfin();
    face.add_list(false, "Reels", &[first]);
    face.add_list(true, "Tonight", &[second]);
    face.add_list(true, "Tomorrow", &[second]);
    let account = apart.sign_in(&engine).await;
    let all = lists(&engine).await;
    let named = |name: &str| all.iter().find(|list| list.title == name).unwrap();
    assert_eq!(titles(&engine, named("Reels")).await, [first]);
    for name in ["Reels", "Tonight"] {
        apart.server().jellyfin().remove_list(name);
        let list = named(name);
        let gone = engine.library.members(&list.id).await;
        assert!(matches!(gone, Err(LibraryError::NotFound)), "{gone:?}");
        let rest = lists(&engine).await;
        assert!(
            !rest.iter().any(|other| other.id == list.id),
            "{name} is offered"
        );
    }
    assert_eq!(lists(&engine).await.len(), 1);
    assert_eq!(titles(&engine, named("Tomorrow")).await, [second]);
    // A server that cannot be asked has not deleted anything.
    apart.stage.server.stop();
    offline(&engine, &account).await;
    assert_eq!(titles(&engine, named("Tomorrow")).await, [second]);
    assert_eq!(lists(&engine).await.len(), 1);
    engine.shutdown_blocking();
}

#[tokio::test]
async fn lyrics_stay_without_the_server() {
    let mut apart = Apart::jellyfin();
    let engine = apart.start();
    let account = apart.sign_in(&engine).await;
    let query = Query {
        kinds: vec![Kind::Track],
        ..Query::default()
    };
    let tracks = engine.library.page(query).await.unwrap().items;
    let named = |name: &str| tracks.iter().find(|track| track.title == name).unwrap();
    let [sung, silent] = [named(TRACKS[0].0), named(TRACKS[1].0)];
    let face = apart.server().jellyfin();
    face.add_lyrics(&sung.title, &[(1.5, "First"), (4.0, "Second")]);
    let lines = engine.library.lyrics(&sung.id).await.unwrap();
    let words: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(words, ["First", "Second"]);
    assert_eq!(engine.library.lyrics(&silent.id).await.unwrap(), []);
    apart.stage.server.stop();
    offline(&engine, &account).await;
    assert_eq!(engine.library.lyrics(&sung.id).await.unwrap(), lines);
    assert_eq!(engine.library.lyrics(&silent.id).await.unwrap(), []);
    engine.shutdown_blocking();
}

#[tokio::test]
async fn lyrics_of_a_folder_lie_beside_the_track_or_in_its_tags() {
    use lofty::config::WriteOptions;
    use lofty::file::TaggedFileExt;
    use lofty::tag::{ItemKey, TagExt};

    let place = tempfile::tempdir().unwrap();
    let folder = testkit::Folder::lay_out(Media::ready(), place.path());
    let (beside, inside) = (1, 3);
    let file = |number: usize| folder.track(number);
    std::fs::write(
        file(beside).with_extension("lrc"),
        "[00:04.00]Second\n[00:01.50]First\n",
    )
    .unwrap();
    let mut tagged = lofty::read_from_path(file(inside)).unwrap();
    let tag = tagged.first_tag_mut().unwrap();
    tag.insert_text(ItemKey::UnsyncLyrics, "One\nTwo".to_owned());
    tag.save_to_path(file(inside), WriteOptions::default())
        .unwrap();
    let source = Folder::new(AccountId::random(), folder.path().to_owned(), None);
    let libraries = source.libraries().await.unwrap();
    let music = libraries
        .iter()
        .find(|library| library.kind == LibraryKind::Music)
        .unwrap();
    let tracks = source.items(&music.id, 0, 100).await.unwrap().items;
    for (number, expected) in [
        (
            beside,
            vec![(Some(1_500), "First"), (Some(4_000), "Second")],
        ),
        (inside, vec![(None, "One"), (None, "Two")]),
        (2, vec![]),
    ] {
        let title = TRACKS[number - 1].0;
        let track = tracks.iter().find(|track| track.title == title).unwrap();
        let lines = source.lyrics(&track.id).await.unwrap();
        let told: Vec<_> = lines
            .iter()
            .map(|line| (line.at.map(|at| at.as_millis()), line.text.as_str()))
            .collect();
        assert_eq!(told, expected, "{title}");
    }
}
