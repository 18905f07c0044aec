//! Lists of items: which ones a request asks for, in which order, with which fields.

use serde_json::{Value, json};

use super::Face;
use super::catalogue::{Catalogue, Entry};
use super::watched::{Watched, user_data};
use crate::http::{Reply, Request};

/// Fields of a `BaseItemDto` that lists carry only when asked for.
const OPTIONAL: [&str; 18] = [
    "CanDownload",
    "Chapters",
    "ChildCount",
    "DateCreated",
    "Genres",
    "Height",
    "MediaSourceCount",
    "MediaSources",
    "MediaStreams",
    "Overview",
    "ParentId",
    "People",
    "PrimaryImageAspectRatio",
    "RecursiveItemCount",
    "SortName",
    "Taglines",
    "Container",
    "Width",
];

/// What a list leaves out.
enum Fields<'a> {
    All,
    Only(&'a [String]),
}

/// One item as JSON, with what the user has watched of it.
fn dto(catalogue: &Catalogue, watched: &Watched, entry: &Entry, fields: &Fields) -> Value {
    let mut dto = entry.dto.clone();
    if let (Fields::Only(asked), Value::Object(object)) = (fields, &mut dto) {
        let asked_for = |name: &str| asked.iter().any(|field| field.eq_ignore_ascii_case(name));
        object.retain(|name, _| !OPTIONAL.contains(&name.as_str()) || asked_for(name));
    }
    let mut data = user_data(&entry.id, watched.of(&entry.id), entry.seconds);
    if entry.file.is_none() {
        let below = descendants(catalogue, &entry.id);
        let files = below.iter().filter(|entry| entry.file.is_some());
        let unplayed = files.filter(|entry| !watched.of(&entry.id).played).count();
        data["UnplayedItemCount"] = json!(unplayed);
        data["Played"] = json!(unplayed == 0);
    }
    dto["UserData"] = data;
    dto
}

fn descendants<'a>(catalogue: &'a Catalogue, id: &str) -> Vec<&'a Entry> {
    // Parents stand before their children, so one pass finds them all.
    let mut inside = std::collections::HashSet::from([id]);
    let mut found = Vec::new();
    for entry in &catalogue.entries {
        if inside.contains(entry.parent.as_str()) {
            inside.insert(&entry.id);
            found.push(entry);
        }
    }
    found
}

fn text<'a>(entry: &'a Entry, field: &str) -> &'a str {
    entry.dto[field].as_str().unwrap_or_default()
}

fn number(entry: &Entry, field: &str) -> i64 {
    entry.dto[field].as_i64().unwrap_or(0)
}

fn sort(found: &mut [&Entry], watched: &Watched, request: &Request) {
    let keys = request.list("sortBy");
    let orders = request.list("sortOrder");
    found.sort_by(|a, b| {
        let by = |(index, key): (usize, &String)| {
            let order = match key.as_str() {
                "DateCreated" => text(a, "DateCreated").cmp(text(b, "DateCreated")),
                "DatePlayed" => watched
                    .of(&a.id)
                    .last_played
                    .cmp(&watched.of(&b.id).last_played),
                "ProductionYear" | "PremiereDate" => {
                    number(a, "ProductionYear").cmp(&number(b, "ProductionYear"))
                }
                "IndexNumber" => number(a, "IndexNumber").cmp(&number(b, "IndexNumber")),
                "ParentIndexNumber" => {
                    number(a, "ParentIndexNumber").cmp(&number(b, "ParentIndexNumber"))
                }
                "Runtime" => number(a, "RunTimeTicks").cmp(&number(b, "RunTimeTicks")),
                _ => text(a, "SortName").cmp(text(b, "SortName")),
            };
            let descending = orders.get(index).or(orders.last());
            if descending.is_some_and(|order| order == "Descending") {
                order.reverse()
            } else {
                order
            }
        };
        let equal = std::cmp::Ordering::Equal;
        keys.iter()
            .enumerate()
            .map(by)
            .fold(equal, std::cmp::Ordering::then)
    });
}

/// Which entries a request asks for. Read once, for a library may have ten thousand.
struct Wanted {
    kinds: Vec<String>,
    excluded: Vec<String>,
    media: Vec<String>,
    albums: Vec<String>,
    filters: Vec<String>,
    people: Vec<String>,
    term: Option<String>,
    played: Option<bool>,
}

impl Wanted {
    fn of(request: &Request) -> Self {
        Self {
            kinds: request.list("includeItemTypes"),
            excluded: request.list("excludeItemTypes"),
            media: request.list("mediaTypes"),
            albums: request.list("albumIds"),
            filters: request.list("filters"),
            people: request.list("personIds"),
            term: request.param("searchTerm").map(|term| term.to_lowercase()),
            played: request
                .param("isPlayed")
                .map(|played| played.eq_ignore_ascii_case("true")),
        }
    }

