//! What `spoolctl cache` tells of one cached file.

use std::collections::HashMap;

use serde::Serialize;
use spool_engine::cache::{CacheKey, Fate, Record, Stay, Turn};
use spool_engine::range::ByteRange;

use crate::output::size;

/// One cached file.
#[derive(Debug, Serialize)]
pub(super) struct EntryRow {
    pub(super) item: String,
    pub(super) title: String,
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
    /// `stream`, `prefetch`, `kept`.
    class: &'static str,
    pinned: bool,
    /// Of its server's reply.
    #[serde(skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_modified: Option<String>,
    /// The version that the library knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
    /// Share of its running time that was watched, 0 to 1; absent where nobody follows that.
    #[serde(skip_serializing_if = "Option::is_none")]
    watched: Option<f64>,
    /// Seconds spent with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    watched_seconds: Option<f64>,
    /// `goes`, `goes-last`, `stays`: when room is needed.
    fate: &'static str,
    /// Why.
    why: &'static str,
    /// Its place among those that go, 1 is next.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<usize>,
}

impl EntryRow {
    pub(super) fn new(record: &Record, title: String, place: Option<usize>) -> Self {
        let state = &record.state;
        let (fate, why) = match record.fate {
            Fate::Goes(turn) => ("goes", of_turn(turn)),
            Fate::GoesLast(turn) => ("goes-last", of_turn(turn)),
            Fate::Stays(stay) => ("stays", of_stay(stay)),
        };
        Self {
            item: state.key.part().item().to_string(),
            title,
            size: state.size,
            bytes: state.ranges.bytes(),
            ranges: pairs(state.ranges.iter()),
            disk_bytes: state.disk_bytes,
            last_use: state.last_use,
            class: state.class.name(),
            pinned: state.pinned,
            etag: record.etag.clone(),
            last_modified: record.last_modified.clone(),
            fingerprint: record.fingerprint.clone(),
            watched: record.watched.map(|watched| f64::from(watched.ppm) / 1e6),
            watched_seconds: record.watched.map(|watched| watched.time.as_secs_f64()),
            fate,
            why,
            place,
        }
    }

    fn amount(&self) -> String {
        let of = self.size.map(|all| format!(" of {}", size(all)));
        format!("{}{}", size(self.bytes), of.unwrap_or_default())
    }

    fn future(&self) -> String {
        match self.place {
            Some(place) => format!("goes {place}.: {}", sentence(self.why)),
            None => format!("stays: {}", sentence(self.why)),
        }
    }

    pub(super) fn line(&self) -> String {
        let pin = if self.pinned { ", pinned" } else { "" };
        format!(
            "{}  {}  {}{pin}  {}  {}\n",
            self.item,
            self.amount(),
            self.class,
            self.future(),
            self.title
        )
    }

    /// All that is known, a line each.
    pub(super) fn page(&self) -> String {
        let mut lines = vec![
            format!("{}  {}", self.item, self.title),
            format!("  bytes          {}", self.amount()),
            format!("  on the disk    {}", size(self.disk_bytes)),
            format!("  ranges         {:?}", self.ranges),
            format!("  class          {}", self.class),
            format!(
                "  pinned         {}",
                if self.pinned { "yes" } else { "no" }
            ),
            format!("  last use       {}", self.last_use),
        ];
        let mut known = |name: &str, value: &Option<String>| {
            if let Some(value) = value {
                lines.push(format!("  {name:<15}{value}"));
            }
        };
        known("ETag", &self.etag);
        known("Last-Modified", &self.last_modified);
        known("version", &self.fingerprint);
        if let (Some(share), Some(seconds)) = (self.watched, self.watched_seconds) {
            lines.push(format!(
                "  watched        {:.0} %, {seconds:.0} s",
                share * 100.0
            ));
        }
        lines.push(format!("  when room is needed it {}\n", self.future()));
        lines.join("\n")
    }
}

/// The place of each that goes, 1 is next.
pub(super) fn places(records: &[Record]) -> HashMap<CacheKey, usize> {
    let mut going: Vec<_> = records
        .iter()
        .filter_map(|record| Some((record.order()?, record.state.key.clone())))
        .collect();
    going.sort();
    let keys = going.into_iter().map(|(_, key)| key);
    keys.enumerate()
        .map(|(index, key)| (key, index + 1))
        .collect()
}

pub(super) fn pairs(ranges: impl Iterator<Item = ByteRange>) -> Vec<[u64; 2]> {
    ranges.map(|range| [range.start, range.end]).collect()
}

fn of_turn(turn: Turn) -> &'static str {
    match turn {
        Turn::Leftover => "leftover",
        Turn::NeverOpened => "never-opened",
        Turn::Watched => "watched",
        Turn::Sampled => "sampled",
        Turn::LongestUnused => "longest-unused",
    }
}

fn of_stay(stay: Stay) -> &'static str {
    match stay {
        Stay::Kept => "kept",
        Stay::Pinned => "pinned",
        Stay::Open => "open",
        Stay::Arriving => "arriving",
        Stay::Queued => "queued",
    }
}

/// What a reason means to a person.
fn sentence(why: &str) -> &'static str {
    match why {
        "leftover" => "nothing of it can be used",
        "never-opened" => "fetched ahead and never opened",
        "watched" => "watched to the end",
        "sampled" => "only looked into",
        "longest-unused" => "not used for the longest time",
        "kept" => "it is kept for good",
        "pinned" => "it is pinned",
        "open" => "it is open",
        "arriving" => "its bytes are arriving",
        _ => "it plays next",
    }
}
