//! What a Plex server of a person's own asks for besides the token: a certificate that they have accepted, headers and a
//! certificate of this computer's. All of it goes to that server, and none of it to plex.tv.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

mod apart;
mod fake_source;

use apart::{Apart, sync};
use fake_source::until;
use spool_engine::Engine;
use spool_engine::accounts::AccountError;
use spool_engine::http::Terms;
use spool_engine::model::{Account, AccountState, CertificateFault, Fingerprint};
use spool_engine::secret::{Keep, Secret};
use spool_engine::source::SourceError;
use testkit::{Authority, Connection, FakeServer, Identity, Options, Tls};

/// A server with such TLS, whose only way is an address of its owner's own.
fn house(tls: Tls) -> Apart {
    let mut apart = Apart::on(Options {
        tls: Some(tls),
        ..Options::default()
    });
    let tv = FakeServer::start(Options::default());
    let own = Connection {
        uri: format!("https://127.0.0.1:{}", apart.server().port()),
        ..Connection::plain(apart.server()).remote()
    };
    tv.plex_tv().offer(apart.server(), true, vec![own]);
    apart.tv = Some(tv);
    apart
}

async fn add(apart: &Apart, engine: &Engine, terms: &Terms) -> Result<Account, AccountError> {
    let tv = apart.tv.as_ref().unwrap();
    let token = Secret::new(tv.plex_tv().token_of("Ada"));
    let entry = engine.accounts.enter_plex(&token).await.unwrap();
    let machine = apart.server().plex().machine_id();
    let accounts = &engine.accounts;
    accounts
        .add_plex_on(&entry, machine, terms, Keep::Service)
        .await
}

/// The fingerprint that a refusal names.
fn refused(outcome: Result<Account, AccountError>) -> (CertificateFault, Fingerprint) {
    match outcome {
        Err(AccountError::Source(SourceError::Certificate(refused))) => {
            (refused.fault, refused.fingerprint)
        }
        other => panic!("{other:?}"),
    }
}

fn found(engine: &Engine, account: &Account) -> Account {
    let accounts = engine.accounts.list();
    let mut same = accounts.iter().filter(|known| known.id == account.id);
    same.next().unwrap().clone()
}

#[tokio::test]
async fn a_certificate_that_was_accepted_is_believed_and_no_other() {
    let apart = house(Tls::new(Identity::self_signed()));
    let engine = apart.start();
    let (fault, first) = refused(add(&apart, &engine, &Terms::default()).await);
    assert_eq!(fault, CertificateFault::SelfSigned);
    assert!(apart.server().requests().is_empty(), "nothing was asked");
    let account = add(&apart, &engine, &Terms::pinned(first)).await.unwrap();
    assert_eq!(account.fingerprint, Some(first));
    assert!(sync(&engine, &account.id).await.unwrap() > 0);
    engine.shutdown_blocking();
    drop(engine);

    // Another certificate is another server, also for the next program.
    apart.server().set_tls(Tls::new(Identity::self_signed()));
    let engine = apart.start();
    let asked = apart.server().requests().len();
    let second = {
        until("it is refused", async || {
            engine.accounts.check(Some(&account.id)).await;
            let known = found(&engine, &account);
            matches!(known.trouble, Some(SourceError::Certificate(_)))
        })
        .await;
        match found(&engine, &account).trouble {
            Some(SourceError::Certificate(refused)) => refused.fingerprint,
            other => panic!("{other:?}"),
        }
    };
    assert_ne!(first, second);
    assert_eq!(apart.server().requests().len(), asked, "nothing was asked");
    let accepted = engine
        .accounts
        .accept_certificate(&account.id, Some(second))
        .await;
    assert_eq!(accepted.unwrap().fingerprint, Some(second));

    // Who signs in again has accepted it before.
    let again = add(&apart, &engine, &Terms::default()).await.unwrap();
    assert_eq!((&again.id, again.fingerprint), (&account.id, Some(second)));
    assert!(sync(&engine, &account.id).await.unwrap() > 0);
    assert_eq!(found(&engine, &account).state, AccountState::Online);
    engine.shutdown_blocking();
}

#[tokio::test]
async fn headers_and_the_own_certificate_go_to_the_server_and_not_to_plex_tv() {
    let members = Authority::new();
    let apart = house(Tls::new(Identity::self_signed()).only_for_clients(&members));
    let tv = apart.tv.as_ref().unwrap();
    let engine = apart.start();
    let (_, pin) = refused(add(&apart, &engine, &Terms::default()).await);
    let mut terms = Terms::pinned(pin);
    assert!(
        add(&apart, &engine, &terms).await.is_err(),
        "it wants a certificate"
    );
    let header = Secret::new("CANARYdoor");
    terms.add_header("X-Door", &header).unwrap();
    let own = members.issue_for_client("ada");
    terms.set_identity(&Secret::new(own.pem())).unwrap();
    let account = add(&apart, &engine, &terms).await.unwrap();
    sync(&engine, &account.id).await.unwrap();
    engine.shutdown_blocking();
    drop(engine);

    // The next program knows them, and so does the next user of the home.
    let engine = apart.start();
    sync(&engine, &account.id).await.unwrap();
    let users = engine.accounts.users(&account.id).await.unwrap();
    let other = users.iter().find(|user| user.name == "Ben").unwrap();
    let pin_of_ben = Secret::new("2468");
    let switched = engine
        .accounts
        .switch(&account.id, &other.uuid, Some(&pin_of_ben));
    let switched = switched.await.unwrap();
    assert_eq!(
        (&switched.user, switched.fingerprint),
        (&other.name, Some(pin))
    );
    sync(&engine, &account.id).await.unwrap();
    let requests = apart.server().requests();
    assert!(
        requests
            .iter()
            .all(|request| request.header("x-door") == Some("CANARYdoor"))
    );
    assert!(apart.server().log().introduced() > 0);
    assert!(!tv.log().mentions("CANARYdoor"));
    assert_eq!(tv.log().introduced(), 0);
    engine.shutdown_blocking();
}
