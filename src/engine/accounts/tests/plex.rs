//! Accounts through plex.tv: signed in, started again, handed over, signed out.

use testkit::{Connection, FakeServer, Options, PlexSetup};

use super::stage::{SOON, Stage, until};
use crate::accounts::*;
use crate::model::AccountState;

struct House {
    stage: Stage,
    server: FakeServer,
    tv: FakeServer,
}

impl House {
    fn new() -> Self {
        let (server, tv) = (
            FakeServer::start(Options::default()),
            FakeServer::start(Options::default()),
        );
        tv.plex_tv()
            .offer(&server, true, vec![Connection::plain(&server)]);
        Self {
            stage: Stage::new(),
            server,
            tv,
        }
    }

    fn open(&self) -> AccountService {
        let accounts = self.stage.open();
        accounts.set_plex_tv(&self.tv.address().parse().unwrap());
        accounts
    }

    async fn entry(&self, accounts: &AccountService) -> PlexEntry {
        let token = Secret::new(self.tv.plex_tv().token_of("Ada"));
        accounts.enter_plex(&token).await.unwrap()
    }

    async fn add(&self, accounts: &AccountService, keep: Keep) -> Account {
        let entry = self.entry(accounts).await;
        let server = entry.servers[0].machine_id.clone();
        accounts.add_plex(&entry, &server, keep).await.unwrap()
    }
}

#[tokio::test]
async fn a_code_an_account_a_restart_and_the_end() {
    let house = House::new();
    let accounts = house.open();
    let link = accounts.ask_plex().await.unwrap();
    assert!(house.tv.plex_tv().link(&link.code));
    let entry = accounts.wait_plex(&link).await.unwrap();
    let account = accounts
        .add_plex(&entry, house.server.plex().machine_id(), Keep::Service)
        .await
        .unwrap();
    assert_eq!(account.kind, SourceKind::Plex);
    assert_eq!(
        (account.name.as_str(), account.user.as_str()),
        ("Cellar", "Ada")
    );
    assert_eq!(account.address, format!("{}/", house.server.address()));
    assert_eq!(account.state, AccountState::Online);
    assert_eq!(house.stage.diary(), ["changed"]);
    drop(accounts);

    // plex.tv is not needed to go on.
    let mut house = house;
    house.tv.stop();
    let accounts = house.open();
    accounts.check(None).await;
    assert_eq!(accounts.list()[0].state, AccountState::Online);
    let source = accounts.source(&account.id).unwrap();
    assert_eq!(source.libraries().await.unwrap_or_default(), []);
    house.tv.start_again();

    accounts.remove(&account.id).await.unwrap();
    assert!(accounts.list().is_empty());
    assert_eq!(house.stage.secrets.get(&account.id).await.unwrap(), None);
    house.tv.wait_until(
        |log| log.requests_to("/api/v2/users/signout").count() == 1,
        SOON,
    );
}

#[tokio::test]
async fn signing_in_again_renews_the_account_and_one_device_asks() {
    let house = House::new();
    let accounts = house.open();
    let first = house.add(&accounts, Keep::Session).await;
    house.server.plex().forget_tokens();
    house.tv.plex_tv().forget_tokens();
    accounts.check(None).await;
    assert_eq!(accounts.list()[0].state, AccountState::SignInNeeded);
    house.tv.plex_tv().renew_server_tokens(&house.server);
    let again = house.add(&accounts, Keep::Session).await;
    assert_eq!((again.id, accounts.list().len()), (first.id, 1));
    assert_eq!(accounts.list()[0].state, AccountState::Online);
    let mut devices: Vec<String> = Vec::new();
    for request in house
        .server
        .requests()
        .into_iter()
        .chain(house.tv.requests())
    {
        devices.extend(
            request
                .header("X-Plex-Client-Identifier")
                .map(str::to_owned),
        );
    }
    devices.sort();
    devices.dedup();
    assert_eq!(devices.len(), 1, "{devices:?}");
}

#[tokio::test]
async fn a_server_that_refuses_a_good_sign_in_for_a_while_is_back_by_itself() {
    let house = House::new();
    let accounts = house.open();
    house.add(&accounts, Keep::Session).await;
    house.server.plex().forget_tokens();
    accounts.check(None).await;
    let account = accounts.list()[0].clone();
    assert_eq!(account.state, AccountState::Offline);
    assert_eq!(account.trouble, Some(SourceError::Unconfirmed));
    let ways = vec![Connection::plain(&house.server)];
    house.tv.plex_tv().offer(&house.server, true, ways);
    until(&accounts, AccountState::Online).await;
    assert_eq!(accounts.list()[0].trouble, None);
}

