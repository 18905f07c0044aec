//! A source whose titles are blobs of the kit's server, for an engine with its real database.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "every test crate that includes it uses a part"
)]

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use spool_engine::Engine;
use spool_engine::cache::{CacheKey, OpenRequest};
use spool_engine::http::{Http, Located, SecretUrl};
use spool_engine::model::{
    AccountId, ImageId, ItemId, Library, LibraryId, Page, PartId, SourceKind,
};
use spool_engine::source::{Details, Report, Source, SourceError};
use testkit::pattern;

pub const SEED: u64 = 11;

/// The title `x` is `/blob/x`.
pub struct Blobs {
    http: Http,
    base: url::Url,
}

pub fn account() -> AccountId {
    "blobs".parse().unwrap()
}

impl Blobs {
    /// Makes the engine's account of blobs one of the server at `base`.
    pub fn stand_in(engine: &Engine, base: &str) {
        let base: url::Url = base.parse().unwrap();
        let http = Http::new(&base, None).unwrap();
        engine
            .sources
            .insert(account(), Arc::new(Self { http, base }));
    }
}

pub fn key(name: &str) -> CacheKey {
    PartId::new(ItemId::new(account(), name), "file").into()
}

pub fn request(name: &str) -> OpenRequest {
    OpenRequest {
        key: key(name),
        fingerprint: None,
        size_hint: None,
    }
}

/// Reads a part of a title and compares it; the number of bytes.
pub async fn read(engine: &Engine, name: &str, pos: u64, len: usize) -> usize {
    let reader = engine.cache.open(request(name)).await.unwrap();
    let bytes = reader.read_at(pos, len).await.unwrap();
    assert_eq!(pattern::verify(SEED, pos, &bytes), Ok(()), "{name}");
    bytes.len()
}

#[async_trait]
impl Source for Blobs {
    fn kind(&self) -> SourceKind {
        SourceKind::Jellyfin
    }

    async fn check(&self) -> Result<(), SourceError> {
        Ok(())
    }

    async fn libraries(&self) -> Result<Vec<Library>, SourceError> {
        Ok(Vec::new())
    }

    async fn items(&self, _: &LibraryId, _: u64, _: u64) -> Result<Page, SourceError> {
        Err(SourceError::Gone)
    }

    async fn details(&self, _: &ItemId) -> Result<Details, SourceError> {
        Err(SourceError::Gone)
    }

    async fn locate(&self, part: &PartId) -> Result<Located, SourceError> {
        let path = format!("/blob/{}", part.item().key());
        let url = SecretUrl::new(self.base.join(&path).unwrap());
        Ok(Located::remote(self.http.clone(), url))
    }

    async fn image(&self, _: &ImageId, _: u32) -> Result<Bytes, SourceError> {
        Err(SourceError::Gone)
    }

    async fn subtitle(&self, _: &ItemId, _: &str) -> Result<Bytes, SourceError> {
        Err(SourceError::Gone)
    }

    async fn report(&self, _: &Report) -> Result<(), SourceError> {
        Ok(())
    }

    async fn set_watched(&self, _: &ItemId, _: bool) -> Result<(), SourceError> {
        Ok(())
    }
}
