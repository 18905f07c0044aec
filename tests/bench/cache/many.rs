//! A cache of very many titles: how soon the first byte of one of them can be read after the start, and what it costs the
//! readers when a thousand of them have to go.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection};

use super::cached::{random_reads, read};
use super::{Ground, Times, verify};
use crate::pair::{Pair, share};
use crate::stand::{Stand, data_files, wait};

const ENTRIES: usize = 100_000;
/// So many go in one round of the second row.
const GO: usize = 1000;
/// The small titles of the second row.
const SMALL: u64 = 256 << 10;
/// An eviction that lasts longer has failed.
const LONGEST: Duration = Duration::from_secs(10);
const FILM: &str = "/s=64/film";
const FILM_SIZE: u64 = 64 << 20;

/// A profile that holds `path` and nothing else, wholly.
fn profile_with(ground: &mut Ground, path: &str, size: u64) -> Result<PathBuf> {
    let profile = ground.folder()?;
    let stand = Stand::start(ground.origin.address(), &profile)?;
    verify(&stand.open(path)?, size)?;
    Ok(profile)
}

/// Makes `count` more titles out of the one that `profile` holds, as rows and as files, with `content` of it or none.
fn multiply(profile: &Path, count: usize, content: bool) -> Result<()> {
    let files = data_files(profile);
    let template = files.first().context("the cache has no file")?;
    let name = template.file_stem().and_then(|name| name.to_str());
    let name = name.context("a file's name")?.to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let generations = runtime.block_on(async {
        let file = profile.join("data/spool.db");
        let url = format!("sqlite://{}?mode=rw", file.display());
        let database = Database::connect(url).await?;
        let made = clone_rows(&database, &name, count).await;
        database.close().await?;
        made
    })?;
    let length = template.metadata()?.len();
    for generation in generations {
        let path = template.to_string_lossy().replace(&name, &generation);
        // The folder is named by the first two digits.
        let mut path = PathBuf::from(path);
        if let (Some(folders), Some(file)) =
            (path.parent().and_then(Path::parent), path.file_name())
        {
            path = folders.join(&generation[..2]).join(file);
        }
        std::fs::create_dir_all(path.parent().context("a folder")?)?;
        if content {
            std::fs::copy(template, &path)?;
        } else {
            File::create(&path)?.set_len(length)?;
        }
    }
    Ok(())
}

/// Rows like that of `generation`, each with a key and a generation of its own, which are returned.
async fn clone_rows(
    database: &DatabaseConnection,
    generation: &str,
    count: usize,
) -> Result<Vec<String>> {
    let columns = "SELECT group_concat(name) FROM pragma_table_info('cache_index') \
        WHERE name NOT IN ('key', 'generation', 'last_use')";
    let columns = text(database, columns).await?;
    let columns = columns.into_iter().next().context("the table of claims")?;
    // `account:length of the name:name:part`, as the cache writes its keys.
    let insert = format!(
        "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {count}) \
         INSERT INTO cache_index (key, generation, last_use, {columns}) \
         SELECT '0123456789ab:8:' || printf('/x%06d', n) || ':file', lower(hex(randomblob(16))), n, {columns} \
         FROM number, (SELECT * FROM cache_index WHERE generation = '{generation}')"
    );
    database.execute_unprepared(&insert).await?;
    // The one that they were made of was used last.
    let newest =
        format!("UPDATE cache_index SET last_use = {count} + 1 WHERE generation = '{generation}'");
    database.execute_unprepared(&newest).await?;
    let made = format!("SELECT generation FROM cache_index WHERE generation <> '{generation}'");
    text(database, &made).await
}

/// The first column of what a query finds.
async fn text(database: &DatabaseConnection, query: &str) -> Result<Vec<String>> {
    let statement = sea_orm::Statement::from_string(database.get_database_backend(), query);
    let rows = database.query_all_raw(statement).await?;
    let texts = rows.iter().map(|row| row.try_get_by_index::<String>(0));
    Ok(texts.collect::<Result<_, _>>()?)
}

