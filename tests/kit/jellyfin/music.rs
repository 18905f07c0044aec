//! Albums and their artists: the generated one, and others that borrow its files.

use serde_json::{Value, json};

use super::Face;
use super::catalogue::{Catalogue, Entry, sort_name};
use super::describe::{Streams, id_of};
use crate::blob::Blob;
use crate::http::{Reply, Request};
use crate::media::Media;
use crate::titles::{self, FILMS, NORTHBOUND};

/// An album; its tracks have the generated tracks' files, in their order.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Title.
    pub title: &'a str,
    /// Year.
    pub year: i32,
    /// Whose album it is.
    pub artists: &'a [&'a str],
    /// Titles of up to four tracks, each with who plays it.
    pub tracks: &'a [(&'a str, &'a [&'a str])],
}

/// `NameGuidPair`s of artists.
fn pairs(names: &[&str]) -> Value {
    let pair = |name: &&str| json!({ "Name": name, "Id": id_of(name) });
    json!(names.iter().map(pair).collect::<Vec<_>>())
}

/// Ids of those whose album it is.
pub(crate) fn album_artists(entry: &Entry) -> impl Iterator<Item = &str> {
    let all = entry.dto["AlbumArtists"].as_array();
    let all = all.map(Vec::as_slice).unwrap_or_default();
    all.iter().filter_map(|artist| artist["Id"].as_str())
}

impl Catalogue {
    pub(super) fn add_album(&mut self, media: &Media) {
        let by: &[&str] = &[titles::ARTIST];
        let tracks = titles::TRACKS.map(|(title, _)| (title, by));
        let record = Record {
            title: titles::ALBUM,
            year: titles::ALBUM_YEAR,
            artists: by,
            tracks: &tracks,
        };
        self.add_tracks(media, "album", "track", &record);
        let library = self.library("Music", "music");
        let artist = artist_entry(titles::ARTIST, &library)
            .picture("Primary", &media.backdrop(&FILMS[NORTHBOUND]))
            .with(json!({ "Overview": titles::ARTIST_OVERVIEW, "Genres": [titles::ALBUM_GENRE] }));
        self.push(artist);
    }

    /// Adds an album with its artists.
    #[must_use]
    pub fn and_record(mut self, media: &Media, record: &Record) -> Self {
        self.add_record(media, record);
        self
    }

    /// Adds an album and those of its artists who are not there. The album's id.
    pub(crate) fn add_record(&mut self, media: &Media, record: &Record) -> String {
        let key = format!("album {}", record.title);
        self.add_tracks(media, &key, &key, record);
        let library = self.library("Music", "music");
        for name in record.artists {
            self.add_artist(name, &library);
        }
        id_of(&key)
    }

    /// Adds so many albums by a few artists, one after the other; on each plays the next one along.
    #[must_use]
    pub fn and_albums(self, media: &Media, count: usize) -> Self {
        const ARTISTS: [&str; 6] = [
            titles::ARTIST,
            "Mira Vane",
            "Ó Braonáin",
            "Halftone Choir",
            "Nora & the Ferrymen",
            "Kestrel Room",
        ];
        (0..count).fold(self, |catalogue, number| {
            let [artist, guest] = [0, 1].map(|step| ARTISTS[(number + step) % ARTISTS.len()]);
            let film = FILMS[number % FILMS.len()].title;
            let title = match number / FILMS.len() {
                0 => film.to_owned(),
                more => format!("{film} {}", more + 1),
            };
            let record = Record {
                title: &format!("{title} (Soundtrack)"),
                year: 2000 + i32::try_from(number % 25).unwrap_or(0),
                artists: &[artist],
                tracks: &[("Main Title", &[artist]), ("End Title", &[artist, guest])],
            };
            catalogue.and_record(media, &record)
        })
    }

    /// Adds an artist who has no album, unless one of that name is there.
    #[must_use]
    pub fn and_artist(mut self, name: &str) -> Self {
        let library = self.library("Music", "music");
        self.add_artist(name, &library);
        self
    }

    fn add_artist(&mut self, name: &str, library: &str) {
        let entry = artist_entry(name, library);
        if self.get(&entry.id).is_none() {
            self.push(entry);
        }
    }

    fn add_tracks(&mut self, media: &Media, album: &str, track: &str, record: &Record) {
        let library = self.library("Music", "music");
        let first = record.artists.first().copied();
        let common = json!({
            "AlbumArtist": first,
            "AlbumArtists": pairs(record.artists),
            "ProductionYear": record.year,
            "Genres": [titles::ALBUM_GENRE],
        });
        let count = record.tracks.len();
        let album = Entry::new(album, "MusicAlbum", record.title, &library)
            .folder(None)
            .picture("Primary", &media.cover())
            .with(common.clone())
            .with(json!({
                "Artists": record.artists, "ArtistItems": pairs(record.artists),
                "SortName": sort_name(record.title), "ChildCount": count, "RecursiveItemCount": count,
            }));
        let (id, tag) = (album.id.clone(), album.dto["ImageTags"]["Primary"].clone());
        self.push(album);
        let files = (1..).zip(titles::TRACKS);
        for ((number, (_, extension)), (title, players)) in files.zip(record.tracks) {
            let entry = Entry::new(&format!("{track} {number}"), "Audio", title, &id)
                .with(common.clone())
                .with(json!({
                    "Artists": players,
                    "ArtistItems": pairs(players),
                    "Album": record.title,
                    "AlbumId": id,
                    "AlbumPrimaryImageTag": tag,
                    "IndexNumber": number,
                    "ParentIndexNumber": 1,
                    "SortName": format!("0001 - {number:04} - {title}"),
                }));
            let file = Blob::file(&media.track(number)).expect("a generated track is there");
            let streams = Streams::track(extension);
            self.push(entry.playable(file.content_type(streams.mime()), 12.0, streams));
        }
    }
}

/// An artist; ids are made of names, as on the real server.
fn artist_entry(name: &str, library: &str) -> Entry {
    Entry::new(name, "MusicArtist", name, library)
        .folder(None)
        .with(json!({ "SortName": sort_name(name), "Overview": "", "Genres": [] }))
}

impl Face {
    /// `GET /Artists/AlbumArtists`, or `GET /Artists`, where those who only play along are listed, too.
    pub(super) fn artists(&self, request: &Request, of_albums: bool) -> Reply {
        let catalogue = self.catalogue.read();
        let library = request.param("parentId").map(|id| id.replace('-', ""));
        let made: std::collections::HashSet<&str> = catalogue
            .entries
            .iter()
            .filter(|entry| entry.kind == "MusicAlbum")
            .filter(|entry| {
                library
                    .as_ref()
                    .is_none_or(|library| entry.parent == *library)
            })
            .flat_map(album_artists)
            .collect();
        let term = request.param("searchTerm").map(|term| term.to_lowercase());
        let mut found: Vec<&Entry> = catalogue
            .entries
            .iter()
            .filter(|entry| entry.kind == "MusicArtist")
            .filter(|entry| !of_albums || made.contains(entry.id.as_str()))
            .filter(|entry| {
                let name = entry.name.to_lowercase();
                term.as_ref().is_none_or(|term| name.contains(term))
            })
            .collect();
        found.sort_by_key(|entry| {
            entry.dto["SortName"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        });
        self.page(request, &catalogue, &found)
    }
}
