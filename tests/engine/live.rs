//! What servers tell without being asked, and what is found by asking where they do not.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

mod apart;
mod fake_source;

use std::time::Duration;

use apart::{Apart, sync};
use fake_source::until;
use reqwest::header::HeaderValue;
use spool_engine::Engine;
use spool_engine::accounts::AccountError;
use spool_engine::http::{Http, Terms};
use spool_engine::library::{Rhythm, Word};
use spool_engine::model::{AccountId, AccountState, Item, Kind, Query};
use spool_engine::secret::{Keep, Secret};
use spool_engine::source::SourceError;
use testkit::titles::{FILMS, SHOW};
use testkit::{Authority, FakeServer, Fault, Gate, Identity, Options, Rule, Tls};

const GUARD: Duration = Duration::from_secs(30);
/// Longer than any test: nothing is found by asking.
const NEVER: Duration = Duration::from_secs(24 * 3600);
/// Reads at once what is told, and never asks.
const TOLD: Rhythm = Rhythm {
    settle: Duration::from_millis(1),
    ask: NEVER,
    ask_seldom: NEVER,
    first: Duration::from_millis(1),
    longest: Duration::from_millis(20),
    refused: NEVER,
};
/// Asks all the time, and listens once.
const ASKING: Rhythm = Rhythm {
    ask: Duration::from_millis(50),
    ..TOLD
};

impl Apart {
    /// Where it tells what changes.
    fn place(&self) -> &'static str {
        match self.tv {
            Some(_) => "/:/websockets/notifications",
            None => "/socket",
        }
    }

    /// The question with which every whole refresh begins.
    fn libraries(&self) -> &'static str {
        match self.tv {
            Some(_) => "/library/sections",
            None => "/UserViews",
        }
    }

    /// An account that is refreshed, is listened to, and from now on can be refreshed no more: what is found is found by what the
    /// server tells.
    async fn listened(&self, engine: &Engine) -> AccountId {
        let account = self.sign_in(engine).await;
        engine.library.follow_servers(TOLD);
        self.server().sockets(self.place(), 1, GUARD).await;
        self.server().fault(self.libraries(), Fault::Status(500));
        // Behind one that was under way.
        sync(engine, &account).await.unwrap_err();
        account
    }
}

async fn film(engine: &Engine, title: &str) -> Option<Item> {
    let query = Query {
        kinds: vec![Kind::Movie],
        limit: 100,
        ..Query::default()
    };
    let films = engine.library.page(query).await.unwrap().items;
    films.into_iter().find(|film| film.title == title)
}

async fn appears(engine: &Engine, title: &str) -> Item {
    until(title, async || film(engine, title).await.is_some()).await;
    film(engine, title).await.unwrap()
}

fn state(engine: &Engine, account: &AccountId) -> AccountState {
    let list = engine.accounts.list();
    let found = list.iter().find(|known| known.id == *account);
    found.unwrap().state.clone()
}

async fn changes_appear(apart: &Apart) {
    let engine = apart.start();
    apart.listened(&engine).await;
    let whole = apart.server().requests_to(apart.libraries()).len();
    let [first, second] = [FILMS[0].title, FILMS[1].title];
    let before = film(&engine, first).await.unwrap();

    apart.server().rename(first, "Another Name");
    let after = appears(&engine, "Another Name").await;
    assert_eq!((&after.id, &after.library), (&before.id, &before.library));
    assert!(film(&engine, first).await.is_none());

    apart.server().add_copy(second, "A New Film");
    let new = appears(&engine, "A New Film").await;
    assert_eq!(new.library, before.library);

    apart.server().remove_title("A New Film");
    until("it is gone", async || {
        engine.library.item(&new.id).await.is_err()
    })
    .await;

    let second = film(&engine, second).await.unwrap();
    let half = second.duration.unwrap() / 2;
    apart.watch_elsewhere(&second, half);
    until("the position is here", async || {
        engine
            .library
            .item(&second.id)
            .await
            .unwrap()
            .progress
            .position
            == half
    })
    .await;
    assert_eq!(apart.server().requests_to(apart.place()).len(), 1);
    // Nothing of it was worth reading everything anew.
    let now = apart.server().requests_to(apart.libraries()).len();
    assert_eq!(now, whole);
    engine.shutdown_blocking();
}

#[tokio::test]
async fn what_changes_on_jellyfin_appears_without_a_refresh() {
    changes_appear(&Apart::jellyfin()).await;
}

