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
        /// So many requests for this file may be under way at the same time; at least 1. A server that ends one stream when
        /// another begins has 1 here.
        connections: usize,
    },
    /// In a file on a drive in the network: fetch it like a server's, it may be slow, and away tomorrow.
    Drive(PathBuf),
    /// In a file of this computer: read it there, do not copy it.
    File(PathBuf),
}

impl Located {
    /// Requests for one file at the same time, where nothing is known against it: one for each of two cursors.
    pub const CONNECTIONS: usize = 2;

    /// Bytes at `url`, from a server that nothing special is known of.
    #[must_use]
    pub const fn remote(http: Http, url: SecretUrl) -> Self {
        Self::Remote {
            http,
            url,
            connections: Self::CONNECTIONS,
        }
    }
}
