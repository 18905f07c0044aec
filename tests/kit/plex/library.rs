//! Sections and the titles in them, in pages.

use serde_json::{Value, json};

use super::describe::{View, add_marks, below, kind};
use super::{Plex, State, container, option, page, titled};
use crate::http::{Reply, Request};
use crate::jellyfin::{Catalogue, Entry, NEWEST};

/// Longer pages are refused.
const LONGEST: usize = 1000;

/// The libraries with their keys.
pub(super) fn sections(catalogue: &Catalogue) -> impl Iterator<Item = (String, &Entry)> {
    let libraries = catalogue
        .entries
        .iter()
        .filter(|entry| entry.parent.is_empty());
    (1..).map(|number: u32| number.to_string()).zip(libraries)
}

pub(super) fn section_type(library: &Entry) -> &'static str {
    match library.dto["CollectionType"].as_str() {
        Some("tvshows") => "show",
        Some("music") => "artist",
        _ => "movie",
    }
}

/// What the section of that key holds.
pub(super) fn section_of(catalogue: &Catalogue, key: &str) -> Option<&'static str> {
    let mut all = sections(catalogue);
    all.find(|(known, _)| known == key)
        .map(|(_, library)| section_type(library))
}

/// Key of the section that a title is in.
pub(super) fn section_with(catalogue: &Catalogue, index: usize) -> Option<String> {
    let holds = |library: &Entry| below(catalogue, &library.id, false).contains(&index);
    let mut all = sections(catalogue);
    all.find(|(_, library)| holds(library)).map(|(key, _)| key)
}

/// The number of the kind that a section of that type lists first.
pub(super) fn number_of(section_type: &str) -> usize {
    match section_type {
        "show" => 2,
        "artist" => 8,
        _ => 1,
    }
}

/// The section that a title is in, as replies about it tell.
fn shelf(catalogue: &Catalogue, entry: &Entry) -> Option<Value> {
    let mut above = entry;
    while !above.parent.is_empty() {
        let mut entries = catalogue.entries.iter();
        above = entries.find(|one| one.id == above.parent)?;
    }
    let (key, library) = sections(catalogue).find(|(_, library)| library.id == above.id)?;
    Some(json!({
        "librarySectionID": key.parse::<u32>().ok()?, "librarySectionTitle": library.name,
        "librarySectionUUID": library.id,
    }))
}

/// Adds fields to others.
pub(super) fn add(fields: &mut Value, more: Option<Value>) {
    if let (Some(fields), Some(Value::Object(more))) = (fields.as_object_mut(), more) {
        fields.extend(more);
    }
}

fn number(request: &Request, name: &str) -> Option<usize> {
    option(request, name)?.parse().ok()
}

fn asks(request: &Request, name: &str) -> bool {
    request.param(name).as_deref() == Some("1")
}

/// The number by which a library is asked for the titles of somebody.
pub(super) fn person_number(person: &Value) -> u32 {
    let name = person["Name"].as_str().unwrap_or_default();
    name.bytes()
        .fold(7, |sum, byte| (sum * 31 + u32::from(byte)) % 1_000_003)
}

/// Whether somebody of that number had this job.
fn took_part(entry: &Entry, job: &str, number: usize) -> bool {
    let all = entry.dto["People"].as_array();
    let all = all.map(Vec::as_slice).unwrap_or_default();
    let mut of_job = all.iter().filter(|person| person["Type"] == job);
    of_job.any(|person| person_number(person) as usize == number)
}

impl Plex {
    /// Works on the titles as a user sees them.
    pub(super) fn view<T>(&self, user: &str, work: impl FnOnce(&View) -> T) -> T {
        let catalogue = self.catalogue.read();
        let state: &State = &self.state.lock();
        work(&View {
            catalogue: &catalogue,
            watched: &state.watched,
            stars: &state.stars,
            sounds: &state.chosen,
            texts: &state.texts,
            songs: &state.songs,
            user,
        })
    }

    /// `GET /library/sections`.
    pub(super) fn sections(&self) -> Reply {
        let catalogue = self.catalogue.read();
        let all: Vec<Value> = sections(&catalogue)
            .map(|(key, library)| {
                let kind = section_type(library);
                json!({
                    "key": key, "type": kind, "title": library.name, "uuid": library.id, "language": "en-US",
                    "agent": format!("tv.plex.agents.{}", if kind == "show" { "series" } else { kind }),
                    "updatedAt": NEWEST, "scannedAt": NEWEST, "contentChangedAt": 17,
                    "art": format!("/:/resources/{kind}-fanart.jpg"), "thumb": format!("/:/resources/{kind}.png"),
                    "allowSync": true, "hidden": 0, "Location": [{ "id": 1, "path": "/media" }],
                })
            })
            .collect();
        container(
            &json!({ "size": all.len(), "allowSync": true, "title1": "Plex Library", "Directory": all }),
        )
    }

