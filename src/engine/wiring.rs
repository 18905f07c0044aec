//! The start and end of the engine: which service is built from what, in which order, and who tells whom.

use std::collections::HashSet;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use tokio::sync::broadcast;

use crate::accounts::{AccountService, Setup, Standing, Witness};
use crate::artwork::ArtworkService;
use crate::cache::{
    Allowance, CacheError, CacheKey, CacheService, Class, Folders, Locator, Priority, Settings,
};
use crate::http::Located;
use crate::library::LibraryService;
use crate::model::{AccountId, ItemId};
use crate::outbox::Outbox;
use crate::playback::PlaybackService;
use crate::runtime::Runtime;
use crate::source::{Registry, Source};
use crate::source_error::SourceError;
use crate::store::{Store, StoreError};
use crate::{Config, Dirs, Engine, Notice, StartError, library, limit, playback};

/// Each of the two things that have to be made durable at the end gets half of the second.
const FAREWELL: Duration = Duration::from_millis(450);

/// What lives as long as the engine: dropping the last handle lets the profile go.
pub(crate) struct Held {
    runtime: Runtime,
    store: Store,
    data: PathBuf,
    /// Holds the profile's lock until the end.
    lock: Mutex<Option<File>>,
}

impl Held {
    pub(crate) async fn keep_limit(&self, allowance: Allowance) -> Result<(), CacheError> {
        let data = self.data.clone();
        let kept = self
            .runtime
            .handle()
            .spawn_blocking(move || limit::write(&data, allowance));
        match kept.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(CacheError::Disk(error.to_string())),
            Err(_) => Err(CacheError::Closed),
        }
    }

    pub(crate) fn notices(&self) -> Vec<Notice> {
        let rebuilt = self.store.rebuilt().map(|rebuilt| Notice::DatabaseRebuilt {
            aside: rebuilt.aside.clone(),
            saved: rebuilt.saved,
        });
        rebuilt.into_iter().collect()
    }

    pub(crate) fn shutdown_blocking(&self, cache: &CacheService) {
        let Some(lock) = self.lock.lock().take() else {
            return;
        };
        let (cache, store) = (cache.clone(), self.store.clone());
        self.runtime.run_blocking(async move {
            if tokio::time::timeout(FAREWELL, cache.shutdown())
                .await
                .is_err()
            {
                tracing::warn!("the cache did not end in time");
            }
            if tokio::time::timeout(FAREWELL, store.close()).await.is_err() {
                tracing::warn!("the database did not close in time");
            }
        });
        drop(lock);
    }
}

/// Starts the engine; see [`Engine::start`].
pub(crate) fn start(config: Config) -> Result<Engine, StartError> {
    let lock = take_profile(&config.dirs)?;
    let runtime = Runtime::start().map_err(StartError::Threads)?;
    let data = config.dirs.data.clone();
    let store = blocking(&runtime, async move { Store::open(&data).await })?;
    let sources = Registry::default();
    let setup = Setup {
        runtime: runtime.clone(),
        store: store.clone(),
        registry: sources.clone(),
        data: config.dirs.data.clone(),
        device_name: config.device_name,
        prober: config.prober,
        secrets: config.secrets,
    };
    let accounts = blocking(&runtime, AccountService::open(setup))?;
    let wires = Wires::new(&sources, &accounts);
    let cache = start_cache(&config.dirs, config.cache_limit, &store, wires, &runtime);
    let artwork = start_artwork(&config.dirs, &sources, &runtime);
    let outbox = Outbox::new(store.clone(), sources.clone());
    let library = LibraryService::start(library::Parts {
        runtime: runtime.clone(),
        store: store.clone(),
        sources: sources.clone(),
        accounts: accounts.watch(),
        outbox: outbox.clone(),
        cache: cache.clone(),
    });
    let playback = PlaybackService::new(playback::Inner {
        runtime: runtime.clone(),
        store: store.clone(),
        sources: sources.clone(),
        accounts: accounts.watch(),
        library: library.clone(),
        cache: cache.clone(),
        outbox,
        upcoming: playback::Upcoming::default(),
    });
    accounts.set_witness(Arc::new(Ears {
        library: library.clone(),
        cache: cache.clone(),
    }));
    let held = Arc::new(Held {
        runtime,
        store,
        data: config.dirs.data,
        lock: Mutex::new(Some(lock)),
    });
    Ok(Engine {
        accounts,
        library,
        playback,
        cache,
        artwork,
        sources,
        held,
    })
}

