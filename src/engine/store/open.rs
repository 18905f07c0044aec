//! Opening the database file: permissions, connections, upgrade, and what happens to a damaged one.
//!
//! While the database is open a file `spool.db.open` lies beside it. When it is still there at the next start, the
//! program or the computer ended abruptly, and the pages are checked before they are believed.

use std::fs::{self, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use migrations::{Migrator, MigratorTrait};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, Statement,
    TransactionTrait,
};
use tokio::sync::Mutex;

use super::{Inner, Store, StoreError, Writer, rescue};

const NAME: &str = "spool.db";
/// The shortest page, with the header in it.
const HEADER: u64 = 512;
/// For so long a statement waits for another program that locks the database.
const PATIENCE: Duration = Duration::from_secs(5);

/// Opens the database in `folder`; see [`Store::open`].
pub(super) async fn open(folder: &Path) -> Result<Store, StoreError> {
    let file = folder.join(NAME);
    let abrupt = mark(&file).exists();
    let store = match open_or_unlock(&file, abrupt).await {
        Err(why) if why.is_cured_by_rebuilding() => rescue::rebuild(&file, &why).await?,
        other => other?,
    };
    // Without it the next start believes pages that it had better look at: no reason not to start.
    if let Err(error) = create_private(&mark(&file)) {
        tracing::warn!(%error, "the open database cannot be marked");
    }
    Ok(store)
}

/// A file that only lost its owner's right to write is given it back.
async fn open_or_unlock(file: &Path, check: bool) -> Result<Store, StoreError> {
    match open_file(file, check).await {
        Err(StoreError::Unusable(why)) => {
            let owner = fs::Permissions::from_mode(0o600);
            match fs::set_permissions(file, owner) {
                Ok(()) => open_file(file, check).await,
                Err(_) => Err(StoreError::Unusable(why)),
            }
        }
        other => other,
    }
}

/// Removes the mark of an open database.
pub(super) fn note_orderly_end(file: &Path) {
    if let Err(error) = fs::remove_file(mark(file)) {
        tracing::warn!(%error, "the mark of the open database cannot be removed");
    }
}

fn mark(file: &Path) -> PathBuf {
    file.with_extension("db.open")
}

fn create_private(file: &Path) -> Result<(), StoreError> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(file)
        .map(drop)
        .map_err(|error| match error.kind() {
            ErrorKind::PermissionDenied | ErrorKind::IsADirectory => {
                StoreError::Unusable(error.to_string())
            }
            _ => StoreError::File(file.to_owned(), Arc::new(error)),
        })
}

pub(super) async fn open_file(file: &Path, check: bool) -> Result<Store, StoreError> {
    // Made here for its mode; SQLite gives its -wal and -shm files the same one.
    create_private(file)?;
    // SQLite takes what is shorter than its header for an empty database.
    let length = fs::metadata(file).map_or(0, |about| about.len());
    if (1..HEADER).contains(&length) {
        return Err(StoreError::Damaged("it is cut off".to_owned()));
    }
    let durable = connect(file, "FULL", 1, false).await?;
    if check {
        check_pages(&durable).await?;
    }
    upgrade(&durable).await?;
    let quick = connect(file, "NORMAL", 1, false).await?;
    let readers = connect(file, "NORMAL", 3, true).await?;
    Ok(Store {
        inner: Arc::new(Inner {
            readers,
            writer: Mutex::new(Writer { quick, durable }),
            file: file.to_owned(),
            rebuilt: None,
        }),
    })
}

async fn connect(
    file: &Path,
    synchronous: &'static str,
    connections: u32,
    only_reads: bool,
) -> Result<DatabaseConnection, DbErr> {
    let file = file.to_owned();
    let mut options = ConnectOptions::new("sqlite::memory:");
    options
        .min_connections(1)
        .max_connections(connections)
        .idle_timeout(None::<Duration>)
        .max_lifetime(None::<Duration>)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |_| {
            sea_orm::sqlx::sqlite::SqliteConnectOptions::new()
                .filename(&file)
                .busy_timeout(PATIENCE)
                .foreign_keys(true)
                .pragma("journal_mode", "WAL")
                .pragma("synchronous", synchronous)
                .pragma("query_only", if only_reads { "ON" } else { "OFF" })
        });
    Database::connect(options).await
}

async fn check_pages(db: &DatabaseConnection) -> Result<(), StoreError> {
    let statement = Statement::from_string(db.get_database_backend(), "PRAGMA quick_check(1)");
    let answer: Option<String> = match db.query_one_raw(statement).await? {
        Some(row) => row.try_get_by_index(0)?,
        None => None,
    };
    match answer.as_deref() {
        Some("ok") => Ok(()),
        other => Err(StoreError::Damaged(other.unwrap_or("no answer").to_owned())),
    }
}

async fn upgrade(db: &DatabaseConnection) -> Result<(), StoreError> {
    let known: Vec<String> = Migrator::migrations()
        .iter()
        .map(|step| step.name().to_owned())
        .collect();
    for applied in applied_steps(db).await? {
        if !known.contains(&applied) {
            return Err(StoreError::Newer(applied));
        }
    }
    // In one transaction: a program that is killed between a step and the note that it was taken would find a half-made
    // table at its next start, and take the database for a damaged one.
    let transaction = db.begin().await?;
    Migrator::up(&transaction, None).await?;
    transaction.commit().await?;
    Ok(())
}

async fn applied_steps(db: &DatabaseConnection) -> Result<Vec<String>, StoreError> {
    let backend = db.get_database_backend();
    let table = "SELECT name FROM sqlite_master WHERE name = 'seaql_migrations'";
    if db
        .query_one_raw(Statement::from_string(backend, table))
        .await?
        .is_none()
    {
        return Ok(Vec::new());
    }
    let steps = Statement::from_string(backend, "SELECT version FROM seaql_migrations");
    let rows = db.query_all_raw(steps).await?;
    rows.iter()
        .map(|row| Ok(row.try_get_by_index(0)?))
        .collect()
}
