//! Where parts of a file can be asked for: a server, or a drive in the network.

use std::path::PathBuf;

use super::ranged::{self, Ask, Failure, Reply};
use super::{Http, Located, SecretUrl};
use crate::source_error::SourceError;

/// See the module.
#[derive(Clone, Debug)]
pub enum Way {
    /// At an address, with the client that adds the credentials.
    Server {
        /// The client of the account.
        http: Http,
        /// The address.
        url: SecretUrl,
    },
    /// In a file on a drive that may be slow, or away.
    Drive(PathBuf),
}

impl Way {
    /// The way to where bytes are that have to be fetched; `None` for a file of this computer, which is read where it is.
    #[must_use]
    pub fn to(located: Located) -> Option<Self> {
        match located {
            Located::Remote { http, url, .. } => Some(Self::Server { http, url }),
            Located::Drive(path) => Some(Self::Drive(path)),
            Located::File(_) => None,
        }
    }

    /// Asks once for a range. May be cancelled by dropping it.
    ///
    /// # Errors
    /// [`Failure`], without any retry.
    pub async fn get(&self, ask: &Ask) -> Result<Reply, Failure> {
        match self {
            Self::Server { http, url } => ranged::get(http, url, ask).await,
            Self::Drive(path) => ranged::read(path, ask).await,
        }
    }

    /// The same over a connection of its own.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn apart(self) -> Result<Self, SourceError> {
        Ok(match self {
            Self::Server { http, url } => Self::Server {
                http: http.apart()?,
                url,
            },
            drive @ Self::Drive(_) => drive,
        })
    }

    /// Whether both lead to the same place.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Server { url, .. }, Self::Server { url: other, .. }) => url == other,
            (Self::Drive(path), Self::Drive(other)) => path == other,
            _ => false,
        }
    }
}
