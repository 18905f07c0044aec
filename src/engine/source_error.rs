//! Why a source could not answer. Apart from `source`, because `http` and `cache` name it too.

use std::time::Duration;

use crate::model::{AccountId, RefusedCertificate};
use crate::recovery::Recovery;

/// Why there is no connection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoConnection {
    /// Nobody knows the server's name.
    #[error("no such name")]
    NoSuchName,
    /// The computer is there, and no program listens at this port of it.
    #[error("connection refused")]
    Refused,
    /// No way leads to its network.
    #[error("no route to it")]
    NoRoute,
    /// Nothing came back.
    #[error("no answer")]
    NoAnswer,
    /// Otherwise; words for logs.
    #[error("{0}")]
    Other(String),
}

impl From<String> for NoConnection {
    fn from(words: String) -> Self {
        Self::Other(words)
    }
}

impl From<&str> for NoConnection {
    fn from(words: &str) -> Self {
        Self::Other(words.to_owned())
    }
}

/// Why a source could not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// No connection: refused, no route, no such name.
    #[error("the server cannot be reached: {0}")]
    Unreachable(NoConnection),
    /// Connected, but no answer in time.
    #[error("the server did not answer in time")]
    Timeout,
    /// The token was refused (401).
    #[error("the server refused the sign-in")]
    Unauthorized,
    /// The token was refused, and whoever gave it says that it is good, or cannot be asked: a server that is starting refuses
    /// good tokens too.
    #[error("the server does not take the sign-in for now")]
    Unconfirmed,
    /// The server is not among those that this user may use any more.
    #[error("the server is no longer shared with this user")]
    NotShared,
    /// Only a relay leads there, which carries no more than a low quality.
    #[error("the relay carries only a low quality")]
    Relayed,
    /// This user may not (403).
    #[error("the server does not allow this")]
    Forbidden,
    /// It does not exist (any more).
    #[error("the server does not have it any more")]
    Gone,
    /// The server has the title, and cannot find or read its file.
    #[error("the server cannot find the file of it")]
    FileMissing,
    /// Too many requests, or the server is starting up.
    #[error("the server asks to wait")]
    Busy {
        /// What it asked for in `Retry-After`, at most 5 minutes.
        retry_after: Option<Duration>,
    },
    /// Any other status that is not a success.
    #[error("the server answered {0}")]
    Status(u16),
    /// The answer is not what this protocol says (HTML, broken JSON, too large).
    #[error("the answer makes no sense: {0}")]
    Malformed(String),
    /// A media file came compressed, though it was asked for as it is: positions in it mean nothing.
    #[error("the server compresses media ({0})")]
    Encoded(String),
    /// The server's certificate is not to be trusted; nothing was sent.
    #[error("the certificate is not trusted: {0}")]
    Certificate(RefusedCertificate),
    /// The TLS handshake failed otherwise, or it led away from a secure connection.
    #[error("the connection is not secure: {0}")]
    Insecure(String),
    /// It will not do this, and says why in words of its own: at most 300 letters, for people.
    #[error("the server says: {0}")]
    Refused(String),
    /// A folder or file could not be read.
    #[error("cannot read the folder or file: {0}")]
    Unreadable(String),
}

impl SourceError {
    /// What a caller may do about it.
    #[must_use]
    pub fn recovery(&self, account: &AccountId) -> Recovery {
        match self {
            Self::Unreachable(_)
            | Self::Timeout
            | Self::Unconfirmed
            | Self::FileMissing
            | Self::Status(500..) => Recovery::Retry,
            Self::Busy { retry_after } => retry_after.map_or(Recovery::Retry, Recovery::RetryAfter),
            Self::Unauthorized => Recovery::SignIn(account.clone()),
            Self::NotShared
            | Self::Relayed
            | Self::Forbidden
            | Self::Gone
            | Self::Status(_)
            | Self::Malformed(_)
            | Self::Encoded(_)
            | Self::Certificate(_)
            | Self::Insecure(_)
            | Self::Refused(_)
            | Self::Unreadable(_) => Recovery::GiveUp,
        }
    }

    /// Whether it may be that the server has no room, now, for what was asked, and has some for less.
    #[must_use]
    pub fn is_for_want_of_room(&self) -> bool {
        matches!(
            self,
            Self::Busy { .. } | Self::Status(503 | 509) | Self::Refused(_)
        )
    }

    /// Whether the server was there and did not give these bytes, or not as they are: it may give others instead. Not where it
    /// has no time, nor where what answers is perhaps not the server at all but something on the way to it.
    #[must_use]
    pub fn is_about_these_bytes(&self) -> bool {
        matches!(
            self,
            Self::Forbidden | Self::Status(_) | Self::Encoded(_) | Self::Refused(_)
        )
    }

    /// Whether it says that the server cannot be reached at all.
    #[must_use]
    pub fn is_offline(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Timeout)
    }
}