fn start_artwork(dirs: &Dirs, sources: &Registry, runtime: &Runtime) -> ArtworkService {
    let (pictures, of) = (dirs.cache.join("artwork"), sources.clone());
    ArtworkService::start(pictures, Arc::new(move |account| of.get(account)), runtime)
}

/// Makes the profile's folders and takes them for this program.
fn take_profile(dirs: &Dirs) -> Result<File, StartError> {
    let made = private_folder(&dirs.data);
    made.map_err(|error| StartError::Folder(dirs.data.clone(), error))?;
    if let Err(error) = private_folder(&dirs.cache) {
        // Playing goes on without keeping, and the cache says so.
        tracing::warn!(%error, "the cache folder cannot be used");
    }
    lock(&dirs.data)
}

fn start_cache(
    dirs: &Dirs,
    limit: Option<u64>,
    store: &Store,
    wires: Wires,
    runtime: &Runtime,
) -> CacheService {
    let settings = Settings {
        folder: Folders {
            cache: dirs.cache.clone(),
            data: dirs.data.clone(),
        },
        limit,
    };
    let cache =
        CacheService::start_beside(settings, Arc::new(store.clone()), Arc::new(wires), runtime);
    if let Some(allowance) = limit::read(&dirs.data) {
        cache.adopt_allowance(allowance);
    }
    cache
}

fn blocking<T: Send + 'static>(
    runtime: &Runtime,
    work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
) -> Result<T, StartError> {
    match runtime.run_blocking(work) {
        Some(Ok(value)) => Ok(value),
        Some(Err(StoreError::Newer(step))) => Err(StartError::Newer(step)),
        Some(Err(StoreError::File(path, error))) => Err(StartError::Folder(
            path,
            io::Error::new(error.kind(), error.to_string()),
        )),
        Some(Err(error)) => Err(StartError::Database(error.to_string())),
        None => Err(StartError::Database("it panicked".to_owned())),
    }
}

/// Makes a folder that only this user may enter, and takes others' rights from one that is there.
fn private_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let mode = fs::metadata(folder)?.permissions().mode();
    if mode & 0o077 != 0 {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Takes the profile. The system lets it go when the program ends, however it ends.
fn lock(data: &Path) -> Result<File, StartError> {
    let path = data.join("lock");
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(&path);
    let file = file.map_err(|error| StartError::Folder(path.clone(), error))?;
    match rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(StartError::InUse),
        Err(error) => Err(StartError::Folder(path, error.into())),
    }
}

/// The cache's way to the sources.
struct Wires {
    sources: Registry,
    standing: Standing,
}

impl Wires {
    fn new(sources: &Registry, accounts: &AccountService) -> Self {
        Self {
            sources: sources.clone(),
            standing: accounts.standing(),
        }
    }

    fn source(&self, key: &CacheKey) -> Result<Arc<dyn Source>, SourceError> {
        let account = key.part().item().account();
        self.sources.get(account).ok_or(SourceError::Gone)
    }
}

#[async_trait]
impl Locator for Wires {
    async fn locate(&self, key: &CacheKey) -> Result<Located, SourceError> {
        self.source(key)?.locate(key.part()).await
    }

    async fn next_route(
        &self,
        key: &CacheKey,
        failed: usize,
    ) -> Result<Option<Located>, SourceError> {
        self.source(key)?.next_route(key.part(), failed).await
    }

    fn connections(&self, key: &CacheKey) -> usize {
        self.source(key).map_or(1, |source| source.connections())
    }

