//! Lists of titles that are no libraries: a collection of the films by the sea, and playlists.

use serde_json::{Value, json};

use super::describe::View;
use super::library::{paged, section_of};
use super::{Plex, page};
use crate::http::{Reply, Request};
use crate::jellyfin::NEWEST;
use crate::titles::{FILMS, HARBOUR_LIGHTS, PAPER_MOONS, THE_LONG_REEL};

/// Key of the one collection.
pub(super) const COLLECTION: usize = 910_000;
/// Key of the playlist of films; the one behind it is of music.
pub(super) const PLAYLIST: usize = 920_000;

/// Titles of the lists by their keys.
fn members(view: &View, key: usize) -> Option<Vec<usize>> {
    let entries = &view.catalogue.entries;
    let named = |title: &str| {
        let mut all = entries.iter();
        all.position(|entry| entry.name == title && entry.file.is_some())
    };
    let films = |numbers: &[usize]| -> Vec<usize> {
        let titles = numbers.iter().map(|number| FILMS[*number].title);
        titles.filter_map(named).collect()
    };
    match key {
        COLLECTION => Some(films(&[HARBOUR_LIGHTS, THE_LONG_REEL])),
        // In another order than their titles'.
        PLAYLIST => Some(films(&[THE_LONG_REEL, PAPER_MOONS, HARBOUR_LIGHTS])),
        key if key == PLAYLIST + 1 => {
            let tracks = entries.iter().enumerate();
            let tracks = tracks.filter(|(_, entry)| entry.kind == "Audio");
            Some(tracks.map(|(index, _)| index).rev().collect())
        }
        _ => None,
    }
}

fn playlist(view: &View, key: usize, kind: &str, title: &str) -> Value {
    json!({
        "ratingKey": key.to_string(), "key": format!("/playlists/{key}/items"), "guid": format!("com.plexapp.agents.none://{key}"),
        "type": "playlist", "title": title, "summary": "", "smart": false, "playlistType": kind,
        "composite": format!("/playlists/{key}/composite/{NEWEST}"), "leafCount": members(view, key).map(|all| all.len()),
        "duration": 60_000, "addedAt": NEWEST, "updatedAt": NEWEST,
    })
}

impl Plex {
    /// `GET /library/sections/{key}/collections`: only the films have some.
    pub(super) fn collections(&self, key: &str, ask: &Request, user: &str) -> Option<Reply> {
        self.view(user, |view| {
            let films = section_of(view.catalogue, key)? == "movie";
            let rows = if films { vec![COLLECTION] } else { Vec::new() };
            Some(paged(ask, rows, |key| {
                json!({
                    "ratingKey": key.to_string(), "key": format!("/library/collections/{key}/children"), "type": "collection",
                    "title": "By the Sea", "subtype": "movie", "summary": "", "index": 1,
                    "thumb": format!("/library/collections/{key}/composite/{NEWEST}?width=400&height=600"),
                    "addedAt": NEWEST, "updatedAt": NEWEST, "childCount": members(view, key).map(|all| all.len().to_string()),
                })
            }))
        })
    }

    /// `GET /playlists`.
    pub(super) fn playlists(&self, ask: &Request, user: &str) -> Reply {
        self.view(user, |view| {
            let all = [
                (PLAYLIST, "video", "Rainy Days"),
                (PLAYLIST + 1, "audio", "Backwards"),
            ];
            let wanted = ask.param("playlistType");
            let mut rows = all.to_vec();
            rows.retain(|(_, kind, _)| wanted.as_deref().is_none_or(|wanted| wanted == *kind));
            if let Some(section) = ask.param("sectionID") {
                let held = match section_of(view.catalogue, &section) {
                    Some("movie") => Some(PLAYLIST),
                    Some("artist") => Some(PLAYLIST + 1),
                    _ => None,
                };
                rows.retain(|(key, ..)| Some(*key) == held);
            }
            paged(ask, rows, |(key, kind, title)| {
                playlist(view, key, kind, title)
            })
        })
    }

    /// `GET /library/collections/{key}/items`, `…/children` and `GET /playlists/{key}/items`.
    pub(super) fn members(&self, key: &str, ask: &Request, user: &str) -> Option<Reply> {
        let key = key.parse().ok()?;
        self.view(user, |view| {
            let found = members(view, key)?;
            if found.is_empty() {
                return Some(page(404, "Not Found"));
            }
            Some(paged(ask, found, |index| view.brief(index)))
        })
    }
}