#[tokio::test]
async fn what_changes_on_plex_appears_without_a_refresh() {
    changes_appear(&Apart::plex()).await;
}

#[tokio::test]
async fn a_mark_elsewhere_changes_the_counts_above_it() {
    let apart = Apart::jellyfin();
    let engine = apart.start();
    apart.listened(&engine).await;
    let query = Query {
        kinds: vec![Kind::Show],
        limit: 10,
        ..Query::default()
    };
    let shows = engine.library.page(query).await.unwrap().items;
    let show = shows.iter().find(|show| show.title == SHOW).unwrap();
    let all = show.progress.unwatched_children.unwrap();
    let query = Query {
        kinds: vec![Kind::Episode],
        limit: 1,
        ..Query::default()
    };
    let episode = engine.library.page(query).await.unwrap().items.remove(0);
    let path = format!("/UserPlayedItems/{}", episode.id.key());
    let token = apart.server().token();
    let header = HeaderValue::from_str(&format!("MediaBrowser Token=\"{token}\"")).unwrap();
    let elsewhere = Http::new(&apart.server().address().parse().unwrap(), Some(header)).unwrap();
    let url = apart.server().url(&path).parse().unwrap();
    elsewhere.post(&url, None::<&()>).await.unwrap();
    until("the show has one less to see", async || {
        let show = engine.library.item(&show.id).await.unwrap();
        show.progress.unwatched_children == Some(all - 1)
    })
    .await;
    assert!(
        engine
            .library
            .item(&episode.id)
            .await
            .unwrap()
            .progress
            .watched
    );
    engine.shutdown_blocking();
}

async fn asked_where_nothing_is_told(apart: &Apart) {
    let engine = apart.start();
    apart.sign_in(&engine).await;
    apart.server().fault(apart.place(), Fault::Status(403));
    engine.library.follow_servers(ASKING);
    let place = apart.place();
    let refused = move |log: &testkit::Log| log.requests_to(place).any(|ask| ask.status == 403);
    apart.server().until(refused, GUARD).await;
    apart.server().rename(FILMS[0].title, "Found by Asking");
    appears(&engine, "Found by Asking").await;
    assert_eq!(
        apart.server().requests_to(place).len(),
        1,
        "refused is refused"
    );
    engine.shutdown_blocking();
}

#[tokio::test]
async fn jellyfin_behind_a_proxy_that_passes_no_sockets_is_asked() {
    asked_where_nothing_is_told(&Apart::jellyfin()).await;
}

#[tokio::test]
async fn plex_that_wants_nobody_to_listen_is_asked() {
    asked_where_nothing_is_told(&Apart::plex()).await;
}

async fn nonsense_is_passed_over(apart: &Apart, nonsense: &[&str]) {
    let engine = apart.start();
    apart.listened(&engine).await;
    for text in nonsense {
        assert_eq!(apart.server().tell(apart.place(), text), 1);
    }
    // A message of bytes, and one in pieces with a question in between.
    apart.server().blurt(apart.place(), b"\x82\x02\xff\x00");
    apart
        .server()
        .blurt(apart.place(), b"\x01\x01{\x89\x00\x80\x01}");
    apart.server().rename(FILMS[0].title, "Heard All the Same");
    appears(&engine, "Heard All the Same").await;
    assert_eq!(apart.server().requests_to(apart.place()).len(), 1);
    engine.shutdown_blocking();
}

const NONSENSE: [&str; 5] = ["", "{", "[]", "null", "\u{0}"];

#[tokio::test]
async fn messages_that_make_no_sense_do_not_end_jellyfin_s() {
    let own = [
        r#"{"MessageType":"LibraryChanged","Data":"x"}"#,
        r#"{"MessageType":"UserDataChanged","Data":{"UserDataList":7}}"#,
    ];
    nonsense_is_passed_over(&Apart::jellyfin(), &[&NONSENSE[..], &own].concat()).await;
}

#[tokio::test]
async fn messages_that_make_no_sense_do_not_end_plex_s() {
    let own = [
        r#"{"NotificationContainer":{"type":"timeline","TimelineEntry":[{"state":5},{"itemID":{},"state":5}]}}"#,
        r#"{"NotificationContainer":{"type":7}}"#,
    ];
    nonsense_is_passed_over(&Apart::plex(), &[&NONSENSE[..], &own].concat()).await;
}

