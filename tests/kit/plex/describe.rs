//! Titles as Plex's JSON describes them.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::library::person_number;
use super::tracks::{Song, add_songs, mark, stream};
use super::watched::Watched;
use crate::jellyfin::{ASIDE, Catalogue, Entry, NEWEST, album_artists, etag};

/// Kind of a title as Plex names and numbers it; `None` for libraries, and for what is only a version of another title.
pub(super) fn kind(entry: &Entry) -> Option<(&'static str, u32)> {
    if entry.parent == ASIDE {
        return None;
    }
    Some(match entry.kind {
        "Movie" => ("movie", 1),
        "Series" => ("show", 2),
        "Season" => ("season", 3),
        "Episode" => ("episode", 4),
        "MusicArtist" => ("artist", 8),
        "MusicAlbum" => ("album", 9),
        "Audio" => ("track", 10),
        _ => return None,
    })
}

/// A server's titles as one user sees them.
pub(super) struct View<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) watched: &'a Watched,
    pub(super) stars: &'a HashMap<(String, usize), f64>,
    /// Sounds that were chosen, by part.
    pub(super) sounds: &'a HashMap<usize, String>,
    /// Subtitles that were chosen, by part.
    pub(super) texts: &'a HashMap<usize, u64>,
    /// Lyrics of titles.
    pub(super) songs: &'a HashMap<usize, Vec<Song>>,
    pub(super) user: &'a str,
}

