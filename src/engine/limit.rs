//! The cache limit that a person chose, kept in the profile so that every program that opens it honours it.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::cache::Allowance;

fn path(data: &Path) -> PathBuf {
    data.join("cache-limit")
}

/// What was chosen; `None` when nothing was, or what stands there makes no sense.
pub(crate) fn read(data: &Path) -> Option<Allowance> {
    fs::read_to_string(path(data)).ok()?.trim().parse().ok()
}

/// Keeps a choice: the former one stays whole until the new one has its place.
pub(crate) fn write(data: &Path, allowance: Allowance) -> io::Result<()> {
    let new = path(data).with_extension("new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&new)?;
    writeln!(file, "{allowance}")?;
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
        for allowance in [
            Allowance::Bytes(5),
            Allowance::Percent(20),
            Allowance::Auto,
            Allowance::Bytes(u64::MAX),
        ] {
            write(data.path(), allowance).unwrap();
            assert_eq!(read(data.path()), Some(allowance));
        }
        fs::write(path(data.path()), "much").unwrap();
        assert_eq!(read(data.path()), None);
    }
}
