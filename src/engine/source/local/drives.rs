//! The drives that a folder's titles lie on, so that one that is away is told apart from a folder that somebody emptied.
//!
//! Where a drive is not mounted, the place where it was is an empty folder, or none. **Threads**: blocks for the disk; called on
//! the blocking pool only.

use std::collections::{BTreeSet, HashMap};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::scan::Tree;

/// More drives than this below one folder are not told apart.
const MOST: usize = 100;

/// Folders that lie on another file system than the folder above them, by path below the root; the root itself is "".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Drives(BTreeSet<PathBuf>);

impl Drives {
    /// Out of [`Drives::text`]; what makes no sense names none.
    pub(super) fn read(text: &str) -> Self {
        let places: Vec<String> = serde_json::from_str(text).unwrap_or_default();
        Self(places.into_iter().map(PathBuf::from).collect())
    }

    /// As a text. Places that are no Unicode are left out.
    pub(super) fn text(&self) -> String {
        let places: Vec<&str> = self.0.iter().filter_map(|place| place.to_str()).collect();
        serde_json::to_string(&places).unwrap_or_default()
    }

    /// Those on the way to the files of a walk.
    pub(super) fn of(root: &Path, tree: &Tree) -> Self {
        let mut devices = HashMap::new();
        let folders: BTreeSet<&Path> = tree.keys().flat_map(|folder| folder.ancestors()).collect();
        let drives = folders
            .into_iter()
            .filter(|place| is_drive(root, place, &mut devices));
        Self(drives.take(MOST).map(Path::to_owned).collect())
    }

    /// Those in which a walk has found nothing, because there is no drive any more.
    pub(super) fn away(&self, root: &Path, tree: &Tree) -> Self {
        let mut devices = HashMap::new();
        let mut gone = |place: &&PathBuf| {
            !is_drive(root, place, &mut devices)
                && !tree.keys().any(|folder| folder.starts_with(place))
        };
        Self(self.0.iter().filter(|place| gone(place)).cloned().collect())
    }

    /// Whether the root itself is one.
    pub(super) fn has_root(&self) -> bool {
        self.0.contains(Path::new(""))
    }

    /// Whether a file below the root is on one.
    pub(super) fn hold(&self, relative: &Path) -> bool {
        relative.ancestors().any(|folder| self.0.contains(folder))
    }

    /// As texts for people.
    pub(super) fn places(&self) -> Vec<String> {
        let places = self
            .0
            .iter()
            .map(|place| place.to_string_lossy().into_owned());
        places.collect()
    }

    /// These without those.
    pub(super) fn without(mut self, others: &Self) -> Self {
        self.0.retain(|place| !others.0.contains(place));
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// These and those.
    pub(super) fn and(mut self, others: &Self) -> Self {
        self.0.extend(others.0.iter().cloned());
        self
    }
}

/// Whether something is mounted (or linked) at a place below the root. False where nothing is.
fn is_drive(root: &Path, place: &Path, devices: &mut HashMap<PathBuf, Option<u64>>) -> bool {
    let mut device = |path: &Path| {
        let known = devices.entry(path.to_owned());
        *known.or_insert_with(|| std::fs::metadata(path).ok().map(|about| about.dev()))
    };
    let here = match place.as_os_str().is_empty() {
        true => root.to_owned(),
        false => root.join(place),
    };
    let above = here.parent().map(Path::to_owned);
    match (device(&here), above.and_then(|above| device(&above))) {
        (Some(here), Some(above)) => here != above,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_read_as_they_were_written() {
        let drives = Drives(["", "usb", "a/b"].map(PathBuf::from).into());
        assert_eq!(Drives::read(&drives.text()), drives);
        for nothing in ["", "x", "{}", "[1]"] {
            assert_eq!(Drives::read(nothing), Drives::default(), "{nothing}");
        }
    }

    #[test]
    fn a_file_is_on_the_drive_that_is_above_it() {
        let drives = Drives([PathBuf::from("usb")].into());
        assert!(drives.hold(Path::new("usb/Films/a.mkv")));
        assert!(!drives.hold(Path::new("usb2/a.mkv")) && !drives.hold(Path::new("a.mkv")));
        assert!(!drives.has_root());
        assert!(Drives([PathBuf::new()].into()).hold(Path::new("a.mkv")));
    }
}
