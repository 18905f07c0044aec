//! `spoolctl cache`.

mod amount;
mod keep;
mod rows;

use std::sync::Arc;

use serde::Serialize;
use spool_engine::cache::{CacheKey, EntryState};
use spool_engine::model::ItemId;

pub(crate) use amount::Amount;
use rows::{EntryRow, pairs, places};

use crate::cli::Cache;
use crate::failure::Failure;
use crate::item;
use crate::output::{Output, size};
use crate::profile::Profile;

/// What `usage` and `limit` print; bytes.
#[derive(Debug, Serialize)]
struct UsageRow {
    entries: u64,
    /// What counts against the limit.
    disk_bytes: u64,
    /// What is kept for good, and counts against nothing.
    kept_bytes: u64,
    /// As the disk allows it now.
    limit: u64,
    /// Blocks of 1 MiB that differed from their checksums and were fetched again, ever.
    damaged_blocks: u64,
    /// As it was chosen: `auto`, a share such as `20%`, or bytes.
    allowed: String,
}

/// What `keep`, `unkeep`, `pin` and `unpin` print.
#[derive(Debug, Serialize)]
struct Changed {
    item: String,
    class: &'static str,
    pinned: bool,
    /// Bytes of it here.
    bytes: u64,
}

/// Outcome of `verify` for one cached file.
#[derive(Debug, Serialize)]
struct VerifyRow {
    item: String,
    title: String,
    /// Bytes compared.
    bytes: u64,
    /// Those of them that were compared with their checksums; the others with the origin's.
    by_checksum: u64,
    /// Half-open ranges that differed from their checksums.
    damaged: Vec<[u64; 2]>,
    /// How many of those were fetched again.
    repaired: u64,
    /// Half-open ranges that differ.
    different: Vec<[u64; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// What `clear` prints.
#[derive(Debug, Serialize)]
struct Cleared {
    /// Bytes freed on the disk.
    freed: u64,
}

pub(crate) async fn run(profile: &Profile, command: Cache, output: Output) -> Result<(), Failure> {
    match command {
        Cache::Ls => ls(profile, output).await,
        Cache::Show { item } => show(profile, &item, output).await,
        Cache::Usage | Cache::Limit { amount: None } => usage(profile, output).await,
        Cache::Limit {
            amount: Some(Amount(allowance)),
        } => {
            profile.engine.set_cache_allowance(allowance).await?;
            usage(profile, output).await
        }
        Cache::Verify { item } => verify(profile, item.as_deref(), output).await,
        Cache::Clear { item } => clear(profile, item.as_deref(), output).await,
        Cache::Keep { item, later } => keep::keep(profile, &item, later, output).await,
        Cache::Unkeep { item } => keep::unkeep(profile, &item, output).await,
        Cache::Jobs => keep::jobs(profile, output).await,
        Cache::Pin { item } => pin(profile, &item, true, output).await,
        Cache::Unpin { item } => pin(profile, &item, false, output).await,
    }
}

async fn clear(profile: &Profile, wanted: Option<&str>, output: Output) -> Result<(), Failure> {
    let cache = &profile.engine.cache;
    let mut freed = 0;
    match wanted {
        None => freed = cache.clear(None).await?,
        Some(_) => {
            for entry in chosen(profile, wanted).await? {
                freed += cache.clear(Some(entry.key.clone())).await?;
            }
        }
    }
    output.result(&Cleared { freed }, |cleared| {
        format!("{} freed", size(cleared.freed))
    });
    Ok(())
}

async fn pin(profile: &Profile, wanted: &str, pinned: bool, output: Output) -> Result<(), Failure> {
    let item = item::find(profile, wanted).await?;
    for entry in of_item(profile, &item.id).await? {
        profile.engine.cache.set_pinned(&entry.key, pinned).await?;
    }
    changed(profile, &item.id, output).await
}

async fn changed(profile: &Profile, item: &ItemId, output: Output) -> Result<(), Failure> {
    let entries = of_item(profile, item).await?;
    let entry = entries
        .first()
        .ok_or_else(|| Failure::new("Nothing of this title is on this device."))?;
    print(entry, output);
    Ok(())
}

fn print(entry: &EntryState, output: Output) {
    let item = entry.key.part().item();
    let row = Changed {
        item: item.to_string(),
        class: entry.class.name(),
        pinned: entry.pinned,
        bytes: entry.ranges.bytes(),
    };
    output.result(&row, |row| {
        let pin = if row.pinned { ", pinned" } else { "" };
        format!("{}{pin}  {}", row.class, size(row.bytes))
    });
}

async fn usage(profile: &Profile, output: Output) -> Result<(), Failure> {
    let usage = profile.engine.cache.usage().await?;
    let row = UsageRow {
        entries: usage.entries,
        disk_bytes: usage.disk_bytes,
        kept_bytes: usage.kept_bytes,
        limit: usage.limit,
        damaged_blocks: usage.damaged_blocks,
        allowed: usage.allowance.to_string(),
    };
    output.result(&row, |row| {
        let kept = match row.kept_bytes {
            0 => String::new(),
            bytes => format!(", {} kept for good", size(bytes)),
        };
        format!(
            "{} on this device, {} allowed ({}){kept}, {} files",
            size(row.disk_bytes),
            size(row.limit),
            row.allowed,
            row.entries
        )
    });
    Ok(())
}

/// The cached files of one title, or all.
async fn chosen(profile: &Profile, wanted: Option<&str>) -> Result<Vec<Arc<EntryState>>, Failure> {
    match wanted {
        None => Ok(profile.engine.cache.entries().await?),
        Some(wanted) => {
            let item = item::find(profile, wanted).await?;
            of_item(profile, &item.id).await
        }
    }
}

async fn of_item(profile: &Profile, item: &ItemId) -> Result<Vec<Arc<EntryState>>, Failure> {
    let mut entries = profile.engine.cache.entries().await?;
    entries.retain(|entry| entry.key.part().item() == item);
    Ok(entries)
}

async fn title(profile: &Profile, item: &ItemId) -> String {
    profile
        .engine
        .library
        .item(item)
        .await
        .map(|item| item.title)
        .unwrap_or_default()
}

async fn rows(profile: &Profile, of: Option<&ItemId>) -> Result<Vec<EntryRow>, Failure> {
    let records = profile.engine.cache.records().await?;
    let places = places(&records);
    let mut rows = Vec::new();
    for record in &records {
        let item = record.state.key.part().item();
        if of.is_none_or(|wanted| wanted == item) {
            let place = places.get(&record.state.key).copied();
            rows.push(EntryRow::new(record, title(profile, item).await, place));
        }
    }
    Ok(rows)
}

async fn ls(profile: &Profile, output: Output) -> Result<(), Failure> {
    let rows = rows(profile, None).await?;
    output.result(&rows, |rows| rows.iter().map(EntryRow::line).collect());
    Ok(())
}

async fn show(profile: &Profile, wanted: &str, output: Output) -> Result<(), Failure> {
    let item = item::find(profile, wanted).await?;
    let rows = rows(profile, Some(&item.id)).await?;
    output.result(&rows, |rows| rows.iter().map(EntryRow::page).collect());
    Ok(())
}

async fn verify(profile: &Profile, wanted: Option<&str>, output: Output) -> Result<(), Failure> {
    let mut rows = Vec::new();
    for entry in chosen(profile, wanted).await? {
        rows.push(verify_one(profile, &entry.key).await);
    }
    output.result(&rows, |rows| {
        let line = |row: &VerifyRow| match (&row.error, row.different.len()) {
            (Some(error), _) => format!("?   {}  {error}\n", row.title),
            (None, 0) if row.damaged.len() as u64 > row.repaired => format!(
                "BAD {}  {} damaged blocks, {} of them fetched again\n",
                row.title,
                row.damaged.len(),
                row.repaired
            ),
            (None, 0) if row.repaired > 0 => format!(
                "ok  {}  {} damaged blocks fetched again, {}\n",
                row.title,
                row.repaired,
                way(row)
            ),
            (None, 0) => format!("ok  {}  {}\n", row.title, way(row)),
            (None, count) => format!(
                "BAD {}  {count} ranges differ: {:?}\n",
                row.title, row.different
            ),
        };
        rows.iter().map(line).collect()
    });
    let bad = rows.iter().filter(|row| !row.different.is_empty()).count();
    let broken = |row: &&VerifyRow| row.damaged.len() as u64 > row.repaired;
    let broken = rows.iter().filter(broken).count();
    let unchecked = rows.iter().filter(|row| row.error.is_some()).count();
    match (bad, unchecked) {
        (0, 0) if broken > 0 => Err(Failure::new(format!(
            "{broken} titles have damaged parts that could not be fetched again."
        ))),
        (0, 0) => Ok(()),
        (0, count) => Err(Failure::new(format!(
            "{count} titles could not be compared."
        ))),
        (count, _) => Err(Failure::new(format!(
            "{count} titles differ from their origin."
        ))),
    }
}

/// What was compared, and with what.
fn way(row: &VerifyRow) -> String {
    match (row.by_checksum, row.bytes - row.by_checksum) {
        (0, bytes) => format!("{} compared with the origin", size(bytes)),
        (bytes, 0) => format!("{} compared with checksums", size(bytes)),
        (sums, rest) => format!(
            "{} compared with checksums, {} with the origin",
            size(sums),
            size(rest)
        ),
    }
}

async fn verify_one(profile: &Profile, key: &CacheKey) -> VerifyRow {
    let item = key.part().item();
    let mut row = VerifyRow {
        item: item.to_string(),
        title: title(profile, item).await,
        bytes: 0,
        by_checksum: 0,
        damaged: Vec::new(),
        repaired: 0,
        different: Vec::new(),
        error: None,
    };
    match profile.engine.cache.verify(key).await {
        Ok(verified) => {
            row.bytes = verified.bytes;
            row.by_checksum = verified.by_checksum;
            row.damaged = pairs(verified.damaged.into_iter());
            row.repaired = verified.repaired;
            row.different = pairs(verified.mismatched.into_iter());
        }
        Err(error) => row.error = Some(Failure::from(error).sentence),
    }
    row
}
