//! Paths below a folder as opaque keys, and back without ever leaving the folder.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path, PathBuf};

/// The key of a path below a root: the path itself, with `%` and bytes that are not UTF-8 as `%XX`, so that every file name
/// that Linux allows survives.
pub(crate) fn key(relative: &Path) -> String {
    let mut key = String::new();
    for chunk in relative.as_os_str().as_bytes().utf8_chunks() {
        for c in chunk.valid().chars() {
            if c == '%' {
                key.push_str("%25")
            } else {
                key.push(c)
            }
        }
        for byte in chunk.invalid() {
            key.push_str(&format!("%{byte:02X}"));
        }
    }
    key
}

/// The path that a key means; `None` for what [`key`] never makes, such as a way out of the root.
pub(crate) fn resolve(root: &Path, key: &str) -> Option<PathBuf> {
    let mut bytes = Vec::with_capacity(key.len());
    let mut rest = key.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        if first == b'%' {
            let digits = std::str::from_utf8(tail.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &tail[2..];
        } else {
            bytes.push(first);
            rest = tail;
        }
    }
    let relative = PathBuf::from(OsString::from_vec(bytes));
    let inside = !relative.as_os_str().is_empty()
        && relative
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
    (inside && !relative.as_os_str().as_bytes().contains(&0)).then(|| root.join(relative))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_survives() {
        let root = Path::new("/films");
        let names: [&[u8]; 5] = [
            b"A (2019)/a.mkv",
            b"100%.mkv",
            b"%41.mkv",
            b"caf\xc3\xa9.mkv",
            b"latin\xe9\xff.mkv",
        ];
        for name in names {
            let path = PathBuf::from(OsString::from_vec(name.to_vec()));
            assert_eq!(
                resolve(root, &key(&path)),
                Some(root.join(&path)),
                "{path:?}"
            );
        }
    }

    #[test]
    fn nothing_leads_out() {
        for wrong in [
            "",
            "..",
            "../x",
            "a/../../x",
            "/etc/passwd",
            "%2e%2e/x",
            "a/%2E%2E/x",
            "%2Fetc",
            "%",
            "%4",
            "%zz",
            "a%00b",
        ] {
            assert_eq!(resolve(Path::new("/films"), wrong), None, "{wrong}");
        }
    }
}