    fn passes(&self, entry: &Entry, watched: &Watched) -> bool {
        let mark = watched.of(&entry.id);
        let filter = |name: &String| match name.as_str() {
            "IsUnplayed" => !mark.played,
            "IsPlayed" => mark.played,
            "IsFavorite" => mark.favourite,
            "IsResumable" => mark.position > 0,
            _ => true,
        };
        let any = |words: &[String], value: &str| words.iter().any(|word| word == value);
        let term = self.term.as_deref();
        (self.kinds.is_empty() || any(&self.kinds, entry.kind))
            && !any(&self.excluded, entry.kind)
            && (self.media.is_empty() || any(&self.media, text(entry, "MediaType")))
            && (self.albums.is_empty() || any(&self.albums, text(entry, "AlbumId")))
            && (self.people.is_empty() || people(entry).any(|id| any(&self.people, id)))
            && term.is_none_or(|term| entry.name.to_lowercase().contains(term))
            && self.played.is_none_or(|played| played == mark.played)
            && self.filters.iter().all(filter)
    }
}

/// Ids of those who took part.
fn people(entry: &Entry) -> impl Iterator<Item = &str> {
    let all = entry.dto["People"].as_array();
    let all = all.map(Vec::as_slice).unwrap_or_default();
    all.iter().filter_map(|person| person["Id"].as_str())
}

fn whole(request: &Request, key: &str) -> Option<usize> {
    request.param(key)?.parse().ok()
}

impl Face {
    /// One page of `found`.
    pub(super) fn page(&self, request: &Request, catalogue: &Catalogue, found: &[&Entry]) -> Reply {
        let start = whole(request, "startIndex").unwrap_or(0);
        let limit = whole(request, "limit").unwrap_or(usize::MAX);
        let asked = request.list("fields");
        let watched = self.watched.lock();
        let rows = found.iter().skip(start).take(limit);
        let rows: Vec<Value> = rows
            .map(|entry| dto(catalogue, &watched, entry, &Fields::Only(&asked)))
            .collect();
        let counted = request
            .param("enableTotalRecordCount")
            .is_none_or(|value| !value.eq_ignore_ascii_case("false"));
        let total = if counted { found.len() } else { 0 };
        Reply::json(&json!({ "Items": rows, "TotalRecordCount": total, "StartIndex": start }))
    }

    /// `GET /UserViews`.
    pub(super) fn views(&self, request: &Request) -> Reply {
        let catalogue = self.catalogue.read();
        let views: Vec<_> = catalogue
            .entries
            .iter()
            .filter(|entry| entry.parent.is_empty())
            .collect();
        self.page(request, &catalogue, &views)
    }

    /// `GET /Items`.
    pub(super) fn items(&self, request: &Request) -> Reply {
        if let Some(listed) = self.listed(request) {
            return listed;
        }
        let catalogue = self.catalogue.read();
        let ids = request.list("ids");
        let recursive = request
            .param("recursive")
            .is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let parent = request.param("parentId").unwrap_or_default();
        let mut found: Vec<&Entry> = if !ids.is_empty() {
            ids.iter().filter_map(|id| catalogue.get(id)).collect()
        } else if recursive && parent.is_empty() {
            catalogue
                .entries
                .iter()
                .filter(|entry| !entry.parent.is_empty())
                .collect()
        } else if recursive {
            descendants(&catalogue, &parent.replace('-', ""))
        } else {
            let parent = parent.replace('-', "");
            // What is not there is taken for the root.
            let parent = catalogue.get(&parent).map_or("", |_| parent.as_str());
            catalogue
                .entries
                .iter()
                .filter(|entry| entry.parent == parent)
                .collect()
        };
        let watched = self.watched.lock();
        let wanted = Wanted::of(request);
        found.retain(|entry| wanted.passes(entry, &watched));
        if recursive && ids.is_empty() {
            found = self.grouped(found, request);
        }
        sort(&mut found, &watched, request);
        drop(watched);
        self.page(request, &catalogue, &found)
    }

    /// `GET /Items/{id}`: all fields.
    pub(super) fn item(&self, id: &str) -> Reply {
        let catalogue = self.catalogue.read();
        let Some(entry) = catalogue.get(id) else {
            return Reply::text(404, "Error processing request.");
        };
        let mut item = dto(&catalogue, &self.watched.lock(), entry, &Fields::All);
        if let Some(trickplay) = self.trickplay(entry) {
            item["Trickplay"] = trickplay;
        }
        self.say_chosen(&entry.id, &mut item);
        Reply::json(&item)
    }

