//! The cache limit that a person chose, kept in the profile so that every program that opens it honours it.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

fn path(data: &Path) -> PathBuf {
    data.join("cache-limit")
}

/// The limit in bytes; `None` when none was chosen, or what stands there is no number.
pub(crate) fn read(data: &Path) -> Option<u64> {
    fs::read_to_string(path(data)).ok()?.trim().parse().ok()
}

/// Keeps a limit: the former one stays whole until the new one has its place.
pub(crate) fn write(data: &Path, bytes: u64) -> io::Result<()> {
    let new = path(data).with_extension("new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&new)?;
    writeln!(file, "{bytes}")?;
    file.sync_all()?;
    fs::rename(new, path(data))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_chosen_last_is_read_and_nonsense_is_nothing() {
        let data = tempfile::tempdir().unwrap();
        assert_eq!(read(data.path()), None);
        write(data.path(), 5).unwrap();
        write(data.path(), u64::MAX).unwrap();
        assert_eq!(read(data.path()), Some(u64::MAX));
        fs::write(path(data.path()), "much").unwrap();
        assert_eq!(read(data.path()), None);
    }
}
