//! Where bytes are.

use std::path::PathBuf;

use super::{Http, SecretUrl};

/// Where the bytes of a part are, now. Valid for minutes, never stored.
#[derive(Clone, Debug)]
pub enum Located {
    /// At an address, to be fetched with this client (which adds the credentials).
    Remote {
        /// The client of the account.
        http: Http,
        /// The address; may contain a token, so it never prints.
        url: SecretUrl,
    },
    /// In a file of this computer: read it there, do not copy it.
    File(PathBuf),
}