/// Listens again after the line broke in this way, and finds what was missed.
async fn survives(apart: &Apart, breaks: impl Fn(&FakeServer, &str)) {
    let engine = apart.start();
    apart.sign_in(&engine).await;
    engine.library.follow_servers(TOLD);
    let place = apart.place();
    apart.server().sockets(place, 1, GUARD).await;
    for round in 0..2 {
        let gate = Gate::new();
        let held = Rule::on(place)
            .fault(Fault::HoldReply(gate.clone()))
            .times(1);
        apart.server().script(held);
        breaks(apart.server(), place);
        apart.server().sockets(place, 0, GUARD).await;
        let name = format!("Missed {round}");
        let last = match round {
            0 => FILMS[0].title.to_owned(),
            _ => format!("Missed {}", round - 1),
        };
        apart.server().rename(&last, &name);
        gate.open();
        apart.server().sockets(place, 1, GUARD).await;
        appears(&engine, &name).await;
    }
    engine.shutdown_blocking();
}

#[tokio::test]
async fn a_line_that_breaks_in_a_message_is_made_anew() {
    survives(&Apart::jellyfin(), |server, place| {
        server.blurt(place, b"\x81\x7e\x01\x00{\"MessageType\":\"Lib");
        server.hang_up(place, false);
    })
    .await;
}

#[tokio::test]
async fn a_line_that_is_closed_is_made_anew() {
    survives(&Apart::plex(), |server, place| server.hang_up(place, true)).await;
}

#[tokio::test]
async fn a_line_with_garbage_on_it_is_made_anew() {
    survives(&Apart::jellyfin(), |server, place| {
        let page = b"HTTP/1.1 502 Bad Gateway\r\n\r\n<html>".repeat(8);
        server.blurt(place, &page);
    })
    .await;
}

#[tokio::test]
async fn a_message_that_is_too_large_ends_the_line_and_no_more() {
    survives(&Apart::plex(), |server, place| {
        let mut head = vec![0x81, 127];
        head.extend_from_slice(&(1_u64 << 40).to_be_bytes());
        server.blurt(place, &head);
    })
    .await;
}

#[tokio::test]
async fn a_server_that_goes_is_offline_at_once_and_heard_again_when_it_is_back() {
    let mut apart = Apart::jellyfin();
    let engine = apart.start();
    let account = apart.sign_in(&engine).await;
    engine.library.follow_servers(TOLD);
    apart.server().sockets("/socket", 1, GUARD).await;
    let farewell = r#"{"MessageType":"ServerShuttingDown"}"#;
    // It says so, and is gone before it can be asked.
    apart.server().fault("/System/Info/Public", Fault::NoReply);
    apart.server().fault("/Users/Me", Fault::NoReply);
    apart.server().tell("/socket", farewell);
    until("it is offline", async || {
        state(&engine, &account) == AccountState::Offline
    })
    .await;
    apart.stage.server.stop();
    apart.stage.server.clear_faults(None);
    apart.server().rename(FILMS[0].title, "Named in the Dark");
    apart.stage.server.start_again();
    engine.accounts.check(None).await;
    appears(&engine, "Named in the Dark").await;
    apart.server().sockets("/socket", 1, GUARD).await;
    engine.shutdown_blocking();
}

#[tokio::test]
async fn whoever_runs_the_server_is_heard() {
    let apart = Apart::jellyfin();
    let engine = apart.start();
    let mut words = engine.library.words();
    let account = apart.listened(&engine).await;
    let stop = r#"{"MessageType":"Playstate","Data":{"Command":"Stop"}}"#;
    let say = r#"{"MessageType":"GeneralCommand","Data":{"Name":"DisplayMessage","Arguments":{"Text":"Bed time"}}}"#;
    apart.server().tell("/socket", stop);
    apart.server().tell("/socket", say);
    let next = async |words: &mut tokio::sync::broadcast::Receiver<Word>| {
        tokio::time::timeout(GUARD, words.recv())
            .await
            .unwrap()
            .unwrap()
    };
    assert_eq!(next(&mut words).await, Word::Stop(account.clone()));
    let said = Word::Say(account, "Bed time".to_owned());
    assert_eq!(next(&mut words).await, said);
    // The server hears that somebody is there.
    until("a sign of life", async || {
        let heard = apart.server().heard("/socket");
        heard.iter().any(|text| text.contains("KeepAlive"))
    })
    .await;
    engine.shutdown_blocking();
}

