//! A source in memory that does what a test tells it, and an engine in a folder of its own.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test program uses a part of it"
)]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;
use spool_engine::library::Synced;
use spool_engine::model::{
    AccountId, ImageId, Item, ItemId, Kind, Library, LibraryId, LibraryKind, Page, Part, PartId,
    ServerRow, SourceKind,
};
use spool_engine::source::{Details, Located, Report, Source, SourceError};
use spool_engine::{Config, Dirs, Engine, StartError};

/// What the fake server has and has heard.
#[derive(Debug, Default)]
pub struct Script {
    /// Its items, in the order of its pages.
    pub items: Vec<Item>,
    /// Every question fails with this.
    pub failure: Option<SourceError>,
    /// Pages from this offset on fail.
    pub fails_from: Option<u64>,
    /// Larger pages than this do not come in time.
    pub slow_above: Option<u64>,
    /// Sizes of the pages that were asked for.
    pub pages: Vec<u64>,
    /// Called after each page.
    pub after_page: Option<fn(&mut Script)>,
    /// Reports it has accepted.
    pub reports: Vec<Report>,
    /// Marks it has accepted.
    pub marks: Vec<(ItemId, bool)>,
    /// What its own search finds, whatever is looked for.
    pub found: Vec<Item>,
    /// The rows of its Home; without them it has none.
    pub rows: Option<Vec<ServerRow>>,
    /// What was taken out of its *Continue Watching*.
    pub dismissed: Vec<ItemId>,
    /// Questions for details.
    pub asked: Vec<ItemId>,
}

/// The fake server.
#[derive(Debug)]
pub struct FakeSource {
    pub account: AccountId,
    pub script: Mutex<Script>,
}

impl FakeSource {
    pub fn library(&self) -> LibraryId {
        LibraryId::new(self.account.clone(), "films")
    }

    pub fn id(&self, key: &str) -> ItemId {
        ItemId::new(self.account.clone(), key)
    }

    /// An item of this source.
    pub fn item(&self, kind: Kind, key: &str, title: &str) -> Item {
        Item::new(self.id(key), kind, title)
    }

    /// Adds an item as a test makes it.
    pub fn add(&self, kind: Kind, key: &str, title: &str, change: impl FnOnce(&mut Item)) {
        let mut item = self.item(kind, key, title);
        change(&mut item);
        self.script.lock().items.push(item);
    }

    pub fn fail(&self, failure: Option<SourceError>) {
        self.script.lock().failure = failure;
    }

    pub fn change(&self, key: &str, change: impl FnOnce(&mut Item)) {
        let mut script = self.script.lock();
        let item = script.items.iter_mut().find(|item| item.id.key() == key);
        change(item.expect("no such item"));
    }

    fn ask(&self) -> Result<(), SourceError> {
        self.script.lock().failure.clone().map_or(Ok(()), Err)
    }
}

/// A file of an item.
pub fn part(item: &ItemId, key: &str) -> Part {
    Part {
        id: PartId::new(item.clone(), key),
        name: None,
        container: Some("mkv".to_owned()),
        size: Some(1000),
        bitrate: None,
        fingerprint: None,
        tracks: Vec::new(),
        chosen: None,
        unfit: None,
        piece: None,
    }
}

#[async_trait]
impl Source for FakeSource {
    fn kind(&self) -> SourceKind {
        SourceKind::Jellyfin
    }

    async fn check(&self) -> Result<(), SourceError> {
        self.ask()
    }

    async fn search(&self, _: &str, _: u32) -> Result<Vec<Item>, SourceError> {
        self.ask()?;
        Ok(self.script.lock().found.clone())
    }

    async fn rows(&self) -> Result<Vec<ServerRow>, SourceError> {
        self.ask()?;
        self.script.lock().rows.clone().ok_or(SourceError::Gone)
    }

    async fn dismiss(&self, item: &ItemId) -> Result<(), SourceError> {
        self.ask()?;
        self.script.lock().dismissed.push(item.clone());
        Ok(())
    }

    async fn libraries(&self) -> Result<Vec<Library>, SourceError> {
        self.ask()?;
        Ok(vec![Library {
            id: self.library(),
            title: "Films".to_owned(),
            kind: LibraryKind::Mixed,
        }])
    }

