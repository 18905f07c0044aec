//! Artists of a walk: those whose albums it found, with what lies in their folders.

use std::collections::BTreeMap;
use std::path::Path;

use super::{MUSIC, Maker};
use crate::model::{Credit, Item, Kind};
use crate::source::local::nfo::{About, Nfo};
use crate::source::local::scan::{FoundFile, Tree};
use crate::source::local::sidecar;

/// More genres of albums than these say nothing of an artist.
const MOST_GENRES: usize = 5;

/// Item key of an artist: the name, letter case aside.
fn key(name: &str) -> String {
    format!("artist:{}", name.to_lowercase())
}

impl Maker<'_> {
    /// The artists of these names.
    pub(super) fn credits(&self, names: &[String]) -> Vec<Credit> {
        let credit = |name: &String| Credit {
            artist: Some(self.id(key(name))),
            name: name.clone(),
        };
        names.iter().map(credit).collect()
    }
}

/// An artist while albums are gathered.
struct Artist<'a> {
    name: String,
    genres: Vec<String>,
    added_at: Option<i64>,
    /// Where tracks of the albums lie.
    folders: Vec<&'a Path>,
}

/// The artists whose albums were found so far, by their keys.
#[derive(Default)]
pub(super) struct Artists<'a>(BTreeMap<String, Artist<'a>>);

impl<'a> Artists<'a> {
    /// Takes in an album whose tracks lie in these folders.
    pub(super) fn take(&mut self, album: &Item, folders: &[&'a Path]) {
        for credit in &album.artists {
            let artist = self.0.entry(key(&credit.name)).or_insert_with(|| Artist {
                name: credit.name.clone(),
                genres: Vec::new(),
                added_at: None,
                folders: Vec::new(),
            });
            for genre in &album.genres {
                if artist.genres.len() < MOST_GENRES && !artist.genres.contains(genre) {
                    artist.genres.push(genre.clone());
                }
            }
            artist.added_at = artist.added_at.max(album.added_at);
            artist.folders.extend(folders);
        }
    }

    /// All of them, as titles.
    pub(super) fn titles(self, maker: &Maker<'_>, tree: &Tree) -> Vec<Item> {
        let artists = self.0.into_iter();
        artists
            .map(|(key, artist)| of(maker, tree, key, artist))
            .collect()
    }
}

fn of(maker: &Maker<'_>, tree: &Tree, key: String, artist: Artist<'_>) -> Item {
    let mut item = maker.item(MUSIC, key, Kind::Artist, artist.name);
    item.genres = artist.genres;
    item.added_at = artist.added_at;
    let above = artist
        .folders
        .iter()
        .flat_map(|folder| folder.ancestors().skip(1));
    let own = above
        .filter_map(|folder| Some((folder, tree.get(folder)?)))
        .find(|(folder, files)| is_of(maker, &item.title, folder, files));
    let Some((_, files)) = own else {
        return item;
    };
    item.artwork.poster = sidecar::artist_picture(files).map(|file| maker.picture(file));
    item.artwork.backdrop = sidecar::folder_backdrop(files).map(|file| maker.picture(file));
    if let Some(nfo) = note(maker, files) {
        if let Some(sort) = &nfo.sort_title {
            item.sort_title = sort.to_lowercase();
        }
        maker.apply_facts(&mut item, nfo);
    }
    item
}

fn note<'a>(maker: &Maker<'a>, files: &[FoundFile]) -> Option<&'a Nfo> {
    maker.noted(files, &["artist"], About::Artist).next()
}

/// Whether a folder is an artist's: by what is noted there, or else by its name.
fn is_of(maker: &Maker<'_>, artist: &str, folder: &Path, files: &[FoundFile]) -> bool {
    let noted = note(maker, files).and_then(|nfo| nfo.title.as_deref());
    let named = folder.file_name().map(|name| name.to_string_lossy());
    let name = noted.or(named.as_deref()).unwrap_or_default();
    name.to_lowercase() == artist.to_lowercase()
}
