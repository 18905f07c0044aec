//! What was watched and marked while the server was away: kept, told once and in order, and nobody's newer state lost.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test ends by panicking"
)]

mod apart;
mod fake_source;

use std::time::{Duration, Instant};

use apart::{Apart, sign_in_jellyfin, sync};
use fake_source::until;
use spool_engine::Engine;
use spool_engine::library::Heard;
use spool_engine::model::{AccountId, AccountState, Item, ItemId, Kind, Query, Reach, Shelf};
use spool_engine::playback::Playable;
use testkit::{Fault, Gate, RequestRecord, Rule};

const GUARD: Duration = Duration::from_secs(30);

/// Four titles that can be played.
async fn titles(engine: &Engine) -> Vec<Item> {
    let query = Query {
        kinds: vec![Kind::Movie, Kind::Episode],
        limit: 4,
        ..Query::default()
    };
    let found = engine.library.page(query).await.unwrap().items;
    assert_eq!(found.len(), 4);
    found
}

async fn item(engine: &Engine, id: &ItemId) -> Item {
    engine.library.item(id).await.unwrap()
}

/// What changed something on the server, in order: the end of its path, and the title's id.
fn told(requests: &[RequestRecord]) -> Vec<(String, String)> {
    const CHANGES: [&str; 6] = [
        "/UserPlayedItems/",
        "/UserFavoriteItems/",
        "/UserItems/",
        "/Sessions/Playing",
        "/:/",
        "/UserData",
    ];
    let changing = requests.iter().filter(|request| {
        request.method != "GET" && CHANGES.iter().any(|path| request.path.starts_with(path))
    });
    changing.map(change).collect()
}

fn change(request: &RequestRecord) -> (String, String) {
    let named = |key: &str| {
        let mut pairs = url::form_urlencoded::parse(request.query.as_bytes());
        let found = pairs.find(|(name, _)| name == key);
        found.map(|(_, value)| value.into_owned())
    };
    let mut parts: Vec<&str> = request
        .path
        .split('/')
        .filter(|part| !part.is_empty())
        .collect();
    let body = request.json();
    let id = match parts.as_slice() {
        ["UserItems", id, _] | ["UserPlayedItems" | "UserFavoriteItems", id] => {
            Some((*id).to_owned())
        }
        _ => body["ItemId"].as_str().map(str::to_owned),
    };
    let id = id.or_else(|| named("ratingKey")).or_else(|| named("key"));
    let id = id.unwrap_or_default();
    parts.retain(|part| *part != id && *part != ":");
    (parts.join("/"), id)
}

/// Offline: one title is watched to its middle, the next one marked, one loved and one rated.
async fn watch_and_mark(engine: &Engine, titles: &[Item], playable: Playable) -> Duration {
    let half = titles[0].duration.unwrap() / 2;
    playable.session.started(Duration::ZERO).await;
    playable.session.progress(half / 2, false).await;
    playable.session.stopped(half).await;
    engine
        .library
        .set_watched(&titles[1].id, true)
        .await
        .unwrap();
    engine
        .library
        .set_favourite(&titles[2].id, true)
        .await
        .unwrap();
    engine.library.rate(&titles[3].id, Some(8)).await.unwrap();
    half
}

async fn told_once_and_in_order(mut apart: Apart, wanted: &[(&str, usize)]) {
    let engine = apart.start();
    let account = apart.sign_in(&engine).await;
    let titles = titles(&engine).await;
    let playable = engine.playback.open(&titles[0].id).await.unwrap();
    apart.stage.server.stop();
    let half = watch_and_mark(&engine, &titles, playable).await;
    let waiting = engine.library.outbox().await.unwrap();
    let words: Vec<_> = waiting.iter().map(|one| (&one.item, &one.what)).collect();
    assert_eq!(
        words,
        [
            (&titles[0].id, &Heard::Position(half)),
            (&titles[1].id, &Heard::Watched(true)),
            (&titles[2].id, &Heard::Favourite(true)),
            (&titles[3].id, &Heard::Rating(Some(8))),
        ]
    );
    engine.shutdown_blocking();
    drop(engine);

    // The program was closed meanwhile. The server comes back, and fails the first two replies.
    let engine = apart.start();
    assert!(item(&engine, &titles[1].id).await.progress.watched);
    assert!(item(&engine, &titles[2].id).await.favourite);
    let before = apart.server().requests().len();
    let rule = || Rule::on(apart.details());
    apart.server().script(rule().fault(Fault::NoReply).times(1));
    apart
        .server()
        .script(rule().fault(Fault::Status(503)).times(1));
    apart.stage.server.start_again();
    all_is_told(&engine, &account).await;
    let requests = apart.server().requests();
    let wanted: Vec<_> = wanted
        .iter()
        .map(|(path, at)| ((*path).to_owned(), titles[*at].id.key().to_owned()))
        .collect();
    assert_eq!(told(&requests[before..]), wanted);

    // What the server says is what was done here, and nothing is left to say.
    sync(&engine, &account).await.unwrap();
    let now = item(&engine, &titles[0].id).await.progress;
    assert_eq!((now.position, now.watched), (half, false));
    assert!(item(&engine, &titles[1].id).await.progress.watched);
    assert!(item(&engine, &titles[2].id).await.favourite);
    assert_eq!(item(&engine, &titles[3].id).await.own_rating, Some(8));
    let later = apart.server().requests();
    assert_eq!(told(&later[requests.len()..]), []);
    engine.shutdown_blocking();
}

