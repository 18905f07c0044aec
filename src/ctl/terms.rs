//! What a server asks of its clients, read from the files that the command line names: a secret is never an argument.

use std::io::Read;
use std::path::Path;

use spool_engine::http::Terms;
use spool_engine::secret::Secret;

use crate::cli::ServerTerms;
use crate::failure::Failure;

/// Longest file that is read, in bytes.
const LIMIT: u64 = 256 << 10;

/// The terms that the options name.
pub(crate) fn read(options: &ServerTerms) -> Result<Terms, Failure> {
    let mut terms = Terms::default();
    terms.pin = options.accept_fingerprint;
    if let Some(path) = &options.header_file {
        for (at, line) in (1..).zip(text(path)?.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let added = line.split_once(':').is_some_and(|(name, value)| {
                terms.add_header(name, &Secret::new(value.trim())).is_ok()
            });
            if !added {
                let place = path.display();
                return Err(Failure::new(format!(
                    "Line {at} of {place} is not a header that can be added."
                )));
            }
        }
    }
    if let Some(path) = &options.client_certificate {
        let pem = Secret::new(text(path)?);
        terms.set_identity(&pem).map_err(|_| {
            let place = path.display();
            Failure::new(format!("{place} holds no certificate with its key."))
        })?;
    }
    Ok(terms)
}

fn text(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(LIMIT).read_to_string(&mut text))
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}.", path.display())))?;
    Ok(text)
}
