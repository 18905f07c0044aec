//! Artists, albums and their tracks of a walk.

use std::collections::BTreeMap;
use std::path::Path;

use super::artists::Artists;
use super::{MUSIC, Maker, TagsOf, of_kind};
use crate::model::{Item, Kind};
use crate::source::local::music::Tags;
use crate::source::local::nfo::{About, Nfo};
use crate::source::local::scan::{FileKind, FoundFile, Tree};
use crate::source::local::sidecar;

/// Whose albums are those of several without one whose album it is.
const VARIOUS: &str = "Various artists";

/// An album while its tracks are gathered.
struct Album<'a> {
    title: String,
    artist: Option<String>,
    /// All whose album it is.
    artists: Vec<String>,
    /// Where its tracks lie.
    folders: Vec<&'a Path>,
    year: Option<i32>,
    genre: Option<String>,
    note: Option<&'a Nfo>,
    tracks: Vec<Item>,
}

/// The artists of a walk, then the albums, each followed by its tracks.
pub(super) fn titles(maker: &Maker<'_>, tree: &Tree, tags: &TagsOf) -> Vec<Item> {
    let mut albums: BTreeMap<String, Album<'_>> = BTreeMap::new();
    let untagged = Tags::default();
    for (folder, files) in tree {
        for file in of_kind(files, FileKind::Audio) {
            let tags = tags.get(&file.relative).unwrap_or(&untagged);
            add_track(maker, &mut albums, folder, files, file, tags);
        }
    }
    let mut artists = Artists::default();
    let mut titles = Vec::new();
    for (key, album) in albums {
        let folders = album.folders.clone();
        let (album, tracks) = finish(maker, key, album);
        artists.take(&album, &folders);
        titles.push(album);
        titles.extend(tracks);
    }
    let mut all = artists.titles(maker, tree);
    all.append(&mut titles);
    all
}

/// The album's and its artist's name: from the tags, else from the folders "Artist/Album".
fn album_of(folder: &Path, tags: &Tags) -> (String, Option<String>) {
    let name = |path: Option<&Path>| {
        path.and_then(Path::file_name)
            .map(|name| name.to_string_lossy().into_owned())
    };
    let title = tags.album.clone().or_else(|| name(Some(folder)));
    let artist = tags.album_artist.clone();
    // Guests of one piece do not make the album another's.
    let first = || tags.artists.first().or(tags.artist.as_ref()).cloned();
    let artist = artist.or_else(first);
    let artist = match tags.album {
        Some(_) => artist,
        None => artist.or_else(|| name(folder.parent())),
    };
    (title.unwrap_or_else(|| "Unknown album".to_owned()), artist)
}

fn add_track<'a>(
    maker: &Maker<'a>,
    albums: &mut BTreeMap<String, Album<'a>>,
    folder: &'a Path,
    files: &[FoundFile],
    file: &FoundFile,
    tags: &Tags,
) {
    let (title, artist) = album_of(folder, tags);
    // Tracks of one album may have different artists (a compilation): without an album artist the folder keeps it together.
    let scope = match (&tags.album, &tags.album_artist) {
        (Some(_), Some(artist)) => artist.to_lowercase(),
        _ => super::path::key(folder),
    };
    let key = format!("album:{scope}:{}", title.to_lowercase());
    let name = tags
        .title
        .clone()
        .unwrap_or_else(|| sidecar::stem_of(&file.relative));
    let mut track = maker.of_file(MUSIC, Kind::Track, file, name);
    track.context = tags.artist.clone().or_else(|| artist.clone());
    track.artists = match tags.artists.as_slice() {
        [] => maker.credits(artist.as_slice()),
        names => maker.credits(names),
    };
    track.parent = Some(maker.id(key.clone()));
    track.parent_index = tags.disc;
    track.index = tags.track;
    track.year = tags.year;
    track.duration = tags.duration;
    track.genres = tags.genre.clone().into_iter().collect();
    let cover = sidecar::folder_poster(files)
        .map(|picture| maker.picture(picture))
        .or_else(|| tags.has_cover.then(|| maker.cover(file)));
    track.artwork.poster = cover;
    let album = albums.entry(key).or_insert_with(|| Album {
        title,
        artist: artist.clone(),
        artists: match tags.album_artists.as_slice() {
            [] => artist.iter().cloned().collect(),
            names => names.to_vec(),
        },
        folders: Vec::new(),
        year: tags.year,
        genre: tags.genre.clone(),
        note: maker.noted(files, &["album"], About::Album).next(),
        tracks: Vec::new(),
    });
    if album.artist != artist && tags.album_artist.is_none() {
        album.artist = Some(VARIOUS.to_owned());
        album.artists = vec![VARIOUS.to_owned()];
    }
    if !album.folders.contains(&folder) {
        album.folders.push(folder);
    }
    album.tracks.push(track);
}

fn finish(maker: &Maker<'_>, key: String, mut album: Album<'_>) -> (Item, Vec<Item>) {
    album.tracks.sort_by(|a, b| {
        (a.parent_index, a.index, &a.title).cmp(&(b.parent_index, b.index, &b.title))
    });
    let mut item = maker.item(MUSIC, key, Kind::Album, album.title);
    item.context = album.artist;
    item.artists = maker.credits(&album.artists);
    item.year = album.year;
    item.genres = album.genre.into_iter().collect();
    item.child_count = u32::try_from(album.tracks.len()).ok();
    item.added_at = album.tracks.iter().filter_map(|track| track.added_at).max();
    item.duration = album.tracks.iter().map(|track| track.duration).sum();
    item.artwork.poster = album
        .tracks
        .iter()
        .find_map(|track| track.artwork.poster.clone());
    // Tags are nearer to the music than notes: its title, its artist and its length are theirs.
    if let Some(nfo) = album.note {
        maker.apply_facts(&mut item, nfo);
        if item.context.is_none() {
            item.context.clone_from(&nfo.artist);
            item.artists = maker.credits(nfo.artist.as_slice());
        }
    }
    (item, album.tracks)
}
