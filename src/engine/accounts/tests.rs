mod certificate;
mod demo;
mod plex;
mod stage;
use self::stage::{SOON, Stage, sign_in, until};
use super::*;
use crate::model::AccountState;
use testkit::{FakeServer, Fault, Options};

#[tokio::test]
async fn sign_in_restart_and_sign_out() {
    let server = FakeServer::start(Options {
        base_path: "/jellyfin".into(),
        ..Options::default()
    });
    let stage = Stage::new();
    let accounts = stage.open();
    let account = sign_in(&accounts, &server, "correct horse", Keep::Service)
        .await
        .unwrap();
    assert_eq!(account.kind, SourceKind::Jellyfin);
    assert_eq!(account.user, "ada");
    assert_eq!(account.state, AccountState::Online);
    assert_eq!(account.address, format!("{}/", server.address()));
    let token = stage.secrets.get(&account.id).await.unwrap();
    assert_eq!(token, Some(Secret::new(server.token())));
    assert_eq!(stage.diary(), ["changed"]);
    drop(accounts);

    let accounts = stage.open();
    assert_eq!(accounts.list().len(), 1);
    assert_eq!(accounts.list()[0].state, AccountState::Unknown);
    accounts.check(None).await;
    assert_eq!(accounts.list()[0].state, AccountState::Online);
    accounts.remove(&account.id).await.unwrap();
    assert!(accounts.list().is_empty());
    assert!(accounts.source(&account.id).is_none());
    assert_eq!(stage.secrets.get(&account.id).await.unwrap(), None);
    assert_eq!(stage.diary(), ["changed", "removed"]);
    server.wait_until(
        |log| log.requests_to("/jellyfin/Sessions/Logout").count() == 1,
        SOON,
    );
    assert!(stage.open().list().is_empty());
}

