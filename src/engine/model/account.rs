//! Accounts and their state of connection.

use super::{AccountId, Fingerprint, RefusedCertificate};
use crate::source_error::SourceError;

/// What kind of source an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SourceKind {
    /// A folder on this computer.
    Folder,
    /// A folder on a drive in the network: read through the cache, for it is slow and comes and goes.
    NetworkDrive,
    /// A Jellyfin server.
    Jellyfin,
    /// A Plex server.
    Plex,
}

impl SourceKind {
    /// Whether it is made of files, with nobody to tell what was watched.
    #[must_use]
    pub const fn is_folder(self) -> bool {
        matches!(self, Self::Folder | Self::NetworkDrive)
    }
}

/// Whether an account can be reached now.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum AccountState {
    /// Not tried since the program started.
    #[default]
    Unknown,
    /// It answered last time.
    Online,
    /// It did not answer; what is on this device still plays.
    Offline,
    /// Its token was refused: the person must sign in again.
    SignInNeeded,
}

/// How far away a server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reach {
    /// On this computer.
    Here,
    /// In the same network.
    Near,
    /// Over the internet.
    Far,
    /// Through its maker's relay, which is slow.
    Relay,
}

/// Which way questions to a server take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// How far it is.
    pub reach: Reach,
    /// Whether nobody on the way can listen.
    pub secure: bool,
    /// Host and port, without anything secret.
    pub place: String,
}

/// One user on one server, or one folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Our id for it.
    pub id: AccountId,
    /// Which kind of source.
    pub kind: SourceKind,
    /// The server's or folder's name, for people.
    pub name: String,
    /// The server's base address without credentials, or the folder's path.
    pub address: String,
    /// The user's name on the server; empty for folders.
    pub user: String,
    /// Whether it can be reached now.
    pub state: AccountState,
    /// Why it cannot, where it cannot.
    pub trouble: Option<SourceError>,
    /// Which way its last answer took; `None` while it has not answered, and for folders.
    pub route: Option<Route>,
    /// The certificate that the person accepted for it, in place of the authorities' word.
    pub fingerprint: Option<Fingerprint>,
}

impl Account {
    /// It is known that only what is on this device can be played of it now.
    #[must_use]
    pub fn is_away(&self) -> bool {
        matches!(
            self.state,
            AccountState::Offline | AccountState::SignInNeeded
        )
    }

    /// The certificate that its server shows now, was refused for, and that a person may accept.
    #[must_use]
    pub fn refused(&self) -> Option<RefusedCertificate> {
        match &self.trouble {
            Some(SourceError::Certificate(refused)) if !self.kind.is_folder() => {
                Some(*refused).filter(|refused| refused.fault.can_be_accepted())
            }
            _ => None,
        }
    }
}
