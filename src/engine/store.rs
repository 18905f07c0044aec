//! The database: one SQLite file that mirrors all libraries and keeps what the user has watched.
//!
//! **Owns** the connections, the schema's version, and every statement; only this module names `sea_orm`.
//! **Does not know** sources, the network or the cache's files.
//! **Threads.** All methods are asynchronous and wait on SQLite's own threads. Readers never wait for the writer (WAL);
//! writers take turns. A dropped future rolls its transaction back.
//!
//! Durability: the mirror and the cache's claims are written with `synchronous=NORMAL` (a power cut may take the last
//! seconds, which a refresh brings back); positions, marks and accounts with `FULL`, because nobody else has them.

pub(crate) mod accounts;
mod artists;
mod cache_index;
pub(crate) mod children;
pub(crate) mod details;
mod entity;
mod fold;
mod item_row;
pub(crate) mod items;
mod lists;
mod open;
pub(crate) mod outbox;
mod page;
mod progress;
mod rescue;
pub(crate) mod rows;
mod shelves;
mod subtitles;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sea_orm::{DatabaseConnection, DbErr, RuntimeErr};
use tokio::sync::{Mutex, MutexGuard};

/// Why the database could not do what it was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// A newer version of the program made it.
    #[error("a newer version of this program has changed the database ({0})")]
    Newer(String),
    /// Its pages are damaged, or it is no database at all.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// No space is left for it.
    #[error("no space is left on the disk")]
    Full,
    /// A row holds what this program never writes.
    #[error("a row makes no sense: {0}")]
    Row(String),
    /// A file or folder could not be made, moved or opened.
    #[error("{0} cannot be used: {1}")]
    File(PathBuf, Arc<std::io::Error>),
    /// Another program locks it, and goes on locking it.
    #[error("another program locks the database")]
    Locked,
    /// Its file cannot be read or written.
    #[error("the database cannot be read or written: {0}")]
    Unusable(String),
    /// Anything else.
    #[error("{0}")]
    Failed(#[source] DbErr),
}

impl StoreError {
    /// Whether a new database in the place of this one works.
    fn is_cured_by_rebuilding(&self) -> bool {
        match self {
            Self::Damaged(_) | Self::Locked | Self::Unusable(_) | Self::Failed(_) => true,
            Self::Newer(_) | Self::Full | Self::Row(_) | Self::File(..) => false,
        }
    }
}

/// A database that was set aside, because it could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rebuilt {
    /// Where it is now.
    pub aside: PathBuf,
    /// Rows of accounts, positions and marks that were saved from it.
    pub saved: u64,
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        match primary_code(&error) {
            // SQLITE_CORRUPT and SQLITE_NOTADB.
            Some(11 | 26) => Self::Damaged(error.to_string()),
            // SQLITE_FULL.
            Some(13) => Self::Full,
            // SQLITE_BUSY and SQLITE_LOCKED.
            Some(5 | 6) => Self::Locked,
            // SQLITE_PERM, SQLITE_READONLY, SQLITE_IOERR, SQLITE_CANTOPEN.
            Some(3 | 8 | 10 | 14) => Self::Unusable(error.to_string()),
            _ => Self::Failed(error),
        }
    }
}

/// Milliseconds since 1970, now.
pub(crate) fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// SQLite's primary result code of an error, where it came from SQLite.
fn primary_code(error: &DbErr) -> Option<u32> {
    let (DbErr::Conn(RuntimeErr::SqlxError(inner))
    | DbErr::Exec(RuntimeErr::SqlxError(inner))
    | DbErr::Query(RuntimeErr::SqlxError(inner))) = error
    else {
        return None;
    };
    let sea_orm::sqlx::Error::Database(inner) = inner.as_ref() else {
        return None;
    };
    // Extended codes carry the primary one in their low byte.
    let code: u32 = inner.code()?.parse().ok()?;
    Some(code & 0xff)
}

/// The open database. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    readers: DatabaseConnection,
    writer: Mutex<Writer>,
    file: PathBuf,
    rebuilt: Option<Rebuilt>,
}

/// The two connections that write; whoever holds them writes alone.
#[derive(Debug)]
struct Writer {
    /// `synchronous=NORMAL`.
    quick: DatabaseConnection,
    /// `synchronous=FULL`: a finished transaction survives a power cut.
    durable: DatabaseConnection,
}

impl Store {
    /// Opens the database in `folder`, makes or upgrades its tables, and sets one that is damaged, locked or unreadable aside
    /// as `spool.db.bad-DATE`, saving from it what only the user has.
    pub(crate) async fn open(folder: &Path) -> Result<Self, StoreError> {
        open::open(folder).await
    }

    /// What was set aside when it was opened.
    pub(crate) fn rebuilt(&self) -> Option<&Rebuilt> {
        self.inner.rebuilt.as_ref()
    }

    fn readers(&self) -> &DatabaseConnection {
        &self.inner.readers
    }

    async fn writer(&self) -> MutexGuard<'_, Writer> {
        self.inner.writer.lock().await
    }

    /// Closes all connections after the running statements, and notes that the end was orderly. Later calls fail.
    pub(crate) async fn close(&self) {
        let writer = self.writer().await;
        let closed = async {
            self.inner.readers.clone().close().await?;
            writer.quick.clone().close().await?;
            writer.durable.clone().close().await
        };
        match closed.await {
            Ok(()) => open::note_orderly_end(&self.inner.file),
            Err(error) => tracing::warn!(%error, "closing the database failed"),
        }
    }
}
