//! The engine of a child, over a profile on the disk: the real database, the real cache, a source that a test moves.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use spool_engine::model::AccountId;
use spool_engine::{Config, Dirs, Engine};

use crate::source::Paths;

/// More than all titles together: a child lowers it when it likes.
pub(crate) const NO_LIMIT: u64 = 1 << 40;

/// The account that all titles belong to.
pub(crate) fn account() -> Result<AccountId> {
    "torture".parse().context("the name of the account")
}

/// Starts the engine; its server is away until [`Paths::appear`].
pub(crate) fn start(folder: &Path, server: &url::Url) -> Result<(Engine, Arc<Paths>)> {
    let engine = Engine::start(Config {
        dirs: Dirs::profile(folder),
        device_name: "torture".to_owned(),
        prober: None,
        cache_limit: Some(NO_LIMIT),
        secrets: None,
    })
    .context("the profile does not open")?;
    let paths = Arc::new(Paths::new(server.clone())?);
    engine.sources.insert(account()?, paths.clone());
    Ok((engine, paths))
}

/// Whether a database was found damaged and set aside.
pub(crate) fn lost_its_database(folder: &Path) -> bool {
    let files = std::fs::read_dir(Dirs::profile(folder).data);
    let mut names = files
        .into_iter()
        .flatten()
        .flatten()
        .map(|file| file.file_name());
    names.any(|name| name.to_string_lossy().contains(".bad"))
}
