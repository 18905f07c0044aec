//! What the server's Home shows: what was begun, what comes next, what is new, what was searched for.

use serde_json::{Value, json};

use super::describe::{View, below, kind};
use super::library::paged;
use super::{Plex, container, page};
use crate::http::{Reply, Request};

/// Begun and not finished, last watched first.
fn begun(view: &View) -> Vec<usize> {
    let all = 0..view.catalogue.entries.len();
    let mark = |index: usize| view.watched.of(view.user, index);
    let shown = |index: &usize| mark(*index).offset > 0 && !mark(*index).hidden;
    let mut found: Vec<usize> = all.filter(shown).collect();
    found.sort_by_key(|index| std::cmp::Reverse(mark(*index).last));
    found
}

/// Of each show that was begun, the first episode that was not watched.
fn next(view: &View) -> Vec<usize> {
    let entries = &view.catalogue.entries;
    let shows = entries.iter().filter(|entry| entry.kind == "Series");
    let next = shows.filter_map(|show| {
        let episodes = below(view.catalogue, &show.id, true);
        let seen = |index: &usize| view.watched.of(view.user, *index).count > 0;
        let any = episodes.iter().any(seen);
        episodes.into_iter().find(|index| any && !seen(index))
    });
    next.collect()
}

fn deck(view: &View) -> Vec<usize> {
    let mut found = begun(view);
    for index in next(view) {
        if !found.contains(&index) {
            found.push(index);
        }
    }
    found
}

/// Films, shows and albums; the catalogue's order is newest first.
fn newest(view: &View) -> Vec<usize> {
    let shelf = ["Movie", "Series", "MusicAlbum"];
    let entries = view.catalogue.entries.iter().enumerate();
    let shown = entries.filter(|(_, entry)| shelf.contains(&entry.kind));
    shown.map(|(index, _)| index).take(50).collect()
}

/// Films that people like best.
fn best(view: &View) -> Vec<usize> {
    let entries = &view.catalogue.entries;
    let films = entries.iter().enumerate();
    let films = films.filter(|(_, entry)| entry.kind == "Movie");
    let mut films: Vec<usize> = films.map(|(index, _)| index).collect();
    let rating = |index: &usize| entries[*index].dto["CommunityRating"].as_f64();
    films.sort_by(|one, other| {
        rating(other)
            .partial_cmp(&rating(one))
            .unwrap_or(std::cmp::Ordering::Equal)
    });
    films
}

fn hub(id: &str, title: &str, kind: &str, rows: &[Value]) -> Value {
    json!({
        "hubIdentifier": id, "title": title, "type": kind, "key": format!("/hubs/{id}"), "size": rows.len(),
        "more": false, "Metadata": rows,
    })
}

impl Plex {
    /// `GET /library/onDeck`.
    pub(super) fn on_deck(&self, ask: &Request, user: &str) -> Reply {
        self.view(user, |view| {
            paged(ask, deck(view), |index| view.brief(index))
        })
    }

    /// `GET /library/recentlyAdded`.
    pub(super) fn recent(&self, ask: &Request, user: &str) -> Reply {
        self.view(user, |view| {
            paged(ask, newest(view), |index| view.brief(index))
        })
    }

    /// `GET /hubs/continueWatching/items`.
    pub(super) fn continued(&self, ask: &Request, user: &str) -> Reply {
        self.view(user, |view| {
            paged(ask, deck(view), |index| view.brief(index))
        })
    }

    /// `GET /hubs/continueWatching`.
    pub(super) fn continue_hub(&self, _ask: &Request, user: &str) -> Reply {
        self.view(user, |view| {
            let rows: Vec<Value> = deck(view)
                .into_iter()
                .map(|index| view.brief(index))
                .collect();
            let hub = hub("continueWatching", "Continue Watching", "mixed", &rows);
            container(&json!({ "size": 1, "Hub": [hub] }))
        })
    }

    /// `GET /hubs` and `/hubs/promoted`.
    pub(super) fn hubs(&self, ask: &Request, user: &str) -> Reply {
        let count = ask.param("count").and_then(|count| count.parse().ok());
        self.view(user, |view| {
            let rows = |found: Vec<usize>| -> Vec<Value> {
                let found = found.into_iter().take(count.unwrap_or(usize::MAX));
                found.map(|index| view.brief(index)).collect()
            };
            let all = [
                hub(
                    "home.continue",
                    "Continue Watching",
                    "mixed",
                    &rows(deck(view)),
                ),
                hub(
                    "home.recent",
                    "Recently Added",
                    "mixed",
                    &rows(newest(view)),
                ),
                hub("movie.toprated", "Top Rated", "movie", &rows(best(view))),
            ];
            container(&json!({ "size": all.len(), "Hub": all }))
        })
    }

    /// `PUT /actions/removeFromContinueWatching`.
    pub(super) fn hide(&self, ask: &Request, user: &str) -> Reply {
        let key = ask.param("ratingKey").unwrap_or_default();
        let found = super::titled(&self.catalogue.read(), &key).map(|(index, _)| index);
        match found {
            Some(index) => {
                self.state.lock().watched.hide(user, index);
                container(&json!({ "size": 0 }))
            }
            None => page(404, "Not Found"),
        }
    }

    /// `GET /hubs/search`: a hub for each kind. A blank query is refused, one letter finds nothing.
    pub(super) fn search(&self, ask: &Request, user: &str) -> Reply {
        let text = ask.param("query").unwrap_or_default().trim().to_lowercase();
        if text.is_empty() {
            return page(400, "Bad Request");
        }
        let limit = ask.param("limit").and_then(|limit| limit.parse().ok());
        if limit == Some(0) {
            return page(500, "Internal Server Error");
        }
        let limit = limit.unwrap_or(3);
        self.view(user, |view| {
            let matches =
                |word: &str| text.chars().count() > 1 && word.to_lowercase().contains(&text);
            let entries = || view.catalogue.entries.iter().enumerate();
            let of = |wanted: &str| -> Vec<Value> {
                let kind_of = |index: usize| kind(&view.catalogue.entries[index]);
                let found = entries()
                    .filter(|(index, _)| kind_of(*index).is_some_and(|(kind, _)| kind == wanted))
                    .filter(|(_, entry)| matches(&entry.name));
                found
                    .take(limit)
                    .map(|(index, _)| view.brief(index))
                    .collect()
            };
            let mut hubs: Vec<Value> = ["movie", "show", "episode", "artist", "album", "track"]
                .iter()
                .map(|kind| hub(kind, kind, kind, &of(kind)))
                .collect();
            let people = entries().filter_map(|(_, entry)| entry.dto["People"].as_array());
            let names = people
                .flatten()
                .filter_map(|person| person["Name"].as_str());
            let actors: Vec<Value> = names
                .filter(|name| matches(name))
                .take(limit)
                .map(|name| json!({ "tag": name, "type": "tag", "tagType": 6 }))
                .collect();
            // People stand in another list than titles.
            hubs.push(json!({
                "hubIdentifier": "actor", "title": "Actors", "type": "actor", "size": actors.len(),
                "more": false, "Directory": actors,
            }));
            container(&json!({ "size": hubs.len(), "Hub": hubs }))
        })
    }
}