    async fn items(&self, _: &LibraryId, offset: u64, limit: u64) -> Result<Page, SourceError> {
        self.ask()?;
        let mut script = self.script.lock();
        script.pages.push(limit);
        if script.slow_above.is_some_and(|most| limit > most) {
            return Err(SourceError::Timeout);
        }
        if script.fails_from.is_some_and(|from| offset >= from) {
            return Err(SourceError::Timeout);
        }
        let from = usize::try_from(offset).unwrap().min(script.items.len());
        let to = usize::try_from(offset + limit)
            .unwrap()
            .min(script.items.len());
        let page = Page {
            items: script.items[from..to].to_vec(),
            total: script.items.len() as u64,
        };
        if let Some(after) = script.after_page {
            after(&mut script);
        }
        Ok(page)
    }

    async fn details(&self, item: &ItemId) -> Result<Details, SourceError> {
        self.script.lock().asked.push(item.clone());
        self.ask()?;
        let script = self.script.lock();
        let found = script.items.iter().find(|known| known.id == *item).cloned();
        let mut item = found.ok_or(SourceError::Gone)?;
        if item.parts.is_empty() {
            item.parts = vec![part(&item.id, "file")];
        }
        Ok(Details::of(item))
    }

    async fn locate(&self, _: &PartId) -> Result<Located, SourceError> {
        Err(SourceError::Gone)
    }

    async fn image(&self, _: &ImageId, _: u32) -> Result<Bytes, SourceError> {
        Err(SourceError::Gone)
    }

    async fn subtitle(&self, _: &ItemId, _: &str) -> Result<Bytes, SourceError> {
        Err(SourceError::Gone)
    }

    async fn report(&self, report: &Report) -> Result<(), SourceError> {
        self.ask()?;
        self.script.lock().reports.push(report.clone());
        Ok(())
    }

    async fn set_watched(&self, item: &ItemId, watched: bool) -> Result<(), SourceError> {
        self.ask()?;
        self.script.lock().marks.push((item.clone(), watched));
        Ok(())
    }
}

/// A profile in a folder that goes with it.
pub struct Profile {
    pub folder: tempfile::TempDir,
}

impl Profile {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub fn dirs(&self) -> Dirs {
        Dirs::profile(&self.folder.path().join("profile"))
    }

    pub fn try_start(&self) -> Result<Engine, StartError> {
        Engine::start(Config {
            dirs: self.dirs(),
            device_name: "test".to_owned(),
            prober: None,
            cache_limit: None,
            secrets: Some(Arc::new(NoSecrets)),
        })
    }

    pub fn start(&self) -> Engine {
        self.try_start().unwrap()
    }

    /// An account whose source is a fake one, empty and refreshed.
    pub async fn fake(&self, engine: &Engine, name: &str) -> Arc<FakeSource> {
        let folder = self.folder.path().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let account = engine.accounts.add_folder(&folder).await.unwrap().id;
        // The refresh of the empty folder that the addition has begun ends before the fake takes its place.
        engine.library.sync(Some(account.clone())).await;
        self.stand_in(engine, &account)
    }

    /// Replaces an account's source by an empty fake one.
    pub fn stand_in(&self, engine: &Engine, account: &AccountId) -> Arc<FakeSource> {
        let source = Arc::new(FakeSource {
            account: account.clone(),
            script: Mutex::default(),
        });
        engine.sources.insert(account.clone(), source.clone());
        source
    }
}

/// A refresh that must succeed; returns how many items there are.
pub async fn synced(engine: &Engine, source: &FakeSource) -> u64 {
    let outcomes = engine.library.sync(Some(source.account.clone())).await;
    let [Synced { result, .. }] = &outcomes[..] else {
        panic!("{outcomes:?}")
    };
    result.clone().unwrap()
}

/// Waits until something holds; a hang guard of 20 seconds, no measurement.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(
        tokio::time::timeout(Duration::from_secs(20), wait)
            .await
            .is_ok(),
        "never: {what}"
    );
}

/// A Secret Service that is not there.
struct NoSecrets;

#[async_trait]
impl spool_engine::secret::SecretStore for NoSecrets {
    async fn get(
        &self,
        _: &AccountId,
    ) -> Result<Option<spool_engine::secret::Secret>, spool_engine::secret::SecretError> {
        Err(spool_engine::secret::SecretError::Unavailable)
    }

    async fn set(
        &self,
        _: &AccountId,
        _: &spool_engine::secret::Secret,
        _: &str,
    ) -> Result<(), spool_engine::secret::SecretError> {
        Err(spool_engine::secret::SecretError::Unavailable)
    }

    async fn remove(&self, _: &AccountId) -> Result<(), spool_engine::secret::SecretError> {
        Err(spool_engine::secret::SecretError::Unavailable)
    }
}