    /// `GET /library/sections/{key}/all`.
    pub(super) fn all(&self, key: &str, ask: &Request, user: &str) -> Option<Reply> {
        self.view(user, |view| {
            let (_, library) = sections(view.catalogue).find(|(known, _)| known == key)?;
            let wanted = number(ask, "type").unwrap_or(number_of(section_type(library)));
            let shelf = shelf(view.catalogue, library);
            let mut found = below(view.catalogue, &library.id, false);
            let entry = |index: &usize| &view.catalogue.entries[*index];
            found.retain(|index| {
                kind(entry(index)).is_some_and(|(_, number)| number as usize == wanted)
            });
            if asks(ask, "unwatched") {
                found.retain(|index| view.watched.of(user, *index).count == 0);
            }
            if let Some(text) = ask.param("title") {
                let text = text.to_lowercase();
                found.retain(|index| entry(index).name.to_lowercase().contains(&text));
            }
            for (field, job) in [("actor", "Actor"), ("director", "Director")] {
                if let Some(wanted) = number(ask, field) {
                    found.retain(|index| took_part(entry(index), job, wanted));
                }
            }
            let text = |index: &usize| entry(index).dto["SortName"].as_str().unwrap_or_default();
            match ask.param("sort").as_deref() {
                Some("addedAt:desc") => {}
                Some("lastViewedAt:desc") => {
                    found
                        .sort_by_key(|index| std::cmp::Reverse(view.watched.of(user, *index).last));
                }
                Some("year:desc") => {
                    found.sort_by_key(|index| {
                        -entry(index).dto["ProductionYear"].as_i64().unwrap_or(0)
                    });
                }
                _ => found.sort_by(|a, b| text(a).cmp(text(b))),
            }
            if let Some(artist) = number(ask, "artist.id") {
                let artist = artist.to_string();
                found.retain(|index| {
                    view.brief(*index)["parentRatingKey"].as_str() == Some(artist.as_str())
                });
            }
            Some(paged_in(ask, shelf, found, |index| view.brief(index)))
        })
    }

    /// `GET /library/metadata/{keys}`: one title, or several joined by commas.
    pub(super) fn metadata(&self, keys: &str, ask: &Request, user: &str) -> Option<Reply> {
        self.view(user, |view| {
            let one = |key: &str| {
                let (index, entry) = titled(view.catalogue, key)?;
                let mut fields = view.full(index);
                if let Some(shelf) = shelf(view.catalogue, entry) {
                    let section = &shelf["librarySectionID"];
                    fields["librarySectionKey"] = json!(format!("/library/sections/{section}"));
                    fields["librarySectionID"] = section.clone();
                    fields["librarySectionTitle"] = shelf["librarySectionTitle"].clone();
                }
                add_marks(
                    &mut fields,
                    entry,
                    asks(ask, "includeChapters"),
                    asks(ask, "includeMarkers"),
                );
                Some(fields)
            };
            let found: Vec<Value> = keys.split(',').filter_map(one).collect();
            let mut fields = json!({ "size": found.len(), "Metadata": found });
            let first = keys.split(',').find_map(|key| titled(view.catalogue, key));
            add(
                &mut fields,
                first.and_then(|(_, entry)| shelf(view.catalogue, entry)),
            );
            (!found.is_empty()).then(|| container(&fields))
        })
    }

    /// `GET /library/metadata/{key}/children`.
    pub(super) fn children(&self, key: &str, ask: &Request, user: &str) -> Option<Reply> {
        self.view(user, |view| {
            let entries = &view.catalogue.entries;
            let (_, parent) = titled(view.catalogue, key)?;
            if parent.kind == "MusicArtist" {
                let shelf = shelf(view.catalogue, parent);
                let albums = view.albums_by(parent);
                return Some(paged_in(ask, shelf, albums, |index| view.brief(index)));
            }
            let own = entries.iter().enumerate();
            let own = own.filter(|(_, entry)| entry.parent == parent.id);
            let own = own.map(|(index, _)| index).collect();
            let mut more = shelf(view.catalogue, parent);
            if let (Some(more), "Series") = (&mut more, parent.kind) {
                // Among the seasons stands an entry that is none.
                let leaves = format!("/library/metadata/{key}/allLeaves");
                more["Directory"] = json!([{ "key": leaves, "title": "All episodes" }]);
            }
            Some(paged_in(ask, more, own, |index| view.brief(index)))
        })
    }

    /// `GET /library/metadata/{key}/allLeaves`.
    pub(super) fn leaves(&self, key: &str, ask: &Request, user: &str) -> Option<Reply> {
        self.view(user, |view| {
            let (_, parent) = titled(view.catalogue, key)?;
            let leaves = below(view.catalogue, &parent.id, true);
            let shelf = shelf(view.catalogue, parent);
            Some(paged_in(ask, shelf, leaves, |index| view.brief(index)))
        })
    }
}

/// One page of `rows`. A size without a start in the query is ignored, as the real server does.
pub(super) fn paged<T: Clone>(
    ask: &Request,
    rows: Vec<T>,
    describe: impl FnMut(T) -> Value,
) -> Reply {
    paged_in(ask, None, rows, describe)
}

/// The same with `more` to tell of the whole list.
fn paged_in<T: Clone>(
    ask: &Request,
    more: Option<Value>,
    rows: Vec<T>,
    mut describe: impl FnMut(T) -> Value,
) -> Reply {
    let start = number(ask, "X-Plex-Container-Start");
    let size = number(ask, "X-Plex-Container-Size");
    if size.is_some_and(|size| size > LONGEST) {
        return page(400, "Bad Request");
    }
    let in_query = ask.param("X-Plex-Container-Size").is_some();
    let (start, size) = match (start, size) {
        (None, Some(_)) if in_query => (0, usize::MAX),
        (start, size) => (start.unwrap_or(0), size.unwrap_or(usize::MAX)),
    };
    let total = rows.len();
    let rows: Vec<Value> = rows
        .into_iter()
        .skip(start)
        .take(size)
        .map(&mut describe)
        .collect();
    let mut fields = json!({
        "size": rows.len(), "totalSize": total, "offset": start, "allowSync": true,
        "identifier": "com.plexapp.plugins.library",
    });
    add(&mut fields, more);
    if !rows.is_empty() {
        fields["Metadata"] = json!(rows);
    }
    container(&fields)
}