#[tokio::test]
async fn nobody_is_listened_to_after_signing_out() {
    let apart = Apart::plex();
    let engine = apart.start();
    let account = apart.sign_in(&engine).await;
    engine.library.follow_servers(TOLD);
    apart.server().sockets(apart.place(), 1, GUARD).await;
    engine.accounts.remove(&account).await.unwrap();
    apart.server().sockets(apart.place(), 0, GUARD).await;
    engine.shutdown_blocking();
}

#[tokio::test]
async fn the_token_is_in_a_header_and_in_no_address() {
    for apart in [Apart::jellyfin(), Apart::plex()] {
        let engine = apart.start();
        apart.listened(&engine).await;
        let token = match &apart.tv {
            Some(tv) => {
                let users = tv.plex_tv().users();
                let ada = users.iter().find(|user| user.title == "Ada").unwrap();
                tv.plex_tv().server_token(apart.server(), &ada.uuid)
            }
            None => apart.server().token(),
        };
        let asked = apart.server().requests_to(apart.place()).remove(0);
        assert!(!asked.query.contains(&token), "{}", asked.query);
        assert!(
            asked
                .headers
                .iter()
                .any(|(_, value)| value.contains(&token))
        );
        engine.shutdown_blocking();
    }
}

#[tokio::test]
async fn a_socket_is_opened_at_home_only() {
    const CANARY: &str = "CANARY7700aa11";
    let home = FakeServer::start(Options::default());
    let abroad = FakeServer::start(Options::default());
    let token = HeaderValue::from_static(CANARY);
    let http = Http::new(&home.address().parse().unwrap(), Some(token)).unwrap();
    let elsewhere = http.socket(&abroad.url("/socket").parse().unwrap()).await;
    assert!(
        matches!(elsewhere, Err(SourceError::Insecure(_))),
        "{elsewhere:?}"
    );
    // Redirects are not followed, wherever they lead.
    for to in [abroad.url("/socket"), home.url("/other")] {
        home.clear_faults(None);
        home.fault("/socket", Fault::Redirect(to));
        let led = http.socket(&home.url("/socket").parse().unwrap()).await;
        assert!(matches!(led, Err(SourceError::Gone)), "{led:?}");
    }
    // Nor is a reply a socket that only looks like one.
    home.clear_faults(None);
    home.fault(
        "/socket",
        Fault::Reply {
            status: 200,
            headers: vec![("Upgrade".into(), "websocket".into())],
            body: String::new(),
        },
    );
    let shown = http.socket(&home.url("/socket").parse().unwrap()).await;
    assert!(matches!(shown, Err(SourceError::Gone)), "{shown:?}");
    assert!(abroad.requests().is_empty());
    assert!(home.requests_to("/other").is_empty());
}

#[tokio::test]
async fn it_is_heard_over_a_pinned_certificate_with_what_the_server_asks_for() {
    let (authority, identity) = (Authority::new(), Identity::self_signed());
    let apart = Apart::on(Options {
        tls: Some(Tls::new(identity).only_for_clients(&authority)),
        ..Options::default()
    });
    let engine = apart.start();
    let address = apart.server().address();
    let shown = engine.accounts.find_jellyfin(&address).await;
    let Err(AccountError::Source(SourceError::Certificate(refused))) = shown else {
        panic!("{shown:?}")
    };
    let mut terms = Terms::pinned(refused.fingerprint);
    let door = Secret::new("open sesame");
    terms.add_header("X-Door", &door).unwrap();
    let own = authority.issue_for_client("ada");
    terms.set_identity(&Secret::new(own.pem())).unwrap();
    let found = engine.accounts.find_jellyfin_on(&address, &terms);
    let found = found.await.unwrap();
    let face = apart.server().jellyfin();
    let password = Secret::new(face.password());
    let signed_in = engine
        .accounts
        .sign_in_jellyfin(&found, face.user(), &password, Keep::Service);
    let account = signed_in.await.unwrap().id;
    sync(&engine, &account).await.unwrap();
    engine.library.follow_servers(TOLD);
    apart.server().sockets("/socket", 1, GUARD).await;
    apart.server().rename(FILMS[0].title, "Behind the Door");
    appears(&engine, "Behind the Door").await;
    let asked = apart.server().requests_to("/socket").remove(0);
    assert_eq!(asked.header("x-door"), Some("open sesame"));
    engine.shutdown_blocking();
}
