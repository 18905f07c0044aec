//! What the server tells over its sockets, in the words of 10.11, and what it tells about: titles that come, change and go.

use serde_json::{Value, json};

use super::field::folder_of;
use super::watched::user_data;
use super::{Face, Record, USER_ID, describe};
use crate::fake_server::socket::Piece;
use crate::media::Media;

/// What a title that is gone stands below.
pub(crate) const GONE: &str = "gone";

fn message(kind: &str, data: &Value) -> Value {
    json!({ "MessageId": describe::id_of(kind), "MessageType": kind, "Data": data })
}

fn place_of(catalogue: &super::Catalogue, title: &str) -> usize {
    let mut entries = catalogue.entries.iter();
    let found = entries.position(|entry| entry.name == title && !entry.parent.is_empty());
    found.unwrap_or_else(|| panic!("no title {title:?}"))
}

impl Face {
    /// What a socket is told first: how many seconds of silence end it.
    pub(crate) fn greeting(&self) -> String {
        message("ForceKeepAlive", &json!(60)).to_string()
    }

    /// Tells all sockets of a change.
    fn tell(&self, kind: &str, data: &Value) {
        let path = format!("{}/socket", self.options.base_path);
        let piece = Piece::Text(message(kind, data).to_string());
        self.sockets.send(&path, &piece);
    }

    /// Tells of a title that came, changed or went: the list it stands in, and its id. Which library it is in cannot be told from
    /// it: the server names all libraries, and the folder of the title among what changed.
    pub(crate) fn tell_library(&self, (list, id): (&str, &str)) {
        let libraries: Vec<String> = {
            let catalogue = self.catalogue.read();
            let roots = catalogue
                .entries
                .iter()
                .filter(|entry| entry.parent.is_empty());
            roots.map(|entry| entry.id.clone()).collect()
        };
        let mut data = json!({
            "FoldersAddedTo": [], "FoldersRemovedFrom": [], "ItemsAdded": [], "ItemsUpdated": [], "ItemsRemoved": [],
            "CollectionFolders": libraries, "IsEmpty": false,
        });
        data[list] = json!([folder_of(id), id]);
        self.tell("LibraryChanged", &data);
    }

    /// Tells of what the user has watched of these titles now, and of the folders they lie in, whose counts change with it.
    pub(super) fn tell_marks(&self, ids: &[&str]) {
        let rows: Vec<Value> = {
            let catalogue = self.catalogue.read();
            let watched = self.watched.lock();
            let row = |id: &&str| {
                let seconds = catalogue.get(id).and_then(|entry| entry.seconds);
                user_data(id, watched.of(id), seconds)
            };
            let folders = ids
                .iter()
                .map(|id| json!({ "ItemId": folder_of(id), "Key": folder_of(id) }));
            ids.iter().map(row).chain(folders).collect()
        };
        let data = json!({ "UserId": USER_ID, "UserDataList": rows });
        self.tell("UserDataChanged", &data);
    }

    /// Gives a title another name: its place in the catalogue and its id.
    pub(crate) fn rename(&self, title: &str, name: &str) -> (usize, String) {
        let mut catalogue = self.catalogue.write();
        let index = place_of(&catalogue, title);
        let entry = &mut catalogue.entries[index];
        entry.name = name.to_owned();
        entry.dto["Name"] = json!(name);
        (index, entry.id.clone())
    }

    /// Adds a film that is another one under a new name.
    pub(crate) fn add_copy(&self, film: &str, name: &str) -> (usize, String) {
        let mut catalogue = self.catalogue.write();
        let mut entry = catalogue.entries[place_of(&catalogue, film)].clone();
        entry.id = describe::id_of(&format!("copy {name}"));
        entry.name = name.to_owned();
        entry.dto["Id"] = json!(entry.id);
        entry.dto["Name"] = json!(name);
        entry.dto["SortName"] = json!(name.to_lowercase());
        entry.dto["MediaSources"][0]["Id"] = json!(entry.id);
        let id = entry.id.clone();
        // At the end: the places of all others stay, and Plex's numbers with them.
        catalogue.entries.push(entry);
        let index = catalogue.entries.len() - 1;
        (index, id)
    }

    /// Adds an album: its place in the catalogue and its id.
    pub(crate) fn add_record(&self, record: &Record) -> (usize, String) {
        let mut catalogue = self.catalogue.write();
        let id = catalogue.add_record(Media::ready(), record);
        (place_of(&catalogue, record.title), id)
    }

    /// Takes a title away. Its place stays, empty.
    pub(crate) fn remove(&self, title: &str) -> (usize, String) {
        let mut catalogue = self.catalogue.write();
        let index = place_of(&catalogue, title);
        let entry = &mut catalogue.entries[index];
        let id = std::mem::replace(&mut entry.id, describe::id_of(&format!("gone {index}")));
        (entry.parent, entry.name, entry.kind) = (GONE.into(), String::new(), GONE);
        (index, id)
    }
}
