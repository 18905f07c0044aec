//! A profile with accounts, opened as a start of the program does.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use testkit::FakeServer;
use tokio::sync::watch;

use crate::accounts::{AccountError, AccountService, Setup, Witness};
use crate::model::{Account, AccountId, AccountState};
use crate::runtime::Runtime;
use crate::secret::{Keep, Memory, Secret, SecretStore};
use crate::source::{Lan, Registry};
use crate::store::Store;

/// Hang guard for what happens in milliseconds.
pub(super) const SOON: Duration = Duration::from_secs(20);

#[derive(Default)]
pub(super) struct Diary(pub(super) watch::Sender<Vec<String>>);

impl Diary {
    fn note(&self, word: &str) {
        self.0.send_modify(|words| words.push(word.into()));
    }
}

#[async_trait]
impl Witness for Diary {
    fn changed(&self, _: &AccountId) {
        self.note("changed");
    }
    fn returned(&self, _: &AccountId) {
        self.note("returned");
    }
    async fn handed_over(&self, _: &AccountId) {
        self.note("handed over");
    }
    async fn removed(&self, _: &AccountId) {
        self.note("removed");
    }
    async fn signed_out(&self, _: &AccountId) {
        self.note("signed out");
    }
}

pub(super) struct Stage {
    pub(super) folder: tempfile::TempDir,
    pub(super) runtime: Runtime,
    pub(super) secrets: Arc<Memory>,
    pub(super) diary: Arc<Diary>,
}

impl Stage {
    pub(super) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            runtime: Runtime::start().unwrap(),
            secrets: Arc::default(),
            diary: Arc::default(),
        }
    }

    /// Opens the accounts as a start of the program does.
    pub(super) fn open(&self) -> AccountService {
        let (runtime, data) = (self.runtime.clone(), self.folder.path().to_owned());
        let secrets: Arc<dyn SecretStore> = self.secrets.clone();
        let opened = self.runtime.run_blocking(async move {
            let store = Store::open(&data).await.unwrap();
            let setup = Setup {
                runtime,
                store,
                registry: Registry::default(),
                data,
                device_name: "Test".into(),
                prober: None,
                secrets: Some(secrets),
            };
            AccountService::open(setup).await.unwrap()
        });
        let accounts = opened.unwrap();
        accounts.set_lan(Lan::Nobody);
        accounts.set_witness(self.diary.clone());
        accounts
    }

    pub(super) fn diary(&self) -> Vec<String> {
        self.diary.0.borrow().clone()
    }
}

pub(super) async fn sign_in(
    accounts: &AccountService,
    server: &FakeServer,
    password: &str,
    keep: Keep,
) -> Result<Account, AccountError> {
    let found = accounts.find_jellyfin(&server.address()).await?;
    let password = Secret::new(password);
    accounts
        .sign_in_jellyfin(&found, "ada", &password, keep)
        .await
}

pub(super) async fn until(accounts: &AccountService, state: AccountState) {
    let mut watch = accounts.watch();
    let reached = watch.wait_for(|list| list.iter().any(|account| account.state == state));
    tokio::time::timeout(SOON, reached).await.unwrap().unwrap();
}