#[tokio::test]
async fn a_jellyfin_server_hears_it_once_and_in_order_though_it_fails_twice() {
    let wanted = [
        ("UserItems/UserData", 0),
        ("Sessions/Playing/Stopped", 0),
        ("UserPlayedItems", 1),
        ("UserFavoriteItems", 2),
        ("UserItems/UserData", 3),
    ];
    told_once_and_in_order(Apart::jellyfin(), &wanted).await;
}

#[tokio::test]
async fn a_plex_server_hears_it_once_and_in_order_though_it_fails_twice() {
    let wanted = [("timeline", 0), ("scrobble", 1), ("rate", 2), ("rate", 3)];
    told_once_and_in_order(Apart::plex(), &wanted).await;
}

/// The server goes, a film is watched from its beginning to here, and the program ends.
async fn watch_offline(apart: &mut Apart, engine: Engine, film: &Item, until: Duration) {
    let playable = engine.playback.open(&film.id).await.unwrap();
    apart.stage.server.stop();
    playable.session.started(Duration::ZERO).await;
    playable.session.stopped(until).await;
    drop(playable);
    // The playback's own tries to report it end with the program.
    engine.shutdown_blocking();
}

/// Waits until nothing waits for the account's server.
async fn all_is_told(engine: &Engine, account: &AccountId) {
    until("everything is told", async || {
        sync(engine, account).await.ok();
        engine.library.outbox().await.unwrap().is_empty()
    })
    .await;
}

/// A title that is watched to its end offline is watched on the server, too, though the server has never seen it play.
async fn watched_offline_is_watched(mut apart: Apart, wanted: &[&str]) {
    let engine = apart.start();
    let account = apart.sign_in(&engine).await;
    let film = titles(&engine).await.remove(0);
    watch_offline(&mut apart, engine, &film, film.duration.unwrap()).await;

    let engine = apart.start();
    let before = apart.server().requests().len();
    apart.stage.server.start_again();
    all_is_told(&engine, &account).await;
    let told = told(&apart.server().requests()[before..]);
    let words: Vec<&str> = told.iter().map(|(word, _)| word.as_str()).collect();
    assert_eq!(words, wanted);
    sync(&engine, &account).await.unwrap();
    let now = item(&engine, &film.id).await.progress;
    assert_eq!((now.position, now.watched), (Duration::ZERO, true));
    engine.shutdown_blocking();
}

#[tokio::test]
async fn what_is_watched_offline_is_watched_on_a_jellyfin_server() {
    let wanted = ["UserItems/UserData", "Sessions/Playing/Stopped"];
    watched_offline_is_watched(Apart::jellyfin(), &wanted).await;
}

#[tokio::test]
async fn what_is_watched_offline_is_watched_on_a_plex_server() {
    watched_offline_is_watched(Apart::plex(), &["timeline", "scrobble"]).await;
}

async fn newer_is_not_lost(mut apart: Apart) {
    let engine = apart.start();
    let account = apart.sign_in(&engine).await;
    let film = titles(&engine).await.remove(0);
    let whole = film.duration.unwrap();
    watch_offline(&mut apart, engine, &film, whole / 2).await;

    let engine = apart.start();
    let later = whole / 8 * 5;
    apart.watch_elsewhere(&film, later);
    let before = apart.server().requests().len();
    apart.stage.server.start_again();
    all_is_told(&engine, &account).await;
    assert_eq!(told(&apart.server().requests()[before..]), []);
    sync(&engine, &account).await.unwrap();
    let now = item(&engine, &film.id).await.progress.position;
    assert!(
        now.abs_diff(later) < Duration::from_millis(2),
        "{now:?} {later:?}"
    );
    engine.shutdown_blocking();
}

#[tokio::test]
async fn what_a_jellyfin_server_knows_newer_is_not_lost() {
    newer_is_not_lost(Apart::jellyfin()).await;
}

#[tokio::test]
async fn what_a_plex_server_knows_newer_is_not_lost() {
    newer_is_not_lost(Apart::plex()).await;
}

#[tokio::test]
async fn a_reply_that_was_lost_is_not_told_twice() {
    let mut apart = Apart::jellyfin();
    let engine = apart.start();
    let account = apart.sign_in(&engine).await;
    let film = titles(&engine).await.remove(0);
    apart.stage.server.stop();
    engine.library.set_watched(&film.id, true).await.unwrap();
    let path = format!("/UserPlayedItems/{}", film.id.key());
    apart
        .server()
        .script(Rule::on(&path).fault(Fault::LostReply).times(1));
    apart.stage.server.start_again();
    all_is_told(&engine, &account).await;
    assert_eq!(apart.server().requests_to(&path).len(), 1);
    assert!(item(&engine, &film.id).await.progress.watched);
    engine.shutdown_blocking();
}

