//! Certificate authorities beyond the system's: those of the file that `SPOOL_CA_FILE` names.

use std::sync::OnceLock;

use reqwest::Certificate;

/// A bundle of certificates is a few hundred kilobytes.
const LIMIT: u64 = 4 << 20;

/// The certificates of the file that `SPOOL_CA_FILE` names, in PEM; read once. A file that cannot be used is told in the log:
/// what only it vouches for is then refused.
pub(super) fn additional() -> &'static [Certificate] {
    static READ: OnceLock<Vec<Certificate>> = OnceLock::new();
    READ.get_or_init(|| {
        let Some(path) = std::env::var_os("SPOOL_CA_FILE").filter(|path| !path.is_empty()) else {
            return Vec::new();
        };
        let small = std::fs::metadata(&path).is_ok_and(|file| file.len() <= LIMIT);
        let text = small.then(|| std::fs::read(&path).ok()).flatten();
        let read = text.and_then(|text| Certificate::from_pem_bundle(&text).ok());
        read.filter(|all| !all.is_empty()).unwrap_or_else(|| {
            tracing::warn!("SPOOL_CA_FILE names no file of certificates");
            Vec::new()
        })
    })
}
