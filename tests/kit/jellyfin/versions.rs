//! Titles with several files: versions of one film that differ in their picture.

use serde_json::json;

use super::Face;
use super::catalogue::{Catalogue, Entry};
use crate::blob::Blob;

/// Where a title lies that is shown as a version of another: in no library.
pub(crate) const ASIDE: &str = "aside";

impl Face {
    /// Shows `other`'s file as a further version of a title, after those that it has, and `other` itself no more. Versions have
    /// the names of the titles that they came from; `height` is what the new one is said to have.
    ///
    /// # Panics
    /// There are no such titles.
    pub fn add_version(&self, title: &str, other: &str, height: u32) {
        self.catalogue.write().add_version(title, other, height);
    }

    /// Takes the last version of a title away.
    pub fn remove_version(&self, title: &str) {
        let mut catalogue = self.catalogue.write();
        let entry = catalogue
            .entries
            .iter_mut()
            .find(|entry| entry.name == title);
        if let Some(entry) = entry {
            entry.versions.pop();
            if let Some(sources) = entry.dto["MediaSources"].as_array_mut() {
                sources.pop();
            }
        }
    }

    /// What is read of a version.
    ///
    /// # Panics
    /// There is no such title.
    #[must_use]
    pub fn version(&self, other: &str) -> Blob {
        let catalogue = self.catalogue.read();
        let file = catalogue.named(other).and_then(|entry| entry.file.clone());
        file.unwrap_or_else(|| panic!("no version {other:?}"))
    }
}

impl Catalogue {
    fn add_version(&mut self, title: &str, other: &str, height: u32) {
        let place = |name: &str| {
            let found = self.entries.iter().position(|entry| entry.name == name);
            found.unwrap_or_else(|| panic!("no title {name:?}"))
        };
        let (first, second) = (place(title), place(other));
        self.entries[second].parent = ASIDE.into();
        let source = &mut self.entries[second].dto["MediaSources"][0];
        for stream in source["MediaStreams"].as_array_mut().into_iter().flatten() {
            if stream["Type"] == "Video" {
                stream["Height"] = json!(height);
            }
        }
        let (source, id) = (source.clone(), self.entries[second].id.clone());
        let entry: &mut Entry = &mut self.entries[first];
        entry.versions.push(id);
        if let Some(sources) = entry.dto["MediaSources"].as_array_mut() {
            sources.push(source);
            entry.dto["MediaSourceCount"] = json!(sources.len());
        }
    }
}
