//! The walk over a folder: which media files and which companions are there.
//!
//! **Threads**: blocks for the disk; called on the blocking pool only.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use walkdir::{DirEntry, WalkDir};

use super::hands::Pulse;
use crate::source_error::SourceError;

/// Folders deeper than this are not looked into: a loop of mounts must end.
const DEEPEST: usize = 24;
/// Files at most in one source; a folder with more is a wrong choice ("/").
const MOST_FILES: usize = 500_000;

const VIDEO: [&str; 19] = [
    "mkv", "mp4", "m4v", "webm", "avi", "mov", "wmv", "mpg", "mpeg", "ts", "m2ts", "mts", "flv",
    "ogv", "ogm", "3gp", "vob", "divx", "asf",
];
const AUDIO: [&str; 12] = [
    "flac", "mp3", "m4a", "m4b", "ogg", "oga", "opus", "wav", "aiff", "aif", "wv", "ape",
];
const PICTURE: [&str; 4] = ["jpg", "jpeg", "png", "webp"];
const SUBTITLE: [&str; 4] = ["srt", "vtt", "ass", "ssa"];

/// What a file is, by its extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileKind {
    Video,
    Audio,
    Picture,
    Subtitle,
    /// What Kodi and its like note of a title.
    Notes,
}

/// The kind of a file with this name, if Spool has a use for it.
pub(crate) fn kind_of(path: &Path) -> Option<FileKind> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    let of = |list: &[&str]| list.contains(&extension.as_str());
    match () {
        () if of(&VIDEO) => Some(FileKind::Video),
        () if of(&AUDIO) => Some(FileKind::Audio),
        () if of(&PICTURE) => Some(FileKind::Picture),
        () if of(&SUBTITLE) => Some(FileKind::Subtitle),
        () if extension == "nfo" => Some(FileKind::Notes),
        () => None,
    }
}

/// A file below the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FoundFile {
    /// Its path below the root.
    pub(crate) relative: PathBuf,
    pub(crate) kind: FileKind,
    pub(crate) size: u64,
    /// When it was last written, nanoseconds since 1970.
    pub(crate) modified: u128,
}

impl FoundFile {
    /// Changes when the file changes.
    pub(crate) fn fingerprint(&self) -> String {
        format!("{}-{}", self.size, self.modified)
    }
}

/// All files of use, by folder below the root, in order of their names.
pub(crate) type Tree = BTreeMap<PathBuf, Vec<FoundFile>>;

/// What a walk has found.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) tree: Tree,
    /// No sub-folder failed in a way that may pass, as one on a drive that was just pulled out does.
    pub(crate) clear: bool,
}

/// Walks a folder. Hidden files and folders are left out; symbolic links are followed, but not in circles; a sub-folder that
/// cannot be read is left out and logged.
///
/// # Errors
/// [`SourceError::Unreadable`] when the root itself cannot be read.
pub(crate) fn walk(root: &Path, pulse: &Pulse) -> Result<Found, SourceError> {
    readable(root)?;
    let (mut tree, mut clear) = (Tree::new(), true);
    let walk = WalkDir::new(root)
        .follow_links(true)
        .max_depth(DEEPEST)
        .sort_by_file_name();
    let mut count = 0;
    for entry in walk.into_iter().filter_entry(|entry| !is_hidden(entry)) {
        pulse.beat();
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                clear &= error.io_error().is_none_or(is_lasting);
                tracing::warn!(path = ?error.path(), "left out of the folder: {error}");
                continue;
            }
        };
        let Some(file) = found(root, &entry) else {
            continue;
        };
        count += 1;
        if count > MOST_FILES {
            tracing::warn!("the folder holds more than {MOST_FILES} files; the rest is left out");
            break;
        }
        let folder = file
            .relative
            .parent()
            .map(Path::to_owned)
            .unwrap_or_default();
        tree.entry(folder).or_default().push(file);
    }
    Ok(Found { tree, clear })
}

/// Whether a failure will be the same the next time: nothing there, or not for us.
fn is_lasting(error: &std::io::Error) -> bool {
    use std::io::ErrorKind as K;
    matches!(
        error.kind(),
        K::NotFound | K::PermissionDenied | K::NotADirectory
    )
}

/// Whether a folder is there and can be listed.
///
/// # Errors
/// [`SourceError::Unreadable`] with the system's reason.
pub(crate) fn readable(root: &Path) -> Result<(), SourceError> {
    std::fs::read_dir(root)
        .map(drop)
        .map_err(|error| SourceError::Unreadable(error.to_string()))
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.depth() > 0 && entry.file_name().to_string_lossy().starts_with('.')
}

/// The file behind a directory entry, where it is of use.
fn found(root: &Path, entry: &DirEntry) -> Option<FoundFile> {
    if !entry.file_type().is_file() {
        return None;
    }
    let kind = kind_of(entry.path())?;
    one(root, entry.path(), kind)
}

/// Looks at one file.
pub(crate) fn one(root: &Path, path: &Path, kind: FileKind) -> Option<FoundFile> {
    let metadata = std::fs::metadata(path).ok()?;
    let modified = metadata
        .modified()
        .ok()?
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let relative = path.strip_prefix(root).ok()?.to_owned();
    Some(FoundFile {
        relative,
        kind,
        size: metadata.len(),
        modified: modified.as_nanos(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_finds_what_is_of_use_and_ends_in_circles() {
        let root = tempfile::tempdir().unwrap();
        let films = root.path().join("Films");
        std::fs::create_dir_all(films.join(".hidden")).unwrap();
        for name in [
            "a.MKV",
            "a.en.srt",
            "poster.jpg",
            "notes.txt",
            ".x.mkv",
            ".hidden/b.mkv",
        ] {
            std::fs::write(films.join(name), name).unwrap();
        }
        std::os::unix::fs::symlink(root.path(), films.join("loop")).unwrap();
        std::os::unix::fs::symlink(root.path().join("none"), films.join("nowhere")).unwrap();
        let found = walk(root.path(), &Pulse::default()).unwrap();
        assert!(
            found.clear,
            "a circle and a link to nowhere stay what they are"
        );
        let tree = found.tree;
        let names: Vec<_> = tree
            .values()
            .flatten()
            .map(|f| f.relative.display().to_string())
            .collect();
        assert_eq!(names, ["Films/a.MKV", "Films/a.en.srt", "Films/poster.jpg"]);
    }

    #[test]
    fn a_missing_root_is_told_apart_from_an_empty_one() {
        let root = tempfile::tempdir().unwrap();
        let pulse = Pulse::default();
        assert!(walk(root.path(), &pulse).unwrap().tree.is_empty());
        assert!(matches!(
            walk(&root.path().join("x"), &pulse),
            Err(SourceError::Unreadable(_))
        ));
    }
}