impl View<'_> {
    fn position(&self, id: &str) -> Option<usize> {
        let entries = &self.catalogue.entries;
        entries.iter().position(|entry| entry.id == id)
    }

    /// All that lists tell of a title.
    pub(super) fn brief(&self, index: usize) -> Value {
        let entry = &self.catalogue.entries[index];
        let Some((kind, _)) = kind(entry) else {
            return Value::Null;
        };
        let dto = &entry.dto;
        let key = (index + 1).to_string();
        let folder = entry.file.is_none();
        let mut fields = json!({
            "ratingKey": key,
            "key": format!("/library/metadata/{key}{}", if folder { "/children" } else { "" }),
            "guid": format!("plex://{kind}/{}", entry.id),
            "type": kind,
            "title": entry.name,
            "titleSort": dto["SortName"],
            "summary": dto["Overview"].as_str().unwrap_or_default(),
            "year": dto["ProductionYear"],
            "contentRating": dto["OfficialRating"],
            "rating": dto["CommunityRating"],
            "index": dto["IndexNumber"],
            "parentIndex": dto["ParentIndexNumber"],
            "addedAt": NEWEST - u64::try_from(index).unwrap_or(0) * 3600,
            "updatedAt": NEWEST,
            "Genre": tags(&dto["Genres"]),
        });
        if let Value::Object(fields) = &mut fields {
            self.relate(fields, index);
            self.progress(fields, index);
            if let Some(stars) = self.stars.get(&(self.user.to_owned(), index)) {
                fields.insert("userRating".into(), json!(stars));
            }
            picture(fields, entry, &key);
            if entry.file.is_some() {
                fields.insert("duration".into(), json!(whole(self.catalogue, index)));
                fields.insert("Media".into(), json!(self.versions(index, false)));
            }
            fields.retain(|_, value| !value.is_null());
        }
        fields
    }

    /// All that one title's own page tells.
    pub(super) fn full(&self, index: usize) -> Value {
        let entry = &self.catalogue.entries[index];
        let mut fields = self.brief(index);
        let mut all = self.versions(index, true);
        if let Some(media) = all.first_mut() {
            let part = part_id(index);
            let sound = self.sounds.get(&part).and_then(|id| id.parse().ok());
            mark(media, sound, self.texts.get(&part).copied());
            let songs = self.songs.get(&index).map(Vec::as_slice);
            add_songs(media, part_id(index), songs.unwrap_or_default());
            fields["Media"] = json!(all);
        }
        let people = entry.dto["People"].as_array();
        let people = people.map(Vec::as_slice).unwrap_or_default();
        let of = |kind: &str| -> Vec<Value> {
            let named = people.iter().filter(|person| person["Type"] == kind);
            named
                .map(|person| {
                    let id = person_number(person);
                    json!({ "id": id, "tag": person["Name"], "role": person["Role"] })
                })
                .collect()
        };
        fields["Role"] = json!(of("Actor"));
        fields["Director"] = json!(of("Director"));
        fields
    }

    /// The versions of a title, its own file's first.
    fn versions(&self, index: usize, streams: bool) -> Vec<Value> {
        let ids = self.catalogue.entries[index].versions.iter();
        let others = ids.filter_map(|id| self.position(id));
        let versions = std::iter::once(index).chain(others);
        versions
            .filter_map(|index| media(self.catalogue, index, streams))
            .collect()
    }

    /// What stands above a title.
    fn relate(&self, fields: &mut Map<String, Value>, index: usize) {
        let entry = &self.catalogue.entries[index];
        let mut above = |prefix: &str, index: usize| {
            let entry = &self.catalogue.entries[index];
            let key = (index + 1).to_string();
            fields.insert(format!("{prefix}RatingKey"), json!(key));
            fields.insert(
                format!("{prefix}Key"),
                json!(format!("/library/metadata/{key}")),
            );
            fields.insert(format!("{prefix}Title"), json!(entry.name));
            for (name, kind, field) in [("Thumb", "Primary", "thumb"), ("Art", "Backdrop", "art")] {
                if entry.images.contains_key(kind) {
                    let path = format!("/library/metadata/{key}/{field}/{NEWEST}");
                    fields.insert(format!("{prefix}{name}"), json!(path));
                }
            }
        };
        // Among thousands of films nobody looks for what is above them.
        let nested = matches!(entry.kind, "Season" | "Episode" | "Audio");
        let parent = nested.then(|| self.position(&entry.parent)).flatten();
        match (entry.kind, parent) {
            ("Season", Some(parent)) => above("parent", parent),
            ("Episode", Some(parent)) => {
                above("parent", parent);
                let show = self.position(&self.catalogue.entries[parent].parent);
                if let Some(show) = show {
                    above("grandparent", show);
                }
            }
            ("Audio", Some(parent)) => {
                above("parent", parent);
                if let Some(artist) = self.artist_of(entry) {
                    above("grandparent", artist);
                }
                // Another than the album's is told by name.
                let players = &entry.dto["Artists"];
                if *players != json!([entry.dto["AlbumArtist"]]) {
                    let names: Vec<&str> = players
                        .as_array()
                        .into_iter()
                        .flatten()
                        .filter_map(Value::as_str)
                        .collect();
                    fields.insert("originalTitle".into(), json!(names.join("; ")));
                }
            }
            ("MusicAlbum", _) => {
                if let Some(artist) = self.artist_of(entry) {
                    above("parent", artist);
                }
            }
            _ => {}
        }
    }

    /// The one artist that an album or its tracks stand below.
    fn artist_of(&self, entry: &Entry) -> Option<usize> {
        self.position(album_artists(entry).next()?)
    }

    /// Albums by an artist.
    pub(super) fn albums_by(&self, artist: &Entry) -> Vec<usize> {
        let entries = self.catalogue.entries.iter().enumerate();
        let albums = entries.filter(|(_, entry)| entry.kind == "MusicAlbum");
        let by = |entry: &Entry| album_artists(entry).next() == Some(artist.id.as_str());
        albums
            .filter(|(_, entry)| by(entry))
            .map(|(index, _)| index)
            .collect()
    }

    /// What the user has watched of it, or of what is below it.
    fn progress(&self, fields: &mut Map<String, Value>, index: usize) {
        let entry = &self.catalogue.entries[index];
        if entry.file.is_some() {
            let mark = self.watched.of(self.user, index);
            // What is not there is left out, not null and not zero.
            if mark.offset > 0 {
                fields.insert("viewOffset".into(), json!(mark.offset));
            }
            if mark.count > 0 {
                fields.insert("viewCount".into(), json!(mark.count));
            }
            if let Some(last) = mark.last {
                fields.insert("lastViewedAt".into(), json!(last));
            }
            return;
        }
        if entry.kind == "MusicArtist" {
            let albums = self.albums_by(entry).len();
            fields.insert("childCount".into(), json!(albums));
            return;
        }
        let leaves = below(self.catalogue, &entry.id, true);
        let seen = |leaf: &&usize| self.watched.of(self.user, **leaf).count > 0;
        fields.insert("leafCount".into(), json!(leaves.len()));
        fields.insert(
            "viewedLeafCount".into(),
            json!(leaves.iter().filter(seen).count()),
        );
        let children = self.catalogue.entries.iter();
        let children = children.filter(|child| child.parent == entry.id).count();
        fields.insert("childCount".into(), json!(children));
    }
}

