//! What servers of people do that a fresh one does not: films hidden behind their collection, shows without folders of seasons,
//! folders above titles that nobody asked about.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::catalogue::Entry;
use super::describe::id_of;
use super::{Face, NOT_FOUND};
use crate::http::{Reply, Request};

/// Id of the folder on the server's disk that a title lies in.
pub(super) fn folder_of(id: &str) -> String {
    id_of(&format!("folder of {id}"))
}

impl Face {
    /// Shows the films of a collection as that collection alone, where a question does not say that it wants them all.
    pub fn group_films(&self) {
        self.extras.grouped.store(true, Ordering::Release);
    }

    /// Takes the folders of seasons away: episodes lie in their show's folder, and seasons have no place of their own.
    pub fn without_season_folders(&self) {
        let mut catalogue = self.catalogue.write();
        for entry in &mut catalogue.entries {
            if entry.kind == "Season" {
                entry.dto["LocationType"] = json!("Virtual");
            }
        }
    }

    /// Which sound and subtitle (-1 for none) of a title are remembered of this user, where any are.
    #[must_use]
    pub fn chosen(&self, title: &str) -> Option<(i64, i64)> {
        self.extras.chosen.lock().get(&self.id(title)).copied()
    }

    /// Chooses them, as another client of this user would.
    pub fn choose(&self, title: &str, audio: i64, subtitle: i64) {
        let id = self.id(title);
        self.extras.chosen.lock().insert(id, (audio, subtitle));
    }

    /// What devices have said that they can do, in order.
    #[must_use]
    pub fn capabilities(&self) -> Vec<Value> {
        self.extras.capabilities.lock().clone()
    }

    /// `POST /Sessions/Capabilities/Full`.
    pub(super) fn hear_capabilities(&self, request: &Request) -> Reply {
        let Ok(body) = serde_json::from_slice(&request.body) else {
            return Reply::text(400, NOT_FOUND);
        };
        self.extras.capabilities.lock().push(body);
        Reply::empty(204)
    }

    /// Remembers what a report says that plays; one that says nothing is a wish to forget (10.10, 10.11).
    pub(super) fn remember(&self, id: &str, body: &Value) {
        let index = |name: &str| body[name].as_i64();
        let mut chosen = self.extras.chosen.lock();
        match index("AudioStreamIndex") {
            Some(audio) => {
                let subtitle = index("SubtitleStreamIndex").unwrap_or(-1);
                chosen.insert(id.to_owned(), (audio, subtitle));
            }
            None => drop(chosen.remove(id)),
        }
    }

    /// Says of a title what the server would play of it.
    pub(super) fn say_chosen(&self, id: &str, item: &mut Value) {
        if let Some((audio, subtitle)) = self.extras.chosen.lock().get(id) {
            let source = &mut item["MediaSources"][0];
            source["DefaultAudioStreamIndex"] = json!(audio);
            source["DefaultSubtitleStreamIndex"] = json!(subtitle);
        }
    }

    /// Leaves out what the server shows as a collection.
    pub(super) fn grouped<'a>(&self, found: Vec<&'a Entry>, request: &Request) -> Vec<&'a Entry> {
        let all = request
            .param("collapseBoxSetItems")
            .is_some_and(|value| value.eq_ignore_ascii_case("false"));
        if all || !self.extras.grouped.load(Ordering::Acquire) {
            return found;
        }
        let hidden = self.extras.in_collections();
        let seen = |entry: &&Entry| !hidden.contains(&entry.id);
        found.into_iter().filter(seen).collect()
    }

    /// `GET /Items/{id}/Ancestors`: from the folder that it lies in to its library.
    pub(super) fn ancestors(&self, id: &str) -> Reply {
        let catalogue = self.catalogue.read();
        let Some(entry) = catalogue.get(id) else {
            return Reply::text(404, NOT_FOUND);
        };
        let mut rows = vec![json!({ "Id": folder_of(&entry.id), "Type": "Folder" })];
        let mut place = entry;
        while let Some(above) = catalogue.get(&place.parent) {
            rows.push(json!({ "Id": above.id, "Name": above.name, "Type": above.kind }));
            place = above;
        }
        Reply::json(&Value::from(rows))
    }
}
