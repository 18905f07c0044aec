//! The search for a canary: a text that stands for a secret, and must turn up nowhere.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// Whether a file contains one of these texts; read in pieces that overlap, for logs are large. A file that has gone
/// contains nothing.
///
/// # Panics
/// The file cannot be read.
#[must_use]
pub fn contains(path: &Path, texts: &[&str]) -> bool {
    let overlap = texts.iter().map(|text| text.len()).max().unwrap_or(0);
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return false,
        Err(error) => panic!("{}: {error}", path.display()),
    };
    let mut window = Vec::new();
    loop {
        let kept = window.len().min(overlap);
        window.drain(..window.len() - kept);
        let read = file
            .by_ref()
            .take(1 << 20)
            .read_to_end(&mut window)
            .expect("the file can be read");
        let found = |text: &&&str| {
            let text = text.as_bytes();
            window.windows(text.len()).any(|part| part == text)
        };
        if texts.iter().any(|text| found(&text)) {
            return true;
        }
        if read == 0 {
            return false;
        }
    }
}

/// All files below a folder.
///
/// # Panics
/// A folder cannot be read.
#[must_use]
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("the folder can be read") {
            let entry = entry.expect("its entries can be read");
            let kind = entry.file_type().expect("its entries have a type");
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                found.push(entry.path());
            }
        }
    }
    found
}