#[tokio::test]
async fn only_plex_tv_ends_a_sign_in() {
    let mut house = House::new();
    let accounts = house.open();
    house.add(&accounts, Keep::Session).await;
    house.tv.stop();
    house.server.plex().forget_tokens();
    accounts.check(None).await;
    let account = accounts.list()[0].clone();
    assert_eq!(account.state, AccountState::Offline);
    assert_eq!(account.trouble, Some(SourceError::Unconfirmed));
}

#[tokio::test]
async fn a_server_that_is_shared_no_more_says_so() {
    let house = House::new();
    let accounts = house.open();
    house.add(&accounts, Keep::Session).await;
    house.tv.plex_tv().withdraw(&house.server);
    accounts.check(None).await;
    let account = accounts.list()[0].clone();
    assert_eq!(account.state, AccountState::Offline);
    assert_eq!(account.trouble, Some(SourceError::NotShared));
}

#[tokio::test]
async fn an_account_is_handed_over_to_another_user_of_the_home() {
    let house = House::new();
    let accounts = house.open();
    let account = house.add(&accounts, Keep::Service).await;
    let users = accounts.users(&account.id).await.unwrap();
    let names: Vec<_> = users.iter().map(|user| user.name.as_str()).collect();
    assert_eq!(names, ["Ada", "Ben", "Cleo"]);
    let ben = &users[1].uuid;
    let wrong = accounts
        .switch(&account.id, ben, Some(&Secret::new("1")))
        .await;
    assert!(matches!(wrong, Err(AccountError::WrongPin)), "{wrong:?}");
    assert_eq!(
        house.stage.diary(),
        ["changed"],
        "nothing was lost by a wrong PIN"
    );

    let pin = Secret::new("2468");
    let bens = accounts.switch(&account.id, ben, Some(&pin)).await.unwrap();
    assert_eq!((&bens.id, bens.user.as_str()), (&account.id, "Ben"));
    assert_eq!(house.stage.diary(), ["changed", "handed over", "changed"]);
    let source = accounts.source(&account.id).unwrap();
    source.check().await.unwrap();
    let token = house.tv.plex_tv().server_token(&house.server, ben);
    let last = house.server.requests().pop().unwrap();
    assert_eq!(last.header("X-Plex-Token"), Some(token.as_str()));

    // Back again, with what was kept at the first sign-in.
    let ada = accounts
        .switch(&account.id, &users[0].uuid, None)
        .await
        .unwrap();
    assert_eq!(ada.user, "Ada");
    let nobody = accounts.switch(&account.id, "nobody", None).await;
    assert!(matches!(nobody, Err(AccountError::NoChoice)));
}

#[tokio::test]
async fn two_servers_share_a_sign_in_until_the_last_one_goes() {
    let house = House::new();
    let second = FakeServer::start(Options {
        plex: PlexSetup {
            machine_id: "second".into(),
            name: "Shed".into(),
            ..PlexSetup::default()
        },
        ..Options::default()
    });
    house
        .tv
        .plex_tv()
        .offer(&second, true, vec![Connection::plain(&second)]);
    let accounts = house.open();
    let entry = house.entry(&accounts).await;
    let mut ids = Vec::new();
    for server in &entry.servers {
        let added = accounts
            .add_plex(&entry, &server.machine_id, Keep::File)
            .await;
        ids.push(added.unwrap().id);
    }
    let unknown = accounts.add_plex(&entry, "third", Keep::File).await;
    assert!(matches!(unknown, Err(AccountError::NoChoice)));
    accounts.remove(&ids[0]).await.unwrap();
    accounts.source(&ids[1]).unwrap().check().await.unwrap();
    assert!(house.tv.requests_to("/api/v2/users/signout").is_empty());
    accounts.remove(&ids[1]).await.unwrap();
    house.tv.wait_until(
        |log| log.requests_to("/api/v2/users/signout").count() == 1,
        SOON,
    );
    let kept = house.stage.folder.path().join("tokens.json");
    assert!(!kept.exists());
}

#[tokio::test]
async fn accounts_of_other_kinds_have_no_users() {
    let house = House::new();
    let accounts = house.open();
    let films = tempfile::tempdir().unwrap();
    let folder = accounts.add_folder(films.path()).await.unwrap();
    assert!(matches!(
        accounts.users(&folder.id).await,
        Err(AccountError::NoChoice)
    ));
    let switched = accounts.switch(&folder.id, "x", None).await;
    assert!(matches!(switched, Err(AccountError::NoChoice)));
}
