//! `spoolctl cache`.

use std::str::FromStr;

use serde::Serialize;
use spool_engine::cache::{CacheKey, EntryState};
use spool_engine::model::ItemId;

use crate::cli::Cache;
use crate::failure::Failure;
use crate::item;
use crate::output::{Output, size};
use crate::profile::Profile;

/// A number of bytes as people write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size(u64);

impl FromStr for Size {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "a size looks like 50G, 500M or 1000000";
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let factor: u64 = match text[digits.len()..].to_ascii_uppercase().as_str() {
            "" | "B" => 1,
            "K" | "KB" => 1_000,
            "M" | "MB" => 1_000_000,
            "G" | "GB" => 1_000_000_000,
            "T" | "TB" => 1_000_000_000_000,
            _ => return Err(WRONG),
        };
        let number: u64 = digits.parse().map_err(|_| WRONG)?;
        number.checked_mul(factor).map(Self).ok_or(WRONG)
    }
}

/// One cached file.
#[derive(Debug, Serialize)]
struct EntryRow {
    item: String,
    title: String,
    /// Its size, once known.
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    /// Bytes of it here.
    bytes: u64,
    /// Half-open ranges of bytes here.
    ranges: Vec<[u64; 2]>,
    /// Bytes allocated on the disk.
    disk_bytes: u64,
    /// Order of last use: larger is later.
    last_use: u64,
}

/// What `usage` and `limit` print; bytes.
#[derive(Debug, Serialize)]
struct UsageRow {
    entries: u64,
    disk_bytes: u64,
    limit: u64,
    /// Blocks of 1 MiB that differed from their checksums and were fetched again, ever.
    damaged_blocks: u64,
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
    let cache = &profile.engine.cache;
    match command {
        Cache::Ls => ls(profile, output).await,
        Cache::Usage | Cache::Limit { size: None } => usage(profile, output).await,
        Cache::Limit {
            size: Some(Size(bytes)),
        } => {
            profile.engine.set_cache_limit(bytes).await?;
            usage(profile, output).await
        }
        Cache::Verify { item } => verify(profile, item.as_deref(), output).await,
        Cache::Clear { item } => {
            let mut freed = 0;
            match item {
                None => freed = cache.clear(None).await?,
                Some(wanted) => {
                    for entry in chosen(profile, Some(&wanted)).await? {
                        freed += cache.clear(Some(entry.key.clone())).await?;
                    }
                }
            }
            output.result(&Cleared { freed }, |cleared| {
                format!("{} freed", size(cleared.freed))
            });
            Ok(())
        }
    }
}

async fn usage(profile: &Profile, output: Output) -> Result<(), Failure> {
    let usage = profile.engine.cache.usage().await?;
    let row = UsageRow {
        entries: usage.entries,
        disk_bytes: usage.disk_bytes,
        limit: usage.limit,
        damaged_blocks: usage.damaged_blocks,
    };
    output.result(&row, |row| {
        format!(
            "{} on this device, {} allowed, {} files",
            size(row.disk_bytes),
            size(row.limit),
            row.entries
        )
    });
    Ok(())
}

/// The cached files of one title, or all.
async fn chosen(
    profile: &Profile,
    wanted: Option<&str>,
) -> Result<Vec<std::sync::Arc<EntryState>>, Failure> {
    let mut entries = profile.engine.cache.entries().await?;
    if let Some(wanted) = wanted {
        let item = item::find(profile, wanted).await?;
        entries.retain(|entry| entry.key.part().item() == &item.id);
    }
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

fn pairs(ranges: impl Iterator<Item = spool_engine::range::ByteRange>) -> Vec<[u64; 2]> {
    ranges.map(|range| [range.start, range.end]).collect()
}

async fn ls(profile: &Profile, output: Output) -> Result<(), Failure> {
    let mut rows = Vec::new();
    for entry in profile.engine.cache.entries().await? {
        let item = entry.key.part().item();
        rows.push(EntryRow {
            item: item.to_string(),
            title: title(profile, item).await,
            size: entry.size,
            bytes: entry.ranges.bytes(),
            ranges: pairs(entry.ranges.iter()),
            disk_bytes: entry.disk_bytes,
            last_use: entry.last_use,
        });
    }
    output.result(&rows, |rows| {
        let line = |row: &EntryRow| {
            let of = row
                .size
                .map(|all| format!(" of {}", size(all)))
                .unwrap_or_default();
            format!("{}  {}{of}  {}\n", row.item, size(row.bytes), row.title)
        };
        rows.iter().map(line).collect()
    });
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        assert_eq!("50G".parse(), Ok(Size(50_000_000_000)));
        assert_eq!("500m".parse(), Ok(Size(500_000_000)));
        assert_eq!("12345".parse(), Ok(Size(12345)));
        for wrong in ["", "G", "-1", "1.5G", "5X", "99999999999T"] {
            assert!(wrong.parse::<Size>().is_err(), "{wrong}");
        }
    }
}
