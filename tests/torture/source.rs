//! A source whose parts are paths of the kit's server, and which can be told that the server is away.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use spool_engine::http::{Http, Located, SecretUrl};
use spool_engine::model::{ImageId, ItemId, Library, LibraryId, Page, PartId, SourceKind};
use spool_engine::source::{Details, Report, Source, SourceError};

use crate::titles::Title;

/// See the module.
pub(crate) struct Paths {
    http: Http,
    base: url::Url,
    away: AtomicBool,
}

impl Paths {
    pub(crate) fn new(base: url::Url) -> anyhow::Result<Self> {
        Ok(Self {
            http: Http::new(&base, None)?,
            base,
            away: AtomicBool::new(true),
        })
    }

    /// From now on its address can be had.
    pub(crate) fn appear(&self) {
        self.away.store(false, Ordering::Release);
    }
}

fn nothing<T>() -> Result<T, SourceError> {
    Err(SourceError::Gone)
}

#[async_trait]
impl Source for Paths {
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
        nothing()
    }

    async fn details(&self, _: &ItemId) -> Result<Details, SourceError> {
        nothing()
    }

    async fn locate(&self, part: &PartId) -> Result<Located, SourceError> {
        if self.away.load(Ordering::Acquire) {
            return Err(SourceError::Unreachable("it is away".into()));
        }
        let title = Title::named(part.item().key()).ok_or(SourceError::Gone)?;
        let url = self.base.join(&title.path());
        let url = url.map_err(|error| SourceError::Malformed(error.to_string()))?;
        Ok(Located::remote(self.http.clone(), SecretUrl::new(url)))
    }

    async fn image(&self, _: &ImageId, _: u32) -> Result<Bytes, SourceError> {
        nothing()
    }

    async fn subtitle(&self, _: &ItemId, _: &str) -> Result<Bytes, SourceError> {
        nothing()
    }

    async fn report(&self, _: &Report) -> Result<(), SourceError> {
        nothing()
    }

    async fn set_watched(&self, _: &ItemId, _: bool) -> Result<(), SourceError> {
        nothing()
    }
}
