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
