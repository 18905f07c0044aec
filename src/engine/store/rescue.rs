//! What becomes of a database that cannot be used: it is set aside untouched, a new one takes its place, and what only the
//! user has is read from a copy of the old one, row by row, as far as it can be read.
//!
//! The mirror of the libraries comes back with a refresh; claims of the cache are not taken from pages that cannot be trusted.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, Statement};

use super::{Rebuilt, Store, StoreError, open, primary_code};

/// What only the user has.
const SAVED: [Saved; 5] = [
    Saved::same(
        "accounts",
        "id, place, kind, name, address, user_name, user_id, machine_id, fingerprint",
    ),
    Saved::same(
        "progress",
        "account, key, position_ms, watched, last_played, changed_at",
    ),
    Saved::same(
        "outbox",
        "account, key, kind, part, position_ms, value, happened_at",
    ),
    Saved::same("dismissals", "account, key, at, told"),
    // As it was called once.
    Saved {
        table: "outbox",
        columns: "account, key, kind, part, position_ms, value, happened_at",
        old: "unsent_reports",
        old_columns: "account, key, CASE WHEN mark IS NULL THEN 'position' ELSE 'watched' END, part, position_ms, mark, happened_at",
    },
];
/// What people said of cached titles: the files of kept ones are nobody's without a row, and would be deleted.
const KEPT: [Saved; 2] = [
    Saved::same(
        "cache_index",
        "key, generation, size, etag, last_modified, fingerprint, ranges, disk_bytes, last_use, class, pinned, \
         watched_ppm, watched_ms, turn, era",
    ),
    Saved::same("cache_job", "id, key, fingerprint, size_hint"),
];
/// Streams come again by themselves. What is left is of a former era: a claim that damage may have changed is believed only
/// where its file has data, and kept titles have checksums beside.
const DOUBT: [&str; 3] = [
    "DELETE FROM cache_index WHERE NOT pinned AND class <> 'kept'",
    "INSERT OR REPLACE INTO cache_facts (name, value) VALUES ('boot', ''), ('orderly', 'yes')",
    "INSERT OR REPLACE INTO cache_facts (name, value) \
     SELECT 'era', CAST(coalesce(max(era), 0) + 1 AS TEXT) FROM cache_index",
];
/// Rows that are saved: what they are called in the old database, and what they become.
struct Saved {
    table: &'static str,
    columns: &'static str,
    old: &'static str,
    old_columns: &'static str,
}

impl Saved {
    const fn same(table: &'static str, columns: &'static str) -> Self {
        Self {
            table,
            columns,
            old: table,
            old_columns: columns,
        }
    }
}

/// A database is up to three files.
const SUFFIXES: [&str; 3] = ["-wal", "", "-shm"];
/// Rows that are copied at once while all goes well.
const BATCH: u32 = 200;
/// SQLite's primary code of a violated constraint.
const CONSTRAINT: u32 = 19;

/// Sets `file` aside and opens a new one in its place.
pub(super) async fn rebuild(file: &Path, why: &StoreError) -> Result<Store, StoreError> {
    let aside = set_aside(file)?;
    tracing::warn!(%why, aside = %aside.display(), "the database cannot be used and is rebuilt");
    let mut store = open::open_file(file, false).await?;
    let copy = file.with_extension("db.reading");
    // Whoever has locked the old one has not locked a copy, and what was set aside stays as it was.
    let readable = if copy_all(&aside, &copy) {
        &copy
    } else {
        &aside
    };
    let saved = save_what_is_readable(&store, readable).await;
    for suffix in SUFFIXES {
        // Most are not there.
        fs::remove_file(with(&copy, suffix)).ok();
    }
    if let Some(inner) = Arc::get_mut(&mut store.inner) {
        inner.rebuilt = Some(Rebuilt { aside, saved });
    }
    Ok(store)
}

