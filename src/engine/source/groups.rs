//! What earlier answers of a server told of its libraries: their kinds, and how many titles each group of one has.

use std::collections::HashMap;

use parking_lot::Mutex;

use super::Source;
use crate::model::{Library, LibraryId, LibraryKind};
use crate::source_error::SourceError;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Groups {
    kinds: Mutex<HashMap<LibraryId, LibraryKind>>,
    totals: Mutex<HashMap<(LibraryId, usize), u64>>,
}

impl Groups {
    /// These are all libraries.
    pub(super) fn learn(&self, libraries: &[Library]) {
        let kinds = libraries
            .iter()
            .map(|library| (library.id.clone(), library.kind));
        *self.kinds.lock() = kinds.collect();
    }

    /// The kind of a library: as an earlier answer told it, or as the server says now.
    pub(super) async fn kind_of(
        &self,
        source: &dyn Source,
        library: &LibraryId,
    ) -> Result<LibraryKind, SourceError> {
        if let Some(kind) = self.kinds.lock().get(library) {
            return Ok(*kind);
        }
        let all = source.libraries().await?;
        let found = all.iter().find(|known| known.id == *library);
        found.map(|library| library.kind).ok_or(SourceError::Gone)
    }

    /// How many titles a group of a library had.
    pub(super) fn total(&self, library: &LibraryId, group: usize) -> Option<u64> {
        let key = (library.clone(), group);
        self.totals.lock().get(&key).copied()
    }

    /// A group has so many titles.
    pub(super) fn note(&self, library: &LibraryId, group: usize, total: u64) {
        self.totals.lock().insert((library.clone(), group), total);
    }

    /// A library is read from its beginning: what is known of its groups is old.
    pub(super) fn begin(&self, library: &LibraryId) {
        self.totals.lock().retain(|(of, _), _| of != library);
    }
}
