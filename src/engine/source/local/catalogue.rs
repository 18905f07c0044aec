//! The titles that a folder's files make: films, shows with seasons and episodes, artists, albums with tracks.
//!
//! **Does not know** the disk: files and tags in, items out.

mod albums;
mod artists;
mod noted;
mod videos;

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::music::Tags;
use super::nfo::Nfo;
use super::path;
use super::quality;
use super::scan::{FileKind, FoundFile, Tree};
use crate::model::{AccountId, ImageId, Item, ItemId, Kind, LibraryId, LibraryKind, Part, PartId};
use crate::source::Person;

/// Keys of the libraries that a folder can have.
pub(super) const MOVIES: &str = "movies";
pub(super) const SHOWS: &str = "shows";
pub(super) const MUSIC: &str = "music";
pub(super) const VIDEOS: &str = "videos";

/// Tags of music files, by path below the root.
pub(crate) type TagsOf = HashMap<PathBuf, Tags>;

/// What NFO files tell, by path below the root.
pub(crate) type NfosOf = HashMap<PathBuf, Vec<Nfo>>;

/// What was read out of the files of a walk.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    pub(crate) tags: TagsOf,
    pub(crate) nfos: NfosOf,
}

/// All titles of a folder, by library, parents before their children.
#[derive(Debug, Default)]
pub(crate) struct Catalogue {
    libraries: Vec<(&'static str, Vec<Item>)>,
    people: HashMap<ItemId, Vec<Person>>,
}

impl Catalogue {
    /// Makes the titles of what a walk found.
    pub(crate) fn new(account: &AccountId, root: &str, tree: &Tree, notes: &Notes) -> Self {
        let maker = Maker {
            account,
            root,
            nfos: &notes.nfos,
            people: RefCell::default(),
        };
        let found = videos::titles(&maker, tree);
        let libraries = [
            (MOVIES, found.movies),
            (SHOWS, found.shows),
            (MUSIC, albums::titles(&maker, tree, &notes.tags)),
            (VIDEOS, found.videos),
        ];
        Self {
            libraries: libraries
                .into_iter()
                .filter(|(_, items)| !items.is_empty())
                .collect(),
            people: maker.people.into_inner(),
        }
    }

    /// Who took part in a title.
    pub(crate) fn people(&self, id: &ItemId) -> Vec<Person> {
        self.people.get(id).cloned().unwrap_or_default()
    }

    /// Libraries that are not empty: key and kind.
    pub(crate) fn libraries(&self) -> impl Iterator<Item = (&'static str, LibraryKind)> + '_ {
        self.libraries.iter().map(|(key, _)| {
            let kind = match *key {
                MOVIES => LibraryKind::Movies,
                SHOWS => LibraryKind::Shows,
                MUSIC => LibraryKind::Music,
                _ => LibraryKind::Videos,
            };
            (*key, kind)
        })
    }

    /// The titles of a library.
    pub(crate) fn items(&self, library: &str) -> &[Item] {
        self.libraries
            .iter()
            .find(|(key, _)| *key == library)
            .map_or(&[], |(_, items)| items)
    }

    /// One title.
    pub(crate) fn item(&self, id: &ItemId) -> Option<&Item> {
        self.libraries
            .iter()
            .flat_map(|(_, items)| items)
            .find(|item| &item.id == id)
    }
}

/// Makes ids and items of one account.
struct Maker<'a> {
    account: &'a AccountId,
    /// The root folder's name: what is directly in it has no other folder to be named after.
    root: &'a str,
    nfos: &'a NfosOf,
    /// Who took part in the titles made so far.
    people: RefCell<HashMap<ItemId, Vec<Person>>>,
}

impl Maker<'_> {
    fn item(&self, library: &str, key: String, kind: Kind, title: String) -> Item {
        let mut item = Item::new(self.id(key), kind, title);
        item.library = Some(LibraryId::new(self.account.clone(), library));
        item.sort_title = sort_title(&item.title);
        item
    }

    fn id(&self, key: String) -> ItemId {
        ItemId::new(self.account.clone(), key)
    }

    /// The item of a file, with its part.
    fn of_file(&self, library: &str, kind: Kind, file: &FoundFile, title: String) -> Item {
        self.of_files(library, kind, &[file], title)
    }

    /// The item of the files of a title, with its parts in their order. The first one names it.
    fn of_files(&self, library: &str, kind: Kind, files: &[&FoundFile], title: String) -> Item {
        let file = files[0];
        let mut item = self.item(library, file_key(&file.relative), kind, title);
        item.added_at = i64::try_from(file.modified / 1_000_000_000).ok();
        let parts = files.iter().map(|file| part(item.id.clone(), file));
        item.parts = parts.collect();
        if file.kind == FileKind::Video {
            item.resolution = quality::named(&super::sidecar::stem_of(&file.relative));
        }
        item
    }

    fn image(&self, kind: &str, relative: &Path) -> ImageId {
        ImageId::new(
            self.account.clone(),
            format!("{kind}:{}", path::key(relative)),
        )
    }

    /// A picture in a file of its own. The time of its last change is part of the key: a changed picture is another one.
    fn picture(&self, file: &FoundFile) -> ImageId {
        self.image(&format!("file:{}", file.modified), &file.relative)
    }

    /// The picture inside a music file.
    fn cover(&self, file: &FoundFile) -> ImageId {
        self.image(&format!("cover:{}", file.modified), &file.relative)
    }

    /// A frame of a video.
    fn frame(&self, file: &FoundFile) -> ImageId {
        self.image(&format!("frame:{}", file.modified), &file.relative)
    }
}

/// Item key of a file.
pub(super) fn file_key(relative: &Path) -> String {
    format!("file:{}", path::key(relative))
}

/// The path key inside an item key that [`file_key`] made.
pub(super) fn path_key(item_key: &str) -> Option<&str> {
    item_key.strip_prefix("file:")
}

/// The part of a file.
pub(super) fn part(item: ItemId, file: &FoundFile) -> Part {
    Part {
        container: file
            .relative
            .extension()
            .map(|e| e.to_string_lossy().to_lowercase()),
        size: Some(file.size),
        fingerprint: Some(file.fingerprint()),
        ..Part::new(PartId::new(item, path::key(&file.relative)))
    }
}

fn of_kind(files: &[FoundFile], kind: FileKind) -> impl Iterator<Item = &FoundFile> {
    files.iter().filter(move |file| file.kind == kind)
}

/// A title without its leading article, in lower case: what people look under.
fn sort_title(title: &str) -> String {
    let lower = title.to_lowercase();
    let articles = [
        "the ", "a ", "an ", "der ", "die ", "das ", "le ", "la ", "les ", "el ", "los ",
    ];
    let stripped = articles
        .iter()
        .find_map(|article| lower.strip_prefix(article));
    stripped
        .filter(|rest| !rest.is_empty())
        .unwrap_or(&lower)
        .to_owned()
}

/// Names of the folders above a file, outermost first.
fn folder_names(folder: &Path) -> Vec<String> {
    folder
        .iter()
        .map(|name| name.to_string_lossy().into_owned())
        .collect()
}

#[cfg(test)]
mod tests;
