//! Folders of files: films, shows, music and home videos by their names, tags, NFO files and companions.
//!
//! **Owns** the last walk over the folder. **Does not know** the database: what was found is told through [`Source`].
//! Item keys are paths below the folder (`file:…`) or made of titles (`show:…`, `season:…`, `artist:…`, `album:…`), so they survive a
//! restart and a move of the whole folder. **Threads**: every look at the disk happens on the blocking pool.

mod catalogue;
mod drives;
mod hands;
mod known;
mod lyrics;
mod music;
mod naming;
mod nfo;
mod opened;
mod path;
mod quality;
mod scan;
mod seen;
mod sidecar;
mod stacking;
mod watch;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;

use self::drives::Drives;
use self::hands::Hands;
use self::known::Known;
use self::nfo::Nfo;
use self::scan::FileKind;
use self::seen::Seen;
use crate::model::{
    AccountId, ImageId, ItemId, Library, LibraryId, LibraryKind, Page, PartId, SourceKind,
};
use crate::source::{Details, Located, LyricLine, Prober, Report, Source, SourceError};

/// Pictures larger than this are not read.
const PICTURE_LIMIT: u64 = 20 << 20;
/// Subtitles larger than this are not read.
const SUBTITLE_LIMIT: u64 = 10 << 20;

/// Keeps the text that tells which drives a folder lies on.
pub type Keep = Box<dyn Fn(String) + Send + Sync>;

/// A folder of this computer, or one on a drive in the network, as a [`Source`].
pub struct Folder {
    account: AccountId,
    root: PathBuf,
    kind: SourceKind,
    prober: Option<Arc<dyn Prober>>,
    hands: Hands,
    seen: Mutex<Seen>,
    keep: Option<Keep>,
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
            hands: Hands::default(),
            seen: Mutex::default(),
            keep: None,
            tags: Arc::default(),
            nfos: Arc::default(),
        }
    }

    /// The same on a drive in the network: its bytes are to be fetched, and when it is not there, that is no more than a server
    /// that is away.
    #[must_use]
    pub fn on_network_drive(mut self) -> Self {
        self.kind = SourceKind::NetworkDrive;
        self.hands = Hands::in_the_network();
        self
    }

    /// The same, which knows which drives it lay on: `text` is what `keep` was given last. Where a drive is not mounted there is
    /// an empty folder, which is then not taken for one that somebody emptied.
    #[must_use]
    pub fn on_drives(mut self, text: Option<&str>, keep: Keep) -> Self {
        self.seen.get_mut().drives = text.map(Drives::read).unwrap_or_default();
        self.keep = Some(keep);
        self
    }

    fn file(&self, key: &str) -> Result<PathBuf, SourceError> {
        path::resolve(&self.root, key).ok_or(SourceError::Gone)
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

    fn saw_all(&self) -> bool {
        self.seen.lock().all()
    }

    fn away(&self) -> Vec<String> {
        self.seen.lock().away.places()
    }

    fn forget_away(&self) {
        self.forget_drives();
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
        let path = catalogue::path_key(id.key());
        let known = catalogue.item(id).cloned().ok_or(SourceError::Gone);
        let item = self.or_away(known, path.unwrap_or_default()).await?;
        if path.is_none() {
            return Ok(Details {
                people: catalogue.people(id),
                ..Details::of(item)
            });
        }
        let mut files = Vec::new();
        for part in &item.parts {
            match self.look_into(id, part.id.key()).await {
                // What is there of a film plays, up to the file that is not.
                Err(SourceError::Gone) if !files.is_empty() => break,
                file => files.push(file?),
            }
        }
        let people = catalogue.people(id);
        Ok(Details {
            people,
            ..opened::details(item, files)
        })
    }

    async fn locate(&self, part: &PartId) -> Result<Located, SourceError> {
        let (file, kind) = (self.file(part.key())?, self.kind);
        let located = self.hands.run(move |_| {
            let there = std::fs::metadata(&file).is_ok_and(|metadata| metadata.is_file());
            match (there, kind) {
                (false, _) => Err(SourceError::Gone),
                (true, SourceKind::NetworkDrive) => Ok(Located::Drive(file)),
                (true, _) => Ok(Located::File(file)),
            }
        });
        self.or_away(located.await, part.key()).await
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
            "file" => {
                let read = self.hands.run(move |_| read_limited(&file, PICTURE_LIMIT));
                read.await
            }
            "cover" => {
                let cover = self
                    .hands
                    .run(move |_| music::cover(&file).ok_or(SourceError::Gone));
                cover.await
            }
            "frame" => match &self.prober {
                Some(prober) => prober.thumbnail(file, width).await.ok_or(SourceError::Gone),
                None => Err(SourceError::Gone),
            },
            _ => Err(SourceError::Gone),
        };
        self.or_away(picture, key).await
    }

    async fn subtitle(&self, _item: &ItemId, key: &str) -> Result<Bytes, SourceError> {
        let file = self.file(key)?;
        if scan::kind_of(&file) != Some(FileKind::Subtitle) {
            return Err(SourceError::Gone);
        }
        let text = self.hands.run(move |_| read_limited(&file, SUBTITLE_LIMIT));
        self.or_away(text.await, key).await
    }

    async fn lyrics(&self, track: &ItemId) -> Result<Vec<LyricLine>, SourceError> {
        let Some(key) = catalogue::path_key(track.key()) else {
            return Ok(Vec::new());
        };
        let file = self.file(key)?;
        if scan::kind_of(&file) != Some(FileKind::Audio) {
            return Ok(Vec::new());
        }
        let lines = self.hands.run(move |_| lyrics::of_track(&file));
        self.or_away(lines.await, key).await
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