    /// `GET /Videos/{id}/AdditionalParts`: the further files of a film, with all fields.
    pub(super) fn further(&self, id: &str) -> Reply {
        let catalogue = self.catalogue.read();
        let Some(entry) = catalogue.get(id) else {
            return Reply::text(404, "Error processing request.");
        };
        let watched = self.watched.lock();
        let files = entry.further.iter().filter_map(|id| catalogue.get(id));
        let rows: Vec<Value> = files
            .map(|entry| dto(&catalogue, &watched, entry, &Fields::All))
            .collect();
        Reply::json(&json!({ "Items": rows, "TotalRecordCount": rows.len(), "StartIndex": 0 }))
    }

    /// One page of titles named by their ids, in that order.
    pub(super) fn page_of(&self, ids: &[String], request: &Request) -> Reply {
        let catalogue = self.catalogue.read();
        let found: Vec<&Entry> = ids.iter().filter_map(|id| catalogue.get(id)).collect();
        self.page(request, &catalogue, &found)
    }

    /// `GET /Items/Latest`: a bare array, episodes as their series.
    pub(super) fn latest(&self, request: &Request) -> Reply {
        let catalogue = self.catalogue.read();
        let parent = request.param("parentId");
        let parent = parent.as_deref();
        let shelf = ["Movie", "Series", "MusicAlbum"];
        let mut found: Vec<_> = catalogue
            .entries
            .iter()
            .filter(|entry| shelf.contains(&entry.kind))
            .filter(|entry| parent.is_none_or(|parent| entry.parent == parent))
            .collect();
        found.sort_by(|a, b| text(b, "DateCreated").cmp(text(a, "DateCreated")));
        found.truncate(whole(request, "limit").unwrap_or(20));
        let asked = request.list("fields");
        let watched = self.watched.lock();
        let rows = found
            .iter()
            .map(|entry| dto(&catalogue, &watched, entry, &Fields::Only(&asked)));
        Reply::json(&rows.collect())
    }

    /// `GET /UserItems/Resume`: begun and not finished, played last first.
    pub(super) fn resume(&self, request: &Request) -> Reply {
        let catalogue = self.catalogue.read();
        let watched = self.watched.lock();
        let mut found: Vec<&Entry> = catalogue.entries.iter().collect();
        let wanted = Wanted::of(request);
        found.retain(|entry| entry.kind != "Further");
        found.retain(|entry| watched.of(&entry.id).position > 0 && wanted.passes(entry, &watched));
        found.sort_by_key(|entry| std::cmp::Reverse(watched.of(&entry.id).last_played));
        drop(watched);
        self.page(request, &catalogue, &found)
    }

    /// `GET /Shows/NextUp`: of each begun series the first episode that is not watched.
    pub(super) fn next_up(&self, request: &Request) -> Reply {
        let catalogue = self.catalogue.read();
        let watched = self.watched.lock();
        let series = catalogue
            .entries
            .iter()
            .filter(|entry| entry.kind == "Series");
        let next = series.filter_map(|series| {
            let below = descendants(&catalogue, &series.id);
            let mut episodes = below.into_iter().filter(|entry| entry.kind == "Episode");
            let begun = episodes.clone().any(|entry| watched.of(&entry.id).played);
            episodes.find(|entry| begun && !watched.of(&entry.id).played)
        });
        let found: Vec<_> = next.collect();
        drop(watched);
        self.page(request, &catalogue, &found)
    }

    /// `GET /Shows/{id}/Seasons`.
    pub(super) fn seasons(&self, series: &str, request: &Request) -> Reply {
        let catalogue = self.catalogue.read();
        let below = descendants(&catalogue, series);
        let found: Vec<_> = below
            .into_iter()
            .filter(|entry| entry.kind == "Season")
            .collect();
        self.page(request, &catalogue, &found)
    }

    /// `GET /Shows/{id}/Episodes`.
    pub(super) fn episodes(&self, series: &str, request: &Request) -> Reply {
        let catalogue = self.catalogue.read();
        let season_id = request.param("seasonId");
        let season: Option<i64> = request
            .param("season")
            .and_then(|season| season.parse().ok());
        let mut found = descendants(&catalogue, series);
        found.retain(|entry| {
            entry.kind == "Episode"
                && season_id.as_ref().is_none_or(|id| entry.parent == *id)
                && season.is_none_or(|season| number(entry, "ParentIndexNumber") == season)
        });
        self.page(request, &catalogue, &found)
    }
}