/// Titles below an entry, in the catalogue's order; only those with files, if asked.
pub(super) fn below(catalogue: &Catalogue, id: &str, leaves: bool) -> Vec<usize> {
    // Parents stand before their children, so one pass finds them all.
    let mut inside = std::collections::HashSet::from([id]);
    let mut found = Vec::new();
    for (index, entry) in catalogue.entries.iter().enumerate() {
        if inside.contains(entry.parent.as_str()) {
            if entry.file.is_none() {
                inside.insert(&entry.id);
            }
            if !leaves || entry.file.is_some() {
                found.push(index);
            }
        }
    }
    found
}

fn tags(list: &Value) -> Value {
    let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
    json!(
        list.iter()
            .map(|tag| json!({ "tag": tag }))
            .collect::<Vec<_>>()
    )
}

fn picture(fields: &mut Map<String, Value>, entry: &Entry, key: &str) {
    for (field, kind) in [("thumb", "Primary"), ("art", "Backdrop")] {
        let inherited = |prefix: &str, name: &str| fields.get(&format!("{prefix}{name}")).cloned();
        let path = if entry.images.contains_key(kind) {
            Some(json!(format!("/library/metadata/{key}/{field}/{NEWEST}")))
        } else if field == "thumb" {
            inherited("parent", "Thumb")
        } else {
            inherited("grandparent", "Art").or_else(|| inherited("parent", "Art"))
        };
        if let Some(path) = path {
            fields.insert(field.into(), path);
        }
    }
}

/// Length of a title's file.
pub(super) fn milliseconds(entry: &Entry) -> u64 {
    let seconds = std::time::Duration::from_secs_f64(entry.seconds.unwrap_or(0.0));
    u64::try_from(seconds.as_millis()).unwrap_or(0)
}

/// Length of a title in all its files.
pub(super) fn whole(catalogue: &Catalogue, index: usize) -> u64 {
    let files = catalogue.files_of(index).into_iter();
    files
        .map(|file| milliseconds(&catalogue.entries[file]))
        .sum()
}

/// Number of a title's part; of its streams, times a hundred.
pub(super) fn part_id(index: usize) -> usize {
    index + 5001
}

fn extension(entry: &Entry) -> String {
    let path = entry.dto["MediaSources"][0]["Path"].as_str();
    let extension = path.and_then(|path| path.rsplit_once('.'));
    extension
        .map_or("bin", |(_, extension)| extension)
        .to_owned()
}

/// When a title's file was changed, as part of its address.
pub(super) fn stamp(entry: &Entry) -> Option<u64> {
    let digits = etag(entry.file.as_ref()?);
    u64::from_str_radix(digits.get(..7)?, 16).ok()
}

/// Address of a title's bytes.
pub(super) fn part_key(index: usize, entry: &Entry) -> Option<String> {
    let (id, stamp) = (part_id(index), stamp(entry)?);
    Some(format!(
        "/library/parts/{id}/{stamp}/file.{}",
        extension(entry)
    ))
}

