//! A Plex server and a plex.tv of their own origins, and somebody who is signed in.

#![allow(dead_code, reason = "each suite uses its part of the stage")]

use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use spool_engine::model::{AccountId, ItemId, PartId};
use spool_engine::secret::Secret;
use spool_engine::source::plex::{Credentials, Entry, Keeper, Login, Plex, enter};
use spool_engine::source::{Device, Source};
use testkit::titles::{FILMS, THE_LONG_REEL};
use testkit::{Connection, FakeServer, Options, Stage};
use url::Url;

pub(crate) struct PlexStage {
    pub(crate) stage: Stage,
    pub(crate) tv: FakeServer,
}

/// Remembers what it was given to keep.
#[derive(Default)]
pub(crate) struct Diary(pub(crate) Mutex<Vec<Credentials>>);

#[async_trait]
impl Keeper for Diary {
    async fn keep(&self, credentials: &Credentials) {
        self.0.lock().push(credentials.clone());
    }
}

pub(crate) fn account() -> AccountId {
    "acc".parse().unwrap()
}

pub(crate) fn device() -> Device {
    Device {
        id: "0123456789abcdef".into(),
        name: "Ann's \"box\", ü".into(),
    }
}

/// A server, and somebody who is signed in on it.
pub(crate) async fn signed_in() -> (PlexStage, Plex) {
    let stage = PlexStage::new();
    let source = stage.source(&account(), None).await;
    (stage, source)
}

/// The longest film.
pub(crate) fn film(stage: &PlexStage) -> ItemId {
    let title = FILMS[THE_LONG_REEL].title;
    ItemId::new(account(), stage.stage.server.plex().rating_key(title))
}

pub(crate) async fn film_part(stage: &PlexStage, source: &Plex) -> PartId {
    let details = source.details(&film(stage)).await.unwrap();
    details.item.parts[0].id.clone()
}

impl PlexStage {
    /// A source whose server is offered by these ways.
    pub(crate) async fn offered(&self, ways: Vec<Connection>) -> Plex {
        self.tv.plex_tv().offer(&self.stage.server, true, ways);
        self.source(&account(), None).await
    }

    /// The server is offered as a home server is: by its `plex.direct` name, which needs TLS that the kit has not, and in the
    /// clear.
    pub(crate) fn new() -> Self {
        let stage = Stage::new(Options::default());
        let tv = FakeServer::start(Options::default());
        let ways = vec![
            Connection::direct(&stage.server, "https"),
            Connection::plain(&stage.server),
        ];
        tv.plex_tv().offer(&stage.server, true, ways);
        Self { stage, tv }
    }

    pub(crate) fn tv_base(&self) -> Url {
        self.tv.address().parse().unwrap()
    }

    pub(crate) async fn entry(&self) -> Entry {
        let token = Secret::new(self.tv.plex_tv().token_of("Ada"));
        enter(&self.tv_base(), &device(), &token).await.unwrap()
    }

    pub(crate) async fn source(
        &self,
        account: &AccountId,
        keeper: Option<Arc<dyn Keeper>>,
    ) -> Plex {
        let entry = self.entry().await;
        let server = &entry.servers[0];
        let mut login = Login::new(account.clone(), self.tv_base(), &entry, server);
        login.keeper = keeper;
        Plex::new(login, &device())
    }
}