    fn is_reachable(&self, key: &CacheKey, online: bool) -> bool {
        let account = key.part().item().account();
        self.standing.is_reachable(account, online)
    }

    fn fetched(&self, key: &CacheKey, outcome: Result<(), &SourceError>) {
        self.standing.mark(key.part().item().account(), outcome);
    }
}

/// Who hears of the accounts' changes.
struct Ears {
    library: LibraryService,
    cache: CacheService,
}

#[async_trait]
impl Witness for Ears {
    fn changed(&self, account: &AccountId) {
        self.library.source_changed(account);
    }

    fn returned(&self, account: &AccountId) {
        self.cache.source_returned();
        // Also behind a refresh that runs: it may have begun before the account was away.
        self.library.source_changed(account);
    }

    async fn handed_over(&self, account: &AccountId) {
        self.library.hand_over(account).await;
    }

    async fn removed(&self, account: &AccountId) {
        self.library.forget(account).await;
        if clear(&self.cache, account, &Leaves::Nothing).await > 0 {
            self.clear_when_closed(account, Leaves::Nothing);
        }
    }

    async fn signed_out(&self, account: &AccountId) {
        let kept = kept(&self.cache, account).await;
        self.library.keep_only(account, kept).await;
        if clear(&self.cache, account, &Leaves::Kept).await > 0 {
            self.clear_when_closed(account, Leaves::Kept);
        }
    }
}

/// What stays of an account's bytes.
enum Leaves {
    Nothing,
    /// What somebody asked to keep.
    Kept,
}

impl Ears {
    /// Tries again at each change of the cache until nothing is left, or until somebody has signed in again. A failing disk
    /// ends it with the engine.
    fn clear_when_closed(&self, account: &AccountId, leaves: Leaves) {
        let (cache, library, account) = (self.cache.clone(), self.library.clone(), account.clone());
        tokio::spawn(async move {
            let mut states = cache.subscribe();
            let is_over = || matches!(leaves, Leaves::Kept) && !library.is_signed_out(&account);
            while !is_over() && clear(&cache, &account, &leaves).await > 0 {
                let change = tokio::time::timeout(Duration::from_secs(1), states.recv()).await;
                if matches!(change, Ok(Err(broadcast::error::RecvError::Closed))) {
                    return;
                }
            }
        });
    }
}

/// What of an account somebody asked to keep, here or still to come.
async fn kept(cache: &CacheService, account: &AccountId) -> HashSet<ItemId> {
    let jobs = cache.jobs().await.unwrap_or_default();
    let jobs = jobs
        .iter()
        .filter(|job| job.priority == Priority::Download)
        .map(|job| &job.key);
    let entries = cache.entries().await.unwrap_or_default();
    let entries = entries
        .iter()
        .filter(|entry| entry.class == Class::Kept)
        .map(|entry| &entry.key);
    let items = jobs.chain(entries).map(|key| key.part().item());
    items
        .filter(|item| item.account() == account)
        .cloned()
        .collect()
}

/// Removes the bytes of an account as far as nothing reads them, and fetches no more. Returns how many resources are left that
/// are to go.
async fn clear(cache: &CacheService, account: &AccountId, leaves: &Leaves) -> usize {
    let of_account = |key: &CacheKey| key.part().item().account() == account;
    let keeps = matches!(leaves, Leaves::Kept);
    for job in cache.jobs().await.unwrap_or_default() {
        let stays = keeps && job.priority == Priority::Download;
        if of_account(&job.key) && !stays {
            // A cache that has ended fetches nothing.
            cache.cancel_group(&job.group).await.ok();
        }
    }
    let mut left = 0;
    for entry in cache.entries().await.unwrap_or_default() {
        let stays = keeps && entry.class == Class::Kept;
        if !of_account(&entry.key) || stays {
            continue;
        }
        if let Err(error) = cache.clear(Some(entry.key.clone())).await {
            tracing::warn!(%error, "bytes of a removed account stay until they are evicted");
        }
        left += usize::from(matches!(cache.entry(&entry.key).await, Ok(Some(_))));
    }
    left
}