#[tokio::test]
async fn a_server_that_refuses_for_a_while_hears_of_it_by_itself() {
    let apart = Apart::jellyfin();
    let engine = apart.start();
    apart.sign_in(&engine).await;
    let film = titles(&engine).await.remove(0);
    let path = format!("/UserPlayedItems/{}", film.id.key());
    apart
        .server()
        .script(Rule::on(&path).fault(Fault::Status(503)).times(1));
    engine.library.set_watched(&film.id, true).await.unwrap();
    let again = path.clone();
    let heard = move |log: &testkit::Log| log.requests_to(&again).count() == 2;
    apart.server().until(heard, GUARD).await;
    until("nothing waits", async || {
        engine.library.outbox().await.unwrap().is_empty()
    })
    .await;
    engine.shutdown_blocking();
}

#[tokio::test]
async fn a_folder_keeps_what_is_chosen_without_anybody_to_tell() {
    let apart = Apart::jellyfin();
    let engine = apart.start();
    let folder = apart.stage.folder();
    let account = engine.accounts.add_folder(folder.path()).await.unwrap().id;
    sync(&engine, &account).await.unwrap();
    let film = titles(&engine).await.remove(0);
    engine.library.set_favourite(&film.id, true).await.unwrap();
    engine.library.rate(&film.id, Some(3)).await.unwrap();
    assert_eq!(engine.library.outbox().await.unwrap(), []);
    sync(&engine, &account).await.unwrap();
    let now = item(&engine, &film.id).await;
    assert_eq!((now.favourite, now.own_rating), (true, Some(3)));
    engine.shutdown_blocking();
}

/// Three accounts with their libraries: a folder and a server that answer, and a server that will take every question and never
/// say a word.
async fn three_accounts(far: &Apart, dead: &Apart) -> [AccountId; 3] {
    let engine = far.start();
    let folder = far.stage.folder();
    let first = engine.accounts.add_folder(folder.path()).await.unwrap().id;
    let second = far.sign_in(&engine).await;
    let third = sign_in_jellyfin(&engine, dead.server()).await.id;
    for account in [&first, &third] {
        sync(&engine, account).await.unwrap();
    }
    engine.shutdown_blocking();
    [first, second, third]
}

#[tokio::test]
async fn nobody_waits_for_a_server_that_is_dead() {
    let (far, dead) = (Apart::plex(), Apart::jellyfin());
    let [first, second, third] = three_accounts(&far, &dead).await;
    let gate = Gate::new();
    dead.server().fault("*", Fault::HoldReply(gate.clone()));

    let began = Instant::now();
    let engine = far.start();
    let asking = engine.clone();
    let check = tokio::spawn(async move { asking.accounts.check(None).await });
    let asked = |log: &testkit::Log| log.running("*") > 0;
    dead.server().until(asked, GUARD).await;
    // It is being asked, and will not answer. All titles of all three are there, and the others have answered.
    let shelf = async |shelf| engine.library.shelf(shelf, 50).await.unwrap();
    shelf(Shelf::ContinueWatching).await;
    let home = shelf(Shelf::RecentlyAdded).await;
    shelf(Shelf::OnDevice).await;
    let complete = began.elapsed();
    // Whoever had waited for it would have waited until it gave up.
    assert!(dead.server().log().running("*") > 0);
    for account in [&first, &second, &third] {
        assert!(home.iter().any(|item| item.id.account() == account));
    }
    let state = |id: &AccountId| {
        let accounts = engine.accounts.list();
        let found = accounts.iter().find(|account| account.id == *id).cloned();
        found.unwrap()
    };
    until("the others have answered", async || {
        [&first, &second]
            .iter()
            .all(|id| state(id).state == AccountState::Online)
    })
    .await;
    assert_ne!(state(&third).state, AccountState::Online);

    // It fails: that is known as soon as the failure is, and why.
    let mut watch = engine.accounts.watch();
    let mut server = dead.stage.server;
    let failed = Instant::now();
    server.stop();
    let marked = watch.wait_for(|list| {
        let dead = list.iter().find(|account| account.id == third);
        dead.is_some_and(|dead| dead.state == AccountState::Offline && dead.trouble.is_some())
    });
    tokio::time::timeout(GUARD, marked).await.unwrap().unwrap();
    println!(
        "three accounts, one dead: Home complete {} ms after the start, the dead one marked {} ms after its first failure",
        complete.as_millis(),
        failed.elapsed().as_millis()
    );
    check.await.unwrap();
    assert_eq!(state(&first).state, AccountState::Online);
    let route = state(&second).route.unwrap();
    assert_eq!((route.reach, route.secure), (Reach::Here, false));
    engine.shutdown_blocking();
}