fn with(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Moves the database and its log out of the way, under a name that says when.
fn set_aside(file: &Path) -> Result<PathBuf, StoreError> {
    let date = jiff::Timestamp::now().strftime("%Y%m%d-%H%M%S");
    let name = |number: u32| match number {
        0 => file.with_extension(format!("db.bad-{date}")),
        number => file.with_extension(format!("db.bad-{date}-{number}")),
    };
    let free = (0..).map(name).find(|name| !name.exists());
    let aside = free.unwrap_or_else(|| name(0));
    for suffix in SUFFIXES {
        let from = with(file, suffix);
        match fs::rename(&from, with(&aside, suffix)) {
            // Most are not there, or go now: a connection that could not use them closes in its own time.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            renamed => renamed.map_err(|error| StoreError::File(from, Arc::new(error)))?,
        }
    }
    Ok(aside)
}

fn copy_all(from: &Path, to: &Path) -> bool {
    let copied = ["-wal", ""].iter().try_for_each(|suffix| {
        let from = with(from, suffix);
        if suffix.is_empty() || from.exists() {
            fs::copy(&from, with(to, suffix)).map(drop)
        } else {
            Ok(())
        }
    });
    if let Err(error) = &copied {
        tracing::warn!(%error, "the old database cannot be copied");
    }
    copied.is_ok()
}

/// Returns the number of rows that were saved.
async fn save_what_is_readable(store: &Store, old: &Path) -> u64 {
    let writer = store.writer().await;
    let db = &writer.durable;
    let backend = db.get_database_backend();
    let path = old.to_string_lossy().into_owned();
    // With it SQLite also reads a file that is shorter than its header says.
    let lenient = |on: &str| format!("PRAGMA writable_schema={on}");
    if let Err(error) = db.execute_unprepared(&lenient("ON")).await {
        tracing::warn!(%error, "a shortened database will not be read");
    }
    let attach = Statement::from_sql_and_values(backend, "ATTACH DATABASE ? AS bad", [path.into()]);
    if let Err(error) = db.execute_raw(attach).await {
        tracing::warn!(%error, "nothing could be saved from the old database");
        return 0;
    }
    let mut saved = 0;
    for one in &SAVED {
        // From both ends: a damaged page in the middle stops each.
        let rows = copy_rows(db, one, true).await + copy_rows(db, one, false).await;
        tracing::info!(table = one.old, rows, "saved");
        saved += rows;
    }
    save_kept(db).await;
    if let Err(error) = db.execute_unprepared("DETACH DATABASE bad").await {
        tracing::warn!(%error, "the old database stays attached");
    }
    if let Err(error) = db.execute_unprepared(&lenient("RESET")).await {
        tracing::warn!(%error, "the schema stays writable");
    }
    saved
}

/// Brings what people said of cached titles over.
async fn save_kept(db: &DatabaseConnection) {
    for one in &KEPT {
        copy_rows(db, one, true).await;
        copy_rows(db, one, false).await;
    }
    for statement in DOUBT {
        if let Err(error) = db.execute_unprepared(statement).await {
            tracing::warn!(%error, "what was kept is not in doubt");
        }
    }
}

/// Copies rows that are not there yet in the order of their numbers, or against it, up to the first that cannot be read.
async fn copy_rows(db: &DatabaseConnection, one: &Saved, upwards: bool) -> u64 {
    let table = one.old;
    let (beyond, order) = if upwards { (">", "ASC") } else { ("<", "DESC") };
    let mut last = if upwards { i64::MIN } else { i64::MAX };
    let (mut count, mut copied) = (BATCH, 0);
    loop {
        let part = format!(
            "FROM bad.{table} WHERE rowid {beyond} {last} ORDER BY rowid {order} LIMIT {count}"
        );
        match copy_part(db, one, &part, upwards).await {
            Ok(None) => return copied,
            Ok(Some((end, rows))) => (last, copied) = (end, copied + rows),
            Err(_) if count > 1 => count = 1,
            // This one row is refused; the others need not be.
            Err(Refused::Row(end)) => last = end,
            Err(Refused::Rest(error)) => {
                tracing::warn!(table, %error, "the rest of a table cannot be read");
                return copied;
            }
        }
    }
}

enum Refused {
    /// The row with this number makes no sense here.
    Row(i64),
    Rest(DbErr),
}

/// Copies one part; `None` when it is empty, else the number of its last row and how many were new.
async fn copy_part(
    db: &DatabaseConnection,
    one: &Saved,
    part: &str,
    upwards: bool,
) -> Result<Option<(i64, u64)>, Refused> {
    let backend = db.get_database_backend();
    let outermost = if upwards { "max" } else { "min" };
    let end = format!("SELECT {outermost}(rowid) FROM (SELECT rowid {part})");
    let row = db
        .query_one_raw(Statement::from_string(backend, end))
        .await
        .map_err(Refused::Rest)?;
    let end: Option<i64> = match row {
        Some(row) => row.try_get_by_index(0).map_err(Refused::Rest)?,
        None => None,
    };
    let Some(end) = end else { return Ok(None) };
    let copy = format!(
        "INSERT OR IGNORE INTO {} ({}) SELECT {} {part}",
        one.table, one.columns, one.old_columns
    );
    match db.execute_unprepared(&copy).await {
        Ok(done) => Ok(Some((end, done.rows_affected()))),
        Err(error) if primary_code(&error) == Some(CONSTRAINT) => Err(Refused::Row(end)),
        Err(error) => Err(Refused::Rest(error)),
    }
}
