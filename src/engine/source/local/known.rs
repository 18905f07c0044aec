//! What was read out of files, kept as long as the files stay as they are.
//!
//! **Threads**: blocks for the disk; called on the blocking pool only, one walk at a time.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use parking_lot::Mutex;

use super::scan::{FileKind, Tree};

/// What was read, by path below the root, each with the fingerprint of the file then.
pub(super) struct Known<T> {
    last: Mutex<HashMap<PathBuf, (String, T)>>,
}

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self {
            last: Mutex::default(),
        }
    }
}

impl<T: Clone> Known<T> {
    /// What `read` makes of each file of that kind in a walk; files that did not change since the last one are not opened
    /// again, and those that are gone are forgotten.
    pub(super) fn read(
        &self,
        root: &Path,
        tree: &Tree,
        kind: FileKind,
        read: impl Fn(&Path) -> T,
    ) -> HashMap<PathBuf, T> {
        let mut last = self.last.lock();
        let mut fresh = HashMap::new();
        for file in tree.values().flatten().filter(|file| file.kind == kind) {
            let fingerprint = file.fingerprint();
            let known = match last.remove(&file.relative) {
                Some((of, known)) if of == fingerprint => known,
                _ => read(&root.join(&file.relative)),
            };
            fresh.insert(file.relative.clone(), (fingerprint, known));
        }
        *last = fresh;
        last.iter()
            .map(|(path, (_, known))| (path.clone(), known.clone()))
            .collect()
    }
}
