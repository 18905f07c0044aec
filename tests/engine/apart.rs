//! A profile beside a server of either kind, which can be reached or not.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test program uses a part of it"
)]

use std::sync::Arc;
use std::time::Duration;

use spool_engine::model::{Account, AccountId, Item};
use spool_engine::secret::{Keep, Memory, Secret};
use spool_engine::{Config, Dirs, Engine};
use testkit::{Connection, FakeServer, Options, Stage};

/// So far ahead of what happened here, by the server's clock.
pub const HOUR: Duration = Duration::from_secs(3600);

/// A profile beside a full server, which speaks to it as a Jellyfin server or, with a plex.tv of its own, as a Plex server.
pub struct Apart {
    pub stage: Stage,
    pub tv: Option<FakeServer>,
    pub folder: tempfile::TempDir,
    pub secrets: Arc<Memory>,
}

impl Apart {
    pub fn jellyfin() -> Self {
        Self::on(Options::default())
    }

    /// A Jellyfin server that is set up like this.
    pub fn on(options: Options) -> Self {
        Self {
            stage: Stage::new(options),
            tv: None,
            folder: tempfile::tempdir().unwrap(),
            secrets: Arc::default(),
        }
    }

    pub fn plex() -> Self {
        Self::plex_on(Options::default())
    }

    /// A Plex server that is set up like this.
    pub fn plex_on(options: Options) -> Self {
        let mut apart = Self::on(options);
        let tv = FakeServer::start(Options::default());
        let ways = vec![Connection::plain(apart.server())];
        tv.plex_tv().offer(apart.server(), true, ways);
        apart.tv = Some(tv);
        apart
    }

    pub fn start(&self) -> Engine {
        let config = Config {
            dirs: Dirs::profile(self.folder.path()),
            device_name: "test".to_owned(),
            prober: None,
            cache_limit: None,
            secrets: Some(self.secrets.clone()),
        };
        let engine = Engine::start(config).unwrap();
        if let Some(tv) = &self.tv {
            engine.accounts.set_plex_tv(&tv.address().parse().unwrap());
        }
        engine
    }

    pub fn server(&self) -> &FakeServer {
        &self.stage.server
    }

    pub async fn sign_in(&self, engine: &Engine) -> AccountId {
        let account = match &self.tv {
            Some(tv) => sign_in_plex(engine, self.server(), tv).await,
            None => sign_in_jellyfin(engine, self.server()).await,
        };
        sync(engine, &account.id).await.unwrap();
        account.id
    }

    /// Where the server is asked for one title.
    pub fn details(&self) -> &'static str {
        match self.tv {
            Some(_) => "/library/metadata/*",
            None => "/Items/*",
        }
    }

    /// Somebody watches it on another device, when it is an hour later by the server's clock.
    pub fn watch_elsewhere(&self, film: &Item, position: Duration) {
        match &self.tv {
            Some(tv) => {
                let users = tv.plex_tv().users();
                let ada = users.iter().find(|user| user.title == "Ada").unwrap();
                let plex = self.server().plex();
                plex.watched_elsewhere(&ada.uuid, &film.title, position, HOUR);
            }
            None => self
                .server()
                .jellyfin()
                .watched_elsewhere(&film.title, position, HOUR),
        }
    }
}

pub async fn sign_in_jellyfin(engine: &Engine, server: &FakeServer) -> Account {
    let address = server.address();
    let found = engine.accounts.find_jellyfin(&address).await.unwrap();
    let face = server.jellyfin();
    let password = Secret::new(face.password());
    let signed_in = engine
        .accounts
        .sign_in_jellyfin(&found, face.user(), &password, Keep::Service);
    signed_in.await.unwrap()
}

pub async fn sign_in_plex(engine: &Engine, server: &FakeServer, tv: &FakeServer) -> Account {
    let token = Secret::new(tv.plex_tv().token_of("Ada"));
    let entry = engine.accounts.enter_plex(&token).await.unwrap();
    let machine = server.plex().machine_id();
    let added = engine.accounts.add_plex(&entry, machine, Keep::Service);
    added.await.unwrap()
}

/// Refreshes an account: how many titles it has, or what went wrong.
pub async fn sync(engine: &Engine, account: &AccountId) -> Result<u64, String> {
    let mut done = engine.library.sync(Some(account.clone())).await;
    done.remove(0).result.map_err(|error| error.to_string())
}
