//! What a server knows besides files: segments, sheets of small pictures, lyrics, collections and playlists.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::AtomicBool;

use bytes::Bytes;
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::describe::{id_of, ticks};
use super::served::film;
use super::{Entry, Face, NOT_FOUND};
use crate::http::{Reply, Request};
use crate::media::Media;
use crate::media::derived::{EVERY, GRID, SMALL};

/// A collection or playlist.
#[derive(Debug)]
struct List {
    id: String,
    kind: &'static str,
    name: String,
    members: Vec<String>,
}

/// What tests and people have added.
#[derive(Debug, Default)]
pub(crate) struct Extras {
    /// `MediaSegmentDto`s by the id of their title.
    segments: Mutex<HashMap<String, Vec<Value>>>,
    lyrics: Mutex<HashMap<String, Value>>,
    fonts: Mutex<HashMap<String, Vec<Bytes>>>,
    lists: Mutex<Vec<List>>,
    /// Sound and subtitle (-1 for none) that were reported last, by the id of their title.
    pub(super) chosen: Mutex<HashMap<String, (i64, i64)>>,
    /// What devices say that they can do, in order.
    pub(super) capabilities: Mutex<Vec<Value>>,
    /// Films of a collection are shown as that.
    pub(super) grouped: AtomicBool,
}

impl Extras {
    /// Ids of all titles that are in a collection.
    pub(super) fn in_collections(&self) -> HashSet<String> {
        let lists = self.lists.lock();
        let collections = lists.iter().filter(|list| list.kind == "BoxSet");
        collections.flat_map(|list| list.members.clone()).collect()
    }
}

impl Face {
    /// Marks a stretch of a title, from second to second; `kind` as the API names it (`Intro`, `Outro`, …).
    pub fn add_segment(&self, title: &str, kind: &str, from: f64, to: f64) {
        let mut segments = self.extras.segments.lock();
        let of_title = segments.entry(self.id(title)).or_default();
        of_title.push(json!({
            "Id": id_of(&format!("{title} {kind} {from}")), "ItemId": self.id(title), "Type": kind,
            "StartTicks": ticks(from), "EndTicks": ticks(to),
        }));
    }

    /// Gives a track lyrics, each line with its second.
    pub fn add_lyrics(&self, title: &str, lines: &[(f64, &str)]) {
        let line = |(at, text): &(f64, &str)| json!({ "Text": text, "Start": ticks(*at) });
        let lines: Vec<Value> = lines.iter().map(line).collect();
        let lyrics = json!({ "Metadata": { "IsSynced": true }, "Lyrics": lines });
        self.extras.lyrics.lock().insert(self.id(title), lyrics);
    }

    /// Adds a playlist (or else a collection) of titles.
    pub fn add_list(&self, playlist: bool, name: &str, titles: &[&str]) {
        let kind = if playlist { "Playlist" } else { "BoxSet" };
        self.extras.lists.lock().push(List {
            id: id_of(&format!("{kind} {name}")),
            kind,
            name: name.to_owned(),
            members: titles.iter().map(|title| self.id(title)).collect(),
        });
    }

    /// `GET /MediaSegments/{id}`.
    pub(super) fn segments(&self, id: &str) -> Reply {
        let segments = self.extras.segments.lock();
        let rows = segments.get(&id.replace('-', "")).cloned();
        let rows = rows.unwrap_or_default();
        Reply::json(&json!({ "Items": rows, "TotalRecordCount": rows.len(), "StartIndex": 0 }))
    }

    /// The `Trickplay` of a title, for the kit's own films.
    pub(super) fn trickplay(&self, entry: &Entry) -> Option<Value> {
        let film = entry.shows.or_else(|| film(&entry.name))?;
        Some(json!({ &entry.id: { SMALL.0.to_string(): {
            "Width": SMALL.0, "Height": SMALL.1, "TileWidth": GRID.0, "TileHeight": GRID.1,
            "ThumbnailCount": film.seconds / EVERY, "Interval": EVERY * 1000, "Bandwidth": 40_000,
        }}}))
    }

