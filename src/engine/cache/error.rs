//! Why bytes could not be had.

use crate::source_error::SourceError;

/// Why bytes could not be had.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CacheError {
    /// The source failed and retries are used up.
    #[error("the bytes cannot be fetched: {0}")]
    Upstream(#[source] SourceError),
    /// It is not here, and there is no way to its source now: no network, or a server that is known to be away. Fetching goes
    /// on by itself when it is back.
    #[error("it is not here, and there is no way to its source")]
    Offline,
    /// Reading or writing the cache folder failed.
    #[error("the cache folder failed: {0}")]
    Disk(String),
    /// The disk is full, and nothing in the cache may be removed for it.
    #[error("the disk is full: {needed} more bytes are needed")]
    DiskFull {
        /// How many bytes have to become free before it is worth to try again.
        needed: u64,
    },
    /// The file changed at its source; what is cached belongs to the old one. Open it again.
    #[error("the file changed at its source")]
    Changed,
    /// The server cannot send from the middle of this file.
    #[error("the server cannot send a part of this file")]
    NotSeekable,
    /// The read was cancelled.
    #[error("cancelled")]
    Cancelled,
    /// Another running program holds this cache folder.
    #[error("the cache folder is in use by another program")]
    InUse,
    /// The service has been shut down.
    #[error("the cache is shut down")]
    Closed,
}