#[tokio::test]
async fn one_device_signs_in_again_and_keeps_its_account() {
    let server = FakeServer::start(Options::default());
    let stage = Stage::new();
    let accounts = stage.open();
    let first = sign_in(&accounts, &server, "correct horse", Keep::File)
        .await
        .unwrap();
    server.set_token("another0token");
    accounts.check(None).await;
    assert_eq!(accounts.list()[0].state, AccountState::SignInNeeded);

    let again = sign_in(&accounts, &server, "correct horse", Keep::File)
        .await
        .unwrap();
    assert_eq!(again.id, first.id);
    accounts.check(None).await;
    assert_eq!(accounts.list().len(), 1);
    assert_eq!(accounts.list()[0].state, AccountState::Online);
    let devices: std::collections::HashSet<String> = server
        .requests_to("/Users/AuthenticateByName")
        .iter()
        .map(|request| {
            let header = request.header("Authorization").unwrap().to_owned();
            header
                .split("DeviceId=")
                .nth(1)
                .unwrap()
                .split(',')
                .next()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(devices.len(), 1);
}

#[tokio::test]
async fn a_wrong_password_is_tried_once_and_leaves_nothing() {
    let server = FakeServer::start(Options::default());
    let stage = Stage::new();
    let accounts = stage.open();
    let refused = sign_in(&accounts, &server, "wrong", Keep::File).await;
    assert!(matches!(refused, Err(AccountError::WrongPassword)));
    assert_eq!(server.requests_to("/Users/AuthenticateByName").len(), 1);
    assert!(accounts.list().is_empty());
    assert!(!stage.folder.path().join("tokens.json").exists());

    server.fault("/Users/AuthenticateByName", Fault::Status(403));
    let refused = sign_in(&accounts, &server, "correct horse", Keep::File).await;
    assert!(matches!(refused, Err(AccountError::NotAllowed)));
    assert!(accounts.list().is_empty());
}

#[tokio::test]
async fn every_kind_of_no_server_has_its_own_error() {
    let mut server = FakeServer::start(Options::default());
    let stage = Stage::new();
    let accounts = stage.open();
    let info = "/System/Info/Public";
    let find = async |typed: &str| accounts.find_jellyfin(typed).await.unwrap_err();

    server.fault(info, Fault::Html);
    assert!(matches!(
        find(&server.address()).await,
        AccountError::NotAServer
    ));
    server.clear_faults(None);
    let reply = |body: &str| Fault::Reply {
        status: 200,
        headers: Vec::new(),
        body: body.into(),
    };
    server.fault(info, reply("{\"hello\": 1}"));
    assert!(matches!(
        find(&server.address()).await,
        AccountError::NotAServer
    ));
    server.clear_faults(None);
    server.fault(
        info,
        reply("{\"Id\": \"x\", \"Version\": \"10.9.11\", \"ProductName\": \"Jellyfin Server\"}"),
    );
    assert!(
        matches!(find(&server.address()).await, AccountError::TooOld(version) if version == "10.9.11")
    );
    server.clear_faults(None);
    server.fault(info, Fault::Status(503));
    let busy = find(&server.address()).await;
    assert!(
        matches!(busy, AccountError::Source(SourceError::Busy { .. })),
        "{busy:?}"
    );
    server.stop();
    let down = find(&server.address()).await;
    assert!(
        matches!(down, AccountError::Source(SourceError::Unreachable(_))),
        "{down:?}"
    );
    assert!(matches!(
        find("no address").await,
        AccountError::InvalidAddress
    ));
}

#[tokio::test]
async fn a_server_behind_its_web_client_is_found() {
    let server = FakeServer::start(Options {
        base_path: "/jf".into(),
        ..Options::default()
    });
    let stage = Stage::new();
    let accounts = stage.open();
    let root = format!("127.0.0.1:{}", server.port());
    for typed in [
        root.clone(),
        format!("http://{root}/jf/web/index.html#/home"),
        format!("http://{root}"),
        format!("http://{root}/jf/"),
    ] {
        let found = accounts.find_jellyfin(&typed).await.unwrap();
        assert_eq!(
            found.address.as_str(),
            format!("{}/", server.address()),
            "{typed}"
        );
        assert!(!found.exposed);
    }
}

#[tokio::test]
async fn a_server_that_goes_and_comes_back() {
    let mut server = FakeServer::start(Options::default());
    let stage = Stage::new();
    let accounts = stage.open();
    let account = sign_in(&accounts, &server, "correct horse", Keep::Session)
        .await
        .unwrap();
    let source = accounts.source(&account.id).unwrap();
    server.stop();
    let answer = source.libraries().await;
    assert!(answer.is_err_and(|error| error.is_offline()));
    assert_eq!(accounts.list()[0].state, AccountState::Offline);
    server.start_again();
    // The re-check after five seconds finds it without anybody asking.
    until(&accounts, AccountState::Online).await;
    let mut diary = stage.diary.0.subscribe();
    let told = diary.wait_for(|words| *words == ["changed", "returned"]);
    tokio::time::timeout(SOON, told).await.unwrap().unwrap();
}

#[tokio::test]
async fn whoever_takes_the_servers_address_does_not_get_the_token() {
    let server = FakeServer::start(Options::default());
    let stage = Stage::new();
    let accounts = stage.open();
    sign_in(&accounts, &server, "correct horse", Keep::File)
        .await
        .unwrap();
    drop(accounts);
    server.fault(
        "/System/Info/Public",
        Fault::Reply {
            status: 200,
            headers: Vec::new(),
            body: "{\"Id\": \"somebody-else\", \"Version\": \"12.0.0\"}".into(),
        },
    );
    let accounts = stage.open();
    let seen = server.requests().len();
    accounts.check(None).await;
    assert_eq!(accounts.list()[0].state, AccountState::Offline);
    let later = server.requests();
    let token = server.token();
    assert!(later.len() > seen);
    assert!(
        later[seen..]
            .iter()
            .all(|request| !format!("{request:?}").contains(&token))
    );
}

#[tokio::test]
async fn without_the_network_only_servers_elsewhere_are_offline() {
    let server = FakeServer::start(Options::default());
    let stage = Stage::new();
    let accounts = stage.open();
    sign_in(&accounts, &server, "correct horse", Keep::Session)
        .await
        .unwrap();
    let elsewhere = crate::store::accounts::AccountRow {
        id: AccountId::random(),
        kind: SourceKind::Jellyfin,
        name: "Elsewhere".into(),
        address: "http://192.0.2.1:8096/".into(),
        user: "ada".into(),
        user_id: Some("u".into()),
        machine_id: None,
        fingerprint: None,
    };
    accounts.roster.adopt(elsewhere);
    accounts.set_network(false);
    let states: Vec<_> = accounts
        .list()
        .iter()
        .map(|account| account.state.clone())
        .collect();
    assert_eq!(states, [AccountState::Online, AccountState::Offline]);
    accounts.check(None).await;
    assert_eq!(accounts.list()[0].state, AccountState::Online);
}

#[tokio::test]
async fn folders_are_added_once_and_must_be_readable() {
    let stage = Stage::new();
    let accounts = stage.open();
    let media = tempfile::tempdir().unwrap();
    let folder = media.path().join("Films");
    std::fs::create_dir(&folder).unwrap();
    let account = accounts.add_folder(&folder).await.unwrap();
    assert_eq!(
        (account.kind, account.name.as_str()),
        (SourceKind::Folder, "Films")
    );
    let twice = accounts.add_folder(&media.path().join("./Films")).await;
    assert!(matches!(twice, Err(AccountError::Duplicate(id)) if id == account.id));
    let missing = accounts.add_folder(&media.path().join("none")).await;
    assert!(matches!(missing, Err(AccountError::Folder(_))));
    let file = media.path().join("file");
    std::fs::write(&file, "").unwrap();
    assert!(matches!(
        accounts.add_folder(&file).await,
        Err(AccountError::Folder(_))
    ));

    std::fs::remove_dir(&folder).unwrap();
    accounts.check(None).await;
    assert_eq!(accounts.list()[0].state, AccountState::Offline);
}

#[tokio::test]
async fn a_folder_that_vanished_is_watched_again_when_it_is_back() {
    let stage = Stage::new();
    let accounts = stage.open();
    let media = tempfile::tempdir().unwrap();
    let folder = media.path().join("Films");
    std::fs::create_dir(&folder).unwrap();
    let account = accounts.add_folder(&folder).await.unwrap();
    let watched = || accounts.roster.notices.lock().contains_key(&account.id);
    let is_watched = async || {
        while !watched() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(SOON, is_watched()).await.unwrap();

    std::fs::remove_dir(&folder).unwrap();
    accounts.check(None).await;
    assert_eq!(accounts.list()[0].state, AccountState::Offline);
    assert!(!watched());
    std::fs::create_dir(&folder).unwrap();
    accounts.check(None).await;
    assert_eq!(accounts.list()[0].state, AccountState::Online);
    tokio::time::timeout(SOON, is_watched()).await.unwrap();

    std::fs::write(folder.join("film.mkv"), "").unwrap();
    let mut diary = stage.diary.0.subscribe();
    let noticed = diary.wait_for(|words| {
        let mut later = words.iter().skip_while(|word| *word != "returned");
        later.any(|word| word == "changed")
    });
    tokio::time::timeout(SOON, noticed).await.unwrap().unwrap();
}

/// A keyring that answers every question in the same way.
struct Keyring(Option<SecretError>);

impl Keyring {
    async fn answer<T>(&self) -> Result<T, SecretError> {
        match &self.0 {
            Some(error) => Err(error.clone()),
            None => std::future::pending().await,
        }
    }
}

#[async_trait]
impl SecretStore for Keyring {
    async fn get(&self, _: &AccountId) -> Result<Option<Secret>, SecretError> {
        self.answer().await
    }
    async fn set(&self, _: &AccountId, _: &Secret, _: &str) -> Result<(), SecretError> {
        self.answer().await
    }
    async fn remove(&self, _: &AccountId) -> Result<(), SecretError> {
        self.answer().await
    }
}

/// Accounts over such a keyring, and the folder of their profile.
fn with_keyring(keyring: Keyring) -> (AccountService, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let runtime = Runtime::start().unwrap();
    let (data, own) = (folder.path().to_owned(), runtime.clone());
    let opened = runtime.run_blocking(async move {
        let setup = Setup {
            store: Store::open(&data).await.unwrap(),
            runtime: own,
            registry: Registry::default(),
            data,
            device_name: String::new(),
            prober: None,
            secrets: Some(Arc::new(keyring)),
        };
        AccountService::open(setup).await.unwrap()
    });
    (opened.unwrap(), folder)
}

#[tokio::test]
async fn a_sign_in_that_waits_for_a_silent_keyring_can_be_given_up() {
    let server = FakeServer::start(Options::default());
    let (accounts, _folder) = with_keyring(Keyring(None));
    let mut asks = accounts.keyring_asks();
    let waiting = sign_in(&accounts, &server, "correct horse", Keep::Service);
    tokio::select! {
        _ = waiting => panic!("the keyring never answers"),
        asks = asks.wait_for(|asks| *asks) => assert!(asks.is_ok()),
    }
    let given_up = asks.wait_for(|asks| !*asks);
    tokio::time::timeout(SOON, given_up).await.unwrap().unwrap();
    server.wait_until(|log| log.requests_to("/Sessions/Logout").count() == 1, SOON);
    let kept = sign_in(&accounts, &server, "correct horse", Keep::Session);
    tokio::time::timeout(SOON, kept).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_keyring_that_is_not_there_is_said_so() {
    let server = FakeServer::start(Options::default());
    let (accounts, _folder) = with_keyring(Keyring(Some(SecretError::Unavailable)));
    let refused = sign_in(&accounts, &server, "correct horse", Keep::Service).await;
    assert!(matches!(
        refused,
        Err(AccountError::Secret(SecretError::Unavailable))
    ));
    assert!(accounts.list().is_empty());
    // The token that nobody keeps is ended.
    server.wait_until(|log| log.requests_to("/Sessions/Logout").count() == 1, SOON);
    let account = sign_in(&accounts, &server, "correct horse", Keep::File)
        .await
        .unwrap();
    accounts.check(Some(&account.id)).await;
    assert_eq!(accounts.list()[0].state, AccountState::Online);
}
