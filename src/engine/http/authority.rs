//! Certificate authorities beyond the system's: those of the file that `SPOOL_CA_FILE` names.

use std::sync::OnceLock;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// A bundle of certificates is a few hundred kilobytes.
const LIMIT: u64 = 4 << 20;

/// The certificates of the file that `SPOOL_CA_FILE` names, in PEM; read once. A file that cannot be used is told in the log:
/// what only it vouches for is then refused.
pub(super) fn additional() -> &'static [CertificateDer<'static>] {
    static READ: OnceLock<Vec<CertificateDer<'static>>> = OnceLock::new();
    READ.get_or_init(|| {
        let Some(path) = std::env::var_os("SPOOL_CA_FILE").filter(|path| !path.is_empty()) else {
            return Vec::new();
        };
        let small = std::fs::metadata(&path).is_ok_and(|file| file.len() <= LIMIT);
        let text = small.then(|| std::fs::read(&path).ok()).flatten();
        text.and_then(|text| parse(&text)).unwrap_or_else(|| {
            tracing::warn!("SPOOL_CA_FILE names no file of certificates");
            Vec::new()
        })
    })
}

/// All certificates of a PEM text; `None` where there is none, or one that cannot be an authority.
fn parse(text: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    let read: Vec<_> = CertificateDer::pem_slice_iter(text)
        .collect::<Result<_, _>>()
        .ok()?;
    let mut store = RootCertStore::empty();
    let usable = read.iter().all(|one| store.add(one.clone()).is_ok());
    (usable && !read.is_empty()).then_some(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_bundle_is_none() {
        for text in [
            "",
            "hello",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\n",
        ] {
            assert!(parse(text.as_bytes()).is_none(), "{text}");
        }
    }
}
