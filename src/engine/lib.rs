//! Spool's engine: accounts, libraries, cache and playback state, without a window and without a player.
//!
//! [`Engine::start`] opens a profile and returns handles; each is cheap to clone and works from any executor or thread,
//! because the engine owns its runtime.

pub mod accounts;
pub mod artwork;
pub mod cache;
pub mod http;
pub mod library;
mod limit;
pub mod model;
mod outbox;
pub mod playback;
pub mod range;
pub mod recovery;
pub mod runtime;
pub mod secret;
pub mod source;

mod source_error;
mod store;
mod wiring;

use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where a profile keeps its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dirs {
    /// What must not be lost: database, kept titles, the token file.
    pub data: PathBuf,
    /// What may be deleted at any time: streamed bytes, pictures.
    pub cache: PathBuf,
}

impl Dirs {
    /// Everything under one folder, for `--profile` and tests.
    #[must_use]
    pub fn profile(folder: &Path) -> Self {
        Self {
            data: folder.join("data"),
            cache: folder.join("cache"),
        }
    }

    /// The user's folders after the XDG Base Directory Specification 0.8; `None` when there is no home folder.
    #[must_use]
    pub fn of_user() -> Option<Self> {
        let home = std::env::home_dir()?;
        let base = |variable: &str, default: &str| {
            std::env::var_os(variable)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
                .unwrap_or_else(|| home.join(default))
                .join("spool")
        };
        Some(Self {
            data: base("XDG_DATA_HOME", ".local/share"),
            cache: base("XDG_CACHE_HOME", ".cache"),
        })
    }
}

/// What the engine is started with.
pub struct Config {
    /// Where the profile is.
    pub dirs: Dirs,
    /// Name of this computer, as servers show it in their lists of devices.
    pub device_name: String,
    /// Looks into media files; `None` leaves durations and thumbnails of folders unknown.
    pub prober: Option<Arc<dyn source::Prober>>,
    /// Cache limit in bytes where the profile keeps none yet ([`Engine::set_cache_allowance`]); `None`: 10 % of the disk, at
    /// most 50 GB.
    pub cache_limit: Option<u64>,
    /// Test double for the Secret Service; `None` uses the session's.
    pub secrets: Option<Arc<dyn secret::SecretStore>>,
}

/// Why the engine could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another running program holds this profile.
    #[error("another running program holds this profile")]
    InUse,
    /// A folder cannot be made or written.
    #[error("{0} cannot be used: {1}")]
    Folder(PathBuf, std::io::Error),
    /// A newer version of this program has changed the database; its last step is named.
    #[error("a newer version of this program has changed the database ({0})")]
    Newer(String),
    /// The database cannot be opened, and not rebuilt either.
    #[error("the database cannot be opened: {0}")]
    Database(String),
    /// The system gives no threads.
    #[error("no threads: {0}")]
    Threads(std::io::Error),
}

/// Something that went wrong at the start and that the engine has dealt with; worth telling once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The database could not be used. It lies at `aside` as it was, a new one took its place, and `saved` rows of accounts,
    /// positions and marks were read from the old one. Libraries come back with the next refresh.
    DatabaseRebuilt {
        /// Where the old one is.
        aside: PathBuf,
        /// How many rows were saved.
        saved: u64,
    },
}

/// The running engine: a bundle of handles. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    /// Accounts.
    pub accounts: accounts::AccountService,
    /// Libraries.
    pub library: library::LibraryService,
    /// Playback.
    pub playback: playback::PlaybackService,
    /// Cached bytes.
    pub cache: cache::CacheService,
    /// Pictures.
    pub artwork: artwork::ArtworkService,
    /// The live sources of the accounts, by which a program or a test may stand in for a server.
    pub sources: source::Registry,
    held: Arc<wiring::Held>,
}

impl Engine {
    /// Opens a profile and starts the engine's threads. Blocks for the database only (milliseconds); touches no network.
    /// [`accounts::AccountService::check`] asks the accounts for the first time, and those that answer are refreshed.
    ///
    /// # Errors
    /// [`StartError`], each a situation with a sentence of its own.
    pub fn start(config: Config) -> Result<Self, StartError> {
        wiring::start(config)
    }

    /// What went wrong at the start and was dealt with.
    #[must_use]
    pub fn notices(&self) -> Vec<Notice> {
        self.held.notices()
    }

    /// A new cache limit in bytes; see [`Engine::set_cache_allowance`].
    ///
    /// # Errors
    /// As [`Engine::set_cache_allowance`].
    pub async fn set_cache_limit(&self, bytes: u64) -> Result<(), cache::CacheError> {
        self.set_cache_allowance(cache::Allowance::Bytes(bytes))
            .await
    }

    /// How much the cache may take, kept in the profile, where every program finds it; evicts at once what is over it and
    /// may go.
    ///
    /// # Errors
    /// [`cache::CacheError::Disk`] when it cannot be kept; then it holds until the end of the program.
    pub async fn set_cache_allowance(
        &self,
        allowance: cache::Allowance,
    ) -> Result<(), cache::CacheError> {
        self.cache.set_allowance(allowance).await?;
        self.held.keep_limit(allowance).await
    }

    /// Makes everything durable and stops all tasks; at most a second. Later calls of any handle fail or wait for ever.
    pub fn shutdown_blocking(&self) {
        self.held.shutdown_blocking(&self.cache);
    }
}
