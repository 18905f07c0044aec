use testkit::{Authority, FakeServer, Identity, Options, Tls};

use super::stage::{Stage, until};
use crate::accounts::{AccountError, AccountService};
use crate::http::Terms;
use crate::model::{Account, AccountState, CertificateFault, Fingerprint, Reach};
use crate::secret::{Keep, Secret, SecretStore};
use crate::source_error::SourceError;

fn secure(tls: Tls) -> FakeServer {
    FakeServer::start(Options {
        tls: Some(tls),
        ..Options::default()
    })
}

/// The certificate that a server shows, as the failure to find it tells.
async fn seen(accounts: &AccountService, server: &FakeServer) -> Fingerprint {
    match accounts.find_jellyfin(&server.address()).await {
        Err(AccountError::Source(SourceError::Certificate(refused))) => {
            assert_eq!(refused.fault, CertificateFault::SelfSigned);
            refused.fingerprint
        }
        other => panic!("{other:?}"),
    }
}

async fn sign_in(accounts: &AccountService, server: &FakeServer, terms: &Terms) -> Account {
    let address = server.address();
    let found = accounts.find_jellyfin_on(&address, terms).await.unwrap();
    let password = Secret::new("correct horse");
    let account = accounts.sign_in_jellyfin(&found, "ada", &password, Keep::Service);
    account.await.unwrap()
}

#[tokio::test]
async fn a_certificate_is_shown_accepted_and_stays_the_only_one() {
    let server = secure(Tls::new(Identity::self_signed()));
    let stage = Stage::new();
    let accounts = stage.open();
    let fingerprint = seen(&accounts, &server).await;
    assert!(server.requests().is_empty(), "nothing was asked before");
    let wrong = Terms::pinned(Fingerprint::new([7; 32]));
    let found = accounts.find_jellyfin_on(&server.address(), &wrong).await;
    assert!(found.is_err(), "another fingerprint");
    let account = sign_in(&accounts, &server, &Terms::pinned(fingerprint)).await;
    assert_eq!(account.fingerprint, Some(fingerprint));
    drop(accounts);

    // It is kept, and the way is known when it has answered.
    let accounts = stage.open();
    accounts.check(None).await;
    let account = accounts.list()[0].clone();
    assert_eq!(account.state, AccountState::Online);
    let route = account.route.unwrap();
    assert_eq!((route.reach, route.secure), (Reach::Here, true));

    // Another certificate: nothing is sent, the account is away and says why.
    server.set_tls(Tls::new(Identity::self_signed()));
    drop(accounts);
    let accounts = stage.open();
    let asked = server.requests().len();
    accounts.check(None).await;
    let account = accounts.list()[0].clone();
    assert_eq!(account.state, AccountState::Offline);
    let Some(SourceError::Certificate(refused)) = account.trouble else {
        panic!("{:?}", account.trouble);
    };
    assert_eq!(refused.fault, CertificateFault::Changed);
    assert_eq!(server.requests().len(), asked);

    // What the server does not show cannot be accepted; what it shows can.
    let not_shown = accounts.accept_certificate(&account.id, Some(fingerprint));
    assert!(matches!(
        not_shown.await,
        Err(AccountError::Source(SourceError::Certificate(_)))
    ));
    let accepted = accounts
        .accept_certificate(&account.id, Some(refused.fingerprint))
        .await
        .unwrap();
    assert_eq!(accepted.fingerprint, Some(refused.fingerprint));
    until(&accounts, AccountState::Online).await;
    assert_eq!(accounts.list()[0].trouble, None);
}

#[tokio::test]
async fn headers_and_certificate_of_a_server_are_kept_with_its_token() {
    let members = Authority::new();
    let server = secure(Tls::new(Identity::self_signed()).only_for_clients(&members));
    let stage = Stage::new();
    let accounts = stage.open();
    let mut terms = Terms::pinned(seen(&accounts, &server).await);
    let door = Secret::new("CANARYdoor");
    terms.add_header("X-Door", &door).unwrap();
    let refused = accounts.find_jellyfin_on(&server.address(), &terms).await;
    assert!(refused.is_err(), "it wants a certificate");
    let own = members.issue_for_client("ada");
    terms.set_identity(&Secret::new(own.pem())).unwrap();
    let account = sign_in(&accounts, &server, &terms).await;
    drop(accounts);

    let accounts = stage.open();
    assert_eq!(accounts.terms(&account.id).await, terms);
    accounts.check(None).await;
    assert_eq!(accounts.list()[0].state, AccountState::Online);
    let requests = server.requests();
    let carried = |request: &testkit::RequestRecord| request.header("x-door") == Some("CANARYdoor");
    assert!(requests.iter().all(carried));
    accounts.remove(&account.id).await.unwrap();
    assert_eq!(stage.secrets.get(&account.id).await.unwrap(), None);
}

#[tokio::test]
async fn a_secret_header_is_not_sent_in_the_open_unasked() {
    let server = FakeServer::start(Options::default());
    let accounts = Stage::new().open();
    let mut terms = Terms::default();
    terms.add_header("X-Door", &Secret::new("CANARY")).unwrap();
    let address = format!("127.0.0.1:{}", server.port());
    assert!(accounts.find_jellyfin_on(&address, &terms).await.is_err());
    assert!(!server.log().mentions("CANARY"));
    let asked = accounts.find_jellyfin_on(&server.address(), &terms).await;
    assert!(asked.is_ok(), "who types http:// means it");
}