    /// `GET /Videos/{id}/Trickplay/{width}/{n}.jpg`.
    pub(super) fn sheet(&self, id: &str, width: &str, file: &str) -> Reply {
        let film = {
            let catalogue = self.catalogue.read();
            let entry = catalogue.get(id);
            entry.and_then(|entry| entry.shows.or_else(|| film(&entry.name)))
        };
        let number = file.strip_suffix(".jpg").and_then(|text| text.parse().ok());
        let sheet = film
            .zip(number)
            .filter(|_| width == SMALL.0.to_string())
            .and_then(|(film, number)| Media::ready().sheet(film, number));
        sheet.map_or_else(
            || Reply::text(404, NOT_FOUND),
            |bytes| Reply::empty(200).typed("image/jpeg", bytes),
        )
    }

    /// `GET /Audio/{id}/Lyrics`.
    pub(super) fn lyrics(&self, id: &str) -> Reply {
        let lyrics = self.extras.lyrics.lock();
        let found = lyrics.get(&id.replace('-', ""));
        found.map_or_else(|| Reply::text(404, NOT_FOUND), Reply::json)
    }

    /// Lets a title's file have a font inside.
    ///
    /// # Panics
    /// It has no file.
    pub fn add_font(&self, title: &str, name: &str, font: &[u8]) {
        let id = self.id(title);
        let mut catalogue = self.catalogue.write();
        let mut entries = catalogue.entries.iter_mut();
        let entry = entries.find(|entry| entry.id == id).expect("a title");
        let mut fonts = self.extras.fonts.lock();
        let fonts = fonts.entry(id).or_default();
        // Attachments are numbered on behind the streams.
        let index = 20 + fonts.len();
        fonts.push(font.to_vec().into());
        let attached = &mut entry.dto["MediaSources"][0]["MediaAttachments"];
        let mut list = attached.as_array().cloned().unwrap_or_default();
        list.push(json!({ "Codec": "ttf", "FileName": name, "Index": index, "MimeType": "application/x-truetype-font" }));
        *attached = json!(list);
    }

    /// `GET /Videos/{id}/{source}/Attachments/{index}`.
    pub(super) fn attachment(&self, id: &str, index: &str) -> Reply {
        let fonts = self.extras.fonts.lock();
        let place = index
            .parse::<usize>()
            .ok()
            .and_then(|index| index.checked_sub(20));
        let font = place.and_then(|at| fonts.get(&id.replace('-', ""))?.get(at).cloned());
        font.map_or_else(
            || Reply::text(404, NOT_FOUND),
            |font| Reply::empty(200).typed("application/octet-stream", font),
        )
    }

    /// Deletes a playlist or collection.
    pub fn remove_list(&self, name: &str) {
        self.extras.lists.lock().retain(|list| list.name != name);
    }

    /// `GET /Items/{id}` of a playlist or collection.
    pub(super) fn list(&self, id: &str) -> Option<Reply> {
        let lists = self.extras.lists.lock();
        let list = lists.iter().find(|list| list.id == id.replace('-', ""))?;
        Some(Reply::json(&json!({
            "Id": list.id, "Name": list.name, "Type": list.kind, "IsFolder": true,
            "ChildCount": list.members.len(),
        })))
    }

    /// `GET /Items` where collections or playlists are asked for, or what is in one.
    pub(super) fn listed(&self, request: &Request) -> Option<Reply> {
        let kinds = request.list("includeItemTypes");
        let lists = self.extras.lists.lock();
        if kinds
            .iter()
            .any(|kind| kind == "BoxSet" || kind == "Playlist")
        {
            let rows: Vec<Value> = lists
                .iter()
                .filter(|list| kinds.iter().any(|kind| kind == list.kind))
                .map(|list| {
                    json!({
                        "Id": list.id, "Name": list.name, "Type": list.kind, "IsFolder": true,
                        "ChildCount": list.members.len(),
                    })
                })
                .collect();
            let count = rows.len();
            return Some(Reply::json(
                &json!({ "Items": rows, "TotalRecordCount": count, "StartIndex": 0 }),
            ));
        }
        let parent = request.param("parentId")?.replace('-', "");
        let list = lists
            .iter()
            .find(|list| list.id == parent && list.kind == "BoxSet")?;
        let members = list.members.clone();
        drop(lists);
        Some(self.page_of(&members, request))
    }

    /// `GET /Playlists/{id}/Items`.
    pub(super) fn playlist_items(&self, id: &str, request: &Request) -> Reply {
        let members = {
            let lists = self.extras.lists.lock();
            let list = lists
                .iter()
                .find(|list| list.id == id && list.kind == "Playlist");
            list.map(|list| list.members.clone())
        };
        members.map_or_else(
            || Reply::text(404, NOT_FOUND),
            |members| self.page_of(&members, request),
        )
    }
}
