//! Folders of files: films, shows, music and home videos by their names, tags, NFO files and companions.
//!
//! **Owns** the last walk over the folder. **Does not know** the database: what was found is told through [`Source`].
//! Item keys are paths below the folder (`file:…`) or made of titles (`show:…`, `season:…`, `album:…`), so they survive a
//! restart and a move of the whole folder. **Threads**: every look at the disk happens on the blocking pool.

mod catalogue;
mod known;
mod music;
mod naming;
mod nfo;
mod path;
mod scan;
mod sidecar;
mod watch;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;

use self::catalogue::{Catalogue, Notes};
use self::known::Known;
use self::nfo::Nfo;
use self::scan::{FileKind, FoundFile};
use crate::model::{
    AccountId, ImageId, ItemId, Library, LibraryId, LibraryKind, Page, PartId, SourceKind,
};
use crate::source::{Details, Located, Prober, Report, Source, SourceError};

/// Pictures larger than this are not read.
const PICTURE_LIMIT: u64 = 20 << 20;
/// Subtitles larger than this are not read.
const SUBTITLE_LIMIT: u64 = 10 << 20;

/// A folder of this computer, or one on a drive in the network, as a [`Source`].
pub struct Folder {
    account: AccountId,
    root: PathBuf,
    kind: SourceKind,
    prober: Option<Arc<dyn Prober>>,
    last: Mutex<Option<Arc<Catalogue>>>,
    tags: Arc<Known<music::Tags>>,
    nfos: Arc<Known<Vec<Nfo>>>,
}

impl Folder {
    /// The source of `account` over the folder `root`. Touches nothing yet.
    #[must_use]
    pub fn new(account: AccountId, root: PathBuf, prober: Option<Arc<dyn Prober>>) -> Self {
        Self {
            account,
            root,
            kind: SourceKind::Folder,
            prober,
            last: Mutex::new(None),
            tags: Arc::default(),
            nfos: Arc::default(),
        }
    }

    /// The same on a drive in the network: its bytes are to be fetched, and when it is not there, that is no more than a server
    /// that is away.
    #[must_use]
    pub fn on_network_drive(mut self) -> Self {
        self.kind = SourceKind::NetworkDrive;
        self
    }

    /// What a failure to read means here.
    fn away(&self, error: SourceError) -> SourceError {
        match error {
            SourceError::Unreadable(why) if self.kind == SourceKind::NetworkDrive => {
                SourceError::Unreachable(why)
            }
            other => other,
        }
    }

    /// Whether the folder is there and can be listed.
    async fn is_here(&self) -> Result<(), SourceError> {
        let root = self.root.clone();
        let here = blocking(move || scan::readable(&root)).await;
        here.map_err(|error| self.away(error))
    }

    /// A file that is not there may be so because the whole folder is not.
    async fn or_away<T>(&self, outcome: Result<T, SourceError>) -> Result<T, SourceError> {
        if matches!(outcome, Err(SourceError::Gone)) {
            self.is_here().await?;
        }
        outcome
    }

    /// Walks the folder anew and remembers what is there.
    async fn walk(&self) -> Result<Arc<Catalogue>, SourceError> {
        let root = self.root.clone();
        let account = self.account.clone();
        let (tags, nfos) = (Arc::clone(&self.tags), Arc::clone(&self.nfos));
        let catalogue = blocking(move || {
            let tree = scan::walk(&root)?;
            let notes = Notes {
                tags: tags.read(&root, &tree, FileKind::Audio, music::tags),
                nfos: nfos.read(&root, &tree, FileKind::Notes, read_nfo),
            };
            let name = root
                .file_name()
                .unwrap_or(root.as_os_str())
                .to_string_lossy();
            Ok(Arc::new(Catalogue::new(&account, &name, &tree, &notes)))
        })
        .await
        .map_err(|error| self.away(error))?;
        *self.last.lock() = Some(Arc::clone(&catalogue));
        Ok(catalogue)
    }

    /// The last walk, or one now.
    async fn catalogue(&self) -> Result<Arc<Catalogue>, SourceError> {
        let last = self.last.lock().clone();
        match last {
            Some(catalogue) => Ok(catalogue),
            None => self.walk().await,
        }
    }

    fn file(&self, key: &str) -> Result<PathBuf, SourceError> {
        path::resolve(&self.root, key).ok_or(SourceError::Gone)
    }
}

/// Runs `work` where blocking is allowed.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SourceError> + Send + 'static,
) -> Result<T, SourceError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(SourceError::Unreadable(error.to_string())))
}

/// What an NFO file tells; nothing when it cannot be read.
fn read_nfo(path: &Path) -> Vec<Nfo> {
    match read_limited(path, nfo::LONGEST) {
        Ok(bytes) => nfo::parse(&nfo::decode(&bytes)),
        Err(error) => {
            tracing::debug!(?path, %error, "left out of the folder");
            Vec::new()
        }
    }
}

/// Reads a whole file, unless it is larger than `limit`.
fn read_limited(path: &Path, limit: u64) -> Result<Bytes, SourceError> {
    use std::io::Read;
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => SourceError::Gone,
        _ => SourceError::Unreadable(error.to_string()),
    };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > limit {
        return Err(SourceError::Malformed("the file is too large".into()));
    }
    Ok(bytes.into())
}

#[async_trait]
impl Source for Folder {
    fn kind(&self) -> SourceKind {
        self.kind
    }