/// A title's one version; streams are told on its own page only.
fn media(catalogue: &Catalogue, index: usize, streams: bool) -> Option<Value> {
    let files = catalogue.files_of(index).into_iter();
    let parts = files.map(|file| part(file, &catalogue.entries[file], streams));
    let parts: Vec<Value> = parts.collect::<Option<_>>()?;
    let entry = &catalogue.entries[index];
    let source = &entry.dto["MediaSources"][0];
    let streams: Vec<Value> = source["MediaStreams"]
        .as_array()
        .map(|all| all.iter().map(|one| stream(part_id(index), one)).collect())
        .unwrap_or_default();
    let codec = |kind: u32| {
        let found = streams.iter().find(|stream| stream["streamType"] == kind);
        found.map(|stream| stream["codec"].clone())
    };
    let mut media = json!({
        "id": index + 1,
        "duration": whole(catalogue, index),
        "bitrate": source["Bitrate"].as_u64().map(|bits| (bits + 500) / 1000),
        "container": extension(entry),
        "audioCodec": codec(2),
        "audioChannels": 1,
    });
    if let Some(video) = codec(1) {
        media["videoCodec"] = video;
        let streams = source["MediaStreams"].as_array().into_iter().flatten();
        let height = streams.filter_map(|stream| stream["Height"].as_u64()).max();
        media["videoResolution"] = match height {
            Some(lines @ 480..) => json!(lines.to_string()),
            _ => json!("sd"),
        };
        media["width"] = json!(640);
        media["height"] = json!(height);
    }
    media["Part"] = json!(parts);
    Some(media)
}

/// A file; its streams if asked.
fn part(index: usize, entry: &Entry, streams: bool) -> Option<Value> {
    let source = &entry.dto["MediaSources"][0];
    let (extension, id) = (extension(entry), part_id(index));
    let mut part = json!({
        "id": id,
        "key": part_key(index, entry)?,
        "duration": milliseconds(entry),
        "file": source["Path"],
        "size": source["Size"],
        "container": extension,
    });
    let described: Vec<Value> = source["MediaStreams"]
        .as_array()
        .map(|all| all.iter().map(|one| stream(id, one)).collect())
        .unwrap_or_default();
    let is_video = described.iter().any(|stream| stream["streamType"] == 1);
    if streams && is_video {
        part["indexes"] = json!("sd");
    }
    if streams {
        part["Stream"] = json!(described);
    }
    Some(part)
}

/// Chapters and markers, which only those get who ask.
pub(super) fn add_marks(fields: &mut Value, entry: &Entry, chapters: bool, markers: bool) {
    let Some(list) = entry.dto["Chapters"].as_array() else {
        return;
    };
    let whole = milliseconds(entry);
    if chapters {
        let start = |chapter: &Value| chapter["StartPositionTicks"].as_u64().unwrap_or(0) / 10_000;
        let ends = list.iter().skip(1).map(start).chain([whole]);
        let numbered = (1..).zip(list.iter().zip(ends));
        let all: Vec<Value> = numbered
            .map(|(number, (chapter, end))| {
                json!({
                    "id": number, "index": number, "tag": chapter["Name"],
                    "startTimeOffset": start(chapter), "endTimeOffset": end,
                })
            })
            .collect();
        fields["Chapter"] = json!(all);
    }
    if markers {
        // Unsorted, and an end past the last frame: both are seen in the field.
        fields["Marker"] = json!([
            {
                "id": 72, "type": "credits", "startTimeOffset": whole - 8000, "endTimeOffset": whole + 400, "final": true,
                "Attributes": { "id": 72, "version": 4 },
            },
            {
                "id": 71, "type": "intro", "startTimeOffset": 2000, "endTimeOffset": 7000,
                "Attributes": { "id": 71, "version": 5 },
            },
        ]);
    }
}