/// From the start of the engine, database and all, to the first 64 KiB of a cached title.
pub(super) fn start(ground: &mut Ground) -> Result<Vec<Pair>> {
    let profile = profile_with(ground, "/s=1/one", 1 << 20)?;
    let begun = |ground: &Ground| -> Result<f64> {
        let begin = Instant::now();
        let stand = Stand::start(ground.origin.address(), &profile)?;
        let reader = stand.open("/s=1/one")?;
        let mut block = vec![0; 64 << 10];
        read(&reader, 0, &mut block)?;
        let millis = begin.elapsed().as_secs_f64() * 1e3;
        super::verify_bytes(0, &block)?;
        Ok(millis)
    };
    let (mut one, mut many) = (Times::default(), Times::default());
    for _ in 0..ground.rounds {
        one.add(begun(ground)?);
    }
    multiply(&profile, ENTRIES, false)?;
    for _ in 0..ground.rounds {
        many.add(begun(ground)?);
    }
    let name = "start with 100 000 entries to the first cached byte, ms (peer: with one)";
    Ok(vec![Pair::within(name, many.median(), one.median(), 50.0)])
}

/// Sets a limit of `target` bytes that a thousand titles have to go for. Milliseconds until the index has forgotten them, and
/// what `reads` measured until their files were gone.
fn while_evicting(
    stand: &Stand,
    target: u64,
    reads: impl Fn() -> Result<Vec<f64>>,
) -> Result<(f64, Vec<f64>)> {
    let done = AtomicBool::new(false);
    let before = wait(stand.engine.cache.usage())?;
    let evict = || -> Result<f64> {
        let begin = Instant::now();
        let mut evicted = std::pin::pin!(stand.engine.cache.set_limit(target));
        // Sent, not waited for: the index must have forgotten them long before their files are gone.
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let sent = evicted.as_mut().poll(&mut context);
        let usage = loop {
            let usage = wait(stand.engine.cache.usage())?;
            if usage.disk_bytes <= target || begin.elapsed() > LONGEST {
                break usage;
            }
        };
        let took = begin.elapsed().as_secs_f64() * 1e3;
        let gone = before.entries - usage.entries;
        anyhow::ensure!(gone >= GO as u64, "only {gone} went: {usage:?}");
        if sent.is_pending() {
            wait(evicted)?;
        }
        done.store(true, Ordering::Release);
        Ok(took)
    };
    std::thread::scope(|scope| {
        let evicting = scope.spawn(evict);
        let mut times = Vec::new();
        while !done.load(Ordering::Acquire) && !evicting.is_finished() {
            times.extend(reads()?);
        }
        let took = evicting.join();
        Ok((took.map_err(|_| anyhow::anyhow!("it died"))??, times))
    })
}

/// A thousand titles go while somebody reads a film.
pub(super) fn evict(ground: &mut Ground) -> Result<Vec<Pair>> {
    let small = "/s=0.25/small";
    let profile = profile_with(ground, small, SMALL)?;
    multiply(&profile, GO * ground.rounds, true)?;
    // What is deleted has been on the disk for long.
    rustix::fs::syncfs(File::open(&profile)?)?;
    let stand = Stand::start(ground.origin.address(), &profile)?;
    let film = stand.open(FILM)?;
    verify(&film, FILM_SIZE)?;
    let reads = |round, count| {
        random_reads(round, count, FILM_SIZE, |pos, block| {
            read(&film, pos, block)
        })
    };
    let (mut index, mut idle, mut busy) = (Times::default(), Times::default(), Times::default());
    for round in 0..ground.rounds {
        // The engine's own work of the start, or of the round before, is over.
        std::thread::sleep(Duration::from_millis(500));
        idle.add(share(reads(round, 2000)?, 0.99));
        let before = wait(stand.engine.cache.usage())?;
        let target = before.disk_bytes.checked_sub(GO as u64 * SMALL);
        let target = target.with_context(|| format!("{before:?} is not what was made"))?;
        let (took, times) = while_evicting(&stand, target, || reads(round, 100))?;
        index.add(took);
        busy.add(share(times, 0.99));
    }
    Ok(vec![
        Pair::within(
            "evicting 1000 items: index, ms",
            index.median(),
            f64::NAN,
            50.0,
        ),
        Pair::at_most(
            "evicting 1000 items: readers' p99 µs while it lasts ÷ idle",
            busy.median(),
            idle.median(),
            2.0,
        ),
    ])
}