    async fn check(&self) -> Result<(), SourceError> {
        self.is_here().await
    }

    async fn libraries(&self) -> Result<Vec<Library>, SourceError> {
        let catalogue = self.walk().await?;
        let library = |(key, kind): (&str, LibraryKind)| Library {
            id: LibraryId::new(self.account.clone(), key),
            // English; the window shows its own word for the kind.
            title: match kind {
                LibraryKind::Movies => "Films",
                LibraryKind::Shows => "Shows",
                LibraryKind::Music => "Music",
                LibraryKind::Videos | LibraryKind::Mixed => "Videos",
            }
            .to_owned(),
            kind,
        };
        Ok(catalogue.libraries().map(library).collect())
    }

    async fn items(
        &self,
        library: &LibraryId,
        offset: u64,
        limit: u64,
    ) -> Result<Page, SourceError> {
        let catalogue = self.catalogue().await?;
        let items = catalogue.items(library.key());
        let clamp = |n: u64| usize::try_from(n).unwrap_or(usize::MAX).min(items.len());
        let page = &items[clamp(offset)..clamp(offset.saturating_add(limit))];
        Ok(Page {
            items: page.to_vec(),
            total: items.len() as u64,
        })
    }

    async fn details(&self, id: &ItemId) -> Result<Details, SourceError> {
        let catalogue = self.catalogue().await?;
        let mut item = catalogue.item(id).cloned().ok_or(SourceError::Gone)?;
        let Some(key) = catalogue::path_key(id.key()) else {
            return Ok(Details {
                people: catalogue.people(id),
                ..Details::of(item)
            });
        };
        let file = self.file(key)?;
        let root = self.root.clone();
        let path = file.clone();
        let beside = blocking(move || beside(&root, &path)).await;
        let (found, companions) = self.or_away(beside).await?;
        item.parts = vec![catalogue::part(id.clone(), &found)];
        if let Some(prober) = &self.prober
            && let Some(probed) = prober.probe(file.clone()).await
        {
            item.duration = probed.duration.or(item.duration);
            item.chapters = probed.chapters;
            item.parts[0].tracks = probed.tracks;
        }
        let subtitles = sidecar::subtitles(&companions, &sidecar::stem_of(&file));
        Ok(Details {
            subtitles,
            people: catalogue.people(id),
            ..Details::of(item)
        })
    }

    async fn locate(&self, part: &PartId) -> Result<Located, SourceError> {
        let (file, kind) = (self.file(part.key())?, self.kind);
        let located = blocking(move || {
            let there = std::fs::metadata(&file).is_ok_and(|metadata| metadata.is_file());
            match (there, kind) {
                (false, _) => Err(SourceError::Gone),
                (true, SourceKind::NetworkDrive) => Ok(Located::Drive(file)),
                (true, _) => Ok(Located::File(file)),
            }
        });
        self.or_away(located.await).await
    }

    async fn image(&self, image: &ImageId, width: u32) -> Result<Bytes, SourceError> {
        // kind:time:path, as `catalogue::Maker` writes it.
        let mut fields = image.key().splitn(3, ':');
        let (Some(kind), Some(_time), Some(key)) = (fields.next(), fields.next(), fields.next())
        else {
            return Err(SourceError::Gone);
        };
        let file = self.file(key)?;
        let picture = match kind {
            "file" => blocking(move || read_limited(&file, PICTURE_LIMIT)).await,
            "cover" => blocking(move || music::cover(&file).ok_or(SourceError::Gone)).await,
            "frame" => match &self.prober {
                Some(prober) => prober.thumbnail(file, width).await.ok_or(SourceError::Gone),
                None => Err(SourceError::Gone),
            },
            _ => Err(SourceError::Gone),
        };
        self.or_away(picture).await
    }

    async fn subtitle(&self, _item: &ItemId, key: &str) -> Result<Bytes, SourceError> {
        let file = self.file(key)?;
        if scan::kind_of(&file) != Some(FileKind::Subtitle) {
            return Err(SourceError::Gone);
        }
        let text = blocking(move || read_limited(&file, SUBTITLE_LIMIT)).await;
        self.or_away(text).await
    }

    /// Nobody to tell: the position is kept by Spool itself.
    async fn report(&self, _report: &Report) -> Result<(), SourceError> {
        Ok(())
    }

    /// Nobody to tell, as for [`Folder::report`].
    async fn set_watched(&self, _item: &ItemId, _watched: bool) -> Result<(), SourceError> {
        Ok(())
    }

    fn watch(&self, changed: Box<dyn Fn() + Send + Sync>) -> Option<Box<dyn std::any::Any + Send>> {
        watch::watch(&self.root, changed).map(|watcher| Box::new(watcher) as _)
    }
}

/// A file as it is now, and the files of use beside it.
fn beside(root: &Path, file: &Path) -> Result<(FoundFile, Vec<FoundFile>), SourceError> {
    let found = |path: &Path| scan::kind_of(path).and_then(|kind| scan::one(root, path, kind));
    let own = found(file).ok_or(SourceError::Gone)?;
    let folder = file.parent().unwrap_or(root);
    let entries =
        std::fs::read_dir(folder).map_err(|error| SourceError::Unreadable(error.to_string()))?;
    let mut companions: Vec<_> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| found(&entry.path()))
        .collect();
    companions.sort_by(|a, b| a.relative.cmp(&b.relative));
    Ok((own, companions))
}
