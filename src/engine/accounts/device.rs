//! The id of this installation, which servers list devices by.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The id in `device-id` of a folder, made once. Where it cannot be kept, one for this session: signing in works all the
/// same, the server only lists one more device.
pub(super) fn id(folder: &Path) -> String {
    let path = folder.join("device-id");
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let kept = kept.trim();
    if kept.len() == 32 && kept.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return kept.to_owned();
    }
    let id = format!("{:032x}", rand::random::<u128>());
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&path);
    if let Err(error) = file.and_then(|mut file| file.write_all(id.as_bytes())) {
        tracing::warn!(%error, "the installation's id cannot be kept");
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_installation_keeps_its_id_and_two_differ() {
        let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let first = id(a.path());
        assert_eq!(id(a.path()), first);
        assert_ne!(id(b.path()), first);
        std::fs::write(b.path().join("device-id"), "torn").unwrap();
        assert_eq!(id(b.path()).len(), 32);
    }
}
