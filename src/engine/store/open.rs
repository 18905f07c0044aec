//! Opening the database file: permissions, connections, upgrade, and what happens to a damaged one.
//!
//! While the database is open a file `spool.db.open` lies beside it. When it is still there at the next start, the
//! program or the computer ended abruptly, and the pages are checked before they are believed.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use migrations::{Migrator, MigratorTrait};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, Statement};
use tokio::sync::Mutex;

use super::{Inner, Store, StoreError, Writer};

const NAME: &str = "spool.db";

/// What only the user has, saved from a damaged database as far as it can be read. The mirror comes back with a refresh;
/// claims of the cache are not taken from pages that cannot be trusted.
const SAVED: [(&str, &str); 3] = [
    (
        "accounts",
        "id, place, kind, name, address, user_name, user_id, machine_id, fingerprint",
    ),
    (
        "progress",
        "account, key, position_ms, watched, last_played, changed_at",
    ),
    (
        "unsent_reports",
        "account, key, part, position_ms, mark, happened_at",
    ),
];

/// Opens the database in `folder`; see [`Store::open`].
pub(super) async fn open(folder: &Path) -> Result<Store, StoreError> {
    let file = folder.join(NAME);
    let abrupt = mark(&file).exists();
    let store = match open_file(&file, abrupt).await {
        Err(StoreError::Damaged(why)) => {
            let aside = set_aside(&file)?;
            tracing::warn!(%why, aside = %aside.display(), "the database is damaged and is rebuilt");
            let store = open_file(&file, false).await?;
            save_what_is_readable(&store, &aside).await;
            store
        }
        other => other?,
    };
    create_private(&mark(&file))?;
    Ok(store)
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
        .map_err(|error| StoreError::File(file.to_owned(), Arc::new(error)))
}

async fn open_file(file: &Path, check: bool) -> Result<Store, StoreError> {
    // Made here for its mode; SQLite gives its -wal and -shm files the same one.
    create_private(file)?;
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
                .busy_timeout(Duration::from_secs(5))
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
    Migrator::up(db, None).await?;
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

/// Moves the database and its log out of the way, under a name that says when.
fn set_aside(file: &Path) -> Result<PathBuf, StoreError> {
    let date = jiff::Timestamp::now().strftime("%Y%m%d-%H%M%S");
    let aside = file.with_extension(format!("db.bad-{date}"));
    let with = |path: &Path, suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    for suffix in ["-wal", "", "-shm"] {
        let from = with(file, suffix);
        if from.exists() {
            fs::rename(&from, with(&aside, suffix))
                .map_err(|error| StoreError::File(from, Arc::new(error)))?;
        }
    }
    Ok(aside)
}

async fn save_what_is_readable(store: &Store, aside: &Path) {
    let writer = store.writer().await;
    let db = &writer.durable;
    let backend = db.get_database_backend();
    let path = aside.to_string_lossy().into_owned();
    let attach = Statement::from_sql_and_values(backend, "ATTACH DATABASE ? AS bad", [path.into()]);
    if let Err(error) = db.execute_raw(attach).await {
        tracing::warn!(%error, "nothing could be saved from the damaged database");
        return;
    }
    for (table, columns) in SAVED {
        let copy =
            format!("INSERT OR IGNORE INTO {table} ({columns}) SELECT {columns} FROM bad.{table}");
        match db.execute_unprepared(&copy).await {
            Ok(done) => tracing::info!(table, rows = done.rows_affected(), "saved"),
            Err(error) => tracing::warn!(table, %error, "not saved"),
        }
    }
    if let Err(error) = db.execute_unprepared("DETACH DATABASE bad").await {
        tracing::warn!(%error, "the damaged database stays attached");
    }
}
