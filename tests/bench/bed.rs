//! A cache of its own over the kit's server, without database and accounts.

use std::sync::Arc;

use anyhow::{Context, Result};
use spool_engine::cache::{
    CacheKey, CacheService, Claim, Index, IndexError, Locator, OpenRequest, Reader, Settings,
};
use spool_engine::http::{Http, Located, SecretUrl};
use spool_engine::model::{AccountId, ItemId, PartId};
use spool_engine::runtime::Runtime;
use spool_engine::source::SourceError;
use testkit::FakeServer;

/// Remembers nothing: every bench starts cold.
struct Forgetful;

#[async_trait::async_trait]
impl Index for Forgetful {
    async fn load(&self) -> Result<Vec<Claim>, IndexError> {
        Ok(Vec::new())
    }

    async fn commit(&self, _: Vec<Claim>, _: Vec<CacheKey>) -> Result<(), IndexError> {
        Ok(())
    }
}

/// The key's item is the path on the server.
struct Paths {
    http: Http,
    base: url::Url,
}

#[async_trait::async_trait]
impl Locator for Paths {
    async fn locate(&self, key: &CacheKey) -> Result<Located, SourceError> {
        let url = self.base.join(key.part().item().key());
        let url = url.map_err(|error| SourceError::Malformed(error.to_string()))?;
        Ok(Located::remote(self.http.clone(), SecretUrl::new(url)))
    }
}

pub(crate) struct Bed {
    pub(crate) server: FakeServer,
    cache: CacheService,
    runtime: Runtime,
    account: AccountId,
    place: tempfile::TempDir,
}

impl Bed {
    pub(crate) fn make(server: FakeServer) -> Result<Self> {
        let base: url::Url = server.url("/").parse()?;
        let place = tempfile::tempdir().context("no place for temporary files")?;
        let runtime = Runtime::start()?;
        let settings = Settings {
            folder: place.path().into(),
            limit: Some(u64::MAX / 2),
        };
        let locator = Paths {
            http: Http::new(&base, None)?,
            base,
        };
        let cache =
            CacheService::start(settings, Arc::new(Forgetful), Arc::new(locator), &runtime)?;
        Ok(Self {
            server,
            cache,
            runtime,
            account: AccountId::random(),
            place,
        })
    }

    /// The file that holds the one resource that was opened.
    pub(crate) fn data_file(&self) -> Result<std::path::PathBuf> {
        let media = self.place.path().join("media/v1");
        for folder in std::fs::read_dir(media)?
            .flatten()
            .filter(|entry| entry.path().is_dir())
        {
            if let Some(file) = std::fs::read_dir(folder.path())?.flatten().next() {
                return Ok(file.path());
            }
        }
        anyhow::bail!("the cache has no file")
    }

    /// A reader of what the server has at `path`, of a size that the library knows.
    pub(crate) fn open(&self, path: &str, size: u64) -> Result<Reader> {
        let request = OpenRequest {
            key: PartId::new(ItemId::new(self.account.clone(), path), "file").into(),
            fingerprint: None,
            size_hint: Some(size),
        };
        let reader = self.runtime.handle().block_on(self.cache.open(request))?;
        // As the library knows it of every title.
        let name = std::path::Path::new(path).extension();
        Ok(reader.with_container(name.and_then(|name| name.to_str())))
    }
}

/// Reads all of it; returns how many bytes they were.
pub(crate) fn read_through(reader: &Reader) -> Result<u64> {
    let (mut pos, mut block) = (0, vec![0; 1 << 18]);
    loop {
        let count = reader.read_at_blocking(pos, &mut block)?;
        pos += count as u64;
        if count < block.len() {
            return Ok(pos);
        }
    }
}
